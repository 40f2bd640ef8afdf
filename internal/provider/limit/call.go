package limit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

const (
	firstPause = 200 * time.Millisecond // the first repetition comes within it, the next within twice that
	leastTime  = 50 * time.Millisecond  // a repetition with less time than this is not begun
	fairTime   = time.Second            // running out of less time than this says nothing about the provider
)

// A verdict is what a call tells about the provider.
type verdict uint8

const (
	answered  verdict = iota // it works, whatever it said
	neutral                  // nothing: the client left, or the fault is ours
	failed                   // it failed, and may not the next time
	throttled                // it works, and wants fewer calls
	exhausted                // it did not answer in the time for one call: asking again would wait as long
	refused                  // there was no call
)

// call makes a request, with repetitions, until the time given.
func (l *Limiter) call(ctx context.Context, next fhir.Server, tenant string, req *fhir.Request, until time.Time) (*fhir.Response, error) {
	c := &call{Limiter: l, door: l.doors.of(tenant), next: next, tenant: tenant, req: req, until: until}
	l.budget.deposit()
	for try := 0; ; try++ {
		a := c.attempt(ctx)
		if a.err == nil {
			return a.resp, nil
		}
		pause, ok := c.again(try, a)
		if !ok {
			return nil, a.err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, fhir.AsError(ctx.Err())
		}
		l.counts.retries.Add(1)
	}
}

type call struct {
	*Limiter

	door   *door
	next   fhir.Server
	tenant string
	req    *fhir.Request
	until  time.Time
}

// An answer is what came of one attempt.
type answer struct {
	resp    *fhir.Response
	err     error
	verdict verdict
}

// again decides on a repetition: when it may help, is in the budget and can
// finish in time; and how long to pause before it, full jitter, but never less
// than the provider asked.
func (c *call) again(try int, a answer) (time.Duration, bool) {
	if a.verdict != failed && a.verdict != throttled || try >= c.cfg.Retries || changes(c.req) {
		return 0, false
	}
	pause := rand.N(firstPause << min(try, 10)) //nolint:gosec // jitter
	if fe := (*fhir.Error)(nil); errors.As(a.err, &fe) {
		pause += fe.RetryAfter
	}
	typical := c.latency.quantiles(0.5)[0]
	if pause > c.cfg.CallTime || time.Until(c.until) < pause+max(typical, leastTime) {
		return 0, false
	}
	return pause, c.budget.take()
}

// attempt waits for a turn and makes the call.
func (c *call) attempt(ctx context.Context) answer {
	now := time.Now()
	if no := c.door.closed(now); no != nil {
		return c.refuse(no)
	}
	if err := c.queue.enter(ctx, c.tenant, earlier(c.until, now.Add(c.cfg.QueueTime))); err != nil {
		if ctx.Err() != nil {
			c.counts.abandoned.Add(1)
			return answer{err: fhir.AsError(ctx.Err()), verdict: neutral}
		}
		return c.refuse(c.busy(err))
	}
	if c.cfg.Hedge > 0 && shared(c.req.Interaction) {
		return c.hedged(ctx)
	}
	return c.send(ctx)
}

func (l *Limiter) refuse(no *refusal) answer {
	l.counts.rejected[no.why].Add(1)
	return answer{err: no.err, verdict: refused}
}

// busy refuses for want of a turn. It says to come back when those who wait now
// may have been served.
func (l *Limiter) busy(err error) *refusal {
	_, waiting := l.queue.load()
	each := max(l.latency.quantiles(0.5)[0], leastTime)
	fe := fhir.Errorf(fhir.KindUnavailable, "throttled", "Too many requests to this provider are waiting. Try again a little later, and with fewer at once.")
	fe.RetryAfter = min(max(each*time.Duration(waiting/l.cfg.Concurrency), time.Second), longestRest)
	if errors.Is(err, errLate) {
		return &refusal{QueueTime, fe.Because(err)}
	}
	return &refusal{QueueFull, fe.Because(err)}
}

// hedged makes the call, and a second one when the first is slow and there is
// both budget and a free turn. The first to work wins; the other is cancelled.
func (c *call) hedged(ctx context.Context) answer {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan answer, 2)
	send := func() {
		a := answer{err: errEnded, verdict: neutral}
		defer func() { answers <- a }()
		a = c.send(ctx)
	}
	go send()
	timer := time.NewTimer(c.cfg.Hedge)
	defer timer.Stop()
	select {
	case a := <-answers:
		return a
	case <-timer.C:
	}
	if c.door.closed(time.Now()) == nil && c.budget.take() && c.queue.try(c.tenant) {
		c.counts.hedges.Add(1)
		go send()
		if a := <-answers; a.verdict == answered {
			return a
		}
	}
	return <-answers
}

