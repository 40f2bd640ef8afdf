package adapt

import (
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// dosageText is the fill that composes a dosage's text from its parts when it
// has none (version-mapping §16, REQ-MED-4).
func dosageText(member string) func(*pass) {
	return func(p *pass) {
		for d := range nodes(p.root, member) {
			if !d.IsObject() || d.Get("text").Says() {
				continue
			}
			if s := composeDosage(d); s != "" {
				p.set(d, fhir.Member{Name: "text", Raw: text(s)})
			}
		}
	}
}

// composeDosage says all of a dosage that changes what is taken: a text that
// says less than its parts would be believed before them.
func composeDosage(d fhir.Node) string {
	var parts []string
	add := func(before, s string) {
		if s != "" {
			parts = append(parts, before+s)
		}
	}
	doses := []fhir.Node{d}
	for r4 := range d.Get("doseAndRate").Values() {
		doses = append(doses, r4)
	}
	for _, dose := range doses {
		for _, name := range []string{"dose", "quantity"} {
			add("", quantity(dose.Get(name+"Quantity")))
			add("", interval(dose.Get(name+"Range")))
		}
		add("at ", quantity(dose.Get("rateQuantity")))
		add("at ", interval(dose.Get("rateRange")))
		add("at ", ratio(dose.Get("rateRatio")))
	}
	add("", conceptText(d.Get("route")))
	add("", timing(d.Get("timing")))
	if d.Get("asNeededBoolean").True() {
		add("", "as needed")
	}
	add("as needed for ", conceptText(d.Get("asNeededCodeableConcept")))
	if len(parts) > 0 {
		add("at most ", ratio(d.Get("maxDosePerPeriod")))
		add("at most ", quantity(d.Get("maxDosePerAdministration")))
		add("in a lifetime at most ", quantity(d.Get("maxDosePerLifetime")))
	}
	return strings.Join(parts, ", ")
}

func quantity(q fhir.Node) string {
	unit := q.Get("unit").String()
	if unit == "" {
		unit = q.Get("code").String()
	}
	return strings.TrimSpace(q.Get("value").String() + " " + unit)
}

// interval says a Range in words.
func interval(r fhir.Node) string {
	low, high := quantity(r.Get("low")), quantity(r.Get("high"))
	switch {
	case low == "" && high == "":
		return ""
	case low == "":
		return "up to " + high
	case high == "":
		return "at least " + low
	}
	return low + " to " + high
}

func ratio(r fhir.Node) string {
	over, under := quantity(r.Get("numerator")), quantity(r.Get("denominator"))
	if over == "" || under == "" {
		return over
	}
	return over + " per " + under
}

func conceptText(c fhir.Node) string {
	if t := c.Get("text").String(); t != "" {
		return t
	}
	return anyDisplay(c.Get("coding"))
}

// timing says a Timing in words: "2 times every 1 d, on mon".
func timing(t fhir.Node) string {
	if s := conceptText(t.Get("code")); s != "" {
		return s
	}
	if c := t.Get("code").Get("coding").First().Get("code").String(); c != "" {
		return c
	}
	r := t.Get("repeat")
	var parts []string
	add := func(before, s, after string) {
		if s != "" {
			parts = append(parts, before+s+after)
		}
	}
	add("", often(r), "")
	for _, list := range []struct{ name, before, after string }{
		{"dayOfWeek", "on ", ""}, {"timeOfDay", "at ", ""}, {"when", "when ", ""}, {"offset", "", " minutes from it"},
	} {
		var said []string
		for v := range r.Get(list.name).Values() {
			if s := v.String(); s != "" {
				said = append(said, s)
			}
		}
		add(list.before, strings.Join(said, ", "), list.after)
	}
	add("over ", upTo(r, "duration", "durationUnit"), "")
	add("for ", quantity(r.Get("boundsDuration")), "")
	add("for ", quantity(r.Get("boundsQuantity")), "") // DSTU2
	add("for ", interval(r.Get("boundsRange")), "")
	add("from ", r.Get("boundsPeriod").Get("start").String(), "")
	add("until ", r.Get("boundsPeriod").Get("end").String(), "")
	add("", upTo(r, "count", ""), " times in all")
	return strings.Join(parts, ", ")
}

// often says how often something is repeated, "" when it does not say a period.
func often(r fhir.Node) string {
	every := upTo(r, "period", "periodUnit")
	if every == "" || !strings.Contains(every, " ") {
		return ""
	}
	switch times := upTo(r, "frequency", ""); times {
	case "", "1":
		return "1 time every " + every
	default:
		return times + " times every " + every
	}
}

// upTo says a number, to the one that may be its maximum, with its unit.
func upTo(r fhir.Node, name, unit string) string {
	s := r.Get(name).String()
	if s == "" {
		return ""
	}
	if most := r.Get(name + "Max").String(); most != "" {
		s += " to " + most
	}
	if unit == "" {
		return s
	}
	u := r.Get(unit).String()
	if u == "" {
		u = r.Get(unit + "s").String() // DSTU2
	}
	return strings.TrimSpace(s + " " + u)
}
