package faulttest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/await"
)

// batches are the calls that were a batch, and the number of their entries.
func (w *ward) batches(t *testing.T) (sizes []int) {
	t.Helper()
	for _, c := range w.seen(func(c call) bool { return c.method == http.MethodPost && c.path == "" }) {
		var b struct {
			Type  string
			Entry []json.RawMessage
		}
		if err := json.Unmarshal(c.body, &b); err != nil || b.Type != "batch" {
			t.Errorf("not a batch: %.200s", c.body)
		}
		sizes = append(sizes, len(b.Entry))
	}
	return sizes
}

// results are what a batch gave, entry by entry: status, and type and id.
func (a *answer) results() (out []string) {
	m, _ := a.json.(map[string]any)
	entries, _ := m["entry"].([]any)
	for _, e := range entries {
		status, _, _ := strings.Cut(textAt(e, "response.status"), " ")
		if typ := textAt(e, "resource.resourceType"); typ != "" && typ != "OperationOutcome" {
			status += " " + typ + " " + textAt(e, "resource.id")
		}
		out = append(out, strings.TrimSpace(status))
	}
	return out
}

// askedAsOne reports whether the entries left in one batch, and none was asked
// alone as well. An entry that is milliseconds late, because the machine is busy,
// rightly leaves without the others.
func (w *ward) askedAsOne(t *testing.T, urls []string) bool {
	t.Helper()
	if sizes := w.batches(t); len(sizes) == 0 || sizes[0] != len(urls) {
		return false
	}
	return len(w.seen(func(c call) bool { return slices.Contains(urls, c.path) })) == 0
}

// TestBatchesWhole holds that a batch leaves as one, with a result for each
// entry in its place, and that entries which fail harm no other.
func TestBatchesWhole(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	w := g.ward(t)
	g.add(t, "whole", w.base("main"), "--batches", "whole")
	_, token := g.tenant(t, "whole")
	g.ask(t, "r4", token, "Patient/p1") // the links are there, and the statement is read
	urls := []string{"Patient/p3", "Patient/none", "Patient/p1", "Observation/v-hr", "Patient/p2", "Condition/none", "Patient/p4"}
	want := "[200 Patient p3 404 200 Patient p1 200 Observation v-hr 200 Patient p2 404 200 Patient p4]"
	for _, face := range faces {
		await.That(t, "that a batch leaves as one on face "+face, func() bool {
			w.forget()
			a := g.batchOf(t, face, token, urls...)
			if got := fmt.Sprint(a.results()); got != want {
				t.Errorf("face %s: %s, want %s", face, got, want)
			}
			return w.askedAsOne(t, urls)
		})
	}
	g.oneDead(t, w, token)
	g.manyWhole(t, w, token)
	await.That(t, "that batches are shown", func() bool { return strings.Contains(g.run(t, "provider", "show", "whole"), "sent, of ") })
	await.That(t, "that batches are counted", func() bool { return g.metric(t, `wardbridge_provider_batches_total{provider="whole"}`) >= 5 })
	g.refusedWhole(t, w, token)
	await.That(t, "that their refusal is shown", func() bool {
		return strings.Contains(g.run(t, "provider", "show", "whole"), "entries are sent one by one")
	})
}

// oneDead lets the provider fail one entry of its batch.
func (g *gateway) oneDead(t *testing.T, w *ward, token string) {
	t.Helper()
	w.strike(func(rw http.ResponseWriter, r *http.Request, honest http.Handler) {
		edited(func(_ *httptest.ResponseRecorder, body []byte) []byte {
			var b map[string]any
			if json.Unmarshal(body, &b) != nil || b["type"] != "batch-response" {
				return body
			}
			entries, _ := b["entry"].([]any)
			if len(entries) < 2 {
				return body
			}
			var told any
			_ = json.Unmarshal([]byte(outcome), &told) // a constant
			entries[1] = map[string]any{"response": map[string]any{"status": "500 Internal Server Error", "outcome": told}}
			out, _ := json.Marshal(b)
			return out
		})(rw, r, honest)
	})
	defer w.strike(nil)
	urls := []string{"Patient/p1", "Patient/p2", "Patient/p3"}
	await.That(t, "that a batch with a dead entry leaves as one", func() bool {
		w.forget()
		a := g.batchOf(t, "stu3", token, urls...)
		if !w.askedAsOne(t, urls) {
			return false
		}
		dead := 0 // entries leave in the order in which they come
		for i, r := range a.results() {
			if r == "502" {
				dead++
			} else if r != fmt.Sprintf("200 Patient p%d", i+1) {
				t.Errorf("beside a dead entry: %d is %s", i, r)
			}
		}
		if dead != 1 || strings.Contains(string(a.body), "NullPointer") {
			t.Errorf("%d dead entries, want one:\n%.600s", dead, a.body)
		}
		return true
	})
}

