package convert

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// search answers a search, by a page of the provider's where the question can
// be asked exactly, else by asking wider.
func (l *link) search(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	if l.synthesised(req.Type) {
		return l.searchRoles(ctx, req)
	}
	provided, err := l.provided(req.Type)
	if err != nil {
		return nil, err
	}
	way, inner, err := l.decodeCursor(req.Cursor)
	if err != nil {
		return nil, err
	}
	pl, err := l.plan(req, provided, l.searchOptions())
	if err != nil {
		return nil, err
	}
	s := &searching{link: l, req: req, plan: pl}
	if pl.here && way == plainPage && inner != nil {
		return nil, errCursor() // the question was asked exactly once
	}
	if pl.here || way == widePage {
		return s.finish(s.wide(ctx, s.next, inner))
	}
	if inner == nil && s.few() {
		if resp, err := s.wide(ctx, s.once(), nil); !errors.Is(err, errMore) && !costly(err) {
			return s.finish(resp, err)
		}
	}
	return s.finish(s.plain(ctx, inner))
}

// A searching is the work on one page of a search.
type searching struct {
	*link
	req        *fhir.Request
	plan       *plan
	unincluded []string // _include or _revinclude, when the provider ignores them
	disordered bool     // of what was looked through here
}

// finish puts the face's parameters on an answer. What the provider ignored was
// decided here, but for includes.
func (s *searching) finish(resp *fhir.Response, err error) (*fhir.Response, error) {
	if err != nil {
		return nil, err
	}
	resp.Used, resp.Ignored = s.plan.used, s.plan.ignored
	for _, name := range s.unincluded {
		resp.Used = slices.DeleteFunc(slices.Clone(resp.Used), func(p fhir.Param) bool { return strings.HasPrefix(p.Name, name) })
		if !slices.Contains(resp.Ignored, name) {
			resp.Ignored = append(slices.Clip(resp.Ignored), name)
		}
	}
	return resp, nil
}

// ask asks a server, and remembers which includes it ignored. ignored reports
// whether it ignored anything else.
func (s *searching) ask(ctx context.Context, server fhir.Server, req *fhir.Request) (resp *fhir.Response, ignored bool, err error) {
	if resp, err = server.Do(ctx, req); err != nil {
		return nil, false, err
	}
	for _, name := range resp.Ignored {
		switch name, _, _ := strings.Cut(name, ":"); name {
		case "_include", "_revinclude":
			if !slices.Contains(s.unincluded, name) {
				s.unincluded = append(s.unincluded, name)
			}
		default:
			ignored = true
		}
	}
	return resp, ignored, nil
}

// smallPage is the _count below which what is found about a patient is better
// read at once: the total is then certain without another call.
const smallPage = 50

// few reports whether a short page is asked for of what a patient has few of.
// Of observations there are too many to read them for one.
func (s *searching) few() bool {
	return s.plan.want.Count > 0 && s.plan.want.Count < smallPage && s.plan.aboutPatient() && s.req.Type != "Observation"
}

var errMore = errors.New("convert: there is more than can be read at once")

// once is the provider as far as it has no more than one page of the usual size.
func (s *searching) once() fhir.Server {
	return fhir.ServerFunc{V: s.provider, F: func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
		resp, err := s.next.Do(ctx, req)
		if err == nil && resp.Next != nil && (resp.Known != fhir.TotalExact || resp.Total > search.DefaultPageSize) {
			return nil, errMore
		}
		return resp, err
	}}
}

// wide asks a server the wider question and decides here.
func (s *searching) wide(ctx context.Context, server fhir.Server, cursor []byte) (*fhir.Response, error) {
	c := &converter{link: s.link, odd: s.plan.odd}
	asked := fhir.ServerFunc{V: s.provider, F: func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
		resp, _, err := s.ask(ctx, server, req)
		return resp, err
	}}
	w := &search.Wide{
		Server: asked, Ask: s.plan.wider(s.req), Want: s.plan.want, Definitions: s.faceDefs, Each: c.each, Bound: s.cfg.Bound,
	}
	folded := s.folds(s.req.Type) && looksAtRoles(s.plan.want)
	if folded { // what is asked for is in other resources, so they are put together first
		w.Server, w.Each = fhir.ServerFunc{V: s.face, F: c.folded}, nil
	}
	resp, err := w.Page(ctx, cursor)
	if err != nil {
		return nil, err
	}
	s.disordered = c.disordered
	return s.answer(ctx, resp, widePage, c.withheld, folded), nil
}

