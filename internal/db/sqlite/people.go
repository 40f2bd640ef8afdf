package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/people"
)

var _ people.Storage = (*DB)(nil)

// peopleTx implements [people.Tx] on a transaction of either kind.
type peopleTx struct{ querier }

const personColumns = "p.id, p.name, coalesce(p.username, ''), p.tenant, p.admin, p.demo, p.disabled, p.created, p.prefs"

// ViewPeople implements [people.Storage].
func (d *DB) ViewPeople(ctx context.Context, fn func(ctx context.Context, tx people.Tx) error) error {
	return d.readView(ctx, func(tx *sql.Tx) error { return fn(ctx, peopleTx{viewTx{tx}}) })
}

// ChangePeople implements [people.Storage]. It is no change of configuration:
// nothing reloads.
func (d *DB) ChangePeople(ctx context.Context, c *people.Change, fn func(ctx context.Context, tx people.Tx) error) error {
	return d.writer.Do(ctx, func(ctx context.Context, tx *Tx) error {
		if err := fn(ctx, peopleTx{tx}); err != nil {
			return err
		}
		if c == nil {
			return nil
		}
		rec := audit.Record{
			Time: c.Time, RequestID: access.RequestIDFrom(ctx), Entry: -1, Operation: c.Operation,
			Actor: c.Actor, Person: c.Person, Status: c.Status, Detail: c.Detail,
		}
		if c.Target != "" {
			rec.Target = "Person/" + c.Target
		}
		if p, ok := access.PrincipalFrom(ctx); ok && p.Remote.IsValid() {
			rec.Remote = p.Remote.String()
		}
		tx.record(rec.Encode())
		return nil
	})
}

func personFields(p *people.Person, prefs *[]byte, created *int64) []any {
	return []any{&p.ID, &p.Name, &p.Username, &p.Tenant, &p.Admin, &p.Demo, &p.Disabled, created, prefs}
}

// scanPerson reads a row of personColumns, and of more after them.
func scanPerson(r scanner, more ...any) (p people.Person, err error) {
	var prefs []byte
	var created int64
	if err := r.Scan(append(personFields(&p, &prefs, &created), more...)...); err != nil {
		return p, err
	}
	p.Created = fromMicro(created)
	return p, json.Unmarshal(prefs, &p.Prefs)
}

// Person implements [people.Tx].
func (t peopleTx) Person(ctx context.Context, id string) (people.Person, error) {
	p, err := scanPerson(t.QueryRow(ctx, "SELECT "+personColumns+" FROM person p WHERE p.id = ?", id))
	return p, absent("read person", err, people.ErrNotFound)
}

// PersonByUsername implements [people.Tx].
func (t peopleTx) PersonByUsername(ctx context.Context, username string) (people.Person, string, error) {
	const query = "SELECT " + personColumns + `, coalesce(w.hash, '') FROM person p
		LEFT JOIN person_password w ON w.person = p.id WHERE p.username = ?`
	var hash string
	p, err := scanPerson(t.QueryRow(ctx, query, username), &hash)
	return p, hash, absent("read person", err, people.ErrNotFound)
}

// PersonByIdentity implements [people.Tx].
func (t peopleTx) PersonByIdentity(ctx context.Context, id people.Identity) (people.Person, error) {
	const query = "SELECT " + personColumns + ` FROM person_identity i JOIN person p ON p.id = i.person
		WHERE i.issuer = ? AND i.subject = ?`
	p, err := scanPerson(t.QueryRow(ctx, query, id.Issuer, id.Subject))
	return p, absent("read person", err, people.ErrNotFound)
}

// People implements [people.Tx].
func (t peopleTx) People(ctx context.Context) ([]people.Person, error) {
	rows, err := t.Query(ctx, "SELECT "+personColumns+" FROM person p ORDER BY p.name, p.id")
	if err != nil {
		return nil, wrap("read people", err)
	}
	out, err := gather(rows, func(r scanner) (people.Person, error) { return scanPerson(r) })
	return out, wrap("read people", err)
}

// PutPerson implements [people.Tx].
func (t peopleTx) PutPerson(ctx context.Context, p people.Person) error {
	prefs, err := json.Marshal(p.Prefs)
	if err != nil {
		return wrap("write person", err)
	}
	const put = `INSERT INTO person (id, name, username, tenant, admin, demo, disabled, created, prefs)
		VALUES (?, ?, nullif(?, ''), ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, username = excluded.username, admin = excluded.admin,
		disabled = excluded.disabled, prefs = excluded.prefs`
	_, err = t.Exec(ctx, put, p.ID, p.Name, p.Username, p.Tenant, p.Admin, p.Demo, p.Disabled, toMicro(p.Created), string(prefs))
	if errors.Is(kindOf(err), ErrConflict) {
		return people.ErrTaken
	}
	return wrap("write person", err)
}

