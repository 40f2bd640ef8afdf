package limit

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Config bounds the calls to one provider. The zero value works.
type Config struct {
	Concurrency int           // calls at once; 0 is 16
	Queue       int           // calls that wait for their turn; 0 is 64, negative none
	QueueTime   time.Duration // longest wait for a turn; 0 is half of CallTime
	CallTime    time.Duration // longest time for one call; 0 is 10 s
	Retries     int           // repetitions of an idempotent call; 0 is 1, negative none
	Failures    int           // failures in a row that open the breaker; 0 is 5
	OpenTime    time.Duration // how long the breaker stays open; 0 is 10 s
	Probes      int           // calls at once while half-open, and successes that close it; 0 is 2

	// PerTenant says that another server may stand behind the provider for each
	// tenant, so that a failure of one says nothing about the others: each
	// tenant has a breaker of its own, and none takes the last quarter of the
	// turns.
	PerTenant bool

	// Hedge starts a second call of a slow read after this time; the first
	// answer wins. 0 is off.
	Hedge time.Duration
	// CacheFor keeps answers to reads and searches in memory, per tenant. 0 is
	// off. CacheBytes bounds all that is kept; 0 is 16 MiB.
	CacheFor   time.Duration
	CacheBytes int64

	// Observe is told of each change of the breaker. It must return at once. It
	// may be nil.
	Observe func(Change)
}

// A Breaker is the state of the circuit breaker.
type Breaker uint8

// States of the breaker: calls pass, a few probes pass, none passes.
const (
	Closed Breaker = iota
	HalfOpen
	Open
)

// String is the state's name as shown to operators.
func (b Breaker) String() string {
	switch b {
	case HalfOpen:
		return "half-open"
	case Open:
		return "open"
	case Closed:
	}
	return "closed"
}

// A Change is one transition of the breaker.
type Change struct {
	From, To Breaker
	At       time.Time
}

// A Limiter is the bulkhead of one provider. It is safe for concurrent use.
type Limiter struct {
	cfg     Config
	queue   *queue
	doors   *doors
	budget  budget
	cache   *cache // nil when off
	counts  counts
	latency latency
	links   atomic.Uint64
}

// New checks cfg and builds a Limiter.
func New(cfg Config) (*Limiter, error) {
	switch {
	case cfg.Concurrency < 0, cfg.Failures < 0, cfg.Probes < 0:
		return nil, errors.New("limit: Concurrency, Failures and Probes must not be negative")
	case cfg.QueueTime < 0, cfg.CallTime < 0, cfg.OpenTime < 0, cfg.Hedge < 0, cfg.CacheFor < 0, cfg.CacheBytes < 0:
		return nil, errors.New("limit: times and CacheBytes must not be negative")
	}
	orElse(&cfg.Concurrency, 16)
	orElse(&cfg.Queue, 64)
	orElse(&cfg.CallTime, 10*time.Second)
	orElse(&cfg.QueueTime, cfg.CallTime/2)
	orElse(&cfg.Retries, 1)
	orElse(&cfg.Failures, 5)
	orElse(&cfg.OpenTime, 10*time.Second)
	orElse(&cfg.Probes, 2)
	orElse(&cfg.CacheBytes, 16<<20)
	l := &Limiter{cfg: cfg, queue: newQueue(cfg), doors: newDoors(cfg)}
	l.budget.tokens = budgetCap
	if cfg.CacheFor > 0 {
		l.cache = newCache(cfg.CacheFor, cfg.CacheBytes)
	}
	return l, nil
}

func orElse[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Link wraps the provider's server. Build it once for as long as the provider's
// settings stand: only calls through the same link are shared.
//
// Failures of the provider are read off next's errors: KindTimeout,
// KindUnavailable, and KindUpstream whose cause has a method HTTPStatus() int
// that gives 5xx or is io.ErrUnexpectedEOF. KindThrottled, or KindUnavailable
// with an issue "throttled", is repeated but is no failure. All else is neither,
// and so is 5xx to a trial: some fail at what they should refuse.
func (l *Limiter) Link(next fhir.Server) fhir.Server {
	k := &link{Limiter: l, next: next, serial: l.links.Add(1), flights: map[string]*flight{}}
	return fhir.ServerFunc{V: next.Version(), F: k.do}
}

// Forget drops all kept answers. Calls on their way keep none either.
func (l *Limiter) Forget() { l.cache.forget() }

// A State is what a Limiter is doing and has done since it was made.
type State struct {
	Breaker    Breaker       // the worst, where each tenant has one
	Since      time.Time     // when the breaker came to be so
	RetryAfter time.Duration // how long calls are refused from now, by breaker or provider; 0 when they pass

	InFlight, Queued int
	Calls            uint64               // calls sent, repetitions included
	Failures         map[fhir.Kind]uint64 // calls the provider failed, by kind
	Abandoned        uint64               // calls that nobody waited for any more
	Retries, Hedges  uint64
	Coalesced        uint64 // requests answered by another one's call
	CacheHits        uint64
	Rejected         map[Reason]uint64 // requests refused without a call

	// Latency of the last answered calls; 0 before the first.
	P50, P95, P99 time.Duration
}

// State is a snapshot, for operators and metrics.
func (l *Limiter) State() State {
	now := time.Now()
	s := State{
		Calls: l.counts.calls.Load(), Abandoned: l.counts.abandoned.Load(),
		Retries: l.counts.retries.Load(), Hedges: l.counts.hedges.Load(),
		Coalesced: l.counts.coalesced.Load(), CacheHits: l.counts.cacheHits.Load(),
		Failures: map[fhir.Kind]uint64{}, Rejected: map[Reason]uint64{},
	}
	s.Breaker, s.Since, s.RetryAfter = l.doors.state(now)
	s.InFlight, s.Queued = l.queue.load()
	for i := range l.counts.failures {
		if n := l.counts.failures[i].Load(); n > 0 {
			s.Failures[fhir.Kind(i)] = n
		}
	}
	for i := range l.counts.rejected {
		if n := l.counts.rejected[i].Load(); n > 0 {
			s.Rejected[Reason(i)] = n
		}
	}
	q := l.latency.quantiles(0.5, 0.95, 0.99)
	s.P50, s.P95, s.P99 = q[0], q[1], q[2]
	return s
}
