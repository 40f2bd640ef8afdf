package mappingtest_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// TestLosses holds each numbered loss, both ways. The subtests are named after
// them: go test -run 'TestLosses/L-7/'.
func TestLosses(t *testing.T) {
	t.Parallel()
	lists := []map[int][]scenario{patientLosses, observationLosses, conditionLosses, encounterLosses, allergyLosses, medicationLosses, coverageLosses}
	done := 0
	for n := 1; n <= 32; n++ {
		rule := "L-" + strconv.Itoa(n)
		t.Run(rule, func(t *testing.T) {
			i := slices.IndexFunc(lists, func(m map[int][]scenario) bool { return len(m[n]) > 0 })
			if i < 0 {
				t.Fatalf("no scenario of %s", rule)
			}
			rises, falls := false, false
			for _, s := range lists[i][n] {
				for _, to := range s.to {
					rises = rises || to > s.from
					falls = falls || to < s.from
				}
				s.run(t)
			}
			if !rises || !falls {
				t.Errorf("%s is tried one way only", rule)
			}
		})
		done++
	}
	t.Logf("%d losses", done)
}

var hongKong = mapping.Options{Zone: time.FixedZone("HKT", 8*60*60)}

const familyRepeat = "http://hl7.org/fhir/StructureDefinition/HumanName-familyRepeat"

var patientLosses = map[int][]scenario{
	1: {
		{
			name: "parts are joined", from: d2, to: up, typ: "Patient", in: `"name":[{"family":["van","der Berg"]}]`,
			want: wants{"name[0].family": `"van der Berg"`}, loss: "L-1",
		},
		{name: "one part stays", from: d2, to: up, typ: "Patient", in: `"name":[{"family":["Lund"]}]`, want: wants{"name[0].family": `"Lund"`}},
		{
			name: "one element", from: s3, to: []fhir.Version{d2}, typ: "Patient", in: `"name":[{"family":"van der Berg"}]`,
			want: wants{"name[0].family": `["van der Berg"]`},
		},
		{
			name: "one element", from: r4, to: []fhir.Version{d2}, typ: "Patient", in: `"name":[{"family":"van der Berg"}]`,
			want: wants{"name[0].family": `["van der Berg"]`},
		},
		{
			name: "familyRepeat is appended", from: s3, to: []fhir.Version{d2}, typ: "Patient",
			in:   `"name":[{"extension":[{"url":"` + familyRepeat + `","valueString":"Roo"}],"family":"Quintana"}]`,
			want: wants{"name[0].family": `["Quintana","Roo"]`},
		},
		{
			name: "familyRepeat is appended", from: r4, to: []fhir.Version{d2}, typ: "Patient",
			in:   `"name":[{"extension":[{"url":"` + familyRepeat + `","valueString":"Roo"}],"family":"Quintana"}]`,
			want: wants{"name[0].family": `["Quintana","Roo"]`},
		},
	},
	2: {
		{
			name: "old is left out", from: r4, to: low, typ: "Patient", in: `"identifier":[{"use":"old","value":"1"},{"use":"usual","value":"2"}]`,
			want: wants{"identifier": `[{"use":"usual","value":"2"}]`}, loss: "L-2",
		},
		{name: "old alone", from: r4, to: low, typ: "Patient", in: `"identifier":[{"use":"old","value":"1"}]`, want: wants{"identifier": absent}, loss: "L-2"},
		{
			name: "the uses stay", from: d2, to: up, typ: "Patient", in: `"identifier":[{"use":"secondary","value":"1"}]`,
			want: wants{"identifier[0].use": `"secondary"`},
		},
		{
			name: "the uses stay", from: s3, to: []fhir.Version{d2, r4}, typ: "Patient", in: `"identifier":[{"use":"temp","value":"1"}]`,
			want: wants{"identifier[0].use": `"temp"`},
		},
	},
	3: {
		{
			name: "url and sms are other", from: s3, to: []fhir.Version{d2}, typ: "Patient",
			in:   `"telecom":[{"system":"url","value":"http://a.example"},{"system":"sms","value":"1"}]`,
			want: wants{"telecom[0].system": `"other"`, "telecom[1].system": `"other"`}, loss: "L-3",
		},
		{
			name: "url and sms are other", from: r4, to: []fhir.Version{d2}, typ: "Patient",
			in:   `"telecom":[{"system":"url","value":"http://a.example"},{"system":"sms","value":"1"}]`,
			want: wants{"telecom[0].system": `"other"`, "telecom[1].system": `"other"`}, loss: "L-3",
		},
		{
			name: "other stays other", from: d2, to: up, typ: "Patient",
			in:   `"telecom":[{"system":"other","value":"1"},{"system":"pager","value":"2"}]`,
			want: wants{"telecom[0].system": `"other"`, "telecom[1].system": `"pager"`},
		},
		{
			name: "url stays", from: r4, to: []fhir.Version{s3}, typ: "Patient", in: `"telecom":[{"system":"url","value":"http://a.example"}]`,
			want: wants{"telecom[0].system": `"url"`},
		},
	},
	6: {
		{
			name: "a role is only named", from: r4, to: []fhir.Version{s3}, typ: "Patient",
			in:   `"generalPractitioner":[{"reference":"PractitionerRole/1","display":"Dr Kaur"}]`,
			want: wants{"generalPractitioner": `[{"display":"Dr Kaur"}]`}, loss: "L-6",
		},
		{
			name: "a role is only named", from: r4, to: []fhir.Version{d2}, typ: "Patient",
			in:   `"generalPractitioner":[{"reference":"PractitionerRole/1","display":"Dr Kaur"}]`,
			want: wants{"careProvider": `[{"display":"Dr Kaur"}]`}, loss: "L-6",
		},
		{
			name: "others stay", from: r4, to: []fhir.Version{d2}, typ: "Patient",
			in:   `"generalPractitioner":[{"reference":"Practitioner/1","display":"Dr Kaur"}]`,
			want: wants{"careProvider": `[{"reference":"Practitioner/1","display":"Dr Kaur"}]`},
		},
		{
			name: "others stay", from: d2, to: up, typ: "Patient",
			in:   `"careProvider":[{"reference":"Practitioner/1"},{"reference":"Organization/1"}]`,
			want: wants{"generalPractitioner": `[{"reference":"Practitioner/1"},{"reference":"Organization/1"}]`},
		},
	},
	7: {
		{
			name: "replace", from: d2, to: up, typ: "Patient", in: linkOf("replace"),
			want: wants{"link[0].type": `"replaced-by"`, "link[0].other": patientRef}, home: wants{"link[0].type": `"replace"`},
		},
		{
			name: "replaced-by", from: s3, to: []fhir.Version{d2}, typ: "Patient", in: linkOf("replaced-by"),
			want: wants{"link[0].type": `"replace"`, "link[0].other": patientRef},
		},
		{name: "replaced-by", from: r4, to: []fhir.Version{d2}, typ: "Patient", in: linkOf("replaced-by"), want: wants{"link[0].type": `"replace"`}},
		{
			name: "replaces", from: s3, to: []fhir.Version{d2}, typ: "Patient", in: linkOf("replaces"), want: wants{"link[0].type": `"seealso"`},
			home: wants{"link[0].type": `"replaces"`, "link[0].extension": absent},
		},
		{
			name: "replaces", from: r4, to: []fhir.Version{d2}, typ: "Patient", in: linkOf("replaces"), want: wants{"link[0].type": `"seealso"`},
			home: wants{"link[0].type": `"replaces"`, "link[0].extension": absent},
		},
		{name: "replaces", from: s3, to: []fhir.Version{r4}, typ: "Patient", in: linkOf("replaces"), want: wants{"link[0].type": `"replaces"`}},
	},
}

