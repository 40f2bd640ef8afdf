package patients

import (
	"time"

	"github.com/wardbridge/wardbridge/internal/chart"
)

// A Role is what a person may do in a space. Each includes the ones before it,
// but the auditor, who sees the audit record and nothing else.
type Role string

// Roles.
const (
	Viewer  Role = "viewer"  // reads lists and patients
	Member  Role = "member"  // changes lists, notes and to-dos
	Owner   Role = "owner"   // sets the space up, and who may enter
	Auditor Role = "auditor" // reads who did what
)

// A Space is a care team's place: a team of Microsoft Teams or a local one.
type Space struct {
	ID     string `json:"id"`
	Tenant string `json:"tenant,omitempty"` // directory GUID; "" is local
	Team   string `json:"team,omitempty"`   // the team's id in Teams; "" is local
	Name   string `json:"name"`
	// EHR and Manual are the modes chosen at first run, or later both.
	EHR      bool      `json:"ehr"`
	Manual   bool      `json:"manual"`
	Settings Settings  `json:"settings"`
	Created  time.Time `json:"created"`
	Version  int64     `json:"version"` // for If-Match-like edits
}

// Settings of a space.
type Settings struct {
	Zone          string `json:"zone"`          // IANA time zone; times are shown in it
	RefreshEvery  int    `json:"refreshEvery"`  // seconds; 120
	RetentionDays int    `json:"retentionDays"` // of last-seen EHR values after a patient left; 30
	IdleMinutes   int    `json:"idleMinutes"`   // until the screen locks; 15
}

// A Channel holds lists. Every space has the channel "general".
type Channel struct {
	ID    string `json:"id"`
	Space string `json:"space"`
	Name  string `json:"name"`
}

// A Membership is a person's role in a space.
type Membership struct {
	Space  string    `json:"space"`
	Person string    `json:"person"`
	Name   string    `json:"name"` // of the person
	Role   Role      `json:"role"`
	Since  time.Time `json:"since"`
}

// An AccessRequest is someone's wish to enter a space; an owner decides.
type AccessRequest struct {
	Space  string    `json:"space"`
	Person string    `json:"person"`
	Name   string    `json:"name"`
	Role   Role      `json:"role"`
	Asked  time.Time `json:"asked"`
}

// A Connection is a way to a record system. A new base URL is a new
// connection; the old one stays as removed while entries point to it.
type Connection struct {
	ID       string `json:"id"`
	Space    string `json:"space"`
	Name     string `json:"name"`
	Link     string `json:"link"`    // FHIR base URL
	Version  string `json:"version"` // dstu2, stu3 or r4
	TokenURL string `json:"tokenURL,omitempty"`
	// Auth is how it is signed in to: none, client_secret_post,
	// client_secret_basic, basic or bearer. Secrets are never given back.
	Auth     string `json:"auth"`
	ClientID string `json:"clientID,omitempty"`
	Tenant   string `json:"tenant,omitempty"` // scope of the token: the customer's directory GUID
	// Choice is the ready-made partner whose credentials are used, "" for one's
	// own.
	Choice string `json:"choice,omitempty"`
	// Missing are the types that the record system does not offer; what they
	// hide is said at connect time and in the sections.
	Missing []string  `json:"missing,omitempty"`
	Created time.Time `json:"created"`
	Removed time.Time `json:"removed,omitzero"`
	// LastOK and LastError tell how the last call went.
	LastOK    time.Time `json:"lastOK,omitzero"`
	LastError string    `json:"lastError,omitempty"`
}

// A List is a patient list of a channel.
type List struct {
	ID       string `json:"id"`
	Space    string `json:"space"`
	Channel  string `json:"channel"`
	Name     string `json:"name"`
	Location string `json:"location,omitempty"`
	Default  bool   `json:"default"`
	Position int    `json:"position"`
	Patients int    `json:"patients"` // how many are on it
	// Beds are all beds of the location, typed by the owner; those without a
	// patient show as unoccupied (PAL-0630…0670).
	Beds           []string  `json:"beds,omitempty"`
	HideUnoccupied bool      `json:"hideUnoccupied"`
	Schema         string    `json:"schema"` // id of the column set for everyone
	Created        time.Time `json:"created"`
	Changed        time.Time `json:"changed"`
	CreatedBy      string    `json:"createdBy"`
	Deleted        time.Time `json:"deleted,omitzero"` // restorable for 30 days
	Version        int64     `json:"version"`
}

