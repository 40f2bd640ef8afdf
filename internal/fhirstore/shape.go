package fhirstore

import (
	"fmt"
	"slices"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// shape leaves out of matches what _elements and _summary do not ask for, and
// tags what is left as a part. _summary=true may give more than the elements
// that the specification marks; it leaves out the narrative.
func (s *Store) shape(q *search.Query, matches []fhir.Match) error {
	if len(q.Elements) == 0 && (q.Summary == "" || q.Summary == "count") {
		return nil
	}
	keep := func(name string) bool {
		if slices.Contains([]string{"resourceType", "id", "meta"}, name) {
			return true
		}
		switch {
		case len(q.Elements) > 0:
			return slices.Contains(q.Elements, name) || name[:1] == "_" && slices.Contains(q.Elements, name[1:])
		case q.Summary == "text":
			return name == "text"
		default:
			return name != "text"
		}
	}
	for i := range matches {
		body, err := subset(matches[i].Body, keep, s.subsetted())
		if err != nil {
			return fmt.Errorf("shape %s/%s: %w", matches[i].Type, matches[i].ID, err)
		}
		matches[i].Body = body
	}
	return nil
}

// subsetted is the tag of a resource that is not whole.
func (s *Store) subsetted() []byte {
	system := "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"
	if s.defs.Version() < fhir.R4 {
		system = "http://hl7.org/fhir/v3/ObservationValue"
	}
	return []byte(`{"system":"` + system + `","code":"SUBSETTED"}`)
}

// subset copies the members that are to be kept as they stand.
func subset(body []byte, keep func(string) bool, tag []byte) ([]byte, error) {
	doc, err := fhir.Index(body)
	if err != nil {
		return nil, err
	}
	out := []byte{'{'}
	for m := range doc.Root().Children() {
		name := m.Name()
		if name == "" || !keep(name) {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(append(out, '"'), name...), '"'), ':')
		if name == "meta" {
			out = append(out, tagged(m, tag)...)
		} else {
			out = append(out, m.Raw()...)
		}
	}
	return append(out, '}'), nil
}

// tagged is a meta element with one more tag.
func tagged(meta fhir.Node, tag []byte) []byte {
	from, _ := meta.Extent()
	edit := fhir.Set(meta, "tag", slices.Concat([]byte{'['}, tag, []byte{']'}))
	if tags := meta.Get("tag"); tags.IsArray() {
		edit = fhir.Prepend(tags, tag)
	}
	raw := slices.Clone(meta.Raw())
	edit.Start -= from
	edit.End -= from
	return fhir.Splice(raw, []fhir.Edit{edit})
}
