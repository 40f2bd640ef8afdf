package search

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Defaults of [Wide].
const (
	DefaultBound    = 2000
	DefaultPageSize = 250
)

// Bounds of one page of what was wanted: how many when _count is absent, and
// at most (the embedded store's own defaults).
const (
	defaultShown = 50
	maxShown     = 1000
)

// Wide answers a search by asking a server a wider question, and keeps, orders
// and counts here what was wanted. It looks at everything the wider question
// finds, within a bound; beyond it the search is too costly. A part of an
// answer is never given for the whole.
//
// A Wide is made for one search and is not safe for concurrent use.
type Wide struct {
	Server fhir.Server
	// Ask is the wider question: no _count, no cursor; it may carry _sort. It
	// must leave resources whole: no _elements, no _summary.
	Ask *fhir.Request
	// Want filters and orders. It is made by Definitions.Parse, in the version
	// of what Each gives back.
	Want        *Query
	Definitions *Definitions
	// Each sees every match and every include before the filter, once. It may
	// change it, or withhold it: ok is false. Nil keeps all as they are.
	Each func(ctx context.Context, m fhir.Match) (kept fhir.Match, ok bool, err error)
	// Rejected, unless nil, is told of each match that the filter leaves out,
	// with its encoded keys, which are valid during the call only.
	Rejected func(m *fhir.Match, keys []byte)
	// Ordered says that Ask's answer already comes in the wanted order. Else
	// matches are ordered by Want's sort keys, then by id.
	Ordered bool
	// Bound is how many matches are looked at in all; 0 is DefaultBound. A
	// page without a match counts as one.
	Bound int
	// PageSize is the _count asked of the server; 0 is DefaultPageSize.
	PageSize int
}

// Page gives one page of what was wanted: as many matches as Want's count, the
// exact total (at least so many, when the server says that it has more than it
// gives), a cursor of its own, and the includes of the matches shown. A
// resource that the server repeats counts once. Errors are those of the
// server, KindTooCostly when the bound is hit, KindGone for a cursor that
// cannot be read, KindUpstream for what is no FHIR JSON.
func (w *Wide) Page(ctx context.Context, cursor []byte) (*fhir.Response, error) {
	after, err := decodePlace(cursor)
	if err != nil {
		return nil, err
	}
	limit := w.Want.Count
	if limit < 0 {
		limit = defaultShown
	}
	if limit = min(limit, maxShown); w.Want.Summary == "count" {
		limit = 0
	}
	g := &gathering{w: w, after: after, limit: limit, seen: map[string]bool{}, extract: w.Definitions.Extractor(w.Want)}
	if err := g.all(ctx); err != nil {
		return nil, err
	}
	resp := &fhir.Response{Total: g.total, Known: fhir.TotalExact, Used: w.Want.Used, Ignored: w.Want.Ignored, Warnings: g.warnings}
	if g.doubted {
		resp.Known = fhir.TotalAtLeast
	}
	shown, more := g.page()
	if len(shown) == 0 {
		return resp, nil
	}
	if more {
		resp.Next = encodePlace(&shown[len(shown)-1].place)
	}
	resp.Matches = make([]fhir.Match, 0, len(shown))
	for i := range shown {
		resp.Matches = append(resp.Matches, shown[i].match)
	}
	included := g.included(resp.Matches)
	if err := w.Want.Shape(w.Definitions.Version(), resp.Matches); err != nil {
		return nil, err
	}
	resp.Matches = append(resp.Matches, included...)
	return resp, nil
}

// A place is where a match stands in the whole answer.
type place struct {
	sort []byte
	id   string
	at   int // how many stand before it
}

// A wanted is a match that passed the filter.
type wanted struct {
	place
	match fhir.Match
}

func comparePlaces(a, b *place) int {
	if c := bytes.Compare(a.sort, b.sort); c != 0 {
		return c
	}
	return strings.Compare(a.id, b.id)
}

