package provider

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // zones are the same on every machine, also where none are installed
	"unicode"
	"unicode/utf8"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/fhir"
)

// What callers can act on; every error of this package that has one of these
// causes matches it with [errors.Is], and its text says what to do.
var (
	ErrInvalid  = errors.New("not valid")
	ErrNotFound = errors.New("not found")
	ErrConflict = errors.New("conflict")
)

// KindStore is the kind of a provider that is an embedded FHIR store.
const KindStore = "store"

// A Store is an embedded FHIR store.
type Store struct {
	Name    string       `json:"name"`
	Version fhir.Version `json:"version"`
	// Open lets its own endpoint answer without a token.
	Open    bool      `json:"open"`
	Created time.Time `json:"created"`
}

// A Provider is a healthcare organisation's FHIR server.
type Provider struct {
	Name    string       `json:"name"`
	Kind    string       `json:"kind"`
	Store   string       `json:"store,omitempty"`  // of kind "store": its name
	Remote  *Remote      `json:"remote,omitempty"` // of kind "remote": how it is reached
	Version fhir.Version `json:"version"`
	// Zone is the IANA time zone that times without a zone are meant in; ""
	// is UTC.
	Zone      string    `json:"zone,omitempty"`
	Suspended bool      `json:"suspended"`
	Created   time.Time `json:"created"`
	// Revision counts the changes of a remote provider, its secrets included.
	Revision int64 `json:"revision,omitempty"`

	location *time.Location
}

// Location is the provider's time zone.
func (p Provider) Location() *time.Location {
	if p.location == nil {
		return time.UTC
	}
	return p.location
}

// An MRN names identifiers that are medical record numbers though nothing in
// them says so: by their system, by the code of their type, or both.
type MRN struct {
	System   string `json:"system,omitempty"`
	TypeCode string `json:"typeCode,omitempty"`
}

// A Tenant is a customer's directory (an AAD tenant), mapped to one provider.
type Tenant struct {
	ID        string    `json:"id"` // GUID in lower case
	Provider  string    `json:"provider"`
	Label     string    `json:"label,omitempty"`
	MRN       []MRN     `json:"mrn,omitempty"`
	Suspended bool      `json:"suspended"`
	Created   time.Time `json:"created"`
}

// NormalizeTenant reads a tenant GUID as [access.NormalizeTenant] does.
func NormalizeTenant(s string) (string, bool) { return access.NormalizeTenant(s) }

// A name becomes part of paths and of file names, so it is plain.
var nameForm = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)

func checkName(what, name string) error {
	if !nameForm.MatchString(name) {
		return fmt.Errorf("%w: %s name %q: want 1 to 63 of a-z, 0-9 and '-', not at either end", ErrInvalid, what, name)
	}
	return nil
}

// checkText accepts a label people write: printable, of reasonable length.
func checkText(what, s string) error {
	if len(s) > 200 || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("%w: %s: want at most 200 bytes of printable text on one line", ErrInvalid, what)
	}
	return nil
}

func (s Store) validate() error {
	if err := checkName("store", s.Name); err != nil {
		return err
	}
	if !s.Version.Valid() {
		return fmt.Errorf("%w: store %q: want a FHIR version: dstu2, stu3 or r4", ErrInvalid, s.Name)
	}
	return nil
}

// validate checks p and resolves its zone.
func (p *Provider) validate() error {
	if err := checkName("provider", p.Name); err != nil {
		return err
	}
	switch {
	case p.Kind != KindStore && p.Kind != KindRemote:
		return fmt.Errorf("%w: provider %q: kind %q: want %q or %q", ErrInvalid, p.Name, p.Kind, KindStore, KindRemote)
	case p.Kind == KindStore && (p.Store == "" || p.Remote != nil):
		return fmt.Errorf("%w: provider %q: name the store it is, or the URL of a server elsewhere", ErrInvalid, p.Name)
	case p.Kind == KindRemote && (p.Store != "" || p.Remote == nil):
		return fmt.Errorf("%w: provider %q: give the URL of its FHIR server, and no store", ErrInvalid, p.Name)
	}
	return p.locate()
}

func (p *Provider) locate() error {
	if p.Zone == "" {
		p.location = time.UTC
		return nil
	}
	if p.Zone == "Local" {
		return fmt.Errorf("%w: provider %q: zone %q depends on the machine; want an IANA name such as Europe/Berlin", ErrInvalid, p.Name, p.Zone)
	}
	loc, err := time.LoadLocation(p.Zone)
	if err != nil {
		return fmt.Errorf("%w: provider %q: zone %q: want an IANA name such as Europe/Berlin: %w", ErrInvalid, p.Name, p.Zone, err)
	}
	p.location = loc
	return nil
}

// validate checks t and brings its id into normal form.
func (t *Tenant) validate() error {
	id, ok := NormalizeTenant(strings.TrimSpace(t.ID))
	if !ok {
		return fmt.Errorf("%w: tenant %q: want a GUID such as 11111111-1111-4111-8111-111111111111", ErrInvalid, t.ID)
	}
	t.ID = id
	for _, m := range t.MRN {
		if m.System == "" && m.TypeCode == "" {
			return fmt.Errorf("%w: tenant %s: a medical record number rule names a system, a type code or both", ErrInvalid, t.ID)
		}
		if err := checkText("medical record number rule", m.System+m.TypeCode); err != nil {
			return err
		}
	}
	return checkText("tenant label", t.Label)
}
