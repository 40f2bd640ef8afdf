package provider_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/db/sqlite"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider"
	"github.com/wardbridge/wardbridge/internal/seal"
)

func TestMain(m *testing.M) { await.Main(m) }

const (
	tenantA = "11111111-1111-4111-8111-111111111111"
	tenantB = "22222222-2222-4222-8222-222222222222"
	tenantC = "33333333-3333-4333-8333-333333333333"
)

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, path string) (*provider.Service, *sqlite.DB) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	ok(t, err)
	t.Cleanup(func() { ok(t, db.Close()) })
	s, err := provider.New(provider.Config{Storage: db, Box: box(t)})
	ok(t, err)
	ok(t, s.Reload(t.Context()))
	return s, db
}

// box is the same in every test, as all processes of an installation share it.
func box(t testing.TB) *seal.Box {
	t.Helper()
	b, err := seal.NewBox(ring)
	ok(t, err)
	return b
}

var ring = seal.NewRing()

// town has two stores, two providers and two tenants on the first.
func town(t testing.TB) (s *provider.Service, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), sqlite.MainFile)
	s, _ = open(t, path)
	ctx := t.Context()
	for name, v := range map[string]fhir.Version{"north": fhir.STU3, "south": fhir.R4} {
		_, err := s.CreateStore(ctx, "test", provider.Store{Name: name, Version: v})
		ok(t, err)
		_, err = s.AddProvider(ctx, "test", provider.Provider{Name: name + "-hospital", Store: name, Zone: "Europe/Oslo"})
		ok(t, err)
	}
	for _, id := range []string{tenantA, "{" + strings.ToUpper(tenantB) + "}"} {
		_, err := s.MapTenant(ctx, "test", provider.Tenant{ID: id, Provider: "north-hospital", Label: "Ward 4", MRN: []provider.MRN{{System: "urn:x"}}})
		ok(t, err)
	}
	return s, path
}

func kindOf(err error) fhir.Kind {
	if fe, ok := errors.AsType[*fhir.Error](err); ok {
		return fe.Kind
	}
	return fhir.KindInternal
}

