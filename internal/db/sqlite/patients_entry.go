package sqlite

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/patients"
)

const entryColumns = `id, space, list, connection, patient, identity, identity_seq, identity_by, mrn_key, name_key,
	fingerprint, state, other, added, added_by, removed, removed_by, seq`

func scanEntry(r scanner) (e patients.Kept, err error) {
	var identity, fingerprint, other []byte
	var added, removed int64
	err = r.Scan(&e.ID, &e.Space, &e.List, &e.Subject.Connection, &e.Subject.Patient, &identity, &e.IdentitySeq, &e.IdentityBy,
		&e.Keys.MRN, &e.Keys.Name, &fingerprint, &e.State, &other, &added, &e.AddedBy, &removed, &e.RemovedBy, &e.Seq)
	if err != nil {
		return e, err
	}
	e.Keys.Subject = e.Subject
	e.Added, e.Removed = fromMicro(added), fromMicro(removed)
	if len(other) > 0 {
		e.Other = &chart.Identity{}
		err = json.Unmarshal(other, e.Other)
	}
	return e, errors.Join(err, json.Unmarshal(identity, &e.Identity), json.Unmarshal(fingerprint, &e.Fingerprint))
}

func (t patientsTx) entries(ctx context.Context, query string, args ...any) ([]patients.Kept, error) {
	rows, err := t.Query(ctx, query, args...)
	if err != nil {
		return nil, wrap("read entries", err)
	}
	out, err := gather(rows, scanEntry)
	return out, wrap("read entries", err)
}

// Entry implements [patients.Tx].
func (t patientsTx) Entry(ctx context.Context, id string) (patients.Kept, error) {
	e, err := scanEntry(t.QueryRow(ctx, "SELECT "+entryColumns+" FROM patients_entry WHERE id = ? AND purged = 0", id))
	return e, absent("read entry", err, patients.ErrNotFound)
}

// EntriesOn implements [patients.Tx].
func (t patientsTx) EntriesOn(ctx context.Context, list string) ([]patients.Kept, error) {
	return t.entries(ctx, "SELECT "+entryColumns+" FROM patients_entry WHERE list = ? AND removed = 0", list)
}

// EntriesByID implements [patients.Tx].
func (t patientsTx) EntriesByID(ctx context.Context, space string, ids []string) ([]patients.Kept, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, wrap("read entries", err)
	}
	return t.entries(ctx, "SELECT "+entryColumns+" FROM patients_entry WHERE space = ? AND id IN (SELECT value FROM json_each(?)) AND purged = 0", space, string(list))
}

// EntriesAlike implements [patients.Tx]. Each key has an index of its own.
func (t patientsTx) EntriesAlike(ctx context.Context, space string, k patients.Keys) ([]patients.Kept, error) {
	const live = " AND removed = 0 AND EXISTS (SELECT 1 FROM patients_list l WHERE l.id = list AND l.deleted = 0)"
	const query = "SELECT " + entryColumns + ` FROM patients_entry WHERE space = ?1 AND ?2 <> '' AND connection <> '' AND connection = ?2 AND patient = ?3` + live + `
		UNION SELECT ` + entryColumns + ` FROM patients_entry WHERE space = ?1 AND mrn_key <> '' AND mrn_key = ?4` + live + `
		UNION SELECT ` + entryColumns + ` FROM patients_entry WHERE space = ?1 AND name_key <> '' AND name_key = ?5` + live
	return t.entries(ctx, query, space, k.Subject.Connection, k.Subject.Patient, k.MRN, k.Name)
}

// EntriesFrom implements [patients.Tx].
func (t patientsTx) EntriesFrom(ctx context.Context, space, connection string) ([]patients.Kept, error) {
	return t.entries(ctx, "SELECT "+entryColumns+` FROM patients_entry WHERE space = ? AND connection = ? AND connection <> '' AND removed = 0
		AND EXISTS (SELECT 1 FROM patients_list l WHERE l.id = list AND l.deleted = 0)`, space, connection)
}

// PutEntry implements [patients.Tx].
func (t patientsTx) PutEntry(ctx context.Context, e patients.Kept) error {
	identity, err := json.Marshal(e.Identity)
	if err != nil {
		return wrap("write entry", err)
	}
	fingerprint, err := json.Marshal(e.Fingerprint)
	if err != nil {
		return wrap("write entry", err)
	}
	other := []byte{}
	if e.Other != nil {
		if other, err = json.Marshal(e.Other); err != nil {
			return wrap("write entry", err)
		}
	}
	const put = `INSERT INTO patients_entry (` + entryColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET list = excluded.list, connection = excluded.connection, patient = excluded.patient,
		identity = excluded.identity, identity_seq = excluded.identity_seq, identity_by = excluded.identity_by,
		mrn_key = excluded.mrn_key, name_key = excluded.name_key, fingerprint = excluded.fingerprint, state = excluded.state,
		other = excluded.other, removed = excluded.removed, removed_by = excluded.removed_by, seq = excluded.seq`
	_, err = t.Exec(ctx, put, e.ID, e.Space, e.List, e.Subject.Connection, e.Subject.Patient, string(identity), e.IdentitySeq, e.IdentityBy,
		e.Keys.MRN, e.Keys.Name, string(fingerprint), e.State, string(other), toMicro(e.Added), e.AddedBy, toMicro(e.Removed), e.RemovedBy, e.Seq)
	return wrap("write entry", err)
}

// MoveEntry implements [patients.Tx].
func (t patientsTx) MoveEntry(ctx context.Context, entry, from, to string) error {
	for _, query := range []string{
		"UPDATE patients_entry SET list = ? WHERE list = ? AND id = ?",
		"UPDATE patients_field SET list = ? WHERE list = ? AND entry = ?",
		"UPDATE patients_observed SET list = ? WHERE list = ? AND entry = ?",
		"UPDATE patients_todo SET list = ? WHERE list = ? AND entry = ?",
		"UPDATE patients_note SET list = ? WHERE list = ? AND entry = ?",
	} {
		if _, err := t.Exec(ctx, query, to, from, entry); err != nil {
			return wrap("move entry", err)
		}
	}
	return nil
}
