package reqtest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/wardbridge/wardbridge/internal/await"
)

// part decodes one part of a JWT without believing it.
func part(t *testing.T, token string, i int) any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("a token of %d parts is not a signed JWT", len(parts))
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[i])
	if err != nil {
		t.Fatalf("part %d of the token: %v", i, err)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("part %d of the token: %v", i, err)
	}
	return v
}

func claimsOf(t *testing.T, token string) any { t.Helper(); return part(t, token, 1) }

// metadata is the RFC 8414 document, its place found from the token's issuer.
func (g *Target) metadata(t *testing.T) *reply {
	t.Helper()
	iss := str(claimsOf(t, g.token(t, g.App1, tenantA)), "iss")
	u, err := url.Parse(iss)
	if err != nil || u.Host == "" {
		t.Fatalf("the issuer %q is not a URL", iss)
	}
	place := u.Scheme + "://" + u.Host + "/.well-known/oauth-authorization-server" + strings.TrimSuffix(u.Path, "/")
	return (&caller{target: g}).get(t, place).want(t, http.StatusOK)
}

func (g *Target) keys(t *testing.T) *reply {
	t.Helper()
	return (&caller{target: g}).get(t, g.metadata(t).text(t, "jwks_uri")).want(t, http.StatusOK)
}

func authJWT(t *testing.T, g *Target) {
	r := g.grant(t, credentials(g.App1, "grant_type", "client_credentials", "scope", tenantA), nil).want(t, http.StatusOK)
	token := r.text(t, "access_token")
	head, claims := part(t, token, 0), claimsOf(t, token)
	if str(head, "typ") != "at+jwt" || !slices.Contains([]string{"RS256", "ES256", "ES384"}, str(head, "alg")) {
		t.Errorf("header %v, want typ at+jwt and a known algorithm", head)
	}
	for name, want := range map[string]string{"scope": tenantA, "client_id": g.App1.ID, "sub": g.App1.ID} {
		if got := str(claims, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if at(claims, "aud") == nil || str(claims, "iss") == "" || str(claims, "jti") == "" {
		t.Errorf("aud, iss or jti is missing: %v", claims)
	}
	iat, err1 := at(claims, "iat").(json.Number).Float64()
	exp, err2 := at(claims, "exp").(json.Number).Float64()
	life, err3 := at(r.json, "expires_in").(json.Number).Float64()
	if err1 != nil || err2 != nil || err3 != nil || math.Abs(exp-iat-life) > 1 || math.Abs(iat-float64(time.Now().Unix())) > 60 {
		t.Errorf("iat %v, exp %v and expires_in %v do not agree", iat, exp, life)
	}
	other := claimsOf(t, g.freshToken(t, g.App1, tenantA))
	if str(other, "jti") == str(claims, "jti") {
		t.Error("two tokens have one jti")
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(g.keys(t).body, &set); err != nil {
		t.Fatalf("the key set: %v", err)
	}
	keys := set.Key(str(head, "kid"))
	if len(keys) != 1 {
		t.Fatalf("%d published keys are %q, want 1", len(keys), str(head, "kid"))
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.ES384})
	if err != nil {
		t.Fatalf("parsing the token: %v", err)
	}
	if _, err := signed.Verify(keys[0]); err != nil {
		t.Errorf("the published key does not verify the token: %v", err)
	}
}

func authKeys(t *testing.T, g *Target) {
	r := g.keys(t)
	if len(list(r.json, "keys")) == 0 {
		t.Error("no key is published")
	}
	for _, k := range list(r.json, "keys") {
		if str(k, "kty") == "" || str(k, "kid") == "" || str(k, "use") != "sig" || str(k, "alg") == "" {
			t.Errorf("a key lacks kty, kid, use sig or alg: %v", k)
		}
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k", "oth"} {
			if at(k, private) != nil {
				t.Errorf("the private member %s is published", private)
			}
		}
	}
}

func authMetadata(t *testing.T, g *Target) {
	c := &caller{target: g}
	m := g.metadata(t)
	smart := c.get(t, ".well-known/smart-configuration").want(t, http.StatusOK)
	statement, _ := oauthURI(c.get(t, "metadata").want(t, http.StatusOK).json, "token")
	for where, got := range map[string]string{
		"authorization server metadata": m.text(t, "token_endpoint"), "smart-configuration": smart.text(t, "token_endpoint"), "statement": statement,
	} {
		if got != g.TokenURL {
			t.Errorf("%s names the token endpoint %q, want %q", where, got, g.TokenURL)
		}
	}
	if m.text(t, "issuer") != str(claimsOf(t, g.token(t, g.App1, tenantA)), "iss") {
		t.Errorf("issuer %q is not the token's", str(m.json, "issuer"))
	}
	for _, name := range []string{"response_types_supported", "grant_types_supported", "token_endpoint_auth_methods_supported", "token_endpoint_auth_signing_alg_values_supported"} {
		if len(list(m.json, name)) == 0 {
			t.Errorf("%s is missing or empty", name)
		}
	}
	for _, method := range []any{"client_secret_post", "client_secret_basic", "private_key_jwt"} {
		if !slices.Contains(list(m.json, "token_endpoint_auth_methods_supported"), method) {
			t.Errorf("%v is not among the authentication methods", method)
		}
	}
}

// A keyClient signs assertions.
type keyClient struct {
	id  string
	alg jose.SignatureAlgorithm
	kid string
	key crypto.Signer
}

func (k keyClient) assertion(t *testing.T, aud, jti string, life time.Duration) string {
	t.Helper()
	return sign(t, k.alg, k.key, k.kid, "JWT", map[string]any{
		"iss": k.id, "sub": k.id, "aud": aud, "jti": jti, "iat": time.Now().Unix(), "exp": time.Now().Add(life).Unix(),
	})
}

func sign(t *testing.T, alg jose.SignatureAlgorithm, key any, kid, typ string, claims map[string]any) string {
	t.Helper()
	opts := (&jose.SignerOptions{}).WithType(jose.ContentType(typ)).WithHeader("kid", kid)
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, opts)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.Sign(raw)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func authAssertion(t *testing.T, g *Target) {
	ec, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: ec.Public(), KeyID: "ec-1", Algorithm: "ES384", Use: "sig"}, {Key: rs.Public(), KeyID: "rs-1", Algorithm: "RS384", Use: "sig"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	id := g.Admin.CreateKeyClient(t, "app-keys", set, tenantA).ID
	ask := func(assertion string) *reply {
		return g.grant(t, form("grant_type", "client_credentials", "scope", tenantA, "client_assertion_type",
			"urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion", assertion), nil)
	}
	for _, k := range []keyClient{{id, jose.ES384, "ec-1", ec}, {id, jose.RS384, "rs-1", rs}} {
		a := ""
		tries := 0
		await.That(t, "a token for an assertion", func() bool {
			tries++
			a = k.assertion(t, g.TokenURL, string(k.alg)+strings.Repeat("i", tries), 2*time.Minute)
			return ask(a).status == http.StatusOK
		})
		ask(a).refused(t, http.StatusUnauthorized, "invalid_client")
		ask(k.assertion(t, g.TokenURL, string(k.alg)+"long", 20*time.Minute)).refused(t, http.StatusUnauthorized, "invalid_client")
		ask(k.assertion(t, "https://elsewhere.example/token", string(k.alg)+"aud", time.Minute)).refused(t, http.StatusUnauthorized, "invalid_client")
		ask(k.assertion(t, g.TokenURL, string(k.alg)+"old", -10*time.Minute)).refused(t, http.StatusUnauthorized, "invalid_client")
	}
}
