package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/patients"
)

// TestScrub holds what secure_delete does not promise: a value that SQLite has
// moved between pages can stand in the gap of a page long after it was
// overwritten and deleted. Writing the tables anew takes it out, and keeps
// every row.
func TestScrub(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "main.db")
	db, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	store, ok := db.Patients().(patientsStorage)
	if !ok {
		t.Fatal("another storage")
	}
	const mark = "MARKER-MARK"
	r := rand.New(rand.NewPCG(1, 2))
	left := map[string]int{}
	for range 30 {
		err := store.Update(t.Context(), nil, func(ctx context.Context, tx patients.Tx) error {
			for range 800 {
				e, list := patients.Kept{Entry: patients.Entry{ID: fmt.Sprint("entry", r.IntN(100))}}, fmt.Sprint("list", r.IntN(5))
				n := r.IntN(40)
				if r.IntN(50) == 0 {
					n = r.IntN(3000)
				}
				cell := chart.Cell{Items: []chart.Item{{Text: strings.Repeat(mark, n)}}}
				if err := tx.PutObserved(ctx, list, patients.Observation{Entry: e.ID, Column: fmt.Sprint(r.IntN(12)), Cell: cell}); err != nil {
					return err
				}
				if e.List = list; r.IntN(3) == 0 {
					if err := tx.PurgeEntry(ctx, e); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err = store.Update(t.Context(), nil, func(ctx context.Context, tx patients.Tx) error {
		for l := range 5 {
			list := fmt.Sprint("list", l)
			for e := range 100 {
				for k := range 3 {
					o := patients.Observation{Entry: fmt.Sprint("entry", e), Column: fmt.Sprint(k), Cell: chart.Cell{Note: "kept"}}
					if err := tx.PutObserved(ctx, list, o); err != nil {
						return err
					}
				}
			}
			all, err := tx.Observed(ctx, list, "")
			if err != nil {
				return err
			}
			for _, o := range all {
				o.Cell = chart.Cell{Note: "kept"}
				if err := tx.PutObserved(ctx, list, o); err != nil {
					return err
				}
			}
			left[list] = len(all)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	count := func() (n int) {
		for _, f := range []string{path, path + "-wal"} {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			n += bytes.Count(b, []byte(mark))
		}
		return n
	}
	if _, err := db.read.ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	if count() == 0 {
		t.Error("no copy is left in a gap: this test proves nothing")
	}
	if err := store.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != 0 {
		t.Errorf("after scrubbing %d copies are in the files", n)
	}
	err = store.View(t.Context(), func(ctx context.Context, tx patients.Tx) error {
		for list, want := range left {
			all, err := tx.Observed(ctx, list, "")
			if err != nil {
				return err
			}
			if len(all) != want {
				t.Errorf("%s has %d cells after scrubbing, want %d", list, len(all), want)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
