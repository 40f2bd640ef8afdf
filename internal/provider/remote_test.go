package provider_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/db/sqlite"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider"
	"github.com/wardbridge/wardbridge/internal/provider/credential"
	"github.com/wardbridge/wardbridge/internal/seal"
)

const theSecret = "correct-horse-battery-staple"

func bearer() provider.Secrets {
	return provider.Secrets{Auth: credential.Secret{Value: theSecret}}
}

func elsewhere(name string) provider.Provider {
	return provider.Provider{
		Name: name, Version: fhir.R4, Zone: "Europe/Oslo",
		Remote: &provider.Remote{
			URL: " https://ehr.example.org/fhir/R4/metadata ", Headers: map[string]string{"X-Site": "{tenant}"}, Timeout: provider.Duration(5 * time.Second),
			Auth: credential.Settings{Method: "bearer"},
		},
	}
}

func TestRemote(t *testing.T) {
	t.Parallel()
	s, path := town(t)
	ctx := t.Context()
	added, err := s.AddRemote(ctx, "test", elsewhere("clinic"), bearer())
	ok(t, err)
	if added.Kind != provider.KindRemote || added.Remote.URL != "https://ehr.example.org/fhir/R4" || added.Revision != 1 {
		t.Errorf("added %+v", added)
	}
	_, err = s.MapTenant(ctx, "test", provider.Tenant{ID: tenantC, Provider: "clinic"})
	ok(t, err)
	other, _ := open(t, path)
	for _, s := range []*provider.Service{s, other} {
		p, _, err := s.Resolve(tenantC)
		ok(t, err)
		if p.Remote == nil || p.Remote.Headers["X-Site"] != "{tenant}" || time.Duration(p.Remote.Timeout) != 5*time.Second || p.Version != fhir.R4 {
			t.Errorf("resolved %+v", p)
		}
		if sec, err := s.Secrets("clinic"); err != nil || sec.Auth.Value != theSecret {
			t.Errorf("secrets: %v", err)
		}
		if s.Serves(tenantC, "") {
			t.Error("a remote provider serves a store")
		}
	}
	ok(t, s.SaveObserved(ctx, "clinic", []byte(`{"seen":1}`)))
	ok(t, s.SaveObserved(ctx, "nobody", []byte(`{}`)))
	changed, err := s.ChangeRemote(ctx, "test", "clinic", func(p *provider.Provider, sec *provider.Secrets) error {
		p.Remote.Search, sec.Auth.Value = provider.SearchGet, theSecret+"2"
		return nil
	})
	ok(t, err)
	if sec, err := s.Secrets("clinic"); err != nil || sec.Auth.Value != theSecret+"2" || changed.Revision != 2 || changed.Remote.Search != "get" {
		t.Errorf("changed %+v, %v", changed, err)
	}
	if seen, err := s.Observed(ctx, "clinic"); err != nil || string(seen) != "{}" {
		t.Errorf("observed after a change: %s, %v", seen, err)
	}
	if _, err := s.ChangeRemote(ctx, "test", "north-hospital", func(*provider.Provider, *provider.Secrets) error { return nil }); !errors.Is(err, provider.ErrInvalid) {
		t.Errorf("changing an embedded provider: %v", err)
	}
	ok(t, s.UnmapTenant(ctx, "test", tenantC))
	ok(t, s.RemoveProvider(ctx, "test", "clinic"))
	if len(s.Snapshot().Sealed) != 0 {
		t.Error("the secrets outlive the provider")
	}
}

