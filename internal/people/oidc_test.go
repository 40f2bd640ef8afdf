package people_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/people"
)

const public = "https://wb.example.org"

// Directories and objects of Entra.
const (
	tid1 = "11111111-1111-4111-8111-111111111111"
	tid2 = "22222222-2222-4222-8222-222222222222"
	oid1 = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
	oid2 = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
)

// An abroad is a rig with an issuer, and a browser that goes there and back.
type abroad struct {
	*rig
	fake *fakeIssuer
}

func newAbroad(t *testing.T, change func(*people.IssuerConfig, *fakeIssuer)) *abroad {
	t.Helper()
	a := &abroad{}
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	a.rig = newRig(t, func(c *people.Config) {
		a.fake = newFakeIssuer(t, c.Clock)
		i := people.IssuerConfig{ID: "hospital", Name: "Hospital", URL: a.fake.url("t"), ClientID: fakeClient, Secret: fakeSecret}
		if change != nil {
			change(&i, a.fake)
		}
		c.Issuers, c.HTTP = []people.IssuerConfig{i}, client
	})
	return a
}

// start goes to the issuer: where the browser is sent, and what it keeps.
func (a *abroad) start(back string) (*url.URL, []*http.Cookie) {
	a.t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(a.ctx(), http.MethodGet, people.StartPath+"hospital?return="+url.QueryEscape(back), http.NoBody)
	a.StartHandler().ServeHTTP(w, r)
	res := w.Result()
	u, err := res.Location()
	if err != nil || res.StatusCode != http.StatusSeeOther {
		a.t.Fatalf("start: %d, %v", res.StatusCode, err)
	}
	return u, res.Cookies()
}

// end comes back with a query: where the browser is sent, and its session.
func (a *abroad) end(query url.Values, cookies []*http.Cookie) (location, token string) {
	a.t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(a.ctx(), http.MethodGet, people.EndPath+"?"+query.Encode(), http.NoBody)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	a.EndHandler().ServeHTTP(w, r)
	res := w.Result()
	for _, c := range res.Cookies() {
		switch c.Name {
		case people.CookieName:
			token = c.Value
		case "wb_signin":
			if c.MaxAge >= 0 {
				a.t.Errorf("what was kept for the way stays: %v", c)
			}
		}
	}
	return res.Header.Get("Location"), token
}

// signIn goes all the way.
func (a *abroad) signIn() (p people.Person, location string) {
	a.t.Helper()
	u, cookies := a.start("/patients/s/x")
	code, state := a.fake.authorize(u)
	location, token := a.end(url.Values{"code": {code}, "state": {state}}, cookies)
	if token == "" {
		return p, location
	}
	ctx := a.browser(http.MethodGet, token)
	if ctx == nil {
		a.t.Fatal("the session is nobody's")
	}
	p, _ = people.From(ctx)
	return p, location
}

func TestOpenIDSignIn(t *testing.T) {
	t.Parallel()
	a := newAbroad(t, nil)
	p, location := a.signIn()
	if location != "/patients/s/x" || p.Name != "Anna Lund" || p.Admin || p.Username != "" || p.Tenant != "" {
		t.Fatalf("came to %s as %+v", location, p)
	}
	// The same person again, under a new name.
	a.fake.claims = map[string]any{"name": "Anna Lund-Berg"}
	again, _ := a.signIn()
	if again.ID != p.ID || again.Name != "Anna Lund-Berg" {
		t.Errorf("again: %+v, want the same person with the new name", again)
	}
	var ops []string
	for _, rec := range a.records() {
		ops = append(ops, rec.Operation+" "+rec.Detail)
		if rec.Person != p.ID {
			t.Errorf("%s is of person %q", rec.Operation, rec.Person)
		}
	}
	want := "PersonCreate issuer hospital, PersonSignIn issuer hospital, PersonSignIn issuer hospital"
	if got := strings.Join(ops, ", "); got != want {
		t.Errorf("recorded: %s, want %s", got, want)
	}
}

