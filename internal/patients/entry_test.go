package patients_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/patients"
)

// TestDuplicates: the same record number, or name and birth date, on any list
// of the space.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l, other := w.list("Ward"), w.list("Other")
	born := func(id chart.Identity, day string) chart.Identity { id.Born = day; return id }
	_, _, err := w.AddPatients(w.as(owner), other.ID, []patients.NewPatient{{Identity: someone("García", "José", "MRN 100")}}, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		id   chart.Identity
		want string
	}{
		{"same number, other name", someone("Rivera", "Ana", "mrn100"), "mrn"},
		{"same name and birth date", someone("GARCIA", "Jose", "MRN 200"), "nameAndBorn"},
		{"both", someone("García", "José", "MRN 100"), "mrn"},
		{"same name, other birth date", born(someone("García", "José", ""), "1950-01-01"), ""},
		{"same name, birth year only", born(someone("García", "José", ""), "1981"), ""},
		{"nothing alike", someone("Okafor", "Ben", "MRN 300"), ""},
	} {
		found := must(w.Duplicates(w.as(nurse), w.space.ID, tc.id))(t)
		got := ""
		if len(found) > 0 {
			got = found[0].Why
			if found[0].List.Name != "Other" {
				t.Errorf("%s: it is on %q, want Other", tc.name, found[0].List.Name)
			}
		}
		if got != tc.want || len(found) > 1 {
			t.Errorf("%s: %q (%d found), want %q", tc.name, got, len(found), tc.want)
		}
	}
	pair := []patients.NewPatient{{Identity: someone("García", "José", "MRN 100")}, {Identity: someone("Okafor", "Ben", "")}}
	added, dups, err := w.AddPatients(w.as(nurse), l.ID, pair, false)
	if err != nil || len(added) != 1 || len(dups) != 1 || dups[0].Index != 0 || added[0].Identity.Family != "Okafor" {
		t.Errorf("added %d, duplicates %+v, %v; want the second added, the first not", len(added), dups, err)
	}
	// Two of one call are alike as well.
	twins := []patients.NewPatient{{Identity: someone("Chen", "Mei", "")}, {Identity: someone("Chen", "Mei", "")}}
	if added, dups, err = w.AddPatients(w.as(nurse), l.ID, twins, false); err != nil || len(added) != 1 || len(dups) != 1 {
		t.Errorf("of two alike %d added, %d duplicates, %v", len(added), len(dups), err)
	}
	if added, dups, err = w.AddPatients(w.as(nurse), l.ID, twins[:1], true); err != nil || len(added) != 1 || len(dups) != 0 {
		t.Errorf("again: %d added, %d duplicates, %v", len(added), len(dups), err)
	}
}

func TestTypedIdentity(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	for _, tc := range []struct {
		name  string
		id    chart.Identity
		field string
	}{
		{"no name", chart.Identity{Born: "1981-11-10"}, "family"},
		{"a day that is none", chart.Identity{Family: "A", Born: "1981-02-30"}, "born"},
		{"a gender that is none", chart.Identity{Family: "A", Gender: "f"}, "gender"},
		{"301 characters", chart.Identity{Family: strings.Repeat("長", 301)}, "identity"},
		{"PAL-0460 unknown patient", chart.Identity{Family: "UNKNOWN", Given: "Unknown", Gender: "male", MRN: "T-17"}, ""},
		{"300 characters", chart.Identity{Family: strings.Repeat("長", 300), Given: "صالح", Text: "👩‍⚕️ <b>&amp;"}, ""},
	} {
		added, _, err := w.AddPatients(w.as(nurse), l.ID, []patients.NewPatient{{Identity: tc.id}}, true)
		if got := faultOf(err); got != tc.field {
			t.Errorf("%s: fault in %q (%v), want %q", tc.name, got, err, tc.field)
		}
		if tc.field == "" && (len(added) != 1 || added[0].Identity != tc.id) {
			t.Errorf("%s: kept as %+v, want it as typed", tc.name, added)
		}
	}
	_, _, err := w.AddPatients(w.as(nurse), l.ID, []patients.NewPatient{{Subject: patients.Subject{Connection: "none", Patient: "p1"}, Identity: someone("A", "B", "")}}, false)
	if faultOf(err) != "subject" {
		t.Errorf("a connection that is not there gives %v", err)
	}
}

