package provider_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider"
	"github.com/wardbridge/wardbridge/internal/provider/credential"
)

var presetKey = sync.OnceValue(func() string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
})

// given fills r and sec with what a preset asks the operator for.
func given(t *testing.T, p provider.Preset, r *provider.Remote) (sec provider.Secrets) {
	t.Helper()
	for _, n := range p.Needs {
		switch name, rest, _ := strings.Cut(n.Flag, " "); name {
		case "--client-id":
			r.Auth.ClientID = "ward"
		case "--client-secret-file":
			sec.Auth.Value = "secret"
		case "--private-key-file":
			sec.Auth.PrivateKey = presetKey()
			if p.Name == "google" {
				b, err := json.Marshal(map[string]string{
					"type": "service_account", "private_key": presetKey(), "private_key_id": "g1", "client_email": "ward@project.example.org",
				})
				if err != nil {
					t.Fatal(err)
				}
				sec.Auth.PrivateKey = string(b)
			}
		case "--key-id":
			r.Auth.KeyID = "k1"
		case "--token-url":
			r.Auth.TokenURL = "https://login.microsoftonline.com/dddddddd-0000-4000-8000-000000000000/oauth2/v2.0/token"
		case "--header":
			k, v, _ := strings.Cut(rest, "=")
			r.Headers = map[string]string{k: v}
		default:
			t.Fatalf("preset %s needs %s, which nothing gives", p.Name, n.Flag)
		}
	}
	return sec
}

// With what it asks for, and nothing else, a preset makes settings that a
// source takes; without any one of them it says which is missing.
func TestPresetsAreComplete(t *testing.T) {
	t.Parallel()
	var names []string
	for _, p := range provider.Presets() {
		names = append(names, p.Name)
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			wrong := func(v fhir.Version) bool { return !v.Valid() }
			if p.Title == "" || len(p.Versions) == 0 || !slices.IsSorted(p.Versions) || slices.ContainsFunc(p.Versions, wrong) {
				t.Errorf("title %q, versions %v: want both, versions oldest first", p.Title, p.Versions)
			}
			r := provider.Remote{URL: "https://ehr.example.org/fhir"}
			sec := given(t, p, &r)
			if err := p.Apply(&r); err != nil {
				t.Fatal(err)
			}
			r.Auth.Fill(sec.Auth)
			if missing := p.Missing(r, sec); len(missing) != 0 {
				t.Errorf("missing %v though all was given", missing)
			}
			if err := r.Auth.Validate(sec.Auth); err != nil {
				t.Errorf("with all that is asked for: %v", err)
			}
			once, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(once), provider.OriginPlaceholder) {
				t.Errorf("the origin is left to be told: %s", once)
			}
			if err := p.Apply(&r); err != nil {
				t.Fatal(err)
			}
			if twice, _ := json.Marshal(r); string(twice) != string(once) {
				t.Errorf("applied twice: %s, once: %s", twice, once)
			}
			bare := provider.Remote{URL: "https://ehr.example.org/fhir"}
			if err := p.Apply(&bare); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(p.Needs, p.Missing(bare, provider.Secrets{})); diff != "" {
				t.Errorf("missing when nothing was given (-needs +missing):\n%s", diff)
			}
		})
	}
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("presets are not sorted by name, or a name stands twice: %v", names)
	}
}

