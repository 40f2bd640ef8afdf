package patients_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/patients"
)

func names(lists []patients.List) []string {
	out := []string{}
	for _, l := range lists {
		name := l.Name
		if l.Default {
			name += "*"
		}
		out = append(out, name)
	}
	return out
}

func (w *world) wantLists(live, deleted []string) {
	w.t.Helper()
	a, b, err := w.Lists(w.as(viewer), w.space.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	if diff := cmp.Diff(append(slices.Clone(live), deleted...), append(names(a), names(b)...)); diff != "" {
		w.t.Errorf("lists, and deleted ones (-want +got):\n%s", diff)
	}
}

// TestListLife: create, rename, reorder, set the default, delete and restore.
func TestListLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b, c := w.list("A"), w.list("B"), w.list("C")
	w.wantLists([]string{"A*", "B", "C"}, nil)

	b2 := must(w.ChangeList(w.as(nurse), patients.ListChange{List: b.ID, Version: b.Version, Name: new("B2"), Position: new(0)}))(t)
	w.wantLists([]string{"B2", "A*", "C"}, nil)
	if b2.Position != 0 || b2.Version != b.Version+1 {
		t.Errorf("the answer is at %d, version %d; want 0 and %d", b2.Position, b2.Version, b.Version+1)
	}
	_, err := w.ChangeList(w.as(doctor), patients.ListChange{List: b.ID, Version: b.Version, Name: new("mine")})
	if status(err) != http.StatusPreconditionFailed {
		t.Errorf("a rename of an old version gives %v, want 412", err)
	}
	must(w.ChangeList(w.as(nurse), patients.ListChange{List: c.ID, Version: c.Version, Default: new(true)}))(t)
	w.wantLists([]string{"B2", "A", "C*"}, nil)

	if err := w.DeleteList(w.as(nurse), c.ID); err != nil {
		t.Fatal(err)
	}
	w.wantLists([]string{"B2*", "A"}, []string{"C"})
	if _, err := w.ListView(w.as(nurse), c.ID); status(err) != http.StatusNotFound {
		t.Errorf("a deleted list gives %v, want 404", err)
	}
	w.pass(29 * 24 * time.Hour)
	must(w.RestoreList(w.as(nurse), c.ID))(t)
	w.wantLists([]string{"B2*", "A", "C"}, nil)

	if err := w.DeleteList(w.as(nurse), a.ID); err != nil {
		t.Fatal(err)
	}
	w.pass(30 * 24 * time.Hour)
	w.wantLists([]string{"B2*", "C"}, nil)
	if _, err := w.RestoreList(w.as(nurse), a.ID); status(err) != http.StatusNotFound {
		t.Errorf("restoring after 30 days gives %v, want 404", err)
	}
}

func TestListCopy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Days")
	e := w.add(l.ID, "Rivera", "Ana", "7E-2")
	w.set(nurse, e, "summary", `"Day 2 after surgery"`, 0)
	l = must(w.ChangeList(w.as(owner), patients.ListChange{List: l.ID, Version: 1, Beds: new([]string{"7E-1", "7E-2", " 7e-2 ", ""}), Schema: new(patients.SchemaNursing)}))(t)
	c := must(w.CreateList(w.as(nurse), patients.NewList{Space: w.space.ID, Name: "Nights", CopyOf: l.ID}))(t)
	v := w.view(nurse, c.ID)
	if len(v.Entries) != 1 || v.Entries[0].ID == e || v.Entries[0].Cells["summary"].Items[0].Text != "Day 2 after surgery" {
		t.Errorf("the copy has %+v", v.Entries)
	}
	if v.Schema.ID != patients.SchemaNursing || !cmp.Equal(v.Unoccupied, []string{"7E-1"}) || v.List.Patients != 1 {
		t.Errorf("the copy has schema %s, unoccupied %v, %d patients", v.Schema.ID, v.Unoccupied, v.List.Patients)
	}
}

