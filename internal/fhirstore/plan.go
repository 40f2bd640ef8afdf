package fhirstore

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// A driver is one way to find candidates for a query: every match is among
// them.
type driver struct {
	ranges []Range
	ids    []string // _id: the resources themselves
	byID   bool
	// touched: resources changed in a time; of any when until is 0.
	since, until int64
	byTime       bool
	cost         int
}

// probeLimit is how far candidates are counted to choose among drivers.
const probeLimit = 2000

// enough candidates are few: no other driver is looked for.
const enough = 64

// choose gives the driver with the fewest candidates, nil when only all
// resources of the type will do.
func (s *Store) choose(ctx context.Context, r Reader, q *search.Query) (*driver, error) {
	var best *driver
	for _, c := range byPromise(q.Criteria) {
		d, err := s.driver(ctx, r, q.Type, c)
		if err != nil {
			return nil, err
		}
		if d == nil {
			continue
		}
		limit := probeLimit
		if best != nil {
			limit = min(limit, best.cost)
		}
		switch {
		case d.byID:
			d.cost = len(d.ids)
		case d.byTime:
			d.cost = probeLimit // it cannot be known; anything that is smaller is better
		case patientOnly(d.ranges):
			d.cost = enough // what there is about a patient is read from the index alone
		default:
			if d.cost, err = r.Probe(ctx, d.ranges, limit); err != nil {
				return nil, err
			}
		}
		if best == nil || d.cost < best.cost {
			best = d
		}
		if best.cost <= enough {
			break
		}
	}
	return best, nil
}

func patientOnly(ranges []Range) bool {
	return len(ranges) > 0 && !slices.ContainsFunc(ranges, func(r Range) bool { return r.Lo[0] != spacePatient })
}

// byPromise orders criteria: an id, a patient, other references, then what
// tells most people apart.
func byPromise(criteria []search.Criterion) []*search.Criterion {
	rank := func(c *search.Criterion) int {
		switch {
		case c.Param.Number() == 0:
			if c.Param.Type == search.Token {
				return 0
			}
			return 9
		case c.Param.Name == "patient":
			return 1
		case c.Param.Type == search.Reference:
			return 2
		case c.Param.Name == "identifier":
			return 3
		case c.Param.Type == search.String:
			return 4
		case c.Param.Type == search.Date:
			return 5
		}
		return 6
	}
	out := make([]*search.Criterion, len(criteria))
	for i := range criteria {
		out[i] = &criteria[i]
	}
	slices.SortStableFunc(out, func(a, b *search.Criterion) int { return rank(a) - rank(b) })
	return out
}

// driver gives the ranges that hold every match of a criterion, nil when it
// has none.
func (s *Store) driver(ctx context.Context, r Reader, typ string, c *search.Criterion) (*driver, error) {
	if c.Missing != nil || c.Not || c.Text || c.Identifier || len(c.Values) == 0 {
		return nil, nil //nolint:nilnil // the contract
	}
	d := &driver{}
	if c.Param.Number() == 0 {
		if c.Param.Type == search.Token {
			d.byID = true
			for _, v := range c.Values {
				d.ids = append(d.ids, v.Text)
			}
			return d, nil
		}
		return timeDriver(c), nil
	}
	for i := range c.Values {
		v := &c.Values[i]
		var ranges []Range
		var ok bool
		var err error
		switch c.Param.Type {
		case search.Token:
			ranges, ok = s.index.tokenRanges(typ, c.Param, v)
		case search.URI:
			ranges = []Range{{Lo: appendText(append(s.index.key(spaceValue, typ, c.Param.Number()), classText), v.Text)}}
			ok = v.Text != ""
		case search.Reference:
			ranges, ok = s.index.referenceRanges(typ, c.Param, v)
		case search.Date:
			ranges, ok = s.index.dateRanges(typ, c.Param, v)
		case search.String:
			ranges, ok, err = s.stringRanges(ctx, r, typ, c, v)
		case search.Quantity, search.Number, search.Composite, search.Label, search.Identifier:
		}
		if err != nil || !ok {
			return nil, err
		}
		d.ranges = append(d.ranges, ranges...)
	}
	slices.SortFunc(d.ranges, func(a, b Range) int { return bytes.Compare(a.Lo, b.Lo) })
	d.ranges = slices.CompactFunc(d.ranges, func(a, b Range) bool { return bytes.Equal(a.Lo, b.Lo) && bytes.Equal(a.Hi, b.Hi) })
	return d, nil
}

func timeDriver(c *search.Criterion) *driver {
	d := &driver{byTime: true, since: 1<<63 - 1}
	for _, v := range c.Values {
		since, until := int64(0), int64(1<<63-1)
		switch v.Prefix {
		case search.Eq:
			since, until = v.Lo-1000, v.Hi
		case search.Gt, search.Ge, search.Sa:
			since = v.Lo - 1000
		case search.Lt, search.Le, search.Eb:
			until = v.Hi
		case search.Ne, search.Ap:
			return nil
		}
		d.since, d.until = min(d.since, since), max(d.until, until)
	}
	return d
}

func (x *indexer) tokenRanges(typ string, p *search.Param, v *search.Value) ([]Range, bool) {
	if v.Code == "" || len(v.Words) > 0 {
		return nil, false
	}
	return []Range{{Lo: appendText(append(x.key(spaceValue, typ, p.Number()), classText), v.Code)}}, true
}

