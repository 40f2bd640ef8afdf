package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/people"
)

// watched is the storage of the Patients app with every query noted.
type watched struct {
	patientsStorage
	mu      sync.Mutex
	queries []string
}

type watchedQuerier struct {
	querier
	w *watched
}

func (q watchedQuerier) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	q.w.saw(query)
	return q.querier.Query(ctx, query, args...)
}

func (q watchedQuerier) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	q.w.saw(query)
	return q.querier.QueryRow(ctx, query, args...)
}

func (q watchedQuerier) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	q.w.saw(query)
	return q.querier.Exec(ctx, query, args...)
}

func (w *watched) saw(query string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queries = append(w.queries, query)
}

func (w *watched) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.queries
	w.queries = nil
	return out
}

func (w *watched) watch(tx patients.Tx) patients.Tx {
	t, ok := tx.(patientsTx)
	if !ok {
		panic("another transaction")
	}
	return patientsTx{watchedQuerier{t.querier, w}}
}

func (w *watched) View(ctx context.Context, fn func(ctx context.Context, tx patients.Tx) error) error {
	return w.patientsStorage.View(ctx, func(ctx context.Context, tx patients.Tx) error { return fn(ctx, w.watch(tx)) })
}

func (w *watched) Update(ctx context.Context, rec *audit.Record, fn func(ctx context.Context, tx patients.Tx) error) error {
	return w.patientsStorage.Update(ctx, rec, func(ctx context.Context, tx patients.Tx) error { return fn(ctx, w.watch(tx)) })
}

// ward is a list with n patients and all that people write of them.
type ward struct {
	*patients.Service
	store *watched
	db    *DB
	ctx   context.Context //nolint:containedctx // the person's, of a test
	list  patients.List
	entry []patients.Entry
}

