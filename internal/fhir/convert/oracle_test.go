package convert_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

var allTypes = []string{
	"AllergyIntolerance", "Condition", "Coverage", "Encounter", "Location", "Medication", "MedicationRequest", "MedicationStatement", "Observation",
	"Organization", "Patient", "Practitioner", "PractitionerRole",
}

// A converted is a record of the provider as the face sees it.
type converted struct {
	match fhir.Match
	keys  search.Keys
	coded []byte
}

// An oracle knows the right answer to every search of a face: it looks at all
// of the provider's records, converted one by one, with the face's own engine.
type oracle struct {
	t       testing.TB
	face    fhir.Version
	defs    *search.Definitions
	records map[string][]converted // by the face's type
}

func newOracle(t testing.TB, s fhir.Server, face fhir.Version) *oracle {
	t.Helper()
	o := &oracle{t: t, face: face, defs: search.Load(face), records: map[string][]converted{}}
	from := s.Version()
	roles := map[string][][]byte{}
	for _, name := range allTypes {
		for _, m := range o.all(s, name, from) {
			if name == "Practitioner" && from == fhir.DSTU2 {
				made, err := mapping.Roles(m.Body, face)
				o.must(err)
				for i, body := range made {
					o.add(fhir.Match{Resource: fhir.Resource{Type: "PractitionerRole", ID: fmt.Sprintf("%s-r%d", m.ID, i+1), Modified: m.Modified, Body: body}})
				}
			}
			if name == "PractitionerRole" && face == fhir.DSTU2 {
				doc, err := fhir.Index(m.Body)
				o.must(err)
				whose := strings.TrimPrefix(doc.Root().Get("practitioner").Get("reference").String(), "Practitioner/")
				roles[whose] = append(roles[whose], m.Body)
				continue
			}
			body, report, err := mapping.Resource(m.Body, from, face, mapping.Options{Zone: zone})
			o.must(err)
			if report.Withheld != "" {
				continue
			}
			m.Type, _ = mapping.Type(m.Type, from, face)
			m.Body = body
			o.add(m)
		}
	}
	for i := range o.records["Practitioner"] {
		if r := &o.records["Practitioner"][i]; len(roles[r.match.ID]) > 0 {
			body, err := mapping.Fold(r.match.Body, roles[r.match.ID], from)
			o.must(err)
			r.match.Body = body
			o.index(r)
		}
	}
	return o
}

func (o *oracle) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// all reads every record of a type, named as R4 does.
func (o *oracle) all(s fhir.Server, name string, v fhir.Version) []fhir.Match {
	typ, ok := mapping.Type(name, fhir.R4, v)
	if !ok {
		return nil
	}
	req := &fhir.Request{Interaction: fhir.Search, Type: typ}
	var out []fhir.Match
	for {
		resp, err := s.Do(o.t.Context(), req)
		o.must(err)
		out = append(out, resp.Matches...)
		if req.Cursor = resp.Next; req.Cursor == nil {
			return out
		}
	}
}

func (o *oracle) add(m fhir.Match) {
	r := converted{match: m}
	o.index(&r)
	o.records[m.Type] = append(o.records[m.Type], r)
}

func (o *oracle) index(r *converted) {
	doc, err := fhir.Parse(r.match.Body)
	o.must(err)
	r.keys = o.defs.Keys(r.match.Type, doc)
	r.coded = r.keys.Append(nil)
}