const patientRef = `{"reference":"Patient/p2"}`

func linkOf(typ string) string {
	return fmt.Sprintf(`"link":[{"other":%s,"type":%q}]`, patientRef, typ)
}

const (
	vitals2 = "http://hl7.org/fhir/observation-category"
	vitals4 = "http://terminology.hl7.org/CodeSystem/observation-category"
)

var observationLosses = map[int][]scenario{
	8: {
		{
			name: "vital-signs wins", from: s3, to: []fhir.Version{d2}, typ: "Observation",
			in:   fmt.Sprintf(`"category":[%s,%s,%s]`, concept(vitals2, "exam"), concept(vitals2, "vital-signs"), concept(vitals2, "laboratory")),
			want: wants{"category": concept(vitals2, "vital-signs")}, loss: "L-8",
		},
		{
			name: "vital-signs wins", from: r4, to: []fhir.Version{d2}, typ: "Observation",
			in:   fmt.Sprintf(`"category":[%s,%s]`, concept(vitals4, "exam"), concept(vitals4, "vital-signs")),
			want: wants{"category": concept(vitals2, "vital-signs")}, loss: "L-8",
		},
		{
			name: "else the first", from: r4, to: []fhir.Version{d2}, typ: "Observation",
			in:   fmt.Sprintf(`"category":[%s,%s]`, concept(vitals4, "exam"), concept(vitals4, "laboratory")),
			want: wants{"category": concept(vitals2, "exam")}, loss: "L-8",
		},
		{
			name: "else the first", from: s3, to: []fhir.Version{d2}, typ: "Observation",
			in:   fmt.Sprintf(`"category":[%s,%s]`, concept(vitals2, "survey"), concept(vitals2, "laboratory")),
			want: wants{"category": concept(vitals2, "survey")}, loss: "L-8",
		},
		{
			name: "wrapped", from: d2, to: []fhir.Version{s3}, typ: "Observation", in: `"category":` + concept(vitals2, "exam"),
			want: wants{"category": "[" + concept(vitals2, "exam") + "]"},
		},
		{
			name: "wrapped", from: d2, to: []fhir.Version{r4}, typ: "Observation", in: `"category":` + concept(vitals2, "exam"),
			want: wants{"category": "[" + concept(vitals4, "exam") + "]"},
		},
	},
	9: contexts(),
	10: {
		{
			name: "an instant is a dateTime", from: r4, to: low, typ: "Observation", in: `"effectiveInstant":"2015-02-07T13:28:17.239+02:00"`,
			want: wants{"effectiveDateTime": `"2015-02-07T13:28:17.239+02:00"`, "effectiveInstant": absent},
		},
		{
			name: "a timing's first event", from: r4, to: low, typ: "Observation", in: `"effectiveTiming":{"event":["2015-02-07","2016-01-01"]}`,
			want: wants{"effectiveDateTime": `"2015-02-07"`, "effectiveTiming": absent}, loss: "L-10",
		},
		{
			name: "a timing without event", from: r4, to: low, typ: "Observation",
			in:   `"effectiveTiming":{"repeat":{"frequency":1,"period":1,"periodUnit":"d"}}`,
			want: wants{"effectiveDateTime": absent, "effectivePeriod": absent, "effectiveTiming": absent}, loss: "L-10",
		},
		{
			name: "others stay", from: d2, to: up, typ: "Observation", in: `"effectivePeriod":{"start":"2015-02-07"}`,
			want: wants{"effectivePeriod": `{"start":"2015-02-07"}`},
		},
		{
			name: "others stay", from: s3, to: []fhir.Version{d2, r4}, typ: "Observation", in: `"effectiveDateTime":"2015-02"`,
			want: wants{"effectiveDateTime": `"2015-02"`},
		},
	},
	11: {
		{
			name: "boolean", from: s3, to: []fhir.Version{d2}, typ: "Observation", in: `"valueBoolean":true`,
			want: wants{"valueString": `"true"`, "valueBoolean": absent}, loss: "L-11",
		},
		{
			name: "boolean", from: r4, to: []fhir.Version{d2}, typ: "Observation", in: `"valueBoolean":false`,
			want: wants{"valueString": `"false"`, "valueBoolean": absent}, loss: "L-11",
		},
		{
			name: "boolean", from: s3, to: []fhir.Version{r4}, typ: "Observation", in: `"valueBoolean":false`, want: wants{"valueBoolean": `false`},
			home: wants{"valueBoolean": `false`},
		},
		{
			name: "integer", from: r4, to: low, typ: "Observation", in: `"valueInteger":72`,
			want: wants{"valueQuantity": `{"value":72}`, "valueInteger": absent}, loss: "L-11",
		},
		{
			name: "attachment", from: d2, to: []fhir.Version{r4}, typ: "Observation",
			in:   `"valueAttachment":{"contentType":"text/plain","data":"SGk="}`,
			want: wants{"valueAttachment": absent, "extension[0].valueAttachment": `{"contentType":"text/plain","data":"SGk="}`},
			home: wants{"valueAttachment": `{"contentType":"text/plain","data":"SGk="}`, "extension": absent},
		},
		{
			name: "attachment", from: s3, to: []fhir.Version{r4}, typ: "Observation",
			in:   `"valueAttachment":{"contentType":"text/plain","data":"SGk="}`,
			want: wants{"valueAttachment": absent, "extension[0].valueAttachment": `{"contentType":"text/plain","data":"SGk="}`},
			home: wants{"valueAttachment": `{"contentType":"text/plain","data":"SGk="}`, "extension": absent},
		},
		{
			name: "attachment", from: d2, to: []fhir.Version{s3}, typ: "Observation",
			in:   `"valueAttachment":{"contentType":"text/plain","data":"SGk="}`,
			want: wants{"valueAttachment": `{"contentType":"text/plain","data":"SGk="}`},
		},
		{
			name: "of a component", from: r4, to: low, typ: "Observation", in: `"component":[{"code":{"text":"x"},"valueInteger":7}]`,
			want: wants{"component[0].valueQuantity": `{"value":7}`, "component[0].valueInteger": absent}, loss: "L-11",
		},
		{
			name: "boolean of a component", from: r4, to: []fhir.Version{d2, s3}, typ: "Observation",
			in:   `"component":[{"code":{"text":"x"},"valueBoolean":true}]`,
			want: wants{"component[0].valueString": `"true"`, "component[0].valueBoolean": absent}, loss: "L-11",
		},
	},
	12: {
		{
			name: "the first", from: r4, to: low, typ: "Observation",
			in:   fmt.Sprintf(`"interpretation":[%s,%s]`, concept(v3("ObservationInterpretation"), "H"), concept(v3("ObservationInterpretation"), "HH")),
			want: wants{"interpretation": concept("http://hl7.org/fhir/v2/0078", "H")}, loss: "L-12",
		},
		{
			name: "wrapped", from: d2, to: []fhir.Version{r4}, typ: "Observation",
			in:   `"interpretation":` + concept("http://hl7.org/fhir/v2/0078", "H"),
			want: wants{"interpretation": "[" + concept(v3("ObservationInterpretation"), "H") + "]"},
		},
		{
			name: "wrapped", from: s3, to: []fhir.Version{r4}, typ: "Observation",
			in:   `"interpretation":` + concept("http://hl7.org/fhir/v2/0078", "L"),
			want: wants{"interpretation": "[" + concept(v3("ObservationInterpretation"), "L") + "]"},
		},
		{
			name: "of a component", from: r4, to: []fhir.Version{s3}, typ: "Observation",
			in:   fmt.Sprintf(`"component":[{"code":{"text":"x"},"interpretation":[%s,{"text":"b"}]}]`, concept(v3("ObservationInterpretation"), "H")),
			want: wants{"component[0].interpretation": concept("http://hl7.org/fhir/v2/0078", "H")}, loss: "L-12",
		},
		{
			name: "of a component", from: s3, to: []fhir.Version{d2}, typ: "Observation",
			in: `"component":[{"code":{"text":"x"},"interpretation":{"text":"a"}}]`, want: wants{"component[0].interpretation": absent},
		},
	},
	13: {
		{name: "of something else", from: r4, to: low, typ: "Observation", in: `"focus":[{"reference":"Patient/child"}]`, withheld: true},
		{
			name: "of the subject", from: r4, to: low, typ: "Observation", in: `"subject":{"reference":"Patient/p1"}`,
			want: wants{"subject": `{"reference":"Patient/p1"}`},
		},
		{
			name: "there is none below", from: d2, to: up, typ: "Observation", in: `"subject":{"reference":"Patient/p1"}`,
			want: wants{"focus": absent, "subject": `{"reference":"Patient/p1"}`},
		},
	},
	14: {
		{name: "corrected", from: s3, to: []fhir.Version{d2}, typ: "Observation", in: `"status":"corrected"`, want: wants{"status": `"amended"`}, loss: "L-14"},
		{name: "corrected", from: r4, to: []fhir.Version{d2}, typ: "Observation", in: `"status":"corrected"`, want: wants{"status": `"amended"`}, loss: "L-14"},
		{name: "amended", from: d2, to: up, typ: "Observation", in: `"status":"amended"`, want: wants{"status": `"amended"`}},
		{
			name: "corrected", from: s3, to: []fhir.Version{r4}, typ: "Observation", in: `"status":"corrected"`, want: wants{"status": `"corrected"`},
			home: wants{"status": `"corrected"`},
		},
	},
}

