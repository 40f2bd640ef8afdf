package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// maxBatchTime ends a batch early, so that one slow job does not make all the
// others of its batch wait for more of its kind.
const maxBatchTime = 50 * time.Millisecond

// maxQueued is how many jobs may wait before callers do.
const maxQueued = 4096

// A Writer owns the one connection that writes to a database. Jobs that wait
// at the same time share one transaction and one sync (group commit), yet each
// succeeds or fails alone. It is safe for concurrent use.
type Writer struct {
	db   *sql.DB
	conn *sql.Conn
	turn *turn
	max  int
	// hook, when set, adds what the jobs of a batch have left to be written
	// together. Set before the first job.
	hook batchHook

	mu     sync.Mutex
	room   sync.Cond
	queue  []*job
	closed bool
	wake   chan struct{}
	done   chan struct{}

	spare sync.Pool // of jobs that only carry lines
	tx    *Tx
	stmts map[string]*sql.Stmt
}

// A batchHook takes part in each transaction of a Writer. It is called from
// the writer's goroutine only.
type batchHook interface {
	// beforeCommit writes the lines that the jobs of the batch left with
	// Tx.record. An error undoes the batch.
	beforeCommit(ctx context.Context, tx *Tx, lines []line) error
	// after tells how the transaction ended.
	after(committed bool)
}

// A job is one caller's wish. It is either a function or lines for the hook.
type job struct {
	ctx   context.Context //nolint:containedctx // a job is a call in flight
	fn    func(context.Context, *Tx) error
	lines []line
	state atomic.Int32 // waiting, started or dropped
	err   error
	done  chan struct{} // gets one value at the job's end
}

const (
	waiting int32 = iota
	started
	dropped
)

func newWriter(db *sql.DB, conn *sql.Conn, t *turn, maxBatch int) *Writer {
	w := &Writer{
		db: db, conn: conn, turn: t, max: maxBatch,
		wake: make(chan struct{}, 1), done: make(chan struct{}), stmts: map[string]*sql.Stmt{},
	}
	w.room.L = &w.mu
	w.tx = &Tx{w: w}
	go w.run()
	return w
}

// Do runs fn in a transaction and returns nil once that is on disk. fn shares
// the transaction with other callers' functions, under a savepoint of its own:
// when it returns an error, or panics, its changes are undone and Do returns
// the error. When ctx ends before fn has started, fn never runs; after that
// Do waits for the commit, and fn's context has the values of ctx but not its
// end. fn may run more than once and must not keep tx.
func (w *Writer) Do(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{ctx: ctx, fn: fn, done: make(chan struct{}, 1)}
	if err := w.enqueue(j); err != nil {
		return err
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		if j.state.CompareAndSwap(waiting, dropped) {
			return ctx.Err()
		}
		<-j.done
	}
	return j.err
}

// appendLines gives lines to the hook and returns once they are on disk. It
// needs no savepoint, as nothing can fail for one caller alone, and no end of
// a context stops it.
func (w *Writer) appendLines(lines []line) error {
	j, _ := w.spare.Get().(*job)
	if j == nil {
		j = &job{done: make(chan struct{}, 1)}
	}
	j.lines = lines
	if err := w.enqueue(j); err != nil {
		return err
	}
	<-j.done
	err := j.err
	j.lines, j.err = nil, nil
	w.spare.Put(j)
	return err
}

func (w *Writer) enqueue(j *job) error {
	w.mu.Lock()
	for len(w.queue) >= maxQueued && !w.closed {
		w.room.Wait()
	}
	if w.closed {
		w.mu.Unlock()
		return ErrClosed
	}
	w.queue = append(w.queue, j)
	w.mu.Unlock()
	w.signal()
	return nil
}

// signal wakes the goroutine of run, or finds that it will look anyway.
func (w *Writer) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Close finishes the jobs that wait, refuses new ones and closes the
// connection.
func (w *Writer) Close() error {
	w.mu.Lock()
	first := !w.closed
	w.closed = true
	w.room.Broadcast()
	w.mu.Unlock()
	w.signal()
	<-w.done
	if !first {
		return nil
	}
	var errs []error
	for _, s := range w.stmts {
		errs = append(errs, s.Close())
	}
	errs = append(errs, w.conn.Close(), w.db.Close(), w.turn.Close())
	return wrap("close database", errors.Join(errs...))
}
