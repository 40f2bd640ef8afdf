package mapping

import (
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// orphans takes out of a converted resource the contained ones that nothing
// leads to any more: what did has no place in the target, and a contained
// resource that nothing refers to is not allowed (dom-3). One that nothing
// referred to in the source stays as it was.
func (c *converter) orphans(source fhir.Node) {
	if source.Get("contained").Len() == 0 {
		return
	}
	before := locals(source)
	// One that goes may have been what led to another. No real record nests such
	// a chain deep.
	for range maxOrphanRounds {
		doc, err := fhir.Index(c.buf)
		if err != nil {
			return // what we wrote is JSON
		}
		list := doc.Root().Get("contained")
		now := locals(doc.Root())
		kept := make([]byte, 0, len(c.buf))
		kept = append(kept, '[')
		left := 0
		for r := range list.Children() {
			id := r.Get("id").String()
			if before[id] && !now[id] {
				left++
				c.lose(source.Get("resourceType").String()+".contained", "")
				continue
			}
			if len(kept) > 1 {
				kept = append(kept, ',')
			}
			kept = append(kept, r.Raw()...)
		}
		if left == 0 {
			return
		}
		edit := fhir.Remove(doc.Root(), list)
		if len(kept) > 1 {
			start, end := list.Extent()
			edit = fhir.Edit{Start: start, End: end, New: append(kept, ']')}
		}
		c.buf = fhir.Splice(c.buf, []fhir.Edit{edit})
	}
}

const maxOrphanRounds = 8

// locals are the ids of contained resources that references lead to.
func locals(n fhir.Node) map[string]bool {
	found := map[string]bool{}
	var walk func(fhir.Node)
	walk = func(n fhir.Node) {
		for v := range n.Children() {
			switch {
			case v.IsString():
				if name := v.NameBytes(); string(name) == "reference" || strings.HasPrefix(string(name), "value") {
					if id, ok := strings.CutPrefix(v.String(), "#"); ok {
						found[id] = true
					}
				}
			case v.IsObject() || v.IsArray():
				walk(v)
			}
		}
	}
	walk(n)
	return found
}