func (x *indexer) referenceRanges(typ string, p *search.Param, v *search.Value) ([]Range, bool) {
	var out []Range
	for _, ref := range v.Refs {
		out = append(out, Range{Lo: x.reference(typ, p.Number(), ref)})
	}
	if id, ok := strings.CutPrefix(v.Suffix, "/"); ok {
		if strings.Contains(id, "/") {
			return nil, false
		}
		out = append(out, Range{Lo: x.patient(typ, id)},
			prefix(append(appendText(append(x.key(spaceValue, typ, p.Number()), classLocal), id), 0)))
	}
	return out, len(out) > 0
}

// dateRanges: short dates by their start, long ones by their end, as far as
// the prefix says something about it. The bounds hold for dates with a zone
// and for those without.
func (x *indexer) dateRanges(typ string, p *search.Param, v *search.Value) ([]Range, bool) {
	const low, high = -1 << 62, 1 << 62
	from, to, endFrom, endTo := int64(low), int64(high), int64(low), int64(high)
	lo := max(min(v.Lo, v.LocalLo, high), low)
	hi := max(min(max(v.Hi, v.LocalHi), high), low)
	switch v.Prefix {
	case search.Eq: // the whole date lies within, so both its ends do
		from, to, endFrom, endTo = lo, hi, lo, hi+1
	case search.Gt, search.Ge, search.Sa:
		from, endFrom = lo-2*day, lo
	case search.Lt, search.Le, search.Eb:
		to = hi
	case search.Ne, search.Ap:
		return nil, false
	}
	short := append(x.key(spaceValue, typ, p.Number()), classDay)
	long := append(x.key(spaceValue, typ, p.Number()), classSpan)
	out := []Range{
		{Lo: appendInt(slices.Clone(short), from), Hi: appendInt(slices.Clone(short), to)},
		{Lo: appendInt(slices.Clone(long), endFrom), Hi: appendInt(slices.Clone(long), endTo)},
	}
	if endTo == high { // open ends are behind every other
		out[1].Hi = prefix(long).Hi
	}
	return out, true
}

// maxWords is how many strings of the dictionary one search may stand for.
const maxWords = 2000

// stringRanges finds the distinct strings that meet the value, by its most
// telling word, and gives the ranges of the resources that have them.
func (s *Store) stringRanges(ctx context.Context, r Reader, typ string, c *search.Criterion, v *search.Value) ([]Range, bool, error) {
	value := append(s.index.key(spaceValue, typ, c.Param.Number()), classWord)
	if c.Exact {
		folded := search.Fold(v.Text)
		return []Range{{Lo: append(value, wordHash(folded)...)}}, folded != "", nil
	}
	needle := ""
	for _, w := range v.Words {
		if promise(w) > promise(needle) {
			needle = w
		}
	}
	if needle == "" {
		return nil, false, nil
	}
	hashes, ok, err := s.lookup(ctx, r, typ, c.Param.Number(), needle)
	var out []Range
	for _, h := range hashes {
		out = append(out, Range{Lo: append(slices.Clone(value), h...)})
	}
	return out, ok, err
}

func promise(w string) int {
	n := utf8.RuneCountInString(w)
	if len(search.Grams(w)) > 0 {
		n += 100
	}
	return n
}

// lookup gives the hashes of the strings that contain the needle; ok is false
// when there are too many for an index to help.
func (s *Store) lookup(ctx context.Context, r Reader, typ string, param uint16, needle string) (hashes [][]byte, ok bool, err error) {
	words := s.index.key(spaceWord, typ, param)
	take := func(row IndexRow) error {
		if bytes.Contains(row.Payload, []byte(needle)) {
			if len(hashes) == maxWords {
				ok = false
				return ErrStop
			}
			hashes = append(hashes, slices.Clone(row.Key[len(words):]))
		}
		return nil
	}
	ok = true
	best, err := s.rarest(ctx, r, typ, param, needle)
	if err != nil {
		return nil, false, err
	}
	if best == nil { // one or two letters: look at every distinct string
		err = r.Scan(ctx, []Range{prefix(words)}, true, take)
		return hashes, ok, err
	}
	var candidates []Range
	for _, g := range [][]byte{best, s.index.gram(typ, param, "")} {
		err = r.Scan(ctx, []Range{prefix(g)}, true, func(row IndexRow) error {
			if len(row.Key) == len(g)+8 {
				candidates = append(candidates, Range{Lo: append(slices.Clone(words), row.Key[len(g):]...)})
			}
			return nil
		})
		if err != nil {
			return nil, false, err
		}
	}
	err = r.Scan(ctx, candidates, true, take)
	return hashes, ok, err
}

// rarest is the gram of the needle that the fewest strings have, nil when the
// needle is too short to have one.
func (s *Store) rarest(ctx context.Context, r Reader, typ string, param uint16, needle string) ([]byte, error) {
	grams := search.Grams(needle)
	if len(grams) > 12 { // more of them tell nothing more
		grams = grams[:12]
	}
	var best []byte
	limit := 1000
	for _, g := range grams {
		k := s.index.gram(typ, param, g)
		n, err := r.Probe(ctx, []Range{prefix(k)}, limit)
		if err != nil {
			return nil, err
		}
		if best == nil || n < limit {
			best, limit = k, n
		}
		if n <= 8 {
			break
		}
	}
	return best, nil
}
