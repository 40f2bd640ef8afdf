package limit_test

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/limit"
)

// sickFor is a provider with a hospital for each tenant, one of which is sick.
func sickFor(tenant string, sick func(context.Context, *fhir.Request) (*fhir.Response, error)) *hospital {
	return &hospital{do: func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
		if p, _ := access.PrincipalFrom(ctx); p.Tenant == tenant {
			return sick(ctx, req)
		}
		return found(ctx, req)
	}}
}

// TestHospitalsBehindOneProvider holds that where each tenant may have a
// hospital of its own behind a provider, one that fails, wants rest or hangs
// keeps no other tenant waiting.
func TestHospitalsBehindOneProvider(t *testing.T) {
	t.Parallel()
	for name, sick := range map[string]func(context.Context, *fhir.Request) (*fhir.Response, error){
		"fails":      fails(fhir.KindUnavailable, "transient", 0),
		"wants rest": fails(fhir.KindUnavailable, "throttled", time.Minute),
		"hangs":      hang,
	} {
		for _, apart := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				l := limiter(t, limit.Config{Concurrency: 4, Failures: 5, PerTenant: apart})
				server := l.Link(sickFor("a", sick))
				ctx, stop := context.WithCancel(as(t.Context(), "a"))
				for i := range 20 {
					go func() { _, _ = server.Do(ctx, read(strconv.Itoa(i))) }()
				}
				time.Sleep(2 * time.Second)
				begun := time.Now()
				_, err := server.Do(as(t.Context(), "b"), read("1"))
				if at := time.Since(begun); apart && (err != nil || at > 0) {
					t.Errorf("%s: another hospital answers after %v with %v", name, at, err)
				} else if !apart && err == nil && at == 0 {
					t.Errorf("%s: one hospital is called as if it were several", name)
				}
				if s := l.State(); name == "fails" && s.Breaker != limit.Open {
					t.Errorf("%s: the breaker shown is %v", name, s.Breaker)
				}
				stop()
				time.Sleep(time.Minute)
				if s := l.State(); s.InFlight != 0 || s.Queued != 0 {
					t.Errorf("%s: %d calls in flight, %d queued at the end", name, s.InFlight, s.Queued)
				}
			})
		}
	}
}

// TestTheLastQuarter holds that what one tenant may not take it gets as soon as
// its own calls end, in turn.
func TestTheLastQuarter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &hospital{do: after(time.Second)}
		server := limiter(t, limit.Config{Concurrency: 8, PerTenant: true}).Link(h)
		begun := time.Now()
		answered := make(chan error)
		for i := range 18 {
			go func() {
				_, err := server.Do(as(t.Context(), "a"), read(strconv.Itoa(i)))
				answered <- err
			}()
		}
		for range 18 {
			if err := <-answered; err != nil {
				t.Error(err)
			}
		}
		if took, peak := time.Since(begun), h.peak.Load(); took != 3*time.Second || peak != 6 {
			t.Errorf("18 calls of a second took %v with up to %d at once, want 3s and 6", took, peak)
		}
	})
}