// found is the right answer in the form of [found].
func (o *oracle) found(search_ string) string {
	typ, query, _ := strings.Cut(search_, "?")
	q, err := o.defs.Parse(typ, params(query), search.Options{Zone: zone, Now: time.Now()})
	o.must(err)
	type hit struct {
		sort []byte
		id   string
	}
	var hits []hit
	for _, r := range o.records[typ] {
		if modified := r.match.Modified.UnixMicro(); q.Match(r.match.ID, modified, r.coded) {
			hits = append(hits, hit{q.AppendSort(nil, r.match.ID, modified, r.coded), r.match.ID})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int {
		if c := bytes.Compare(a.sort, b.sort); c != 0 {
			return c
		}
		return cmp.Compare(a.id, b.id)
	})
	var ids []string
	for _, h := range hits {
		ids = append(ids, h.id)
	}
	return strings.Join(ids, " ") + " of " + strconv.Itoa(len(ids))
}

// valuesAsked is how many values of a parameter are asked for, at most.
const valuesAsked = 4

// searches are questions on a parameter: by the values that the records have,
// by the values that they had at the provider, and with every modifier.
func (o *oracle) searches(typ string, def *search.Param, more []string) []string {
	values := slices.Clone(more)
	for _, r := range o.records[typ] {
		for _, k := range r.keys {
			if k.Param == def.Number() {
				values = append(values, valuesOf(k)...)
			}
		}
		if def.Name == "_id" {
			values = append(values, r.match.ID)
		}
	}
	slices.Sort(values)
	values = slices.Compact(values)
	if stride := len(values)/valuesAsked + 1; stride > 1 {
		var some []string
		for i := 0; i < len(values); i += stride {
			some = append(some, values[i])
		}
		values = some
	}
	var out []string
	ask := func(modifier, value string) { out = append(out, typ+"?"+def.Name+modifier+"="+value) }
	for _, v := range values {
		ask("", v)
		switch def.Type {
		case search.String:
			ask(":exact", v)
			ask(":contains", v)
		case search.Token:
			ask(":not", v)
			if def.Number() != 0 && !strings.Contains(v, "|") {
				ask(":text", v)
			}
		case search.Date:
			for _, prefix := range []string{"ge", "le", "gt", "lt", "ne", "sa", "eb"} {
				ask("", prefix+v)
			}
		case search.Quantity:
			ask("", "ge"+v)
			ask("", "lt"+v)
		case search.Reference, search.Number, search.URI, search.Composite, search.Label, search.Identifier:
		}
	}
	if len(values) > 1 {
		ask("", values[0]+","+values[len(values)-1])
	}
	if def.Type != search.Composite {
		ask(":missing", "true")
		ask(":missing", "false")
		out = append(out, typ+"?_sort="+def.Name, typ+"?_sort=-"+def.Name)
	}
	return out
}

func valuesOf(k search.Key) []string {
	switch k.Type {
	case search.String:
		words := strings.Fields(k.Exact)
		return append(words, k.Exact, words[0][:1])
	case search.Token:
		out := []string{k.Code}
		if strings.HasPrefix(k.System, "/") {
			out = append(out, "http://hl7.org/fhir"+k.System+"|"+k.Code, "http://terminology.hl7.org/CodeSystem"+k.System+"|"+k.Code, "|"+k.Code)
		} else if k.System != "" {
			out = append(out, k.System+"|"+k.Code, k.System+"|")
		}
		return out
	case search.Reference:
		_, id, _ := strings.Cut(k.Exact, "/")
		return []string{k.Exact, id}
	case search.Date:
		at := time.UnixMicro(k.At).UTC()
		return []string{at.Format("2006"), at.Format(time.DateOnly), at.Format(time.RFC3339)}
	case search.Quantity, search.Number:
		if math.IsInf(k.Low, 0) {
			return nil
		}
		return []string{strconv.FormatFloat(k.Low, 'g', -1, 64)}
	case search.URI:
		return []string{k.Exact}
	case search.Composite:
		var parts []string
		for _, part := range k.Group {
			if values := valuesOf(part); len(parts) == int(part.Param) && len(values) > 0 {
				parts = append(parts, values[0])
			}
		}
		if len(parts) < 2 {
			return nil
		}
		return []string{strings.Join(parts, "$")}
	case search.Label, search.Identifier:
	}
	return nil
}

// withoutMistakes leaves out encounters that were entered in error, as the link
// adapt does with all that was.
func withoutMistakes(s fhir.Server) fhir.Server {
	return fhir.ServerFunc{V: s.Version(), F: func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
		asked := *req
		if req.Interaction == fhir.Search && req.Type == "Encounter" {
			asked.Params = append(slices.Clip(req.Params), fhir.Param{Name: "status:not", Value: "entered-in-error"})
		}
		return s.Do(ctx, &asked)
	}}
}

// Every parameter of every type of a face, by every value there is in the
// records and with every modifier, and every order, finds over every provider
// exactly what the converted records say.
func TestSearchesFindWhatTheConvertedRecordsSay(t *testing.T) {
	if testing.Short() {
		t.Skip("asks some ten thousand searches")
	}
	servers := map[fhir.Version]fhir.Server{}
	own := map[fhir.Version]*oracle{}
	for _, v := range fhir.Versions() {
		servers[v] = withoutMistakes(store(t, v, fixtures(v), odd(v)))
		own[v] = newOracle(t, servers[v], v)
	}
	eachPair(t, func(t *testing.T, face, provider fhir.Version) {
		right, other := newOracle(t, servers[provider], face), link(servers[provider], face, nil)
		asked := 0
		for _, name := range allTypes {
			typ, ok := mapping.Type(name, fhir.R4, face)
			if !ok {
				continue
			}
			for _, def := range right.defs.Params(typ) {
				var more []string // what the records of a provider of the face's own version have
				for _, r := range own[face].records[typ] {
					for _, k := range r.keys {
						if k.Param == def.Number() {
							more = append(more, valuesOf(k)...)
						}
					}
				}
				for _, s := range right.searches(typ, def, more) {
					if asked++; asked%3 == 0 { // the order and the total hold over pages too
						s += "&_count=2"
					}
					if want, got := right.found(s), found(t, other, s); got != want {
						t.Errorf("%s\ngot  %s\nwant %s", s, got, want)
					}
				}
			}
		}
		t.Logf("%d searches", asked)
	})
}
