package patients

import (
	"context"
	"time"
)

// connectionTx is what is kept of connections to record systems.
type connectionTx interface {
	// Connection gives a connection, a removed one too.
	Connection(ctx context.Context, id string) (Connection, error)
	// Connections are those of a space that are not removed, oldest first.
	Connections(ctx context.Context, space string) ([]Connection, error)
	// RemovedConnection is the last of a space that was removed and led to a
	// link.
	RemovedConnection(ctx context.Context, space, link string) (Connection, error)
	// PutConnection adds or replaces a connection. sealed is its secret as
	// encrypted for it; nil leaves what is there.
	PutConnection(ctx context.Context, c Connection, sealed []byte) error
	// ConnectionSecret is the sealed secret, nil when it has none.
	ConnectionSecret(ctx context.Context, id string) ([]byte, error)
	// ForgetConnectionSecret removes the sealed secret.
	ForgetConnectionSecret(ctx context.Context, id string) error
	// NoteConnection keeps how the last call went: a zero ok leaves the time
	// of the last good one.
	NoteConnection(ctx context.Context, id string, ok time.Time, lastError string) error
}
