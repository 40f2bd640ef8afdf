package sqlite

import (
	"database/sql"
	"errors"
	"fmt"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// What can go wrong at this level. Every error of this package that has one of
// these causes matches it with [errors.Is]; the message says what to do.
var (
	ErrNotFound   = errors.New("no such row")
	ErrConflict   = errors.New("the row exists already, or breaks a rule of the table")
	ErrBusy       = errors.New("the database is busy: another process has held its write lock for too long; try again, and look for a long-running wardbridge command")
	ErrFull       = errors.New("the disk is full: free space on the volume of the data directory and try again; nothing was written")
	ErrReadOnly   = errors.New("the database cannot be written: give this user write permission on the data directory and every file in it")
	ErrCannotOpen = errors.New("the database file cannot be opened: check that its directory exists, that this user may write there, and that file descriptors are left")
	ErrCorrupt    = errors.New("the database file is damaged or is no SQLite database: stop the server and restore it from a backup")
	ErrIO         = errors.New("the disk reported an error: check the volume of the data directory; nothing was acknowledged")
	ErrClosed     = errors.New("the database is closed")
)

// wrap names the operation and adds the sentinel that err stands for. nil
// stays nil.
func wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	kind := kindOf(err)
	if kind == nil || errors.Is(err, kind) {
		return fmt.Errorf("%s: %w", op, err)
	}
	return fmt.Errorf("%s: %w: %w", op, kind, err)
}

// kindOf is the sentinel a driver error stands for, nil when it is none of
// them.
func kindOf(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	if errors.Is(err, sql.ErrConnDone) {
		return ErrClosed
	}
	switch resultCode(err) & 0xff {
	case lib.SQLITE_CONSTRAINT:
		return ErrConflict
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_PROTOCOL:
		return ErrBusy
	case lib.SQLITE_FULL:
		return ErrFull
	case lib.SQLITE_READONLY, lib.SQLITE_PERM:
		return ErrReadOnly
	case lib.SQLITE_CANTOPEN:
		return ErrCannotOpen
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return ErrCorrupt
	case lib.SQLITE_IOERR:
		return ErrIO
	}
	return nil
}

// resultCode is SQLite's extended result code, 0 when err is not SQLite's.
func resultCode(err error) int {
	if se, ok := errors.AsType[*driver.Error](err); ok {
		return se.Code()
	}
	return 0
}

// fatal reports whether err may have ended the transaction it happened in, so
// that nothing else of that transaction can be saved (SQLite: "Response To
// Errors Within A Transaction").
func fatal(err error) bool {
	switch resultCode(err) & 0xff {
	case lib.SQLITE_FULL, lib.SQLITE_IOERR, lib.SQLITE_NOMEM, lib.SQLITE_CORRUPT,
		lib.SQLITE_NOTADB, lib.SQLITE_READONLY, lib.SQLITE_INTERRUPT, lib.SQLITE_BUSY:
		return true
	}
	return errors.Is(err, sql.ErrConnDone)
}
