package auth_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"pgregory.net/rapid"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/auth"
	"github.com/wardbridge/wardbridge/internal/fhir"
)

func get(t testing.TB, h http.Handler, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec
}

func keySet(t testing.TB, s *auth.Service) *jose.JSONWebKeySet {
	t.Helper()
	var set jose.JSONWebKeySet
	ok(t, json.Unmarshal(get(t, s.JWKSHandler()).Body.Bytes(), &set))
	return &set
}

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// A foreign library verifies our tokens with our published keys, in each
// algorithm (REQ-AUTH-24, 25).
func TestForeignLibraryVerifies(t *testing.T) {
	t.Parallel()
	for _, alg := range []string{auth.ES256, auth.ES384, auth.RS256} {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *auth.Config) { c.Algorithm = alg })
			tk := token(t, w.Service, w.app1, w.s1)
			parsed, err := jose.ParseSignedCompact(tk, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
			ok(t, err)
			set := keySet(t, w.Service)
			found := set.Key(parsed.Signatures[0].Header.KeyID)
			if len(found) != 1 || !found[0].IsPublic() || !found[0].Valid() || found[0].Use != "sig" || found[0].Algorithm != alg {
				t.Fatalf("keys %+v", found)
			}
			if _, err := parsed.Verify(found[0]); err != nil {
				t.Errorf("the foreign library refuses our token: %v", err)
			}
			sum, err := found[0].Thumbprint(5) // crypto.SHA256
			ok(t, err)
			if found[0].KeyID != base64.RawURLEncoding.EncodeToString(sum) {
				t.Errorf("kid %s is not the key's thumbprint", found[0].KeyID)
			}
			w.Forget()
			_, err = w.Verify(t.Context(), tk)
			ok(t, err)
			for _, private := range []string{`"d"`, `"p"`, `"q"`, `"dp"`, `"dq"`, `"qi"`, `"k"`} {
				if strings.Contains(get(t, w.JWKSHandler()).Body.String(), private) {
					t.Errorf("the key set has a member %s", private)
				}
			}
		})
	}
}

