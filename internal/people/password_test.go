package people

import (
	"context"
	"errors"
	"strings"
	"testing"
)

var quick = Hashing{Memory: 64, Passes: 1}

func TestHash(t *testing.T) {
	t.Parallel()
	h := newHasher(quick)
	ctx := t.Context()
	one, err := h.hash(ctx, "three ferries at dawn")
	if err != nil {
		t.Fatal(err)
	}
	two, err := h.hash(ctx, "three ferries at dawn")
	if err != nil {
		t.Fatal(err)
	}
	if one == two {
		t.Error("the same password twice has the same hash: the salt is missing")
	}
	if want := "$argon2id$v=19$m=64,t=1,p=1$"; !strings.HasPrefix(one, want) {
		t.Errorf("hash %s, want its parameters: %s…", one, want)
	}
	strong := newHasher(Hashing{Memory: 128, Passes: 2})
	for _, tc := range []struct {
		name             string
		h                *hasher
		stored, password string
		ok, renew        bool
	}{
		{"right", h, one, "three ferries at dawn", true, false},
		{"right, composed otherwise", h, mustHash(t, h, "Zo\u00eb has 12 letters"), "Zoe\u0308 has 12 letters", true, false},
		{"wrong", h, one, "three ferries at dusk", false, false},
		{"by stronger parameters now", strong, one, "three ferries at dawn", true, true},
		{"of nobody", h, "", "three ferries at dawn", false, false},
		{"of nobody, empty", h, "", "", false, false},
	} {
		ok, renew, err := tc.h.check(ctx, tc.stored, tc.password)
		if err != nil || ok != tc.ok || renew != tc.renew {
			t.Errorf("%s: %v, renew %v, %v; want %v, %v", tc.name, ok, renew, err, tc.ok, tc.renew)
		}
	}
}

func mustHash(t *testing.T, h *hasher, password string) string {
	t.Helper()
	s, err := h.hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// An unknown username goes the way of a known one: it waits for its turn, and
// asks for the same memory and passes.
func TestUnknownUsernameCostsTheSame(t *testing.T) {
	t.Parallel()
	h := newHasher(Hashing{Memory: 64, Passes: 1, AtOnce: 1})
	stored := mustHash(t, h, "three ferries at dawn")
	known, _, _, err := parseHash(stored)
	if err != nil {
		t.Fatal(err)
	}
	decoy, salt, _, err := parseHash(h.decoy)
	if err != nil || known != decoy || len(salt) != saltBytes {
		t.Errorf("a known username costs %+v, an unknown one %+v, %v", known, decoy, err)
	}
	h.turns <- struct{}{} // all turns are taken
	for name, stored := range map[string]string{"known": stored, "unknown": ""} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := h.check(ctx, stored, "x"); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v: it did not wait for its turn to hash", name, err)
		}
	}
}

func TestStoredHashesThatAreRefused(t *testing.T) {
	t.Parallel()
	good := mustHash(t, newHasher(quick), "three ferries at dawn")
	for name, change := range map[string][2]string{
		"another algorithm":   {"argon2id", "argon2i"},
		"another version":     {"v=19", "v=16"},
		"no parameters":       {"m=64,t=1,p=1", "x"},
		"memory for a denial": {"m=64", "m=4294967295"},
		"passes for a denial": {"t=1", "t=4294967295"},
		"no threads":          {"p=1", "p=0"},
		"no salt":             {"p=1$", "p=1$$"},
		"not base64":          {"p=1$", "p=1$?"},
	} {
		stored := strings.Replace(good, change[0], change[1], 1)
		if stored == good {
			t.Fatalf("%s: nothing was changed in %s", name, good)
		}
		if ok, _, err := newHasher(quick).check(t.Context(), stored, "three ferries at dawn"); ok || err == nil {
			t.Errorf("%s: taken: %v, %v", name, ok, err)
		}
	}
}

func FuzzParseHash(f *testing.F) {
	h := newHasher(quick)
	f.Add(h.decoy)
	f.Add("$argon2id$v=19$m=65536,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$")
	f.Add("$$$$$")
	f.Fuzz(func(t *testing.T, text string) {
		cfg, salt, key, err := parseHash(text)
		if err == nil && (cfg.Memory > maxMemory || cfg.Passes > maxPasses || cfg.Threads == 0 || len(salt) < 8 || len(key) != keyBytes) {
			t.Errorf("%q is taken as %+v", text, cfg)
		}
	})
}
