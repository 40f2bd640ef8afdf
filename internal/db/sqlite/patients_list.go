package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/wardbridge/wardbridge/internal/patients"
)

const listColumns = `l.id, l.space, l.channel, l.name, l.location, l.is_default, l.position, l.beds, l.hide_unoccupied,
	l.schema, l.created, l.created_by, l.changed, l.deleted, l.version,
	(SELECT count(*) FROM patients_entry e WHERE e.list = l.id AND e.removed = 0)`

func scanList(r scanner) (l patients.List, err error) {
	var beds []byte
	var created, changed, deleted int64
	err = r.Scan(&l.ID, &l.Space, &l.Channel, &l.Name, &l.Location, &l.Default, &l.Position, &beds, &l.HideUnoccupied,
		&l.Schema, &created, &l.CreatedBy, &changed, &deleted, &l.Version, &l.Patients)
	if err != nil {
		return l, err
	}
	l.Created, l.Changed, l.Deleted = fromMicro(created), fromMicro(changed), fromMicro(deleted)
	return l, json.Unmarshal(beds, &l.Beds)
}

// List implements [patients.Tx].
func (t patientsTx) List(ctx context.Context, id string) (patients.List, error) {
	l, err := scanList(t.QueryRow(ctx, "SELECT "+listColumns+" FROM patients_list l WHERE l.id = ? AND l.purged = 0", id))
	return l, absent("read list", err, patients.ErrNotFound)
}

// Lists implements [patients.Tx].
func (t patientsTx) Lists(ctx context.Context, space string) ([]patients.List, error) {
	rows, err := t.Query(ctx, "SELECT "+listColumns+" FROM patients_list l WHERE l.space = ? AND l.purged = 0 ORDER BY l.position, l.id", space)
	if err != nil {
		return nil, wrap("read lists", err)
	}
	out, err := gather(rows, scanList)
	return out, wrap("read lists", err)
}

// PutList implements [patients.Tx].
func (t patientsTx) PutList(ctx context.Context, l patients.List) error {
	beds, err := json.Marshal(notNil(l.Beds))
	if err != nil {
		return wrap("write list", err)
	}
	const put = `INSERT INTO patients_list (id, space, channel, name, location, is_default, position, beds, hide_unoccupied,
		schema, created, created_by, changed, deleted, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, location = excluded.location, is_default = excluded.is_default,
		position = excluded.position, beds = excluded.beds, hide_unoccupied = excluded.hide_unoccupied, schema = excluded.schema,
		changed = excluded.changed, deleted = excluded.deleted, version = excluded.version`
	_, err = t.Exec(ctx, put, l.ID, l.Space, l.Channel, l.Name, l.Location, l.Default, l.Position, string(beds), l.HideUnoccupied,
		l.Schema, toMicro(l.Created), l.CreatedBy, toMicro(l.Changed), toMicro(l.Deleted), l.Version)
	return wrap("write list", err)
}

// Schemas implements [patients.Tx].
func (t patientsTx) Schemas(ctx context.Context, space string) ([]patients.Schema, error) {
	rows, err := t.Query(ctx, "SELECT id, space, name, columns, version FROM patients_schema WHERE space = ? ORDER BY name, id", space)
	if err != nil {
		return nil, wrap("read sets of columns", err)
	}
	out, err := gather(rows, func(r scanner) (s patients.Schema, err error) {
		var columns []byte
		if err = r.Scan(&s.ID, &s.Space, &s.Name, &columns, &s.Version); err != nil {
			return s, err
		}
		return s, json.Unmarshal(columns, &s.Columns)
	})
	return out, wrap("read sets of columns", err)
}

// PutSchema implements [patients.Tx].
func (t patientsTx) PutSchema(ctx context.Context, s patients.Schema) error {
	columns, err := json.Marshal(orEmpty(s.Columns))
	if err != nil {
		return wrap("write set of columns", err)
	}
	const put = `INSERT INTO patients_schema (space, id, name, columns, version) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (space, id) DO UPDATE SET name = excluded.name, columns = excluded.columns, version = excluded.version`
	_, err = t.Exec(ctx, put, s.Space, s.ID, s.Name, string(columns), s.Version)
	return wrap("write set of columns", err)
}

// PersonView implements [patients.Tx].
func (t patientsTx) PersonView(ctx context.Context, list, person string) (v patients.View, err error) {
	var body []byte
	err = t.QueryRow(ctx, "SELECT body FROM patients_view WHERE list = ? AND person = ?", list, person).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return v, nil
	}
	if err == nil {
		err = json.Unmarshal(body, &v)
	}
	return v, wrap("read view", err)
}

// PutPersonView implements [patients.Tx].
func (t patientsTx) PutPersonView(ctx context.Context, list, person string, v patients.View) error {
	body, err := json.Marshal(v)
	if err != nil {
		return wrap("write view", err)
	}
	const put = "INSERT INTO patients_view (list, person, body) VALUES (?, ?, ?) ON CONFLICT (list, person) DO UPDATE SET body = excluded.body"
	_, err = t.Exec(ctx, put, list, person, string(body))
	return wrap("write view", err)
}

// orEmpty keeps an empty list from being written as null.
func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
