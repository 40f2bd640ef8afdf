package faulttest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/await"
)

// metric is a sample of the server's own numbers, -1 when there is none.
func (g *gateway) metric(t *testing.T, sample string) float64 {
	t.Helper()
	for line := range strings.Lines(string(g.call(t, http.MethodGet, "/metrics", nil).body)) {
		if rest, ok := strings.CutPrefix(line, sample+" "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
			if err != nil {
				t.Error(err)
			}
			return v
		}
	}
	return -1
}

// counts waits for a number: a call is counted when it is over, which may be
// after its answer.
func (g *gateway) counts(t *testing.T, sample string, want float64) {
	t.Helper()
	await.That(t, fmt.Sprintf("%s is %v", sample, want), func() bool { return g.metric(t, sample) == want })
}

// when closes release as soon as a sample has a value, and after a while in any
// case.
func (g *gateway) when(t *testing.T, sample string, value float64, release chan<- struct{}) {
	defer close(release)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline) && g.metric(t, sample) < value; {
		time.Sleep(20 * time.Millisecond)
	}
}

// shown is provider show as a program reads it.
type shown struct {
	Version  string
	Observed struct {
		Statement string
		Calls     struct {
			Breaker                        string
			Sent, Failed, Retried, Refused int
		}
		Adaptations []struct {
			Name, Why string
			Count     int
		}
	}
}

