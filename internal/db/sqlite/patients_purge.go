package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wardbridge/wardbridge/internal/patients"
)

var _ patients.Scrubber = patientsStorage{}

// EntriesToPurge implements [patients.Tx].
func (t patientsTx) EntriesToPurge(ctx context.Context, now, deleted time.Time, limit int) ([]patients.Kept, error) {
	const query = `SELECT ` + entryColumns + ` FROM patients_entry WHERE purged = 0 AND (
		removed > 0 AND removed < ?1 - 86400000000 *
			coalesce((SELECT max(0, json_extract(s.settings, '$.retentionDays')) FROM space s WHERE s.id = patients_entry.space), 30)
		OR list IN (SELECT id FROM patients_list l WHERE l.deleted > 0 AND l.deleted < ?2)) LIMIT ?3`
	return t.entries(ctx, query, toMicro(now), toMicro(deleted), limit)
}

// PurgeEntry implements [patients.Tx].
func (t patientsTx) PurgeEntry(ctx context.Context, e patients.Kept) error {
	for _, query := range []string{
		"DELETE FROM patients_observed WHERE list = ? AND entry = ?",
		"DELETE FROM patients_field WHERE list = ? AND entry = ?",
		"DELETE FROM patients_todo WHERE list = ? AND entry = ?",
		"DELETE FROM patients_note WHERE list = ? AND entry = ?",
	} {
		if _, err := t.Exec(ctx, query, e.List, e.ID); err != nil {
			return wrap("purge entry", err)
		}
	}
	// An entry that was moved has changes on the lists it came from, too.
	if _, err := t.Exec(ctx, "DELETE FROM patients_change WHERE entry = ? AND entry <> ''", e.ID); err != nil {
		return wrap("purge changes", err)
	}
	_, err := t.Exec(ctx, `UPDATE patients_entry SET identity = '{}', fingerprint = '{}', other = '', mrn_key = '', name_key = '',
		connection = '', patient = '', purged = 1, removed = CASE removed WHEN 0 THEN added ELSE removed END WHERE id = ?`, e.ID)
	return wrap("purge entry", err)
}

// PurgeLists implements [patients.Tx].
func (t patientsTx) PurgeLists(ctx context.Context, before time.Time) (int, error) {
	const which = "SELECT id FROM patients_list WHERE deleted > 0 AND deleted < ? AND purged = 0"
	for _, query := range []string{
		"DELETE FROM patients_view WHERE list IN (" + which + ")",
		"DELETE FROM patients_seen WHERE list IN (" + which + ")",
		"DELETE FROM patients_round WHERE list IN (" + which + ")",
		"DELETE FROM patients_round_seen WHERE list IN (" + which + ")",
		// Those of patients went with them, or are of some who moved away.
		"DELETE FROM patients_change WHERE entry = '' AND list IN (" + which + ")",
	} {
		if _, err := t.Exec(ctx, query, toMicro(before)); err != nil {
			return 0, wrap("purge lists", err)
		}
	}
	res, err := t.Exec(ctx, `UPDATE patients_list SET purged = 1, name = '', location = '', beds = '[]'
		WHERE deleted > 0 AND deleted < ? AND purged = 0`, toMicro(before))
	if err != nil {
		return 0, wrap("purge lists", err)
	}
	n, err := res.RowsAffected()
	return int(n), wrap("purge lists", err)
}

// PurgeExpired implements [patients.Tx].
func (t patientsTx) PurgeExpired(ctx context.Context, now, before time.Time) (drafts, tickets int, err error) {
	for _, c := range []struct {
		query string
		at    time.Time
		n     *int
	}{
		{"DELETE FROM patients_draft WHERE at < ?", before, &drafts},
		{"DELETE FROM patients_ticket WHERE expires < ?", now, &tickets},
	} {
		res, err := t.Exec(ctx, c.query, toMicro(c.at))
		if err != nil {
			return 0, 0, wrap("purge drafts", err)
		}
		n, err := res.RowsAffected()
		if err != nil {
			return 0, 0, wrap("purge drafts", err)
		}
		*c.n = int(n)
	}
	return drafts, tickets, nil
}

// PurgePassing implements [patients.Tx].
func (t patientsTx) PurgePassing(ctx context.Context, before time.Time) error {
	const query = "DELETE FROM patients_change WHERE kind IN ('first', 'status', 'list', 'round') AND at < ?"
	_, err := t.Exec(ctx, query, toMicro(before))
	return wrap("purge changes", err)
}

// SetScrub implements [patients.Tx].
func (t patientsTx) SetScrub(ctx context.Context, pending bool) error {
	_, err := t.Exec(ctx, "UPDATE patients_scrub SET pending = ? WHERE id = 1", pending)
	return wrap("note purge", err)
}

// ScrubPending implements [patients.Tx].
func (t patientsTx) ScrubPending(ctx context.Context) (pending bool, err error) {
	return pending, wrap("read purge", t.QueryRow(ctx, "SELECT pending FROM patients_scrub WHERE id = 1").Scan(&pending))
}

// Scrub implements [patients.Scrubber].
func (s patientsStorage) Scrub(ctx context.Context) error {
	if err := s.scrubPages(ctx); err != nil {
		return err
	}
	// The readers' connections change nothing, but may move the log into the
	// file and empty it.
	var busy, log, done int
	if err := s.db.read.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &done); err != nil {
		return wrap("empty the log", err)
	}
	if busy != 0 {
		return fmt.Errorf("empty the log: %w", errReaders)
	}
	return nil
}

// errReaders is that a reader holds the WAL.
var errReaders = errors.New("a long-running reader holds the database's log; it is emptied the next time")
