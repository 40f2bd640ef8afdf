package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/wardbridge/wardbridge/internal/patients"
)

// ofList reads the rows of a list, or of one entry on it. A query for each,
// whose texts end with the condition: a constant text is prepared once.
func ofList[T any](ctx context.Context, t patientsTx, op string, scan func(scanner) (T, error), all, one, list, entry string) ([]T, error) {
	var rows *sql.Rows
	var err error
	if entry == "" {
		rows, err = t.Query(ctx, all, list)
	} else {
		rows, err = t.Query(ctx, one, list, entry)
	}
	if err != nil {
		return nil, wrap(op, err)
	}
	out, err := gather(rows, scan)
	return out, wrap(op, err)
}

// OwnCells implements [patients.Tx].
func (t patientsTx) OwnCells(ctx context.Context, list, entry string) ([]patients.OwnCell, error) {
	const query = "SELECT entry, column_key, value, seq, by_person, at FROM patients_field WHERE list = ?"
	return ofList(ctx, t, "read fields", func(r scanner) (c patients.OwnCell, err error) {
		var value []byte
		var at int64
		err = r.Scan(&c.Entry, &c.Column, &value, &c.Seq, &c.By, &at)
		c.Value, c.At = value, fromMicro(at)
		return c, err
	}, query, query+" AND entry = ?", list, entry)
}

// PutOwnCell implements [patients.Tx].
func (t patientsTx) PutOwnCell(ctx context.Context, list string, c patients.OwnCell) error {
	const put = `INSERT INTO patients_field (list, entry, column_key, value, seq, by_person, at) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (list, entry, column_key) DO UPDATE SET value = excluded.value, seq = excluded.seq, by_person = excluded.by_person, at = excluded.at`
	_, err := t.Exec(ctx, put, list, c.Entry, c.Column, string(c.Value), c.Seq, c.By, toMicro(c.At))
	return wrap("write field", err)
}

// Observed implements [patients.Tx].
func (t patientsTx) Observed(ctx context.Context, list, entry string) ([]patients.Observation, error) {
	const query = "SELECT entry, column_key, cell FROM patients_observed WHERE list = ?"
	return ofList(ctx, t, "read what was observed", func(r scanner) (o patients.Observation, err error) {
		var cell []byte
		if err = r.Scan(&o.Entry, &o.Column, &cell); err != nil {
			return o, err
		}
		return o, json.Unmarshal(cell, &o.Cell)
	}, query, query+" AND entry = ?", list, entry)
}

// PutObserved implements [patients.Tx].
func (t patientsTx) PutObserved(ctx context.Context, list string, o patients.Observation) error {
	cell, err := json.Marshal(o.Cell)
	if err != nil {
		return wrap("write what was observed", err)
	}
	const put = `INSERT INTO patients_observed (list, entry, column_key, cell) VALUES (?, ?, ?, ?)
		ON CONFLICT (list, entry, column_key) DO UPDATE SET cell = excluded.cell`
	_, err = t.Exec(ctx, put, list, o.Entry, o.Column, string(cell))
	return wrap("write what was observed", err)
}

const todoColumns = "list, entry, id, text, owner, due, done_by, done_at, by_person, at, seq, version"

func scanTodo(r scanner) (d patients.KeptTodo, err error) {
	var done, at int64
	err = r.Scan(&d.List, &d.Entry, &d.ID, &d.Text, &d.Owner, &d.Due, &d.DoneBy, &done, &d.By, &at, &d.Seq, &d.Version)
	d.DoneAt, d.At, d.Done = fromMicro(done), fromMicro(at), done != 0
	return d, err
}

// Todos implements [patients.Tx].
func (t patientsTx) Todos(ctx context.Context, list, entry string) ([]patients.KeptTodo, error) {
	const query, order = "SELECT " + todoColumns + " FROM patients_todo WHERE list = ?", " ORDER BY at, id"
	return ofList(ctx, t, "read to-dos", scanTodo, query+order, query+" AND entry = ?"+order, list, entry)
}

// Todo implements [patients.Tx].
func (t patientsTx) Todo(ctx context.Context, id string) (patients.KeptTodo, error) {
	d, err := scanTodo(t.QueryRow(ctx, "SELECT "+todoColumns+" FROM patients_todo WHERE id = ?", id))
	return d, absent("read to-do", err, patients.ErrNotFound)
}

// PutTodo implements [patients.Tx].
func (t patientsTx) PutTodo(ctx context.Context, list string, d patients.KeptTodo) error {
	const put = `INSERT INTO patients_todo (` + todoColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (list, entry, id) DO UPDATE SET text = excluded.text, owner = excluded.owner, due = excluded.due,
		done_by = excluded.done_by, done_at = excluded.done_at, seq = excluded.seq, version = excluded.version`
	_, err := t.Exec(ctx, put, list, d.Entry, d.ID, d.Text, d.Owner, d.Due, d.DoneBy, toMicro(d.DoneAt), d.By, toMicro(d.At), d.Seq, d.Version)
	return wrap("write to-do", err)
}

// DeleteTodo implements [patients.Tx].
func (t patientsTx) DeleteTodo(ctx context.Context, list, entry, id string) error {
	_, err := t.Exec(ctx, "DELETE FROM patients_todo WHERE list = ? AND entry = ? AND id = ?", list, entry, id)
	return wrap("delete to-do", err)
}

const noteColumns = "list, entry, id, text, pinned, by_person, at, edited, deleted, history, seq, version"

func scanNote(r scanner) (n patients.KeptNote, err error) {
	var at, edited, deleted int64
	var history []byte
	if err = r.Scan(&n.List, &n.Entry, &n.ID, &n.Text, &n.Pinned, &n.By, &at, &edited, &deleted, &history, &n.Seq, &n.Version); err != nil {
		return n, err
	}
	n.At, n.Edited, n.Deleted = fromMicro(at), fromMicro(edited), fromMicro(deleted)
	return n, json.Unmarshal(history, &n.History)
}

// Notes implements [patients.Tx].
func (t patientsTx) Notes(ctx context.Context, list, entry string) ([]patients.KeptNote, error) {
	const query, order = "SELECT " + noteColumns + " FROM patients_note WHERE list = ?", " ORDER BY at, id"
	return ofList(ctx, t, "read notes", scanNote, query+order, query+" AND entry = ?"+order, list, entry)
}

// Note implements [patients.Tx].
func (t patientsTx) Note(ctx context.Context, id string) (patients.KeptNote, error) {
	n, err := scanNote(t.QueryRow(ctx, "SELECT "+noteColumns+" FROM patients_note WHERE id = ?", id))
	return n, absent("read note", err, patients.ErrNotFound)
}

// PutNote implements [patients.Tx].
func (t patientsTx) PutNote(ctx context.Context, list string, n patients.KeptNote) error {
	history, err := json.Marshal(orEmpty(n.History))
	if err != nil {
		return wrap("write note", err)
	}
	const put = `INSERT INTO patients_note (` + noteColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (list, entry, id) DO UPDATE SET text = excluded.text, pinned = excluded.pinned, edited = excluded.edited,
		deleted = excluded.deleted, history = excluded.history, seq = excluded.seq, version = excluded.version`
	_, err = t.Exec(ctx, put, list, n.Entry, n.ID, n.Text, n.Pinned, n.By, toMicro(n.At), toMicro(n.Edited), toMicro(n.Deleted), string(history), n.Seq, n.Version)
	return wrap("write note", err)
}
