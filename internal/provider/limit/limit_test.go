package limit_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/limit"
)

func TestMain(m *testing.M) { await.Main(m) }

// A hospital is a provider with switches. It counts its calls and how many run
// at once.
type hospital struct {
	do func(ctx context.Context, req *fhir.Request) (*fhir.Response, error)

	calls, now, peak atomic.Int64
}

func (h *hospital) Version() fhir.Version { return fhir.R4 }

func (h *hospital) Do(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	h.calls.Add(1)
	now := h.now.Add(1)
	defer h.now.Add(-1)
	for {
		peak := h.peak.Load()
		if now <= peak || h.peak.CompareAndSwap(peak, now) {
			break
		}
	}
	if h.do == nil {
		return found(ctx, req)
	}
	return h.do(ctx, req)
}

func found(_ context.Context, req *fhir.Request) (*fhir.Response, error) {
	return &fhir.Response{Resource: &fhir.Resource{Type: req.Type, ID: req.ID, Body: []byte(`{}`)}}, nil
}

func hang(ctx context.Context, _ *fhir.Request) (*fhir.Response, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// after answers when d is over.
func after(d time.Duration) func(context.Context, *fhir.Request) (*fhir.Response, error) {
	return func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
		select {
		case <-time.After(d):
			return found(ctx, req)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func fails(kind fhir.Kind, code string, retryAfter time.Duration) func(context.Context, *fhir.Request) (*fhir.Response, error) {
	return func(context.Context, *fhir.Request) (*fhir.Response, error) {
		fe := fhir.Errorf(kind, code, "It failed.")
		fe.RetryAfter = retryAfter
		return nil, fe
	}
}

// A status is the cause of a failure that came with one.
type status int

func (s status) Error() string   { return "status " + strconv.Itoa(int(s)) }
func (s status) HTTPStatus() int { return int(s) }

// upstream fails as the client end of FHIR over HTTP does.
func upstream(cause error) func(context.Context, *fhir.Request) (*fhir.Response, error) {
	return func(context.Context, *fhir.Request) (*fhir.Response, error) {
		return nil, fhir.Errorf(fhir.KindUpstream, "transient", "It failed.").Because(cause)
	}
}

func limiter(t testing.TB, cfg limit.Config) *limit.Limiter {
	t.Helper()
	l, err := limit.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func as(ctx context.Context, tenant string) context.Context {
	return access.WithPrincipal(ctx, access.Principal{Tenant: tenant})
}

func read(id string) *fhir.Request {
	return &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: id}
}

// kindOf is the kind of the error that came.
func kindOf(t testing.TB, err error) fhir.Kind {
	t.Helper()
	var fe *fhir.Error
	if !errors.As(err, &fe) {
		t.Fatalf("error %v, want a *fhir.Error", err)
	}
	return fe.Kind
}

// wantRefused checks a 503 that says when to come back.
func wantRefused(t *testing.T, err error, lo, hi time.Duration) {
	t.Helper()
	var fe *fhir.Error
	if !errors.As(err, &fe) || fe.Kind != fhir.KindUnavailable || fe.RetryAfter < lo || fe.RetryAfter > hi {
		t.Fatalf("error %#v, want unavailable with a Retry-After of %v to %v", err, lo, hi)
	}
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, cfg := range []limit.Config{{Concurrency: -1}, {Failures: -1}, {CallTime: -1}, {CacheBytes: -1}} {
		if _, err := limit.New(cfg); err == nil {
			t.Errorf("New(%+v) took it", cfg)
		}
	}
}

func TestASlowCallEndsAtItsTimeLimit(t *testing.T) {
	t.Parallel()
	for _, interaction := range []fhir.Interaction{fhir.Read, fhir.Create} {
		synctest.Test(t, func(t *testing.T) {
			h := &hospital{do: hang}
			l := limiter(t, limit.Config{CallTime: 3 * time.Second})
			start := time.Now()
			_, err := l.Link(h).Do(t.Context(), &fhir.Request{Interaction: interaction, Type: "Patient", ID: "1"})
			if got := kindOf(t, err); got != fhir.KindTimeout {
				t.Errorf("%v: kind %d, want a timeout", interaction, got)
			}
			if took := time.Since(start); took != 3*time.Second {
				t.Errorf("%v: took %v, want 3s and no repetition", interaction, took)
			}
			if s := l.State(); s.Calls != 1 || s.Failures[fhir.KindTimeout] != 1 {
				t.Errorf("%v: %+v, want one call that failed by timeout", interaction, s)
			}
		})
	}
}

func TestTheDeadlineLeavesTimeToSaySo(t *testing.T) {
	t.Parallel()
	for _, interaction := range []fhir.Interaction{fhir.Read, fhir.Update} {
		for _, deadline := range []time.Duration{2 * time.Second, 50 * time.Millisecond} {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), deadline)
				defer cancel()
				l := limiter(t, limit.Config{})
				_, err := l.Link(&hospital{do: hang}).Do(ctx, &fhir.Request{Interaction: interaction, Type: "Patient", ID: "1"})
				if kindOf(t, err) != fhir.KindTimeout || ctx.Err() != nil {
					t.Errorf("%v within %v: %v (context: %v), want a timeout before the deadline", interaction, deadline, err, ctx.Err())
				}
				wantFailures := uint64(1)
				if deadline < time.Second {
					wantFailures = 0 // too little time to blame the provider
				}
				if got := l.State().Failures[fhir.KindTimeout]; got != wantFailures {
					t.Errorf("%v within %v: %d failures of the provider, want %d", interaction, deadline, got, wantFailures)
				}
			})
		}
	}
}

