package reqtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A page is a searchset whose shape has been checked (REQ-SRCH-2).
type page struct {
	*reply
	total     int
	ids       []string
	resources []any
	self      string
	next      string
}

// searchset checks the whole shape of a searchset on the way.
func (r *reply) searchset(t *testing.T, g *Target) *page {
	t.Helper()
	r.want(t, http.StatusOK)
	p := readSet(t, g, r.call, r.json)
	p.reply = r
	return p
}

func readSet(t *testing.T, g *Target, call string, v any) *page {
	t.Helper()
	p := &page{total: -1}
	if str(v, "resourceType") != "Bundle" || str(v, "type") != "searchset" || str(v, "id") == "" {
		t.Fatalf("%s: not a searchset with an id: %.600v", call, v)
	}
	if n, ok := at(v, "total").(json.Number); ok {
		total, err := strconv.Atoi(n.String())
		if err != nil {
			t.Errorf("%s: total %s is not a whole number", call, n)
		}
		p.total = total
	} else {
		t.Errorf("%s: no total", call)
	}
	for _, l := range list(v, "link") {
		switch str(l, "relation") {
		case "self":
			p.self = str(l, "url")
		case "next":
			p.next = str(l, "url")
		}
	}
	if p.self == "" {
		t.Errorf("%s: no self link", call)
	}
	if entry := at(v, "entry"); entry != nil && len(list(v, "entry")) == 0 {
		t.Errorf("%s: an empty entry array", call)
	}
	for _, e := range list(v, "entry") {
		id, typ := str(e, "resource.id"), str(e, "resource.resourceType")
		if want := g.Base + "/" + typ + "/" + id; str(e, "fullUrl") != want {
			t.Errorf("%s: fullUrl %q, want %q", call, str(e, "fullUrl"), want)
		}
		switch str(e, "search.mode") {
		case "match":
			p.ids = append(p.ids, id)
			p.resources = append(p.resources, at(e, "resource"))
		case "include", "outcome":
		default:
			t.Errorf("%s: entry %s has search.mode %q", call, id, str(e, "search.mode"))
		}
	}
	return p
}

// has checks which resources came, in any order, and that the total says so.
func (p *page) has(t *testing.T, ids ...string) *page {
	t.Helper()
	got, want := slices.Sorted(slices.Values(p.ids)), slices.Sorted(slices.Values(ids))
	if !slices.Equal(got, want) {
		t.Errorf("%s: found %v, want %v", p.call, got, want)
	}
	if p.total != len(ids) {
		t.Errorf("%s: total %d, want %d", p.call, p.total, len(ids))
	}
	return p
}

// inOrder checks which resources came and their order.
func (p *page) inOrder(t *testing.T, ids ...string) *page {
	t.Helper()
	if !slices.Equal(p.ids, ids) {
		t.Errorf("%s: order %v, want %v", p.call, p.ids, ids)
	}
	return p
}

// by is the resource with that id, which must be on the page.
func (p *page) by(t *testing.T, id string) any {
	t.Helper()
	i := slices.Index(p.ids, id)
	if i < 0 {
		t.Fatalf("%s: %s is not among %v", p.call, id, p.ids)
	}
	return p.resources[i]
}

// search gets a searchset.
func (c *caller) search(t *testing.T, query string, header ...string) *page {
	t.Helper()
	return c.get(t, query, header...).searchset(t, c.target)
}

// batch posts entries of method and URL.
func (c *caller) batch(t *testing.T, kind string, requests ...string) *reply {
	t.Helper()
	return c.post(t, "", c.target.Face.Media, bundleOf(kind, requests...))
}

// bundleOf makes a Bundle; a request is a URL to get, or "METHOD URL".
func bundleOf(kind string, requests ...string) string {
	entries := []any{}
	for _, r := range requests {
		method, url, ok := strings.Cut(r, " ")
		if !ok {
			method, url = http.MethodGet, r
		}
		e := map[string]any{"request": map[string]any{"method": method, "url": url}}
		if method != http.MethodGet && method != http.MethodDelete {
			e["resource"] = map[string]any{"resourceType": "Patient", "id": "p1", "active": false}
		}
		entries = append(entries, e)
	}
	b := map[string]any{"resourceType": "Bundle", "type": kind}
	if len(entries) > 0 {
		b["entry"] = entries
	}
	raw, err := json.Marshal(b)
	if err != nil {
		panic(err) // strings and maps of them always encode
	}
	return string(raw)
}

// entries are the entries of a batch's answer; there must be n of them.
func (r *reply) entries(t *testing.T, kind string, n int) []any {
	t.Helper()
	r.want(t, http.StatusOK)
	if str(r.json, "resourceType") != "Bundle" || str(r.json, "type") != kind {
		t.Fatalf("%s: not a Bundle of type %s\n%.600s", r.call, kind, r.body)
	}
	es := list(r.json, "entry")
	if len(es) != n {
		t.Fatalf("%s: %d entries, want %d\n%.900s", r.call, len(es), n, r.body)
	}
	return es
}

// status checks an entry's status, which starts with the code.
func entryStatus(t *testing.T, e any, code string) {
	t.Helper()
	if got := str(e, "response.status"); !strings.HasPrefix(got, code) {
		t.Errorf("entry status %q, want %s: %.500v", got, code, e)
	}
}

// entryOutcome is the OperationOutcome of a failed entry, where the version has
// a place for it.
func entryOutcome(g *Target, e any) any {
	if g.Face.dstu2() {
		return at(e, "resource")
	}
	return at(e, "response.outcome")
}