// TestWhoMayDoWhat runs each operation as each role. Who is not in the space
// learns nothing of it.
func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	e := w.add(l.ID, "Rivera", "Ana", "1")
	to := w.list("Other")
	todo := must(w.AddTodo(w.as(owner), patients.NewTodo{Entry: e, Text: "x"}))(t)
	note := must(w.AddNote(w.as(owner), e, "x", false))(t)
	const ok, no, hidden = http.StatusOK, http.StatusForbidden, http.StatusNotFound
	reads := map[string]int{owner: ok, nurse: ok, viewer: ok, auditor: no, stranger: hidden}
	writes := map[string]int{owner: ok, nurse: ok, viewer: no, auditor: no, stranger: hidden}
	for _, op := range []struct {
		name string
		want map[string]int
		do   func(person string) error
	}{
		{"getLists", reads, func(p string) error { _, _, err := w.Lists(w.as(p), w.space.ID); return err }},
		{"getList", reads, func(p string) error { _, err := w.ListView(w.as(p), l.ID); return err }},
		{"getPatient", reads, func(p string) error { _, err := w.PatientView(w.as(p), e, false); return err }},
		{"delta", reads, func(p string) error { _, _, err := w.Delta(w.as(p), l.ID, 0); return err }},
		{"setView", reads, func(p string) error { _, err := w.SetView(w.as(p), l.ID, patients.View{}); return err }},
		{"markSeen", reads, func(p string) error {
			_, _, err := w.MarkSeen(w.as(p), patients.SeenUpdate{List: l.ID, UpTo: 1})
			return err
		}},
		{"exportList", reads, func(p string) error {
			_, err := w.Export(w.as(p), patients.ExportRequest{List: l.ID, Format: "csv", Purpose: "rounds"})
			return err
		}},
		{"printList", reads, func(p string) error { return w.Print(w.as(p), l.ID, "table", "rounds") }},
		{"copyPatient", reads, func(p string) error { return w.CopyPatient(w.as(p), e, "sbar") }},
		{"createList", writes, func(p string) error {
			_, err := w.CreateList(w.as(p), patients.NewList{Space: w.space.ID, Name: "n"})
			return err
		}},
		{"saveSchema", writes, func(p string) error {
			_, err := w.SaveSchema(w.as(p), patients.SchemaChange{Space: w.space.ID, Name: "n", Columns: []patients.Column{{Key: "hr"}}})
			return err
		}},
		{"addPatients", writes, func(p string) error {
			_, _, err := w.AddPatients(w.as(p), l.ID, []patients.NewPatient{{Identity: someone("Solo", p, "")}}, true)
			return err
		}},
		{"checkDuplicates", writes, func(p string) error {
			_, err := w.Duplicates(w.as(p), w.space.ID, someone("Rivera", "Ana", ""))
			return err
		}},
		{"changeEntries", writes, func(p string) error {
			_, _, err := w.ChangeEntries(w.as(p), l.ID, []string{e}, patients.CopyEntries, to.ID)
			return err
		}},
		{"setField", writes, func(p string) error {
			_, err := w.SetField(w.as(p), patients.FieldChange{Entry: e, Column: "summary", Base: 1 << 40, Value: []byte(`"by ` + p + `"`)})
			return err
		}},
		{"addTodo", writes, func(p string) error {
			_, err := w.AddTodo(w.as(p), patients.NewTodo{Entry: e, Text: "x"})
			return err
		}},
		{"addNote", writes, func(p string) error { _, err := w.AddNote(w.as(p), e, "x", false); return err }},
		{"changeRound", writes, func(p string) error {
			_, err := w.ChangeRound(w.as(p), patients.RoundStep{List: l.ID, Action: "start"})
			return err
		}},
		{"changeTodo of a stranger", map[string]int{stranger: hidden, viewer: no, auditor: no}, func(p string) error {
			_, err := w.ChangeTodo(w.as(p), patients.TodoChange{Todo: todo.ID, Version: 1, Done: new(true)})
			return err
		}},
		{"deleteNote of another", map[string]int{stranger: hidden, viewer: no, auditor: no, nurse: no}, func(p string) error { return w.DeleteNote(w.as(p), note.ID) }},
		{"deleteList", map[string]int{stranger: hidden, viewer: no, auditor: no}, func(p string) error { return w.DeleteList(w.as(p), l.ID) }},
	} {
		for _, person := range []string{stranger, auditor, viewer, nurse, owner} {
			want, said := op.want[person]
			if !said {
				continue
			}
			if got := status(op.do(person)); got != want {
				t.Errorf("%s as %s gives %d, want %d", op.name, person, got, want)
			}
		}
	}
	if _, err := w.ListView(t.Context(), l.ID); status(err) != http.StatusUnauthorized {
		t.Errorf("without a person getList gives %v, want 401", err)
	}
}

// TestSpacesAreApart: an owner of one space reaches nothing of another, not
// even by ids that are right.
func TestSpacesAreApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	e := w.add(l.ID, "Rivera", "Ana", "1")
	other, err := w.MakeSpace(t.Context(), patients.Space{ID: "other", Name: "Other", Settings: patients.Settings{Zone: "UTC"}}, patients.Membership{Person: stranger, Role: patients.Owner})
	if err != nil {
		t.Fatal(err)
	}
	theirs := must(w.CreateList(w.as(stranger), patients.NewList{Space: other.ID, Name: "Theirs"}))(t)
	_, _, err = w.ChangeEntries(w.as(stranger), theirs.ID, []string{e}, patients.RemoveEntries, "")
	if status(err) != http.StatusNotFound {
		t.Errorf("removing another space's entry through a list of one's own gives %v, want 404", err)
	}
	_, _, err = w.ChangeEntries(w.as(owner), l.ID, []string{e}, patients.MoveEntries, theirs.ID)
	if status(err) != http.StatusUnprocessableEntity {
		t.Errorf("moving a patient into another space gives %v, want 422", err)
	}
	_, err = w.CreateList(w.as(stranger), patients.NewList{Space: other.ID, Name: "Copy", CopyOf: l.ID})
	if status(err) != http.StatusNotFound {
		t.Errorf("copying another space's list gives %v, want 404", err)
	}
	found := must(w.Duplicates(w.as(stranger), other.ID, someone("Rivera", "Ana", "")))(t)
	if len(found) != 0 {
		t.Errorf("duplicates of another space are found: %v", found)
	}
}

