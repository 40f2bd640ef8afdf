package faulttest

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/await"
)

// The marks that the records of two tenants bear.
const (
	markA = "QqmarkerA"
	markB = "QqmarkerB"
)

// clientCanary is in every header of a client that must not go upstream.
const clientCanary = "client-canary"

// upstreamHeaders are those that a provider may see, beside configured ones.
var upstreamHeaders = map[string]bool{
	"Accept": true, "Accept-Encoding": true, "Authorization": true, "Content-Length": true, "Content-Type": true, "User-Agent": true, "X-Request-Id": true,
}

// TestTokensOfTenants holds that two tenants of one provider, whose tokens'
// scope is the tenant's GUID, never share one: however many ask at first, each
// tenant's token is asked for once, and goes with that tenant's calls only.
// What the client sent beside its question goes nowhere.
func TestTokensOfTenants(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	secret := secretFile(t, upstreamSecret)
	for i, c := range []struct {
		name, version string
		args          []string
	}{
		{"by hand", "r4", []string{"--auth", "client_secret_post", "--token-param", "scope={tenant}", "--header", "X-Facility={tenant}", "--header", "X-Plain=as it is"}},
		{"preset", "stu3", []string{"--preset", "datica", "--header", "X-Facility={tenant}"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := g.ward(t)
			w.guarded = true
			a, b := g.newTenant(), g.newTenant()
			g.store(t, a, c.version, "tenant-a")
			g.store(t, b, c.version, "tenant-b")
			name := fmt.Sprintf("scoped-%d", i)
			g.add(t, name, w.base("{tenant}"), append([]string{
				"--fhir-version", c.version, "--client-id", "wardbridge", "--secret-file", secret, "--token-url", w.URL + "/token",
			}, c.args...)...)
			g.run(t, "tenant", "map", a, name)
			g.run(t, "tenant", "map", b, name)
			tokens := map[string]string{a: g.token(t, a), b: g.token(t, b)}
			g.firstRequests(t, w, tokens, a, b)
			headers(t, w, tokens)
			// It signs in too, and must not be the one whose token is renewed below.
			await.That(t, "that the statement is asked for", func() bool { return w.statements(a)+w.statements(b) > 0 })
			g.renewal(t, w, name, tokens, a, b)
			g.secrets(t, w, name)
		})
	}
}

// firstRequests asks 200 things at once that nobody asked before.
func (g *gateway) firstRequests(t *testing.T, w *ward, tokens map[string]string, a, b string) {
	t.Helper()
	together(200, func(i int) {
		tenant, own, foreign := a, markA, markB
		if i%2 == 1 {
			tenant, own, foreign = b, markB, markA
		}
		path, want := "Patient/p1", http.StatusOK
		if i%5 > 0 {
			path, want = fmt.Sprintf("Patient/none-%d", i), http.StatusNotFound
		}
		ans := g.ask(t, faces[i%3], tokens[tenant], path,
			"Cookie", "session="+clientCanary, "X-Forwarded-For", "203.0.113.77", "X-Forwarded-Host", clientCanary, "Forwarded", "for="+clientCanary,
			"X-Facility", clientCanary, "X-Request-Id", clientCanary, "Referer", "https://"+clientCanary, "User-Agent", clientCanary, "Accept-Language", "tlh",
			"Traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01", "X-Anything", clientCanary, "Cache-Control", "no-cache",
		)
		if ans.status != want {
			t.Errorf("%s for %s: status %d, want %d: %.200s", path, tenant, ans.status, want, ans.body)
		}
		if strings.Contains(string(ans.body), foreign) || want == http.StatusOK && !strings.Contains(string(ans.body), own) {
			t.Errorf("%s for %s: another tenant's record: %.200s", path, tenant, ans.body)
		}
	})
	for _, tenant := range []string{a, b} {
		if n := w.grantsOf(tenant); n != 1 {
			t.Errorf("%d tokens were asked for with scope %s, want one", n, tenant)
		}
	}
	if refused := w.seen(func(c call) bool { return c.refused }); len(refused) > 0 {
		t.Errorf("%d calls went without their own tenant's token, such as %s of %s", len(refused), refused[0].path, refused[0].store)
	}
	if n := len(w.seen(every)); n < 160 {
		t.Errorf("%d calls, want one for each of the 160 records that are not there", n)
	}
}

// headers holds what went with the calls.
func headers(t *testing.T, w *ward, tokens map[string]string) {
	t.Helper()
	for _, c := range w.seen(every) {
		for name, values := range c.header {
			if !upstreamHeaders[name] && name != "X-Facility" && name != "X-Plain" {
				t.Fatalf("%s %s: header %s went to the provider: %q", c.method, c.path, name, values)
			}
			for _, v := range values {
				if strings.Contains(v, clientCanary) || strings.Contains(v, "203.0.113.77") || strings.Contains(v, tokens[c.store]) {
					t.Fatalf("%s %s: %s: %q is the client's", c.method, c.path, name, v)
				}
			}
		}
		if got := c.header.Get("X-Facility"); got != c.store {
			t.Fatalf("a call for %s has X-Facility %q", c.store, got)
		}
	}
}

