package auth_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/auth"
	"github.com/wardbridge/wardbridge/internal/seal"
)

// A key file to which a newer key was added opens and recognises what was made
// before, and makes what is new with the new key.
func TestNewerServerKeys(t *testing.T) {
	t.Parallel()
	ring := seal.NewRing()
	newer := ring.With(seal.NewRing()[0])
	with := func(r seal.Ring) func(*auth.Config) {
		return func(c *auth.Config) {
			var err error
			c.Box, err = seal.NewBox(r)
			ok(t, err)
			c.MAC, err = seal.NewMAC(r)
			ok(t, err)
		}
	}
	w := newWorld(t, with(ring))
	old := token(t, w.Service, w.app1, w.s1)

	with(newer)(&w.cfg)
	after, _ := w.process(t)
	token(t, after, w.app1, w.s1)
	if _, err := after.Verify(t.Context(), old); err != nil {
		t.Errorf("a token from before: %v", err)
	}
	_, fresh, err := after.AddSecret(t.Context(), "test", w.app1.ID, auth.NewSecret{})
	ok(t, err)
	token(t, after, w.app1, fresh)

	// Without the older key the older secret is worth nothing.
	with(newer[1:])(&w.cfg)
	w.cfg.Box, err = seal.NewBox(newer)
	ok(t, err)
	last, _ := w.process(t)
	mustStatus(t, last, grant(w.app1, w.s1, tenantA), 401)
	mustStatus(t, last, grant(w.app1, fresh, tenantA), 200)
}

// Tokens are issued and verified while secrets and keys change under them.
func TestConcurrentChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				a := post(t, w.Service, grant(w.app1, w.s1, tenantA))
				if a.status != 200 {
					t.Errorf("no token: %d %s", a.status, a.body)
					return
				}
				if _, err := w.Verify(t.Context(), a.token()); err != nil {
					t.Errorf("a fresh token: %v", err)
					return
				}
			}
		})
	}
	for i := range 10 {
		sec, _, err := w.RegenerateSecret(t.Context(), "test", w.app1.ID, auth.NewSecret{}, w.clock.Now().Add(24*time.Hour))
		ok(t, err)
		_, err = w.RevokeSecret(t.Context(), "test", w.app1.ID, sec.ID, false)
		ok(t, err)
		_, err = w.RotateKeys(t.Context(), "test", i%2 == 0)
		ok(t, err)
		ok(t, errors.Join(w.Flush(t.Context()), w.Maintain(t.Context())))
	}
	close(stop)
	wg.Wait()
}
