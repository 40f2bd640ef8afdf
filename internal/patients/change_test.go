package patients_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/patients"
)

func sayEvents(events []patients.Event) []string {
	out := []string{}
	for _, e := range events {
		text := e.Kind
		if e.Column != "" {
			text += " " + e.Column
		}
		if e.Cell != nil && len(e.Cell.Items) > 0 {
			text += " " + e.Cell.Items[0].Text
		}
		if e.Whole != nil {
			text += " " + e.Whole.Identity.Family
		}
		if e.Removed != nil {
			text += " " + e.Removed.Name
		}
		for _, m := range e.Marks {
			text += " [" + m.Kind + "]"
		}
		out = append(out, text)
	}
	return out
}

// TestDelta: what one missed comes as it is now, in order, and for each person
// with their own marks.
func TestDelta(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	a, b := w.add(l.ID, "Rivera", "Ana", "1"), w.add(l.ID, "Okafor", "Ben", "2")
	at := w.view(nurse, l.ID).Seq
	w.view(doctor, l.ID)
	next := func(person string, after int64, want ...string) int64 {
		t.Helper()
		events, seq, err := w.Delta(w.as(person), l.ID, after)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(append([]string{}, want...), sayEvents(events)); diff != "" {
			t.Errorf("events of %s (-want +got):\n%s", person, diff)
		}
		if !slices.IsSortedFunc(events, func(x, y patients.Event) int { return int(x.Seq - y.Seq) }) {
			t.Errorf("events are out of order")
		}
		return seq
	}
	next(nurse, at)
	w.set(doctor, a, "summary", `"one"`, 0)
	w.set(doctor, a, "summary", `"two"`, 1<<40)
	w.observe(l.ID, b, "problems", items("Asthma"))
	seq := next(nurse, at, "cell summary two [added]", "cell problems Asthma")
	next(doctor, at, "cell summary two", "cell problems Asthma")
	next(nurse, seq)

	c := w.add(l.ID, "Chen", "Mei", "3")
	w.set(doctor, c, "summary", `"x"`, 0)
	w.set(doctor, b, "bed", `"9"`, 1<<40)
	last := next(nurse, seq, "entry Chen [added]", "entry Okafor [changed]", "names")
	if _, _, err := w.ChangeEntries(w.as(doctor), l.ID, []string{a}, patients.RemoveEntries, ""); err != nil {
		t.Fatal(err)
	}
	must(w.ChangeRound(w.as(doctor), patients.RoundStep{List: l.ID, Action: "start"}))(t)
	must(w.ChangeList(w.as(owner), patients.ListChange{List: l.ID, Version: 1, Name: new("B")}))(t)
	last = next(nurse, last, "removed RIVERA, Ana", "names", "round", "list")
	must(w.ChangeRound(w.as(doctor), patients.RoundStep{List: l.ID, Action: "seen", Entry: b}))(t)
	next(nurse, last, "cell seen 14:30", "round")

	next(nurse, 1<<40, "reset") // of another database, or a backup that was restored
	err := w.db.Patients().Update(t.Context(), nil, func(ctx context.Context, tx patients.Tx) error {
		for range 1001 {
			if _, err := tx.AddChange(ctx, patients.Change{Space: w.space.ID, List: l.ID, Entry: b, Column: "hr", Kind: patients.ChangeStatus}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	next(nurse, at, "reset")
}

// TestStreamByHub: whoever looks at a list learns of a change once it is
// committed, takes it up anywhere, and is never told of another list.
func TestStreamByHub(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l, other := w.list("Ward"), w.list("Other")
	e, x := w.add(l.ID, "Rivera", "Ana", "1"), w.add(other.ID, "Okafor", "Ben", "1")
	at := w.view(nurse, l.ID).Seq
	sub := w.Hub().Subscribe(l.ID)
	defer sub.Close()
	if w.Hub().Looking(l.ID) != 1 || w.Hub().Looking(other.ID) != 0 {
		t.Error("who looks is not counted")
	}
	w.set(doctor, x, "summary", `"elsewhere"`, 0)
	select {
	case <-sub.Wake():
		t.Error("a change of another list wakes")
	default:
	}
	_, err := w.SetField(w.as(doctor), patients.FieldChange{Entry: e, Column: "severity", Value: []byte(`"dire"`)})
	if status(err) != http.StatusUnprocessableEntity {
		t.Fatal(err)
	}
	select {
	case <-sub.Wake():
		t.Error("a refused change wakes")
	default:
	}
	cell := w.set(doctor, e, "summary", `"here"`, 0)
	<-sub.Wake()
	seq, passing, reset := sub.Take()
	if seq != cell.Seq || len(passing) != 0 || reset {
		t.Errorf("took %d, %v, %v; want %d", seq, passing, reset, cell.Seq)
	}
	events, _, err := w.Delta(w.as(nurse), l.ID, at)
	if err != nil || len(events) != 1 || events[0].Cell.Items[0].Text != "here" {
		t.Errorf("missed are %v, %v", sayEvents(events), err)
	}
	// Asked again with the same answer, a cell's age passes by without a number.
	w.observe(l.ID, e, "problems", items("Asthma"))
	<-sub.Wake()
	sub.Take()
	w.observe(l.ID, e, "problems", items("Asthma"))
	<-sub.Wake()
	if seq, passing, _ := sub.Take(); seq != 0 || len(passing) != 1 || passing[0].Column != "problems" || passing[0].Cell.AsOf.IsZero() {
		t.Errorf("asked again: %d, %+v", seq, passing)
	}
}

// TestSlowReader: what waits for a reader is bounded; of each cell the newest
// waits, and when it is too much the reader begins anew.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	var h patients.Hub
	s := h.Subscribe("l")
	defer s.Close()
	for i := range 10000 {
		h.Pass("l", patients.Event{Kind: "cell", Entry: "e", Column: "hr", Seq: int64(i)})
	}
	_, passing, reset := s.Take()
	if len(passing) != 1 || passing[0].Seq != 9999 || reset {
		t.Errorf("%d wait, the last %+v, reset %v; want the newest alone", len(passing), passing, reset)
	}
	for i := range 5000 {
		h.Pass("l", patients.Event{Kind: "cell", Entry: fmt.Sprint(i)})
	}
	if _, passing, reset = s.Take(); len(passing) > 4096 || !reset {
		t.Errorf("%d wait, reset %v; want a bound and a reset", len(passing), reset)
	}
	if _, passing, reset = s.Take(); len(passing) != 0 || reset {
		t.Error("what was taken is there again")
	}
}

// TestHubTogether: subscribing, telling and closing at once is safe, and no
// number is lost.
func TestHubTogether(t *testing.T) {
	t.Parallel()
	var h patients.Hub
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			s := h.Subscribe("l")
			defer s.Close()
			for newest := int64(0); newest < 1000; {
				select {
				case <-s.Wake():
				case <-ctx.Done():
					t.Error("the last number never came")
					return
				}
				seq, _, _ := s.Take()
				newest = max(newest, seq)
			}
		})
	}
	for h.Looking("l") < 8 {
		if err := h.AwaitLooking(ctx, "l"); err != nil {
			t.Fatal(err)
		}
	}
	for i := range int64(1001) {
		h.Changed("l", i)
	}
	wg.Wait()
	if h.Looking("l") != 0 || len(h.Lists()) != 0 {
		t.Error("closed subscriptions are kept")
	}
}

