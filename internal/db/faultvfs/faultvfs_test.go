package faultvfs

import (
	"bytes"
	"database/sql"
	"math/rand/v2"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite" // the driver
	lib "modernc.org/sqlite/lib"
)

func TestApply(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		image string
		op    op
		want  string
	}{
		{"over", "abcdef", op{at: 2, data: []byte("XY")}, "abXYef"},
		{"at the end", "ab", op{at: 2, data: []byte("XY")}, "abXY"},
		{"beyond the end", "ab", op{at: 4, data: []byte("XY")}, "ab\x00\x00XY"},
		{"shorter", "abcdef", op{at: 2, truncate: true}, "ab"},
		{"longer", "ab", op{at: 4, truncate: true}, "ab\x00\x00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := apply([]byte(tc.image), tc.op); string(got) != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// TestAfter: what was synced stays, whatever happens to the rest.
func TestAfter(t *testing.T) {
	t.Parallel()
	f := &file{durable: bytes.Repeat([]byte("d"), 4*sector), pending: []op{{at: sector, data: bytes.Repeat([]byte("p"), 2*sector)}}}
	if got := f.after(nil); !bytes.Equal(got, f.durable) {
		t.Error("without luck, something unsynced is left")
	}
	random := rand.New(rand.NewPCG(1, 2))
	kept := map[string]bool{}
	for range 64 {
		got := f.after(random)
		if len(got) != len(f.durable) || got[0] != 'd' || got[3*sector] != 'd' {
			t.Fatal("a synced sector changed")
		}
		kept[string([]byte{got[sector], got[2*sector]})] = true
	}
	if len(kept) != 4 {
		t.Errorf("mixtures of two sectors seen: %v, want all four", kept)
	}
}

// TestDisk runs SQLite on it: rows survive once synced, and faults come through.
func TestDisk(t *testing.T) {
	t.Parallel()
	disk, err := New("disktest")
	if err != nil {
		t.Fatal(err)
	}
	open := func(dir, vfs string) *sql.DB {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "x.db")+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)"+vfs)
		if err != nil {
			t.Fatal(err)
		}
		db.SetMaxOpenConns(1)
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		return db
	}
	db := open(t.TempDir(), "&vfs="+disk.Name())
	exec := func(query string) error {
		_, err := db.ExecContext(t.Context(), query)
		return err
	}
	for _, q := range []string{"CREATE TABLE t (x)", "INSERT INTO t VALUES (1)"} {
		if err := exec(q); err != nil {
			t.Fatal(err)
		}
	}
	cut := t.TempDir()
	if err := disk.PowerCut(cut, nil); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := open(cut, "").QueryRowContext(t.Context(), "SELECT count(*) FROM t").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d rows after the cut, %v; want 1", n, err)
	}
	disk.FailSyncs(lib.SQLITE_IOERR_FSYNC)
	if err := exec("INSERT INTO t VALUES (2)"); err == nil {
		t.Error("a commit without its sync succeeds")
	}
	disk.FailSyncs(0)
	disk.FailWrites(lib.SQLITE_FULL)
	if err := exec("INSERT INTO t VALUES (3)"); err == nil {
		t.Error("a commit on a full disk succeeds")
	}
	disk.FailWrites(0)
	if err := exec("INSERT INTO t VALUES (4)"); err != nil {
		t.Errorf("a commit on the repaired disk: %v", err)
	}
}
