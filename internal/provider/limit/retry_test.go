package limit_test

import (
	"context"
	"errors"
	"io"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/limit"
)

func TestWhatIsRepeated(t *testing.T) {
	t.Parallel()
	batch := func(of ...fhir.Interaction) *fhir.Request {
		req := &fhir.Request{Interaction: fhir.Batch}
		for _, i := range of {
			req.Entries = append(req.Entries, fhir.Entry{Request: &fhir.Request{Interaction: i, Type: "Patient", ID: "1"}})
		}
		req.Entries = append(req.Entries, fhir.Entry{Err: fhir.Errorf(fhir.KindInvalid, "invalid", "No.")})
		return req
	}
	one := func(i fhir.Interaction) *fhir.Request { return &fhir.Request{Interaction: i, Type: "Patient", ID: "1"} }
	for _, tt := range []struct {
		name  string
		req   *fhir.Request
		fail  func(context.Context, *fhir.Request) (*fhir.Response, error)
		calls int64
	}{
		{"read, unavailable", one(fhir.Read), fails(fhir.KindUnavailable, "transient", 0), 2},
		{"vread, unavailable", one(fhir.VRead), fails(fhir.KindUnavailable, "transient", 0), 2},
		{"search, 500", one(fhir.Search), upstream(status(500)), 2},
		{"history, broken off", one(fhir.History), upstream(io.ErrUnexpectedEOF), 2},
		{"capabilities, connect timeout", one(fhir.Capabilities), fails(fhir.KindTimeout, "timeout", 0), 2},
		{"read, too many requests", one(fhir.Read), fails(fhir.KindThrottled, "throttled", 0), 2},
		{"batch of reads", batch(fhir.Read, fhir.Search), fails(fhir.KindUnavailable, "transient", 0), 2},
		{"batch with a write", batch(fhir.Read, fhir.Create), fails(fhir.KindUnavailable, "transient", 0), 1},
		{"create", one(fhir.Create), fails(fhir.KindUnavailable, "transient", 0), 1},
		{"update", one(fhir.Update), fails(fhir.KindUnavailable, "transient", 0), 1},
		{"delete", one(fhir.Delete), fails(fhir.KindUnavailable, "transient", 0), 1},
		{"transaction", one(fhir.Transaction), fails(fhir.KindUnavailable, "transient", 0), 1},
		{"read, nonsense", one(fhir.Read), upstream(errors.New("no JSON")), 1},
		{"read, our credentials refused", one(fhir.Read), upstream(status(401)), 1},
		{"read, not found", one(fhir.Read), fails(fhir.KindNotFound, "not-found", 0), 1},
		{"read, our fault", one(fhir.Read), fails(fhir.KindInternal, "exception", 0), 1},
		{"read, no answer in the call's time", one(fhir.Read), hang, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := &hospital{do: tt.fail}
			if _, err := limiter(t, limit.Config{}).Link(h).Do(t.Context(), tt.req); err == nil {
				t.Errorf("%s: no error", tt.name)
			}
			if got := h.calls.Load(); got != tt.calls {
				t.Errorf("%s: %d calls, want %d", tt.name, got, tt.calls)
			}
		})
	}
}

func TestARepetitionMayWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for n := range 5 {
			h := &hospital{}
			h.do = func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
				if h.calls.Load() <= int64(n) {
					return fails(fhir.KindUnavailable, "transient", 0)(ctx, req)
				}
				return found(ctx, req)
			}
			_, err := limiter(t, limit.Config{Retries: 3}).Link(h).Do(t.Context(), read("1"))
			if want := n <= 3; (err == nil) != want {
				t.Errorf("after %d failures and 3 repetitions: error %v", n, err)
			}
			h.calls.Store(0)
			if _, err := limiter(t, limit.Config{Retries: -1}).Link(h).Do(t.Context(), read("1")); (err == nil) != (n == 0) || h.calls.Load() != 1 {
				t.Errorf("without repetitions after %d failures: error %v, %d calls", n, err, h.calls.Load())
			}
		}
	})
}