func (g *gateway) show(t *testing.T, name string) (s shown) {
	t.Helper()
	if err := json.Unmarshal([]byte(g.run(t, "provider", "show", name, "-o", "json")), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// personal are words out of records and questions that only an answer may hold.
var personal = []string{"Okafor", "kafor", "Halvorsen", "Qqmarker", "v-hr", "1957-06", "sought-name", "Patient/p1"}

// TestWatching holds that what a server sees of a provider is told by provider
// show and by metrics, and that neither holds anything personal.
func TestWatching(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	w := g.ward(t)
	g.store(t, "old", "stu3", "tenant-a")
	g.add(t, "clinic", w.base("old"), "--retries", "0", "--search", "get")
	_, token := g.tenant(t, "clinic")
	// It sorts nothing and finds no names by what they contain.
	w.strike(func(rw http.ResponseWriter, r *http.Request, honest http.Handler) {
		if _ = r.ParseForm(); r.Form.Has("_sort") || r.Form.Has("family:contains") || r.Form.Has("name:contains") {
			says(http.StatusBadRequest, "application/fhir+json", outcome)(rw, r, honest)
			return
		}
		if r.Method == http.MethodPost {
			r.URL.Path, r.URL.RawQuery, r.Method = strings.TrimSuffix(r.URL.Path, "/_search"), r.PostForm.Encode(), http.MethodGet
		}
		honest.ServeHTTP(rw, r)
	})
	for _, path := range []string{"Patient/p1", "Patient?family:contains=kafor", "Patient?name=sought-name", "Observation?patient=p1&_sort=-date", "Condition?patient=p1", "Patient/none"} {
		if a := g.ask(t, "r4", token, path); a.status != http.StatusOK && path != "Patient/none" {
			t.Errorf("%s: %d %.300s", path, a.status, a.body)
		}
	}
	w.strike(nil)
	await.That(t, "that it is shown", func() bool {
		s := g.show(t, "clinic").Observed
		return strings.HasPrefix(s.Statement, "says FHIR 3.0") && s.Calls.Sent > 5 && len(s.Adaptations) > 0
	})
	s := g.show(t, "clinic").Observed
	if s.Calls.Breaker != "closed" || s.Calls.Failed != 0 || s.Calls.Refused != 0 {
		t.Errorf("a well provider: %+v", s.Calls)
	}
	sorts := false
	for _, a := range s.Adaptations {
		sorts = sorts || strings.Contains(a.Name, "_sort") && a.Why == "refused"
	}
	if !sorts {
		t.Errorf("adaptations %+v do not tell that it does not sort", s.Adaptations)
	}
	g.numbers(t, w, s.Calls.Sent)
	g.breaks(t, w, token)
	g.nothingPersonal(t)
}

// numbers holds the metrics of a well provider.
func (g *gateway) numbers(t *testing.T, w *ward, sent int) {
	t.Helper()
	w.mu.Lock()
	calls := len(w.calls)
	w.mu.Unlock()
	const of = `{provider="clinic"}`
	for sample, want := range map[string]float64{
		"calls_total" + of: float64(calls - 1), "failures_total" + of: 0, "retries_total" + of: 0, "refused_total" + of: 0,
		"calls_in_flight" + of: 0, "calls_queued" + of: 0, "breaker_open" + of: 0, "cache_hits_total" + of: 0,
	} {
		g.counts(t, "wardbridge_provider_"+sample, want)
	}
	if sent > calls {
		t.Errorf("%d calls shown of %d", sent, calls)
	}
	if v := g.metric(t, `wardbridge_provider_call_seconds{provider="clinic",quantile="0.5"}`); v <= 0 || v > 10 {
		t.Errorf("half of the calls took less than %v s", v)
	}
	for sample, least := range map[string]float64{
		`resources_total{type="Patient"}`: 2, `resources_total{type="Observation"}`: 3, `resources_total{type="Condition"}`: 1,
	} {
		if v := g.metric(t, "wardbridge_conversion_"+sample); v < least {
			t.Errorf("%s is %v, want %v at least", sample, v, least)
		}
	}
}

// breaks lets the provider fail until it is called no more, and goes on asking:
// a breaker whose time is over while the machine is busy lets one call pass and
// opens again.
func (g *gateway) breaks(t *testing.T, w *ward, token string) {
	t.Helper()
	w.strike(says(http.StatusInternalServerError, "application/fhir+json", outcome))
	defer w.strike(nil)
	before := len(w.seen(every))
	failed, refused := 0, 0
	ask := func() {
		a := g.ask(t, "r4", token, fmt.Sprintf("Condition/c-%d", failed+refused))
		switch {
		case a.status == http.StatusBadGateway:
			failed++
		case a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") != "" && failed >= 5:
			refused++
		default:
			t.Errorf("after %d failures: status %d, Retry-After %q", failed, a.status, a.header.Get("Retry-After"))
		}
	}
	for range 5 {
		ask()
	}
	await.That(t, "that it is called no more", func() bool { ask(); return refused == 3 })
	if n := len(w.seen(every)) - before; n != failed {
		t.Errorf("%d calls for %d failures: some were made after the breaker opened", n, failed)
	}
	of := func(sample string) float64 { return g.metric(t, "wardbridge_provider_"+sample+`{provider="clinic"}`) }
	await.That(t, "that it is counted", func() bool {
		ask()
		return of("failures_total") == float64(failed) && of("refused_total") == float64(refused) && of("breaker_open") == 1
	})
	await.That(t, "that the breaker is shown", func() bool {
		ask()
		c := g.show(t, "clinic").Observed.Calls
		out := g.run(t, "provider", "show", "clinic")
		return c.Breaker == "open" && c.Failed >= 5 && c.Refused >= 3 && strings.Contains(out, "open") && strings.Contains(out, fmt.Sprintf("%d failed", c.Failed))
	})
}

func (g *gateway) nothingPersonal(t *testing.T) {
	t.Helper()
	for place, text := range map[string]string{
		"show": g.run(t, "provider", "show", "clinic"), "show as JSON": g.run(t, "provider", "show", "clinic", "-o", "json"),
		"metrics": string(g.call(t, http.MethodGet, "/metrics", nil).body), "the log": g.logs.String(),
	} {
		text = strings.ReplaceAll(text, g.id, "") // a random id may spell anything
		for _, word := range personal {
			if strings.Contains(text, word) {
				t.Errorf("%s holds %q", place, word)
			}
		}
	}
}

// A record is one of the audit's.
type record struct {
	Time                                           time.Time
	RequestID, Tenant, Client, Operation, Provider string
	Interaction, Type, Target                      string
	Entry, Status                                  int
	IDs, Patients                                  []string
}

func (g *gateway) audit(t *testing.T, request string) (out []record) {
	t.Helper()
	text := g.run(t, "audit", "search", "--request", request, "-o", "json")
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return out
}

// TestAudit holds that what is asked of a provider elsewhere is recorded as what
// is asked of our own store: whose, what, which ids, and how it ended.
func TestAudit(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	w := g.ward(t)
	g.store(t, "old", "stu3", "tenant-a")
	g.run(t, "store", "create", "own", "--version", "stu3")
	g.run(t, "store", "import", "own", "../reqtest/testdata/stu3/tenant-a.json")
	g.run(t, "provider", "add", "own", "--store", "own")
	g.add(t, "clinic", w.base("old"), "--retries", "0")
	g.add(t, "hurried", w.base("old"), "--retries", "0", "--fhir-version", "stu3", "--timeout", "500ms") // only what is too slow is asked of it
	own, ownToken := g.tenant(t, "own")
	tenant, token := g.tenant(t, "clinic")
	_, hurried := g.tenant(t, "hurried")
	plain := func(list []record, provider, tenant string) []record {
		for i := range list {
			if list[i].Provider != provider || list[i].Tenant != tenant || list[i].Client != g.id {
				t.Errorf("recorded for provider %q, tenant %q, client %q", list[i].Provider, list[i].Tenant, list[i].Client)
			}
			list[i].Time, list[i].RequestID, list[i].Tenant, list[i].Provider = time.Time{}, "", "", ""
			slices.Sort(list[i].IDs)
			slices.Sort(list[i].Patients)
		}
		slices.SortFunc(list, func(a, b record) int { return a.Entry - b.Entry })
		return list
	}
	for _, path := range []string{"Patient/p1", "Patient/none", "Patient?family=Okafor", "Observation?patient=p1&category=vital-signs", "Encounter?patient=p1,p2", "Patient?_count=2"} {
		for _, face := range faces {
			there, here := g.ask(t, face, token, path), g.ask(t, face, ownToken, path)
			got, want := plain(g.audit(t, there.header.Get("X-Request-Id")), "clinic", tenant), plain(g.audit(t, here.header.Get("X-Request-Id")), "own", own)
			if there.status != here.status || len(got) != 1 || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s on %s: recorded\n%+v, as of our own store\n%+v", path, face, got, want)
			}
		}
	}
	urls := []string{"Patient/p1", "Patient/none", "Condition?patient=p1"}
	there, here := g.batchOf(t, "r4", token, urls...), g.batchOf(t, "r4", ownToken, urls...)
	got, want := plain(g.audit(t, there.header.Get("X-Request-Id")), "clinic", tenant), plain(g.audit(t, here.header.Get("X-Request-Id")), "own", own)
	if len(got) != 3 || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("a batch: recorded\n%+v, as of our own store\n%+v", got, want)
	}
	for _, c := range []struct {
		fault           fault
		provider, token string
		want            int
	}{
		{slow, "hurried", hurried, 504},
		{reset, "clinic", token, 503},
		{says(500, "text/html", page), "clinic", token, 502},
		{says(200, "text/html", page), "clinic", token, 502},
	} {
		w.strike(c.fault)
		a := g.ask(t, "r4", c.token, "Patient/p1")
		w.strike(nil)
		list := g.audit(t, a.header.Get("X-Request-Id"))
		if a.status != c.want || len(list) != 1 || list[0].Status != c.want || list[0].Target != "Patient/p1" || list[0].Provider != c.provider || len(list[0].IDs) > 0 {
			t.Errorf("status %d, want %d; recorded %+v", a.status, c.want, list)
		}
	}
}

