package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/wardbridge/wardbridge/internal/patients"
)

const changeColumns = "seq, space, list, entry, column_key, item, kind, old, new, at, by_person"

func scanChange(r scanner) (c patients.Change, err error) {
	var at int64
	err = r.Scan(&c.Seq, &c.Space, &c.List, &c.Entry, &c.Column, &c.Item, &c.Kind, &c.Old, &c.New, &at, &c.By)
	c.At = fromMicro(at)
	return c, err
}

// AddChange implements [patients.Tx].
func (t patientsTx) AddChange(ctx context.Context, c patients.Change) (int64, error) {
	const insert = `INSERT INTO patients_change (space, list, entry, column_key, item, kind, old, new, at, by_person)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	res, err := t.Exec(ctx, insert, c.Space, c.List, c.Entry, c.Column, c.Item, c.Kind, c.Old, c.New, toMicro(c.At), c.By)
	if err != nil {
		return 0, wrap("write change", err)
	}
	seq, err := res.LastInsertId()
	return seq, wrap("write change", err)
}

// Changes implements [patients.Tx].
func (t patientsTx) Changes(ctx context.Context, list, entry string, after int64, limit int) ([]patients.Change, error) {
	const query = "SELECT " + changeColumns + " FROM patients_change WHERE list = ? AND seq > ?"
	var rows *sql.Rows
	var err error
	if entry == "" {
		rows, err = t.Query(ctx, query+" ORDER BY seq LIMIT ?", list, after, limit)
	} else {
		rows, err = t.Query(ctx, query+" AND entry = ? ORDER BY seq LIMIT ?", list, after, entry, limit)
	}
	if err != nil {
		return nil, wrap("read changes", err)
	}
	out, err := gather(rows, scanChange)
	return out, wrap("read changes", err)
}

// History implements [patients.Tx].
func (t patientsTx) History(ctx context.Context, entry string, limit int) ([]patients.Change, error) {
	const query = "SELECT " + changeColumns + " FROM patients_change WHERE entry = ? AND entry <> '' ORDER BY seq DESC LIMIT ?"
	rows, err := t.Query(ctx, query, entry, limit)
	if err != nil {
		return nil, wrap("read history", err)
	}
	out, err := gather(rows, scanChange)
	return out, wrap("read history", err)
}

// ForgetItem implements [patients.Tx].
func (t patientsTx) ForgetItem(ctx context.Context, entry, column, item string) error {
	const query = "UPDATE patients_change SET old = '', new = '' WHERE entry = ? AND entry <> '' AND column_key = ? AND item = ?"
	_, err := t.Exec(ctx, query, entry, column, item)
	return wrap("forget item", err)
}

// LastSeq implements [patients.Tx]. The newest rows may have been purged; the
// table of numbers knows them still.
func (t patientsTx) LastSeq(ctx context.Context) (seq int64, err error) {
	const query = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'patients_change'), 0)"
	return seq, wrap("read newest change", t.QueryRow(ctx, query).Scan(&seq))
}

// Seen implements [patients.Tx].
func (t patientsTx) Seen(ctx context.Context, list, person string) ([]patients.Seen, error) {
	rows, err := t.Query(ctx, "SELECT entry, column_key, seq, before, at FROM patients_seen WHERE list = ? AND person = ?", list, person)
	if err != nil {
		return nil, wrap("read looks", err)
	}
	out, err := gather(rows, func(r scanner) (s patients.Seen, err error) {
		var at int64
		err = r.Scan(&s.Entry, &s.Column, &s.Seq, &s.Before, &at)
		s.At = fromMicro(at)
		return s, err
	})
	return out, wrap("read looks", err)
}

// PutSeen implements [patients.Tx].
func (t patientsTx) PutSeen(ctx context.Context, list, person string, s patients.Seen) error {
	const put = `INSERT INTO patients_seen (list, person, entry, column_key, seq, before, at) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (list, person, entry, column_key) DO UPDATE SET seq = excluded.seq, before = excluded.before, at = excluded.at`
	_, err := t.Exec(ctx, put, list, person, s.Entry, s.Column, s.Seq, s.Before, toMicro(s.At))
	return wrap("write look", err)
}

// ForgetSeen implements [patients.Tx].
func (t patientsTx) ForgetSeen(ctx context.Context, list, person string, seq int64) error {
	_, err := t.Exec(ctx, "DELETE FROM patients_seen WHERE list = ? AND person = ? AND entry <> '' AND seq <= ?", list, person, seq)
	return wrap("forget looks", err)
}

// RunningRound implements [patients.Tx].
func (t patientsTx) RunningRound(ctx context.Context, list string) (r patients.Round, err error) {
	var started int64
	var order []byte
	err = t.QueryRow(ctx, "SELECT id, list, by_person, started, entries FROM patients_round WHERE list = ? AND ended = 0", list).
		Scan(&r.ID, &r.List, &r.By, &started, &order)
	if err != nil {
		return r, absent("read round", err, patients.ErrNotFound)
	}
	r.Started, r.Seen = fromMicro(started), map[string]patients.SeenNote{}
	if err := json.Unmarshal(order, &r.Order); err != nil {
		return r, wrap("read round", err)
	}
	rows, err := t.Query(ctx, "SELECT entry, by_person, at FROM patients_round_seen WHERE list = ? AND round = ?", list, r.ID)
	if err != nil {
		return r, wrap("read round", err)
	}
	return r, wrap("read round", seenNotes(rows, r.Seen))
}

// seenNotes reads rows of entry, person and time, the newest last.
func seenNotes(rows *sql.Rows, into map[string]patients.SeenNote) error {
	_, err := gather(rows, func(r scanner) (struct{}, error) {
		var entry string
		var n patients.SeenNote
		var at int64
		err := r.Scan(&entry, &n.By, &at)
		n.At = fromMicro(at)
		into[entry] = n
		return struct{}{}, err
	})
	return err
}

// PutRound implements [patients.Tx].
func (t patientsTx) PutRound(ctx context.Context, r patients.Round) error {
	order, err := json.Marshal(notNil(r.Order))
	if err != nil {
		return wrap("write round", err)
	}
	const put = `INSERT INTO patients_round (list, id, by_person, started, ended, entries) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (list, id) DO UPDATE SET ended = excluded.ended, entries = excluded.entries`
	_, err = t.Exec(ctx, put, r.List, r.ID, r.By, toMicro(r.Started), toMicro(r.Ended), string(order))
	return wrap("write round", err)
}

// PutRoundSeen implements [patients.Tx]. Who was first stays.
func (t patientsTx) PutRoundSeen(ctx context.Context, list, round, entry string, n patients.SeenNote) error {
	const put = "INSERT INTO patients_round_seen (list, round, entry, by_person, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
	_, err := t.Exec(ctx, put, list, round, entry, n.By, toMicro(n.At))
	return wrap("write who was seen", err)
}

// DeleteRoundSeen implements [patients.Tx].
func (t patientsTx) DeleteRoundSeen(ctx context.Context, list, round, entry string) error {
	_, err := t.Exec(ctx, "DELETE FROM patients_round_seen WHERE list = ? AND round = ? AND entry = ?", list, round, entry)
	return wrap("write who was not seen", err)
}

// RoundsSeen implements [patients.Tx].
func (t patientsTx) RoundsSeen(ctx context.Context, list string, since time.Time) (map[string]patients.SeenNote, error) {
	rows, err := t.Query(ctx, "SELECT entry, by_person, at FROM patients_round_seen WHERE list = ? AND at >= ? ORDER BY at", list, toMicro(since))
	if err != nil {
		return nil, wrap("read who was seen", err)
	}
	out := map[string]patients.SeenNote{}
	return out, wrap("read who was seen", seenNotes(rows, out))
}

// Drafts implements [patients.Tx].
func (t patientsTx) Drafts(ctx context.Context, person string) ([]patients.Draft, error) {
	rows, err := t.Query(ctx, "SELECT draft_key, text, base, at FROM patients_draft WHERE person = ? ORDER BY at DESC", person)
	if err != nil {
		return nil, wrap("read drafts", err)
	}
	out, err := gather(rows, func(r scanner) (d patients.Draft, err error) {
		var at int64
		err = r.Scan(&d.Key, &d.Text, &d.Base, &at)
		d.At = fromMicro(at)
		return d, err
	})
	return out, wrap("read drafts", err)
}

// PutDraft implements [patients.Tx].
func (t patientsTx) PutDraft(ctx context.Context, person string, d patients.Draft) error {
	const put = `INSERT INTO patients_draft (person, draft_key, text, base, at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (person, draft_key) DO UPDATE SET text = excluded.text, base = excluded.base, at = excluded.at`
	_, err := t.Exec(ctx, put, person, d.Key, d.Text, d.Base, toMicro(d.At))
	return wrap("write draft", err)
}

// DeleteDraft implements [patients.Tx].
func (t patientsTx) DeleteDraft(ctx context.Context, person, key string) error {
	_, err := t.Exec(ctx, "DELETE FROM patients_draft WHERE person = ? AND draft_key = ?", person, key)
	return wrap("delete draft", err)
}

// Purpose implements [patients.Tx].
func (t patientsTx) Purpose(ctx context.Context, person string) (p patients.Purpose, err error) {
	var at int64
	err = t.QueryRow(ctx, "SELECT purpose, at FROM patients_purpose WHERE person = ?", person).Scan(&p.Text, &at)
	p.At = fromMicro(at)
	return p, absent("read purpose", err, patients.ErrNotFound)
}

// PutPurpose implements [patients.Tx].
func (t patientsTx) PutPurpose(ctx context.Context, person string, p patients.Purpose) error {
	const put = "INSERT INTO patients_purpose (person, purpose, at) VALUES (?, ?, ?) ON CONFLICT (person) DO UPDATE SET purpose = excluded.purpose, at = excluded.at"
	_, err := t.Exec(ctx, put, person, p.Text, toMicro(p.At))
	return wrap("write purpose", err)
}

// PutTicket implements [patients.Tx].
func (t patientsTx) PutTicket(ctx context.Context, hash []byte, x patients.Export) error {
	body, err := json.Marshal(x)
	if err != nil {
		return wrap("write ticket", err)
	}
	_, err = t.Exec(ctx, "INSERT INTO patients_ticket (hash, person, body, expires) VALUES (?, ?, ?, ?)", hash, x.Person, string(body), toMicro(x.Expires))
	return wrap("write ticket", err)
}

// TakeTicket implements [patients.Tx].
func (t patientsTx) TakeTicket(ctx context.Context, hash []byte) (x patients.Export, err error) {
	var body []byte
	err = t.QueryRow(ctx, "DELETE FROM patients_ticket WHERE hash = ? RETURNING body", hash).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return x, patients.ErrNotFound
	}
	if err == nil {
		err = json.Unmarshal(body, &x)
	}
	return x, wrap("take ticket", err)
}
