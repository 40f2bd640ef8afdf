package patients_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/patients"
)

// TestNoteLife: its author changes a note in place for 15 minutes, after that
// what it said stays in its history.
func TestNoteLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	e := w.add(l.ID, "Rivera", "Ana", "1")
	w.view(doctor, l.ID)
	n := must(w.AddNote(w.as(nurse), e, " Slept badly ", false))(t)
	change := func(person string, version int64, text string) (patients.Note, error) {
		return w.ChangeNote(w.as(person), patients.NoteChange{Note: n.ID, Version: version, Text: &text})
	}
	w.pass(14 * time.Minute)
	n = must(change(nurse, n.Version, "Slept well"))(t)
	if n.Text != "Slept well" || len(n.History) != 0 || n.Edited.IsZero() {
		t.Errorf("within 15 minutes the note is %+v, want no history", n)
	}
	if _, err := change(nurse, n.Version-1, "late"); status(err) != http.StatusPreconditionFailed {
		t.Errorf("an edit of an old version gives %v, want 412", err)
	}
	if _, err := change(owner, n.Version, "mine"); status(err) != http.StatusForbidden {
		t.Errorf("another's edit gives %v, want 403", err)
	}
	edited := n.Edited
	w.pass(2 * time.Minute)
	n = must(change(nurse, n.Version, "Slept well, ate little"))(t)
	want := []patients.NoteVersion{{Text: "Slept well", By: nurse, At: edited}}
	if diff := cmp.Diff(want, n.History); diff != "" {
		t.Errorf("an amendment's history (-want +got):\n%s", diff)
	}
	n = must(w.ChangeNote(w.as(doctor), patients.NoteChange{Note: n.ID, Version: n.Version, Pinned: new(true)}))(t)
	if !n.Pinned || len(n.History) != 1 {
		t.Errorf("pinned by another the note is %+v", n)
	}
	w.wantMarks(doctor, l.ID, "added note/"+n.ID+":  → Slept well, ate little")

	if err := w.DeleteNote(w.as(doctor), n.ID); status(err) != http.StatusForbidden {
		t.Errorf("another's deletion gives %v, want 403", err)
	}
	if err := w.DeleteNote(w.as(nurse), n.ID); err != nil {
		t.Fatal(err)
	}
	v := must(w.PatientView(w.as(doctor), e, false))(t)
	if len(v.Notes) != 1 || v.Notes[0].Deleted.IsZero() || v.Notes[0].By != nurse || strings.Contains(mustJSON(t, v), "Slept") {
		t.Errorf("of a deleted note there is %s; want that there was one, and no word of it", mustJSON(t, v.Notes))
	}
	if c := v.Entry.Cells["note"]; len(c.Items) != 0 {
		t.Errorf("the cell shows %v", c.Items)
	}
	if _, err := change(nurse, n.Version+1, "back"); status(err) != http.StatusNotFound {
		t.Errorf("changing a deleted note gives %v, want 404", err)
	}
}

// TestNotesCell: the pinned first, then the newest three, and how many there are.
func TestNotesCell(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	e := w.add(l.ID, "Rivera", "Ana", "1")
	for i := range 5 {
		must(w.AddNote(w.as(nurse), e, fmt.Sprintf("note %d", i), i == 1))(t)
		w.pass(time.Minute)
	}
	c := entry(t, w.view(doctor, l.ID), e).Cells["note"]
	got := []string{}
	for _, it := range c.Items {
		got = append(got, it.Text)
	}
	if diff := cmp.Diff([]string{"note 1", "note 4", "note 3", "note 2"}, got); diff != "" || c.Total != 5 || c.Items[0].Owner != nurse {
		t.Errorf("of %d notes (-want +got):\n%s", c.Total, diff)
	}
	for name, text := range map[string]string{"empty": " \n", "long": strings.Repeat("x", 20001)} {
		if _, err := w.AddNote(w.as(nurse), e, text, false); faultOf(err) != "text" {
			t.Errorf("%s note gives %v", name, err)
		}
	}
}

func TestTodoLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	e := w.add(l.ID, "Rivera", "Ana", "1")
	w.view(doctor, l.ID)
	add := func(text, due string) patients.Todo {
		t.Helper()
		td := must(w.AddTodo(w.as(nurse), patients.NewTodo{Entry: e, Text: text, Due: due, Owner: doctor}))(t)
		w.pass(time.Second)
		return td
	}
	a, _, c := add("Walk", ""), add("Blood count", "2026-11-24"), add("X-ray", "2026-11-23T15:00:00+08:00")
	order := func(want ...string) {
		t.Helper()
		got := []string{}
		for _, it := range entry(t, w.view(doctor, l.ID), e).Cells["todo"].Items {
			text := it.Text
			if it.Done {
				text += "*"
			}
			got = append(got, text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("to-dos (-want +got):\n%s", diff)
		}
	}
	order("X-ray", "Blood count", "Walk")
	done := must(w.ChangeTodo(w.as(doctor), patients.TodoChange{Todo: c.ID, Version: 1, Done: new(true)}))(t)
	if done.DoneBy != doctor || !done.DoneAt.Equal(w.clock()) {
		t.Errorf("done by %s at %v", done.DoneBy, done.DoneAt)
	}
	order("Blood count", "Walk", "X-ray*")
	w.pass(25 * time.Hour)
	order("Blood count", "Walk")
	if v := must(w.PatientView(w.as(nurse), e, false))(t); len(v.Todos) != 3 || !v.Todos[2].Done {
		t.Errorf("the page shows %d to-dos, want all 3", len(v.Todos))
	}
	again := must(w.ChangeTodo(w.as(nurse), patients.TodoChange{Todo: c.ID, Version: 2, Done: new(false), Text: new("X-ray of the chest"), Due: new("")}))(t)
	if again.DoneBy != "" || !again.DoneAt.IsZero() || again.Version != 3 {
		t.Errorf("taken back it is %+v", again)
	}
	_, err := w.ChangeTodo(w.as(doctor), patients.TodoChange{Todo: c.ID, Version: 2, Done: new(true)})
	if status(err) != http.StatusPreconditionFailed {
		t.Errorf("ticking off an old version gives %v, want 412", err)
	}
	changed := must(w.ChangeTodo(w.as(doctor), patients.TodoChange{Todo: a.ID, Version: 1, Text: new("Walk with help")}))(t)
	err = w.DeleteTodo(w.as(nurse), a.ID, 1)
	if p, ok := errors.AsType[*operation.Problem](err); !ok || p.Status != http.StatusPreconditionFailed || p.Current != any(changed) {
		t.Errorf("deleting what someone else has changed gives %+v, want 412 with %+v", err, changed)
	}
	order("Blood count", "Walk with help", "X-ray of the chest")
	if err := w.DeleteTodo(w.as(nurse), a.ID, 2); err != nil {
		t.Fatal(err)
	}
	order("Blood count", "X-ray of the chest")
	for _, bad := range []patients.NewTodo{{Text: ""}, {Text: "x", Due: "tomorrow"}, {Text: "x", Owner: stranger}} {
		bad.Entry = e
		if _, err := w.AddTodo(w.as(nurse), bad); faultOf(err) == "" {
			t.Errorf("%+v is taken: %v", bad, err)
		}
	}
}

