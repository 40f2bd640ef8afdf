package people_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/people"
)

const good = "three ferries at dawn"

func asProblem(err error) (*operation.Problem, bool) { return errors.AsType[*operation.Problem](err) }

// Whatever is wrong with a sign-in, the answer is the same.
func TestSignIn(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	p := r.account("Mira.K", false)
	off := r.account("gone", false)
	if _, err := r.Change(r.ctx(), "test", off.ID, "disable", func(p *people.Person) { p.Disabled = true }); err != nil {
		t.Fatal(err)
	}
	if err := r.PutDemoPerson(r.ctx(), people.Person{ID: "demo-nurse", Name: "Ward nurse"}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Invite(r.ctx(), "test", people.Person{Name: "New", Username: "invited"}); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, username, password, want string }{
		{"right", "mira.k", good, ""},
		{"another spelling of the username", " MIRA.K ", good, ""},
		{"full-width letters", "ｍｉｒａ.k", good, ""},
		{"wrong password", "mira.k", "three ferries at dusk", "wrong-password"},
		{"no password", "mira.k", "", "wrong-password"},
		{"a password that is a book", "mira.k", strings.Repeat("x", 1<<20), "wrong-password"},
		{"unknown", "nobody", good, "wrong-password"},
		{"no username", "", good, "wrong-password"},
		{"a username that is a book", strings.Repeat("x", 1<<20), good, "wrong-password"},
		{"disabled", "gone", good, "wrong-password"},
		{"invited, without a password yet", "invited", "", "wrong-password"},
		{"the demo's, who have no username", "demo-nurse", "", "wrong-password"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r.clock.add(time.Hour)
			who, token, err := r.SignIn(r.ctx(), tc.username, tc.password)
			if got := code(err); got != tc.want {
				t.Fatalf("answered %q, want %q", got, tc.want)
			}
			if tc.want != "" {
				if token != "" || who.ID != "" {
					t.Errorf("a refused sign-in gave token %q of %q", token, who.ID)
				}
				if pr, _ := asProblem(err); pr.Status != http.StatusUnauthorized {
					t.Errorf("status %d, want 401", pr.Status)
				}
				return
			}
			ctx := r.browser(http.MethodGet, token)
			if ctx == nil {
				t.Fatal("the token signs nobody in")
			}
			if got, _ := people.From(ctx); got.ID != p.ID {
				t.Errorf("signed in as %q, want %q", got.ID, p.ID)
			}
		})
	}
}

func TestLocalAccountsOff(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *people.Config) { c.Local = false })
	if _, _, err := r.SignIn(r.ctx(), "mira", good); code(err) != "local-off" {
		t.Errorf("sign in: %v, want local-off", err)
	}
	if _, _, err := r.Invite(r.ctx(), "test", people.Person{Name: "A", Username: "abc"}); code(err) != "local-off" {
		t.Errorf("invite: %v, want local-off", err)
	}
	if path, err := r.FirstLink(r.ctx()); path != "" || err != nil {
		t.Errorf("first link: %q, %v, want none", path, err)
	}
}

// Rates hold in front of the hashing, for each username and for each address.
func TestTooManyTries(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		try    func(r *rig, i int) error
		before int // tries that pass
		later  time.Duration
	}{
		{"one username from many addresses", func(r *rig, i int) error {
			ctx := from(r.t, "198.51.100."+string(rune('0'+i%10)), "https://wb.example.org")
			_, _, err := r.SignIn(ctx, "mira", "wrong")
			return err
		}, 10, 10 * time.Second},
		{"many usernames from one address", func(r *rig, i int) error {
			_, _, err := r.SignIn(r.ctx(), "user"+string(rune('a'+i%26))+string(rune('a'+i/26)), "wrong")
			return err
		}, 60, time.Second},
		{"one-time links from one address", func(r *rig, i int) error {
			_, _, err := r.Welcome(r.ctx(), "not a link", people.Person{}, good)
			return err
		}, 60, time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			for i := range tc.before {
				if err := tc.try(r, i); code(err) == "too-fast" {
					t.Fatalf("try %d was refused", i+1)
				}
			}
			recorded := len(r.records())
			err := tc.try(r, tc.before)
			p, ok := asProblem(err)
			if !ok || p.Code != "too-fast" || p.Status != http.StatusTooManyRequests || p.Retry < time.Second {
				t.Fatalf("try %d: %v, want too-many with a time", tc.before+1, err)
			}
			if n := len(r.records()); n != recorded {
				t.Errorf("a try over the limit costs %d records", n-recorded)
			}
			r.clock.add(tc.later)
			if err := tc.try(r, tc.before); code(err) == "too-fast" {
				t.Errorf("after %v it is still refused", tc.later)
			}
		})
	}
}

