package api

import (
	"encoding/json"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/patients"
)

// Lists are a space's lists in order.
type Lists struct {
	Lists   []patients.List `json:"lists"`
	Deleted []patients.List `json:"deleted"` // restorable, newest first
}

// ListInput makes a list, empty or as a copy.
type ListInput struct {
	Space    string `path:"space" json:"-"`
	Channel  string `json:"channel,omitempty"` // "" is general
	Name     string `json:"name"`
	Location string `json:"location,omitempty"`
	Schema   string `json:"schema,omitempty"` // "" is rounding
	CopyOf   string `json:"copyOf,omitempty"` // list whose patients and columns are copied
}

// ListID names a list.
type ListID struct {
	List string `path:"list" json:"-"`
}

// ListPatch changes a list; absent fields stay.
type ListPatch struct {
	List           string    `path:"list" json:"-"`
	Version        int64     `json:"version"`
	Name           *string   `json:"name,omitempty"`
	Location       *string   `json:"location,omitempty"`
	Default        *bool     `json:"default,omitempty"`
	Position       *int      `json:"position,omitempty"`
	Beds           *[]string `json:"beds,omitempty"`
	HideUnoccupied *bool     `json:"hideUnoccupied,omitempty"`
	Schema         *string   `json:"schema,omitempty"`
}

// ViewInput keeps how the asker likes a list.
type ViewInput struct {
	List string `path:"list" json:"-"`
	patients.View
}

// SchemaInput makes or changes a set of columns. Changing it changes every
// list that uses it, and makes a copy where it is built in.
type SchemaInput struct {
	Space   string            `path:"space" json:"-"`
	Schema  string            `json:"schema,omitempty"` // "" makes one
	Version int64             `json:"version,omitempty"`
	Name    string            `json:"name"`
	Columns []patients.Column `json:"columns"`
	List    string            `json:"list,omitempty"` // this list uses it from now on
}

// AddInput puts patients on a list: found in the EHR, or typed by hand.
type AddInput struct {
	List     string       `path:"list" json:"-"`
	Patients []AddPatient `json:"patients"`
	// Again adds even those that look like somebody, or are on another list. A
	// record is on a list once.
	Again bool `json:"again,omitempty"`
}

// AddPatient is one patient to add.
type AddPatient struct {
	Subject  patients.Subject `json:"subject,omitzero"`
	Identity chart.Identity   `json:"identity"` // as found, or as typed
	Bed      string           `json:"bed,omitempty"`
}

// Added tells what became of each, in order.
type Added struct {
	Entries []patients.Entry `json:"entries"`
	// Duplicates are those that were not added, by index, with where they are.
	Duplicates []Duplicate `json:"duplicates"`
}

// Duplicate is a patient that looks like one who is there already.
type Duplicate struct {
	Index    int            `json:"index"`
	Entry    string         `json:"entry"`
	List     string         `json:"list"`
	ListName string         `json:"listName"`
	Identity chart.Identity `json:"identity"`
	// Why is subject (the same record), mrn, or nameAndBorn.
	Why string `json:"why"`
}

// DuplicateCheck asks before adding, as someone types.
type DuplicateCheck struct {
	Space    string         `path:"space" json:"-"`
	Identity chart.Identity `json:"identity"`
}

// Duplicates are who looks the same.
type Duplicates struct {
	Duplicates []Duplicate `json:"duplicates"`
}

// EntriesInput acts on entries of a list.
type EntriesInput struct {
	List    string   `path:"list" json:"-"`
	Entries []string `json:"entries"`
	// Action is remove, restore (undo of remove or move), move or copy.
	Action string `json:"action"`
	To     string `json:"to,omitempty"` // list, for move and copy
}

// EntriesDone says what was done and what was in the way.
type EntriesDone struct {
	Entries    []string    `json:"entries"` // ids as they are now (copies have new ones)
	Duplicates []Duplicate `json:"duplicates"`
}

// FieldInput changes one of our own cells: bed, identity (manual only), severity,
// summary, contingency, owner, a custom column … Base is the Seq that the
// asker saw; when the cell has a newer one the answer is 412 with what is there.
type FieldInput struct {
	Entry  string          `path:"entry" json:"-"`
	Column string          `path:"column" json:"-"`
	Base   int64           `json:"base"`
	Value  json.RawMessage `json:"value"` // string, number, boolean or null by the column's type; an identity for "identity"
}

