package app

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/wardbridge/wardbridge/internal/people"
)

// An Issuer is an OpenID provider people sign in with.
type Issuer struct {
	ID         string // in our URLs
	Name       string // on the button
	URL        string
	ClientID   string
	SecretFile string   // "" is a public client
	Kind       string   // "entra" at a host that is not Microsoft's; "" finds out
	Tenants    []string // directories, for an Entra URL that is open to several, or of that kind
}

// Issuers are as text one form-encoded issuer after the other, separated by
// spaces, so that a flag and a variable can hold them.
type Issuers []Issuer

// keys are an issuer's in the file and in the text, but for tenants.
func (i *Issuer) keys() map[string]*string {
	return map[string]*string{"id": &i.ID, "name": &i.Name, "url": &i.URL, "client_id": &i.ClientID, "secret_file": &i.SecretFile, "kind": &i.Kind}
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Issuers) UnmarshalText(text []byte) error {
	out := Issuers{}
	for part := range strings.FieldsSeq(string(text)) {
		form, err := url.ParseQuery(part)
		if err != nil {
			return errors.New("want issuers such as id=hospital&url=https%3A%2F%2Flogin.example.org&client_id=wardbridge")
		}
		var i Issuer
		keys := i.keys()
		for key, values := range form {
			switch {
			case len(values) > 1:
				return fmt.Errorf("%s is given twice", key)
			case key == "tenants":
				for t := range strings.SplitSeq(values[0], ",") {
					i.Tenants = append(i.Tenants, strings.ToLower(strings.TrimSpace(t)))
				}
			case keys[key] == nil:
				return fmt.Errorf("unknown key %q: want id, name, url, client_id, secret_file, kind and tenants", key)
			default:
				*keys[key] = values[0]
			}
		}
		out = append(out, i)
	}
	*l = out
	return nil
}

// MarshalText gives the text that UnmarshalText reads.
func (l Issuers) MarshalText() ([]byte, error) {
	var parts []string
	for _, i := range l {
		form := url.Values{}
		for key, value := range i.keys() {
			if *value != "" {
				form.Set(key, *value)
			}
		}
		if len(i.Tenants) > 0 {
			form.Set("tenants", strings.Join(i.Tenants, ","))
		}
		parts = append(parts, form.Encode())
	}
	return []byte(strings.Join(parts, " ")), nil
}

// isForms reports whether the field is a list of things with keys of their own.
func (f Field) isForms() bool {
	switch f.value.Interface().(type) {
	case Issuers, Partners:
		return true
	}
	return false
}

// forms turns a list in the file, of issuers or partners, into their text.
func (d *decoder) forms(list *yaml.Node, path string) string {
	var parts []string
	for _, item := range list.Content {
		if item.Kind == yaml.ScalarNode {
			parts = append(parts, item.Value)
			continue
		}
		if item.Kind != yaml.MappingNode {
			d.fault(item, path, "want keys and values")
			continue
		}
		form := url.Values{}
		for i := 0; i+1 < len(item.Content); i += 2 {
			key, value := item.Content[i], item.Content[i+1]
			text := value.Value
			if value.Kind == yaml.SequenceNode {
				var all []string
				for _, v := range value.Content {
					all = append(all, v.Value)
				}
				text = strings.Join(all, ",")
			} else if value.Kind != yaml.ScalarNode {
				d.fault(value, path, "want a value")
				continue
			}
			form.Add(key.Value, text)
		}
		parts = append(parts, form.Encode())
	}
	return strings.Join(parts, " ")
}

// fault says what is wrong with an issuer. Its secret is read when the server
// starts.
func (i Issuer) fault() error {
	if i.Kind != "" && i.Kind != kindEntra {
		return fmt.Errorf("kind %q is not one there is: entra, or none", i.Kind)
	}
	return i.config("").Fault()
}

// kindEntra is the kind of an issuer whose people are known by tid and oid.
const kindEntra = "entra"

func (i Issuer) config(secret string) people.IssuerConfig {
	return people.IssuerConfig{
		ID: i.ID, Name: i.Name, URL: i.URL, ClientID: i.ClientID, Secret: secret, Tenants: i.Tenants, Entra: i.Kind == kindEntra,
	}
}

// maxSecretFile bounds a secret: a wrong path should not fill the memory.
const maxSecretFile = 4 << 10

// peopleIssuers are the configured issuers with their secrets.
func (c *Config) peopleIssuers() ([]people.IssuerConfig, error) {
	var out []people.IssuerConfig
	for _, i := range c.SignIn.Issuers {
		secret := ""
		if i.SecretFile != "" {
			text, err := os.ReadFile(i.SecretFile)
			if err != nil {
				return nil, fmt.Errorf("sign_in.issuers %s: secret_file: %w", i.ID, err)
			}
			if len(text) > maxSecretFile {
				return nil, fmt.Errorf("sign_in.issuers %s: secret_file: it is longer than a secret", i.ID)
			}
			secret = strings.TrimSpace(string(text))
		}
		out = append(out, i.config(secret))
	}
	return out, nil
}
