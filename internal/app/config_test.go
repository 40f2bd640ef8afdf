package app_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/wardbridge/wardbridge/internal/app"
)

// values are one value other than the default for every setting.
var values = map[string]string{
	"data": "/srv/w", "listen": "127.0.0.1:9999", "public_url": "https://fhir.example.org",
	"tls.cert": "c.pem", "tls.key": "k.pem", "trusted_proxies": "10.0.0.0/8,192.0.2.7",
	"log.level": "debug", "log.format": "json",
	"outbound.allow": "192.168.0.0/16", "outbound.timeout": "3s", "outbound.ca_file": "ca.pem",
	"limits.body_bytes": "1MiB", "limits.depth": "32", "limits.batch_entries": "400", "limits.batch_parallel": "3", "limits.url_bytes": "8KiB",
	"limits.header_bytes": "32KiB", "limits.header_time": "5s", "limits.request_time": "20s", "limits.idle_time": "1m", "limits.drain_time": "7s",
	"tokens.lifetime": "10m", "tokens.algorithm": "RS256", "tokens.rotation": "60d",
	"rate.client": "7.5", "rate.address": "9", "sign_in.local": "false",
	"sign_in.issuers":          "client_id=w&id=hospital&name=General+Hospital&secret_file=s.txt&tenants=11111111-1111-4111-8111-111111111111%2C22222222-2222-4222-8222-222222222222&url=https%3A%2F%2Flogin.example.org client_id=v&id=b&url=https%3A%2F%2Fb.example.org",
	"patients.partners":        "client_id=w&id=hospital&link=https%3A%2F%2Fehr.example.org%2Ffhir&secret_file=s.txt",
	"patients.frame_ancestors": "https://portal.example.org,https://*.example.net",
	"metrics.listen":           "127.0.0.1:9090", "tracing.endpoint": "http://127.0.0.1:4318",
	"keys.dir": "/etc/w/keys", "page.default_count": "20", "page.max_count": "200",
}

func prefixCompare() cmp.Option {
	return cmp.Transformer("text", func(c app.Config) map[string]string {
		out := map[string]string{}
		for _, f := range app.Fields(&c) {
			out[f.Path] = f.String()
		}
		return out
	})
}

func none(string) (string, bool) { return "", false }

// TestSameMeaning holds that a value means the same in the file, in the
// environment and as a flag.
func TestSameMeaning(t *testing.T) {
	env, flags, tree := map[string]string{}, map[string]string{}, map[string]any{}
	base := app.Defaults()
	for _, f := range app.Fields(&base) {
		v, ok := values[f.Path]
		if !ok {
			t.Fatalf("the test has no value for %s: add one", f.Path)
		}
		env[f.Env()], flags[f.Path] = v, v
		group, key, nested := strings.Cut(f.Path, ".")
		if !nested {
			tree[group] = v
			continue
		}
		if tree[group] == nil {
			tree[group] = map[string]any{}
		}
		tree[group].(map[string]any)[key] = v
	}
	text, err := yaml.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "w.yml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	got := map[string]app.Config{}
	for name, src := range map[string]app.Source{
		"file":        {File: file, Lookup: none},
		"environment": {Lookup: func(k string) (string, bool) { v, ok := env[k]; return v, ok }},
		"flags":       {Lookup: none, Flags: flags},
	} {
		c, err := app.LoadConfig(app.Defaults(), src)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got[name] = c
		for _, f := range app.Fields(&c) {
			def := app.Defaults()
			for _, d := range app.Fields(&def) {
				if d.Path == f.Path && d.String() == f.String() {
					t.Errorf("%s: %s still has its default %q", name, f.Path, f.String())
				}
			}
		}
	}
	for _, name := range []string{"environment", "flags"} {
		if diff := cmp.Diff(got["file"], got[name], prefixCompare()); diff != "" {
			t.Errorf("file and %s differ (-file +%s):\n%s", name, name, diff)
		}
	}
}

