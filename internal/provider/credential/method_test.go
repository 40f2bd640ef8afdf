package credential_test

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"io"
	"log"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/outbound"
	"github.com/wardbridge/wardbridge/internal/provider/credential"
)

func TestFixedCredentials(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		settings credential.Settings
		value    string
		want     http.Header
	}{
		"none":   {credential.Settings{}, "", http.Header{}},
		"bearer": {credential.Settings{Method: credential.Bearer}, "abc", http.Header{"Authorization": {"Bearer abc"}}},
		"bearer with another word": {
			credential.Settings{Method: credential.Bearer, Prefix: "Token"}, "abc", http.Header{"Authorization": {"Token abc"}},
		},
		"basic": {
			credential.Settings{Method: credential.Basic, Username: "ward"},
			"pass:wörd",
			http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte("ward:pass:wörd"))}},
		},
		"basic by tenant": {
			credential.Settings{Method: credential.Basic, Username: "ward@{tenant}"},
			"p",
			http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte("ward@"+tenantA+":p"))}},
		},
		"API key": {credential.Settings{Method: credential.Header, Header: "X-API-Key"}, "k1", http.Header{"X-Api-Key": {"k1"}}},
		"API key with a word": {
			credential.Settings{Method: credential.Header, Header: "Authorization", Prefix: "ApiKey"}, "k1", http.Header{"Authorization": {"ApiKey k1"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSource(t, credential.Config{Settings: tt.settings, Secret: credential.Secret{Value: tt.value}})
			ctx, h := as(t.Context(), tenantA), http.Header{}
			if err := s.Authorize(ctx, h); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, h); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
			if s.Refused(ctx, h) {
				t.Error("a fixed credential that was refused is worth another attempt")
			}
		})
	}
}

// A strict token server accepts exactly one form of request.
type strict struct {
	t      *testing.T
	json   bool
	header http.Header       // wanted beside the usual
	params map[string]string // wanted; "assertion" stands for any assertion
	check  func(r *http.Request, assertion string)
	seen   []string // jti of assertions
}

func (s *strict) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t := s.t
	if r.Method != http.MethodPost || r.URL.Path != "/token" {
		t.Errorf("%s %s, want POST /token", r.Method, r.URL.Path)
	}
	if got := r.Header.Get("Accept"); got != "application/json" {
		t.Errorf("Accept %q, want application/json", got)
	}
	for k, want := range s.header {
		if got := r.Header[k]; !slices.Equal(got, want) {
			t.Errorf("%s %q, want %q", k, got, want)
		}
	}
	if _, want := s.header["Authorization"]; !want && r.Header["Authorization"] != nil {
		t.Errorf("Authorization %q, want none", r.Header["Authorization"])
	}
	got := s.body(r)
	assertion := ""
	for _, name := range []string{"client_assertion", "assertion"} {
		if got[name] != "" {
			assertion, got[name] = got[name], "assertion"
		}
	}
	if diff := cmp.Diff(s.params, got); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
	if s.check != nil {
		s.check(r, assertion)
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	_, _ = io.WriteString(w, `{"access_token":"granted","token_type":"bearer","expires_in":"3600","scope":"given"}`)
}

func (s *strict) body(r *http.Request) map[string]string {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Error(err)
	}
	typ, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	got := map[string]string{}
	if s.json {
		if typ != "application/json" {
			s.t.Errorf("Content-Type %q, want application/json", typ)
		}
		if err := json.Unmarshal(body, &got); err != nil {
			s.t.Errorf("body: %v", err)
		}
		return got
	}
	if typ != "application/x-www-form-urlencoded" {
		s.t.Errorf("Content-Type %q, want a form", typ)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		s.t.Errorf("body: %v", err)
	}
	for k, v := range form {
		if len(v) != 1 {
			s.t.Errorf("%s stands %d times, want once", k, len(v))
		}
		got[k] = v[0]
	}
	return got
}

// signed checks an assertion: signature, header and every claim.
func (s *strict) signed(alg jose.SignatureAlgorithm, key any, kid string, claims map[string]any) func(*http.Request, string) {
	return func(r *http.Request, assertion string) {
		t := s.t
		jws, err := jose.ParseSignedCompact(assertion, []jose.SignatureAlgorithm{alg})
		if err != nil {
			t.Errorf("assertion: %v", err)
			return
		}
		payload, err := jws.Verify(key)
		if err != nil {
			t.Errorf("assertion's signature: %v", err)
			return
		}
		head := jws.Signatures[0].Protected
		if head.KeyID != kid || head.ExtraHeaders["typ"] != "JWT" {
			t.Errorf("assertion's header: kid %q, typ %v; want %q, JWT", head.KeyID, head.ExtraHeaders["typ"], kid)
		}
		var got map[string]any
		if err := json.Unmarshal(payload, &got); err != nil {
			t.Error(err)
			return
		}
		now := float64(time.Now().Unix())
		exp, _ := got["exp"].(float64)
		iat, _ := got["iat"].(float64)
		jti, _ := got["jti"].(string)
		if exp <= now || exp-iat > 300 || iat > now || iat < now-60 {
			t.Errorf("iat %v, exp %v at %v: want at most 5 minutes, begun already", iat, exp, now)
		}
		if len(jti) < 20 || slices.Contains(s.seen, jti) {
			t.Errorf("jti %q: want one that is long and new", jti)
		}
		s.seen = append(s.seen, jti)
		for _, k := range []string{"exp", "iat", "jti"} {
			delete(got, k)
		}
		if got["aud"] == "https://"+r.Host+"/token" {
			got["aud"] = "token URL"
		}
		if diff := cmp.Diff(claims, got); diff != "" {
			t.Errorf("claims (-want +got):\n%s", diff)
		}
	}
}

