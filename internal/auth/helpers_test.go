package auth_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/auth"
	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/db/sqlite"
	"github.com/wardbridge/wardbridge/internal/seal"
)

func TestMain(m *testing.M) { await.Main(m) }

// Fixtures of interface §12.
const (
	tenantA = "11111111-1111-4111-8111-111111111111"
	tenantB = "22222222-2222-4222-8222-222222222222"
	tenantC = "33333333-3333-4333-8333-333333333333"
	issuer  = "https://wb.example"
)

type tenants map[string]bool

func (t tenants) Exists(id string) bool { return t[id] }

// A clock that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A world is a service on a database of its own, with the clients app1 (A and
// B) and app2 (A only).
type world struct {
	*auth.Service
	cfg        auth.Config
	db         *sqlite.DB
	path       string
	clock      *clock
	app1, app2 auth.Client
	s1, s2     string // their secrets
	sec1       auth.Secret

	mu     sync.Mutex
	events []auth.Event
	refuse error // what the audit answers
}

func (w *world) audit(_ context.Context, e auth.Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, e)
	return w.refuse
}

func (w *world) last(t testing.TB) auth.Event {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.events) == 0 {
		t.Fatal("no event was recorded")
	}
	return w.events[len(w.events)-1]
}

func unlimited(c *auth.Config) {
	c.PerClient, c.PerAddress, c.PerFailure = &auth.Limit{}, &auth.Limit{}, &auth.Limit{}
}

func newWorld(t testing.TB, change ...func(*auth.Config)) *world {
	t.Helper()
	w := &world{clock: &clock{now: time.Date(2026, 11, 23, 12, 0, 0, 500_000_000, time.UTC)}, path: filepath.Join(t.TempDir(), sqlite.MainFile)}
	ring := seal.NewRing()
	box, err := seal.NewBox(ring)
	ok(t, err)
	mac, err := seal.NewMAC(ring)
	ok(t, err)
	w.cfg = auth.Config{
		Tenants: tenants{tenantA: true, tenantB: true}, Box: box, MAC: mac, Audit: w.audit, Clock: w.clock.Now, Issuer: issuer,
	}
	unlimited(&w.cfg)
	for _, f := range change {
		f(&w.cfg)
	}
	w.Service, w.db = w.process(t)
	ctx := t.Context()
	w.app1, err = w.CreateClient(ctx, "test", auth.Client{Name: "app1", Grant: auth.Grant{Tenants: []string{tenantB, tenantA}}})
	ok(t, err)
	w.app2, err = w.CreateClient(ctx, "test", auth.Client{Name: "app2", Grant: auth.Grant{Tenants: []string{tenantA}}})
	ok(t, err)
	w.sec1, w.s1, err = w.AddSecret(ctx, "test", w.app1.ID, auth.NewSecret{Label: "first"})
	ok(t, err)
	_, w.s2, err = w.AddSecret(ctx, "test", w.app2.ID, auth.NewSecret{})
	ok(t, err)
	return w
}

// process is one more process on the same data.
func (w *world) process(t testing.TB) (*auth.Service, *sqlite.DB) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), w.path, sqlite.Options{})
	ok(t, err)
	t.Cleanup(func() { ok(t, db.Close()) })
	cfg := w.cfg
	cfg.Storage = db
	s, err := auth.New(cfg)
	ok(t, err)
	ok(t, s.Start(t.Context()))
	return s, db
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type answer struct {
	status int
	header http.Header
	body   string
	json   map[string]any
}

func (a answer) code() string { s, _ := a.json["error"].(string); return s }

func (a answer) token() string { s, _ := a.json["access_token"].(string); return s }

// ask sends a request to the token endpoint.
func ask(t testing.TB, s *auth.Service, method, target, body string, header ...string) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	s.TokenHandler().ServeHTTP(rec, r)
	a := answer{status: rec.Code, header: rec.Header(), body: rec.Body.String()}
	if err := json.Unmarshal(rec.Body.Bytes(), &a.json); err != nil {
		t.Fatalf("the answer is no JSON: %v: %s", err, a.body)
	}
	return a
}

func post(t testing.TB, s *auth.Service, body string, header ...string) answer {
	t.Helper()
	return ask(t, s, http.MethodPost, "/oauth2/token", body, header...)
}

func form(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

func grant(c auth.Client, secret, scope string) string {
	return form("grant_type", "client_credentials", "client_id", c.ID, "client_secret", secret, "scope", scope)
}

// token gets a token for tenant A, which must be issued.
func token(t testing.TB, s *auth.Service, c auth.Client, secret string) string {
	t.Helper()
	a := post(t, s, grant(c, secret, tenantA))
	if a.status != http.StatusOK {
		t.Fatalf("no token: %d %s", a.status, a.body)
	}
	return a.token()
}

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

func public(ctx context.Context) context.Context { return access.WithPublicURL(ctx, issuer) }
