package limit

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

const (
	// longestRest bounds how long a provider's Retry-After closes the door.
	longestRest = time.Minute
	// The breaker also opens when half of the calls of a window fail.
	window, buckets = time.Minute, 6
	windowCalls     = 20
)

// What became of a call, as the breaker is told.
var (
	errFailed  = errors.New("the provider failed")
	errNeutral = errors.New("says nothing about the provider")
)

// doors are one for all tenants, or one for each.
type doors struct {
	cfg Config
	mu  sync.Mutex
	by  map[string]*door // by tenant; "" when there is one for all
}

func newDoors(cfg Config) *doors {
	d := &doors{cfg: cfg, by: map[string]*door{}}
	if !cfg.PerTenant {
		d.by[""] = newDoor(cfg)
	}
	return d
}

// of is the door that a tenant's calls pass. Only tenants on the map ask, so
// that there are not more than those.
func (d *doors) of(tenant string) *door {
	if !d.cfg.PerTenant {
		return d.by[""]
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	one := d.by[tenant]
	if one == nil {
		one = newDoor(d.cfg)
		d.by[tenant] = one
	}
	return one
}

// state is that of the door which is worst off.
func (d *doors) state(now time.Time) (b Breaker, since time.Time, refused time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, one := range d.by {
		is, at, wait := one.state(now)
		if since.IsZero() || is > b || is == b && at.Before(since) {
			b, since = is, at
		}
		refused = max(refused, wait)
	}
	return b, since, refused
}

// A door lets calls pass unless the breaker is open or the provider asked for
// rest.
type door struct {
	breaker  *gobreaker.TwoStepCircuitBreaker[struct{}]
	openTime time.Duration
	observe  func(Change)
	now      atomic.Pointer[Change]    // the last change; From is not looked at
	rest     atomic.Pointer[time.Time] // no call before
}

func newDoor(cfg Config) *door {
	d := &door{openTime: cfg.OpenTime, observe: cfg.Observe}
	d.now.Store(&Change{At: time.Now()})
	failures := uint32(min(cfg.Failures, 1<<30)) //nolint:gosec // bounded, and New refused negative ones
	d.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		MaxRequests:  uint32(min(cfg.Probes, 1<<30)), //nolint:gosec // as above
		Interval:     max(window, 2*cfg.CallTime),
		BucketPeriod: max(window, 2*cfg.CallTime) / buckets,
		Timeout:      cfg.OpenTime,
		ReadyToTrip: func(c gobreaker.Counts) bool {
			return c.ConsecutiveFailures >= failures ||
				c.TotalFailures >= windowCalls/2 && 2*c.TotalFailures >= c.TotalFailures+c.TotalSuccesses
		},
		IsExcluded:    func(err error) bool { return errors.Is(err, errNeutral) },
		OnStateChange: func(_ string, from, to gobreaker.State) { d.changed(stateOf(from), stateOf(to)) },
	})
	return d
}

func stateOf(s gobreaker.State) Breaker {
	switch s {
	case gobreaker.StateHalfOpen:
		return HalfOpen
	case gobreaker.StateOpen:
		return Open
	case gobreaker.StateClosed:
	}
	return Closed
}

// changed is called with the breaker locked.
func (d *door) changed(from, to Breaker) {
	c := Change{From: from, To: to, At: time.Now()}
	d.now.Store(&c)
	if d.observe != nil {
		d.observe(c)
	}
}

// state is the breaker's, since when, and how long calls are refused from now.
// A breaker whose open time is over is half-open, though no probe came yet.
func (d *door) state(now time.Time) (b Breaker, since time.Time, refused time.Duration) {
	c := d.now.Load()
	b, since = c.To, c.At
	if b == Open {
		over := since.Add(d.openTime)
		if refused = over.Sub(now); refused <= 0 {
			b, since, refused = HalfOpen, over, 0
		}
	}
	if rest := d.rest.Load(); rest != nil {
		refused = max(refused, rest.Sub(now))
	}
	return b, since, refused
}

// shut closes the door for as long as the provider asked.
func (d *door) shut(now time.Time, rest time.Duration) {
	until := now.Add(min(rest, longestRest))
	for {
		old := d.rest.Load()
		if old != nil && !old.Before(until) || d.rest.CompareAndSwap(old, &until) {
			return
		}
	}
}

// closed tells why no call may pass now; nil when one may try.
func (d *door) closed(now time.Time) *refusal {
	b, _, wait := d.state(now)
	switch {
	case wait <= 0:
		return nil
	case b == Open:
		return resting(BreakerOpen, wait)
	}
	return resting(AskedToWait, wait)
}

// pass lets one call through; settle tells what became of it: nil, errFailed or
// errNeutral.
func (d *door) pass(now time.Time) (settle func(error), no *refusal) {
	if no := d.closed(now); no != nil {
		return nil, no
	}
	settle, err := d.breaker.Allow()
	if err != nil {
		_, _, wait := d.state(now)
		return nil, resting(BreakerOpen, max(wait, time.Second))
	}
	return settle, nil
}

// A refusal is an answer of ours instead of a call.
type refusal struct {
	why Reason
	err *fhir.Error
}

func resting(why Reason, wait time.Duration) *refusal {
	text := "The provider's server keeps failing and is not called for a while. Try again later."
	if why == AskedToWait {
		text = "The provider's server asked not to be called for a while. Try again later."
	}
	fe := fhir.Errorf(fhir.KindUnavailable, "transient", "%s", text)
	fe.RetryAfter = wait
	return &refusal{why, fe}
}
