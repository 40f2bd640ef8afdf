package fhirstore

import (
	"context"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"
)

// staleAfter is how long a change by another process may go unseen. Changes by
// this one are seen at once.
const staleAfter = 100 * time.Millisecond

// A cache holds newest versions that were read lately, within a bound of
// bytes. What this process writes it forgets before the write is acknowledged;
// what others write it learns from the storage's list of changes, looked at by
// the first read after staleAfter.
type cache struct {
	storage Storage
	seed    maphash.Seed
	shards  [16]cacheShard
	bound   int // bytes of each shard; 0 turns the cache off

	checked atomic.Int64 // when the list was looked at, monotonic ns
	began   time.Time
	others  func()     // called when a change was found on the list
	look    sync.Mutex // of seq
	seq     int64      // the last change that was looked at; -1 before the first look
}

type cacheShard struct {
	mu    sync.Mutex
	rows  map[cacheKey]*Row
	bytes int
	// epoch counts forgettings: a row that was read before one may be old.
	epoch uint64
}

type cacheKey struct{ typ, id string }

// rowOverhead is about what a row takes besides its body.
const rowOverhead = 300

func newCache(storage Storage, bytes int) *cache {
	return &cache{storage: storage, seed: maphash.MakeSeed(), bound: max(bytes, 0) / 16, began: time.Now(), seq: -1, others: func() {}}
}

func (c *cache) shard(k cacheKey) *cacheShard {
	return &c.shards[maphash.String(c.seed, k.id)%uint64(len(c.shards))]
}

// get gives a row, or nil and the epoch in which to offer what the storage
// says instead.
func (c *cache) get(k cacheKey) (*Row, uint64) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rows[k], s.epoch
}

// offer keeps a row that was read after the epoch was taken.
func (c *cache) offer(r *Row, epoch uint64) {
	if size := len(r.Body) + rowOverhead; size > c.bound/4 {
		return
	}
	k := cacheKey{r.Type, r.ID}
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.epoch != epoch {
		return
	}
	if s.rows == nil {
		s.rows = map[cacheKey]*Row{}
	}
	s.drop(k)
	s.rows[k] = r
	s.bytes += len(r.Body) + rowOverhead
	for old := range s.rows { // in no order: none is better than another
		if s.bytes <= c.bound {
			break
		}
		if old != k {
			s.drop(old)
		}
	}
}

func (s *cacheShard) drop(k cacheKey) {
	if r := s.rows[k]; r != nil {
		delete(s.rows, k)
		s.bytes -= len(r.Body) + rowOverhead
	}
}

func (c *cache) forget(keys []cacheKey) {
	for _, k := range keys {
		s := c.shard(k)
		s.mu.Lock()
		s.drop(k)
		s.epoch++
		s.mu.Unlock()
	}
}

func (c *cache) forgetAll() {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		s.rows, s.bytes = nil, 0
		s.epoch++
		s.mu.Unlock()
	}
}

// maxChanges is how many changes are forgotten one by one.
const maxChanges = 1000

// refresh forgets what others have changed, when it is time to look.
func (c *cache) refresh(ctx context.Context) error {
	if now := int64(time.Since(c.began)); now-c.checked.Load() < int64(staleAfter) && c.checked.Load() > 0 {
		return nil
	}
	c.look.Lock()
	defer c.look.Unlock()
	now := int64(time.Since(c.began))
	if now-c.checked.Load() < int64(staleAfter) && c.checked.Load() > 0 {
		return nil
	}
	if c.seq < 0 {
		last, err := c.storage.LastChange(ctx)
		if err != nil {
			return err
		}
		c.seq = last
		c.forgetAll()
		c.others()
	} else {
		var keys []cacheKey
		err := c.storage.ChangesAfter(ctx, c.seq, maxChanges, func(seq int64, typ, id string) error {
			c.seq = seq
			keys = append(keys, cacheKey{typ, id})
			return nil
		})
		switch {
		case err != nil:
			return err
		case len(keys) == 0:
		case len(keys) == maxChanges:
			if c.seq, err = c.storage.LastChange(ctx); err != nil {
				return err
			}
			c.forgetAll()
			c.others()
		default:
			c.forget(keys)
			c.others()
		}
	}
	c.checked.Store(max(now, 1))
	return nil
}

// current is the newest version of a resource, from memory when it is there.
// The row has no keys and is shared: nobody changes it.
func (c *cache) current(ctx context.Context, typ, id string) (*Row, error) {
	if c.bound == 0 {
		return c.storage.Current(ctx, typ, id)
	}
	if err := c.refresh(ctx); err != nil {
		return nil, err
	}
	row, epoch := c.get(cacheKey{typ, id})
	if row != nil {
		return row, ctx.Err()
	}
	row, err := c.storage.Current(ctx, typ, id)
	if err == nil && row != nil {
		row.Keys = nil
		c.offer(row, epoch)
	}
	return row, err
}