func TestAnEndedRequestMakesNoCall(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h := &hospital{}
	if _, err := limiter(t, limit.Config{}).Link(h).Do(ctx, read("1")); err == nil || h.calls.Load() != 0 {
		t.Errorf("error %v after %d calls, want an error and no call", err, h.calls.Load())
	}
}

// late is a context just before it notices that its deadline is over.
type late struct{ context.Context }

func (late) Deadline() (time.Time, bool) { return time.Now().Add(-time.Millisecond), true }

func TestNoTimeNoCall(t *testing.T) {
	t.Parallel()
	h := &hospital{}
	l := limiter(t, limit.Config{})
	_, err := l.Link(h).Do(late{t.Context()}, read("1"))
	if kindOf(t, err) != fhir.KindTimeout || h.calls.Load() != 0 || l.State().Rejected[limit.NoTimeLeft] != 1 {
		t.Errorf("%v after %d calls, want a timeout and no call", err, h.calls.Load())
	}
}

// A client that hangs up cancels its call; the provider is not to blame.
func TestAHangUpIsNoFailure(t *testing.T) {
	t.Parallel()
	for _, interaction := range []fhir.Interaction{fhir.Read, fhir.Delete} {
		synctest.Test(t, func(t *testing.T) {
			h := &hospital{do: hang}
			l := limiter(t, limit.Config{Failures: 3})
			server := l.Link(h)
			for i := range 20 {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(2*time.Second, cancel)
				start := time.Now()
				_, err := server.Do(ctx, &fhir.Request{Interaction: interaction, Type: "Patient", ID: strconv.Itoa(i)})
				if err == nil || time.Since(start) != 2*time.Second {
					t.Fatalf("%v: error %v after %v, want one at once", interaction, err, time.Since(start))
				}
				synctest.Wait()
				if h.now.Load() != 0 {
					t.Fatalf("%v: the call still runs", interaction)
				}
			}
			if s := l.State(); s.Breaker != limit.Closed || len(s.Failures) != 0 || s.Abandoned != 20 || s.InFlight != 0 {
				t.Errorf("%v: %+v, want a closed breaker, no failures and 20 abandoned calls", interaction, s)
			}
		})
	}
}

