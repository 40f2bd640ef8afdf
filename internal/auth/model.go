package auth

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wardbridge/wardbridge/internal/access"
)

// What callers can act on; every error of the management methods that has one
// of these causes matches it with [errors.Is], and its text says what to do.
var (
	ErrInvalid  = errors.New("not valid")
	ErrNotFound = errors.New("not found")
	ErrConflict = errors.New("conflict")
	// ErrLastSecret refuses to leave a client without a live secret.
	ErrLastSecret = errors.New("it is the client's last live secret")
)

// How a client may authenticate (RFC 8414 names).
const (
	SecretPost    = "client_secret_post"
	SecretBasic   = "client_secret_basic"
	PrivateKeyJWT = "private_key_jwt"
)

func authMethods() []string { return []string{SecretPost, SecretBasic, PrivateKeyJWT} }

// A Grant is the tenants a client may ask tokens for.
type Grant struct {
	All     bool     `json:"all"`
	Tenants []string `json:"tenants,omitempty"` // sorted GUIDs in lower case
}

// Allows reports whether the grant covers a tenant in normal form.
func (g Grant) Allows(tenant string) bool {
	return g.All || slices.Contains(g.Tenants, tenant)
}

// A Client is a program that asks for tokens.
type Client struct {
	ID          string    `json:"id"` // never changes
	Name        string    `json:"name"`
	Grant       Grant     `json:"grant"`
	AuthMethods []string  `json:"authMethods"`
	JWKS        string    `json:"jwks,omitempty"` // its public keys, or where they are
	JWKSURI     string    `json:"jwksUri,omitempty"`
	Disabled    bool      `json:"disabled"`
	Created     time.Time `json:"created"`
	// KeysSince is when its public keys were last replaced: tokens obtained
	// with a key before that are refused.
	KeysSince time.Time `json:"keysSince,omitzero"`
}

// A State is what a secret is good for.
type State uint8

// The states of a secret.
const (
	Active   State = iota // good
	Retiring              // good until RetiresAt
	Expired               // its time, or its retirement, has come
	Revoked               // deleted
)

// String is the state's name in lower case.
func (s State) String() string {
	return [...]string{"active", "retiring", "expired", "revoked"}[s&3]
}

// MarshalText gives the name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// A Secret is one of a client's secrets, without the secret itself.
type Secret struct {
	ID          string    `json:"id"`
	ClientID    string    `json:"clientId"`
	Label       string    `json:"label,omitempty"`
	Created     time.Time `json:"created"`
	Expires     time.Time `json:"expires,omitzero"`
	RetiresAt   time.Time `json:"retiresAt,omitzero"`
	RevokedAt   time.Time `json:"revokedAt,omitzero"`
	LastUsed    time.Time `json:"lastUsed,omitzero"`
	LastAddress string    `json:"lastAddress,omitempty"`
	State       State     `json:"state"` // as of when it was read

	// Hash is the keyed hash: the only thing kept of the secret itself.
	Hash []byte `json:"-"`
}

// StateAt computes the state.
func (s *Secret) StateAt(now time.Time) State {
	switch {
	case !s.RevokedAt.IsZero():
		return Revoked
	case over(s.Expires, now), over(s.RetiresAt, now):
		return Expired
	case !s.RetiresAt.IsZero():
		return Retiring
	}
	return Active
}

func over(end, now time.Time) bool { return !end.IsZero() && !now.Before(end) }

// live reports whether the secret may be used.
func (s *Secret) live(now time.Time) bool {
	st := s.StateAt(now)
	return st == Active || st == Retiring
}

// end is when the secret stops being good; zero when it never does.
func (s *Secret) end() time.Time {
	switch {
	case s.Expires.IsZero():
		return s.RetiresAt
	case s.RetiresAt.IsZero(), s.Expires.Before(s.RetiresAt):
		return s.Expires
	}
	return s.RetiresAt
}

// normalize checks a grant and brings it into normal form.
func (g *Grant) normalize() error {
	if g.All && len(g.Tenants) > 0 {
		return fmt.Errorf("%w: grant all tenants or a list of them, not both", ErrInvalid)
	}
	out := make([]string, 0, len(g.Tenants))
	for _, t := range g.Tenants {
		id, ok := access.NormalizeTenant(strings.TrimSpace(t))
		if !ok {
			return fmt.Errorf("%w: tenant %q: want a GUID such as 11111111-1111-4111-8111-111111111111", ErrInvalid, t)
		}
		out = append(out, id)
	}
	slices.Sort(out)
	g.Tenants = slices.Compact(out)
	return nil
}

// checkText accepts what people write: printable, on one line.
func checkText(what, s string) error {
	if len(s) > 200 || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("%w: %s: want at most 200 bytes of printable text on one line", ErrInvalid, what)
	}
	return nil
}

func (c *Client) validate(httpOK bool) error {
	if strings.TrimSpace(c.Name) == "" {
		return fmt.Errorf("%w: give the client a name", ErrInvalid)
	}
	if err := checkText("client name", c.Name); err != nil {
		return err
	}
	if err := c.Grant.normalize(); err != nil {
		return err
	}
	for _, m := range c.AuthMethods {
		if !slices.Contains(authMethods(), m) {
			return fmt.Errorf("%w: authentication method %q: want one of %s", ErrInvalid, m, strings.Join(authMethods(), ", "))
		}
	}
	if c.JWKS != "" && c.JWKSURI != "" {
		return fmt.Errorf("%w: give the client's keys or a URL for them, not both", ErrInvalid)
	}
	if c.JWKS != "" {
		if _, err := parseJWKS([]byte(c.JWKS)); err != nil {
			return fmt.Errorf("%w: %w", ErrInvalid, err)
		}
	}
	if c.JWKSURI != "" {
		return checkKeysURL(c.JWKSURI, httpOK)
	}
	return nil
}
