package gather

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A wave is the entries that leave together.
type wave struct {
	from  origin
	full  int // leaves at once with so many
	begun time.Time
	timer *time.Timer // fires when it is to leave; under gatherer.mu

	members []*member // under gatherer.mu until it left

	mu      sync.Mutex
	waiting int                // members that have not given up
	cancel  context.CancelFunc // of the batch on its way; nil before
}

// A member is one request in a wave. When settled is closed, either resp or err
// is set, or it is told to go alone.
type member struct {
	ctx     context.Context //nolint:containedctx // a member is a call that waits in its own goroutine
	req     *fhir.Request
	settled chan struct{}

	alone bool
	resp  *fhir.Response
	err   error
}

// join puts m in its origin's wave and sends the wave off when it is full.
func (g *gatherer) join(from origin, m *member, full int) *wave {
	g.mu.Lock()
	defer g.mu.Unlock()
	w := g.waves[from]
	now := time.Now()
	if w == nil {
		w = &wave{from: from, full: full, begun: now}
		g.waves[from] = w
		w.timer = time.AfterFunc(g.cfg.Quiet, func() { g.due(w) })
	} else {
		w.timer.Reset(min(g.cfg.Quiet, g.cfg.Longest-now.Sub(w.begun)))
	}
	w.members = append(w.members, m)
	w.mu.Lock()
	w.waiting++
	w.mu.Unlock()
	if len(w.members) >= w.full {
		w.timer.Stop()
		delete(g.waves, from)
		go g.leave(w) // it ends when the provider answers, or nobody waits
	}
	return w
}

// due sends a wave off that waited long enough. It runs in the timer's own
// goroutine.
func (g *gatherer) due(w *wave) {
	g.mu.Lock()
	left := g.waves[w.from] != w
	if !left {
		delete(g.waves, w.from)
	}
	g.mu.Unlock()
	if !left {
		g.leave(w)
	}
}

// abandon is one member less; the last one ends the batch.
func (w *wave) abandon() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waiting--; w.waiting == 0 && w.cancel != nil {
		w.cancel()
	}
}

