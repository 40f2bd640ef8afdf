package credential_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/credential"
)

// A hospital answers by path, and its authorization server grants tokens at
// /token. It notes what it was asked.
type hospital struct {
	mu     sync.Mutex
	pages  map[string]string // path with query → body; "503" is a status
	header http.Header       // of the last page asked
	asked  []string
}

func (h *hospital) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, r.URL.RequestURI())
	page, ok := h.pages[r.URL.RequestURI()]
	switch {
	case !ok:
		http.NotFound(w, r)
	case len(page) == 3:
		var status int
		_, _ = fmt.Sscan(page, &status)
		w.WriteHeader(status)
	case r.Method == http.MethodPost:
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": page, "expires_in": 100})
	default:
		h.header = r.Header
		_, _ = io.WriteString(w, page) //nolint:gosec // the test's own pages
	}
}

func (h *hospital) seen() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.asked)
}

const smart = "/.well-known/smart-configuration"

func discovering(t *testing.T, h http.Handler, base string, headers map[string]string) *credential.Source {
	t.Helper()
	return newSource(t, credential.Config{
		Settings: credential.Settings{Method: credential.ClientSecretPost, ClientID: clientID}, Secret: credential.Secret{Value: secretValue},
		Base: base, Headers: headers, HTTP: inMemory(h),
	})
}

func statement(url, inner string) string {
	return `{"resourceType":"CapabilityStatement","rest":[` +
		`{"mode":"client","security":{"extension":[{"url":"` + url + `","extension":[{"url":"token","valueUri":"https://wrong/"}]}]}},` +
		`{"mode":"server","security":{"cors":true,"service":[{"text":"OAuth"}],"extension":[{"url":"http://other","valueUri":"https://wrong/"},` +
		`{"url":"` + url + `","extension":` + inner + `}]}}]}`
}

const oauthURIs = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"

