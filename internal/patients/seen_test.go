package patients_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/patients"
)

// wantMarks compares one person's marks with what they should say.
func (w *world) wantMarks(person, list string, want ...string) patients.ListView {
	w.t.Helper()
	v := w.view(person, list)
	if diff := cmp.Diff(append([]string{}, want...), sayMarks(v.Marks)); diff != "" {
		w.t.Errorf("marks of %s (-want +got):\n%s", person, diff)
	}
	return v
}

// TestFirstLookPAL0880: who never looked at a list has nothing marked, and from
// then on sees what others change.
func TestFirstLookPAL0880(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	e := w.add(l.ID, "Rivera", "Ana", "1")
	w.set(doctor, e, "summary", `"before"`, 0)
	w.pass(time.Minute)
	v := w.wantMarks(nurse, l.ID)
	if !v.MarksSince.Equal(v.Now) {
		t.Errorf("marks are since %v, want the first look %v", v.MarksSince, v.Now)
	}
	w.set(doctor, e, "summary", `"after"`, v.Seq)
	w.wantMarks(nurse, l.ID, "changed summary: before → after")
	w.wantMarks(nurse, l.ID, "changed summary: before → after") // looking alone unmarks nothing
	w.wantMarks(viewer, l.ID)
	w.wantMarks(doctor, l.ID) // one's own change is never a mark
}

// TestMarksOfTheRecordPAL0900: each item of a sub-list is marked by itself, what
// went stays to be seen, and a newer time alone is nothing.
func TestMarksOfTheRecordPAL0900(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	e := w.add(l.ID, "Rivera", "Ana", "1")
	w.observe(l.ID, e, "problems", items("Asthma", "Burns", "Cough"))
	w.observe(l.ID, e, "hr", chart.Cell{Items: []chart.Item{{ID: "o1", Text: "72 /min", Time: "2026-11-23T08:00:00Z"}}})
	v := w.wantMarks(nurse, l.ID) // the record's first word is no news
	first := entry(t, v, e).Cells["problems"].Seq

	w.observe(l.ID, e, "problems", items("Asthma", "Burns", "Cough"))
	if again := entry(t, w.wantMarks(nurse, l.ID), e).Cells["problems"]; again.Seq != first {
		t.Errorf("asked again, the same answer has number %d, want %d", again.Seq, first)
	}
	w.observe(l.ID, e, "problems", items("Asthma, severe", "Diabetes"))
	w.observe(l.ID, e, "hr", chart.Cell{Items: []chart.Item{{ID: "o2", Text: "118 /min", Time: "2026-11-23T12:00:00Z"}}})
	v = w.wantMarks(nurse, l.ID,
		"changed problems/A: Asthma → Asthma, severe", "added problems/D:  → Diabetes", "removed problems/B: Burns → ", "removed problems/C: Cough → ",
		"changed hr: 72 /min → 118 /min")
	cell := entry(t, v, e).Cells["problems"]
	if cell.Items[0].Seq == cell.Items[1].Seq || cell.Seq < cell.Items[1].Seq {
		t.Errorf("numbers of cell and items: %d, %d, %d", cell.Seq, cell.Items[0].Seq, cell.Items[1].Seq)
	}
	// A newer measurement that says the same is shown with its time, unmarked.
	w.observe(l.ID, e, "hr", chart.Cell{Items: []chart.Item{{ID: "o3", Text: "118 /min", Time: "2026-11-23T16:00:00Z"}}})
	v = w.view(nurse, l.ID)
	if hr := entry(t, v, e).Cells["hr"]; len(v.Marks) != 5 || hr.Items[0].Time != "2026-11-23T16:00:00Z" {
		t.Errorf("%d marks, the newest at %s", len(v.Marks), hr.Items[0].Time)
	}
	// What went back to what it said is no mark; the same under a new id neither.
	w.observe(l.ID, e, "hr", chart.Cell{Items: []chart.Item{{ID: "o4", Text: "72 /min"}}})
	back := items("Asthma", "Burns", "Cough")
	back.Items[1].ID = "B2"
	w.observe(l.ID, e, "problems", back)
	w.wantMarks(nurse, l.ID, "removed problems/B: Burns → ", "added problems/B2:  → Burns")
}

