package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/auth"
)

var _ auth.Storage = (*DB)(nil)

const (
	clientColumns = "id, name, grant_all, tenants, auth_methods, jwks, jwks_uri, disabled, created, keys_since"
	secretColumns = "id, client, label, hash, created, expires, retires, revoked, last_used, last_address" //nolint:gosec // names of columns
	keyColumns    = "id, algorithm, private, created, activates"
)

// LoadAuth implements [auth.Storage].
func (d *DB) LoadAuth(ctx context.Context) (st auth.Stored, err error) {
	err = d.readView(ctx, func(tx *sql.Tx) error {
		if st.Clients, err = collect(ctx, tx, scanClient, "SELECT "+clientColumns+" FROM auth_client ORDER BY id"); err != nil {
			return err
		}
		if st.Secrets, err = collect(ctx, tx, scanSecret, "SELECT "+secretColumns+" FROM auth_secret ORDER BY client, created, id"); err != nil {
			return err
		}
		st.Keys, err = collect(ctx, tx, scanKey, "SELECT "+keyColumns+" FROM auth_key ORDER BY activates, id")
		return err
	})
	return st, wrap("load clients and keys", err)
}

// ChangeAuth implements [auth.Storage].
func (d *DB) ChangeAuth(ctx context.Context, c *auth.Change, fn func(ctx context.Context, tx auth.Tx) error) error {
	rec := audit.Record{RequestID: access.RequestIDFrom(ctx), Entry: -1}
	return d.Update(ctx, &rec, func(ctx context.Context, tx *Tx) error {
		if err := fn(ctx, authTx{tx}); err != nil {
			return err
		}
		rec.Time, rec.Actor, rec.Operation, rec.Client, rec.Detail = c.Time, c.Actor, c.Operation, c.Client, c.Detail
		return nil
	})
}