// A repetition never comes before the provider wants it, and when that is too
// late for the client the client is told when.
func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		asked, deadline time.Duration
		calls           int64
	}{
		{2 * time.Second, 30 * time.Second, 2},
		{2 * time.Second, 1500 * time.Millisecond, 1},
		{20 * time.Second, 30 * time.Second, 1}, // nobody should wait so long for one call
	} {
		synctest.Test(t, func(t *testing.T) {
			h := &hospital{}
			var first time.Time
			h.do = func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
				if h.calls.Load() == 1 {
					first = time.Now()
					return fails(fhir.KindUnavailable, "transient", tt.asked)(ctx, req)
				}
				if waited := time.Since(first); waited < tt.asked || waited > tt.asked+time.Second {
					t.Errorf("asked for %v, came back after %v", tt.asked, waited)
				}
				return found(ctx, req)
			}
			ctx, cancel := context.WithTimeout(t.Context(), tt.deadline)
			defer cancel()
			_, err := limiter(t, limit.Config{}).Link(h).Do(ctx, read("1"))
			if h.calls.Load() != tt.calls {
				t.Errorf("%+v: %d calls", tt, h.calls.Load())
			}
			if tt.calls == 1 {
				wantRefused(t, err, tt.asked, tt.asked)
			} else if err != nil {
				t.Errorf("%+v: %v", tt, err)
			}
		})
	}
}

func TestRetryAfterClosesTheDoor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind         fhir.Kind
		asked, shuts time.Duration
	}{
		{fhir.KindUnavailable, 15 * time.Second, 15 * time.Second},
		{fhir.KindThrottled, 15 * time.Second, 15 * time.Second},
		{fhir.KindUnavailable, time.Hour, time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := &hospital{do: fails(tt.kind, "throttled", tt.asked)}
			l := limiter(t, limit.Config{})
			server := l.Link(h)
			if _, err := server.Do(t.Context(), read("1")); kindOf(t, err) != tt.kind {
				t.Fatalf("%v, want the provider's own refusal", err)
			}
			h.do = found
			time.Sleep(10 * time.Second)
			_, err := server.Do(t.Context(), read("2"))
			wantRefused(t, err, tt.shuts-10*time.Second, tt.shuts-10*time.Second)
			if s := l.State(); h.calls.Load() != 1 || s.RetryAfter != tt.shuts-10*time.Second || s.Rejected[limit.AskedToWait] != 1 {
				t.Errorf("%d calls, state %+v", h.calls.Load(), s)
			}
			time.Sleep(tt.shuts - 10*time.Second)
			if _, err := server.Do(t.Context(), read("3")); err != nil {
				t.Errorf("after its time: %v", err)
			}
		})
	}
}

// A short rest that one call is told does not cut short a longer one.
func TestTheLongestRestCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &hospital{do: func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
			if req.ID == "short" {
				_, _ = after(time.Second)(ctx, req)
				return fails(fhir.KindUnavailable, "transient", 2*time.Second)(ctx, req)
			}
			return fails(fhir.KindUnavailable, "transient", 20*time.Second)(ctx, req)
		}}
		server := limiter(t, limit.Config{Retries: -1}).Link(h)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = server.Do(t.Context(), read("short")) })
		synctest.Wait()
		_, _ = server.Do(t.Context(), read("long"))
		wg.Wait()
		_, err := server.Do(t.Context(), read("1"))
		wantRefused(t, err, 19*time.Second, 19*time.Second)
	})
}

// A long good time saves up no storm of repetitions.
func TestRetryBudgetIsNotSavedUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &hospital{}
		server := limiter(t, limit.Config{}).Link(h)
		ask := func(n int) {
			for i := range n {
				_, _ = server.Do(t.Context(), read(strconv.Itoa(i)))
			}
		}
		ask(1000)
		h.do = fails(fhir.KindThrottled, "throttled", 0)
		h.calls.Store(0)
		ask(50)
		if calls := h.calls.Load(); calls > 65 || calls < 55 {
			t.Errorf("%d calls for 50 requests, want at most 15 repetitions", calls)
		}
	})
}

