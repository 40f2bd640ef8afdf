package people

import "time"

// A Person is someone who signs in.
type Person struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Username string    `json:"username,omitempty"` // of a local account
	Tenant   string    `json:"tenant,omitempty"`   // directory GUID of an Entra identity; "" is local
	Admin    bool      `json:"admin,omitempty"`    // may make spaces and local accounts
	Demo     bool      `json:"demo,omitempty"`     // ready-made, loopback only
	Disabled bool      `json:"disabled,omitempty"`
	Created  time.Time `json:"created"`
	Prefs    Prefs     `json:"prefs"`
}

// Prefs are how a person likes the pages.
type Prefs struct {
	Locale      string `json:"locale,omitempty"`      // en or zh-TW; "" is the browser's
	Theme       string `json:"theme,omitempty"`       // light, dark or contrast; "" is the system's
	Space       string `json:"space,omitempty"`       // the one last used
	NoShortcuts bool   `json:"noShortcuts,omitempty"` // single-key shortcuts off (WCAG 2.1.4)
}

// An Issuer is an OpenID provider people can sign in with.
type Issuer struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}
