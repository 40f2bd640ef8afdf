package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/wardbridge/wardbridge/internal/patients"
)

const connectionColumns = `id, space, name, link, version, token_url, auth, client_id, tenant, choice, missing, created, removed, last_ok, last_error`

func scanConnection(row interface{ Scan(dest ...any) error }) (patients.Connection, error) {
	var (
		c                        patients.Connection
		missing                  string
		created, removed, lastOK int64
	)
	err := row.Scan(&c.ID, &c.Space, &c.Name, &c.Link, &c.Version, &c.TokenURL, &c.Auth, &c.ClientID, &c.Tenant, &c.Choice, &missing,
		&created, &removed, &lastOK, &c.LastError)
	if err != nil {
		return c, err
	}
	c.Created, c.Removed, c.LastOK = connectionTime(created), connectionTime(removed), connectionTime(lastOK)
	return c, json.Unmarshal([]byte(missing), &c.Missing)
}

func connectionTime(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

func connectionMicros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Connection implements [patients.Tx].
func (t patientsTx) Connection(ctx context.Context, id string) (patients.Connection, error) {
	c, err := scanConnection(t.QueryRow(ctx, `SELECT `+connectionColumns+` FROM patients_connection WHERE id = ?`, id))
	return c, absent("connection", err, patients.ErrNotFound)
}

// Connections implements [patients.Tx].
func (t patientsTx) Connections(ctx context.Context, space string) (out []patients.Connection, err error) {
	rows, err := t.Query(ctx, `SELECT `+connectionColumns+` FROM patients_connection WHERE space = ? AND removed = 0 ORDER BY created, id`, space)
	if err != nil {
		return nil, wrap("connections", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		c, err := scanConnection(rows)
		if err != nil {
			return nil, wrap("connections", err)
		}
		out = append(out, c)
	}
	return out, wrap("connections", rows.Err())
}

// RemovedConnection implements [patients.Tx].
func (t patientsTx) RemovedConnection(ctx context.Context, space, link string) (patients.Connection, error) {
	const query = `SELECT ` + connectionColumns + ` FROM patients_connection WHERE space = ? AND link = ? AND removed > 0 ORDER BY removed DESC, id LIMIT 1`
	c, err := scanConnection(t.QueryRow(ctx, query, space, link))
	return c, absent("removed connection", err, patients.ErrNotFound)
}

// PutConnection implements [patients.Tx].
func (t patientsTx) PutConnection(ctx context.Context, c patients.Connection, sealed []byte) error {
	missing, err := json.Marshal(append([]string{}, c.Missing...))
	if err != nil {
		return err
	}
	_, err = t.Exec(ctx, `INSERT INTO patients_connection
		(id, space, name, link, version, token_url, auth, client_id, tenant, choice, missing, secret, created, removed, last_ok, last_error)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, link = excluded.link, version = excluded.version, token_url = excluded.token_url,
			auth = excluded.auth, client_id = excluded.client_id, tenant = excluded.tenant, choice = excluded.choice, missing = excluded.missing,
			secret = coalesce(excluded.secret, secret), removed = excluded.removed, last_ok = excluded.last_ok, last_error = excluded.last_error`,
		c.ID, c.Space, c.Name, c.Link, c.Version, c.TokenURL, c.Auth, c.ClientID, c.Tenant, c.Choice, string(missing), sealed,
		connectionMicros(c.Created), connectionMicros(c.Removed), connectionMicros(c.LastOK), c.LastError)
	return wrap("put connection", err)
}

// ConnectionSecret implements [patients.Tx].
func (t patientsTx) ConnectionSecret(ctx context.Context, id string) (sealed []byte, err error) {
	err = t.QueryRow(ctx, `SELECT secret FROM patients_connection WHERE id = ?`, id).Scan(&sealed)
	return sealed, absent("secret of a connection", err, patients.ErrNotFound)
}

// ForgetConnectionSecret implements [patients.Tx].
func (t patientsTx) ForgetConnectionSecret(ctx context.Context, id string) error {
	_, err := t.Exec(ctx, `UPDATE patients_connection SET secret = NULL WHERE id = ?`, id)
	return wrap("forget secret of a connection", err)
}

// NoteConnection implements [patients.Tx].
func (t patientsTx) NoteConnection(ctx context.Context, id string, ok time.Time, lastError string) error {
	_, err := t.Exec(ctx, `UPDATE patients_connection SET last_ok = max(last_ok, ?), last_error = ? WHERE id = ?`, connectionMicros(ok), lastError, id)
	return wrap("note connection", err)
}

// A Partner is a client of this server that was made for the app itself.
type Partner struct {
	ClientID string
	Secret   []byte // sealed
}

// Partner gives the client that was made for a purpose; [patients.ErrNotFound]
// when there is none.
func (d *DB) Partner(ctx context.Context, id string) (p Partner, err error) {
	err = d.readView(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT client_id, secret FROM patients_partner WHERE id = ?`, id).Scan(&p.ClientID, &p.Secret)
	})
	return p, absent("partner", err, patients.ErrNotFound)
}

// PutPartner keeps the client that was made for a purpose.
func (d *DB) PutPartner(ctx context.Context, id string, p Partner) error {
	return d.writer.Do(ctx, func(ctx context.Context, tx *Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO patients_partner (id, client_id, secret) VALUES (?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET client_id = excluded.client_id, secret = excluded.secret`, id, p.ClientID, p.Secret)
		return wrap("put partner", err)
	})
}
