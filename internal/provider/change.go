package provider

import (
	"context"
	"fmt"
	"strings"
)

// change runs fn on the state in one transaction and then reloads, so that
// this process sees its own change at once.
func (s *Service) change(ctx context.Context, c Change, fn func(ctx context.Context, tx Tx, st State) error) error {
	if strings.TrimSpace(c.Actor) == "" {
		return fmt.Errorf("%w: %s: say who makes the change", ErrInvalid, c.Operation)
	}
	c.Time = s.clock()
	err := s.storage.ChangeProviders(ctx, &c, func(ctx context.Context, tx Tx) error {
		st, err := tx.State(ctx)
		if err != nil {
			return err
		}
		return fn(ctx, tx, st)
	})
	if err != nil {
		return err
	}
	return s.Reload(context.WithoutCancel(ctx))
}

// CreateStore adds an embedded store to the map. The file itself is made when
// it is opened.
func (s *Service) CreateStore(ctx context.Context, actor string, v Store) (Store, error) {
	if err := v.validate(); err != nil {
		return Store{}, err
	}
	v.Created = s.clock().UTC()
	c := Change{Actor: actor, Operation: "StoreCreate", Store: v.Name, Detail: fmt.Sprintf("version %s, open %t", v.Version, v.Open)}
	err := s.change(ctx, c, func(ctx context.Context, tx Tx, st State) error {
		if find(st.Stores, func(o Store) bool { return o.Name == v.Name }) != nil {
			return fmt.Errorf("%w: there is a store %q already", ErrConflict, v.Name)
		}
		return tx.PutStore(ctx, v)
	})
	return v, err
}

// SetStoreOpen opens a store's own endpoint to everyone or closes it.
func (s *Service) SetStoreOpen(ctx context.Context, actor, name string, open bool) (Store, error) {
	var out Store
	c := Change{Actor: actor, Operation: "StoreOpen", Store: name, Detail: fmt.Sprintf("open %t", open)}
	err := s.change(ctx, c, func(ctx context.Context, tx Tx, st State) error {
		v := find(st.Stores, func(o Store) bool { return o.Name == name })
		if v == nil {
			return fmt.Errorf("%w: there is no store %q", ErrNotFound, name)
		}
		v.Open = open
		out = *v
		return tx.PutStore(ctx, *v)
	})
	return out, err
}

// RemoveStore takes a store off the map. A store that a provider uses stays.
// The file is the caller's to delete.
func (s *Service) RemoveStore(ctx context.Context, actor, name string) error {
	return s.change(ctx, Change{Actor: actor, Operation: "StoreRemove", Store: name}, func(ctx context.Context, tx Tx, st State) error {
		if find(st.Stores, func(o Store) bool { return o.Name == name }) == nil {
			return fmt.Errorf("%w: there is no store %q", ErrNotFound, name)
		}
		if p := find(st.Providers, func(p Provider) bool { return p.Store == name }); p != nil {
			return fmt.Errorf("%w: provider %q uses store %q; remove the provider first", ErrConflict, p.Name, name)
		}
		return tx.Delete(ctx, Stores, name)
	})
}

// AddProvider adds a provider. The version of an embedded one is its store's;
// a remote one is added by [Service.AddRemote].
func (s *Service) AddProvider(ctx context.Context, actor string, p Provider) (Provider, error) {
	if p.Kind == "" {
		p.Kind = KindStore
	}
	if p.Kind == KindRemote {
		return Provider{}, fmt.Errorf("%w: provider %q: a provider elsewhere has settings of its own", ErrInvalid, p.Name)
	}
	if err := p.validate(); err != nil {
		return Provider{}, err
	}
	p.Created = s.clock().UTC()
	asked := p.Version
	c := Change{Actor: actor, Operation: "ProviderAdd", Provider: p.Name, Store: p.Store}
	err := s.change(ctx, c, func(ctx context.Context, tx Tx, st State) error {
		if find(st.Providers, func(o Provider) bool { return o.Name == p.Name }) != nil {
			return fmt.Errorf("%w: there is a provider %q already", ErrConflict, p.Name)
		}
		v := find(st.Stores, func(o Store) bool { return o.Name == p.Store })
		if v == nil {
			return fmt.Errorf("%w: provider %q: there is no store %q; create it first", ErrNotFound, p.Name, p.Store)
		}
		if asked != 0 && asked != v.Version {
			return fmt.Errorf("%w: provider %q: store %q is %s, not %s", ErrInvalid, p.Name, p.Store, v.Version, asked)
		}
		p.Version = v.Version
		return tx.PutProvider(ctx, p)
	})
	return p, err
}