// answer finishes a page that holds what the face wants.
// Practitioners get their roles, if these can be had.
func (s *searching) answer(ctx context.Context, resp *fhir.Response, way byte, withheld int, folded bool) *fhir.Response {
	resp.Next = s.encodeCursor(way, resp.Next)
	if withheld > 0 {
		resp.Warnings = append(slices.Clip(resp.Warnings), s.incomplete(withheld))
	}
	if s.folds(s.req.Type) && !folded && s.plan.want.Elements == nil && s.plan.want.Summary == "" {
		whole := slices.Clone(resp.Matches)
		if s.fold(ctx, whole) == nil {
			resp.Matches = whole
		}
	}
	return resp
}

// plain takes the provider's own page, as long as it is the page that is
// wanted: nothing had to be left out of it, no parameter was ignored, and no
// resource makes the order doubtful. What one more call can hold is looked
// through for the total; a greater total is believed unless some of the type
// are known to have no place in the face.
func (s *searching) plain(ctx context.Context, cursor []byte) (*fhir.Response, error) {
	asked := s.plan.first(s.req)
	asked.Cursor = cursor
	resp, ignored, err := s.ask(ctx, s.next, asked)
	if err != nil {
		return nil, err
	}
	first := cursor == nil
	if first && ignored {
		return s.wide(ctx, s.next, nil)
	}
	c := &converter{link: s.link, odd: s.plan.odd}
	matches, err := c.page(ctx, resp.Matches)
	if err != nil {
		return nil, err
	}
	if first && c.disordered {
		return s.wide(ctx, s.next, nil)
	}
	out := *resp
	out.Matches = matches
	if first {
		part := resp.Next != nil || s.plan.totalOnly() && resp.Total > 0
		if c.lost > 0 || part && resp.Known == fhir.TotalExact && (resp.Total <= search.DefaultPageSize || s.doubtful(ctx)) {
			exact, err := s.wide(ctx, s.next, nil)
			switch {
			case err == nil && exact.Total == resp.Total && c.lost == 0 && !s.disordered: // the provider's pages will do
			case err == nil || !costly(err):
				return exact, err
			default:
				out.Total, out.Known = 0, fhir.TotalNone // how many the face can express is not known
			}
		}
	}
	if err := s.plan.want.Shape(s.face, out.Matches); err != nil {
		return nil, err
	}
	return s.answer(ctx, &out, plainPage, c.withheld, false), nil
}

// doubtful reports whether some match that is not on the first page may have
// no place in the face, so that the provider's total cannot be trusted. Where
// a parameter finds such records, the provider is asked whether there are any.
func (s *searching) doubtful(ctx context.Context) bool {
	d := s.doubts[s.req.Type]
	if d == nil || d.scoped && s.plan.aboutPatient() {
		return false
	}
	if d.find.Name == "" {
		return true
	}
	asked := s.plan.wider(s.req)
	asked.Params = append(criteria(asked.Params), d.find, fhir.Param{Name: "_summary", Value: "count"})
	resp, err := s.next.Do(ctx, asked)
	return err != nil || len(resp.Ignored) > 0 || resp.Known != fhir.TotalExact || resp.Total > 0
}

// criteria are the parameters without what is to be included.
func criteria(params []fhir.Param) []fhir.Param {
	return slices.DeleteFunc(params, func(p fhir.Param) bool {
		return strings.HasPrefix(p.Name, "_include") || strings.HasPrefix(p.Name, "_revinclude")
	})
}

func costly(err error) bool {
	var fe *fhir.Error
	return errors.As(err, &fe) && fe.Kind == fhir.KindTooCostly
}