// TestColumns: PAL-0710…0740, sets of columns for everyone and for one person.
func TestColumnsPAL0710(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l, other := w.list("Ward"), w.list("Second")
	for _, s := range patients.BuiltIn() {
		for _, c := range s.Columns {
			if c.Key == patients.KeyBed || c.Key == patients.KeyIdentity {
				t.Errorf("%s has the row key %s as a column (PAL-0720: it cannot be removed)", s.ID, c.Key)
			}
		}
	}
	own := []patients.Column{{Key: "severity"}, {Label: "Diet", Group: "custom", Type: "choice", Choices: []string{"normal", "soft", "soft", ""}}, {Key: "hr", Type: "text", Label: "forged"}}
	s := must(w.SaveSchema(w.as(nurse), patients.SchemaChange{Space: w.space.ID, Schema: patients.SchemaRounding, Name: "Ours", Columns: own, List: l.ID}))(t)
	diet := s.Columns[1]
	if s.ID == patients.SchemaRounding || !strings.HasPrefix(diet.Key, "custom:") || !cmp.Equal(diet.Choices, []string{"normal", "soft"}) || diet.EditBy != patients.Member {
		t.Errorf("the copy of a built-in set is %+v", s)
	}
	if hr := s.Columns[2]; hr.Type != "" || !hr.EHR || hr.Label != "" {
		t.Errorf("a column of the catalogue was forged: %+v", hr)
	}
	if v := w.view(nurse, l.ID); v.Schema.ID != s.ID || v.List.Schema != s.ID {
		t.Errorf("the list uses %s, want %s", v.Schema.ID, s.ID)
	}
	if v := w.view(nurse, other.ID); v.Schema.ID != patients.SchemaRounding || len(v.Columns) < 5 {
		t.Errorf("the other list uses %s", v.Schema.ID)
	}
	_, err := w.SaveSchema(w.as(doctor), patients.SchemaChange{Space: w.space.ID, Schema: s.ID, Version: s.Version - 1, Name: "Late", Columns: own})
	if status(err) != http.StatusPreconditionFailed {
		t.Errorf("a save of an old version gives %v, want 412", err)
	}
	diet.Type = "number"
	_, err = w.SaveSchema(w.as(doctor), patients.SchemaChange{Space: w.space.ID, Schema: s.ID, Version: s.Version, Name: "Ours", Columns: []patients.Column{diet}})
	if status(err) != http.StatusUnprocessableEntity {
		t.Errorf("changing the type of a filled column gives %v, want 422", err)
	}

	must(w.SetView(w.as(nurse), l.ID, patients.View{Columns: []string{"bp", s.Columns[1].Key, "no-such", "bed"}, Sort: "-severity"}))(t)
	v := w.view(nurse, l.ID)
	keys := []string{}
	for _, c := range v.Columns {
		keys = append(keys, c.Key)
	}
	if !cmp.Equal(keys, []string{"bp", s.Columns[1].Key}) || v.View.Sort != "-severity" {
		t.Errorf("one's own view is %v, %+v (PAL-0790: settings persist)", keys, v.View)
	}
	if v := w.view(doctor, l.ID); len(v.Columns) != 3 {
		t.Errorf("another person sees %d columns, want the list's 3", len(v.Columns))
	}
}

// TestOwnersColumn: who may edit a custom column.
func TestOwnersColumn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	s := must(w.SaveSchema(w.as(owner), patients.SchemaChange{
		Space: w.space.ID, Name: "Ours", List: l.ID,
		Columns: []patients.Column{{Label: "Ceiling of care", Type: "text", EditBy: patients.Owner}},
	}))(t)
	e, key := w.add(l.ID, "Rivera", "Ana", "1"), s.Columns[0].Key
	_, err := w.SetField(w.as(nurse), patients.FieldChange{Entry: e, Column: key, Value: []byte(`"ward"`)})
	if status(err) != http.StatusForbidden {
		t.Errorf("a member's edit of an owners' column gives %v, want 403", err)
	}
	w.set(owner, e, key, `"ward"`, 0)
	open := s.Columns[0]
	open.EditBy = patients.Member
	_, err = w.SaveSchema(w.as(nurse), patients.SchemaChange{Space: w.space.ID, Schema: s.ID, Version: s.Version, Name: "Ours", Columns: []patients.Column{open}})
	if status(err) != http.StatusUnprocessableEntity {
		t.Errorf("a member opens an owners' column: %v, want 422", err)
	}
}
