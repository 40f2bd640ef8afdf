package mappingtest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

func TestPatientElements(t *testing.T) {
	t.Parallel()
	const kinds = `"gender":"female","active":true,"birthDate":"1970-03","deceasedDateTime":"2020-01-01","multipleBirthInteger":2,
		"managingOrganization":{"reference":"Organization/1"}`
	same := wants{
		"gender": `"female"`, "active": `true`, "birthDate": `"1970-03"`, "deceasedDateTime": `"2020-01-01"`, "multipleBirthInteger": `2`,
		"managingOrganization": `{"reference":"Organization/1"}`,
	}
	const animal = `{"species":{"text":"dog"},"breed":{"text":"pug"},"genderStatus":{"text":"neutered"}}`
	for from, to := range others {
		runAll(t, "Patient", []scenario{{name: "the same in all", from: from, to: to, in: kinds, want: same, home: same}})
	}
	runAll(t, "Patient", []scenario{
		{
			name: "an animal", from: d2, to: []fhir.Version{r4}, in: `"animal":` + animal,
			want: wants{
				"animal": absent, "extension[0].url": `"http://hl7.org/fhir/StructureDefinition/patient-animal"`,
				"extension(patient-animal).extension(species).valueCodeableConcept":      `{"text":"dog"}`,
				"extension(patient-animal).extension(breed).valueCodeableConcept":        `{"text":"pug"}`,
				"extension(patient-animal).extension(genderStatus).valueCodeableConcept": `{"text":"neutered"}`,
			},
			home: wants{"animal": animal, "extension": absent},
		},
		{
			name: "an animal", from: s3, to: []fhir.Version{r4}, in: `"animal":` + animal,
			want: wants{"animal": absent, "extension(patient-animal).extension(species).valueCodeableConcept": `{"text":"dog"}`},
			home: wants{"animal": animal, "extension": absent},
		},
		{name: "an animal", from: d2, to: []fhir.Version{s3}, in: `"animal":` + animal, want: wants{"animal": animal}},
		{
			name: "a relative's link", from: s3, to: []fhir.Version{d2},
			in:   `"link":[{"other":{"reference":"RelatedPerson/1"},"type":"seealso"},{"other":{"reference":"Patient/p2"},"type":"refer"}]`,
			want: wants{"link": `[{"other":{"reference":"Patient/p2"},"type":"refer"}]`},
		},
		{
			name: "a relative's link", from: r4, to: []fhir.Version{d2}, in: `"link":[{"other":{"reference":"RelatedPerson/1"},"type":"seealso"}]`,
			want: wants{"link": absent},
		},
		{name: "a link", from: d2, to: up, in: linkOf("refer"), want: wants{"link[0].type": `"refer"`}},
		{name: "a link", from: d2, to: up, in: linkOf("seealso"), want: wants{"link[0].type": `"seealso"`}},
		{
			name: "marital status", from: d2, to: []fhir.Version{r4}, in: `"maritalStatus":` + concept("http://hl7.org/fhir/v3/NullFlavor", "UNK"),
			want: wants{"maritalStatus": concept(v3("NullFlavor"), "UNK")},
		},
		{
			name: "marital status", from: r4, to: low, in: `"maritalStatus":` + concept(v3("MaritalStatus"), "M"),
			want: wants{"maritalStatus": concept("http://hl7.org/fhir/v3/MaritalStatus", "M")},
		},
		{
			name: "a relationship", from: r4, to: []fhir.Version{s3},
			in:   `"contact":[{"relationship":[` + concept(terminology+"v2-0131", "N") + `]}]`,
			want: wants{"contact[0].relationship[0]": concept("http://hl7.org/fhir/v2/0131", "N")},
			home: wants{"contact[0].relationship[0]": concept(terminology+"v2-0131", "N")},
		},
		{
			name: "a relationship of one's own", from: d2, to: up, in: `"contact":[{"relationship":[` + concept("urn:own", "aunt") + `]}]`,
			want: wants{"contact[0].relationship[0]": concept("urn:own", "aunt")},
		},
		{
			name: "a contact's name", from: d2, to: up, in: `"contact":[{"name":{"family":["du","Marché"],"given":["B"]}}]`,
			want: wants{"contact[0].name": `{"family":"du Marché","given":["B"]}`},
		},
		{
			name: "a contact's name", from: r4, to: []fhir.Version{d2}, in: `"contact":[{"name":{"family":"Marché"}}]`,
			want: wants{"contact[0].name": `{"family":["Marché"]}`},
		},
	})
}

