package mapping_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

const (
	d2 = fhir.DSTU2
	s3 = fhir.STU3
	r4 = fhir.R4
)

// TestEngine holds what the engine does with bytes: each answer is exact.
func TestEngine(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		from, to fhir.Version
		in, want string
		losses   string // "rule path" by commas
	}{
		{
			"decimals keep their digits", r4, s3,
			`{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":72.0},"referenceRange":[{"low":{"value":0.10},"high":{"value":1e2}}]}`,
			`{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":72.0},"referenceRange":[{"low":{"value":0.10},"high":{"value":1e2}}]}`, "",
		},
		{
			"strings keep their escapes", r4, s3,
			`{"resourceType":"Patient","name":[{"text":"\u00e9\/\"\ud83d\ude00"}]}`, `{"resourceType":"Patient","name":[{"text":"\u00e9\/\"\ud83d\ude00"}]}`, "",
		},
		{
			"what stands beside a primitive follows it", r4, d2,
			`{"resourceType":"Condition","subject":{"reference":"Patient/1"},"code":{"text":"x"},"recordedDate":"2020-01-02","_recordedDate":{"id":"a"},"_onsetDateTime":{"extension":[{"url":"http://x","valueCode":"y"}]}}`,
			`{"resourceType":"Condition","patient":{"reference":"Patient/1"},"code":{"text":"x"},"dateRecorded":"2020-01-02","_dateRecorded":{"id":"a"},"_onsetDateTime":{"extension":[{"url":"http://x","valueCode":"y"}]},"verificationStatus":"unknown"}`, "",
		},
		{
			"objects beside the primitives of an array keep their places", s3, r4,
			`{"resourceType":"Patient","name":[{"given":["A",null,"B"],"_given":[null,{"id":"x"},null]}]}`,
			`{"resourceType":"Patient","name":[{"given":["A",null,"B"],"_given":[null,{"id":"x"},null]}]}`, "",
		},
		{
			"an extension stays where it was, with its value in the target's shape", r4, s3,
			`{"resourceType":"Patient","extension":[{"url":"http://x","valueReference":{"reference":"MolecularSequence/1","type":"MolecularSequence"}},{"url":"http://y","valueUrl":"http://z"}],"active":true}`,
			`{"resourceType":"Patient","extension":[{"url":"http://x","valueReference":{"reference":"Sequence/1"}},{"url":"http://y","valueUri":"http://z"}],"active":true}`, "",
		},
		{
			"an extension whose value has no type in the target goes, and one that holds nothing else", r4, s3,
			`{"resourceType":"Patient","extension":[{"url":"http://x","valueDosage":{"text":"y"}},{"url":"http://y","extension":[{"url":"z","valueDosage":{"text":"y"}}]},{"url":"http://z"}],"active":true,"_active":{"extension":[{"url":"http://x","valueDosage":{"text":"y"}}]}}`,
			`{"resourceType":"Patient","extension":[{"url":"http://z"}],"active":true}`, " Patient.extension.?, Patient.extension.extension.?, Patient.extension.?",
		},
		{
			"an added extension joins those there are", s3, d2,
			`{"resourceType":"Encounter","extension":[{"url":"http://x","valueCode":"y"}],"status":"unknown","period":{"start":"2020"}}`,
			`{"resourceType":"Encounter","extension":[{"url":"http://x","valueCode":"y"},{"url":"http://hl7.org/fhir/3.0/StructureDefinition/extension-Encounter.status","valueCode":"unknown"}],"status":"in-progress","period":{"start":"2020"}}`,
			"L-20 Encounter.status",
		},
		{
			"an extension is read back only while it is true", d2, s3,
			`{"resourceType":"Encounter","extension":[{"url":"http://hl7.org/fhir/3.0/StructureDefinition/extension-Encounter.status","valueCode":"unknown"}],"status":"cancelled"}`,
			`{"resourceType":"Encounter","status":"cancelled"}`, "",
		},
		{
			"a lone value where an array belongs, and the reverse", d2, r4,
			`{"resourceType":"Encounter","status":"finished","class":"ambulatory","reason":{"text":"x"},"priority":[{"text":"p"}]}`,
			`{"resourceType":"Encounter","status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},"reasonCode":[{"text":"x"}],"priority":{"text":"p"}}`, "",
		},
		{
			"unknown members are dropped and counted, their names not told", s3, r4,
			`{"resourceType":"Patient","shoeSize":44,"a name\u0020":1,"contact":[{"gender":"male","x":{}}],"fhir_comments":["c"]}`,
			`{"resourceType":"Patient","contact":[{"gender":"male"}]}`, " Patient.?, Patient.?, Patient.contact.?",
		},
		{
			"what comes to nothing is left out", s3, r4,
			`{"resourceType":"Patient","maritalStatus":{},"name":[{},{"shoe":1}],"contact":[null],"active":null}`, `{"resourceType":"Patient"}`,
			" Patient.name.?, Patient.contact",
		},
		{
			"two names of one element: the first stands", r4, s3,
			`{"resourceType":"Observation","status":"final","code":{"text":"x"},"effectiveDateTime":"2020","effectiveInstant":"2021-01-01T00:00:00Z"}`,
			`{"resourceType":"Observation","status":"final","code":{"text":"x"},"effectiveDateTime":"2020"}`, " Observation.effectiveInstant",
		},
		{
			"references are renamed in every form", d2, r4,
			`{"resourceType":"MedicationOrder","status":"active","patient":{"reference":"Patient/1/_history/2"},"medicationReference":{"reference":"#m"},"priorPrescription":{"reference":"https://a.example/fhir/MedicationOrder/7"},"prescriber":{"reference":"urn:uuid:0c3151bd"}}`,
			`{"resourceType":"MedicationRequest","status":"active","subject":{"reference":"Patient/1/_history/2"},"medicationReference":{"reference":"#m"},"priorPrescription":{"reference":"https://a.example/fhir/MedicationRequest/7"},"requester":{"reference":"urn:uuid:0c3151bd"},"intent":"order"}`, "",
		},
		{
			"a reference to what may not stand there keeps its display", r4, s3,
			`{"resourceType":"Patient","generalPractitioner":[{"reference":"PractitionerRole/1","display":"Dr Lund"},{"reference":"PractitionerRole/2"},{"reference":"Practitioner/3"}]}`,
			`{"resourceType":"Patient","generalPractitioner":[{"display":"Dr Lund"},{"reference":"Practitioner/3"}]}`,
			"L-6 Patient.generalPractitioner.reference,L-6 Patient.generalPractitioner.reference",
		},
		{
			"a contained resource of a type without a table goes, and so does what points at it", s3, r4,
			`{"resourceType":"Observation","contained":[{"resourceType":"Specimen","id":"s"},{"resourceType":"Patient","id":"p","animal":{"species":{"text":"cat"}}}],"status":"final","code":{"text":"x"},"subject":{"reference":"#p"},"specimen":{"reference":"#s","display":"blood"}}`,
			`{"resourceType":"Observation","contained":[{"resourceType":"Patient","id":"p","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-animal","extension":[{"url":"species","valueCodeableConcept":{"text":"cat"}}]}]}],"status":"final","code":{"text":"x"},"subject":{"reference":"#p"},"specimen":{"display":"blood"}}`,
			" Observation.contained, Observation.specimen.reference",
		},
		{
			"a code that the older system lacks is shown", r4, s3,
			`{"resourceType":"Observation","status":"final","code":{"text":"x"},"dataAbsentReason":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/data-absent-reason","code":"asked-declined"}]}}`,
			`{"resourceType":"Observation","status":"final","code":{"text":"x"},"dataAbsentReason":{"coding":[{"display":"asked-declined"}]}}`,
			" Observation.dataAbsentReason.coding.code",
		},
		{
			"systems with https: are understood", d2, r4,
			`{"resourceType":"Patient","maritalStatus":{"coding":[{"system":"https://hl7.org/fhir/v3/MaritalStatus","code":"M"}]}}`,
			`{"resourceType":"Patient","maritalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-MaritalStatus","code":"M"}]}}`, "",
		},
		{
			"a narrative gets its namespace", s3, r4,
			`{"resourceType":"Patient","text":{"status":"generated","div":"<div>a</div>"}}`,
			`{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">a</div>"}}`, "",
		},
		{
			"profiles of another release go", r4, s3,
			`{"resourceType":"Patient","meta":{"versionId":"3","source":"#x","profile":["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient","http://a.example/p|3.0.1"]}}`,
			`{"resourceType":"Patient","meta":{"versionId":"3","profile":["http://a.example/p|3.0.1"]}}`, " Patient.meta.source, Patient.meta.profile",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			out, rep, err := mapping.Resource([]byte(tc.in), tc.from, tc.to, mapping.Options{})
			if err != nil || rep.Withheld != "" {
				t.Fatalf("withheld %q, %v", rep.Withheld, err)
			}
			if string(out) != tc.want {
				t.Errorf("got  %s\nwant %s", out, tc.want)
			}
			var losses []string
			for _, l := range rep.Losses {
				losses = append(losses, fmt.Sprintf("%s %s", l.Rule, l.Path))
			}
			if got := strings.Join(losses, ","); got != tc.losses {
				t.Errorf("losses %q, want %q", got, tc.losses)
			}
		})
	}
}

