package reqtest

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func srchRequirements() []requirement {
	return []requirement{
		{ID: "SRCH-1", Text: "self is what was honoured; next is opaque and the tenant's own", Run: srchLinks},
		{ID: "SRCH-2", Text: "the shape of a searchset", Run: srchShape},
		{ID: "SRCH-3", Text: "an unknown patient has nothing", Run: srchUnknown},
		{ID: "SRCH-4", Text: "no patient: refused or capped", Run: srchNoPatient},
		{ID: "SRCH-5", Text: "a bad _count is refused", Run: srchCount},
		{ID: "SRCH-6", Text: "the total stays, whatever the page", Run: srchTotal},
	}
}

func query(t *testing.T, link string) url.Values {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatalf("the link %q: %v", link, err)
	}
	v, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		t.Fatalf("the query of %q: %v", link, err)
	}
	return v
}

func srchLinks(t *testing.T, g *Target) {
	a := g.as(t, tenantA)
	p := a.find(t, "family=lund&shoesize=44&_count=1&given=&birthdate=1957").searchset(t, g)
	names := slices.Sorted(maps.Keys(query(t, p.self)))
	if !slices.Equal(names, []string{"_count", "birthdate", "family"}) {
		t.Errorf("the self link names %v, want what was honoured: _count, birthdate, family", names)
	}
	again := a.search(t, p.self)
	if !slices.Equal(again.ids, p.ids) || again.total != p.total {
		t.Errorf("the self link finds %v of %d, the search %v of %d", again.ids, again.total, p.ids, p.total)
	}
	if p.next == "" {
		t.Fatal("no next link")
	}
	// What is sealed, and the port, may spell anything: what counts is the rest,
	// and what the sealed says to who decodes it.
	rest, sealed, _ := strings.Cut(strings.TrimPrefix(p.next, g.Base), "=")
	said, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		t.Errorf("the next link %q: %v", p.next, err)
	}
	for _, secret := range []string{"lund", "1957", "7001", "amina", tenantA} {
		if strings.Contains(strings.ToLower(rest+string(said)), secret) {
			t.Errorf("the next link %q contains %q", p.next, secret)
		}
	}
	if r := g.as(t, tenantB).get(t, p.next); r.status != http.StatusNotFound && r.status != http.StatusGone {
		t.Errorf("tenant B on A's link: status %d, want 404 or 410", r.status)
	} else {
		r.outcome(t)
	}
	g.bearing("").get(t, p.next).want(t, http.StatusUnauthorized)
	for _, bad := range []string{p.next + "x", p.next[:len(p.next)-3], strings.Replace(p.next, g.Base, g.Base+"/Observation", 1)} {
		if r := a.get(t, bad); r.status < 400 || r.status > 499 {
			t.Errorf("a forged link %q: status %d", bad, r.status)
		}
	}
	if other := a.search(t, p.next); len(other.ids) != 1 || other.ids[0] == p.ids[0] {
		t.Errorf("the next page is %v after %v", other.ids, p.ids)
	}
}

func srchShape(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	for _, call := range g.appCalls("p1")[1:] {
		p := c.search(t, call)
		if len(p.ids) == 0 || p.total < len(p.ids) {
			t.Errorf("%s: %d entries of %d", call, len(p.ids), p.total)
		}
		if !strings.HasPrefix(p.self, g.Base+"/") {
			t.Errorf("%s: self %q", call, p.self)
		}
		p.media(t, g.Face.Media)
	}
}

func srchUnknown(t *testing.T, g *Target) {
	for _, call := range g.appCalls("nobody")[1:] {
		p := g.as(t, tenantA).search(t, call).has(t)
		if at(p.json, "entry") != nil {
			t.Errorf("%s: an entry member", call)
		}
	}
}

func srchNoPatient(t *testing.T, g *Target) {
	for _, typ := range g.Face.Types()[1:7] {
		r := g.as(t, tenantA).get(t, typ)
		if r.status == http.StatusBadRequest {
			r.outcome(t, "too-costly")
			continue
		}
		r.searchset(t, g)
	}
}

func srchCount(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	for _, bad := range []string{"abc", "-1", "1.5", "1e2"} {
		c.get(t, "Patient?family=lund&_count="+bad).want(t, http.StatusBadRequest).outcome(t, "value")
		c.find(t, "family=lund&_count="+bad).want(t, http.StatusBadRequest)
	}
}

func srchTotal(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	for _, count := range []string{"1", "5", "7", "12", "100", "0"} {
		seen := map[string]bool{}
		p := c.search(t, "Condition?patient=p1&_count="+count)
		for pages := 0; ; pages++ {
			if p.total != 12 || pages > 15 {
				t.Fatalf("_count=%s: total %d on page %d, want 12", count, p.total, pages)
			}
			for _, id := range p.ids {
				if seen[id] {
					t.Errorf("_count=%s: %s comes twice", count, id)
				}
				seen[id] = true
			}
			if p.next == "" {
				break
			}
			p = c.search(t, p.next)
		}
		if count != "0" && len(seen) != 12 {
			t.Errorf("_count=%s: %d of 12 over all pages", count, len(seen))
		}
	}
}
