package mappingtest_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"sort"
	"testing"

	"pgregory.net/rapid"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// A seed is a rich sample to change.
type seed struct {
	typ  string
	from fhir.Version
	body []byte
}

func seeds(tb testing.TB) []seed {
	tb.Helper()
	var list []seed
	for typ, s := range samples() {
		for _, v := range fhir.Versions() {
			if name := nameIn(v, typ); name != "" {
				list = append(list, seed{name, v, resource(tb, v, name, s.members(v))})
			}
		}
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].typ != list[j].typ {
			return list[i].typ < list[j].typ
		}
		return list[i].from < list[j].from
	})
	return list
}

// sound is what holds of any conversion, whatever is converted; it gives "" or
// what does not hold.
func sound(tb testing.TB, body []byte, from, to fhir.Version) string {
	source := bytes.Clone(body)
	out, rep, err := mapping.Resource(body, from, to, mapping.Options{})
	if !bytes.Equal(source, body) {
		return "the source was changed"
	}
	if again, _, _ := mapping.Resource(body, from, to, mapping.Options{}); !bytes.Equal(out, again) {
		return "another answer the second time: " + string(again)
	}
	if err != nil {
		if k := fhir.AsError(err).Kind; k != fhir.KindUpstream && k != fhir.KindUnknownType {
			return "an error of another kind: " + err.Error()
		}
		if out != nil || rep.Withheld != "" {
			return "an error and an answer"
		}
		return ""
	}
	for _, l := range rep.Losses {
		if !ruleShape.MatchString(l.Rule) || !pathShape.MatchString(l.Path) {
			return "a loss " + l.Rule + " at " + l.Path
		}
	}
	if rep.Withheld != "" {
		if out != nil {
			return "withheld with a body"
		}
		return ""
	}
	if err := fhir.Validate(out, fhir.MaxDepth); err != nil {
		return "no valid JSON: " + err.Error() + "\n" + string(out)
	}
	before, err := fhir.Parse(body)
	if err != nil {
		return "a body that is no JSON was converted"
	}
	after, err := fhir.Parse(out)
	if err != nil {
		return err.Error()
	}
	b, a := before.Root(), after.Root()
	if id := b.Get("id"); id.IsString() && id.String() != "" && !a.Get("id").Is(id.String()) {
		return "the id was " + id.String() + " and is " + string(a.Get("id").Raw())
	}
	if name, ok := mapping.Type(b.Get("resourceType").String(), from, to); !ok || !a.Get("resourceType").Is(name) {
		return "the type " + string(a.Get("resourceType").Raw())
	}
	if n := foreignNumber(tb, body, out); n != "" {
		return n + " is a number that was not in the source"
	}
	return ""
}

// TestMutants: whatever is wrong with a resource, a conversion of it has an
// answer, and the answer is JSON.
func TestMutants(t *testing.T) {
	t.Parallel()
	all := seeds(t)
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.SampledFrom(all).Draw(rt, "sample")
		v, err := decode(s.body)
		if err != nil {
			rt.Fatal(err)
		}
		for range rapid.IntRange(1, 6).Draw(rt, "changes") {
			v = mutate(rt, v, 0)
		}
		body, err := json.Marshal(v)
		if err != nil {
			rt.Fatal(err)
		}
		if fhir.Validate(body, fhir.MaxDepth) != nil {
			rt.Skip("too deep")
		}
		for _, to := range fhir.Versions() {
			if to == s.from {
				continue
			}
			if wrong := sound(t, body, s.from, to); wrong != "" {
				rt.Fatalf("%s: %s\nof %s", arrow(s.from, to), wrong, body)
			}
		}
	})
}

