package fhirstore

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// A hit is a resource that matches a query. Hits order by sort, then id.
type hit struct {
	sort     []byte
	id       string
	rid      int64
	modified int64
}

func compareHits(a, b hit) int {
	if c := bytes.Compare(a.sort, b.sort); c != 0 {
		return c
	}
	return strings.Compare(a.id, b.id)
}

// A finder gathers the first hits of a query behind a point, and counts all.
// It holds only as many as a few pages need.
type finder struct {
	q      *search.Query
	after  *hit
	limit  int
	bound  int
	seen   map[int64]bool // nil when no resource can come twice
	hits   []hit
	arena  []byte // the sort keys of hits, one after the other
	total  int
	looked int
}

// errTooCostly ends a search that looks at too much. A part of the answer
// would be worse than none.
func errTooCostly() error {
	return fhir.Errorf(fhir.KindTooCostly, "too-costly", "The search would look at too many resources. Add a criterion that narrows it, such as patient or identifier.")
}

// spend counts a candidate.
func (f *finder) spend() error {
	if f.looked++; f.looked > f.bound {
		return errTooCostly()
	}
	return nil
}

// offer decides about a candidate.
func (f *finder) offer(rid int64, id string, modified int64, keys []byte) error {
	if f.seen != nil {
		if f.seen[rid] {
			return nil
		}
		f.seen[rid] = true
	}
	if err := f.spend(); err != nil {
		return err
	}
	if !f.q.Match(id, modified, keys) {
		return nil
	}
	f.total++
	if f.limit == 0 {
		return nil
	}
	h := hit{id: id, rid: rid, modified: modified}
	if len(f.q.Sort) > 0 {
		if cap(f.arena)-len(f.arena) < 64 {
			f.arena = make([]byte, 0, 4096) // older keys stay where they are
		}
		from := len(f.arena)
		f.arena = f.q.AppendSort(f.arena, id, modified, keys)
		h.sort = f.arena[from:len(f.arena):len(f.arena)]
	}
	if f.after != nil && compareHits(h, *f.after) <= 0 {
		return nil
	}
	if f.hits = append(f.hits, h); len(f.hits) > 4*f.limit+1024 {
		f.settle()
	}
	return nil
}

// settle orders the hits and lets go of those that are on later pages.
func (f *finder) settle() {
	slices.SortFunc(f.hits, compareHits)
	if len(f.hits) > f.limit {
		clear(f.hits[f.limit:])
		f.hits = f.hits[:f.limit]
	}
}

// find gives up to limit hits behind a point, in order, and the exact total.
func (s *Store) find(ctx context.Context, r Reader, q *search.Query, after *hit, limit int) ([]hit, int, error) {
	f := &finder{q: q, after: after, limit: limit, bound: s.limits.Candidates}
	if len(q.Criteria) == 0 && len(q.Sort) == 0 {
		return s.list(ctx, r, f)
	}
	d, err := s.choose(ctx, r, q)
	if err != nil {
		return nil, 0, err
	}
	switch {
	case d == nil:
		err = r.Type(ctx, q.Type, "", WithKeys, f.row)
	case d.byID:
		err = f.named(ctx, r, d.ids)
	case d.byTime:
		var rids []int64
		err = r.Touched(ctx, q.Type, d.since, d.until, func(rid int64) error {
			rids = append(rids, rid)
			return f.spend()
		})
		if err == nil {
			f.looked = 0
			err = r.Rows(ctx, rids, WithKeys, f.row)
		}
	case r == Reader(s.storage) && s.lists.bound > 0 && len(d.ranges) == 1 && d.ranges[0].Hi == nil && d.ranges[0].Lo[0] == spacePatient:
		err = s.listed(ctx, f, d.ranges[0])
	default:
		err = f.scan(ctx, r, d.ranges)
	}
	if err != nil {
		return nil, 0, err
	}
	f.settle()
	return f.hits, f.total, nil
}

// list pages through all resources of a type without looking at more than the
// page.
func (s *Store) list(ctx context.Context, r Reader, f *finder) ([]hit, int, error) {
	total, err := r.Count(ctx, f.q.Type)
	if err != nil || f.limit == 0 {
		return nil, total, err
	}
	after := ""
	if f.after != nil {
		after = f.after.id
	}
	err = r.Type(ctx, f.q.Type, after, 0, func(row *Row) error {
		f.hits = append(f.hits, hit{id: row.ID, rid: row.RID, modified: row.Modified})
		if len(f.hits) == f.limit {
			return ErrStop
		}
		return nil
	})
	return f.hits, total, err
}

func (f *finder) row(row *Row) error {
	if row.Method == Deleted || row.Type != f.q.Type {
		return nil
	}
	return f.offer(row.RID, row.ID, row.Modified, row.Keys)
}

func (f *finder) named(ctx context.Context, r Reader, ids []string) error {
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		row, err := r.Current(ctx, f.q.Type, id)
		if err != nil {
			return err
		}
		if row != nil {
			if err := f.row(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// scan decides about the rows of index ranges: by their payload where they
// have one, else by the keys of the resource.
func (f *finder) scan(ctx context.Context, r Reader, ranges []Range) error {
	if len(ranges) > 1 || len(ranges) == 1 && ranges[0].Hi != nil {
		f.seen = map[int64]bool{}
	}
	var rids []int64
	err := r.Scan(ctx, ranges, false, func(row IndexRow) error {
		if id, modified, keys, ok := cutPayload(row.Payload); ok {
			return f.offer(row.RID, id, modified, keys)
		}
		rids = append(rids, row.RID)
		return f.spend()
	})
	if err != nil || len(rids) == 0 {
		return err
	}
	f.looked = 0
	slices.Sort(rids)
	return r.Rows(ctx, slices.Compact(rids), WithKeys, f.row)
}
