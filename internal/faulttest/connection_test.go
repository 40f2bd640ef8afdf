package faulttest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestFaultsOfTheConnection goes on with the table: what is wrong before, or
// beside, an answer.
func TestFaultsOfTheConnection(t *testing.T) {
	g := newGateway(t)
	well := g.connect(t, "well", g.hospital.origin+"/stores/main/fhir")
	past, pastFile := certificate(t, "127.0.0.1", time.Now().Add(-time.Hour))
	named, namedFile := certificate(t, "ehr.hospital.example", time.Now().Add(time.Hour))
	good, _ := certificate(t, "127.0.0.1", time.Now().Add(time.Hour))
	down := want{http.StatusServiceUnavailable, "transient"}
	const search = "Observation?patient=p1&category=vital-signs&_sort=-date"
	honest := map[string]*answer{"read": g.get(t, well, "Observation/v-hr"), "search": g.get(t, well, search)}
	for i, f := range []struct {
		name, what string
		begin      func(*httptest.Server)
		flags      []string
		want       want
	}{
		{"expired certificate", "its certificate has expired", secured(past), []string{"--ca-file", pastFile}, down},
		{"another's certificate", "its certificate is for another name", secured(named), []string{"--ca-file", namedFile}, down},
		{"unknown authority", "nobody vouches for its certificate", secured(good), nil, down},
		{"wrong version", "its statement says STU3, its records are the pinned R4", (*httptest.Server).Start, nil, same},
	} {
		t.Run(f.name, func(t *testing.T) {
			s := infect(t, g.honest, f.begin)
			lies := edited(func(_ *httptest.ResponseRecorder, b []byte) []byte {
				return []byte(strings.Replace(string(b), `"fhirVersion":"4.0.1"`, `"fhirVersion":"3.0.2"`, 1))
			})
			strike := fault(func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
				if strings.HasSuffix(r.URL.Path, "/metadata") {
					lies(w, r, honest)
					return
				}
				honest.ServeHTTP(w, r)
			})
			s.fault.Store(&strike)
			token := g.connect(t, fmt.Sprintf("sick-%d", i), s.URL+"/stores/main/fhir", append(f.flags, "--fhir-version", "r4", "--retries", "0")...)
			judge(t, s, "read", g.get(t, token, "Observation/v-hr"), f.want, honest["read"])
			judge(t, s, "search", g.get(t, token, search), f.want, honest["search"])
			g.batch(t, s, token, []string{"Patient/p1", search}, f.want, f.want)
			if a := g.get(t, well, search); a.status != http.StatusOK {
				t.Errorf("another tenant's search meanwhile: %d", a.status)
			}
		})
		fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", f.name, f.what, f.want, f.want)
	}
}
