package credential

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/fhir"
)

// DefaultTimeout bounds getting one token, discovery included.
const DefaultTimeout = 20 * time.Second

// Config builds a [Source].
type Config struct {
	Settings Settings
	Secret   Secret
	Base     string            // absolute URL of the provider; may hold {tenant}
	Headers  map[string]string // what goes with every call to the provider, discovery included; values may hold {tenant}
	HTTP     *http.Client      // the only way out; needed when the method gets tokens
	Timeout  time.Duration     // of getting one token; 0 is [DefaultTimeout]
	Clock    func() time.Time  // nil is [time.Now]
	// Observe hears of every step of getting a token, after it. It may be
	// called at any time from any goroutine, and may be nil.
	Observe func(ctx context.Context, e Event)
}

// Steps of getting a token.
const (
	StepDiscover = "discover" // finding the token URL
	StepToken    = "token"    // asking for the token
)

// An Event is one step of getting a token. URL, Scope and Problem are for the
// operator only.
type Event struct {
	Step    string
	URL     string        // the token URL, when known
	Took    time.Duration // how long the step took
	Life    time.Duration // how long the token is good, of a token step that went well
	Scope   string        // the scope granted, when the answer says
	Problem *Problem      // nil when the step went well
}

// A Source signs calls in to one provider. It is safe for concurrent use.
type Source struct {
	settings  Settings
	secret    Secret
	http      *http.Client // for discovery
	poster    *http.Client // for tokens: follows no redirect
	timeout   time.Duration
	clock     func() time.Time
	observe   func(context.Context, Event)
	signer    *signer
	perTenant bool
	tokens    *entries

	places *directory

	life context.Context // ends with Close
	end  context.CancelFunc
}

