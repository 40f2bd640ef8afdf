package app_test

import (
	"testing"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/patients"
)

// A record system that was removed and is connected again is the same: its
// patients on the lists are asked for again, those too that another did not
// know.
func TestARemovedConnectionComesBack(t *testing.T) {
	old, other := newHospital(t, 0, true), newHospital(t, 0, true)
	w := newWard(t, old, 2)
	if err := w.s.Patients.RemoveConnection(w.ctx, w.space, w.connection); err != nil {
		t.Fatal(err)
	}
	again := w.connect(patients.ConnectRequest{Link: old.URL + "/fhir"}).Connection.ID
	if again != w.connection {
		t.Errorf("it is another connection: its patients are asked for no more")
	}
	w.until(func(all map[string]patients.Entry) bool { return all["p0"].Cells["problems"].Status == chart.Loaded })
	if done := w.connect(patients.ConnectRequest{Link: other.URL + "/fhir", Replaces: again}); len(done.Unmatched) != 2 {
		t.Fatalf("unmatched %+v", done.Unmatched)
	}
	if e := w.entries()["p1"]; e.State != patients.StateUnlinked {
		t.Fatalf("before: %s", e.State)
	}
	if id := w.connect(patients.ConnectRequest{Link: old.URL + "/fhir"}).Connection.ID; id != again {
		t.Errorf("it is another connection")
	}
	w.until(func(all map[string]patients.Entry) bool {
		return all["p1"].State == patients.StateOK && all["p1"].Cells["problems"].Status == chart.Loaded
	})
}

// What was to be decided about a record before its connection went still is when
// that is back, before anybody is asked or shown anything.
func TestAMismatchComesBackWithItsConnection(t *testing.T) {
	old, other := newHospital(t, 0, true), newHospital(t, 0, true)
	w := newWard(t, old, 2)
	old.has("p0", patientOf("p0", "Stranger", "1980-01-01", "x0"))
	old.has("p1", replacedBy("q1", patientOf("p1", "Familyp1", "1957-06-05", "p1")))
	w.refresh()
	before := w.entries()
	if done := w.connect(patients.ConnectRequest{Link: other.URL + "/fhir", Replaces: w.connection}); len(done.Unmatched) != 2 {
		t.Fatalf("unmatched %+v", done.Unmatched)
	}
	w.connect(patients.ConnectRequest{Link: old.URL + "/fhir"})
	for mrn, want := range map[string]patients.State{"p0": patients.StateMismatch, "p1": patients.StateMerged} {
		v, err := w.s.Patients.PatientView(w.ctx, before[mrn].ID, false)
		if err != nil || before[mrn].State != want || v.Entry.State != want {
			t.Errorf("%s was %s and is %s, %v; want %s", mrn, before[mrn].State, v.Entry.State, err, want)
		}
		for _, a := range v.Activity {
			if a.Old == string(patients.StateUnlinked) && a.New != string(want) {
				t.Errorf("%s was %s in between", mrn, a.New)
			}
		}
	}
}

// What was to be decided about a record of the former connection is not asked
// about the new one's: the ids of one mean nothing in the other.
func TestAMergeOfTheFormerConnectionIsNotFollowedInTheNew(t *testing.T) {
	old, h := newHospital(t, 0, true), newHospital(t, 0, true)
	w := newWard(t, old, 2)
	old.has("p0", replacedBy("q0", patientOf("p0", "Familyp0", "1957-06-05", "p0")))
	old.has("p1", patientOf("p1", "Stranger", "1980-01-01", "x1"))
	w.refresh()
	if all := w.entries(); all["p0"].State != patients.StateMerged || all["p1"].State != patients.StateMismatch {
		t.Fatalf("before: %s, %s", all["p0"].State, all["p1"].State)
	}
	h.has("n0", patientOf("n0", "Familyp0", "1957-06-05", "p0"))
	h.has("n1", patientOf("n1", "Familyp1", "1957-06-05", "p1"))
	if done := w.connect(patients.ConnectRequest{Link: h.URL + "/fhir", Replaces: w.connection}); len(done.Unmatched) != 0 {
		t.Fatalf("unmatched %+v", done.Unmatched)
	}
	for mrn, id := range map[string]string{"p0": "n0", "p1": "n1"} {
		e := w.entries()[mrn]
		if e.State != patients.StateOK || e.Other != nil || e.Identity.Replaced != "" || e.Subject.Patient != id {
			t.Errorf("%s: %s, %+v, %+v", mrn, e.State, e.Subject, e.Other)
		}
	}
}
