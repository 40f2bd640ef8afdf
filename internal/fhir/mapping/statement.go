package mapping

import (
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

const statementStatusURL = "http://hl7.org/fhir/3.0/StructureDefinition/extension-MedicationStatement.status"

// notTaken reports whether a statement says that the medication was not taken.
func notTaken(n fhir.Node) bool {
	return lower(n.Get("wasNotTaken")) == "true" || lower(n.Get("taken")) == "n" || lower(n.Get("status")) == "not-taken"
}

// lower is a value's text in small letters: a modifier that a sloppy source
// spells in another case, or as a string, still modifies.
func lower(n fhir.Node) string { return strings.ToLower(n.String()) }

// statementStatus: what STU3 says by status and taken, R4 says by status
// alone and DSTU2 by status and wasNotTaken (§10).
func statementStatus(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	code := lower(v)
	now := ""
	switch {
	case c.d.to == fhir.R4 && code != "entered-in-error" && notTaken(f.n):
		now = "not-taken"
	case c.d.to == fhir.R4 && code != "entered-in-error" && lower(f.n.Get("taken")) == "unk":
		now = "unknown"
	case c.d.from == fhir.R4 && (code == "not-taken" || code == "unknown"):
		now = "completed"
		kept := subExtension(f.n, statementStatusURL).String()
		if t, listed := s.codes.table.translate(kept, fhir.STU3, c.d.to); listed != nil && kept != "entered-in-error" {
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
	other := map[string]bool{}
	for e := range n.Get("extension").Values() {
		if e.Get("url").Is(otherURL) {
			other[string(extensionValue(e).Raw())] = true
		}
	}
	for r := range v.Values() {
		list := most
		if other[string(r.Raw())] {
			list = others
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
	if !slices.Contains([]string{"", "true", "false"}, lower(f.n.Get("wasNotTaken"))) ||
		!slices.Contains([]string{"", "y", "n", "unk", "na"}, lower(f.n.Get("taken"))) {
		c.withhold("MedicationStatement: whether it was taken is not understood")
	}
	if c.d.to == fhir.R4 {
		c.joinReasons(f)
	}
	c.taken(f)
}

// taken writes what STU3 and DSTU2 say of taking. R4 says it by the status; an
// extension keeps what the way back would not give.
func (c *converter) taken(f *frame) {
	said, status := lower(f.n.Get("taken")), lower(f.n.Get("status"))
	switch {
	case c.d.to == fhir.STU3:
		t := f.target("taken")
		c.put(f, t, func() bool { return c.append(`"` + taken(f.n, c.d.from) + `"`) })
	case c.d.to == fhir.DSTU2:
		if said := wasNotTaken(f.n, c.d.from); said != "" {
			c.put(f, f.target("wasNotTaken"), func() bool { return c.append(said) })
		}
	case c.d.from == fhir.STU3 && said != "" && (status == "entered-in-error" || said != "n" && said != "unk") && said != takenBy(status)[0]:
		c.extend(f, f.p.members["taken"].keep, "valueCode", fhir.AppendString(nil, said))
	case c.d.from == fhir.DSTU2:
		if said = lower(f.n.Get("wasNotTaken")); said == "false" || said == "true" && status == "entered-in-error" {
			c.extend(f, f.p.members["wasNotTaken"].keep, "valueBoolean", []byte(said))
		}
	}
}

// takenBy lists what an R4 status may stand for of STU3's answers; the first is
// what it says by itself.
func takenBy(status string) []string {
	switch status {
	case "not-taken":
		return []string{"n"}
	case "active", "completed", "stopped", "on-hold":
		return []string{"y", "na"}
	case "intended":
		return []string{"na", "y"}
	case "entered-in-error":
		return []string{"unk", "y", "n", "na"}
	}
	return []string{"unk"}
}

const (
	takenURL       = "http://hl7.org/fhir/3.0/StructureDefinition/extension-MedicationStatement.taken"
	wasNotTakenURL = "http://hl7.org/fhir/1.0/StructureDefinition/extension-MedicationStatement.wasNotTaken"
)

// taken is STU3's mandatory answer: what the elements say, or what an extension
// kept of what they may stand for. An R4 status that says nothing of it answers
// so that the way back gives the same status.
func taken(n fhir.Node, from fhir.Version) string {
	may := takenBy(lower(n.Get("status")))
	if from == fhir.DSTU2 {
		switch lower(n.Get("wasNotTaken")) {
		case "true":
			may = []string{"n"}
		case "false":
			may = []string{"y"}
		default:
			may = []string{"unk", "na"}
		}
	}
	if kept := subExtension(n, takenURL).String(); slices.Contains(may, kept) {
		return kept
	}
	return may[0]
}

// wasNotTaken is DSTU2's answer, "" for none. R4's status can give it alone,
// but for what an extension kept beside a status that leaves it open.
func wasNotTaken(n fhir.Node, from fhir.Version) string {
	switch said := lower(n.Get("taken")); {
	case notTaken(n):
		return "true"
	case said == "y":
		return "false"
	case from != fhir.R4:
		return ""
	}
	may := takenBy(lower(n.Get("status")))
	switch kept := subExtension(n, wasNotTakenURL).String(); {
	case kept == "true" && slices.Contains(may, "n"), kept == "false" && slices.Contains(may, "y"):
		return kept
	}
	return ""
}
