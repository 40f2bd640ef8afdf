package search_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// model is what a query means, written as plainly as can be over decoded keys:
// the matcher on encoded bytes must agree with it.
type model struct{ q *search.Query }

func (m model) match(id string, modified int64, keys search.Keys) bool {
	for i := range m.q.Criteria {
		if !m.holds(&m.q.Criteria[i], id, modified, keys) {
			return false
		}
	}
	return true
}

func (m model) holds(c *search.Criterion, id string, modified int64, keys search.Keys) bool {
	var own search.Keys
	for _, k := range keys {
		if k.Param == c.Param.Number() && c.Param.Number() != 0 {
			own = append(own, k)
		}
	}
	if c.Param.Number() == 0 {
		own = search.Keys{{Type: search.Token, Code: id}}
		if c.Param.Type == search.Date {
			own = search.Keys{{Type: search.Date, Lo: modified, Hi: modified + 1}}
		}
	}
	if c.Missing != nil {
		present := slices.ContainsFunc(own, func(k search.Key) bool { return k.Type != search.Reference || m.leads(c.Param, k.Exact) })
		return present != *c.Missing
	}
	for i := range c.Values {
		if m.value(c, &c.Values[i], own) {
			return !c.Not
		}
	}
	return c.Not
}

func (m model) leads(p *search.Param, ref string) bool {
	typ, _, local := strings.Cut(ref, "/")
	return len(p.Targets) == 0 || !local || strings.Contains(ref, ":") || slices.Contains(p.Targets, typ)
}

func (m model) value(c *search.Criterion, v *search.Value, keys search.Keys) bool {
	some := func(f func(search.Key) bool) bool { return slices.ContainsFunc(keys, f) }
	switch {
	case c.Text:
		return some(func(k search.Key) bool { return k.Type == search.Label && strings.Contains(k.Folded, v.Words[0]) })
	case c.Exact:
		return some(func(k search.Key) bool { return k.Exact == v.Text })
	case c.Identifier:
		return some(func(k search.Key) bool { return k.Type == search.Identifier && m.token(v, k) })
	case c.Param.Type == search.String:
		for _, w := range v.Words {
			if !some(func(k search.Key) bool { return strings.Contains(k.Folded, w) }) {
				return false
			}
		}
		return true
	}
	return some(func(k search.Key) bool { return k.Type == c.Param.Type && m.is(k.Type, v, k) })
}

func (m model) token(v *search.Value, k search.Key) bool {
	if v.Code != "" && v.Code != k.Code {
		return false
	}
	hl7 := strings.HasPrefix(v.System, "/") || strings.HasPrefix(v.System, "urn:ietf:")
	return v.AnySystem || v.System == k.System || k.Implicit && hl7
}

func (m model) is(t search.Type, v *search.Value, k search.Key) bool {
	switch t {
	case search.Token:
		return m.token(v, k)
	case search.Reference:
		relative := strings.Count(k.Exact, "/") == 1 && !strings.Contains(k.Exact, ":") && k.Exact[0] != '/'
		return slices.Contains(v.Refs, k.Exact) || v.Suffix != "" && relative && strings.HasSuffix(k.Exact, v.Suffix)
	case search.URI:
		return k.Exact == v.Text
	case search.Date:
		lo, hi := v.Lo, v.Hi
		if k.Floating {
			lo, hi = v.LocalLo, v.LocalHi
		}
		return dateHolds(v.Prefix, k.Lo, k.Hi, lo, hi)
	case search.Number, search.Quantity:
		unit := v.Code == "" || v.Code == k.Code || v.System == "" && v.Code == k.Unit
		return unit && (v.System == "" || v.System == k.System) && numberHolds(v, k.Low, k.High)
	case search.Composite:
		for i := range v.Components {
			if !slices.ContainsFunc(k.Group, func(part search.Key) bool {
				return int(part.Param) == i && part.Type == v.Kinds[i] && m.is(part.Type, &v.Components[i], part)
			}) {
				return false
			}
		}
		return true
	case search.String:
		return strings.Contains(k.Folded, v.Words[0])
	case search.Label, search.Identifier:
	}
	return false
}

func dateHolds(p search.Prefix, lo, hi, from, to int64) bool {
	contained := from <= lo && hi <= to
	return map[search.Prefix]bool{
		search.Eq: contained, search.Ne: !contained, search.Gt: hi > to, search.Lt: lo < from,
		search.Ge: contained || hi > to, search.Le: contained || lo < from, search.Sa: lo >= to, search.Eb: hi <= from,
	}[p]
}

func numberHolds(v *search.Value, low, high float64) bool {
	contained := v.Low <= low && high < v.High || low == v.Number && high == v.Number
	return map[search.Prefix]bool{
		search.Eq: contained, search.Ne: !contained, search.Gt: high > v.Number, search.Lt: low < v.Number,
		search.Ge: high >= v.Number, search.Le: low <= v.Number, search.Sa: low > v.Number, search.Eb: high < v.Number,
	}[v.Prefix]
}

