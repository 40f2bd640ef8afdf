package mappingtest_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// A route is a way there and home.
type route struct{ from, over fhir.Version }

func (r route) String() string {
	return arrow(r.from, r.over) + "→" + strings.ToUpper(r.from.String())
}

var routes = []route{{d2, s3}, {s3, r4}, {d2, r4}}

// lossy are what a rich sample may lose on the way there and home, by route
// and type, with the reason.
var lossy = map[route]map[string]map[string]string{
	{d2, s3}: {
		"MedicationOrder": {"substitution.type": "L-28: STU3 has a boolean", "dateEnded": "L-26: the end of what is over"},
		"Coverage":        {"network.system": "§11: the value alone", "plan": "§11: a plan by its payor or group"},
		"Conformance": {
			"rest[0].resource[0].interaction": "§14: validate", "rest[0].resource[0].searchParam[0]": "§14: target and chain",
			"fhirVersion": "the version spoken", "status": "§14: mandatory above",
		},
		"AllergyIntolerance": {"status": "§8: none is unconfirmed"},
		"OperationOutcome":   {"issue[0].location": "§13: only in DSTU2"},
	},
	{s3, r4}: {
		"MedicationRequest":   {"status": "§9: none is unknown"},
		"Encounter":           {"class": "§7: none is UNK"},
		"Coverage":            {"status": "§11: none is active"},
		"OperationOutcome":    {"issue[0].location": "§13: only in DSTU2"},
		"CapabilityStatement": {"fhirVersion": "the version spoken"},
	},
	{d2, r4}: {
		"MedicationOrder": {"dateEnded": "L-26: the end of what is over"},
		"Coverage":        {"network.system": "§11: the value alone", "bin.system": "§11: the value alone", "plan": "§11: a plan by its payor or group"},
		"Conformance": {
			"rest[0].resource[0].interaction": "§14: validate", "rest[0].resource[0].searchParam[0]": "§14: target and chain",
			"fhirVersion": "the version spoken", "status": "§14: mandatory above",
		},
		"AllergyIntolerance": {"status": "§8: none is unconfirmed"},
		"OperationOutcome":   {"issue[0].location": "§13: only in DSTU2"},
	},
}

// TestRoundTrips: what goes up and comes home is what went, save for listed
// losses; the text of decimals too.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	eachSample(t, func(t *testing.T, typ string, v fhir.Version, body []byte) {
		for _, r := range routes {
			name := nameIn(v, typ)
			if r.from != v || nameIn(r.over, typ) == "" {
				continue
			}
			t.Run(r.String(), func(t *testing.T) {
				for _, d := range differences(t, body, thereAndHome(t, r, body)) {
					if !forgiven(lossy[r][name], d.path) {
						t.Errorf("%s", d)
					}
				}
			})
		}
	})
}

// Of a part of a rich sample, as many a record is, the same is true.
func TestRoundTripsOfParts(t *testing.T) {
	t.Parallel()
	eachSample(t, func(t *testing.T, typ string, v fhir.Version, body []byte) {
		for _, r := range routes {
			name := nameIn(v, typ)
			if r.from != v || nameIn(r.over, typ) == "" {
				continue
			}
			t.Run(r.String(), func(t *testing.T) {
				rapid.Check(t, func(rt *rapid.T) {
					part := thinned(rt, t, name, v, body)
					for _, d := range differences(t, part, thereAndHome(rt, r, part)) {
						if !forgiven(lossy[r][name], d.path) {
							rt.Fatalf("%s\nof %s", d, part)
						}
					}
				})
			})
		}
	})
}

// thinned leaves members out that the version does not demand.
func thinned(rt *rapid.T, t *testing.T, name string, v fhir.Version, body []byte) []byte {
	var kept []string
	keep := object(t, demanded[v][name])
	for _, m := range object(t, strings.TrimSuffix(strings.TrimPrefix(string(body), "{"), "}")) {
		needed := m.Name == "resourceType" || m.Name == "id" || strings.HasPrefix(m.Name, "medication") ||
			slices.ContainsFunc(keep, func(k fhir.Member) bool { return k.Name == m.Name })
		if needed || rapid.Bool().Draw(rt, m.Name) {
			kept = append(kept, fmt.Sprintf("%q:%s", m.Name, m.Raw))
		}
	}
	return []byte("{" + strings.Join(kept, ",") + "}")
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func thereAndHome(t fataler, r route, body []byte) []byte {
	t.Helper()
	there, rep, err := mapping.Resource(body, r.from, r.over, mapping.Options{})
	if err != nil || rep.Withheld != "" {
		t.Fatalf("there: %v, withheld: %q", err, rep.Withheld)
	}
	home, rep, err := mapping.Resource(there, r.over, r.from, mapping.Options{})
	if err != nil || rep.Withheld != "" {
		t.Fatalf("home: %v, withheld: %q\n%s", err, rep.Withheld, there)
	}
	return home
}

func forgiven(list map[string]string, path string) bool {
	for prefix := range list {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

// A difference is a place where two documents differ; "" is none.
type difference struct{ path, want, got string }

func (d difference) String() string { return fmt.Sprintf("%s: want %s, got %s", d.path, d.want, d.got) }

func differences(tb testing.TB, want, got []byte) []difference {
	tb.Helper()
	w, err := decode(want)
	if err != nil {
		tb.Fatal(err)
	}
	g, err := decode(got)
	if err != nil {
		tb.Fatal(err)
	}
	return differ("", w, g)
}

func differ(path string, want, got any) []difference {
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			return differMembers(path, w, g)
		}
	case []any:
		if g, ok := got.([]any); ok {
			var list []difference
			for i := range max(len(w), len(g)) {
				at := fmt.Sprintf("%s[%d]", path, i)
				switch {
				case i >= len(w):
					list = append(list, difference{at, "", text(g[i])})
				case i >= len(g):
					list = append(list, difference{at, text(w[i]), ""})
				default:
					list = append(list, differ(at, w[i], g[i])...)
				}
			}
			return list
		}
	default:
		if want == got {
			return nil
		}
	}
	return []difference{{path, text(want), text(got)}}
}

func differMembers(path string, want, got map[string]any) []difference {
	var names []string
	for name := range want {
		names = append(names, name)
	}
	for name := range got {
		if _, both := want[name]; !both {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	var list []difference
	for _, name := range names {
		w, inWant := want[name]
		g, inGot := got[name]
		at := strings.TrimPrefix(path+"."+name, ".")
		switch {
		case !inWant:
			list = append(list, difference{at, "", text(g)})
		case !inGot:
			list = append(list, difference{at, text(w), ""})
		default:
			list = append(list, differ(at, w, g)...)
		}
	}
	return list
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
