package fhirstore

import (
	"context"
	"sync"
)

// lists keeps what was read lately of the index rows that lead from a patient
// to what is the patient's: the range that nearly every search of a care team
// reads, often several times within seconds. It is bound by bytes. A list is
// forgotten before a write that touches it is acknowledged; all are when
// another process has written (see cache.refresh, which comes first).
type lists struct {
	bound int

	mu    sync.Mutex
	by    map[string][]IndexRow
	bytes int
	epoch uint64 // counts forgettings: a list that was read before one may be old
}

func (l *lists) get(key []byte) (rows []IndexRow, ok bool, epoch uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rows, ok = l.by[string(key)]
	return rows, ok, l.epoch
}

// offer keeps a list that was read after the epoch was taken.
func (l *lists) offer(key []byte, rows []IndexRow, epoch uint64) {
	size := listSize(key, rows)
	if size > l.bound/8 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.epoch != epoch {
		return
	}
	if l.by == nil {
		l.by = map[string][]IndexRow{}
	}
	l.drop(string(key))
	for old := range l.by { // in no order: none is better than another
		if l.bytes+size <= l.bound {
			break
		}
		l.drop(old)
	}
	l.by[string(key)] = rows
	l.bytes += size
}

func listSize(key []byte, rows []IndexRow) int {
	size := len(key) + 100
	for i := range rows {
		size += len(rows[i].Payload) + 64
	}
	return size
}

func (l *lists) drop(key string) {
	if rows, ok := l.by[key]; ok {
		l.bytes -= listSize([]byte(key), rows)
		delete(l.by, key)
	}
}

func (l *lists) forget(keys []string) {
	if len(keys) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range keys {
		l.drop(k)
	}
	l.epoch++
}

func (l *lists) forgetAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.by, l.bytes = nil, 0
	l.epoch++
}

// listed decides about the rows of one patient's range from memory, reading
// them first when they are not there.
func (s *Store) listed(ctx context.Context, f *finder, r Range) error {
	if err := s.cache.refresh(ctx); err != nil {
		return err
	}
	rows, ok, epoch := s.lists.get(r.Lo)
	if !ok {
		// A list that is too long to keep is read no further than that.
		err := s.storage.Scan(ctx, []Range{r}, false, func(row IndexRow) error {
			rows = append(rows, row)
			if len(rows) > f.bound {
				return errTooCostly()
			}
			return nil
		})
		if err != nil {
			return err
		}
		s.lists.offer(r.Lo, rows, epoch)
	}
	for i := range rows {
		id, modified, keys, ok := cutPayload(rows[i].Payload)
		if !ok {
			return f.scan(ctx, s.storage, []Range{r})
		}
		if err := f.offer(rows[i].RID, id, modified, keys); err != nil {
			return err
		}
	}
	return ctx.Err()
}
