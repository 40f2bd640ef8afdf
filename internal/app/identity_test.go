package app_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/patients"
)

// replacedBy is a Patient whose record was merged into another's.
func replacedBy(into, patient string) string {
	return `{"link":[{"type":"replaced-by","other":{"reference":"Patient/` + into + `"}}],` + patient[1:]
}

// An entry that points to another record now shows nothing of the one before:
// what could not be asked yet is pending, not the other's.
func TestARelinkedEntryKeepsNothingOfTheOtherRecord(t *testing.T) {
	h := newHospital(t, 0, true)
	w := newWard(t, h, 1)
	h.has("p0", replacedBy("q0", patientOf("p0", "Familyp0", "1957-06-05", "p0")))
	h.has("q0", patientOf("q0", "Survivor", "1957-06-05", "q0"))
	w.refresh()
	e := w.entries()["p0"]
	if e.State != patients.StateMerged || len(e.Cells["problems"].Items) == 0 {
		t.Fatalf("before: %s %+v", e.State, e.Cells["problems"])
	}
	h.answers("Condition", 500)
	e, err := w.decide(e, patients.DecideRelink)
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

// A record that was merged into another is not to be used any more: what was
// moved out of it would look like none recorded. Until someone confirms, the
// entry shows both identities and what was last seen, with its age and why
// nothing newer is read; then all is asked under the id that goes on; and undo
// brings back what was.
func TestAMergedRecordIsAskedUnderTheIDThatGoesOn(t *testing.T) {
	h := newHospital(t, 0, true)
	w := newWard(t, h, 1)
	before := w.entries()["p0"]
	h.emptied("p0") // as servers do: what was the patient's is the other record's now
	h.has("p0", replacedBy("q0", patientOf("p0", "Familyp0", "1957-06-05", "p0")))
	h.has("q0", patientOf("q0", "Survivor", "1957-06-05", "q0"))
	w.refresh()
	merged := w.entries()["p0"]
	if merged.State != patients.StateMerged || merged.Identity.Family != "Familyp0" || merged.Other == nil || merged.Other.MRN != "q0" {
		t.Fatalf("both identities: %s, %+v, %+v", merged.State, merged.Identity, merged.Other)
	}
	for column, was := range map[string]chart.Cell{"problems": before.Cells["problems"], "allergies": before.Cells["allergies"], "hr": before.Cells["hr"]} {
		c := merged.Cells[column]
		if c.Status != chart.Failed || c.Reason != chart.ReasonMerged || len(c.Items) != len(was.Items) || !c.AsOf.Equal(was.AsOf) {
			t.Errorf("%s is %s %q with %d items as of %v, want what was last seen", column, c.Status, c.Reason, len(c.Items), c.AsOf)
		}
	}
	s, err := w.s.Patients.Section(w.ctx, merged.ID, chart.Allergies, false)
	if err != nil || s.Status != chart.Failed || s.Reason != chart.ReasonMerged || s.Allergy != chart.AllergiesUnavailable {
		t.Errorf("PAB-0064: the section of allergies is %+v, %v", s, err)
	}
	if n := h.askedFor("p0"); n == 0 {
		t.Fatal("the old record was never asked for anything: this test proves nothing")
	}
	h.forgetAsked()
	linked, err := w.decide(merged, patients.DecideRelink)
	if err != nil || linked.State != patients.StateOK || linked.Subject.Patient != "q0" || linked.Identity.Family != "Survivor" || linked.Other != nil {
		t.Fatalf("linked: %+v, %v", linked, err)
	}
	w.until(func(all map[string]patients.Entry) bool { return all["q0"].Cells["problems"].Status == chart.Loaded })
	// Whoever still shows the old record learns from the number that this is of another.
	was, is := merged.Cells["identity"].Seq, linked.Cells["identity"].Seq
	for _, k := range chart.Kinds() {
		if s, err := w.s.Patients.Section(w.ctx, linked.ID, k, false); err != nil || s.Status != chart.Loaded || s.Identity != is || is == was {
			t.Errorf("section %s is %s %q of identity %d, %v; want %d, which was %d", k, s.Status, s.Reason, s.Identity, err, is, was)
		}
	}
	if old, now := h.askedFor("p0"), h.askedFor("q0"); old != 0 || now == 0 {
		t.Errorf("since then %d calls were for the old id and %d for the one that goes on", old, now)
	}
	if undo := w.undoable(linked); len(undo) != 1 || undo[0].New != string(patients.StateOK) || undo[0].By != "nurse" {
		t.Errorf("the activity offers to take back %+v, want the link", undo)
	}
	back, err := w.decide(linked, patients.DecideUndo)
	if err != nil || back.State != patients.StateMerged || back.Subject != merged.Subject || back.Identity != merged.Identity || *back.Other != *merged.Other ||
		back.Fingerprint != merged.Fingerprint {
		t.Fatalf("undone: %+v, %v", back, err)
	}
	if undo := w.undoable(back); len(undo) != 0 {
		t.Errorf("what was taken back can be taken back: %+v", undo)
	}
	w.refresh()
	back = w.entries()["p0"]
	if c := back.Cells["problems"]; back.State != patients.StateMerged || len(c.Items) != 6 || !c.AsOf.Equal(before.Cells["problems"].AsOf) {
		t.Errorf("undone, what was last seen is %s %+v", back.State, c)
	}
}

// A decision holds for the identities that were compared. Someone else who has
// come between looking and deciding is shown first.
func TestADecisionIsAboutWhoWasSeen(t *testing.T) {
	h := newHospital(t, 0, true)
	w := newWard(t, h, 2)
	h.has("p0", patientOf("p0", "Stranger", "1980-01-01", "x0"))
	h.has("p1", replacedBy("q1", patientOf("p1", "Familyp1", "1957-06-05", "p1")))
	h.has("q1", patientOf("q1", "Survivor", "1957-06-05", "q1"))
	w.refresh()
	seen := w.entries()
	h.has("p0", patientOf("p0", "Nextone", "1990-02-02", "x1"))
	w.refresh()
	// Nobody has looked at the list since: the record of the other patient says
	// something else only when it is read for the decision.
	h.has("q1", patientOf("q1", "Impostor", "1999-09-09", "q1"))
	for _, tt := range []struct {
		entry  patients.Entry
		action string
		now    string
	}{
		{seen["p0"], patients.DecideConfirm, "Nextone"},
		{seen["p1"], patients.DecideRelink, "Impostor"},
	} {
		_, err := w.decide(tt.entry, tt.action)
		p, ok := errors.AsType[*operation.Problem](err)
		if !ok || p.Status != http.StatusPreconditionFailed || p.Code != "conflict" {
			t.Errorf("%s of someone whom nobody saw: %v", tt.action, err)
			continue
		}
		now, ok := p.Current.(patients.Entry)
		if !ok || now.State != tt.entry.State || now.Other == nil || now.Other.Family != tt.now || now.Subject != tt.entry.Subject {
			t.Errorf("%s: what is there now is %+v", tt.action, p.Current)
			continue
		}
		if e, err := w.decide(now, tt.action); err != nil || e.State != patients.StateOK || e.Identity.Family != tt.now {
			t.Errorf("%s of who was shown: %+v, %v", tt.action, e, err)
		}
	}
	// Nor does a decision that was overtaken by another's undo it.
	if _, err := w.decide(seen["p0"], patients.DecideUndo); problemCode(err) != "conflict" {
		t.Errorf("undo of what nobody saw: %v", err)
	}
}

// A conflict shows who is there, so it is recorded like any other look.
func TestWhatAConflictShowsIsRecorded(t *testing.T) {
	h := newHospital(t, 0, true)
	w := newWard(t, h, 1)
	h.has("p0", patientOf("p0", "Stranger", "1980-01-01", "x0"))
	w.refresh()
	e := w.entries()["p0"]
	subject := &patients.Subject{Connection: w.connection, Patient: "p0"}
	for _, action := range []string{patients.DecideConfirm, patients.DecideRelink, patients.DecideUndo} {
		_, err := w.s.Patients.DecideIdentity(w.ctx, patients.IdentityDecision{Entry: e.ID, Action: action, Base: -1, Subject: subject, Seen: &e.Identity})
		if problemCode(err) != "conflict" {
			t.Errorf("%s on a number that never was: %v", action, err)
		}
	}
	records, _, err := w.s.Patients.SearchAudit(w.ctx, w.space, patients.AuditQuestion{Entry: e.ID, Operation: "PatientDetailsEdit"})
	if err != nil || len(records) != 3 {
		t.Fatalf("%d records, %v; want one for each look", len(records), err)
	}
	for _, r := range records {
		if r.Status != http.StatusPreconditionFailed || r.Person != "nurse" || r.Detail != "conflict" {
			t.Errorf("record %+v", r)
		}
	}
}

// Between two refreshes a record can become another's: its sections are not
// read under the name that it had.
func TestASectionIsOfWhomTheEntryIs(t *testing.T) {
	for name, tt := range map[string]struct {
		now    string // who p0 is now
		code   string
		reason string
		state  patients.State
	}{
		"another": {patientOf("p0", "Stranger", "1980-01-01", "x0"), "identity", "", patients.StateMismatch},
		"merged":  {replacedBy("q0", patientOf("p0", "Familyp0", "1957-06-05", "p0")), "", chart.ReasonMerged, patients.StateMerged},
		"gone":    {"", "", chart.ReasonGone, patients.StateGone},
	} {
		h := newHospital(t, 0, true)
		w := newWard(t, h, 1)
		e := w.entries()["p0"]
		h.has("p0", tt.now)
		s, err := w.s.Patients.Section(w.ctx, e.ID, chart.Problems, false)
		if problemCode(err) != tt.code || s.Reason != tt.reason || len(s.Items) > 0 {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		w.wait() // the list was asked for, without a hand or an interval
		if got := w.entries()["p0"]; got.State != tt.state {
			t.Errorf("%s: the list says %s, want %s", name, got.State, tt.state)
		}
	}
}

// Nobody is on a list twice because a decision is taken back.
func TestUndoDoesNotPutAPatientOnAListTwice(t *testing.T) {
	h := newHospital(t, 0, true)
	w := newWard(t, h, 1)
	h.has("p0", replacedBy("q0", patientOf("p0", "Familyp0", "1957-06-05", "p0")))
	h.has("q0", patientOf("q0", "Survivor", "1957-06-05", "q0"))
	w.refresh()
	linked, err := w.decide(w.entries()["p0"], patients.DecideRelink)
	if err != nil {
		t.Fatal(err)
	}
	anew := patients.NewPatient{Subject: patients.Subject{Connection: w.connection, Patient: "p0"}, Identity: chart.Identity{Family: "Familyp0", MRN: "p0"}}
	if _, _, err := w.s.Patients.AddPatients(w.ctx, w.list, []patients.NewPatient{anew}, true); err != nil {
		t.Fatal(err)
	}
	if _, err := w.decide(linked, patients.DecideUndo); problemCode(err) != "on-list" {
		t.Errorf("undone beside the same patient: %v", err)
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
	e, err = w.decide(e, patients.DecideConfirm)
	if err != nil || len(e.Cells["hr"].Items) != 0 {
		t.Errorf("confirmed: what was seen of the one before stays: %+v, %v", e.Cells["hr"], err)
	}
	w.until(func(all map[string]patients.Entry) bool { return all["x0"].Cells["hr"].Status == chart.Loaded })
}
