package people_test

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/people"
)

// The first link makes the first administrator, once; a new start makes the
// one before worthless.
func TestFirstLink(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	older, err := r.FirstLink(r.ctx())
	if err != nil {
		t.Fatal(err)
	}
	path, err := r.FirstLink(r.ctx())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(path, "/patients/welcome#") || len(tokenOf(path)) != 43 {
		t.Fatalf("path %q, want a page with a token of 256 bits behind the #", path)
	}
	me := people.Person{Name: " Ana\tMoreau ", Username: "Ana"}
	if _, _, err := r.Welcome(r.ctx(), tokenOf(older), me, good); code(err) != "link-used" {
		t.Errorf("the link of an earlier start: %v, want link-used", err)
	}
	p, token, err := r.Welcome(r.ctx(), tokenOf(path), me, good)
	if err != nil {
		t.Fatal(err)
	}
	if !p.Admin || p.Name != "Ana Moreau" || p.Username != "ana" {
		t.Errorf("made %+v, want an administrator", p)
	}
	if r.browser(http.MethodGet, token) == nil {
		t.Error("the new account is not signed in")
	}
	if _, _, err := r.Welcome(r.ctx(), tokenOf(path), me, good); code(err) != "link-used" {
		t.Errorf("a second use: %v, want link-used", err)
	}
	if path, err := r.FirstLink(r.ctx()); path != "" || err != nil {
		t.Errorf("with an administrator: %q, %v, want no link", path, err)
	}
	if _, _, err := r.SignIn(r.ctx(), "ana", good); err != nil {
		t.Errorf("sign in: %v", err)
	}
}

// A link that is used by several at once makes one account.
func TestFirstLinkRace(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	path, err := r.FirstLink(r.ctx())
	if err != nil {
		t.Fatal(err)
	}
	var made atomic.Int32
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			ctx := from(t, "192.0.2."+string(rune('1'+i)), "https://wb.example.org")
			_, _, err := r.Welcome(ctx, tokenOf(path), people.Person{Name: "A", Username: "user" + string(rune('a'+i))}, good)
			if err == nil {
				made.Add(1)
			} else if c := code(err); c != "link-used" {
				t.Errorf("loser: %v", err)
			}
		})
	}
	wg.Wait()
	all, err := r.People(r.ctx())
	if err != nil || made.Load() != 1 || len(all) != 1 {
		t.Errorf("%d were told they have an account, %d have (%v), want 1", made.Load(), len(all), err)
	}
}

// While an administrator came by another way, the printed link is worth
// nothing.
func TestFirstLinkWhenOneCameByAnotherWay(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	path, err := r.FirstLink(r.ctx())
	if err != nil {
		t.Fatal(err)
	}
	r.account("boss", true)
	if _, _, err := r.Welcome(r.ctx(), tokenOf(path), people.Person{Name: "A", Username: "abc"}, good); code(err) != "link-used" {
		t.Errorf("%v, want link-used", err)
	}
}

func TestInvitation(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	admin := people.With(r.ctx(), people.Person{ID: "a", Admin: true})
	p, path, err := r.Invite(admin, "", people.Person{Name: "Jo", Username: "jo"})
	if err != nil {
		t.Fatal(err)
	}
	_, second, err := r.Invite(r.ctx(), "cli", people.Person{Username: "jo"})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Welcome(r.ctx(), tokenOf(path), people.Person{}, good); code(err) != "link-used" {
		t.Errorf("a link that was replaced: %v, want link-used", err)
	}
	if _, _, err := r.Welcome(r.ctx(), tokenOf(second), people.Person{Name: "Jo Lind", Username: "other"}, "jo lind was here"); code(err) != "invalid" {
		t.Errorf("a password made of one's own name: %v, want invalid", err)
	}
	r.account("somebody", false)
	if _, _, err := r.Welcome(r.ctx(), tokenOf(second), people.Person{Username: "Somebody"}, good); code(err) != "invalid" {
		t.Errorf("a username that is someone's: %v, want invalid", err)
	}
	got, first, err := r.Welcome(r.ctx(), tokenOf(second), people.Person{Name: "Jo Lind", Username: "Lind"}, good)
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != p.ID || got.Username != "lind" || got.Name != "Jo Lind" || got.Admin {
		t.Errorf("became %+v", got)
	}
	// A new password ends what went on with the old one.
	_, third, err := r.Invite(r.ctx(), "cli", people.Person{Username: "lind"})
	if err != nil {
		t.Fatal(err)
	}
	if r.browser(http.MethodGet, first) == nil {
		t.Error("an unused link ended a session")
	}
	if _, _, err := r.Welcome(r.ctx(), tokenOf(third), people.Person{}, "another fine sentence"); err != nil {
		t.Fatal(err)
	}
	if r.browser(http.MethodGet, first) != nil {
		t.Error("a session outlived the password")
	}
	if _, _, err := r.SignIn(r.ctx(), "lind", good); code(err) != "wrong-password" {
		t.Errorf("the old password: %v", err)
	}
	r.clock.add(time.Hour)
	_, late, err := r.Invite(r.ctx(), "cli", people.Person{Username: "lind"})
	if err != nil {
		t.Fatal(err)
	}
	r.clock.add(72 * time.Hour)
	if _, _, err := r.Welcome(r.ctx(), tokenOf(late), people.Person{}, good); code(err) != "link-used" {
		t.Errorf("a link of three days ago: %v, want link-used", err)
	}
}

