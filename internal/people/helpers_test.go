package people_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/db/sqlite"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/people"
	"github.com/wardbridge/wardbridge/internal/seal"
)

func TestMain(m *testing.M) { await.Main(m) }

// A clock stands until it is moved.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// emptyDatabase is a database with its tables and nothing in it: making them
// is most of what a rig would cost.
var emptyDatabase = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "people")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, sqlite.MainFile)
	db, err := sqlite.Open(context.Background(), file, sqlite.Options{})
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

// A rig is a service on a database of its own.
type rig struct {
	*people.Service
	t     *testing.T
	clock *clock
	db    *sqlite.DB
	log   *audit.Log
}

func newRig(t *testing.T, change func(*people.Config)) *rig {
	t.Helper()
	file := filepath.Join(t.TempDir(), sqlite.MainFile)
	empty, err := emptyDatabase()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, empty, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), file, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	r := &rig{t: t, clock: &clock{t: time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)}, db: db}
	if r.log, err = audit.New(audit.Config{Storage: db, Reader: db}); err != nil {
		t.Fatal(err)
	}
	box, err := seal.NewBox(seal.NewRing())
	if err != nil {
		t.Fatal(err)
	}
	cfg := people.Config{
		Storage: db, Box: box, Local: true, Clock: r.clock.now,
		Hashing: people.Hashing{Memory: 64, Passes: 1}, // quick: what it costs is not what these tests are about
	}
	if change != nil {
		change(&cfg)
	}
	if r.Service, err = people.New(cfg); err != nil {
		t.Fatal(err)
	}
	return r
}

// from is a context of a request from an address, to a public URL.
func from(t *testing.T, remote, public string) context.Context {
	ctx := access.WithPublicURL(t.Context(), public)
	return access.WithPrincipal(ctx, access.Principal{Remote: netip.MustParseAddr(remote)})
}

// ctx is a request from somewhere.
func (r *rig) ctx() context.Context { return from(r.t, "192.0.2.7", "https://wb.example.org") }

// browser is what a request with a session's token becomes; nil when nobody is
// signed in by it.
func (r *rig) browser(method, token string) context.Context {
	r.t.Helper()
	return r.browserAt(r.ctx(), method, token)
}

func (r *rig) browserAt(ctx context.Context, method, token string) context.Context {
	r.t.Helper()
	req := httptest.NewRequestWithContext(ctx, method, "/api/session", http.NoBody)
	req.AddCookie(&http.Cookie{Name: people.CookieName, Value: token}) //nolint:gosec // as a browser sends it
	out, err := r.Authenticate(req)
	switch {
	case err == nil:
		return out
	case !isNobody(err):
		r.t.Fatalf("authenticate: %v", err)
	}
	return nil
}

// account makes a local account with a good password.
func (r *rig) account(username string, admin bool) people.Person {
	r.t.Helper()
	_, path, err := r.Invite(r.ctx(), "test", people.Person{Name: "Someone " + username, Username: username, Admin: admin})
	if err != nil {
		r.t.Fatal(err)
	}
	p, _, err := r.Welcome(r.ctx(), tokenOf(path), people.Person{}, good)
	if err != nil {
		r.t.Fatal(err)
	}
	r.clock.add(time.Hour) // so that rates start anew
	return p
}

func tokenOf(path string) string {
	_, token, _ := strings.Cut(path, "#")
	return token
}

// records are the audit's, oldest first.
func (r *rig) records() (out []audit.Record) {
	r.t.Helper()
	for rec, err := range r.log.All(r.t.Context(), audit.Filter{}) {
		if err != nil {
			r.t.Fatal(err)
		}
		if rec.Operation != "ChainStart" {
			out = append([]audit.Record{*rec}, out...)
		}
	}
	return out
}

func isNobody(err error) bool {
	return err != nil && strings.Contains(err.Error(), operation.ErrNobody.Error())
}

// code is the code and status of a problem, "" without an error.
func code(err error) string {
	if err == nil {
		return ""
	}
	if p, ok := asProblem(err); ok {
		return p.Code
	}
	return "internal: " + err.Error()
}