// v3 is the R4 URI of a v3 code system.
func v3(name string) string { return "http://terminology.hl7.org/CodeSystem/v3-" + name }

// contexts are the scenarios of L-9, of all the types that have a context.
func contexts() []scenario {
	var list []scenario
	for _, typ := range []string{"Observation", "Condition", "MedicationRequest"} {
		older := strings.Replace(typ, "Request", "Order", 1)
		list = append(list,
			scenario{
				name: typ + " of an episode", from: s3, to: []fhir.Version{d2, r4}, typ: typ, in: `"context":{"reference":"EpisodeOfCare/1"}`,
				want: wants{"context": absent, "encounter": absent}, loss: "L-9",
			},
			scenario{
				name: typ + " of an encounter", from: s3, to: []fhir.Version{d2, r4}, typ: typ, in: `"context":{"reference":"Encounter/1"}`,
				want: wants{"context": absent, "encounter": `{"reference":"Encounter/1"}`},
			},
			scenario{
				name: typ, from: r4, to: []fhir.Version{s3}, typ: typ, in: `"encounter":{"reference":"Encounter/1"}`,
				want: wants{"encounter": absent, "context": `{"reference":"Encounter/1"}`},
			},
			scenario{
				name: typ, from: d2, to: []fhir.Version{s3}, typ: older, in: `"encounter":{"reference":"Encounter/1"}`,
				want: wants{"encounter": absent, "context": `{"reference":"Encounter/1"}`},
			},
			scenario{
				name: typ, from: d2, to: []fhir.Version{r4}, typ: older, in: `"encounter":{"reference":"Encounter/1"}`,
				want: wants{"encounter": `{"reference":"Encounter/1"}`},
			},
		)
	}
	return list
}