// The file holds no secret in clear, and another installation's key, or another
// provider's row, opens nothing.
func TestSecretsAtRest(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), sqlite.MainFile)
	s, db := open(t, path)
	ctx := t.Context()
	_, err := s.AddRemote(ctx, "test", elsewhere("clinic"), bearer())
	ok(t, err)
	for _, f := range []string{path, path + "-wal"} {
		b, err := os.ReadFile(f)
		ok(t, err)
		if bytes.Contains(b, []byte(theSecret)) || bytes.Contains(b, []byte("horse")) {
			t.Errorf("%s holds the secret", filepath.Base(f))
		}
	}
	stranger, err := seal.NewBox(seal.NewRing())
	ok(t, err)
	elsewhereService, err := provider.New(provider.Config{Storage: db, Box: stranger})
	ok(t, err)
	ok(t, elsewhereService.Reload(ctx))
	if _, err := elsewhereService.Secrets("clinic"); err == nil || strings.Contains(err.Error(), "horse") || !strings.Contains(err.Error(), "provider set") {
		t.Errorf("with another key: %v", err)
	}
	moved := s.Snapshot().Sealed["clinic"]
	_, err = s.AddRemote(ctx, "test", elsewhere("other"), provider.Secrets{})
	if err == nil {
		ok(t, db.ChangeProviders(ctx, &provider.Change{Actor: "test", Operation: "x"}, func(c2 context.Context, tx provider.Tx) error {
			return tx.PutSealed(c2, "other", moved)
		}))
		ok(t, s.Reload(ctx))
		if _, err := s.Secrets("other"); err == nil {
			t.Error("secrets of another row were opened")
		}
	}
}

func TestRemoteMistakes(t *testing.T) {
	t.Parallel()
	s, _ := town(t)
	zero := -1
	for want, break1 := range map[string]func(r *provider.Remote){
		"absolute URL":                     func(r *provider.Remote) { r.URL = "ehr.example.org/fhir" },
		"holds a user":                     func(r *provider.Remote) { r.URL = "https://u:p@ehr.example.org/fhir" },
		"in lower case":                    func(r *provider.Remote) { r.URL = "https://ehr.example.org/{Tenant}/fhir" },
		". and .. in its path":             func(r *provider.Remote) { r.URL = "https://ehr.example.org/a/../{tenant}" },
		"is no port":                       func(r *provider.Remote) { r.URL = "https://ehr.example.org:99999/fhir" },
		"media type \"json\"":              func(r *provider.Remote) { r.MediaType = "json" },
		"media type \"a/b; c=\\r\\nX: y\"": func(r *provider.Remote) { r.MediaType = "a/b; c=\r\nX: y" },
		"not in the host":                  func(r *provider.Remote) { r.URL = "https://{tenant}.example.org/fhir" },
		"never sent":                       func(r *provider.Remote) { r.URL = "https://ehr.example.org/fhir#x" },
		"not a header name":                func(r *provider.Remote) { r.Headers = map[string]string{"a b": "x"} },
		"use --auth":                       func(r *provider.Remote) { r.Headers = map[string]string{"authorization": "x"} },
		"cannot be sent":                   func(r *provider.Remote) { r.Headers = map[string]string{"X-A": "a\r\nb"} },
		"no PEM certificate":               func(r *provider.Remote) { r.CA = "x" },
		"without its key":                  func(r *provider.Remote) { r.Certificate = "x" },
		"without a user":                   func(r *provider.Remote) { r.Proxy = "http://u:p@proxy" },
		"get or post":                      func(r *provider.Remote) { r.Search = "put" },
		"single or whole":                  func(r *provider.Remote) { r.Batches = "half" },
		"concurrency":                      func(r *provider.Remote) { r.Concurrency = -1 },
		"queue: want 0":                    func(r *provider.Remote) { r.Queue = 1 << 20 },
		"retries: want 0 to 5":             func(r *provider.Remote) { r.Retries = &zero },
		"timeout: want 0s":                 func(r *provider.Remote) { r.Timeout = provider.Duration(time.Hour) },
		"cache: want 0s":                   func(r *provider.Remote) { r.CacheFor = provider.Duration(time.Hour) },
	} {
		p := elsewhere("clinic")
		break1(p.Remote)
		if _, err := s.AddRemote(t.Context(), "test", p, bearer()); !errors.Is(err, provider.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
	p := elsewhere("clinic")
	p.Version = 0
	if _, err := s.AddRemote(t.Context(), "test", p, bearer()); !errors.Is(err, provider.ErrInvalid) {
		t.Errorf("no version: %v", err)
	}
}
