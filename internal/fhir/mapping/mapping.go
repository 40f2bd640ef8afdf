package mapping

import (
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Options are what a conversion cannot know from the resource.
type Options struct {
	Zone *time.Location // where a time becomes a date (L-15); nil is UTC
}

// A Loss is something of the source that the target does not say in an element
// of its own (it may travel in an extension).
type Loss struct {
	Rule string // "L-8" of version-mapping; "" for an element the target version lacks
	Path string // in the source's names, without indices: "Observation.category"; "?" for a member no version has
}

// A Report tells what a conversion could not carry over. It holds names of
// elements and never their content.
type Report struct {
	// Withheld says why the target version cannot say the resource truthfully
	// (§1.7); there is then no body.
	Withheld string
	Losses   []Loss // at most a thousand
}

// Type is the name a resource type has in another version; ok is false when
// it has none there.
func Type(typ string, from, to fhir.Version) (name string, ok bool) {
	if !from.Valid() || !to.Valid() {
		return "", false
	}
	name, ok = typeNames().of(typ, from, to)
	return name, ok
}

// Types lists the resource types that can be converted from and to version v,
// by the names they have there, in the order of the tables.
func Types(v fhir.Version) []string {
	var names []string
	for _, t := range tables() {
		if t.resource && v.Valid() && t.names[v-1] != "" {
			names = append(names, t.names[v-1])
		}
	}
	return names
}

// Resource converts one resource. body is one valid JSON object
// ([fhir.Validate]); it is not changed. With from == to it is returned as it
// is. An error is a *fhir.Error: KindUpstream for what is no resource,
// KindUnknownType for a type that has no table or does not exist in the target
// version.
func Resource(body []byte, from, to fhir.Version, opt Options) ([]byte, Report, error) {
	return Held(&fhir.Resource{Body: body}, from, to, opt)
}

// Held is [Resource] for the body of res, with the index that it may hold.
func Held(res *fhir.Resource, from, to fhir.Version, opt Options) ([]byte, Report, error) {
	body := res.Body
	if !from.Valid() || !to.Valid() {
		return nil, Report{}, fhir.Errorf(fhir.KindInternal, "exception", "A conversion was asked for between unknown FHIR versions.")
	}
	if from == to {
		return body, Report{}, nil
	}
	doc, err := res.Index()
	if err != nil {
		return nil, Report{}, notAResource().Because(err)
	}
	root := doc.Root()
	typ := root.Get("resourceType")
	if !root.IsObject() || !typ.IsString() {
		return nil, Report{}, notAResource()
	}
	d := directionOf(from, to)
	if d.resources[typ.String()] == nil {
		return nil, Report{}, fhir.Errorf(fhir.KindUnknownType, "not-supported",
			"This resource type cannot be converted from %s to %s. Ask a face of the version the provider speaks.", from, to)
	}
	c := converter{d: d, opt: opt, buf: make([]byte, 0, len(body)+len(body)/4+64)}
	c.resource(root)
	if c.rep.Withheld != "" {
		return nil, c.rep, nil
	}
	c.orphans(root)
	return c.buf, c.rep, nil
}

func notAResource() *fhir.Error {
	return fhir.Errorf(fhir.KindUpstream, "structure", "The provider answered with something that is no FHIR resource: want a JSON object with resourceType.")
}
