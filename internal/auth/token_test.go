package auth_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/auth"
)

// TestTokenRequests holds what the token endpoint accepts and refuses
// (REQ-AUTH-1 to 17, 20).
func TestTokenRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other, otherSecret := w.app2, w.s2
	wrong := w.s1[:len(w.s1)-1] + map[bool]string{true: "0", false: "1"}[w.s1[len(w.s1)-1] != '0']
	cc := "grant_type=client_credentials&"
	cred := "client_id=" + w.app1.ID + "&client_secret=" + w.s1
	tests := []struct {
		req, name, body string
		header          []string
		status          int
		code            string
	}{
		{req: "1", name: "form", body: cc + cred + "&scope=" + tenantA, status: 200},
		{req: "1", name: "charset", body: cc + cred + "&scope=" + tenantA, header: []string{"Content-Type", "Application/x-www-form-urlencoded; charset=UTF-8"}, status: 200},
		{req: "2", name: "hyphen", body: "grant-type=client_credentials&" + cred + "&scope=" + tenantA, status: 200},
		{req: "2", name: "both spellings, equal", body: cc + "grant-type=client_credentials&" + cred + "&scope=" + tenantA, status: 200},
		{req: "3", name: "both spellings, different", body: cc + "grant-type=password&" + cred + "&scope=" + tenantA, status: 400, code: "invalid_request"},
		{req: "4", name: "line breaks", body: "grant-type=client_credentials\r\n&client_id=" + w.app1.ID + "\r\n&client_secret=" + w.s1 + "\n&scope=" + tenantA + "\r\n", status: 200},
		{req: "4", name: "blanks around =", body: "\n grant_type = client_credentials &\n\tclient_id\t= " + w.app1.ID + "\n& client_secret = " + w.s1 + "&scope=" + tenantA, status: 200},
		{req: "4", name: "line break inside a value", body: cc + cred + "&scope=" + tenantA[:8] + "\n" + tenantA[8:], status: 400, code: "invalid_request"},
		{req: "5", name: "Basic", body: cc + "scope=" + tenantA, header: []string{"Authorization", basic(w.app1.ID, w.s1)}, status: 200},
		{req: "5", name: "basic in lower case, same client_id in the body", body: cc + "client_id=" + w.app1.ID + "&scope=" + tenantA, header: []string{"Authorization", "basic" + basic(w.app1.ID, w.s1)[5:]}, status: 200},
		{req: "5", name: "another client_id in the body", body: cc + "client_id=" + other.ID + "&scope=" + tenantA, header: []string{"Authorization", basic(w.app1.ID, w.s1)}, status: 400, code: "invalid_request"},
		{req: "6", name: "credentials in both places", body: cc + cred + "&scope=" + tenantA, header: []string{"Authorization", basic(w.app1.ID, w.s1)}, status: 400, code: "invalid_request"},
		{req: "6", name: "secret and assertion", body: cc + cred + "&client_assertion=x&scope=" + tenantA, status: 400, code: "invalid_request"},
		{req: "8", name: "wrong secret", body: cc + "client_id=" + w.app1.ID + "&client_secret=" + wrong + "&scope=" + tenantA, status: 401, code: "invalid_client"},
		{req: "8", name: "wrong secret, Basic", body: cc + "scope=" + tenantA, header: []string{"Authorization", basic(w.app1.ID, wrong)}, status: 401, code: "invalid_client"},
		{req: "8", name: "another client's secret", body: cc + "client_id=" + w.app1.ID + "&client_secret=" + otherSecret + "&scope=" + tenantA, status: 401, code: "invalid_client"},
		{req: "8", name: "no credentials", body: cc + "scope=" + tenantA, status: 401, code: "invalid_client"},
		{req: "8", name: "client_id alone", body: cc + "client_id=" + w.app1.ID + "&scope=" + tenantA, status: 401, code: "invalid_client"},
		{req: "8", name: "empty secret", body: cc + "client_id=" + w.app1.ID + "&client_secret=&scope=" + tenantA, status: 401, code: "invalid_client"},
		{req: "8", name: "another scheme", body: cc + "scope=" + tenantA, header: []string{"Authorization", "Bearer " + w.s1}, status: 401, code: "invalid_client"},
		{req: "8", name: "Basic that is no base64", body: cc + "scope=" + tenantA, header: []string{"Authorization", "Basic !!"}, status: 401, code: "invalid_client"},
		{req: "8", name: "client_id in another case", body: cc + "client_id=" + strings.ToUpper(w.app1.ID) + "&client_secret=" + w.s1 + "&scope=" + tenantA, status: 401, code: "invalid_client"},
		{req: "10", name: "password grant", body: "grant_type=password&" + cred + "&scope=" + tenantA, status: 400, code: "unsupported_grant_type"},
		{req: "10", name: "grant in another case", body: "grant_type=CLIENT_CREDENTIALS&" + cred + "&scope=" + tenantA, status: 400, code: "unsupported_grant_type"},
		{req: "11", name: "no grant", body: cred + "&scope=" + tenantA, status: 400, code: "invalid_request"},
		{req: "11", name: "empty grant", body: "grant_type=&" + cred + "&scope=" + tenantA, status: 400, code: "invalid_request"},
		{req: "11", name: "empty body", body: "", status: 400, code: "invalid_request"},
		{req: "12", name: "scope twice", body: cc + cred + "&scope=" + tenantA + "&scope=" + tenantA, status: 400, code: "invalid_request"},
		{req: "12", name: "secret twice", body: cc + cred + "&client_secret=" + w.s1 + "&scope=" + tenantA, status: 400, code: "invalid_request"},
		{req: "12", name: "name encoded differently", body: cc + cred + "&scope=" + tenantA + "&sc%6fpe=" + tenantB, status: 400, code: "invalid_request"},
		{req: "12", name: "empty beside full", body: cc + cred + "&scope=&scope=" + tenantA, status: 200},
		{req: "12", name: "unknown parameter", body: cc + cred + "&resource=x&scope=" + tenantA, status: 200},
		{req: "13", name: "unknown tenant", body: cc + cred + "&scope=" + tenantC, status: 400, code: "invalid_scope"},
		{req: "13", name: "no GUID", body: cc + cred + "&scope=system/*.read", status: 400, code: "invalid_scope"},
		{req: "14", name: "tenant outside the grant", body: cc + "client_id=" + other.ID + "&client_secret=" + otherSecret + "&scope=" + tenantB, status: 400, code: "invalid_scope"},
		{req: "15", name: "no scope, one tenant", body: cc + "client_id=" + other.ID + "&client_secret=" + otherSecret, status: 200},
		{req: "15", name: "no scope, two tenants", body: cc + cred, status: 400, code: "invalid_scope"},
		{req: "15", name: "empty scope", body: cc + cred + "&scope=", status: 400, code: "invalid_scope"},
		{req: "16", name: "upper case", body: cc + cred + "&scope=" + strings.ToUpper(tenantA), status: 200},
		{req: "16", name: "braces", body: cc + cred + "&scope=%7B" + tenantA + "%7D", status: 200},
		{req: "16", name: "one brace", body: cc + cred + "&scope=%7B" + tenantA, status: 400, code: "invalid_scope"},
		{req: "17", name: "two tenants", body: cc + cred + "&scope=" + tenantA + "+" + tenantB, status: 400, code: "invalid_scope"},
		{req: "17", name: "the same twice", body: cc + cred + "&scope=" + tenantA + "+" + tenantA, status: 400, code: "invalid_scope"},
		{req: "", name: "JSON", body: `{"grant_type":"client_credentials"}`, header: []string{"Content-Type", "application/json"}, status: 400, code: "invalid_request"},
		{req: "", name: "no content type", body: cc + cred, header: []string{"Content-Type", ""}, status: 400, code: "invalid_request"},
		{req: "", name: "another charset", body: cc + cred, header: []string{"Content-Type", "application/x-www-form-urlencoded; charset=latin1"}, status: 400, code: "invalid_request"},
		{req: "", name: "compressed", body: cc + cred, header: []string{"Content-Encoding", "gzip"}, status: 400, code: "invalid_request"},
		{req: "", name: "bad percent", body: cc + cred + "&x=%zz", status: 400, code: "invalid_request"},
		{req: "", name: "bad UTF-8", body: cc + cred + "&x=%ff", status: 400, code: "invalid_request"},
		{req: "", name: "NUL", body: cc + cred + "&x=%00", status: 400, code: "invalid_request"},
		{req: "", name: "too long", body: cc + cred + "&x=" + strings.Repeat("y", 40<<10), status: 413, code: "invalid_request"},
	}
	for _, tt := range tests {
		t.Run("REQ-AUTH-"+tt.req+"/"+tt.name, func(t *testing.T) {
			t.Parallel()
			a := post(t, w.Service, tt.body, tt.header...)
			if a.status != tt.status || a.code() != tt.code {
				t.Fatalf("got %d %q, want %d %q: %s", a.status, a.code(), tt.status, tt.code, a.body)
			}
			// REQ-AUTH-18
			if a.header.Get("Cache-Control") != "no-store" || a.header.Get("Pragma") != "no-cache" || a.header.Get("Content-Type") != "application/json" {
				t.Errorf("headers %v", a.header)
			}
			if a.status == 401 && !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Basic ") {
				t.Errorf("a 401 without a challenge")
			}
			if a.status == 200 {
				checkToken(t, w, a)
			}
			if strings.Contains(a.body, w.s1) || strings.Contains(a.body, w.s2) {
				t.Error("the answer holds the secret")
			}
		})
	}
}

