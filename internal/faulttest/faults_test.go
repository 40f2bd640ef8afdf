package faulttest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/wardbridge/wardbridge/internal/await"
)

// The faults. Each strikes requests for one type only, so that a batch shows
// what becomes of its other entries.

// canary stands for what a provider lets slip about itself.
const canary = "java.lang.NullPointerException at ehr-internal.hospital.example:5432 user=fhir"

// slow answers nothing until the caller has gone.
func slow(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
	_, _ = io.Copy(io.Discard, r.Body) // only then is it noticed that the caller goes
	<-r.Context().Done()
}

// waits tells to come back after a while: after a read in a minute, so that a
// call soon after it is refused however slow the machine, and after a search
// soon.
func waits(status int, media, body string) fault {
	return func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
		after := "2"
		if strings.HasSuffix(r.URL.Path, "/v-hr") {
			after = "60"
		}
		says(status, media, body, "Retry-After", after)(w, r, honest)
	}
}

func reset(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = c.Close()
	}
}

// edited lets the honest server answer and changes what it said.
func edited(change func(rec *httptest.ResponseRecorder, body []byte) []byte) fault {
	return func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
		rec := httptest.NewRecorder()
		r.Header.Del("Accept-Encoding")
		honest.ServeHTTP(rec, r)
		body := change(rec, rec.Body.Bytes())
		maps.Copy(w.Header(), rec.Header())
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(rec.Code)
		_, _ = w.Write(body)
	}
}

func truncated(w http.ResponseWriter, r *http.Request, honest http.Handler) {
	edited(func(_ *httptest.ResponseRecorder, b []byte) []byte { return b[:len(b)/2] })(w, r, honest)
}

func brokenOff(w http.ResponseWriter, r *http.Request, honest http.Handler) {
	rec := httptest.NewRecorder()
	honest.ServeHTTP(rec, r)
	w.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
	w.Header().Set("Content-Length", strconv.Itoa(rec.Body.Len()))
	_, _ = w.Write(rec.Body.Bytes()[:rec.Body.Len()/2])
	_ = http.NewResponseController(w).Flush()
	reset(w, r, honest)
}

func says(status int, media, body string, header ...string) fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", media)
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) //nolint:gosec // a hostile page is the point
	}
}

const (
	page    = "<!doctype html><title>Error</title><pre>" + canary + "</pre>"
	outcome = `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception","diagnostics":"` + canary + `"}]}`
)

func huge(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	w.Header().Set("Content-Type", "application/fhir+json")
	_, _ = io.WriteString(w, `{"resourceType":"Observation","id":"x","note":[{"text":"`)
	block := bytes.Repeat([]byte("a"), 1<<20)
	for range tooMuch {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

// tooMuch is more MB than an answer may have.
const tooMuch = 40

// packed is one answer of too much, packed.
var packed = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed) // a known level
	_, _ = io.WriteString(z, `{"resourceType":"Observation","id":"x","note":[{"text":"`)
	block := bytes.Repeat([]byte("a"), 1<<20)
	for range tooMuch {
		_, _ = z.Write(block) // to memory
	}
	_ = z.Close()
	return b.Bytes()
})

func bomb(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	w.Header().Set("Content-Type", "application/fhir+json")
	w.Header().Set("Content-Encoding", "gzip")
	_, _ = w.Write(packed())
}

// bundled changes a searchset; reads stay as they are.
func bundled(change func(b map[string]any, r *http.Request)) fault {
	return func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
		edited(func(_ *httptest.ResponseRecorder, body []byte) []byte {
			var b map[string]any
			if json.Unmarshal(body, &b) != nil || b["resourceType"] != "Bundle" {
				return body
			}
			change(b, r)
			out, _ := json.Marshal(b)
			return out
		})(w, r, honest)
	}
}

func wrongTotal(b map[string]any, _ *http.Request) { b["total"] = 1 }

func duplicates(b map[string]any, _ *http.Request) {
	if e, ok := b["entry"].([]any); ok {
		b["entry"] = append(e, e...)
	}
}

// endless gives every page a next one.
func endless(b map[string]any, r *http.Request) {
	q := r.URL.Query()
	n, _ := strconv.Atoi(q.Get("_again"))
	q.Set("_again", strconv.Itoa(n+1))
	b["link"] = []any{map[string]any{"relation": "next", "url": "http://" + r.Host + "/stores/main/fhir/Observation?" + q.Encode()}}
	delete(b, "total")
}