// What is recorded names who and how, and holds nothing that was typed.
func TestSignInsAreRecorded(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	p := r.account("mira.vance", false)
	_, token, err := r.SignIn(r.ctx(), "mira.vance", good)
	if err != nil {
		t.Fatal(err)
	}
	for _, tried := range [][2]string{{"mira.vance", "typo-of-a-password"}, {"passw0rd-in-the-wrong-field", "x"}} {
		if _, _, err := r.SignIn(r.ctx(), tried[0], tried[1]); err == nil {
			t.Fatal("signed in")
		}
	}
	if err := r.SignOut(r.browser(http.MethodDelete, token)); err != nil {
		t.Fatal(err)
	}
	type line struct{ Operation, Person, Target, Remote, Detail string }
	var got []line
	for _, rec := range r.records() {
		got = append(got, line{rec.Operation, rec.Person, rec.Target, rec.Remote, rec.Detail})
		text, err := json.Marshal(&rec)
		if err != nil {
			t.Fatal(err)
		}
		for _, typed := range []string{"mira.vance", "Someone", "typo-of", "passw0rd", "ferries", token} {
			if strings.Contains(string(text), typed) {
				t.Errorf("a record holds %q: %s", typed, text)
			}
		}
	}
	const at = "192.0.2.7"
	want := []line{
		{people.PersonCreate, "", "Person/" + p.ID, at, ""},
		{people.PersonPasswordSet, p.ID, "", at, "link"},
		{people.PersonSignIn, p.ID, "", at, "local"},
		{people.PersonSignInRefused, p.ID, "", at, "local"},
		{people.PersonSignInRefused, "", "", at, "local"},
		{people.PersonSignOut, p.ID, "", at, ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// Demo people are for whoever sits at the machine: not for another machine, not
// for a page of elsewhere that leads a browser here, and never without a demo.
func TestDemoPeople(t *testing.T) {
	t.Parallel()
	const local = "http://127.0.0.1:8080"
	for _, tc := range []struct {
		name, remote, public string
		demo, want           bool
	}{
		{"at the machine", "127.0.0.1", local, true, true},
		{"at the machine, by name", "127.0.0.1", "http://localhost:8080", true, true},
		{"at the machine, IPv6", "::1", "http://[::1]:8080", true, true},
		{"at the machine, IPv4 in IPv6", "::ffff:127.0.0.1", local, true, true},
		{"from another machine", "192.0.2.7", local, true, false},
		{"by a name that others made point here", "127.0.0.1", "http://evil.example.org:8080", true, false},
		{"by an address of the network", "127.0.0.1", "http://192.168.1.5:8080", true, false},
		{"no demo", "127.0.0.1", local, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(c *people.Config) { c.Demo = tc.demo })
			if err := r.PutDemoPerson(r.ctx(), people.Person{ID: "demo-nurse", Name: "Ward nurse"}); err != nil {
				t.Fatal(err)
			}
			real := r.account("mira", false)
			ctx := from(t, tc.remote, tc.public)
			list, err := r.DemoPeople(ctx)
			if err != nil || (len(list) == 1) != tc.want {
				t.Errorf("offered: %v, %v, want some: %v", list, err, tc.want)
			}
			_, token, err := r.SignInDemo(ctx, "demo-nurse")
			if (err == nil) != tc.want {
				t.Fatalf("signed in: %v, want %v", err, tc.want)
			}
			if _, _, err := r.SignInDemo(ctx, real.ID); err == nil {
				t.Error("a real person was signed in without a password")
			}
			if _, _, err := r.SignInDemo(ctx, "nobody"); err == nil {
				t.Error("nobody was signed in")
			}
			if !tc.want {
				return
			}
			if r.browserAt(ctx, http.MethodGet, token) == nil {
				t.Error("the session is nobody's")
			}
			if r.browserAt(from(t, "192.0.2.7", local), http.MethodGet, token) != nil {
				t.Error("the session works from another machine")
			}
		})
	}
}

func TestPutDemoPersonOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *people.Config) { c.Demo = true })
	ctx := from(t, "127.0.0.1", "http://127.0.0.1")
	for range 2 {
		if err := r.PutDemoPerson(ctx, people.Person{ID: "demo-nurse", Name: "Ward nurse"}); err != nil {
			t.Fatal(err)
		}
		p, token, err := r.SignInDemo(ctx, "demo-nurse")
		if err != nil {
			t.Fatal(err)
		}
		if p, err = r.SetPrefs(r.browserAt(ctx, http.MethodPut, token), people.Prefs{Theme: "dark"}); err != nil {
			t.Fatal(err)
		}
		if p.Prefs.Theme != "dark" {
			t.Errorf("theme %q, want dark", p.Prefs.Theme)
		}
	}
	if p, _, err := r.SignInDemo(ctx, "demo-nurse"); err != nil || p.Prefs.Theme != "dark" {
		t.Errorf("made again, the person became %+v, %v", p, err)
	}
}

func TestPrefs(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.account("mira", false)
	_, token, err := r.SignIn(r.ctx(), "mira", good)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name  string
		prefs people.Prefs
		field string
	}{
		{"all", people.Prefs{Locale: "zh-TW", Theme: "contrast", Space: "abc", NoShortcuts: true}, ""},
		{"none", people.Prefs{}, ""},
		{"a language we do not have", people.Prefs{Locale: "tlh"}, "locale"},
		{"a theme we do not have", people.Prefs{Theme: "pink"}, "theme"},
		{"a space that is a book", people.Prefs{Space: strings.Repeat("x", 1000)}, "space"},
	} {
		p, err := r.SetPrefs(r.browser(http.MethodPut, token), tc.prefs)
		if tc.field != "" {
			if pr, ok := asProblem(err); !ok || pr.Errors[tc.field] == "" {
				t.Errorf("%s: %v, want a mistake in %s", tc.name, err, tc.field)
			}
			continue
		}
		if err != nil || p.Prefs != tc.prefs {
			t.Errorf("%s: %+v, %v", tc.name, p.Prefs, err)
		}
	}
	if _, err := r.SetPrefs(context.Background(), people.Prefs{}); code(err) != "not-signed-in" {
		t.Errorf("nobody's: %v, want not-signed-in", err)
	}
}
