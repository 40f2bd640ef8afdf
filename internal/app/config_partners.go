package app

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/provider/credential"
)

// A Partner is a record system that the Patients app offers ready-made: who
// connects needs no credentials of their own. Its tenant is that of the space,
// which its people signed in from; Tenant is for spaces without one.
type Partner struct {
	ID         string
	Name       string
	Link       string
	ClientID   string
	SecretFile string
	Tenant     string
	Auth       string // client_secret_post, unless client_secret_basic
}

// Partners are as text one form-encoded partner after the other, separated by
// spaces, so that a flag and a variable can hold them.
type Partners []Partner

func (p *Partner) keys() map[string]*string {
	return map[string]*string{
		"id": &p.ID, "name": &p.Name, "link": &p.Link, "client_id": &p.ClientID, "secret_file": &p.SecretFile, "tenant": &p.Tenant, "auth": &p.Auth,
	}
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Partners) UnmarshalText(text []byte) error {
	out := Partners{}
	for part := range strings.FieldsSeq(string(text)) {
		form, err := url.ParseQuery(part)
		if err != nil {
			return errors.New("want partners such as id=hospital&link=https%3A%2F%2Fehr.example.org%2Ffhir&client_id=wardbridge&secret_file=ehr.secret")
		}
		var p Partner
		keys := p.keys()
		for key, values := range form {
			switch {
			case len(values) > 1:
				return fmt.Errorf("%s is given twice", key)
			case keys[key] == nil:
				return fmt.Errorf("unknown key %q: want id, name, link, client_id, secret_file, tenant and auth", key)
			default:
				*keys[key] = values[0]
			}
		}
		out = append(out, p)
	}
	*l = out
	return nil
}

// MarshalText gives the text that UnmarshalText reads.
func (l Partners) MarshalText() ([]byte, error) {
	var parts []string
	for _, p := range l {
		form := url.Values{}
		for key, value := range p.keys() {
			if *value != "" {
				form.Set(key, *value)
			}
		}
		parts = append(parts, form.Encode())
	}
	return []byte(strings.Join(parts, " ")), nil
}

// fault says what is wrong with a partner. Its secret is read when it is
// asked.
func (p Partner) fault() error {
	if p.ID == "" || strings.HasPrefix(p.ID, demoPartner+"-") || !plainName(p.ID) {
		return fmt.Errorf("id %q: want a plain name, which does not begin with demo-", p.ID)
	}
	link, err := patients.NormalizeLink(p.Link)
	if err != nil || link != strings.TrimRight(p.Link, "/") {
		return fmt.Errorf("link %q: want the address of the FHIR base, such as https://ehr.example.org/fhir", p.Link)
	}
	if p.Tenant != "" {
		if _, ok := access.NormalizeTenant(p.Tenant); !ok {
			return fmt.Errorf("tenant %q: want a GUID", p.Tenant)
		}
	}
	switch p.Auth {
	case "", credential.ClientSecretPost, credential.ClientSecretBasic:
	default:
		return fmt.Errorf("auth %q: want %s or %s", p.Auth, credential.ClientSecretPost, credential.ClientSecretBasic)
	}
	if (p.ClientID == "") != (p.SecretFile == "") {
		return errors.New("client_id and secret_file go together")
	}
	return nil
}
