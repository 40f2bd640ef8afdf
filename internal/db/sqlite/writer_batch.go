package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"
)

// run is the writer's goroutine: it takes what waits, up to the bound, and
// commits it.
func (w *Writer) run() {
	defer close(w.done)
	var batch []*job
	several := false
	for {
		w.mu.Lock()
		if several {
			w.gather()
		}
		n := min(len(w.queue), w.max)
		batch = append(batch[:0], w.queue[:n]...)
		left := copy(w.queue, w.queue[n:])
		clear(w.queue[left:])
		w.queue = w.queue[:left]
		closed := w.closed
		w.room.Broadcast()
		w.mu.Unlock()

		if n == 0 {
			if closed {
				return
			}
			<-w.wake
			continue
		}
		w.commit(batch)
		clear(batch)
		several = n > 1
	}
}

// mostYields bounds how often the writer lets others go first.
const mostYields = 8

// gather lets others that can run go first, as long as they bring jobs: a commit
// costs much the same for one job as for fifty, and where the processor is what
// is short, those who would come next are ready to run. Where it is not, this
// takes no time. w.mu is held.
func (w *Writer) gather() {
	for range mostYields {
		have := len(w.queue)
		w.mu.Unlock()
		runtime.Gosched()
		w.mu.Lock()
		if len(w.queue) == have || have >= w.max {
			return
		}
	}
}

// commit brings every job of the batch to its end.
func (w *Writer) commit(batch []*job) {
	for len(batch) > 0 {
		n, err := w.attempt(batch)
		switch {
		case err == nil:
			for _, j := range batch[:n] {
				j.done <- struct{}{}
			}
			batch = batch[n:]
		case n == 1 || fatal(err):
			for _, j := range batch[:n] {
				j.err = err
				j.done <- struct{}{}
			}
			batch = batch[n:]
		default:
			// Something that has no savepoint failed: find out whose it was.
			for i := range n {
				w.commit(batch[i : i+1])
			}
			batch = batch[n:]
		}
	}
}

// attempt runs jobs from the front of the batch in one transaction and says
// how many it took. With a nil error the transaction is on disk and j.err
// holds each job's own result; else nothing of it is.
func (w *Writer) attempt(batch []*job) (n int, err error) {
	ctx := context.Background()
	tx := w.tx
	tx.lines = tx.lines[:0]
	release := w.turn.take()
	_, err = tx.Exec(ctx, "BEGIN IMMEDIATE")
	release()
	if err != nil {
		return len(batch), wrap("begin", err)
	}
	began := time.Now()
	for n < len(batch) {
		j := batch[n]
		n++
		if err = w.runJob(ctx, j, len(batch) > 1); err != nil {
			break
		}
		if j.fn != nil && time.Since(began) > maxBatchTime {
			break
		}
	}
	if err == nil && w.hook != nil && len(tx.lines) > 0 {
		err = w.hook.beforeCommit(ctx, tx, tx.lines)
	}
	if err == nil {
		_, err = tx.Exec(ctx, "COMMIT")
		err = wrap("commit", err)
	}
	if err != nil {
		// SQLite may have rolled back by itself, then this one fails: either
		// way no transaction is open any more.
		_, _ = tx.Exec(ctx, "ROLLBACK")
	}
	if w.hook != nil && len(tx.lines) > 0 {
		w.hook.after(err == nil)
	}
	clear(tx.lines)
	return n, err
}

// runJob runs one job. An error ends the whole transaction; a failure that is
// the job's alone goes to j.err.
func (w *Writer) runJob(ctx context.Context, j *job, shared bool) error {
	j.err = nil
	if j.fn == nil {
		w.tx.lines = append(w.tx.lines, j.lines...)
		return nil
	}
	if !j.state.CompareAndSwap(waiting, started) && j.state.Load() == dropped {
		return nil
	}
	if shared {
		if _, err := w.tx.Exec(ctx, "SAVEPOINT job"); err != nil {
			return wrap("savepoint", err)
		}
	}
	mark := len(w.tx.lines)
	err := call(context.WithoutCancel(j.ctx), j.fn, w.tx) //nolint:contextcheck // the caller's values, not the writer's
	if err == nil {
		if shared {
			_, err = w.tx.Exec(ctx, "RELEASE job")
		}
		return wrap("savepoint", err)
	}
	if !shared || fatal(err) {
		return err
	}
	if _, uerr := w.tx.Exec(ctx, "ROLLBACK TO job"); uerr != nil {
		return wrap("savepoint", errors.Join(err, uerr))
	}
	if _, uerr := w.tx.Exec(ctx, "RELEASE job"); uerr != nil {
		return wrap("savepoint", errors.Join(err, uerr))
	}
	clear(w.tx.lines[mark:])
	w.tx.lines = w.tx.lines[:mark]
	j.err = err
	return nil
}

// call contains a panic of fn: a fault in one caller's function must not take
// the writer of all the others with it.
func call(ctx context.Context, fn func(context.Context, *Tx) error, tx *Tx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic in a database job: %v\n%s", r, debug.Stack())
		}
	}()
	return fn(ctx, tx)
}

// maxStatements bounds the writer's cache of prepared statements.
const maxStatements = 256

// A Tx is the open transaction of a [Writer]. It is valid within the function
// it was given to, in that goroutine only. Statements are prepared once per
// query text, so texts must be constant: values go in args.
type Tx struct {
	w     *Writer
	lines []line
}

// Exec runs a statement that gives no rows.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s, err := t.stmt(ctx, query) //nolint:sqlclosecheck // kept, and closed with the writer
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

// Query runs a statement that gives rows. The caller closes them before the
// function returns.
func (t *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := t.stmt(ctx, query) //nolint:sqlclosecheck // kept, and closed with the writer
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// QueryRow runs a statement that gives at most one row.
func (t *Tx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	s, err := t.stmt(ctx, query) //nolint:sqlclosecheck // kept, and closed with the writer
	if err != nil {
		// Without a statement the row carries the same error to Scan.
		return t.w.conn.QueryRowContext(ctx, query, args...)
	}
	return s.QueryRowContext(ctx, args...)
}

// record leaves a line for the writer's hook; it is written in this
// transaction, or undone with the job.
func (t *Tx) record(l line) { t.lines = append(t.lines, l) }

func (t *Tx) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if s := t.w.stmts[query]; s != nil {
		return s, nil
	}
	if len(t.w.stmts) >= maxStatements {
		for _, s := range t.w.stmts {
			_ = s.Close()
		}
		clear(t.w.stmts)
	}
	s, err := t.w.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	t.w.stmts[query] = s
	return s, nil
}
