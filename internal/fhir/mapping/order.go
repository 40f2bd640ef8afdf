package mapping

import "github.com/wardbridge/wardbridge/internal/fhir"

// intent: DSTU2 knows orders only; a proposal or plan shown as one would
// overstate (§9).
func intent(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	if c.d.to != fhir.DSTU2 {
		c.element(f, s, v, shadow)
		return
	}
	switch lower(v) {
	case "proposal", "plan", "option":
		c.withhold("MedicationRequest.intent: a proposal or plan is no order")
	case "order":
	default:
		c.lose(s.name, s.rule)
	}
}

func doNotPerform(c *converter, _ *frame, _ *step, v, _ fhir.Node) {
	if lower(v) != "false" && string(v.Raw()) != "null" {
		c.withhold("MedicationRequest.doNotPerform: no version below R4 can say that it must not be done")
	}
}

const onBehalfOf = "http://hl7.org/fhir/3.0/StructureDefinition/extension-MedicationRequest.requester.onBehalfOf"

// requester: a Reference in DSTU2 and R4, a backbone of agent and onBehalfOf
// in STU3.
func requester(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	switch {
	case c.d.from == fhir.STU3:
		requesterOf(c, f, s, v)
	case c.d.to == fhir.STU3:
		requesterFor(c, f, v, s)
	default:
		c.element(f, s, v, shadow)
	}
}

func requesterOf(c *converter, f *frame, s *step, v fhir.Node) {
	t := f.target("requester")
	if t == nil {
		t = f.target("prescriber")
	}
	if agent := v.Get("agent"); agent.IsObject() {
		c.put(f, t, func() bool { return c.value(t, agent) })
	}
	if org := v.Get("onBehalfOf"); org.IsObject() {
		c.lose(s.name+".onBehalfOf", "")
		ref := c.d.plans["Extension"].writes("valueReference")
		if raw := c.apart(func() bool { return c.value(ref, org) }); raw != nil {
			c.extend(f, onBehalfOf, "valueReference", raw)
		}
	}
}

func requesterFor(c *converter, f *frame, v fhir.Node, s *step) {
	t := f.target("requester")
	agent, org := t.plan.writes("agent"), t.plan.writes("onBehalfOf")
	c.put(f, t, func() bool {
		c.buf = append(append(c.buf, '{'), agent.head...)
		if !c.value(agent, v) {
			c.lose(s.name, s.rule)
			return false
		}
		if o := subExtension(f.n, onBehalfOf); o.IsObject() {
			if raw := c.apart(func() bool { return c.value(org, o) }); raw != nil {
				c.buf = append(append(append(c.buf, ','), org.head...), raw...)
			}
		}
		c.buf = append(c.buf, '}')
		return true
	})
}

// oneReason: in DSTU2 a reason is a concept or a reference; the concept goes
// before.
func oneReason(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	if c.d.to == fhir.DSTU2 && f.n.Get("reasonCode").Len() > 0 {
		c.lose(s.name, s.rule)
		return
	}
	c.element(f, s, v, shadow)
}

// orderNote writes the notes of an order.
func orderNote(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	switch {
	case c.d.to == fhir.DSTU2:
		notesToString(c, f, s, v, shadow)
	case c.d.from == fhir.DSTU2 && v.IsString():
		c.orderNotes(f, s, string(v.Raw()))
	default:
		c.element(f, s, v, shadow)
	}
}

// orderNotes writes DSTU2's note, and a note of what is to be dispensed when
// that is another medication than the one ordered (L-27).
func (c *converter) orderNotes(f *frame, s *step, note string) {
	texts := make([]string, 0, 2)
	if note != "" {
		texts = append(texts, note)
	}
	if d := dispensedOther(f.n); d != "" {
		texts = append(texts, string(fhir.AppendString(nil, "To be dispensed: "+d)))
		c.lose("dispenseRequest.medication", "L-27")
	}
	if len(texts) == 0 {
		return
	}
	c.key(f, s)
	c.buf = append(c.buf, '[')
	for i, t := range texts {
		if i > 0 {
			c.buf = append(c.buf, ',')
		}
		c.buf = append(append(append(c.buf, `{"text":`...), t...), '}')
	}
	c.buf = append(c.buf, ']')
}

