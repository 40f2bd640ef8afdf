package fhirstore

import (
	"context"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// maxRounds bounds how far :iterate follows references.
const maxRounds = 5

func errIncludes() error {
	return fhir.Errorf(fhir.KindTooCostly, "too-costly", "The search would include too many resources. Ask for fewer matches at once with _count, or for fewer includes.")
}

// An includer gathers what matches refer to and what refers to them.
type includer struct {
	s    *Store
	r    Reader
	q    *search.Query
	seen map[string]bool // Type/id of matches and included
	out  []fhir.Match
}

func (s *Store) included(ctx context.Context, r Reader, q *search.Query, matches []fhir.Match) ([]fhir.Match, error) {
	in := &includer{s: s, r: r, q: q, seen: map[string]bool{}}
	for _, m := range matches {
		in.seen[m.Type+"/"+m.ID] = true
	}
	fresh := matches
	for round := 0; round < maxRounds && len(fresh) > 0; round++ {
		from := len(in.out)
		for _, inc := range q.Include {
			if round == 0 || inc.Iterate {
				if err := in.forward(ctx, inc, fresh); err != nil {
					return nil, err
				}
			}
		}
		for _, inc := range q.RevInclude {
			if round == 0 || inc.Iterate {
				if err := in.backward(ctx, inc, fresh); err != nil {
					return nil, err
				}
			}
		}
		fresh = in.out[from:len(in.out):len(in.out)]
	}
	return in.out, nil
}

func (in *includer) add(row *Row) error {
	if row == nil || row.Method == Deleted || in.seen[row.Type+"/"+row.ID] {
		return nil
	}
	if len(in.out) >= in.s.limits.Includes {
		return errIncludes()
	}
	in.seen[row.Type+"/"+row.ID] = true
	in.out = append(in.out, fhir.Match{Resource: row.resource(), Mode: fhir.ModeInclude})
	return nil
}

// forward adds what resources refer to by a parameter.
func (in *includer) forward(ctx context.Context, inc search.Include, from []fhir.Match) error {
	for _, m := range from {
		if m.Type != inc.Source {
			continue
		}
		doc, err := fhir.Index(m.Body)
		if err != nil {
			return err
		}
		for _, k := range in.s.defs.Keys(m.Type, doc) {
			typ, id, ok := splitLocal(k.Exact)
			if k.Param != inc.Param.Number() || k.Type != search.Reference || !ok || inc.Target != "" && inc.Target != typ || in.seen[k.Exact] {
				continue
			}
			row, err := in.r.Current(ctx, typ, id)
			if err != nil {
				return err
			}
			if err := in.add(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// backward adds the resources of a type that refer to others by a parameter.
func (in *includer) backward(ctx context.Context, inc search.Include, to []fhir.Match) error {
	var rids []int64
	for _, m := range to {
		if inc.Target != "" && inc.Target != m.Type {
			continue
		}
		ref := m.Type + "/" + m.ID
		f := &finder{
			q:     &search.Query{Type: inc.Source, Criteria: []search.Criterion{{Param: inc.Param, Values: []search.Value{{Text: ref, Refs: []string{ref}}}}}},
			limit: in.s.limits.Includes + 1, bound: in.s.limits.Candidates,
		}
		if err := f.scan(ctx, in.r, []Range{{Lo: in.s.index.reference(inc.Source, inc.Param.Number(), ref)}}); err != nil {
			return err
		}
		f.settle()
		for _, h := range f.hits {
			rids = append(rids, h.rid)
		}
	}
	return in.r.Rows(ctx, rids, WithBody, in.add)
}
