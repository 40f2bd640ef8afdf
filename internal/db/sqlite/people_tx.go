package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/patients"
)

// querier is a transaction of either kind: the writer's, or one that sees one
// moment.
type querier interface {
	Exec(ctx context.Context, query string, args ...any) (sql.Result, error)
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) *sql.Row
}

var errViewOnly = errors.New("this transaction only reads")

// viewTx is a reading transaction as a querier.
type viewTx struct{ tx *sql.Tx }

func (v viewTx) Exec(context.Context, string, ...any) (sql.Result, error) { return nil, errViewOnly }

func (v viewTx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return v.tx.QueryContext(ctx, query, args...)
}

func (v viewTx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	return v.tx.QueryRowContext(ctx, query, args...)
}

// Patients is the storage of the Patients app in this database.
func (d *DB) Patients() patients.Storage { return patientsStorage{d} }

type patientsStorage struct{ db *DB }

// patientsTx implements [patients.Tx] on a transaction of either kind.
type patientsTx struct{ querier }

var _ patients.Tx = patientsTx{}

// View implements [patients.Storage].
func (s patientsStorage) View(ctx context.Context, fn func(ctx context.Context, tx patients.Tx) error) error {
	return s.db.readView(ctx, func(tx *sql.Tx) error { return fn(ctx, patientsTx{viewTx{tx}}) })
}

// Update implements [patients.Storage]. It is no change of configuration:
// nothing reloads.
func (s patientsStorage) Update(ctx context.Context, rec *audit.Record, fn func(ctx context.Context, tx patients.Tx) error) error {
	return s.db.writer.Do(ctx, func(ctx context.Context, tx *Tx) error {
		if err := fn(ctx, patientsTx{tx}); err != nil {
			return err
		}
		if rec != nil {
			tx.record(rec.Encode())
		}
		return nil
	})
}

// absent is what a query says: sentinel where there is no row.
func absent(op string, err, sentinel error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return sentinel
	}
	return wrap(op, err)
}
