package mappingtest_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/definitiontest"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// validators are the official definitions of each version; without them the
// test is skipped.
func validators(tb testing.TB) map[fhir.Version]*definitiontest.Validator {
	tb.Helper()
	vals, err := definitions()
	if err != nil {
		tb.Fatal(err)
	}
	if vals == nil {
		tb.Skip("SHARED DATA ABSENT: no FHIR definitions, nothing was validated (set WARDBRIDGE_SHARED)")
	}
	return vals
}

// TestFullSamples: a rich sample of each type and version is valid in every
// version that it is converted to.
func TestFullSamples(t *testing.T) {
	t.Parallel()
	vals := validators(t)
	eachSample(t, func(t *testing.T, typ string, v fhir.Version, body []byte) {
		for _, p := range vals[v].Check(body) {
			t.Errorf("the test's own sample: %v", p)
		}
		for _, to := range others[v] {
			out := converted(t, typ, v, to, body)
			for _, p := range vals[to].Check(out) {
				t.Errorf("%s: %v\n%s", arrow(v, to), p, out)
			}
		}
	})
}

// converted converts a sample that is not to be withheld; nil where the type
// does not exist.
func converted(t *testing.T, typ string, from, to fhir.Version, body []byte) []byte {
	t.Helper()
	name := nameIn(to, typ)
	got, ok := mapping.Type(nameIn(from, typ), from, to)
	if ok != (name != "") || ok && got != name {
		t.Errorf("Type(%s, %s): want %q, got %q, %v", nameIn(from, typ), arrow(from, to), name, got, ok)
	}
	if name == "" {
		if _, _, err := mapping.Resource(body, from, to, mapping.Options{}); err == nil || fhir.AsError(err).Kind != fhir.KindUnknownType {
			t.Errorf("%s: want an unknown type, got %v", arrow(from, to), err)
		}
		t.Skip("there is no such type in " + to.String())
	}
	out, rep := convert(t, body, from, to, mapping.Options{})
	if rep.Withheld != "" {
		t.Fatalf("%s: withheld: %s", arrow(from, to), rep.Withheld)
	}
	wants{"resourceType": quote(name), "id": `"x1"`}.check(t, out)
	return out
}

// TestMinimalSamples: what each version demands, and no more, is valid in the
// others.
func TestMinimalSamples(t *testing.T) {
	t.Parallel()
	vals := validators(t)
	for _, v := range fhir.Versions() {
		for typ := range samples() {
			name := nameIn(v, typ)
			if name == "" {
				continue
			}
			t.Run(v.String()+"/"+name, func(t *testing.T) {
				body := resource(t, v, name, ``)
				for _, p := range vals[v].Check(body) {
					t.Errorf("the test's own sample: %v", p)
				}
				for _, to := range others[v] {
					out := converted(t, typ, v, to, body)
					for _, p := range vals[to].Check(out) {
						if !forgivable(p) {
							t.Errorf("%s: %v\n%s", arrow(v, to), p, out)
						}
					}
				}
			})
		}
	}
}

// unanswerable are elements that a target demands and a source need not have,
// where any value would be invented.
var unanswerable = map[string]string{
	"Coverage.beneficiary":        "a DSTU2 or STU3 Coverage may be without any person",
	"MedicationRequest.subject":   "a DSTU2 MedicationOrder may be without a patient",
	"Conformance.rest.resource":   "a server of STU3 may say nothing of types",
	"Conformance.messaging.event": "a server of STU3 may say nothing of events",
}

// strangers are code systems that some versions do not have, nor another in
// their place: they pass through (§1.9, §2).
var strangers = []string{
	"http://hl7.org/fhir/patient-contact-relationship", "http://hl7.org/fhir/coverage-selfpay", "http://terminology.hl7.org/CodeSystem/subscriber-relationship",
}

var indices = regexp.MustCompile(`\[\d+\]`)

// forgivable tells the faults of an answer that no conversion can avoid.
func forgivable(p definitiontest.Problem) bool {
	if p.Rule == definitiontest.RuleRequired {
		return unanswerable[indices.ReplaceAllString(p.Path, "")] != ""
	}
	if p.Rule != definitiontest.RuleCoding {
		return false
	}
	if strings.Contains(p.Text, "has no code") { // each version has an edition of HL7's v2 and v3 code systems of its own
		return strings.Contains(p.Text, "/v3") || strings.Contains(p.Text, "/v2")
	}
	return slices.ContainsFunc(strangers, func(uri string) bool { return strings.HasSuffix(p.Text, uri) })
}

// TestSameVersion: nothing is done to a resource of the version wanted, even
// where it could not be converted.
func TestSameVersion(t *testing.T) {
	t.Parallel()
	for _, v := range fhir.Versions() {
		in := []byte(`{ "resourceType" : "Patient","modifierExtension":[{"url":"urn:x","valueBoolean":true}], "made-up":1.0}`)
		out, rep, err := mapping.Resource(in, v, v, mapping.Options{})
		if err != nil || rep.Withheld != "" || string(out) != string(in) {
			t.Errorf("%s: want the same bytes, got %q, %v, %v", v, rep.Withheld, err, string(out))
		}
	}
}

// TestTypes: the types of the mapping, by the names of each version (§4–§14).
func TestTypes(t *testing.T) {
	t.Parallel()
	for _, v := range fhir.Versions() {
		types := mapping.Types(v)
		for typ := range samples() {
			name := nameIn(v, typ)
			if name != "" && !slices.Contains(types, name) {
				t.Errorf("%s: no %s in %v", v, name, types)
			}
		}
		for _, typ := range types {
			if got, ok := mapping.Type(typ, v, v); !ok || got != typ {
				t.Errorf("Type(%s, %s): got %q, %v", typ, arrow(v, v), got, ok)
			}
			for _, to := range others[v] {
				there, ok := mapping.Type(typ, v, to)
				if !ok {
					continue
				}
				if back, ok := mapping.Type(there, to, v); !ok || back != typ {
					t.Errorf("Type(%s, %s): got %q, %v on the way back", typ, arrow(v, to), back, ok)
				}
			}
		}
	}
	for _, c := range []struct {
		typ      string
		from, to fhir.Version
	}{
		{"MedicationOrder", s3, r4},
		{"MedicationRequest", d2, s3},
		{"CapabilityStatement", d2, r4},
		{"Conformance", r4, d2},
		{"PractitionerRole", r4, d2},
		{"Nonsense", s3, r4},
		{"", d2, s3},
	} {
		if got, ok := mapping.Type(c.typ, c.from, c.to); ok {
			t.Errorf("Type(%s, %s): want none, got %q", c.typ, arrow(c.from, c.to), got)
		}
	}
}
