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