// checkToken holds an answer to REQ-AUTH-1, 16, 19 and 24.
func checkToken(t *testing.T, w *world, a answer) {
	t.Helper()
	if _, there := a.json["refresh_token"]; there {
		t.Error("a refresh token was issued")
	}
	if a.json["token_type"] != "Bearer" || a.json["expires_in"] != float64(3600) || a.json["scope"] != tenantA {
		t.Errorf("answer %v", a.json)
	}
	parts := strings.Split(a.token(), ".")
	if len(parts) != 3 {
		t.Fatalf("not a JWT: %s", a.token())
	}
	var header, claims map[string]any
	for i, into := range []*map[string]any{&header, &claims} {
		b, err := base64.RawURLEncoding.DecodeString(parts[i])
		ok(t, err)
		ok(t, json.Unmarshal(b, into))
	}
	if header["typ"] != "at+jwt" || header["alg"] != "ES256" || header["kid"] == "" {
		t.Errorf("header %v", header)
	}
	iat, exp := claims["iat"].(float64), claims["exp"].(float64)
	if claims["iss"] != issuer || claims["aud"] != issuer+"/fhir" || claims["scope"] != tenantA || claims["client_id"] != claims["sub"] ||
		claims["jti"] == "" || exp-iat != 3600 {
		t.Errorf("claims %v", claims)
	}
	c, err := w.Verify(t.Context(), a.token())
	ok(t, err)
	if c.Tenant != tenantA || c.TokenID != claims["jti"] || c.ClientID != claims["client_id"] {
		t.Errorf("verified claims %+v", c)
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodOptions} {
		a := ask(t, w.Service, method, "/oauth2/token", "")
		if a.status != 405 || a.header.Get("Allow") != "POST" || a.code() != "invalid_request" {
			t.Errorf("REQ-AUTH-20 %s: %d %v", method, a.status, a.header)
		}
	}
	// REQ-AUTH-7: right credentials do not help.
	for _, query := range []string{
		"client_secret=" + w.s1, "client_id=" + w.app1.ID, "Client_Secret=x", "client%5Fsecret=x", "grant-type=x", "a=b&scope=x", "a=b;client_secret=x",
	} {
		a := ask(t, w.Service, http.MethodPost, "/oauth2/token?"+query, grant(w.app1, w.s1, tenantA))
		if a.status != 400 || a.code() != "invalid_request" {
			t.Errorf("REQ-AUTH-7 %s: %d %s", query, a.status, a.body)
		}
	}
	if a := ask(t, w.Service, http.MethodPost, "/oauth2/token?trace=1", grant(w.app1, w.s1, tenantA)); a.status != 200 {
		t.Errorf("a query that is none of ours: %d %s", a.status, a.body)
	}
}

