package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
)

// MainFile is the main database's file name in the data directory.
const MainFile = "wardbridge.db"

// A DB is the main database: clients and keys, providers and tenants, the
// audit record. It is safe for concurrent use, and so are several processes on
// one file.
type DB struct {
	path   string
	writer *Writer
	read   *sql.DB
	audit  *sealer
}

// Open opens the main database file, making it when absent.
func Open(ctx context.Context, path string, opt Options) (*DB, error) {
	opt.secureDelete = true // it holds what is known of patients, which is purged
	w, r, err := openPair(ctx, path, "main", opt)
	if err != nil {
		return nil, err
	}
	d := &DB{path: filepath.Clean(path), writer: w, read: r, audit: newSealer()}
	w.hook = d.audit
	return d, nil
}

// Path is the database's file.
func (d *DB) Path() string { return d.path }

// Ping checks that the database can be read.
func (d *DB) Ping(ctx context.Context) error {
	var one int
	return wrap("ping database", d.read.QueryRowContext(ctx, "SELECT 1").Scan(&one))
}

// Close finishes what waits to be written and closes the file. The writer goes
// last, so that its connection folds the WAL into the file.
func (d *DB) Close() error {
	return errors.Join(wrap("close database", d.read.Close()), d.writer.Close())
}

// bumpConfig counts a change of configuration; every process that watches
// reloads.
func bumpConfig(ctx context.Context, tx *Tx) error {
	_, err := tx.Exec(ctx, "UPDATE config_seq SET seq = seq + 1 WHERE id = 1")
	return wrap("count configuration change", err)
}
