package search_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

func extract(t *testing.T, v fhir.Version, typ, body string) search.Keys {
	t.Helper()
	doc, err := fhir.Parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return search.Load(v).Keys(typ, doc)
}

func TestKeys(t *testing.T) {
	for _, tc := range []struct {
		name       string
		v          fhir.Version
		typ, param string
		body       string
		want       search.Keys
	}{
		{"a name gives all of its parts", fhir.R4, "Patient", "name", `{"name":[{"use":"official","text":"T","family":"F","given":["G","H"],"prefix":["Dr."]}]}`, search.Keys{
			{Type: search.String, Exact: "T", Folded: "t"}, {Type: search.String, Exact: "F", Folded: "f"}, {Type: search.String, Exact: "G", Folded: "g"}, {Type: search.String, Exact: "H", Folded: "h"}, {Type: search.String, Exact: "Dr.", Folded: "dr."},
		}},
		{"an escaped string is decoded", fhir.R4, "Patient", "family", `{"name":[{"family":"O\u0027Bri\u00ebn\\"}]}`, search.Keys{{Type: search.String, Exact: `O'Briën\`, Folded: `o'brien\`}}},
		{"a concept gives codings and what people read", fhir.R4, "Condition", "code", `{"code":{"coding":[{"system":"http://snomed.info/sct","code":"X1","display":"Flu"},{"code":"y"}],"text":"FLU"}}`, search.Keys{
			{Type: search.Token, System: "http://snomed.info/sct", Code: "x1"}, {Type: search.Label, Folded: "flu"}, {Type: search.Token, Code: "y"},
		}},
		{"a coding alone where a concept belongs", fhir.R4, "Condition", "code", `{"code":{"system":"urn:x","code":"y"}}`, search.Keys{{Type: search.Token, System: "urn:x", Code: "y"}}},
		{"HL7's systems have one name", fhir.R4, "Encounter", "class", `{"class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"IMP"}}`, search.Keys{{Type: search.Token, System: "/v3-ActCode", Code: "imp"}}},
		{"a contact point", fhir.R4, "Patient", "phone", `{"telecom":[{"system":"phone","value":"555 1"},{"system":"email","value":"a@b"}]}`, search.Keys{{Type: search.Token, System: "phone", Code: "555 1"}}},
		{"a boolean", fhir.R4, "Patient", "active", `{"active":true}`, search.Keys{{Type: search.Token, Code: "true", Implicit: true}}},
		{"a date of death is a death", fhir.R4, "Patient", "deceased", `{"deceasedDateTime":"2019"}`, search.Keys{{Type: search.Token, Code: "true", Implicit: true}}},
		{"no word of death is life", fhir.DSTU2, "Patient", "deceased", `{}`, search.Keys{{Type: search.Token, Code: "false", Implicit: true}}},
		{"a reference without its version", fhir.R4, "Observation", "subject", `{"subject":{"reference":"Patient/p1/_history/2"}}`, search.Keys{{Type: search.Reference, Exact: "Patient/p1"}}},
		{"a contained resource is not to be found", fhir.R4, "Observation", "subject", `{"subject":{"reference":"#p"}}`, nil},
		{"a reference by identifier", fhir.R4, "Observation", "subject", `{"subject":{"identifier":{"system":"urn:x","value":"A1"}}}`, search.Keys{{Type: search.Identifier, System: "urn:x", Code: "a1"}}},
		{"a canonical with and without its version", fhir.R4, "Observation", "_profile", `{"meta":{"profile":["http://x/y|1"]}}`, search.Keys{{Type: search.URI, Exact: "http://x/y|1"}, {Type: search.URI, Exact: "http://x/y"}}},
		{"a day has no zone", fhir.R4, "Patient", "birthdate", `{"birthDate":"1970-01-02"}`, search.Keys{{Type: search.Date, Lo: 86400e6, Hi: 2 * 86400e6, At: 86400e6, Floating: true}}},
		{"an instant", fhir.R4, "Observation", "date", `{"effectiveInstant":"1970-01-01T01:00:00.5+01:00"}`, search.Keys{{Type: search.Date, Lo: 5e5, Hi: 6e5, At: 5e5}}},
		{"a period that began", fhir.R4, "Encounter", "date", `{"period":{"start":"1970-01-01T00:00:00Z"}}`, search.Keys{{Type: search.Date, Hi: search.Future}}},
		{"a period that ended", fhir.R4, "Encounter", "date", `{"period":{"end":"1970-01-01T00:00:00Z"}}`, search.Keys{{Type: search.Date, Lo: search.Past, Hi: 1e6}}},
		{"a vendor's date is understood", fhir.R4, "Encounter", "date", `{"period":{"start":"01/01/1970 12:00:00 AM","end":"nonsense"}}`, search.Keys{{Type: search.Date, Hi: search.Future}}},
		{"events of a timing", fhir.R4, "Observation", "date", `{"effectiveTiming":{"event":["1970-01-01T00:00:00Z"],"repeat":{"boundsPeriod":{"end":"1970-01-01T00:00:00Z"}}}}`, search.Keys{{Type: search.Date, Hi: 1e6}, {Type: search.Date, Lo: search.Past, Hi: 1e6}}},
		{"a quantity", fhir.R4, "Observation", "value-quantity", `{"valueQuantity":{"value":72.0,"unit":"beats","system":"http://unitsofmeasure.org","code":"/min"}}`, search.Keys{{Type: search.Quantity, Low: 72, High: 72, System: "http://unitsofmeasure.org", Code: "/min", Unit: "beats"}}},
		{"a quantity in quotes", fhir.R4, "Observation", "value-quantity", `{"valueQuantity":{"value":"72"}}`, search.Keys{{Type: search.Quantity, Low: 72, High: 72}}},
		{"less than", fhir.R4, "Observation", "value-quantity", `{"valueQuantity":{"value":5,"comparator":"<"}}`, search.Keys{{Type: search.Quantity, Low: math.Inf(-1), High: 5}}},
		{"a range", fhir.R4, "Condition", "onset-age", `{"onsetRange":{"low":{"value":5,"unit":"a"}}}`, search.Keys{{Type: search.Quantity, Low: 5, High: math.Inf(1), Unit: "a"}}},
		{"money of R4", fhir.R4, "Invoice", "totalnet", `{"totalNet":{"value":1.5,"currency":"EUR"}}`, search.Keys{{Type: search.Quantity, Low: 1.5, High: 1.5, System: "urn:iso:std:iso:4217", Code: "EUR"}}},
		{"a composite", fhir.R4, "Observation", "code-value-quantity", `{"code":{"coding":[{"code":"a"},{"code":"b"}],"text":"x"},"valueQuantity":{"value":1}}`, search.Keys{{Type: search.Composite, Group: search.Keys{
			{Type: search.Token, Code: "a"}, {Type: search.Token, Code: "b"}, {Param: 1, Type: search.Quantity, Low: 1, High: 1},
		}}}},
		{"a composite that lacks a part", fhir.R4, "Observation", "code-value-quantity", `{"code":{"coding":[{"code":"a"}]}}`, nil},
		{"an extension", fhir.R4, "Patient", "mothersMaidenName", `{"extension":[{"url":"http://x","valueString":"no"},{"url":"http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName","valueString":"Yes"}]}`, search.Keys{{Type: search.String, Exact: "Yes", Folded: "yes"}}},
		{"comments of DSTU2 are no harm", fhir.DSTU2, "Patient", "family", `{"fhir_comments":["x"],"name":[{"fhir_comments":["y"],"family":["A"],"_family":[{"fhir_comments":["z"]}]}]}`, search.Keys{{Type: search.String, Exact: "A", Folded: "a"}}},
		{"nulls in arrays are passed over", fhir.DSTU2, "Patient", "given", `{"name":[{"given":[null,"A",null]},null]}`, search.Keys{{Type: search.String, Exact: "A", Folded: "a"}}},
		{"nonsense gives nothing", fhir.R4, "Patient", "family", `{"name":[{"family":{"x":[1]}},7,"s",[[{"family":3}]]]}`, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			def := search.Load(tc.v).Param(tc.typ, tc.param)
			if def == nil {
				t.Fatalf("no parameter %s", tc.param)
			}
			var got search.Keys
			for _, k := range extract(t, tc.v, tc.typ, tc.body) {
				if k.Param == def.Number() {
					k.Param = 0
					got = append(got, k)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestKeysOfUnknownType(t *testing.T) {
	if k := extract(t, fhir.R4, "Nonsense", `{"a":1}`); k != nil {
		t.Errorf("got %v", k)
	}
	if k := search.Load(fhir.R4).Keys("Patient", nil); k != nil {
		t.Errorf("got %v", k)
	}
}

func TestKeysRoundTrip(t *testing.T) {
	for _, v := range fhir.Versions() {
		for id, body := range people(v) {
			want := extract(t, v, "Patient", body)
			got, err := search.DecodeKeys(want.Append(nil))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%v %s, -want +got:\n%s", v, id, diff)
			}
		}
	}
	long := search.Keys{{Param: 300, Type: search.String, Exact: strings.Repeat("X", 300), Folded: strings.Repeat("x", 20000)}}
	got, err := search.DecodeKeys(long.Append(nil))
	if diff := cmp.Diff(long, got); diff != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
}

func TestDecodeKeysRefuses(t *testing.T) {
	whole := extract(t, fhir.R4, "Observation", bp).Append(nil)
	if _, err := search.DecodeKeys(nil); err == nil {
		t.Error("nothing was read")
	}
	if _, err := search.DecodeKeys([]byte{99}); err == nil {
		t.Error("another form was read")
	}
	if _, err := search.DecodeKeys(whole[:len(whole)-1]); err == nil {
		t.Error("truncated keys were read")
	}
}

// Parameters that read the same values share their keys; those that do not,
// do not.
func TestNumbers(t *testing.T) {
	for _, v := range fhir.Versions() {
		d := search.Load(v)
		number := func(name string) uint16 { return d.Param("Observation", name).Number() }
		if number("patient") != number("subject") {
			t.Errorf("%v: patient and subject have keys of their own", v)
		}
		if number("status") == number("code") || number("_id") != 0 || number("_lastUpdated") != 0 || number("_tag") == 0 {
			t.Errorf("%v: numbers are mixed up", v)
		}
		for _, typ := range d.Types() {
			last := ""
			for _, p := range d.Params(typ) {
				if p.Name <= last {
					t.Errorf("%v %s: %s is not in order", v, typ, p.Name)
				}
				last = p.Name
			}
		}
	}
	if a, b := search.Load(fhir.DSTU2).IndexVersion(), search.Load(fhir.R4).IndexVersion(); a == b || len(a) < 8 {
		t.Errorf("index versions %q and %q", a, b)
	}
}
