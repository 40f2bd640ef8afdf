package people_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/people"
)

const better = "four ferries at dusk"

// signedIn is a browser of somebody with a local account.
func (r *rig) signedIn(username string) (ctx context.Context, token string) {
	r.t.Helper()
	_, token, err := r.SignIn(r.ctx(), username, good)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.browser(http.MethodPut, token), token
}

// The new password lets in, the old one does not; of all browsers the one that
// asked goes on, with another token; and a link that waits sets nothing more.
func TestChangePassword(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	p := r.account("mira", false)
	r.account("jo", false)
	_, elsewhere := r.signedIn("mira")
	_, another := r.signedIn("jo")
	ctx, mine := r.signedIn("mira")
	_, link, err := r.Invite(r.ctx(), "test", people.Person{Username: "mira"})
	if err != nil {
		t.Fatal(err)
	}
	token, err := r.ChangePassword(ctx, good, better)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		token string
		in    bool
	}{"the browser that asked": {token, true}, "its old token": {mine, false}, "a browser elsewhere": {elsewhere, false}, "someone else": {another, true}} {
		if got := r.browser(http.MethodGet, tc.token) != nil; got != tc.in {
			t.Errorf("%s is signed in: %v, want %v", name, got, tc.in)
		}
	}
	if _, _, err := r.Welcome(r.ctx(), tokenOf(link), people.Person{}, "a third password of hers"); code(err) != "link-used" {
		t.Errorf("a link from before: %v, want link-used", err)
	}
	if _, _, err := r.SignIn(r.ctx(), "mira", good); code(err) != "wrong-password" {
		t.Errorf("the old password: %v, want wrong-password", err)
	}
	if who, _, err := r.SignIn(r.ctx(), "mira", better); err != nil || who.ID != p.ID {
		t.Errorf("the new password: %q, %v", who.ID, err)
	}
}

// What is refused changes nothing and signs nobody out.
func TestChangePasswordRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, old, password, field, want string }{
		{"wrong old one", "not it at all", better, "old", "invalid"},
		{"no old one", "", better, "old", "invalid"},
		{"an old one that is a book", strings.Repeat("x", 1<<20), better, "old", "invalid"},
		{"too short", good, "x7#Kq!pL2$v", "password", "invalid"},
		{"easy", good, "Password1234", "password", "invalid"},
		{"the username in it", good, "my-mira-2026-abc", "password", "invalid"},
		{"the old one again", good, good, "password", "invalid"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.account("mira", false)
			ctx, token := r.signedIn("mira")
			fresh, err := r.ChangePassword(ctx, tc.old, tc.password)
			if p, ok := asProblem(err); !ok || p.Code != tc.want || p.Status != http.StatusUnprocessableEntity || p.Errors[tc.field] == "" || len(p.Errors) != 1 {
				t.Errorf("answered %v, want a mistake in %s", err, tc.field)
			}
			if fresh != "" || r.browser(http.MethodGet, token) == nil {
				t.Errorf("token %q, and the session is over: want neither", fresh)
			}
			if _, _, err := r.SignIn(r.ctx(), "mira", good); err != nil {
				t.Errorf("the old password: %v", err)
			}
		})
	}
}

// Who has no password here is told so: ready-made people, people of an issuer,
// and everybody where there are no local accounts. Nobody is told to sign in.
func TestChangePasswordOfWhoHasNone(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		local bool
		who   *people.Person
		want  string
	}{
		{"nobody", true, nil, "not-signed-in"},
		{"of an issuer", true, &people.Person{ID: "a", Name: "A"}, "no-password"},
		{"no local accounts", false, &people.Person{ID: "a", Name: "A", Username: "anna"}, "no-password"},
		{"disabled or gone since", true, &people.Person{ID: "a", Name: "A", Username: "anna"}, "not-signed-in"},
	} {
		r := newRig(t, func(c *people.Config) { c.Local = tc.local })
		ctx := r.ctx()
		if tc.who != nil {
			ctx = people.With(ctx, *tc.who)
		}
		if _, err := r.ChangePassword(ctx, good, better); code(err) != tc.want {
			t.Errorf("%s: %v, want %s", tc.name, err, tc.want)
		}
	}
}

// Whoever holds a session may not try passwords faster than at the door: both
// count together, and a try over the limit costs nothing.
func TestChangePasswordTries(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.account("mira", false)
	ctx, _ := r.signedIn("mira") // the first of ten
	for i := range 9 {
		if _, err := r.ChangePassword(ctx, "wrong", better); code(err) != "invalid" {
			t.Fatalf("try %d: %v", i+1, err)
		}
	}
	recorded := len(r.records())
	if _, err := r.ChangePassword(ctx, good, better); code(err) != "too-fast" {
		t.Errorf("after ten tries: %v, want too-fast", err)
	}
	if _, _, err := r.SignIn(r.ctx(), "mira", good); code(err) != "too-fast" {
		t.Errorf("at the door: %v, want too-fast", err)
	}
	if n := len(r.records()); n != recorded {
		t.Errorf("tries over the limit cost %d records", n-recorded)
	}
	r.clock.add(10 * time.Second)
	if _, err := r.ChangePassword(ctx, good, better); err != nil {
		t.Errorf("later: %v", err)
	}
}

// Two windows change it at once: one of them does, the other is told that its
// old password is none any more.
func TestChangePasswordTwiceAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.account("mira", false)
	ctx, _ := r.signedIn("mira")
	done := make(chan error, 2)
	for _, password := range []string{better, "five ferries at noon"} {
		go func() {
			_, err := r.ChangePassword(ctx, good, password)
			done <- err
		}()
	}
	first, second := <-done, <-done
	if (first == nil) == (second == nil) {
		t.Fatalf("%v and %v, want one of them to be made", first, second)
	}
	if err := errors.Join(first, second); code(first)+code(second) != "invalid" {
		t.Errorf("the other: %v, want invalid", err)
	}
}

func TestChangesOfPasswordsAreRecorded(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	p := r.account("mira.vance", false)
	ctx, _ := r.signedIn("mira.vance")
	before := len(r.records())
	if _, err := r.ChangePassword(ctx, "typo-of-a-password", better); err == nil {
		t.Fatal("changed")
	}
	if _, err := r.ChangePassword(ctx, good, better); err != nil {
		t.Fatal(err)
	}
	recs := r.records()[before:]
	if len(recs) != 2 || recs[0].Operation != people.PersonPasswordRefused || recs[0].Status != 422 ||
		recs[1].Operation != people.PersonPasswordSet || recs[1].Detail != "own" || recs[1].Status != 200 {
		t.Fatalf("recorded %+v, want a refusal and a change", recs)
	}
	for _, rec := range recs {
		text, err := json.Marshal(&rec)
		if err != nil {
			t.Fatal(err)
		}
		if rec.Person != p.ID || rec.Remote != "192.0.2.7" {
			t.Errorf("%s is of %q at %q", rec.Operation, rec.Person, rec.Remote)
		}
		for _, typed := range []string{"typo-of", "ferries", "mira.vance"} {
			if strings.Contains(string(text), typed) {
				t.Errorf("a record holds %q: %s", typed, text)
			}
		}
	}
}
