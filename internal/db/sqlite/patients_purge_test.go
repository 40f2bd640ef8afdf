package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/patients"
)

// openPatients makes a main database, closed at the test's end.
func openPatients(tb testing.TB) (path string, db *DB, store patientsStorage) {
	tb.Helper()
	path = filepath.Join(tb.TempDir(), "main.db")
	db, err := Open(tb.Context(), path, Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	store, ok := db.Patients().(patientsStorage)
	if !ok {
		tb.Fatal("another storage")
	}
	return path, db, store
}

// TestScrub holds what secure_delete does not promise: a value that SQLite has
// moved between pages can stand in the gap of a page long after it was
// overwritten and deleted. Emptying the gaps takes it out, keeps every row, and
// has nothing to write where nothing changed since.
func TestScrub(t *testing.T) {
	t.Parallel()
	path, db, store := openPatients(t)
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
	err := store.Update(t.Context(), nil, func(ctx context.Context, tx patients.Tx) error {
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
	var sound string
	if err := db.read.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&sound); err != nil || sound != "ok" {
		t.Errorf("after scrubbing the database is not sound: %s, %v", sound, err)
	}
	if n := walBytes(t, path, store); n != 0 {
		t.Errorf("where nothing changed, scrubbing writes %d bytes", n)
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

// walBytes is how much scrubbing writes into an empty log.
func walBytes(t *testing.T, path string, store patientsStorage) int64 {
	t.Helper()
	if err := store.scrubPages(t.Context()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// TestScrubWritesWhatChanged: what one patient's expiry makes be written does
// not grow with what is kept of others.
func TestScrubWritesWhatChanged(t *testing.T) {
	t.Parallel()
	written := map[int]int64{}
	for _, others := range []int{50, 300} {
		path, db, store := openPatients(t)
		put := func(ctx context.Context, tx patients.Tx, e int) error {
			for i := range 40 {
				text := strings.Repeat(fmt.Sprintf("what %d says of %d ", e, i), 1+i%9)
				c := patients.Change{List: "list", Entry: fmt.Sprint("entry", e), Column: fmt.Sprint(i), Kind: patients.ChangeChanged, New: text}
				if _, err := tx.AddChange(ctx, c); err != nil {
					return err
				}
				o := patients.Observation{Entry: c.Entry, Column: c.Column, Cell: chart.Cell{Items: []chart.Item{{Text: text}}}}
				if err := tx.PutObserved(ctx, "list", o); err != nil {
					return err
				}
			}
			return nil
		}
		update := func(fn func(ctx context.Context, tx patients.Tx) error) {
			t.Helper()
			if err := store.Update(t.Context(), nil, fn); err != nil {
				t.Fatal(err)
			}
		}
		update(func(ctx context.Context, tx patients.Tx) error {
			for e := range others {
				if err := put(ctx, tx, e); err != nil {
					return err
				}
			}
			return nil
		})
		if err := store.Scrub(t.Context()); err != nil {
			t.Fatal(err)
		}
		update(func(ctx context.Context, tx patients.Tx) error {
			if err := put(ctx, tx, others); err != nil {
				return err
			}
			return tx.PurgeEntry(ctx, patients.Kept{Entry: patients.Entry{ID: fmt.Sprint("entry", others), List: "list"}})
		})
		if _, err := db.read.ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
			t.Fatal(err)
		}
		written[others] = walBytes(t, path, store)
	}
	if few, many := written[50], written[300]; few == 0 || many > 2*few {
		t.Errorf("beside 50 patients %d bytes are written, beside 300 %d", few, many)
	}
}

// FuzzEmptyGaps: whatever a page holds, nothing panics, what is emptied is
// empty, and only what no row uses is changed.
func FuzzEmptyGaps(f *testing.F) {
	leaf := make([]byte, 512)
	leaf[0], leaf[4], leaf[5], leaf[6] = 13, 1, 1, 0xf0 // one row, at 0x1f0
	leaf[8], leaf[9] = 1, 0xf0
	copy(leaf[200:], "left behind")
	copy(leaf[0x1f0:], "a row")
	f.Add(leaf)
	free := slices.Clone(leaf)
	free[1], free[2] = 1, 0xf5 // a free block of ten bytes
	copy(free[0x1f5:], "\x00\x00\x00\x0asecret")
	f.Add(free)
	f.Add(make([]byte, 512))
	f.Fuzz(func(t *testing.T, page []byte) {
		before := slices.Clone(page)
		clean, err := emptyGaps(page)
		if !bytes.Equal(page, before) {
			t.Fatal("the page itself was changed")
		}
		if err != nil || clean == nil {
			return
		}
		if again, err := emptyGaps(clean); again != nil || err != nil {
			t.Errorf("what is emptied is not empty: %v", err)
		}
		for i, b := range clean {
			if b != page[i] && (b != 0 || i < 8) {
				t.Errorf("byte %d became %d", i, b)
			}
		}
	})
}

func TestEmptyGapsKeepsRows(t *testing.T) {
	t.Parallel()
	page := make([]byte, 512)
	page[0], page[4], page[5], page[6], page[1], page[2] = 13, 1, 1, 0xe0, 1, 0xf0
	page[8], page[9] = 1, 0xe0
	copy(page[300:], "left behind")
	copy(page[0x1e0:], "a row")
	copy(page[0x1f0:], "\x00\x00\x00\x0asecret")
	clean, err := emptyGaps(page)
	if err != nil || bytes.Contains(clean, []byte("behind")) || bytes.Contains(clean, []byte("secret")) || !bytes.Contains(clean, []byte("a row")) {
		t.Errorf("%q, %v", clean, err)
	}
	page[2], page[1] = 0xf0, 2 // beyond the page
	if _, err := emptyGaps(page); err == nil {
		t.Error("a page that is not sound is written")
	}
}