func TestResolve(t *testing.T) {
	t.Parallel()
	s, path := town(t)
	ctx := t.Context()
	p, tn, err := s.Resolve("{" + strings.ToUpper(tenantB) + "}")
	ok(t, err)
	if p.Name != "north-hospital" || p.Version != fhir.STU3 || p.Location().String() != "Europe/Oslo" || tn.ID != tenantB || tn.MRN[0].System != "urn:x" {
		t.Errorf("resolved %+v, %+v", p, tn)
	}
	if !s.Exists(tenantA) || s.Exists(tenantC) || !s.Serves(tenantA, "north") || s.Serves(tenantA, "south") {
		t.Error("Exists or Serves is wrong")
	}
	for _, id := range []string{tenantC, "", "x", tenantA + " ", "{" + tenantA} {
		if _, _, err := s.Resolve(id); kindOf(err) != fhir.KindForbidden {
			t.Errorf("tenant %q: %v, want KindForbidden", id, err)
		}
	}
	steps := []struct {
		name     string
		do, undo func() error
	}{
		{
			"tenant suspended",
			func() error { _, err := s.SuspendTenant(ctx, "test", tenantA, true); return err },
			func() error { _, err := s.SuspendTenant(ctx, "test", tenantA, false); return err },
		},
		{
			"provider suspended",
			func() error { _, err := s.SuspendProvider(ctx, "test", "north-hospital", true); return err },
			func() error { _, err := s.SuspendProvider(ctx, "test", "north-hospital", false); return err },
		},
		{
			"unmapped",
			func() error { return s.UnmapTenant(ctx, "test", tenantA) },
			func() error {
				_, err := s.MapTenant(ctx, "test", provider.Tenant{ID: tenantA, Provider: "south-hospital"})
				return err
			},
		},
	}
	other, _ := open(t, path) // another process sees it when it reloads
	for _, step := range steps {
		ok(t, step.do())
		ok(t, other.Reload(ctx))
		for _, svc := range []*provider.Service{s, other} {
			if _, _, err := svc.Resolve(tenantA); kindOf(err) != fhir.KindForbidden || svc.Serves(tenantA, "north") {
				t.Errorf("%s: %v, want KindForbidden", step.name, err)
			}
		}
		ok(t, step.undo())
		if _, _, err := s.Resolve(tenantA); err != nil {
			t.Errorf("%s and back: %v", step.name, err)
		}
	}
	if p, _, _ := s.Resolve(tenantA); p.Name != "south-hospital" {
		t.Errorf("moved to %s, want south-hospital", p.Name)
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	s, _ := town(t)
	ctx := t.Context()
	e := func(_ any, err error) error { return err }
	tests := []struct {
		name string
		err  error
		want error
	}{
		{"store name with a path", e(s.CreateStore(ctx, "test", provider.Store{Name: "../x", Version: fhir.R4})), provider.ErrInvalid},
		{"store name in upper case", e(s.CreateStore(ctx, "test", provider.Store{Name: "North", Version: fhir.R4})), provider.ErrInvalid},
		{"store without version", e(s.CreateStore(ctx, "test", provider.Store{Name: "x"})), provider.ErrInvalid},
		{"store twice", e(s.CreateStore(ctx, "test", provider.Store{Name: "north", Version: fhir.R4})), provider.ErrConflict},
		{"no actor", e(s.CreateStore(ctx, "", provider.Store{Name: "x", Version: fhir.R4})), provider.ErrInvalid},
		{"store in use", s.RemoveStore(ctx, "test", "north"), provider.ErrConflict},
		{"no such store", s.RemoveStore(ctx, "test", "west"), provider.ErrNotFound},
		{"open no store", e(s.SetStoreOpen(ctx, "test", "west", true)), provider.ErrNotFound},
		{"provider of no store", e(s.AddProvider(ctx, "test", provider.Provider{Name: "x", Store: "west"})), provider.ErrNotFound},
		{"provider without store", e(s.AddProvider(ctx, "test", provider.Provider{Name: "x"})), provider.ErrInvalid},
		{"provider of another kind", e(s.AddProvider(ctx, "test", provider.Provider{Name: "x", Kind: "fax", Store: "north"})), provider.ErrInvalid},
		{"provider of another version", e(s.AddProvider(ctx, "test", provider.Provider{Name: "x", Store: "north", Version: fhir.R4})), provider.ErrInvalid},
		{"zone", e(s.AddProvider(ctx, "test", provider.Provider{Name: "x", Store: "north", Zone: "Mars/Base"})), provider.ErrInvalid},
		{"zone of the machine", e(s.AddProvider(ctx, "test", provider.Provider{Name: "x", Store: "north", Zone: "Local"})), provider.ErrInvalid},
		{"zone as a path", e(s.AddProvider(ctx, "test", provider.Provider{Name: "x", Store: "north", Zone: "../../etc/passwd"})), provider.ErrInvalid},
		{"provider twice", e(s.AddProvider(ctx, "test", provider.Provider{Name: "north-hospital", Store: "north"})), provider.ErrConflict},
		{"provider in use", s.RemoveProvider(ctx, "test", "north-hospital"), provider.ErrConflict},
		{"no such provider", s.RemoveProvider(ctx, "test", "x"), provider.ErrNotFound},
		{"suspend no provider", e(s.SuspendProvider(ctx, "test", "x", true)), provider.ErrNotFound},
		{"read no provider", e(s.GetProvider(ctx, "x")), provider.ErrNotFound},
		{"read no store", e(s.GetStore(ctx, "x")), provider.ErrNotFound},
		{"tenant that is no GUID", e(s.MapTenant(ctx, "test", provider.Tenant{ID: "contoso", Provider: "north-hospital"})), provider.ErrInvalid},
		{"tenant of no provider", e(s.MapTenant(ctx, "test", provider.Tenant{ID: tenantC, Provider: "x"})), provider.ErrNotFound},
		{"empty number rule", e(s.MapTenant(ctx, "test", provider.Tenant{ID: tenantC, Provider: "north-hospital", MRN: []provider.MRN{{}}})), provider.ErrInvalid},
		{"unmap what is not", s.UnmapTenant(ctx, "test", tenantC), provider.ErrNotFound},
		{"suspend what is not", e(s.SuspendTenant(ctx, "test", tenantC, true)), provider.ErrNotFound},
		{"label of two lines", e(s.MapTenant(ctx, "test", provider.Tenant{ID: tenantC, Provider: "north-hospital", Label: "a\nb"})), provider.ErrInvalid},
	}
	for _, tt := range tests {
		if !errors.Is(tt.err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, tt.err, tt.want)
		}
	}
	// In the right order everything goes.
	ok(t, s.UnmapTenant(ctx, "test", tenantA))
	ok(t, s.UnmapTenant(ctx, "test", tenantB))
	ok(t, s.RemoveProvider(ctx, "test", "north-hospital"))
	ok(t, s.RemoveStore(ctx, "test", "north"))
	list, err := s.ListStores(ctx)
	ok(t, err)
	if len(list) != 1 || list[0].Name != "south" {
		t.Errorf("stores left: %v", list)
	}
	if _, err := s.Store("north"); kindOf(err) != fhir.KindNotFound {
		t.Errorf("a removed store: %v, want KindNotFound", err)
	}
}

