package mappingtest_test

import (
	"fmt"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

const substitution = `"substitution":{"type":{"coding":[{"system":"http://hl7.org/fhir/v3/substanceAdminSubstitution","code":%q}]}}`

func substitutionOf(code string) string { return fmt.Sprintf(substitution, code) }

var medicationLosses = map[int][]scenario{
	4: {
		{
			name: "parts that DSTU2 lacks", from: s3, to: []fhir.Version{d2}, typ: "MedicationRequest",
			in: `"dosageInstruction":[{"text":"Mondays at nine","timing":{"repeat":{"countMax":3,"duration":1.0,"durationUnit":"h","frequency":1,
				"period":1,"periodUnit":"wk","dayOfWeek":["mon"],
				"timeOfDay":["09:00:00"],"when":["ACM","PCM"],"offset":30}}}]`,
			want: wants{
				"dosageInstruction[0].text": `"Mondays at nine"`, "dosageInstruction[0].timing.repeat": `{"duration":1.0,"durationUnits":"h",
					"frequency":1,"period":1,"periodUnits":"wk","when":"ACM"}`,
			}, loss: "L-4",
		},
		{
			name: "parts that DSTU2 lacks", from: r4, to: []fhir.Version{d2}, typ: "MedicationRequest",
			in: `"dosageInstruction":[{"text":"Mondays","timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"wk","dayOfWeek":["mon"]}}}]`,
			want: wants{"dosageInstruction[0].text": `"Mondays"`, "dosageInstruction[0].timing.repeat": `{"frequency":1,"period":1,
				"periodUnits":"wk"}`}, loss: "L-4",
		},
		{
			name: "a text carries them", from: s3, to: []fhir.Version{d2}, typ: "MedicationRequest",
			in:   `"dosageInstruction":[{"timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"wk","dayOfWeek":["mon"]}}}]`,
			want: wants{"dosageInstruction[0].text": present}, loss: "L-4",
		},
		{
			name: "renamed", from: d2, to: up, typ: "MedicationOrder",
			in: `"dosageInstruction":[{"timing":{"repeat":{"duration":1,"durationMax":2,"durationUnits":"h","frequency":2,"frequencyMax":3,
				"period":1.50,"periodMax":2,"periodUnits":"d","when":"AC"}}}]`,
			want: wants{"dosageInstruction[0].timing.repeat": `{"duration":1,"durationMax":2,"durationUnit":"h","frequency":2,"frequencyMax":3,
				"period":1.50,"periodMax":2,"periodUnit":"d","when":["AC"]}`},
		},
	},
	5: {
		{
			name: "the first", from: r4, to: low, typ: "MedicationRequest",
			in: `"dosageInstruction":[{"text":"t","doseAndRate":[{"doseQuantity":{"value":1.0},"rateRatio":{"numerator":{"value":2}}},
				{"doseQuantity":{"value":5}}]}]`,
			want: wants{
				"dosageInstruction[0].doseQuantity": `{"value":1.0}`, "dosageInstruction[0].rateRatio": `{"numerator":{"value":2}}`,
				"dosageInstruction[0].doseAndRate": absent,
			}, loss: "L-5",
		},
		{
			name: "one with both", from: s3, to: []fhir.Version{r4}, typ: "MedicationRequest", in: `"dosageInstruction":[{"doseQuantity":{"value":1.0},
				"rateQuantity":{"value":2}}]`,
			want: wants{"dosageInstruction": `[{"doseAndRate":[{"doseQuantity":{"value":1.0},"rateQuantity":{"value":2}}]}]`},
			home: wants{"dosageInstruction": `[{"doseQuantity":{"value":1.0},"rateQuantity":{"value":2}}]`},
		},
		{
			name: "one with both", from: d2, to: []fhir.Version{r4}, typ: "MedicationOrder", in: `"dosageInstruction":[{"doseRange":{"low":{"value":1}},
				"rateRatio":{"numerator":{"value":2}}}]`,
			want: wants{"dosageInstruction": `[{"doseAndRate":[{"doseRange":{"low":{"value":1}},"rateRatio":{"numerator":{"value":2}}}]}]`},
			home: wants{"dosageInstruction": `[{"doseRange":{"low":{"value":1}},"rateRatio":{"numerator":{"value":2}}}]`},
		},
	},
	26: {
		{
			name: "dateEnded", from: d2, to: up, typ: "MedicationOrder", in: `"status":"stopped","dateEnded":"2016-04-05","reasonEnded":{"text":"Rash"}`,
			want: wants{
				"dateEnded": absent, "reasonEnded": absent,
				"extension(/1.0/StructureDefinition/extension-MedicationOrder.dateEnded).valueDateTime": `"2016-04-05"`,
			},
			home: wants{"dateEnded": `"2016-04-05"`, "reasonEnded": `{"text":"Rash"}`, "extension": absent},
		},
		{
			name: "reasonEnded", from: d2, to: []fhir.Version{r4}, typ: "MedicationOrder", in: `"reasonEnded":{"text":"Rash"}`,
			want: wants{"statusReason": `{"text":"Rash"}`, "reasonEnded": absent},
		},
		{
			name: "statusReason", from: r4, to: []fhir.Version{d2}, typ: "MedicationRequest", in: `"status":"stopped","statusReason":{"text":"Rash"}`,
			want: wants{"reasonEnded": `{"text":"Rash"}`},
		},
		{
			name: "the end of what is over", from: s3, to: []fhir.Version{d2}, typ: "MedicationRequest",
			in: `"status":"stopped","dispenseRequest":{"validityPeriod":{"end":"2016-04-05"}}`, want: wants{"dateEnded": `"2016-04-05"`},
		},
		{
			name: "the end of what is over", from: r4, to: []fhir.Version{d2}, typ: "MedicationRequest",
			in: `"status":"completed","dispenseRequest":{"validityPeriod":{"end":"2016-04-05"}}`, want: wants{"dateEnded": `"2016-04-05"`},
		},
		{
			name: "not of what goes on", from: s3, to: []fhir.Version{d2}, typ: "MedicationRequest",
			in:   `"status":"active","dispenseRequest":{"validityPeriod":{"end":"2016-04-05"}}`,
			want: wants{"dateEnded": absent, "dispenseRequest.validityPeriod.end": `"2016-04-05"`},
		},
		{
			name: "not of what goes on", from: r4, to: []fhir.Version{d2}, typ: "MedicationRequest",
			in: `"status":"on-hold","dispenseRequest":{"validityPeriod":{"end":"2016-04-05"}}`, want: wants{"dateEnded": absent},
		},
	},
	27: {
		{
			name: "the same", from: d2, to: up, typ: "MedicationOrder",
			in: `"medicationCodeableConcept":{"text":"Aspirin"},"dispenseRequest":{"medicationCodeableConcept":{"text":"Aspirin"},
				"numberOfRepeatsAllowed":2}`,
			want: wants{"dispenseRequest": `{"numberOfRepeatsAllowed":2}`, "note": absent},
		},
		{
			name: "another is noted", from: d2, to: up, typ: "MedicationOrder",
			in: `"medicationCodeableConcept":{"text":"Aspirin"},"dispenseRequest":{"medicationCodeableConcept":{"text":"Generic ASA"},
				"numberOfRepeatsAllowed":2}`,
			want: wants{"dispenseRequest": `{"numberOfRepeatsAllowed":2}`, "note[0].text": present}, loss: "L-27",
		},
		{
			name: "there is none above", from: r4, to: []fhir.Version{d2}, typ: "MedicationRequest",
			in: `"dispenseRequest":{"numberOfRepeatsAllowed":2}`, want: wants{"dispenseRequest": `{"numberOfRepeatsAllowed":2}`},
		},
	},
	28: {
		{
			name: "not N", from: d2, to: []fhir.Version{s3}, typ: "MedicationOrder", in: substitutionOf("G"),
			want: wants{"substitution.allowed": `true`, "substitution.type": absent},
		},
		{name: "N", from: d2, to: []fhir.Version{s3}, typ: "MedicationOrder", in: substitutionOf("N"), want: wants{"substitution.allowed": `false`}},
		{
			name: "N", from: d2, to: []fhir.Version{r4}, typ: "MedicationOrder", in: substitutionOf("N"),
			want: wants{"substitution.type": absent, "substitution.allowedCodeableConcept.coding[0].code": `"N"`},
			home: wants{"substitution.type.coding[0].code": `"N"`},
		},
		{name: "none", from: d2, to: up, typ: "MedicationOrder", in: `"status":"active"`, want: wants{"substitution": absent}},
		{
			name: "a concept", from: r4, to: []fhir.Version{s3}, typ: "MedicationRequest",
			in:   `"substitution":{"allowedCodeableConcept":` + concept(v3("substanceAdminSubstitution"), "N") + `}`,
			want: wants{"substitution": `{"allowed":false}`}, loss: "L-28",
		},
		{
			name: "a concept", from: r4, to: []fhir.Version{s3}, typ: "MedicationRequest",
			in:   `"substitution":{"allowedCodeableConcept":` + concept(v3("substanceAdminSubstitution"), "TE") + `}`,
			want: wants{"substitution": `{"allowed":true}`}, loss: "L-28",
		},
		{
			name: "a boolean", from: s3, to: []fhir.Version{r4}, typ: "MedicationRequest", in: `"substitution":{"allowed":false}`,
			want: wants{"substitution": `{"allowedBoolean":false}`}, home: wants{"substitution": `{"allowed":false}`},
		},
		{
			name: "forbidden stays forbidden", from: s3, to: []fhir.Version{d2}, typ: "MedicationRequest", in: `"substitution":{"allowed":false}`,
			want: wants{"substitution.type.coding[0].code": `"N"`}, home: wants{"substitution.allowed": `false`},
		},
	},
	29: {
		{
			name: "cancelled", from: s3, to: []fhir.Version{d2}, typ: "MedicationRequest", in: `"status":"cancelled"`,
			want: wants{"status": `"stopped"`}, loss: "L-29",
		},
		{
			name: "cancelled", from: r4, to: []fhir.Version{d2}, typ: "MedicationRequest", in: `"status":"cancelled"`,
			want: wants{"status": `"stopped"`}, loss: "L-29",
		},
		{
			name: "cancelled stays", from: s3, to: []fhir.Version{r4}, typ: "MedicationRequest", in: `"status":"cancelled"`,
			want: wants{"status": `"cancelled"`}, home: wants{"status": `"cancelled"`},
		},
		{name: "stopped stays", from: d2, to: up, typ: "MedicationOrder", in: `"status":"stopped"`, want: wants{"status": `"stopped"`}},
	},
	30: {
		{
			name: "stopped", from: s3, to: []fhir.Version{d2}, typ: "MedicationStatement", in: `"status":"stopped"`,
			want: wants{"status": `"completed"`}, loss: "L-30", home: wants{"status": `"stopped"`, "extension": absent},
		},
		{
			name: "on-hold", from: s3, to: []fhir.Version{d2}, typ: "MedicationStatement", in: `"status":"on-hold"`,
			want: wants{"status": `"active"`}, loss: "L-30", home: wants{"status": `"on-hold"`, "extension": absent},
		},
		{
			name: "stopped", from: r4, to: []fhir.Version{d2}, typ: "MedicationStatement", in: `"status":"stopped"`,
			want: wants{"status": `"completed"`}, loss: "L-30", home: wants{"status": `"stopped"`, "extension": absent},
		},
		{
			name: "on-hold", from: r4, to: []fhir.Version{d2}, typ: "MedicationStatement", in: `"status":"on-hold"`,
			want: wants{"status": `"active"`}, loss: "L-30", home: wants{"status": `"on-hold"`, "extension": absent},
		},
		{
			name: "stopped stays", from: s3, to: []fhir.Version{r4}, typ: "MedicationStatement", in: `"status":"stopped"`,
			want: wants{"status": `"stopped"`}, home: wants{"status": `"stopped"`},
		},
		{
			name: "completed stays", from: d2, to: up, typ: "MedicationStatement", in: `"status":"completed","wasNotTaken":false`,
			want: wants{"status": `"completed"`},
		},
	},
}
