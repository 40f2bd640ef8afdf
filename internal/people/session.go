package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/operation"
)

// CookieName is the cookie that holds a browser's session.
const CookieName = "wb_session"

// tokenBytes of randomness make a token impossible to guess.
const tokenBytes = 32

// newToken makes a token, and the hash that is kept of it.
func newToken() (string, Hash) {
	b := make([]byte, tokenBytes)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	text := base64.RawURLEncoding.EncodeToString(b)
	return text, sha256.Sum256([]byte(text))
}

// hashToken is the hash of a token, and whether it has the form of one.
func hashToken(text string) (Hash, bool) {
	if len(text) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return Hash{}, false
	}
	return sha256.Sum256([]byte(text)), true
}

type sessionKey struct{}

// Authenticate finds out whose browser asks, and gives a context that says so,
// or [operation.ErrNobody]. A session goes on when its person does something:
// says so, or changes something with PUT, PATCH or DELETE. Pages also read and
// post by themselves.
func (s *Service) Authenticate(r *http.Request) (context.Context, error) {
	c, err := r.Cookie(CookieName)
	if err != nil {
		return nil, operation.ErrNobody
	}
	h, ok := hashToken(c.Value)
	if !ok {
		return nil, operation.ErrNobody
	}
	ctx := r.Context()
	ss, p, err := s.session(ctx, h)
	if err != nil {
		return nil, err
	}
	switch r.Method {
	case http.MethodPut, http.MethodPatch, http.MethodDelete:
		if err := s.touch(ctx, ss); err != nil {
			return nil, err
		}
	}
	return context.WithValue(With(ctx, p), sessionKey{}, h), nil
}

// Alive reports whether the session in ctx still goes on. What runs for long,
// such as a stream, asks it from time to time.
func (s *Service) Alive(ctx context.Context) (bool, error) {
	h, ok := ctx.Value(sessionKey{}).(Hash)
	if !ok {
		return false, nil
	}
	_, _, err := s.session(ctx, h)
	if errors.Is(err, operation.ErrNobody) {
		return false, nil
	}
	return err == nil, err
}

// session reads a session that goes on, and whose it is.
func (s *Service) session(ctx context.Context, h Hash) (ss StoredSession, p Person, err error) {
	err = s.cfg.Storage.ViewPeople(ctx, func(ctx context.Context, tx Tx) (err error) {
		ss, p, err = tx.Session(ctx, h)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return ss, p, operation.ErrNobody
	}
	if err != nil {
		return ss, p, fmt.Errorf("read session: %w", err)
	}
	if ss.over(s.cfg.Clock()) || p.Disabled || p.Demo && !s.atThisMachine(ctx) {
		return ss, p, operation.ErrNobody
	}
	return ss, p, nil
}

// over reports whether a session has ended. As it is written down once a
// minute at most that the person is there, it gets that minute on top: the
// page locks first.
func (ss *StoredSession) over(now time.Time) bool {
	return !now.Before(ss.Ends) || !now.Before(ss.Seen.Add(ss.Idle+touchEvery))
}

// Keep says that the person of the session in ctx is still there.
func (s *Service) Keep(ctx context.Context) error {
	h, ok := ctx.Value(sessionKey{}).(Hash)
	if !ok {
		return notSignedIn()
	}
	ss, _, err := s.session(ctx, h)
	if errors.Is(err, operation.ErrNobody) {
		return notSignedIn()
	}
	if err != nil {
		return err
	}
	return s.touch(ctx, ss)
}

func notSignedIn() error {
	return operation.Problemf(http.StatusUnauthorized, "not-signed-in", "Sign in to go on.")
}

// touch writes down that the person is there, once a minute at most.
func (s *Service) touch(ctx context.Context, ss StoredSession) error {
	now := s.cfg.Clock()
	if now.Sub(ss.Seen) < touchEvery {
		return nil
	}
	idle, err := s.cfg.Idle(ctx, ss.Person)
	if err != nil {
		return fmt.Errorf("idle time: %w", err)
	}
	err = s.cfg.Storage.ChangePeople(ctx, nil, func(ctx context.Context, tx Tx) error {
		ss, _, err := tx.Session(ctx, ss.Hash)
		if err != nil {
			return err
		}
		ss.Seen, ss.Idle = now, idle
		return tx.PutSession(ctx, ss)
	})
	if errors.Is(err, ErrNotFound) {
		return notSignedIn() // someone signed out meanwhile
	}
	return err
}

// begin starts a session for a person within a transaction, and gives its
// token.
func (s *Service) begin(ctx context.Context, tx Tx, p Person, idle time.Duration) (string, error) {
	now := s.cfg.Clock()
	if err := tx.Forget(ctx, now); err != nil {
		return "", err
	}
	token, h := newToken()
	return token, tx.PutSession(ctx, StoredSession{Hash: h, Person: p.ID, Created: now, Seen: now, Idle: idle, Ends: now.Add(s.cfg.Lifetime)})
}

// SignOut ends the session in ctx.
func (s *Service) SignOut(ctx context.Context) error {
	h, ok := ctx.Value(sessionKey{}).(Hash)
	if !ok {
		return notSignedIn()
	}
	return s.cfg.Storage.ChangePeople(ctx, s.change(ctx, PersonSignOut), func(ctx context.Context, tx Tx) error {
		return tx.DeleteSession(ctx, h)
	})
}

// Cookie is what a browser keeps of a session's token; an empty token makes it
// forget.
func (s *Service) Cookie(ctx context.Context, token string) *http.Cookie {
	c := &http.Cookie{Name: CookieName, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure(ctx)} //nolint:gosec // Secure on https; the demo has none
	if token == "" {
		c.MaxAge = -1
	}
	return c
}

// secure reports whether the browser sees https.
func secure(ctx context.Context) bool {
	return strings.HasPrefix(access.PublicURLFrom(ctx), "https://")
}