// TestEveryOperationIsRecorded by its name, with person, space, list and
// entries, and without a value.
func TestEveryOperationIsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("SECRET ward")
	e := w.add(l.ID, "SECRET", "Ana", "SECRET")
	to := w.list("Other")
	todo := must(w.AddTodo(w.as(nurse), patients.NewTodo{Entry: e, Text: "SECRET"}))(t)
	note := must(w.AddNote(w.as(nurse), e, "SECRET", false))(t)
	l = must(w.ChangeList(w.as(nurse), patients.ListChange{List: l.ID, Version: 1, Name: new("SECRET 2")}))(t)
	l = must(w.ChangeList(w.as(nurse), patients.ListChange{List: l.ID, Version: 2, Default: new(true)}))(t)
	must(w.ChangeList(w.as(nurse), patients.ListChange{List: l.ID, Version: 3, Schema: new("nursing")}))(t)
	s := must(w.SaveSchema(w.as(nurse), patients.SchemaChange{Space: w.space.ID, Name: "SECRET", Columns: []patients.Column{{Key: "hr"}}}))(t)
	must(w.SaveSchema(w.as(nurse), patients.SchemaChange{Space: w.space.ID, Schema: s.ID, Version: 1, Name: "SECRET", Columns: []patients.Column{{Key: "bp"}}}))(t)
	w.view(nurse, l.ID)
	must(w.PatientView(w.as(nurse), e, false))(t)
	w.set(nurse, e, "summary", `"SECRET"`, 0)
	must(w.ChangeNote(w.as(nurse), patients.NoteChange{Note: note.ID, Version: 1, Text: new("SECRET 3")}))(t)
	if err := w.DeleteNote(w.as(nurse), note.ID); err != nil {
		t.Fatal(err)
	}
	must(w.ChangeTodo(w.as(nurse), patients.TodoChange{Todo: todo.ID, Version: 1, Done: new(true)}))(t)
	must(w.Duplicates(w.as(nurse), w.space.ID, someone("SECRET", "Ana", "")))(t)
	ticket := must(w.Export(w.as(nurse), patients.ExportRequest{List: l.ID, Format: "csv", Purpose: "SECRET purpose"}))(t)
	must(w.Download(t.Context(), ticket))(t)
	for _, err := range []error{w.Print(w.as(nurse), l.ID, "pocket", "rounds"), w.CopyPatient(w.as(nurse), e, "sbar")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := w.ChangeEntries(w.as(nurse), l.ID, []string{e}, patients.MoveEntries, to.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.ChangeEntries(w.as(nurse), to.ID, []string{e}, patients.RemoveEntries, ""); err != nil {
		t.Fatal(err)
	}
	if err := w.DeleteList(w.as(nurse), l.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ListView(w.as(stranger), to.ID); err == nil {
		t.Fatal("a stranger sees the list")
	}

	byName := map[string]audit.Record{}
	for _, r := range w.operations(audit.Filter{Space: w.space.ID}) {
		byName[r.Operation] = r
		if text := mustJSON(t, &r); strings.Contains(text, "SECRET") {
			t.Errorf("the record of %s holds a value: %s", r.Operation, text)
		}
	}
	withEntry := []string{
		"PatientListAddPatient", "PatientListRemovePatient", "PatientMoved", "PatientView", "PatientDetailsEdit", "PatientNoteAdd", "PatientNoteEdit",
		"PatientNoteDelete", "PatientTodoAdd", "PatientTodoEdit", "ExportInitiation", "ExportDownload", "PatientListPrint", "CopyToClipboard",
	}
	for _, name := range append(withEntry, "PatientListView", "PatientListCreate", "PatientListRename", "PatientListDefaultSet", "PatientListEditColumns",
		"PatientListDelete", "PatientSchemaCreate", "PatientSchemaUpdate", "PatientSearch") {
		r, ok := byName[name]
		switch {
		case !ok:
			t.Errorf("%s is not recorded", name)
		case r.Person == "" || r.Space != w.space.ID || r.Status == 0:
			t.Errorf("%s is recorded as %+v", name, r)
		case slices.Contains(withEntry, name) && !slices.Contains(r.Entries, e):
			t.Errorf("the record of %s names the entries %v, want %s", name, r.Entries, e)
		}
	}
	// "Who opened this patient?" in one question, refused tries of a list too.
	opened := w.operations(audit.Filter{Entry: e, Operation: "PatientView"})
	if len(opened) != 1 || opened[0].Person != nurse || opened[0].List != l.ID {
		t.Errorf("the patient was opened by %+v", opened)
	}
	refused := w.operations(audit.Filter{Person: stranger})
	if len(refused) != 1 || refused[0].Status != http.StatusNotFound || refused[0].List != to.ID {
		t.Errorf("the stranger's try is recorded as %+v", refused)
	}
}
