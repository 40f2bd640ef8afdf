package people

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/wardbridge/wardbridge/internal/access"
)

// Paths of signing in by OpenID Connect. EndPath is the redirect URI to be
// registered at every issuer.
const (
	StartPath = "/auth/start/" // and the issuer's id
	EndPath   = "/auth/end"
)

// flightCookie holds, sealed, what is needed when the browser comes back.
const (
	flightCookie = "wb_signin"
	flightTime   = 10 * time.Minute
)

// An IssuerConfig is an OpenID provider (OpenID Connect Core 1.0).
type IssuerConfig struct {
	ID       string // in our URLs
	Name     string // on the button
	URL      string // the issuer identifier
	ClientID string
	Secret   string // "" is a public client
	// Tenants are the directories whose people may come, for an Entra URL that
	// is open to several (organizations or common) or is not at Microsoft's own
	// hosts. GUIDs in lower case.
	Tenants []string
	// Entra makes people of tid and oid: what a subject is differs there from
	// app to app. It is found out for Microsoft's own hosts. Whoever such an
	// issuer names is the person that Entra knows by these, which is why one at
	// another host speaks for its Tenants only.
	Entra bool
}

// An issuer is asked for its metadata when it is first needed, so that the
// server starts without it.
type issuer struct {
	cfg IssuerConfig

	mu       sync.Mutex
	provider *oidc.Provider
}

// Fault says what is wrong with the configuration of an issuer.
func (c IssuerConfig) Fault() error {
	_, err := newIssuer(c)
	return err
}

func newIssuer(c IssuerConfig) (*issuer, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%q is not the URL of an issuer", c.URL)
	}
	if c.ID == "" || c.ClientID == "" {
		return nil, errors.New("id and client id are required")
	}
	if strings.Trim(c.ID, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		return nil, errors.New("an id has small letters, digits, - and _ only")
	}
	if c.Name == "" {
		c.Name = c.ID
	}
	if c.Entra && !entraHost(u.Host) && len(c.Tenants) == 0 {
		return nil, errors.New("it is not at a host of Microsoft's: name the directories it speaks for in tenants")
	}
	c.Entra = c.Entra || entraHost(u.Host)
	if c.Entra && c.shared() && len(c.Tenants) == 0 {
		return nil, errors.New("the issuer is open to people of every directory: name your own in tenants")
	}
	return &issuer{cfg: c}, nil
}

// entraHost reports whether a host is Entra's, of the world or of a nation.
func entraHost(host string) bool {
	switch host {
	case "login.microsoftonline.com", "sts.windows.net", "login.microsoftonline.us", "login.partner.microsoftonline.cn":
		return true
	}
	return false
}

// shared reports whether the issuer is Entra's for several directories. Its
// tokens then name their own directory as the issuer.
func (c *IssuerConfig) shared() bool {
	for _, name := range []string{"/common/", "/organizations/", "/consumers/"} {
		if strings.Contains(strings.TrimRight(c.URL, "/")+"/", name) {
			return true
		}
	}
	return false
}

// discover gives the issuer's metadata, asked for once.
func (i *issuer) discover(ctx context.Context, client *http.Client) (*oidc.Provider, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.provider != nil {
		return i.provider, nil
	}
	ctx = oidc.ClientContext(ctx, client)
	if i.cfg.shared() {
		// What such an issuer calls itself is a pattern; claims checks it.
		ctx = oidc.InsecureIssuerURLContext(ctx, i.cfg.URL)
	}
	p, err := oidc.NewProvider(ctx, i.cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("metadata of %s: %w", i.cfg.ID, err)
	}
	i.provider = p
	return p, nil
}

func (i *issuer) oauth(ctx context.Context, p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: i.cfg.ClientID, ClientSecret: i.cfg.Secret, Endpoint: p.Endpoint(),
		RedirectURL: access.PublicURLFrom(ctx) + EndPath, Scopes: []string{oidc.ScopeOpenID, oidc.ScopeProfile},
	}
}

// A flight is what we must remember while a browser is at an issuer.
type flight struct {
	Issuer   string `json:"issuer"`
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	Return   string `json:"return"`
}

func (s *Service) issuer(id string) *issuer {
	for _, i := range s.issuers {
		if i.cfg.ID == id {
			return i
		}
	}
	return nil
}

