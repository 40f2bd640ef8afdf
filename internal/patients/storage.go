package patients

import (
	"context"
	"errors"

	"github.com/wardbridge/wardbridge/internal/audit"
)

// Storage keeps the Patients app's data. It is safe for concurrent use, and so
// are several processes on the same data.
type Storage interface {
	// View runs fn on one moment of the data. fn may not change anything.
	View(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error
	// Update runs fn in a transaction of its own, one at a time over all
	// processes, and commits its changes and rec as one. fn may complete rec
	// and may run more than once; its error undoes everything and is returned.
	// A nil rec is of changes that nobody is answerable for, such as a purge.
	Update(ctx context.Context, rec *audit.Record, fn func(ctx context.Context, tx Tx) error) error
}

// A Tx is an open transaction. What is not there is [ErrNotFound].
type Tx interface {
	spaceTx
	memberTx
	listTx
	connectionTx
}

// ErrNotFound is the storage's answer about what is not there. Those who
// return it from an operation let the person see a 404.
var ErrNotFound = errors.New("not found")
