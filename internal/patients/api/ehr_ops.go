package api

import (
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/patients"
)

// ConnectInput is what the Connect form sends. Tenant may be given only with
// one's own client id and secret.
type ConnectInput struct {
	Space    string `path:"space" json:"-"`
	Name     string `json:"name"`
	Link     string `json:"link"`             // as typed; a trailing /metadata is removed
	Choice   string `json:"choice,omitempty"` // a ready-made partner instead of a link
	Auth     string `json:"auth,omitempty"`   // "" is found out: client credentials where the statement names a token URL
	ClientID string `json:"clientID,omitempty"`
	Secret   string `json:"secret,omitempty"`
	Username string `json:"username,omitempty"`
	Tenant   string `json:"tenant,omitempty"`
	TokenURL string `json:"tokenURL,omitempty"` // instead of the statement's
	// Replaces is the connection whose entries are matched again, by MRN and
	// birth date.
	Replaces string `json:"replaces,omitempty"`
	// Save makes the connection when all steps went well; else it is a test.
	Save bool `json:"save"`
}

// A ConnectStep is one of the five visible steps, or the end.
type ConnectStep struct {
	// Step is reachable, statement, version, token, search, or done.
	Step    string `json:"step"`
	Outcome string `json:"outcome"` // running, ok, failed or skipped
	Took    int    `json:"took"`    // ms
	Detail  string `json:"detail,omitempty"`
	Advice  string `json:"advice,omitempty"`
	// Need are the fields that are missing, at a step that cannot go on
	// without them: clientID, secret, tenant.
	Need []string `json:"need,omitempty"`
	// Of the step done:
	Connection *patients.Connection `json:"connection,omitempty"`
	Resources  []ResourceSupport    `json:"resources,omitempty"`
	Unmatched  []patients.Entry     `json:"unmatched,omitempty"` // entries that the replacement does not know
}

// ResourceSupport says of one resource type whether it is there, and what its
// absence hides.
type ResourceSupport struct {
	Type  string `json:"type"`
	Found bool   `json:"found"`
	Hides string `json:"hides,omitempty"` // key of the catalogue
}

// ConnectionChoice is a ready-made partner.
type ConnectionChoice struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Link string `json:"link"`
	// Ready needs no credentials of one's own: the operator's are used, for the
	// space's own tenant.
	Ready bool `json:"ready"`
}

// ConnectionChoices are the ready-made partners.
type ConnectionChoices struct {
	Choices []ConnectionChoice `json:"choices"`
}

// ConnectionID names a connection.
type ConnectionID struct {
	Space      string `path:"space" json:"-"`
	Connection string `path:"connection" json:"-"`
}

// SearchInput looks for patients in the space's record system. Text is the one
// box, which says how it was read; the other fields are the advanced ones.
type SearchInput struct {
	Space      string `path:"space" json:"-"`
	Connection string `json:"connection,omitempty"` // "" is the space's only one
	Text       string `json:"text,omitempty"`
	Family     string `json:"family,omitempty"`
	Given      string `json:"given,omitempty"`
	Born       string `json:"born,omitempty"` // YYYY-MM-DD, or as people write it
	MRN        string `json:"mrn,omitempty"`
	ID         string `json:"id,omitempty"`
	Gender     string `json:"gender,omitempty"`
	Count      int    `json:"count,omitempty"`
}

// SearchResult is what was found, and how the text was read.
type SearchResult struct {
	// Read says how the text was understood: name, family, given, born, mrn,
	// id, with the value as it was sent.
	Read    []chart.Field    `json:"read"`
	Found   []patients.Found `json:"found"`
	Total   int              `json:"total"`
	Known   string           `json:"known"` // exact, atLeast or unknown
	Refused string           `json:"refused,omitempty"`
}

// PasteInput resolves a pasted column of record numbers.
type PasteInput struct {
	Space      string   `path:"space" json:"-"`
	Connection string   `json:"connection,omitempty"`
	MRNs       []string `json:"mrns"` // at most 200
}

// PasteResult has one line per number, in order.
type PasteResult struct {
	Lines []PasteLine `json:"lines"`
}

// PasteLine is what one number led to: found, several, none or failed.
type PasteLine struct {
	MRN     string           `json:"mrn"`
	Outcome string           `json:"outcome"`
	Found   []patients.Found `json:"found,omitempty"`
	Reason  string           `json:"reason,omitempty"`
}

// SectionInput names one section of an entry's patient.
type SectionInput struct {
	Entry string `path:"entry" json:"-"`
	Kind  string `path:"kind" json:"-"`
	All   bool   `query:"all" json:"-"` // page to the end instead of the first page
}

// IdentityDecision settles a mismatch, a merge or an unlinked entry.
type IdentityDecision struct {
	Entry string `path:"entry" json:"-"`
	// Action is confirm (it is the same person: our notes show again), relink
	// (follow the merge, or point to Subject), or undo (the last decision).
	Action string `json:"action"`
	// Base is the seq of the entry's identity cell as the asker saw it; when
	// someone else is there by now the answer is 412 with the entry.
	Base    int64             `json:"base"`
	Subject *patients.Subject `json:"subject,omitempty"`
	Seen    *chart.Identity   `json:"seen,omitempty"` // who Subject was when it was chosen
}

// StreamInput reads a list's events.
type StreamInput struct {
	List  string `path:"list" json:"-"`
	After int64  `query:"after" json:"-"` // the last seq that was received
}

func (a *API) ehrOps() []operation.Op {
	return []operation.Op{
		operation.New("getConnectionChoices", "GET /api/patients/spaces/{space}/connection-choices", "Ready-made partners", a.getConnectionChoices),
		operation.NewStream[ConnectInput, ConnectStep]("connect", "POST /api/patients/spaces/{space}/connections", "Try a link step by step and, with save, make the connection", a.connect),
		operation.NewStream[ConnectionID, ConnectStep]("testConnection", "POST /api/patients/spaces/{space}/connections/{connection}/test", "Try an existing connection step by step", a.testConnection),
		operation.New("removeConnection", "DELETE /api/patients/spaces/{space}/connections/{connection}", "Remove a connection; entries keep their last-seen values", a.removeConnection),
		operation.New("searchPatients", "POST /api/patients/spaces/{space}/search", "Look for patients in the EHR", a.searchPatients),
		operation.New("pastePatients", "POST /api/patients/spaces/{space}/paste", "Resolve a pasted column of record numbers", a.pastePatients),
		operation.New("getSection", "GET /api/patients/entries/{entry}/sections/{kind}", "One section of a patient's record", a.getSection),
		operation.New("decideIdentity", "POST /api/patients/entries/{entry}/identity", "Settle a mismatch, a merge or an unlinked entry", a.decideIdentity),
		operation.New("refreshList", "POST /api/patients/lists/{list}/refresh", "Ask the EHR now", a.refreshList),
		operation.NewStream[StreamInput, patients.Event]("streamList", "GET /api/patients/lists/{list}/stream", "What changes on a list, as it happens", a.streamList),
	}
}
