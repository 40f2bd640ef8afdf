package sqlite

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/people"
)

const spaceColumns = "s.id, s.tenant, s.team, s.name, s.ehr, s.manual, s.settings, s.created, s.version"

func spaceFields(s *patients.Space, settings *[]byte, created *int64) []any {
	return []any{&s.ID, &s.Tenant, &s.Team, &s.Name, &s.EHR, &s.Manual, settings, created, &s.Version}
}

// EnterSpace implements [patients.Tx].
func (t patientsTx) EnterSpace(ctx context.Context, space, person string) (s patients.Space, role patients.Role, err error) {
	const query = "SELECT " + spaceColumns + `, coalesce(m.role, '') FROM space s
		LEFT JOIN member m ON m.space = s.id AND m.person = ? WHERE s.id = ?`
	var settings []byte
	var created int64
	if err := t.QueryRow(ctx, query, person, space).Scan(append(spaceFields(&s, &settings, &created), &role)...); err != nil {
		return s, "", absent("read space", err, patients.ErrNotFound)
	}
	s.Created = fromMicro(created)
	return s, role, wrap("read space", json.Unmarshal(settings, &s.Settings))
}

// Spaces implements [patients.Tx].
func (t patientsTx) Spaces(ctx context.Context, tenant, person string) ([]patients.Standing, error) {
	const query = "SELECT " + spaceColumns + `, coalesce(m.role, ''), coalesce(a.role, '') FROM space s
		LEFT JOIN member m ON m.space = s.id AND m.person = ?
		LEFT JOIN access_request a ON a.space = s.id AND a.person = ?
		WHERE s.tenant = ? ORDER BY s.name, s.id`
	rows, err := t.Query(ctx, query, person, person, tenant)
	if err != nil {
		return nil, wrap("read spaces", err)
	}
	out, err := gather(rows, func(r scanner) (st patients.Standing, err error) {
		var settings []byte
		var created int64
		if err = r.Scan(append(spaceFields(&st.Space, &settings, &created), &st.Role, &st.Asked)...); err != nil {
			return st, err
		}
		st.Space.Created = fromMicro(created)
		return st, json.Unmarshal(settings, &st.Space.Settings)
	})
	return out, wrap("read spaces", err)
}

// PutSpace implements [patients.Tx].
func (t patientsTx) PutSpace(ctx context.Context, s patients.Space) error {
	settings, err := json.Marshal(s.Settings)
	if err != nil {
		return wrap("write space", err)
	}
	const put = `INSERT INTO space (id, tenant, team, name, ehr, manual, settings, created, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, ehr = excluded.ehr, manual = excluded.manual,
		settings = excluded.settings, version = excluded.version`
	_, err = t.Exec(ctx, put, s.ID, s.Tenant, s.Team, s.Name, s.EHR, s.Manual, string(settings), toMicro(s.Created), s.Version)
	return wrap("write space", err)
}

// IdleMinutes implements [patients.Tx].
func (t patientsTx) IdleMinutes(ctx context.Context, person string) (int, error) {
	const query = `SELECT coalesce(min(json_extract(s.settings, '$.idleMinutes')), 0)
		FROM member m JOIN space s ON s.id = m.space WHERE m.person = ?`
	var n int
	err := t.QueryRow(ctx, query, person).Scan(&n)
	return n, wrap("read idle time", err)
}

// Channels implements [patients.Tx].
func (t patientsTx) Channels(ctx context.Context, space string) ([]patients.Channel, error) {
	rows, err := t.Query(ctx, "SELECT id, space, name FROM channel WHERE space = ? ORDER BY name, id", space)
	if err != nil {
		return nil, wrap("read channels", err)
	}
	out, err := gather(rows, func(r scanner) (c patients.Channel, err error) {
		err = r.Scan(&c.ID, &c.Space, &c.Name)
		return c, err
	})
	return out, wrap("read channels", err)
}

// PutChannel implements [patients.Tx].
func (t patientsTx) PutChannel(ctx context.Context, c patients.Channel) error {
	const put = "INSERT INTO channel (id, space, name) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name"
	_, err := t.Exec(ctx, put, c.ID, c.Space, c.Name)
	return wrap("write channel", err)
}