// TestTooMuch holds that what has no end, and what is too much, is refused in
// bounded calls and memory, and that those who wait too many are told to come
// back. The memory is the process's, so this test runs alone.
func TestTooMuch(t *testing.T) {
	g := newGateway(t)
	w := g.ward(t)
	g.add(t, "narrow", w.base("main"), "--concurrency", "2", "--queue", "4", "--retries", "0")
	_, token := g.tenant(t, "narrow")
	well := g.connect(t, "well", g.hospital.origin+"/stores/main/fhir")
	g.ask(t, "r4", token, "Patient/p1")
	var pages, most atomic.Int64
	w.strike(func(rw http.ResponseWriter, r *http.Request, honest http.Handler) {
		if !strings.HasSuffix(r.URL.Path, "/Observation") {
			honest.ServeHTTP(rw, r)
			return
		}
		n := pages.Add(1)
		most.Store(max(most.Load(), alive()))
		says(http.StatusOK, "application/fhir+json", endlessPage(w.URL, int(n)))(rw, r, honest)
	})
	before := alive()
	for _, search := range []string{"Observation?_sort=-date", "Observation?patient=p1&_sort=-date&_count=5", "Observation?value-quantity=gt7"} {
		pages.Store(0)
		a := g.ask(t, "stu3", token, search)
		if a.status != http.StatusBadRequest || a.text("issue.0.code") != "too-costly" {
			t.Errorf("%s: %d %.300s", search, a.status, a.body)
		}
		if n := pages.Load(); n < 5 || n > 200 {
			t.Errorf("%s: %d pages were read", search, n)
		}
		t.Logf("%s: %d pages", search, pages.Load())
	}
	if grown := most.Load() - before; grown > 32<<20 {
		t.Errorf("%d MB more memory", grown>>20)
	}
	t.Logf("%d kB more memory", (most.Load()-before)>>10)
	g.crowd(t, w, token, well)
}

