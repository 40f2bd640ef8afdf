package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/await"
)

func TestOpenSetsWhatDurabilityRestsOn(t *testing.T) {
	t.Parallel()
	d := openTest(t, Options{})
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000",
	} {
		var got string
		err := d.Write(t.Context(), func(ctx context.Context, tx *Tx) error {
			return tx.QueryRow(ctx, "PRAGMA "+pragma).Scan(&got)
		})
		if err != nil || got != want {
			t.Errorf("writer: pragma %s is %q, %v; want %q", pragma, got, err, want)
		}
	}
	if _, err := d.read.ExecContext(t.Context(), "DELETE FROM meta"); !errors.Is(wrap("x", err), ErrReadOnly) {
		t.Errorf("a reader wrote: %v, want ErrReadOnly", err)
	}
	if !driver.FdatasyncEnabled() {
		t.Log("this platform syncs with fsync")
	}
}

func TestOpenOddPaths(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a b.db", "a?b.db", "a#b.db", "a%20b.db", "é中.db"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), name)
			d := openAt(t, path, Options{})
			if err := d.Write(t.Context(), put("k", "v")); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("the file is elsewhere: %v", err)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		prepare func(t *testing.T) string
		want    error
	}{
		{"a directory that is not there", func(t *testing.T) string {
			t.Helper()
			return filepath.Join(t.TempDir(), "no", "such.db")
		}, ErrCannotOpen},
		{"a file that is no database", func(t *testing.T) string {
			t.Helper()
			path := filepath.Join(t.TempDir(), "x.db")
			if err := os.WriteFile(path, []byte("this is a letter and no database, however long it goes on"), 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}, ErrCorrupt},
		{"a database with holes", func(t *testing.T) string {
			t.Helper()
			path := filepath.Join(t.TempDir(), "x.db")
			d, err := Open(t.Context(), path, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for i := 100; i < len(b); i++ {
				b[i] = 0xa5
			}
			if err := os.WriteFile(path, b, 0o600); err != nil { //nolint:gosec // a test's own file
				t.Fatal(err)
			}
			return path
		}, ErrCorrupt},
		{"a directory in its place", func(t *testing.T) string {
			t.Helper()
			return t.TempDir()
		}, ErrCannotOpen},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d, err := Open(t.Context(), tc.prepare(t), Options{})
			if err == nil {
				_ = d.Close()
			}
			if !errors.Is(err, tc.want) {
				t.Errorf("Open: %v, want %v", err, tc.want)
			}
		})
	}
}

func TestVersionAtLeast(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		have string
		want bool
	}{{"3.51.3", true}, {"3.51.2", false}, {"3.50.9", false}, {"3.52.0", true}, {"4.0.0", true}, {"3.51", false}, {"x", false}, {"3.100.0", true}} {
		if got := versionAtLeast(tc.have, minVersion); got != tc.want {
			t.Errorf("versionAtLeast(%q) is %v, want %v", tc.have, got, tc.want)
		}
	}
}

func TestErrorsAreOurs(t *testing.T) {
	t.Parallel()
	d := openTest(t, Options{})
	ctx := t.Context()
	if err := d.Write(ctx, put("k", "v")); err != nil {
		t.Fatal(err)
	}
	err := d.Write(ctx, put("k", "v"))
	if !errors.Is(err, ErrConflict) || errors.Is(err, ErrBusy) || resultCode(err)&0xff != lib.SQLITE_CONSTRAINT {
		t.Errorf("a row twice: %v, want ErrConflict with the driver's code", err)
	}
	var s string
	err = wrap("look", d.read.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'none'").Scan(&s))
	if !errors.Is(err, ErrNotFound) || !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("no row: %v, want ErrNotFound", err)
	}
	if wrap("x", nil) != nil {
		t.Error("wrap of nil is an error")
	}
	plain := errors.New("plain")
	if err := wrap("x", plain); !errors.Is(err, plain) || kindOf(err) != nil {
		t.Errorf("wrap of another error: %v", err)
	}
}

// TestMigrateRace: many processes may start on an empty directory at once.
func TestMigrateRace(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), MainFile)
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			d, err := Open(t.Context(), path, Options{})
			if err != nil {
				t.Errorf("Open: %v", err)
				return
			}
			if err := d.Write(t.Context(), put(fmt.Sprint(i), "x")); err != nil {
				t.Error(err)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := count(t, openAt(t, path, Options{}), "SELECT count(*) FROM meta"); n != 6 {
		t.Errorf("%d rows, want 6", n)
	}
}

// TestMigrateNewerSchema: the previous release still runs on a schema that a
// newer one has extended.
func TestMigrateNewerSchema(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), MainFile)
	d, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), func(ctx context.Context, tx *Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
		return err
	})
	if err := errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
	d = openAt(t, path, Options{})
	if err := newLog(t, d).Append(t.Context(), readRecord(1)); err != nil {
		t.Error(err)
	}
}

// TestWatch: changes of configuration by this and another process are seen, and
// nothing else is.
func TestWatch(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), MainFile)
	server, other := openAt(t, path, Options{}), openAt(t, path, Options{})
	var calls atomic.Int32
	called := make(chan struct{}, 100)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- server.Watch(ctx, 2*time.Millisecond, func() { calls.Add(1); called <- struct{}{} })
	}()
	wait := func(what string) {
		t.Helper()
		select {
		case <-called:
		case <-time.After(await.Patience):
			t.Fatalf("%s: no call", what)
		}
	}
	wait("at the start")
	rec := audit.Record{Time: time.Now(), Operation: "ClientCreate"}
	nothing := func(context.Context, *Tx) error { return nil }
	if err := other.Update(t.Context(), &rec, nothing); err != nil {
		t.Fatal(err)
	}
	wait("change by another process")
	if err := server.Update(t.Context(), &rec, nothing); err != nil {
		t.Fatal(err)
	}
	wait("change by this process")
	for i := range 20 { // no configuration
		if err := other.Write(t.Context(), put(fmt.Sprint(i), "x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := other.Update(t.Context(), &rec, nothing); err != nil {
		t.Fatal(err)
	}
	wait("change after other writes")
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Watch: %v", err)
	}
	if n := calls.Load(); n != 4 {
		t.Errorf("%d calls, want 4", n)
	}
}

// TestBusy: a lock held by another process is an error that says so, not a
// hang, and the writer goes on after it.
func TestBusy(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), MainFile)
	server, other := openAt(t, path, Options{}), openAt(t, path, Options{})
	// Shorter than in life, so that the test is.
	if _, err := server.writer.conn.ExecContext(t.Context(), "PRAGMA busy_timeout = 50"); err != nil {
		t.Fatal(err)
	}
	release := hold(t, other.writer)
	if err := server.Write(t.Context(), put("a", "1")); !errors.Is(err, ErrBusy) {
		t.Errorf("Write: %v, want ErrBusy", err)
	}
	if err := newLog(t, server).Append(t.Context(), readRecord(1)); !errors.Is(err, ErrBusy) {
		t.Errorf("Append: %v, want ErrBusy", err)
	}
	release()
	if err := server.Write(t.Context(), put("a", "1")); err != nil {
		t.Errorf("Write after the lock: %v", err)
	}
	if report := verify(t, newLog(t, server)); !report.OK() {
		t.Errorf("faults: %v", report.Faults)
	}
}
