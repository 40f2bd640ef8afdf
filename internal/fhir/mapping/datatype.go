package mapping

import (
	"bytes"
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// silent is for what another element says already.
func silent(*converter, *frame, *step, fhir.Node, fhir.Node) {}

const xhtmlSpace = "http://www.w3.org/1999/xhtml"

// xhtml sees to it that a narrative names its namespace.
func xhtml(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	raw := v.Raw()
	if !bytes.HasPrefix(raw, []byte(`"<div`)) || bytes.Contains(raw, []byte(xhtmlSpace)) || strings.Contains(v.String(), xhtmlSpace) {
		c.primitive(f, s, v, shadow)
		return
	}
	c.key(f, s)
	c.buf = append(append(c.buf, `"<div xmlns=\"`+xhtmlSpace+`\"`...), raw[len(`"<div`):]...)
	c.shadow(f, s, shadow)
}

// profiles keeps the profiles of the target's own release (§1.2).
func profiles(c *converter, f *frame, s *step, v, _ fhir.Node) {
	mark := c.key(f, s)
	c.buf = append(c.buf, '[')
	start := len(c.buf)
	for p := range v.Values() {
		if !ownRelease(p.String(), c.d.to.Release()) {
			c.lose(s.name, "")
			continue
		}
		c.next(start)
		c.buf = append(c.buf, p.Raw()...)
	}
	c.closeList(f, s, mark, start)
}

const familyRepeat = "http://hl7.org/fhir/StructureDefinition/HumanName-familyRepeat"

// family joins the parts of a DSTU2 family name, or makes a list of one (L-1).
func family(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	switch {
	case s.many == s.wasMany:
		c.element(f, s, v, shadow)
	case s.many:
		familyList(c, f, s, v, shadow)
	case v.Len() < 2:
		c.element(f, s, v, shadow)
	default:
		c.lose(s.name, s.rule)
		var parts []string
		for p := range v.Values() {
			if p.IsString() {
				parts = append(parts, p.String())
			}
		}
		if len(parts) > 0 {
			c.key(f, s)
			c.buf = fhir.AppendString(c.buf, strings.Join(parts, " "))
		}
		c.shadow(f, s, shadow.First())
	}
}

func familyList(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	parts := make([][]byte, 0, 2)
	for p := range v.Values() {
		if p.IsString() {
			parts = append(parts, p.Raw())
		}
	}
	for _, holder := range []fhir.Node{f.n, shadow.First()} {
		for e := range holder.Get("extension").Values() {
			if e.Get("url").Is(familyRepeat) && e.Get("valueString").IsString() {
				parts = append(parts, e.Get("valueString").Raw())
			}
		}
	}
	if len(parts) > 0 {
		c.key(f, s)
		c.buf = append(append(append(c.buf, '['), bytes.Join(parts, []byte{','})...), ']')
	}
	if shadow.IsObject() {
		c.shadowList(f, s, shadow)
	}
}

// coding finds what the code tables say of a Coding; ok is false when its code
// is the same in both versions.
func (c *converter) coding(n fhir.Node) (m *codeMap, st codeStep, ok bool) {
	system := n.Get("system")
	if m, _ = find(c.d.codings, system); m == nil {
		if m = c.d.codings[System(system.String(), c.d.from, c.d.from)]; m == nil {
			return nil, codeStep{}, false
		}
	}
	st, ok = find(m.to, n.Get("code"))
	return m, st, ok
}

func codingSystem(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	if !isHL7(v.Raw()) {
		c.primitive(f, s, v, shadow)
		return
	}
	uri := System(v.String(), c.d.from, c.d.to)
	if m, st, ok := c.coding(f.n); ok {
		if st.code == "" {
			return // codingCode says so
		}
		uri = m.system
	}
	c.key(f, s)
	c.buf = fhir.AppendString(c.buf, uri)
	c.shadow(f, s, shadow)
}

// isHL7 reports cheaply whether a code system may be one of HL7's.
func isHL7(raw []byte) bool { return bytes.Contains(raw, []byte("hl7.org")) }

// codingCode writes Coding.code. One that the target's system lacks is shown
// instead.
func codingCode(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	if !isHL7(f.n.Get("system").Raw()) {
		c.primitive(f, s, v, shadow)
		return
	}
	_, st, ok := c.coding(f.n)
	switch {
	case !ok:
		c.primitive(f, s, v, shadow)
	case st.code == "":
		c.lose(s.name, st.rule)
		if shown := f.target("display"); !f.n.Get("display").Exists() {
			c.key(f, shown)
			c.buf = append(c.buf, v.Raw()...)
		}
	default:
		c.key(f, s)
		c.buf = fhir.AppendString(c.buf, st.code)
		c.shadow(f, s, shadow)
	}
}

// systemURI writes a code system that stands without a Coding.
func systemURI(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	if !isHL7(v.Raw()) {
		c.primitive(f, s, v, shadow)
		return
	}
	c.key(f, s)
	c.buf = fhir.AppendString(c.buf, System(v.String(), c.d.from, c.d.to))
	c.shadow(f, s, shadow)
}

// currency is Money.currency of R4, the code of a Quantity before.
func currency(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	c.primitive(f, s, v, shadow)
	if system := f.target("system"); c.d.from == fhir.R4 && system != nil {
		c.key(f, system)
		c.buf = append(c.buf, `"urn:iso:std:iso:4217"`...)
	}
}

// author keeps the name of an author that the target does not allow.
func author(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	if s.refs == nil || !c.pointsElsewhere(s, v) {
		c.element(f, s, v, shadow)
		return
	}
	c.lose(s.name, s.rule)
	if name := v.Get("display"); name.IsString() {
		c.key(f, f.target("authorString"))
		c.buf = append(c.buf, name.Raw()...)
	}
}

// bodySite gives the site that DSTU2 points at by its display.
func bodySite(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	if s.to != "" {
		c.element(f, s, v, shadow)
		return
	}
	c.lose(s.name, s.rule)
	if site := f.target("site"); v.Get("display").IsString() && f.written&site.bit == 0 {
		c.key(f, site)
		c.buf = append(append(append(c.buf, `{"text":`...), v.Get("display").Raw()...), '}')
	}
}

// doseAndRate wraps dose and rate for R4 (§3).
func doseAndRate(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	if c.d.to != fhir.R4 {
		if s.to == "" {
			c.keep(f, s, v)
			return
		}
		c.element(f, s, v, shadow)
		return
	}
	t := f.target("doseAndRate")
	if f.written&t.bit != 0 {
		return // written with the first of them
	}
	mark := c.key(f, t)
	c.buf = append(c.buf, "[{"...)
	start := len(c.buf)
	inner := frame{p: t.plan, n: f.n}
	for m := range f.n.Children() {
		if st := t.plan.members[m.Name()]; st != nil && st.kind != "Extension" && st.name != "id" {
			c.step(&inner, st, m, fhir.Node{})
		}
	}
	if len(c.buf) == start {
		c.cut(f, t, mark)
		return
	}
	c.buf = append(c.buf, "}]"...)
}

// doseOrRate takes dose and rate out of the first doseAndRate of R4 (L-5).
func doseOrRate(c *converter, f *frame, s *step, v, _ fhir.Node) {
	if v.Len() > 1 && v.IsArray() {
		c.lose(s.name, s.rule)
	}
	inner := frame{p: s.plan, n: v.First()}
	c.path = append(c.path, s.name)
	for m := range inner.n.Children() {
		switch st := s.plan.members[m.Name()]; {
		case st == nil, st.kind == "Extension", st.name == "id":
			c.foreign(&inner, m)
		default:
			c.step(&inner, st, m, fhir.Node{})
		}
	}
	c.path = c.path[:len(c.path)-1]
}

// dosageEnd says in words what DSTU2's Timing cannot, when nobody has said the
// dosage in words (L-4).
func dosageEnd(c *converter, f *frame) {
	t := f.target("text")
	if c.d.to != fhir.DSTU2 || f.written&t.bit != 0 {
		return
	}
	repeat := f.n.Get("timing").Get("repeat")
	var parts []string
	for _, p := range []struct{ name, before, after string }{
		{"dayOfWeek", "on ", ""}, {"timeOfDay", "at ", ""}, {"when", "", ""}, {"offset", "", " minutes from the event"}, {"countMax", "at most ", " times"},
	} {
		var said []string
		for v := range repeat.Get(p.name).Values() {
			if s := v.String(); s != "" {
				said = append(said, s)
			}
		}
		if len(said) > 0 && (p.name != "when" || len(said) > 1 || eventTiming(said[0])) {
			parts = append(parts, p.before+strings.Join(said, ", ")+p.after)
		}
	}
	if i := f.n.Get("patientInstruction").String(); i != "" {
		parts = append(parts, i)
	}
	if len(parts) > 0 {
		c.put(f, t, func() bool { c.buf = fhir.AppendString(c.buf, strings.Join(parts, ", ")); return true })
	}
}

// eventTiming reports whether a code of Timing.repeat.when is unknown to DSTU2.
func eventTiming(code string) bool {
	to, _ := codeTables()["event-timing"].translate(code, fhir.R4, fhir.DSTU2)
	return to == ""
}

// target is the step that writes an element, nil when the target has none.
func (f *frame) target(name string) *step { return f.p.writes(name) }

func (p *plan) writes(name string) *step {
	i := slices.IndexFunc(p.steps, func(s *step) bool { return s.to == name })
	if i < 0 {
		return nil
	}
	return p.steps[i]
}
