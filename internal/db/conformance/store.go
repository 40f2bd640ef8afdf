package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/fhirstore"
)

// Store tests a back-end of [fhirstore.Storage]. start makes an empty place for
// one R4 store and gives a function that opens it, as often as it is called.
func Store(t *testing.T, start func(context.Context, *testing.T) func() (fhirstore.Storage, error)) {
	t.Helper()
	for _, tc := range []struct {
		name string
		test func(*testing.T, fhirstore.Storage)
	}{
		{"versions", versions},
		{"index", index},
		{"index within a transaction", indexInTx},
		{"atomicity", atomicity},
		{"odd values", oddValues},
		{"changes", changes},
		{"types", types},
		{"concurrent writers", concurrency},
		{"cancellation", cancellation},
		{"rows do not share memory", memory},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := start(t.Context(), t)()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
			tc.test(t, s)
		})
	}
	t.Run("reopening", func(t *testing.T) { reopening(t, start(t.Context(), t)) })
}

func write(t *testing.T, s fhirstore.Storage, fn func(context.Context, fhirstore.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), fn); err != nil {
		t.Fatalf("Write: %v", err)
	}
}

func insert(t *testing.T, s fhirstore.Storage, typ, id, body string, modified int64) *fhirstore.Row {
	t.Helper()
	var row *fhirstore.Row
	write(t, s, func(ctx context.Context, tx fhirstore.Tx) error {
		row = &fhirstore.Row{Type: typ, ID: id, Version: 1, Modified: modified, Method: fhirstore.Posted, Keys: []byte("k" + id), Body: []byte(body)}
		return tx.Insert(ctx, row)
	})
	return row
}

func current(t *testing.T, s fhirstore.Storage, typ, id string) *fhirstore.Row {
	t.Helper()
	row, err := s.Current(t.Context(), typ, id)
	if err != nil {
		t.Fatalf("Current(%s/%s): %v", typ, id, err)
	}
	return row
}

func versions(t *testing.T, s fhirstore.Storage) {
	if got := current(t, s, "Patient", "a"); got != nil {
		t.Errorf("Current of an unknown resource = %+v, want nil", got)
	}
	first := insert(t, s, "Patient", "a", "one", 1000)
	if first.RID <= 0 {
		t.Fatalf("Insert set RID %d, want above 0", first.RID)
	}
	if diff := cmp.Diff(first, current(t, s, "Patient", "a")); diff != "" {
		t.Errorf("Current after Insert (-want +got):\n%s", diff)
	}
	second := &fhirstore.Row{RID: first.RID, Type: "Patient", ID: "a", Version: 2, Modified: 2000, Method: fhirstore.Put, Keys: []byte("k2"), Body: []byte("two")}
	gone := &fhirstore.Row{RID: first.RID, Type: "Patient", ID: "a", Version: 3, Modified: 3000, Method: fhirstore.Deleted}
	write(t, s, func(ctx context.Context, tx fhirstore.Tx) error { return tx.Replace(ctx, second, false) })
	write(t, s, func(ctx context.Context, tx fhirstore.Tx) error { return tx.Replace(ctx, gone, false) })
	if diff := cmp.Diff(gone, current(t, s, "Patient", "a")); diff != "" {
		t.Errorf("Current after a deletion (-want +got):\n%s", diff)
	}
	for _, want := range []*fhirstore.Row{first, second, gone} {
		got, err := s.Version(t.Context(), "Patient", "a", want.Version)
		if err != nil || got == nil {
			t.Fatalf("Version(%d) = %v, %v", want.Version, got, err)
		}
		got.Keys = want.Keys // not promised
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Version(%d) (-want +got):\n%s", want.Version, diff)
		}
	}
	if got, err := s.Version(t.Context(), "Patient", "a", 9); got != nil || err != nil {
		t.Errorf("Version(9) = %v, %v, want nil, nil", got, err)
	}
	err := s.Write(t.Context(), func(ctx context.Context, tx fhirstore.Tx) error {
		return tx.Insert(ctx, &fhirstore.Row{Type: "Patient", ID: "a", Version: 1})
	})
	if err == nil {
		t.Error("Insert of an existing resource succeeded")
	}
}

