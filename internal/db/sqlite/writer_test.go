package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/await"
)

// openTest opens a main database in a new directory and closes it with the
// test.
func openTest(t testing.TB, opt Options) *DB {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), MainFile), opt)
}

func openAt(t testing.TB, path string, opt Options) *DB {
	t.Helper()
	d, err := Open(context.Background(), path, opt)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return d
}

func put(key, value string) func(context.Context, *Tx) error {
	return func(ctx context.Context, tx *Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO meta (key, value) VALUES (?, ?)", key, value)
		return wrap("put", err)
	}
}

func count(t testing.TB, d *DB, query string, args ...any) (n int) {
	t.Helper()
	if err := d.read.QueryRowContext(context.Background(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// hold keeps the writer busy so that the jobs that come after wait together;
// the returned function lets it go.
func hold(t *testing.T, w *Writer) (release func()) {
	t.Helper()
	in, out := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = w.Do(context.Background(), func(context.Context, *Tx) error {
			close(in)
			<-out
			return nil
		})
	})
	<-in
	return func() { close(out); wg.Wait() }
}

func waitQueued(t *testing.T, w *Writer, n int) {
	t.Helper()
	await.That(t, fmt.Sprintf("%d jobs wait", n), func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.queue) == n
	})
}

func TestWriterEachJobFailsAlone(t *testing.T) {
	t.Parallel()
	d := openTest(t, Options{})
	ctx := t.Context()
	if err := d.Write(ctx, put("taken", "1")); err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	release := hold(t, d.writer)
	jobs := []struct {
		name string
		fn   func(context.Context, *Tx) error
		want error
		text string
	}{
		{name: "good", fn: put("a", "1")},
		{name: "conflict", fn: put("taken", "2"), want: ErrConflict},
		{name: "own error after a change", fn: func(ctx context.Context, tx *Tx) error {
			return errors.Join(put("undone", "1")(ctx, tx), boom)
		}, want: boom},
		{name: "panic after a change", fn: func(ctx context.Context, tx *Tx) error {
			_ = put("undone2", "1")(ctx, tx)
			panic("ouch")
		}, text: "panic in a database job: ouch"},
		{name: "bad SQL", fn: func(ctx context.Context, tx *Tx) error {
			_, err := tx.Exec(ctx, "INSERT INTO nowhere VALUES (1)")
			return err
		}, text: "no such table"},
		{name: "bad SQL in a query for a row", fn: func(ctx context.Context, tx *Tx) error {
			var n int
			return tx.QueryRow(ctx, "SELECT x FROM nowhere").Scan(&n)
		}, text: "no such table"},
		{name: "good too", fn: put("b", "1")},
	}
	errs := make([]error, len(jobs))
	var wg sync.WaitGroup
	for i, j := range jobs {
		wg.Go(func() { errs[i] = d.Write(ctx, j.fn) })
		waitQueued(t, d.writer, i+1)
	}
	release()
	wg.Wait()
	for i, j := range jobs {
		switch err := errs[i]; {
		case j.want == nil && j.text == "" && err != nil:
			t.Errorf("%s: %v, want nil", j.name, err)
		case j.want != nil && !errors.Is(err, j.want):
			t.Errorf("%s: %v, want %v", j.name, err, j.want)
		case j.text != "" && (err == nil || !strings.Contains(err.Error(), j.text)):
			t.Errorf("%s: %v, want %q", j.name, err, j.text)
		}
	}
	if n := count(t, d, "SELECT count(*) FROM meta WHERE key IN ('a', 'b', 'taken')"); n != 3 {
		t.Errorf("%d rows are there, want 3", n)
	}
	if n := count(t, d, "SELECT count(*) FROM meta WHERE key LIKE 'undone%'"); n != 0 {
		t.Errorf("%d rows of failed jobs are there, want none", n)
	}
}

