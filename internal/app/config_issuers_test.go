package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/app"
)

// TestIssuers holds that a list of issuers in the file means what the flag and
// the variable mean, and that mistakes are named.
func TestIssuers(t *testing.T) {
	hospital := app.Issuer{ID: "hospital", Name: "General & Hospital", URL: "https://login.example.org", ClientID: "w", SecretFile: "/etc/s"}
	shared := app.Issuer{
		ID: "entra", URL: "https://login.microsoftonline.com/organizations/v2.0", ClientID: "w",
		Tenants: []string{"11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"},
	}
	const hospitalYAML = "{id: hospital, name: General & Hospital, url: 'https://login.example.org', client_id: w, secret_file: /etc/s}"
	for _, tc := range []struct {
		name, yaml string
		want       app.Issuers
		fault      string
	}{
		{"one", "[" + hospitalYAML + "]", app.Issuers{hospital}, ""},
		{
			"two, one with tenants", "[" + hospitalYAML + `, {id: entra, url: "https://login.microsoftonline.com/organizations/v2.0", client_id: w,
    tenants: [11111111-1111-4111-8111-111111111111, 22222222-2222-4222-8222-222222222222]}]`, app.Issuers{hospital, shared}, "",
		},
		{"as text", "[id=hospital&name=General+%26+Hospital&url=https%3A%2F%2Flogin.example.org&client_id=w&secret_file=%2Fetc%2Fs]", app.Issuers{hospital}, ""},
		{
			"Entra at a host of one's own", "[{id: own, url: 'https://login.example.org/v2.0', client_id: w, kind: entra, tenants: [11111111-1111-4111-8111-111111111111]}]",
			app.Issuers{{ID: "own", URL: "https://login.example.org/v2.0", ClientID: "w", Kind: "entra", Tenants: shared.Tenants[:1]}},
			"",
		},
		{"none", "[]", app.Issuers{}, ""},
		{"an unknown key", "[{id: a, uri: x}]", nil, `sign_in.issuers: unknown key "uri"`},
		{"a key given twice", "[{id: a, id: b}]", nil, "sign_in.issuers: id is given twice"},
		{"a list in place of an issuer", "[[a]]", nil, "sign_in.issuers: want keys and values"},
		{"no client id", "[{id: a, url: 'https://login.example.org'}]", nil, "sign_in.issuers[0]: id and client id are required"},
		{"of a kind there is not", "[{id: a, url: 'https://login.example.org', client_id: w, kind: saml}]", nil, `sign_in.issuers[0]: kind "saml"`},
		{"Entra elsewhere, for everybody", "[{id: a, url: 'https://login.example.org', client_id: w, kind: entra}]", nil, "speaks for in tenants"},
		{"open to everybody", "[{id: a, url: 'https://login.microsoftonline.com/common/v2.0', client_id: w}]", nil, "name your own in tenants"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "w.yml")
			if err := os.WriteFile(file, []byte("sign_in:\n  issuers: "+tc.yaml+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := app.LoadConfig(app.Defaults(), app.Source{File: file, Lookup: none})
			if tc.fault != "" {
				if err == nil || !strings.Contains(err.Error(), tc.fault) {
					t.Fatalf("%v, want %q", err, tc.fault)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, c.SignIn.Issuers); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			text, err := c.SignIn.Issuers.MarshalText()
			if err != nil {
				t.Fatal(err)
			}
			var again app.Issuers
			if err := again.UnmarshalText(text); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, again); diff != "" {
				t.Errorf("read back from %q (-want +got):\n%s", text, diff)
			}
		})
	}
}