func scan(ctx context.Context, t *testing.T, r fhirstore.Reader, ranges ...fhirstore.Range) []fhirstore.IndexRow {
	t.Helper()
	var out []fhirstore.IndexRow
	err := r.Scan(ctx, ranges, true, func(row fhirstore.IndexRow) error {
		out = append(out, row)
		return nil
	})
	if err != nil {
		t.Fatalf("Scan: %v", err)
	}
	return out
}

func index(t *testing.T, s fhirstore.Storage) {
	rows := []fhirstore.IndexRow{
		{Key: []byte{1, 0xff}, RID: 2, Payload: []byte("x")},
		{Key: []byte{1, 0}, RID: 7},
		{Key: []byte{1, 0xff}, RID: 1},
		{Key: []byte{2}, RID: 0, Payload: []byte("word")},
		{Key: []byte{1}, RID: 3},
	}
	for i := range 300 {
		rows = append(rows, fhirstore.IndexRow{Key: fmt.Appendf(nil, "\x09%03d", i), RID: int64(i + 1)})
	}
	write(t, s, func(ctx context.Context, tx fhirstore.Tx) error { return tx.PutIndex(ctx, rows) })
	got := scan(t.Context(), t, s, fhirstore.Range{Lo: []byte{1}, Hi: []byte{2}}, fhirstore.Range{Lo: []byte{2}})
	want := []fhirstore.IndexRow{{Key: []byte{1}, RID: 3}, {Key: []byte{1, 0}, RID: 7}, {Key: []byte{1, 0xff}, RID: 1}, {Key: []byte{1, 0xff}, RID: 2, Payload: []byte("x")}, {Key: []byte{2}, Payload: []byte("word")}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Scan (-want +got):\n%s", diff)
	}
	if n := len(scan(t.Context(), t, s, fhirstore.Range{Lo: []byte{9}, Hi: []byte{10}})); n != 300 {
		t.Errorf("Scan found %d rows, want 300", n)
	}
	for _, tc := range []struct{ limit, want int }{{1000, 300}, {300, 300}, {50, 50}} {
		n, err := s.Probe(t.Context(), []fhirstore.Range{{Lo: []byte{9}, Hi: []byte{10}}}, tc.limit)
		if n != tc.want || err != nil {
			t.Errorf("Probe(limit %d) = %d, %v, want %d", tc.limit, n, err, tc.want)
		}
	}
	calls := 0
	err := s.Scan(t.Context(), []fhirstore.Range{{Lo: []byte{9}, Hi: []byte{10}}, {Lo: []byte{1}}}, false, func(fhirstore.IndexRow) error {
		calls++
		return fhirstore.ErrStop
	})
	if err != nil || calls != 1 {
		t.Errorf("Scan that is stopped: %d calls, %v", calls, err)
	}
	write(t, s, func(ctx context.Context, tx fhirstore.Tx) error {
		if err := tx.PutIndex(ctx, []fhirstore.IndexRow{{Key: []byte{1}, RID: 3, Payload: []byte("new")}}); err != nil {
			return err
		}
		return tx.DropIndex(ctx, []fhirstore.IndexRow{{Key: []byte{1, 0xff}, RID: 2}, {Key: []byte{7}, RID: 9}})
	})
	want = []fhirstore.IndexRow{{Key: []byte{1}, RID: 3, Payload: []byte("new")}, {Key: []byte{1, 0}, RID: 7}, {Key: []byte{1, 0xff}, RID: 1}}
	if diff := cmp.Diff(want, scan(t.Context(), t, s, fhirstore.Range{Lo: []byte{1}, Hi: []byte{2}})); diff != "" {
		t.Errorf("Scan after a change (-want +got):\n%s", diff)
	}
	write(t, s, func(ctx context.Context, tx fhirstore.Tx) error { return tx.ClearIndex(ctx) })
	if got := scan(t.Context(), t, s, fhirstore.Range{Lo: []byte{0}, Hi: []byte{0xff}}); got != nil {
		t.Errorf("Scan after ClearIndex = %v", got)
	}
}