// TestRemoveMoveCopy: an undo brings everything back; what is moved stays one
// entry, a copy is another.
func TestRemoveMoveCopy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l, to := w.list("Ward"), w.list("Other")
	e := w.add(l.ID, "Rivera", "Ana", "1")
	w.set(nurse, e, "summary", `"Day 2"`, 0)
	todo := must(w.AddTodo(w.as(nurse), patients.NewTodo{Entry: e, Text: "Blood count", Owner: doctor}))(t)
	note := must(w.AddNote(w.as(nurse), e, "Slept well", true))(t)
	w.observe(l.ID, e, "problems", items("Asthma"))
	act := func(list string, action patients.EntryAction, to string, want int, ids ...string) []string {
		t.Helper()
		done, _, err := w.ChangeEntries(w.as(nurse), list, ids, action, to)
		if status(err) != want {
			t.Fatalf("%s gives %v, want %d", action, err, want)
		}
		return done
	}
	whole := func(list, id string) {
		t.Helper()
		v := must(w.PatientView(w.as(doctor), id, false))(t)
		if v.Entry.List != list || v.Entry.Bed != "1" || v.Entry.Cells["summary"].Items[0].Text != "Day 2" ||
			v.Entry.Cells["problems"].Items[0].Text != "Asthma" || len(v.Todos) != 1 || v.Todos[0].Text != todo.Text {
			t.Errorf("the entry is %+v, to-dos %v", v.Entry, v.Todos)
		}
	}
	act(l.ID, patients.RemoveEntries, "", http.StatusOK, e)
	if v := w.view(nurse, l.ID); len(v.Entries) != 0 || v.List.Patients != 0 {
		t.Errorf("after removal %d entries, %d counted", len(v.Entries), v.List.Patients)
	}
	if _, err := w.PatientView(w.as(nurse), e, false); status(err) != http.StatusNotFound {
		t.Errorf("the page of a removed patient gives %v", err)
	}
	if found := must(w.Duplicates(w.as(nurse), w.space.ID, someone("Rivera", "Ana", "")))(t); len(found) != 0 {
		t.Error("a removed patient is a duplicate")
	}
	act(l.ID, patients.RestoreEntries, "", http.StatusOK, e)
	whole(l.ID, e)

	act(l.ID, patients.MoveEntries, to.ID, http.StatusOK, e)
	whole(to.ID, e)
	if v := must(w.PatientView(w.as(doctor), e, false))(t); len(v.Notes) != 1 || v.Notes[0].ID != note.ID {
		t.Errorf("moved without the note: %v", v.Notes)
	}
	act(l.ID, patients.RemoveEntries, "", http.StatusNotFound, e) // it is not there any more
	act(l.ID, patients.RestoreEntries, "", http.StatusOK, e)
	act(l.ID, patients.RestoreEntries, "", http.StatusOK, e) // a second undo finds nothing to do
	whole(l.ID, e)

	copied := act(l.ID, patients.CopyEntries, to.ID, http.StatusOK, e)
	if len(copied) != 1 || copied[0] == e {
		t.Fatalf("the copy is %v", copied)
	}
	whole(to.ID, copied[0])
	whole(l.ID, e)
	v := must(w.PatientView(w.as(doctor), copied[0], false))(t)
	if len(v.Notes) != 0 || v.Activity[0].Kind != "copied" || v.Activity[0].Old != "Ward" {
		t.Errorf("a copy has notes %v, activity %+v; want none, and where it came from", v.Notes, v.Activity[0])
	}
	act(l.ID, patients.MoveEntries, l.ID, http.StatusUnprocessableEntity, e)
	act(l.ID, "shred", "", http.StatusUnprocessableEntity, e)
}

// TestMoveOntoTheSamePatient: nobody stands on a list twice by a move.
func TestMoveOntoTheSamePatient(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l, to := w.list("Ward"), w.list("Other")
	add := func(list string) string {
		added, _, err := w.AddPatients(w.as(owner), list, []patients.NewPatient{{Identity: someone("Rivera", "Ana", "100")}}, true)
		if err != nil {
			t.Fatal(err)
		}
		return added[0].ID
	}
	here, there := add(l.ID), add(to.ID)
	done, dups, err := w.ChangeEntries(w.as(nurse), l.ID, []string{here}, patients.MoveEntries, to.ID)
	if err != nil || len(done) != 0 || len(dups) != 1 || dups[0].Entry.ID != there {
		t.Errorf("done %v, duplicates %v, %v", done, dups, err)
	}
}

// TestUndoAfterSomeoneAddedAnew: an undo puts nobody on a list twice.
func TestUndoAfterSomeoneAddedAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	ana := []patients.NewPatient{{Identity: someone("Rivera", "Ana", "100")}}
	first, _, err := w.AddPatients(w.as(owner), l.ID, ana, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.ChangeEntries(w.as(nurse), l.ID, []string{first[0].ID}, patients.RemoveEntries, ""); err != nil {
		t.Fatal(err)
	}
	second, _, err := w.AddPatients(w.as(doctor), l.ID, ana, false)
	if err != nil || len(second) != 1 {
		t.Fatal(second, err)
	}
	done, dups, err := w.ChangeEntries(w.as(nurse), l.ID, []string{first[0].ID}, patients.RestoreEntries, "")
	if err != nil || len(done) != 0 || len(dups) != 1 || dups[0].Entry.ID != second[0].ID {
		t.Errorf("done %v, duplicates %+v, %v", done, dups, err)
	}
	if v := w.view(nurse, l.ID); len(v.Entries) != 1 {
		t.Errorf("the patient is on the list %d times", len(v.Entries))
	}
}