func TestPrecedence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "w.yml")
	if err := os.WriteFile(file, []byte("log:\n  level: warn\n  format: json\nlisten: 127.0.0.1:1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := func(k string) (string, bool) {
		v, ok := map[string]string{"WARDBRIDGE_LOG_LEVEL": "error", "WARDBRIDGE_LISTEN": "127.0.0.1:2"}[k]
		return v, ok
	}
	c, err := app.LoadConfig(app.Defaults(), app.Source{File: file, Lookup: env, Flags: map[string]string{"listen": "127.0.0.1:3"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ what, got, want string }{
		{"default", c.Tokens.Algorithm, "ES256"},
		{"file over default", c.Log.Format, "json"},
		{"environment over file", c.Log.Level, "error"},
		{"flag over environment", c.Listen, "127.0.0.1:3"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.what, tc.got, tc.want)
		}
	}
}

// TestTemplate holds that the commented file decodes, is nothing but the
// defaults, and names every setting.
func TestTemplate(t *testing.T) {
	file := filepath.Join(t.TempDir(), "w.yml")
	if err := os.WriteFile(file, app.Template, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := app.LoadConfig(app.Defaults(), app.Source{File: file, Lookup: none})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(app.Defaults(), c, prefixCompare()); diff != "" {
		t.Errorf("the template differs from the defaults (-defaults +template):\n%s", diff)
	}
	// With every comment that is a setting made one, it still decodes.
	var all []string
	for line := range strings.SplitSeq(string(app.Template), "\n") {
		bare := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "# "))
		if key, _, ok := strings.Cut(bare, ": "); ok && strings.HasPrefix(strings.TrimSpace(line), "# ") && !strings.Contains(key, " ") {
			indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
			line = indent + bare
		}
		all = append(all, line)
	}
	// Lists are there twice then: empty, and as an example.
	text := regexp.MustCompile(`(?m)^ *(trusted_proxies|issuers|partners|frame_ancestors): \[\]\n`).ReplaceAllString(strings.Join(all, "\n"), "")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := app.LoadConfig(app.Defaults(), app.Source{File: file, Lookup: none}); err != nil {
		t.Errorf("the template with its comments opened: %v\n%s", err, text)
	}
	for _, f := range app.Fields(&c) {
		key := f.Path[strings.LastIndexByte(f.Path, '.')+1:]
		if !strings.Contains(string(app.Template), key+":") {
			t.Errorf("the template does not name %s", f.Path)
		}
	}
}

// TestEveryFaultAtOnce holds that nobody has to mend a file one error at a
// time.
func TestEveryFaultAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "w.yml")
	text := `listen: nowhere
lisen: typo
log: {level: loud, colour: blue}
limits:
  body_bytes: many
  batch_entries: 10
tls: {cert: only.pem}
trusted_proxies: [10.0.0.0/8, here]
rate: fast
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env := func(k string) (string, bool) { return "soon", k == "WARDBRIDGE_LIMITS_REQUEST_TIME" }
	_, err := app.LoadConfig(app.Defaults(), app.Source{File: file, Lookup: env, Flags: map[string]string{"page.max_count": "0"}})
	if err == nil {
		t.Fatal("a file full of faults was taken")
	}
	for _, want := range []string{
		`line 2: lisen: unknown key, did you mean "listen"?`, "line 3: log.colour: unknown key", `log.level: "loud" is not one of`,
		"line 5: limits.body_bytes: want a size", "limits.batch_entries: 10 is not between 256", "tls: cert and key go together",
		`trusted_proxies: "here" is not a network`, "line 9: rate: want keys and values", `listen: "nowhere" is not host:port`,
		"environment WARDBRIDGE_LIMITS_REQUEST_TIME (limits.request_time): want a duration", "page.max_count: 0 is not between",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
}

func FuzzConfigFile(f *testing.F) {
	f.Add(app.Template)
	for _, s := range []string{"", "a: b", "log: {level: debug}", "listen: &a x\ndata: *a", "? [a]\n: b", "limits:\n  body_bytes: 9223372036854775807GiB", "---\n---\n", "log: &l\n  level: *l"} {
		f.Add([]byte(s))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		file := filepath.Join(dir, "w.yml")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := app.LoadConfig(app.Defaults(), app.Source{File: file, Lookup: none})
		if err == nil && c.Validate() != nil {
			t.Fatalf("a configuration was taken that is not valid: %v", c.Validate())
		}
	})
}
