package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"math"

	"github.com/wardbridge/wardbridge/internal/fhirstore"
)

// storeReader implements [fhirstore.Reader].
type storeReader struct{ src querySource }

// each runs a query and gives its rows to fn, which may end it with
// [fhirstore.ErrStop]. The driver would start a goroutine for every query with
// a context that can end; every statement here gives its rows one by one, so
// the context is looked at between them instead.
func (r storeReader) each(ctx context.Context, fn func(*sql.Rows) error, q query, args ...any) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	rows, err := r.src.rows(context.WithoutCancel(ctx), q, args...)
	if err != nil {
		return storeError("read", err)
	}
	defer func() {
		if cerr := rows.Close(); err == nil {
			err = storeError("read", cerr)
		}
	}()
	for n := 1; rows.Next(); n++ {
		if n%64 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := fn(rows); err != nil {
			if errors.Is(err, fhirstore.ErrStop) {
				return nil
			}
			return err
		}
	}
	return storeError("read", rows.Err())
}

// scanRow reads the columns of a resource. The slices are the driver's own
// copies, one per row, so nothing is copied again.
func scanRow(rows *sql.Rows, r *fhirstore.Row, more ...any) error {
	var body, keys sql.RawBytes
	dest := append([]any{&r.RID, &r.Type, &r.ID, &r.Version, &r.Modified, &r.Method, &body, &keys}, more...)
	if err := rows.Scan(dest...); err != nil {
		return storeError("read", err)
	}
	r.Body, r.Keys = body, keys
	return nil
}

func (r storeReader) one(ctx context.Context, q query, args ...any) (out *fhirstore.Row, err error) {
	err = r.each(ctx, func(rows *sql.Rows) error {
		out = &fhirstore.Row{}
		return scanRow(rows, out)
	}, q, args...)
	return out, err
}

func (r storeReader) int(ctx context.Context, q query, args ...any) (n int64, err error) {
	err = r.each(ctx, func(rows *sql.Rows) error { return rows.Scan(&n) }, q, args...)
	return n, err
}

// Current implements [fhirstore.Reader].
func (r storeReader) Current(ctx context.Context, typ, id string) (*fhirstore.Row, error) {
	return r.one(ctx, qCurrent, typ, id)
}

// Version implements [fhirstore.Reader].
func (r storeReader) Version(ctx context.Context, typ, id string, version int64) (*fhirstore.Row, error) {
	row, err := r.one(ctx, qCurrent, typ, id)
	if err != nil || row == nil || row.Version == version {
		return row, err
	}
	return r.one(ctx, qVersion, typ, id, version)
}

// Rows implements [fhirstore.Reader].
func (r storeReader) Rows(ctx context.Context, rids []int64, want fhirstore.Columns, fn func(*fhirstore.Row) error) error {
	one, many := qRowsKeys1, qRowsKeysN
	if want&fhirstore.WithBody != 0 {
		one, many = qRowsBody1, qRowsBodyN
	}
	stop := false
	get := func(rows *sql.Rows) error {
		row := &fhirstore.Row{}
		if err := scanRow(rows, row); err != nil {
			return err
		}
		err := fn(row)
		stop = errors.Is(err, fhirstore.ErrStop)
		return err
	}
	for len(rids) > 0 && !stop {
		n := min(len(rids), rowsAtOnce)
		q, args := many, make([]any, rowsAtOnce)
		if n == 1 {
			q, args = one, args[:1]
		}
		for i := range args {
			args[i] = int64(0)
			if i < n {
				args[i] = rids[i]
			}
		}
		if err := r.each(ctx, get, q, args...); err != nil {
			return err
		}
		rids = rids[n:]
	}
	return nil
}

// Type implements [fhirstore.Reader].
func (r storeReader) Type(ctx context.Context, typ, afterID string, want fhirstore.Columns, fn func(*fhirstore.Row) error) error {
	q := qTypeSlim
	switch {
	case want&fhirstore.WithBody != 0:
		q = qTypeBody
	case want&fhirstore.WithKeys != 0:
		q = qTypeKeys
	}
	return r.each(ctx, func(rows *sql.Rows) error {
		row := &fhirstore.Row{}
		if err := scanRow(rows, row); err != nil {
			return err
		}
		return fn(row)
	}, q, typ, afterID)
}

