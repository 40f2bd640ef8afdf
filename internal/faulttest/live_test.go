package faulttest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/app"
	"github.com/wardbridge/wardbridge/internal/await"
)

// TestProviderSet holds that a change of a provider is in effect about a second
// later, without a restart and without failing a request.
func TestProviderSet(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	w := g.ward(t)
	g.store(t, "one", "r4", "tenant-a")
	g.store(t, "two", "stu3", "tenant-b")
	g.add(t, "clinic", w.base("one"))
	_, token := g.tenant(t, "clinic")
	if a := g.ask(t, "r4", token, "Patient/p1"); a.status != http.StatusOK {
		t.Fatalf("before: %d %s", a.status, a.body)
	}
	asked, stop := g.steady(t, token, "Patient/p1")
	g.changeAddress(t, w, token)
	g.changeSignIn(t, w, token)
	g.changeSearch(t, w, token)
	await.That(t, "that others were asked meanwhile", func() bool { return asked() >= 20 })
	stop()
	g.changeStanding(t, token)
}

// steady asks one thing over and over, from now until stop is called, and fails
// the test for every answer that is none. asked is how often it did so far.
func (g *gateway) steady(t *testing.T, token, path string) (asked func() int64, stop func()) {
	t.Helper()
	var n atomic.Int64
	done := make(chan struct{})
	var wg sync.WaitGroup
	for i := range 3 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(10 * time.Millisecond):
				}
				n.Add(1)
				if a := g.ask(t, faces[i], token, path); a.status != http.StatusOK {
					t.Errorf("a request during changes: %d %.300s", a.status, a.body)
				}
			}
		})
	}
	stop = sync.OnceFunc(func() {
		close(done)
		wg.Wait()
	})
	t.Cleanup(stop)
	return n.Load, stop
}

// changeAddress leads a provider elsewhere, to a server of another version,
// while a call to the old one is under way.
func (g *gateway) changeAddress(t *testing.T, w *ward, token string) {
	t.Helper()
	held, release := make(chan struct{}), make(chan struct{})
	w.strike(func(rw http.ResponseWriter, r *http.Request, honest http.Handler) {
		if strings.HasSuffix(r.URL.Path, "/one/fhir/Patient/p5") {
			close(held)
			<-release
		}
		honest.ServeHTTP(rw, r)
	})
	last := make(chan *answer)
	go func() { last <- g.ask(t, "r4", token, "Patient/p5") }()
	<-held
	g.run(t, "provider", "set", "clinic", "--url", w.base("two"))
	await.That(t, "another address", func() bool {
		a := g.ask(t, "r4", token, "Patient/p9") // the other store alone has it
		return a.status == http.StatusOK && strings.Contains(string(a.body), markB)
	})
	close(release)
	if a := <-last; a.status != http.StatusOK || !strings.Contains(string(a.body), markA) {
		t.Errorf("the call that was under way: %d %.300s", a.status, a.body)
	}
	w.strike(nil)
	// What was asked before the change, and comes late, may still go there.
	await.That(t, "that no call goes to the old address", func() bool {
		w.forget()
		for _, face := range faces {
			if a := g.ask(t, face, token, "Observation?patient=p9"); a.status != http.StatusOK || len(a.ids()) == 0 {
				t.Errorf("a search at the new address on %s: %d %.300s", face, a.status, a.body)
			}
		}
		return len(w.seen(func(c call) bool { return c.store == "one" })) == 0
	})
	if out := g.run(t, "provider", "show", "clinic"); !strings.Contains(out, "stu3") {
		t.Errorf("the version of the new address:\n%s", out)
	}
}

func (g *gateway) changeSignIn(t *testing.T, w *ward, token string) {
	t.Helper()
	for _, c := range []struct {
		want string
		args []string
	}{
		{"Bearer fixed-token-1", []string{"--auth", "bearer", "--secret-file", secretFile(t, "fixed-token-1")}},
		{"Bearer fixed-token-2", []string{"--secret-file", secretFile(t, "fixed-token-2")}},
		{"Basic d2FyZDpwYXNz", []string{"--auth", "basic", "--username", "ward", "--secret-file", secretFile(t, "pass")}},
		{"", []string{"--auth", "none"}},
	} {
		g.run(t, append([]string{"provider", "set", "clinic"}, c.args...)...)
		await.That(t, "sign-in "+c.want, func() bool {
			w.forget()
			g.ask(t, "r4", token, "Encounter/none")
			calls := w.seen(func(c call) bool { return c.path == "Encounter/none" })
			return len(calls) == 1 && calls[0].header.Get("Authorization") == c.want
		})
	}
}