// alive is the memory that is in use, without what waits to be collected.
func alive() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// endlessPage is a page of observations that has a next one.
func endlessPage(origin string, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"%s/stores/main/fhir/Observation?page=%d"}],"entry":[`, origin, n)
	for i := range 100 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"resource":{"resourceType":"Observation","id":"o-%d-%d","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"20%02d-01-01","valueQuantity":{"value":9}},"search":{"mode":"match"}}`, n, i, (n*37+i)%90+10)
	}
	b.WriteString("]}")
	return b.String()
}

// crowd sends more than may wait.
func (g *gateway) crowd(t *testing.T, w *ward, token, well string) {
	t.Helper()
	release := make(chan struct{})
	w.strike(func(rw http.ResponseWriter, r *http.Request, honest http.Handler) {
		<-release
		honest.ServeHTTP(rw, r)
	})
	defer w.strike(nil)
	go g.when(t, `wardbridge_provider_refused_total{provider="narrow"}`, 34, release)
	var answered, refused atomic.Int64
	together(40, func(i int) {
		a := g.ask(t, "r4", token, fmt.Sprintf("Patient/none-%d", i))
		switch {
		case a.status == http.StatusNotFound:
			answered.Add(1)
		case a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") != "" && a.text("issue.0.code") == "throttled":
			refused.Add(1)
		default:
			t.Errorf("status %d, Retry-After %q: %.300s", a.status, a.header.Get("Retry-After"), a.body)
		}
	})
	if answered.Load() != 6 || refused.Load() != 34 {
		t.Errorf("%d answered and %d refused of 40, where 2 are asked at once and 4 may wait", answered.Load(), refused.Load())
	}
	if v := g.metric(t, `wardbridge_provider_refused_total{provider="narrow"}`); v != 34 {
		t.Errorf("%v are counted as refused, want 34", v)
	}
	if a := g.ask(t, "r4", well, "Patient/p1"); a.status != http.StatusOK {
		t.Errorf("another tenant: %d", a.status)
	}
}