// TestGeneral is what holds for all types (§1).
func TestGeneral(t *testing.T) {
	t.Parallel()
	const old, now = `{"reference":"MedicationOrder/7","display":"d"}`, `{"reference":"MedicationRequest/7","display":"d"}`
	for from, to := range others {
		runAll(t, "Patient", []scenario{
			{
				name: "meta", from: from, to: to,
				in:   `"meta":{"versionId":"3","lastUpdated":"2020-01-01T10:00:00.123Z"},"implicitRules":"urn:r","language":"de"`,
				want: wants{"id": `"x1"`, "meta": `{"versionId":"3","lastUpdated":"2020-01-01T10:00:00.123Z"}`, "language": `"de"`},
			},
			{
				name: "an extension", from: from, to: to,
				in: `"extension":[{"url":"urn:unknown","valueDecimal":1.50}],"_birthDate":{"extension":[{"url":"urn:time",
					"valueDateTime":"1970-01-01T01:00:00Z"}]},"birthDate":"1970-01-01"`,
				want: wants{
					"extension":  `[{"url":"urn:unknown","valueDecimal":1.50}]`,
					"_birthDate": `{"extension":[{"url":"urn:time","valueDateTime":"1970-01-01T01:00:00Z"}]}`,
				},
			},
			{
				name: "text", from: from, to: to,
				in:   `"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">Ann &amp; Bo</div>"}`,
				want: wants{"text": `{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">Ann &amp; Bo</div>"}`},
			},
			{
				name: "text without namespace", sloppy: true, from: from, to: to, in: `"text":{"status":"generated","div":"<div>Ann</div>"}`,
				want: wants{"text.div": `"<div xmlns=\"http://www.w3.org/1999/xhtml\">Ann</div>"`},
			},
			{name: "an id of an element", from: from, to: to, in: `"telecom":[{"id":"t1","system":"phone","value":"1"}]`, want: wants{"telecom[0].id": `"t1"`}},
		})
	}
	runAll(t, "Patient", []scenario{
		{name: "meta.source", from: r4, to: low, in: `"meta":{"source":"urn:s","versionId":"3"}`, want: wants{"meta": `{"versionId":"3"}`}},
		{
			name: "Reference.type", from: r4, to: []fhir.Version{s3},
			in:   `"managingOrganization":{"type":"Organization","reference":"Organization/1","identifier":{"value":"o"},"display":"d"}`,
			want: wants{"managingOrganization": `{"reference":"Organization/1","identifier":{"value":"o"},"display":"d"}`},
		},
		{
			name: "Reference.identifier", from: r4, to: []fhir.Version{d2},
			in:   `"managingOrganization":{"type":"Organization","identifier":{"value":"o"},"display":"d"}`,
			want: wants{"managingOrganization": `{"display":"d"}`},
		},
		{
			name: "Reference.identifier", from: s3, to: []fhir.Version{d2},
			in:   `"managingOrganization":{"reference":"Organization/1","identifier":{"value":"o"}}`,
			want: wants{"managingOrganization": `{"reference":"Organization/1"}`},
		},
		{
			name: "a contained organization", from: s3, to: []fhir.Version{d2},
			in:   `"contained":[{"resourceType":"Organization","id":"o","type":[{"text":"a"},{"text":"b"}]}],"managingOrganization":{"reference":"#o"}`,
			want: wants{"contained": `[{"resourceType":"Organization","id":"o","type":{"text":"a"}}]`, "managingOrganization": `{"reference":"#o"}`},
		},
	})
	runAll(t, "MedicationStatement", []scenario{
		{
			name: "a renamed type in an extension", from: d2, to: up,
			in: `"wasNotTaken":false,"extension":[{"url":"urn:x","valueReference":` + old + `}]`, want: wants{"extension(urn:x).valueReference": now},
			home: wants{"extension(urn:x).valueReference": old},
		},
		{
			name: "references of all forms", from: d2, to: up,
			in: `"wasNotTaken":false,"supportingInformation":[{"reference":"http://a.example/fhir/MedicationOrder/1"},
				{"reference":"MedicationOrder/1/_history/2"},
				{"reference":"urn:uuid:0e8a1d4e-5b0f-4a6e-9c0e-2f8f2c1d3a4b"},{"display":"MedicationOrder/9"},{"reference":"Observation/MedicationOrder"}]`,
			want: wants{"derivedFrom": `[{"reference":"http://a.example/fhir/MedicationRequest/1"},{"reference":"MedicationRequest/1/_history/2"},
				{"reference":"urn:uuid:0e8a1d4e-5b0f-4a6e-9c0e-2f8f2c1d3a4b"},{"display":"MedicationOrder/9"},{"reference":"Observation/MedicationOrder"}]`},
		},
		{
			name: "a contained medication", from: d2, to: up,
			in: `"wasNotTaken":false,"contained":[{"resourceType":"MedicationOrder","id":"m","patient":{"reference":"Patient/p1"},
				"medicationCodeableConcept":{"text":"x"}}],"supportingInformation":[{"reference":"#m"}]`,
			want: wants{
				"contained[0].resourceType": `"MedicationRequest"`, "contained[0].subject": `{"reference":"Patient/p1"}`,
				"contained[0].intent": `"order"`, "derivedFrom": `[{"reference":"#m"}]`,
			},
		},
	})
}

