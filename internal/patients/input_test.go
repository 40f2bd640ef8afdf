package patients_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/patients"
)

// An id that is none in FHIR would mean something else in the search for all
// patients of a list.
func TestPatientsHavePlainIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("7E")
	err := w.db.Patients().Update(t.Context(), nil, func(ctx context.Context, tx patients.Tx) error {
		return tx.PutConnection(ctx, patients.Connection{ID: "c", Space: w.space.ID, Name: "Hospital", Link: "https://ehr.example.org", Created: w.now}, []byte{})
	})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]int{
		"hugh-chau_1.2": http.StatusOK, "a,b": http.StatusUnprocessableEntity, "../metadata": http.StatusUnprocessableEntity,
		"a b": http.StatusUnprocessableEntity, "a|b": http.StatusUnprocessableEntity, "a?x=1": http.StatusUnprocessableEntity,
		"ä": http.StatusUnprocessableEntity, "a\x00": http.StatusUnprocessableEntity,
	} {
		_, _, err := w.AddPatients(w.as(owner), l.ID, []patients.NewPatient{{Subject: patients.Subject{Connection: "c", Patient: id}, Identity: someone("Okafor", "Ada", "1")}}, true)
		if status(err) != want {
			t.Errorf("%q: %v, want %d", id, err, want)
		}
	}
	found := someone("O\u200fkafor\u0301", "Ada", "2") // as a record system may write it
	added, _, err := w.AddPatients(w.as(owner), l.ID, []patients.NewPatient{{Subject: patients.Subject{Connection: "c", Patient: "2"}, Identity: found}}, true)
	if err != nil || added[0].Identity != found {
		t.Errorf("found %+v, %v: want it as it was found", added, err)
	}
	found.Text = strings.Repeat("x", 301)
	if _, _, err := w.AddPatients(w.as(owner), l.ID, []patients.NewPatient{{Subject: patients.Subject{Connection: "c", Patient: "3"}, Identity: found}}, true); status(err) != http.StatusUnprocessableEntity {
		t.Errorf("a name of 301 letters: %v, want 422", err)
	}
}

// Names are of one line, and nothing in them turns the text around them.
func TestNamesAreOneLine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const raw, want = "Oka\u202efor\x00\nAda", "Oka for Ada"
	l := must(w.CreateList(w.as(owner), patients.NewList{Space: w.space.ID, Name: raw, Location: raw}))(t)
	if l.Name != want || l.Location != want {
		t.Errorf("list %q at %q", l.Name, l.Location)
	}
	name := raw
	if l = must(w.ChangeList(w.as(owner), patients.ListChange{List: l.ID, Version: l.Version, Name: &name, Beds: &[]string{raw}}))(t); l.Name != want || l.Beds[0] != want {
		t.Errorf("renamed %q, bed %q", l.Name, l.Beds[0])
	}
	added, _, err := w.AddPatients(w.as(owner), l.ID, []patients.NewPatient{{Identity: chart.Identity{Family: raw}, Bed: raw}}, true)
	if err != nil || added[0].Identity.Family != want || added[0].Bed != want {
		t.Errorf("patient %+v, %v", added, err)
	}
	s := must(w.SaveSchema(w.as(owner), patients.SchemaChange{Space: w.space.ID, Name: raw, Columns: []patients.Column{{Label: raw, Type: "choice", Choices: []string{raw}}}}))(t)
	if s.Name != want || s.Columns[0].Label != want || s.Columns[0].Choices[0] != want {
		t.Errorf("columns %+v", s)
	}
}

// A refused call records whose space it was about, but nothing of what is in
// it is said: the note of another space answers as one that is not there.
func TestNotesAndTodosOfAnotherSpace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("7E")
	e := w.add(l.ID, "Okafor", "Ada", "7E-1")
	n := must(w.AddNote(w.as(nurse), e, "Worse", false))(t)
	d := must(w.AddTodo(w.as(nurse), patients.NewTodo{Entry: e, Text: "INR"}))(t)
	text := "x"
	_, there := w.ChangeNote(w.as(stranger), patients.NoteChange{Note: n.ID, Version: 1, Text: &text})
	_, absent := w.ChangeNote(w.as(stranger), patients.NoteChange{Note: "none", Version: 1, Text: &text})
	if status(there) != 404 || there.Error() != absent.Error() {
		t.Errorf("note: %v, and of none: %v", there, absent)
	}
	_, there = w.ChangeTodo(w.as(stranger), patients.TodoChange{Todo: d.ID, Version: 1, Text: &text})
	_, absent = w.ChangeTodo(w.as(stranger), patients.TodoChange{Todo: "none", Version: 1, Text: &text})
	if status(there) != 404 || there.Error() != absent.Error() {
		t.Errorf("to-do: %v, and of none: %v", there, absent)
	}
	if all := w.operations(audit.Filter{Operation: "PatientNoteEdit", Space: w.space.ID}); len(all) != 1 || all[0].Status != 404 || all[0].Person != stranger {
		t.Errorf("recorded %+v", all)
	}
}