// TodoInput makes a to-do.
type TodoInput struct {
	Entry string `path:"entry" json:"-"`
	Text  string `json:"text"`
	Owner string `json:"owner,omitempty"`
	Due   string `json:"due,omitempty"`
}

// TodoPatch changes a to-do; Version is the one the asker saw.
type TodoPatch struct {
	Todo    string  `path:"todo" json:"-"`
	Version int64   `json:"version"`
	Text    *string `json:"text,omitempty"`
	Owner   *string `json:"owner,omitempty"`
	Due     *string `json:"due,omitempty"`
	Done    *bool   `json:"done,omitempty"`
}

// TodoRemoval removes a to-do; Version is the one the asker saw.
type TodoRemoval struct {
	Todo    string `path:"todo" json:"-"`
	Version int64  `query:"version" json:"-"`
}

// NoteInput writes a note.
type NoteInput struct {
	Entry  string `path:"entry" json:"-"`
	Text   string `json:"text"`
	Pinned bool   `json:"pinned,omitempty"`
}

// NotePatch changes or amends a note.
type NotePatch struct {
	Note    string  `path:"note" json:"-"`
	Version int64   `json:"version"`
	Text    *string `json:"text,omitempty"`
	Pinned  *bool   `json:"pinned,omitempty"`
}

// NoteID names a note.
type NoteID struct {
	Note string `path:"note" json:"-"`
}

// DraftID names a draft: note:<entry>, note-edit:<note>, field:<entry>:<column>.
type DraftID struct {
	Key string `path:"key" json:"-"`
}

// DraftInput keeps what someone is typing, for them alone. Empty text removes
// it.
type DraftInput struct {
	Key  string `path:"key" json:"-"`
	Text string `json:"text"`
	Base int64  `json:"base,omitempty"`
}

// Draft is a kept text.
type Draft struct {
	Key  string `json:"key"`
	Text string `json:"text"`
	Base int64  `json:"base,omitempty"`
	At   string `json:"at"`
}

// Drafts are all of one person's drafts.
type Drafts struct {
	Drafts []Draft `json:"drafts"`
}

// SeenInput says what the asker has looked at, or has not after all. Only the
// asker's marks are concerned.
type SeenInput struct {
	List string `path:"list" json:"-"`
	// UpTo is the newest seq that was on the screen.
	UpTo int64 `json:"upTo"`
	// Entry and Column narrow it to one row or cell; "" is all.
	Entry  string `json:"entry,omitempty"`
	Column string `json:"column,omitempty"`
	// Undo brings back the marks that the last call of this kind took.
	Undo bool `json:"undo,omitempty"`
}

// Marks are what is not seen yet.
type Marks struct {
	Marks   []patients.Mark    `json:"marks"`
	Removed []patients.Removed `json:"removed"`
}

// RoundInput begins a round (Order are the entries as they stand), ends it, or
// marks a patient as seen or not.
type RoundInput struct {
	List   string   `path:"list" json:"-"`
	Action string   `json:"action"` // start, seen, unseen or end
	Order  []string `json:"order,omitempty"`
	Entry  string   `json:"entry,omitempty"`
}

// RoundState is the running round, if any.
type RoundState struct {
	Round *patients.Round `json:"round,omitempty"`
}

// PatientInput opens the page of a patient, or reads it again.
type PatientInput struct {
	Entry string `path:"entry" json:"-"`
	// Again says that the asker has the page open and reads what has changed:
	// that is one view, recorded once.
	Again bool `query:"again" json:"-"`
}

// ExportInput asks for a file. The answer holds a path that works once, within
// a minute.
type ExportInput struct {
	List    string   `path:"list" json:"-"`
	Format  string   `json:"format"`            // xlsx or csv
	Columns []string `json:"columns,omitempty"` // keys; none are the asker's own
	// Deidentified leaves out names, birth dates and record numbers.
	Deidentified bool   `json:"deidentified"`
	Purpose      string `json:"purpose,omitempty"` // asked once a day
	Locale       string `json:"locale,omitempty"`
}

// Ticket is a path that works once, within 60 seconds.
type Ticket struct {
	Path string `json:"path"`
}