// TestProfiles: meta.profile goes unless it names a profile of the target (§1.2).
func TestProfiles(t *testing.T) {
	t.Parallel()
	for from, to := range others {
		runAll(t, "Patient", []scenario{{
			name: "a profile", from: from, to: to,
			in: `"meta":{"profile":["http://example.org/StructureDefinition/own"]}`, want: wants{"meta.profile": absent, "meta": absent},
		}})
	}
}

func TestObservationElements(t *testing.T) {
	t.Parallel()
	related := func(kinds ...string) string {
		var list []string
		for _, k := range kinds {
			list = append(list, fmt.Sprintf(`{"type":%q,"target":{"reference":"Observation/%s"}}`, k, k))
		}
		return `[` + strings.Join(list, ",") + `]`
	}
	all := related("has-member", "derived-from", "sequel-to", "replaces", "qualified-by", "interfered-by")
	const low4 = "http://hl7.org/fhir/3.0/StructureDefinition/Observation."
	relatives := wants{
		"hasMember": `[{"reference":"Observation/has-member"}]`, "derivedFrom": `[{"reference":"Observation/derived-from"}]`, "related": absent,
		"extension(" + low4 + "sequelTo).valueReference":     `{"reference":"Observation/sequel-to"}`,
		"extension(" + low4 + "replaces).valueReference":     `{"reference":"Observation/replaces"}`,
		"extension(" + low4 + "qualifiedBy).valueReference":  `{"reference":"Observation/qualified-by"}`,
		"extension(" + low4 + "interferedBy).valueReference": `{"reference":"Observation/interfered-by"}`,
	}
	const meaning = `{"coding":[{"system":"urn:own","code":"normal"}]}`
	runAll(t, "Observation", []scenario{
		{name: "related", from: d2, to: []fhir.Version{r4}, in: `"related":` + all, want: relatives, home: wants{"related": all, "extension": absent}},
		{name: "related", from: s3, to: []fhir.Version{r4}, in: `"related":` + all, want: relatives, home: wants{"related": all, "extension": absent}},
		{name: "related", from: d2, to: []fhir.Version{s3}, in: `"related":` + all, want: wants{"related": all}},
		{name: "related", from: s3, to: []fhir.Version{d2}, in: `"related":` + all, want: wants{"related": all}},
		{
			name: "comments", from: d2, to: []fhir.Version{s3}, in: `"comments":"c"`, want: wants{"comment": `"c"`, "comments": absent},
			home: wants{"comments": `"c"`},
		},
		{name: "comments", from: d2, to: []fhir.Version{r4}, in: `"comments":"c"`, want: wants{"note": `[{"text":"c"}]`}, home: wants{"comments": `"c"`}},
		{name: "comment", from: s3, to: []fhir.Version{r4}, in: `"comment":"c"`, want: wants{"note": `[{"text":"c"}]`}, home: wants{"comment": `"c"`}},
		{name: "notes", from: r4, to: []fhir.Version{d2}, in: `"note":[{"text":"a"},{"text":"b"}]`, want: wants{"comments": `"a\nb"`}},
		{name: "notes", from: r4, to: []fhir.Version{s3}, in: `"note":[{"text":"a"},{"text":"b"}]`, want: wants{"comment": `"a\nb"`, "note": absent}},
		{
			name: "meaning", from: d2, to: up, in: `"referenceRange":[{"low":{"value":1.0},"meaning":` + meaning + `}]`,
			want: wants{"referenceRange": `[{"low":{"value":1.0},"appliesTo":[` + meaning + `]}]`},
			home: wants{"referenceRange": `[{"low":{"value":1.0},"meaning":` + meaning + `}]`},
		},
		{
			name: "appliesTo", from: s3, to: []fhir.Version{d2}, in: `"referenceRange":[{"text":"t","appliesTo":[` + meaning + `,{"text":"b"}]}]`,
			want: wants{"referenceRange": `[{"text":"t","meaning":` + meaning + `}]`},
		},
		{
			name: "of a component", from: d2, to: up,
			in:   `"component":[{"code":{"text":"x"},"referenceRange":[{"text":"t","meaning":` + meaning + `}]}]`,
			want: wants{"component[0].referenceRange": `[{"text":"t","appliesTo":[` + meaning + `]}]`},
		},
		{
			name: "a role performs", from: r4, to: low,
			in: `"performer":[{"reference":"PractitionerRole/1","display":"Dr Kaur"},{"reference":"CareTeam/1","display":"Team"},
				{"reference":"Practitioner/1"}]`,
			want: wants{"performer": `[{"display":"Dr Kaur"},{"display":"Team"},{"reference":"Practitioner/1"}]`},
		},
		{
			name: "basedOn", from: r4, to: []fhir.Version{d2},
			in:   `"basedOn":[{"reference":"MedicationRequest/1"}],"partOf":[{"reference":"Procedure/1"}]`,
			want: wants{"basedOn": absent, "partOf": absent},
		},
		{name: "values", from: d2, to: up, in: `"valueRatio":{"numerator":{"value":1.0}}`, want: wants{"valueRatio": `{"numerator":{"value":1.0}}`}},
		{
			name: "values", from: d2, to: up, in: `"valueSampledData":{"origin":{"value":0},"period":10.0,"dimensions":1,"data":"1 2"}`,
			want: wants{"valueSampledData": `{"origin":{"value":0},"period":10.0,"dimensions":1,"data":"1 2"}`},
		},
		{name: "values", from: d2, to: up, in: `"valueTime":"10:00:00"`, want: wants{"valueTime": `"10:00:00"`}},
		{
			name: "a number stays in valueQuantity", from: d2, to: up,
			in:   `"valueQuantity":{"value":72.0,"comparator":"<","unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}`,
			want: wants{"valueQuantity": `{"value":72.0,"comparator":"<","unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}`},
		},
	})
}

