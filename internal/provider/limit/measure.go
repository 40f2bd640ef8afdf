package limit

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A Reason is why a request was refused without a call.
type Reason uint8

// Reasons of a refusal.
const (
	BreakerOpen Reason = iota // the provider keeps failing
	AskedToWait               // the provider said Retry-After
	QueueFull
	QueueTime  // no turn came in time
	NoTimeLeft // the request's deadline leaves no time for a call
	reasons
)

// String is the reason as a metric's label.
func (r Reason) String() string {
	if r < reasons {
		return [...]string{"breaker-open", "asked-to-wait", "queue-full", "queue-time", "no-time-left"}[r]
	}
	return ""
}

type counts struct {
	calls, abandoned, retries, hedges, coalesced, cacheHits atomic.Uint64

	failures [fhir.KindTimeout + 1]atomic.Uint64
	rejected [reasons]atomic.Uint64
}

// latency holds how long the last answered calls took.
type latency struct {
	mu   sync.Mutex
	n    int // calls measured so far
	last [256]time.Duration
}

func (l *latency) add(d time.Duration) {
	l.mu.Lock()
	l.last[l.n%len(l.last)] = d
	l.n++
	l.mu.Unlock()
}

// quantiles estimates, by nearest rank; zeros before the first call.
func (l *latency) quantiles(qs ...float64) []time.Duration {
	l.mu.Lock()
	sorted := slices.Clone(l.last[:min(l.n, len(l.last))])
	l.mu.Unlock()
	slices.Sort(sorted)
	out := make([]time.Duration, len(qs))
	if len(sorted) > 0 {
		for i, q := range qs {
			out[i] = sorted[int(q*float64(len(sorted)-1)+0.5)]
		}
	}
	return out
}

// A budget lets repetitions be only a share of the calls, so that an outage is
// not multiplied.
type budget struct {
	mu     sync.Mutex
	tokens float64
}

const (
	budgetShare = 0.2 // repetitions per call
	budgetCap   = 5   // repetitions that may come at once
)

func (b *budget) deposit() {
	b.mu.Lock()
	b.tokens = min(budgetCap, b.tokens+budgetShare)
	b.mu.Unlock()
}

func (b *budget) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
