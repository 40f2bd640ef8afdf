package api

import (
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/people"
)

// Session is who is signed in and what they can enter.
type Session struct {
	Person *people.Person `json:"person,omitempty"` // absent when nobody is signed in
	Spaces []SpaceRef     `json:"spaces"`
	SignIn SignInWays     `json:"signIn"`
	// IdleMinutes until the screen locks.
	IdleMinutes int    `json:"idleMinutes"`
	Version     string `json:"version"`
	Demo        bool   `json:"demo"`
}

// SpaceRef is a space the person can enter, or has asked to.
type SpaceRef struct {
	ID      string        `json:"id"`
	Name    string        `json:"name"`
	Role    patients.Role `json:"role,omitempty"` // "" while access is only asked for, or not at all
	Asked   bool          `json:"asked,omitempty"`
	Started bool          `json:"started"` // first run is over: it has a mode
}

// SignInWays are the ways to sign in here.
type SignInWays struct {
	Local    bool            `json:"local"`
	FirstRun bool            `json:"firstRun"` // there is no account yet: the one-time link printed at start makes the first
	Issuers  []people.Issuer `json:"issuers"`
	Demo     []DemoPerson    `json:"demo"` // ready-made people; demo only
}

// DemoPerson is a ready-made person of the demo.
type DemoPerson struct {
	ID   string        `json:"id"`
	Name string        `json:"name"`
	Role patients.Role `json:"role"`
}

// SignIn is a local sign-in, or the choice of a ready-made person.
type SignIn struct {
	Username string `json:"username,omitempty"`
	Password string `json:"password,omitempty"`
	Demo     string `json:"demo,omitempty"` // person id
}

// FirstAccount makes the first administrator, or an invited person's account,
// with the token of a one-time link.
type FirstAccount struct {
	Token    string `json:"token"`
	Name     string `json:"name"`
	Username string `json:"username"`
	Password string `json:"password"`
}

// PasswordChange is a new password for one's own local account, for the old
// one.
type PasswordChange struct {
	Old      string `json:"old"`
	Password string `json:"password"`
}

// PersonInput makes a local account; the answer holds a one-time link's path
// by which the person sets a password.
type PersonInput struct {
	Name     string `json:"name"`
	Username string `json:"username"`
	Admin    bool   `json:"admin,omitempty"`
}

// Invited is a new local account and its one-time link.
type Invited struct {
	Person people.Person `json:"person"`
	Path   string        `json:"path"` // relative; the token is in the fragment
}

// PrefsInput changes the signed-in person's preferences.
type PrefsInput struct {
	people.Prefs
}

// SpaceInput makes a space.
type SpaceInput struct {
	Name string `json:"name"`
	Zone string `json:"zone"`
}

// SpaceID names a space in the path.
type SpaceID struct {
	Space string `path:"space" json:"-"`
}

// SpacePatch changes a space; absent fields stay.
type SpacePatch struct {
	Space    string             `path:"space" json:"-"`
	Version  int64              `json:"version"`
	Name     *string            `json:"name,omitempty"`
	Manual   *bool              `json:"manual,omitempty"` // first run: manual mode
	Settings *patients.Settings `json:"settings,omitempty"`
}

// SpaceView is a space as a person in it sees it.
type SpaceView struct {
	Space       patients.Space           `json:"space"`
	Role        patients.Role            `json:"role"`
	Channels    []patients.Channel       `json:"channels"`
	Connections []patients.Connection    `json:"connections"` // not the removed ones
	Columns     []patients.Column        `json:"columns"`     // all that can be chosen, in catalogue order
	Schemas     []patients.Schema        `json:"schemas"`
	Owners      []string                 `json:"owners"`   // names: whom to ask
	Requests    []patients.AccessRequest `json:"requests"` // owners only
	People      map[string]string        `json:"people"`   // members' names by id
}

// MemberInput gives a person a role; role "" removes the person.
type MemberInput struct {
	Space  string        `path:"space" json:"-"`
	Person string        `path:"person" json:"-"`
	Role   patients.Role `json:"role" enum:"orEmpty"`
}

// Members are a space's people.
type Members struct {
	Members  []patients.Membership    `json:"members"`
	Requests []patients.AccessRequest `json:"requests"`
	// Others are local accounts without a role here, to be added.
	Others []people.Person `json:"others"`
}

// AccessDecision grants or refuses a request.
type AccessDecision struct {
	Space  string        `path:"space" json:"-"`
	Person string        `path:"person" json:"-"`
	Grant  bool          `json:"grant"`
	Role   patients.Role `json:"role,omitempty"` // "" is the one asked for
}

// AccessAsk asks for a role in a space.
type AccessAsk struct {
	Space string        `path:"space" json:"-"`
	Role  patients.Role `json:"role"`
}

// AuditQuery asks who did what in a space; "who opened this patient?" is one
// with entry, or connection and patient.
type AuditQuery struct {
	Space      string `path:"space" json:"-"`
	Entry      string `query:"entry" json:"-"`
	Connection string `query:"connection" json:"-"`
	Patient    string `query:"patient" json:"-"`
	Person     string `query:"person" json:"-"`
	Operation  string `query:"operation" json:"-"`
	Since      string `query:"since" json:"-"` // RFC 3339
	Cursor     string `query:"cursor" json:"-"`
	Limit      int    `query:"limit" json:"-"`
}

// AuditPage is a page of the space's record, newest first.
type AuditPage struct {
	Entries []patients.AuditEntry `json:"entries"`
	Next    string                `json:"next,omitempty"`
}

func (a *API) sessionOps() []operation.Op {
	return []operation.Op{
		operation.New("getSession", "GET /api/session", "Who is signed in, and the ways to sign in", a.getSession).ForAnyone(),
		operation.New("signIn", "POST /api/session", "Sign in with a local account, or as a ready-made person of the demo", a.signIn).ForAnyone(),
		operation.New("signOut", "DELETE /api/session", "Sign out", a.signOut),
		operation.New("keepSession", "POST /api/session/keep", "Say that the person is still there", a.keepSession),
		operation.New("firstAccount", "POST /api/session/first", "Make an account with a one-time link", a.firstAccount).ForAnyone(),
		operation.New("changePassword", "PUT /api/session/password", "Change one's own password; every other session of the person ends", a.changePassword),
		operation.New("setPrefs", "PUT /api/session/prefs", "Change one's own preferences", a.setPrefs),
		operation.New("createPerson", "POST /api/people", "Make a local account", a.createPerson),
		operation.New("createSpace", "POST /api/patients/spaces", "Make a space; who makes it owns it", a.createSpace),
		operation.New("getSpace", "GET /api/patients/spaces/{space}", "A space, its connections, columns and who owns it", a.getSpace),
		operation.New("changeSpace", "PATCH /api/patients/spaces/{space}", "Change a space, or choose manual mode", a.changeSpace),
		operation.New("getMembers", "GET /api/patients/spaces/{space}/members", "Who may enter", a.getMembers),
		operation.New("setMember", "PUT /api/patients/spaces/{space}/members/{person}", "Give a person a role, or none", a.setMember),
		operation.New("askAccess", "POST /api/patients/spaces/{space}/access", "Ask for a role", a.askAccess),
		operation.New("decideAccess", "POST /api/patients/spaces/{space}/access/{person}", "Grant or refuse a request", a.decideAccess),
		operation.New("searchAudit", "GET /api/patients/spaces/{space}/audit", "Who did what, newest first", a.searchAudit),
	}
}