// TestRefused: what is no resource, or of a type without a table, is an error
// of the documented kind; nothing panics.
func TestRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, in string
		from, to fhir.Version
		kind     fhir.Kind
	}{
		{"nothing", ``, r4, s3, fhir.KindUpstream},
		{"a page of HTML", `<html>`, r4, s3, fhir.KindUpstream},
		{"an array", `[]`, r4, s3, fhir.KindUpstream},
		{"no type", `{"id":"x"}`, r4, s3, fhir.KindUpstream},
		{"a type that is no string", `{"resourceType":{}}`, r4, s3, fhir.KindUpstream},
		{"a type without a table", `{"resourceType":"Claim"}`, r4, s3, fhir.KindUnknownType},
		{"a type of another version", `{"resourceType":"MedicationOrder"}`, r4, s3, fhir.KindUnknownType},
		{"a type the target lacks", `{"resourceType":"PractitionerRole"}`, r4, d2, fhir.KindUnknownType},
		{"versions nobody knows", `{"resourceType":"Patient"}`, 0, 9, fhir.KindInternal},
	} {
		_, _, err := mapping.Resource([]byte(tc.in), tc.from, tc.to, mapping.Options{})
		var fe *fhir.Error
		if !errors.As(err, &fe) || fe.Kind != tc.kind {
			t.Errorf("%s: got %v, want kind %d", tc.name, err, tc.kind)
		}
	}
}

