package faulttest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestLearnedOfATenant holds that what a provider refuses to one tenant is not
// held against another's hospital behind the same provider: which hospital is
// asked may hang on the tenant in the path, in a header or in the token.
func TestLearnedOfATenant(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	lacking := g.newTenant() // its hospital has nothing to search
	s := infect(t, g.honest, (*httptest.Server).Start)
	f := fault(func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
		if r.URL.Path == "/token" {
			scope := r.FormValue("scope")
			says(http.StatusOK, "application/json", `{"access_token":"of-`+scope+`","token_type":"Bearer","expires_in":3600}`)(w, r, nil)
			return
		}
		seen := r.URL.Path + r.Header.Get("X-Facility") + r.Header.Get("Authorization")
		if strings.Contains(seen, lacking) && !strings.HasSuffix(r.URL.Path, "/metadata") {
			http.NotFound(w, r)
			return
		}
		r.Header.Del("Authorization")
		if strings.HasPrefix(r.URL.Path, "/at/") {
			_, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/at/"), "/")
			r.URL.Path = "/stores/main/fhir/" + rest
		}
		honest.ServeHTTP(w, r)
	})
	s.fault.Store(&f)
	main := s.URL + "/stores/main/fhir"
	for name, flags := range map[string][]string{
		"by-path":   {"--url", s.URL + "/at/{tenant}"},
		"by-header": {"--url", main, "--header", "X-Facility={tenant}"},
		"by-token": {
			"--url", main, "--preset", "datica", "--client-id", "wardbridge", "--secret-file", secretFile(t, upstreamSecret), "--token-url", s.URL + "/token",
		},
	} {
		g.run(t, append([]string{"provider", "add", name, "--fhir-version", "r4"}, flags...)...)
		g.run(t, "tenant", "map", lacking, name)
		_, token := g.tenant(t, name)
		for _, search := range []string{"Patient?name=Okafor", "Condition?patient=p1", "Observation?patient=p1&_sort=-date"} {
			g.ask(t, "r4", g.token(t, lacking), search)
			if a := g.ask(t, "r4", token, search); a.status != http.StatusOK || len(a.ids()) == 0 {
				t.Errorf("%s: %s after another tenant was refused it: %d %.300s", name, search, a.status, a.body)
			}
		}
		g.run(t, "tenant", "unmap", lacking)
	}
}
