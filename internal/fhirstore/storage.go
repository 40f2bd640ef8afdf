package fhirstore

import (
	"context"
	"errors"
)

// A Method says how a version of a resource came to be.
type Method uint8

// Methods. The numbers are stored.
const (
	Posted  Method = 0
	Put     Method = 1
	Deleted Method = 2
)

// A Row is one version of a resource.
type Row struct {
	RID      int64 // the storage's own number of the resource, above 0
	Type, ID string
	Version  int64
	Modified int64 // µs since 1970
	Method   Method
	Keys     []byte // encoded search keys; nil when deleted or not asked for
	Body     []byte // nil when deleted or not asked for
}

// An IndexRow is one row of the index: rows are unique by Key and RID and
// ordered by Key. RID 0 is for rows that belong to no resource.
type IndexRow struct {
	Key     []byte
	RID     int64
	Payload []byte
}

// A Range of index keys: Lo ≤ key < Hi, or exactly Lo when Hi is nil.
type Range struct{ Lo, Hi []byte }

// ErrStop ends an iteration early without an error when a callback returns it.
var ErrStop = errors.New("stop")

// A Reader reads one state of the store. Slices given to callbacks are the
// callback's to keep. Nothing found is no error.
type Reader interface {
	// Current is the newest version of a resource, a deletion included; nil
	// when there never was one.
	Current(ctx context.Context, typ, id string) (*Row, error)
	// Version is one version of a resource, without keys; nil when there is
	// none.
	Version(ctx context.Context, typ, id string, version int64) (*Row, error)
	// Rows gives the newest version of each resource, in any order.
	Rows(ctx context.Context, rids []int64, want Columns, fn func(*Row) error) error
	// Type gives the resources of a type that are not deleted, by id, from
	// behind afterID.
	Type(ctx context.Context, typ, afterID string, want Columns, fn func(*Row) error) error
	// Changes gives versions with their bodies, newest change first. seq orders
	// the changes of a query and continues it (ChangeQuery.Before).
	Changes(ctx context.Context, q ChangeQuery, fn func(seq int64, r *Row) error) error
	// Touched gives the resources of a type that were changed in a time, since
	// ≤ t < until, in µs since 1970.
	Touched(ctx context.Context, typ string, since, until int64, fn func(rid int64) error) error
	// Count is how many resources of a type there are.
	Count(ctx context.Context, typ string) (int, error)
	// Scan gives the rows of the ranges, range by range, in order of key.
	// Without withKey the rows have no Key.
	Scan(ctx context.Context, ranges []Range, withKey bool, fn func(IndexRow) error) error
	// Probe counts the rows of the ranges, as far as limit.
	Probe(ctx context.Context, ranges []Range, limit int) (int, error)
	// Meta is a value set with [Tx.SetMeta], "" when there is none.
	Meta(ctx context.Context, key string) (string, error)
}

// Columns says which of the large columns of a row are wanted.
type Columns uint8

// Columns.
const (
	WithKeys Columns = 1 << iota
	WithBody
)

// A ChangeQuery asks for changes of a resource (Type and ID), a type (Type) or
// the store.
type ChangeQuery struct {
	Type, ID string
	Before   int64 // only changes with a lower sequence number; 0 is all
	Since    int64 // only changes at or after this time, µs since 1970
}

// A Tx is an open transaction. It reads its own writes.
type Tx interface {
	Reader
	// LastModified is the greatest Modified of any version, 0 when empty.
	LastModified(ctx context.Context) (int64, error)
	// Insert adds the first version of a resource and sets its RID. A resource
	// of that type and id makes it fail.
	Insert(ctx context.Context, r *Row) error
	// Replace makes r the newest version of the resource r.RID and keeps the
	// one before as history. wasDeleted tells what that one was.
	Replace(ctx context.Context, r *Row, wasDeleted bool) error
	// PutIndex adds rows, or gives those that exist a new payload. It may keep
	// the slice until the transaction ends.
	PutIndex(ctx context.Context, rows []IndexRow) error
	// DropIndex removes rows.
	DropIndex(ctx context.Context, rows []IndexRow) error
	// ClearIndex removes every row of the index.
	ClearIndex(ctx context.Context) error
	// SetKeys gives a resource, unchanged otherwise, new encoded keys.
	SetKeys(ctx context.Context, rid int64, keys []byte) error
	SetMeta(ctx context.Context, key, value string) error
}

// A Storage keeps a store. It is safe for concurrent use. Its errors are ready
// for clients where a client can act on them (*fhir.Error), internal else.
type Storage interface {
	Reader
	// Write runs fn in a transaction and returns nil once that is durable. When
	// fn fails nothing of it is kept and Write returns its error. Many writers
	// share one commit; fn may run more than once and should do little else
	// than storing, as all writers wait for it.
	Write(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error
	// Resources gives resources that are not deleted with their bodies, by RID,
	// from behind one.
	Resources(ctx context.Context, afterRID int64, limit int, fn func(*Row) error) error
	// LastChange is the sequence number of the last change, 0 when empty.
	LastChange(ctx context.Context) (int64, error)
	// ChangesAfter gives changes with a higher sequence number, oldest first.
	ChangesAfter(ctx context.Context, seq int64, limit int, fn func(seq int64, typ, id string) error) error
	Close() error
}
