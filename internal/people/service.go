package people

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/seal"
)

// Operations, as the audit record names them.
const (
	PersonSignIn          = "PersonSignIn"
	PersonSignInRefused   = "PersonSignInRefused"
	PersonSignOut         = "PersonSignOut"
	PersonCreate          = "PersonCreate"
	PersonInvite          = "PersonInvite"
	PersonPasswordSet     = "PersonPasswordSet"
	PersonPasswordRefused = "PersonPasswordRefused"
	PersonChange          = "PersonChange"
)

// Config is what a [Service] is made of. Storage is required, and Box and HTTP
// where there are Issuers.
type Config struct {
	Storage Storage
	Box     *seal.Box // seals what a browser keeps while it is at an issuer
	// Local lets people sign in with a username and a password.
	Local bool
	// Demo lets whoever sits at this machine sign in as a ready-made person.
	// Set it only where nobody else reaches the server.
	Demo    bool
	Issuers []IssuerConfig
	// HTTP reaches the issuers: the caller makes sure it goes only where it
	// may.
	HTTP *http.Client
	// Home is the path of the pages, "/patients/" when empty.
	Home string

	// Idle is how long a person may do nothing before the session ends; nil is
	// 15 minutes. It is asked at sign-in and as a session goes on.
	Idle func(ctx context.Context, person string) (time.Duration, error)
	// Lifetime ends a session whatever the person does; 0 is 12 h.
	Lifetime time.Duration
	// LinkLifetime is how long a one-time link can be used; 0 is 72 h.
	LinkLifetime time.Duration

	Hashing Hashing          // of new passwords; zero fields have good defaults
	Clock   func() time.Time // nil is time.Now
	Logger  *slog.Logger     // nil is silence
}

// Bounds of a session's life.
const (
	defaultIdle = 15 * time.Minute
	minLifetime = 12 * time.Hour
	maxLifetime = 24 * time.Hour
	// touchEvery is how often it is written down at most that a person is
	// there.
	touchEvery = time.Minute
)

// A Service knows people and their sessions. It is safe for concurrent use.
type Service struct {
	cfg     Config
	hasher  *hasher
	byName  *limiter
	byPlace *limiter
	issuers []*issuer
}

// New checks cfg.
func New(cfg Config) (*Service, error) {
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("people: %w", err)
	}
	s := &Service{
		cfg: cfg, hasher: newHasher(cfg.Hashing),
		byName:  newLimiter(10*time.Second, 10),
		byPlace: newLimiter(time.Second, 60),
	}
	seen := map[string]bool{}
	for _, c := range cfg.Issuers {
		i, err := newIssuer(c)
		if err == nil && seen[c.ID] {
			err = errors.New("there are two of this id")
		}
		if err != nil {
			return nil, fmt.Errorf("people: issuer %q: %w", c.ID, err)
		}
		seen[c.ID] = true
		s.issuers = append(s.issuers, i)
	}
	return s, nil
}

func (c *Config) complete() error {
	if c.Storage == nil {
		return errors.New("config: Storage is required")
	}
	if len(c.Issuers) > 0 && (c.Box == nil || c.HTTP == nil) {
		return errors.New("config: Issuers need Box and HTTP")
	}
	if c.Home == "" {
		c.Home = "/patients/"
	}
	if c.Idle == nil {
		c.Idle = func(context.Context, string) (time.Duration, error) { return defaultIdle, nil }
	}
	if c.Lifetime == 0 {
		c.Lifetime = minLifetime
	}
	if c.Lifetime < minLifetime || c.Lifetime > maxLifetime {
		return fmt.Errorf("config: Lifetime is not between %v and %v", minLifetime, maxLifetime)
	}
	if c.LinkLifetime == 0 {
		c.LinkLifetime = 72 * time.Hour
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Local reports whether people may sign in with a username and a password.
func (s *Service) Local() bool { return s.cfg.Local }

// Issuers are the OpenID providers people can sign in with.
func (s *Service) Issuers() []Issuer {
	out := make([]Issuer, len(s.issuers))
	for i, p := range s.issuers {
		out[i] = Issuer{ID: p.cfg.ID, Name: p.cfg.Name}
	}
	return out
}

// change begins what the audit record will say of a change.
func (s *Service) change(ctx context.Context, operation string) *Change {
	c := &Change{Time: s.cfg.Clock(), Operation: operation, Status: http.StatusOK}
	if p, ok := From(ctx); ok {
		c.Person = p.ID
	}
	return c
}

// remote is the asker's address, as far as it is known.
func remote(ctx context.Context) string {
	if p, ok := access.PrincipalFrom(ctx); ok && p.Remote.IsValid() {
		return p.Remote.String()
	}
	return ""
}
