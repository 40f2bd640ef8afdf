package gather

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Config says when a batch leaves. The zero value works.
type Config struct {
	Max      int           // entries of one batch to the provider; 0 is 50
	Quiet    time.Duration // a batch leaves when no entry came for so long; 0 is 2 ms
	Longest  time.Duration // it leaves after this time in any case; 0 is 10 ms
	Remember time.Duration // how long a provider's refusal of batches stands; 0 is 10 min

	// Observe is told of each wave: how many requests left as one batch, and
	// whether the provider refused to take them so. It must return at once. It
	// may be nil.
	Observe func(entries int, refused bool)
}

// Link wraps next, which takes requests of [fhir.Batch]. Build it once for as
// long as the provider's settings stand: it remembers a refusal.
func Link(next fhir.Server, cfg Config) fhir.Server {
	if cfg.Max <= 0 {
		cfg.Max = 50
	}
	for _, f := range []struct {
		field *time.Duration
		value time.Duration
	}{{&cfg.Quiet, 2 * time.Millisecond}, {&cfg.Longest, 10 * time.Millisecond}, {&cfg.Remember, 10 * time.Minute}} {
		if *f.field <= 0 {
			*f.field = f.value
		}
	}
	g := &gatherer{next: next, cfg: cfg, waves: map[origin]*wave{}}
	return fhir.ServerFunc{V: next.Version(), F: g.do}
}

// An origin is the incoming batch that entries belong to.
type origin struct{ tenant, requestID string }

type gatherer struct {
	next fhir.Server
	cfg  Config

	refused atomic.Pointer[time.Time] // single calls until then
	failing atomic.Uint32             // batches in a row that the provider failed

	mu    sync.Mutex
	waves map[origin]*wave // those that have not left yet
}

func (g *gatherer) do(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	beside := access.EntriesFrom(ctx)
	if beside < 2 || !gathers(req) || g.refuses() {
		return g.next.Do(ctx, req)
	}
	id := access.RequestIDFrom(ctx)
	p, known := access.PrincipalFrom(ctx)
	if id == "" || !known {
		return g.next.Do(ctx, req)
	}
	m := &member{ctx: ctx, req: req, settled: make(chan struct{})}
	w := g.join(origin{p.Tenant, id}, m, min(beside, g.cfg.Max)) //nolint:contextcheck // the batch has its members' values, and time as long as one waits
	select {
	case <-m.settled:
	case <-ctx.Done():
		w.abandon()
		return nil, fhir.AsError(ctx.Err())
	}
	if m.alone {
		return g.next.Do(ctx, req)
	}
	return m.resp, m.err
}

// gathers reports whether a request may be an entry of a batch. A condition, a
// page link and a preference stay outside: not every server honours them there.
func gathers(req *fhir.Request) bool {
	switch req.Interaction {
	case fhir.Read, fhir.VRead, fhir.Search, fhir.History:
		return !req.Strict && len(req.Cursor) == 0 && len(req.IfNoneMatch) == 0 && req.IfModifiedSince.IsZero()
	case fhir.Capabilities, fhir.Create, fhir.Update, fhir.Delete, fhir.Batch, fhir.Transaction:
	}
	return false
}

// refuses reports whether the provider is known not to take batches.
func (g *gatherer) refuses() bool {
	until := g.refused.Load()
	return until != nil && time.Now().Before(*until)
}
