package patients_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/patients"
)

func mustJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func second[T any](_ T, err error) error { return err }

// faultOf is the field that an error marks.
func faultOf(err error) string {
	p, ok := errors.AsType[*operation.Problem](err)
	if !ok || p.Status != http.StatusUnprocessableEntity {
		return ""
	}
	for field := range p.Errors {
		return field
	}
	return ""
}

func TestFieldTypes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	s := must(w.SaveSchema(w.as(owner), patients.SchemaChange{Space: w.space.ID, Name: "All", List: l.ID, Columns: []patients.Column{
		{Key: "custom:text", Label: "T", Type: "text"},
		{Key: "custom:choice", Label: "C", Type: "choice", Choices: []string{"a", "b"}},
		{Key: "custom:date", Label: "D", Type: "date"},
		{Key: "custom:flag", Label: "F", Type: "flag"},
		{Key: "custom:number", Label: "N", Type: "number"},
	}}))(t)
	if len(s.Columns) != 5 {
		t.Fatal(s)
	}
	const ok, bad, missing, conflict = http.StatusOK, http.StatusUnprocessableEntity, http.StatusNotFound, http.StatusConflict
	for _, tc := range []struct {
		column, value string
		want          int
		text          string
	}{
		{"custom:text", `" a\nb "`, ok, "a\nb"},
		{"custom:text", `7`, bad, ""},
		{"custom:text", `""`, ok, ""},
		{"custom:choice", `"b"`, ok, "b"},
		{"custom:choice", `"c"`, bad, ""},
		{"custom:date", `"2026-11-23"`, ok, "2026-11-23"},
		{"custom:date", `"23.11."`, bad, ""},
		{"custom:flag", `true`, ok, "true"},
		{"custom:flag", `"true"`, bad, ""},
		{"custom:number", `1.10`, ok, "1.10"},
		{"custom:number", `"1"`, bad, ""},
		{"custom:number", `1e999`, bad, ""},
		{"custom:number", `null`, ok, ""},
		{"severity", `"unstable"`, ok, "unstable"},
		{"severity", `"dire"`, bad, ""},
		{"owner", `"doctor"`, ok, "doctor"},
		{"owner", `"stranger"`, bad, ""},
		{"bed", `" 7E-2 "`, ok, "7E-2"},
		{"code", `"full"`, ok, "full"},
		{"hr", `"72"`, conflict, ""},
		{"todo", `"x"`, conflict, ""},
		{"note", `"x"`, conflict, ""},
		{"seen", `"x"`, conflict, ""},
		{"custom:other", `"x"`, missing, ""},
	} {
		e := w.add(l.ID, "Rivera", "Ana", "")
		cell, err := w.SetField(w.as(nurse), patients.FieldChange{Entry: e, Column: tc.column, Value: []byte(tc.value)})
		if status(err) != tc.want {
			t.Errorf("%s = %s gives %v, want %d", tc.column, tc.value, err, tc.want)
			continue
		}
		if err != nil {
			continue
		}
		text := ""
		if len(cell.Items) > 0 {
			text = cell.Items[0].Text
		}
		got, kept := entry(t, w.view(nurse, l.ID), e).Cells[tc.column]
		if text != tc.text || kept != (tc.text != "") || kept && cmp.Diff(got, cell) != "" {
			t.Errorf("%s = %s is %q, read back %+v", tc.column, tc.value, text, got)
		}
	}
}

