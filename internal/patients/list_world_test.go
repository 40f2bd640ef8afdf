package patients_test

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/db/sqlite"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/people"
)

// A world is a service on a real database, with one space and its people.
type world struct {
	*patients.Service
	t     testing.TB
	db    *sqlite.DB
	log   *audit.Log
	path  string
	space patients.Space

	mu  sync.Mutex
	now time.Time
}

// People of the world: an owner, two members, a viewer, an auditor, and one who
// has no role in the space.
const (
	owner    = "owner"
	nurse    = "nurse"
	doctor   = "doctor"
	viewer   = "viewer"
	auditor  = "auditor"
	stranger = "stranger"
)

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 11, 23, 6, 30, 0, 0, time.UTC), path: filepath.Join(t.TempDir(), "main.db")}
	var err error
	if w.db, err = sqlite.Open(t.Context(), w.path, sqlite.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.db.Close(); err != nil {
			t.Error(err)
		}
	})
	if w.log, err = audit.New(audit.Config{Storage: w.db, Reader: w.db, Clock: w.clock}); err != nil {
		t.Fatal(err)
	}
	w.Service, err = patients.New(patients.Config{Storage: w.db.Patients(), Audit: w.log, Clock: w.clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	for _, id := range []string{owner, nurse, doctor, viewer, auditor, stranger} {
		err := w.db.ChangePeople(t.Context(), nil, func(ctx context.Context, tx people.Tx) error {
			return tx.PutPerson(ctx, people.Person{ID: id, Name: "The " + id, Username: id, Created: w.now})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	w.space, err = w.MakeSpace(t.Context(), patients.Space{ID: "space", Name: "Ward 7E", Manual: true, Settings: patients.Settings{Zone: "Asia/Taipei", RefreshEvery: 120, RetentionDays: 30, IdleMinutes: 15}},
		patients.Membership{Person: owner, Role: patients.Owner}, patients.Membership{Person: nurse, Role: patients.Member},
		patients.Membership{Person: doctor, Role: patients.Member}, patients.Membership{Person: viewer, Role: patients.Viewer},
		patients.Membership{Person: auditor, Role: patients.Auditor})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// pass lets time go by.
func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// as is a request of a person.
func (w *world) as(person string) context.Context {
	return people.With(w.t.Context(), people.Person{ID: person, Name: "The " + person})
}

// must gives the value, or ends the test.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (w *world) list(name string) patients.List {
	w.t.Helper()
	return must(w.CreateList(w.as(owner), patients.NewList{Space: w.space.ID, Name: name}))(w.t)
}

// someone is an identity with what most patients have.
func someone(family, given, mrn string) chart.Identity {
	return chart.Identity{Family: family, Given: given, Born: "1981-11-10", Gender: "female", MRN: mrn}
}

// add puts a patient on a list and gives the entry's id.
func (w *world) add(list, family, given, bed string) string {
	w.t.Helper()
	entries, duplicates, err := w.AddPatients(w.as(owner), list, []patients.NewPatient{{Identity: someone(family, given, ""), Bed: bed}}, true)
	if err != nil || len(entries) != 1 {
		w.t.Fatalf("add %s: %d entries, %v, %v", family, len(entries), duplicates, err)
	}
	return entries[0].ID
}

func (w *world) view(person, list string) patients.ListView {
	w.t.Helper()
	return must(w.ListView(w.as(person), list))(w.t)
}

func (w *world) set(person, entry, column, value string, base int64) chart.Cell {
	w.t.Helper()
	return must(w.SetField(w.as(person), patients.FieldChange{Entry: entry, Column: column, Base: base, Value: []byte(value)}))(w.t)
}

// observe tells what the EHR says of one column.
func (w *world) observe(list, entry, column string, cell chart.Cell) {
	w.t.Helper()
	cell.AsOf = w.clock()
	if cell.Status == "" {
		cell.Status = chart.Loaded
	}
	if err := patients.Observe(w.Service, w.t.Context(), list, []patients.Observation{{Entry: entry, Column: column, Cell: cell}}); err != nil {
		w.t.Fatal(err)
	}
}

func items(texts ...string) chart.Cell {
	c := chart.Cell{Status: chart.None}
	for _, text := range texts {
		c.Status = chart.Loaded
		c.Items = append(c.Items, chart.Item{ID: text[:1], Text: text, Current: true})
	}
	return c
}

// status is the HTTP status that an error is answered with; 200 for none.
func status(err error) int {
	if err == nil {
		return http.StatusOK
	}
	if p, ok := errors.AsType[*operation.Problem](err); ok {
		return p.Status
	}
	return http.StatusInternalServerError
}

// entry finds an entry of a view.
func entry(t testing.TB, v patients.ListView, id string) patients.Entry {
	t.Helper()
	for _, e := range v.Entries {
		if e.ID == id {
			return e
		}
	}
	t.Fatalf("entry %s is not on the list", id)
	return patients.Entry{}
}

// sayMark is what a mark says in one line.
func sayMark(m patients.Mark) string {
	text := m.Kind + " " + m.Column
	if m.Item != "" {
		text += "/" + m.Item
	}
	return text + ": " + m.Old + " → " + m.New
}

func sayMarks(marks []patients.Mark) []string {
	out := []string{}
	for _, m := range marks {
		out = append(out, sayMark(m))
	}
	return out
}

// operations are the names of what was recorded, oldest first, with status.
func (w *world) operations(f audit.Filter) []audit.Record {
	w.t.Helper()
	f.Limit = 500
	page, err := w.log.Search(w.t.Context(), f)
	if err != nil {
		w.t.Fatal(err)
	}
	return page.Records
}

func filterOf(operation string) audit.Filter { return audit.Filter{Operation: operation} }
