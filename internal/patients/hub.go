package patients

import (
	"context"
	"slices"
	"sync"
)

// maxPassing bounds what waits for one subscriber that is not stored: ages of
// cells and the state of the refresh.
const maxPassing = 4096

// A Hub tells those who look at a list that something has happened to it. It
// is safe for concurrent use; the zero value works.
//
// What is stored has a number, and the hub passes only the newest: a subscriber
// reads what it missed with [Service.Delta], so it can be as slow as it likes,
// misses nothing, and takes up the stream anywhere. What is not stored (a cell
// asked again with the same result, how a refresh goes) waits in a bounded
// buffer, the newest of each cell only; when that overflows the subscriber is
// told to read the list again.
type Hub struct {
	mu    sync.Mutex
	lists map[string]map[*Subscription]struct{}
	looks map[string]chan struct{} // closed when a list gets its first subscriber
}

// A Subscription is one reader of one list's events. Only one goroutine may
// use it.
type Subscription struct {
	hub  *Hub
	list string
	wake chan struct{}

	mu      sync.Mutex
	seq     int64
	passing []Event
	at      map[passingKey]int
	reset   bool
}

type passingKey struct{ kind, entry, column string }

// Subscribe makes a subscription to a list's events. Close it.
func (h *Hub) Subscribe(list string) *Subscription {
	s := &Subscription{hub: h, list: list, wake: make(chan struct{}, 1), at: map[passingKey]int{}}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.lists == nil {
		h.lists = map[string]map[*Subscription]struct{}{}
	}
	if h.lists[list] == nil {
		h.lists[list] = map[*Subscription]struct{}{}
	}
	h.lists[list][s] = struct{}{}
	if c := h.looks[list]; c != nil {
		close(c)
		delete(h.looks, list)
	}
	return s
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	delete(s.hub.lists[s.list], s)
	if len(s.hub.lists[s.list]) == 0 {
		delete(s.hub.lists, s.list)
	}
}

// Wake gets a value when there is something to Take.
func (s *Subscription) Wake() <-chan struct{} { return s.wake }

// Take gives the newest number of a stored change (0 when there was none since
// the last Take), what else has happened, and whether some of that was lost.
func (s *Subscription) Take() (seq int64, passing []Event, reset bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seq, passing, reset = s.seq, s.passing, s.reset
	s.seq, s.passing, s.reset = 0, nil, false
	clear(s.at)
	return seq, passing, reset
}

// Changed says that changes of a list up to seq are committed.
func (h *Hub) Changed(list string, seq int64) {
	h.each(list, func(s *Subscription) { s.seq = max(s.seq, seq) })
}

// Pass gives events that are not stored to all who look at the list. A later
// one of the same kind, entry and column takes the place of the one before.
func (h *Hub) Pass(list string, events ...Event) {
	h.each(list, func(s *Subscription) {
		for _, e := range events {
			s.pass(e)
		}
	})
}

func (s *Subscription) pass(e Event) {
	key := passingKey{e.Kind, e.Entry, e.Column}
	if i, ok := s.at[key]; ok {
		s.passing[i] = e
		return
	}
	if len(s.passing) == maxPassing {
		s.passing, s.reset = nil, true
		clear(s.at)
	}
	s.at[key] = len(s.passing)
	s.passing = append(s.passing, e)
}

// each changes every subscription of a list and wakes its reader.
func (h *Hub) each(list string, fn func(*Subscription)) {
	h.mu.Lock()
	subs := make([]*Subscription, 0, len(h.lists[list]))
	for s := range h.lists[list] {
		subs = append(subs, s)
	}
	h.mu.Unlock()
	for _, s := range subs {
		s.mu.Lock()
		fn(s)
		s.mu.Unlock()
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// Looking is how many look at a list now: its EHR is asked while anyone does.
func (h *Hub) Looking(list string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.lists[list])
}

// Lists are those that someone looks at.
func (h *Hub) Lists() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	lists := make([]string, 0, len(h.lists))
	for l := range h.lists {
		lists = append(lists, l)
	}
	slices.Sort(lists)
	return lists
}

// AwaitLooking returns when someone looks at the list, or with ctx's error.
func (h *Hub) AwaitLooking(ctx context.Context, list string) error {
	h.mu.Lock()
	if len(h.lists[list]) > 0 {
		h.mu.Unlock()
		return nil
	}
	if h.looks == nil {
		h.looks = map[string]chan struct{}{}
	}
	c := h.looks[list]
	if c == nil {
		c = make(chan struct{})
		h.looks[list] = c
	}
	h.mu.Unlock()
	select {
	case <-c:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
