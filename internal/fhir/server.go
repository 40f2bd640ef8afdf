package fhir

import (
	"bytes"
	"context"
	"slices"
	"time"
)

// A Server answers FHIR interactions in one FHIR version. It is safe for
// concurrent use. Do may block until ctx ends. A failure the caller can act on
// is an [*Error]; any other error is internal and its text never leaves the
// process.
//
// Everything that answers FHIR has this shape, and everything that changes how
// FHIR is answered wraps it.
type Server interface {
	Version() Version
	Do(ctx context.Context, req *Request) (*Response, error)
}

// ServerFunc makes a [Server] of a version and a function; links use it to
// wrap another server.
type ServerFunc struct {
	V Version
	F func(ctx context.Context, req *Request) (*Response, error)
}

// Version implements [Server].
func (s ServerFunc) Version() Version { return s.V }

// Do implements [Server].
func (s ServerFunc) Do(ctx context.Context, req *Request) (*Response, error) { return s.F(ctx, req) }

// An Interaction is what a request asks for
// (https://hl7.org/fhir/R4/http.html#3.1.0).
type Interaction uint8

// The interactions of the RESTful API.
const (
	Capabilities Interaction = iota + 1
	Read
	VRead
	Search
	History // instance level with an ID, type level with a Type only, else system level
	Create
	Update
	Delete
	Batch
	Transaction
)

var interactionNames = [...]string{"", "capabilities", "read", "vread", "search", "history", "create", "update", "delete", "batch", "transaction"}

// String is the interaction's name in lower case.
func (i Interaction) String() string {
	if int(i) < len(interactionNames) {
		return interactionNames[i]
	}
	return ""
}

// Writes reports whether the interaction may change data. A transaction may,
// whatever its entries are.
func (i Interaction) Writes() bool {
	return i == Create || i == Update || i == Delete || i == Transaction
}

// A Param is one search or control parameter as it arrived: the name with its
// modifier ("family:contains"), the value decoded but with FHIR's own escapes
// (`\,`) still in place. Order and repetition are kept.
type Param struct{ Name, Value string }

// Return is what a writer wants back (Prefer: return=…).
type Return uint8

// What a write answers with.
const (
	ReturnRepresentation Return = iota
	ReturnMinimal
	ReturnOutcome
)

// A Request is one interaction. Nothing in it is of HTTP.
type Request struct {
	Interaction Interaction
	Type        string // resource type; empty at system level
	ID          string // logical id
	VersionID   string // vread: the version asked for

	// Params are a search's or a history's parameters (_count, _since …) in
	// the order they came. Absolute references under the endpoint's own base
	// have been made relative.
	Params []Param
	// Strict refuses unknown parameters (Prefer: handling=strict).
	Strict bool
	// Cursor continues a search or history from an earlier Response.Next. It
	// is opaque to all but the server that made it; Params are those of the
	// first page.
	Cursor []byte
	// Trial tells the links below that this is asked to find out whether the
	// server takes it: that the server fails at it does not say that it is ill.
	Trial bool

	// Body is the resource of a create or update: one JSON object, already
	// known to be valid ([Validate]).
	Body []byte
	// IfMatch is the version an update or delete demands, "" for none.
	IfMatch string
	// IfNoneMatch and IfModifiedSince make a read conditional. IfNoneMatch
	// are the versions the asker holds; "*" stands for any (RFC 9110 §13.1.2).
	IfNoneMatch     []string
	IfModifiedSince time.Time
	// Criteria make a create, update or delete conditional; Conditional tells
	// an empty criterion from none.
	Criteria    []Param
	Conditional bool
	// Return is what a write answers with.
	Return Return

	// Entries are the sub-requests of a batch or transaction.
	Entries []Entry
}

// Holds reports whether who asks for a read holds this version already, by
// what makes the read conditional (RFC 9110 §13.2.2).
func (r *Request) Holds(res *Resource) bool {
	if len(r.IfNoneMatch) > 0 {
		return slices.Contains(r.IfNoneMatch, "*") || res.VersionID != "" && slices.Contains(r.IfNoneMatch, res.VersionID)
	}
	return !r.IfModifiedSince.IsZero() && !res.Modified.IsZero() && !res.Modified.Truncate(time.Second).After(r.IfModifiedSince)
}

// An Entry is one sub-request of a batch or transaction. When the entry could
// not be decoded Err is set and Request is nil; the other entries stand.
type Entry struct {
	FullURL string
	Request *Request
	Err     *Error
}

// A Resource is one version of one resource.
type Resource struct {
	Type      string
	ID        string
	VersionID string
	Modified  time.Time
	Body      []byte // one JSON object; nil when deleted

	doc *Doc // of a Body that was indexed already, maybe not of this one
}

// Hold makes a document the resource's body. Whoever asks for its [Index] next
// gets the document back.
func (r *Resource) Hold(d *Doc) { r.Body, r.doc = slices.Clip(d.Bytes()), d }

// Index indexes the body, as [Index] does, unless the body is the one that was
// held: so a body that several links look into is gone through once. The Doc may
// be shared.
func (r *Resource) Index() (*Doc, error) {
	if r.doc != nil && r.doc.is(r.Body) {
		return r.doc, nil
	}
	return Index(r.Body)
}

// Size is about what the body takes in memory, with an index that is held.
func (r *Resource) Size() int {
	if r.doc == nil {
		return len(r.Body)
	}
	return 3 * len(r.Body) // a value of twenty bytes has a node of twenty-four, with room to grow
}

// Equal reports whether two resources are the same, byte for byte.
func (r Resource) Equal(o Resource) bool {
	return r.Type == o.Type && r.ID == o.ID && r.VersionID == o.VersionID && r.Modified.Equal(o.Modified) &&
		(r.Body == nil) == (o.Body == nil) && bytes.Equal(r.Body, o.Body)
}

// Mode tells why a resource is in a searchset.
type Mode uint8

// Modes of a searchset entry, and what a history entry records.
const (
	ModeMatch Mode = iota
	ModeInclude
	ModeOutcome
	ModeCreated // history: by POST
	ModeUpdated // history: by PUT
	ModeDeleted // history: by DELETE, Body nil
)

// A Match is one resource of a search or history.
type Match struct {
	Resource
	Mode Mode
}

// TotalKind says how far a total can be trusted.
type TotalKind uint8

// How a total was come by.
const (
	TotalNone TotalKind = iota
	TotalExact
	TotalAtLeast
)

// A Response is a successful answer. It is never a ready-made Bundle, so that
// no link parses what another just wrote. Which fields are set follows from
// the request's interaction.
type Response struct {
	// Resource answers read, vread, create, update, delete and capabilities.
	// Its Body is nil after a delete and with ReturnMinimal.
	Resource *Resource
	Created  bool // create or update made a new resource
	// NotModified answers a conditional read; Resource then has no Body.
	NotModified bool

	// Matches answer search and history, in order.
	Matches []Match
	Total   int
	Known   TotalKind
	// Next continues the search; nil when nothing more remains.
	Next []byte
	// Used are the parameters that were honoured, as the self link shows them.
	Used []Param
	// Ignored are the names of parameters that were not understood.
	Ignored []string

	// Results answer a batch or transaction, one per entry, in order.
	Results []Result

	// Fresh is how long whoever answered lets the answer be kept: 0 is unsaid,
	// less is not at all. It concerns caches on the way, not the client.
	Fresh time.Duration

	// Warnings go to the client as an OperationOutcome beside the answer.
	Warnings []Issue
}

// A Result is the outcome of one entry: exactly one of the fields is set.
type Result struct {
	Response *Response
	Err      *Error
}
