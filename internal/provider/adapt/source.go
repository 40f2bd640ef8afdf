package adapt

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// maxReads bounds the single reads that stand for one search, and parallel how
// many calls of one search are under way at once.
const (
	maxReads = 200
	parallel = 8
)

// sizes are the page sizes that providers are asked for, 0 for leaving it to
// them.
var sizes = [...]int{250, 100, 50, 20, 10, 3, 0}

// A source is the provider as [search.Wide] asks it: the answers to several
// asks, one after the other, as pages of one. It serves one pass.
type source struct {
	a      *asker
	asks   []ask
	size   int
	begun  bool
	queue  []pending
	page   int
	from   map[string]int // the ask that found a resource first
	given  []int          // matches by ask
	claims []int          // what the provider says it has, by ask; -1 for unsaid
	short  bool           // it gave fewer than it says, to the end
	twice  int            // matches on a further page that were on an earlier one
	links  bool           // it gave a link to a further page
	lacks  bool           // it listed what could not be taken
}

// pending is a page yet to be read.
type pending struct {
	ask    int
	cursor []byte
}

func newSource(a *asker, asks []ask, size int) *source {
	return &source{a: a, asks: asks, size: size, from: map[string]int{}, given: make([]int, len(asks)), claims: make([]int, len(asks))}
}

// Version implements [fhir.Server].
func (s *source) Version() fhir.Version { return s.a.l.next.Version() }

