package mappingtest_test

import (
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// TestMistakes are what popular converters do and this one must not (§17).
func TestMistakes(t *testing.T) {
	t.Parallel()
	exam, survey := concept(vitals2, "exam"), concept(vitals2, "survey")
	for _, s := range []scenario{
		{
			name: "1 the last part of a family name alone", typ: "Patient", from: d2, to: up, in: `"name":[{"family":["de","la","Cruz"]}]`,
			want: wants{"name[0].family": `"de la Cruz"`},
		},
		{
			name: "2 relapse is refused", typ: "Condition", from: d2, to: []fhir.Version{s3}, in: `"clinicalStatus":"relapse"`,
			want: wants{"clinicalStatus": `"recurrence"`},
		},
		{
			name: "2 no clinicalStatus crashes", typ: "Condition", from: s3, to: []fhir.Version{d2}, in: `"verificationStatus":"confirmed"`,
			want: wants{"clinicalStatus": absent, "verificationStatus": `"confirmed"`},
		},
		{name: "2 notes are dropped", typ: "Condition", from: d2, to: up, in: `"notes":"watch"`, want: wants{"note[0].text": `"watch"`}},
		{
			name: "3 an allergy's status is copied into both", typ: "AllergyIntolerance", from: d2, to: []fhir.Version{r4},
			in: `"status":"confirmed"`,
			want: wants{
				"clinicalStatus.coding[0].code": `"active"`, "verificationStatus.coding[0].code": `"confirmed"`, "clinicalStatus.coding[1]": absent,
			},
		},
		{
			name: "3 an allergy has no way back", typ: "AllergyIntolerance", from: r4, to: []fhir.Version{d2},
			in:   `"clinicalStatus":` + concept(allergyClinical4, "active") + `,"verificationStatus":` + concept(allergyVerified4, "confirmed"),
			want: wants{"status": `"confirmed"`},
		},
		{
			name: "4 the last category", typ: "Observation", from: s3, to: []fhir.Version{d2}, in: `"category":[` + exam + `,` + survey + `]`,
			want: wants{"category": exam},
		},
		{
			name: "4 the last category", typ: "Condition", from: s3, to: []fhir.Version{d2}, in: `"category":[{"text":"a"},{"text":"b"}]`,
			want: wants{"category": `{"text":"a"}`},
		},
		{name: "5 wasNotTaken is ignored", typ: "MedicationStatement", from: d2, to: []fhir.Version{s3}, in: `"wasNotTaken":true`, want: wants{"taken": `"n"`}},
		{
			name: "5 wasNotTaken is ignored", typ: "MedicationStatement", from: d2, to: []fhir.Version{r4}, in: `"wasNotTaken":true`,
			want: wants{"status": `"not-taken"`},
		},
		{
			name: "6 the end of an order is dropped", typ: "MedicationOrder", from: d2, to: up,
			in: `"status":"stopped","dateEnded":"2016","reasonEnded":{"text":"Rash"}`, want: wants{"status": `"stopped"`},
			home: wants{"dateEnded": `"2016"`, "reasonEnded": `{"text":"Rash"}`},
		},
		{name: "6 a substitution's type is dropped", typ: "MedicationOrder", from: d2, to: up, in: substitutionOf("N"), want: wants{"substitution": present}},
		{
			name: "7 class codes in camel case", typ: "Coverage", from: s3, to: []fhir.Version{r4},
			in: `"grouping":{"subGroup":"a","subPlan":"b","subClass":"c"}`,
			want: wants{
				"class[0].type.coding[0].code": `"subgroup"`, "class[1].type.coding[0].code": `"subplan"`,
				"class[2].type.coding[0].code": `"subclass"`,
			},
		},
		{
			name: "9 SS is not daytime", typ: "Encounter", from: r4, to: []fhir.Version{d2},
			in: `"class":{"system":"` + v3("ActCode") + `","code":"SS"}`, want: wants{"class": `"daytime"`},
		},
		{
			name: "9 an encounter's history is dropped", typ: "Encounter", from: s3, to: []fhir.Version{d2, r4},
			in:   `"statusHistory":[{"status":"planned","period":{"end":"2020"}}]`,
			want: wants{"statusHistory": `[{"status":"planned","period":{"end":"2020"}}]`},
		},
		{
			name: "9 hospitalization diagnoses are dropped", typ: "Encounter", from: d2, to: up,
			in:   `"hospitalization":{"dischargeDiagnosis":[{"reference":"Condition/1"}]}`,
			want: wants{"diagnosis[0].condition.reference": `"Condition/1"`},
		},
		{
			name: "10 confirmed and unconfirmed crosswise", typ: "AllergyIntolerance", from: s3, to: []fhir.Version{d2},
			in: `"clinicalStatus":"active","verificationStatus":"unconfirmed"`, want: wants{"status": `"unconfirmed"`},
		},
		{
			name: "10 confirmed and unconfirmed crosswise", typ: "AllergyIntolerance", from: s3, to: []fhir.Version{d2},
			in: `"clinicalStatus":"active","verificationStatus":"confirmed"`, want: wants{"status": `"confirmed"`},
		},
	} {
		s.run(t)
	}
	t.Run("8 systems of before R4", func(t *testing.T) {
		eachSample(t, func(t *testing.T, typ string, v fhir.Version, body []byte) {
			if v == r4 {
				return
			}
			out, rep := convert(t, body, v, r4, mapping.Options{})
			if rep.Withheld != "" {
				t.Fatal(rep.Withheld)
			}
			for _, s := range texts("", mustDecode(t, out))["system"] {
				if rest, ok := strings.CutPrefix(s, "http://hl7.org/fhir/"); ok && !strings.HasPrefix(rest, "sid/") {
					t.Errorf("%s of %s: system %s", typ, v, s)
				}
			}
		})
	})
}

func mustDecode(t *testing.T, b []byte) any {
	t.Helper()
	v, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestSloppySources: faults that public records have are read as what they
// mean, or left out; they do not cost the resource.
func TestSloppySources(t *testing.T) {
	t.Parallel()
	for _, s := range []scenario{
		{
			name: "an object for an array", typ: "Encounter", from: d2, to: []fhir.Version{s3}, in: `"reason":{"text":"Fall"}`,
			want: wants{"reason": `[{"text":"Fall"}]`},
		},
		{
			name: "an object for an array", typ: "Encounter", from: d2, to: []fhir.Version{r4}, in: `"reason":{"text":"Fall"}`,
			want: wants{"reasonCode": `[{"text":"Fall"}]`},
		},
		{
			name: "an array for an object", typ: "MedicationOrder", from: d2, to: up, in: `"reasonReference":[{"reference":"Condition/1"}]`,
			want: wants{"reasonReference": `[{"reference":"Condition/1"}]`},
		},
		{
			name: "a string for an array", typ: "AllergyIntolerance", from: s3, to: []fhir.Version{r4}, in: `"category":"food"`,
			want: wants{"category": `["food"]`},
		},
		{
			name: "a string for an array", typ: "AllergyIntolerance", from: s3, to: []fhir.Version{d2}, in: `"category":"food"`,
			want: wants{"category": `"food"`},
		},
		{name: "a string for an array", typ: "Patient", from: d2, to: up, in: `"name":[{"family":"Lund"}]`, want: wants{"name[0].family": `"Lund"`}},
		{
			name: "an array for a string", typ: "Patient", from: r4, to: []fhir.Version{d2}, in: `"name":[{"family":["Lund"]}]`,
			want: wants{"name[0].family": `["Lund"]`},
		},
		{
			name: "no repeats", typ: "MedicationOrder", from: d2, to: up, in: `"dispenseRequest":{"numberOfRepeatsAllowed":0}`,
			want: wants{"dispenseRequest": present},
		},
		{
			name: "comments of DSTU2", typ: "Patient", from: d2, to: up,
			in:   `"fhir_comments":["x"],"name":[{"fhir_comments":["y"],"family":["Lund"]}]`,
			want: wants{"fhir_comments": absent, "name[0].fhir_comments": absent, "name[0].family": `"Lund"`},
		},
		{
			name: "a family of nothing", typ: "Patient", from: d2, to: up, in: `"name":[{"family":[],"given":["Ann"]}]`,
			want: wants{"name[0].given": `["Ann"]`, "name[0].family": absent},
		},
		{name: "a null", typ: "Patient", from: d2, to: up, in: `"birthDate":"1970","name":[null]`, want: wants{"birthDate": `"1970"`}},
		{name: "an empty array", typ: "Patient", from: d2, to: up, in: `"birthDate":"1970","address":[]`, want: wants{"birthDate": `"1970"`}},
		{
			name: "a class of DSTU2", typ: "Encounter", from: s3, to: []fhir.Version{d2}, in: `"class":{"code":"outpatient"}`,
			want: wants{"class": `"outpatient"`},
		},
		{name: "a criticality of STU3", typ: "AllergyIntolerance", from: d2, to: up, in: `"criticality":"high"`, want: wants{"criticality": `"high"`}},
	} {
		s.sloppy = true
		s.run(t)
	}
	out, _ := convert(t, []byte(`{"birthDate":"1970","id":"last","name":[{"family":["Lund"]}],"resourceType":"Patient"}`), d2, r4, mapping.Options{})
	wants{"resourceType": `"Patient"`, "id": `"last"`, "name[0].family": `"Lund"`}.check(t, out)
}

// TestNonsense: what is no resource has an answer of a kind, and none of it is
// told.
func TestNonsense(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		kind fhir.Kind
	}{
		{`{}`, fhir.KindUpstream},
		{`{"resourceType":null}`, fhir.KindUpstream},
		{`{"resourceType":7}`, fhir.KindUpstream},
		{`{"resourceType":{"x":"Patient"}}`, fhir.KindUpstream},
		{`[]`, fhir.KindUpstream},
		{`"Patient"`, fhir.KindUpstream},
		{`{"resourceType":"Nonsense","id":"1"}`, fhir.KindUnknownType},
		{`{"resourceType":"patient","id":"1"}`, fhir.KindUnknownType},
	} {
		for from, to := range others {
			for _, v := range to {
				body, rep, err := mapping.Resource([]byte(c.in), from, v, mapping.Options{})
				if err == nil || fhir.AsError(err).Kind != c.kind || body != nil || rep.Withheld != "" {
					t.Errorf("%s %s: want kind %v, got %v (%T), %s, %v", arrow(from, v), c.in, c.kind, err, err, body, rep)
				}
			}
		}
	}
}