func indexInTx(t *testing.T, s fhirstore.Storage) {
	write(t, s, func(ctx context.Context, tx fhirstore.Tx) error {
		row := &fhirstore.Row{Type: "Patient", ID: "a", Version: 1, Modified: 1, Body: []byte("{}")}
		if err := tx.Insert(ctx, row); err != nil {
			return err
		}
		if err := tx.PutIndex(ctx, []fhirstore.IndexRow{{Key: []byte("k"), RID: row.RID}}); err != nil {
			return err
		}
		if got := scan(ctx, t, tx, fhirstore.Range{Lo: []byte("k")}); len(got) != 1 || got[0].RID != row.RID {
			t.Errorf("Scan in the transaction = %v", got)
		}
		if n, err := tx.Count(ctx, "Patient"); n != 1 || err != nil {
			t.Errorf("Count in the transaction = %d, %v, want 1", n, err)
		}
		if got, err := tx.Current(ctx, "Patient", "a"); got == nil || err != nil {
			t.Errorf("Current in the transaction = %v, %v", got, err)
		}
		if err := tx.DropIndex(ctx, []fhirstore.IndexRow{{Key: []byte("k"), RID: row.RID}}); err != nil {
			return err
		}
		if err := tx.PutIndex(ctx, []fhirstore.IndexRow{{Key: []byte("j"), RID: row.RID}}); err != nil {
			return err
		}
		return tx.DropIndex(ctx, []fhirstore.IndexRow{{Key: []byte("j"), RID: row.RID}})
	})
	if got := scan(t.Context(), t, s, fhirstore.Range{Lo: []byte("a"), Hi: []byte("z")}); got != nil {
		t.Errorf("Scan = %v, want what was dropped to be gone", got)
	}
}

func atomicity(t *testing.T, s fhirstore.Storage) {
	mine := errors.New("mine")
	err := s.Write(t.Context(), func(ctx context.Context, tx fhirstore.Tx) error {
		row := &fhirstore.Row{Type: "Patient", ID: "a", Version: 1, Modified: 1, Body: []byte("{}")}
		return errors.Join(tx.Insert(ctx, row), tx.PutIndex(ctx, []fhirstore.IndexRow{{Key: []byte("k"), RID: 1}}),
			tx.SetMeta(ctx, "m", "v"), scanErr(ctx, tx), mine)
	})
	if !errors.Is(err, mine) {
		t.Errorf("Write = %v, want the function's own error", err)
	}
	value, err := s.Meta(t.Context(), "m")
	n, err2 := s.Count(t.Context(), "Patient")
	if got := scan(t.Context(), t, s, fhirstore.Range{Lo: []byte("k")}); got != nil || value != "" || n != 0 || err != nil || err2 != nil || current(t, s, "Patient", "a") != nil {
		t.Errorf("after a failed Write: index %v, meta %q, count %d, errors %v, %v", got, value, n, err, err2)
	}
}

func scanErr(ctx context.Context, r fhirstore.Reader) error {
	return r.Scan(ctx, []fhirstore.Range{{Lo: []byte("k")}}, false, func(fhirstore.IndexRow) error { return nil })
}

func oddValues(t *testing.T, s fhirstore.Storage) {
	for i, body := range []string{
		"", "\x00", "陳大文 Ångström e\u0301 \U0001F600 \u202e", strings.Repeat("x", 5<<20), "'; DROP TABLE resource; --",
	} {
		id := fmt.Sprintf("odd-%d", i)
		insert(t, s, "Basic", id, body, 1)
		if got := current(t, s, "Basic", id); got == nil || !bytes.Equal(got.Body, []byte(body)) {
			t.Errorf("value %d did not come back as it was", i)
		}
	}
	// ids differ by case and by nothing else
	insert(t, s, "Basic", "CASE", "upper", 1)
	insert(t, s, "Basic", "case", "lower", 1)
	if got := current(t, s, "Basic", "CASE"); string(got.Body) != "upper" {
		t.Errorf("Current(CASE) = %s", got.Body)
	}
}