// TestDrafts: what someone is typing is theirs alone, and dies.
func TestDrafts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	set := func(person, key, text string) error {
		return w.SetDraft(w.as(person), patients.Draft{Key: key, Text: text, Base: 7})
	}
	if err := set(nurse, "note:e1", "half a sent"); err != nil {
		t.Fatal(err)
	}
	if err := set(doctor, "note:e1", "another's"); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	if err := set(nurse, "field:e1:summary", "more"); err != nil {
		t.Fatal(err)
	}
	got := must(w.Drafts(w.as(nurse)))(t)
	if len(got) != 2 || got[0].Key != "field:e1:summary" || got[1].Text != "half a sent" || got[1].Base != 7 {
		t.Errorf("the nurse's drafts are %+v", got)
	}
	if err := set(nurse, "note:e1", ""); err != nil {
		t.Fatal(err)
	}
	if got := must(w.Drafts(w.as(nurse)))(t); len(got) != 1 {
		t.Errorf("after removing one there are %d", len(got))
	}
	for _, key := range []string{"", "a b", "ключ", strings.Repeat("k", 201)} {
		if err := set(nurse, key, "x"); faultOf(err) != "key" {
			t.Errorf("the key %.20q is taken: %v", key, err)
		}
	}
	w.pass(8 * 24 * time.Hour)
	if got := must(w.Drafts(w.as(doctor)))(t); len(got) != 0 {
		t.Errorf("after eight days the doctor has %+v", got)
	}
	err := w.db.Patients().Update(t.Context(), nil, func(ctx context.Context, tx patients.Tx) error {
		for i := range 200 {
			if err := tx.PutDraft(ctx, viewer, patients.Draft{Key: fmt.Sprint("note:", i), Text: "x", At: w.clock()}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := set(viewer, "note:one-more", "x"); err != nil {
		t.Fatal(err)
	}
	if got := must(w.Drafts(w.as(viewer)))(t); len(got) != 200 {
		t.Errorf("of 201 drafts %d are kept, want 200", len(got))
	}
}

// TestRound: several people on one round; who came meanwhile stands at its end.
func TestRound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	a, b, c := w.add(l.ID, "Rivera", "Ana", "1"), w.add(l.ID, "Okafor", "Ben", "2"), w.add(l.ID, "Chen", "Mei", "3")
	step := func(person, action, entry string, order ...string) *patients.Round {
		t.Helper()
		return must(w.ChangeRound(w.as(person), patients.RoundStep{List: l.ID, Action: action, Entry: entry, Order: order}))(t)
	}
	if _, err := w.ChangeRound(w.as(nurse), patients.RoundStep{List: l.ID, Action: "seen", Entry: a}); status(err) != http.StatusConflict {
		t.Errorf("seen without a round gives %v, want 409", err)
	}
	r := step(nurse, "start", "", c, a, "gone", c)
	if diff := cmp.Diff([]string{c, a, b}, r.Order); diff != "" {
		t.Errorf("the order (-want +got):\n%s", diff)
	}
	if again := step(doctor, "start", "", a, b, c); again.ID != r.ID || again.By != nurse {
		t.Errorf("a second start makes %+v, want the one that runs", again)
	}
	step(nurse, "seen", c)
	step(doctor, "seen", a)
	r = step(nurse, "seen", a) // who was first stays named
	if len(r.Seen) != 2 || r.Seen[a].By != doctor || r.Seen[c].By != nurse {
		t.Errorf("seen are %+v", r.Seen)
	}
	if r = step(nurse, "unseen", c); len(r.Seen) != 1 {
		t.Errorf("after unseen there are %+v", r.Seen)
	}
	d := w.add(l.ID, "Late", "Lou", "0")
	if _, _, err := w.ChangeEntries(w.as(owner), l.ID, []string{b}, patients.RemoveEntries, ""); err != nil {
		t.Fatal(err)
	}
	v := w.view(viewer, l.ID)
	if diff := cmp.Diff([]string{c, a, d}, v.Round.Order); diff != "" {
		t.Errorf("the order, as patients came and left (-want +got):\n%s", diff)
	}
	if s := entry(t, v, a).Cells["seen"]; len(s.Items) != 1 || s.Items[0].Owner != doctor || s.Items[0].Text != "14:30" {
		t.Errorf("seen today is %+v, want by the doctor at 14:30 of Taipei", s)
	}
	if r := step(doctor, "end", ""); r != nil {
		t.Errorf("after its end the round is %+v", r)
	}
	if v := w.view(viewer, l.ID); v.Round != nil || len(entry(t, v, a).Cells["seen"].Items) != 1 {
		t.Error("after its end the round still runs, or who was seen is forgotten")
	}
	w.pass(10 * time.Hour) // the next day in Taipei
	if s := entry(t, w.view(viewer, l.ID), a).Cells["seen"]; len(s.Items) != 0 {
		t.Errorf("on the next day seen today is %+v", s)
	}
	if r := step(nurse, "start", ""); len(r.Order) != 3 || len(r.Seen) != 0 {
		t.Errorf("the next round is %+v", r)
	}
}