// A Column is one column of a list: an EHR column, one of our own, or a custom
// one. Row keys (bed and patient) are not columns: they are always there.
type Column struct {
	Key   string `json:"key"`   // hr, problems, summary, todo … or custom:<id>
	Group string `json:"group"` // identity, stay, vitals, problems, safety, treatment, cover, own, custom
	// Label is the name of a custom column; others are in the catalogue under
	// column.<key>.
	Label string `json:"label,omitempty"`
	// Type says how a cell is edited: "" not at all (EHR), text, choice, date,
	// flag, number, severity, person, todos, notes.
	Type    string     `json:"type,omitempty"`
	Choices []string   `json:"choices,omitempty"`
	EHR     bool       `json:"ehr,omitempty"`
	Kind    chart.Kind `json:"kind,omitempty"` // of EHR columns: what is asked for it; "" is the Patient
	// EditBy is who may change a custom column's cells: member or owner.
	EditBy Role `json:"editBy,omitempty"`
}

// A Schema is a set of columns that lists share.
type Schema struct {
	ID      string   `json:"id"` // rounding, nursing and handover are built in
	Space   string   `json:"space"`
	Name    string   `json:"name"`
	Columns []Column `json:"columns"`
	BuiltIn bool     `json:"builtIn,omitempty"`
	Version int64    `json:"version"`
}

// A View is how one person likes one list: it persists (PAL-0790).
type View struct {
	Columns []string `json:"columns,omitempty"` // keys, when not the schema's
	Sort    string   `json:"sort,omitempty"`    // column key, "bed" or "name"; "-" before it is descending; "" is bed
	Filter  Filter   `json:"filter,omitzero"`
	Group   string   `json:"group,omitempty"` // "", severity, location, owner, gender or a custom choice column
}

// A Filter hides rows; that it is active is announced (PAL-0760).
type Filter struct {
	Text     string   `json:"text,omitempty"`
	Severity []string `json:"severity,omitempty"`
	Owner    string   `json:"owner,omitempty"`
	Changed  bool     `json:"changed,omitempty"` // only rows with marks
	OpenTodo bool     `json:"openTodo,omitempty"`
	Unseen   bool     `json:"unseen,omitempty"` // not seen in the running round
}

// A Subject is whom an entry is about.
type Subject struct {
	Connection string `json:"connection,omitempty"` // "" is typed by hand
	Patient    string `json:"patient,omitempty"`    // FHIR id within the connection
}

// A Fingerprint is what an entry's patient was when added: notes belong to
// this person.
type Fingerprint struct {
	MRN    string `json:"mrn,omitempty"`
	Family string `json:"family,omitempty"`
	Born   string `json:"born,omitempty"`
}

// A State tells whether an entry still is who it was.
type State string

// States of an entry.
const (
	StateOK       State = "ok"
	StateMismatch State = "mismatch" // the record is another person's now: our notes are hidden until someone confirms
	StateMerged   State = "merged"   // the record was merged into another
	StateGone     State = "gone"     // the record system does not know the id any more
	StateUnlinked State = "unlinked" // of a connection that was replaced, and not matched
)

// An Entry is a patient on a list.
type Entry struct {
	ID          string         `json:"id"`
	List        string         `json:"list"`
	Subject     Subject        `json:"subject"`
	Identity    chart.Identity `json:"identity"`
	Fingerprint Fingerprint    `json:"fingerprint"`
	State       State          `json:"state"`
	// Other is the second identity of a merged or mismatched patient, to be
	// compared before confirming.
	Other *chart.Identity `json:"other,omitempty"`
	// Bed is typed by us, or the EHR's location where that is empty; BedFrom
	// is "own" or "ehr".
	Bed     string `json:"bed,omitempty"`
	BedFrom string `json:"bedFrom,omitempty"`
	// Cells by column key. EHR cells are last-seen values with their age; own
	// ones are withheld while State is mismatch.
	Cells   map[string]chart.Cell `json:"cells"`
	AddedBy string                `json:"addedBy"`
	Added   time.Time             `json:"added"`
	Seq     int64                 `json:"seq"` // newest change of anything in it
}

