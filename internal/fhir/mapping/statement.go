package mapping

import (
	"bytes"
	"slices"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

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
		now = "completed"
		if t, listed := s.codes.table.translate(subExtension(f.n, statementStatusURL).String(), fhir.STU3, c.d.to); listed != nil {
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
	case kept == "y", kept == "n", kept == "unk", kept == "na":
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
	case kept == "true", kept == "false":
		return kept
	case notTaken(n):
		return "true"
	case n.Get("taken").Is("y"):
		return "false"
	}
	return ""
}
