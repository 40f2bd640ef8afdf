package fhirstore

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// search answers a search from one state of the store, or in a transaction.
func (s *Store) search(ctx context.Context, r Reader, req *fhir.Request) (*fhir.Response, error) {
	if !s.defs.KnowsType(req.Type) {
		return nil, s.unknownType(req.Type)
	}
	q, err := s.defs.Parse(req.Type, req.Params, search.Options{Strict: req.Strict, Zone: s.zone})
	if err != nil {
		return nil, err
	}
	limit := s.limits.count(q.Count)
	if q.Count == 0 || q.Summary == "count" {
		limit = 0
	}
	after, err := decodeCursor(req.Cursor)
	if err != nil {
		return nil, err
	}
	resp := &fhir.Response{Used: q.Used, Ignored: q.Ignored, Known: fhir.TotalExact}
	const attempts = 4
	for i := 1; ; i++ {
		err := s.page(ctx, r, q, after, limit, resp)
		if !errors.Is(err, errMoved) {
			if err != nil {
				return nil, err
			}
			return resp, nil
		}
		if i == attempts {
			return nil, fhir.Errorf(fhir.KindUnavailable, "transient", "The resources are changing too fast to search them. Try again.")
		}
	}
}

// errMoved says that a resource changed between finding and fetching it.
var errMoved = errors.New("resource changed during the search")

// page fills resp with the hits behind a point. One more than the page is
// looked for, to know whether there is a next one.
func (s *Store) page(ctx context.Context, r Reader, q *search.Query, after *hit, limit int, resp *fhir.Response) error {
	want := limit
	if limit > 0 {
		want++
	}
	hits, total, err := s.find(ctx, r, q, after, want)
	if err != nil {
		return err
	}
	resp.Total, resp.Next, resp.Matches = total, nil, nil
	if len(hits) > limit {
		hits = hits[:limit]
		resp.Next = encodeCursor(hits[limit-1])
	}
	if len(hits) == 0 {
		return nil
	}
	if resp.Matches, err = s.fetch(ctx, r, q.Type, hits); err != nil {
		return err
	}
	var included []fhir.Match
	if len(q.Include)+len(q.RevInclude) > 0 {
		if included, err = s.included(ctx, r, q, resp.Matches); err != nil {
			return err
		}
	}
	if err := q.Shape(s.defs.Version(), resp.Matches); err != nil {
		return fhir.Internal(err) // our own record cannot be read
	}
	resp.Matches = append(resp.Matches, included...)
	return nil
}

// fetch reads the bodies of hits, in their order: from memory those that are
// there in the very version that was found.
func (s *Store) fetch(ctx context.Context, r Reader, typ string, hits []hit) ([]fhir.Match, error) {
	out := make([]fhir.Match, len(hits))
	var rids []int64
	var at []int
	var epochs []uint64
	_, inside := r.(Tx)
	cached := !inside && s.cache.bound > 0
	for i := range hits {
		var epoch uint64
		if cached {
			var row *Row
			if row, epoch = s.cache.get(cacheKey{typ, hits[i].id}); row != nil && row.RID == hits[i].rid && row.Modified == hits[i].modified && row.Method != Deleted {
				out[i] = fhir.Match{Resource: row.resource()}
				continue
			}
		}
		rids, at, epochs = append(rids, hits[i].rid), append(at, i), append(epochs, epoch)
	}
	found := 0
	err := r.Rows(ctx, rids, WithBody, func(row *Row) error {
		n := slices.Index(rids, row.RID)
		if n < 0 || row.Method == Deleted || row.Modified != hits[at[n]].modified {
			return errMoved
		}
		found++
		out[at[n]] = fhir.Match{Resource: row.resource()}
		if cached {
			s.cache.offer(row, epochs[n])
		}
		return nil
	})
	if err == nil && found != len(rids) {
		err = errMoved
	}
	return out, err
}

// resource is the row as the rest of the system knows it.
func (r *Row) resource() fhir.Resource {
	return fhir.Resource{
		Type: r.Type, ID: r.ID, VersionID: versionID(r.Version),
		Modified: time.UnixMicro(r.Modified).UTC(), Body: r.Body,
	}
}

// A cursor is the place behind a hit: a checksum, the length of the sort key,
// the sort key and the id. The sort key stands for the order that the hit had
// when its page was made, so pages stay stable while resources come and go.
const cursorForm = 1

func errCursor() error {
	return fhir.Errorf(fhir.KindGone, "not-found", "This page link cannot be read any more. Start the search again from its first page.")
}

func encodeCursor(h hit) []byte {
	b := []byte{cursorForm, 0, 0, 0, 0}
	b = binary.AppendUvarint(b, uint64(len(h.sort)))
	b = append(append(b, h.sort...), h.id...)
	binary.BigEndian.PutUint32(b[1:], crc32.ChecksumIEEE(b[5:]))
	return b
}

// decodeCursor gives the hit that a cursor stands behind, nil for none.
func decodeCursor(b []byte) (*hit, error) {
	if b == nil {
		return nil, nil //nolint:nilnil // no cursor is no error
	}
	if len(b) < 6 || b[0] != cursorForm || binary.BigEndian.Uint32(b[1:]) != crc32.ChecksumIEEE(b[5:]) {
		return nil, errCursor()
	}
	n, w := binary.Uvarint(b[5:])
	rest := b[5+max(w, 0):]
	if w <= 0 || n > uint64(len(rest)) {
		return nil, errCursor()
	}
	return &hit{sort: rest[:n:n], id: string(rest[n:])}, nil
}