// TestIdentityOfTypedPatients: who a patient typed by hand is can be corrected,
// and is found as a duplicate under the new name.
func TestIdentityOfTypedPatients(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	e := w.add(l.ID, "UNKNOWN", "Unknown", "1")
	w.view(doctor, l.ID)
	base := entry(t, w.view(nurse, l.ID), e).Cells["identity"].Seq
	known := someone("Rivera", "Ana", "100")
	cell := w.set(nurse, e, "identity", mustJSON(t, known), base)
	if cell.Items[0].Text != "RIVERA, Ana" || cell.Seq <= base {
		t.Errorf("the cell is %+v", cell)
	}
	v := w.view(doctor, l.ID)
	if got := entry(t, v, e); got.Identity != known || got.Fingerprint.MRN != "100" || len(v.Marks) != 1 || v.Marks[0].Column != "identity" {
		t.Errorf("the entry is %+v with marks %v", got.Identity, sayMarks(v.Marks))
	}
	if found := must(w.Duplicates(w.as(nurse), w.space.ID, someone("X", "Y", "100")))(t); len(found) != 1 {
		t.Errorf("under the new number %d are found, want 1", len(found))
	}
	_, err := w.SetField(w.as(doctor), patients.FieldChange{Entry: e, Column: "identity", Base: base, Value: []byte(`{"family":"Late"}`)})
	if status(err) != http.StatusPreconditionFailed {
		t.Errorf("a second correction from the old one gives %v, want 412", err)
	}
	_, err = w.SetField(w.as(doctor), patients.FieldChange{Entry: e, Column: "identity", Base: cell.Seq, Value: []byte(`{"family":"A","pope":1}`)})
	if faultOf(err) != "value" {
		t.Errorf("an identity with odd members gives %v", err)
	}
}

// TestConflict: the second of two who edit one cell gets 412 with what the first
// wrote; nothing of theirs is written.
func TestConflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	e := w.add(l.ID, "Rivera", "Ana", "1")
	base := w.set(owner, e, "summary", `"both saw this"`, 0).Seq
	first := w.set(nurse, e, "summary", `"the nurse's"`, base)
	_, err := w.SetField(w.as(doctor), patients.FieldChange{Entry: e, Column: "summary", Base: base, Value: []byte(`"the doctor's"`)})
	p, ok := errors.AsType[*operation.Problem](err)
	if !ok || p.Status != http.StatusPreconditionFailed || p.Code != "conflict" {
		t.Fatalf("got %v, want 412", err)
	}
	if diff := cmp.Diff(first, p.Current); diff != "" {
		t.Errorf("what is there now (-want +got):\n%s", diff)
	}
	if got := entry(t, w.view(doctor, l.ID), e).Cells["summary"].Items[0].Text; got != "the nurse's" {
		t.Errorf("the cell is %q", got)
	}
	// Looking at it, the doctor saves again from what is there.
	w.set(doctor, e, "summary", `"agreed"`, first.Seq)
}

// TestConcurrentEdits: of many who save at once from the same number exactly one
// wins, and every other learns of the winner's.
func TestConcurrentEdits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	e := w.add(l.ID, "Rivera", "Ana", "1")
	var wg sync.WaitGroup
	var mu sync.Mutex
	won, lost := []string{}, []string{}
	for i := range 16 {
		wg.Go(func() {
			mine := fmt.Sprintf("version %d", i)
			_, err := w.SetField(w.as([]string{nurse, doctor}[i%2]), patients.FieldChange{Entry: e, Column: "summary", Base: 0, Value: []byte(mustJSON(t, mine))})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won = append(won, mine)
				return
			}
			if p, ok := errors.AsType[*operation.Problem](err); ok {
				if c, ok := p.Current.(chart.Cell); ok && len(c.Items) == 1 {
					lost = append(lost, c.Items[0].Text)
				}
			}
		})
	}
	wg.Wait()
	if len(won) != 1 || len(lost) != 15 {
		t.Fatalf("%d won, %d were told what is there; want 1 and 15", len(won), len(lost))
	}
	for _, l := range lost {
		if l != won[0] {
			t.Errorf("one was told %q, want %q", l, won[0])
		}
	}
}

// TestSameValueIsNoChange: saving what is there already marks nothing.
func TestSameValueIsNoChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	e := w.add(l.ID, "Rivera", "Ana", "1")
	a := w.set(nurse, e, "summary", `"x"`, 0)
	w.view(doctor, l.ID)
	w.pass(time.Hour)
	if b := w.set(owner, e, "summary", `" x "`, a.Seq); b.Seq != a.Seq || b.By != nurse {
		t.Errorf("the same again has number %d by %s", b.Seq, b.By)
	}
	w.wantMarks(doctor, l.ID)
}