// A gathering is the work on one page.
type gathering struct {
	w        *Wide
	after    *place
	limit    int
	looked   int
	total    int
	seen     map[string]bool // type/id of what the server gave so far
	hits     []wanted        // unless Ordered, only those behind after
	includes []fhir.Match
	warnings []fhir.Issue
	doubted  bool // the server says that there is more than it gave to the end
	extract  Extractor
	keys     []byte // scratch
}

func errTooWide() error {
	return fhir.Errorf(fhir.KindTooCostly, "too-costly",
		"To answer this exactly, more of the provider's resources would have to be looked through than is allowed. Add a criterion that narrows it, such as patient, identifier, birthdate or _id.")
}

func errEndless() error {
	return fhir.Errorf(fhir.KindTooCostly, "too-costly", "The provider's pages lead back to themselves, so the answer cannot be read to its end. Add a criterion that makes it fit one page.")
}

// all reads the whole answer to the wider question.
func (g *gathering) all(ctx context.Context) error {
	size := g.w.PageSize
	if size == 0 {
		size = DefaultPageSize
	}
	ask := *g.w.Ask
	ask.Params = append(slices.Clip(ask.Params), fhir.Param{Name: "_count", Value: strconv.Itoa(size)})
	for {
		if err := ctx.Err(); err != nil {
			return fhir.AsError(err)
		}
		resp, err := g.w.Server.Do(ctx, &ask)
		if err != nil {
			return err
		}
		if err := g.take(ctx, resp); err != nil {
			return err
		}
		switch {
		case len(resp.Next) == 0:
			return nil
		case bytes.Equal(resp.Next, ask.Cursor):
			return errEndless()
		}
		ask.Cursor = resp.Next
	}
}

// take looks at one page of the server.
func (g *gathering) take(ctx context.Context, resp *fhir.Response) error {
	bound := g.w.Bound
	if bound == 0 {
		bound = DefaultBound
	}
	if !slices.ContainsFunc(resp.Matches, func(m fhir.Match) bool { return m.Mode == fhir.ModeMatch }) {
		g.looked++
	}
	g.doubted = resp.Known == fhir.TotalAtLeast && len(resp.Next) == 0
	g.warnings = addWarnings(g.warnings, resp.Warnings)
	for _, m := range resp.Matches {
		if m.Mode == fhir.ModeMatch {
			g.looked++
		}
		key := m.Type + "/" + m.ID
		if m.Mode == fhir.ModeInclude {
			key = "+" + key // what is included here may be a match of its own elsewhere
		}
		if g.looked > bound || len(g.seen) > 2*bound {
			return errTooWide()
		}
		if g.seen[key] || m.Mode != fhir.ModeMatch && m.Mode != fhir.ModeInclude {
			continue
		}
		g.seen[key] = true
		if g.w.Each != nil {
			kept, ok, err := g.w.Each(ctx, m)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			m = kept
		}
		if m.Mode == fhir.ModeInclude {
			g.includes = append(g.includes, m)
		} else if err := g.offer(m); err != nil {
			return err
		}
	}
	if g.looked > bound {
		return errTooWide()
	}
	return nil
}

// addWarnings adds those that are new; pages repeat them.
func addWarnings(have, more []fhir.Issue) []fhir.Issue {
	for _, w := range more {
		same := func(h fhir.Issue) bool { return h.Code == w.Code && h.Diagnostics == w.Diagnostics }
		if len(have) < 20 && !slices.ContainsFunc(have, same) {
			have = append(have, w)
		}
	}
	return have
}

