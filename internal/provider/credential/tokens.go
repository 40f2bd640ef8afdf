package credential

import (
	"container/list"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// When a token is renewed, as parts of its life, and how long before its end
// it is no longer used, so that it does not end on its way.
const (
	renewAt     = 0.80
	renewJitter = 0.10 // earlier by up to this much, so that many do not renew at once
	marginPart  = 0.10
	margin      = 10 * time.Second
)

// How long after a failure nobody asks again: it doubles from the first to
// the longest. What is refused stays refused for longer than what is broken.
const (
	firstPause    = time.Second
	longestPause  = 5 * time.Second
	longestRefuse = 30 * time.Second
)

// How many tokens may be dropped because the provider refused them: a few at
// once, then one each dropEvery. A provider that refuses every token does not
// make us ask for one with every call.
const (
	dropBurst = 3
	dropEvery = 5 * time.Second
)

// maxTokens bounds the tokens kept for one provider.
const maxTokens = 4096

type token struct {
	header         string // of Authorization
	renew, useless time.Time
}

// newToken counts the life from when the token was asked for.
func newToken(a answer, asked time.Time) *token {
	part := func(f float64) time.Duration { return time.Duration(f * float64(a.life)) }
	return &token{
		header:  "Bearer " + a.token,
		renew:   asked.Add(part(renewAt - renewJitter*rand.Float64())), //nolint:gosec // spreads load, keeps no secret
		useless: asked.Add(a.life - min(margin, part(marginPart))),
	}
}

// A flight is one request for a token that is under way. token and err are
// set before done is closed.
type flight struct {
	done  chan struct{}
	token *token
	err   *Problem
}

// An entry is what is known of one tenant's token, or of everybody's.
type entry struct {
	mu       sync.Mutex
	token    *token  // nil when there is none
	flight   *flight // nil when none is under way
	problem  *Problem
	failures int
	pause    time.Time // nobody asks before
	drops    *rate.Limiter
}

// next tells what a caller has to do: use the token, wait for the flight, or
// give up because of the problem. start tells that the caller has to begin the
// flight, in the background when it got a token too.
func (e *entry) next(now time.Time) (tok *token, fl *flight, start bool, problem *Problem, wait time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.token != nil && !now.Before(e.token.useless) {
		e.token = nil
	}
	if e.flight == nil && !now.Before(e.pause) && (e.token == nil || !now.Before(e.token.renew)) {
		e.flight, start = &flight{done: make(chan struct{})}, true
	}
	if e.token == nil && e.flight == nil {
		return nil, nil, false, e.problem, e.pause.Sub(now)
	}
	return e.token, e.flight, start, nil, 0
}

// land ends the flight.
func (e *entry) land(fl *flight, tok *token, p *Problem, now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if p == nil {
		e.token, e.problem, e.failures, e.pause = tok, nil, 0, time.Time{}
	} else {
		longest := longestPause
		if p.Reason == ReasonCredentials || p.Reason == ReasonRequest {
			longest = longestRefuse
		}
		e.problem = p
		e.pause = now.Add(max(min(firstPause<<min(e.failures, 10), longest), p.retryAfter))
		e.failures++
	}
	fl.token, fl.err = tok, p
	e.flight = nil
	close(fl.done)
}

// drop forgets the token a provider refused. It tells whether another attempt
// may do better: not when tokens were refused too often lately.
func (e *entry) drop(header string, now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.token == nil || e.token.header != header {
		return true // a newer one is here or on its way
	}
	if !e.drops.AllowN(now, 1) {
		return false
	}
	e.token = nil
	return true
}

// entries keeps those used most lately.
type entries struct {
	mu    sync.Mutex
	limit int
	by    map[string]*list.Element
	order list.List // front is newest; values are *named
}

type named struct {
	key string
	entry
}

func newEntries(limit int) *entries { return &entries{limit: limit, by: map[string]*list.Element{}} }

// get finds or makes the entry of a key. One that is pushed out while a
// request is under way serves those who wait for it.
func (c *entries) get(key string) *entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.by[key]; ok {
		c.order.MoveToFront(el)
		return &el.Value.(*named).entry
	}
	if len(c.by) >= c.limit {
		last := c.order.Back()
		delete(c.by, last.Value.(*named).key)
		c.order.Remove(last)
	}
	n := &named{key: key, entry: entry{drops: rate.NewLimiter(rate.Every(dropEvery), dropBurst)}}
	c.by[key] = c.order.PushFront(n)
	return &n.entry
}