// TestOddTexts: what people type is kept to the letter, whatever script and
// markup it is in.
func TestOddTexts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("病房 <7E> & ☕")
	for _, text := range []string{
		"<script>alert(1)</script> & \"quotes\"", "مريض مستقر اليوم", "病人今天穩定，明天出院", "👩‍⚕️👍🏽 zero\u200djoiner", "a\nb\tc", strings.Repeat("é", 4000),
		"\u202eright to left", "'; DROP TABLE patients_entry; --",
	} {
		e := w.add(l.ID, text[:min(len(text), 3)]+"X", "Ana", "1")
		w.set(nurse, e, "summary", mustJSON(t, text), 0)
		n := must(w.AddNote(w.as(nurse), e, text, false))(t)
		v := must(w.PatientView(w.as(doctor), e, false))(t)
		if got := v.Entry.Cells["summary"].Items[0].Text; got != text || n.Text != text || v.Notes[0].Text != text {
			t.Errorf("%.40q is kept as %.40q and %.40q", text, got, v.Notes[0].Text)
		}
	}
}

// TestMismatchWithholds: of an entry whose record is another person's now,
// nothing that we wrote leaves, until someone confirms.
func TestMismatchWithholds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	e := w.add(l.ID, "Rivera", "Ana", "7E-2")
	const secret = "SECRET"
	w.view(nurse, l.ID)
	w.set(doctor, e, "summary", `"`+secret+`"`, 0)
	todo := must(w.AddTodo(w.as(doctor), patients.NewTodo{Entry: e, Text: secret}))(t)
	must(w.AddNote(w.as(doctor), e, secret, false))(t)
	w.observe(l.ID, e, "location", chart.Cell{Items: []chart.Item{{ID: "x", Text: "7E-9", Current: true}}})
	patients.SetState(w.Service, t.Context(), e, patients.StateMismatch, someone("Okafor", "Ben", "2"))

	v := w.view(nurse, l.ID)
	page := must(w.PatientView(w.as(nurse), e, false))(t)
	events, _, err := w.Delta(w.as(nurse), l.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	ticket := must(w.Export(w.as(nurse), patients.ExportRequest{List: l.ID, Format: "csv", Columns: []string{"summary", "todo", "note"}, Purpose: "rounds"}))(t)
	file := must(w.Download(t.Context(), ticket))(t)
	for name, out := range map[string]string{
		"list": mustJSON(t, v), "page": mustJSON(t, page), "stream": mustJSON(t, events), "file": string(file.Body),
	} {
		if strings.Contains(out, secret) {
			t.Errorf("the %s shows what we wrote of another person: %s", name, out)
		}
		if !strings.Contains(out, "RIVERA") && !strings.Contains(out, "Rivera") {
			t.Errorf("the %s does not say whose entry it is", name)
		}
	}
	if got := entry(t, v, e); got.State != patients.StateMismatch || got.Other == nil || got.Other.Family != "Okafor" || got.Bed != "7E-9" || got.BedFrom != "ehr" {
		t.Errorf("the entry is %s with %+v in %s (%s)", got.State, got.Other, got.Bed, got.BedFrom)
	}
	for name, err := range map[string]error{
		"field": second(w.SetField(w.as(nurse), patients.FieldChange{Entry: e, Column: "summary", Base: 1 << 40, Value: []byte(`"x"`)})),
		"to-do": second(w.ChangeTodo(w.as(nurse), patients.TodoChange{Todo: todo.ID, Version: 1, Done: new(true)})),
		"note":  second(w.AddNote(w.as(nurse), e, "x", false)),
	} {
		if status(err) != http.StatusConflict {
			t.Errorf("%s of a mismatched entry gives %v, want 409", name, err)
		}
	}
	w.pass(time.Minute)
	patients.SetState(w.Service, t.Context(), e, patients.StateOK, chart.Identity{})
	if v := must(w.PatientView(w.as(nurse), e, false))(t); v.Entry.Cells["summary"].Items[0].Text != secret || len(v.Notes) != 1 || v.Entry.Bed != "7E-2" {
		t.Errorf("after confirming the entry is %+v", v.Entry)
	}
}