// New checks cfg. Its errors say what to do.
func New(cfg Config) (*Source, error) {
	set := cfg.Settings
	set.Fill(cfg.Secret)
	if err := set.Validate(cfg.Secret); err != nil {
		return nil, fmt.Errorf("credential: %w", err)
	}
	s := &Source{
		settings: set, secret: cfg.Secret, http: cfg.HTTP,
		timeout: cfg.Timeout, clock: cfg.Clock, observe: cfg.Observe, tokens: newEntries(maxTokens), places: newDirectory(cfg.Base, cfg.Headers),
	}
	if s.timeout <= 0 {
		s.timeout = DefaultTimeout
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.observe == nil {
		s.observe = func(context.Context, Event) {}
	}
	s.perTenant = set.PerTenant() || (set.UsesTokens() && set.TokenURL == "" && s.places.perTenant)
	s.life, s.end = context.WithCancel(context.Background())
	if !set.UsesTokens() {
		return s, nil
	}
	return s, s.prepare()
}

// prepare makes what tokens need.
func (s *Source) prepare() error {
	if s.http == nil {
		return errors.New("credential: HTTP: getting tokens needs a client")
	}
	base, err := url.Parse(strings.ReplaceAll(s.places.base, Placeholder, "tenant"))
	if err != nil || base.Host == "" {
		return errors.New("credential: Base: want an absolute URL")
	}
	if s.settings.TokenURL != "" {
		u, err := url.Parse(s.settings.For("tenant").TokenURL)
		if err != nil || (u.Scheme != "https" && base.Scheme != "http") {
			return errors.New("credential: --token-url must begin with https://: a secret is not sent in clear to a provider that is itself reached over https")
		}
	}
	once := *s.http // a redirect would carry the secret to another address
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	s.poster = &once
	if s.settings.usesAssertion() {
		if s.signer, err = newSigner(s.settings, s.secret); err != nil {
			return fmt.Errorf("credential: %w", err)
		}
	}
	return nil
}

// Close ends requests for tokens that are under way; their callers get an
// error. A source that nobody uses holds nothing open, so closing is for the
// end of a test or of the process.
func (s *Source) Close() { s.end() }

// String names the method only.
func (s *Source) String() string { return "credential source (" + s.settings.Method + ")" }

// Format prints [Source.String] whatever the verb, so that no token is
// printed with the struct.
func (s *Source) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// Authorize adds to the header of one call what the provider demands. The
// tenant is that of the principal in ctx. It waits for a token no longer than
// ctx lasts; the request for it goes on for others. An error is a
// [*fhir.Error] of KindUpstream, KindUnavailable, KindTimeout or KindInternal
// whose text is safe; [Explain] gives the operator's view.
func (s *Source) Authorize(ctx context.Context, h http.Header) error {
	tenant, p := s.tenant(ctx)
	if p != nil {
		return p.failure(0)
	}
	switch s.settings.Method {
	case None:
	case Bearer:
		h.Set("Authorization", prefixed(orBearer(s.settings.Prefix), s.secret.Value))
	case Header:
		h.Set(s.settings.Header, prefixed(s.settings.Prefix, s.secret.Value))
	case Basic:
		h.Set("Authorization", basic(s.settings.For(tenant).Username, s.secret.Value))
	default:
		tok, err := s.token(ctx, tenant)
		if err != nil {
			return err
		}
		h.Set("Authorization", tok.header)
	}
	return nil
}

// Refused tells that the provider answered 401 to a call with this header.
// The token in it is dropped, unless a newer one took its place. True means
// that another Authorize may do better.
func (s *Source) Refused(ctx context.Context, h http.Header) bool {
	if !s.settings.UsesTokens() {
		return false
	}
	tenant, p := s.tenant(ctx)
	if p != nil {
		return false
	}
	return s.tokens.get(tenant).drop(h.Get("Authorization"), s.clock())
}

// tenant is the key that tokens are kept by: the tenant's GUID when anything
// depends on it, else "" for all.
func (s *Source) tenant(ctx context.Context) (string, *Problem) {
	if !s.perTenant {
		return "", nil
	}
	who, _ := access.PrincipalFrom(ctx)
	tenant, ok := access.NormalizeTenant(who.Tenant)
	if !ok {
		return "", &Problem{
			Reason: ReasonTenant, What: "The sign-in settings hold {tenant}, and the call is for no tenant.",
			Do: "Name a tenant that is mapped to the provider.",
		}
	}
	return tenant, nil
}

// token gives a token that is good now.
func (s *Source) token(ctx context.Context, tenant string) (*token, error) {
	e := s.tokens.get(tenant)
	tok, fl, start, problem, wait := e.next(s.clock())
	if start {
		go s.fly(context.WithoutCancel(ctx), e, fl, tenant)
	}
	switch {
	case tok != nil:
		return tok, nil
	case fl == nil:
		return nil, problem.failure(wait)
	}
	select {
	case <-fl.done:
	case <-ctx.Done():
		return nil, fhir.AsError(ctx.Err())
	}
	if fl.err != nil {
		return nil, fl.err.failure(max(firstPause, fl.err.retryAfter))
	}
	return fl.token, nil
}

// fly makes one request for a token, for all who wait and whoever of them
// leaves.
func (s *Source) fly(ctx context.Context, e *entry, fl *flight, tenant string) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	defer context.AfterFunc(s.life, cancel)() //nolint:contextcheck // the source's own life ends it, not the caller's
	asked := s.clock()
	a, p := s.get(ctx, tenant)
	if p != nil {
		e.land(fl, nil, p, s.clock())
		return
	}
	e.land(fl, newToken(a, asked), nil, s.clock())
}

// get finds the token URL and asks it for a token.
func (s *Source) get(ctx context.Context, tenant string) (answer, *Problem) {
	set := s.settings.For(tenant)
	endpoint := set.TokenURL
	if endpoint == "" {
		var p *Problem
		if endpoint, p = s.endpoint(ctx, tenant); p != nil {
			return answer{}, p
		}
	}
	began := s.clock()
	a, p := s.ask(ctx, set, endpoint)
	if p != nil && p.Reason != ReasonCredentials && p.Reason != ReasonBusy {
		s.places.forget(tenant) // what was discovered may have moved
	}
	s.observe(ctx, Event{Step: StepToken, URL: endpoint, Took: s.clock().Sub(began), Life: a.life, Scope: a.scope, Problem: p})
	return a, p
}
