package limit

import (
	"sync"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A cache keeps answers for one fixed time, so the oldest is always the first
// to go: when its time is over or room is short. One that the provider lets be
// kept for less is not given out after that. A nil cache keeps nothing.
type cache struct {
	keep  time.Duration
	bytes int64

	mu    sync.Mutex
	kept  map[string]*kept
	first *kept // in the order they came
	last  *kept
	held  int64
	round uint64 // raised by forget
	sweep *time.Timer
}

type kept struct {
	key  string
	resp *fhir.Response
	size int64
	till time.Time
	next *kept
}

func newCache(keep time.Duration, bytes int64) *cache {
	return &cache{keep: keep, bytes: bytes, kept: map[string]*kept{}}
}

func (c *cache) get(key []byte) (*fhir.Response, bool) {
	if c == nil {
		return nil, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.kept[string(key)]
	if k == nil || !time.Now().Before(k.till) {
		return nil, false
	}
	return k.resp, true
}

// begin is what put must be told, taken before the call whose answer is kept.
func (c *cache) begin() uint64 {
	if c == nil {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.round
}

// put keeps an answer unless all was forgotten since begin, or the provider does
// not want it kept; never for longer than the provider allows.
func (c *cache) put(key string, resp *fhir.Response, begun uint64) {
	if c == nil || resp.Fresh < 0 {
		return
	}
	keep := c.keep
	if resp.Fresh > 0 {
		keep = min(keep, resp.Fresh)
	}
	k := &kept{key: key, resp: resp, size: sizeOf(key, resp), till: time.Now().Add(keep)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if begun != c.round || k.size > c.bytes {
		return
	}
	for c.held+k.size > c.bytes {
		c.drop()
	}
	if c.last == nil {
		c.first = k
	} else {
		c.last.next = k
	}
	c.last = k
	c.kept[key] = k
	c.held += k.size
	if c.sweep == nil {
		c.arm(c.keep)
	}
}

// drop takes the oldest out.
func (c *cache) drop() {
	k := c.first
	if c.first = k.next; c.first == nil {
		c.last = nil
	}
	c.held -= k.size
	if c.kept[k.key] == k {
		delete(c.kept, k.key)
	}
}

// arm has what is over its time taken out, so that memory holds no record
// longer than was asked.
func (c *cache) arm(after time.Duration) {
	round := c.round
	c.sweep = time.AfterFunc(after, func() { c.expire(round) })
}

func (c *cache) expire(round uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if round != c.round {
		return // forget came first
	}
	now := time.Now()
	for c.first != nil && !now.Before(c.first.till) {
		c.drop()
	}
	c.sweep = nil
	if c.first != nil {
		c.arm(c.first.till.Sub(now))
	}
}

func (c *cache) forget() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.round++
	clear(c.kept)
	c.first, c.last, c.held = nil, nil, 0
	if c.sweep != nil {
		c.sweep.Stop()
		c.sweep = nil
	}
}

// sizeOf is about what an answer takes in memory.
func sizeOf(key string, r *fhir.Response) int64 {
	const overhead, each = 512, 160
	n := overhead + 2*len(key) + len(r.Next)
	if r.Resource != nil {
		n += each + r.Resource.Size()
	}
	for i := range r.Matches {
		n += each + r.Matches[i].Size()
	}
	for _, p := range r.Used {
		n += len(p.Name) + len(p.Value) + each/4
	}
	return int64(n)
}
