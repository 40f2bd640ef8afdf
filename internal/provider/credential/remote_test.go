package credential_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/credential"
	"github.com/wardbridge/wardbridge/internal/provider/remote"
)

var _ remote.Authorizer = (*credential.Source)(nil)

// A guarded server takes the newest token of each tenant only, and shows the
// tenant it was granted to.
type guarded struct {
	mu     sync.Mutex
	good   map[string]string // token → tenant
	calls  int
	tokens int
}

func (g *guarded) revoke() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.good)
}

func (g *guarded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	w.Header().Set("Content-Type", "application/fhir+json")
	switch r.URL.Path {
	case "/fhir/.well-known/smart-configuration":
		_ = json.NewEncoder(w).Encode(map[string]string{"token_endpoint": "http://" + r.Host + "/token"})
	case "/token":
		g.tokens++
		token := strings.Repeat("t", g.tokens)
		g.good[token] = r.FormValue("scope")
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": 3600})
	default:
		g.calls++
		tenant, ok := g.good[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
		if !ok {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"resourceType": "Patient", "id": "p1", "gender": "unknown", "language": tenant})
	}
}

// A whole call: the token URL is found, each tenant has its own token, and a
// token that was revoked is replaced once, whoever notices.
func TestCallsThroughTheRemoteLink(t *testing.T) {
	t.Parallel()
	g := &guarded{good: map[string]string{}}
	srv := httptest.NewServer(g)
	defer srv.Close()
	s := newSource(t, credential.Config{
		Settings: credential.Settings{Method: credential.ClientSecretPost, ClientID: clientID, Params: map[string]string{"scope": "{tenant}"}},
		Secret:   credential.Secret{Value: secretValue}, Base: srv.URL + "/fhir", HTTP: srv.Client(),
	})
	link, err := remote.New(remote.Config{Version: fhir.R4, Base: srv.URL + "/fhir", HTTP: srv.Client(), Authorize: s})
	if err != nil {
		t.Fatal(err)
	}
	read := func(tenant string) {
		resp, err := link.Do(as(t.Context(), tenant), &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "p1"})
		if err != nil {
			t.Errorf("read for %s: %v", tenant, err)
			return
		}
		if !strings.Contains(string(resp.Resource.Body), tenant) {
			t.Errorf("read for %s gave %s", tenant, resp.Resource.Body)
		}
	}
	read(tenantA)
	read(tenantB)
	g.revoke()
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { read(tenantA) })
		wg.Go(func() { read(tenantB) })
	}
	wg.Wait()
	if g.tokens != 4 {
		t.Errorf("%d tokens were granted, want 4: two tenants, twice", g.tokens)
	}
	if g.calls > 2+2*100 {
		t.Errorf("%d calls, want each repeated at most once", g.calls)
	}
}
