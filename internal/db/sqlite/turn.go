package sqlite

import (
	"os"
	"time"
)

// A turn lets the processes that write to one database take turns. SQLite's
// lock is not fair: who waits for it sleeps and looks again, while a busy
// server leaves it free for some microseconds between two commits, so that a
// command beside it would wait for seconds or fail.
//
// Who is about to begin a transaction holds the turn, a lock on a file of its
// own, until it has begun. A process that waits for SQLite's lock thereby keeps
// all others from asking for it again. It is a courtesy: nothing but waiting
// times depends on it, and when it cannot be had (no such locks here, a stopped
// process holds it) the writer goes on without.
type turn struct{ file *os.File }

// turnPatience bounds how long a writer waits for its turn, turnLook how long
// it sleeps between looking.
const (
	turnPatience = time.Second
	turnLook     = 500 * time.Microsecond
)

// openTurn opens the lock file of the database at path. Without one the turn
// is always free.
func openTurn(path string) *turn {
	f, err := os.OpenFile(path+"-turn", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return &turn{}
	}
	return &turn{file: f}
}

// take waits for the turn and gives what ends it.
func (t *turn) take() (release func()) {
	if t.file == nil {
		return func() {}
	}
	for began := time.Now(); ; time.Sleep(turnLook) {
		switch held, err := tryLock(t.file); {
		case err != nil, !held && time.Since(began) > turnPatience:
			return func() {}
		case held:
			return t.release
		}
	}
}

func (t *turn) release() { unlock(t.file) }

func (t *turn) Close() error {
	if t.file == nil {
		return nil
	}
	return t.file.Close()
}
