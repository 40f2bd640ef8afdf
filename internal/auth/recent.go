package auth

import (
	"hash/maphash"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// recent remembers a bounded number of values without a goroutine: two
// generations of maps, of which the older is dropped when the younger is full.
// What is used moves to the younger one. It is safe for concurrent use.
type recent[K comparable, V any] struct {
	seed   maphash.Seed
	shards [16]shard[K, V]
}

type shard[K comparable, V any] struct {
	mu         sync.Mutex
	size       int
	young, old map[K]V
}

// newRecent remembers at least size values, at most twice as many.
func newRecent[K comparable, V any](size int) *recent[K, V] {
	c := &recent[K, V]{seed: maphash.MakeSeed()}
	for i := range c.shards {
		c.shards[i] = shard[K, V]{size: max(1, size/len(c.shards)), young: map[K]V{}}
	}
	return c
}

func (c *recent[K, V]) shard(k K) *shard[K, V] {
	return &c.shards[maphash.Comparable(c.seed, k)%uint64(len(c.shards))]
}

func (c *recent[K, V]) get(k K) (V, bool) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.young[k]; ok {
		return v, true
	}
	v, ok := s.old[k]
	if ok {
		s.put(k, v)
	}
	return v, ok
}

func (c *recent[K, V]) put(k K, v V) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(k, v)
}

// getOr gives what is remembered of k, or what fresh makes, remembered now.
func (c *recent[K, V]) getOr(k K, fresh func() V) V {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.young[k]; ok {
		return v
	}
	v, ok := s.old[k]
	if !ok {
		v = fresh()
	}
	s.put(k, v)
	return v
}

func (s *shard[K, V]) put(k K, v V) {
	if len(s.young) >= s.size {
		if _, ok := s.young[k]; !ok {
			s.old, s.young = s.young, make(map[K]V, s.size)
		}
	}
	s.young[k] = v
}

// limiterSize is how many clients or addresses a limiter tells apart. Whoever
// floods it with more gets fresh bursts, but each costs an address or a client.
const limiterSize = 1 << 14

// A limiter holds callers to a rate each.
type limiter struct {
	limit Limit
	each  *recent[string, *rate.Limiter]
}

func newLimiter(l Limit) *limiter {
	return &limiter{limit: l, each: newRecent[string, *rate.Limiter](limiterSize)}
}

// wait is how long the caller must wait before it may try again; 0 lets it
// pass now.
func (l *limiter) wait(key string, now time.Time) time.Duration {
	if l.limit.PerSecond <= 0 {
		return 0
	}
	lim := l.each.getOr(key, func() *rate.Limiter {
		return rate.NewLimiter(rate.Limit(l.limit.PerSecond), max(1, l.limit.Burst))
	})
	if lim.AllowN(now, 1) {
		return 0
	}
	missing := 1 - lim.TokensAt(now)
	return max(time.Second, time.Duration(math.Ceil(missing/l.limit.PerSecond))*time.Second)
}