func (g *gateway) changeSearch(t *testing.T, w *ward, token string) {
	t.Helper()
	for _, c := range []struct{ how, method string }{{"post", http.MethodPost}, {"get", http.MethodGet}} {
		g.run(t, "provider", "set", "clinic", "--search", c.how)
		await.That(t, "searching by "+c.how, func() bool {
			w.forget()
			g.ask(t, "r4", token, "Condition?patient=p9")
			calls := w.seen(func(c call) bool { return strings.HasPrefix(c.path, "Condition") })
			return len(calls) > 0 && calls[0].method == c.method
		})
	}
}

// changeStanding suspends a provider, resumes and removes it.
func (g *gateway) changeStanding(t *testing.T, token string) {
	t.Helper()
	status := func(want int) func() bool {
		return func() bool {
			a := g.ask(t, "r4", token, "Patient/p1")
			batch := g.batchOf(t, "stu3", token, "Patient/p1", "Patient/p9")
			return a.status == want && batch.status == want
		}
	}
	g.run(t, "provider", "suspend", "clinic")
	await.That(t, "suspension", status(http.StatusForbidden))
	g.run(t, "provider", "resume", "clinic")
	await.That(t, "its end", status(http.StatusOK))
	if code, _, errs := g.command(t, "provider", "remove", "clinic"); code == 0 || !strings.Contains(errs, "unmap") {
		t.Errorf("a provider with tenants was removed, or no word on what to do: %s", errs)
	}
	var shown struct {
		Tenants []struct{ ID string }
	}
	if err := json.Unmarshal([]byte(g.run(t, "provider", "show", "clinic", "-o", "json")), &shown); err != nil || len(shown.Tenants) != 1 {
		t.Fatalf("tenants of the provider: %v, %v", shown, err)
	}
	g.run(t, "tenant", "unmap", shown.Tenants[0].ID)
	g.run(t, "provider", "remove", "clinic")
	await.That(t, "removal", status(http.StatusForbidden))
}

// TestVersionChanges holds that a provider that comes to speak another version
// is served anew, that it stays so whatever else is set, and that one whose
// version is pinned is not believed.
func TestVersionChanges(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	w := g.ward(t)
	g.store(t, "old", "stu3", "tenant-a")
	g.store(t, "new", "r4", "tenant-a")
	w.move("ehr", "old")
	g.add(t, "clinic", w.base("ehr"))
	g.add(t, "fixed", w.base("ehr"), "--fhir-version", "stu3")
	_, token := g.tenant(t, "clinic")
	_, fixed := g.tenant(t, "fixed")
	for _, tok := range []string{token, fixed} {
		if a := g.ask(t, "r4", tok, "Condition?patient=p1"); a.status != http.StatusOK || len(a.ids()) == 0 {
			t.Fatalf("before: %d %.300s", a.status, a.body)
		}
	}
	shows := func(name string, words ...string) func() bool {
		return func() bool {
			out := g.run(t, "provider", "show", name)
			for _, word := range words {
				if !strings.Contains(out, word) {
					return false
				}
			}
			return true
		}
	}
	await.That(t, "the old statement", shows("clinic", "says FHIR 3.0"))
	w.move("ehr", "new")
	want := g.ask(t, "r4", g.connect(t, "direct", w.base("new")), "Condition?patient=p1&_sort=onset-date")
	good := func(tok string) bool {
		a := g.ask(t, "r4", tok, "Condition?patient=p1&_sort=onset-date")
		return a.status == http.StatusOK && fmt.Sprint(a.ids()) == fmt.Sprint(want.ids()) && strings.Contains(string(a.body), "condition-clinical")
	}
	w.forget()
	_, stop := g.steady(t, token, "Patient/p1")
	g.run(t, "provider", "set", "clinic", "--queue", "100") // its statement is read again
	await.That(t, "the new version", func() bool { return good(token) })
	await.That(t, "the new statement", shows("clinic", "says FHIR 4.0"))
	stop()
	// Read by the old link and by the new one. Links that were made before the
	// version was kept spoke the old one still, and read it again.
	if n := w.statements("ehr"); n > 2 {
		t.Errorf("the statement was read %d times", n)
	}
	for _, face := range faces {
		if a := g.ask(t, face, token, "Patient?_sort=family&_count=2"); a.status != http.StatusOK || len(a.ids()) != 2 {
			t.Errorf("face %s: %d %.300s", face, a.status, a.body)
		}
	}
	// What was found out is kept when something else is set.
	g.run(t, "provider", "set", "clinic", "--queue", "110")
	if !shows("clinic", "r4")() {
		t.Errorf("the version is forgotten:\n%s", g.run(t, "provider", "show", "clinic"))
	}
	if !good(token) {
		t.Errorf("after another setting: %.300s", g.ask(t, "r4", token, "Condition?patient=p1").body)
	}
	g.run(t, "provider", "set", "fixed", "--queue", "100")
	g.ask(t, "r4", fixed, "Patient/p1")
	await.That(t, "that the pinned version is another", func() bool {
		g.ask(t, "r4", fixed, "Patient/p1")
		return shows("fixed", "stu3 (pinned)", "says FHIR 4.0.1; pinned to 3.0")()
	})
	if c := w.seen(func(c call) bool { return c.path == "Patient/p1" }); !strings.Contains(c[len(c)-1].header.Get("Accept"), "json") {
		t.Errorf("asked for %s", c[len(c)-1].header.Get("Accept"))
	}
}