// TestFailedAskKeepsMarks: that the record did not answer is no change of what
// it said.
func TestFailedAskKeepsMarks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	e := w.add(l.ID, "Rivera", "Ana", "1")
	w.observe(l.ID, e, "problems", items("Asthma"))
	w.wantMarks(nurse, l.ID)
	failed := items("Asthma")
	failed.Status, failed.Reason = chart.Failed, "ehr-down"
	w.observe(l.ID, e, "problems", failed)
	v := w.wantMarks(nurse, l.ID)
	if c := entry(t, v, e).Cells["problems"]; c.Status != chart.Failed || len(c.Items) != 1 || c.Reason != "ehr-down" {
		t.Errorf("the cell is %+v", c)
	}
	w.observe(l.ID, e, "problems", items("Asthma", "Burns"))
	w.wantMarks(nurse, l.ID, "added problems/B:  → Burns")
}

// TestUnmarkPAL0930: a cell, a row or all, for oneself alone, with undo.
func TestUnmarkPAL0930(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	a, b := w.add(l.ID, "Rivera", "Ana", "1"), w.add(l.ID, "Okafor", "Ben", "2")
	w.wantMarks(nurse, l.ID)
	w.wantMarks(viewer, l.ID)
	w.set(doctor, a, "severity", `"watcher"`, 0)
	w.set(doctor, a, "summary", `"s"`, 0)
	w.set(doctor, b, "summary", `"s"`, 0)
	seen := func(u patients.SeenUpdate, want ...string) {
		t.Helper()
		u.List = l.ID
		marks, _, err := w.MarkSeen(w.as(nurse), u)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, sayMarks(marks)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", u, diff)
		}
		w.wantMarks(nurse, l.ID, want...)
	}
	const sev, sumA, sumB = "added severity:  → watcher", "added summary:  → s", "added summary:  → s"
	now := w.view(nurse, l.ID).Seq
	seen(patients.SeenUpdate{UpTo: now, Entry: a, Column: "severity"}, sumA, sumB)
	seen(patients.SeenUpdate{Undo: true, Entry: a, Column: "severity"}, sev, sumA, sumB)
	seen(patients.SeenUpdate{UpTo: now, Entry: a}, sumB)
	seen(patients.SeenUpdate{Undo: true, Entry: a}, sev, sumA, sumB)
	seen(patients.SeenUpdate{UpTo: now, Entry: a}, sumB)
	seen(patients.SeenUpdate{UpTo: now}, []string{}...)
	seen(patients.SeenUpdate{Undo: true}, sumB) // the row was unmarked before, and stays so
	seen(patients.SeenUpdate{UpTo: 1 << 60}, []string{}...)
	w.set(doctor, b, "summary", `"new"`, 1<<40)
	w.wantMarks(nurse, l.ID, "changed summary: s → new") // what was not there was not seen
	if v := w.view(viewer, l.ID); len(v.Marks) != 3 {
		t.Errorf("another person has %d marks, want all 3", len(v.Marks))
	}
	_, _, err := w.MarkSeen(w.as(nurse), patients.SeenUpdate{List: l.ID, UpTo: now, Column: "hr"})
	if status(err) != http.StatusUnprocessableEntity {
		t.Errorf("a column of no entry gives %v, want 422", err)
	}
}

// TestOnlyWhatWasOnTheScreenIsSeen: a change that came while the person pressed
// "seen" stays marked.
func TestOnlyWhatWasOnTheScreenIsSeenPAL0920(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	e := w.add(l.ID, "Rivera", "Ana", "1")
	shown := w.wantMarks(nurse, l.ID).Seq
	w.set(doctor, e, "summary", `"late"`, 0)
	must2(t)(w.MarkSeen(w.as(nurse), patients.SeenUpdate{List: l.ID, UpTo: shown}))
	w.wantMarks(nurse, l.ID, "added summary:  → late")
}

