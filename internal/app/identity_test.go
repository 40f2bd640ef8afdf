package app_test

import (
	"testing"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/patients"
)

// An entry that points to another record now shows nothing of the one before:
// what could not be asked yet is pending, not the other's.
func TestARelinkedEntryKeepsNothingOfTheOtherRecord(t *testing.T) {
	h := newHospital(t, 0, true)
	w := newWard(t, h, 1)
	h.has("p0", `{"link":[{"type":"replaced-by","other":{"reference":"Patient/q0"}}],`+patientOf("p0", "Familyp0", "1957-06-05", "p0")[1:])
	h.has("q0", patientOf("q0", "Survivor", "1957-06-05", "q0"))
	w.refresh()
	e := w.entries()["p0"]
	if e.State != patients.StateMerged || len(e.Cells["problems"].Items) == 0 {
		t.Fatalf("before: %s %+v", e.State, e.Cells["problems"])
	}
	h.answers("Condition", 500)
	e, err := w.s.Patients.DecideIdentity(w.ctx, patients.IdentityDecision{Entry: e.ID, Action: patients.DecideRelink})
	if err != nil {
		t.Fatal(err)
	}
	if c := e.Cells["problems"]; len(c.Items) != 0 {
		t.Errorf("after the decision: the problems are the other's: %+v", c.Items[0])
	}
	w.until(func(all map[string]patients.Entry) bool { return all["q0"].Cells["problems"].Status == chart.Failed })
	if c := w.entries()["q0"].Cells["problems"]; len(c.Items) != 0 {
		t.Errorf("where asking failed: the problems are the other's: %+v", c.Items[0])
	}
}

// While it is not sure whose record it is, a row is the patient's with what was
// last seen of them, and nothing of the stranger's.
func TestAStrangersRecordIsNotUnderTheName(t *testing.T) {
	h := newHospital(t, 0, true)
	w := newWard(t, h, 1)
	before := w.entries()["p0"].Cells["hr"]
	h.has("p0", patientOf("p0", "Stranger", "1980-01-01", "x0"))
	w.refresh()
	e := w.entries()["p0"]
	if e.State != patients.StateMismatch {
		t.Fatalf("state %s", e.State)
	}
	w.refresh()
	e = w.entries()["p0"]
	if c := e.Cells["hr"]; !c.AsOf.Equal(before.AsOf) || len(c.Items) != 1 {
		t.Errorf("the stranger was asked: as of %v, before %v", c.AsOf, before.AsOf)
	}
	s, err := w.s.Patients.Section(w.ctx, e.ID, chart.Problems, false)
	if err == nil {
		t.Errorf("the stranger's section is given under the name: %+v", s.Items)
	}
	e, err = w.s.Patients.DecideIdentity(w.ctx, patients.IdentityDecision{Entry: e.ID, Action: patients.DecideConfirm})
	if err != nil || len(e.Cells["hr"].Items) != 0 {
		t.Errorf("confirmed: what was seen of the one before stays: %+v, %v", e.Cells["hr"], err)
	}
	w.until(func(all map[string]patients.Entry) bool { return all["x0"].Cells["hr"].Status == chart.Loaded })
}
