package auth

import (
	"context"
	"crypto/sha256"
	"net/netip"
	"time"
)

// Stored is everything the storage holds of this package, as of one moment.
type Stored struct {
	Clients []Client // by id
	Secrets []Secret // by client, then creation
	Keys    []StoredKey
}

// A StoredKey is a signing key as it is kept.
type StoredKey struct {
	ID        string // kid
	Algorithm string
	Private   []byte // PKCS#8, sealed
	Created   time.Time
	Activates time.Time // signs from then on, until a later key activates
}

// A Change describes a change of configuration for the audit record, which
// commits with it.
type Change struct {
	Time      time.Time
	Actor     string
	Operation string // ClientCreate, SecretAdd …
	Client    string
	Detail    string
}

// Storage keeps clients, secrets and keys. It is safe for concurrent use, and
// so are several processes on the same data.
type Storage interface {
	// LoadAuth reads everything in one consistent view.
	LoadAuth(ctx context.Context) (Stored, error)
	// ChangeAuth runs fn in a transaction and commits its changes, the audit
	// record of c and the signal to reload as one. fn may complete c and may
	// run more than once; its error undoes everything and is returned.
	ChangeAuth(ctx context.Context, c *Change, fn func(ctx context.Context, tx Tx) error) error
	// UseAssertion notes that an assertion was used and reports whether it is
	// the first time. Its memory is shared by all processes, durable, and
	// lasts at least until expires.
	UseAssertion(ctx context.Context, id [sha256.Size]byte, expires time.Time) (first bool, err error)
	// ForgetAssertions drops those that expired before now.
	ForgetAssertions(ctx context.Context, now time.Time) error
	// TouchSecrets notes when and from where secrets were last used. It is no
	// change of configuration.
	TouchSecrets(ctx context.Context, uses map[string]Use) error
}

// A Tx is an open transaction. Put adds or replaces by id.
type Tx interface {
	// Client reads one client and its secrets by creation, or ErrNotFound.
	Client(ctx context.Context, id string) (Client, []Secret, error)
	PutClient(ctx context.Context, c Client) error
	// DeleteClient removes a client with its secrets.
	DeleteClient(ctx context.Context, id string) error
	PutSecret(ctx context.Context, s Secret) error
	Keys(ctx context.Context) ([]StoredKey, error)
	PutKey(ctx context.Context, k StoredKey) error
	DeleteKey(ctx context.Context, id string) error
}

// A Use is the last use of a secret.
type Use struct {
	Time    time.Time
	Address netip.Addr
}
