package patients

import (
	"context"
	"encoding/json"
	"time"

	"github.com/wardbridge/wardbridge/internal/chart"
)

// listTx is what is kept of lists and of all that is on them.
type listTx interface {
	listRows
	viewRows
	entryRows
	cellRows
	todoRows
	noteRows
	changeRows
	seenRows
	roundRows
	draftRows
	ticketRows
	purgeRows
}

// listRows are lists. Deleted ones are given too: they say so.
type listRows interface {
	List(ctx context.Context, id string) (List, error)
	// Lists are a space's by position.
	Lists(ctx context.Context, space string) ([]List, error)
	PutList(ctx context.Context, l List) error
}

// viewRows are sets of columns, and how people like lists.
type viewRows interface {
	// Schemas are a space's own, by name.
	Schemas(ctx context.Context, space string) ([]Schema, error)
	PutSchema(ctx context.Context, s Schema) error
	// PersonView is the zero value for who has none.
	PersonView(ctx context.Context, list, person string) (View, error)
	PutPersonView(ctx context.Context, list, person string, v View) error
}

// entryRows are the patients on lists.
type entryRows interface {
	Entry(ctx context.Context, id string) (Kept, error)
	// EntriesOn are those that are on a list now.
	EntriesOn(ctx context.Context, list string) ([]Kept, error)
	// EntriesByID are those of a space, removed ones too.
	EntriesByID(ctx context.Context, space string, ids []string) ([]Kept, error)
	// EntriesAlike are those on any list of the space, not deleted, that share
	// a key with k: the subject, the MRN, or name and birth date.
	EntriesAlike(ctx context.Context, space string, k Keys) ([]Kept, error)
	// EntriesFrom are those on any list of the space that are of a connection.
	EntriesFrom(ctx context.Context, space, connection string) ([]Kept, error)
	PutEntry(ctx context.Context, e Kept) error
	// MoveEntry takes what belongs to an entry from its list to another.
	MoveEntry(ctx context.Context, entry, from, to string) error
}

// cellRows are the cells of a list; entry "" is all entries.
type cellRows interface {
	OwnCells(ctx context.Context, list, entry string) ([]OwnCell, error)
	PutOwnCell(ctx context.Context, list string, c OwnCell) error
	Observed(ctx context.Context, list, entry string) ([]Observation, error)
	PutObserved(ctx context.Context, list string, o Observation) error
}

// todoRows are to-dos, oldest first; entry "" is all entries.
type todoRows interface {
	Todos(ctx context.Context, list, entry string) ([]KeptTodo, error)
	Todo(ctx context.Context, id string) (KeptTodo, error)
	PutTodo(ctx context.Context, list string, t KeptTodo) error
	DeleteTodo(ctx context.Context, list, entry, id string) error
}

// noteRows are notes, oldest first; entry "" is all entries.
type noteRows interface {
	Notes(ctx context.Context, list, entry string) ([]KeptNote, error)
	Note(ctx context.Context, id string) (KeptNote, error)
	PutNote(ctx context.Context, list string, n KeptNote) error
}

// changeRows are what happened, by number.
type changeRows interface {
	// AddChange gives the change the next number.
	AddChange(ctx context.Context, c Change) (seq int64, err error)
	// Changes are up to limit of a list's with a number above after; entry ""
	// is all entries.
	Changes(ctx context.Context, list, entry string, after int64, limit int) ([]Change, error)
	// History is the newest of an entry's first, on whatever list it was.
	History(ctx context.Context, entry string, limit int) ([]Change, error)
	// ForgetItem empties what changes of an item said.
	ForgetItem(ctx context.Context, entry, column, item string) error
	// LastSeq is the newest number given to any change.
	LastSeq(ctx context.Context) (int64, error)
}

// seenRows are how far a person has looked at a list.
type seenRows interface {
	Seen(ctx context.Context, list, person string) ([]Seen, error)
	PutSeen(ctx context.Context, list, person string, s Seen) error
	// ForgetSeen removes what a look at the whole list up to seq covers.
	ForgetSeen(ctx context.Context, list, person string, seq int64) error
}

