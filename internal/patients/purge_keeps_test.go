package patients_test

import (
	"context"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/patients"
)

// A patient who was moved before the list was deleted is still listed: what
// was done for them stays known.
func TestPurgeKeepsTheHistoryOfWhoMovedAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from, to := w.list("7E"), w.list("8W")
	e := w.add(from.ID, "Okafor", "Ada", "7E-1")
	w.set(nurse, e, "summary", `"Post-op day 2"`, 0)
	if _, _, err := w.ChangeEntries(w.as(nurse), from.ID, []string{e}, patients.MoveEntries, to.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.DeleteList(w.as(owner), from.ID); err != nil {
		t.Fatal(err)
	}
	before := len(must(w.PatientView(w.as(nurse), e, false))(t).Activity)
	w.pass(31 * 24 * time.Hour)
	if done := must(w.Purge(t.Context(), w.clock()))(t); done.Lists != 1 || done.Entries != 0 {
		t.Fatalf("purged %+v", done)
	}
	if after := len(must(w.PatientView(w.as(nurse), e, false))(t).Activity); after != before {
		t.Errorf("%d of %d lines of activity are left", after, before)
	}
}

// A person's typing takes no other draft away while there is room for it.
func TestADraftWrittenAgainTakesNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := func(i int) string { return "note:" + string(rune('a'+i/26)) + string(rune('a'+i%26)) }
	for i := range 200 {
		if err := w.SetDraft(w.as(nurse), patients.Draft{Key: key(i), Text: "x"}); err != nil {
			t.Fatal(err)
		}
		w.pass(time.Second)
	}
	if err := w.SetDraft(w.as(nurse), patients.Draft{Key: key(199), Text: "xy"}); err != nil {
		t.Fatal(err)
	}
	if all := must(w.Drafts(w.as(nurse)))(t); len(all) != 200 {
		t.Errorf("%d drafts are left of 200", len(all))
	}
}

// A rewriter counts how often the files are gone through, which holds up
// everyone who writes.
type rewriter struct {
	patients.Storage
	times int
}

func (r *rewriter) Scrub(context.Context) error {
	r.times++
	return nil
}

// An export that nobody fetched leaves nothing that the files must be gone
// through for; a draft does.
func TestExpiredTicketsDoNotRewriteTheFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("7E")
	files := &rewriter{Storage: w.db.Patients()}
	s := must(patients.New(patients.Config{Storage: files, Audit: w.log, Clock: w.clock}))(t)
	t.Cleanup(s.Close)
	must(s.Export(w.as(viewer), patients.ExportRequest{List: l.ID, Format: "csv", Purpose: "handover"}))(t)
	w.pass(time.Hour)
	if done := must(s.Purge(t.Context(), w.clock()))(t); done.Others != 1 || files.times != 0 {
		t.Errorf("a ticket: %+v, gone through %d times", done, files.times)
	}
	if err := s.SetDraft(w.as(viewer), patients.Draft{Key: "note:x", Text: "Worse"}); err != nil {
		t.Fatal(err)
	}
	w.pass(9 * 24 * time.Hour)
	if done := must(s.Purge(t.Context(), w.clock()))(t); done.Others != 1 || files.times != 1 {
		t.Errorf("a draft: %+v, gone through %d times", done, files.times)
	}
}
