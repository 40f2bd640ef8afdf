package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/provider"
)

var _ provider.Storage = (*DB)(nil)

const (
	storesQuery    = "SELECT name, version, open, created FROM provider_store ORDER BY name"
	providersQuery = "SELECT name, kind, coalesce(store, ''), version, zone, suspended, created, remote, revision FROM provider ORDER BY name"
	sealedQuery    = "SELECT provider, sealed FROM provider_secret"
	tenantsQuery   = "SELECT id, provider, label, mrn, suspended, created FROM provider_tenant ORDER BY id"
)

// LoadProviders implements [provider.Storage].
func (d *DB) LoadProviders(ctx context.Context) (st provider.State, err error) {
	err = d.readView(ctx, func(tx *sql.Tx) error {
		st, err = loadProviders(func(query string) (*sql.Rows, error) { return tx.QueryContext(ctx, query) })
		return err
	})
	return st, wrap("load providers", err)
}

func loadProviders(query func(string) (*sql.Rows, error)) (st provider.State, err error) {
	rows, err := query(storesQuery)
	if err != nil {
		return st, err
	}
	if st.Stores, err = gather(rows, scanStore); err != nil {
		return st, err
	}
	if rows, err = query(providersQuery); err != nil {
		return st, err
	}
	if st.Providers, err = gather(rows, scanProvider); err != nil {
		return st, err
	}
	if rows, err = query(tenantsQuery); err != nil {
		return st, err
	}
	if st.Tenants, err = gather(rows, scanTenant); err != nil {
		return st, err
	}
	if rows, err = query(sealedQuery); err != nil {
		return st, err
	}
	sealed, err := gather(rows, scanSealed)
	if len(sealed) > 0 {
		st.Sealed = make(map[string][]byte, len(sealed))
	}
	for _, s := range sealed {
		st.Sealed[s.provider] = s.bytes
	}
	return st, err
}

// ChangeProviders implements [provider.Storage].
func (d *DB) ChangeProviders(ctx context.Context, c *provider.Change, fn func(ctx context.Context, tx provider.Tx) error) error {
	rec := audit.Record{RequestID: access.RequestIDFrom(ctx), Entry: -1}
	return d.Update(ctx, &rec, func(ctx context.Context, tx *Tx) error {
		if err := fn(ctx, providerTx{tx}); err != nil {
			return err
		}
		rec.Time, rec.Actor, rec.Operation, rec.Detail = c.Time, c.Actor, c.Operation, c.Detail
		rec.Tenant, rec.Provider, rec.Store = c.Tenant, c.Provider, c.Store
		return nil
	})
}

// providerTx implements [provider.Tx].
type providerTx struct{ tx *Tx }

func (t providerTx) State(ctx context.Context) (provider.State, error) {
	st, err := loadProviders(func(query string) (*sql.Rows, error) { return t.tx.Query(ctx, query) })
	return st, wrap("load providers", err)
}

func (t providerTx) PutStore(ctx context.Context, s provider.Store) error {
	const put = `INSERT INTO provider_store (name, version, open, created) VALUES (?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET version = excluded.version, open = excluded.open`
	_, err := t.tx.Exec(ctx, put, s.Name, s.Version.String(), s.Open, toMicro(s.Created))
	return wrap("write store", err)
}

func (t providerTx) PutProvider(ctx context.Context, p provider.Provider) error {
	remote := []byte{}
	if p.Remote != nil {
		var err error
		if remote, err = json.Marshal(p.Remote); err != nil {
			return wrap("write provider", err)
		}
	}
	const put = `INSERT INTO provider (name, kind, store, version, zone, suspended, created, remote, revision) VALUES (?, ?, nullif(?, ''), ?, ?, ?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, store = excluded.store, version = excluded.version,
		zone = excluded.zone, suspended = excluded.suspended, remote = excluded.remote, revision = excluded.revision`
	_, err := t.tx.Exec(ctx, put, p.Name, p.Kind, p.Store, p.Version.String(), p.Zone, p.Suspended, toMicro(p.Created), string(remote), p.Revision)
	return wrap("write provider", err)
}

