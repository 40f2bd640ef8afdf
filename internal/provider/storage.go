package provider

import (
	"context"
	"time"
)

// State is everything the storage holds, as of one moment, each list sorted by
// name or id.
type State struct {
	Stores    []Store
	Providers []Provider
	Tenants   []Tenant
	// Sealed are the encrypted secrets of remote providers, by name.
	Sealed map[string][]byte
}

// A Change describes a change of configuration for the audit record, which
// commits with it.
type Change struct {
	Time      time.Time
	Actor     string
	Operation string // StoreCreate, TenantMap …
	Tenant    string
	Provider  string
	Store     string
	Detail    string
}

// Storage keeps the map. It is safe for concurrent use, and so are several
// processes on the same data.
type Storage interface {
	// LoadProviders reads everything in one consistent view.
	LoadProviders(ctx context.Context) (State, error)
	// ChangeProviders runs fn in a transaction and commits its changes, the
	// audit record of c and the signal to reload as one. fn may complete c and
	// may run more than once; its error undoes everything and is returned.
	ChangeProviders(ctx context.Context, c *Change, fn func(ctx context.Context, tx Tx) error) error
	// Observed is what was last seen of a provider, nil when nothing was.
	// SaveObserved replaces it; it is no change of configuration, and a
	// provider that is gone is no error.
	Observed(ctx context.Context, provider string) ([]byte, error)
	SaveObserved(ctx context.Context, provider string, observed []byte) error
}

// A Tx is an open transaction on the map. Put adds or replaces by name or id.
type Tx interface {
	State(ctx context.Context) (State, error)
	PutStore(ctx context.Context, s Store) error
	PutProvider(ctx context.Context, p Provider) error
	PutTenant(ctx context.Context, t Tenant) error
	// PutSealed replaces a provider's encrypted secrets; nil removes them.
	PutSealed(ctx context.Context, provider string, sealed []byte) error
	// Delete removes by kind and name. What is not there is no error.
	Delete(ctx context.Context, kind Kind, name string) error
}

// A Kind is what [Tx.Delete] removes.
type Kind uint8

// The kinds of things on the map.
const (
	Stores Kind = iota
	Providers
	Tenants
)
