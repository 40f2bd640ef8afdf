package patients_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/patients"
)

// TestListFromNothing walks the way of a list: made, filled, read, changed by
// one person, marked for another, and seen.
func TestListFromNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward 7E")
	if !l.Default || l.Schema != patients.SchemaRounding {
		t.Errorf("the first list is %+v, want the default with the rounding columns", l)
	}
	e := w.add(l.ID, "Rivera", "Ana", "7E-2")
	v := w.view(nurse, l.ID)
	if len(v.Entries) != 1 || v.Entries[0].Bed != "7E-2" || len(v.Marks) != 0 {
		t.Fatalf("the first look shows %d entries, %d marks; want 1 and none", len(v.Entries), len(v.Marks))
	}
	cell := w.set(doctor, e, "severity", `"watcher"`, v.Entries[0].Cells["severity"].Seq)
	if cell.Items[0].Text != "watcher" || cell.By != doctor || cell.Seq == 0 {
		t.Errorf("the cell is %+v", cell)
	}
	v = w.view(nurse, l.ID)
	if diff := cmp.Diff([]string{"added severity:  → watcher"}, sayMarks(v.Marks)); diff != "" {
		t.Errorf("marks (-want +got):\n%s", diff)
	}
	if v.People[doctor] != "The doctor" {
		t.Errorf("people %v do not name the doctor", v.People)
	}
	marks, _, err := w.MarkSeen(w.as(nurse), patients.SeenUpdate{List: l.ID, UpTo: v.Seq})
	if err != nil || len(marks) != 0 {
		t.Errorf("after all is seen there are marks %v, %v", sayMarks(marks), err)
	}
}
