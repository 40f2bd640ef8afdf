package mappingtest_test

import (
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A sample is a rich resource: what all versions spell alike, and what each
// spells in its own way.
type sample struct {
	all, d2, s3, r4 string
}

func (s *sample) members(v fhir.Version) string {
	own := map[fhir.Version]string{d2: s.d2, s3: s.s3, r4: s.r4}[v]
	if own == "" {
		return s.all
	}
	return s.all + "," + own
}

// nameIn is an R4 type's name in a version, "" when it has none there.
func nameIn(v fhir.Version, typ string) string {
	switch {
	case v == d2 && typ == "MedicationRequest":
		return "MedicationOrder"
	case v == d2 && typ == "CapabilityStatement":
		return "Conformance"
	case v == d2 && typ == "PractitionerRole":
		return ""
	}
	return typ
}

// eachSample runs over the rich samples, by R4 type and version.
func eachSample(t *testing.T, f func(t *testing.T, typ string, v fhir.Version, body []byte)) {
	t.Helper()
	for typ, s := range samples() {
		for _, v := range fhir.Versions() {
			if name := nameIn(v, typ); name != "" {
				t.Run(typ+"/"+v.String(), func(t *testing.T) { f(t, typ, v, resource(t, v, name, s.members(v))) })
			}
		}
	}
}

func samples() map[string]*sample {
	return map[string]*sample{
		"Patient": &patientSample, "Observation": &observationSample, "Condition": &conditionSample, "Encounter": &encounterSample,
		"AllergyIntolerance": &allergySample, "MedicationRequest": &requestSample, "MedicationStatement": &statementSample, "Coverage": &coverageSample,
		"Location": &locationSample, "Practitioner": &practitionerSample, "PractitionerRole": &roleSample, "Organization": &organizationSample,
		"OperationOutcome": &outcomeSample, "CapabilityStatement": &statementOfServer,
	}
}

// head is what every resource of a patient's record may begin with.
const head = `"meta":{"versionId":"7","lastUpdated":"2019-03-01T08:15:30.250+01:00"},"language":"en",
	"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">Rosalind Testperson</div>"},
	"extension":[{"url":"http://example.org/fhir/StructureDefinition/ward","valueString":"Sunflower"}]`

const ident2 = `"identifier":[{"use":"usual","type":{"coding":[{"system":"http://hl7.org/fhir/v2/0203","code":"MR"}]},
	"system":"urn:oid:1.2.36.146.595.217.0.1","value":"MRN-4711",
	"period":{"start":"2001-05-06"},"assigner":{"display":"North Clinic"}}]`

const ident4 = `"identifier":[{"use":"usual","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}]},
	"system":"urn:oid:1.2.36.146.595.217.0.1","value":"MRN-4711",
	"period":{"start":"2001-05-06"},"assigner":{"display":"North Clinic"}}]`

var patientSample = sample{
	all: head + `,"active":true,"telecom":[{"system":"phone","value":"(03) 5555 6473","use":"work","rank":1,"period":{"end":"2030"}},
		{"system":"email","value":"rosalind@testperson.example"}],
	"gender":"female","birthDate":"1974-12-25","_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-birthTime",
		"valueDateTime":"1974-12-25T14:35:45-05:00"}]},
	"deceasedBoolean":false,
	"address":[{"use":"home","type":"both","text":"534 Erewhon St","line":["534 Erewhon St","Flat 2"],"city":"PleasantVille","district":"Rainbow",
		"state":"Vic","postalCode":"3999","country":"AU","period":{"start":"1974-12-25"}}],
	"multipleBirthInteger":2,"photo":[{"contentType":"image/gif","data":"R0lGODlhEwARAPcAAA==","title":"Face"}],
	"communication":[{"language":{"coding":[{"system":"urn:ietf:bcp:47","code":"nl"}],"text":"Dutch"},"preferred":true}],
	"managingOrganization":{"reference":"Organization/1","display":"North Clinic"}`,
	d2: ident2 + `,"name":[{"use":"official","text":"Rosalind Testperson","family":["Testperson"],"given":["Rosalind","M"],"prefix":["Ms"],
		"suffix":["PhD"],"period":{"start":"1974"}}],
	"maritalStatus":{"coding":[{"system":"http://hl7.org/fhir/v3/MaritalStatus","code":"M"}],"text":"Married"},
	"contact":[{"relationship":[{"text":"partner"}],"name":{"family":["Marché"],"given":["Bénédicte"]},"telecom":[{"system":"phone",
		"value":"+33 237998327"}],"address":{"city":"PleasantVille"},"gender":"female",
		"organization":{"reference":"Organization/2"},"period":{"start":"2012"}}],
	"animal":{"species":{"coding":[{"system":"http://snomed.info/sct","code":"337915000"}]},"breed":{"text":"none"},"genderStatus":{"text":"intact"}},
	"careProvider":[{"reference":"Practitioner/1","display":"Dr Kaur"},{"reference":"Organization/1"}],
	"link":[{"other":{"reference":"Patient/old"},"type":"replace"},{"other":{"reference":"Patient/p3"},"type":"refer"},
		{"other":{"reference":"Patient/p4"},"type":"seealso"}]`,
	s3: ident2 + `,"name":[{"use":"official","text":"Rosalind Testperson","family":"Testperson","given":["Rosalind","M"],"prefix":["Ms"],
		"suffix":["PhD"],"period":{"start":"1974"}}],
	"maritalStatus":{"coding":[{"system":"http://hl7.org/fhir/v3/MaritalStatus","code":"M"}],"text":"Married"},
	"contact":[{"relationship":[{"coding":[{"system":"http://hl7.org/fhir/v2/0131","code":"N"}]}],"name":{"family":"Marché","given":["Bénédicte"]},
		"telecom":[{"system":"url","value":"http://b.example"}],
		"address":{"city":"PleasantVille"},"gender":"female","organization":{"reference":"Organization/2"},"period":{"start":"2012"}}],
	"animal":{"species":{"coding":[{"system":"http://snomed.info/sct","code":"337915000"}]},"breed":{"text":"none"},"genderStatus":{"text":"intact"}},
	"generalPractitioner":[{"reference":"Practitioner/1","display":"Dr Kaur"},{"reference":"Organization/1"}],
	"link":[{"other":{"reference":"Patient/old"},"type":"replaced-by"},{"other":{"reference":"Patient/p3"},"type":"replaces"},
		{"other":{"reference":"RelatedPerson/1"},"type":"seealso"}]`,
	r4: ident4 + `,"name":[{"use":"official","text":"Rosalind Testperson","family":"Testperson","given":["Rosalind","M"],"prefix":["Ms"],
		"suffix":["PhD"],"period":{"start":"1974"}}],
	"maritalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-MaritalStatus","code":"M"}],"text":"Married"},
	"contact":[{"relationship":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0131","code":"N"}]}],"name":{"family":"Marché",
		"given":["Bénédicte"]},"telecom":[{"system":"sms","value":"+33 237998327"}],
		"address":{"city":"PleasantVille"},"gender":"female","organization":{"reference":"Organization/2"},"period":{"start":"2012"}}],
	"generalPractitioner":[{"reference":"Practitioner/1","display":"Dr Kaur"},{"reference":"PractitionerRole/1","type":"PractitionerRole","display":"Dr Lee"}],
	"link":[{"other":{"reference":"Patient/old"},"type":"replaced-by"},{"other":{"reference":"Patient/p3"},"type":"replaces"},
		{"other":{"reference":"RelatedPerson/1"},"type":"seealso"}]`,
}

var observationSample = sample{
	all: head + `,"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"85354-9","display":"Blood pressure"}],"text":"BP"},
	"subject":{"reference":"Patient/p1","display":"Rosalind Testperson"},"effectivePeriod":{"start":"2012-09-17T09:30:10+01:00",
		"end":"2012-09-17T09:31:00+01:00"},"issued":"2012-09-17T09:32:00.000Z",
	"performer":[{"reference":"Practitioner/1","display":"Dr Kaur"}],
	"valueQuantity":{"value":72.0,"comparator":"<=","unit":"beats/min","system":"http://unitsofmeasure.org","code":"/min"},
	"bodySite":{"coding":[{"system":"http://snomed.info/sct","code":"368209003"}]},"method":{"text":"cuff"},"specimen":{"reference":"Specimen/1"},
		"device":{"reference":"Device/1"}`,
	d2: ident2 + `,"category":{"coding":[{"system":"http://hl7.org/fhir/observation-category","code":"vital-signs"}]},"encounter":{"reference":"Encounter/1"},
	"interpretation":{"coding":[{"system":"http://hl7.org/fhir/v2/0078","code":"H"}]},"comments":"after rest",
	"referenceRange":[{"low":{"value":60.0},"high":{"value":0.10},"meaning":{"text":"resting"},"age":{"low":{"value":18}},"text":"60 to 100"}],
	"related":[{"type":"has-member","target":{"reference":"Observation/2"}},{"type":"derived-from","target":{"reference":"Observation/3"}},
		{"type":"sequel-to","target":{"reference":"Observation/4"}},
		{"type":"replaces","target":{"reference":"Observation/5"}},{"type":"qualified-by","target":{"reference":"Observation/6"}},
			{"type":"interfered-by","target":{"reference":"Observation/7"}}],
	"component":[{"code":{"text":"systolic"},"valueQuantity":{"value":120.10,"unit":"mm[Hg]"},"referenceRange":[{"text":"x","meaning":{"text":"sitting"}}]},
		{"code":{"text":"diastolic"},"dataAbsentReason":{"coding":[{"system":"http://hl7.org/fhir/data-absent-reason","code":"astext"}]}}]`,
	s3: ident2 + `,"basedOn":[{"reference":"ProcedureRequest/1"}],"category":[{"coding":[{"system":"http://hl7.org/fhir/observation-category",
		"code":"exam"}]},{"coding":[{"system":"http://hl7.org/fhir/observation-category","code":"vital-signs"}]}],
	"context":{"reference":"Encounter/1"},"interpretation":{"coding":[{"system":"http://hl7.org/fhir/v2/0078","code":"H"}]},"comment":"after rest",
	"referenceRange":[{"low":{"value":60.0},"high":{"value":0.10},"type":{"text":"normal"},"appliesTo":[{"text":"resting"},{"text":"adult"}],
		"age":{"low":{"value":18}},"text":"60 to 100"}],
	"related":[{"type":"has-member","target":{"reference":"Observation/2"}},{"type":"derived-from","target":{"reference":"Observation/3"}},
		{"type":"sequel-to","target":{"reference":"Observation/4"}},
		{"type":"replaces","target":{"reference":"Observation/5"}},{"type":"qualified-by","target":{"reference":"Observation/6"}},
			{"type":"interfered-by","target":{"reference":"Observation/7"}}],
	"component":[{"code":{"text":"systolic"},"valueQuantity":{"value":120.10,"unit":"mm[Hg]"},"interpretation":{"text":"raised"},
		"referenceRange":[{"text":"x","appliesTo":[{"text":"sitting"}]}]},
		{"code":{"text":"diastolic"},"dataAbsentReason":{"coding":[{"system":"http://hl7.org/fhir/data-absent-reason","code":"NaN"}]}}]`,
	r4: ident4 + `,"basedOn":[{"reference":"ServiceRequest/1"}],"partOf":[{"reference":"Procedure/1"}],
	"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"exam"}]},
		{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],
	"encounter":{"reference":"Encounter/1"},
		"interpretation":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":"H"}]},{"text":"second"}],
	"note":[{"authorString":"Dr Kaur","time":"2012-09-17","text":"after rest"},{"text":"twice"}],
	"referenceRange":[{"low":{"value":60.0},"high":{"value":0.10},"type":{"text":"normal"},"appliesTo":[{"text":"resting"},{"text":"adult"}],
		"age":{"low":{"value":18}},"text":"60 to 100"}],
	"hasMember":[{"reference":"Observation/2"}],"derivedFrom":[{"reference":"Observation/3"},{"reference":"DocumentReference/1","display":"Letter"}],
	"component":[{"code":{"text":"systolic"},"valueQuantity":{"value":120.10,"unit":"mm[Hg]"},"interpretation":[{"text":"raised"}],
		"referenceRange":[{"text":"x","appliesTo":[{"text":"sitting"}]}]},
		{"code":{"text":"count"},"valueInteger":5},{"code":{"text":"diastolic"},
			"dataAbsentReason":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/data-absent-reason","code":"as-text"}]}}]`,
}

var conditionSample = sample{
	all: head + `,"severity":{"coding":[{"system":"http://snomed.info/sct","code":"24484000","display":"Severe"}]},
		"code":{"coding":[{"system":"http://snomed.info/sct","code":"39065001"}],"text":"Burn of ear"},
	"bodySite":[{"coding":[{"system":"http://snomed.info/sct","code":"49521004"}],"text":"Left external ear"}],"onsetDateTime":"2012-05-24",
		"abatementDateTime":"2012-06"`,
	d2: ident2 + `,"patient":{"reference":"Patient/p1"},"encounter":{"reference":"Encounter/1"},"asserter":{"reference":"Practitioner/1",
		"display":"Dr Kaur"},"dateRecorded":"2012-05-24",
	"category":{"coding":[{"system":"urn:own","code":"c"}]},"clinicalStatus":"relapse","verificationStatus":"confirmed",
		"stage":{"summary":{"text":"II"},"assessment":[{"reference":"ClinicalImpression/1"}]},
	"evidence":[{"code":{"text":"seen"},"detail":[{"reference":"Observation/1"}]}],"notes":"keep cool"`,
	s3: ident2 + `,"clinicalStatus":"recurrence","verificationStatus":"confirmed",
		"category":[{"coding":[{"system":"http://hl7.org/fhir/condition-category","code":"encounter-diagnosis"}]},{"text":"other"}],
	"subject":{"reference":"Patient/p1"},"context":{"reference":"Encounter/1"},"assertedDate":"2012-05-24T22:00:00Z",
		"asserter":{"reference":"RelatedPerson/1","display":"Bo"},
	"stage":{"summary":{"text":"II"},"assessment":[{"reference":"ClinicalImpression/1"}]},"evidence":[{"code":[{"text":"seen"},{"text":"felt"}],
		"detail":[{"reference":"Observation/1"}]}],
	"note":[{"authorString":"Dr Kaur","time":"2012-05-24","text":"keep cool"},{"text":"and dry"}]`,
	r4: ident4 + `,"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"recurrence"}],"text":"back again"},
	"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"unconfirmed"}]},
	"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-category","code":"problem-list-item"}]},{"text":"other"}],
	"subject":{"reference":"Patient/p1"},"encounter":{"reference":"Encounter/1"},"recordedDate":"2012-05-24T22:00:00Z",
		"recorder":{"reference":"PractitionerRole/1"},
	"asserter":{"reference":"PractitionerRole/1","display":"Dr Lee"},"stage":[{"summary":{"text":"II"},
		"assessment":[{"reference":"ClinicalImpression/1"}],"type":{"text":"tumour board"}},{"summary":{"text":"III"}}],
	"evidence":[{"code":[{"text":"seen"},{"text":"felt"}],"detail":[{"reference":"Observation/1"}]}],
		"note":[{"authorReference":{"reference":"Organization/1","display":"North Clinic"},"text":"keep cool"},{"text":"and dry"}]`,
}

var encounterSample = sample{
	all: head + `,"status":"in-progress","statusHistory":[{"status":"arrived","period":{"start":"2020-01-01T10:00:00Z"}},{"status":"in-progress",
		"period":{"start":"2020-01-01T10:10:00Z"}}],
	"type":[{"text":"check-up"}],"priority":{"text":"urgent"},"episodeOfCare":[{"reference":"EpisodeOfCare/1"}],"period":{"start":"2020-01-01T10:00:00Z"},
	"length":{"value":140.0,"unit":"min","system":"http://unitsofmeasure.org","code":"min"},
	"location":[{"location":{"reference":"Location/1","display":"Ward 3"},"status":"active","period":{"start":"2020-01-01"}},
		{"location":{"reference":"Location/2"},"status":"completed","period":{"start":"2019-12-31"}}],
	"serviceProvider":{"reference":"Organization/1","display":"North Clinic"},"partOf":{"reference":"Encounter/0"}`,
	d2: ident2 + `,"class":"inpatient","patient":{"reference":"Patient/p1"},"incomingReferral":[{"reference":"ReferralRequest/1"}],
		"appointment":{"reference":"Appointment/1"},"reason":[{"text":"Fall"}],
	"participant":[{"type":[{"coding":[{"system":"http://hl7.org/fhir/v3/ParticipationType","code":"ATND"}]}],"period":{"start":"2020"},
		"individual":{"reference":"Practitioner/1","display":"Dr Kaur"}}],
	"indication":[{"reference":"Condition/1"},{"reference":"Procedure/1"}],
	"hospitalization":{"preAdmissionIdentifier":{"value":"pre-1"},"origin":{"reference":"Location/3"},"admitSource":{"text":"home"},
		"admittingDiagnosis":[{"reference":"Condition/2"}],
		"reAdmission":{"text":"no"},"dietPreference":[{"text":"vegan"}],"specialCourtesy":[{"text":"VIP"}],"specialArrangement":[{"text":"wheelchair"}],
		"destination":{"reference":"Location/4"},"dischargeDisposition":{"text":"home"},"dischargeDiagnosis":[{"reference":"Condition/3"}]}`,
	s3: ident2 + `,"class":{"system":"http://hl7.org/fhir/v3/ActCode","code":"IMP","display":"inpatient encounter"},
		"classHistory":[{"class":{"system":"http://hl7.org/fhir/v3/ActCode","code":"EMER"},"period":{"start":"2020-01-01"}}],
	"subject":{"reference":"Patient/p1"},"incomingReferral":[{"reference":"ReferralRequest/1"}],"appointment":{"reference":"Appointment/1"},
		"reason":[{"text":"Fall"}],
	"participant":[{"type":[{"coding":[{"system":"http://hl7.org/fhir/v3/ParticipationType","code":"ATND"}]}],"period":{"start":"2020"},
		"individual":{"reference":"Practitioner/1","display":"Dr Kaur"}}],
	"diagnosis":[{"condition":{"reference":"Condition/1"}},{"condition":{"reference":"Condition/2"},
		"role":{"coding":[{"system":"http://hl7.org/fhir/diagnosis-role","code":"AD"}]},"rank":1},
		{"condition":{"reference":"Condition/3"},"role":{"coding":[{"system":"http://hl7.org/fhir/diagnosis-role","code":"DD"}]}}],
			"account":[{"reference":"Account/1"}],
	"hospitalization":{"preAdmissionIdentifier":{"value":"pre-1"},"origin":{"reference":"Location/3"},"admitSource":{"text":"home"},
		"reAdmission":{"text":"no"},"dietPreference":[{"text":"vegan"}],
		"specialCourtesy":[{"text":"VIP"}],"specialArrangement":[{"text":"wheelchair"}],"destination":{"reference":"Location/4"},
			"dischargeDisposition":{"text":"home"}}`,
	r4: ident4 + `,"class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"IMP","display":"inpatient encounter"},
	"classHistory":[{"class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"EMER"},"period":{"start":"2020-01-01"}}],
		"serviceType":{"text":"surgery"},
	"subject":{"reference":"Patient/p1"},"basedOn":[{"reference":"ServiceRequest/1"}],"appointment":[{"reference":"Appointment/1"},
		{"reference":"Appointment/2"}],"reasonCode":[{"text":"Fall"}],
	"reasonReference":[{"reference":"Condition/9"}],
	"participant":[{"type":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"ATND"}]}],
		"period":{"start":"2020"},"individual":{"reference":"PractitionerRole/1","display":"Dr Lee"}}],
	"diagnosis":[{"condition":{"reference":"Condition/1"}},{"condition":{"reference":"Condition/2"},
		"use":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/diagnosis-role","code":"AD"}]},"rank":1},
		{"condition":{"reference":"Condition/3"},"use":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/diagnosis-role","code":"DD"}]}}],
			"account":[{"reference":"Account/1"}],
	"hospitalization":{"preAdmissionIdentifier":{"value":"pre-1"},"origin":{"reference":"Organization/3","display":"South"},
		"admitSource":{"text":"home"},"reAdmission":{"text":"no"},"dietPreference":[{"text":"vegan"}],
		"specialCourtesy":[{"text":"VIP"}],"specialArrangement":[{"text":"wheelchair"}],"destination":{"reference":"Location/4"},
			"dischargeDisposition":{"text":"home"}}`,
}

var allergySample = sample{
	all: head + `,"type":"allergy","patient":{"reference":"Patient/p1","display":"Rosalind Testperson"},"recorder":{"reference":"Practitioner/1",
		"display":"Dr Kaur"}`,
	d2: ident2 + `,"onset":"2004","recordedDate":"2014-10-09T14:58:00+11:00","reporter":{"reference":"RelatedPerson/1"},
		"substance":{"text":"Cashew nuts"},"status":"active","criticality":"CRITH","category":"other",
	"lastOccurence":"2012-06","note":{"authorString":"Bo","time":"2014","text":"at a party"},
	"reaction":[{"substance":{"text":"cashew"},"certainty":"confirmed","manifestation":[{"text":"Anaphylaxis"}],"description":"fainted",
		"onset":"2012-06-12","severity":"severe","exposureRoute":{"text":"oral"},"note":{"text":"epinephrine given"}}]`,
	s3: ident2 + `,"clinicalStatus":"active","verificationStatus":"confirmed","category":["food","biologic"],"criticality":"high",
		"code":{"text":"Cashew nuts"},"onsetPeriod":{"start":"2004","end":"2005"},
	"assertedDate":"2014-10-09T14:58:00+11:00","asserter":{"reference":"RelatedPerson/1"},"lastOccurrence":"2012-06","note":[{"authorString":"Bo",
		"time":"2014","text":"at a party"},{"text":"again"}],
	"reaction":[{"substance":{"text":"cashew"},"manifestation":[{"text":"Anaphylaxis"}],"description":"fainted","onset":"2012-06-12",
		"severity":"severe","exposureRoute":{"text":"oral"},"note":[{"text":"epinephrine given"},{"text":"recovered"}]}]`,
	r4: ident4 + `,"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]},
	"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-verification","code":"confirmed"}]},
		"category":["food","biologic"],"criticality":"high","code":{"text":"Cashew nuts"},
	"encounter":{"reference":"Encounter/1"},"onsetAge":{"value":30,"unit":"a","system":"http://unitsofmeasure.org","code":"a"},
		"recordedDate":"2014-10-09T14:58:00+11:00","asserter":{"reference":"PractitionerRole/1","display":"Dr Lee"},
	"lastOccurrence":"2012-06","note":[{"authorString":"Bo","time":"2014","text":"at a party"},{"text":"again"}],
	"reaction":[{"substance":{"text":"cashew"},"manifestation":[{"text":"Anaphylaxis"}],"description":"fainted","onset":"2012-06-12",
		"severity":"severe","exposureRoute":{"text":"oral"},"note":[{"text":"epinephrine given"},{"text":"recovered"}]}]`,
}
