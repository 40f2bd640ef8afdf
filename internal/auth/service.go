package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/seal"
)

// Tenants knows which tenants are mapped. Exists is safe for concurrent use
// and fast enough for each token; the id is in normal form.
type Tenants interface {
	Exists(tenant string) bool
}

// Operations of the events.
const (
	TokenIssue  = "TokenIssue"
	TokenRefuse = "TokenRefuse"
)

// An Event is a token issued or refused, for the audit record. The request id
// is in the context.
type Event struct {
	Time      time.Time
	Operation string
	ClientID  string // only of clients we know: anything may stand in the request
	Tenant    string
	TokenID   string
	Remote    netip.Addr
	Status    int
	Detail    string // OAuth error code and how the client authenticated; nothing of the request
}

// Limit is a rate: a number per second, with a burst. A zero rate is no limit.
type Limit struct {
	PerSecond float64
	Burst     int
}

// Config builds a [Service]. Storage, Tenants, Box, MAC and Audit are required.
type Config struct {
	Storage Storage
	Tenants Tenants
	Box     *seal.Box // seals signing keys
	MAC     *seal.MAC // hashes secrets
	// Audit records an event durably. When it fails no token is issued. It
	// must not stop when ctx ends.
	Audit func(ctx context.Context, e Event) error

	Clock  func() time.Time // nil is time.Now
	Logger *slog.Logger     // of background work; nil is silence
	// HTTP fetches clients' keys by URL: the caller makes sure it reaches only
	// where it may. Nil refuses clients with such keys.
	HTTP *http.Client
	// AllowHTTP lets clients' keys be fetched without TLS.
	AllowHTTP bool

	// Issuer is this server's identity, a URL without a trailing slash. Empty
	// is the public URL of each request.
	Issuer string
	// Audience is the resource the tokens are for; empty is the issuer + "/fhir".
	Audience string
	// PublicURL is scheme and host as the client sees them. Nil is what
	// [access.PublicURLFrom] says, else what the request itself does.
	PublicURL func(*http.Request) string

	// Lifetime of a token; 0 is 1 h, at most 48 h.
	Lifetime time.Duration
	// Algorithm of new signing keys: ES256 (the default), ES384 or RS256.
	Algorithm string
	// RotateEvery is how long a key signs; 0 is 30 days, negative never.
	RotateEvery time.Duration
	// PublishAhead is how long a key is published before it signs; 0 is 10 min.
	PublishAhead time.Duration

	// PerClient and PerAddress limit token requests; nil is 1000 a second with
	// a burst of 5000. PerFailure limits the refusals an address gets that
	// cost a record each; nil is 10 a second with a burst of 200. What goes
	// over a limit is answered 429.
	PerClient, PerAddress, PerFailure *Limit
	// MaxBody bounds a token request; 0 is 32 KiB.
	MaxBody int64
	// VerifyCache is how many verified tokens are remembered; 0 is 8192.
	VerifyCache int
}

// A Service is the authorization server. It is safe for concurrent use.
type Service struct {
	cfg     Config
	reload  sync.Mutex
	current atomic.Pointer[snapshot]

	verified *recent[[32]byte, *verified]
	clients  *limiter
	remotes  *limiter
	failures *limiter
	attempts *limiter // signature checks by client and address
	remote   *remoteKeys
	decoys   *decoys
	use      uses
	buffers  sync.Pool // of *bytes.Buffer, for requests and tokens
}

// New checks cfg. Call [Service.Start] before the first request.
func New(cfg Config) (*Service, error) {
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	decoys, err := newDecoys()
	if err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	s := &Service{
		cfg:      cfg,
		verified: newRecent[[32]byte, *verified](cfg.VerifyCache),
		clients:  newLimiter(*cfg.PerClient),
		remotes:  newLimiter(*cfg.PerAddress),
		failures: newLimiter(*cfg.PerFailure),
		attempts: newLimiter(*cfg.PerClient),
		remote:   newRemoteKeys(cfg.HTTP, cfg.Clock),
		decoys:   decoys,
		use:      uses{last: map[string]Use{}},
	}
	s.current.Store(newSnapshot())
	return s, nil
}

