package reqtest

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/definitiontest"
)

func routeRequirements() []requirement {
	return []requirement{
		{ID: "ROUTE-1", Text: "the token's tenant selects the data", Run: routeTenant},
		{ID: "ROUTE-2", Text: "nothing in a request overrides the tenant", Run: routeOverride},
		{ID: "ROUTE-3", Text: "never a redirect", Run: routeNoRedirect},
		{ID: "ROUTE-4", Text: "no URL of a provider leaks", Run: routeNoLeak},
		{ID: "ROUTE-5", Text: "a changed mapping needs no restart", Run: routeLive},
		{ID: "ROUTE-6", Text: "a provider of any version is served in the face's own", Run: routeForeign},
		{ID: "ROUTE-7", Text: "a provider that fails is a 5xx for its tenant alone", Run: routeFailure},
	}
}

func routeTenant(t *testing.T, g *Target) {
	a, b := g.as(t, tenantA), g.as(t, tenantB)
	absent, foreign := a.get(t, "Patient/nobody").want(t, http.StatusNotFound), a.get(t, "Patient/p9").want(t, http.StatusNotFound)
	if strings.ReplaceAll(string(absent.body), "nobody", "p9") != string(foreign.body) {
		t.Errorf("another tenant's id can be told from an absent one:\n%s\n%s", absent.body, foreign.body)
	}
	if got := b.get(t, "Patient/p9").want(t, http.StatusOK).text(t, "id"); got != "p9" {
		t.Errorf("id %q", got)
	}
	a.find(t, "_id=p9").searchset(t, g).has(t)
	b.find(t, "_id=p9").searchset(t, g).has(t, "p9")
	// One id in both tenants is two patients.
	if r := b.get(t, "Patient/p1").want(t, http.StatusOK); !strings.Contains(strings.ToLower(string(r.body)), markB) {
		t.Error("tenant B's p1 is not its own")
	}
}

func routeOverride(t *testing.T, g *Target) {
	a := g.as(t, tenantA)
	want := string(a.get(t, "Patient/p1").want(t, http.StatusOK).body)
	for _, path := range []string{"Patient/p1?tenant=" + tenantB, "Patient/p1?scope=" + tenantB, "Patient/p1?tid=" + tenantB, "Patient/p1?provider=prov-b"} {
		if got := string(a.get(t, path).want(t, http.StatusOK).body); got != want {
			t.Errorf("%s changes the answer", path)
		}
	}
	for _, header := range []string{"X-Tenant", "X-Tenant-Id", "Tenant", "X-Scope", "X-MS-Tenant-Id", "X-Forwarded-Tenant", "X-Provider", "Forwarded"} {
		if got := string(a.get(t, "Patient/p1", header, tenantB).want(t, http.StatusOK).body); got != want {
			t.Errorf("%s changes the answer", header)
		}
	}
	for _, path := range []string{"Patient/p9?tenant=" + tenantB, "Patient/p9"} {
		a.get(t, path, "X-Tenant", tenantB).want(t, http.StatusNotFound)
	}
	if r := a.get(t, "/"+tenantB+"/Patient/p9"); r.status != http.StatusNotFound {
		t.Errorf("a tenant in the path answers %d", r.status)
	}
}

func routeNoRedirect(t *testing.T, g *Target) {
	// Every answer of the suite is watched; these are the paths where
	// frameworks redirect of themselves.
	a := g.as(t, tenantA)
	for _, path := range []string{"", "/", "//", "/Patient", "/Patient/", "//Patient/p1", "/Patient//p1", "/Patient/p1/", "/./Patient/p1", "/x/../Patient/p1", "/metadata/", "//metadata", "/PATIENT/p1"} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodHead} {
			a.do(t, method, path, "", nil)
		}
	}
	for _, tail := range []string{"/", "//", "?x=y"} {
		(&caller{target: g}).post(t, g.TokenURL+tail, "application/x-www-form-urlencoded", "")
	}
}

// appCalls are calls 4 to 11 of the interface for a patient.
func (g *Target) appCalls(patient string) []string {
	return []string{
		"Patient/" + patient,
		"Observation?patient=" + patient + "&_sort:desc=date&category=vital-signs",
		"Condition?patient=" + patient + "&_count=10",
		"Encounter?patient=" + patient + "&_sort:desc=date&_count=1",
		"AllergyIntolerance?patient=" + patient,
		g.Face.Med + "?patient=" + patient + "&_count=10",
		"Coverage?patient=" + patient,
	}
}

func routeNoLeak(t *testing.T, g *Target) {
	noForeignStatement(t, g)
	for tenant, patients := range map[string][]string{tenantA: {"p1", "p4", "p5"}, tenantB: {"p1", "p9"}} {
		for _, patient := range patients {
			calls := g.appCalls(patient)
			answers := []*reply{g.as(t, tenant).batch(t, "batch", calls...).want(t, http.StatusOK)}
			for _, call := range calls {
				answers = append(answers, g.as(t, tenant).get(t, call).want(t, http.StatusOK))
			}
			for _, r := range answers {
				for _, l := range append(list(r.json, "link"), list(r.json, "entry")...) {
					for _, name := range []string{"url", "fullUrl"} {
						if u := str(l, name); u != "" && !strings.HasPrefix(u, g.Base) {
							t.Errorf("%s: %s %q is not under the base", r.call, name, u)
						}
					}
				}
				walk(r.json, func(name string, v any) {
					u, ok := v.(string)
					if ok && (name == "reference" || name == "fullUrl") && strings.Contains(u, "://") && !strings.HasPrefix(u, g.Base+"/") {
						t.Errorf("%s: %s %q is not under the base", r.call, name, u)
					}
				})
				if strings.Contains(string(r.body), "/stores/") || strings.Contains(string(r.body), "store-a") {
					t.Errorf("%s: the answer names the store", r.call)
				}
			}
		}
	}
}

