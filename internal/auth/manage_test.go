package auth_test

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/auth"
	"github.com/wardbridge/wardbridge/internal/seal"
)

func TestSecretForm(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 200 {
		s := auth.MakeSecret()
		if !regexp.MustCompile(`^wbs_[0-9A-Za-z]{49}$`).MatchString(s) || seen[s] {
			t.Fatalf("secret %q", s)
		}
		seen[s] = true
		if err := auth.CheckSecret(s); err != nil {
			t.Errorf("%s: %v", s, err)
		}
		for _, bad := range []string{s[:len(s)-1], s + "0", "x" + s, strings.Replace(s, "wbs_", "wbs-", 1), swap(s)} {
			if auth.CheckSecret(bad) == nil && bad != s {
				t.Errorf("the mistyped %s passes for %s", bad, s)
			}
		}
	}
}

// swap exchanges two neighbours, the commonest typing mistake.
func swap(s string) string {
	b := []byte(s)
	b[10], b[11] = b[11], b[10]
	return string(b)
}

func TestValidation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	private := `{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"}]}`
	for name, c := range map[string]auth.Client{
		"no name":         {},
		"control in name": {Name: "a\nb"},
		"all and a list":  {Name: "a", Grant: auth.Grant{All: true, Tenants: []string{tenantA}}},
		"tenant":          {Name: "a", Grant: auth.Grant{Tenants: []string{"contoso"}}},
		"method":          {Name: "a", AuthMethods: []string{"none"}},
		"keys and URL":    {Name: "a", JWKS: `{"keys":[]}`, JWKSURI: "https://x.example/"},
		"no usable key":   {Name: "a", JWKS: `{"keys":[]}`},
		"private key":     {Name: "a", JWKS: private},
		"URL without TLS": {Name: "a", JWKSURI: "http://x.example/keys"},
		"URL with user":   {Name: "a", JWKSURI: "https://u:p@x.example/keys"},
		"URL of a file":   {Name: "a", JWKSURI: "file:///etc/passwd"},
	} {
		if _, err := w.CreateClient(ctx, "test", c); !errors.Is(err, auth.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
	if _, err := w.CreateClient(ctx, " ", auth.Client{Name: "a"}); !errors.Is(err, auth.ErrInvalid) {
		t.Errorf("no actor: %v, want ErrInvalid", err)
	}
	c, err := w.CreateClient(ctx, "test", auth.Client{Name: "a", Grant: auth.Grant{Tenants: []string{"{" + strings.ToUpper(tenantB) + "}", tenantA, tenantB}}})
	ok(t, err)
	if !regexp.MustCompile(`^wb_[2-9a-z]{5}-[2-9a-z]{5}$`).MatchString(c.ID) || c.Grant.String() != tenantA+" "+tenantB {
		t.Errorf("client %+v", c)
	}
	for name, call := range map[string]func() error{
		"secret of no client": func() error { _, _, err := w.AddSecret(ctx, "test", "wb_x", auth.NewSecret{}); return err },
		"no such secret":      func() error { _, err := w.RevokeSecret(ctx, "test", c.ID, "sec_x", false); return err },
		"rename no client":    func() error { _, err := w.RenameClient(ctx, "test", "wb_x", "b"); return err },
		"read no client":      func() error { _, _, err := w.GetClient(ctx, "wb_x"); return err },
	} {
		if err := call(); !errors.Is(err, auth.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
	if _, _, err := w.AddSecret(ctx, "test", c.ID, auth.NewSecret{Expires: w.clock.Now()}); !errors.Is(err, auth.ErrInvalid) {
		t.Errorf("a secret that has expired: %v", err)
	}
}

func TestParseOverlap(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"now": now, "0s": now, "1h": now.Add(time.Hour), "24h": now.Add(24 * time.Hour), " 7d ": now.AddDate(0, 0, 7),
		"2026-12-01": time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), "2026-11-23T14:00:00+01:00": now.Add(time.Hour),
	} {
		if got, err := auth.ParseOverlap(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "soon", "-1h", "-1d", "2026-11-22", "99999999d"} {
		if _, err := auth.ParseOverlap(text, now); !errors.Is(err, auth.ErrInvalid) {
			t.Errorf("%q: %v, want ErrInvalid", text, err)
		}
	}
}

// Each change leaves one record, in the same transaction, that names who made
// it and no secret; a change that fails leaves none.
func TestChangesAreRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	_, _, err := w.RegenerateSecret(ctx, "nurse@example", w.app1.ID, auth.NewSecret{}, w.clock.Now())
	ok(t, err)
	if _, err := w.RenameClient(ctx, "test", w.app1.ID, ""); err == nil {
		t.Fatal("an empty name was taken")
	}
	var body bytes.Buffer
	ok(t, w.db.AuditBlocks(ctx, 0, 1<<62, func(b audit.Block) error { body.Write(b.Body); return nil }))
	for _, op := range []string{"KeyRotate", "ClientCreate", "SecretAdd", "SecretRegenerate"} {
		if !strings.Contains(body.String(), `"operation":"`+op+`"`) {
			t.Errorf("no record of %s", op)
		}
	}
	text := body.String()
	if strings.Contains(text, "ClientRename") || strings.Contains(text, w.s1) || !strings.Contains(text, "nurse@example") || !strings.Contains(text, w.app1.ID) {
		t.Errorf("record: %s", text)
	}
}

// A secret is in the database as a keyed hash only, and opens with no other
// key.
func TestSecretsAreHashed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	st, err := w.db.LoadAuth(t.Context())
	ok(t, err)
	for _, s := range st.Secrets {
		if len(s.Hash) != 32 || bytes.Contains(s.Hash, []byte(w.s1[4:12])) {
			t.Errorf("stored secret %x", s.Hash)
		}
	}
	cfg := w.cfg
	cfg.Storage = w.db
	cfg.MAC, err = seal.NewMAC(seal.NewRing())
	ok(t, err)
	s, err := auth.New(cfg)
	ok(t, err)
	ok(t, s.Start(t.Context()))
	mustStatus(t, s, grant(w.app1, w.s1, tenantA), 401)
}

func TestNewChecksConfig(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, change := range map[string]func(*auth.Config){
		"storage":   func(c *auth.Config) { c.Storage = nil },
		"audit":     func(c *auth.Config) { c.Audit = nil },
		"lifetime":  func(c *auth.Config) { c.Lifetime = 72 * time.Hour },
		"algorithm": func(c *auth.Config) { c.Algorithm = "HS256" },
		"issuer":    func(c *auth.Config) { c.Issuer = issuer + "/" },
		"rotation":  func(c *auth.Config) { c.RotateEvery = time.Minute },
	} {
		cfg := w.cfg
		cfg.Storage = w.db
		change(&cfg)
		if _, err := auth.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