func TestWhoMayInvite(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.account("taken", false)
	admin := people.With(r.ctx(), people.Person{ID: "a", Admin: true})
	for _, tc := range []struct {
		name        string
		p           people.Person
		code, field string
	}{
		{"good", people.Person{Name: "陳大文", Username: "chan.tai-man"}, "", ""},
		{"Chinese username", people.Person{Name: "陳大文", Username: "大文"}, "", ""},
		{"taken, in other letters", people.Person{Name: "X", Username: "TAKEN"}, "invalid", "username"},
		{"no name", people.Person{Username: "abc"}, "invalid", "name"},
		{"a name that is a book", people.Person{Name: strings.Repeat("x", 300), Username: "abc"}, "invalid", "name"},
		{"no username", people.Person{Name: "X"}, "invalid", "username"},
		{"a username of one letter", people.Person{Name: "X", Username: "x"}, "invalid", "username"},
		{"a username with blanks", people.Person{Name: "X", Username: "a b c"}, "invalid", "username"},
		{"a username with markup", people.Person{Name: "X", Username: "<b>x</b>"}, "invalid", "username"},
	} {
		_, _, err := r.Invite(admin, "", tc.p)
		if code(err) != tc.code {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.code)
		}
		if pr, ok := asProblem(err); ok && pr.Errors[tc.field] == "" {
			t.Errorf("%s: mistakes %v, want one in %s", tc.name, pr.Errors, tc.field)
		}
	}
	nobody := people.Person{Name: "X", Username: "abc"}
	if _, _, err := r.Invite(r.ctx(), "", nobody); code(err) != "forbidden" {
		t.Errorf("nobody invites: %v, want forbidden", err)
	}
	if _, _, err := r.Invite(people.With(r.ctx(), people.Person{ID: "m"}), "", nobody); code(err) != "forbidden" {
		t.Errorf("someone who is no administrator invites: %v, want forbidden", err)
	}
}

func TestPasswordsThatAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	for _, tc := range []struct {
		name, password string
		ok             bool
	}{
		{"a sentence", good, true},
		{"random", "x7#Kq!pL2$vB", true},
		{"Chinese", "床前明月光疑是地上霜舉頭望", true},
		{"eleven characters", "x7#Kq!pL2$v", false},
		{"three letters over and over", strings.Repeat("abc", 8), false},
		{"one letter", strings.Repeat("a", 20), false},
		{"a run", "abcdefghijklmnop", false},
		{"a run down", "98765432109876", false},
		{"the word", "Password1234", false},
		{"a row of keys", "qwertyuiop12", false},
		{"the username in it", "my-mira-2026-abc", false},
		{"longer than we hash", good + strings.Repeat("x", 256), false},
		{"not text", good + "\xff", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r.clock.add(time.Hour)
			_, path, err := r.Invite(r.ctx(), "test", people.Person{Name: "M K", Username: "mira"})
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = r.Welcome(r.ctx(), tokenOf(path), people.Person{}, tc.password)
			if (err == nil) != tc.ok {
				t.Fatalf("%v, want it taken: %v", err, tc.ok)
			}
			if pr, ok := asProblem(err); ok && pr.Errors["password"] == "" {
				t.Errorf("mistakes %v, want one in password", pr.Errors)
			}
		})
	}
}