// Every way in which a token, a code or a browser is not what it must be ends
// without a session (OpenID Connect Core §3.1.3.7, RFC 9700 §4.5, §4.7).
func TestOpenIDRefusals(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		claims map[string]any
		spoil  func(a *abroad, q url.Values, cookies *[]*http.Cookie)
		want   string
	}{
		{name: "another nonce", claims: map[string]any{"nonce": "replayed"}, want: "refused"},
		{name: "no nonce", claims: map[string]any{"nonce": nil}, want: "refused"},
		{name: "for another client", claims: map[string]any{"aud": "other"}, want: "refused"},
		{name: "of another issuer", claims: map[string]any{"iss": "https://evil.example.org"}, want: "refused"},
		{name: "expired", claims: map[string]any{"exp": 1}, want: "refused"},
		{name: "no subject", claims: map[string]any{"sub": ""}, want: "refused"},
		{name: "signed by someone else", spoil: func(a *abroad, _ url.Values, _ *[]*http.Cookie) { a.fake.signer = newKey(a.t) }, want: "refused"},
		{name: "no ID token", spoil: func(a *abroad, _ url.Values, _ *[]*http.Cookie) { a.fake.mute = true }, want: "refused"},
		{name: "the person said no", spoil: func(_ *abroad, q url.Values, _ *[]*http.Cookie) { q.Del("code"); q.Set("error", "access_denied") }, want: "refused"},
		{name: "a made-up code", spoil: func(_ *abroad, q url.Values, _ *[]*http.Cookie) { q.Set("code", "x") }, want: "refused"},
		{name: "no code", spoil: func(_ *abroad, q url.Values, _ *[]*http.Cookie) { q.Del("code") }, want: "refused"},
		{name: "another state", spoil: func(_ *abroad, q url.Values, _ *[]*http.Cookie) { q.Set("state", "x") }, want: "again"},
		{name: "no state", spoil: func(_ *abroad, q url.Values, _ *[]*http.Cookie) { q.Del("state") }, want: "again"},
		{name: "in another browser", spoil: func(_ *abroad, _ url.Values, c *[]*http.Cookie) { *c = nil }, want: "again"},
		{name: "with a cookie that was changed", spoil: func(_ *abroad, _ url.Values, c *[]*http.Cookie) { (*c)[0].Value += "A" }, want: "again"}, //nolint:gosec // as a browser sends it
		{name: "after a long coffee", spoil: func(a *abroad, _ url.Values, _ *[]*http.Cookie) { a.clock.add(11 * time.Minute) }, want: "again"},
		{name: "with the code of another sign-in", spoil: func(a *abroad, q url.Values, _ *[]*http.Cookie) {
			u, _ := a.start("/patients/")
			code, _ := a.fake.authorize(u)
			q.Set("code", code) // its verifier is in another cookie (RFC 7636)
		}, want: "refused"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a := newAbroad(t, nil)
			a.fake.claims = tc.claims
			u, cookies := a.start("/patients/")
			code, state := a.fake.authorize(u)
			q := url.Values{"code": {code}, "state": {state}}
			if tc.spoil != nil {
				tc.spoil(a, q, &cookies)
			}
			location, token := a.end(q, cookies)
			if token != "" || location != "/patients/#sign-in="+tc.want {
				t.Errorf("sent to %s, signed in: %v; want to be told %q", location, token != "", tc.want)
			}
			if tc.want == "refused" {
				recs := a.records()
				if len(recs) != 1 || recs[0].Operation != people.PersonSignInRefused || recs[0].Status != http.StatusUnauthorized {
					t.Errorf("recorded: %+v, want one refusal", recs)
				}
			}
			if all, err := a.People(a.ctx()); err != nil || len(all) > 0 {
				t.Errorf("a refused sign-in made %v, %v", all, err)
			}
		})
	}
}

// Where the ID token holds no name, the issuer is asked; what it says of someone
// else counts for nothing (OpenID Connect Core §5.3.2).
func TestOpenIDName(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name         string
		claims, info map[string]any
		want         string
	}{
		{"in the token", map[string]any{"name": "Anna Lund"}, map[string]any{"sub": "s-1", "name": "Other"}, "Anna Lund"},
		{"at the issuer", map[string]any{"name": nil}, map[string]any{"sub": "s-1", "name": "Anna Lund"}, "Anna Lund"},
		{"of someone else", map[string]any{"name": nil, "preferred_username": "alund@example.org"}, map[string]any{"sub": "s-2", "name": "Other"}, "alund"},
		{"nowhere, but a username", map[string]any{"name": nil, "preferred_username": "alund@example.org"}, nil, "alund"},
		{"nowhere", map[string]any{"name": nil}, nil, "?"},
		{"with what confuses readers", map[string]any{"name": " Anna\u202e\nLund "}, nil, "Anna Lund"},
		{"a book", map[string]any{"name": strings.Repeat("x", 200)}, nil, "?"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a := newAbroad(t, nil)
			a.fake.claims, a.fake.info = tc.claims, tc.info
			if p, location := a.signIn(); p.Name != tc.want {
				t.Errorf("%q at %s, want %q", p.Name, location, tc.want)
			}
		})
	}
}

