package adapt

import (
	"slices"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// currentLocationFirst puts an Encounter's active location at index 0, where
// the app looks, then the latest (version-mapping §7, REQ-ENC-3).
func currentLocationFirst(body []byte) []byte {
	doc, err := fhir.Index(body)
	if err != nil {
		return body
	}
	locations := doc.Root().Get("location")
	if locations.Len() < 2 {
		return body
	}
	list := slices.Collect(locations.Children())
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b fhir.Node) int {
		if x, y := a.Get("status").Is("active"), b.Get("status").Is("active"); x != y {
			if x {
				return -1
			}
			return 1
		}
		return begins(b.Get("period").Get("start")).Compare(begins(a.Get("period").Get("start")))
	})
	if slices.Equal(list, sorted) {
		return body
	}
	raw := []byte{'['}
	for i, l := range sorted {
		if i > 0 {
			raw = append(raw, ',')
		}
		raw = append(raw, l.Raw()...)
	}
	s, e := locations.Extent()
	return fhir.Splice(body, []fhir.Edit{{Start: s, End: e, New: append(raw, ']')}})
}

// begins is when a date or dateTime begins, in UTC where it has no zone; the
// zero Time for none.
func begins(n fhir.Node) time.Time {
	for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, n.String()); err == nil {
			return t
		}
	}
	return time.Time{}
}

// coveragePlan gives a DSTU2 Coverage the plan that the app shows.
func coveragePlan(p *pass) {
	if p.root.Get("plan").Says() {
		return
	}
	for _, s := range []string{p.root.Get("group").String(), p.root.Get("issuer").Get("display").String()} {
		if s != "" {
			p.set(p.root, fhir.Member{Name: "plan", Raw: text(s)})
			return
		}
	}
}

// coverageGrouping fills the displays of STU3's grouping from its codes.
func coverageGrouping(p *pass) {
	g := p.root.Get("grouping").First()
	if !g.IsObject() {
		return
	}
	var add []fhir.Member
	for _, name := range []string{"group", "plan"} {
		if v := g.Get(name).String(); v != "" && !g.Get(name+"Display").Says() {
			add = append(add, fhir.Member{Name: name + "Display", Raw: text(v)})
		}
	}
	p.set(g, add...)
}

// coverageClass fills the name of R4's group and plan classes from the value.
func coverageClass(p *pass) {
	for c := range p.root.Get("class").Values() {
		v := c.Get("value").String()
		if v == "" || c.Get("name").Says() {
			continue
		}
		for t := range nodes(c, "type.coding") {
			if t.Get("code").Is("group") || t.Get("code").Is("plan") {
				p.set(c, fhir.Member{Name: "name", Raw: text(v)})
				break
			}
		}
	}
}