func TestTokenURLIsFound(t *testing.T) {
	t.Parallel()
	const open = "/.well-known/openid-configuration"
	const endpoint = `{"token_endpoint":"https://sign-in.example.org/token"}`
	const inner = `[{"url":"authorize","valueUri":"https://sign-in.example.org/authorize"},{"url":"token","valueUri":"https://sign-in.example.org/token"}]`
	for name, tt := range map[string]struct {
		base  string
		pages map[string]string
		asked []string // before the token; nil when it does not matter
	}{
		"SMART":                    {"https://ehr/fhir", map[string]string{"/fhir" + smart: endpoint, "/fhir/metadata": "{}"}, []string{"/fhir" + smart}},
		"SMART, slash at the end":  {"https://ehr/fhir/", map[string]string{"/fhir" + smart: endpoint}, nil},
		"SMART, query in the base": {"https://ehr/fhir?org=7", map[string]string{"/fhir" + smart + "?org=7": endpoint}, nil},
		"oauth-uris": {
			"https://ehr/fhir", map[string]string{"/fhir/metadata": statement(oauthURIs, inner)}, []string{"/fhir" + smart, "/fhir/metadata"},
		},
		"oauth-uris, https": {
			"https://ehr/fhir", map[string]string{"/fhir/metadata": statement("https://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris", inner)}, nil,
		},
		"oauth-uris, DSTU2 host": {
			"https://ehr/fhir",
			map[string]string{"/fhir/metadata": statement("http://DSTU2/fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris", inner)},
			nil,
		},
		"oauth-uris, flat": {
			"https://ehr/fhir", map[string]string{"/fhir/metadata": `{"rest":[{"security":{"extension":[` +
				`{"url":"http://fhir-registry.smarthealthit.org/Profile/oauth-uris#token","valueUri":"https://sign-in.example.org/token"}]}}]}`}, nil,
		},
		"oauth-uris below the service": {
			"https://ehr/fhir", map[string]string{"/fhir/metadata": `{"rest":[{"mode":"server","security":` +
				`{"service":[{"extension":[{"url":"` + oauthURIs + `","extension":` + inner + `}]}]}}]}`}, nil,
		},
		"SMART without the member": {
			"https://ehr/fhir", map[string]string{"/fhir" + smart: `{"token_endpoint":7}`, "/fhir/metadata": statement(oauthURIs, inner)}, nil,
		},
		"SMART is a web page": {"https://ehr/fhir", map[string]string{"/fhir" + smart: "<html>", "/fhir/metadata": statement(oauthURIs, inner)}, nil},
		"a statement of 9 MiB": {
			"https://ehr/fhir", map[string]string{"/fhir/metadata": statement(oauthURIs, inner) + strings.Repeat(" ", 9<<20), "/fhir" + open: endpoint}, nil,
		},
		"OpenID below the base": {"https://ehr/fhir", map[string]string{"/fhir" + open: endpoint}, []string{"/fhir" + smart, "/fhir/metadata", "/fhir" + open}},
		"OpenID at the origin":  {"https://ehr/a/fhir?x=1", map[string]string{open: endpoint}, nil},
		"RFC 8414 at the origin": {
			"https://ehr/",
			map[string]string{"/.well-known/oauth-authorization-server": endpoint},
			[]string{smart, "/metadata", open, "/.well-known/oauth-authorization-server"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := &hospital{pages: tt.pages}
			h.pages["/token"] = "granted"
			if got := authorize(t, discovering(t, h, tt.base, nil), ""); got != "Bearer granted" {
				t.Errorf("Authorization %q", got)
			}
			if tt.asked != nil {
				if diff := cmp.Diff(append(tt.asked, "/token"), h.seen()); diff != "" {
					t.Errorf("asked (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestTokenURLIsNotFound(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		pages  map[string]string
		kind   fhir.Kind
		reason credential.Reason
		says   string
	}{
		"nowhere": {map[string]string{"/fhir/metadata": `{"rest":[{"mode":"server"}]}`}, fhir.KindUpstream, credential.ReasonDiscovery, "--token-url"},
		"without TLS": {
			map[string]string{"/fhir" + smart: `{"token_endpoint":"http://ehr/token"}`}, fhir.KindUpstream, credential.ReasonDiscovery, "without TLS",
		},
		"relative": {map[string]string{"/fhir" + smart: `{"token_endpoint":"/token"}`}, fhir.KindUpstream, credential.ReasonDiscovery, "--token-url"},
		"password": {map[string]string{"/fhir" + smart: `{"token_endpoint":"https://a:b@c/"}`}, fhir.KindUpstream, credential.ReasonDiscovery, ""},
		"busy":     {map[string]string{"/fhir/metadata": "503"}, fhir.KindUnavailable, credential.ReasonBusy, "503"},
		"a fault elsewhere": {
			map[string]string{"/fhir/.well-known/smart-configuration": "500", "/fhir/metadata": "{}"}, fhir.KindUpstream, credential.ReasonDiscovery, "--token-url",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := &hospital{pages: tt.pages}
			h.pages["/token"] = "granted"
			fe, p := failure(t, discovering(t, h, "https://ehr/fhir", nil), "")
			if fe.Kind != tt.kind || p.Reason != tt.reason || !strings.Contains(p.Error(), tt.says) {
				t.Errorf("kind %d, reason %v: %v; want %d, %v, %q", fe.Kind, p.Reason, p, tt.kind, tt.reason, tt.says)
			}
			if slices.Contains(h.seen(), "/token") {
				t.Error("the secret was sent")
			}
		})
	}
}

// The place is looked up once, for all tenants, and anew when the token URL
// stops being one.
func TestTokenURLIsRemembered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const smart = "/fhir" + smart
		h := &hospital{pages: map[string]string{smart: `{"token_endpoint":"https://ehr/old"}`, "/old": "first"}}
		s := newSource(t, credential.Config{
			Settings: credential.Settings{Method: credential.ClientSecretPost, ClientID: clientID, Params: map[string]string{"scope": "{tenant}"}},
			Secret:   credential.Secret{Value: secretValue}, Base: "https://ehr/fhir", HTTP: inMemory(h),
		})
		var wg sync.WaitGroup
		for _, tenant := range []string{tenantA, tenantB} {
			wg.Go(func() { authorize(t, s, tenant) })
		}
		wg.Wait()
		if got := slices.DeleteFunc(h.seen(), func(p string) bool { return p != smart }); len(got) != 1 {
			t.Errorf("looked up %d times for two tenants, want once", len(got))
		}
		h.mu.Lock()
		h.pages[smart], h.pages["/new"] = `{"token_endpoint":"https://ehr/new"}`, "second"
		delete(h.pages, "/old")
		h.mu.Unlock()
		time.Sleep(100 * time.Second)
		if _, p := failure(t, s, tenantA); p.Status != 404 {
			t.Errorf("the old place answers %v, want 404", p)
		}
		time.Sleep(2 * time.Second)
		if got := authorize(t, s, tenantA); got != "Bearer second" {
			t.Errorf("got %q, want the token of the new place", got)
		}
	})
}

// Where the base or a header of the calls depends on the tenant, so does the
// place, and the token.
func TestTokenURLByTenant(t *testing.T) {
	t.Parallel()
	at := func(tenant string) string { return "/" + tenant + "/fhir" + smart }
	h := &hospital{pages: map[string]string{
		at(tenantA): `{"token_endpoint":"https://ehr/token-a"}`, at(tenantB): `{"token_endpoint":"https://ehr/token-b"}`,
		"/token-a": "aaaa", "/token-b": "bbbb",
	}}
	s := discovering(t, h, "https://ehr/{tenant}/fhir", map[string]string{"X-Partition": "p-{tenant}"})
	if a, b := authorize(t, s, tenantA), authorize(t, s, tenantB); a != "Bearer aaaa" || b != "Bearer bbbb" {
		t.Errorf("A %q, B %q; want each its own", a, b)
	}
	if got, want := h.header.Get("X-Partition"), "p-"+tenantB; got != want {
		t.Errorf("X-Partition %q, want %q", got, want)
	}
	m := &mint{life: 100}
	s = discovering(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			m.ServeHTTP(w, r)
			return
		}
		_, _ = io.WriteString(w, `{"token_endpoint":"https://ehr/token"}`)
	}), "https://ehr/fhir", map[string]string{"X-Partition": "p-{tenant}"})
	if a, b := authorize(t, s, tenantA), authorize(t, s, tenantB); a == b {
		t.Errorf("both got %q though a header of discovery is the tenant's", a)
	}
}

