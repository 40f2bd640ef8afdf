package adapt

import (
	"context"
	"errors"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// total says how many there are in all. On a first page that is the last it is
// known; else the provider's total counts when it was found right before and
// can be, less what was entered in error; else everything is looked through
// within the bound; else it is only known that there are at least so many.
func (s *stream) total(ctx context.Context, resp *fhir.Response) error {
	if s.at.Native {
		return nil // the first page said
	}
	resp.Total, resp.Known = len(s.items), fhir.TotalAtLeast
	switch {
	case lacks(s.warned):
		return nil
	case s.ended:
		resp.Known = fhir.TotalExact
		return nil
	}
	claimed := s.claimed
	if claimed < 0 {
		var err error
		if claimed, err = s.counted(ctx); err != nil {
			return err
		}
	}
	key := s.a.q.Type + " total"
	if claimed > s.given && s.a.m.is(key) == proven {
		wrong, ok, err := s.inError(ctx)
		if err != nil {
			return err
		}
		if ok {
			resp.Total, resp.Known = max(claimed-wrong, len(s.items)), fhir.TotalExact
			return nil
		}
	}
	return s.byPaging(ctx, resp, claimed)
}

// byPaging counts by looking at everything, and learns whether the provider's
// total is right.
func (s *stream) byPaging(ctx context.Context, resp *fhir.Response, claimed int) error {
	s.a.m.used(s.a.q.Type+" total", WhyChecked)
	if claimed > s.bound {
		return nil // more than may be looked through
	}
	src := newSource(s.a, []ask{{parts: s.unsorted()}}, s.a.size())
	w := s.a.gather(src)
	none := *s.a.q
	none.Count = 0
	w.Want = &none
	all, err := w.Page(ctx, nil)
	switch {
	case err == nil && claimed >= 0:
		s.a.weigh(claimed, src.given[0])
		fallthrough
	case err == nil:
		resp.Total, resp.Known = all.Total, fhir.TotalExact
		return nil
	case fhir.AsError(err).Kind == fhir.KindTooCostly && ctx.Err() == nil:
		return nil
	}
	return err
}

// unsorted are the parts without the order.
func (s *stream) unsorted() []part {
	if s.sorted() {
		return s.ask.parts[:len(s.ask.parts)-1]
	}
	return s.ask.parts
}

// counted asks for the total alone; -1 when the provider does not say.
func (s *stream) counted(ctx context.Context) (int, error) {
	f := form{key: s.a.q.Type + "?_summary=count", name: "_summary", params: []fhir.Param{{Name: "_summary", Value: "count"}}}
	if s.a.m.is(f.key) == refused {
		return -1, nil
	}
	q := ask{parts: append(append([]part(nil), s.unsorted()...), part{form: f})}
	resp, err := s.a.page(ctx, &q, 0, nil)
	var no *refusal
	switch {
	case errors.As(err, &no):
		s.a.m.learn(f.key, refused)
		return -1, nil
	case err != nil:
		return -1, err
	case resp.Known != fhir.TotalExact:
		s.a.m.learn(f.key, refused)
		return -1, nil
	}
	s.a.m.used(s.a.q.Type+" total", WhyRule)
	return resp.Total, nil
}

// inError counts what the provider's total counts though it is withheld here.
func (s *stream) inError(ctx context.Context) (n int, ok bool, err error) {
	r := s.a.l.rules[s.a.q.Type]
	if r == nil || r.status == "" {
		return 0, true, nil
	}
	key := s.a.q.Type + "?" + r.statusParam
	if s.a.m.is(key) == refused || s.a.m.is(key) == ignored {
		return 0, false, nil
	}
	q, err := s.a.defs.Parse(s.a.q.Type, []fhir.Param{{Name: r.statusParam, Value: enteredInError}}, search.Options{})
	if err != nil || len(q.Criteria) != 1 {
		return 0, false, err
	}
	f := form{key: key, name: r.statusParam, params: []fhir.Param{{Name: r.statusParam, Value: enteredInError}}, exact: true, sure: true}
	src := newSource(s.a, []ask{{parts: append(append([]part(nil), s.unsorted()...), part{f, &q.Criteria[0]})}}, s.a.size())
	w := s.a.gather(src)
	both := search.NewQuery(s.a.q.Type, append(append([]search.Criterion(nil), s.a.q.Criteria...), q.Criteria...)...)
	both.Count = 0
	w.Want, w.Each = both, nil
	resp, err := w.Page(ctx, nil)
	var no *refusal
	switch {
	case errors.As(err, &no):
		s.a.m.learn(key, refused)
		return 0, false, nil
	case err != nil && fhir.AsError(err).Kind == fhir.KindTooCostly && ctx.Err() == nil:
		return 0, false, nil
	case err != nil:
		return 0, false, err
	}
	return resp.Total, true, nil
}