// PutIdentity implements [people.Tx].
func (t peopleTx) PutIdentity(ctx context.Context, id people.Identity, person string, at time.Time) error {
	_, err := t.Exec(ctx, "INSERT INTO person_identity (issuer, subject, person, created) VALUES (?, ?, ?, ?)", id.Issuer, id.Subject, person, toMicro(at))
	return wrap("write identity", err)
}

// PutPassword implements [people.Tx].
func (t peopleTx) PutPassword(ctx context.Context, person, hash string, at time.Time) error {
	const put = `INSERT INTO person_password (person, hash, changed) VALUES (?, ?, ?)
		ON CONFLICT (person) DO UPDATE SET hash = excluded.hash, changed = excluded.changed`
	_, err := t.Exec(ctx, put, person, hash, toMicro(at))
	return wrap("write password", err)
}

// Session implements [people.Tx].
func (t peopleTx) Session(ctx context.Context, h people.Hash) (people.StoredSession, people.Person, error) {
	const query = "SELECT " + personColumns + `, s.created, s.seen, s.idle, s.ends
		FROM person_session s JOIN person p ON p.id = s.person WHERE s.hash = ?`
	var created, seen, idle, ends int64
	p, err := scanPerson(t.QueryRow(ctx, query, h[:]), &created, &seen, &idle, &ends)
	s := people.StoredSession{
		Hash: h, Person: p.ID, Created: fromMicro(created), Seen: fromMicro(seen),
		Idle: time.Duration(idle) * time.Microsecond, Ends: fromMicro(ends),
	}
	return s, p, absent("read session", err, people.ErrNotFound)
}

// PutSession implements [people.Tx].
func (t peopleTx) PutSession(ctx context.Context, s people.StoredSession) error {
	const put = `INSERT INTO person_session (hash, person, created, seen, idle, ends) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (hash) DO UPDATE SET seen = excluded.seen, idle = excluded.idle`
	_, err := t.Exec(ctx, put, s.Hash[:], s.Person, toMicro(s.Created), toMicro(s.Seen), s.Idle.Microseconds(), toMicro(s.Ends))
	return wrap("write session", err)
}

// DeleteSession implements [people.Tx].
func (t peopleTx) DeleteSession(ctx context.Context, h people.Hash) error {
	_, err := t.Exec(ctx, "DELETE FROM person_session WHERE hash = ?", h[:])
	return wrap("end session", err)
}

// DeleteSessions implements [people.Tx].
func (t peopleTx) DeleteSessions(ctx context.Context, person string) error {
	_, err := t.Exec(ctx, "DELETE FROM person_session WHERE person = ?", person)
	return wrap("end sessions", err)
}

// Forget implements [people.Tx].
func (t peopleTx) Forget(ctx context.Context, now time.Time) error {
	_, err := t.Exec(ctx, "DELETE FROM person_session WHERE ends < ?", toMicro(now))
	if err == nil {
		_, err = t.Exec(ctx, "DELETE FROM person_link WHERE expires < ?", toMicro(now))
	}
	return wrap("forget what is over", err)
}

// Link implements [people.Tx].
func (t peopleTx) Link(ctx context.Context, h people.Hash) (people.StoredLink, error) {
	l := people.StoredLink{Hash: h}
	var created, expires int64
	err := t.QueryRow(ctx, "SELECT person, created, expires FROM person_link WHERE hash = ?", h[:]).Scan(&l.Person, &created, &expires)
	l.Created, l.Expires = fromMicro(created), fromMicro(expires)
	return l, absent("read link", err, people.ErrNotFound)
}

// PutLink implements [people.Tx].
func (t peopleTx) PutLink(ctx context.Context, l people.StoredLink) error {
	_, err := t.Exec(ctx, "INSERT INTO person_link (hash, person, created, expires) VALUES (?, ?, ?, ?)", l.Hash[:], l.Person, toMicro(l.Created), toMicro(l.Expires))
	return wrap("write link", err)
}

// DeleteLinks implements [people.Tx].
func (t peopleTx) DeleteLinks(ctx context.Context, person string) error {
	_, err := t.Exec(ctx, "DELETE FROM person_link WHERE person = ?", person)
	return wrap("delete links", err)
}