func newWard(tb testing.TB, n int) *ward {
	tb.Helper()
	db, err := Open(tb.Context(), filepath.Join(tb.TempDir(), MainFile), Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	log, err := audit.New(audit.Config{Storage: db, Reader: db})
	if err != nil {
		tb.Fatal(err)
	}
	me := people.Person{ID: "nurse", Name: "Nurse", Username: "nurse"}
	w := &ward{store: &watched{patientsStorage: patientsStorage{db}}, db: db, ctx: people.With(tb.Context(), me)}
	if w.Service, err = patients.New(patients.Config{Storage: w.store, Audit: log}); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(w.Close)
	if err := db.ChangePeople(tb.Context(), nil, func(ctx context.Context, tx people.Tx) error { return tx.PutPerson(ctx, me) }); err != nil {
		tb.Fatal(err)
	}
	space := patients.Space{ID: "space", Name: "Ward", Settings: patients.Settings{Zone: "Asia/Taipei"}}
	if _, err := w.MakeSpace(tb.Context(), space, patients.Membership{Person: me.ID, Role: patients.Owner}); err != nil {
		tb.Fatal(err)
	}
	if w.list, err = w.CreateList(w.ctx, patients.NewList{Space: "space", Name: "Ward", Schema: patients.SchemaRounding}); err != nil {
		tb.Fatal(err)
	}
	all := make([]patients.NewPatient, n)
	for i := range all {
		all[i] = patients.NewPatient{Bed: fmt.Sprintf("7E-%d", i), Identity: chart.Identity{
			Family: fmt.Sprintf("Fam%cily%d", 'a'+i%26, i), Given: "Given", Born: fmt.Sprintf("19%02d-01-02", i%90), MRN: fmt.Sprint("MRN", i),
		}}
	}
	if w.entry, _, err = w.AddPatients(w.ctx, w.list.ID, all, true); err != nil {
		tb.Fatal(err)
	}
	w.fill(tb)
	return w
}

// fill writes twelve cells of the EHR and five of ours for each patient.
func (w *ward) fill(tb testing.TB) {
	tb.Helper()
	columns := []string{"hr", "bp", "rr", "spo2", "temp", "weight", "bmi", "pain", "problems", "allergies", "medications", "location"}
	err := w.store.Update(w.ctx, nil, func(ctx context.Context, tx patients.Tx) error {
		seq := int64(0)
		var err error
		for _, e := range w.entry {
			for _, c := range columns {
				if seq, err = tx.AddChange(ctx, patients.Change{Space: "space", List: w.list.ID, Entry: e.ID, Column: c, Kind: patients.ChangeChanged, Old: "68", New: "72"}); err != nil {
					return err
				}
				cell := chart.Cell{Status: chart.Loaded, Seq: seq, Items: []chart.Item{{ID: "o1", Text: "72 /min", Time: "2026-11-23T08:00:00Z", Seq: seq, Current: true}, {ID: "o2", Text: "another"}}}
				if err := tx.PutObserved(ctx, w.list.ID, patients.Observation{Entry: e.ID, Column: c, Cell: cell}); err != nil {
					return err
				}
			}
			for _, c := range []string{"severity", "summary", "owner"} {
				if err := tx.PutOwnCell(ctx, w.list.ID, patients.OwnCell{Entry: e.ID, Column: c, Value: []byte(`"stable"`), Seq: seq, By: "nurse"}); err != nil {
					return err
				}
			}
			if err := tx.PutTodo(ctx, w.list.ID, patients.KeptTodo{List: w.list.ID, Todo: patients.Todo{ID: "t" + e.ID, Entry: e.ID, Text: "Blood count", By: "nurse", Version: 1}}); err != nil {
				return err
			}
			if err := tx.PutNote(ctx, w.list.ID, patients.KeptNote{List: w.list.ID, Note: patients.Note{ID: "n" + e.ID, Entry: e.ID, Text: "Slept well", By: "nurse", Version: 1}}); err != nil {
				return err
			}
		}
		return tx.PutSeen(ctx, w.list.ID, "nurse", patients.Seen{Seq: 1, Before: 1})
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// TestGetListQueries: a list is a handful of range scans, as many for 60
// patients as for one, and none walks a whole table.
func TestGetListQueries(t *testing.T) {
	t.Parallel()
	const most = 20
	var few int
	for _, n := range []int{1, 60} {
		w := newWard(t, n)
		w.store.take()
		v, err := w.ListView(w.ctx, w.list.ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(v.Entries) != n || len(v.Marks) != 12*n || len(v.Entries[0].Cells["hr"].Items) != 2 {
			t.Fatalf("%d entries, %d marks", len(v.Entries), len(v.Marks))
		}
		queries := w.store.take()
		if n == 1 {
			few = len(queries)
		}
		if len(queries) > most || len(queries) != few {
			t.Errorf("%d patients take %d queries, one takes %d; want as many, and at most %d:\n%s", n, len(queries), few, most, strings.Join(queries, "\n"))
		}
		w.wantIndexed(t, queries)
	}
}

// TestQueriesAreIndexed: so is what else people do all day.
func TestQueriesAreIndexed(t *testing.T) {
	t.Parallel()
	w := newWard(t, 3)
	e := w.entry[0].ID
	w.store.take()
	for name, do := range map[string]func() error{
		"getLists":   func() error { _, _, err := w.Lists(w.ctx, "space"); return err },
		"getPatient": func() error { _, err := w.PatientView(w.ctx, e, false); return err },
		"setField": func() error {
			_, err := w.SetField(w.ctx, patients.FieldChange{Entry: e, Column: "summary", Base: 1 << 40, Value: []byte(`"x"`)})
			return err
		},
		"changeTodo": func() error {
			done := true
			_, err := w.ChangeTodo(w.ctx, patients.TodoChange{Todo: "t" + e, Version: 1, Done: &done})
			return err
		},
		"changeNote": func() error {
			_, err := w.ChangeNote(w.ctx, patients.NoteChange{Note: "n" + e, Version: 1})
			return err
		},
		"checkDuplicates": func() error {
			_, err := w.Duplicates(w.ctx, "space", chart.Identity{Family: "A", Given: "B", Born: "1950-01-01", MRN: "1"})
			return err
		},
		"delta": func() error { _, _, err := w.Delta(w.ctx, w.list.ID, 30); return err },
		"markSeen": func() error {
			_, _, err := w.MarkSeen(w.ctx, patients.SeenUpdate{List: w.list.ID, UpTo: 40})
			return err
		},
		"changeRound": func() error {
			_, err := w.ChangeRound(w.ctx, patients.RoundStep{List: w.list.ID, Action: "start"})
			return err
		},
		"getDrafts": func() error { _, err := w.Drafts(w.ctx); return err },
	} {
		if err := do(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		w.wantIndexed(t, w.store.take())
	}
}

// wantIndexed explains each query: none may walk a table or an index whole.
func (w *ward) wantIndexed(t *testing.T, queries []string) {
	t.Helper()
	for _, q := range queries {
		rows, err := w.db.read.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+q, make([]any, strings.Count(q, "?"))...)
		if err != nil {
			t.Errorf("%s: %v", q, err)
			continue
		}
		plan, err := gather(rows, func(r scanner) (detail string, err error) {
			var id, parent, unused int
			err = r.Scan(&id, &parent, &unused, &detail)
			return detail, err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range plan {
			if strings.HasPrefix(step, "SCAN ") && !strings.Contains(step, "json_each") && !strings.Contains(step, "CONSTANT") && !strings.Contains(step, "SUBQUERY") &&
				!strings.Contains(step, "sqlite_sequence") { // a row for each table with numbers
				t.Errorf("%s\nwalks: %s", q, step)
			}
		}
	}
}

// BenchmarkGetList opens a list of 60 patients with 12 columns and 720 marks.
func BenchmarkGetList(b *testing.B) {
	w := newWard(b, 60)
	b.ReportAllocs()
	for b.Loop() {
		v, err := w.ListView(w.ctx, w.list.ID)
		if err != nil || len(v.Entries) != 60 {
			b.Fatal(err)
		}
	}
}