func otherPatients(b map[string]any, _ *http.Request) {
	b["entry"] = append(b["entry"].([]any), map[string]any{
		"resource": map[string]any{
			"resourceType": "Observation", "id": "stray", "status": "final", "code": map[string]any{"text": "x"}, "subject": map[string]any{"reference": "Patient/p2"},
		},
		"search": map[string]any{"mode": "match"},
	})
}

// want is what is documented.
type want struct {
	status int
	code   string // issue code; "" for an answer like the honest one's
}

var (
	same    = want{status: http.StatusOK}
	refused = want{http.StatusBadGateway, "transient"}
	large   = want{http.StatusBadGateway, "too-costly"}
)

// A row is one of the table.
type row struct {
	name, what string
	fault      fault
	read       want
	search     want
	wait       bool // the provider names a time before which it is not called again
}

var faults = []row{
	{"slow", "no answer within the time limit of a call", slow, want{504, "timeout"}, want{504, "timeout"}, false},
	{"reset", "the connection is closed without an answer", reset, want{503, "transient"}, want{503, "transient"}, false},
	{"truncated", "JSON that ends in the middle", truncated, refused, refused, false},
	{"broken off", "the connection is closed in the middle of an answer", brokenOff, refused, refused, false},
	{"XML", "an answer in XML", says(200, "application/fhir+xml", `<Observation xmlns="http://hl7.org/fhir"/>`), refused, refused, false},
	{"HTML page", "a login or error page with status 200", says(200, "text/html", page), refused, refused, false},
	{"not FHIR", "JSON that is no resource", says(200, "application/json", `{"hello":"world"}`), refused, refused, false},
	{"500", "a fault of the provider, with its stack trace", says(500, "application/fhir+json", outcome), refused, refused, false},
	{"500 page", "a fault of the provider, as HTML", says(500, "text/html", page), refused, refused, false},
	{"503", "down for a while, with Retry-After: no call is made before", waits(503, "text/html", page), want{503, "transient"}, want{503, "transient"}, true},
	{"429", "wants fewer calls, with Retry-After: no call is made before", waits(429, "text/plain", canary), want{503, "throttled"}, want{503, "throttled"}, true},
	{"401", "the provider no longer takes our credentials", says(401, "application/json", `{"error":"`+canary+`"}`), refused, refused, false},
	{"403", "our credentials are not enough", says(403, "application/fhir+json", outcome), refused, refused, false},
	{"redirect away", "a redirect to another server", says(302, "text/plain", "", "Location", "http://169.254.169.254/latest/meta-data/"), refused, refused, false},
	{"outcome with 200", "an OperationOutcome of errors, with status 200", says(200, "application/fhir+json", outcome), refused, refused, false},
	{"huge", "an answer of 40 MB", huge, large, large, false},
	{"gzip bomb", "an answer that unpacks to 40 MB", bomb, large, large, false},
	{"wrong total", "Bundle.total is less than the entries", bundled(wrongTotal), same, same, false},
	{"duplicates", "every entry twice", bundled(duplicates), same, same, false},
	{"stray", "a searchset with another patient's resource", bundled(otherPatients), same, same, false},
	{"endless pages", "every page has a next one", bundled(endless), same, want{400, "too-costly"}, false},
}

const search = "Observation?patient=p1&category=vital-signs&_sort=-date"

// TestFaults holds the table.
func TestFaults(t *testing.T) {
	g := newGateway(t)
	well := g.connect(t, "well", g.hospital.origin+"/stores/main/fhir")
	honest := map[string]*answer{"read": g.get(t, well, "Observation/v-hr"), "search": g.get(t, well, search)}
	if honest["read"].status != http.StatusOK || len(honest["search"].ids()) < 3 {
		t.Fatalf("the honest provider: %s, %s", honest["read"].body, honest["search"].body)
	}
	for i, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			s := infect(t, g.honest, (*httptest.Server).Start)
			flags := []string{"--retries", "0"}
			if f.name == "slow" {
				flags = append(flags, "--timeout", "15s") // in which what is well has long answered
			}
			// A provider of its own for each step, so that no circuit breaker opens:
			// what it does then is tested elsewhere.
			connect := func(step string) string {
				return g.connect(t, fmt.Sprintf("sick-%d-%s", i, step), s.URL+"/stores/main/fhir", flags...)
			}
			reader, searcher, batcher := connect("read"), connect("search"), connect("batch")
			strike := fault(func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
				if strings.Contains(r.URL.Path, "/Observation") {
					f.fault(w, r, honest)
					return
				}
				honest.ServeHTTP(w, r)
			})
			s.fault.Store(&strike)
			steps := g.steps(t, s, f, reader, searcher, batcher, honest)
			if f.name == "slow" { // all wait at the same time
				together(len(steps), func(i int) { steps[i]() })
			} else {
				for _, step := range steps {
					step()
				}
			}
			if a := g.get(t, well, search); a.status != http.StatusOK || len(a.ids()) != len(honest["search"].ids()) {
				t.Errorf("another tenant's search meanwhile: %d", a.status)
			}
			s.fault.Store(nil)
			await.That(t, "well again", func() bool { return g.get(t, searcher, "Observation/v-hr").status == http.StatusOK })
		})
		fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", f.name, f.what, f.read, f.search)
	}
}

