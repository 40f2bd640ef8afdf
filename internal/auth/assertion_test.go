package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/wardbridge/wardbridge/internal/auth"
	"github.com/wardbridge/wardbridge/internal/outbound"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// A partner is a client that signs assertions with a foreign library.
type partner struct {
	w      *world
	client auth.Client
	rsa    *rsa.PrivateKey
	ec     *ecdsa.PrivateKey
}

func (p *partner) jwks(t testing.TB) string {
	t.Helper()
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: &p.rsa.PublicKey, KeyID: "r1", Algorithm: "RS384", Use: "sig"},
		{Key: &p.ec.PublicKey, KeyID: "e1", Algorithm: "ES384", Use: "sig"},
	}}
	b, err := json.Marshal(set)
	ok(t, err)
	return string(b)
}

// rsaKey is made once: it takes long.
var rsaKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func newPartner(t testing.TB, change ...func(*auth.Config)) *partner {
	t.Helper()
	p := &partner{w: newWorld(t, change...)}
	var err error
	p.rsa, err = rsaKey()
	ok(t, err)
	p.ec, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	ok(t, err)
	p.client, err = p.w.CreateClient(t.Context(), "test", auth.Client{Name: "partner", Grant: auth.Grant{Tenants: []string{tenantA}}, JWKS: p.jwks(t)})
	ok(t, err)
	return p
}

func (p *partner) claims(jti string) map[string]any {
	now := p.w.clock.Now()
	return map[string]any{
		"iss": p.client.ID, "sub": p.client.ID, "aud": issuer + "/oauth2/token", "jti": jti,
		"exp": now.Add(4 * time.Minute).Unix(), "iat": now.Unix(),
	}
}

func (p *partner) sign(t testing.TB, alg jose.SignatureAlgorithm, kid string, claims map[string]any) string {
	t.Helper()
	var key crypto.PrivateKey = p.ec
	if strings.HasPrefix(string(alg), "RS") || strings.HasPrefix(string(alg), "PS") {
		key = p.rsa
	}
	return signWith(t, alg, kid, key, claims)
}

func signWith(t testing.TB, alg jose.SignatureAlgorithm, kid string, key any, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, (&jose.SignerOptions{}).WithType("JWT"))
	ok(t, err)
	payload, err := json.Marshal(claims)
	ok(t, err)
	sig, err := signer.Sign(payload)
	ok(t, err)
	out, err := sig.CompactSerialize()
	ok(t, err)
	return out
}

func assertionForm(assertion string, more ...string) string {
	return form(append([]string{"grant_type", "client_credentials", "client_assertion_type", assertionType, "client_assertion", assertion, "scope", tenantA}, more...)...)
}

