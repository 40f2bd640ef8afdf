package credential_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/credential"
)

func TestMain(m *testing.M) { await.Main(m) }

const (
	tenantA = "aaaaaaaa-1111-4111-8111-111111111111"
	tenantB = "bbbbbbbb-2222-4222-8222-222222222222"

	clientID = "ward-client"
	// secretValue needs escaping in a form, in JSON and in Basic.
	secretValue = `s3cr3t+/&="%<x>: of 32 bytes or more`
)

// keys are made once: RSA keys are slow to make.
var keys = sync.OnceValue(func() (k struct {
	rsa *rsa.PrivateKey
	ec  *ecdsa.PrivateKey
},
) {
	var err error
	if k.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		panic(err)
	}
	if k.ec, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader); err != nil {
		panic(err)
	}
	return k
})

func pemOf(t *testing.T, typ string, der []byte, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: der}))
}

func pkcs8(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return pemOf(t, "PRIVATE KEY", der, err)
}

func as(ctx context.Context, tenant string) context.Context {
	return access.WithPrincipal(ctx, access.Principal{Tenant: tenant})
}

// authorize gives the Authorization of one call for a tenant.
func authorize(t *testing.T, s *credential.Source, tenant string) string {
	t.Helper()
	h := http.Header{}
	if err := s.Authorize(as(t.Context(), tenant), h); err != nil {
		t.Fatalf("authorize for %s: %v", tenant, err)
	}
	return h.Get("Authorization")
}

// failure gives the error of a call that must fail, with its problem.
func failure(t *testing.T, s *credential.Source, tenant string) (*fhir.Error, *credential.Problem) {
	t.Helper()
	h := http.Header{}
	err := s.Authorize(as(t.Context(), tenant), h)
	fe, ok := errors.AsType[*fhir.Error](err)
	if !ok {
		t.Fatalf("authorize: %v (%T), want a *fhir.Error", err, err)
	}
	p, ok := credential.Explain(err)
	if !ok {
		t.Fatalf("authorize: %v has no problem to explain", err)
	}
	if len(h) != 0 {
		t.Errorf("a failed authorize set headers: %v", h)
	}
	return fe, p
}

func newSource(t *testing.T, cfg credential.Config) *credential.Source {
	t.Helper()
	s, err := credential.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// A memory serves requests without a network, so that a bubble's clock runs.
type memory struct{ http.Handler }

func (m memory) RoundTrip(req *http.Request) (*http.Response, error) {
	type outcome struct{ rec *httptest.ResponseRecorder }
	done := make(chan outcome, 1)
	go func() {
		rec := httptest.NewRecorder()
		m.ServeHTTP(rec, req)
		done <- outcome{rec}
	}()
	select {
	case o := <-done:
		resp := o.rec.Result()
		resp.Request = req
		return resp, nil
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
}

func inMemory(h http.Handler) *http.Client { return &http.Client{Transport: memory{h}} }

// A mint is a token server with switches. It numbers the tokens it grants.
type mint struct {
	mu     sync.Mutex
	count  int
	params []url.Values
	life   any           // expires_in; nil leaves it out
	fail   int           // status to answer instead, 0 none
	header http.Header   // further headers of a failure
	hold   chan struct{} // a request waits for it, when not nil
}

func (m *mint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		panic(err)
	}
	m.mu.Lock()
	m.count++
	n, hold, fail, life, header := m.count, m.hold, m.fail, m.life, m.header
	m.params = append(m.params, form)
	m.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-r.Context().Done():
			return
		}
	}
	maps.Copy(w.Header(), header)
	w.Header().Set("Content-Type", "application/json")
	if fail != 0 {
		w.WriteHeader(fail)
		return
	}
	answer := map[string]any{"access_token": fmt.Sprintf("token-%d-%s", n, form.Get("scope")), "token_type": "Bearer"}
	if life != nil {
		answer["expires_in"] = life
	}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		panic(err)
	}
}

func (m *mint) set(change func(m *mint)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(m)
}

func (m *mint) requests() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.count
}

// minted is a source that gets its tokens from m.
func minted(t *testing.T, m http.Handler, params map[string]string) *credential.Source {
	t.Helper()
	return newSource(t, credential.Config{
		Settings: credential.Settings{
			Method: credential.ClientSecretPost, ClientID: clientID, TokenURL: "https://sign-in.example.org/token", Params: params,
		},
		Secret: credential.Secret{Value: secretValue}, Base: "https://ehr.example.org/fhir", HTTP: inMemory(m),
	})
}
