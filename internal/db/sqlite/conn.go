package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	driver "modernc.org/sqlite"
)

// minVersion is the oldest SQLite library that is trusted with the data.
const minVersion = "3.51.3"

// Options says how a database file is opened. The zero value works.
type Options struct {
	// Readers is how many connections read at once; 0 means 4.
	Readers int
	// ReaderCacheKiB and WriterCacheKiB bound the page cache of each
	// connection; 0 means 1 MiB and 2 MiB. Several files are open at once,
	// and what SQLite does not keep the operating system's cache does.
	ReaderCacheKiB, WriterCacheKiB int
	// MaxBatch is how many jobs share one transaction at most; 0 means 512.
	MaxBatch int
	// CheckpointPages is after how many pages of WAL a commit moves them into
	// the database; 0 means 4000 (16 MiB).
	CheckpointPages int

	// secureDelete overwrites what is deleted with zeros.
	secureDelete bool

	vfs         string // tests only: the SQLite VFS to open with
	synchronous string // tests only: a negative control sets less
}

func (o Options) withDefaults() Options {
	def := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	def(&o.Readers, 4)
	def(&o.ReaderCacheKiB, 1024)
	def(&o.WriterCacheKiB, 2048)
	def(&o.MaxBatch, 512)
	def(&o.CheckpointPages, 4000)
	if o.synchronous == "" {
		o.synchronous = "FULL"
	}
	return o
}

// openPair opens the database file path, making it when absent, brings it to
// the newest schema of the named migrations directory, and gives its one
// writer and its pool of readers. Close the writer last: the last connection
// to close folds the WAL into the file.
func openPair(ctx context.Context, path, migrations string, opt Options) (*Writer, *sql.DB, error) {
	opt = opt.withDefaults()
	op := "open database " + filepath.Base(path)
	// fdatasync keeps a commit as durable as fsync and skips the flush of the
	// file's timestamps. Where it does not exist, fsync stays.
	if _, err := driver.Fdatasync(true); err != nil && !errors.Is(err, driver.ErrFdatasyncUnavailable) {
		return nil, nil, fmt.Errorf("%s: fdatasync: %w", op, err)
	}
	if err := create(path); err != nil {
		return nil, nil, fmt.Errorf("%s: %w: %w", op, ErrCannotOpen, err)
	}
	wdb, err := openPool(path, opt, true)
	if err != nil {
		return nil, nil, wrap(op, err)
	}
	fail := func(err error) (*Writer, *sql.DB, error) {
		return nil, nil, wrap(op, errors.Join(err, wdb.Close()))
	}
	if err := checkVersion(ctx, wdb); err != nil {
		return fail(err)
	}
	if err := migrate(ctx, wdb, migrations); err != nil {
		return fail(err)
	}
	conn, err := wdb.Conn(ctx)
	if err != nil {
		return fail(err)
	}
	if err := checkPragmas(ctx, conn, opt); err != nil {
		return fail(errors.Join(err, conn.Close()))
	}
	rdb, err := openPool(path, opt, false)
	if err != nil {
		return fail(errors.Join(err, conn.Close()))
	}
	if err := rdb.PingContext(ctx); err != nil {
		return fail(errors.Join(err, rdb.Close(), conn.Close()))
	}
	return newWriter(wdb, conn, openTurn(path), opt.MaxBatch), rdb, nil //nolint:contextcheck // the writer outlives this call
}

// create makes an empty file that only this user may read, which SQLite would
// make for all; it gives its -wal and -shm files the same mode. A file that is
// there is not even opened: closing it would drop the locks that this process
// may hold on it.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// openPool makes a pool of connections to path: one connection when it is for
// writing.
func openPool(path string, opt Options, write bool) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(path, opt, write))
	if err != nil {
		return nil, err
	}
	n := 1
	if !write {
		n = opt.Readers
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}

// dsn is the driver's name of the database. The driver applies the busy
// timeout before any other pragma, so that none of them fails on a lock.
func dsn(path string, opt Options, write bool) string {
	q := url.Values{}
	pragma := func(name string, value any) { q.Add("_pragma", fmt.Sprintf("%s(%v)", name, value)) }
	pragma("busy_timeout", 5000)
	pragma("foreign_keys", 1)
	pragma("temp_store", "memory")
	if write {
		q.Set("_txlock", "immediate")
		pragma("journal_mode", "wal")
		pragma("synchronous", opt.synchronous)
		pragma("cache_size", -opt.WriterCacheKiB)
		pragma("wal_autocheckpoint", opt.CheckpointPages)
		pragma("journal_size_limit", 64<<20)
		if opt.secureDelete {
			pragma("secure_delete", "on")
		}
	} else {
		pragma("query_only", 1)
		pragma("cache_size", -opt.ReaderCacheKiB)
	}
	if opt.vfs != "" {
		q.Set("vfs", opt.vfs)
	}
	// SQLite decodes %HH in a file: URI; ? and # would end the path.
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(filepath.ToSlash(path))
	return "file:" + escaped + "?" + q.Encode()
}

// checkPragmas refuses a connection that did not take the settings durability
// rests on: SQLite ignores a pragma it cannot honour (WAL on a network file
// system, say) without an error.
func checkPragmas(ctx context.Context, conn *sql.Conn, opt Options) error {
	levels := map[string]string{"OFF": "0", "NORMAL": "1", "FULL": "2"}
	type setting struct{ pragma, value string }
	wanted := []setting{
		{"busy_timeout", "5000"},
		{"journal_mode", "wal"},
		{"synchronous", levels[opt.synchronous]},
		{"foreign_keys", "1"},
	}
	if opt.secureDelete {
		wanted = append(wanted, setting{"secure_delete", "1"})
	}
	for _, want := range wanted {
		var got string
		if err := conn.QueryRowContext(ctx, "PRAGMA "+want.pragma).Scan(&got); err != nil {
			return fmt.Errorf("read back pragma %s: %w", want.pragma, err)
		}
		if got != want.value {
			return fmt.Errorf("pragma %s is %q, want %q: the data directory must be on a local file system that supports SQLite's WAL mode", want.pragma, got, want.value)
		}
	}
	return nil
}

// checkVersion refuses a library that is too old.
func checkVersion(ctx context.Context, db *sql.DB) error {
	var v string
	if err := db.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&v); err != nil {
		return err
	}
	if !versionAtLeast(v, minVersion) {
		return fmt.Errorf("the SQLite library is %s, want at least %s", v, minVersion)
	}
	return nil
}

func versionAtLeast(have, want string) bool {
	h, w := strings.Split(have, "."), strings.Split(want, ".")
	for i := range w {
		if i >= len(h) {
			return false
		}
		hn, err := strconv.Atoi(h[i])
		if err != nil {
			return false
		}
		wn, err := strconv.Atoi(w[i])
		if err != nil {
			return false
		}
		if hn != wn {
			return hn > wn
		}
	}
	return true
}
