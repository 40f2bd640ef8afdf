package mapping

import (
	"cmp"
	"slices"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// derivedStatus reports whether a DSTU2 status may have been derived (L-20).
func derivedStatus(code string) bool {
	return code == "planned" || code == "in-progress" || code == "finished"
}

// encounterStatus derives a status for DSTU2, which has no "unknown", from the
// period (L-20).
func encounterStatus(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	if c.d.to != fhir.DSTU2 || !v.Is("unknown") {
		c.element(f, s, v, shadow)
		return
	}
	c.lose(s.name, "L-20")
	status := "planned"
	switch period := f.n.Get("period"); {
	case period.Get("end").Exists():
		status = "finished"
	case period.Get("start").Exists():
		status = "in-progress"
	}
	c.put(f, s, func() bool { return c.append(`"` + status + `"`) })
	c.extend(f, s.keep, "valueCode", []byte(`"unknown"`))
}

// latestLocation puts the place a patient is at first: active ones before
// others, then the latest period. Readers look at the first only (§7).
func latestLocation(v fhir.Node) []fhir.Node {
	type place struct {
		n      fhir.Node
		active int
		start  time.Time
	}
	var places []place
	for n := range v.Values() {
		p := place{n: n, start: instant(n.Get("period").Get("start").String())}
		if lower(n.Get("status")) == "active" {
			p.active = 1
		}
		places = append(places, p)
	}
	slices.SortStableFunc(places, func(a, b place) int { return cmp.Or(cmp.Compare(b.active, a.active), b.start.Compare(a.start)) })
	list := make([]fhir.Node, len(places))
	for i, p := range places {
		list[i] = p.n
	}
	return list
}

// instant is when a dateTime begins, a date of no zone in UTC; the zero Time
// for what is none.
func instant(s string) time.Time {
	for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}

// hospitalization goes as it is, but to DSTU2 with the diagnoses, by
// encounterEnd.
func hospitalization(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	if c.d.to != fhir.DSTU2 {
		c.element(f, s, v, shadow)
	}
}

// A diagnosis is one of an Encounter, wherever a version says it.
type diagnosis struct {
	of    fhir.Node // Reference to a Condition or Procedure
	role  string    // AD, DD, or ""
	whole fhir.Node // the element of STU3 and R4
}

// diagnoses gathers an Encounter's from indication and hospitalization (DSTU2),
// diagnosis (STU3, R4) and reasonReference (R4).
func diagnoses(n fhir.Node, from fhir.Version) []diagnosis {
	if from != fhir.DSTU2 {
		return laterDiagnoses(n)
	}
	var list []diagnosis
	for v := range n.Get("indication").Values() {
		list = append(list, diagnosis{of: v})
	}
	for v := range n.Get("hospitalization").Get("admittingDiagnosis").Values() {
		list = append(list, diagnosis{of: v, role: "AD"})
	}
	for v := range n.Get("hospitalization").Get("dischargeDiagnosis").Values() {
		list = append(list, diagnosis{of: v, role: "DD"})
	}
	return list
}

func laterDiagnoses(n fhir.Node) []diagnosis {
	var list []diagnosis
	said := map[string]bool{}
	for v := range n.Get("diagnosis").Values() {
		d := diagnosis{of: v.Get("condition"), whole: v}
		said[d.of.Get("reference").String()] = true
		for _, role := range []string{"AD", "DD"} {
			if is(v.Get("role"), role) || is(v.Get("use"), role) {
				d.role = role
			}
		}
		list = append(list, d)
	}
	for v := range n.Get("reasonReference").Values() {
		if r := v.Get("reference").String(); r == "" || !said[r] {
			said[r] = true
			list = append(list, diagnosis{of: v})
		}
	}
	return list
}

func encounterEnd(c *converter, f *frame) {
	list := diagnoses(f.n, c.d.from)
	if c.d.to == fhir.DSTU2 {
		c.indications(f, list)
		c.hospitalDiagnoses(f, list)
		return
	}
	if len(list) == 0 {
		return
	}
	t := f.target("diagnosis")
	condition := t.plan.writes("condition")
	mark := c.key(f, t)
	c.buf = append(c.buf, '[')
	start := len(c.buf)
	for _, d := range list {
		c.next(start)
		switch {
		case d.whole.Exists():
			c.value(renamed(f.p.members["diagnosis"], t), d.whole)
		case c.mayStand(condition, d.of):
			c.diagnosed(t.plan, condition, d)
		default:
			c.lose("reasonReference", "")
		}
		c.unnext(start)
	}
	c.closeList(f, t, mark, start)
}

// mayStand reports whether a reference keeps its target in a step's element.
func (c *converter) mayStand(s *step, ref fhir.Node) bool {
	return ref.IsObject() && !c.pointsElsewhere(s, ref)
}

// diagnosed writes an entry of Encounter.diagnosis from a bare reference.
func (c *converter) diagnosed(p *plan, condition *step, d diagnosis) {
	raw := c.apart(func() bool { return c.value(condition, d.of) })
	if raw == nil {
		return
	}
	c.buf = append(append(append(c.buf, '{'), condition.head...), raw...)
	if d.role != "" {
		use := p.writes("role")
		if use == nil {
			use = p.writes("use")
		}
		c.buf = append(append(append(c.buf, ','), use.head...), `{"coding":[{"system":`...)
		c.buf = fhir.AppendString(c.buf, System("http://hl7.org/fhir/diagnosis-role", fhir.STU3, c.d.to))
		c.buf = append(append(append(c.buf, `,"code":"`...), d.role...), `"}]}`...)
	}
	c.buf = append(c.buf, '}')
}

func (c *converter) indications(f *frame, list []diagnosis) {
	t := f.target("indication")
	var refs []fhir.Node
	for _, d := range list {
		switch {
		case d.role != "":
		case c.mayStand(t, d.of):
			refs = append(refs, d.of)
			if d.whole.Len() > 1 {
				c.lose("diagnosis", "") // its role and rank
			}
		default:
			c.lose("reasonReference", "")
		}
	}
	if len(refs) > 0 {
		c.list(f, t, refs)
	}
}

// hospitalDiagnoses writes hospitalization with the admitting and discharge
// diagnoses in it.
func (c *converter) hospitalDiagnoses(f *frame, list []diagnosis) {
	t := f.target("hospitalization")
	c.put(f, t, func() bool {
		start := len(c.buf)
		c.buf = append(c.buf, '{')
		inner := frame{p: t.plan, n: f.n.Get("hospitalization")}
		c.path = append(c.path, t.to)
		for m := range inner.n.Children() {
			c.member(&inner, m)
		}
		for _, place := range []struct{ role, name string }{{"AD", "admittingDiagnosis"}, {"DD", "dischargeDiagnosis"}} {
			s := t.plan.writes(place.name)
			var refs []fhir.Node
			for _, d := range list {
				if d.role == place.role && c.mayStand(s, d.of) {
					refs = append(refs, d.of)
				}
			}
			if len(refs) > 0 {
				c.list(&inner, s, refs)
			}
		}
		c.path = c.path[:len(c.path)-1]
		c.addExtensions(&inner)
		c.buf = append(c.buf, '}')
		return len(c.buf) > start+2
	})
}

const animalURL = "http://hl7.org/fhir/StructureDefinition/patient-animal"

// animal is an element up to STU3 and an extension of three parts in R4 (H).
func animal(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	parts := []string{"species", "breed", "genderStatus"}
	concept := c.d.plans["CodeableConcept"]
	switch {
	case c.d.to == fhir.R4:
		raw := c.apart(func() bool {
			c.buf = append(c.buf, `{"url":"`+animalURL+`","extension":[`...)
			start := len(c.buf)
			for _, name := range parts {
				if part := c.apart(func() bool { return v.Get(name).IsObject() && c.object(concept, v.Get(name)) }); part != nil {
					c.next(start)
					c.buf = append(append(append(c.buf, `{"url":"`+name+`","valueCodeableConcept":`...), part...), '}')
				}
			}
			c.buf = append(c.buf, "]}"...)
			return c.buf[len(c.buf)-3] != '['
		})
		if raw != nil {
			if len(f.adds) > 0 {
				f.adds = append(f.adds, ',')
			}
			f.adds = append(f.adds, raw...)
		}
	case v.Get("url").Is(animalURL):
		c.put(f, s, func() bool {
			start := len(c.buf)
			c.buf = append(c.buf, '{')
			for _, name := range parts {
				part := subExtension(v, name)
				if raw := c.apart(func() bool { return part.IsObject() && c.object(concept, part) }); raw != nil {
					c.comma()
					c.buf = append(append(c.buf, `"`+name+`":`...), raw...)
				}
			}
			c.buf = append(c.buf, '}')
			return len(c.buf) > start+2
		})
	default:
		c.element(f, s, v, shadow)
	}
}
