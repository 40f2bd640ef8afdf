package reqtest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/await"
)

func authRequirements() []requirement {
	return []requirement{
		{ID: "AUTH-1", Text: "a correct form yields a Bearer token", Run: authToken},
		{ID: "AUTH-2", Text: "`grant-type` is understood", Run: authHyphen},
		{ID: "AUTH-3", Text: "both spellings with different values are refused", Run: authBothSpellings},
		{ID: "AUTH-4", Text: "line breaks around & are tolerated", Run: authLineBreaks},
		{ID: "AUTH-5", Text: "HTTP Basic works", Run: authBasic},
		{ID: "AUTH-6", Text: "credentials in both places are refused", Run: authBothPlaces},
		{ID: "AUTH-7", Text: "credentials in the URL are refused and not logged", Run: authURL},
		{ID: "AUTH-8", Text: "a wrong secret fails, with a challenge after Basic", Run: authWrongSecret},
		{ID: "AUTH-9", Text: "an unknown client looks like a wrong secret", Run: authUnknownClient},
		{ID: "AUTH-10", Text: "another grant is refused", Run: refusedGrant("unsupported_grant_type", "grant_type", "password", "scope", tenantA)},
		{ID: "AUTH-11", Text: "a missing grant is refused", Run: refusedGrant("invalid_request", "scope", tenantA)},
		{ID: "AUTH-12", Text: "a repeated parameter is refused", Run: refusedGrant("invalid_request", "grant_type", "client_credentials", "scope", tenantA, "scope", tenantA)},
		{ID: "AUTH-13", Text: "an unknown tenant is refused", Run: refusedGrant("invalid_scope", "grant_type", "client_credentials", "scope", tenantC)},
		{ID: "AUTH-14", Text: "a tenant outside the client's grant is refused", Run: authOutside},
		{ID: "AUTH-15", Text: "the scope may be left out only with one tenant", Run: authNoScope},
		{ID: "AUTH-16", Text: "tenants compare without case", Run: authCase},
		{ID: "AUTH-17", Text: "two tenants in one scope are refused", Run: refusedGrant("invalid_scope", "grant_type", "client_credentials", "scope", tenantA+" "+tenantB)},
		{ID: "AUTH-18", Text: "token answers are not cached", Run: authNoStore},
		{ID: "AUTH-19", Text: "no refresh token is given", Run: authNoRefresh},
		{ID: "AUTH-20", Text: "GET is refused", Run: authGet},
		{ID: "AUTH-21", Text: "a new secret leaves the old one alive", Run: authRegenerate},
		{ID: "AUTH-22", Text: "a deleted secret is dead at once", Run: authRevoke},
		{ID: "AUTH-23", Text: "a token for each request is sustainable", Run: authPerRequest},
		{ID: "AUTH-24", Text: "the token is a signed JWT of the right shape", Run: authJWT},
		{ID: "AUTH-25", Text: "keys are published without private members", Run: authKeys},
		{ID: "AUTH-26", Text: "the three descriptions of the token endpoint agree", Run: authMetadata},
		{ID: "AUTH-27", Text: "a signed assertion works, once", Run: authAssertion},
	}
}

// credentials are the form of app1 with more in front of it.
func credentials(c Client, pairs ...string) string {
	return form(append(pairs, "client_id", c.ID, "client_secret", c.Secret)...)
}

func basic(c Client) http.Header {
	return http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(c.ID+":"+c.Secret))}}
}

// refused checks an OAuth error.
func (r *reply) refused(t *testing.T, status int, code string) *reply {
	t.Helper()
	r.want(t, status).media(t, "application/json")
	if got := str(r.json, "error"); got != code {
		t.Errorf("%s: error %q, want %q\n%.400s", r.call, got, code, r.body)
	}
	if at(r.json, "access_token") != nil {
		t.Errorf("%s: a refused request has a token", r.call)
	}
	return r
}

// refusedGrant is a form that is answered 400 with the error code.
func refusedGrant(code string, pairs ...string) func(*testing.T, *Target) {
	return func(t *testing.T, g *Target) {
		g.grant(t, credentials(g.App1, pairs...), nil).refused(t, http.StatusBadRequest, code)
	}
}

func authToken(t *testing.T, g *Target) {
	r := g.grant(t, credentials(g.App1, "grant_type", "client_credentials", "scope", tenantA), nil)
	r.want(t, http.StatusOK).media(t, "application/json").text(t, "access_token")
	n, ok := at(r.json, "expires_in").(json.Number)
	if seconds, err := strconv.Atoi(n.String()); !ok || err != nil || seconds <= 0 {
		t.Errorf("expires_in is %v, want a whole number above 0", at(r.json, "expires_in"))
	}
	if r.text(t, "token_type") != "Bearer" {
		t.Errorf("token_type %q", str(r.json, "token_type"))
	}
	g.bearing(str(r.json, "access_token")).get(t, "Patient/p1").want(t, http.StatusOK)
}