func TestAPanicBelowIsAnInternalError(t *testing.T) {
	t.Parallel()
	h := &hospital{do: func(context.Context, *fhir.Request) (*fhir.Response, error) { panic("oops") }}
	l := limiter(t, limit.Config{})
	server := l.Link(h)
	for _, req := range []*fhir.Request{read("1"), {Interaction: fhir.Delete, Type: "Patient", ID: "1"}} {
		if _, err := server.Do(t.Context(), req); kindOf(t, err) != fhir.KindInternal {
			t.Errorf("%v: %v, want an internal error", req.Interaction, err)
		}
	}
	if s := l.State(); s.InFlight != 0 || len(s.Failures) != 0 {
		t.Errorf("%+v, want no turn lost and no failure of the provider", s)
	}
}

// One slow hospital never slows another: 200 requests at a provider that hangs
// leave another one's answers as they were, hold only what their bounds allow,
// and leave nothing behind.
func TestOneHangingProviderSlowsNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow, well := &hospital{do: hang}, &hospital{do: after(5 * time.Millisecond)}
		bad, good := limiter(t, limit.Config{}), limiter(t, limit.Config{})
		badLink, goodLink := bad.Link(slow), good.Link(well)
		ctx, cancel := context.WithTimeout(as(t.Context(), "a"), 30*time.Second)
		defer cancel()
		var wg sync.WaitGroup
		var refused, failed atomic.Int64
		for i := range 200 {
			wg.Go(func() {
				_, err := badLink.Do(ctx, read(strconv.Itoa(i)))
				switch kindOf(t, err) {
				case fhir.KindUnavailable:
					refused.Add(1)
				case fhir.KindTimeout:
					failed.Add(1)
				default:
					t.Errorf("request %d: %v", i, err)
				}
			})
		}
		synctest.Wait()
		if s := bad.State(); s.InFlight != 16 || s.Queued != 64 || refused.Load() != 120 {
			t.Errorf("in flight %d, queued %d, refused %d; want 16, 64 and the rest at once", s.InFlight, s.Queued, refused.Load())
		}
		for i := range 100 {
			start := time.Now()
			if _, err := goodLink.Do(as(t.Context(), "b"), read(strconv.Itoa(i))); err != nil || time.Since(start) != 5*time.Millisecond {
				t.Fatalf("the healthy provider: %v after %v", err, time.Since(start))
			}
		}
		wg.Wait()
		synctest.Wait()
		if refused.Load() != 184 || failed.Load() != 16 || slow.calls.Load() != 16 {
			t.Errorf("%d refused, %d timeouts, %d calls; want 184, 16, 16", refused.Load(), failed.Load(), slow.calls.Load())
		}
		s := bad.State()
		if s.InFlight != 0 || s.Queued != 0 || s.Breaker != limit.Open {
			t.Errorf("afterwards %+v, want nothing left and an open breaker", s)
		}
		start := time.Now()
		_, err := badLink.Do(ctx, read("x"))
		wantRefused(t, err, time.Millisecond, 10*time.Second)
		if time.Since(start) != 0 {
			t.Errorf("an open breaker took %v to say so", time.Since(start))
		}
	})
}

func TestStateTells(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var took atomic.Int64
		h := &hospital{do: func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
			return after(time.Duration(took.Add(1))*time.Millisecond)(ctx, req)
		}}
		l := limiter(t, limit.Config{})
		server := l.Link(h)
		for i := range 100 {
			if _, err := server.Do(t.Context(), read(strconv.Itoa(i))); err != nil {
				t.Fatal(err)
			}
		}
		s := l.State()
		got := fmt.Sprint(s.Breaker, s.Calls, s.P50, s.P95, s.P99, s.RetryAfter)
		if want := "closed 100 51ms 95ms 99ms 0s"; got != want {
			t.Errorf("state %s, want %s", got, want)
		}
	})
}