// An outage is not multiplied: repetitions are a share of the calls.
func TestRetryBudgetUnderOutage(t *testing.T) {
	t.Parallel()
	for _, kind := range []fhir.Kind{fhir.KindThrottled, fhir.KindUnavailable} { // the breaker minds only the second
		synctest.Test(t, func(t *testing.T) {
			const requests = 500
			h := &hospital{do: fails(kind, "throttled", 0)}
			l := limiter(t, limit.Config{Retries: 3, Queue: requests})
			server := l.Link(h)
			var wg sync.WaitGroup
			for i := range requests {
				wg.Go(func() {
					if _, err := server.Do(t.Context(), read(strconv.Itoa(i))); err == nil {
						t.Error("no error in an outage")
					}
				})
				time.Sleep(time.Millisecond)
			}
			wg.Wait()
			calls := h.calls.Load()
			if calls > requests*13/10 || kind == fhir.KindThrottled && calls < requests*11/10 {
				t.Errorf("kind %d: %d calls for %d requests, want between 1.1 and 1.3 times as many at most", kind, calls, requests)
			}
			if s := l.State(); s.Calls != uint64(calls) || s.InFlight != 0 || s.Queued != 0 {
				t.Errorf("state %+v, want %d calls and nothing left", s, calls)
			}
		})
	}
}

func TestHedging(t *testing.T) {
	t.Parallel()
	slowFirst := func(h *hospital, ended *atomic.Int64) func(context.Context, *fhir.Request) (*fhir.Response, error) {
		return func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
			if h.calls.Load()%2 == 1 {
				<-ctx.Done()
				ended.Add(1)
				return nil, ctx.Err()
			}
			return found(ctx, req)
		}
	}
	for _, tt := range []struct {
		name  string
		cfg   limit.Config
		req   *fhir.Request
		took  time.Duration
		calls int64
	}{
		{"off", limit.Config{}, read("1"), 10 * time.Second, 1},
		{"on", limit.Config{Hedge: time.Second}, read("1"), time.Second, 2},
		{"on, but a write", limit.Config{Hedge: time.Second}, &fhir.Request{Interaction: fhir.Delete, Type: "Patient", ID: "1"}, 10 * time.Second, 1},
		{"on, but no free turn", limit.Config{Hedge: time.Second, Concurrency: 1}, read("1"), 10 * time.Second, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := &hospital{}
			var ended atomic.Int64
			h.do = slowFirst(h, &ended)
			l := limiter(t, tt.cfg)
			start := time.Now()
			_, err := l.Link(h).Do(t.Context(), tt.req)
			if took := time.Since(start); took != tt.took || (err == nil) != (tt.calls == 2) || h.calls.Load() != tt.calls {
				t.Errorf("%s: error %v after %v and %d calls, want %v and %d", tt.name, err, took, h.calls.Load(), tt.took, tt.calls)
			}
			synctest.Wait()
			if s := l.State(); ended.Load() != 1 || s.InFlight != 0 || s.Hedges != uint64(tt.calls-1) {
				t.Errorf("%s: %d calls ended, state %+v, want the loser cancelled", tt.name, ended.Load(), s)
			}
		})
	}
}

// Hedges are in the budget too: a provider that is slow throughout does not get
// twice the calls.
func TestHedgesAreAShare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &hospital{do: after(3 * time.Second)}
		l := limiter(t, limit.Config{Hedge: time.Second})
		server := l.Link(h)
		for i := range 100 {
			if _, err := server.Do(t.Context(), read(strconv.Itoa(i))); err != nil {
				t.Fatal(err)
			}
		}
		if calls := h.calls.Load(); calls > 130 || calls < 110 {
			t.Errorf("%d calls for 100 reads, want at most 1.3 times as many", calls)
		}
	})
}
