package fhirstore

import (
	"bytes"
	"context"
	"slices"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A session is one attempt at a transaction.
type session struct {
	s     *Store
	tx    Tx
	now   int64 // µs; the lastUpdated of all that it writes
	words []wordKey
	fresh map[wordKey]bool
	dirty []cacheKey
	lists []string // keys of patients' ranges that changed
}

// within runs fn in a transaction and returns once what it wrote is durable.
func (s *Store) within(ctx context.Context, fn func(ctx context.Context, w *session) error) error {
	var written []wordKey
	var dirty []cacheKey
	var touched []string
	err := s.storage.Write(ctx, func(ctx context.Context, tx Tx) error {
		last, err := tx.LastModified(ctx)
		if err != nil {
			return err
		}
		w := &session{s: s, tx: tx, now: max(s.clock().UnixMilli()*1000, last)}
		if err := fn(ctx, w); err != nil {
			return err
		}
		written, dirty, touched = w.words, w.dirty, w.lists
		return nil
	})
	if err == nil {
		s.words.add(written)
		s.cache.forget(dirty)
		s.lists.forget(touched)
	}
	return err
}

// put stores a prepared resource as the version after old, which is nil for
// the first one.
func (w *session) put(ctx context.Context, p *prepared, old *Row, method Method) (*Row, error) {
	var row *Row
	var err error
	rows := p.entry.rows
	if old == nil {
		row = p.row(1, w.now, method)
		err = w.tx.Insert(ctx, row)
	} else {
		row = p.row(old.Version+1, w.now, method)
		row.RID = old.RID
		w.dirty = append(w.dirty, cacheKey{row.Type, row.ID})
		if err = w.tx.Replace(ctx, row, old.Method == Deleted); err != nil {
			return nil, err
		}
		switch {
		case bytes.Equal(old.Keys, p.keys): // the payload of these holds the time
			rows = slices.DeleteFunc(slices.Clone(rows), func(r IndexRow) bool { return r.Key[0] != spacePatient })
		default:
			err = w.dropIndex(ctx, old, rows)
		}
	}
	if err != nil {
		return nil, err
	}
	return row, w.putIndex(ctx, p, row, rows)
}

func (w *session) putIndex(ctx context.Context, p *prepared, row *Row, rows []IndexRow) error {
	out := make([]IndexRow, 0, len(rows))
	var payload []byte
	for _, r := range rows {
		r.RID = row.RID
		if r.Key[0] == spacePatient {
			if payload == nil {
				payload = appendPayload(nil, row.ID, row.Modified, row.Keys)
			}
			r.Payload = payload
			w.lists = append(w.lists, string(r.Key))
		}
		out = append(out, r)
	}
	for _, word := range p.entry.words {
		k := wordKey(w.s.index.word(word))
		if w.fresh[k] || w.s.words.has(k) {
			continue
		}
		if w.fresh == nil {
			w.fresh = map[wordKey]bool{}
		}
		w.fresh[k] = true
		w.words = append(w.words, k)
		out = append(out, w.s.index.dictionary(word)...)
	}
	return w.tx.PutIndex(ctx, out)
}

// dropIndex removes the rows of a version that its successor does not have.
func (w *session) dropIndex(ctx context.Context, old *Row, keep []IndexRow) error {
	if old.Method == Deleted {
		return nil
	}
	doc, err := fhir.Index(old.Body)
	if err != nil {
		return err
	}
	rows := w.s.index.entry(old.Type, w.s.defs.Keys(old.Type, doc)).rows
	rows = slices.DeleteFunc(rows, func(r IndexRow) bool {
		_, kept := slices.BinarySearchFunc(keep, r.Key, func(k IndexRow, key []byte) int { return bytes.Compare(k.Key, key) })
		return kept
	})
	for i := range rows {
		rows[i].RID = old.RID
		if rows[i].Key[0] == spacePatient {
			w.lists = append(w.lists, string(rows[i].Key))
		}
	}
	return w.tx.DropIndex(ctx, rows)
}

// remove makes a deletion the newest version of a resource that exists.
func (w *session) remove(ctx context.Context, old *Row) (*Row, error) {
	row := &Row{RID: old.RID, Type: old.Type, ID: old.ID, Version: old.Version + 1, Modified: w.now, Method: Deleted}
	w.dirty = append(w.dirty, cacheKey{row.Type, row.ID})
	if err := w.tx.Replace(ctx, row, false); err != nil {
		return nil, err
	}
	return row, w.dropIndex(ctx, old, nil)
}