// Changes implements [fhirstore.Reader].
func (r storeReader) Changes(ctx context.Context, q fhirstore.ChangeQuery, fn func(int64, *fhirstore.Row) error) error {
	if q.Before <= 0 {
		q.Before = math.MaxInt64
	}
	text, args := qChangesAll, []any{q.Before, q.Since}
	switch {
	case q.ID != "":
		text, args = qChangesOne, []any{q.Type, q.ID, q.Before, q.Since}
	case q.Type != "":
		text, args = qChangesType, []any{q.Type, q.Before, q.Since}
	}
	return r.each(ctx, func(rows *sql.Rows) error {
		row, seq := &fhirstore.Row{}, int64(0)
		if err := scanRow(rows, row, &seq); err != nil {
			return err
		}
		return fn(seq, row)
	}, text, args...)
}

// Touched implements [fhirstore.Reader].
func (r storeReader) Touched(ctx context.Context, typ string, since, until int64, fn func(int64) error) error {
	return r.each(ctx, func(rows *sql.Rows) error {
		var rid int64
		if err := rows.Scan(&rid); err != nil {
			return storeError("read", err)
		}
		return fn(rid)
	}, qTouched, typ, since, until)
}

// Count implements [fhirstore.Reader].
func (r storeReader) Count(ctx context.Context, typ string) (int, error) {
	n, err := r.int(ctx, qCount, typ)
	return int(n), err
}

// Scan implements [fhirstore.Reader].
func (r storeReader) Scan(ctx context.Context, ranges []fhirstore.Range, withKey bool, fn func(fhirstore.IndexRow) error) error {
	var row fhirstore.IndexRow
	var payload, key sql.RawBytes
	dest := []any{&row.RID, &payload, &key}
	exact, between := qScanExactKey, qScanRangeKey
	if !withKey {
		dest, exact, between = dest[:2], qScanExact, qScanRange
	}
	stop := false
	get := func(rows *sql.Rows) error {
		if err := rows.Scan(dest...); err != nil {
			return storeError("read", err)
		}
		row.Payload, row.Key = payload, key
		err := fn(row)
		stop = errors.Is(err, fhirstore.ErrStop)
		return err
	}
	for _, rg := range ranges {
		var err error
		if rg.Hi == nil {
			err = r.each(ctx, get, exact, rg.Lo)
		} else {
			err = r.each(ctx, get, between, rg.Lo, rg.Hi)
		}
		if err != nil || stop {
			return err
		}
	}
	return nil
}

// Probe implements [fhirstore.Reader].
func (r storeReader) Probe(ctx context.Context, ranges []fhirstore.Range, limit int) (int, error) {
	total := 0
	for _, rg := range ranges {
		if total >= limit {
			break
		}
		var n int64
		var err error
		if rg.Hi == nil {
			n, err = r.int(ctx, qProbeExact, rg.Lo, limit-total)
		} else {
			n, err = r.int(ctx, qProbeRange, rg.Lo, rg.Hi, limit-total)
		}
		if err != nil {
			return 0, err
		}
		total += int(n)
	}
	return total, nil
}

// Meta implements [fhirstore.Reader].
func (r storeReader) Meta(ctx context.Context, key string) (value string, err error) {
	err = r.each(ctx, func(rows *sql.Rows) error { return rows.Scan(&value) }, qMeta, key)
	return value, err
}

// Resources implements [fhirstore.Storage].
func (s *Store) Resources(ctx context.Context, afterRID int64, limit int, fn func(*fhirstore.Row) error) error {
	return s.each(ctx, func(rows *sql.Rows) error {
		row := &fhirstore.Row{}
		if err := scanRow(rows, row); err != nil {
			return err
		}
		return fn(row)
	}, qResources, afterRID, limit)
}

// LastChange implements [fhirstore.Storage].
func (s *Store) LastChange(ctx context.Context) (int64, error) { return s.int(ctx, qLastChange) }

// ChangesAfter implements [fhirstore.Storage].
func (s *Store) ChangesAfter(ctx context.Context, seq int64, limit int, fn func(seq int64, typ, id string) error) error {
	return s.each(ctx, func(rows *sql.Rows) error {
		var at int64
		var typ, id string
		if err := rows.Scan(&at, &typ, &id); err != nil {
			return storeError("read", err)
		}
		return fn(at, typ, id)
	}, qChangesAfter, seq, limit)
}