// TestStart holds that a server starts and serves whatever its providers do, and
// that one which was dead is served when it comes to life.
func TestStart(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	later := infect(t, g.honest, (*httptest.Server).Start) // hangs up on everybody until it comes to life
	dead := fault(reset)
	later.fault.Store(&dead)
	silent := infect(t, always(slow), (*httptest.Server).Start)
	html := infect(t, always(says(200, "text/html", page)), (*httptest.Server).Start)
	flood := infect(t, always(floods), (*httptest.Server).Start)
	lies := infect(t, behindMetadata(g.honest, floods), (*httptest.Server).Start)
	g2 := g.before(t)
	tenants := map[string]string{}
	for name, base := range map[string]string{
		"later": later.URL + "/stores/main/fhir", "silent": silent.URL, "html": html.URL, "flood": flood.URL,
		"lies": lies.URL + "/stores/main/fhir", "nowhere": "https://" + noName + "/fhir", "well": g.hospital.origin + "/stores/main/fhir",
	} {
		flags := []string{"--fhir-version", "r4", "--retries", "0"}
		if name == "silent" {
			flags = append(flags, "--timeout", "400ms")
		}
		g2.add(t, name, base, flags...)
		tenants[name] = g2.newTenant()
		g2.run(t, "tenant", "map", tenants[name], name)
	}
	data := g2.data
	g2.site = start(t, func(c *app.Config) { c.Data = data })
	tokens := map[string]string{}
	for name, tenant := range tenants {
		tokens[name] = g2.token(t, tenant)
	}
	for name, want := range map[string]int{
		"later": 503, "silent": 504, "html": 502, "flood": 502, "nowhere": 503, "lies": 200, "well": 200,
	} {
		t.Run(name, func(t *testing.T) {
			a := g2.ask(t, "stu3", tokens[name], "Patient/p1")
			if a.status != want {
				t.Errorf("status %d, want %d: %.300s", a.status, want, a.body)
			}
			if a := g2.ask(t, "r4", tokens["well"], "Observation?patient=p1&_sort=-date"); a.status != http.StatusOK || len(a.ids()) < 3 {
				t.Errorf("another tenant meanwhile: %d %.300s", a.status, a.body)
			}
		})
	}
	later.fault.Store(nil)
	await.That(t, "the provider that came to life", func() bool {
		return g2.ask(t, "dstu2", tokens["later"], "Patient/p1").status == http.StatusOK
	})
	await.That(t, "its statement, and that of the others", func() bool {
		return strings.Contains(g2.run(t, "provider", "show", "lies"), "not read: ") && strings.Contains(g2.run(t, "provider", "show", "html"), "not read: ")
	})
}

// before is a gateway that is not started yet, with a client.
func (g *gateway) before(t *testing.T) *gateway {
	t.Helper()
	out := &gateway{site: &site{data: filepath.Join(t.TempDir(), "data")}, hospital: g.hospital, honest: g.honest, client: g.client}
	var made struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	if err := json.Unmarshal([]byte(out.run(t, "client", "create", "app", "--all-tenants", "--output", "json")), &made); err != nil {
		t.Fatal(err)
	}
	out.id, out.key = made.ID, made.Secret
	return out
}

// behindMetadata lets a fault say the statement.
func behindMetadata(honest http.Handler, f fault) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/metadata") {
			f(w, r, honest)
			return
		}
		honest.ServeHTTP(w, r)
	})
}