// REQ-SEC-2
func TestRefusedTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	foreign := newWorld(t)
	good := token(t, w.Service, w.app1, w.s1)
	parts := strings.Split(good, ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	ok(t, err)
	kid := w.SigningKID()
	set := keySet(t, w.Service)
	public, err := set.Keys[0].MarshalJSON()
	ok(t, err)
	mac := func(key []byte) string {
		text := encode(`{"typ":"at+jwt","alg":"HS256","kid":"`+kid+`"}`) + "." + parts[1]
		h := hmac.New(sha256.New, key)
		h.Write([]byte(text))
		return text + "." + base64.RawURLEncoding.EncodeToString(h.Sum(nil))
	}
	with := func(old, new string) string {
		out := strings.Replace(string(payload), old, new, 1)
		if out == string(payload) {
			t.Fatalf("the claims hold no %s: %s", old, payload)
		}
		return w.SignWith("", out)
	}
	tests := map[string]string{
		"garbage":                "garbage",
		"dots only":              "..",
		"alg none":               encode(`{"alg":"none","typ":"at+jwt"}`) + "." + parts[1] + ".",
		"alg none, our kid":      encode(`{"typ":"at+jwt","alg":"none","kid":"`+kid+`"}`) + "." + parts[1] + ".",
		"HS256 with public JWK":  mac(public),
		"HS256 with empty key":   mac(nil),
		"no signature":           parts[0] + "." + parts[1] + ".",
		"other claims":           parts[0] + "." + encode(strings.Replace(string(payload), tenantA, tenantB, 1)) + "." + parts[2],
		"another server's":       token(t, foreign.Service, foreign.app1, foreign.s1),
		"another server, kid":    foreign.SignWith(`{"typ":"at+jwt","alg":"ES256","kid":"`+kid+`"}`, string(payload)),
		"typ JWT":                w.SignWith(`{"typ":"JWT","alg":"ES256","kid":"`+kid+`"}`, string(payload)),
		"no kid":                 w.SignWith(`{"typ":"at+jwt","alg":"ES256"}`, string(payload)),
		"jwk in the header":      w.SignWith(`{"typ":"at+jwt","alg":"ES256","kid":"`+kid+`","jwk":`+string(public)+`}`, string(payload)),
		"crit":                   w.SignWith(`{"typ":"at+jwt","alg":"ES256","kid":"`+kid+`","crit":["exp"]}`, string(payload)),
		"wrong issuer":           with(`"iss":"`+issuer+`"`, `"iss":"https://evil.example"`),
		"wrong audience":         with(`"aud":"`+issuer+`/fhir"`, `"aud":"`+issuer+`"`),
		"audience list":          with(`"aud":"`+issuer+`/fhir"`, `"aud":["`+issuer+`/fhir"]`),
		"subject differs":        with(`"sub":"`, `"sub":"x`),
		"no scope":               with(`"scope":"`+tenantA+`",`, ``),
		"two tenants":            with(`"scope":"`+tenantA, `"scope":"`+tenantA+" "+tenantB),
		"scope in upper case":    with(`"scope":"`+tenantA, `"scope":"{`+tenantA+`}`),
		"tenant outside grant":   with(`"scope":"`+tenantA, `"scope":"`+tenantC),
		"scope twice":            with(`"scope":"`+tenantA+`"`, `"scope":"`+tenantA+`","scope":"`+tenantB+`"`),
		"expired":                with(fmt.Sprintf(`"exp":%d`, w.clock.Now().Add(time.Hour).Unix()), fmt.Sprintf(`"exp":%d`, w.clock.Now().Unix())),
		"exp no number":          with(fmt.Sprintf(`"exp":%d`, w.clock.Now().Add(time.Hour).Unix()), `"exp":"never"`),
		"issued in the future":   with(fmt.Sprintf(`"iat":%d`, w.clock.Now().Unix()), fmt.Sprintf(`"iat":%d`, w.clock.Now().Add(2*time.Minute).Unix())),
		"unknown secret":         with(`"wb_cred":"`, `"wb_cred":"x`),
		"another client":         strings.Replace(with(`"client_id":"`+w.app1.ID, `"client_id":"`+w.app2.ID), "", "", 1),
		"padding":                good + "=",
		"line break":             parts[0] + "." + parts[1][:4] + "\n" + parts[1][4:] + "." + parts[2],
		"four parts":             good + ".x",
		"huge":                   good + strings.Repeat("A", 1<<20),
		"blank before":           " " + good,
		"signature in DER":       parts[0] + "." + parts[1] + "." + encode("0E\x02!\x00") + parts[2],
		"another base64 variant": parts[0] + "." + parts[1] + "." + strings.ReplaceAll(strings.ReplaceAll(parts[2], "-", "+"), "_", "/") + "+",
	}
	for name, tk := range tests {
		_, err := w.Verify(t.Context(), tk)
		var fe *fhir.Error
		if !errors.Is(err, auth.ErrInvalidToken) || !errors.As(err, &fe) || fe.Kind != fhir.KindUnauthorized {
			t.Errorf("%s: %v; want ErrInvalidToken of KindUnauthorized", name, err)
		}
		if w.Remembered(tk[:min(len(tk), 4096)]) {
			t.Errorf("%s: a refused token is remembered", name)
		}
	}
	if _, err := w.Verify(t.Context(), ""); !errors.Is(err, auth.ErrNoToken) || errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("no token: %v, want ErrNoToken", err)
	}
	if _, err := w.Verify(t.Context(), good); err != nil {
		t.Errorf("the good token: %v", err)
	}
	w.clock.Advance(time.Hour)
	if _, err := w.Verify(t.Context(), good); !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("a remembered token that has expired: %v", err)
	}
}

// Without a configured issuer it is the request's public URL: what was issued
// under one name is refused under another.
func TestIssuerPerRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *auth.Config) { c.Issuer = "" })
	ask := func(host string) string {
		r := httptest.NewRequestWithContext(access.WithPublicURL(t.Context(), host), http.MethodPost, "/oauth2/token", strings.NewReader(grant(w.app1, w.s1, tenantA)))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rec := httptest.NewRecorder()
		w.TokenHandler().ServeHTTP(rec, r)
		var a struct {
			Token string `json:"access_token"`
		}
		ok(t, json.Unmarshal(rec.Body.Bytes(), &a))
		return a.Token
	}
	tk := ask(issuer)
	if c, err := w.Verify(public(t.Context()), tk); err != nil || c.Issuer != issuer || c.Audience != issuer+"/fhir" {
		t.Errorf("%+v, %v", c, err)
	}
	for _, other := range []string{"https://other.example", issuer + "/fhir", "http://wb.example"} {
		if _, err := w.Verify(access.WithPublicURL(t.Context(), other), tk); !errors.Is(err, auth.ErrInvalidToken) {
			t.Errorf("under %s: %v, want ErrInvalidToken", other, err)
		}
	}
	if _, err := w.Verify(t.Context(), tk); err == nil || errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("without any issuer: %v, want a fault of ours", err)
	}
}