// TestActivity tells who did what, newest first, with names of lists.
func TestActivity(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l, to := w.list("Ward"), w.list("Other")
	e := w.add(l.ID, "Rivera", "Ana", "")
	w.set(nurse, e, "severity", `"watcher"`, 0)
	if _, _, err := w.ChangeEntries(w.as(doctor), l.ID, []string{e}, patients.MoveEntries, to.ID); err != nil {
		t.Fatal(err)
	}
	v := must(w.PatientView(w.as(viewer), e, false))(t)
	got := []string{}
	for _, a := range v.Activity {
		got = append(got, strings.TrimSpace(a.By+" "+a.Kind+" "+a.Column+" "+a.Old+">"+a.New))
	}
	want := []string{"doctor added entry >", "doctor moved entry Ward>Other", "nurse added severity >watcher", "owner added entry >"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, who := range []string{owner, nurse, doctor} {
		if v.People[who] == "" {
			t.Errorf("%s has no name", who)
		}
	}
}

// TestConcurrentAdds: of two who add the same patient at once one does, and the
// other is told.
func TestConcurrentAdds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	var wg sync.WaitGroup
	var mu sync.Mutex
	entries, told := 0, 0
	for range 8 {
		wg.Go(func() {
			added, dups, err := w.AddPatients(w.as(nurse), l.ID, []patients.NewPatient{{Identity: someone("Rivera", "Ana", "100")}}, false)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			entries, told = entries+len(added), told+len(dups)
		})
	}
	wg.Wait()
	if entries != 1 || told != 7 {
		t.Errorf("%d were added, %d were told; want 1 and 7", entries, told)
	}
}

// TestPatientsOfTheRecord: the same record twice is a duplicate whatever it says
// now, is read only, and is named in the audit record by its id.
func TestPatientsOfTheRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	err := w.db.Patients().Update(t.Context(), nil, func(ctx context.Context, tx patients.Tx) error {
		return tx.PutConnection(ctx, patients.Connection{ID: "ehr", Space: w.space.ID, Name: "North", Link: "https://ehr.example.org/fhir", Version: "stu3", Auth: "none"}, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	sub := patients.Subject{Connection: "ehr", Patient: "p1"}
	added, _, err := w.AddPatients(w.as(nurse), l.ID, []patients.NewPatient{{Subject: sub, Identity: someone("Rivera", "Ana", "100")}}, false)
	if err != nil || len(added) != 1 {
		t.Fatal(added, err)
	}
	e := added[0].ID
	_, dups, err := w.AddPatients(w.as(nurse), l.ID, []patients.NewPatient{{Subject: sub, Identity: someone("Okafor", "Ben", "200")}}, false)
	if err != nil || len(dups) != 1 || dups[0].Why != "subject" || dups[0].Entry.ID != e {
		t.Errorf("the same record again: %+v, %v", dups, err)
	}
	// Whoever insists has it on another list, and never twice on one.
	other := w.list("Other")
	for list, want := range map[string]int{l.ID: 0, other.ID: 1} {
		added, dups, err := w.AddPatients(w.as(nurse), list, []patients.NewPatient{{Subject: sub, Identity: someone("Rivera", "Ana", "100")}}, true)
		if err != nil || len(added) != want || len(dups) != 1-want {
			t.Errorf("insisting adds %d with %d duplicates, %v; want %d", len(added), len(dups), err, want)
		}
	}
	_, err = w.SetField(w.as(nurse), patients.FieldChange{Entry: e, Column: "identity", Base: 1 << 40, Value: []byte(`{"family":"X"}`)})
	if status(err) != http.StatusConflict {
		t.Errorf("changing who a patient of the record is gives %v, want 409", err)
	}
	w.observe(l.ID, e, "location", chart.Cell{Items: []chart.Item{{ID: "x", Text: "7E-3", Current: true}}})
	if got := entry(t, w.view(nurse, l.ID), e); got.Bed != "7E-3" || got.BedFrom != "ehr" {
		t.Errorf("the bed is %s of %s, want the record's 7E-3", got.Bed, got.BedFrom)
	}
	w.set(nurse, e, "bed", `"7E-9"`, 0)
	if got := entry(t, w.view(nurse, l.ID), e); got.Bed != "7E-9" || got.BedFrom != "own" {
		t.Errorf("the bed is %s of %s, want our own 7E-9", got.Bed, got.BedFrom)
	}
	v := must(w.PatientView(w.as(nurse), e, false))(t)
	if v.Connection == nil || v.Connection.Name != "North" || len(v.Kinds) != 6 {
		t.Errorf("the page names %+v and sections %v", v.Connection, v.Kinds)
	}
	for _, f := range []audit.Filter{{Entry: e}, {Connection: "ehr", Patient: "p1"}} {
		f.Operation = "PatientView"
		if got := w.operations(f); len(got) != 1 || got[0].Person != nurse {
			t.Errorf("asked by %+v, the page was opened by %+v", f, got)
		}
	}
}