// Do gives the next page, whatever it is asked: first the first pages of all
// asks together, then page by page.
func (s *source) Do(ctx context.Context, _ *fhir.Request) (*fhir.Response, error) {
	out := &fhir.Response{}
	if !s.begun {
		s.begun = true
		answers := make([]*fhir.Response, len(s.asks))
		g, gctx := errgroup.WithContext(ctx)
		g.SetLimit(parallel)
		for i := range s.asks {
			g.Go(func() (err error) {
				answers[i], err = s.a.page(gctx, &s.asks[i], s.size, nil)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return nil, err
		}
		for i, resp := range answers {
			s.claims[i] = -1
			if resp.Known == fhir.TotalExact {
				s.claims[i] = resp.Total
			}
			s.take(out, resp, i)
		}
	} else if len(s.queue) > 0 {
		next := s.queue[0]
		s.queue = s.queue[1:]
		resp, err := s.a.page(ctx, &s.asks[next.ask], s.size, next.cursor)
		if err != nil {
			return nil, err
		}
		if bytes.Equal(resp.Next, next.cursor) {
			return nil, errEndless()
		}
		s.take(out, resp, next.ask)
	}
	if len(s.queue) > 0 {
		s.page++
		out.Next = strconv.AppendInt(nil, int64(s.page), 10)
	}
	return out, nil
}

// lacks reports whether a warning tells of matches that were left out.
func lacks(warnings []fhir.Issue) bool {
	return slices.ContainsFunc(warnings, func(w fhir.Issue) bool { return w.Code == "incomplete" })
}

func errEndless() error {
	return fhir.Errorf(fhir.KindTooCostly, "too-costly", "The provider's pages lead back to themselves, so the answer cannot be read to its end. Add a criterion that makes it fit one page.")
}

func (s *source) take(out *fhir.Response, resp *fhir.Response, i int) {
	for _, m := range resp.Matches {
		key := m.Type + "/" + m.ID
		switch by, ok := s.from[key]; {
		case m.Mode != fhir.ModeMatch:
		case !ok:
			s.from[key] = i
			s.given[i]++
		case by == i:
			s.twice++
		}
	}
	out.Matches = append(out.Matches, resp.Matches...)
	out.Warnings = append(out.Warnings, resp.Warnings...)
	s.lacks = s.lacks || lacks(resp.Warnings)
	if len(resp.Next) > 0 {
		s.links = true
		s.queue = append(s.queue, pending{i, resp.Next})
		return
	}
	if len(s.asks) == 1 && s.claims[i] > 0 {
		s.a.weigh(s.claims[i], s.given[i])
		s.short = s.given[i] < s.claims[i]
	}
}

// restless reports whether the provider gave as many as it says it has, but some
// of them twice: its order changes from page to page, and others were on none.
func (s *source) restless() bool {
	return s.short && s.twice > 0 && s.given[0]+s.twice == s.claims[0]
}

// weigh compares what the provider says it has with what it gave to the end.
func (a *asker) weigh(claimed, given int) {
	key := a.q.Type + " total"
	if claimed != given {
		a.m.learn(key, ignored)
	} else if a.m.is(key) == unknownState {
		a.m.learn(key, proven)
	}
}

// A refusal is an answer that says the question cannot be asked so.
type refusal struct {
	ask  *ask
	size int
	err  *fhir.Error
}

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// refuses tells whether a failure is about what was asked. A provider's first
// answer decides; a page that fails later is a failure.
func refuses(err error) (*fhir.Error, bool) {
	var fe *fhir.Error
	if !errors.As(err, &fe) {
		return nil, false
	}
	switch fe.Kind {
	case fhir.KindInvalid, fhir.KindUnknownType, fhir.KindNotFound, fhir.KindMethod, fhir.KindNotImplemented, fhir.KindUnprocessable:
		return fe, true
	case fhir.KindInternal, fhir.KindTooCostly, fhir.KindUnauthorized, fhir.KindForbidden, fhir.KindNotAcceptable, fhir.KindConflict, fhir.KindGone,
		fhir.KindPrecondition, fhir.KindTooLarge, fhir.KindMediaType, fhir.KindThrottled, fhir.KindUpstream, fhir.KindUnavailable, fhir.KindTimeout:
	}
	return fe, false
}

// page asks for one page of an ask.
func (a *asker) page(ctx context.Context, q *ask, size int, cursor []byte) (*fhir.Response, error) {
	if q.ids != nil {
		return a.readAll(ctx, q.ids)
	}
	// Judged once: while the provider is asked, others may learn of it.
	trial := cursor == nil && a.untried(q, size)
	req := &fhir.Request{Interaction: fhir.Search, Type: a.q.Type, Cursor: cursor, Trial: trial}
	for i := range q.parts {
		req.Params = append(req.Params, q.parts[i].params...)
	}
	if size > 0 {
		req.Params = append(req.Params, fhir.Param{Name: "_count", Value: strconv.Itoa(size)})
	}
	resp, err := a.l.next.Do(ctx, req)
	if err != nil {
		fe, ok := refuses(err)
		switch {
		case cursor != nil:
			return nil, err
		case ok && (fe.Kind == fhir.KindUnknownType || fe.Kind == fhir.KindNotFound) && a.m.is(a.noneKey()) == ignored && a.answers(ctx, a.q.Type):
			a.m.used(a.noneKey(), WhyChecked)
			return &fhir.Response{Known: fhir.TotalExact}, nil
		case ok || novel(fe, trial):
			return nil, &refusal{q, size, fhir.AsError(err)}
		}
		return nil, err
	}
	if cursor == nil {
		if slices.Contains(sizes[:], size) && a.m.is(sizeKey(size)) == unknownState {
			a.m.learn(sizeKey(size), proven)
		}
		for i := range q.parts {
			if pt := &q.parts[i]; pt.criterion != nil && a.m.is(pt.key) == unknownState {
				a.m.learn(pt.key, proven)
			}
		}
	}
	return resp, nil
}

// answers reports whether the provider answers on a type now: that something
// was not found may also mean that nothing is there to ask.
func (a *asker) answers(ctx context.Context, typ string) bool {
	_, err := a.bare(ctx, typ)
	return err == nil
}

// untried reports whether the provider was never seen to answer some part of a
// question, or with pages of one of our sizes.
func (a *asker) untried(q *ask, size int) bool {
	return slices.Contains(sizes[:], size) && a.m.is(sizeKey(size)) == unknownState || slices.ContainsFunc(q.parts, func(pt part) bool { return a.m.is(pt.key) == unknownState && !a.skip[pt.key] })
}

// novel tells that a provider failed at a question that it was never seen to
// answer when it was asked: some fail at what they should refuse.
func novel(fe *fhir.Error, trial bool) bool {
	return fe != nil && fe.Kind == fhir.KindUpstream && (trial || tooLarge(fe))
}

// readAll reads resources one by one. Those that are not there are no match.
func (a *asker) readAll(ctx context.Context, ids []string) (*fhir.Response, error) {
	found := make([]*fhir.Resource, len(ids))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for i, id := range ids {
		g.Go(func() error {
			resp, err := a.l.next.Do(gctx, &fhir.Request{Interaction: fhir.Read, Type: a.q.Type, ID: id})
			if absent(err) {
				return nil
			}
			if err == nil {
				found[i] = resp.Resource
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	out := &fhir.Response{}
	for _, r := range found {
		if r != nil && r.Body != nil {
			out.Matches = append(out.Matches, fhir.Match{Resource: *r})
		}
	}
	return out, nil
}

// absent tells that a read failed because there is nothing by that id.
func absent(err error) bool {
	var fe *fhir.Error
	return errors.As(err, &fe) && (fe.Kind == fhir.KindNotFound || fe.Kind == fhir.KindGone)
}