// StartHandler sends a browser to the issuer named by the path after
// [StartPath]. The parameter return is where it goes afterwards.
func (s *Service) StartHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		noStore(w)
		ctx := r.Context()
		i := s.issuer(strings.TrimPrefix(r.URL.Path, StartPath))
		if i == nil || r.Method != http.MethodGet {
			s.back(w, r, "unknown")
			return
		}
		p, err := i.discover(ctx, s.cfg.HTTP)
		if err != nil {
			s.cfg.Logger.WarnContext(ctx, "an issuer cannot be asked", "issuer", i.cfg.ID, "error", err)
			s.back(w, r, "unreachable")
			return
		}
		state, _ := newToken()
		nonce, _ := newToken()
		f := flight{Issuer: i.cfg.ID, State: state, Nonce: nonce, Verifier: oauth2.GenerateVerifier(), Return: s.homeward(r.URL.Query().Get("return"))}
		text, err := json.Marshal(f)
		if err != nil {
			s.back(w, r, "failed")
			return
		}
		c := flightCookieOf(ctx, s.cfg.Box.Ticket([]byte(flightCookie), text, s.cfg.Clock().Add(flightTime)))
		http.SetCookie(w, c)
		http.Redirect(w, r, i.oauth(ctx, p).AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), http.StatusSeeOther)
	})
}

// flightCookieOf is sent back on the way from the issuer, which comes from
// another site: so it is lax.
func flightCookieOf(ctx context.Context, value string) *http.Cookie {
	c := &http.Cookie{ //nolint:gosec // Secure on https; the demo has none
		Name: flightCookie, Value: value, Path: EndPath, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: secure(ctx), MaxAge: int(flightTime / time.Second),
	}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

// homeward is where a browser may be sent: to our own pages only.
func (s *Service) homeward(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(to, s.cfg.Home) || strings.ContainsAny(to, "\\\r\n") || strings.Contains(u.Path, "..") {
		return s.cfg.Home
	}
	return to
}

// back sends a browser to the page for signing in, which says what happened.
func (s *Service) back(w http.ResponseWriter, r *http.Request, why string) {
	http.Redirect(w, r, s.cfg.Home+"#sign-in="+why, http.StatusSeeOther)
}

func noStore(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
}

// EndHandler takes a browser that comes back from an issuer, and begins a
// session.
func (s *Service) EndHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		noStore(w)
		ctx := r.Context()
		http.SetCookie(w, flightCookieOf(ctx, ""))
		f, err := s.landed(r)
		if err != nil {
			s.back(w, r, "again") // too late, another tab, or not begun here
			return
		}
		if code := r.URL.Query().Get("error"); code != "" {
			s.refuseAt(w, r, f, "refused by the issuer", nil)
			return
		}
		id, name, err := s.identify(ctx, f, r.URL.Query().Get("code"))
		if err != nil {
			s.refuseAt(w, r, f, "not identified", err)
			return
		}
		p, token, err := s.signInAs(ctx, f.Issuer, id, name)
		switch {
		case errors.Is(err, errDisabled):
			s.refuseAt(w, r, f, "disabled", nil)
			return
		case err != nil:
			s.cfg.Logger.ErrorContext(ctx, "a session cannot begin", "person", p.ID, "error", err)
			s.back(w, r, "failed")
			return
		}
		http.SetCookie(w, s.Cookie(ctx, token))
		http.Redirect(w, r, f.Return, http.StatusSeeOther)
	})
}

// landed checks that the browser that comes back is the one we sent.
func (s *Service) landed(r *http.Request) (f flight, err error) {
	c, err := r.Cookie(flightCookie)
	if err != nil || s.cfg.Box == nil {
		return f, errors.New("no sign-in was begun")
	}
	text, err := s.cfg.Box.OpenTicket([]byte(flightCookie), c.Value, s.cfg.Clock())
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return f, err
	}
	if subtle.ConstantTimeCompare([]byte(f.State), []byte(r.URL.Query().Get("state"))) != 1 || f.State == "" {
		return f, errors.New("another state")
	}
	return f, nil
}

// refuseAt records a sign-in that an issuer or we refused.
func (s *Service) refuseAt(w http.ResponseWriter, r *http.Request, f flight, why string, cause error) {
	ctx := r.Context()
	if cause != nil {
		s.cfg.Logger.WarnContext(ctx, "a sign-in was refused", "issuer", f.Issuer, "error", cause)
	}
	c := s.change(ctx, PersonSignInRefused)
	c.Status, c.Detail = http.StatusUnauthorized, "issuer "+f.Issuer+": "+why
	if err := s.cfg.Storage.ChangePeople(ctx, c, func(context.Context, Tx) error { return nil }); err != nil {
		s.cfg.Logger.ErrorContext(ctx, "a refused sign-in was not recorded", "error", err)
		s.back(w, r, "failed")
		return
	}
	s.back(w, r, "refused")
}
