package sqlite

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhirstore"
)

var _ fhirstore.Tx = (*storeTx)(nil)

// A storeTx is one caller's part of a transaction. Index rows and counts wait
// until they are read or the caller is done, so that they go in sorted and many
// at a time.
type storeTx struct {
	storeReader
	store   *Store
	tx      *Tx
	pending []fhirstore.IndexRow
	counts  map[string]int
}

// LastModified implements [fhirstore.Tx].
func (t *storeTx) LastModified(ctx context.Context) (int64, error) {
	return t.int(ctx, qLastModified)
}

// Insert implements [fhirstore.Tx].
func (t *storeTx) Insert(ctx context.Context, r *fhirstore.Row) error {
	res, err := t.tx.Exec(ctx, `INSERT INTO resource (type, id, version, modified, method, keys, body) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		r.Type, r.ID, r.Version, r.Modified, int64(r.Method), r.Keys, r.Body)
	if err != nil {
		return storeError("insert", err)
	}
	if r.RID, err = res.LastInsertId(); err != nil {
		return storeError("insert", err)
	}
	if r.Method != fhirstore.Deleted {
		t.count(r.Type, 1)
	}
	return t.change(ctx, r)
}

// Replace implements [fhirstore.Tx].
func (t *storeTx) Replace(ctx context.Context, r *fhirstore.Row, wasDeleted bool) error {
	_, err := t.tx.Exec(ctx, `INSERT INTO history (rid, version, modified, method, body)
		SELECT rid, version, modified, method, body FROM resource WHERE rid = ?`, r.RID)
	if err != nil {
		return storeError("keep version", err)
	}
	_, err = t.tx.Exec(ctx, `UPDATE resource SET version = ?, modified = ?, method = ?, keys = ?, body = ? WHERE rid = ?`,
		r.Version, r.Modified, int64(r.Method), r.Keys, r.Body, r.RID)
	if err != nil {
		return storeError("update", err)
	}
	switch deleted := r.Method == fhirstore.Deleted; {
	case deleted && !wasDeleted:
		t.count(r.Type, -1)
	case !deleted && wasDeleted:
		t.count(r.Type, 1)
	}
	return t.change(ctx, r)
}

func (t *storeTx) change(ctx context.Context, r *fhirstore.Row) error {
	_, err := t.tx.Exec(ctx, `INSERT INTO change (type, modified, rid, version) VALUES (?, ?, ?, ?)`, r.Type, r.Modified, r.RID, r.Version)
	return storeError("note change", err)
}

func (t *storeTx) count(typ string, n int) {
	if t.counts == nil {
		t.counts = map[string]int{}
	}
	t.counts[typ] += n
}

// PutIndex implements [fhirstore.Tx].
func (t *storeTx) PutIndex(_ context.Context, rows []fhirstore.IndexRow) error {
	t.pending = append(t.pending, rows...)
	return nil
}

// DropIndex implements [fhirstore.Tx].
func (t *storeTx) DropIndex(ctx context.Context, rows []fhirstore.IndexRow) error {
	waits := func(p fhirstore.IndexRow) bool {
		return slices.ContainsFunc(rows, func(r fhirstore.IndexRow) bool { return r.RID == p.RID })
	}
	if slices.ContainsFunc(t.pending, waits) {
		if err := t.flush(ctx); err != nil {
			return err
		}
	}
	for _, r := range rows {
		if _, err := t.tx.Exec(ctx, `DELETE FROM idx WHERE key = ? AND rid = ?`, r.Key, r.RID); err != nil {
			return storeError("index", err)
		}
	}
	return nil
}

// ClearIndex implements [fhirstore.Tx].
func (t *storeTx) ClearIndex(ctx context.Context) error {
	t.pending = nil
	_, err := t.tx.Exec(ctx, `DELETE FROM idx`)
	return storeError("clear index", err)
}

// SetKeys implements [fhirstore.Tx].
func (t *storeTx) SetKeys(ctx context.Context, rid int64, keys []byte) error {
	_, err := t.tx.Exec(ctx, `UPDATE resource SET keys = ? WHERE rid = ?`, keys, rid)
	return storeError("set keys", err)
}

// SetMeta implements [fhirstore.Tx].
func (t *storeTx) SetMeta(ctx context.Context, key, value string) error {
	_, err := t.tx.Exec(ctx, `INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	return storeError("set meta", err)
}

// An insert is a statement that takes some index rows at once.
type insert struct {
	rows int
	text string
}

// indexInserts are the statements for index rows, the widest first.
func indexInserts() []insert {
	var out []insert
	for _, n := range []int{64, 16, 4, 1} {
		out = append(out, insert{n, `INSERT OR REPLACE INTO idx (key, rid, payload) VALUES (?,?,?)` + strings.Repeat(`,(?,?,?)`, n-1)})
	}
	return out
}

// flush writes the index rows that wait, in order, so that neighbours meet the
// same pages.
func (t *storeTx) flush(ctx context.Context) error {
	if len(t.pending) == 0 {
		return nil
	}
	rows := t.pending
	t.pending = nil
	slices.SortStableFunc(rows, func(a, b fhirstore.IndexRow) int {
		if c := bytes.Compare(a.Key, b.Key); c != 0 {
			return c
		}
		return int(min(max(a.RID-b.RID, -1), 1))
	})
	args := make([]any, 0, 3*min(len(rows), 64))
	for _, in := range t.store.inserts {
		for len(rows) >= in.rows {
			args = args[:0]
			for _, r := range rows[:in.rows] {
				args = append(args, r.Key, r.RID, nullable(r.Payload))
			}
			if _, err := t.tx.Exec(ctx, in.text, args...); err != nil {
				return storeError("index", err)
			}
			rows = rows[in.rows:]
		}
	}
	return nil
}

func nullable(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

// finish writes all that waits.
func (t *storeTx) finish(ctx context.Context) error {
	if err := t.flush(ctx); err != nil {
		return err
	}
	return t.flushCounts(ctx)
}

func (t *storeTx) flushCounts(ctx context.Context) error {
	for _, typ := range slices.Sorted(maps.Keys(t.counts)) {
		_, err := t.tx.Exec(ctx, `INSERT INTO counter (type, n) VALUES (?, ?) ON CONFLICT (type) DO UPDATE SET n = n + excluded.n`, typ, t.counts[typ])
		if err != nil {
			return storeError("count "+typ, err)
		}
	}
	t.counts = nil
	return nil
}