func changes(t *testing.T, s fhirstore.Storage) {
	a := insert(t, s, "Patient", "a", "1", 1000)
	insert(t, s, "Basic", "b", "1", 2000)
	insert(t, s, "Patient", "c", "1", 2000)
	write(t, s, func(ctx context.Context, tx fhirstore.Tx) error {
		if last, err := tx.LastModified(ctx); last != 2000 || err != nil {
			t.Errorf("LastModified = %d, %v, want 2000", last, err)
		}
		return tx.Replace(ctx, &fhirstore.Row{RID: a.RID, Type: "Patient", ID: "a", Version: 2, Modified: 3000, Method: fhirstore.Put, Body: []byte("2")}, false)
	})
	list := func(q fhirstore.ChangeQuery, limit int) (out []string, last int64) {
		err := s.Changes(t.Context(), q, func(seq int64, r *fhirstore.Row) error {
			if len(out) == limit {
				return fhirstore.ErrStop
			}
			last = seq
			out = append(out, fmt.Sprintf("%s/%s/%d=%s", r.Type, r.ID, r.Version, r.Body))
			return nil
		})
		if err != nil {
			t.Fatalf("Changes(%+v): %v", q, err)
		}
		return out, last
	}
	for _, tc := range []struct {
		name string
		q    fhirstore.ChangeQuery
		want []string
	}{
		{"store", fhirstore.ChangeQuery{}, []string{"Patient/a/2=2", "Patient/c/1=1", "Basic/b/1=1", "Patient/a/1=1"}},
		{"type", fhirstore.ChangeQuery{Type: "Patient"}, []string{"Patient/a/2=2", "Patient/c/1=1", "Patient/a/1=1"}},
		{"resource", fhirstore.ChangeQuery{Type: "Patient", ID: "a"}, []string{"Patient/a/2=2", "Patient/a/1=1"}},
		{"since", fhirstore.ChangeQuery{Type: "Patient", Since: 2000}, []string{"Patient/a/2=2", "Patient/c/1=1"}},
	} {
		got, _ := list(tc.q, 100)
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
		var paged []string
		for q := tc.q; ; {
			page, last := list(q, 1)
			if len(page) == 0 {
				break
			}
			paged, q.Before = append(paged, page...), last
		}
		if diff := cmp.Diff(tc.want, paged); diff != "" {
			t.Errorf("%s one by one (-want +got):\n%s", tc.name, diff)
		}
	}
	var touched int
	err := s.Touched(t.Context(), "Patient", 2000, 4000, func(int64) error { touched++; return nil })
	if touched != 2 || err != nil {
		t.Errorf("Touched gave %d resources, %v, want 2", touched, err)
	}
}

func types(t *testing.T, s fhirstore.Storage) {
	var rids []int64
	for i := range 100 {
		rids = append(rids, insert(t, s, "Patient", fmt.Sprintf("p%02d", i), fmt.Sprint(i), int64(i)).RID)
	}
	insert(t, s, "Basic", "other", "x", 200)
	write(t, s, func(ctx context.Context, tx fhirstore.Tx) error {
		return tx.Replace(ctx, &fhirstore.Row{RID: rids[50], Type: "Patient", ID: "p50", Version: 2, Modified: 300, Method: fhirstore.Deleted}, false)
	})
	if n, err := s.Count(t.Context(), "Patient"); n != 99 || err != nil {
		t.Errorf("Count = %d, %v, want 99", n, err)
	}
	var ids []string
	err := s.Type(t.Context(), "Patient", "p48", fhirstore.WithBody, func(r *fhirstore.Row) error {
		ids = append(ids, r.ID+string(r.Body))
		if len(ids) == 3 {
			return fhirstore.ErrStop
		}
		return nil
	})
	if diff := cmp.Diff([]string{"p4949", "p5151", "p5252"}, ids); diff != "" || err != nil {
		t.Errorf("Type (-want +got):\n%s%v", diff, err)
	}
	for _, n := range []int{0, 1, 2, 32, 33, 100} {
		seen := map[int64]bool{}
		err := s.Rows(t.Context(), rids[:n], fhirstore.WithKeys, func(r *fhirstore.Row) error {
			seen[r.RID] = true
			return nil
		})
		if len(seen) != n || err != nil {
			t.Errorf("Rows of %d gave %d, %v", n, len(seen), err)
		}
	}
	count := 0
	err = s.Resources(t.Context(), rids[9], 20, func(*fhirstore.Row) error { count++; return nil })
	if count != 20 || err != nil {
		t.Errorf("Resources gave %d, %v, want 20", count, err)
	}
}