// A redirect that the client does not follow hides one place, not all.
func TestDiscoveryPastARedirect(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.Handle("GET /.well-known/smart-configuration", http.RedirectHandler("https://elsewhere.example.org/", http.StatusFound))
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"access_token":"granted"}`) })
	srv := httptest.NewServer(mux)
	defer srv.Close()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"token_endpoint": srv.URL + "/token"})
	})
	client := srv.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return fmt.Errorf("not there") }
	s := newSource(t, credential.Config{
		Settings: credential.Settings{Method: credential.ClientSecretPost, ClientID: clientID}, Secret: credential.Secret{Value: secretValue},
		Base: srv.URL, HTTP: client,
	})
	if got := authorize(t, s, ""); got != "Bearer granted" {
		t.Errorf("Authorization %q", got)
	}
}

// What `provider test` shows comes from the events.
func TestStepsAreObserved(t *testing.T) {
	t.Parallel()
	h := &hospital{pages: map[string]string{"/fhir/metadata": statement(oauthURIs, `[{"url":"token","valueUri":"https://ehr/token"}]`), "/token": "granted"}}
	var events []credential.Event
	cfg := credential.Config{
		Settings: credential.Settings{Method: credential.ClientSecretPost, ClientID: clientID}, Secret: credential.Secret{Value: secretValue},
		Base: "https://ehr/fhir", HTTP: inMemory(h), Clock: func() time.Time { return time.Unix(1e9, 0) },
	}
	cfg.Observe = func(_ context.Context, e credential.Event) { events = append(events, e) } // before the token is handed out
	s := newSource(t, cfg)
	authorize(t, s, "")
	want := []credential.Event{
		{Step: credential.StepDiscover, URL: "https://ehr/token"}, {Step: credential.StepToken, URL: "https://ehr/token", Life: 100 * time.Second},
	}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func FuzzStatement(f *testing.F) {
	for _, s := range []string{
		statement(oauthURIs, `[{"url":"token","valueUri":"https://x/t"}]`), `{"rest":[{"security":[[[{"url":"oauth-uris#token","valueUri":7}]]]}]}`,
		`{"rest":{}}`, ``,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		found := credential.OAuthURI(body)
		if found != "" && !json.Valid([]byte(strings.TrimPrefix(string(body), "\xEF\xBB\xBF"))) {
			t.Errorf("found %q in what is not JSON", found)
		}
		if again := credential.OAuthURI(body); again != found {
			t.Errorf("found %q, then %q", found, again)
		}
	})
}