// REQ-AUTH-27
func TestAssertions(t *testing.T) {
	t.Parallel()
	p := newPartner(t)
	alien, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	ok(t, err)
	with := func(name string, value any) map[string]any {
		c := p.claims("j-" + t.Name() + rand.Text())
		if value == nil {
			delete(c, name)
		} else {
			c[name] = value
		}
		return c
	}
	now := p.w.clock.Now()
	good := func() map[string]any { return p.claims(rand.Text()) }
	tests := []struct {
		name, assertion string
		more            []string
		status          int
	}{
		{name: "ES384", assertion: p.sign(t, jose.ES384, "e1", good()), status: 200},
		{name: "RS384", assertion: p.sign(t, jose.RS384, "r1", good()), status: 200},
		{name: "client_id alike", assertion: p.sign(t, jose.ES384, "e1", good()), more: []string{"client_id", p.client.ID}, status: 200},
		{name: "issuer as audience", assertion: p.sign(t, jose.ES384, "e1", with("aud", issuer)), status: 200},
		{name: "one audience in a list", assertion: p.sign(t, jose.ES384, "e1", with("aud", []string{issuer + "/oauth2/token"})), status: 200},
		{name: "no kid, one key of the kind", assertion: p.sign(t, jose.ES384, "", good()), status: 200},
		{name: "exp with a fraction", assertion: p.sign(t, jose.ES384, "e1", with("exp", float64(now.Unix())+60.5)), status: 200},
		{name: "client_id of another", assertion: p.sign(t, jose.ES384, "e1", good()), more: []string{"client_id", p.w.app1.ID}, status: 401},
		{name: "RS256", assertion: p.sign(t, jose.RS256, "r1", good()), status: 401},
		{name: "PS384", assertion: p.sign(t, jose.PS384, "r1", good()), status: 401},
		{name: "kid of another kind", assertion: p.sign(t, jose.ES384, "r1", good()), status: 401},
		{name: "unknown kid", assertion: p.sign(t, jose.ES384, "e9", good()), status: 401},
		{name: "alien key", assertion: signWith(t, jose.ES384, "e1", alien, good()), status: 401},
		{name: "HMAC with the key set", assertion: signWith(t, jose.HS384, "e1", []byte(p.jwks(t)), good()), status: 401},
		{name: "unknown client", assertion: p.sign(t, jose.ES384, "e1", with("iss", "wb_nobody")), status: 401},
		{name: "another client", assertion: p.sign(t, jose.ES384, "e1", map[string]any{"iss": p.w.app1.ID, "sub": p.w.app1.ID, "aud": issuer, "jti": "x", "exp": now.Add(time.Minute).Unix()}), status: 401},
		{name: "sub differs", assertion: p.sign(t, jose.ES384, "e1", with("sub", "x")), status: 401},
		{name: "no jti", assertion: p.sign(t, jose.ES384, "e1", with("jti", nil)), status: 401},
		{name: "no exp", assertion: p.sign(t, jose.ES384, "e1", with("exp", nil)), status: 401},
		{name: "exp is text", assertion: p.sign(t, jose.ES384, "e1", with("exp", "1900000000")), status: 401},
		{name: "expired", assertion: p.sign(t, jose.ES384, "e1", with("exp", now.Add(-time.Second).Unix())), status: 401},
		{name: "too far ahead", assertion: p.sign(t, jose.ES384, "e1", with("exp", now.Add(6*time.Minute).Unix())), status: 401},
		{name: "not yet", assertion: p.sign(t, jose.ES384, "e1", with("nbf", now.Add(2*time.Minute).Unix())), status: 401},
		{name: "wrong audience", assertion: p.sign(t, jose.ES384, "e1", with("aud", "https://evil.example/oauth2/token")), status: 401},
		{name: "two audiences", assertion: p.sign(t, jose.ES384, "e1", with("aud", []string{issuer, "https://evil.example"})), status: 401},
		{name: "no audience", assertion: p.sign(t, jose.ES384, "e1", with("aud", nil)), status: 401},
		{name: "garbage", assertion: "a.b.c", status: 401},
		{name: "alg none", assertion: encode(`{"alg":"none"}`) + "." + encode(`{"iss":"`+p.client.ID+`"}`) + ".", status: 401},
	}
	wrong := post(t, p.w.Service, grant(p.w.app1, "wrong", tenantA))
	for _, tt := range tests {
		a := post(t, p.w.Service, assertionForm(tt.assertion, tt.more...))
		if a.status != tt.status {
			t.Errorf("%s: %d %s, want %d", tt.name, a.status, a.body, tt.status)
		}
		if a.status == 401 && a.body != wrong.body {
			t.Errorf("%s: %s; want what a wrong secret gets", tt.name, a.body)
		}
	}
	for name, body := range map[string]string{
		"no type":      form("grant_type", "client_credentials", "client_assertion", "x", "scope", tenantA),
		"no assertion": form("grant_type", "client_credentials", "client_assertion_type", assertionType, "scope", tenantA),
		"other type":   form("grant_type", "client_credentials", "client_assertion_type", "saml", "client_assertion", "x"),
	} {
		if a := post(t, p.w.Service, body); a.status != 400 || a.code() != "invalid_request" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}

// An assertion works once, whichever process sees it, however many at a time.
func TestAssertionReplay(t *testing.T) {
	t.Parallel()
	p := newPartner(t)
	other, _ := p.w.process(t)
	body := assertionForm(p.sign(t, jose.ES384, "e1", p.claims("once")))
	var issued, refused atomic.Int32
	var wg sync.WaitGroup
	for i := range 16 {
		s := []*auth.Service{p.w.Service, other}[i%2]
		wg.Go(func() {
			switch a := post(t, s, body); a.status {
			case 200:
				issued.Add(1)
			case 401:
				refused.Add(1)
			}
		})
	}
	wg.Wait()
	if issued.Load() != 1 || refused.Load() != 15 {
		t.Errorf("issued %d, refused %d; want 1 and 15", issued.Load(), refused.Load())
	}
	// Forgotten only when it can no longer be used anyway.
	ok(t, p.w.Maintain(t.Context()))
	mustStatus(t, p.w.Service, body, 401)
	p.w.clock.Advance(10 * time.Minute)
	ok(t, p.w.Maintain(t.Context()))
	mustStatus(t, p.w.Service, body, 401)
}

// Replacing a client's keys ends what was obtained with the old ones.
func TestReplacedKeys(t *testing.T) {
	t.Parallel()
	p := newPartner(t)
	ctx := t.Context()
	a := post(t, p.w.Service, assertionForm(p.sign(t, jose.ES384, "e1", p.claims("1"))))
	if _, err := p.w.Verify(ctx, a.token()); err != nil {
		t.Fatal(err)
	}
	p.w.clock.Advance(time.Second)
	_, err := p.w.SetJWKS(ctx, "test", p.client.ID, p.jwks(t), "")
	ok(t, err)
	if _, err := p.w.Verify(ctx, a.token()); !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("a token from before: %v, want ErrInvalidToken", err)
	}
	p.w.clock.Advance(time.Second)
	a = post(t, p.w.Service, assertionForm(p.sign(t, jose.ES384, "e1", p.claims("2"))))
	if _, err := p.w.Verify(ctx, a.token()); err != nil {
		t.Errorf("a token from after: %v", err)
	}
	c, err := p.w.SetJWKS(ctx, "test", p.client.ID, "", "")
	ok(t, err)
	if len(c.AuthMethods) != 2 {
		t.Errorf("without keys the client authenticates by %v", c.AuthMethods)
	}
	mustStatus(t, p.w.Service, assertionForm(p.sign(t, jose.ES384, "e1", p.claims("3"))), 401)
}