func authHyphen(t *testing.T, g *Target) {
	g.grant(t, credentials(g.App1, "grant-type", "client_credentials", "scope", tenantA), nil).want(t, http.StatusOK).text(t, "access_token")
}

func authBothSpellings(t *testing.T, g *Target) {
	g.grant(t, credentials(g.App1, "grant_type", "client_credentials", "grant-type", "password", "scope", tenantA), nil).
		refused(t, http.StatusBadRequest, "invalid_request")
}

func authLineBreaks(t *testing.T, g *Target) {
	for name, glue := range map[string]string{"CRLF before": "\r\n&", "CRLF after": "&\r\n", "LF after": "&\n", "both": "\n&\n"} {
		body := strings.Join([]string{"grant-type=client_credentials", "client_id=" + g.App1.ID, "client_secret=" + g.App1.Secret, "scope=" + tenantA}, glue)
		if r := g.grant(t, body+"\r\n", nil); r.status != http.StatusOK {
			t.Errorf("%s: status %d: %.300s", name, r.status, r.body)
		}
	}
}

func authBasic(t *testing.T, g *Target) {
	g.grant(t, form("grant_type", "client_credentials", "scope", tenantA), basic(g.App1)).want(t, http.StatusOK).text(t, "access_token")
}

func authBothPlaces(t *testing.T, g *Target) {
	g.grant(t, form("grant_type", "client_credentials", "scope", tenantA, "client_secret", g.App1.Secret), basic(g.App1)).
		refused(t, http.StatusBadRequest, "invalid_request")
}

func authURL(t *testing.T, g *Target) {
	c := &caller{target: g}
	for _, body := range []string{form("grant_type", "client_credentials", "client_id", g.App1.ID, "scope", tenantA), ""} {
		query := form("client_id", g.App1.ID, "client_secret", g.App1.Secret, "grant_type", "client_credentials", "scope", tenantA)
		if body != "" {
			query = form("client_secret", g.App1.Secret)
		}
		r := c.post(t, g.TokenURL+"?"+query, "application/x-www-form-urlencoded", body)
		if r.status != http.StatusBadRequest && r.status != http.StatusUnauthorized {
			t.Errorf("status %d, want 400 or 401", r.status)
		}
	}
	if strings.Contains(string(g.Admin.Log(t)), g.App1.Secret) {
		t.Error("the secret is in the server's log")
	}
}

func authWrongSecret(t *testing.T, g *Target) {
	wrong := Client{g.App1.ID, g.App1.Secret + "x"}
	g.grant(t, credentials(wrong, "grant_type", "client_credentials", "scope", tenantA), nil).refused(t, http.StatusUnauthorized, "invalid_client")
	r := g.grant(t, form("grant_type", "client_credentials", "scope", tenantA), basic(wrong)).refused(t, http.StatusUnauthorized, "invalid_client")
	if got := r.header.Get("WWW-Authenticate"); !strings.HasPrefix(strings.ToLower(got), "basic") {
		t.Errorf("WWW-Authenticate %q, want Basic", got)
	}
}

func authUnknownClient(t *testing.T, g *Target) {
	ask := func(c Client, h http.Header) *reply {
		if h != nil {
			return g.grant(t, form("grant_type", "client_credentials", "scope", tenantA), h)
		}
		return g.grant(t, credentials(c, "grant_type", "client_credentials", "scope", tenantA), nil)
	}
	wrong, unknown := Client{g.App1.ID, "not-the-secret"}, Client{"00000000-0000-4000-8000-000000000000", "not-the-secret"}
	for _, pair := range [][2]*reply{{ask(wrong, nil), ask(unknown, nil)}, {ask(wrong, basic(wrong)), ask(unknown, basic(unknown))}} {
		a, b := pair[0], pair[1]
		if a.status != b.status || string(a.body) != string(b.body) || a.header.Get("WWW-Authenticate") != b.header.Get("WWW-Authenticate") {
			t.Errorf("they differ:\n%d %s %s\n%d %s %s", a.status, a.header.Get("WWW-Authenticate"), a.body, b.status, b.header.Get("WWW-Authenticate"), b.body)
		}
	}
}

func authOutside(t *testing.T, g *Target) {
	g.grant(t, credentials(g.App2, "grant_type", "client_credentials", "scope", tenantB), nil).refused(t, http.StatusBadRequest, "invalid_scope")
}

