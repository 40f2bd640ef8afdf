package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/patients/api"
	"github.com/wardbridge/wardbridge/internal/people"
)

// A browser keeps the cookie it is given.
type browser struct {
	*house
	remote, origin string
	cookie         *http.Cookie
}

// send gives the answer, whose body the caller closes.
func (b *browser) send(method, path string, body any) *http.Response {
	b.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		b.t.Fatal(err)
	}
	if body == nil {
		text = nil
	}
	ctx := access.WithPublicURL(b.t.Context(), b.origin)
	ctx = access.WithPrincipal(ctx, access.Principal{Remote: netip.MustParseAddr(b.remote)})
	r := httptest.NewRequestWithContext(ctx, method, path, bytes.NewReader(text))
	r.Header.Set("Content-Type", "application/json")
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	w := httptest.NewRecorder()
	b.web.ServeHTTP(w, r)
	for _, line := range w.Header().Values("Set-Cookie") {
		c, err := http.ParseSetCookie(line)
		if err != nil {
			b.t.Fatal(err)
		}
		if c.Name == people.CookieName {
			b.cookie = c
			if c.MaxAge < 0 {
				b.cookie = nil
			}
		}
	}
	return w.Result()
}

// read gives the status and what was answered.
func (b *browser) read(method, path string, body any) (int, string) {
	b.t.Helper()
	res := b.send(method, path, body)
	text, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func (b *browser) do(want int, method, path string, body any) (s api.Session) {
	b.t.Helper()
	status, text := b.read(method, path, body)
	if status != want {
		b.t.Fatalf("%s %s: %d, want %d: %s", method, path, status, want, text)
	}
	if want == http.StatusOK {
		s = decode[api.Session](b.t, text)
	}
	return s
}

// The way of a new installation: the printed link makes the first
// administrator, who makes a space and invites someone, who signs in.
func TestFirstRunToASecondPerson(t *testing.T) {
	t.Parallel()
	x := newHouse(t)
	b := &browser{house: x, remote: "192.0.2.7", origin: "https://wb.example.org"}
	s := b.do(200, "GET", "/api/session", nil)
	if s.Person != nil || !s.SignIn.FirstRun || !s.SignIn.Local || s.Version != "1.2.3" || len(s.SignIn.Demo) > 0 {
		t.Fatalf("before anyone signs in: %+v", s)
	}
	b.do(401, "DELETE", "/api/session", nil)
	path, err := x.ps.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(path, "#")
	first := obj{"token": token, "name": "Ana Moreau", "username": "ana", "password": "three ferries at dawn"}
	s = b.do(200, "POST", "/api/session/first", first)
	if s.Person == nil || !s.Person.Admin || b.cookie == nil || !b.cookie.HttpOnly || !b.cookie.Secure || s.IdleMinutes != 15 {
		t.Fatalf("first account: %+v, cookie %v", s, b.cookie)
	}
	b.do(410, "POST", "/api/session/first", first)
	if s = b.do(200, "GET", "/api/session", nil); s.Person == nil || s.SignIn.FirstRun {
		t.Fatalf("after it: %+v", s)
	}
	b.do(204, "POST", "/api/session/keep", nil)

	_, text := b.read("POST", "/api/patients/spaces", obj{"name": "7 East", "zone": "America/Chicago"})
	space := decode[api.SpaceView](t, text)
	_, text = b.read("POST", "/api/people", obj{"name": "Jo Lind", "username": "jo"})
	invited := decode[api.Invited](t, text)
	b.do(200, "PUT", "/api/patients/spaces/"+space.Space.ID+"/members/"+invited.Person.ID, obj{"role": "viewer"})
	b.do(204, "DELETE", "/api/session", nil)
	if b.cookie != nil {
		t.Error("signed out, and the cookie stays")
	}

	_, token, _ = strings.Cut(invited.Path, "#")
	jo := &browser{house: x, remote: "192.0.2.8", origin: "https://wb.example.org"}
	s = jo.do(200, "POST", "/api/session/first", obj{"token": token, "name": "", "username": "", "password": "four ferries at dusk"})
	if s.Person == nil || s.Person.Name != "Jo Lind" || s.Person.Admin || len(s.Spaces) != 3 {
		t.Fatalf("invited: %+v", s)
	}
	for _, sp := range s.Spaces {
		if want := (api.SpaceRef{ID: space.Space.ID, Name: "7 East", Role: patients.Viewer}); sp.ID == want.ID && sp != want {
			t.Errorf("the space is %+v, want %+v", sp, want)
		}
	}
	if status, _ := jo.read("POST", "/api/people", obj{"name": "X", "username": "xyz"}); status != http.StatusForbidden {
		t.Errorf("who is no administrator invites: %d, want 403", status)
	}
	jo.do(204, "DELETE", "/api/session", nil)
	jo.do(401, "POST", "/api/session", obj{"username": "jo", "password": "five ferries at noon"})
	if jo.cookie != nil {
		t.Error("a refused sign-in set a cookie")
	}
	jo.do(200, "POST", "/api/session", obj{"username": "JO", "password": "four ferries at dusk"})
	changePassword(t, jo)
	jo.do(200, "PUT", "/api/session/prefs", obj{"theme": "dark"})
	if s = jo.do(200, "GET", "/api/session", nil); s.Person.Prefs.Theme != "dark" {
		t.Errorf("prefs %+v, want dark", s.Person.Prefs)
	}
}

// changePassword is how somebody who is signed in gets another password; a
// second browser of theirs is signed out by it.
func changePassword(t *testing.T, b *browser) {
	t.Helper()
	other := &browser{house: b.house, remote: "192.0.2.9", origin: b.origin}
	other.do(200, "POST", "/api/session", obj{"username": "jo", "password": "four ferries at dusk"})
	status, text := b.read("PUT", "/api/session/password", obj{"old": "not it", "password": "six ferries at night"})
	if p := decode[operation.Problem](t, text); status != http.StatusUnprocessableEntity || p.Errors["old"] == "" {
		t.Errorf("a wrong old password: %d %s, want a mistake in it", status, text)
	}
	before := b.cookie.Value
	b.do(204, "PUT", "/api/session/password", obj{"old": "four ferries at dusk", "password": "six ferries at night"})
	if b.cookie == nil || b.cookie.Value == before || !b.cookie.HttpOnly || !b.cookie.Secure {
		t.Errorf("after the change the cookie is %v, want a new one", b.cookie)
	}
	b.do(204, "POST", "/api/session/keep", nil)
	other.do(401, "POST", "/api/session/keep", nil)
	other.do(401, "POST", "/api/session", obj{"username": "jo", "password": "four ferries at dusk"})
	other.do(200, "POST", "/api/session", obj{"username": "jo", "password": "six ferries at night"})
}

// The demo's people are offered, owners first, at this machine.
func TestDemoSession(t *testing.T) {
	t.Parallel()
	x := newHouse(t)
	for id, role := range map[string]patients.Role{"demo-auditor": patients.Auditor, "demo-owner": patients.Owner, "demo-nurse": patients.Member} {
		if err := x.ps.PutDemoPerson(t.Context(), people.Person{ID: id, Name: "The " + id}); err != nil {
			t.Fatal(err)
		}
		x.must(ann, "setMember", person(id), obj{"role": role}, nil)
	}
	here := &browser{house: x, remote: "127.0.0.1", origin: "http://127.0.0.1:8080"}
	s := here.do(200, "GET", "/api/session", nil)
	var roles []string
	for _, d := range s.SignIn.Demo {
		roles = append(roles, string(d.Role))
	}
	if got := strings.Join(roles, " "); got != "owner member auditor" || s.SignIn.FirstRun || !s.Demo {
		t.Fatalf("offered %q, first run %v", got, s.SignIn.FirstRun)
	}
	if s = here.do(200, "POST", "/api/session", obj{"demo": "demo-nurse"}); s.Person == nil || s.Person.ID != "demo-nurse" || here.cookie.Secure {
		t.Errorf("signed in as %+v, cookie %v", s.Person, here.cookie)
	}
	there := &browser{house: x, remote: "192.0.2.7", origin: "http://127.0.0.1:8080"}
	if s = there.do(200, "GET", "/api/session", nil); len(s.SignIn.Demo) > 0 {
		t.Errorf("offered to another machine: %+v", s.SignIn.Demo)
	}
	there.do(403, "POST", "/api/session", obj{"demo": "demo-nurse"})
	there.cookie = here.cookie
	there.do(401, "GET", "/api/patients/spaces/space-a", nil)
}