// Mapping again moves a tenant and keeps its suspension, so that moving is no
// way around it.
func TestRemap(t *testing.T) {
	t.Parallel()
	s, _ := town(t)
	ctx := t.Context()
	_, err := s.SuspendTenant(ctx, "test", tenantA, true)
	ok(t, err)
	got, err := s.MapTenant(ctx, "test", provider.Tenant{ID: tenantA, Provider: "south-hospital"})
	ok(t, err)
	if !got.Suspended || got.Label != "Ward 4" || len(got.MRN) != 1 || got.Provider != "south-hospital" {
		t.Errorf("remapped %+v", got)
	}
}

// A change reaches a process that watches within the promised second.
func TestWatchedChange(t *testing.T) {
	t.Parallel()
	s, path := town(t)
	other, db := open(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	changed := make(chan struct{}, 16)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := db.Watch(ctx, 0, func() {
			if err := other.Reload(ctx); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
			changed <- struct{}{}
		}); err != nil {
			t.Error(err)
		}
	})
	<-changed
	start := time.Now()
	ok(t, s.UnmapTenant(ctx, "test", tenantA))
	await.That(t, "that the tenant is gone", func() bool { return !other.Exists(tenantA) })
	t.Logf("seen after %v", time.Since(start)) // a second on a machine that has time
	cancel()
	wg.Wait()
}

// Case and braces never matter, anything else always does.
func TestNormalizeTenant(t *testing.T) {
	t.Parallel()
	guid := rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	rapid.Check(t, func(rt *rapid.T) {
		id := guid.Draw(rt, "id")
		for _, s := range []string{id, strings.ToUpper(id), "{" + id + "}", "{" + strings.ToUpper(id) + "}"} {
			if got, ok := provider.NormalizeTenant(s); !ok || got != id {
				rt.Fatalf("%q: %q, %t", s, got, ok)
			}
		}
		b := []byte(id)
		i := rapid.IntRange(0, 35).Draw(rt, "at")
		b[i] = rapid.SampledFrom([]byte("gG zZ{}_/\x00.")).Draw(rt, "byte")
		if got, ok := provider.NormalizeTenant(string(b)); ok {
			rt.Fatalf("%q reads as %q", b, got)
		}
	})
}

func FuzzNormalizeTenant(f *testing.F) {
	f.Add(tenantA)
	f.Add("{" + strings.ToUpper(tenantA) + "}")
	f.Add("１１111111-1111-4111-8111-111111111111")
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := provider.NormalizeTenant(s)
		if again, fine := provider.NormalizeTenant(got); ok && (!fine || again != got) {
			t.Errorf("%q reads as %q, which reads as %q, %t", s, got, again, fine)
		}
	})
}

func BenchmarkResolve(b *testing.B) {
	s, _ := town(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := s.Resolve(tenantA); err != nil {
			b.Fatal(err)
		}
	}
}
