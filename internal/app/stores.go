package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/wardbridge/wardbridge/internal/db/sqlite"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhirstore"
	"github.com/wardbridge/wardbridge/internal/provider"
	"github.com/wardbridge/wardbridge/internal/provider/adapt"
)

// stores opens embedded stores when they are first asked for. One that cannot
// be opened answers for itself only, and is tried again after a while.
type stores struct {
	s    *System
	mu   sync.Mutex
	open map[string]*openStore
	// closing are stores that were taken off the map and wait for their last
	// requests.
	closing []*openStore
}

type openStore struct {
	store  provider.Store
	ready  chan struct{} // closed when server or err is set
	server fhir.Server
	files  *sqlite.Store
	err    error
	tried  time.Time
	aside  time.Time      // when it was taken off the map
	stop   func()         // ends what runs beside the requests
	work   sync.WaitGroup // and waits for it
	// adapted are the caches of adapted records, by configuration.
	adapted map[string]*adapt.Cache
}

// retryStore is how long a store that could not be opened is left alone.
const retryStore = 3 * time.Second

func newStores(s *System) *stores { return &stores{s: s, open: map[string]*openStore{}} }

// get gives the open store.
func (st *stores) get(ctx context.Context, store provider.Store) (fhir.Server, error) {
	st.mu.Lock()
	o := st.open[store.Name]
	switch {
	case o != nil && !o.same(store):
		st.setAside(o)
		o = nil
	case o != nil && o.failed() && time.Since(o.tried) > retryStore:
		o = nil
	}
	if o == nil {
		o = &openStore{store: store, ready: make(chan struct{}), tried: time.Now()}
		st.open[store.Name] = o
		go st.load(context.WithoutCancel(ctx), o)
	}
	st.mu.Unlock()
	select {
	case <-o.ready:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if o.err != nil {
		return nil, fhir.Errorf(fhir.KindUnavailable, "transient", "The provider's records cannot be opened now. Try again later, and tell the operator if it stays so.").Because(o.err)
	}
	return o.server, nil
}

// adaptedBytes bounds what is kept of adapted records for each way in which a
// store's records are adapted.
const adaptedBytes = 16 << 20

// adapted is the cache for a store's records adapted as cfg says. Tenants that
// share a provider share it, unless they are configured otherwise.
func (st *stores) adapted(store provider.Store, cfg adapt.Config) *adapt.Cache {
	st.mu.Lock()
	defer st.mu.Unlock()
	o := st.open[store.Name]
	if o == nil {
		return nil // closed in between: nothing is kept
	}
	key := cfg.Zone.String()
	if len(cfg.MRN) > 0 {
		key = fmt.Sprintf("%s %q", key, cfg.MRN)
	}
	if c, ok := o.adapted[key]; ok {
		return c
	}
	c, err := adapt.NewCache(adaptedBytes)
	if err != nil {
		return nil
	}
	if o.adapted == nil {
		o.adapted = map[string]*adapt.Cache{}
	}
	o.adapted[key] = c
	return c
}

func (o *openStore) same(s provider.Store) bool {
	return o.store.Name == s.Name && o.store.Version == s.Version && o.store.Created.Equal(s.Created)
}

// failed reports whether opening is over and did not work.
func (o *openStore) failed() bool {
	select {
	case <-o.ready:
		return o.err != nil
	default:
		return false
	}
}

func (st *stores) load(ctx context.Context, o *openStore) {
	defer close(o.ready)
	storage, err := sqlite.OpenStore(ctx, st.path(o.store.Name), o.store.Version, sqlite.Options{})
	if err == nil {
		o.files = storage
		var server *fhirstore.Store
		page := st.s.cfg.Page
		server, err = fhirstore.New(fhirstore.Config{
			Storage: storage, Version: o.store.Version,
			Limits: fhirstore.Limits{DefaultCount: page.DefaultCount, MaxCount: page.MaxCount},
		})
		o.server = server
		if err == nil {
			o.reindex(ctx, server, st.s.logger)
		}
	}
	if err != nil {
		o.err = fmt.Errorf("open store %s: %w", o.store.Name, err)
		st.s.logger.Error("a store cannot be opened", "store", o.store.Name, "error", err)
		return
	}
	st.s.metrics.stores.Inc()
}

// reindex makes the store's index anew where an upgrade calls for it, beside
// the requests: reads are answered meanwhile, searches told to come back.
func (o *openStore) reindex(ctx context.Context, server *fhirstore.Store, logger *slog.Logger) {
	ctx, o.stop = context.WithCancel(ctx)
	o.work.Go(func() {
		told := time.Now()
		err := server.Reindex(ctx, func(done int) {
			if time.Since(told) > 10*time.Second {
				told = time.Now()
				logger.InfoContext(ctx, "making a store's index anew after an upgrade", "store", o.store.Name, "resources", done)
			}
		})
		if err != nil && ctx.Err() == nil {
			logger.ErrorContext(ctx, "a store's index cannot be made anew", "store", o.store.Name, "error", err)
		}
	})
}

func (st *stores) path(name string) string {
	return filepath.Join(st.s.cfg.Data, storesFolder, name+".db")
}

// prune sets aside open stores that are no longer on the map. Their requests
// may still run, so they are closed when the longest could have ended.
func (st *stores) prune() {
	known := map[string]provider.Store{}
	for _, s := range st.s.Providers.Snapshot().Stores {
		known[s.Name] = s
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	for name, o := range st.open {
		if k, ok := known[name]; !ok || !o.same(k) {
			delete(st.open, name)
			st.setAside(o)
		}
	}
	later := st.closing[:0]
	for _, o := range st.closing {
		if time.Since(o.aside) < 2*st.s.cfg.Limits.RequestTime {
			later = append(later, o)
			continue
		}
		_ = o.end() // nobody uses it; what it held is gone from the map
	}
	st.closing = later
}

func (st *stores) setAside(o *openStore) {
	o.aside = time.Now()
	st.closing = append(st.closing, o)
}

func (o *openStore) end() error {
	<-o.ready
	if o.files == nil {
		return nil
	}
	if o.stop != nil {
		o.stop()
	}
	o.work.Wait()
	return o.files.Close()
}

func (st *stores) close() error {
	st.mu.Lock()
	defer st.mu.Unlock()
	var errs []error
	for _, o := range st.open {
		errs = append(errs, o.end())
	}
	for _, o := range st.closing {
		errs = append(errs, o.end())
	}
	st.open, st.closing = map[string]*openStore{}, nil
	return errors.Join(errs...)
}

// StoreServer opens an embedded store by name.
func (s *System) StoreServer(ctx context.Context, name string) (fhir.Server, provider.Store, error) {
	store, err := s.Providers.GetStore(ctx, name)
	if err != nil {
		return nil, store, err
	}
	server, err := s.stores.get(ctx, store)
	if err != nil {
		return nil, store, errors.Join(err, errors.Unwrap(err))
	}
	return server, store, nil
}

// DeleteStore takes a store off the map and deletes its files.
func (s *System) DeleteStore(ctx context.Context, actor, name string) error {
	if err := s.Providers.RemoveStore(ctx, actor, name); err != nil {
		return err
	}
	var errs []error
	base := s.stores.path(name)
	for _, f := range []string{base, base + "-wal", base + "-shm", base + "-turn", s.JournalPath(name)} {
		if err := os.Remove(f); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
