package limit

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A link is one server behind a Limiter.
type link struct {
	*Limiter

	next   fhir.Server
	serial uint64 // tells its kept answers from another link's

	mu      sync.Mutex
	flights map[string]*flight // calls on their way that others may share
}

// A flight is one call and those who wait for it. It is made in the goroutine of
// who asked first and ends no later than that one's time; should that client
// hang up, it goes on as long as another one waits.
type flight struct {
	key    string
	until  time.Time // when the call ends at the latest
	cancel context.CancelFunc

	waiting int           // under link.mu
	done    chan struct{} // under link.mu; made by the first who joins, closed when resp and err are set
	resp    *fhir.Response
	err     error
}

func (k *link) do(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, fhir.AsError(err)
	}
	tenant := tenantOf(ctx)
	until := k.until(ctx)
	if shared(req.Interaction) {
		return k.share(ctx, tenant, req, until)
	}
	if changes(req) {
		defer k.changed()
	}
	return k.call(ctx, k.next, tenant, req, until)
}

func tenantOf(ctx context.Context) string {
	p, _ := access.PrincipalFrom(ctx)
	return p.Tenant
}

// until is when a call made under ctx ends at the latest: a little before the
// deadline, so that there is time left to say that it did.
func (l *Limiter) until(ctx context.Context) time.Time {
	now := time.Now()
	deadline, ok := ctx.Deadline()
	if !ok {
		return now.Add(3 * l.cfg.CallTime)
	}
	return deadline.Add(-min(reserve, deadline.Sub(now)/10))
}

const reserve = 100 * time.Millisecond

// shared interactions are reads: identical ones may have one answer.
func shared(i fhir.Interaction) bool {
	switch i {
	case fhir.Capabilities, fhir.Read, fhir.VRead, fhir.Search, fhir.History:
		return true
	case fhir.Create, fhir.Update, fhir.Delete, fhir.Batch, fhir.Transaction:
	}
	return false
}

// changes reports whether a request may change data. One that does not may be
// made twice.
func changes(req *fhir.Request) bool {
	if req.Interaction == fhir.Batch {
		return slices.ContainsFunc(req.Entries, func(e fhir.Entry) bool { return e.Request != nil && !shared(e.Request.Interaction) })
	}
	return !shared(req.Interaction)
}

// changed makes later reads ask anew.
func (k *link) changed() {
	k.mu.Lock()
	clear(k.flights)
	k.mu.Unlock()
	k.Forget()
}

// share answers from what is kept, from an identical call on its way, or by a
// call that others may share.
func (k *link) share(ctx context.Context, tenant string, req *fhir.Request, until time.Time) (*fhir.Response, error) {
	var buf [256]byte
	key := appendKey(buf[:0], k.serial, tenant, req)
	if resp, ok := k.cache.get(key); ok {
		k.counts.cacheHits.Add(1)
		return resp, nil
	}
	k.mu.Lock()
	if f := k.flights[string(key)]; f != nil && !f.until.Before(earlier(until, time.Now().Add(k.cfg.CallTime))) {
		f.waiting++
		if f.done == nil {
			f.done = make(chan struct{})
		}
		k.mu.Unlock()
		k.counts.coalesced.Add(1)
		return k.join(ctx, f, until)
	}
	f := &flight{key: string(key), until: until, waiting: 1}
	k.flights[f.key] = f
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f.cancel = cancel
	k.mu.Unlock()
	defer context.AfterFunc(ctx, func() { k.abandon(f) })()
	k.fly(base, f, tenant, req)
	return f.resp, f.err
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// fly makes the call of a flight.
func (k *link) fly(ctx context.Context, f *flight, tenant string, req *fhir.Request) {
	f.err = errEnded
	defer func() {
		k.mu.Lock()
		k.land(f)
		if f.done != nil {
			close(f.done)
		}
		k.mu.Unlock()
		f.cancel()
	}()
	begun := k.cache.begin()
	f.resp, f.err = k.call(ctx, k.next, tenant, req, f.until)
	if f.err == nil && !f.resp.NotModified {
		k.cache.put(f.key, f.resp, begun)
	}
}

// errEnded is the answer of a call that ended without one: its goroutine was
// told to exit.
var errEnded = errors.New("limit: the call ended without an answer")

// land takes a flight off the list; link.mu is held.
func (k *link) land(f *flight) {
	if k.flights[f.key] == f {
		delete(k.flights, f.key)
	}
}

// join waits for another one's call, no longer than its own time.
func (k *link) join(ctx context.Context, f *flight, until time.Time) (*fhir.Response, error) {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-f.done:
		if fe := (*fhir.Error)(nil); errors.As(f.err, &fe) {
			own := *fe // an error may be added to on its way up
			return nil, &own
		}
		return f.resp, f.err
	case <-ctx.Done():
		k.abandon(f)
		return nil, fhir.AsError(ctx.Err())
	case <-timer.C:
		k.abandon(f)
		return nil, tooSlow(nil)
	}
}

// abandon is one waiter less; the last one ends the call.
func (k *link) abandon(f *flight) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if f.waiting--; f.waiting == 0 {
		k.land(f)
		f.cancel()
	}
}

// appendKey appends all that an answer to a read depends on, each part with its
// length, so that no two requests have one key. The tenant is part of it: no
// answer is ever shared with another.
func appendKey(b []byte, serial uint64, tenant string, req *fhir.Request) []byte {
	b = binary.AppendUvarint(b, serial)
	b = appendText(b, tenant)
	strict := byte(0)
	if req.Strict {
		strict = 1
	}
	b = append(b, byte(req.Interaction), strict)
	b = appendText(appendText(appendText(b, req.Type), req.ID), req.VersionID)
	b = binary.AppendUvarint(b, uint64(len(req.IfNoneMatch)))
	for _, v := range req.IfNoneMatch {
		b = appendText(b, v)
	}
	if req.IfModifiedSince.IsZero() {
		b = append(b, 0)
	} else {
		b = binary.AppendVarint(append(b, 1), req.IfModifiedSince.UnixNano())
	}
	b = appendText(b, req.Cursor)
	for _, p := range req.Params {
		b = appendText(appendText(b, p.Name), p.Value)
	}
	return b
}

func appendText[T string | []byte](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