func concurrency(t *testing.T, s fhirstore.Storage) {
	const writers, each = 16, 20
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				err := s.Write(t.Context(), func(ctx context.Context, tx fhirstore.Tx) error {
					row := &fhirstore.Row{Type: "Patient", ID: fmt.Sprintf("w%d-%d", w, i), Version: 1, Modified: 1, Body: []byte("{}")}
					if err := tx.Insert(ctx, row); err != nil {
						return err
					}
					if i%5 == 4 {
						return errors.New("undo")
					}
					return tx.PutIndex(ctx, []fhirstore.IndexRow{{Key: []byte("k"), RID: row.RID}})
				})
				if (err != nil) != (i%5 == 4) {
					t.Errorf("writer %d, write %d: %v", w, i, err)
				}
			}
		})
	}
	wg.Wait()
	want := writers * each * 4 / 5
	n, err := s.Count(t.Context(), "Patient")
	if n != want || err != nil || len(scan(t.Context(), t, s, fhirstore.Range{Lo: []byte("k")})) != want {
		t.Errorf("Count = %d, %v, want %d", n, err, want)
	}
}

func cancellation(t *testing.T, s fhirstore.Storage) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ran := false
	err := s.Write(ctx, func(context.Context, fhirstore.Tx) error { ran = true; return nil })
	if !errors.Is(err, context.Canceled) || ran {
		t.Errorf("Write with an ended context = %v, ran %v", err, ran)
	}
	if _, err := s.Current(ctx, "Patient", "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("Current with an ended context = %v", err)
	}
	if err := scanErr(ctx, s); !errors.Is(err, context.Canceled) {
		t.Errorf("Scan with an ended context = %v", err)
	}
}

// memory: slices that a back-end hands out stay as they are while others are
// read.
func memory(t *testing.T, s fhirstore.Storage) {
	for i := range 50 {
		insert(t, s, "Patient", fmt.Sprintf("p%02d", i), strings.Repeat(fmt.Sprint(i), 100), 1)
	}
	var rows []*fhirstore.Row
	err := s.Type(t.Context(), "Patient", "", fhirstore.WithBody, func(r *fhirstore.Row) error {
		rows = append(rows, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		if want := strings.Repeat(fmt.Sprint(i), 100); string(r.Body) != want {
			t.Fatalf("body of row %d has changed to %.20s…", i, r.Body)
		}
	}
}

func reopening(t *testing.T, open func() (fhirstore.Storage, error)) {
	s, err := open()
	if err != nil {
		t.Fatal(err)
	}
	insert(t, s, "Patient", "a", "kept", 1)
	other, err := open() // beside the first
	if err != nil {
		t.Fatal(err)
	}
	if got := current(t, other, "Patient", "a"); got == nil || string(got.Body) != "kept" {
		t.Errorf("a second opening sees %+v", got)
	}
	if err := errors.Join(other.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	if s, err = open(); err != nil {
		t.Fatal(err)
	}
	if got := current(t, s, "Patient", "a"); got == nil || string(got.Body) != "kept" {
		t.Errorf("after reopening: %+v", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Current(t.Context(), "Patient", "a"); err == nil {
		t.Error("Current after Close succeeded")
	}
}