// A code and a state that were used are worth nothing.
func TestOpenIDCodeOnce(t *testing.T) {
	t.Parallel()
	a := newAbroad(t, nil)
	u, cookies := a.start("/patients/")
	code, state := a.fake.authorize(u)
	q := url.Values{"code": {code}, "state": {state}}
	if _, token := a.end(q, cookies); token == "" {
		t.Fatal("not signed in")
	}
	if location, token := a.end(q, cookies); token != "" {
		t.Errorf("signed in twice by one code, sent to %s", location)
	}
}

func TestOpenIDIssuerDown(t *testing.T) {
	t.Parallel()
	a := newAbroad(t, nil)
	a.fake.down = true
	if u, _ := a.start("/patients/"); u.String() != "/patients/#sign-in=unreachable" {
		t.Errorf("sent to %s", u)
	}
	a.fake.down = false
	if p, _ := a.signIn(); p.ID == "" {
		t.Error("when it is back, nobody can sign in")
	}
}

func TestOpenIDDisabledPerson(t *testing.T) {
	t.Parallel()
	a := newAbroad(t, nil)
	p, _ := a.signIn()
	if _, err := a.Change(a.ctx(), "test", p.ID, "disable", func(p *people.Person) { p.Disabled = true }); err != nil {
		t.Fatal(err)
	}
	if q, location := a.signIn(); q.ID != "" || location != "/patients/#sign-in=refused" {
		t.Errorf("signed in as %+v, sent to %s", q, location)
	}
}

// Browsers are sent to our own pages only.
func TestOpenIDReturn(t *testing.T) {
	t.Parallel()
	a := newAbroad(t, nil)
	for back, want := range map[string]string{
		"":                                "/patients/",
		"/patients/":                      "/patients/",
		"/patients/s/abc/l/def":           "/patients/s/abc/l/def",
		"/":                               "/patients/",
		"/patientsx":                      "/patients/",
		"//evil.example.org/patients/":    "/patients/",
		"/\\evil.example.org":             "/patients/",
		"/patients/../auth/start/x":       "/patients/",
		"/patients/%2e%2e/x":              "/patients/",
		"https://evil.example.org/":       "/patients/",
		"https:/patients/":                "/patients/",
		"javascript:alert(1)":             "/patients/",
		"/patients/\r\nSet-Cookie: a=b":   "/patients/",
		"/patients/%zz":                   "/patients/",
		"http://wb.example.org/patients/": "/patients/",
	} {
		u, cookies := a.start(back)
		code, state := a.fake.authorize(u)
		if location, _ := a.end(url.Values{"code": {code}, "state": {state}}, cookies); location != want {
			t.Errorf("return=%q leads to %q, want %q", back, location, want)
		}
	}
	w := httptest.NewRecorder()
	a.StartHandler().ServeHTTP(w, httptest.NewRequestWithContext(a.ctx(), http.MethodGet, people.StartPath+"nobody", http.NoBody))
	if got := w.Header().Get("Location"); got != "/patients/#sign-in=unknown" {
		t.Errorf("an issuer that is not there leads to %q", got)
	}
}