func claims(audience string) map[string]any {
	return map[string]any{"iss": clientID, "sub": clientID, "aud": audience}
}

const clientAssertion = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// Each method sends what its specification says and nothing else, twice, with
// a fresh assertion.
func TestTokenMethods(t *testing.T) {
	t.Parallel()
	k := keys()
	type settings = credential.Settings
	secret := credential.Secret{Value: secretValue}
	rsaKey, ecKey := credential.Secret{PrivateKey: pkcs8(t, k.rsa)}, credential.Secret{PrivateKey: pkcs8(t, k.ec)}
	byAssertion := map[string]string{"grant_type": "client_credentials", "client_assertion_type": clientAssertion, "client_assertion": "assertion"}
	for name, tt := range map[string]struct {
		settings settings
		secret   credential.Secret
		want     strict
		alg      jose.SignatureAlgorithm
		key      any
		kid      string
		claims   map[string]any
	}{
		"client_secret_post": {
			settings: settings{Method: credential.ClientSecretPost, Params: map[string]string{"scope": "{tenant}", "resource": "https://a b&c"}},
			secret:   secret, want: strict{params: map[string]string{
				"grant_type": "client_credentials", "client_id": clientID, "client_secret": secretValue, "scope": tenantA, "resource": "https://a b&c",
			}},
		},
		"client_secret_post as JSON": {
			settings: settings{
				Method: credential.ClientSecretPost, JSON: true, Params: map[string]string{"audience": "x"}, TokenHeaders: map[string]string{"x-org": "o-{tenant}"},
			},
			secret: secret, want: strict{json: true, header: http.Header{"X-Org": {"o-" + tenantA}}, params: map[string]string{
				"grant_type": "client_credentials", "client_id": clientID, "client_secret": secretValue, "audience": "x",
			}},
		},
		"client_secret_basic": {
			settings: settings{Method: credential.ClientSecretBasic, Params: map[string]string{"scope": "system/Patient.read"}},
			secret:   secret, want: strict{
				header: http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(clientID+":"+url.QueryEscape(secretValue)))}},
				params: map[string]string{"grant_type": "client_credentials", "scope": "system/Patient.read"},
			},
		},
		"client_secret_jwt": {
			settings: settings{Method: credential.ClientSecretJWT}, secret: secret, want: strict{params: byAssertion},
			alg: jose.HS256, key: []byte(secretValue), claims: claims("token URL"),
		},
		"private_key_jwt by the key's algorithm": {
			settings: settings{Method: credential.PrivateKeyJWT, KeyID: "k1"}, secret: rsaKey, want: strict{params: byAssertion},
			alg: jose.RS384, key: &k.rsa.PublicKey, kid: "k1", claims: claims("token URL"),
		},
		"private_key_jwt with the client's id beside it": {
			settings: settings{Method: credential.PrivateKeyJWT, Params: map[string]string{"client_id": clientID}}, secret: ecKey,
			want: strict{params: map[string]string{
				"grant_type": "client_credentials", "client_id": clientID, "client_assertion_type": clientAssertion, "client_assertion": "assertion",
			}}, alg: jose.ES384, key: &k.ec.PublicKey, claims: claims("token URL"),
		},
		"private_key_jwt RS256": {
			settings: settings{Method: credential.PrivateKeyJWT, Algorithm: "RS256", Audience: "https://{tenant}.example.org"}, secret: rsaKey,
			want: strict{params: byAssertion}, alg: jose.RS256, key: &k.rsa.PublicKey, claims: claims("https://" + tenantA + ".example.org"),
		},
		"private_key_jwt ES384": {
			settings: settings{Method: credential.PrivateKeyJWT, KeyID: "k2"}, secret: ecKey, want: strict{params: byAssertion},
			alg: jose.ES384, key: &k.ec.PublicKey, kid: "k2", claims: claims("token URL"),
		},
		"jwt_bearer": {
			settings: settings{
				Method: credential.JWTBearer, Algorithm: "RS256", Subject: credential.NoClaim, Issuer: "someone", Claims: map[string]string{"scope": "s-{tenant}"},
			},
			secret: rsaKey, want: strict{params: map[string]string{"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "assertion"}},
			alg: jose.RS256, key: &k.rsa.PublicKey, claims: map[string]any{"iss": "someone", "aud": "token URL", "scope": "s-" + tenantA},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &tt.want
			server.t = t
			if tt.alg != "" {
				server.check = server.signed(tt.alg, tt.key, tt.kid, tt.claims)
			}
			srv := httptest.NewTLSServer(server)
			defer srv.Close()
			tt.settings.TokenURL = srv.URL + "/token"
			if tt.settings.Issuer == "" {
				tt.settings.ClientID = clientID
			}
			s := newSource(t, credential.Config{Settings: tt.settings, Secret: tt.secret, Base: "https://ehr.example.org/fhir", HTTP: srv.Client()})
			for range 2 {
				if got := authorize(t, s, tenantA); got != "Bearer granted" {
					t.Errorf("Authorization %q, want the token granted", got)
				}
				s.Refused(as(t.Context(), tenantA), http.Header{"Authorization": {"Bearer granted"}})
			}
			if tt.alg != "" && len(server.seen) != 2 {
				t.Errorf("%d assertions were checked, want 2", len(server.seen))
			}
		})
	}
}