func TestWriterCancel(t *testing.T) {
	t.Parallel()
	d := openTest(t, Options{})
	release := hold(t, d.writer)
	ctx, cancel := context.WithCancel(t.Context())
	var ran atomic.Bool
	result := make(chan error, 1)
	go func() {
		result <- d.Write(ctx, func(context.Context, *Tx) error { ran.Store(true); return nil })
	}()
	waitQueued(t, d.writer, 1)
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("before the start: %v, want context.Canceled", err)
	}
	release()
	if err := d.Write(t.Context(), put("x", "1")); err != nil {
		t.Fatal(err)
	}
	if ran.Load() {
		t.Error("a job ran that was cancelled before its start")
	}

	ctx, cancel = context.WithCancel(t.Context())
	err := d.Write(ctx, func(ctx context.Context, tx *Tx) error {
		cancel()
		if ctx.Err() != nil {
			return errors.New("the job's context ended with the caller's")
		}
		return put("y", "1")(ctx, tx)
	})
	if err != nil {
		t.Errorf("after the start: %v, want nil", err)
	}
}

func TestWriterCloseDrains(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), MainFile)
	d, err := Open(t.Context(), path, Options{MaxBatch: 3})
	if err != nil {
		t.Fatal(err)
	}
	release := hold(t, d.writer)
	const n = 20
	var wg sync.WaitGroup
	var failed atomic.Int32
	for i := range n {
		wg.Go(func() {
			if d.Write(t.Context(), put(fmt.Sprint("k", i), "1")) != nil {
				failed.Add(1)
			}
		})
	}
	waitQueued(t, d.writer, n)
	closed := make(chan error, 1)
	go func() { closed <- d.Close() }()
	release()
	wg.Wait()
	if err := <-closed; err != nil {
		t.Fatalf("Close: %v", err)
	}
	if failed.Load() != 0 {
		t.Errorf("%d jobs that waited when the writer closed failed", failed.Load())
	}
	if err := d.Write(t.Context(), put("late", "1")); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v, want ErrClosed", err)
	}
	again := openAt(t, path, Options{})
	if got := count(t, again, "SELECT count(*) FROM meta WHERE key LIKE 'k%'"); got != n {
		t.Errorf("%d rows after opening again, want %d", got, n)
	}
}

func TestUpdateIsOneTransaction(t *testing.T) {
	t.Parallel()
	d := openTest(t, Options{})
	ctx := t.Context()
	seq := count(t, d, "SELECT seq FROM config_seq")
	boom := errors.New("boom")
	release := hold(t, d.writer) // so that both share a transaction
	var wg sync.WaitGroup
	wg.Go(func() {
		rec := audit.Record{Time: time.Now(), Operation: "Bad"}
		err := d.Update(ctx, &rec, func(ctx context.Context, tx *Tx) error {
			return errors.Join(put("bad", "1")(ctx, tx), boom)
		})
		if !errors.Is(err, boom) {
			t.Errorf("Update: %v, want boom", err)
		}
	})
	wg.Go(func() {
		rec := audit.Record{Time: time.Now(), Operation: "Good"}
		err := d.Update(ctx, &rec, func(ctx context.Context, tx *Tx) error {
			rec.Detail = "made"
			return put("good", "1")(ctx, tx)
		})
		if err != nil {
			t.Errorf("Update: %v", err)
		}
	})
	waitQueued(t, d.writer, 2)
	release()
	wg.Wait()
	if got := count(t, d, "SELECT seq FROM config_seq"); got != seq+1 {
		t.Errorf("config_seq is %d, want %d", got, seq+1)
	}
	var body string
	if err := d.read.QueryRowContext(ctx, "SELECT group_concat(CAST(body AS TEXT), '') FROM audit_block").Scan(&body); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(body, `"Good"`) || !strings.Contains(body, "made") || strings.Contains(body, `"Bad"`) {
		t.Errorf("audit body is %s; want the good change only", body)
	}
}
