package adapt

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// minPage is how many are asked for at least, so that an order can be seen.
const minPage = 20

// A cursor continues a search. Place is that of the match shown last, as
// [search.Cursor] has it. With Native, the provider's pages are read on from
// Page, and what stands up to Sort and ID is left out.
type cursor struct {
	Native bool   `json:"n,omitempty"`
	Page   []byte `json:"p,omitempty"`
	Sort   []byte `json:"s,omitempty"`
	ID     string `json:"i,omitempty"`
	Place  []byte `json:"w,omitempty"`
}

func errCursor() error {
	return fhir.Errorf(fhir.KindGone, "not-found", "This page link cannot be read any more. Start the search again from its first page.")
}

func encodeCursor(c cursor) []byte {
	b, err := json.Marshal(c)
	if err != nil {
		return nil // cannot be: bytes and strings
	}
	return b
}

func decodeCursor(b []byte) (cursor, error) {
	var c cursor
	if len(b) == 0 {
		return c, nil
	}
	if json.Unmarshal(b, &c) != nil || len(c.Place) == 0 || c.Native && c.ID == "" {
		return cursor{}, errCursor()
	}
	return c, nil
}

// An item is a match in the provider's order.
type item struct {
	match fhir.Match
	sort  []byte
	page  []byte // the cursor of the provider's page it is on
	read  int    // how many were read before it
}

// A stream reads the provider's own pages: it checks each match and that the
// order is ours, puts what sorts alike in order of id, and cuts pages of the
// size that was asked for.
type stream struct {
	a       *asker
	ask     ask
	at      cursor
	limit   int
	size    int
	bound   int
	items   []item
	extract search.Extractor
	keys    []byte // of the match at hand
	seen    map[string]bool
	last    []byte // the greatest sort key so far
	looked  int
	claimed int // what the provider says it has, -1 for unsaid
	given   int
	ended   bool
	warned  []fhir.Issue
}

// stream answers from the provider's own pages. errDistrust says that they
// cannot be relied upon; what was found is then remembered.
func (a *asker) stream(ctx context.Context, q *ask, at cursor) (*fhir.Response, error) {
	s := &stream{a: a, ask: ask{parts: slices.Clone(q.parts)}, at: at, limit: a.q.Count, extract: a.defs.Extractor(a.q), seen: map[string]bool{}, bound: a.l.cfg.Bound, claimed: -1}
	if s.limit < 0 {
		s.limit = defaultShown
	}
	s.limit = min(s.limit, maxShown)
	if s.size = a.size(); s.size > 0 {
		s.size = min(s.size, max(s.limit+1, minPage))
	}
	if s.bound == 0 {
		s.bound = search.DefaultBound
	}
	if len(a.q.Sort) > 0 {
		s.ask.parts = append(s.ask.parts, a.sortPart())
	}
	if err := s.read(ctx); err != nil {
		return nil, err
	}
	if !s.ended {
		if err := s.honoured(ctx); err != nil {
			return nil, err
		}
		if err := s.prove(ctx); err != nil {
			return nil, err
		}
	}
	resp := s.cut()
	if err := s.total(ctx, resp); err != nil {
		return nil, err
	}
	return resp, a.q.Shape(a.defs.Version(), resp.Matches)
}

// Pages of matches shown, as the embedded store has them.
const (
	defaultShown = 50
	maxShown     = 1000
)