// offer decides about a match.
func (g *gathering) offer(m fhir.Match) error {
	if m.Type != g.w.Want.Type {
		return nil
	}
	doc, err := m.Index()
	if err != nil || !doc.Root().IsObject() {
		return fhir.Errorf(fhir.KindUpstream, "structure", "The provider answered with something that is not FHIR JSON.").Because(err)
	}
	g.keys = g.extract.Append(g.keys[:0], doc)
	modified := m.Modified.UnixMicro()
	if !g.w.Want.Match(m.ID, modified, g.keys) {
		if g.w.Rejected != nil {
			g.w.Rejected(&m, g.keys)
		}
		return nil
	}
	h := wanted{match: m, place: place{id: m.ID, at: g.total}}
	g.total++
	if g.limit == 0 {
		return nil
	}
	h.sort = g.w.Want.AppendSort(nil, m.ID, modified, g.keys)
	if !g.w.Ordered && g.after != nil && comparePlaces(&h.place, g.after) <= 0 {
		return nil
	}
	g.hits = append(g.hits, h)
	if !g.w.Ordered && len(g.hits) > 4*g.limit+256 {
		g.settle()
	}
	return nil
}

// settle orders the hits and lets go of those that are on later pages. One
// more than a page is kept, to know whether there is a next one.
func (g *gathering) settle() {
	slices.SortFunc(g.hits, func(a, b wanted) int { return comparePlaces(&a.place, &b.place) })
	if len(g.hits) > g.limit+1 {
		clear(g.hits[g.limit+1:])
		g.hits = g.hits[:g.limit+1]
	}
}

// page gives the hits of the page that was asked for, and whether more follow.
func (g *gathering) page() (shown []wanted, more bool) {
	if g.w.Ordered {
		g.hits = g.hits[g.resume():]
	} else {
		g.settle()
	}
	if len(g.hits) > g.limit {
		return g.hits[:g.limit], true
	}
	return g.hits, false
}

// resume is the index of the first hit behind the cursor in the server's own
// order: behind the resource that was shown last, or, when that is gone, where
// its sort key says, or where it stood.
func (g *gathering) resume() int {
	if g.after == nil {
		return 0
	}
	if i := slices.IndexFunc(g.hits, func(h wanted) bool { return h.id == g.after.id }); i >= 0 {
		return i + 1
	}
	if len(g.after.sort) == 0 {
		return min(g.after.at, len(g.hits))
	}
	i := slices.IndexFunc(g.hits, func(h wanted) bool { return bytes.Compare(h.sort, g.after.sort) > 0 })
	if i < 0 {
		return len(g.hits)
	}
	return i
}

// A cursor is the place of the match shown last: a checksum, how many stood
// before it, the length of its sort key, the sort key and the id. Pages stay
// stable while resources come and go, as in the embedded store.
const placeForm = 1

func errPlace() error {
	return fhir.Errorf(fhir.KindGone, "not-found", "This page link cannot be read any more. Start the search again from its first page.")
}

// Cursor is the cursor by which [Wide.Page] continues behind a match: its
// sort key, as [Query.AppendSort] writes it, and its id.
func Cursor(sort []byte, id string) []byte { return encodePlace(&place{sort: sort, id: id}) }

func encodePlace(h *place) []byte {
	b := []byte{placeForm, 0, 0, 0, 0}
	b = binary.AppendUvarint(b, uint64(h.at)) //nolint:gosec // an index is not negative
	b = binary.AppendUvarint(b, uint64(len(h.sort)))
	b = append(append(b, h.sort...), h.id...)
	binary.BigEndian.PutUint32(b[1:], crc32.ChecksumIEEE(b[5:]))
	return b
}

// decodePlace gives the place that a cursor stands for, nil for none.
func decodePlace(b []byte) (*place, error) {
	if len(b) == 0 {
		return nil, nil //nolint:nilnil // no cursor is no error
	}
	if len(b) < 7 || b[0] != placeForm || binary.BigEndian.Uint32(b[1:]) != crc32.ChecksumIEEE(b[5:]) {
		return nil, errPlace()
	}
	at, w := binary.Uvarint(b[5:])
	rest := b[5+max(w, 0):]
	n, w2 := binary.Uvarint(rest)
	rest = rest[max(w2, 0):]
	if w <= 0 || w2 <= 0 || at > 1<<31-1 || n > uint64(len(rest)) {
		return nil, errPlace()
	}
	return &place{sort: rest[:n:n], id: string(rest[n:]), at: int(at)}, nil
}