// TicketID names a ticket.
type TicketID struct {
	Ticket string `path:"ticket" json:"-"`
}

// PrintInput says that a list is printed.
type PrintInput struct {
	List    string `path:"list" json:"-"`
	Layout  string `json:"layout"` // pocket or table
	Purpose string `json:"purpose,omitempty"`
}

// PurposeState tells whether the asker has said a purpose today.
type PurposeState struct {
	Known   bool   `json:"known"`
	Purpose string `json:"purpose,omitempty"`
}

// CopyInput says that a patient's summary is copied to the clipboard.
type CopyInput struct {
	Entry  string `path:"entry" json:"-"`
	Format string `json:"format"` // ipass, sbar or plain
}

func (a *API) listOps() []operation.Op {
	return []operation.Op{
		operation.New("getLists", "GET /api/patients/spaces/{space}/lists", "A space's lists", a.getLists),
		operation.New("createList", "POST /api/patients/spaces/{space}/lists", "Make a list, empty or as a copy", a.createList),
		operation.New("getList", "GET /api/patients/lists/{list}", "A list as the asker sees it: own data and last-seen values", a.getList),
		operation.New("changeList", "PATCH /api/patients/lists/{list}", "Rename a list, make it the default, set beds or columns", a.changeList),
		operation.New("deleteList", "DELETE /api/patients/lists/{list}", "Delete a list; it can be restored for 30 days", a.deleteList),
		operation.New("restoreList", "POST /api/patients/lists/{list}/restore", "Restore a deleted list", a.restoreList),
		operation.New("setView", "PUT /api/patients/lists/{list}/view", "Keep one's own columns, order, filter and group", a.setView),
		operation.New("saveSchema", "POST /api/patients/spaces/{space}/schemas", "Make or change a set of columns for everyone", a.saveSchema),
		operation.New("addPatients", "POST /api/patients/lists/{list}/entries", "Put patients on a list", a.addPatients),
		operation.New("checkDuplicates", "POST /api/patients/spaces/{space}/duplicates", "Who looks the same", a.checkDuplicates),
		operation.New("changeEntries", "POST /api/patients/lists/{list}/entries/actions", "Remove, restore, move or copy patients", a.changeEntries),
		operation.New("getPatient", "GET /api/patients/entries/{entry}", "The page of one patient", a.getPatient),
		operation.New("setField", "PUT /api/patients/entries/{entry}/fields/{column}", "Change one of our own cells", a.setField),
		operation.New("addTodo", "POST /api/patients/entries/{entry}/todos", "Add a to-do", a.addTodo),
		operation.New("changeTodo", "PATCH /api/patients/todos/{todo}", "Change or tick off a to-do", a.changeTodo),
		operation.New("deleteTodo", "DELETE /api/patients/todos/{todo}", "Remove a to-do", a.deleteTodo),
		operation.New("addNote", "POST /api/patients/entries/{entry}/notes", "Write a note", a.addNote),
		operation.New("changeNote", "PATCH /api/patients/notes/{note}", "Change, amend or pin a note", a.changeNote),
		operation.New("deleteNote", "DELETE /api/patients/notes/{note}", "Delete one's own note", a.deleteNote),
		operation.New("getDrafts", "GET /api/patients/drafts", "One's own drafts", a.getDrafts),
		operation.New("setDraft", "PUT /api/patients/drafts/{key}", "Keep or remove a draft", a.setDraft),
		operation.New("markSeen", "POST /api/patients/lists/{list}/seen", "Say what one has looked at", a.markSeen),
		operation.New("changeRound", "POST /api/patients/lists/{list}/round", "Begin, go on with or end a round", a.changeRound),
		operation.New("getPurpose", "GET /api/patients/purpose", "Whether a purpose was said today", a.getPurpose),
		operation.New("exportList", "POST /api/patients/lists/{list}/exports", "Ask for a list as a file", a.exportList),
		operation.NewStream[TicketID, operation.None]("download", "GET /api/patients/downloads/{ticket}", "Fetch a file once", a.download).ForAnyone(),
		operation.New("printList", "POST /api/patients/lists/{list}/prints", "Say that a list is printed", a.printList),
		operation.New("copyPatient", "POST /api/patients/entries/{entry}/copies", "Say that a summary is copied", a.copyPatient),
	}
}
