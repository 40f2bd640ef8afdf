package limit

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
)

var (
	errFull = errors.New("the queue is full")
	errLate = errors.New("no turn in time")
)

// A queue hands out turns: limit at once, the rest wait. Turns go round the
// tenants that wait, first come first served within one. When room is short
// the tenant with the longest line gives way, newest first.
type queue struct {
	limit, room int

	mu      sync.Mutex
	busy    int // turns handed out
	waiting int
	round   list.List // of *line, next to be served first
	lines   map[string]*line
}

// A line is one tenant's waiters. It is in the queue while it has any.
type line struct {
	tenant  string
	waiters list.List // of *waiter
	place   *list.Element
}

type waiter struct {
	line    *line
	place   *list.Element // nil once settled
	granted bool
	settled chan struct{} // closed when granted or pushed out
}

func newQueue(limit, room int) *queue {
	return &queue{limit: limit, room: room, lines: map[string]*line{}}
}

// load is how many turns are out, and how many wait for one.
func (q *queue) load() (busy, waiting int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.busy, q.waiting
}

// try takes a turn if one is free.
func (q *queue) try() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.busy == q.limit {
		return false
	}
	q.busy++
	return true
}

// enter waits for a turn until the time given. The error is errFull, errLate or
// that of ctx. Whoever entered leaves.
func (q *queue) enter(ctx context.Context, tenant string, until time.Time) error {
	w, err := q.join(tenant)
	if w == nil {
		return err
	}
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-w.settled:
		if w.granted {
			return nil
		}
		return errFull
	case <-ctx.Done():
		if !q.quit(w) && w.granted {
			q.leave()
		}
		return ctx.Err()
	case <-timer.C:
		switch {
		case q.quit(w):
			return errLate
		case w.granted:
			return nil
		}
		return errFull
	}
}

// leave gives a turn back, or on to the next who waits.
func (q *queue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	front := q.round.Front()
	if front == nil {
		q.busy--
		return
	}
	served := front.Value.(*line)
	q.round.MoveToBack(front)
	first := served.waiters.Front().Value.(*waiter)
	first.granted = true
	q.settle(first)
}

// join takes a turn, or else adds a waiter at the end of its tenant's line if
// there is room.
func (q *queue) join(tenant string) (*waiter, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.busy < q.limit {
		q.busy++
		return nil, nil
	}
	own := q.lines[tenant]
	if q.waiting >= q.room && !q.pushOut(own) {
		return nil, errFull
	}
	if own = q.lines[tenant]; own == nil {
		own = &line{tenant: tenant}
		own.place = q.round.PushBack(own)
		q.lines[tenant] = own
	}
	w := &waiter{line: own, settled: make(chan struct{})}
	w.place = own.waiters.PushBack(w)
	q.waiting++
	return w, nil
}

// pushOut makes room for a tenant whose line is shorter than another's, by more
// than the one that comes.
func (q *queue) pushOut(own *line) bool {
	var longest *line
	for _, l := range q.lines {
		if longest == nil || l.waiters.Len() > longest.waiters.Len() {
			longest = l
		}
	}
	have := 0
	if own != nil {
		have = own.waiters.Len()
	}
	if longest == nil || longest.waiters.Len() <= have+1 {
		return false
	}
	q.settle(longest.waiters.Back().Value.(*waiter))
	return true
}

// quit takes a waiter out; false when it was settled before.
func (q *queue) quit(w *waiter) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if w.place == nil {
		return false
	}
	q.settle(w)
	return true
}

// settle ends a waiter's wait.
func (q *queue) settle(w *waiter) {
	w.line.waiters.Remove(w.place)
	w.place = nil
	q.waiting--
	if w.line.waiters.Len() == 0 {
		q.round.Remove(w.line.place)
		delete(q.lines, w.line.tenant)
	}
	close(w.settled)
}