// A redirect would carry the secret to an address nobody chose.
func TestTokenRequestIsNotRedirected(t *testing.T) {
	t.Parallel()
	var reached []string
	other := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { reached = append(reached, r.URL.Path) }))
	defer other.Close()
	srv := httptest.NewTLSServer(http.RedirectHandler(other.URL+"/token", http.StatusTemporaryRedirect))
	defer srv.Close()
	client := srv.Client()
	client.Transport.(*http.Transport).TLSClientConfig.RootCAs.AddCert(other.Certificate())
	s := newSource(t, credential.Config{
		Settings: credential.Settings{Method: credential.ClientSecretPost, ClientID: clientID, TokenURL: srv.URL + "/token"},
		Secret:   credential.Secret{Value: secretValue}, Base: "https://ehr.example.org", HTTP: client,
	})
	_, p := failure(t, s, "")
	if p.Reason != credential.ReasonRedirect || len(reached) != 0 {
		t.Errorf("reason %v, the other server saw %q; want redirect and nothing", p.Reason, reached)
	}
	if client.CheckRedirect != nil {
		t.Error("the client that was handed in was changed")
	}
}

// The rules for outbound connections hold for token endpoints too.
func TestTokenEndpointThatMayNotBeReached(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(&mint{})
	defer srv.Close()
	out, err := outbound.New(outbound.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	s := newSource(t, credential.Config{
		Settings: credential.Settings{Method: credential.ClientSecretPost, ClientID: clientID, TokenURL: srv.URL + "/token"},
		Secret:   credential.Secret{Value: secretValue}, Base: "http://ehr.example.org", HTTP: out.Client(),
	})
	fe, p := failure(t, s, "")
	if p.Reason != credential.ReasonPolicy || fe.Kind != fhir.KindUpstream || !strings.Contains(p.Error(), outbound.AllowKey) {
		t.Errorf("reason %v, kind %d: %v; want policy, upstream and the setting that allows it", p.Reason, fe.Kind, p)
	}
}

// Where a connection fails, the operator learns why and what to do.
func TestConnectionsThatFail(t *testing.T) {
	t.Parallel()
	tlsServer := httptest.NewUnstartedServer(http.NotFoundHandler())
	tlsServer.Config.ErrorLog = log.New(io.Discard, "", 0)
	tlsServer.StartTLS()
	defer tlsServer.Close()
	mutual := httptest.NewUnstartedServer(http.NotFoundHandler())
	mutual.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	mutual.Config.ErrorLog = log.New(io.Discard, "", 0)
	mutual.StartTLS()
	defer mutual.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	for name, tt := range map[string]struct {
		url    string
		client *http.Client
		reason credential.Reason
		what   string
	}{
		"unknown authority":   {tlsServer.URL, plain.Client(), credential.ReasonTLS, "--ca-file"},
		"another name":        {strings.Replace(tlsServer.URL, "127.0.0.1", "localhost", 1), tlsServer.Client(), credential.ReasonTLS, "another name"},
		"wants a certificate": {mutual.URL, mutual.Client(), credential.ReasonTLS, "--client-cert-file"},
		"no TLS":              {strings.Replace(plain.URL, "http:", "https:", 1), plain.Client(), credential.ReasonTLS, "does not speak TLS"},
		"refused":             {"http://127.0.0.1:1", plain.Client(), credential.ReasonUnreachable, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSource(t, credential.Config{
				Settings: credential.Settings{Method: credential.ClientSecretPost, ClientID: clientID, TokenURL: tt.url + "/token"},
				Secret:   credential.Secret{Value: secretValue}, Base: "http://ehr.example.org", HTTP: tt.client,
			})
			fe, p := failure(t, s, "")
			if p.Reason != tt.reason || !strings.Contains(p.Error(), tt.what) {
				t.Errorf("reason %v: %v; want %v and %q", p.Reason, p, tt.reason, tt.what)
			}
			if host := strings.TrimPrefix(tt.url, "https://"); strings.Contains(fe.Issues[0].Diagnostics, host) {
				t.Errorf("the text for strangers names the host: %q", fe.Issues[0].Diagnostics)
			}
			tt.client.CloseIdleConnections()
		})
	}
}
