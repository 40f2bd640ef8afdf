package search

import (
	"slices"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Shape leaves out of matches what _elements and _summary do not ask for, and
// tags what is left as a part (https://hl7.org/fhir/R4/search.html#elements).
// _summary=true may give more than the elements that the specification marks;
// it leaves out the narrative. Includes stay whole.
func (q *Query) Shape(v fhir.Version, matches []fhir.Match) error {
	if len(q.Elements) == 0 && (q.Summary == "" || q.Summary == "count") {
		return nil
	}
	for i := range matches {
		if matches[i].Mode != fhir.ModeMatch {
			continue
		}
		body, err := q.part(v, matches[i].Body)
		if err != nil {
			return fhir.Errorf(fhir.KindUpstream, "structure", "The provider answered with something that is not FHIR JSON.").Because(err)
		}
		matches[i].Body = body
	}
	return nil
}

func (q *Query) keeps(name string) bool {
	switch {
	case name == "resourceType" || name == "id" || name == "meta":
		return true
	case len(q.Elements) > 0:
		return slices.Contains(q.Elements, name) || name[:1] == "_" && slices.Contains(q.Elements, name[1:])
	case q.Summary == "text":
		return name == "text"
	}
	return name != "text"
}

// part copies the members that are to be kept as they stand, and tags them.
func (q *Query) part(v fhir.Version, body []byte) ([]byte, error) {
	doc, err := fhir.Index(body)
	if err != nil {
		return nil, err
	}
	tag := subsetted(v)
	out, seenMeta := []byte{'{'}, false
	for m := range doc.Root().Children() {
		name := m.Name()
		if name == "" || !q.keeps(name) {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(append(out, '"'), name...), '"'), ':')
		seenMeta = seenMeta || name == "meta"
		if name == "meta" && m.IsObject() {
			out = append(out, tagged(m, tag)...)
		} else {
			out = append(out, m.Raw()...)
		}
	}
	if !seenMeta {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, `"meta":{"tag":[`...), tag...), "]}"...)
	}
	return append(out, '}'), nil
}

// subsetted is the tag of a resource that is not whole.
func subsetted(v fhir.Version) []byte {
	system := "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"
	if v < fhir.R4 {
		system = "http://hl7.org/fhir/v3/ObservationValue"
	}
	return []byte(`{"system":"` + system + `","code":"SUBSETTED"}`)
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