// Whatever tokens are asked for, each verifies as its own tenant and no other,
// and no change of one, however small, does at all.
func TestTokenProperties(t *testing.T) {
	t.Parallel()
	all := anyTenant{}
	w := newWorld(t, func(c *auth.Config) { c.Tenants = all })
	_, err := w.GrantTenants(t.Context(), "test", w.app1.ID, auth.Grant{All: true})
	ok(t, err)
	guid := rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	rapid.Check(t, func(rt *rapid.T) {
		tenant := guid.Draw(rt, "tenant")
		written := []byte(tenant)
		for i := range written {
			if rapid.Bool().Draw(rt, "upper") {
				written[i] = strings.ToUpper(string(written[i]))[0]
			}
		}
		scope := string(written)
		if rapid.Bool().Draw(rt, "braces") {
			scope = "{" + scope + "}"
		}
		a := post(t, w.Service, grant(w.app1, w.s1, scope))
		if a.status != 200 || a.json["scope"] != tenant {
			rt.Fatalf("scope %q: %d %s", scope, a.status, a.body)
		}
		if rapid.Bool().Draw(rt, "forget") {
			w.Forget()
		}
		c, err := w.Verify(t.Context(), a.token())
		if err != nil || c.Tenant != tenant {
			rt.Fatalf("scope %q verifies as %q, %v", scope, c.Tenant, err)
		}
		mangled := mangle(rt, a.token())
		if mangled == a.token() {
			return
		}
		if c, err := w.Verify(t.Context(), mangled); err == nil {
			rt.Fatalf("a mangled token verifies as %q: %s", c.Tenant, mangled)
		}
	})
}

type anyTenant struct{}

func (anyTenant) Exists(string) bool { return true }

func mangle(rt *rapid.T, token string) string {
	b := []byte(token)
	i := rapid.IntRange(0, len(b)-1).Draw(rt, "at")
	switch rapid.IntRange(0, 4).Draw(rt, "how") {
	case 0:
		b[i] = rapid.SampledFrom([]byte("ABCDabcd0123-_.=+/ \n\x00")).Draw(rt, "byte")
	case 1:
		return string(b[:i])
	case 2:
		return string(b[:i]) + rapid.SampledFrom([]string{".", "A", "=", "\n"}).Draw(rt, "insert") + string(b[i:])
	case 3:
		b[i] ^= 0x20
	default:
		j := rapid.IntRange(0, len(b)-1).Draw(rt, "with")
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rec := get(t, w.MetadataHandler())
	var meta map[string]any
	ok(t, json.Unmarshal(rec.Body.Bytes(), &meta))
	smart := w.SMART(issuer)
	if rec.Header().Get("Content-Type") != "application/json" || meta["issuer"] != issuer ||
		meta["token_endpoint"] != smart["token_endpoint"] || meta["token_endpoint"] != issuer+"/oauth2/token" { // REQ-AUTH-26
		t.Errorf("metadata %v", meta)
	}
	for name, want := range map[string]string{
		"response_types_supported": "[none]", "grant_types_supported": "[client_credentials]",
		"token_endpoint_auth_methods_supported":            "[client_secret_post client_secret_basic private_key_jwt]",
		"token_endpoint_auth_signing_alg_values_supported": "[RS384 ES384]",
	} {
		if got := fmt.Sprint(meta[name]); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	keys := get(t, w.JWKSHandler())
	tag := keys.Header().Get("ETag")
	if tag == "" || !strings.HasPrefix(keys.Header().Get("Cache-Control"), "public, max-age=") {
		t.Errorf("key set headers %v", keys.Header())
	}
	if again := get(t, w.JWKSHandler(), "If-None-Match", tag); again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("with the tag: %d", again.Code)
	}
	authorize := get(t, w.AuthorizeHandler())
	if authorize.Code != http.StatusBadRequest || !strings.Contains(authorize.Body.String(), `"unsupported_response_type"`) || authorize.Header().Get("Location") != "" {
		t.Errorf("authorize: %d %s", authorize.Code, authorize.Body)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", http.NoBody)
	rec = httptest.NewRecorder()
	w.JWKSHandler().ServeHTTP(rec, r)
	if rec.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST to the key set: %d", rec.Code)
	}
}