// REQ-AUTH-9: whoever guesses learns nothing from which part was wrong.
func TestFailuresAreAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	disabled, err := w.CreateClient(ctx, "test", auth.Client{Name: "off", Grant: auth.Grant{All: true}})
	ok(t, err)
	_, secret, err := w.AddSecret(ctx, "test", disabled.ID, auth.NewSecret{})
	ok(t, err)
	_, err = w.DisableClient(ctx, "test", disabled.ID, true)
	ok(t, err)
	postOnly, err := w.CreateClient(ctx, "test", auth.Client{Name: "post", Grant: auth.Grant{All: true}, AuthMethods: []string{auth.SecretBasic}})
	ok(t, err)
	_, postSecret, err := w.AddSecret(ctx, "test", postOnly.ID, auth.NewSecret{})
	ok(t, err)
	cases := map[string]string{
		"unknown client":  form("grant_type", "client_credentials", "client_id", "wb_nobody", "client_secret", w.s1, "scope", tenantA),
		"mistyped secret": grant(w.app1, "wbs_x", tenantA),
		"disabled client": grant(disabled, secret, tenantA),
		"another method":  grant(postOnly, postSecret, tenantA),
		"unknown tenant":  grant(w.app1, "wrong", tenantC),
	}
	want := post(t, w.Service, grant(w.app1, w.s1+"x", tenantA))
	for name, body := range cases {
		got := post(t, w.Service, body)
		if got.status != want.status || got.body != want.body || !reflect.DeepEqual(got.header, want.header) {
			t.Errorf("%s: %d %v %s; want %d %v %s", name, got.status, got.header, got.body, want.status, want.header, want.body)
		}
	}
	if a := post(t, w.Service, form("grant_type", "client_credentials", "scope", tenantA), "Authorization", basic(postOnly.ID, postSecret)); a.status != 200 {
		t.Errorf("the method that is allowed: %d %s", a.status, a.body)
	}
}

