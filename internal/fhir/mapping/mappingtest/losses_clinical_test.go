package mappingtest_test

import (
	"fmt"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

var conditionLosses = map[int][]scenario{
	15: {
		{
			name: "the day in the zone", from: s3, to: []fhir.Version{d2}, typ: "Condition", in: `"assertedDate":"2018-03-04T23:30:00Z"`,
			want: wants{"dateRecorded": `"2018-03-05"`}, loss: "L-15", opt: hongKong,
		},
		{
			name: "the day in the zone", from: r4, to: []fhir.Version{d2}, typ: "Condition", in: `"recordedDate":"2018-03-04T20:30:00-05:00"`,
			want: wants{"dateRecorded": `"2018-03-05"`}, loss: "L-15", opt: hongKong,
		},
		{
			name: "no zone is UTC", from: s3, to: []fhir.Version{d2}, typ: "Condition", in: `"assertedDate":"2018-03-05T01:30:00+08:00"`,
			want: wants{"dateRecorded": `"2018-03-04"`}, loss: "L-15",
		},
		{
			name: "a day stays", from: s3, to: []fhir.Version{d2}, typ: "Condition", in: `"assertedDate":"2018-03-04"`,
			want: wants{"dateRecorded": `"2018-03-04"`}, opt: hongKong,
		},
		{
			name: "a month stays", from: r4, to: []fhir.Version{d2}, typ: "Condition", in: `"recordedDate":"2018-03"`,
			want: wants{"dateRecorded": `"2018-03"`}, opt: hongKong,
		},
		{
			name: "a date stays a date", from: d2, to: []fhir.Version{s3}, typ: "Condition", in: `"dateRecorded":"2009-12-01"`,
			want: wants{"assertedDate": `"2009-12-01"`}, opt: hongKong,
		},
		{
			name: "a date stays a date", from: d2, to: []fhir.Version{r4}, typ: "Condition", in: `"dateRecorded":"2009-12-01"`,
			want: wants{"recordedDate": `"2009-12-01"`}, opt: hongKong,
		},
		{
			name: "the time stays", from: s3, to: []fhir.Version{r4}, typ: "Condition", in: `"assertedDate":"2018-03-04T23:30:00Z"`,
			want: wants{"recordedDate": `"2018-03-04T23:30:00Z"`}, opt: hongKong,
		},
	},
	16: {
		{
			name: "true", from: d2, to: []fhir.Version{r4}, typ: "Condition", in: `"abatementBoolean":true`,
			want: wants{
				"abatementString": `"true"`, "abatementBoolean": absent, "clinicalStatus.coding[0].code": `"resolved"`,
				"clinicalStatus.coding[0].system": `"http://terminology.hl7.org/CodeSystem/condition-clinical"`,
			},
		},
		{
			name: "true", from: s3, to: []fhir.Version{r4}, typ: "Condition", in: `"abatementBoolean":true`,
			want: wants{"abatementString": `"true"`, "abatementBoolean": absent, "clinicalStatus.coding[0].code": `"resolved"`},
		},
		{
			name: "true keeps a status", from: s3, to: []fhir.Version{r4}, typ: "Condition",
			in:   `"abatementBoolean":true,"clinicalStatus":"remission"`,
			want: wants{"abatementString": `"true"`, "clinicalStatus.coding[0].code": `"remission"`},
		},
		{
			name: "false", from: d2, to: []fhir.Version{r4}, typ: "Condition", in: `"abatementBoolean":false`,
			want: wants{"abatementString": absent, "abatementBoolean": absent, "clinicalStatus": absent}, loss: "L-16",
		},
		{
			name: "false", from: s3, to: []fhir.Version{r4}, typ: "Condition", in: `"abatementBoolean":false,"clinicalStatus":"active"`,
			want: wants{"abatementString": absent, "abatementBoolean": absent, "clinicalStatus.coding[0].code": `"active"`}, loss: "L-16",
		},
		{
			name: "between those that have it", from: d2, to: []fhir.Version{s3}, typ: "Condition", in: `"abatementBoolean":false`,
			want: wants{"abatementBoolean": `false`}, home: wants{"abatementBoolean": `false`},
		},
		{name: "a text stays", from: r4, to: low, typ: "Condition", in: `"abatementString":"after a week"`, want: wants{"abatementString": `"after a week"`}},
		{
			name: "not with entered-in-error", from: d2, to: []fhir.Version{r4}, typ: "Condition",
			in: `"abatementBoolean":true,"verificationStatus":"entered-in-error"`, want: wants{"clinicalStatus": absent},
		},
	},
	17: {
		{
			name: "inactive", from: s3, to: []fhir.Version{d2}, typ: "Condition", in: `"clinicalStatus":"inactive"`,
			want: wants{"clinicalStatus": absent}, loss: "L-17", home: wants{"clinicalStatus": `"inactive"`, "extension": absent},
		},
		{
			name: "inactive", from: r4, to: []fhir.Version{d2}, typ: "Condition", in: `"clinicalStatus":` + concept(clinical4, "inactive"),
			want: wants{"clinicalStatus": absent}, loss: "L-17", home: wants{"clinicalStatus.coding[0].code": `"inactive"`, "extension": absent},
		},
		{name: "none is invented", from: d2, to: up, typ: "Condition", in: `"patient":{"reference":"Patient/p1"}`, want: wants{"clinicalStatus": absent}},
		{
			name: "inactive stays", from: s3, to: []fhir.Version{r4}, typ: "Condition", in: `"clinicalStatus":"inactive"`,
			want: wants{"clinicalStatus.coding[0].code": `"inactive"`}, home: wants{"clinicalStatus": `"inactive"`},
		},
	},
	18: {
		{name: "unknown", from: d2, to: []fhir.Version{r4}, typ: "Condition", in: `"verificationStatus":"unknown"`, want: wants{"verificationStatus": absent}},
		{name: "unknown", from: s3, to: []fhir.Version{r4}, typ: "Condition", in: `"verificationStatus":"unknown"`, want: wants{"verificationStatus": absent}},
		{
			name: "unknown", from: d2, to: []fhir.Version{s3}, typ: "Condition", in: `"verificationStatus":"unknown"`,
			want: wants{"verificationStatus": `"unknown"`},
		},
		{name: "none", from: r4, to: []fhir.Version{d2}, typ: "Condition", in: `"code":{"text":"Gout"}`, want: wants{"verificationStatus": `"unknown"`}},
		{name: "none", from: s3, to: []fhir.Version{d2}, typ: "Condition", in: `"code":{"text":"Gout"}`, want: wants{"verificationStatus": `"unknown"`}},
	},
}

const clinical4 = "http://terminology.hl7.org/CodeSystem/condition-clinical"

var encounterLosses = map[int][]scenario{
	19: {
		{name: "triaged", from: s3, to: []fhir.Version{d2}, typ: "Encounter", in: `"status":"triaged"`, want: wants{"status": `"arrived"`}, loss: "L-19"},
		{name: "triaged", from: r4, to: []fhir.Version{d2}, typ: "Encounter", in: `"status":"triaged"`, want: wants{"status": `"arrived"`}, loss: "L-19"},
		{
			name: "triaged in the history", from: s3, to: []fhir.Version{d2}, typ: "Encounter",
			in: `"statusHistory":[{"status":"triaged","period":{"start":"2020"}}]`, want: wants{"statusHistory[0].status": `"arrived"`},
		},
		{name: "triaged", from: r4, to: []fhir.Version{s3}, typ: "Encounter", in: `"status":"triaged"`, want: wants{"status": `"triaged"`}},
		{name: "arrived stays", from: d2, to: up, typ: "Encounter", in: `"status":"arrived"`, want: wants{"status": `"arrived"`}},
	},
	20: {
		{
			name: "unknown and over", from: s3, to: []fhir.Version{d2}, typ: "Encounter",
			in: `"status":"unknown","period":{"start":"2020-01-01","end":"2020-01-02"}`, want: wants{"status": `"finished"`}, loss: "L-20",
			home: wants{"status": `"unknown"`, "extension": absent},
		},
		{
			name: "unknown and begun", from: s3, to: []fhir.Version{d2}, typ: "Encounter", in: `"status":"unknown","period":{"start":"2020-01-01"}`,
			want: wants{"status": `"in-progress"`}, loss: "L-20", home: wants{"status": `"unknown"`, "extension": absent},
		},
		{
			name: "unknown and undated", from: s3, to: []fhir.Version{d2}, typ: "Encounter", in: `"status":"unknown"`,
			want: wants{"status": `"planned"`}, loss: "L-20", home: wants{"status": `"unknown"`, "extension": absent},
		},
		{
			name: "unknown and over", from: r4, to: []fhir.Version{d2}, typ: "Encounter", in: `"status":"unknown","period":{"end":"2020-01-02"}`,
			want: wants{"status": `"finished"`}, loss: "L-20", home: wants{"status": `"unknown"`, "extension": absent},
		},
		{
			name: "unknown stays", from: s3, to: []fhir.Version{r4}, typ: "Encounter", in: `"status":"unknown"`, want: wants{"status": `"unknown"`},
			home: wants{"status": `"unknown"`},
		},
	},
	21: {
		{
			name: "AMB", from: s3, to: []fhir.Version{d2}, typ: "Encounter", in: `"class":{"system":"http://hl7.org/fhir/v3/ActCode","code":"AMB"}`,
			want: wants{"class": `"ambulatory"`},
		},
		{
			name: "AMB", from: r4, to: []fhir.Version{d2}, typ: "Encounter", in: fmt.Sprintf(`"class":{"system":%q,"code":"AMB"}`, v3("ActCode")),
			want: wants{"class": `"ambulatory"`},
		},
		{
			name: "outpatient", from: d2, to: up, typ: "Encounter", in: `"class":"outpatient"`, want: wants{"class.code": `"AMB"`},
			home: wants{"class": `"outpatient"`, "extension": absent, "_class": absent},
		},
		{
			name: "ambulatory", from: d2, to: up, typ: "Encounter", in: `"class":"ambulatory"`, want: wants{"class.code": `"AMB"`},
			home: wants{"class": `"ambulatory"`, "extension": absent, "_class": absent},
		},
	},
	22: narrowClasses(),
}

func narrowClasses() []scenario {
	var list []scenario
	for _, r := range [][2]string{{"ACUTE", "inpatient"}, {"NONAC", "inpatient"}, {"OBSENC", "inpatient"}, {"PRENC", "other"}} {
		code, class := r[0], r[1]
		later := code == "OBSENC" // of a later edition of the system than STU3 has
		list = append(list,
			scenario{
				name: code, from: s3, to: []fhir.Version{d2}, typ: "Encounter", sloppy: later,
				in: fmt.Sprintf(`"class":{"system":"http://hl7.org/fhir/v3/ActCode","code":%q}`, code), want: wants{"class": quote(class)},
				loss: "L-22",
			},
			scenario{
				name: code, from: r4, to: []fhir.Version{d2}, typ: "Encounter",
				in: fmt.Sprintf(`"class":{"system":%q,"code":%q}`, v3("ActCode"), code), want: wants{"class": quote(class)}, loss: "L-22",
			},
			scenario{
				name: code, from: s3, to: []fhir.Version{r4}, typ: "Encounter", sloppy: later,
				in:   fmt.Sprintf(`"class":{"system":"http://hl7.org/fhir/v3/ActCode","code":%q}`, code),
				want: wants{"class.code": quote(code), "class.system": quote(v3("ActCode"))},
			},
		)
	}
	return append(list, scenario{name: "inpatient", from: d2, to: up, typ: "Encounter", in: `"class":"inpatient"`, want: wants{"class.code": `"IMP"`}})
}

const (
	allergyClinical4 = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
	allergyVerified4 = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
)

var allergyLosses = map[int][]scenario{
	23: {
		{
			name: "other", from: d2, to: up, typ: "AllergyIntolerance", in: `"category":"other"`, want: wants{"category": absent},
			home: wants{"category": `"other"`, "extension": absent},
		},
		{
			name: "biologic", from: s3, to: []fhir.Version{d2}, typ: "AllergyIntolerance", in: `"category":["biologic"]`,
			want: wants{"category": `"other"`}, loss: "L-23",
		},
		{
			name: "biologic", from: r4, to: []fhir.Version{d2}, typ: "AllergyIntolerance", in: `"category":["biologic"]`,
			want: wants{"category": `"other"`}, loss: "L-23",
		},
		{
			name: "the first of many", from: s3, to: []fhir.Version{d2}, typ: "AllergyIntolerance", in: `"category":["food","medication"]`,
			want: wants{"category": `"food"`}, loss: "L-23",
		},
		{
			name: "the first of many", from: r4, to: []fhir.Version{d2}, typ: "AllergyIntolerance", in: `"category":["environment","food"]`,
			want: wants{"category": `"environment"`}, loss: "L-23",
		},
		{
			name: "all of many", from: r4, to: []fhir.Version{s3}, typ: "AllergyIntolerance", in: `"category":["environment","biologic"]`,
			want: wants{"category": `["environment","biologic"]`},
		},
	},
	24: {
		{
			name: "a dateTime", from: s3, to: []fhir.Version{d2}, typ: "AllergyIntolerance", in: `"onsetDateTime":"2004-05"`,
			want: wants{"onset": `"2004-05"`, "onsetDateTime": absent},
		},
		{
			name: "a period's start", from: s3, to: []fhir.Version{d2}, typ: "AllergyIntolerance", in: `"onsetPeriod":{"start":"2004","end":"2005"}`,
			want: wants{"onset": `"2004"`, "onsetPeriod": absent}, loss: "L-24",
		},
		{
			name: "a period's start", from: r4, to: []fhir.Version{d2}, typ: "AllergyIntolerance", in: `"onsetPeriod":{"start":"2004","end":"2005"}`,
			want: wants{"onset": `"2004"`, "onsetPeriod": absent}, loss: "L-24",
		},
		{
			name: "a period without start", from: s3, to: []fhir.Version{d2}, typ: "AllergyIntolerance", in: `"onsetPeriod":{"end":"2005"}`,
			want: wants{"onset": absent}, loss: "L-24",
		},
		{
			name: "an age", from: r4, to: []fhir.Version{d2}, typ: "AllergyIntolerance",
			in: `"onsetAge":{"value":3,"unit":"a","system":"http://unitsofmeasure.org","code":"a"}`, want: wants{"onset": absent, "onsetAge": absent},
			loss: "L-24",
		},
		{
			name: "a text", from: s3, to: []fhir.Version{d2}, typ: "AllergyIntolerance", in: `"onsetString":"as a child"`,
			want: wants{"onset": absent, "onsetString": absent}, loss: "L-24",
		},
		{
			name: "a dateTime", from: d2, to: up, typ: "AllergyIntolerance", in: `"onset":"2004-05-06"`,
			want: wants{"onsetDateTime": `"2004-05-06"`, "onset": absent}, home: wants{"onset": `"2004-05-06"`},
		},
	},
	25: {
		{
			name: "active", from: d2, to: []fhir.Version{s3}, typ: "AllergyIntolerance", in: `"status":"active"`,
			want: wants{"clinicalStatus": `"active"`, "verificationStatus": `"unconfirmed"`, "status": absent},
			home: wants{"status": `"active"`, "extension": absent},
		},
		{
			name: "active", from: d2, to: []fhir.Version{r4}, typ: "AllergyIntolerance", in: `"status":"active"`,
			want: wants{
				"clinicalStatus.coding[0].code": `"active"`, "verificationStatus.coding[0].code": `"unconfirmed"`,
				"clinicalStatus.coding[0].system": quote(allergyClinical4), "verificationStatus.coding[0].system": quote(allergyVerified4),
			},
			home: wants{"status": `"active"`, "extension": absent},
		},
		{
			name: "unconfirmed", from: s3, to: []fhir.Version{d2}, typ: "AllergyIntolerance",
			in: `"clinicalStatus":"active","verificationStatus":"unconfirmed"`, want: wants{"status": `"unconfirmed"`},
		},
		{
			name: "nothing said", from: r4, to: []fhir.Version{d2}, typ: "AllergyIntolerance",
			in: `"clinicalStatus":` + concept(allergyClinical4, "active"), want: wants{"status": `"active"`},
		},
	},
}

var coverageLosses = map[int][]scenario{
	31: {
		{
			name: "the subscriber benefits", from: d2, to: up, typ: "Coverage", in: `"subscriber":{"reference":"Patient/p1","display":"Ann"}`,
			want: wants{"subscriber": `{"reference":"Patient/p1","display":"Ann"}`, "beneficiary": `{"reference":"Patient/p1","display":"Ann"}`},
			home: wants{"subscriber": `{"reference":"Patient/p1","display":"Ann"}`},
		},
		{
			name: "a Patient subscribes", from: r4, to: []fhir.Version{d2}, typ: "Coverage", in: `"subscriber":{"reference":"Patient/p2"}`,
			want: wants{"subscriber": `{"reference":"Patient/p2"}`, "beneficiary": absent}, loss: "L-31",
		},
		{
			name: "a relative subscribes", from: r4, to: []fhir.Version{d2}, typ: "Coverage", in: `"subscriber":{"reference":"RelatedPerson/1"}`,
			want: wants{"subscriber": `{"reference":"Patient/p1"}`}, loss: "L-31",
		},
		{
			name: "nobody subscribes", from: s3, to: []fhir.Version{d2}, typ: "Coverage", in: `"beneficiary":{"reference":"Patient/p1"}`,
			want: wants{"subscriber": `{"reference":"Patient/p1"}`},
		},
	},
	32: {
		{
			name: "the value", from: d2, to: up, typ: "Coverage", in: `"subscriberId":{"system":"urn:ids","value":"S-1"}`,
			want: wants{"subscriberId": `"S-1"`}, home: wants{"subscriberId": `{"system":"urn:ids","value":"S-1"}`},
		},
		{
			name: "the value", from: s3, to: []fhir.Version{d2}, typ: "Coverage", in: `"subscriberId":"S-1"`,
			want: wants{"subscriberId": `{"value":"S-1"}`}, home: wants{"subscriberId": `"S-1"`},
		},
		{
			name: "the value", from: r4, to: []fhir.Version{d2}, typ: "Coverage", in: `"subscriberId":"S-1"`,
			want: wants{"subscriberId": `{"value":"S-1"}`}, home: wants{"subscriberId": `"S-1"`},
		},
	},
}
