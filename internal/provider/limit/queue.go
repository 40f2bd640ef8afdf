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
	each        int // turns that one tenant may hold

	mu      sync.Mutex
	busy    int            // turns handed out
	held    map[string]int // of them, by tenant; nil when one may hold all
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

func newQueue(cfg Config) *queue {
	q := &queue{limit: cfg.Concurrency, room: max(0, cfg.Queue), each: cfg.Concurrency, lines: map[string]*line{}}
	if cfg.PerTenant && q.limit > 1 {
		q.each, q.held = q.limit-max(1, q.limit/4), map[string]int{}
	}
	return q
}

// may reports whether a turn is free for a tenant.
func (q *queue) may(tenant string) bool { return q.busy < q.limit && q.held[tenant] < q.each }

// take hands a turn to a tenant, back takes it.
func (q *queue) take(tenant string) {
	q.busy++
	if q.held != nil {
		q.held[tenant]++
	}
}

func (q *queue) back(tenant string) {
	q.busy--
	if q.held == nil {
		return
	}
	if q.held[tenant]--; q.held[tenant] == 0 {
		delete(q.held, tenant)
	}
}

// load is how many turns are out, and how many wait for one.
func (q *queue) load() (busy, waiting int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.busy, q.waiting
}

// try takes a turn if one is free.
func (q *queue) try(tenant string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.may(tenant) {
		return false
	}
	q.take(tenant)
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
			q.leave(tenant)
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
func (q *queue) leave(tenant string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.back(tenant)
	for place := q.round.Front(); place != nil; place = place.Next() {
		served := place.Value.(*line)
		if !q.may(served.tenant) {
			continue
		}
		q.take(served.tenant)
		q.round.MoveToBack(place)
		first := served.waiters.Front().Value.(*waiter)
		first.granted = true
		q.settle(first)
		return
	}
}

// join takes a turn, or else adds a waiter at the end of its tenant's line if
// there is room.
func (q *queue) join(tenant string) (*waiter, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.may(tenant) {
		q.take(tenant)
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