var oddities = []any{
	nil, true, false, "", "x", "2020-13-45", "#", "Patient/1", "http://", json.Number("0"), json.Number("-1.50"), json.Number("1e400"),
	map[string]any{},
	[]any{},
	[]any{nil},
	[]any{[]any{map[string]any{"x": nil}}},
	map[string]any{"value": "1"},
	map[string]any{"coding": "x"},
	map[string]any{"reference": json.Number("5")},
	map[string]any{"coding": []any{nil, "x"}},
	map[string]any{"resourceType": "Patient", "contained": []any{map[string]any{"resourceType": "Observation"}}},
	map[string]any{"url": "http://hl7.org/fhir/3.0/StructureDefinition/extension-Encounter.status", "valueCode": []any{}},
	"snow ☃ \u0000 \U0001f600",
}

// mutate changes one thing somewhere in a value.
func mutate(rt *rapid.T, v any, depth int) any {
	if depth < 8 && rapid.IntRange(0, 9).Draw(rt, "go on") > 1 {
		switch c := v.(type) {
		case map[string]any:
			if len(c) > 0 {
				return mutateMember(rt, c, depth)
			}
		case []any:
			if len(c) > 0 {
				i := rapid.IntRange(0, len(c)-1).Draw(rt, "element")
				out := slices.Clone(c) // an oddity is there for the next too
				switch rapid.IntRange(0, 5).Draw(rt, "how") {
				case 0:
					return slices.Delete(out, i, i+1)
				case 1:
					return append(out, c[i])
				}
				out[i] = mutate(rt, c[i], depth+1)
				return out
			}
		}
	}
	switch rapid.IntRange(0, 3).Draw(rt, "what") {
	case 0:
		return []any{v, v}
	case 1:
		return map[string]any{"x": v}
	}
	return rapid.SampledFrom(oddities).Draw(rt, "oddity")
}

var newNames = []string{"status", "extension", "contained", "code", "modifierExtension", "value", "class", "x"}

func mutateMember(rt *rapid.T, c map[string]any, depth int) any {
	names := slices.Sorted(maps.Keys(c))
	name := rapid.SampledFrom(names).Draw(rt, "member")
	out := maps.Clone(c)
	switch rapid.IntRange(0, 9).Draw(rt, "how") {
	case 0:
		delete(out, name)
	case 1: // under another name
		delete(out, name)
		out[rapid.SampledFrom(append(slices.Clone(newNames), "_"+name)).Draw(rt, "name")] = c[name]
	case 2: // in the place of another
		out[rapid.SampledFrom(names).Draw(rt, "place")] = c[name]
	default:
		out[name] = mutate(rt, c[name], depth+1)
	}
	return out
}

// FuzzResource: any object, from any version to any other.
func FuzzResource(f *testing.F) {
	for _, s := range seeds(f) {
		for _, to := range fhir.Versions() { // some as if of another version than they are
			f.Add(s.body, byte(s.from-d2), byte(to-d2))
			f.Add(s.body, byte(to-d2), byte(s.from-d2))
		}
	}
	f.Add([]byte(`{"resourceType":"Patient","name":[{"family":["a",null],"_family":[null,{"id":"x"}]}]}`), byte(0), byte(2))
	f.Add([]byte(`{"resourceType":"Observation","related":[{"type":"has-member"},{"type":"sequel-to","target":"x"}]}`), byte(0), byte(2))
	f.Add([]byte(`{"resourceType":"Coverage","dependent":"1\",\"network\":\"\u0000"}`), byte(0), byte(1))
	f.Add([]byte(`{"resourceType":"MedicationOrder","prescriber":"x"}`), byte(0), byte(1))
	f.Add([]byte(`{"resourceType":"Observation","_status":{"extension":[{"url":"u"}]},"component":[{"valueInteger":1}]}`), byte(2), byte(0))
	f.Fuzz(func(t *testing.T, body []byte, from, to byte) {
		v, w := fhir.Version(from%3)+d2, fhir.Version(to%3)+d2
		if v == w || fhir.Validate(body, fhir.MaxDepth) != nil {
			t.Skip()
		}
		if wrong := sound(t, body, v, w); wrong != "" {
			t.Errorf("%s: %s", arrow(v, w), wrong)
		}
	})
}