// start gives the context of the batch: that of its members but for their
// end, until the last of their deadlines. ok is false when nobody waits.
func (w *wave) start(members []*member) (ctx context.Context, ok bool) {
	ctx = context.WithoutCancel(members[0].ctx)
	cancel := context.CancelFunc(nil)
	if last, bounded := latest(members); bounded {
		ctx, cancel = context.WithDeadline(ctx, last)
	} else {
		ctx, cancel = context.WithCancel(ctx)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cancel = cancel
	return ctx, w.waiting > 0
}

func latest(members []*member) (last time.Time, bounded bool) {
	for _, m := range members {
		d, ok := m.ctx.Deadline()
		if !ok {
			return time.Time{}, false
		}
		if d.After(last) {
			last = d
		}
	}
	return last, true
}

// leave sends a wave as one batch and settles its members.
func (g *gatherer) leave(w *wave) {
	members := slices.DeleteFunc(w.members, func(m *member) bool { return m.ctx.Err() != nil })
	entries, of := combine(members)
	if len(entries) < 2 {
		settle(members, func(m *member) { m.alone = true })
		return
	}
	ctx, ok := w.start(members)
	defer w.cancel()
	if !ok {
		return
	}
	results, err := g.ask(ctx, entries)
	refused := g.learn(err)
	if g.cfg.Observe != nil {
		g.cfg.Observe(len(entries), refused)
	}
	settle(members, func(m *member) {
		switch {
		case refused:
			m.alone = true
		case err != nil:
			m.err = own(err)
		case results[of[m]].Err != nil:
			m.err = own(results[of[m]].Err)
		default:
			m.resp = results[of[m]].Response
		}
	})
}

func settle(members []*member, with func(*member)) {
	for _, m := range members {
		with(m)
		close(m.settled)
	}
}

// own is an error of one's own: it may be added to on its way up.
func own(err error) error {
	if fe := (*fhir.Error)(nil); errors.As(err, &fe) {
		c := *fe
		return &c
	}
	return err
}

// combine makes the entries of a batch. Reads of one resource share an entry,
// as many resources of one patient point at the same doctor.
func combine(members []*member) (entries []fhir.Entry, of map[*member]int) {
	type target struct{ typ, id string }
	reads := map[target]int{}
	of = make(map[*member]int, len(members))
	for _, m := range members {
		at := target{m.req.Type, m.req.ID}
		plain := m.req.Interaction == fhir.Read && len(m.req.Params) == 0
		if i, ok := reads[at]; ok && plain {
			of[m] = i
			continue
		}
		of[m] = len(entries)
		if plain {
			reads[at] = len(entries)
		}
		entries = append(entries, fhir.Entry{Request: m.req})
	}
	return entries, of
}

// errNonsense is a batch's answer that does not fit the batch.
var errNonsense = errors.New("gather: the results do not fit the entries")

// ask sends a batch and gives one result for each entry. A panic below is an
// internal error: the goroutine is ours.
func (g *gatherer) ask(ctx context.Context, entries []fhir.Entry) (results []fhir.Result, err error) {
	defer func() {
		if v := recover(); v != nil {
			results, err = nil, fhir.Internal(fmt.Errorf("panic in a gathered batch: %v\n%s", v, debug.Stack()))
		}
	}()
	resp, err := g.next.Do(ctx, &fhir.Request{Interaction: fhir.Batch, Entries: entries})
	if err != nil {
		return nil, err
	}
	if len(resp.Results) != len(entries) {
		return nil, errNonsense
	}
	for i, r := range resp.Results {
		if (r.Response == nil) == (r.Err == nil) || r.Response != nil && !fits(entries[i].Request, r.Response) {
			return nil, errNonsense
		}
	}
	return resp.Results, nil
}

// fits reports whether an entry's answer can be one: a read gives the resource
// that was asked for, a search matches of its type. A server that mixes up its
// entries must not show one patient's records as another's.
func fits(req *fhir.Request, resp *fhir.Response) bool {
	switch req.Interaction {
	case fhir.Read, fhir.VRead:
		return resp.Resource != nil && resp.Resource.Type == req.Type && resp.Resource.ID == req.ID
	case fhir.Search:
		return resp.Resource == nil && !slices.ContainsFunc(resp.Matches, func(m fhir.Match) bool {
			return m.Mode == fhir.ModeMatch && req.Type != "" && m.Type != req.Type
		})
	default:
		return resp.Resource == nil
	}
}

// failuresRefuse is how many batches in a row the provider may fail before it
// is taken for one that cannot do batches.
const failuresRefuse = 2

// learn tells from a batch's outcome whether the provider refuses batches, and
// remembers it.
func (g *gatherer) learn(err error) (refused bool) {
	var fe *fhir.Error
	switch {
	case err == nil:
		g.failing.Store(0)
		return false
	case errors.Is(err, errNonsense):
	case !errors.As(err, &fe):
		return false
	case fe.Kind == fhir.KindUpstream && failing(err):
		if g.failing.Add(1) < failuresRefuse {
			return false
		}
	case !refusals[fe.Kind]:
		return false
	}
	until := time.Now().Add(g.cfg.Remember)
	g.refused.Store(&until)
	g.failing.Store(0)
	return true
}

// refusals are the kinds by which a server says that it takes no batches, or
// not this one. The entries are then asked one by one.
var refusals = map[fhir.Kind]bool{
	fhir.KindInvalid: true, fhir.KindTooCostly: true, fhir.KindForbidden: true, fhir.KindNotFound: true, fhir.KindUnknownType: true,
	fhir.KindMethod: true, fhir.KindNotAcceptable: true, fhir.KindConflict: true, fhir.KindGone: true, fhir.KindPrecondition: true,
	fhir.KindTooLarge: true, fhir.KindMediaType: true, fhir.KindUnprocessable: true, fhir.KindNotImplemented: true, fhir.KindUpstream: true,
}

// failing reports whether the provider failed (5xx, as the cause tells by
// HTTPStatus) or broke off, rather than answer nonsense.
func failing(err error) bool {
	if status, ok := errors.AsType[interface {
		error
		HTTPStatus() int
	}](err); ok {
		return status.HTTPStatus() >= 500
	}
	return errors.Is(err, io.ErrUnexpectedEOF)
}