var (
	somePrefix = rapid.SampledFrom([]string{"", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"})
	someDate   = rapid.SampledFrom([]string{"2009", "2009-06", "2009-06-01", "2009-06-01T10:00", "2009-06-01T10:00:00Z", "2009-06-01T10:00:00.25+02:00", "2010-01-01T00:00:00Z", "1957-06-05"})
	someCode   = rapid.SampledFrom([]string{"a", "A", "b", "vital-signs", "8480-6"})
	someSystem = rapid.SampledFrom([]string{"http://loinc.org", "http://hl7.org/fhir/observation-category", "http://terminology.hl7.org/CodeSystem/observation-category", "urn:x"})
	someNumber = rapid.SampledFrom([]string{"1", "1.0", "1.05", "-3", "72", "72.0", "7e1", "0"})
	someWord   = rapid.SampledFrom([]string{"Amina", "amina", "Zoë", "zoe", "O'Brien", "Lund", "lu", "陳", "陳大文", "a b", "ß"})
	someRef    = rapid.SampledFrom([]string{"Patient/p1", "Group/p1", "p1", "http://x/Patient/p1", "urn:uuid:1", "Device/p1", "x/p1"})
)

func quoted(s string) string { return `"` + s + `"` }

// someResource draws an Observation with values for every kind of parameter.
func someResource(t *rapid.T) string {
	var members []string
	add := func(name string, value func() string) {
		if rapid.Bool().Draw(t, name) {
			members = append(members, quoted(name)+":"+value())
		}
	}
	coding := func() string {
		s := `{"code":` + quoted(someCode.Draw(t, "code"))
		if rapid.Bool().Draw(t, "has system") {
			s += `,"system":` + quoted(someSystem.Draw(t, "system"))
		}
		return s + `,"display":` + quoted(someWord.Draw(t, "display")) + `}`
	}
	concept := func() string { return `{"coding":[` + coding() + `,` + coding() + `]}` }
	quantity := func() string {
		return `{"value":` + someNumber.Draw(t, "number") + `,"unit":"u","system":"http://unitsofmeasure.org","code":` + quoted(someCode.Draw(t, "unit")) + `}`
	}
	add("status", func() string { return quoted(someCode.Draw(t, "status")) })
	add("category", func() string { return `[` + concept() + `]` })
	add("code", concept)
	add("subject", func() string {
		return `{"reference":` + quoted(someRef.Draw(t, "ref")) + `,"identifier":{"value":"a","system":"urn:x"}}`
	})
	add("effectiveDateTime", func() string { return quoted(someDate.Draw(t, "date")) })
	add("effectivePeriod", func() string {
		return `{"start":` + quoted(someDate.Draw(t, "start")) + `,"end":` + quoted(someDate.Draw(t, "end")) + `}`
	})
	add("valueQuantity", quantity)
	add("valueString", func() string { return quoted(someWord.Draw(t, "string")) })
	add("component", func() string {
		return `[{"code":` + concept() + `,"valueQuantity":` + quantity() + `},{"code":` + concept() + `,"valueQuantity":` + quantity() + `}]`
	})
	add("meta", func() string { return `{"profile":["http://x/y|1"],"tag":[` + coding() + `]}` })
	return `{` + strings.Join(members, ",") + `}`
}

func someQuery(t *rapid.T) []fhir.Param {
	token := func() string {
		return rapid.SampledFrom([]string{"", someSystem.Draw(t, "query system") + "|", "|"}).Draw(t, "scope") + someCode.Draw(t, "query code")
	}
	date := func() string { return somePrefix.Draw(t, "prefix") + someDate.Draw(t, "query date") }
	quantity := func() string {
		return somePrefix.Draw(t, "prefix") + someNumber.Draw(t, "query number") + rapid.SampledFrom([]string{"", "||u", "|http://unitsofmeasure.org|a", "|urn:x|"}).Draw(t, "query unit")
	}
	word := func() string { return someWord.Draw(t, "word") }
	ref := func() string { return someRef.Draw(t, "query ref") }
	kinds := map[string]func() string{
		"status": token, "category": token, "category:not": token, "code": token, "code:text": word, "_tag": token, "subject": ref, "patient": ref, "subject:Group": ref, "subject:identifier": token,
		"date": date, "value-quantity": quantity, "value-string": word, "value-string:exact": word, "value-string:contains": word,
		"code-value-quantity": func() string { return token() + "$" + quantity() },
		"_profile": func() string {
			return rapid.SampledFrom([]string{"http://x/y", "http://x/y|1", "http://x"}).Draw(t, "profile")
		},
		"combo-value-quantity":   quantity,
		"code-value-string":      func() string { return token() + "$" + word() },
		"patient:missing":        func() string { return rapid.SampledFrom([]string{"true", "false"}).Draw(t, "missing") },
		"component-code:missing": func() string { return "true" },
		"_id":                    func() string { return rapid.SampledFrom([]string{"o", "O", "x,o"}).Draw(t, "id") },
		"_lastUpdated":           date,
	}
	names := make([]string, 0, len(kinds))
	for n := range kinds {
		names = append(names, n)
	}
	slices.Sort(names)
	var out []fhir.Param
	for range rapid.IntRange(1, 4).Draw(t, "criteria") {
		name := rapid.SampledFrom(names).Draw(t, "name")
		value := kinds[name]()
		if !strings.HasSuffix(name, ":missing") && rapid.Bool().Draw(t, "or") {
			value += "," + kinds[name]()
		}
		out = append(out, fhir.Param{Name: name, Value: value})
	}
	return out
}

func TestMatcherAgreesWithModel(t *testing.T) {
	d := search.Load(fhir.R4)
	hits := 0
	rapid.Check(t, func(t *rapid.T) {
		body, params := someResource(t), someQuery(t)
		doc, err := fhir.Parse([]byte(body))
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		q, err := d.Parse("Observation", params, search.Options{})
		if err != nil {
			t.Fatalf("%v: %v", params, err)
		}
		keys := d.Keys("Observation", doc)
		enc := keys.Append(nil)
		back, err := search.DecodeKeys(enc)
		if diff := cmp.Diff(keys, back); diff != "" || err != nil {
			t.Fatalf("%v, -want +got:\n%s", err, diff)
		}
		want := model{q}.match("o", 1.2e15, keys)
		if got := q.Match("o", 1.2e15, enc); got != want {
			t.Fatalf("%v on %s: %v, want %v", params, body, got, want)
		}
		each := true
		for i := range q.Criteria {
			each = each && q.Criteria[i].Match("o", 1.2e15, enc)
		}
		if each != want {
			t.Fatalf("%v on %s criterion by criterion: %v, want %v", params, body, each, want)
		}
		if want {
			hits++
		}
	})
	if hits == 0 {
		t.Error("nothing ever matched")
	}
}

// A string is found by a part exactly when its folded form has the folded
// part, and then it has all of the part's grams.
func TestContainsIsContains(t *testing.T) {
	d := search.Load(fhir.R4)
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`[ A-Za-zÀ-ÿŁłßÆ'’陳大文한글がカ\x{0300}-\x{0303}-]{1,12}`).Draw(t, "value")
		part := rapid.StringMatching(`[A-Za-zÀ-ÿŁłßÆ'’陳大文한글がカ]{1,3}`).Draw(t, "part")
		if rapid.Bool().Draw(t, "a real part") {
			runes := []rune(value)
			i := rapid.IntRange(0, len(runes)-1).Draw(t, "from")
			part = string(runes[i:rapid.IntRange(i+1, len(runes)).Draw(t, "to")])
		}
		folded, needle := search.Fold(value), search.Fold(part)
		if search.Fold(folded) != folded {
			t.Fatalf("Fold(%q) = %q is not stable: %q", value, folded, search.Fold(folded))
		}
		if folded == "" || needle == "" {
			return
		}
		q, err := d.Parse("Patient", []fhir.Param{{Name: "family", Value: part}}, search.Options{})
		if err != nil || len(q.Criteria) != 1 {
			t.Fatalf("family=%q: %v, %d criteria", part, err, len(q.Criteria))
		}
		number := d.Param("Patient", "family").Number()
		enc := search.Keys{{Param: number, Type: search.String, Exact: value, Folded: folded}}.Append(nil)
		want := strings.Contains(folded, needle)
		if got := q.Match("", 0, enc); got != want {
			t.Fatalf("%q finds %q: %v, want %v", part, value, got, want)
		}
		if !want {
			return
		}
		grams := search.Grams(folded)
		for _, g := range search.Grams(needle) {
			if !slices.Contains(grams, g) {
				t.Fatalf("%q has %q but not its gram %q", folded, needle, g)
			}
		}
	})
}

// Sort bytes order as the values do, in both directions, missing last.
func TestSortAgreesWithValues(t *testing.T) {
	d := search.Load(fhir.R4)
	number := d.Param("RiskAssessment", "probability").Number()
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Float64().Draw(t, "a"), rapid.Float64().Draw(t, "b")
		one := func(f float64) []byte {
			return search.Keys{{Param: number, Type: search.Number, Low: f, High: f}}.Append(nil)
		}
		for name, sign := range map[string]int{"probability": 1, "-probability": -1} {
			q, err := d.Parse("RiskAssessment", []fhir.Param{{Name: "_sort", Value: name}}, search.Options{})
			if err != nil {
				t.Fatal(err)
			}
			want := 0
			if a < b {
				want = -sign
			} else if a > b {
				want = sign
			}
			if got := bytes.Compare(q.AppendSort(nil, "", 0, one(a)), q.AppendSort(nil, "", 0, one(b))); got != want {
				t.Fatalf("%s of %v and %v: %d, want %d", name, a, b, got, want)
			}
			if bytes.Compare(q.AppendSort(nil, "", 0, one(a)), q.AppendSort(nil, "", 0, nil)) >= 0 {
				t.Fatalf("%s: missing is not last", name)
			}
		}
	})
}