// A Mark is a change that the asker has not seen yet (PAL-0880…0980).
type Mark struct {
	Entry  string    `json:"entry"`
	Column string    `json:"column"`         // column key, "bed", "identity" or "entry" for a patient that was added
	Item   string    `json:"item,omitempty"` // "" is the whole cell
	Kind   string    `json:"kind"`           // added, changed or removed
	Old    string    `json:"old,omitempty"`  // text of what was there
	New    string    `json:"new,omitempty"`
	Seq    int64     `json:"seq"`
	At     time.Time `json:"at"`           // when we observed it
	By     string    `json:"by,omitempty"` // person id, for our own fields
}

// A NameAlert joins entries whose names are the same or similar
// (PAL-0540…0570).
type NameAlert struct {
	Kind    string   `json:"kind"` // same or similar
	Entries []string `json:"entries"`
	// Differs is the first thing that tells them apart: given, born, mrn,
	// gender or bed.
	Differs string `json:"differs"`
}

// A Refresh is how a list's asking the EHR stands. One refresh serves all who
// look.
type Refresh struct {
	Running bool      `json:"running"`
	Done    int       `json:"done"` // of Total calls of the running one
	Total   int       `json:"total"`
	Last    time.Time `json:"last,omitzero"` // last that went well
	Next    time.Time `json:"next,omitzero"`
	Reason  string    `json:"reason,omitempty"` // why the last failed, safe to show
	Advice  string    `json:"advice,omitempty"`
	Stale   bool      `json:"stale"` // older than two intervals
	Every   int       `json:"every"` // seconds, as backed off
}

// A Removed is an entry that left the list since the asker last looked.
type Removed struct {
	Entry string    `json:"entry"`
	Name  string    `json:"name"` // FAMILY, Given, while its values are kept
	Bed   string    `json:"bed,omitempty"`
	By    string    `json:"by"`
	At    time.Time `json:"at"`
	To    string    `json:"to,omitempty"` // list id, when moved
	Seq   int64     `json:"seq"`
}

// A Round is a walk along a list: who was seen.
type Round struct {
	ID      string              `json:"id"`
	List    string              `json:"list"`
	By      string              `json:"by"`
	Started time.Time           `json:"started"`
	Ended   time.Time           `json:"ended,omitzero"`
	Order   []string            `json:"order"` // entry ids, as the list stood
	Seen    map[string]SeenNote `json:"seen"`  // by entry id
}

// A SeenNote says who saw a patient on a round, and when.
type SeenNote struct {
	By string    `json:"by"`
	At time.Time `json:"at"`
}

// A ListView is a list as one person sees it, in one answer: our own data and
// the last-seen values of the EHR.
type ListView struct {
	List       List              `json:"list"`
	Role       Role              `json:"role"` // of the asker
	Columns    []Column          `json:"columns"`
	Schema     Schema            `json:"schema"`
	View       View              `json:"view"`
	Entries    []Entry           `json:"entries"` // in bed order
	Unoccupied []string          `json:"unoccupied,omitempty"`
	Marks      []Mark            `json:"marks"`
	MarksSince time.Time         `json:"marksSince,omitzero"` // when the asker last looked
	Removed    []Removed         `json:"removed"`
	Names      []NameAlert       `json:"names"`
	Refresh    Refresh           `json:"refresh"`
	Round      *Round            `json:"round,omitempty"`
	People     map[string]string `json:"people"` // names by person id, of all who appear
	Seq        int64             `json:"seq"`    // the stream goes on from here
	Now        time.Time         `json:"now"`
}

// An Event is one message of a list's stream. Kind says which fields are set:
//
//	hello    Seq                              the stream stands here
//	cell     Entry, Column, Cell, Identity, Marks  a cell has a new value, of whom Identity tells
//	entry    Entry, Whole, Marks              a patient was added, or its identity or bed changed
//	removed  Entry, Removed                   a patient left
//	list     —                                name, columns, beds or order changed: read the list again
//	refresh  Refresh                          asking the EHR began, went on, ended or failed
//	round    Round                            a round began, went on or ended (Round is null)
//	names    Names                            the warnings about names changed
//	reset    —                                what was missed is not kept any more: read the list again
//	elsewhere —                               the last: the asker looks in too many other places; begin again when someone looks here
//	ping     —                                nothing; every 15 s, so that a dead connection shows
type Event struct {
	Seq    int64       `json:"seq"`
	Kind   string      `json:"kind"`
	Entry  string      `json:"entry,omitempty"`
	Column string      `json:"column,omitempty"`
	Cell   *chart.Cell `json:"cell,omitempty"`
	// Identity is the number of the entry's identity cell when Cell was read: it
	// is not for an entry that has another.
	Identity int64       `json:"identity,omitempty"`
	Whole    *Entry      `json:"whole,omitempty"`
	Marks    []Mark      `json:"marks,omitempty"`
	Removed  *Removed    `json:"removed,omitempty"`
	Refresh  *Refresh    `json:"refresh,omitempty"`
	Round    *Round      `json:"round,omitempty"`
	Names    []NameAlert `json:"names,omitempty"`
}