func (t providerTx) PutSealed(ctx context.Context, name string, sealed []byte) error {
	if sealed == nil {
		_, err := t.tx.Exec(ctx, "DELETE FROM provider_secret WHERE provider = ?", name)
		return wrap("delete secrets", err)
	}
	const put = `INSERT INTO provider_secret (provider, sealed) VALUES (?, ?) ON CONFLICT (provider) DO UPDATE SET sealed = excluded.sealed`
	_, err := t.tx.Exec(ctx, put, name, sealed)
	return wrap("write secrets", err)
}

func (t providerTx) PutTenant(ctx context.Context, v provider.Tenant) error {
	mrn := v.MRN
	if mrn == nil {
		mrn = []provider.MRN{}
	}
	text, err := json.Marshal(mrn)
	if err != nil {
		return wrap("write tenant", err)
	}
	const put = `INSERT INTO provider_tenant (id, provider, label, mrn, suspended, created) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET provider = excluded.provider, label = excluded.label, mrn = excluded.mrn,
		suspended = excluded.suspended`
	_, err = t.tx.Exec(ctx, put, v.ID, v.Provider, v.Label, string(text), v.Suspended, toMicro(v.Created))
	return wrap("write tenant", err)
}

func (t providerTx) Delete(ctx context.Context, kind provider.Kind, name string) error {
	query := ""
	switch kind {
	case provider.Stores:
		query = "DELETE FROM provider_store WHERE name = ?"
	case provider.Providers:
		query = "DELETE FROM provider WHERE name = ?"
	case provider.Tenants:
		query = "DELETE FROM provider_tenant WHERE id = ?"
	default:
		return fmt.Errorf("delete from the map: unknown kind %d", kind)
	}
	_, err := t.tx.Exec(ctx, query, name)
	return wrap("delete from the map", err)
}

func scanStore(r scanner) (s provider.Store, err error) {
	var version string
	var created int64
	if err = r.Scan(&s.Name, &version, &s.Open, &created); err != nil {
		return s, err
	}
	s.Created = fromMicro(created)
	return s, s.Version.UnmarshalText([]byte(version))
}

func scanProvider(r scanner) (p provider.Provider, err error) {
	var version, remote string
	var created int64
	if err = r.Scan(&p.Name, &p.Kind, &p.Store, &version, &p.Zone, &p.Suspended, &created, &remote, &p.Revision); err != nil {
		return p, err
	}
	p.Created = fromMicro(created)
	if remote != "" {
		p.Remote = &provider.Remote{}
		if err = json.Unmarshal([]byte(remote), p.Remote); err != nil {
			return p, err
		}
	}
	return p, p.Version.UnmarshalText([]byte(version))
}

func scanTenant(r scanner) (t provider.Tenant, err error) {
	var mrn []byte
	var created int64
	if err = r.Scan(&t.ID, &t.Provider, &t.Label, &mrn, &t.Suspended, &created); err != nil {
		return t, err
	}
	t.Created = fromMicro(created)
	return t, json.Unmarshal(mrn, &t.MRN)
}

type sealed struct {
	provider string
	bytes    []byte
}

func scanSealed(r scanner) (s sealed, err error) {
	err = r.Scan(&s.provider, &s.bytes)
	return s, err
}

// Observed implements [provider.Storage].
func (d *DB) Observed(ctx context.Context, name string) (body []byte, err error) {
	err = d.readView(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, "SELECT body FROM provider_observed WHERE provider = ?", name).Scan(&body)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return body, wrap("read what was observed of a provider", err)
}

// SaveObserved implements [provider.Storage].
func (d *DB) SaveObserved(ctx context.Context, name string, observed []byte) error {
	const put = `INSERT INTO provider_observed (provider, body) SELECT name, ? FROM provider WHERE name = ?
		ON CONFLICT (provider) DO UPDATE SET body = excluded.body`
	return d.Write(ctx, func(ctx context.Context, tx *Tx) error {
		_, err := tx.Exec(ctx, put, observed, name)
		return wrap("write what was observed of a provider", err)
	})
}
