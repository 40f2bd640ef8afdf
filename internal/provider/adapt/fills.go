package adapt

import (
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// currentLocationFirst puts an Encounter's active location at index 0, where
// the app looks, then the latest (version-mapping §7, REQ-ENC-3).
func currentLocationFirst(body []byte) []byte {
	doc, err := fhir.Index(body)
	if err != nil {
		return body
	}
	locations := doc.Root().Get("location")
	if locations.Len() < 2 {
		return body
	}
	list := slices.Collect(locations.Children())
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b fhir.Node) int {
		if x, y := a.Get("status").Is("active"), b.Get("status").Is("active"); x != y {
			if x {
				return -1
			}
			return 1
		}
		return strings.Compare(b.Get("period").Get("start").String(), a.Get("period").Get("start").String())
	})
	if slices.Equal(list, sorted) {
		return body
	}
	raw := []byte{'['}
	for i, l := range sorted {
		if i > 0 {
			raw = append(raw, ',')
		}
		raw = append(raw, l.Raw()...)
	}
	s, e := locations.Extent()
	return fhir.Splice(body, []fhir.Edit{{Start: s, End: e, New: append(raw, ']')}})
}

// dosageText is the fill that composes a dosage's text from its parts when it
// has none (version-mapping §16, REQ-MED-4).
func dosageText(member string) func(*pass) {
	return func(p *pass) {
		for d := range nodes(p.root, member) {
			if !d.IsObject() || d.Get("text").String() != "" {
				continue
			}
			if s := composeDosage(d); s != "" {
				p.set(d, fhir.Member{Name: "text", Raw: text(s)})
			}
		}
	}
}

func composeDosage(d fhir.Node) string {
	var parts []string
	add := func(s string) {
		if s != "" {
			parts = append(parts, s)
		}
	}
	dose := d
	if r4 := d.Get("doseAndRate").First(); r4.Exists() {
		dose = r4
	}
	for _, q := range []string{"doseQuantity", "quantityQuantity"} {
		add(quantity(dose.Get(q)))
	}
	if r := dose.Get("doseRange"); r.Exists() {
		add(strings.Trim(quantity(r.Get("low"))+" to "+quantity(r.Get("high")), " to"))
	}
	add(conceptText(d.Get("route")))
	add(timing(d.Get("timing")))
	if d.Get("asNeededBoolean").True() {
		add("as needed")
	}
	if c := conceptText(d.Get("asNeededCodeableConcept")); c != "" {
		add("as needed for " + c)
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

func conceptText(c fhir.Node) string {
	if t := c.Get("text").String(); t != "" {
		return t
	}
	return anyDisplay(c.Get("coding"))
}

// timing says a Timing in words: "2 times every 1 d".
func timing(t fhir.Node) string {
	if s := conceptText(t.Get("code")); s != "" {
		return s
	}
	if c := t.Get("code").Get("coding").First().Get("code").String(); c != "" {
		return c
	}
	r := t.Get("repeat")
	units := r.Get("periodUnit").String()
	if units == "" {
		units = r.Get("periodUnits").String() // DSTU2
	}
	period := r.Get("period").String()
	if period == "" || units == "" {
		return ""
	}
	times := r.Get("frequency").String()
	if times == "" {
		times = "1"
	}
	noun := " times"
	if times == "1" {
		noun = " time"
	}
	return times + noun + " every " + period + " " + units
}

// coveragePlan gives a DSTU2 Coverage the plan that the app shows.
func coveragePlan(p *pass) {
	if p.root.Get("plan").String() != "" {
		return
	}
	for _, s := range []string{p.root.Get("group").String(), p.root.Get("issuer").Get("display").String()} {
		if s != "" {
			p.set(p.root, fhir.Member{Name: "plan", Raw: text(s)})
			return
		}
	}
}

// coverageGrouping fills the displays of STU3's grouping from its codes.
func coverageGrouping(p *pass) {
	g := p.root.Get("grouping").First()
	if !g.IsObject() {
		return
	}
	var add []fhir.Member
	for _, name := range []string{"group", "plan"} {
		if v := g.Get(name).String(); v != "" && g.Get(name+"Display").String() == "" {
			add = append(add, fhir.Member{Name: name + "Display", Raw: text(v)})
		}
	}
	p.set(g, add...)
}

// coverageClass fills the name of R4's group and plan classes from the value.
func coverageClass(p *pass) {
	for c := range p.root.Get("class").Values() {
		v := c.Get("value").String()
		if v == "" || c.Get("name").String() != "" {
			continue
		}
		for t := range nodes(c, "type.coding") {
			if t.Get("code").Is("group") || t.Get("code").Is("plan") {
				p.set(c, fhir.Member{Name: "name", Raw: text(v)})
				break
			}
		}
	}
}