// At Entra a person is tid and oid: subjects differ from app to app, and names
// and e-mail addresses are given to others.
func TestEntraIdentity(t *testing.T) {
	t.Parallel()
	a := newAbroad(t, func(c *people.IssuerConfig, _ *fakeIssuer) { c.Entra, c.Tenants = true, []string{tid1, tid2} })
	as := func(claims map[string]any) people.Person {
		t.Helper()
		a.fake.claims = claims
		p, location := a.signIn()
		if p.ID == "" {
			t.Fatalf("%v: not signed in, sent to %s", claims, location)
		}
		return p
	}
	mail := "anna.lund@example.org"
	anna := as(map[string]any{"tid": tid1, "oid": oid1, "sub": "one", "email": mail, "preferred_username": mail})
	if anna.Tenant != tid1 {
		t.Errorf("tenant %q, want %q", anna.Tenant, tid1)
	}
	for _, tc := range []struct {
		name   string
		claims map[string]any
		same   bool
	}{
		{"another subject: another app asked", map[string]any{"tid": tid1, "oid": oid1, "sub": "two"}, true},
		{"in capitals", map[string]any{"tid": strings.ToUpper(tid1), "oid": strings.ToUpper(oid1)}, true},
		{"a new e-mail address", map[string]any{"tid": tid1, "oid": oid1, "email": "anna.berg@example.org"}, true},
		{"another object with the same address and subject", map[string]any{"tid": tid1, "oid": oid2, "sub": "one", "email": mail, "preferred_username": mail}, false},
		{"the same object id in another directory", map[string]any{"tid": tid2, "oid": oid1, "sub": "one", "email": mail}, false},
	} {
		if p := as(tc.claims); (p.ID == anna.ID) != tc.same {
			t.Errorf("%s: the same person: %v, want %v", tc.name, p.ID == anna.ID, tc.same)
		}
	}
	for name, claims := range map[string]map[string]any{
		"another tid":     {"tid": "33333333-3333-4333-8333-333333333333", "oid": oid1},
		"no tid":          {"oid": oid1},
		"no oid":          {"tid": tid1},
		"a tid of no use": {"tid": "contoso.com", "oid": oid1},
		"joined by colon": {"tid": tid1, "oid": oid1 + ":x"},
	} {
		a.fake.claims = claims
		if p, location := a.signIn(); p.ID != "" || location != "/patients/#sign-in=refused" {
			t.Errorf("%s: signed in as %+v, sent to %s", name, p, location)
		}
	}
}

// An address open to every directory lets in the people of those that are
// named, and only when the token's issuer is the directory it speaks of.
func TestEntraSharedIssuer(t *testing.T) {
	t.Parallel()
	a := newAbroad(t, func(c *people.IssuerConfig, f *fakeIssuer) {
		c.Entra, c.URL, c.Tenants = true, f.url("organizations"), []string{tid1}
		f.name = f.server.URL + "/{tenantid}"
	})
	for _, tc := range []struct {
		name     string
		iss, tid string
		want     bool
	}{
		{"of the directory", tid1, tid1, true},
		{"of another directory", tid2, tid2, false},
		{"of another directory, saying it is ours", tid2, tid1, false},
		{"of the address itself", "organizations", tid1, false},
	} {
		a.fake.claims = map[string]any{"iss": a.fake.url(tc.iss), "tid": tc.tid, "oid": oid1}
		if p, location := a.signIn(); (p.ID != "") != tc.want {
			t.Errorf("%s: signed in: %v, sent to %s, want %v", tc.name, p.ID != "", location, tc.want)
		}
	}
}

func TestIssuerConfig(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		cfg  people.IssuerConfig
		want string
	}{
		{"good", people.IssuerConfig{ID: "a", URL: "https://login.example.org", ClientID: "c"}, ""},
		{"no id", people.IssuerConfig{URL: "https://login.example.org", ClientID: "c"}, "id and client id"},
		{"no client", people.IssuerConfig{ID: "a", URL: "https://login.example.org"}, "id and client id"},
		{"an id that does not fit into a path", people.IssuerConfig{ID: "a/b", URL: "https://login.example.org", ClientID: "c"}, "small letters"},
		{"no URL", people.IssuerConfig{ID: "a", URL: "login.example.org", ClientID: "c"}, "not the URL"},
		{"Entra of one directory", people.IssuerConfig{ID: "a", URL: "https://login.microsoftonline.com/" + tid1 + "/v2.0", ClientID: "c"}, ""},
		{"Entra of all the world", people.IssuerConfig{ID: "a", URL: "https://login.microsoftonline.com/common/v2.0", ClientID: "c"}, "every directory"},
		{"Entra at a host of one's own", people.IssuerConfig{ID: "a", URL: "https://login.example.org/v2.0", ClientID: "c", Entra: true, Tenants: []string{tid1}}, ""},
		{"Entra at a host of one's own, for all the world", people.IssuerConfig{ID: "a", URL: "https://login.example.org/v2.0", ClientID: "c", Entra: true}, "speaks for in tenants"},
		{"Entra of some", people.IssuerConfig{ID: "a", URL: "https://login.microsoftonline.com/organizations/v2.0", ClientID: "c", Tenants: []string{tid1}}, ""},
	} {
		err := tc.cfg.Fault()
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}
}