// TestZone: a time becomes the date it was where the tenant is (L-15).
func TestZone(t *testing.T) {
	t.Parallel()
	in := `{"resourceType":"Condition","subject":{"reference":"Patient/1"},"recordedDate":"2020-01-01T20:00:00Z"}`
	for zone, want := range map[*time.Location]string{nil: "2020-01-01", time.FixedZone("", 8*3600): "2020-01-02"} {
		out, _, err := mapping.Resource([]byte(in), r4, d2, mapping.Options{Zone: zone})
		if err != nil || !strings.Contains(string(out), `"dateRecorded":"`+want+`"`) {
			t.Errorf("%v: got %s, %v; want %s", zone, out, err, want)
		}
	}
}

// TestSameVersion: nothing is touched.
func TestSameVersion(t *testing.T) {
	t.Parallel()
	in := []byte(` {"resourceType":"Claim" } `)
	if out, _, err := mapping.Resource(in, r4, r4, mapping.Options{}); err != nil || &out[0] != &in[0] {
		t.Errorf("got %s, %v", out, err)
	}
}

// TestAllocations: a resource costs few of them, whatever its size.
func TestAllocations(t *testing.T) {
	in := []byte(`{"resourceType":"Patient","identifier":[` + strings.Repeat(`{"system":"urn:x","value":"1"},`, 200) + `{"value":"2"}],"name":[{"family":"Lund"}]}`)
	got := testing.AllocsPerRun(20, func() {
		if _, _, err := mapping.Resource(in, r4, s3, mapping.Options{}); err != nil {
			t.Fatal(err)
		}
	})
	if got > 40 {
		t.Errorf("%v allocations for a resource of 200 identifiers, want at most 40", got)
	}
}
