package reqtest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

func batchRequirements() []requirement {
	return []requirement{
		{ID: "BATCH-1", Text: "six entries, answered in order", Run: batchSix},
		{ID: "BATCH-2", Text: "an unknown id fails its entry alone", Run: batchUnknownID},
		{ID: "BATCH-3", Text: "an unsupported type fails its entry alone", Run: batchUnknownType},
		{ID: "BATCH-4", Text: "a write fails its entry and changes nothing", Run: batchWrite},
		{ID: "BATCH-5", Text: "leading slash and absolute URLs; foreign hosts are refused and not called", Run: batchURLs},
		{ID: "BATCH-6", Text: "no token fails the whole", Run: batchNoToken},
		{ID: "BATCH-7", Text: "what is no batch is refused", Run: batchBad},
		{ID: "BATCH-8", Text: "an empty batch has an empty answer", Run: batchEmpty},
		{ID: "BATCH-9", Text: "entries equal single calls", Run: batchEqual},
		{ID: "BATCH-10", Text: "entries run side by side", Elsewhere: "internal/gateway, the tests of split, over a slow server"},
		{ID: "BATCH-11", Text: "an entry that times out", Elsewhere: "needs a remote provider; the entry's status is tested in internal/gateway"},
		{ID: "BATCH-12", Text: "a transaction of reads, all or nothing", Run: batchTransaction},
		{ID: "BATCH-13", Text: "base with and without slash; every media type", Run: batchMedia},
	}
}

// six is one entry per type.
func (g *Target) six() []string { return g.appCalls("p1")[1:] }

func batchSix(t *testing.T, g *Target) {
	types := []string{"Observation", "Condition", "Encounter", "AllergyIntolerance", g.Face.Med, "Coverage"}
	totals := []int{5, 12, 3, 2, 2, 1}
	for i, e := range g.as(t, tenantA).batch(t, "batch", g.six()...).entries(t, "batch-response", 6) {
		entryStatus(t, e, "200")
		p := readSet(t, g, types[i], at(e, "resource"))
		if p.total != totals[i] || len(p.resources) == 0 || str(p.resources[0], "resourceType") != types[i] {
			t.Errorf("entry %d: total %d of %v, want %d %s", i, p.total, p.ids, totals[i], types[i])
		}
	}
}

func batchUnknownID(t *testing.T, g *Target) {
	es := g.as(t, tenantA).batch(t, "batch", "Patient/p1", "Patient/nobody", "Coverage?patient=p1").entries(t, "batch-response", 3)
	entryStatus(t, es[0], "200")
	entryStatus(t, es[1], "404")
	entryStatus(t, es[2], "200")
	checkOutcome(t, "batch", entryOutcome(g, es[1]), "not-found")
	if g.Face.dstu2() && at(es[1], "response.outcome") != nil {
		t.Error("DSTU2 has no response.outcome")
	}
	if str(es[0], "response.etag") == "" || str(es[0], "response.lastModified") == "" {
		t.Errorf("a read in a batch lacks etag or lastModified: %v", at(es[0], "response"))
	}
}

func batchUnknownType(t *testing.T, g *Target) {
	es := g.as(t, tenantA).batch(t, "batch", "Nothing/p1", "Patient/p1", "Nothing?patient=p1", "", "Patient/p1/_history/never", "$everything").entries(t, "batch-response", 6)
	for _, i := range []int{0, 2} {
		entryStatus(t, es[i], "404")
		checkOutcome(t, "batch", entryOutcome(g, es[i]), "not-supported")
	}
	entryStatus(t, es[1], "200")
	for _, i := range []int{3, 4, 5} {
		entryStatus(t, es[i], "4")
	}
}

func batchWrite(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	before := string(c.get(t, "Patient/p1").body)
	es := c.batch(t, "batch", "PUT Patient/p1", "POST Patient", "DELETE Patient/p1", "PATCH Patient/p1", "Patient/p1").entries(t, "batch-response", 5)
	for _, e := range es[:4] {
		entryStatus(t, e, "405")
		checkOutcome(t, "batch", entryOutcome(g, e), "not-supported")
	}
	entryStatus(t, es[4], "200")
	if string(c.get(t, "Patient/p1").body) != before {
		t.Error("a write in a batch has changed the record")
	}
	missing := `{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Patient"}},{"request":{"method":"GET","url":"Patient/p1"}}]}`
	es = c.post(t, "", g.Face.Media, missing).entries(t, "batch-response", 2)
	entryStatus(t, es[0], "400")
	entryStatus(t, es[1], "200")
}

