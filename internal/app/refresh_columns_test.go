package app_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/people"
)

// watch looks at the list, and gives a function that waits until a column of
// the patient has been read.
func (w *ward) watch() (read func(column string)) {
	ctx, cancel := context.WithCancel(w.ctx)
	news := make(chan struct{}, 1)
	var g sync.WaitGroup
	g.Go(func() {
		err := w.s.Patients.Stream(ctx, w.list, 0, func(patients.Event) error {
			select {
			case news <- struct{}{}:
			default:
			}
			return nil
		})
		if err != nil {
			w.tb.Error(err)
		}
	})
	w.tb.Cleanup(func() { cancel(); g.Wait() })
	return func(column string) {
		w.tb.Helper()
		enough := time.After(await.Patience) // of an interval of two minutes
		for w.entries()["p0"].Cells[column].Status != chart.Loaded {
			select {
			case <-news:
			case <-enough:
				w.tb.Fatalf("%s was not asked for", column)
			}
		}
	}
}

// What a column needs is asked for when it is chosen, or when someone comes
// whose columns need more: nobody waits for the next interval.
func TestChosenColumnsAreAskedFor(t *testing.T) {
	h := newHospital(t, 0, true)
	w := newWard(t, h, 1)
	list, err := w.s.Patients.CreateList(w.ctx, patients.NewList{Space: w.space, Name: "Handover", Schema: patients.SchemaHandover})
	if err != nil {
		t.Fatal(err)
	}
	patient := []patients.NewPatient{{
		Subject:  patients.Subject{Connection: w.connection, Patient: "p0"},
		Identity: chart.Identity{Family: "Familyp0", Given: "Given", Born: "1957-06-05", Gender: "female", MRN: "p0"},
	}}
	if _, _, err := w.s.Patients.AddPatients(w.ctx, list.ID, patient, true); err != nil {
		t.Fatal(err)
	}
	w.list = list.ID
	choose := func(w *ward, columns ...string) {
		t.Helper()
		if _, err := w.s.Patients.SetView(w.ctx, w.list, patients.View{Columns: columns}); err != nil {
			t.Fatal(err)
		}
	}
	read := w.watch()
	read("location") // is asked for whatever the columns
	choose(w, "problems")
	read("problems")

	doctor := people.Person{ID: "doctor", Name: "Doctor"}
	if err := w.s.People.PutDemoPerson(context.Background(), doctor); err != nil {
		t.Fatal(err)
	}
	if _, err := w.s.Patients.SetMember(w.ctx, w.space, doctor.ID, patients.Viewer); err != nil {
		t.Fatal(err)
	}
	other := *w
	other.ctx = people.With(context.Background(), doctor)
	choose(&other, "medications")
	if s := other.entries()["p0"].Cells["medications"].Status; s == chart.Loaded {
		t.Errorf("a column that nobody looks at is %q", s)
	}
	other.watch()("medications")

	choose(w)
	if _, err := w.s.Patients.SaveSchema(w.ctx, patients.SchemaChange{
		Space: w.space, Schema: patients.SchemaHandover, Name: "Ours", List: w.list, Columns: []patients.Column{{Key: "hr"}},
	}); err != nil {
		t.Fatal(err)
	}
	read("hr")
}
