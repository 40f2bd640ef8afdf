package mapping

import (
	"bytes"
	"slices"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// intent: DSTU2 knows orders only; a proposal or plan shown as one would
// overstate (§9).
func intent(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	if c.d.to != fhir.DSTU2 {
		c.element(f, s, v, shadow)
		return
	}
	switch v.String() {
	case "proposal", "plan", "option":
		c.withhold("MedicationRequest.intent: a proposal or plan is no order")
	case "order":
	default:
		c.lose(s.name, s.rule)
	}
}

func doNotPerform(c *converter, _ *frame, _ *step, v, _ fhir.Node) {
	if v.True() {
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
		any := c.d.plans["Extension"].writes("valueReference")
		if raw := c.apart(func() bool { return c.value(any, org) }); raw != nil {
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
		concept = extensionValue(v)
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

const statementStatusURL = "http://hl7.org/fhir/3.0/StructureDefinition/extension-MedicationStatement.status"

// notTaken reports whether a statement says that the medication was not taken.
func notTaken(n fhir.Node) bool {
	return n.Get("wasNotTaken").True() || n.Get("taken").Is("n") || n.Get("status").Is("not-taken")
}

// statementStatus: what STU3 says by status and taken, R4 says by status
// alone and DSTU2 by status and wasNotTaken (§10).
func statementStatus(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	code := v.String()
	now := ""
	switch {
	case c.d.to == fhir.R4 && code != "entered-in-error" && notTaken(f.n):
		now = "not-taken"
	case c.d.to == fhir.R4 && code != "entered-in-error" && f.n.Get("taken").Is("unk"):
		now = "unknown"
	case c.d.from == fhir.R4 && (code == "not-taken" || code == "unknown"):
		was := subExtension(f.n, statementStatusURL).String()
		if now = was; now == "" {
			now = "completed"
		}
		if t, listed := s.codes.table.translate(now, fhir.STU3, c.d.to); listed != nil {
			now = t
		}
		c.put(f, s, func() bool { c.buf = fhir.AppendString(c.buf, now); return true })
		return
	default:
		c.element(f, s, v, shadow)
		return
	}
	c.put(f, s, func() bool { return c.append(`"` + now + `"`) })
	if now != code {
		c.extend(f, statementStatusURL, "valueCode", fhir.AppendString(nil, code))
	}
}

// statementReason: the reason for taking, or in R4 for not taking.
func statementReason(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	switch {
	case c.d.to == fhir.R4: // joinReasons
	case v.Get("url").Exists(): // an extension that tells them apart
	case c.d.from == fhir.R4:
		not, why := partReasons(f.n, v)
		if len(not) > 0 {
			c.list(f, f.target("reasonNotTaken"), not)
		}
		if len(why) > 0 && s.many {
			c.list(f, s, why)
		} else if len(why) > 0 {
			c.put(f, s, func() bool { return c.value(s, why[0]) })
		}
	default:
		c.element(f, s, v, shadow)
	}
}

// R4 has one list of reasons, which are for not taking when the status is
// not-taken. Those of the other kind are repeated in an extension.
const (
	reasonNotTakenURL = "http://hl7.org/fhir/3.0/StructureDefinition/extension-MedicationStatement.reasonNotTaken"
	reasonCodeURL     = "http://hl7.org/fhir/3.0/StructureDefinition/extension-MedicationStatement.reasonCode"
)

// partReasons parts R4's reasons into those for not taking and those for
// taking.
func partReasons(n, v fhir.Node) (not, why []fhir.Node) {
	others, otherURL := &not, reasonNotTakenURL
	most := &why
	if notTaken(n) {
		others, otherURL, most = &why, reasonCodeURL, &not
	}
	for r := range v.Values() {
		list := most
		for e := range n.Get("extension").Values() {
			if e.Get("url").Is(otherURL) && bytes.Equal(extensionValue(e).Raw(), r.Raw()) {
				list = others
			}
		}
		*list = append(*list, r)
	}
	return not, why
}

// joinReasons writes both kinds of reasons into R4's one list.
func (c *converter) joinReasons(f *frame) {
	not := slices.Collect(f.n.Get("reasonNotTaken").Values())
	var why []fhir.Node
	for _, name := range []string{"reasonForUseCodeableConcept", "reasonCode"} {
		why = append(why, slices.Collect(f.n.Get(name).Values())...)
	}
	t := f.target("reasonCode")
	if all := append(slices.Clip(not), why...); len(all) > 0 {
		c.list(f, t, all)
	}
	others, otherURL := not, reasonNotTakenURL
	if notTaken(f.n) {
		others, otherURL = why, reasonCodeURL
	}
	for _, r := range others {
		if raw := c.apart(func() bool { return c.value(t, r) }); raw != nil {
			c.extend(f, otherURL, "valueCodeableConcept", raw)
		}
	}
}

// renamed is a step that reads what s reads and writes what t writes.
func renamed(s, t *step) *step {
	r := *t
	r.name, r.shadowName, r.rule = s.name, s.shadowName, s.rule
	return &r
}

func statementEnd(c *converter, f *frame) {
	if c.d.to == fhir.R4 {
		c.joinReasons(f)
	}
	c.taken(f)
}

// taken writes what STU3 and DSTU2 say of taking. R4 says it by the status; an
// extension keeps what the way back would not give.
func (c *converter) taken(f *frame) {
	said, status := f.n.Get("taken").String(), f.n.Get("status").String()
	switch {
	case c.d.to == fhir.STU3:
		t := f.target("taken")
		c.put(f, t, func() bool { return c.append(`"` + taken(f.n, c.d.from) + `"`) })
	case c.d.to == fhir.DSTU2:
		if said := wasNotTaken(f.n); said != "" {
			c.put(f, f.target("wasNotTaken"), func() bool { return c.append(said) })
		}
	case c.d.from == fhir.STU3 && said != "" && (status == "entered-in-error" || said != "n" && said != "unk") && said != takenBy(status):
		c.extend(f, f.p.members["taken"].keep, "valueCode", fhir.AppendString(nil, said))
	case c.d.from == fhir.DSTU2:
		if v := f.n.Get("wasNotTaken"); v.Exists() && (!v.True() || status == "entered-in-error") {
			c.extend(f, f.p.members["wasNotTaken"].keep, "valueBoolean", v.Raw())
		}
	}
}

// takenBy is what an R4 status says of taking.
func takenBy(status string) string {
	switch status {
	case "not-taken":
		return "n"
	case "active", "completed", "stopped", "on-hold":
		return "y"
	case "intended":
		return "na"
	}
	return "unk"
}

const (
	takenURL       = "http://hl7.org/fhir/3.0/StructureDefinition/extension-MedicationStatement.taken"
	wasNotTakenURL = "http://hl7.org/fhir/1.0/StructureDefinition/extension-MedicationStatement.wasNotTaken"
)

// taken is STU3's mandatory answer. An R4 status that says nothing of it
// answers so that the way back gives the same status.
func taken(n fhir.Node, from fhir.Version) string {
	switch kept := subExtension(n, takenURL).String(); {
	case kept != "":
		return kept
	case notTaken(n):
		return "n"
	case n.Get("wasNotTaken").Exists():
		return "y"
	case from == fhir.DSTU2:
		return "unk"
	}
	return takenBy(n.Get("status").String())
}

func wasNotTaken(n fhir.Node) string {
	switch kept := subExtension(n, wasNotTakenURL).String(); {
	case kept != "":
		return kept
	case notTaken(n):
		return "true"
	case n.Get("taken").Is("y"):
		return "false"
	}
	return ""
}

// medicationStatus: DSTU2 cannot say that a Medication is an error.
func medicationStatus(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	if c.d.to != fhir.DSTU2 {
		c.element(f, s, v, shadow)
		return
	}
	if v.Is("entered-in-error") {
		c.withhold("Medication.status: DSTU2 cannot say that it was entered in error")
	}
	c.lose(s.name, s.rule)
}

// product is DSTU2's: its parts stand by themselves later.
func product(c *converter, f *frame, _ *step, v, _ fhir.Node) {
	c.path = append(c.path, "product")
	for m := range v.Children() {
		switch name := m.Name(); name {
		case "form", "ingredient":
			t := renamed(f.p.writes(name), f.p.writes(name))
			t.name = name
			f.seen |= t.bit
			c.element(f, t, m, fhir.Node{})
		case "batch":
			if t := f.target("batch"); t != nil {
				r := *t
				r.name = name
				c.element(f, &r, m, fhir.Node{})
			}
		default:
			c.foreign(&frame{p: f.p.writes("ingredient").plan, n: v}, m)
		}
	}
	c.path = c.path[:len(c.path)-1]
}

// productPart is an element that DSTU2 keeps within product.
func productPart(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	switch {
	case c.d.to == fhir.DSTU2: // medicationEnd writes it
	case s.name == "batch" && s.to == "": // so does packaged
	default:
		c.element(f, s, v, shadow)
	}
}

// item is an ingredient: a reference only in DSTU2, a concept as well later.
func item(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	t := f.target("item")
	switch {
	case t == nil && s.name == "item":
		t = f.target("itemReference")
		c.put(f, t, func() bool { return c.value(t, v) })
	case t == nil:
		c.element(f, s, v, shadow)
	case s.wasKind == "Reference":
		f.seen |= t.bit
		c.put(f, t, func() bool { return c.value(t, v) })
	default:
		f.seen |= t.bit
		c.lose(s.name, s.rule)
		c.put(f, t, func() bool {
			shown := display(v)
			if shown == "" {
				return false
			}
			c.buf = append(fhir.AppendString(append(c.buf, `{"display":`...), shown), '}')
			return true
		})
	}
}

// packaged is Medication.package, written by medicationEnd where batches join
// it.
func packaged(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	switch {
	case s.to == "":
		c.lose(s.name, s.rule)
	case c.d.from == fhir.DSTU2 && f.n.Get("product").Get("batch").Exists():
	default:
		c.element(f, s, v, shadow)
	}
}

// medicationEnd moves batches between product (DSTU2), package (STU3) and the
// Medication itself (R4), and builds DSTU2's product.
func medicationEnd(c *converter, f *frame) {
	batches := f.n.Get("batch")
	switch c.d.from {
	case fhir.DSTU2:
		batches = f.n.Get("product").Get("batch")
	case fhir.STU3:
		batches = f.n.Get("package").Get("batch")
	case fhir.R4:
	}
	switch c.d.to {
	case fhir.STU3:
		if batches.Exists() {
			c.packageWith(f, batches)
		}
	case fhir.DSTU2:
		c.productWith(f, batches)
	case fhir.R4:
		if t := f.target("batch"); batches.Exists() && f.written&t.bit == 0 {
			c.element(f, renamed(t, t), batches, fhir.Node{})
		}
	}
}

func (c *converter) packageWith(f *frame, batches fhir.Node) {
	t := f.target("package")
	c.put(f, t, func() bool {
		start := len(c.buf)
		c.buf = append(c.buf, '{')
		inner := frame{p: t.plan, n: f.n.Get("package")}
		for m := range inner.n.Children() {
			c.member(&inner, m)
		}
		c.element(&inner, t.plan.writes("batch"), batches, fhir.Node{})
		c.buf = append(c.buf, '}')
		return len(c.buf) > start+2
	})
}

func (c *converter) productWith(f *frame, batches fhir.Node) {
	t := f.target("product")
	c.put(f, t, func() bool {
		start := len(c.buf)
		c.buf = append(c.buf, '{')
		inner := frame{p: t.plan, n: f.n}
		for _, name := range []string{"form", "ingredient", "batch"} {
			v := f.n.Get(name)
			if name == "batch" {
				v = batches
			}
			if v.Exists() {
				c.element(&inner, t.plan.writes(name), v, fhir.Node{})
			}
		}
		c.buf = append(c.buf, '}')
		return len(c.buf) > start+2
	})
}