func must2(t *testing.T) func([]patients.Mark, []patients.Removed, error) {
	return func(_ []patients.Mark, _ []patients.Removed, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestWhoCameAndWentPAL0940: a patient who came is one mark, whatever is in its
// cells; who left is named until seen.
func TestWhoCameAndWentPAL0940(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l, other := w.list("Ward"), w.list("Other")
	a, b := w.add(l.ID, "Rivera", "Ana", "1"), w.add(l.ID, "Okafor", "Ben", "2")
	w.wantMarks(nurse, l.ID)
	c := w.add(l.ID, "Chen", "Mei", "3")
	w.set(doctor, c, "summary", `"new here"`, 0)
	w.observe(l.ID, c, "problems", items("Asthma"))
	w.observe(l.ID, c, "problems", items("Burns"))
	w.wantMarks(nurse, l.ID, "added entry:  → ")
	act := func(list string, action patients.EntryAction, to string, ids ...string) {
		t.Helper()
		if _, _, err := w.ChangeEntries(w.as(doctor), list, ids, action, to); err != nil {
			t.Fatal(err)
		}
	}
	act(l.ID, patients.RemoveEntries, "", a, c)
	act(l.ID, patients.MoveEntries, other.ID, b)
	v := w.wantMarks(nurse, l.ID)
	got := []string{}
	for _, r := range v.Removed {
		got = append(got, fmt.Sprintf("%s, bed %s, by %s to %s", r.Name, r.Bed, r.By, r.To))
	}
	// Who came and went between two looks was never there.
	want := []string{"OKAFOR, Ben, bed 2, by doctor to " + other.ID, "RIVERA, Ana, bed 1, by doctor to "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
	if v.People[doctor] == "" {
		t.Error("who removed them is not named")
	}
	if v := w.view(doctor, l.ID); len(v.Removed) != 0 {
		t.Errorf("who removed them oneself is told %v", v.Removed)
	}
	act(l.ID, patients.RestoreEntries, "", a, b)
	if v := w.wantMarks(nurse, l.ID); len(v.Removed) != 0 || len(v.Entries) != 2 {
		t.Errorf("after undo %d removed, %d entries", len(v.Removed), len(v.Entries))
	}
	act(l.ID, patients.RemoveEntries, "", a)
	v = w.view(nurse, l.ID)
	if _, removed, err := w.MarkSeen(w.as(nurse), patients.SeenUpdate{List: l.ID, UpTo: v.Seq}); err != nil || len(removed) != 0 {
		t.Errorf("once seen, removed is %v, %v", removed, err)
	}
}

// TestMarksModel compares collapse with a model: what a person last saw of each
// item, and what it says now.
func TestMarksModelPAL0880(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const me = "me"
		now, saw := map[string]string{}, map[string]string{}
		var changes []patients.Change
		var rows []patients.Seen
		rows = append(rows, patients.Seen{})
		touched := map[string]bool{}
		seq := int64(0)
		item := rapid.SampledFrom([]string{"1", "2", "3"})
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			if rapid.IntRange(0, 9).Draw(t, "look") == 0 {
				saw, touched = maps.Clone(now), map[string]bool{}
				rows = []patients.Seen{{Seq: seq}}
				continue
			}
			seq++
			i := item.Draw(t, "item")
			by := rapid.SampledFrom([]string{"", "other", me}).Draw(t, "by")
			text := rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "text")
			old, there := now[i]
			c := patients.Change{Seq: seq, Entry: "e", Column: "problems", Item: i, By: by, Old: old, New: text}
			switch {
			case text == "" && !there:
				continue
			case text == "":
				c.Kind = patients.ChangeRemoved
				delete(now, i)
			case !there:
				c.Kind = patients.ChangeAdded
				now[i] = text
			case text == old:
				continue
			default:
				c.Kind = patients.ChangeChanged
				now[i] = text
			}
			changes = append(changes, c)
			touched[i] = true
			if by == me { // who changes it has seen it
				if text == "" {
					delete(saw, i)
				} else {
					saw[i] = text
				}
			}
		}
		want := []string{}
		for i := range touched {
			was, there := saw[i]
			is, here := now[i]
			switch {
			case there && !here:
				want = append(want, "removed problems/"+i+": "+was+" → ")
			case !there && here:
				want = append(want, "added problems/"+i+":  → "+is)
			case was != is:
				want = append(want, "changed problems/"+i+": "+was+" → "+is)
			}
		}
		got := sayMarks(patients.Collapse(patients.NewLook(me, rows), changes))
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s\n%+v", diff, changes)
		}
	})
}