// send makes one call in the turn that was taken, and gives the turn back.
func (c *call) send(ctx context.Context) answer {
	defer c.queue.leave(c.tenant)
	start := time.Now()
	given := min(c.cfg.CallTime, c.until.Sub(start))
	if given <= 0 {
		return c.refuse(&refusal{NoTimeLeft, tooSlow(nil)})
	}
	settle, no := c.door.pass(start)
	if no != nil {
		return c.refuse(no)
	}
	told := errNeutral
	defer func() { settle(told) }()
	timed, cancel := context.WithDeadline(ctx, start.Add(given))
	defer cancel()
	c.counts.calls.Add(1)
	resp, err := c.ask(timed)
	took := time.Since(start)
	a := answer{resp, err, judge(err)}
	if err != nil {
		if c.req.Trial && a.verdict == failed && fhir.AsError(err).Kind == fhir.KindUpstream {
			a.verdict = neutral
		}
		a = c.judge(ctx, timed, a, given)
	}
	switch a.verdict {
	case answered:
		told = nil
		c.latency.add(took)
	case failed, exhausted:
		told = errFailed
		c.counts.failures[fhir.AsError(a.err).Kind].Add(1)
	case neutral, throttled, refused:
	}
	return a
}

// ask calls the server. A panic in it is an internal error: the goroutine may
// be of ours.
func (c *call) ask(ctx context.Context) (resp *fhir.Response, err error) {
	defer func() {
		if v := recover(); v != nil {
			resp, err = nil, fhir.Internal(fmt.Errorf("panic in a call to a provider: %v\n%s", v, debug.Stack()))
		}
	}()
	resp, err = c.next.Do(ctx, c.req)
	if resp == nil && err == nil {
		err = fhir.Internal(errEnded)
	}
	return resp, err
}

// judge gives a failed call its verdict, with what the contexts tell: who gave
// up, the client or the call's own time limit.
func (c *call) judge(ctx, timed context.Context, a answer, given time.Duration) answer {
	var fe *fhir.Error
	if errors.As(a.err, &fe) && (a.verdict == failed || a.verdict == throttled) && fe.RetryAfter > 0 {
		c.door.shut(time.Now(), fe.RetryAfter)
	}
	switch {
	case timed.Err() == nil || a.verdict == answered || a.verdict == throttled:
		return a
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		c.counts.abandoned.Add(1)
		return answer{err: fhir.AsError(ctx.Err()), verdict: neutral}
	case given < min(fairTime, c.cfg.CallTime):
		return answer{err: tooSlow(a.err), verdict: neutral}
	}
	return answer{err: tooSlow(a.err), verdict: exhausted}
}

// judge reads a verdict off an error alone.
func judge(err error) verdict {
	if err == nil {
		return answered
	}
	var fe *fhir.Error
	if !errors.As(err, &fe) {
		return neutral
	}
	switch fe.Kind {
	case fhir.KindTimeout:
		return failed
	case fhir.KindUnavailable:
		if slices.ContainsFunc(fe.Issues, func(i fhir.Issue) bool { return i.Code == "throttled" }) {
			return throttled
		}
		return failed
	case fhir.KindUpstream:
		if passing(err) {
			return failed
		}
		return neutral
	case fhir.KindThrottled:
		return throttled
	case fhir.KindInternal:
		return neutral
	default:
		return answered
	}
}

// passing reports whether an answer that cannot be passed on is one that time
// heals: the provider failed (5xx, as the cause tells by HTTPStatus), or broke
// off. Nonsense and refused credentials may concern one record or one tenant
// only, and come again.
func passing(err error) bool {
	if status, ok := errors.AsType[interface {
		error
		HTTPStatus() int
	}](err); ok {
		return status.HTTPStatus() >= 500
	}
	return errors.Is(err, io.ErrUnexpectedEOF)
}

// tooSlow is the answer when the time for a call ran out.
func tooSlow(cause error) *fhir.Error {
	fe := fhir.Errorf(fhir.KindTimeout, "timeout", "The provider's server did not answer in time. Try again later, or ask for less.")
	if cause != nil {
		fe = fe.Because(cause)
	}
	return fe
}
