package people

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"
)

// What the storage says. Both are safe to compare with [errors.Is].
var (
	ErrNotFound = errors.New("not found")
	ErrTaken    = errors.New("the username is taken")
)

// A Hash is what is kept of a token.
type Hash = [sha256.Size]byte

// An Identity is who an OpenID provider says someone is. Two identities are
// one only when both parts are the same: e-mail addresses are given to others.
type Identity struct {
	Issuer  string
	Subject string
}

// A StoredSession is a sign-in that goes on.
type StoredSession struct {
	Hash    Hash
	Person  string
	Created time.Time
	Seen    time.Time     // when the person last did something
	Idle    time.Duration // without doing anything that ends it
	Ends    time.Time     // whatever the person does
}

// A StoredLink is a one-time link.
type StoredLink struct {
	Hash    Hash
	Person  string // whose account it makes, "" is the first administrator's
	Created time.Time
	Expires time.Time
}

// A Change is for the audit record, which commits with it. It holds ids, never
// what was typed.
type Change struct {
	Time      time.Time
	Operation string
	Actor     string // who, when nobody is signed in: "cli", "demo"
	Person    string // who did it, or tried to
	Target    string // whom it was done to, when that is someone else
	Status    int
	Detail    string
}

// Storage keeps people. It is safe for concurrent use, and so are several
// processes on the same data.
type Storage interface {
	// ViewPeople runs fn on one moment of the data.
	ViewPeople(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error
	// ChangePeople runs fn in a transaction, one at a time over all processes,
	// and commits its changes and the record of c as one; a nil c is not
	// recorded. fn may complete c and may run more than once.
	ChangePeople(ctx context.Context, c *Change, fn func(ctx context.Context, tx Tx) error) error
}

// A Tx is an open transaction. What is not there is [ErrNotFound]. Put adds or
// replaces.
type Tx interface {
	personTx
	sessionTx
	linkTx
}

type personTx interface {
	Person(ctx context.Context, id string) (Person, error)
	// PersonByUsername gives an account by its folded username, with the hash
	// of its password, "" while it has none.
	PersonByUsername(ctx context.Context, username string) (Person, string, error)
	PersonByIdentity(ctx context.Context, id Identity) (Person, error)
	// People are by name.
	People(ctx context.Context) ([]Person, error)
	// PutPerson fails with [ErrTaken] when someone else has the username.
	PutPerson(ctx context.Context, p Person) error
	PutIdentity(ctx context.Context, id Identity, person string, at time.Time) error
	PutPassword(ctx context.Context, person, hash string, at time.Time) error
}

type sessionTx interface {
	Session(ctx context.Context, h Hash) (StoredSession, Person, error)
	PutSession(ctx context.Context, s StoredSession) error
	DeleteSession(ctx context.Context, h Hash) error
	// DeleteSessions ends all of a person's.
	DeleteSessions(ctx context.Context, person string) error
	// Forget drops sessions and links that were over before now.
	Forget(ctx context.Context, now time.Time) error
}

type linkTx interface {
	Link(ctx context.Context, h Hash) (StoredLink, error)
	PutLink(ctx context.Context, l StoredLink) error
	// DeleteLinks drops all links of one person, or for "" those that make the
	// first administrator.
	DeleteLinks(ctx context.Context, person string) error
}
