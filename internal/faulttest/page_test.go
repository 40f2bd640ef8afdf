package faulttest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/await"
)

// pages follows a search's links to the end. It gives the ids of all matches
// and the paths of the links, which are ours.
func (g *gateway) pages(t *testing.T, face, token, search string) (ids, links []string) {
	t.Helper()
	for path := search; ; {
		a := g.ask(t, face, token, path)
		if a.status != http.StatusOK {
			t.Errorf("%s on %s: status %d: %.300s", path, face, a.status, a.body)
			return ids, links
		}
		ids = append(ids, a.ids()...)
		next := a.link("next")
		if next == "" {
			return ids, links
		}
		rest, ok := strings.CutPrefix(next, g.origin+"/fhir/"+face+"/")
		if !ok || len(links) > 20 {
			t.Errorf("next link %q of page %d", next, len(links)+1)
			return ids, links
		}
		links, path = append(links, rest), rest
	}
}

// link is a searchset's link of a relation.
func (a *answer) link(relation string) string {
	m, _ := a.json.(map[string]any)
	list, _ := m["link"].([]any)
	for _, l := range list {
		if textAt(l, "relation") == relation {
			return textAt(l, "url")
		}
	}
	return ""
}

// TestPages holds that a search can be read page by page to its end, on every
// face, from a provider of every version; and that its links are good for who
// got them only.
func TestPages(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	w := g.ward(t)
	for _, version := range faces {
		t.Run(version, func(t *testing.T) {
			g.store(t, version, version, "tenant-a")
			g.add(t, version, w.base(version))
			_, token := g.tenant(t, version)
			_, other := g.tenant(t, version)
			for _, face := range faces {
				for search, want := range map[string]int{
					"Observation?patient=p4&category=vital-signs&_count=3":             0,
					"Observation?patient=p1&category=vital-signs&_sort=-date&_count=3": 5,
					"Observation?patient=p4&_count=3":                                  6,
					"Condition?patient=p4&_count=3":                                    0,
					"Patient?_sort=family&_count=3":                                    5,
				} {
					whole := g.ask(t, face, token, strings.Replace(search, "_count=3", "_count=100", 1))
					ids, links := g.pages(t, face, token, search)
					if !slices.Equal(ids, whole.ids()) || want > 0 && len(ids) != want {
						t.Errorf("%s on %s: pages of %v, in one %v", search, face, ids, whole.ids())
					}
					if len(whole.ids()) > 3 && len(links) != (len(whole.ids())-1)/3 {
						t.Errorf("%s on %s: %d links for %d matches", search, face, len(links), len(ids))
					}
					g.judgeLinks(t, w, face, token, other, links)
				}
			}
		})
	}
}

// judgeLinks holds what a page is like, and to whom its link means nothing.
func (g *gateway) judgeLinks(t *testing.T, w *ward, face, token, other string, links []string) {
	t.Helper()
	for _, l := range links {
		a := g.ask(t, face, token, l)
		if strings.Contains(string(a.body), strings.TrimPrefix(w.URL, "http://")) || strings.Contains(string(a.body), "/stores/") {
			t.Errorf("a page shows the provider's address: %.400s", a.body)
		}
		m, _ := a.json.(map[string]any)
		entries, _ := m["entry"].([]any)
		for _, e := range entries {
			if textAt(e, "resource.resourceType") == "Observation" && face == "dstu2" != (textAt(e, "resource.category.coding.0.code") != "") {
				t.Errorf("%s on a later page of face %s: category of another version", textAt(e, "resource.id"), face)
			}
		}
		if a := g.ask(t, face, other, l); a.status != http.StatusGone && a.status != http.StatusNotFound {
			t.Errorf("another tenant's link: status %d", a.status)
		}
		for _, f := range faces {
			if a := g.ask(t, f, token, l); f != face && a.status != http.StatusGone && a.status != http.StatusNotFound {
				t.Errorf("another face's link: status %d", a.status)
			}
		}
		name, sealed, _ := strings.Cut(l, "=")
		spoilt := []byte(sealed)
		spoilt[len(spoilt)/2] ^= 1
		if a := g.ask(t, face, token, name+"="+url.QueryEscape(string(spoilt))); a.status != http.StatusGone && a.status != http.StatusNotFound {
			t.Errorf("a link that was changed: status %d", a.status)
		}
	}
}

// TestPagesOfAnotherServer holds that a link never goes on in the records of
// another server than it began in.
func TestPagesOfAnotherServer(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	w := g.ward(t)
	g.store(t, "one", "r4", "tenant-a")
	g.store(t, "two", "r4", "tenant-b")
	g.add(t, "clinic", w.base("one"))
	tenant, token := g.tenant(t, "clinic")
	begin := map[string]string{}
	for _, search := range []string{"Patient?_count=1", "Patient?_sort=family&_count=1", "Observation?patient=p1&_count=3"} {
		if begin[search] = strings.TrimPrefix(g.ask(t, "r4", token, search).link("next"), g.origin+"/fhir/r4/"); begin[search] == "" {
			t.Fatalf("%s has no second page", search)
		}
	}
	judge := func(what string) {
		t.Helper()
		for search, link := range begin {
			a := g.ask(t, "r4", token, link)
			if a.status != http.StatusGone && (a.status != http.StatusOK || strings.Contains(string(a.body), markB)) {
				t.Errorf("%s: page two of %s: status %d: %.200s", what, search, a.status, a.body)
			}
		}
	}
	g.run(t, "provider", "set", "clinic", "--search", "get")
	judge("after another setting")
	for search, link := range begin {
		if a := g.ask(t, "r4", token, link); a.status != http.StatusOK {
			t.Errorf("after another setting, page two of %s: %d %s", search, a.status, a.body)
		}
	}
	g.run(t, "provider", "set", "clinic", "--url", w.base("two"))
	await.That(t, "the new address", func() bool { return g.ask(t, "r4", token, "Patient/p9").status == http.StatusOK })
	judge("after another address")
	g.run(t, "tenant", "unmap", tenant)
	await.That(t, "the tenant is gone", func() bool { return g.ask(t, "r4", token, "Patient/p9").status == http.StatusForbidden })
	g.run(t, "provider", "remove", "clinic")
	g.add(t, "clinic", w.base("two"))
	g.run(t, "tenant", "map", tenant, "clinic")
	await.That(t, "the tenant is back", func() bool { return g.ask(t, "r4", token, "Patient/p9").status == http.StatusOK })
	judge("after another provider of that name")
}