// manyWhole asks for a list as the app does: many patients, several things of
// each, from several tenants at the same time. That they leave in few calls is
// not for every time: see askedAsOne.
func (g *gateway) manyWhole(t *testing.T, w *ward, token string) {
	t.Helper()
	_, other := g.tenant(t, "whole")
	var urls []string
	for range 5 {
		for _, p := range []string{"p1", "p2", "p3", "p4"} {
			urls = append(urls, "Patient/"+p, "Condition?patient="+p, "Observation?patient="+p+"&category=vital-signs")
		}
	}
	list := func(i int) {
		tok := token
		if i%2 == 1 {
			tok = other
		}
		a := g.batchOf(t, faces[i%3], tok, urls...)
		results := a.results()
		if len(results) != len(urls) {
			t.Errorf("%d results: %.300s", len(results), a.body)
			return
		}
		for j, r := range results {
			want := "200 Bundle"
			if p, ok := strings.CutPrefix(urls[j], "Patient/"); ok {
				want = "200 Patient " + p
			}
			if !strings.HasPrefix(r, want) {
				t.Errorf("entry %d (%s): %s", j, urls[j], r)
			}
		}
	}
	await.That(t, "that lists leave in few calls", func() bool {
		w.forget()
		together(6, list)
		calls, entries := len(w.seen(every)), 6*len(urls)
		t.Logf("%d entries left in %d calls", entries, calls)
		return calls <= entries/2
	})
}

// refusedWhole lets the provider take no batches.
func (g *gateway) refusedWhole(t *testing.T, w *ward, token string) {
	t.Helper()
	w.strike(func(rw http.ResponseWriter, r *http.Request, honest http.Handler) {
		if r.Method == http.MethodPost && strings.HasSuffix(strings.TrimRight(r.URL.Path, "/"), "/fhir") {
			says(http.StatusMethodNotAllowed, "application/fhir+json", outcome)(rw, r, honest)
			return
		}
		honest.ServeHTTP(rw, r)
	})
	defer w.strike(nil)
	w.forget()
	ask := func() {
		a := g.batchOf(t, "r4", token, "Patient/p1", "Patient/none", "Patient/p2")
		if got := fmt.Sprint(a.results()); got != "[200 Patient p1 404 200 Patient p2]" {
			t.Errorf("a provider that refuses batches: %s", got)
		}
	}
	await.That(t, "that a batch leaves, to be refused", func() bool { ask(); return len(w.batches(t)) > 0 })
	ask()
	ask()
	if sizes := w.batches(t); len(sizes) != 1 {
		t.Errorf("batches of %v were sent to a provider that refused the first", sizes)
	}
}

// TestCoalescing holds that reads which are the same are one call, for one
// tenant only.
func TestCoalescing(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	w := g.ward(t)
	g.add(t, "clinic", w.base("main"), "--header", "X-Facility={tenant}", "--fhir-version", "r4")
	a, tokenA := g.tenant(t, "clinic")
	b, tokenB := g.tenant(t, "clinic")
	g.ask(t, "r4", tokenA, "Patient/p1")
	w.forget()
	release := make(chan struct{})
	w.strike(func(rw http.ResponseWriter, r *http.Request, honest http.Handler) {
		<-release
		honest.ServeHTTP(rw, r)
	})
	go g.when(t, `wardbridge_provider_coalesced_total{provider="clinic"}`, 118, release)
	together(120, func(i int) {
		token := tokenA
		if i%6 == 0 {
			token = tokenB
		}
		if ans := g.ask(t, "r4", token, "Organization/org-1"); ans.status != http.StatusOK || ans.text("id") != "org-1" {
			t.Errorf("status %d: %.200s", ans.status, ans.body)
		}
	})
	w.strike(nil)
	for _, tenant := range []string{a, b} {
		if n := len(w.seen(func(c call) bool { return c.header.Get("X-Facility") == tenant })); n != 1 {
			t.Errorf("tenant %s: %d calls for one read, want 1", tenant, n)
		}
	}
	if v := g.metric(t, `wardbridge_provider_coalesced_total{provider="clinic"}`); v != 118 {
		t.Errorf("%v requests were answered by another one's call, want 118", v)
	}
}