func batchURLs(t *testing.T, g *Target) {
	var called atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		called.Add(1)
		w.WriteHeader(http.StatusTeapot)
	}))
	defer elsewhere.Close()
	es := g.as(t, tenantA).batch(
		t, "batch", "Patient/p1", "/Patient/p1", g.Base+"/Patient/p1",
		elsewhere.URL+"/Patient/p1", "https://elsewhere.example/Patient/p1", "//elsewhere.example/Patient/p1",
		"../r4/Patient/p1", "file:///etc/passwd", "Patient/../../stores/store-a/fhir/Patient/p1",
	).entries(t, "batch-response", 9)
	for _, e := range es[:3] {
		entryStatus(t, e, "200")
		if str(e, "resource.id") != "p1" {
			t.Errorf("resource %v", at(e, "resource"))
		}
	}
	for i, e := range es[3:] {
		want := "4"
		if i < 2 {
			want = "400"
		}
		entryStatus(t, e, want)
		checkOutcome(t, "batch", entryOutcome(g, e))
	}
	if n := called.Load(); n != 0 {
		t.Errorf("a foreign host was called %d times", n)
	}
}

func batchNoToken(t *testing.T, g *Target) {
	g.bearing("").batch(t, "batch", g.six()...).challenged(t, "")
	g.bearing("x.y.z").batch(t, "batch", g.six()...).challenged(t, "invalid_token")
}

func batchBad(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	for name, body := range map[string]string{
		"no type":        `{"resourceType":"Bundle","entry":[]}`,
		"collection":     bundleOf("collection", "Patient/p1"),
		"searchset":      bundleOf("searchset"),
		"not a Bundle":   `{"resourceType":"Patient","id":"p1"}`,
		"no resource":    `{"type":"batch"}`,
		"bad JSON":       `{"resourceType":"Bundle","type":"batch",`,
		"trailing comma": `{"resourceType":"Bundle","type":"batch",}`,
		"array":          `[]`,
		"empty":          ` `,
		"two values":     bundleOf("batch") + bundleOf("batch"),
		"deep":           `{"resourceType":"Bundle","type":"batch","entry":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`,
	} {
		r := c.post(t, "", g.Face.Media, body)
		if r.status != http.StatusBadRequest {
			t.Errorf("%s: status %d, want 400", name, r.status)
		}
		r.outcome(t)
	}
}

func batchEmpty(t *testing.T, g *Target) {
	for _, body := range []string{bundleOf("batch"), `{"resourceType":"Bundle","type":"batch","entry":[]}`} {
		r := g.as(t, tenantA).post(t, "", g.Face.Media, body)
		r.entries(t, "batch-response", 0)
		if strings.Contains(string(r.body), `"entry"`) {
			t.Errorf("an empty answer has an entry member: %s", r.body)
		}
	}
}

// A rawBundle keeps what is compared byte for byte.
type rawBundle struct {
	Total json.RawMessage   `json:"total"`
	Entry []json.RawMessage `json:"entry"`
}

func batchEqual(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	calls := g.appCalls("p1")
	r := c.batch(t, "batch", calls...).want(t, http.StatusOK)
	var answer struct {
		Entry []struct {
			Resource json.RawMessage `json:"resource"`
		} `json:"entry"`
	}
	if err := json.Unmarshal(r.body, &answer); err != nil || len(answer.Entry) != len(calls) {
		t.Fatalf("%d entries, %v", len(answer.Entry), err)
	}
	for i, call := range calls {
		single, nested := c.get(t, call).want(t, http.StatusOK).body, answer.Entry[i].Resource
		if i == 0 {
			if string(nested) != strings.TrimSuffix(string(single), "\n") {
				t.Errorf("%s: the entry's resource differs\n%.500s\n%.500s", call, single, nested)
			}
			continue
		}
		var one, other rawBundle
		if err := json.Unmarshal(single, &one); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(nested, &other); err != nil {
			t.Fatal(err)
		}
		if string(one.Total) != string(other.Total) || len(one.Entry) != len(other.Entry) {
			t.Errorf("%s: %s of %d and %s of %d", call, one.Total, len(one.Entry), other.Total, len(other.Entry))
			continue
		}
		for j := range one.Entry {
			if string(one.Entry[j]) != string(other.Entry[j]) {
				t.Errorf("%s: entry %d differs\n%.500s\n%.500s", call, j, one.Entry[j], other.Entry[j])
			}
		}
	}
}

func batchTransaction(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	for _, e := range c.batch(t, "transaction", "Patient/p1", "Coverage?patient=p1").entries(t, "transaction-response", 2) {
		entryStatus(t, e, "200")
	}
	r := c.batch(t, "transaction", "Patient/p1", "Patient/nobody")
	if r.status < 400 || r.status > 499 {
		t.Errorf("a failing entry gives the whole %d, want 4xx", r.status)
	}
	r.outcome(t)
	r = c.batch(t, "transaction", "Patient/p1", "PUT Patient/p1")
	if r.status < 400 || r.status > 499 {
		t.Errorf("a write in a transaction gives %d, want 4xx", r.status)
	}
	r.outcome(t)
}

func batchMedia(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	body := bundleOf("batch", "Patient/p1")
	for _, typ := range []string{"application/json+fhir", "application/fhir+json", "application/json", "text/json", "application/fhir+json; charset=utf-8", ""} {
		for _, path := range []string{"", "/"} {
			h := http.Header{}
			if typ != "" {
				h.Set("Content-Type", typ)
			}
			e := c.do(t, http.MethodPost, path, body, h).media(t, g.Face.Media).entries(t, "batch-response", 1)[0]
			entryStatus(t, e, "200")
		}
	}
}