// noForeignStatement: metadata within a batch is the endpoint's own too.
func noForeignStatement(t *testing.T, g *Target) {
	e := g.as(t, tenantA).batch(t, "batch", "metadata", "Patient/p1").entries(t, "batch-response", 2)[0]
	entryStatus(t, e, "200")
	if got := str(e, "resource.resourceType") + " " + str(e, "resource.fhirVersion"); !strings.HasPrefix(got, g.Face.Statement+" "+g.Face.Version) {
		t.Errorf("metadata in a batch is %s", got)
	}
	if got := str(e, "resource.implementation.url"); got != g.Base {
		t.Errorf("metadata in a batch names %q", got)
	}
}

func routeLive(t *testing.T, g *Target) {
	g.Admin.MapTenant(t, tenantF, "prov-a")
	t.Cleanup(func() { g.Admin.UnmapTenant(t, tenantF) })
	c := g.bearing("")
	c.foreign = nil // it sees A first and B after
	await.That(t, "a token for the new tenant", func() bool {
		r := g.grant(t, credentials(g.App3, "grant_type", "client_credentials", "scope", tenantF), nil)
		c.token = str(r.json, "access_token")
		return r.status == http.StatusOK
	})
	c.get(t, "Patient/p2").want(t, http.StatusOK)
	c.get(t, "Patient/p9").want(t, http.StatusNotFound)
	g.Admin.UnmapTenant(t, tenantF)
	await.That(t, "the tenant is gone", func() bool { return c.get(t, "Patient/p2").status == http.StatusForbidden })
	g.Admin.MapTenant(t, tenantF, "prov-b")
	await.That(t, "the tenant has the other provider", func() bool { return c.get(t, "Patient/p9").status == http.StatusOK })
	c.get(t, "Patient/p2").want(t, http.StatusNotFound)
}

func routeForeign(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	for _, other := range faces() {
		if other.Name == g.Source.Version {
			continue
		}
		far := *g
		far.Face, far.Base = other, strings.TrimSuffix(g.Base, g.Face.Name)+other.Name
		f := &caller{target: &far, token: c.token, foreign: c.foreign}
		var found []json.RawMessage
		for _, call := range far.appCalls("p1") {
			found = append(found, resources(f.get(t, call).want(t, http.StatusOK).media(t, other.Media).body)...)
		}
		if len(found) < 10 {
			t.Errorf("%d resources on %s", len(found), other.Name)
		}
		t.Run("as the definitions of "+other.Name+" have it", func(t *testing.T) {
			definitions.Lock()
			defer definitions.Unlock()
			judge := definitions.of[other.Name]
			if judge == nil {
				judge = definitiontest.New(t, version(t, other))
				definitions.of[other.Name] = judge
			}
			for _, raw := range found {
				for _, fault := range judge.Check(raw) {
					t.Errorf("%s: %v", other.Name, fault)
				}
			}
		})
		f.find(t, "family=lund").searchset(t, &far).has(t, "p1", "p3")
		f.get(t, "metadata").want(t, http.StatusOK)
		(&caller{target: &far}).get(t, "Patient/p1").want(t, http.StatusUnauthorized)
	}
}

// definitions are loaded once for each version: that takes seconds.
var definitions = struct {
	sync.Mutex
	of map[string]*definitiontest.Validator
}{of: map[string]*definitiontest.Validator{}}

func version(t *testing.T, f Face) fhir.Version {
	t.Helper()
	v, err := fhir.ParseVersion(f.Name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func routeFailure(t *testing.T, g *Target) {
	g.Admin.CreateStore(t, "broken")
	g.Admin.MapTenant(t, tenantD, "broken")
	t.Cleanup(func() { g.Admin.UnmapTenant(t, tenantD) })
	g.Admin.BreakStore(t, "broken")
	c := g.bearing("")
	await.That(t, "a token for the new tenant", func() bool {
		r := g.grant(t, credentials(g.App3, "grant_type", "client_credentials", "scope", tenantD), nil)
		c.token = str(r.json, "access_token")
		return r.status == http.StatusOK
	})
	for _, call := range []string{"Patient/p1", "Observation?patient=p1"} {
		r := c.get(t, call)
		if r.status < 502 || r.status > 504 {
			t.Errorf("%s: status %d, want 502, 503 or 504", call, r.status)
		}
		r.media(t, g.Face.Media).outcome(t, "transient", "timeout")
	}
	g.as(t, tenantA).get(t, "Patient/p1").want(t, http.StatusOK)
	g.as(t, tenantB).get(t, "Patient/p9").want(t, http.StatusOK)
}