func TestConditionElements(t *testing.T) {
	t.Parallel()
	const p = `{"reference":"Patient/p1"}`
	runAll(t, "Condition", []scenario{
		{name: "patient", from: d2, to: up, in: `"patient":` + p, want: wants{"subject": p, "patient": absent}, home: wants{"patient": p}},
		{name: "a group", from: s3, to: []fhir.Version{d2}, in: `"subject":{"reference":"Group/1"}`, withheld: true},
		{name: "a group", from: r4, to: []fhir.Version{d2}, in: `"subject":{"reference":"Group/1"}`, withheld: true},
		{name: "a group", from: r4, to: []fhir.Version{s3}, in: `"subject":{"reference":"Group/1"}`, want: wants{"subject": `{"reference":"Group/1"}`}},
		{
			name: "no code", from: s3, to: []fhir.Version{d2}, in: `"severity":{"text":"mild"}`,
			want: wants{"code": `{"text":"Unknown condition"}`, "severity": `{"text":"mild"}`},
		},
		{name: "no code", from: r4, to: []fhir.Version{d2}, in: `"severity":{"text":"mild"}`, want: wants{"code": `{"text":"Unknown condition"}`}},
		{name: "notes", from: d2, to: up, in: `"notes":"n"`, want: wants{"note": `[{"text":"n"}]`, "notes": absent}, home: wants{"notes": `"n"`}},
		{name: "notes", from: s3, to: []fhir.Version{d2}, in: `"note":[{"text":"a"},{"text":"b"}]`, want: wants{"notes": `"a\nb"`}},
		{
			name: "stage", from: d2, to: []fhir.Version{r4}, in: `"stage":{"summary":{"text":"II"}}`,
			want: wants{"stage": `[{"summary":{"text":"II"}}]`}, home: wants{"stage": `{"summary":{"text":"II"}}`},
		},
		{
			name: "stages", from: r4, to: low, in: `"stage":[{"summary":{"text":"II"},"type":{"text":"T"}},{"summary":{"text":"III"}}]`,
			want: wants{"stage": `{"summary":{"text":"II"}}`},
		},
		{
			name: "evidence", from: d2, to: up, in: `"evidence":[{"code":{"text":"a"},"detail":[{"reference":"Observation/1"}]}]`,
			want: wants{"evidence": `[{"code":[{"text":"a"}],"detail":[{"reference":"Observation/1"}]}]`},
			home: wants{"evidence": `[{"code":{"text":"a"},"detail":[{"reference":"Observation/1"}]}]`},
		},
		{
			name: "evidence", from: r4, to: []fhir.Version{d2}, in: `"evidence":[{"code":[{"text":"a"},{"text":"b"}]}]`,
			want: wants{"evidence": `[{"code":{"text":"a"}}]`},
		},
		{
			name: "recorder", from: r4, to: low,
			in:   `"recorder":{"reference":"Practitioner/1"},"asserter":{"reference":"PractitionerRole/1","display":"Dr Kaur"}`,
			want: wants{"recorder": absent, "asserter": `{"display":"Dr Kaur"}`},
		},
		{
			name: "a relative asserts", from: s3, to: []fhir.Version{d2}, in: `"asserter":{"reference":"RelatedPerson/1","display":"Bo"}`,
			want: wants{"asserter": `{"display":"Bo"}`},
		},
		{
			name: "onset", from: d2, to: up, in: `"onsetQuantity":{"value":52,"unit":"a","system":"http://unitsofmeasure.org","code":"a"}`,
			want: wants{"onsetAge": `{"value":52,"unit":"a","system":"http://unitsofmeasure.org","code":"a"}`, "onsetQuantity": absent},
			home: wants{"onsetQuantity.value": `52`},
		},
		{
			name: "onset", from: d2, to: up, in: `"onsetPeriod":{"start":"2010"},"abatementDateTime":"2011-02"`,
			want: wants{"onsetPeriod": `{"start":"2010"}`, "abatementDateTime": `"2011-02"`},
		},
	})
}
