package provider

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/seal"
)

// Config builds a [Service]. Storage and Box are required.
type Config struct {
	Storage Storage
	Box     *seal.Box        // encrypts the secrets of remote providers
	Clock   func() time.Time // nil is time.Now
}

// A Service answers from a snapshot in memory and changes the map in storage.
// It is safe for concurrent use.
type Service struct {
	storage Storage
	box     *seal.Box
	clock   func() time.Time
	reload  sync.Mutex // one at a time, so that an older view never replaces a newer one
	current atomic.Pointer[snapshot]
}

// New builds a service with an empty snapshot; call [Service.Reload] before
// the first question.
func New(cfg Config) (*Service, error) {
	if cfg.Storage == nil || cfg.Box == nil {
		return nil, errors.New("provider: Storage and Box are required")
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	s := &Service{storage: cfg.Storage, box: cfg.Box, clock: cfg.Clock}
	s.current.Store(newSnapshot(State{}))
	return s, nil
}

// Reload takes a new snapshot. On an error the old one stays.
func (s *Service) Reload(ctx context.Context) error {
	s.reload.Lock()
	defer s.reload.Unlock()
	st, err := s.storage.LoadProviders(ctx)
	if err != nil {
		return fmt.Errorf("reload providers: %w", err)
	}
	s.current.Store(newSnapshot(st))
	return nil
}

// snapshot is an immutable view for look-ups.
type snapshot struct {
	state     State
	stores    map[string]Store
	providers map[string]Provider
	tenants   map[string]Tenant
}

func newSnapshot(st State) *snapshot {
	n := &snapshot{
		state: st, stores: make(map[string]Store, len(st.Stores)),
		providers: make(map[string]Provider, len(st.Providers)), tenants: make(map[string]Tenant, len(st.Tenants)),
	}
	for _, s := range st.Stores {
		n.stores[s.Name] = s
	}
	for i := range st.Providers {
		p := st.Providers[i]
		// A zone that was accepted elsewhere may be unknown to this machine's
		// zone data. Times would be read wrongly, so such a provider answers
		// nothing until that is mended: Resolve finds its location unset.
		if p.locate() != nil {
			p.location = nil
		}
		n.providers[p.Name] = p
	}
	for _, t := range st.Tenants {
		n.tenants[t.ID] = t
	}
	return n
}

// Exists reports whether the tenant is mapped, suspended or not. The id is in
// normal form.
func (s *Service) Exists(tenant string) bool {
	_, ok := s.current.Load().tenants[tenant]
	return ok
}

// Resolve finds the provider of a tenant. A tenant that is not mapped, or is
// suspended as its provider may be, is a *fhir.Error of KindForbidden; a
// provider this process cannot serve is KindUnavailable.
func (s *Service) Resolve(tenant string) (Provider, Tenant, error) {
	n := s.current.Load()
	id, ok := NormalizeTenant(tenant)
	t, mapped := n.tenants[id]
	if !ok || !mapped {
		return Provider{}, Tenant{}, fhir.Errorf(fhir.KindForbidden, "forbidden", "The tenant in the token is not mapped to a provider. Ask the operator of this server to map it.")
	}
	p, known := n.providers[t.Provider]
	switch {
	case t.Suspended:
		return Provider{}, Tenant{}, fhir.Errorf(fhir.KindForbidden, "suppressed", "The tenant in the token is suspended. Ask the operator of this server.")
	case !known:
		return Provider{}, Tenant{}, fhir.Errorf(fhir.KindForbidden, "forbidden", "The tenant in the token is not mapped to a provider. Ask the operator of this server to map it.")
	case p.Suspended:
		return Provider{}, Tenant{}, fhir.Errorf(fhir.KindForbidden, "suppressed", "The provider of the tenant in the token is suspended. Ask the operator of this server.")
	case p.location == nil:
		return Provider{}, Tenant{}, fhir.Errorf(fhir.KindUnavailable, "transient", "The provider of the tenant in the token cannot be served: its time zone is not known here.")
	}
	return p, t, nil
}

// Store finds an embedded store. An unknown one is a *fhir.Error of
// KindNotFound.
func (s *Service) Store(name string) (Store, error) {
	st, ok := s.current.Load().stores[name]
	if !ok {
		return Store{}, fhir.Errorf(fhir.KindNotFound, "not-found", "There is no such store here.")
	}
	return st, nil
}

// Serves reports whether the tenant may be served now and its provider is that
// store.
func (s *Service) Serves(tenant, store string) bool {
	p, _, err := s.Resolve(tenant)
	return err == nil && p.Kind == KindStore && p.Store == store
}

// Snapshot is the map as this process sees it now. The lists must not be
// changed.
func (s *Service) Snapshot() State { return s.current.Load().state }

// ListStores lists the stores by name, as the storage has them now.
func (s *Service) ListStores(ctx context.Context) ([]Store, error) {
	st, err := s.storage.LoadProviders(ctx)
	return st.Stores, err
}

// ListProviders lists the providers by name.
func (s *Service) ListProviders(ctx context.Context) ([]Provider, error) {
	st, err := s.storage.LoadProviders(ctx)
	return st.Providers, err
}

// ListTenants lists the tenants by id.
func (s *Service) ListTenants(ctx context.Context) ([]Tenant, error) {
	st, err := s.storage.LoadProviders(ctx)
	return st.Tenants, err
}

// GetProvider reads one provider.
func (s *Service) GetProvider(ctx context.Context, name string) (Provider, error) {
	st, err := s.storage.LoadProviders(ctx)
	if err != nil {
		return Provider{}, err
	}
	if p := find(st.Providers, func(p Provider) bool { return p.Name == name }); p != nil {
		return *p, nil
	}
	return Provider{}, fmt.Errorf("%w: there is no provider %q", ErrNotFound, name)
}

// GetStore reads one store.
func (s *Service) GetStore(ctx context.Context, name string) (Store, error) {
	st, err := s.storage.LoadProviders(ctx)
	if err != nil {
		return Store{}, err
	}
	if v := find(st.Stores, func(v Store) bool { return v.Name == name }); v != nil {
		return *v, nil
	}
	return Store{}, fmt.Errorf("%w: there is no store %q", ErrNotFound, name)
}

func find[T any](list []T, is func(T) bool) *T {
	for i := range list {
		if is(list[i]) {
			return &list[i]
		}
	}
	return nil
}
