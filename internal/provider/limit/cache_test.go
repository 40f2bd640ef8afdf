package limit_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/limit"
)

func tenantIn(ctx context.Context) string {
	p, _ := access.PrincipalFrom(ctx)
	return p.Tenant
}

func fresh(d time.Duration) func(context.Context, *fhir.Request) (*fhir.Response, error) {
	return func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
		resp, err := found(ctx, req)
		resp.Fresh = d
		return resp, err
	}
}

func TestWhatIsKept(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		cfg   limit.Config
		do    func(context.Context, *fhir.Request) (*fhir.Response, error)
		req   *fhir.Request
		calls int64 // for two requests one second apart
	}{
		{"off", limit.Config{}, found, read("1"), 2},
		{"a read", limit.Config{CacheFor: 2 * time.Second}, found, read("1"), 1},
		{"a search", limit.Config{CacheFor: 2 * time.Second}, found, &fhir.Request{Interaction: fhir.Search, Type: "Patient"}, 1},
		{"over its time", limit.Config{CacheFor: time.Second}, found, read("1"), 2},
		{"what the provider wants kept by nobody", limit.Config{CacheFor: time.Hour}, fresh(-1), read("1"), 2},
		{"over the time the provider allows", limit.Config{CacheFor: time.Hour}, fresh(time.Second), read("1"), 2},
		{"within the time the provider allows", limit.Config{CacheFor: time.Hour}, fresh(time.Minute), read("1"), 1},
		{"larger than all that may be kept", limit.Config{CacheFor: time.Hour, CacheBytes: 10}, found, read("1"), 2},
		{"an error", limit.Config{CacheFor: time.Hour}, fails(fhir.KindNotFound, "not-found", 0), read("1"), 2},
		{"not modified", limit.Config{CacheFor: time.Hour}, func(context.Context, *fhir.Request) (*fhir.Response, error) {
			return &fhir.Response{NotModified: true, Resource: &fhir.Resource{}}, nil
		}, read("1"), 2},
		{"a batch", limit.Config{CacheFor: time.Hour}, found, &fhir.Request{Interaction: fhir.Batch}, 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := &hospital{do: tt.do}
			server := limiter(t, tt.cfg).Link(h)
			for range 2 {
				_, _ = server.Do(as(t.Context(), "a"), tt.req)
				time.Sleep(time.Second)
			}
			if got := h.calls.Load(); got != tt.calls {
				t.Errorf("%s: %d calls, want %d", tt.name, got, tt.calls)
			}
			if _, _ = server.Do(as(t.Context(), "b"), tt.req); h.calls.Load() != tt.calls+1 {
				t.Errorf("%s: another tenant was answered from what was kept", tt.name)
			}
			time.Sleep(time.Hour) // the timer that clears up ends
		})
	}
}

func TestKeptBytesAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		body := make([]byte, 10<<10)
		h := &hospital{do: func(_ context.Context, req *fhir.Request) (*fhir.Response, error) {
			return &fhir.Response{Matches: []fhir.Match{{Resource: fhir.Resource{Type: "Patient", ID: req.ID, Body: body}}}}, nil
		}}
		l := limiter(t, limit.Config{CacheFor: time.Minute, CacheBytes: 64 << 10})
		server := l.Link(h)
		for i := range 20 {
			_, _ = server.Do(t.Context(), read(strconv.Itoa(i)))
		}
		for i := 19; i >= 0; i-- { // from the newest, as a miss pushes the oldest out
			_, _ = server.Do(t.Context(), read(strconv.Itoa(i)))
			if hits := l.State().CacheHits; i == 14 && hits != 5 {
				t.Errorf("%d of the newest are kept, want 5", hits)
			}
		}
		if hits := l.State().CacheHits; hits > 6 {
			t.Errorf("%d hits: more than 64 KiB of 10 KiB bodies are kept", hits)
		}
		time.Sleep(time.Minute)
	})
}

func TestForget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &hospital{do: after(time.Second)}
		l := limiter(t, limit.Config{CacheFor: time.Hour})
		server := l.Link(h)
		ask := func() {
			if _, err := server.Do(t.Context(), read("1")); err != nil {
				t.Error(err)
			}
		}
		ask()
		l.Forget()
		ask()
		if h.calls.Load() != 2 {
			t.Errorf("%d calls, want 2", h.calls.Load())
		}
		l.Forget()
		var wg sync.WaitGroup
		wg.Go(ask)
		synctest.Wait()
		l.Forget() // the call on its way is not kept
		wg.Wait()
		ask()
		if h.calls.Load() != 4 {
			t.Errorf("%d calls, want 4", h.calls.Load())
		}
		l.Forget()
	})
	limiter(t, limit.Config{}).Forget()
}

// Two links of one provider share its bounds but not its answers.
func TestLinksShareNoAnswers(t *testing.T) {
	t.Parallel()
	l := limiter(t, limit.Config{CacheFor: time.Hour})
	defer l.Forget()
	old, anew := &hospital{}, &hospital{}
	if _, err := l.Link(old).Do(t.Context(), read("1")); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Link(anew).Do(t.Context(), read("1")); err != nil || anew.calls.Load() != 1 {
		t.Errorf("%v after %d calls: the answer of another server", err, anew.calls.Load())
	}
}
