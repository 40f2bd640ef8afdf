package patients_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/patients"
)

// Someone who has a patient's page open and edits reads it again twice: for the
// edit, and for what the stream tells of it. That is one look, and one record.
// Opening the page anew is another; and nobody can say to have it open who was
// not recorded.
func TestAViewingIsRecordedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	e, other := w.add(l.ID, "Rivera", "Ana", "1"), w.add(l.ID, "Lund", "Eva", "2")
	look := func(person, entry string, again bool) patients.PatientView {
		t.Helper()
		w.pass(time.Minute)
		return must(w.PatientView(w.as(person), entry, again))(t)
	}
	recorded := func(want ...string) {
		t.Helper()
		got := []string{}
		for _, r := range w.operations(filterOf("PatientView")) {
			name := map[string]string{e: "e", other: "other"}[r.Entries[0]]
			got = append(got, fmt.Sprintf("%s %s %d", r.Person, name, r.Status))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("recorded, newest first (-want +got):\n%s", diff)
		}
	}
	look(nurse, e, false)
	w.set(nurse, e, "summary", `"Better"`, 0)
	for range 30 { // half an hour
		if v := look(nurse, e, true); v.Entry.Cells["summary"].Items[0].Text != "Better" {
			t.Error("what is read again is not what there is")
		}
	}
	recorded("nurse e 200")
	look(nurse, e, false)
	recorded("nurse e 200", "nurse e 200")
	look(nurse, other, true)
	look(doctor, e, true)
	recorded("doctor e 200", "nurse other 200", "nurse e 200", "nurse e 200")
	w.pass(16 * time.Minute) // nobody reads so long: whoever comes back looks anew
	look(nurse, e, true)
	must(w.SetMember(w.as(owner), w.space.ID, nurse, patients.Auditor))(t)
	if _, err := w.PatientView(w.as(nurse), e, true); status(err) != 403 {
		t.Errorf("after the role was taken: %v", err)
	}
	recorded("nurse e 403", "nurse e 200", "doctor e 200", "nurse other 200", "nurse e 200", "nurse e 200")
}

// A page that speaks of a column which its reader has not chosen knows what kind
// of column it is, so that it can name it and write its values.
func TestAPageKnowsTheColumnsThatItSpeaksOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	e := w.add(l.ID, "Rivera", "Ana", "1")
	stitches := patients.Column{Key: "custom:stitches", Label: "Stitches out", Type: "date"}
	must(w.SaveSchema(w.as(owner), patients.SchemaChange{Space: w.space.ID, Name: "All", List: l.ID, Columns: []patients.Column{stitches, {Key: "summary"}}}))(t)
	w.set(doctor, e, stitches.Key, `"2026-12-01"`, 0)
	others := func() (keys []string) {
		for _, c := range must(w.PatientView(w.as(nurse), e, false))(t).Others {
			keys = append(keys, c.Key+" "+c.Label+" "+c.Type)
		}
		return keys
	}
	if got := others(); slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, stitches.Key) }) {
		t.Errorf("a chosen column is among the others: %q", got)
	}
	must(w.SetView(w.as(nurse), l.ID, patients.View{Columns: []string{"summary"}}))(t)
	if got := others(); !slices.Contains(got, "custom:stitches Stitches out date") {
		t.Errorf("the others are %q", got)
	}
}