// dispensedOther is the text of the medication to dispense when it is not the
// one ordered, "" when it is.
func dispensedOther(order fhir.Node) string {
	request := order.Get("dispenseRequest")
	for _, name := range []string{"medicationCodeableConcept", "medicationReference"} {
		m := request.Get(name)
		if !m.Exists() || sameMedication(m, order.Get(name)) {
			continue
		}
		if d := display(m); d != "" {
			return d
		}
		return m.Get("reference").String()
	}
	return ""
}

func sameMedication(a, b fhir.Node) bool {
	if string(a.Raw()) == string(b.Raw()) {
		return true
	}
	if r := a.Get("reference").String(); r != "" {
		return r == b.Get("reference").String()
	}
	code := a.Get("coding").First().Get("code").String()
	return code != "" && is(b, code)
}

// orderEnd adds what an order lacks: the note of another dispensed medication,
// and for DSTU2 the day it ended (L-26).
func orderEnd(c *converter, f *frame) {
	if c.d.from == fhir.DSTU2 {
		if s := f.target("note"); f.written&s.bit == 0 {
			c.orderNotes(f, s, "")
		}
	}
	if c.d.to != fhir.DSTU2 {
		return
	}
	s := f.target("dateEnded")
	status, end := f.n.Get("status").String(), f.n.Get("dispenseRequest").Get("validityPeriod").Get("end")
	if f.written&s.bit == 0 && end.IsString() && (status == "stopped" || status == "completed") {
		c.put(f, s, func() bool { return c.append(string(end.Raw())) })
	}
}

const noSubstitution = `{"coding":[{"system":"http://hl7.org/fhir/v3/substanceAdminSubstitution","code":"N","display":"none"}]}`

// substitution: a concept in DSTU2, a boolean in STU3, either in R4 (L-28).
func substitution(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	concept, whether := v, v
	if v.Get("url").Exists() { // it came back in an extension
		if concept = extensionValue(v); !concept.IsObject() {
			return
		}
	}
	switch {
	case c.d.to == fhir.DSTU2 && concept.IsObject():
		t := f.target("type")
		c.put(f, t, func() bool { return c.value(t, concept) })
	case c.d.to == fhir.DSTU2:
		c.lose(s.name, s.rule)
		if f.n.Get("extension").Len() > 0 {
			c.returns(f) // the concept it came from, before what is made up for it
		}
		if t := f.target("type"); f.written&t.bit == 0 {
			said := noSubstitution
			if whether.True() {
				said = `{"text":"Substitution allowed"}`
			}
			c.put(f, t, func() bool { return c.append(said) })
		}
	case concept.IsObject() && c.d.to == fhir.R4:
		t := f.target("allowedCodeableConcept")
		c.put(f, t, func() bool { return c.value(t, concept) })
	case concept.IsObject():
		c.allowed(f, s, concept)
	default:
		t := f.target("allowedBoolean")
		if t == nil {
			t = f.target("allowed")
		}
		f.seen |= t.bit
		c.primitive(f, t, v, shadow)
	}
}

// allowed makes STU3's boolean of a concept: everything but "none" allows.
func (c *converter) allowed(f *frame, s *step, concept fhir.Node) {
	t := f.target("allowed")
	f.seen |= t.bit
	c.lose(s.name, s.rule)
	if code := concept.Get("coding").First().Get("code").String(); code != "" {
		answer := "true"
		if is(concept, "N") {
			answer = "false"
		}
		c.put(f, t, func() bool { return c.append(answer) })
	}
	if s.keep != "" {
		if raw := c.apart(func() bool { return c.value(s, concept) }); raw != nil {
			c.extend(f, s.keep, "valueCodeableConcept", raw)
		}
	}
}
