package patients_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/patients"
)

// raw counts a text in the bytes of the database file and of its log.
func (w *world) raw(text string) int {
	w.t.Helper()
	n := 0
	for _, path := range []string{w.path, w.path + "-wal"} {
		b, err := os.ReadFile(path)
		if err != nil {
			w.t.Fatal(err)
		}
		n += bytes.Count(b, []byte(text))
	}
	return n
}

// TestPurgeEmptiesTheFiles: 30 days after a patient has left, nothing of what
// was known is in the database's file or its log; what is of others stays.
func TestPurgeEmptiesTheFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l, dying := w.list("Ward"), w.list("MARK-list")
	const stays = "STAYS-HERE"
	other := w.add(l.ID, stays, "Ana", "1")
	for i := range 10 { // values of all sizes that come and go leave copies in gaps of pages
		e := w.add(l.ID, fmt.Sprintf("MARK%d", i), "MARK", "MARK")
		for j := range 9 {
			text := strings.Repeat(fmt.Sprintf("MARK-%d-%d ", i, j), 1+(i*j*7)%120)
			w.observe(l.ID, e, "problems", items("A"+text, "B"+text))
			w.observe(l.ID, other, "problems", items(strings.Repeat("other ", j+1)))
			if j%4 == 0 {
				w.set(nurse, e, "summary", mustJSON(t, text[:min(len(text), 3000)]), 1<<40)
			}
		}
		must(w.AddTodo(w.as(nurse), patients.NewTodo{Entry: e, Text: "MARK"}))(t)
		n := must(w.AddNote(w.as(nurse), e, "MARK note", false))(t)
		must(w.ChangeNote(w.as(nurse), patients.NoteChange{Note: n.ID, Version: 1, Text: new("MARK again")}))(t)
		if _, _, err := w.ChangeEntries(w.as(nurse), l.ID, []string{e}, patients.RemoveEntries, ""); err != nil {
			t.Fatal(err)
		}
	}
	w.add(dying.ID, "MARK", "deleted with its list", "")
	if err := w.DeleteList(w.as(nurse), dying.ID); err != nil {
		t.Fatal(err)
	}
	for _, d := range []patients.Draft{{Key: "note:1", Text: "MARK draft"}} {
		if err := w.SetDraft(w.as(nurse), d); err != nil {
			t.Fatal(err)
		}
	}
	must(w.Export(w.as(nurse), patients.ExportRequest{List: l.ID, Format: "csv", Purpose: "rounds"}))(t)

	w.pass(30*24*time.Hour - time.Minute)
	if done := must(w.Purge(t.Context(), w.clock()))(t); done.Entries != 0 || done.Lists != 0 || done.Others != 2 {
		t.Errorf("before 30 days are over a purge removes %+v, want the draft and the ticket", done)
	}
	if n := w.raw("MARK"); n == 0 {
		t.Fatal("nothing is in the files before the purge: this test proves nothing")
	}
	if n := w.raw("MARK draft"); n != 0 {
		t.Errorf("the expired draft is %d times in the files", n)
	}
	w.pass(2 * time.Minute)
	if done := must(w.Purge(t.Context(), w.clock()))(t); done.Entries != 11 || done.Lists != 1 {
		t.Errorf("a purge removes %+v, want 11 entries and a list", done)
	}
	if n := w.raw("MARK"); n != 0 {
		t.Errorf("after the purge what was known is %d times in the files", n)
	}
	if n := w.raw(stays); n == 0 {
		t.Error("what is of a patient who is there is gone")
	}
	v := w.view(nurse, l.ID)
	if len(v.Entries) != 1 || v.Entries[0].Identity.Family != stays || len(v.Removed) != 0 {
		t.Errorf("the list has %d entries, %d removed", len(v.Entries), len(v.Removed))
	}
	if done := must(w.Purge(t.Context(), w.clock()))(t); done != (patients.Purged{}) {
		t.Errorf("a second purge removes %+v", done)
	}
	// Who opened the patient is known for as long as the audit record is kept.
	if got := w.operations(filterOf("PatientListRemovePatient")); len(got) != 10 {
		t.Errorf("the audit record has %d removals, want 10", len(got))
	}
}

// TestPurgeAfterTheSpacesDays: how long what left is kept is the space's own.
func TestPurgeAfterTheSpacesDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	e := w.add(l.ID, "Rivera", "Ana", "1")
	sp := must(w.Space(w.as(owner), w.space.ID))(t)
	settings := sp.Space.Settings
	settings.RetentionDays = 2
	must(w.ChangeSpace(w.as(owner), w.space.ID, patients.SpaceEdit{Version: sp.Space.Version, Settings: &settings}))(t)
	if _, _, err := w.ChangeEntries(w.as(nurse), l.ID, []string{e}, patients.RemoveEntries, ""); err != nil {
		t.Fatal(err)
	}
	w.pass(47 * time.Hour)
	if done := must(w.Purge(t.Context(), w.clock()))(t); done.Entries != 0 {
		t.Errorf("after 47 hours %d are purged", done.Entries)
	}
	w.pass(2 * time.Hour)
	if done := must(w.Purge(t.Context(), w.clock()))(t); done.Entries != 1 {
		t.Errorf("after 49 hours %d are purged, want 1", done.Entries)
	}
	_, _, err := w.ChangeEntries(w.as(nurse), l.ID, []string{e}, patients.RestoreEntries, "")
	if status(err) != http.StatusNotFound {
		t.Errorf("bringing back what was purged gives %v, want 404", err)
	}
}

// TestPurgeOfPassingChanges: what only streams need goes after a week; marks
// and history stay while the patient does.
func TestPurgeOfPassingChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	e := w.add(l.ID, "Rivera", "Ana", "1")
	w.view(nurse, l.ID)
	w.observe(l.ID, e, "problems", items("Asthma"))
	w.observe(l.ID, e, "problems", items("Burns"))
	failed := items("Burns")
	failed.Reason = "ehr-down"
	w.observe(l.ID, e, "problems", failed)
	before := len(must(w.PatientView(w.as(nurse), e, false))(t).Activity)
	w.pass(8 * 24 * time.Hour)
	must(w.Purge(t.Context(), w.clock()))(t)
	w.wantMarks(nurse, l.ID, "added problems/B:  → Burns", "removed problems/A: Asthma → ")
	if after := len(must(w.PatientView(w.as(nurse), e, false))(t).Activity); after != before {
		t.Errorf("the history has %d lines, had %d", after, before)
	}
	kinds := map[patients.ChangeKind]int{}
	err := w.db.Patients().View(t.Context(), func(ctx context.Context, tx patients.Tx) error {
		all, err := tx.Changes(ctx, l.ID, "", 0, 1000)
		for _, c := range all {
			kinds[c.Kind]++
		}
		return err
	})
	if err != nil || kinds[patients.ChangeFirst]+kinds[patients.ChangeStatus]+kinds[patients.ChangeList] != 0 || kinds[patients.ChangeAdded] == 0 {
		t.Errorf("left are %v, %v", kinds, err)
	}
}
