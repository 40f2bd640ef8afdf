package fhirstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

var _ fhir.Server = (*Store)(nil)

// Config is what a [Store] is made of. Storage and Version are required.
type Config struct {
	Storage Storage
	Version fhir.Version
	// Zone is that of dates in searches that say none; nil is UTC.
	Zone *time.Location
	// Clock tells the time; nil is time.Now.
	Clock func() time.Time
	// NewID makes the id of a new resource; nil makes ids that no one can
	// guess and that sort by time, which keeps an index of them compact.
	NewID func() string
	// Statement answers capabilities; nil says that there is none.
	Statement func() []byte
	Limits    Limits
}

// Limits bound what one request may cost. Zero values take the defaults.
type Limits struct {
	DefaultCount int // matches on a page when _count is absent; 50
	MaxCount     int // matches on a page at most; 1000
	Candidates   int // resources one search may look at; 2 000 000
	Includes     int // resources one page may include; 1000
	CacheBytes   int // of resources kept in memory; 32 MiB, negative for none
}

func (l Limits) withDefaults() Limits {
	def := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	def(&l.DefaultCount, 50)
	def(&l.MaxCount, 1000)
	def(&l.Candidates, 2_000_000)
	def(&l.Includes, 1000)
	if l.CacheBytes == 0 {
		l.CacheBytes = 32 << 20
	}
	return l
}

// count is the size of a page for the _count that was asked for, -1 for none.
func (l Limits) count(asked int) int {
	if asked < 0 {
		asked = l.DefaultCount
	}
	return min(asked, l.MaxCount)
}

// A Store answers FHIR interactions from a [Storage]. It is safe for
// concurrent use.
type Store struct {
	storage   Storage
	defs      *search.Definitions
	index     *indexer
	zone      *time.Location
	clock     func() time.Time
	newID     func() string
	statement func() []byte
	limits    Limits
	words     wordCache
	lists     lists
	cache     *cache

	indexed    atomic.Bool
	reindexing chan struct{} // holds one: who looks at the index or makes it anew
}

// New makes a store. Its first request looks whether the index fits the search
// definitions, and makes it anew when it does not.
func New(cfg Config) (*Store, error) {
	if cfg.Storage == nil {
		return nil, errors.New("fhirstore: Config needs a Storage")
	}
	if !cfg.Version.Valid() {
		return nil, fmt.Errorf("fhirstore: Config has no valid Version: %v", cfg.Version)
	}
	s := &Store{
		storage: cfg.Storage, defs: search.Load(cfg.Version), zone: cfg.Zone,
		clock: cfg.Clock, newID: cfg.NewID, statement: cfg.Statement, limits: cfg.Limits.withDefaults(),
		reindexing: make(chan struct{}, 1),
	}
	s.index = newIndexer(s.defs)
	s.cache = newCache(s.storage, s.limits.CacheBytes)
	s.lists.bound = max(s.limits.CacheBytes, 0) / 2
	s.cache.others = s.lists.forgetAll
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.newID == nil {
		s.newID = func() string { return newID(s.clock()) }
	}
	return s, nil
}

// Version implements [fhir.Server].
func (s *Store) Version() fhir.Version { return s.defs.Version() }

// Do implements [fhir.Server].
func (s *Store) Do(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	switch req.Interaction {
	case fhir.Capabilities:
		if s.statement == nil {
			return nil, fhir.Errorf(fhir.KindNotImplemented, "not-supported", "This store publishes no capability statement.")
		}
		return &fhir.Response{Resource: &fhir.Resource{Body: s.statement()}}, nil
	case fhir.Read, fhir.VRead, fhir.History:
	case fhir.Search, fhir.Create, fhir.Update, fhir.Delete, fhir.Batch, fhir.Transaction:
		if err := s.ready(ctx); err != nil {
			return nil, err
		}
	}
	switch req.Interaction {
	case fhir.Create, fhir.Update, fhir.Delete:
		return s.write(ctx, req)
	case fhir.Batch:
		return s.batch(ctx, req)
	case fhir.Transaction:
		return s.transaction(ctx, req)
	case fhir.Capabilities, fhir.Read, fhir.VRead, fhir.Search, fhir.History:
	}
	return s.look(ctx, s.storage, req)
}

// look answers an interaction that changes nothing.
func (s *Store) look(ctx context.Context, r Reader, req *fhir.Request) (*fhir.Response, error) {
	switch req.Interaction {
	case fhir.Read:
		return s.get(ctx, r, req)
	case fhir.VRead:
		return s.vread(ctx, r, req)
	case fhir.Search:
		return s.search(ctx, r, req)
	case fhir.History:
		return s.history(ctx, r, req)
	case fhir.Capabilities, fhir.Create, fhir.Update, fhir.Delete, fhir.Batch, fhir.Transaction:
	}
	return nil, fhir.Errorf(fhir.KindInvalid, "not-supported", "The interaction %s is not offered here.", req.Interaction)
}

func (s *Store) unknownType(typ string) error {
	if typ == "" {
		return fhir.Errorf(fhir.KindInvalid, "not-supported", "Name a resource type in the address.")
	}
	return fhir.Errorf(fhir.KindUnknownType, "not-supported", "FHIR %s has no such resource type.", s.defs.Version().Release())
}

func versionID(n int64) string { return strconv.FormatInt(n, 10) }

func errNotFound() error {
	return fhir.Errorf(fhir.KindNotFound, "not-found", "There is no such resource.")
}

func errDeleted() error {
	return fhir.Errorf(fhir.KindGone, "deleted", "The resource has been deleted.")
}

// current is the newest version of a resource, without keys. A transaction
// reads what it has written itself, so nothing from memory.
func (s *Store) current(ctx context.Context, r Reader, typ, id string) (*Row, error) {
	if _, inside := r.(Tx); inside {
		return r.Current(ctx, typ, id)
	}
	return s.cache.current(ctx, typ, id)
}

func (s *Store) get(ctx context.Context, r Reader, req *fhir.Request) (*fhir.Response, error) {
	row, err := s.current(ctx, r, req.Type, req.ID)
	if err != nil {
		return nil, err
	}
	if row == nil {
		if !s.defs.KnowsType(req.Type) {
			return nil, s.unknownType(req.Type)
		}
		return nil, errNotFound()
	}
	return found(row, req)
}

// found answers a read with a row that exists.
func found(row *Row, req *fhir.Request) (*fhir.Response, error) {
	if row.Method == Deleted {
		return nil, errDeleted()
	}
	res := row.resource()
	unchanged := req.Holds(&res)
	if unchanged {
		res.Body = nil
	}
	return &fhir.Response{Resource: &res, NotModified: unchanged}, nil
}

func (s *Store) vread(ctx context.Context, r Reader, req *fhir.Request) (*fhir.Response, error) {
	if !s.defs.KnowsType(req.Type) {
		return nil, s.unknownType(req.Type)
	}
	n, err := strconv.ParseInt(req.VersionID, 10, 64)
	if err != nil || versionID(n) != req.VersionID {
		return nil, errNotFound()
	}
	row, err := r.Version(ctx, req.Type, req.ID, n)
	if err != nil {
		return nil, err
	}
	if row == nil || row.Version != n {
		return nil, errNotFound()
	}
	return found(row, req)
}