func authNoScope(t *testing.T, g *Target) {
	r := g.grant(t, credentials(g.App2, "grant_type", "client_credentials"), nil).want(t, http.StatusOK)
	if got := str(claimsOf(t, r.text(t, "access_token")), "scope"); got != tenantA {
		t.Errorf("the token's scope is %q, want %s", got, tenantA)
	}
	g.grant(t, credentials(g.App1, "grant_type", "client_credentials"), nil).refused(t, http.StatusBadRequest, "invalid_scope")
	g.grant(t, credentials(g.App1, "grant_type", "client_credentials", "scope", ""), nil).refused(t, http.StatusBadRequest, "invalid_scope")
}

func authCase(t *testing.T, g *Target) {
	// Tenant A has no letters; a tenant with letters shows the folding.
	provider := "own-case-" + g.Face.Name
	g.Admin.CreateStore(t, provider)
	g.Admin.MapTenant(t, tenantE, provider)
	t.Cleanup(func() { g.Admin.UnmapTenant(t, tenantE) })
	c := g.Admin.CreateClient(t, "app-case", tenantE)
	for _, scope := range []string{strings.ToUpper(tenantE), tenantE, "{" + strings.ToUpper(tenantE) + "}"} {
		var r *reply
		await.That(t, "a token for "+scope, func() bool {
			r = g.grant(t, credentials(c, "grant_type", "client_credentials", "scope", scope), nil)
			return r.status == http.StatusOK
		})
		if got := str(claimsOf(t, r.text(t, "access_token")), "scope"); got != tenantE {
			t.Errorf("scope %s: the token's scope is %q, want %s", scope, got, tenantE)
		}
	}
}

func authNoStore(t *testing.T, g *Target) {
	r := g.grant(t, credentials(g.App1, "grant_type", "client_credentials", "scope", tenantA), nil).want(t, http.StatusOK)
	if r.header.Get("Cache-Control") != "no-store" || r.header.Get("Pragma") != "no-cache" {
		t.Errorf("Cache-Control %q, Pragma %q", r.header.Get("Cache-Control"), r.header.Get("Pragma"))
	}
}

func authNoRefresh(t *testing.T, g *Target) {
	r := g.grant(t, credentials(g.App1, "grant_type", "client_credentials", "scope", tenantA), nil).want(t, http.StatusOK)
	if _, ok := at(r.json, "refresh_token").(string); ok || strings.Contains(string(r.body), "refresh_token") {
		t.Errorf("a refresh token: %s", r.body)
	}
}

func authGet(t *testing.T, g *Target) {
	r := (&caller{target: g}).get(t, g.TokenURL+"?"+form("grant_type", "client_credentials")).want(t, http.StatusMethodNotAllowed)
	if r.header.Get("Allow") != http.MethodPost {
		t.Errorf("Allow %q, want POST", r.header.Get("Allow"))
	}
}

func authRegenerate(t *testing.T, g *Target) {
	old := g.Admin.CreateClient(t, "app-rotate", tenantA)
	ask := func(c Client) int {
		return g.grant(t, credentials(c, "grant_type", "client_credentials", "scope", tenantA), nil).status
	}
	await.That(t, "a token with the first secret", func() bool { return ask(old) == http.StatusOK })
	fresh := g.Admin.RegenerateSecret(t, old)
	if fresh.ID != old.ID || fresh.Secret == old.Secret {
		t.Fatal("regenerating must keep the id and make another secret")
	}
	await.That(t, "a token with the new secret", func() bool { return ask(fresh) == http.StatusOK })
	if got := ask(old); got != http.StatusOK {
		t.Errorf("the old secret answers %d, want 200", got)
	}
}

func authRevoke(t *testing.T, g *Target) {
	old := g.Admin.CreateClient(t, "app-revoke", tenantA)
	fresh := g.Admin.RegenerateSecret(t, old)
	ask := func(c Client) *reply {
		return g.grant(t, credentials(c, "grant_type", "client_credentials", "scope", tenantA), nil)
	}
	await.That(t, "a token with the new secret", func() bool { return ask(fresh).status == http.StatusOK })
	g.Admin.RevokeSecret(t, old)
	await.That(t, "the old secret is dead", func() bool { return ask(old).status == http.StatusUnauthorized })
	ask(old).refused(t, http.StatusUnauthorized, "invalid_client")
	ask(fresh).want(t, http.StatusOK)
}

func authPerRequest(t *testing.T, g *Target) {
	for i := range 200 {
		c := g.bearing(g.freshToken(t, g.App1, tenantA))
		if r := c.get(t, "Patient/p1"); r.status != http.StatusOK {
			t.Fatalf("pair %d: status %d", i+1, r.status)
		}
	}
}
