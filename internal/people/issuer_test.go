package people_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// A fakeIssuer is a small OpenID provider with switches. It holds to the
// protocol: a code works once, with the client's secret and the verifier that
// fits the challenge.
type fakeIssuer struct {
	t      *testing.T
	server *httptest.Server
	key    *ecdsa.PrivateKey
	now    func() time.Time
	// name is the issuer's in its metadata; "" is its URL.
	name string
	// claims of the next ID token, over the ordinary ones.
	claims map[string]any
	// Switches.
	signer *ecdsa.PrivateKey // signs in place of key
	mute   bool              // no ID token in the answer
	info   map[string]any    // what it says of the person; nil says nothing
	down   bool

	mu    sync.Mutex
	codes map[string]url.Values // what was asked for, by code
}

const (
	fakeClient = "wardbridge"
	fakeSecret = "s3cret of the client"
)

func newFakeIssuer(t *testing.T, now func() time.Time) *fakeIssuer {
	t.Helper()
	f := &fakeIssuer{t: t, now: now, codes: map[string]url.Values{}, key: newKey(t)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{tenant}/.well-known/openid-configuration", f.metadata)
	mux.HandleFunc("GET /keys", f.keys)
	mux.HandleFunc("POST /token", f.token)
	mux.HandleFunc("GET /userinfo", f.userinfo)
	f.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.down {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(f.server.Close)
	return f
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// url is the issuer of a directory.
func (f *fakeIssuer) url(tenant string) string { return f.server.URL + "/" + tenant }

func (f *fakeIssuer) metadata(w http.ResponseWriter, r *http.Request) {
	name := f.name
	if name == "" {
		name = f.url(r.PathValue("tenant"))
	}
	f.write(w, map[string]any{
		"issuer": name, "authorization_endpoint": f.server.URL + "/authorize", "token_endpoint": f.server.URL + "/token",
		"jwks_uri": f.server.URL + "/keys", "userinfo_endpoint": f.server.URL + "/userinfo", "id_token_signing_alg_values_supported": []string{"ES256"},
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
	})
}

func (f *fakeIssuer) userinfo(w http.ResponseWriter, r *http.Request) {
	if f.info == nil || r.Header.Get("Authorization") != "Bearer at" {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	f.write(w, f.info)
}

func (f *fakeIssuer) keys(w http.ResponseWriter, _ *http.Request) {
	f.write(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: f.key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
}

func (f *fakeIssuer) write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		f.t.Error(err)
	}
}

// authorize is what happens at the issuer when a person agrees: a code for the
// request.
func (f *fakeIssuer) authorize(request *url.URL) (code, state string) {
	f.t.Helper()
	q := request.Query()
	for name, want := range map[string]string{"response_type": "code", "client_id": fakeClient, "code_challenge_method": "S256", "redirect_uri": public + "/auth/end"} {
		if q.Get(name) != want {
			f.t.Errorf("the request says %s=%s, want %s", name, q.Get(name), want)
		}
	}
	if !strings.Contains(q.Get("scope"), "openid") || len(q.Get("nonce")) < 43 || len(q.Get("state")) < 43 {
		f.t.Errorf("the request lacks openid, a nonce or a state: %v", q)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	code = rand.Text()
	f.codes[code] = q
	return code, q.Get("state")
}

func (f *fakeIssuer) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	id, _ = url.QueryUnescape(id)
	secret, _ = url.QueryUnescape(secret)
	f.mu.Lock()
	asked, ok := f.codes[r.FormValue("code")]
	delete(f.codes, r.FormValue("code"))
	f.mu.Unlock()
	challenge := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !ok || id != fakeClient || secret != fakeSecret || base64.RawURLEncoding.EncodeToString(challenge[:]) != asked.Get("code_challenge") {
		w.WriteHeader(http.StatusBadRequest)
		f.write(w, map[string]string{"error": "invalid_grant", "error_description": "who knows what this says"})
		return
	}
	answer := map[string]any{"access_token": "at", "token_type": "Bearer"}
	if !f.mute {
		answer["id_token"] = f.idToken(asked.Get("nonce"))
	}
	f.write(w, answer)
}

func (f *fakeIssuer) idToken(nonce string) string {
	claims := map[string]any{
		"iss": f.url("t"), "sub": "s-1", "aud": fakeClient, "nonce": nonce, "name": "Anna Lund",
		"iat": f.now().Unix(), "exp": f.now().Add(5 * time.Minute).Unix(),
	}
	for k, v := range f.claims {
		claims[k] = v
		if v == nil {
			delete(claims, k)
		}
	}
	text, err := json.Marshal(claims)
	if err != nil {
		f.t.Fatal(err)
	}
	key := f.key
	if f.signer != nil {
		key = f.signer
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "k"))
	if err != nil {
		f.t.Fatal(err)
	}
	jws, err := signer.Sign(text)
	if err != nil {
		f.t.Fatal(err)
	}
	out, err := jws.CompactSerialize()
	if err != nil {
		f.t.Fatal(err)
	}
	return out
}