// TestCompareModel: what compare finds leads from the one cell to the other.
func TestCompareModelPAL0900(t *testing.T) {
	t.Parallel()
	cell := rapid.Custom(func(t *rapid.T) chart.Cell {
		c := chart.Cell{Status: chart.Loaded}
		for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"1", "2", "3", "4"}), 0, 4, rapid.ID[string]).Draw(t, "ids") {
			c.Items = append(c.Items, chart.Item{ID: id, Text: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "text")})
		}
		return c
	})
	texts := func(c chart.Cell) []string {
		out := []string{}
		for _, it := range c.Items {
			out = append(out, it.Text)
		}
		slices.Sort(out)
		return out
	}
	rapid.Check(t, func(t *rapid.T) {
		was, is := cell.Draw(t, "was"), cell.Draw(t, "is")
		have := texts(was)
		for _, d := range patients.Compare("problems", &was, &is) {
			old, new, kind := d.Parts()
			if i := slices.Index(have, old); kind != patients.ChangeAdded && i >= 0 {
				have = slices.Delete(have, i, i+1)
			} else if kind != patients.ChangeAdded {
				t.Fatalf("%s of %q, which is not there", kind, old)
			}
			if kind != patients.ChangeRemoved {
				have = append(have, new)
			}
		}
		slices.Sort(have)
		if diff := cmp.Diff(texts(is), have); diff != "" {
			t.Fatalf("the differences do not lead there (-want +got):\n%s", diff)
		}
	})
}

// TestDayOfStayIsNoNews: that another day has passed marks nobody's row.
func TestDayOfStayIsNoNews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	e := w.add(l.ID, "Rivera", "Ana", "1")
	w.observe(l.ID, e, "day", items("3"))
	w.observe(l.ID, e, "admitted", items("2026-11-21"))
	w.wantMarks(nurse, l.ID)
	w.observe(l.ID, e, "day", items("4"))
	w.observe(l.ID, e, "admitted", items("2026-11-20"))
	w.wantMarks(nurse, l.ID, "changed admitted: 2026-11-21 → 2026-11-20")
	if got := must(w.PatientView(w.as(nurse), e, false))(t).Entry.Cells["day"].Items[0].Text; got != "4" {
		t.Errorf("the day is %s, want 4", got)
	}
}

// TestMarksAfterALongAbsence: however much has happened, what is marked is what
// is there now.
func TestMarksAfterALongAbsence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	e := w.add(l.ID, "Rivera", "Ana", "1")
	w.view(nurse, l.ID)
	const n = 12000
	err := w.db.Patients().Update(t.Context(), nil, func(ctx context.Context, tx patients.Tx) error {
		for i := range n {
			c := patients.Change{Space: w.space.ID, List: l.ID, Entry: e, Column: "hr", Kind: patients.ChangeChanged, Old: fmt.Sprint(i), New: fmt.Sprint(i + 1)}
			if _, err := tx.AddChange(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.wantMarks(nurse, l.ID, fmt.Sprintf("changed hr: 0 → %d", n))
}

// TestMovedByTheRecordPAL0900: that the EHR has a patient in another bed is
// marked on the bed, unless we typed one.
func TestMovedByTheRecordPAL0900(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	a, b := w.add(l.ID, "Rivera", "Ana", ""), w.add(l.ID, "Okafor", "Ben", "9")
	at := func(bed string) chart.Cell {
		return chart.Cell{Items: []chart.Item{{ID: "x", Text: bed, Current: true}}}
	}
	for _, e := range []string{a, b} {
		w.observe(l.ID, e, "location", at("7E-1"))
	}
	w.wantMarks(nurse, l.ID)
	for _, e := range []string{a, b} {
		w.observe(l.ID, e, "location", at("7E-2"))
	}
	v := w.wantMarks(nurse, l.ID, "changed bed: 7E-1 → 7E-2", "changed location: 7E-1 → 7E-2")
	if v.Marks[0].Entry != a || entry(t, v, a).Bed != "7E-2" {
		t.Errorf("the mark is of %s, the bed %s", v.Marks[0].Entry, entry(t, v, a).Bed)
	}
	marks, _, err := w.MarkSeen(w.as(nurse), patients.SeenUpdate{List: l.ID, UpTo: v.Seq, Entry: a, Column: "bed"})
	if err != nil || len(marks) != 1 || marks[0].Entry != b {
		t.Errorf("after the bed is seen there are %v, %v", sayMarks(marks), err)
	}
}