// REQ-AUTH-21 and 22, and what becomes of the tokens of a secret.
func TestSecretLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	other, _ := w.process(t)
	old := token(t, w.Service, w.app1, w.s1)

	until, err := auth.ParseOverlap("1h", w.clock.Now())
	ok(t, err)
	fresh, s3, err := w.RegenerateSecret(ctx, "test", w.app1.ID, auth.NewSecret{Label: "second"}, until)
	ok(t, err)
	mustStatus(t, w.Service, grant(w.app1, w.s1, tenantA), 200)
	mustStatus(t, w.Service, grant(w.app1, s3, tenantA), 200)
	states(t, w, map[string]string{w.sec1.ID: "retiring", fresh.ID: "active"})

	// A token does not outlive the secret that obtained it.
	w.clock.Advance(59 * time.Minute)
	short := post(t, w.Service, grant(w.app1, w.s1, tenantA))
	if n, _ := short.json["expires_in"].(float64); n < 59 || n > 60 {
		t.Errorf("expires_in is %v, want what is left of the secret", short.json["expires_in"])
	}
	w.clock.Advance(2 * time.Minute)
	mustStatus(t, w.Service, grant(w.app1, w.s1, tenantA), 401)
	mustStatus(t, w.Service, grant(w.app1, s3, tenantA), 200)
	states(t, w, map[string]string{w.sec1.ID: "expired", fresh.ID: "active"})
	for _, tk := range []string{old, short.token()} {
		if _, err := w.Verify(ctx, tk); !errors.Is(err, auth.ErrInvalidToken) {
			t.Errorf("a token of a retired secret: %v", err)
		}
	}

	live := token(t, w.Service, w.app1, s3)
	_, err = w.RevokeSecret(ctx, "test", w.app1.ID, fresh.ID, false)
	if !errors.Is(err, auth.ErrLastSecret) {
		t.Fatalf("the last live secret: %v, want ErrLastSecret", err)
	}
	mustStatus(t, w.Service, grant(w.app1, s3, tenantA), 200)
	_, err = w.RevokeSecret(ctx, "test", w.app1.ID, fresh.ID, true)
	ok(t, err)
	mustStatus(t, w.Service, grant(w.app1, s3, tenantA), 401)
	if _, err := w.Verify(ctx, live); !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("a token of a revoked secret: %v", err)
	}
	// Another process learns of it when it reloads.
	if _, err := other.Verify(ctx, live); !errors.Is(err, auth.ErrInvalidToken) {
		ok(t, other.Reload(ctx))
		if _, err := other.Verify(ctx, live); !errors.Is(err, auth.ErrInvalidToken) {
			t.Errorf("a token of a revoked secret in another process: %v", err)
		}
	}
	states(t, w, map[string]string{w.sec1.ID: "expired", fresh.ID: "revoked"})
}

