package mapping

import (
	"slices"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// vitalSigns takes the category that the vital signs are found by, else the
// first (L-8).
func vitalSigns(list fhir.Node) fhir.Node {
	for concept := range list.Children() {
		for coding := range concept.Get("coding").Values() {
			if coding.Get("code").Is("vital-signs") {
				return concept
			}
		}
	}
	return list.At(0)
}

// focus makes an Observation about another than the subject, which no version
// below R4 can say (L-13).
func focus(c *converter, _ *frame, s *step, v, _ fhir.Node) {
	if v.Len() > 0 {
		c.withhold("Observation.focus: the observation is about another than its subject")
		c.lose(s.name, s.rule)
	}
}

// firstEvent makes a dateTime of a Timing (L-10).
func firstEvent(c *converter, f *frame, s *step, v, _ fhir.Node) {
	c.lose(s.name, s.rule)
	if event := v.Get("event").First(); event.IsString() && s.to != "" {
		c.put(f, s, func() bool { return c.append(string(event.Raw())) })
	}
}

// A relation is a code of Observation.related and where R4 says it.
type relation struct{ code, element, url string }

const relationURL = "http://hl7.org/fhir/3.0/StructureDefinition/Observation."

var relations = [...]relation{
	{"has-member", "hasMember", ""},
	{"derived-from", "derivedFrom", ""},
	{"sequel-to", "", relationURL + "sequelTo"},
	{"replaces", "", relationURL + "replaces"},
	{"qualified-by", "", relationURL + "qualifiedBy"},
	{"interfered-by", "", relationURL + "interferedBy"},
}

// related distributes Observation.related over R4's elements and extensions.
func related(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	if c.d.to != fhir.R4 {
		c.element(f, s, v, shadow)
		return
	}
	kinds := relations
	lists := make([][]fhir.Node, len(kinds))
	for r := range v.Values() {
		i := slices.IndexFunc(kinds[:], func(k relation) bool { return r.Get("type").Is(k.code) })
		if i < 0 || !r.Get("target").IsObject() {
			c.lose(s.name, s.rule)
			continue
		}
		lists[i] = append(lists[i], r.Get("target"))
	}
	ref := c.d.plans["Extension"].writes("valueReference")
	for i, k := range kinds {
		if k.element != "" && len(lists[i]) > 0 {
			c.list(f, f.target(k.element), lists[i])
			continue
		}
		for _, target := range lists[i] {
			if raw := c.apart(func() bool { return c.value(ref, target) }); raw != nil {
				c.extend(f, k.url, "valueReference", raw)
			}
		}
	}
}

// observationEnd gathers Observation.related from R4.
func observationEnd(c *converter, f *frame) {
	s := f.target("related")
	if c.d.from != fhir.R4 || s == nil {
		return
	}
	target := s.plan.writes("target")
	mark := c.key(f, s)
	c.buf = append(c.buf, '[')
	start := len(c.buf)
	add := func(code string, v fhir.Node) {
		raw := c.apart(func() bool { return v.IsObject() && c.value(target, v) })
		if raw == nil {
			return
		}
		c.next(start)
		c.buf = append(append(c.buf, `{"type":"`...), code...)
		c.buf = append(append(append(c.buf, `","target":`...), raw...), '}')
	}
	for _, k := range relations {
		if k.element != "" {
			for v := range f.n.Get(k.element).Values() {
				add(k.code, v)
			}
			continue
		}
		for e := range elements(f.n.Get("extension")) {
			if e.Get("url").Is(k.url) {
				add(k.code, e.Get("valueReference"))
			}
		}
	}
	c.closeList(f, s, mark, start)
}

// is reports whether a code, Coding or CodeableConcept has the code.
func is(n fhir.Node, code string) bool {
	if n.Is(code) || n.Get("code").Is(code) {
		return true
	}
	for e := range elements(n.Get("coding")) {
		if e.Get("code").Is(code) {
			return true
		}
	}
	return false
}

// change writes a member as its types ask, for functions that only sometimes
// step in.
func (c *converter) change(f *frame, s *step, v, shadow fhir.Node) {
	switch s.wasKind + ">" + s.kind {
	case "code>CodeableConcept":
		codeToConcept(c, f, s, v, shadow)
	case "CodeableConcept>code":
		conceptToCode(c, f, s, v, shadow)
	default:
		c.element(f, s, v, shadow)
	}
}

// isError reports whether a Condition says that it was entered in error.
func (f *frame) isError() bool {
	return f.p.members["verificationStatus"].codes.pick(f.n.Get("verificationStatus")) == "entered-in-error"
}

// clinicalStatus must not stand beside entered-in-error (STU3 and R4
// invariant).
func clinicalStatus(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	if c.d.to != fhir.DSTU2 && f.isError() {
		c.lose(s.name, s.rule)
		return
	}
	c.change(f, s, v, shadow)
}

// abated is Condition.abatementBoolean, which R4 lacks (L-16).
func abated(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	switch {
	case c.d.to != fhir.R4:
		c.element(f, s, v, shadow)
	case v.True():
		c.lose(s.name, s.rule)
		c.put(f, s, func() bool { return c.append(`"true"`) })
	default:
		c.lose(s.name, s.rule)
	}
}

// conditionEnd resolves what has abated and says nothing else (L-16).
func conditionEnd(c *converter, f *frame) {
	s := f.target("clinicalStatus")
	if c.d.to != fhir.R4 || !f.n.Get("abatementBoolean").True() || f.written&s.bit != 0 || f.isError() {
		return
	}
	c.putConcept(f, s, "resolved")
}

// allergyStatus changes the two statuses of STU3 and R4; DSTU2's single one is
// allergyEnd's.
func allergyStatus(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	if c.d.from == fhir.DSTU2 || c.d.to == fhir.DSTU2 {
		return
	}
	c.change(f, s, v, shadow)
}

// An allergyState is a DSTU2 status and what it becomes (§8).
type allergyState struct{ status, clinical, verification string }

func allergyStates() []allergyState {
	return []allergyState{
		{"active", "active", "unconfirmed"},
		{"unconfirmed", "active", "unconfirmed"},
		{"confirmed", "active", "confirmed"},
		{"inactive", "inactive", "unconfirmed"},
		{"resolved", "resolved", "unconfirmed"},
		{"refuted", "inactive", "refuted"},
		{"entered-in-error", "", "entered-in-error"},
		{"", "active", "unconfirmed"},
	}
}

// dstu2Allergy is the DSTU2 status of two: the first rule that holds.
func dstu2Allergy(clinical, verification string) string {
	switch {
	case verification == "entered-in-error" || verification == "refuted":
		return verification
	case clinical == "resolved" || clinical == "inactive":
		return clinical
	case verification == "confirmed" || verification == "unconfirmed":
		return verification
	}
	return "active"
}

const allergyStatusURL = "http://hl7.org/fhir/1.0/StructureDefinition/extension-AllergyIntolerance.status"

func allergyEnd(c *converter, f *frame) {
	switch {
	case c.d.from == fhir.DSTU2:
		allergyUp(c, f)
	case c.d.to == fhir.DSTU2:
		clinical := f.p.members["clinicalStatus"].codes.pick(f.n.Get("clinicalStatus"))
		verification := f.p.members["verificationStatus"].codes.pick(f.n.Get("verificationStatus"))
		status := dstu2Allergy(clinical, verification)
		c.unsaid(f, "clinicalStatus", clinical)
		c.unsaid(f, "verificationStatus", verification)
		for _, st := range allergyStates() {
			if subExtension(f.n, allergyStatusURL).Is(st.status) && st.clinical == clinical && st.verification == verification {
				status = st.status
			}
		}
		c.put(f, f.target("status"), func() bool { return c.append(`"` + status + `"`) })
	}
}

// unsaid records a status of two that is none of its table's codes, so that
// nothing is made of it.
func (c *converter) unsaid(f *frame, name, code string) {
	if _, listed := f.p.members[name].codes.to[code]; !listed && f.n.Get(name).Exists() {
		c.lose(name, "")
	}
}

func allergyUp(c *converter, f *frame) {
	status := lower(f.n.Get("status"))
	for _, st := range allergyStates() {
		if st.status != status {
			continue
		}
		for _, part := range []struct{ name, code string }{{"clinicalStatus", st.clinical}, {"verificationStatus", st.verification}} {
			s := f.target(part.name)
			switch {
			case part.code == "":
			case s.plan != nil:
				c.putConcept(f, s, part.code)
			default:
				c.put(f, s, func() bool { return c.append(`"` + part.code + `"`) })
			}
		}
		if status != "" && dstu2Allergy(st.clinical, st.verification) != status {
			c.lose("status", "L-25")
			c.extend(f, allergyStatusURL, "valueCode", fhir.AppendString(nil, status))
		}
		return
	}
	c.lose("status", "")
}

// onsetStart gives DSTU2 the one onset it knows, a dateTime (L-24).
func onsetStart(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	if c.d.to != fhir.DSTU2 {
		c.element(f, s, v, shadow)
		return
	}
	c.lose(s.name, s.rule)
	if start := v.Get("start"); start.IsString() {
		c.put(f, f.target("onset"), func() bool { return c.append(string(start.Raw())) })
	}
}
