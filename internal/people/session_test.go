package people_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/people"
)

// A session ends after idle time and after half a day at most. Pages read and
// post by themselves, so only what a person does keeps it.
func TestSessionLife(t *testing.T) {
	t.Parallel()
	const m = time.Minute
	type step struct {
		after time.Duration
		do    string // keep, or a method
		want  bool   // still signed in
	}
	get := func(after time.Duration, want bool) step { return step{after, http.MethodGet, want} }
	for _, tc := range []struct {
		name  string
		steps []step
	}{
		{"at once", []step{get(0, true)}},
		{"idle for less than the time", []step{get(15*m, true)}},
		{"idle for longer", []step{get(16*m, false)}},
		{"pages that read do not keep it", []step{get(8*m, true), get(7*m, true), get(m, false)}},
		{"pages that post do not keep it", []step{{8 * m, http.MethodPost, true}, get(8*m, false)}},
		{"saying that one is there keeps it", []step{{14 * m, "keep", true}, {14 * m, "keep", true}, get(14*m, true)}},
		{"typing keeps it", []step{{14 * m, http.MethodPut, true}, get(14*m, true)}},
		{"what is over stays over", []step{get(20*m, false), {0, "keep", false}, get(0, false)}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.account("mira", false)
			_, token, err := r.SignIn(r.ctx(), "mira", good)
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range tc.steps {
				r.clock.add(s.after)
				method := s.do
				if method == "keep" {
					method = http.MethodPost
				}
				ctx := r.browser(method, token)
				if (ctx != nil) != s.want {
					t.Fatalf("step %d: signed in: %v, want %v", i, ctx != nil, s.want)
				}
				if s.do == "keep" && ctx != nil {
					if err := r.Keep(ctx); err != nil {
						t.Fatalf("step %d: keep: %v", i, err)
					}
				}
			}
		})
	}
}

func TestSessionEndsAfterHalfADay(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.account("mira", false)
	_, token, err := r.SignIn(r.ctx(), "mira", good)
	if err != nil {
		t.Fatal(err)
	}
	for range 71 { // 11 h 50 min
		r.clock.add(10 * time.Minute)
		if err := r.Keep(r.browser(http.MethodPost, token)); err != nil {
			t.Fatal(err)
		}
	}
	r.clock.add(10 * time.Minute)
	if r.browser(http.MethodGet, token) != nil {
		t.Error("the session goes on after 12 h")
	}
}

// A shorter idle time of a space counts as soon as the person does something.
func TestIdleTimeOfTheSetting(t *testing.T) {
	t.Parallel()
	idle := 15 * time.Minute
	r := newRig(t, func(c *people.Config) {
		c.Idle = func(context.Context, string) (time.Duration, error) { return idle, nil }
	})
	r.account("mira", false)
	_, token, err := r.SignIn(r.ctx(), "mira", good)
	if err != nil {
		t.Fatal(err)
	}
	idle = 2 * time.Minute
	r.clock.add(5 * time.Minute)
	if err := r.Keep(r.browser(http.MethodPost, token)); err != nil {
		t.Fatal(err)
	}
	r.clock.add(3 * time.Minute)
	if r.browser(http.MethodGet, token) != nil {
		t.Error("the session goes on by the longer idle time")
	}
}

// That someone is there is written down once a minute at most.
func TestSessionIsTouchedOnceAMinute(t *testing.T) {
	t.Parallel()
	storage := &counting{}
	r := newRig(t, func(c *people.Config) { storage.Storage = c.Storage; c.Storage = storage })
	r.account("mira", false)
	_, token, err := r.SignIn(r.ctx(), "mira", good)
	if err != nil {
		t.Fatal(err)
	}
	storage.changes = 0
	for range 180 { // three minutes of typing
		r.clock.add(time.Second)
		if r.browser(http.MethodPut, token) == nil {
			t.Fatal("signed out")
		}
	}
	if storage.changes != 3 {
		t.Errorf("written %d times in three minutes, want 3", storage.changes)
	}
}

type counting struct {
	people.Storage
	changes int
}

func (c *counting) ChangePeople(ctx context.Context, ch *people.Change, fn func(context.Context, people.Tx) error) error {
	c.changes++
	return c.Storage.ChangePeople(ctx, ch, fn)
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	p := r.account("mira", false)
	var tokens [2]string
	for i := range tokens {
		var err error
		if _, tokens[i], err = r.SignIn(r.ctx(), "mira", good); err != nil {
			t.Fatal(err)
		}
	}
	stream := r.browser(http.MethodGet, tokens[0])
	if ok, err := r.Alive(stream); !ok || err != nil {
		t.Fatalf("alive: %v, %v", ok, err)
	}
	if err := r.SignOut(r.browser(http.MethodDelete, tokens[0])); err != nil {
		t.Fatal(err)
	}
	if r.browser(http.MethodGet, tokens[0]) != nil {
		t.Error("the session goes on after signing out")
	}
	if ok, err := r.Alive(stream); ok || err != nil {
		t.Errorf("what ran when the person signed out is alive: %v, %v", ok, err)
	}
	if r.browser(http.MethodGet, tokens[1]) == nil {
		t.Error("the other browser was signed out too")
	}
	if _, err := r.Change(r.ctx(), "test", p.ID, "disable", func(p *people.Person) { p.Disabled = true }); err != nil {
		t.Fatal(err)
	}
	if r.browser(http.MethodGet, tokens[1]) != nil {
		t.Error("a disabled person is still signed in")
	}
	if _, err := r.Change(r.ctx(), "test", p.ID, "enable", func(p *people.Person) { p.Disabled = false }); err != nil {
		t.Fatal(err)
	}
	if r.browser(http.MethodGet, tokens[1]) != nil {
		t.Error("enabling brought an old session back")
	}
}

func TestCookies(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	for _, tc := range []struct {
		name, public, token, want string
	}{
		{"https", "https://wb.example.org", "tok", "wb_session=tok; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{"http", "http://127.0.0.1:8080", "tok", "wb_session=tok; Path=/; HttpOnly; SameSite=Lax"},
		{"signed out", "https://wb.example.org", "", "wb_session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"},
	} {
		if got := r.Cookie(from(t, "192.0.2.7", tc.public), tc.token).String(); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
	for _, cookie := range []string{"", "x", strings.Repeat("A", 43), strings.Repeat("A", 5000), "' OR 1=1 --"} {
		req := httptest.NewRequestWithContext(r.ctx(), http.MethodGet, "/", http.NoBody)
		req.AddCookie(&http.Cookie{Name: people.CookieName, Value: cookie}) //nolint:gosec // as a browser sends it
		if _, err := r.Authenticate(req); !isNobody(err) {
			t.Errorf("cookie %.20q: %v, want nobody", cookie, err)
		}
	}
}

// Of what lets someone in, the database's files hold nothing.
func TestNothingThatLetsInIsStored(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.account("mira", false)
	_, token, err := r.SignIn(r.ctx(), "mira", good)
	if err != nil {
		t.Fatal(err)
	}
	_, path, err := r.Invite(r.ctx(), "test", people.Person{Name: "Jo", Username: "jo"})
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(r.db.Path() + "*")
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found = found || bytes.Contains(text, []byte("$argon2id$"))
		for what, secret := range map[string]string{"password": good, "session": token, "link": tokenOf(path)} {
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("%s holds the %s", filepath.Base(file), what)
			}
		}
	}
	if !found {
		t.Error("the files that were looked at do not hold the hash either: the test looks in the wrong place")
	}
}