// RemoveProvider removes a provider that no tenant is mapped to.
func (s *Service) RemoveProvider(ctx context.Context, actor, name string) error {
	return s.change(ctx, Change{Actor: actor, Operation: "ProviderRemove", Provider: name}, func(ctx context.Context, tx Tx, st State) error {
		if find(st.Providers, func(o Provider) bool { return o.Name == name }) == nil {
			return fmt.Errorf("%w: there is no provider %q", ErrNotFound, name)
		}
		if t := find(st.Tenants, func(t Tenant) bool { return t.Provider == name }); t != nil {
			return fmt.Errorf("%w: tenant %s is mapped to provider %q; unmap it first", ErrConflict, t.ID, name)
		}
		return tx.Delete(ctx, Providers, name)
	})
}

// SuspendProvider stops or resumes every tenant of a provider.
func (s *Service) SuspendProvider(ctx context.Context, actor, name string, suspended bool) (Provider, error) {
	var out Provider
	c := Change{Actor: actor, Operation: "ProviderSuspend", Provider: name, Detail: fmt.Sprintf("suspended %t", suspended)}
	err := s.change(ctx, c, func(ctx context.Context, tx Tx, st State) error {
		p := find(st.Providers, func(o Provider) bool { return o.Name == name })
		if p == nil {
			return fmt.Errorf("%w: there is no provider %q", ErrNotFound, name)
		}
		p.Suspended = suspended
		out = *p
		return tx.PutProvider(ctx, *p)
	})
	return out, err
}

// MapTenant maps a tenant to a provider, or moves it to another one. Moving
// keeps when it was made, and its suspension.
func (s *Service) MapTenant(ctx context.Context, actor string, t Tenant) (Tenant, error) {
	if err := t.validate(); err != nil {
		return Tenant{}, err
	}
	c := Change{Actor: actor, Operation: "TenantMap", Tenant: t.ID, Provider: t.Provider}
	asked := t
	err := s.change(ctx, c, func(ctx context.Context, tx Tx, st State) error {
		t = asked
		if find(st.Providers, func(o Provider) bool { return o.Name == t.Provider }) == nil {
			return fmt.Errorf("%w: tenant %s: there is no provider %q; add it first", ErrNotFound, t.ID, t.Provider)
		}
		t.Created = s.clock().UTC()
		if old := find(st.Tenants, func(o Tenant) bool { return o.ID == t.ID }); old != nil {
			t.Created, t.Suspended = old.Created, old.Suspended
			if t.Label == "" {
				t.Label = old.Label
			}
			if t.MRN == nil {
				t.MRN = old.MRN
			}
		}
		return tx.PutTenant(ctx, t)
	})
	return t, err
}

// UnmapTenant removes a tenant.
func (s *Service) UnmapTenant(ctx context.Context, actor, tenant string) error {
	t := Tenant{ID: tenant}
	if err := t.validate(); err != nil {
		return err
	}
	return s.change(ctx, Change{Actor: actor, Operation: "TenantUnmap", Tenant: t.ID}, func(ctx context.Context, tx Tx, st State) error {
		if find(st.Tenants, func(o Tenant) bool { return o.ID == t.ID }) == nil {
			return fmt.Errorf("%w: tenant %s is not mapped", ErrNotFound, t.ID)
		}
		return tx.Delete(ctx, Tenants, t.ID)
	})
}

// SuspendTenant stops or resumes a tenant.
func (s *Service) SuspendTenant(ctx context.Context, actor, tenant string, suspended bool) (Tenant, error) {
	t := Tenant{ID: tenant}
	if err := t.validate(); err != nil {
		return Tenant{}, err
	}
	var out Tenant
	c := Change{Actor: actor, Operation: "TenantSuspend", Tenant: t.ID, Detail: fmt.Sprintf("suspended %t", suspended)}
	err := s.change(ctx, c, func(ctx context.Context, tx Tx, st State) error {
		old := find(st.Tenants, func(o Tenant) bool { return o.ID == t.ID })
		if old == nil {
			return fmt.Errorf("%w: tenant %s is not mapped", ErrNotFound, t.ID)
		}
		old.Suspended = suspended
		out = *old
		return tx.PutTenant(ctx, *old)
	})
	return out, err
}