// UseAssertion implements [auth.Storage].
func (d *DB) UseAssertion(ctx context.Context, id [sha256.Size]byte, expires time.Time) (bool, error) {
	var n int64
	err := d.Write(ctx, func(ctx context.Context, tx *Tx) error {
		res, err := tx.Exec(ctx, "INSERT INTO auth_assertion (id, expires) VALUES (?, ?) ON CONFLICT DO NOTHING", id[:], toMicro(expires))
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	return err == nil && n == 1, wrap("note client assertion", err)
}

// ForgetAssertions implements [auth.Storage].
func (d *DB) ForgetAssertions(ctx context.Context, now time.Time) error {
	var some bool
	const look = "SELECT EXISTS (SELECT 1 FROM auth_assertion WHERE expires < ?)"
	if err := d.read.QueryRowContext(ctx, look, toMicro(now)).Scan(&some); err != nil || !some {
		return wrap("forget client assertions", err)
	}
	return wrap("forget client assertions", d.Write(ctx, func(ctx context.Context, tx *Tx) error {
		_, err := tx.Exec(ctx, "DELETE FROM auth_assertion WHERE expires < ?", toMicro(now))
		return err
	}))
}

// TouchSecrets implements [auth.Storage]. Several processes may report the
// same secret; the latest use stays.
func (d *DB) TouchSecrets(ctx context.Context, uses map[string]auth.Use) error {
	const touch = "UPDATE auth_secret SET last_used = ?, last_address = ? WHERE id = ? AND last_used < ?"
	return wrap("note last use of secrets", d.Write(ctx, func(ctx context.Context, tx *Tx) error {
		for id, u := range uses {
			address := ""
			if u.Address.IsValid() {
				address = u.Address.String()
			}
			if _, err := tx.Exec(ctx, touch, toMicro(u.Time), address, id, toMicro(u.Time)); err != nil {
				return err
			}
		}
		return nil
	}))
}

// authTx implements [auth.Tx].
type authTx struct{ tx *Tx }

func (t authTx) Client(ctx context.Context, id string) (auth.Client, []auth.Secret, error) {
	c, err := scanClient(t.tx.QueryRow(ctx, "SELECT "+clientColumns+" FROM auth_client WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return c, nil, fmt.Errorf("%w: there is no client %q", auth.ErrNotFound, id)
	}
	if err != nil {
		return c, nil, wrap("read client", err)
	}
	rows, err := t.tx.Query(ctx, "SELECT "+secretColumns+" FROM auth_secret WHERE client = ? ORDER BY created, id", id)
	if err != nil {
		return c, nil, wrap("read secrets", err)
	}
	secrets, err := gather(rows, scanSecret)
	return c, secrets, wrap("read secrets", err)
}

func (t authTx) PutClient(ctx context.Context, c auth.Client) error {
	tenants, err := json.Marshal(notNil(c.Grant.Tenants))
	if err != nil {
		return wrap("write client", err)
	}
	methods, err := json.Marshal(notNil(c.AuthMethods))
	if err != nil {
		return wrap("write client", err)
	}
	const put = `INSERT INTO auth_client (` + clientColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, grant_all = excluded.grant_all, tenants = excluded.tenants,
		auth_methods = excluded.auth_methods, jwks = excluded.jwks, jwks_uri = excluded.jwks_uri,
		disabled = excluded.disabled, keys_since = excluded.keys_since`
	_, err = t.tx.Exec(ctx, put, c.ID, c.Name, c.Grant.All, string(tenants), string(methods), c.JWKS, c.JWKSURI, c.Disabled, toMicro(c.Created), toMicro(c.KeysSince))
	return wrap("write client", err)
}

func (t authTx) DeleteClient(ctx context.Context, id string) error {
	_, err := t.tx.Exec(ctx, "DELETE FROM auth_client WHERE id = ?", id)
	return wrap("delete client", err)
}

func (t authTx) PutSecret(ctx context.Context, s auth.Secret) error {
	const put = `INSERT INTO auth_secret (` + secretColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET label = excluded.label, expires = excluded.expires,
		retires = excluded.retires, revoked = excluded.revoked`
	_, err := t.tx.Exec(ctx, put, s.ID, s.ClientID, s.Label, s.Hash, toMicro(s.Created), toMicro(s.Expires), toMicro(s.RetiresAt), toMicro(s.RevokedAt), toMicro(s.LastUsed), s.LastAddress)
	return wrap("write secret", err)
}

func (t authTx) Keys(ctx context.Context) ([]auth.StoredKey, error) {
	rows, err := t.tx.Query(ctx, "SELECT "+keyColumns+" FROM auth_key ORDER BY activates, id")
	if err != nil {
		return nil, wrap("read signing keys", err)
	}
	keys, err := gather(rows, scanKey)
	return keys, wrap("read signing keys", err)
}

func (t authTx) PutKey(ctx context.Context, k auth.StoredKey) error {
	_, err := t.tx.Exec(ctx, "INSERT INTO auth_key ("+keyColumns+") VALUES (?, ?, ?, ?, ?)", k.ID, k.Algorithm, k.Private, toMicro(k.Created), toMicro(k.Activates))
	return wrap("write signing key", err)
}

func (t authTx) DeleteKey(ctx context.Context, id string) error {
	_, err := t.tx.Exec(ctx, "DELETE FROM auth_key WHERE id = ?", id)
	return wrap("delete signing key", err)
}

// scanner is a row of either kind.
type scanner interface{ Scan(dest ...any) error }

func scanClient(r scanner) (c auth.Client, err error) {
	var tenants, methods []byte
	var created, since int64
	if err = r.Scan(&c.ID, &c.Name, &c.Grant.All, &tenants, &methods, &c.JWKS, &c.JWKSURI, &c.Disabled, &created, &since); err != nil {
		return c, err
	}
	c.Created, c.KeysSince = fromMicro(created), fromMicro(since)
	return c, errors.Join(json.Unmarshal(tenants, &c.Grant.Tenants), json.Unmarshal(methods, &c.AuthMethods))
}

func scanSecret(r scanner) (s auth.Secret, err error) {
	var created, expires, retires, revoked, used int64
	err = r.Scan(&s.ID, &s.ClientID, &s.Label, &s.Hash, &created, &expires, &retires, &revoked, &used, &s.LastAddress)
	s.Created, s.Expires, s.RetiresAt = fromMicro(created), fromMicro(expires), fromMicro(retires)
	s.RevokedAt, s.LastUsed = fromMicro(revoked), fromMicro(used)
	return s, err
}

func scanKey(r scanner) (k auth.StoredKey, err error) {
	var created, activates int64
	err = r.Scan(&k.ID, &k.Algorithm, &k.Private, &created, &activates)
	k.Created, k.Activates = fromMicro(created), fromMicro(activates)
	return k, err
}

// readView runs fn in a transaction that sees one moment.
func (d *DB) readView(ctx context.Context, fn func(tx *sql.Tx) error) error {
	tx, err := d.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	err = fn(tx)
	if rerr := tx.Rollback(); rerr != nil && err == nil && !errors.Is(rerr, sql.ErrTxDone) {
		err = rerr
	}
	return err
}

func collect[T any](ctx context.Context, tx *sql.Tx, scan func(scanner) (T, error), query string) ([]T, error) {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return gather(rows, scan)
}

// gather reads and closes rows.
func gather[T any](rows *sql.Rows, scan func(scanner) (T, error)) (out []T, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

func notNil(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// toMicro and fromMicro keep the zero time as 0.
func toMicro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicro(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
