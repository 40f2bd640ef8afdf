package faulttest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// TestHospitalsBehindAProvider holds that what one tenant's hospital refuses,
// or that it is down, is not held against another's behind the same provider:
// which hospital is asked may hang on the tenant in the path, in a header or in
// the token.
func TestHospitalsBehindAProvider(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	lacking := g.newTenant() // its hospital has nothing to search
	var down atomic.Bool
	s := infect(t, g.honest, (*httptest.Server).Start)
	f := fault(func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
		if r.URL.Path == "/token" {
			scope := r.FormValue("scope")
			says(http.StatusOK, "application/json", `{"access_token":"of-`+scope+`","token_type":"Bearer","expires_in":3600}`)(w, r, nil)
			return
		}
		seen := r.URL.Path + r.Header.Get("X-Facility") + r.Header.Get("Authorization")
		if strings.Contains(seen, lacking) && !strings.HasSuffix(r.URL.Path, "/metadata") {
			if down.Load() {
				says(http.StatusServiceUnavailable, "text/plain", canary, "Retry-After", "60")(w, r, nil)
				return
			}
			http.NotFound(w, r)
			return
		}
		r.Header.Del("Authorization")
		if at, ok := strings.CutPrefix(r.URL.Path, "/at/"); ok {
			_, rest, _ := strings.Cut(at, "/")
			r.URL.Path = "/stores/main/fhir/" + rest
		}
		honest.ServeHTTP(w, r)
	})
	s.fault.Store(&f)
	main := s.URL + "/stores/main/fhir"
	for name, base := range map[string][]string{
		"by-path":   {s.URL + "/at/{tenant}"},
		"by-header": {main, "--header", "X-Facility={tenant}"},
		"by-token": {
			main, "--preset", "datica", "--client-id", "wardbridge", "--secret-file", secretFile(t, upstreamSecret), "--token-url", s.URL + "/token",
		},
	} {
		g.add(t, name, base[0], append(base[1:], "--fhir-version", "r4", "--retries", "0")...)
		g.run(t, "tenant", "map", lacking, name)
		_, token := g.tenant(t, name)
		for _, status := range []int{http.StatusNotFound, http.StatusServiceUnavailable} {
			down.Store(status == http.StatusServiceUnavailable)
			for _, search := range []string{"Patient?name=Okafor", "Condition?patient=p1", "Observation?patient=p1&_sort=-date"} {
				g.ask(t, "r4", g.token(t, lacking), search)
				if a := g.ask(t, "r4", g.token(t, lacking), "Patient/p1"); a.status != status {
					t.Errorf("%s: a read of a hospital that answers %d: %d %.300s", name, status, a.status, a.body)
				}
				if a := g.ask(t, "r4", token, search); a.status != http.StatusOK || len(a.ids()) == 0 {
					t.Errorf("%s: %s after another hospital answered %d: %d %.300s", name, search, status, a.status, a.body)
				}
			}
		}
		g.run(t, "tenant", "unmap", lacking)
	}
}

// TestFailsInsteadOfRefusing holds that a provider which fails at what it
// should refuse is found out before the circuit breaker takes it for ill: the
// six searches of a patient's page, all at once and the first there ever were,
// are answered.
func TestFailsInsteadOfRefusing(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	for name, bad := range map[string]func(q url.Values) bool{
		"large-pages":             func(q url.Values) bool { n, _ := strconv.Atoi(q.Get("_count")); return n > 100 },
		"large-pages-and-no-sort": func(q url.Values) bool { n, _ := strconv.Atoi(q.Get("_count")); return n > 100 },
		"any-count":               func(q url.Values) bool { return q.Has("_count") },
		"any-sort":                func(q url.Values) bool { return q.Has("_sort") },
	} {
		s := infect(t, g.honest, (*httptest.Server).Start)
		f := fault(func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
			q := r.URL.Query()
			if name == "large-pages-and-no-sort" {
				q.Del("_sort")
				r.URL.RawQuery = q.Encode()
			}
			if bad(q) {
				says(http.StatusInternalServerError, "application/fhir+json", outcome)(w, r, nil)
				return
			}
			honest.ServeHTTP(w, r)
		})
		s.fault.Store(&f)
		token := g.connect(t, name, s.URL+"/stores/main/fhir", "--retries", "3")
		a := g.batchOf(
			t, "r4", token, "Observation?patient=p1&_sort=-date&category=vital-signs", "Condition?patient=p1&_count=10", "Encounter?patient=p1&_sort=-date&_count=1",
			"AllergyIntolerance?patient=p1", "MedicationRequest?patient=p1&_count=10", "Coverage?patient=p1",
		)
		for i := range 6 {
			if status := a.text(fmt.Sprintf("entry.%d.response.status", i)); !strings.HasPrefix(status, "200") {
				t.Errorf("%s: entry %d: %s %s", name, i, status, a.text(fmt.Sprintf("entry.%d.response.outcome.issue.0.diagnostics", i)))
			}
		}
	}
}