// Keys by URL are fetched through the guarded client, kept, and fetched again
// for a new kid, though not at anybody's pace.
func TestKeysByURL(t *testing.T) {
	t.Parallel()
	var hits atomic.Int32
	var body atomic.Value
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		hits.Add(1)
		text, _ := body.Load().(string)
		if text == "" {
			w.WriteHeader(http.StatusBadGateway)
		}
		_, _ = w.Write([]byte(text))
	}))
	defer srv.Close()
	d, err := outbound.New(outbound.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	ok(t, err)
	defer d.Close()
	p := newPartner(t, func(c *auth.Config) { c.HTTP = d.Client() })
	_, err = p.w.SetJWKS(t.Context(), "test", p.client.ID, "", srv.URL+"/keys")
	ok(t, err)
	p.w.clock.Advance(time.Second)
	try := func(want int) {
		t.Helper()
		mustStatus(t, p.w.Service, assertionForm(p.sign(t, jose.ES384, "e1", p.claims(rand.Text()))), want)
	}
	try(401) // the URL fails
	body.Store(p.jwks(t))
	try(401) // not asked again so soon
	p.w.clock.Advance(10 * time.Second)
	try(200)
	try(200)
	if hits.Load() != 2 {
		t.Errorf("fetched %d times, want 2", hits.Load())
	}
	body.Store("")
	p.w.clock.Advance(6 * time.Minute)
	try(200) // stale keys serve for a while
	p.w.clock.Advance(10 * time.Minute)
	try(401)

	// An address inside is refused, and that is no oracle.
	closed, err := outbound.New(outbound.Config{})
	ok(t, err)
	defer closed.Close()
	q := newPartner(t, func(c *auth.Config) { c.HTTP = closed.Client() })
	_, err = q.w.SetJWKS(t.Context(), "test", q.client.ID, "", srv.URL+"/keys")
	ok(t, err)
	body.Store(q.jwks(t))
	before := hits.Load()
	mustStatus(t, q.w.Service, assertionForm(q.sign(t, jose.ES384, "e1", q.claims("1"))), 401)
	if hits.Load() != before {
		t.Error("a loopback address was fetched")
	}
}

func FuzzAssertion(f *testing.F) {
	p := newPartner(f)
	claims := p.claims("1")
	claims["aud"] = issuer
	f.Add(p.sign(f, jose.ES384, "e1", claims))
	f.Add(encode(`{"alg":"none"}`) + "." + encode(`{}`) + ".")
	f.Add("..")
	big := maps.Clone(claims)
	big["exp"] = 1e300
	f.Add(p.sign(f, jose.ES384, "e1", big))
	now := p.w.clock.Now()
	f.Fuzz(func(t *testing.T, token string) {
		if client, err := auth.ReadAssertion(token, now, issuer); err == nil && client == "" {
			t.Error("an assertion of nobody was read")
		}
	})
}