// A Todo is something to be done for a patient.
type Todo struct {
	ID      string    `json:"id"`
	Entry   string    `json:"entry"`
	Text    string    `json:"text"`
	Owner   string    `json:"owner,omitempty"` // person id
	Due     string    `json:"due,omitempty"`   // YYYY-MM-DD or RFC 3339
	Done    bool      `json:"done"`
	DoneBy  string    `json:"doneBy,omitempty"`
	DoneAt  time.Time `json:"doneAt,omitzero"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Version int64     `json:"version"`
}

// A Note is what someone wrote about a patient. Its author may change it for
// 15 minutes; after that an amendment is a new text and the old one stays in
// History.
type Note struct {
	ID      string        `json:"id"`
	Entry   string        `json:"entry"`
	Text    string        `json:"text"`
	Pinned  bool          `json:"pinned"`
	By      string        `json:"by"`
	At      time.Time     `json:"at"`
	Edited  time.Time     `json:"edited,omitzero"`
	Deleted time.Time     `json:"deleted,omitzero"` // the text is gone, that there was one is not
	History []NoteVersion `json:"history,omitempty"`
	Version int64         `json:"version"`
}

// A NoteVersion is what a note said before it was amended.
type NoteVersion struct {
	Text string    `json:"text"`
	By   string    `json:"by"`
	At   time.Time `json:"at"`
}

// An Activity is one thing that was done to a patient's entry. Values are
// those of our own fields, or of the EHR while kept.
type Activity struct {
	Seq    int64     `json:"seq"`
	At     time.Time `json:"at"`
	By     string    `json:"by,omitempty"` // "" is the EHR
	Column string    `json:"column"`
	Kind   string    `json:"kind"` // added, changed, removed, seen, moved …
	Old    string    `json:"old,omitempty"`
	New    string    `json:"new,omitempty"`
	// Undo is set on the last decision about who the entry is, while it can be
	// taken back.
	Undo bool `json:"undo,omitempty"`
}

// A PatientView is the page of one patient. Sections of the EHR are read one
// by one.
type PatientView struct {
	Entry      Entry        `json:"entry"`
	List       List         `json:"list"`
	Role       Role         `json:"role"`
	Connection *Connection  `json:"connection,omitempty"`
	Kinds      []chart.Kind `json:"kinds"` // sections to ask for; none for a patient typed by hand
	Todos      []Todo       `json:"todos"`
	Notes      []Note       `json:"notes"` // pinned first, then newest first
	Activity   []Activity   `json:"activity"`
	Marks      []Mark       `json:"marks"`
	Columns    []Column     `json:"columns"`
	// Others are the columns that activity and marks speak of beside Columns.
	Others []Column          `json:"others"`
	Round  *Round            `json:"round,omitempty"`
	People map[string]string `json:"people"`
	Seq    int64             `json:"seq"`
	Now    time.Time         `json:"now"`
}

// An AuditEntry is one line of "who opened this patient?". It never holds
// values.
type AuditEntry struct {
	At        time.Time `json:"at"`
	Operation string    `json:"operation"` // ui §1.2, interface §11
	Person    string    `json:"person,omitempty"`
	Name      string    `json:"name,omitempty"` // of the person
	List      string    `json:"list,omitempty"`
	ListName  string    `json:"listName,omitempty"`
	Entry     string    `json:"entry,omitempty"`
	Patient   string    `json:"patient,omitempty"`
	Status    int       `json:"status"`
	Remote    string    `json:"remote,omitempty"`
	Request   string    `json:"request"`
	Detail    string    `json:"detail,omitempty"`
}

// A Found is a patient that a search found, with what tells whether it is the
// right one.
type Found struct {
	Subject  Subject        `json:"subject"`
	Identity chart.Identity `json:"identity"`
	Location string         `json:"location,omitempty"` // where the newest encounter is, when asked for
	// On are the lists of the space that have this patient already.
	On []ListRef `json:"on,omitempty"`
}

// A ListRef names a list.
type ListRef struct {
	List string `json:"list"`
	Name string `json:"name"`
}