func (c *Config) complete() error {
	if c.Storage == nil || c.Tenants == nil || c.Box == nil || c.MAC == nil || c.Audit == nil {
		return errors.New("config: Storage, Tenants, Box, MAC and Audit are required")
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.PublicURL == nil {
		c.PublicURL = publicURL
	}
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&c.Lifetime, time.Hour)
	def(&c.RotateEvery, 30*24*time.Hour)
	def(&c.PublishAhead, 10*time.Minute)
	if c.Lifetime < time.Second || c.Lifetime > 48*time.Hour {
		return fmt.Errorf("config: Lifetime %v: want from 1 s to 48 h", c.Lifetime)
	}
	if c.PublishAhead < 0 || c.RotateEvery > 0 && c.RotateEvery <= c.PublishAhead {
		return fmt.Errorf("config: RotateEvery %v: want longer than PublishAhead, %v", c.RotateEvery, c.PublishAhead)
	}
	if strings.HasSuffix(c.Issuer, "/") {
		return fmt.Errorf("config: Issuer %q: want no slash at its end", c.Issuer)
	}
	if c.Algorithm == "" {
		c.Algorithm = ES256
	}
	if !signingAlgorithm(c.Algorithm) {
		return fmt.Errorf("config: Algorithm %q: want ES256, ES384 or RS256", c.Algorithm)
	}
	limit := func(l **Limit, perSecond float64, burst int) {
		if *l == nil {
			*l = &Limit{PerSecond: perSecond, Burst: burst}
		}
	}
	limit(&c.PerClient, 1000, 5000)
	limit(&c.PerAddress, 1000, 5000)
	limit(&c.PerFailure, 10, 200)
	if c.MaxBody == 0 {
		c.MaxBody = 32 << 10
	}
	if c.VerifyCache == 0 {
		c.VerifyCache = 8192
	}
	return nil
}

func publicURL(r *http.Request) string {
	if u := access.PublicURLFrom(r.Context()); u != "" {
		return u
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (s *Service) issuer(r *http.Request) string {
	if s.cfg.Issuer != "" {
		return s.cfg.Issuer
	}
	return s.cfg.PublicURL(r)
}

func (s *Service) audience(issuer string) string {
	if s.cfg.Audience != "" {
		return s.cfg.Audience
	}
	return issuer + "/fhir"
}

// Start makes the first signing key when there is none and takes the first
// snapshot.
func (s *Service) Start(ctx context.Context) error {
	if err := s.ensureKey(ctx); err != nil {
		return fmt.Errorf("auth: start: %w", err)
	}
	return s.Reload(ctx)
}

// Reload takes a new snapshot. On an error the old one stays.
func (s *Service) Reload(ctx context.Context) error {
	s.reload.Lock()
	defer s.reload.Unlock()
	st, err := s.cfg.Storage.LoadAuth(ctx)
	if err != nil {
		return fmt.Errorf("reload clients and keys: %w", err)
	}
	n, err := s.buildSnapshot(st, s.current.Load())
	if err != nil {
		return fmt.Errorf("reload clients and keys: %w", err)
	}
	s.current.Store(n)
	return nil
}

const (
	flushEvery    = 5 * time.Second
	maintainEvery = time.Minute
)

// Run does the background work until ctx ends: it notes when secrets were last
// used, rotates keys by schedule and drops what has expired. At the end it
// writes what is left. One per process; other processes may run theirs.
func (s *Service) Run(ctx context.Context) error {
	flush, maintain := time.NewTicker(flushEvery), time.NewTicker(maintainEvery)
	defer flush.Stop()
	defer maintain.Stop()
	for {
		select {
		case <-ctx.Done():
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushEvery)
			defer cancel()
			return s.Flush(end)
		case <-flush.C:
			if err := s.Flush(ctx); err != nil && ctx.Err() == nil {
				s.cfg.Logger.WarnContext(ctx, "last use of secrets could not be noted", "error", err)
			}
		case <-maintain.C:
			if err := s.Maintain(ctx); err != nil && ctx.Err() == nil {
				s.cfg.Logger.ErrorContext(ctx, "signing keys could not be maintained", "error", err)
			}
		}
	}
}

// uses gathers the last uses of secrets until they are written.
type uses struct {
	mu   sync.Mutex
	last map[string]Use
}

func (u *uses) note(secret string, at Use) {
	u.mu.Lock()
	u.last[secret] = at
	u.mu.Unlock()
}

// Flush writes when secrets were last used.
func (s *Service) Flush(ctx context.Context) error {
	s.use.mu.Lock()
	last := s.use.last
	s.use.last = make(map[string]Use, len(last))
	s.use.mu.Unlock()
	if len(last) == 0 {
		return nil
	}
	err := s.cfg.Storage.TouchSecrets(ctx, last)
	if err != nil {
		s.use.mu.Lock()
		for id, u := range last {
			if _, newer := s.use.last[id]; !newer {
				s.use.last[id] = u
			}
		}
		s.use.mu.Unlock()
		return fmt.Errorf("note last use of secrets: %w", err)
	}
	return nil
}
