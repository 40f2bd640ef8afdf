package people

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limiterSize is how many usernames or addresses a limiter tells apart. Whoever
// floods it with more gets fresh bursts, but each costs a username or an
// address.
const limiterSize = 1 << 13

// A limiter holds each key to a rate. It forgets the keys that were not used
// for longest: two generations of maps, of which the older is dropped when the
// younger is full. It is safe for concurrent use.
type limiter struct {
	every time.Duration
	burst int

	mu         sync.Mutex
	young, old map[string]*rate.Limiter
}

// newLimiter lets a key pass once in every, with a burst.
func newLimiter(every time.Duration, burst int) *limiter {
	return &limiter{every: every, burst: burst, young: map[string]*rate.Limiter{}}
}

// wait is how long the key must wait before it may try again; 0 lets it pass.
func (l *limiter) wait(key string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.young[key]
	if r == nil {
		if r = l.old[key]; r == nil {
			r = rate.NewLimiter(rate.Every(l.every), l.burst)
		}
		if len(l.young) >= limiterSize {
			l.old, l.young = l.young, make(map[string]*rate.Limiter, limiterSize)
		}
		l.young[key] = r
	}
	if r.AllowN(now, 1) {
		return 0
	}
	missing := 1 - r.TokensAt(now)
	return max(time.Second, time.Duration(missing*float64(l.every)).Round(time.Second))
}