// read reads pages until there is one match more than is to be shown, and
// nothing yet to come that sorts like the last of them.
func (s *stream) read(ctx context.Context) error {
	next := s.at.Page
	for first := true; ; first = false {
		page := next
		resp, err := s.a.page(ctx, &s.ask, s.size, page)
		if _, no := refuses(err); no && page != nil || err != nil && fhir.AsError(err).Kind == fhir.KindGone {
			return s.expired()
		}
		if err != nil {
			return err
		}
		if first && page == nil && resp.Known == fhir.TotalExact {
			s.claimed = resp.Total
		}
		s.warned = append(s.warned, resp.Warnings...)
		s.looked += max(1, len(resp.Matches))
		s.items = slices.Grow(s.items, len(resp.Matches))
		for _, m := range resp.Matches {
			if err := s.offer(m, page); err != nil {
				return err
			}
		}
		next = resp.Next
		switch {
		case len(next) == 0:
			s.ended = true
			if s.at.Page == nil && s.claimed > 0 {
				s.a.weigh(s.claimed, s.given)
				if s.given < s.claimed && s.given > 0 && s.a.m.is(s.a.wholeKey(s.given)) != proven { // cut off, perhaps: see wide
					if s.at.Native && !s.sorted() {
						return errTooWide()
					}
					return errDistrust
				}
			}
			return nil
		case s.enough():
			return nil
		case bytes.Equal(next, page):
			return errEndless()
		case s.looked > s.bound:
			return errTooWide()
		}
	}
}

// expired answers for a page that the provider no longer has: with an order it
// can be found again by reading everything.
func (s *stream) expired() error {
	if s.sorted() {
		return errDistrust
	}
	return errCursor()
}

func errTooWide() error {
	return fhir.Errorf(fhir.KindTooCostly, "too-costly",
		"To answer this exactly, more of the provider's resources would have to be looked through than is allowed. Add a criterion that narrows it, such as patient, date or _id.")
}

// offer checks one match and keeps it when it is behind the cursor.
func (s *stream) offer(m fhir.Match, page []byte) error {
	if m.Mode != fhir.ModeMatch || s.seen[m.ID] || m.Type != s.a.q.Type {
		return nil
	}
	s.seen[m.ID] = true
	s.given++
	m, doc, ok, err := s.a.l.prefill(m)
	if err != nil || !ok {
		return err
	}
	s.keys = s.extract.Append(s.keys[:0], doc)
	keys := s.keys
	modified := m.Modified.UnixMicro()
	if !s.a.q.Match(m.ID, modified, keys) {
		s.a.check(&s.ask, &m, keys)
		if s.at.Native && len(s.a.q.Sort) == 0 {
			return nil
		}
		return errDistrust
	}
	key := s.a.q.AppendSort(nil, m.ID, modified, keys)
	if bytes.Compare(key, s.last) < 0 {
		s.a.m.learn(s.a.sortPart().key, ignored)
		s.a.m.used(s.a.sortPart().key, WhyChecked)
		return errDistrust
	}
	s.last = key
	s.items = append(s.items, item{m, key, page, len(s.items)})
	return nil
}

// sorted reports whether there is an order to keep; without one the
// provider's counts.
func (s *stream) sorted() bool { return len(s.a.q.Sort) > 0 }

// behind gives the items that come after the cursor.
func (s *stream) behind() []item {
	if !s.sorted() {
		i := slices.IndexFunc(s.items, func(it item) bool { return it.match.ID == s.at.ID })
		return s.items[i+1:]
	}
	slices.SortStableFunc(s.items, compareItems)
	if !s.at.Native {
		return s.items
	}
	at := item{sort: s.at.Sort, match: fhir.Match{Resource: fhir.Resource{ID: s.at.ID}}}
	i := slices.IndexFunc(s.items, func(it item) bool { return compareItems(it, at) > 0 })
	if i < 0 {
		return nil
	}
	return s.items[i:]
}

func compareItems(a, b item) int {
	if c := bytes.Compare(a.sort, b.sort); c != 0 {
		return c
	}
	return strings.Compare(a.match.ID, b.match.ID)
}

// enough reports whether a page can be cut: one more than it shows are there,
// and all that sorts like them.
func (s *stream) enough() bool {
	n := 0
	for _, it := range s.behind() {
		if !s.sorted() || !bytes.Equal(it.sort, s.last) {
			n++
		}
	}
	return n > s.limit
}