// roundRows are rounds.
type roundRows interface {
	// RunningRound is the one that has not ended, or [ErrNotFound].
	RunningRound(ctx context.Context, list string) (Round, error)
	// PutRound writes the round itself, not who was seen.
	PutRound(ctx context.Context, r Round) error
	PutRoundSeen(ctx context.Context, list, round, entry string, n SeenNote) error
	DeleteRoundSeen(ctx context.Context, list, round, entry string) error
	// RoundsSeen is when each entry was last seen on any round since.
	RoundsSeen(ctx context.Context, list string, since time.Time) (map[string]SeenNote, error)
}

// draftRows are what people are typing, and the purposes they gave.
type draftRows interface {
	Drafts(ctx context.Context, person string) ([]Draft, error)
	PutDraft(ctx context.Context, person string, d Draft) error
	DeleteDraft(ctx context.Context, person, key string) error
	Purpose(ctx context.Context, person string) (Purpose, error)
	PutPurpose(ctx context.Context, person string, p Purpose) error
}

// ticketRows are exports that were asked for. A ticket is known by its hash.
type ticketRows interface {
	PutTicket(ctx context.Context, hash []byte, t Export) error
	// TakeTicket gives a ticket and removes it.
	TakeTicket(ctx context.Context, hash []byte) (Export, error)
}

// purgeRows finds and empties what is kept no longer.
type purgeRows interface {
	// EntriesToPurge are up to limit of those that left so long ago that their
	// space keeps them no longer, or whose list was deleted before deleted.
	EntriesToPurge(ctx context.Context, now, deleted time.Time, limit int) ([]Kept, error)
	// PurgeEntry removes all that is known of an entry but its ids.
	PurgeEntry(ctx context.Context, e Kept) error
	// PurgeLists removes the views, looks and rounds of lists that were deleted
	// before, and their names.
	PurgeLists(ctx context.Context, before time.Time) (int, error)
	// PurgeExpired removes drafts last written before a time, and tickets that
	// have expired.
	PurgeExpired(ctx context.Context, now, before time.Time) (drafts, tickets int, err error)
	// PurgePassing removes changes before that only streams need: they hold no
	// values.
	PurgePassing(ctx context.Context, before time.Time) error
	// SetScrub says whether removed values may still stand in the files.
	SetScrub(ctx context.Context, pending bool) error
	ScrubPending(ctx context.Context) (bool, error)
}

// A Scrubber is a storage that can make sure that what was removed is gone
// from its files.
type Scrubber interface {
	// Scrub returns nil once nothing that was removed before is in any file.
	Scrub(ctx context.Context) error
}

// Kept is an entry as it is stored: without its cells.
type Kept struct {
	Entry
	Space       string
	IdentitySeq int64
	IdentityBy  string
	Keys        Keys
	Removed     time.Time
	RemovedBy   string
}

// Keys are what tells that two entries may be one patient, folded. Empty ones
// are not known and match nothing.
type Keys struct {
	Subject Subject
	MRN     string
	Name    string // and birth date
}

// OwnCell is a cell of our own, as it is stored.
type OwnCell struct {
	Entry  string
	Column string
	Value  json.RawMessage
	Seq    int64
	By     string
	At     time.Time
}

// An Observation is what the EHR says of one column of an entry.
type Observation struct {
	Entry  string
	Column string
	Cell   chart.Cell
	// Of is whose record said it; not stored. What an entry's former record
	// said is not kept.
	Of Subject
}

// KeptTodo is a to-do as it is stored.
type KeptTodo struct {
	Todo
	List string
	Seq  int64
}

// KeptNote is a note as it is stored.
type KeptNote struct {
	Note
	List string
	Seq  int64
}

// A Change is one thing that happened to a list, or to an entry on it.
type Change struct {
	Seq    int64
	Space  string
	List   string
	Entry  string // "" is the list
	Column string
	Item   string
	Kind   ChangeKind
	Old    string
	New    string
	At     time.Time
	By     string // person id; "" is the EHR
}

// Seen says up to which change a person has looked at a list, a row (Entry) or
// a cell (Entry and Column).
type Seen struct {
	Entry  string
	Column string
	Seq    int64
	Before int64 // what undo brings back
	At     time.Time
}

// A Draft is what someone is typing.
type Draft struct {
	Key  string
	Text string
	Base int64
	At   time.Time
}

// A Purpose is why someone takes patients' data out of the app.
type Purpose struct {
	Text string
	At   time.Time
}
