package patients_test

import (
	"net/http"
	"testing"

	"github.com/wardbridge/wardbridge/internal/patients"
)

// Looks are of what is there: nobody fills the storage with others.
func TestLooksAreOfWhatIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("7E")
	e := w.add(l.ID, "Okafor", "Ada", "7E-1")
	for name, u := range map[string]patients.SeenUpdate{
		"no entry": {List: l.ID, Entry: "nobody", UpTo: 1 << 40}, "no column": {List: l.ID, Entry: e, Column: "nothing", UpTo: 1 << 40},
	} {
		if _, _, err := w.MarkSeen(w.as(viewer), u); status(err) != http.StatusUnprocessableEntity {
			t.Errorf("%s: %v, want 422", name, err)
		}
	}
}

// Who has taken nothing back has nothing to take back: to undo no look is not
// to have seen nothing.
func TestUndoOfNoLook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("7E")
	w.add(l.ID, "Okafor", "Ada", "7E-1")
	if marks, _, err := w.MarkSeen(w.as(viewer), patients.SeenUpdate{List: l.ID, Undo: true}); err != nil || len(marks) != 0 {
		t.Errorf("%v, %v", sayMarks(marks), err)
	}
	if marks := w.view(viewer, l.ID).Marks; len(marks) != 0 {
		t.Errorf("the first look marks %v", sayMarks(marks))
	}
}
