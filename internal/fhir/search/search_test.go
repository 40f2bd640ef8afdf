package search_test

import (
	"errors"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

func keysOf(t *testing.T, v fhir.Version, typ, body string) []byte {
	t.Helper()
	doc, err := fhir.Parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return search.Load(v).Keys(typ, doc).Append(nil)
}

func parse(v fhir.Version, typ, query string) (*search.Query, error) {
	var params []fhir.Param
	for _, kv := range splitAll(query, '&') {
		name, value, _ := cut(kv)
		params = append(params, fhir.Param{Name: name, Value: value})
	}
	return search.Load(v).Parse(typ, params, search.Options{})
}

func splitAll(s string, sep byte) (out []string) {
	start := 0
	for i := range len(s) {
		if s[i] == sep {
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

func cut(s string) (name, value string, ok bool) {
	for i := range len(s) {
		if s[i] == '=' {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

const p1 = `{"resourceType":"Patient","id":"p1","identifier":[{"type":{"coding":[{"system":"http://hl7.org/fhir/v2/0203","code":"MR"}]},"system":"urn:mrn","value":"7001001"}],
 "name":[{"family":"Okafor-Lund","given":["Amina","T."]},{"text":"陳大文"}],"gender":"female","birthDate":"1957-06-05","telecom":[{"system":"phone","value":"555-1"},{"system":"email","value":"A@B.c"}],
 "generalPractitioner":[{"reference":"Practitioner/d"}],"address":[{"line":["1 Long Street"],"city":"Bergen"}]}`

const p2 = `{"resourceType":"Patient","id":"p2","name":[{"family":"O'Brien","given":["Zoë"]}],"gender":"male","birthDate":"1957-06","deceasedDateTime":"2020-01-01"}`

const bp = `{"resourceType":"Observation","id":"o","status":"final","category":[{"coding":[{"code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"55284-4"}]},
 "subject":{"reference":"Patient/p1"},"effectivePeriod":{"start":"2009-12-01T10:00:00+02:00"},
 "component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":107.0,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]}`

func TestMatch(t *testing.T) {
	for _, tc := range []struct {
		v            fhir.Version
		typ, body    string
		hits, misses []string
	}{
		{
			fhir.STU3, "Patient", p1,
			[]string{
				"family=lund", "family:contains=LUND", "family:exact=Okafor-Lund", "given=min", "name=amina okafor", "name=大", "name=Okafor,zzz",
				"birthdate=1957-06-05", "birthdate=1957-06", "birthdate=1957", "birthdate=ge1957-06-01&birthdate=lt1958", "birthdate=06/05/1957", "birthdate=ne1958", "birthdate=ap1957",
				"gender=FEMALE", "gender=http://hl7.org/fhir/administrative-gender|female", "identifier=7001001", "identifier=urn:mrn|7001001", "identifier=urn:mrn|",
				"_id=p1", "_id=x,p1", "id=p1", "Gender=female", "general-practitioner=d", "general-practitioner=Practitioner/d", "general-practitioner:Practitioner=d",
				"deceased=false", "phone=555-1", "email=a@b.c", "telecom=555-1", "address=bergen", "address-city=berg", "death-date:missing=true", "gender:not=male", "_lastUpdated=ge2020", "unknown=1", "family=",
			},
			[]string{
				"family:exact=lund", "family=lundx", "name=amina zzz", "birthdate=1957-06-06", "birthdate=lt1957", "birthdate=gt1957-06-05", "gender=male", "identifier=urn:x|7001001", "identifier=|7001001",
				"_id=P1", "_id=nope", "deceased=true", "general-practitioner=Practitioner/e", "gender:missing=true", "_lastUpdated=lt2020", "gender:not=female",
			},
		},
		{
			fhir.R4, "Patient", p2,
			[]string{"given=zoe", "given=ZOË", "family=o'brien", "birthdate=1957-06", "birthdate=1957", "deceased=true", "death-date=2020-01-01"},
			[]string{"birthdate=1957-06-05", "deceased=false", "given:exact=zoe"},
		},
		{
			fhir.R4, "Observation", bp,
			[]string{
				"patient=p1", "patient=Patient/p1", "subject=Patient/p1", "category=vital-signs", "code=8480-6", "code=http://loinc.org|55284-4", "code=http://loinc.org|1,8480-6",
				"date=sa2009-11-30", "date=ge2009-01-01", "date=gt2020", "status=final", "component-value-quantity=107", "component-value-quantity=ge100|http://unitsofmeasure.org|mm[Hg]",
				"component-code-value-quantity=8480-6$107", "component-code-value-quantity=http://loinc.org|8480-6$gt100", "status:not=entered-in-error",
			},
			[]string{
				"patient=p2", "patient=Group/p1", "code=http://snomed.info/sct|8480-6", "component-value-quantity=108", "component-code-value-quantity=8480-6$108", "component-code-value-quantity=55284-4$107",
				"status:not=final", "date=lt2009-12-01", "date=2009-12-01",
			},
		},
		{
			fhir.DSTU2, "Coverage", `{"subscriber":{"reference":"Patient/p1"}}`,
			[]string{"patient=p1", "Patient=p1"},
			[]string{"patient=p2"},
		},
		{
			fhir.STU3, "Coverage", `{"beneficiary":{"reference":"Patient/p1"},"subscriber":{"reference":"Patient/s"}}`,
			[]string{"patient=p1", "patient=s"},
			[]string{"patient=p2"},
		},
		{
			fhir.R4, "Observation", `{"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}]}`,
			[]string{"category=http://hl7.org/fhir/observation-category|vital-signs", "category=https://hl7.org/fhir/observation-category|vital-signs"},
			[]string{"category=urn:x|vital-signs"},
		},
	} {
		keys := keysOf(t, tc.v, tc.typ, tc.body)
		modified := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
		for _, want := range []bool{true, false} {
			list := tc.hits
			if !want {
				list = tc.misses
			}
			for _, query := range list {
				q, err := parse(tc.v, tc.typ, query)
				if err != nil {
					t.Errorf("%v %s?%s: %v", tc.v, tc.typ, query, err)
					continue
				}
				if got := q.Match("p1", modified, keys); got != want {
					t.Errorf("%v %s?%s matches: %v, want %v", tc.v, tc.typ, query, got, want)
				}
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for query, code := range map[string]string{
		"birthdate=1957-13-40": "value", "_count=abc": "value", "_count=-1": "value", "family:foo=x": "not-supported", "birthdate=yesterday": "value",
		"_sort:foo=date": "not-supported", "organization.name=x": "not-supported", "_summary=x": "value", "identifier=a|b|c": "value", "_include=Patient": "value",
	} {
		_, err := parse(fhir.R4, "Patient", query)
		var fe *fhir.Error
		if !errors.As(err, &fe) || fe.Kind != fhir.KindInvalid || fe.Issues[0].Code != code {
			t.Errorf("%s: got %v, want 400 %s", query, err, code)
		}
	}
	_, err := search.Load(fhir.R4).Parse("Patient", []fhir.Param{{Name: "shoe-size", Value: "9"}}, search.Options{Strict: true})
	if fhir.AsError(err).Kind != fhir.KindInvalid {
		t.Errorf("an unknown parameter in strict mode: %v", err)
	}
}

func TestUsed(t *testing.T) {
	for _, tc := range []struct {
		v           fhir.Version
		query, want string
	}{
		{fhir.DSTU2, "patient=p1&_sort=-date&category=vital-signs&bogus=1", "[{patient p1} {_sort:desc date} {category vital-signs}]"},
		{fhir.STU3, "Patient=p1&sort:desc=date&_count=010", "[{patient p1} {_sort -date} {_count 10}]"},
		{fhir.R4, "patient=p1&_sort=nothing", "[{patient p1}]"},
	} {
		q, err := parse(tc.v, "Observation", tc.query)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmtParams(q.Used); got != tc.want {
			t.Errorf("%v ?%s: used %s, want %s", tc.v, tc.query, got, tc.want)
		}
	}
}

func fmtParams(ps []fhir.Param) string {
	s := "["
	for i, p := range ps {
		if i > 0 {
			s += " "
		}
		s += "{" + p.Name + " " + p.Value + "}"
	}
	return s + "]"
}

// Interface §6.3, REQ-OBS-7, REQ-ENC-6.
func TestSortOrder(t *testing.T) {
	q, err := parse(fhir.R4, "Encounter", "_sort=-date")
	if err != nil {
		t.Fatal(err)
	}
	order := []string{ // newest first
		`{"period":{"start":"2020-05-02"}}`,
		`{"period":{"start":"2020-05-01T10:00:00Z"}}`, // open-ended before closed
		`{"period":{"start":"2020-05-01T12:00:00+02:00","end":"2020-05-03"}}`,
		`{"period":{"start":"2020-05-01"}}`,
		`{"period":{"end":"2019-01-01"}}`,
		`{}`,
	}
	var last, before string
	for _, body := range order {
		k := string(q.AppendSort(nil, "x", 0, keysOf(t, fhir.R4, "Encounter", body)))
		if before != "" && k <= last {
			t.Errorf("%s does not come after %s", body, before)
		}
		before = body
		last = k
	}
}

func TestFoldAndGrams(t *testing.T) {
	for in, want := range map[string]string{"ZOË": "zoe", "O'Brien": "o'brien", " van  der Berg ": "van der berg", "Straße": "strasse", "ＡＢＣ": "abc", "陳大文": "陳大文", "İ": "i"} {
		if got := search.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
	if got := search.Grams("陳大文"); len(got) != 3 {
		t.Errorf("Grams of three characters: %q", got)
	}
}