// steps are the questions, each to a provider that no other has made to rest.
func (g *gateway) steps(t *testing.T, s *sick, f row, reader, searcher, batcher string, honest map[string]*answer) []func() {
	t.Helper()
	all := []func(){
		func() { judge(t, s, "read", g.ask(t, "r4", reader, "Observation/v-hr"), f.read, honest["read"]) },
		func() { judge(t, s, "search", g.ask(t, "r4", searcher, search), f.search, honest["search"]) },
	}
	if f.wait { // no entry is asked for before the time the provider named
		resting := want{http.StatusServiceUnavailable, "transient"}
		return append(all, func() { g.batch(t, s, reader, []string{"Patient/p1", "Observation/v-hr"}, resting, resting) })
	}
	return append(
		all,
		func() {
			g.batch(t, s, reader, []string{"Patient/p1", "Observation/v-hr", "Condition?patient=p1"}, same, f.read, same)
		},
		func() {
			g.batch(t, s, batcher, []string{"Patient/p1", search, "Condition?patient=p1"}, same, f.search, same)
		},
	)
}

// String is the cell of the table.
func (w want) String() string {
	if w.code == "" {
		return "as without the fault"
	}
	return fmt.Sprintf("%d `%s`", w.status, w.code)
}

func judge(t *testing.T, s *sick, call string, a *answer, w want, honest *answer) {
	t.Helper()
	leaks(t, s, call, a)
	if a.status != w.status {
		t.Errorf("%s: status %d, want %d: %.300s", call, a.status, w.status, a.body)
		return
	}
	if w.code == "" {
		if call == "read" && a.text("id") != honest.text("id") {
			t.Errorf("read: id %q, want %q", a.text("id"), honest.text("id"))
		}
		if fmt.Sprint(a.ids()) != fmt.Sprint(honest.ids()) || a.text("total") != honest.text("total") {
			t.Errorf("%s: %v of %s, want %v of %s", call, a.ids(), a.text("total"), honest.ids(), honest.text("total"))
		}
		return
	}
	if a.text("resourceType") != "OperationOutcome" || a.text("issue.0.code") != w.code || len(a.text("issue.0.diagnostics")) < 20 {
		t.Errorf("%s: want an outcome with %s and a text: %s", call, w.code, a.body)
	}
	if w.code == "throttled" && a.header.Get("Retry-After") == "" {
		t.Errorf("%s: no Retry-After", call)
	}
}

// leaks holds that nothing of the provider shows.
func leaks(t *testing.T, s *sick, call string, a *answer) {
	t.Helper()
	var all bytes.Buffer
	_ = a.header.Write(&all) // to memory
	all.Write(a.body)
	for _, word := range []string{strings.TrimPrefix(s.URL, "http://"), "NullPointer", "ehr-internal", "5432 user", "169.254", "/stores/", "latest/meta-data"} {
		if bytes.Contains(all.Bytes(), []byte(word)) {
			t.Errorf("%s: the answer shows %q: %.400s", call, word, all.Bytes())
		}
	}
}

// batch asks several things at once, each of which becomes what is wanted.
func (g *gateway) batch(t *testing.T, s *sick, token string, urls []string, wants ...want) {
	t.Helper()
	a := g.batchOf(t, "r4", token, urls...)
	leaks(t, s, "batch", a)
	if a.status != http.StatusOK {
		t.Errorf("batch: status %d: %.300s", a.status, a.body)
		return
	}
	for i, w := range wants {
		at := fmt.Sprintf("entry.%d.", i)
		if got := a.text(at + "response.status"); !strings.HasPrefix(got, strconv.Itoa(w.status)) {
			t.Errorf("entry %d (%s): %s, want %d", i, urls[i], got, w.status)
		}
		if got := a.text(at + "response.outcome.issue.0.code"); got != w.code {
			t.Errorf("entry %d (%s): issue %q, want %q", i, urls[i], got, w.code)
		}
	}
}
