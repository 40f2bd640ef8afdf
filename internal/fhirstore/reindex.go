package fhirstore

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Facts of the storage.
const (
	metaIndex   = "index.version"  // of the definitions that the index was made with
	metaTarget  = "index.building" // of those that it is being made with
	metaReached = "index.reached"  // the last resource that is in it
)

// indexForm changes when index.go composes other keys from the same values.
const indexForm = "1"

const reindexChunk = 500

func errIndexing() error {
	return fhir.Errorf(fhir.KindUnavailable, "transient", "The store is making its index anew after an upgrade. Try again in a while.")
}

// patience is how long a request waits for another one that looks at the
// index, or makes a small one anew.
const patience = time.Second

// ready returns when the index fits the search definitions. The first caller
// who finds that it does not makes it anew; others wait a little and are then
// told to come back.
func (s *Store) ready(ctx context.Context) error {
	if s.indexed.Load() {
		return nil
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case s.reindexing <- struct{}{}:
	case <-timer.C:
		return errIndexing()
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.reindexing }()
	return s.reindex(ctx, func(int) {})
}

// Reindex makes the index anew when the search definitions have changed since
// it was made, telling how many resources are done. It returns at once when
// they have not. When it is interrupted, the next call goes on where it ended.
// Until then searches and writes are refused, and reads answered.
func (s *Store) Reindex(ctx context.Context, progress func(done int)) error {
	select {
	case s.reindexing <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.reindexing }()
	return s.reindex(ctx, progress)
}

func (s *Store) reindex(ctx context.Context, progress func(int)) error {
	if s.indexed.Load() {
		return nil
	}
	want := indexForm + "-" + s.defs.IndexVersion()
	have, err := s.storage.Meta(ctx, metaIndex)
	if err != nil {
		return err
	}
	if have != want {
		if err := s.rebuild(ctx, want, progress); err != nil {
			return fmt.Errorf("reindex: %w", err)
		}
	}
	s.indexed.Store(true)
	return nil
}

func (s *Store) rebuild(ctx context.Context, want string, progress func(int)) error {
	building, err := s.storage.Meta(ctx, metaTarget)
	if err != nil {
		return err
	}
	reached := int64(0)
	if building == want {
		text, err := s.storage.Meta(ctx, metaReached)
		if err != nil {
			return err
		}
		reached, _ = strconv.ParseInt(text, 10, 64) // unreadable: from the start
	} else {
		s.words.forget()
		err := s.storage.Write(ctx, func(ctx context.Context, tx Tx) error {
			if err := tx.ClearIndex(ctx); err != nil {
				return err
			}
			if err := tx.SetMeta(ctx, metaReached, "0"); err != nil {
				return err
			}
			return tx.SetMeta(ctx, metaTarget, want)
		})
		if err != nil {
			return err
		}
	}
	for done := 0; ; {
		n, last, err := s.rebuildChunk(ctx, reached)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		reached, done = last, done+n
		progress(done)
	}
	return s.storage.Write(ctx, func(ctx context.Context, tx Tx) error { return tx.SetMeta(ctx, metaIndex, want) })
}

// rebuildChunk indexes the next resources. They are read where they are
// indexed, in the transaction, so that no write in between is lost.
func (s *Store) rebuildChunk(ctx context.Context, after int64) (n int, last int64, err error) {
	var rows []*Row
	err = s.storage.Resources(ctx, after, reindexChunk, func(r *Row) error {
		rows = append(rows, r)
		return nil
	})
	if err != nil || len(rows) == 0 {
		return 0, after, err
	}
	last = rows[len(rows)-1].RID
	err = s.within(ctx, func(ctx context.Context, w *session) error {
		for _, r := range rows {
			now, err := w.tx.Current(ctx, r.Type, r.ID)
			if err != nil {
				return err
			}
			if now == nil || now.Method == Deleted {
				continue
			}
			doc, err := fhir.Index(now.Body)
			if err != nil {
				return err
			}
			keys := s.defs.Keys(now.Type, doc)
			now.Keys = keys.Append(nil)
			if err := w.tx.SetKeys(ctx, now.RID, now.Keys); err != nil {
				return err
			}
			p := &prepared{entry: s.index.entry(now.Type, keys)}
			if err := w.putIndex(ctx, p, now, p.entry.rows); err != nil {
				return err
			}
		}
		return w.tx.SetMeta(ctx, metaReached, strconv.FormatInt(last, 10))
	})
	return len(rows), last, err
}