// What each preset says on the wire, as the vendor's documentation has it.
func TestPresetsSayWhatVendorsWant(t *testing.T) {
	t.Parallel()
	type m = map[string]string
	for name, want := range map[string]credential.Settings{
		"aidbox":        {Method: "client_secret_post", TokenURL: "https://ehr.example.org:8443/auth/token", ClientID: "ward"},
		"azure-fhir-v1": {Method: "client_secret_post", Params: m{"resource": "https://ehr.example.org:8443"}, ClientID: "ward"},
		"azure-health-data-services": {
			Method: "client_secret_post", Params: m{"scope": "https://ehr.example.org:8443/.default"}, ClientID: "ward",
			TokenURL: "https://login.microsoftonline.com/dddddddd-0000-4000-8000-000000000000/oauth2/v2.0/token",
		},
		"datica": {Method: "client_secret_post", Params: m{"scope": "{tenant}"}, ClientID: "ward"},
		"epic":   {Method: "private_key_jwt", Algorithm: "RS384", ClientID: "ward"},
		"google": {
			Method: "jwt_bearer", Algorithm: "RS256", TokenURL: "https://oauth2.googleapis.com/token", ClientID: "ward@project.example.org", KeyID: "g1", Subject: "-",
			Claims: m{"scope": "https://www.googleapis.com/auth/cloud-healthcare"},
		},
		"hapi":    {Method: "none"},
		"medplum": {Method: "client_secret_basic", ClientID: "ward"},
		"redox":   {Method: "private_key_jwt", Algorithm: "RS384", TokenURL: "https://api.redoxengine.com/v2/auth/token", ClientID: "ward", KeyID: "k1"},
	} {
		p, err := provider.FindPreset(name)
		if err != nil {
			t.Fatal(err)
		}
		r := provider.Remote{URL: "https://ehr.example.org:8443/{tenant}/fhir?x=1"}
		sec := given(t, p, &r)
		if err := p.Apply(&r); err != nil {
			t.Fatal(err)
		}
		r.Auth.Fill(sec.Auth)
		if diff := cmp.Diff(want, r.Auth); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestPresetLeavesWhatIsSet(t *testing.T) {
	t.Parallel()
	oracle, err := provider.FindPreset("oracle-health")
	if err != nil {
		t.Fatal(err)
	}
	r := provider.Remote{URL: "https://x.example.org/r4", Auth: credential.Settings{
		Method: credential.PrivateKeyJWT, Params: map[string]string{"scope": "system/Patient.read", "other": "1"}, TokenURL: "https://y/token",
	}}
	want := r.Auth
	if err := oracle.Apply(&r); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, r.Auth); diff != "" || r.Preset != "oracle-health" {
		t.Errorf("preset %q, (-set +applied):\n%s", r.Preset, diff)
	}
	google, err := provider.FindPreset("google")
	if err != nil {
		t.Fatal(err)
	}
	r = provider.Remote{URL: "https://x.example.org/r4", Auth: credential.Settings{Method: credential.Bearer}}
	if err := google.Apply(&r); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(credential.Settings{Method: credential.Bearer}, r.Auth); diff != "" {
		t.Errorf("a fixed token got token settings:\n%s", diff)
	}
}

func TestPresetTenantInThePath(t *testing.T) {
	t.Parallel()
	p, err := provider.FindPreset("hapi-tenant-path")
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"http://h/fhir": "http://h/fhir/{tenant}", "http://h/fhir/ ": "http://h/fhir/{tenant}", "http://h/{tenant}/fhir?a=1": "http://h/{tenant}/fhir?a=1",
		"http://h/fhir?a=1": "", "fhir": "",
	} {
		r := provider.Remote{URL: in}
		if err := p.Apply(&r); (err != nil) != (want == "") || (err == nil && r.URL != want) {
			t.Errorf("%q became %q, %v; want %q", in, r.URL, err, want)
		}
	}
	if _, err := provider.FindPreset("nobody"); err == nil || !strings.Contains(err.Error(), "redox") {
		t.Errorf("an unknown preset: %v; want the names there are", err)
	}
}

// The flags that pages may name.
var providerFlags = []string{
	"--url", "--preset", "--fhir-version", "--zone", "--auth", "--client-id", "--client-secret-file", "--private-key-file", "--key-id", "--algorithm",
	"--token-url", "--token-param", "--token-json", "--assertion-audience", "--username", "--password-file", "--api-key-header", "--api-key-file", "--bearer-file",
	"--header", "--secret-file", "--assertion-issuer", "--assertion-subject", "--queue", "--retries", "--hedge", "--cache-for", "--tenant",
	"--media-type", "--ca-file", "--client-cert-file", "--client-key-file", "--proxy", "--timeout", "--search", "--batches", "--concurrency", "--data",
}

// Each preset has a page that names it, shows its command line with all it
// needs, and uses no flag that does not exist.
func TestPresetPages(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	index, err := os.ReadFile(filepath.Join(root, "docs/providers/README.md"))
	if err != nil {
		t.Fatal(err)
	}
	flag := regexp.MustCompile(`--[a-z][a-z-]+`)
	for _, p := range provider.Presets() {
		page, err := os.ReadFile(filepath.Join(root, p.Doc))
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
			continue
		}
		if !strings.Contains(string(index), "`"+p.Name+"`") || !strings.Contains(string(index), "("+filepath.Base(p.Doc)+")") {
			t.Errorf("the index does not list preset %s with its page", p.Name)
		}
		if !strings.Contains(string(page), "--preset "+p.Name) {
			t.Errorf("%s does not show --preset %s", p.Doc, p.Name)
		}
		for _, n := range p.Needs {
			name, _, _ := strings.Cut(n.Flag, "=")
			if !strings.Contains(string(page), name) {
				t.Errorf("%s does not show %s, which preset %s needs", p.Doc, n.Flag, p.Name)
			}
		}
		for _, f := range flag.FindAllString(string(page), -1) {
			if !slices.Contains(providerFlags, f) {
				t.Errorf("%s names %s, which is not a flag", p.Doc, f)
			}
		}
	}
}