func mustStatus(t *testing.T, s *auth.Service, body string, want int) {
	t.Helper()
	if a := post(t, s, body); a.status != want {
		t.Errorf("got %d %s, want %d", a.status, a.body, want)
	}
}

func states(t *testing.T, w *world, want map[string]string) {
	t.Helper()
	_, secrets, err := w.GetClient(t.Context(), w.app1.ID)
	ok(t, err)
	got := map[string]string{}
	for _, s := range secrets {
		got[s.ID] = s.State.String()
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("states %v, want %v", got, want)
	}
}

// What happens to a client happens to its tokens.
func TestClientChangesReachTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	tests := []struct {
		name     string
		do, undo func() error
	}{
		{
			"disabled",
			func() error { _, err := w.DisableClient(ctx, "test", w.app1.ID, true); return err },
			func() error { _, err := w.DisableClient(ctx, "test", w.app1.ID, false); return err },
		},
		{
			"tenant no longer granted",
			func() error {
				_, err := w.GrantTenants(ctx, "test", w.app1.ID, auth.Grant{Tenants: []string{tenantB}})
				return err
			},
			func() error { _, err := w.GrantTenants(ctx, "test", w.app1.ID, auth.Grant{All: true}); return err },
		},
		{"deleted", func() error { return w.DeleteClient(ctx, "test", w.app1.ID) }, nil},
	}
	for _, tt := range tests {
		tk := token(t, w.Service, w.app1, w.s1)
		ok(t, tt.do())
		if _, err := w.Verify(ctx, tk); !errors.Is(err, auth.ErrInvalidToken) {
			t.Errorf("%s: %v, want ErrInvalidToken", tt.name, err)
		}
		if a := post(t, w.Service, grant(w.app1, w.s1, tenantA)); a.status == 200 {
			t.Errorf("%s: a token was issued", tt.name)
		}
		if tt.undo != nil {
			ok(t, tt.undo())
			if _, err := w.Verify(ctx, tk); err != nil {
				t.Errorf("%s and back: %v", tt.name, err)
			}
		}
	}
	if err := w.DeleteClient(ctx, "test", w.app1.ID); !errors.Is(err, auth.ErrNotFound) {
		t.Errorf("deleting again: %v, want ErrNotFound", err)
	}
}

// No record, no token (REQ-AUD-4); the record holds nothing of the request.
func TestEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tk := token(t, w.Service, w.app1, w.s1)
	c, err := w.Verify(t.Context(), tk)
	ok(t, err)
	got := w.last(t)
	if got.Operation != auth.TokenIssue || got.ClientID != w.app1.ID || got.Tenant != tenantA || got.TokenID != c.TokenID || got.Status != 200 || !got.Remote.IsValid() {
		t.Errorf("event %+v", got)
	}
	post(t, w.Service, grant(auth.Client{ID: "Amina Okafor"}, "wbs_x", tenantA))
	if got := w.last(t); got.Operation != auth.TokenRefuse || got.Status != 401 || got.ClientID != "" || got.Detail != "invalid_client" {
		t.Errorf("event %+v", got)
	}
	post(t, w.Service, grant(w.app1, "wbs_x", tenantA))
	if got := w.last(t); got.ClientID != w.app1.ID {
		t.Errorf("event %+v does not name the known client", got)
	}
	w.mu.Lock()
	w.refuse = errors.New("disk full")
	w.mu.Unlock()
	for _, secret := range []string{w.s1, "wrong"} {
		a := post(t, w.Service, grant(w.app1, secret, tenantA))
		if a.status != 503 || a.header.Get("Retry-After") == "" || strings.Contains(a.body, "disk") || a.token() != "" {
			t.Errorf("without a record: %d %v %s", a.status, a.header, a.body)
		}
	}
}

