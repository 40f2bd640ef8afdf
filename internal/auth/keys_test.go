package auth_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/auth"
	"github.com/wardbridge/wardbridge/internal/seal"
)

func keyStates(t *testing.T, s *auth.Service) string {
	t.Helper()
	keys, err := s.ListKeys(t.Context())
	ok(t, err)
	var out []string
	for _, k := range keys {
		out = append(out, k.State.String())
	}
	return strings.Join(out, " ")
}

// A key is published before it signs, signs, is published until its last token
// has expired, and goes.
func TestKeyLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	first := w.SigningKID()
	old := token(t, w.Service, w.app1, w.s1)

	next, err := w.RotateKeys(ctx, "test", false)
	ok(t, err)
	if set := keySet(t, w.Service); len(set.Key(next.ID)) != 1 || w.SigningKID() != first || keyStates(t, w.Service) != "active pending" {
		t.Fatalf("after rotation: signs %s, states %s", w.SigningKID(), keyStates(t, w.Service))
	}
	again, err := w.RotateKeys(ctx, "test", false)
	ok(t, err)
	if again.ID != next.ID {
		t.Error("a key was added though one waits already")
	}

	w.clock.Advance(10 * time.Minute)
	if w.SigningKID() != next.ID || keyStates(t, w.Service) != "retired active" {
		t.Fatalf("after the lead: signs %s, states %s", w.SigningKID(), keyStates(t, w.Service))
	}
	w.Forget()
	if _, err := w.Verify(ctx, old); err != nil {
		t.Errorf("a token of the retired key: %v", err)
	}
	late := token(t, w.Service, w.app1, w.s1)
	w.clock.Advance(49 * time.Minute)
	if len(keySet(t, w.Service).Key(first)) != 1 {
		t.Error("the retired key is gone before its last token")
	}
	w.clock.Advance(25 * time.Minute)
	if len(keySet(t, w.Service).Key(first)) != 0 {
		t.Error("the retired key is still published")
	}
	ok(t, w.Maintain(ctx))
	if got := keyStates(t, w.Service); got != "active" {
		t.Errorf("after maintenance: %s, want active", got)
	}
	_ = late

	// The schedule rotates in time for the lead.
	w.clock.Advance(30*24*time.Hour - 90*time.Minute)
	ok(t, w.Maintain(ctx))
	if got := keyStates(t, w.Service); got != "active" {
		t.Errorf("before it is due: %s", got)
	}
	w.clock.Advance(time.Hour)
	ok(t, w.Maintain(ctx))
	ok(t, w.Maintain(ctx))
	if got := keyStates(t, w.Service); got != "active pending" {
		t.Errorf("when it is due: %s, want active pending", got)
	}

	// In an emergency the next key signs at once.
	now, err := w.RotateKeys(ctx, "test", true)
	ok(t, err)
	if w.SigningKID() != now.ID {
		t.Errorf("signs %s, want the new key at once", w.SigningKID())
	}
}

// Whoever rotates at the same time gets the same key (style §7).
func TestRotationRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other, _ := w.process(t)
	ids := make([]string, 8)
	var wg sync.WaitGroup
	for i := range ids {
		s := []*auth.Service{w.Service, other}[i%2]
		wg.Go(func() {
			k, err := s.RotateKeys(t.Context(), "test", false)
			if err != nil {
				t.Error(err)
			}
			ids[i] = k.ID
		})
	}
	wg.Wait()
	slices.Sort(ids)
	if n := len(slices.Compact(ids)); n != 1 {
		t.Errorf("rotating at once made %d keys, want 1", n)
	}
	ok(t, other.Reload(t.Context()))
	w.clock.Advance(time.Hour)
	tk := token(t, other, w.app1, w.s1)
	if _, err := w.Verify(t.Context(), tk); err != nil {
		t.Errorf("a token of another process: %v", err)
	}
}

// Processes that start together on an empty database agree on the first key.
func TestFirstKeyRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other, _ := w.process(t)
	if w.SigningKID() != other.SigningKID() || keyStates(t, other) != "active" {
		t.Errorf("two first keys: %s, %s", w.SigningKID(), other.SigningKID())
	}
}

// Signing keys are at rest only sealed, bound to their row: without the key
// file, or in another row, they do not open.
func TestKeysAreSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	st, err := w.db.LoadAuth(t.Context())
	ok(t, err)
	if len(st.Keys) != 1 || strings.Contains(string(st.Keys[0].Private), "\x06\x08\x2a\x86\x48\xce\x3d") {
		t.Error("the private key is kept in clear")
	}
	w.clock.Advance(-48 * time.Hour)
	token(t, w.Service, w.app1, w.s1) // the clock set back stops nothing

	cfg := w.cfg
	cfg.Storage = w.db
	cfg.Box, err = seal.NewBox(seal.NewRing())
	ok(t, err)
	s, err := auth.New(cfg)
	ok(t, err)
	if err := s.Start(t.Context()); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("with another key file: %v, want seal.ErrOpen", err)
	}
}