// renewal holds that a refused token is replaced once, and the call made again
// once.
func (g *gateway) renewal(t *testing.T, w *ward, name string, tokens map[string]string, a, b string) {
	t.Helper()
	w.revoke(a)
	w.forget()
	if ans := g.ask(t, "r4", tokens[a], "Patient/p2"); ans.status != http.StatusOK {
		t.Errorf("after its token was revoked: %d %s", ans.status, ans.body)
	}
	calls := w.seen(func(c call) bool { return c.store == a && c.path == "Patient/p2" })
	if len(calls) != 2 || !calls[0].refused || calls[1].refused || w.grantsOf(a) != 2 || w.grantsOf(b) != 1 {
		t.Errorf("%d calls and %d tokens for a token that was revoked, want a call again with a new token; the other tenant has had %d", len(calls), w.grantsOf(a), w.grantsOf(b))
	}
	// One that refuses every token is not asked for ever.
	w.forget()
	before := w.grantsOf(b)
	w.strike(says(http.StatusUnauthorized, "application/json", `{"error":"`+canary+`"}`))
	ans := g.ask(t, "r4", tokens[b], "Patient/p1")
	w.strike(nil)
	if ans.status != http.StatusBadGateway || strings.Contains(string(ans.body), "NullPointer") {
		t.Errorf("a provider that refuses every token: %d %s", ans.status, ans.body)
	}
	if n, more := len(w.seen(every)), w.grantsOf(b)-before; n != 2 || more != 1 {
		t.Errorf("%d calls and %d tokens for a provider that refuses every token, want 2 and 1", n, more)
	}
	if ans := g.ask(t, "stu3", tokens[b], "Patient/p1"); ans.status != http.StatusOK {
		t.Errorf("when it takes tokens again: %d %s", ans.status, ans.body)
	}
	if code, _, errs := g.command(t, "provider", "test", name, "--tenant", a); code != 0 {
		t.Errorf("provider test: %s", errs)
	}
}

// secrets holds that neither token nor secret is anywhere to be read.
func (g *gateway) secrets(t *testing.T, w *ward, name string) {
	t.Helper()
	places := map[string]string{
		"the log": g.logs.String(), "metrics": string(g.call(t, http.MethodGet, "/metrics", nil).body),
		"show": g.run(t, "provider", "show", name), "show as JSON": g.run(t, "provider", "show", name, "-o", "json"),
		"test": g.run(t, "provider", "test", name, "-o", "json"), "audit": g.run(t, "audit", "search", "--limit", "0", "-o", "json"),
		"export": g.run(t, "audit", "export"),
	}
	files, err := filepath.Glob(filepath.Join(g.data, "*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("files of the data directory: %v, %v", files, err)
	}
	for _, f := range files {
		if b, err := os.ReadFile(f); err == nil { // a directory is none
			places[f] = string(b)
		}
	}
	w.mu.Lock()
	words := append(slices.Clone(w.issued), upstreamSecret, "canary-token", clientCanary)
	w.mu.Unlock()
	for place, text := range places {
		for _, word := range words {
			if strings.Contains(text, word) {
				t.Errorf("%s shows %q", place, word)
				break
			}
		}
	}
}

// TestTenantInAddress holds that {tenant} in a path, a query and a header stands
// for the tenant who asks, in every kind of call.
func TestTenantInAddress(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	w := g.ward(t)
	g.add(t, "shared", w.base("main")+"?facility={tenant}", "--fhir-version", "r4", "--header", "X-Facility=at {tenant}", "--batches", "whole")
	g.add(t, "paths", w.base("{tenant}"), "--fhir-version", "r4")
	for range 2 {
		id, token := g.tenant(t, "shared")
		w.forget()
		g.everyKind(t, token)
		await.That(t, "that a batch leaves as one", func() bool {
			g.batchOf(t, "r4", token, "Patient/p1", "Patient/p2", "Encounter?patient=p1")
			return len(w.batches(t)) > 0
		})
		calls := w.seen(every)
		kinds := map[string]bool{}
		for _, c := range calls {
			kinds[c.method+" "+c.path] = true
			if got := c.query["facility"]; len(got) != 1 || got[0] != id || c.header.Get("X-Facility") != "at "+id {
				t.Errorf("%s %s for %s: facility %q, header %q", c.method, c.path, id, got, c.header.Get("X-Facility"))
			}
		}
		for _, k := range []string{"GET Patient/p1", "POST Patient/_search", "GET Observation", "POST "} {
			if !kinds[k] {
				t.Errorf("no call %q: %v", k, kinds)
			}
		}
	}
	for range 2 {
		id := g.newTenant()
		g.store(t, id, "r4", "tenant-a")
		g.run(t, "tenant", "map", id, "paths")
		token := g.token(t, id)
		w.forget()
		g.everyKind(t, token)
		if stray := w.seen(func(c call) bool { return c.store != id }); len(stray) > 0 {
			t.Errorf("calls for %s went to %s", id, stray[0].store)
		}
	}
	// Whom it is asked as is known once a tenant is mapped; then the statement
	// can say the version.
	if code, _, errs := g.command(t, "provider", "set", "paths", "--fhir-version", "auto"); code != 0 {
		t.Errorf("version of a provider whose address depends on the tenant: %s", errs)
	}
}

// everyKind makes calls of every kind: reads, searches by form and by URL,
// pages, a batch.
func (g *gateway) everyKind(t *testing.T, token string) {
	t.Helper()
	for _, ans := range []*answer{
		g.ask(t, "r4", token, "Patient/p1"), g.ask(t, "r4", token, "Patient?name=Okafor"),
		g.ask(t, "stu3", token, "Condition?patient=p1"), g.batchOf(t, "r4", token, "Patient/p1", "Patient/p2", "Encounter?patient=p1"),
	} {
		if ans.status != http.StatusOK {
			t.Errorf("status %d: %.300s", ans.status, ans.body)
		}
	}
	ids, _ := g.pages(t, "r4", token, "Observation?patient=p4&_count=3")
	if len(ids) != 6 {
		t.Errorf("pages gave %v", ids)
	}
}
