package limit_test

import (
	"context"
	"errors"
	"io"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/limit"
)

// What a run of equal answers does to the breaker: only what is the provider's
// fault opens it.
func TestWhatOpensTheBreaker(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		do   func(context.Context, *fhir.Request) (*fhir.Response, error)
		want limit.Breaker
	}{
		{"works", found, limit.Closed},
		{"400", fails(fhir.KindInvalid, "invalid", 0), limit.Closed},
		{"403", fails(fhir.KindForbidden, "forbidden", 0), limit.Closed},
		{"404", fails(fhir.KindNotFound, "not-found", 0), limit.Closed},
		{"410", fails(fhir.KindGone, "deleted", 0), limit.Closed},
		{"412", fails(fhir.KindPrecondition, "conflict", 0), limit.Closed},
		{"422", fails(fhir.KindUnprocessable, "processing", 0), limit.Closed},
		{"429", fails(fhir.KindThrottled, "throttled", 0), limit.Closed},
		{"429 as unavailable", fails(fhir.KindUnavailable, "throttled", 0), limit.Closed},
		{"501", fails(fhir.KindNotImplemented, "not-supported", 0), limit.Closed},
		{"nonsense", upstream(errors.New("no JSON")), limit.Closed},
		{"our credentials refused", upstream(status(401)), limit.Closed},
		{"our fault", fails(fhir.KindInternal, "exception", 0), limit.Closed},
		{"500", upstream(status(500)), limit.Open},
		{"broken off", upstream(io.ErrUnexpectedEOF), limit.Open},
		{"503", fails(fhir.KindUnavailable, "transient", 0), limit.Open},
		{"connect timeout", fails(fhir.KindTimeout, "timeout", 0), limit.Open},
		{"hangs", hang, limit.Open},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := &hospital{do: tt.do}
			l := limiter(t, limit.Config{Retries: -1, CallTime: time.Second})
			server := l.Link(h)
			for i := range 5 {
				_, _ = server.Do(t.Context(), read(strconv.Itoa(i)))
			}
			if got := l.State().Breaker; got != tt.want || h.calls.Load() != 5 {
				t.Errorf("%s: %v after %d calls, want %v", tt.name, got, h.calls.Load(), tt.want)
			}
		})
	}
}

func TestBreakerFromOpenToClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var changes []limit.Change
		h := &hospital{do: fails(fhir.KindUnavailable, "transient", 0)}
		l := limiter(t, limit.Config{Retries: -1, Failures: 3, OpenTime: 10 * time.Second, Observe: func(c limit.Change) { changes = append(changes, c) }})
		server := l.Link(h)
		start := time.Now()
		ask := func() error {
			_, err := server.Do(t.Context(), read("1"))
			return err
		}
		for range 3 {
			_ = ask()
		}
		if s := l.State(); s.Breaker != limit.Open || !s.Since.Equal(start) || s.RetryAfter != 10*time.Second {
			t.Fatalf("after three failures: %+v", s)
		}
		time.Sleep(4 * time.Second)
		wantRefused(t, ask(), 6*time.Second, 6*time.Second)
		if h.calls.Load() != 3 {
			t.Fatalf("%d calls, want none while open", h.calls.Load())
		}

		// A probe that fails opens it again.
		time.Sleep(6*time.Second + time.Millisecond)
		if s := l.State(); s.Breaker != limit.HalfOpen || !s.Since.Equal(start.Add(10*time.Second)) || s.RetryAfter != 0 {
			t.Fatalf("when the open time is over: %+v", s)
		}
		_ = ask()
		wantRefused(t, ask(), 10*time.Second, 10*time.Second)

		// While two probes run, nothing else passes; when both work it closes.
		time.Sleep(10*time.Second + time.Millisecond)
		h.do = after(time.Second)
		var wg sync.WaitGroup
		for i := range 2 {
			wg.Go(func() {
				if _, err := server.Do(t.Context(), read("probe"+strconv.Itoa(i))); err != nil {
					t.Errorf("probe: %v", err)
				}
			})
		}
		synctest.Wait()
		wantRefused(t, ask(), time.Second, time.Second)
		wg.Wait()
		if err := ask(); err != nil || l.State().Breaker != limit.Closed {
			t.Errorf("after the probes: %v, %v", err, l.State().Breaker)
		}

		var got []string
		for _, c := range changes {
			got = append(got, c.From.String()+" to "+c.To.String())
		}
		want := []string{"closed to open", "open to half-open", "half-open to open", "open to half-open", "half-open to closed"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
		if n := l.State().Rejected[limit.BreakerOpen]; n != 3 {
			t.Errorf("%d refused, want 3", n)
		}
	})
}

// A probe whose client leaves makes room for another.
func TestAnAbandonedProbeDecidesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &hospital{do: fails(fhir.KindUnavailable, "transient", 0)}
		l := limiter(t, limit.Config{Retries: -1, Failures: 1, Probes: 1})
		server := l.Link(h)
		_, _ = server.Do(t.Context(), read("1"))
		time.Sleep(11 * time.Second)
		h.do = hang
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, _ = server.Do(ctx, read("2"))
		synctest.Wait()
		if got := l.State().Breaker; got != limit.HalfOpen {
			t.Fatalf("%v, want half-open still", got)
		}
		h.do = found
		if _, err := server.Do(t.Context(), read("3")); err != nil || l.State().Breaker != limit.Closed {
			t.Errorf("the next probe: %v, %v", err, l.State().Breaker)
		}
	})
}

// Half of the calls failing is an outage though no five fail in a row.
func TestAShareOfFailuresOpensTheBreaker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, every := range []int64{2, 4} { // one failure in so many
			h := &hospital{}
			h.do = func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
				if h.calls.Load()%every == 0 {
					return upstream(status(502))(ctx, req)
				}
				return found(ctx, req)
			}
			l := limiter(t, limit.Config{Retries: -1})
			server := l.Link(h)
			for i := range 100 {
				_, _ = server.Do(t.Context(), read(strconv.Itoa(i)))
				time.Sleep(100 * time.Millisecond)
			}
			if got, want := l.State().Breaker, every == 2; (got != limit.Closed) != want {
				t.Errorf("one failure in %d: %v", every, got)
			}
		}
	})
}

// TestATrialSaysNothing holds that a provider's fault at a question that was
// only tried is neither repeated nor held against it; that it does not answer
// at all is.
func TestATrialSaysNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do    func(context.Context, *fhir.Request) (*fhir.Response, error)
		opens bool
	}{
		"500":  {upstream(status(500)), false},
		"down": {fails(fhir.KindUnavailable, "transient", 0), true},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := &hospital{do: c.do}
			l := limiter(t, limit.Config{Failures: 3, Retries: 2})
			server := l.Link(h)
			for range 6 {
				_, _ = server.Do(as(t.Context(), "a"), &fhir.Request{Interaction: fhir.Search, Type: "Patient", Trial: true})
			}
			if open := l.State().Breaker == limit.Open; open != c.opens || !c.opens && h.calls.Load() != 6 {
				t.Errorf("%s: the breaker is %v after %d calls", name, l.State().Breaker, h.calls.Load())
			}
		})
	}
}
