package fhirstore

import (
	"context"
	"encoding/binary"
	"strconv"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// history answers for a resource, a type or the store, newest first.
func (s *Store) history(ctx context.Context, r Reader, req *fhir.Request) (*fhir.Response, error) {
	if req.Type != "" && !s.defs.KnowsType(req.Type) {
		return nil, s.unknownType(req.Type)
	}
	resp := &fhir.Response{}
	q := ChangeQuery{Type: req.Type, ID: req.ID}
	limit, err := s.historyParams(req, &q, resp)
	if err != nil {
		return nil, err
	}
	if req.Cursor != nil {
		if len(req.Cursor) != 9 || req.Cursor[0] != cursorForm {
			return nil, errCursor()
		}
		q.Before = int64(binary.BigEndian.Uint64(req.Cursor[1:])) //nolint:gosec // a wrong one finds nothing
		if q.Before <= 0 {
			return nil, errCursor()
		}
	}
	if req.ID != "" {
		row, err := r.Current(ctx, req.Type, req.ID)
		if err != nil {
			return nil, err
		}
		if row == nil {
			return nil, errNotFound()
		}
	}
	var last int64
	err = r.Changes(ctx, q, func(seq int64, row *Row) error {
		if len(resp.Matches) == limit {
			if limit > 0 {
				resp.Next = binary.BigEndian.AppendUint64([]byte{cursorForm}, uint64(last)) //nolint:gosec // read back as it was
			}
			return ErrStop
		}
		last = seq
		resp.Matches = append(resp.Matches, fhir.Match{Resource: row.resource(), Mode: row.mode()})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

func (r *Row) mode() fhir.Mode {
	switch r.Method {
	case Posted:
		return fhir.ModeCreated
	case Deleted:
		return fhir.ModeDeleted
	case Put:
	}
	return fhir.ModeUpdated
}

// historyParams reads _count and _since.
func (s *Store) historyParams(req *fhir.Request, q *ChangeQuery, resp *fhir.Response) (limit int, err error) {
	limit = s.limits.count(-1)
	for _, p := range req.Params {
		switch p.Name {
		case "_count":
			n, err := strconv.Atoi(p.Value)
			if err != nil || n < 0 {
				return 0, fhir.Errorf(fhir.KindInvalid, "value", "The value of _count cannot be understood: give a whole number, 0 or more.")
			}
			limit = s.limits.count(n)
		case "_since":
			t, err := time.Parse(time.RFC3339, p.Value)
			if err != nil {
				return 0, fhir.Errorf(fhir.KindInvalid, "value", "The value of _since cannot be understood: give a time with its zone, such as 2024-05-01T00:00:00Z.")
			}
			q.Since = t.UnixMicro()
		default:
			if req.Strict {
				return 0, fhir.Errorf(fhir.KindInvalid, "not-supported", "A history takes _count and _since only.")
			}
			resp.Ignored = append(resp.Ignored, p.Name)
			continue
		}
		resp.Used = append(resp.Used, p)
	}
	return limit, nil
}