// cut makes the page.
func (s *stream) cut() *fhir.Response {
	items := s.behind()
	resp := &fhir.Response{Warnings: s.warned}
	more := !s.ended || len(items) > s.limit
	items = items[:min(len(items), s.limit)]
	resp.Matches = make([]fhir.Match, 0, len(items))
	for _, it := range items {
		resp.Matches = append(resp.Matches, it.match)
	}
	if !more || len(items) == 0 {
		return resp
	}
	last := items[len(items)-1]
	c := cursor{Native: true, Page: last.page, Sort: last.sort, ID: last.match.ID, Place: search.Cursor(last.sort, last.match.ID)}
	if s.sorted() { // what sorts alike may begin on an earlier page
		for _, it := range s.items {
			if bytes.Equal(it.sort, last.sort) && it.read < last.read {
				last = it
			}
		}
		c.Page = last.page
	}
	resp.Next = encodeCursor(c)
	return resp
}

// nowhere is a value that no record has: a legal id and code.
const nowhere = "wardbridge-none"

// honoured asks for what no record has, once for each parameter, before what is
// left unread is taken to meet it: a provider that gives something anyway
// ignores the parameter.
func (s *stream) honoured(ctx context.Context) error {
	for i := range s.ask.parts {
		pt := &s.ask.parts[i]
		key := pt.key + " honoured"
		if pt.criterion == nil || s.a.m.is(key) == proven {
			continue
		}
		if s.a.m.is(key) == ignored {
			return errDistrust
		}
		impossible := *pt
		impossible.params = []fhir.Param{{Name: pt.params[0].Name, Value: nowhere}}
		switch t := pt.criterion.Param.Type; {
		case t == search.Date:
			impossible.params[0].Value = "gt9998"
		case t == search.Reference && pt.name != "patient":
			impossible.params[0].Value = "Patient/" + nowhere
		}
		resp, err := s.a.page(ctx, &ask{parts: []part{impossible}}, s.size, nil)
		if _, refusing := errors.AsType[*refusal](err); err != nil && !refusing {
			if fhir.AsError(err).Kind == fhir.KindUpstream { // some fail at a value that is none of theirs
				s.a.m.learnFor(key, ignored, relearnType)
				return errDistrust
			}
			return err
		} else if err == nil && len(resp.Matches) > 0 && slices.ContainsFunc(resp.Matches, func(m fhir.Match) bool { return m.Mode == fhir.ModeMatch }) {
			s.a.m.learn(pt.key, ignored)
			s.a.m.used(pt.key, WhyChecked)
			s.a.learned = true
			return errDistrust
		}
		s.a.m.learn(key, proven)
	}
	return nil
}

// prove asks for the order turned around, once, before an order is relied
// upon: one that comes about by chance or by the way records were written
// does not turn.
func (s *stream) prove(ctx context.Context) error {
	if !s.sorted() {
		return nil
	}
	pt := s.a.sortPart()
	if s.a.m.is(pt.key) == proven {
		return nil
	}
	turned := *s.a.q
	turned.Sort = []search.SortKey{{Param: s.a.q.Sort[0].Param, Desc: !s.a.q.Sort[0].Desc}}
	back := &asker{l: s.a.l, m: s.a.m, req: s.a.req, q: &turned, defs: s.a.defs, clauses: s.a.clauses, skip: s.a.skip, dropped: s.a.dropped}
	r := &stream{a: back, ask: ask{parts: slices.Clone(s.ask.parts)}, extract: s.extract, seen: map[string]bool{}, bound: s.bound, claimed: -1, limit: 0, size: s.size}
	r.ask.parts[len(r.ask.parts)-1] = back.sortPart()
	if err := r.read(ctx); err != nil {
		return err
	}
	switch {
	case len(s.items) == 0 || len(r.items) == 0 || bytes.Equal(s.items[0].sort, s.last):
		return errDistrust // all alike so far: nothing shows whether it sorts
	case s.items[0].match.ID == r.items[0].match.ID:
		s.a.m.learn(pt.key, ignored)
		s.a.m.used(pt.key, WhyChecked)
		return errDistrust
	}
	s.a.m.learn(pt.key, proven)
	return nil
}