// A client that hangs up does not cancel its record.
func TestRecordOutlivesRequest(t *testing.T) {
	t.Parallel()
	var ended error
	w := newWorld(t)
	cfg := w.cfg
	cfg.Storage = w.db
	cfg.Audit = func(ctx context.Context, _ auth.Event) error { ended = ctx.Err(); return nil }
	s, err := auth.New(cfg)
	ok(t, err)
	ok(t, s.Start(t.Context()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/oauth2/token", strings.NewReader(grant(w.app1, w.s1, tenantA)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	s.TokenHandler().ServeHTTP(httptest.NewRecorder(), r)
	if ended != nil {
		t.Errorf("the record's context ended: %v", ended)
	}
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		limit  func(*auth.Config)
		second func(w *world) string // passes though the first is throttled
	}{
		{"client", func(c *auth.Config) { c.PerClient = &auth.Limit{PerSecond: 2, Burst: 5} }, func(w *world) string { return grant(w.app2, w.s2, tenantA) }},
		{"address", func(c *auth.Config) { c.PerAddress = &auth.Limit{PerSecond: 2, Burst: 5} }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.limit)
			for i := range 5 {
				if a := post(t, w.Service, grant(w.app1, w.s1, tenantA)); a.status != 200 {
					t.Fatalf("request %d of the burst: %d", i, a.status)
				}
			}
			a := post(t, w.Service, grant(w.app1, w.s1, tenantA))
			if a.status != 429 || a.header.Get("Retry-After") != "1" {
				t.Fatalf("over the limit: %d %v", a.status, a.header)
			}
			if tt.second != nil {
				mustStatus(t, w.Service, tt.second(w), 200)
			}
			w.clock.Advance(time.Second)
			mustStatus(t, w.Service, grant(w.app1, w.s1, tenantA), 200)
		})
	}
	// Refusals fill the record; over the limit they are answered without one,
	// and whoever is right still passes.
	w := newWorld(t, func(c *auth.Config) { c.PerFailure = &auth.Limit{PerSecond: 1, Burst: 3} })
	for range 3 {
		mustStatus(t, w.Service, grant(w.app1, "wrong", tenantA), 401)
	}
	before := len(w.events)
	mustStatus(t, w.Service, grant(w.app1, "wrong", tenantA), 429)
	if len(w.events) != before {
		t.Error("a throttled refusal was recorded")
	}
	mustStatus(t, w.Service, grant(w.app1, w.s1, tenantA), 200)
}

func TestLastUsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	token(t, w.Service, w.app1, w.s1)
	ok(t, w.Flush(ctx))
	_, secrets, err := w.GetClient(ctx, w.app1.ID)
	ok(t, err)
	if got := secrets[0]; got.LastUsed.Unix() != w.clock.Now().Unix() || got.LastAddress != "192.0.2.1" {
		t.Errorf("last used %v from %q", got.LastUsed, got.LastAddress)
	}
	// Run writes what is left when it ends.
	w.clock.Advance(time.Minute)
	token(t, w.Service, w.app1, w.s1)
	run, cancel := context.WithCancel(ctx)
	cancel()
	ok(t, w.Run(run))
	_, secrets, err = w.GetClient(ctx, w.app1.ID)
	ok(t, err)
	if got := secrets[0]; got.LastUsed.Unix() != w.clock.Now().Unix() {
		t.Errorf("after Run: last used %v, want %v", got.LastUsed, w.clock.Now())
	}
}