// Members implements [patients.Tx].
func (t patientsTx) Members(ctx context.Context, space string) ([]patients.Membership, error) {
	const query = `SELECT m.space, m.person, p.name, m.role, m.since FROM member m JOIN person p ON p.id = m.person
		WHERE m.space = ? ORDER BY p.name, p.id`
	rows, err := t.Query(ctx, query, space)
	if err != nil {
		return nil, wrap("read members", err)
	}
	out, err := gather(rows, func(r scanner) (m patients.Membership, err error) {
		var since int64
		err = r.Scan(&m.Space, &m.Person, &m.Name, &m.Role, &since)
		m.Since = fromMicro(since)
		return m, err
	})
	return out, wrap("read members", err)
}

// SetRole implements [patients.Tx].
func (t patientsTx) SetRole(ctx context.Context, m patients.Membership) error {
	if m.Role == "" {
		_, err := t.Exec(ctx, "DELETE FROM member WHERE space = ? AND person = ?", m.Space, m.Person)
		return wrap("remove member", err)
	}
	const put = `INSERT INTO member (space, person, role, since) VALUES (?, ?, ?, ?)
		ON CONFLICT (space, person) DO UPDATE SET role = excluded.role`
	_, err := t.Exec(ctx, put, m.Space, m.Person, m.Role, toMicro(m.Since))
	return wrap("write member", err)
}

// AccessRequests implements [patients.Tx].
func (t patientsTx) AccessRequests(ctx context.Context, space string) ([]patients.AccessRequest, error) {
	const query = `SELECT a.space, a.person, p.name, a.role, a.asked FROM access_request a JOIN person p ON p.id = a.person
		WHERE a.space = ? ORDER BY a.asked, p.id`
	rows, err := t.Query(ctx, query, space)
	if err != nil {
		return nil, wrap("read requests for access", err)
	}
	out, err := gather(rows, func(r scanner) (a patients.AccessRequest, err error) {
		var asked int64
		err = r.Scan(&a.Space, &a.Person, &a.Name, &a.Role, &asked)
		a.Asked = fromMicro(asked)
		return a, err
	})
	return out, wrap("read requests for access", err)
}

// PutAccessRequest implements [patients.Tx].
func (t patientsTx) PutAccessRequest(ctx context.Context, a patients.AccessRequest) error {
	const put = `INSERT INTO access_request (space, person, role, asked) VALUES (?, ?, ?, ?)
		ON CONFLICT (space, person) DO UPDATE SET role = excluded.role`
	_, err := t.Exec(ctx, put, a.Space, a.Person, a.Role, toMicro(a.Asked))
	return wrap("write request for access", err)
}

// DeleteAccessRequest implements [patients.Tx].
func (t patientsTx) DeleteAccessRequest(ctx context.Context, space, person string) error {
	_, err := t.Exec(ctx, "DELETE FROM access_request WHERE space = ? AND person = ?", space, person)
	return wrap("delete request for access", err)
}

// Candidates implements [patients.Tx].
func (t patientsTx) Candidates(ctx context.Context, tenant string) ([]people.Person, error) {
	rows, err := t.Query(ctx, "SELECT "+personColumns+" FROM person p WHERE p.tenant = ? AND p.disabled = 0 ORDER BY p.name, p.id", tenant)
	if err != nil {
		return nil, wrap("read people", err)
	}
	out, err := gather(rows, func(r scanner) (people.Person, error) { return scanPerson(r) })
	return out, wrap("read people", err)
}

// PersonNames implements [patients.Tx].
func (t patientsTx) PersonNames(ctx context.Context, ids []string) (map[string]string, error) {
	list, err := json.Marshal(notNil(ids))
	if err != nil {
		return nil, wrap("read names", err)
	}
	rows, err := t.Query(ctx, "SELECT id, name FROM person WHERE id IN (SELECT value FROM json_each(?))", string(list))
	if err != nil {
		return nil, wrap("read names", err)
	}
	names := map[string]string{}
	_, err = gather(rows, func(r scanner) (struct{}, error) {
		var id, name string
		err := r.Scan(&id, &name)
		names[id] = strings.TrimSpace(name)
		return struct{}{}, err
	})
	return names, wrap("read names", err)
}
