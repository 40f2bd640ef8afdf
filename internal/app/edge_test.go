package app

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// newEdge is an edge whose FHIR handler does what the test says.
func newEdge(h http.HandlerFunc) (*edge, *bytes.Buffer) {
	log := &bytes.Buffer{}
	m := &router{
		exact: map[string]http.Handler{"/healthz": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { plain(w, r, 200, "ok") })},
		face:  func(w http.ResponseWriter, r *http.Request, _ fhir.Version, _ string) { h(w, r) },
		store: func(w http.ResponseWriter, r *http.Request, _, _ string) { h(w, r) },
	}
	return &edge{
		router: m, logger: slog.New(slog.NewJSONHandler(log, nil)), metrics: newMetrics("test"), prepare: prepare,
		proxies: proxies{netip.MustParsePrefix("10.0.0.0/8")},
	}, log
}

func ask(t *testing.T, h http.Handler, target string, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody)
	r.RemoteAddr = "203.0.113.9:1234"
	maps.Copy(r.Header, header)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestAccessRecord holds what the one line about a request says, and that it
// says nothing of a patient.
func TestAccessRecord(t *testing.T) {
	e, log := newEdge(func(w http.ResponseWriter, r *http.Request) {
		exchangeOf(r.Context()).party.Store(&party{tenant: "t1", client: "c1"})
		_, _ = w.Write([]byte("0123456789"))
	})
	w := ask(t, e, "/fhir/r4/Patient/secret-id?family=Lund", nil)
	var line map[string]any
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatalf("%v in %s", err, log)
	}
	for key, want := range map[string]any{
		"msg": "request", "method": "GET", "route": "/fhir/r4/{type}/{id}", "status": 200.0, "bytes": 10.0, "tenant": "t1", "client": "c1",
		"remote": "203.0.113.9", "request": w.Header().Get("X-Request-Id"),
	} {
		if line[key] != want {
			t.Errorf("%s is %v, want %v", key, line[key], want)
		}
	}
	for _, secret := range []string{"secret-id", "Lund", "family"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the record holds %q: %s", secret, log)
		}
	}
	const counted = `wardbridge_http_requests_total{method="GET",route="/fhir/r4/{type}/{id}",status="2xx"} 1`
	if text := ask(t, e.metrics.handler(), "/metrics", nil).Body.String(); !strings.Contains(text, counted) || strings.Contains(text, "t1") {
		t.Errorf("the metrics do not say %s, or name a tenant:\n%s", counted, text)
	}
}

func TestPanicIsAnswered(t *testing.T) {
	for _, tc := range []struct{ path, media, want string }{
		{"/fhir/dstu2/Patient", "application/json+fhir;charset=utf-8", `"resourceType":"OperationOutcome"`},
		{"/stores/s/fhir/Patient", "application/fhir+json;charset=utf-8", `"code":"exception"`},
	} {
		e, log := newEdge(func(http.ResponseWriter, *http.Request) { panic("Lund, Anna") })
		w := ask(t, e, tc.path, nil)
		if w.Code != 500 || w.Header().Get("Content-Type") != tc.media || !strings.Contains(w.Body.String(), tc.want) {
			t.Errorf("%s: %d %s %s", tc.path, w.Code, w.Header().Get("Content-Type"), w.Body)
		}
		if strings.Contains(log.String(), "Lund") || strings.Contains(w.Body.String(), "Lund") {
			t.Errorf("%s: what the panic said went out: %s", tc.path, log)
		}
		if w.Header().Get("X-Request-Id") == "" {
			t.Errorf("%s: no request id", tc.path)
		}
	}
}

// TestPanicAfterTheStatus holds that an answer cut short does not look whole.
func TestPanicAfterTheStatus(t *testing.T) {
	e, _ := newEdge(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(200)
		panic("late")
	})
	defer func() {
		if v := recover(); v != http.ErrAbortHandler { //nolint:errorlint // net/http compares the same way
			t.Errorf("recovered %v, want http.ErrAbortHandler", v)
		}
	}()
	ask(t, e, "/fhir/r4/Patient", nil)
}

func TestRequestID(t *testing.T) {
	e, _ := newEdge(func(http.ResponseWriter, *http.Request) {})
	const chosen = "chosen-by-me-1"
	if id := ask(t, e, "/fhir/r4/Patient", http.Header{"X-Request-Id": {chosen}}).Header().Get("X-Request-Id"); id == chosen || id == "" {
		t.Errorf("an outsider's request id became %q", id)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/fhir/r4/Patient", http.NoBody)
	r.RemoteAddr = "10.0.0.1:5"
	r.Header.Set("X-Request-Id", chosen)
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	if id := w.Header().Get("X-Request-Id"); id != chosen {
		t.Errorf("a trusted proxy's request id became %q", id)
	}
}

// TestRoutes holds that no path is answered with a redirect, and that patterns
// come from a fixed set.
func TestRoutes(t *testing.T) {
	e, _ := newEdge(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	for _, tc := range []struct {
		path, pattern string
		status        int
	}{
		{"/fhir/r4", "/fhir/r4", 204},
		{"/fhir/r4/", "/fhir/r4", 204},
		{"/fhir/stu3//metadata", "/fhir/stu3/metadata", 204},
		{"//fhir/stu3/metadata", "/fhir/stu3/metadata", 204},
		{"/fhir/dstu2/metadata/", "/fhir/dstu2/metadata", 204},
		{"/fhir/r4/Patient/../Patient/x", "/fhir/r4/{unknown}", 204},
		{"/fhir/r4/Patient/_search", "/fhir/r4/{type}/_search", 204},
		{"/fhir/r4/Patient/p1", "/fhir/r4/{type}/{id}", 204},
		{"/fhir/r4/Patient/p%2F1", "/fhir/r4/{type}/{id}", 204},
		{"/fhir/r4/Patient/p1/_history/3", "/fhir/r4/{type}/{id}/_history/{version}", 204},
		{"/fhir/r4/.well-known/smart-configuration", "/fhir/r4/.well-known", 204},
		{"/fhir/r5/Patient", "/fhir/{unknown}", 404},
		{"/fhir", "/fhir/{unknown}", 404},
		{"/stores/demo/fhir/Patient", "/stores/{store}/fhir/{type}", 204},
		{"/stores/a%20b/fhir", "{unknown}", 404},
		{"/healthz", "/healthz", 200},
		{"//healthz", "{unknown}", 404},
		{"/oauth2//token", "{unknown}", 404},
		{"/etc/passwd", "{unknown}", 404},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://h/", http.NoBody)
		r.URL.Path, r.URL.RawPath, r.RequestURI = "", "", tc.path
		u, err := r.URL.Parse("http://h" + tc.path)
		if err == nil {
			r.URL.Path, r.URL.RawPath = u.Path, u.RawPath
		}
		if strings.Contains(tc.path, "..") || strings.HasPrefix(tc.path, "//") {
			r.URL.Path, r.URL.RawPath = tc.path, ""
		}
		pattern, _ := e.router.route(r)
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		if pattern != tc.pattern || w.Code != tc.status {
			t.Errorf("%s: pattern %s status %d, want %s %d", tc.path, pattern, w.Code, tc.pattern, tc.status)
		}
	}
}
