package mappingtest_test

import (
	"fmt"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

var orders = map[fhir.Version]string{d2: "MedicationOrder", s3: "MedicationRequest", r4: "MedicationRequest"}

func TestMedicationRequestCodes(t *testing.T) {
	t.Parallel()
	same := []string{"active", "on-hold", "completed", "entered-in-error", "stopped", "draft"}
	list := rows(d2, up, same...)
	list = append(list, rows(s3, []fhir.Version{d2}, append(same, "cancelled→stopped", "unknown→")...)...)
	list = append(list, rows(r4, []fhir.Version{d2}, append(same, "cancelled→stopped", "unknown→")...)...)
	list = append(list, rows(s3, []fhir.Version{r4}, append(same, "cancelled", "unknown")...)...)
	list = append(list, rows(r4, []fhir.Version{s3}, append(same, "cancelled", "unknown")...)...)
	codes(t, orders, "status", "", nil, list)
	for _, s := range []scenario{
		{name: "no status", from: d2, to: []fhir.Version{r4}, in: `"status":null`, want: wants{"status": `"unknown"`}, home: wants{"status": absent}},
		{name: "no status", from: d2, to: []fhir.Version{s3}, in: `"status":null`, want: wants{"status": absent}},
		{name: "no status", from: s3, to: []fhir.Version{r4}, in: `"status":null`, want: wants{"status": `"unknown"`}},
	} {
		s.typ = orders[s.from]
		s.run(t)
	}
}

func TestMedicationRequestIntent(t *testing.T) {
	t.Parallel()
	intents := rows(r4, []fhir.Version{s3}, "original-order→order", "reflex-order→order", "filler-order→order", "option→plan", "proposal", "plan",
		"order", "instance-order")
	intents = append(intents, rows(s3, []fhir.Version{r4}, "proposal", "plan", "order", "instance-order")...)
	codes(t, orders, "intent", "", nil, intents)
	runAll(t, "MedicationOrder", []scenario{{name: "an order", from: d2, to: up, in: `"status":"active"`, want: wants{
		"intent":       `"order"`,
		"resourceType": `"MedicationRequest"`,
	}, home: wants{"resourceType": `"MedicationOrder"`, "intent": absent}}})
	for _, c := range []struct {
		from    fhir.Version
		intents []string
		below   bool
	}{
		{s3, []string{"proposal", "plan"}, false},
		{r4, []string{"proposal", "plan", "option"}, false},
		{s3, []string{"order", "instance-order"}, true},
		{r4, []string{"order", "original-order", "reflex-order", "filler-order", "instance-order"}, true},
	} {
		for _, intent := range c.intents {
			s := scenario{name: "intent " + intent, from: c.from, to: []fhir.Version{d2}, in: fmt.Sprintf(`"intent":%q`, intent), withheld: !c.below}
			if c.below {
				s.want = wants{"resourceType": `"MedicationOrder"`, "intent": absent}
			}
			runAll(t, "MedicationRequest", []scenario{s})
		}
	}
}

func TestMedicationRequestElements(t *testing.T) {
	t.Parallel()
	const agent = `{"reference":"Practitioner/1","display":"Dr Kaur"}`
	const behalf = `{"reference":"Organization/1","display":"North"}`
	const onBehalfOf = "http://hl7.org/fhir/3.0/StructureDefinition/extension-MedicationRequest.requester.onBehalfOf"
	orders := []scenario{
		{
			name: "prescriber", from: d2, to: []fhir.Version{s3}, in: `"prescriber":` + agent, want: wants{"requester": `{"agent":` + agent + `}`},
			home: wants{"prescriber": agent},
		},
		{name: "prescriber", from: d2, to: []fhir.Version{r4}, in: `"prescriber":` + agent, want: wants{"requester": agent}, home: wants{"prescriber": agent}},
		{
			name: "patient", from: d2, to: up, in: `"patient":{"reference":"Patient/p1"}`,
			want: wants{"subject": `{"reference":"Patient/p1"}`, "patient": absent}, home: wants{"patient": `{"reference":"Patient/p1"}`},
		},
		{
			name: "dateWritten", from: d2, to: up, in: `"dateWritten":"2015-01-15"`, want: wants{"authoredOn": `"2015-01-15"`, "dateWritten": absent},
			home: wants{"dateWritten": `"2015-01-15"`},
		},
		{
			name: "reason", from: d2, to: up, in: `"reasonCodeableConcept":{"text":"Pain"}`, want: wants{"reasonCode": `[{"text":"Pain"}]`},
			home: wants{"reasonCodeableConcept": `{"text":"Pain"}`},
		},
		{
			name: "reason", from: d2, to: up, in: `"reasonReference":{"reference":"Condition/1"}`,
			want: wants{"reasonReference": `[{"reference":"Condition/1"}]`}, home: wants{"reasonReference": `{"reference":"Condition/1"}`},
		},
		{name: "note", from: d2, to: up, in: `"note":"with food"`, want: wants{"note": `[{"text":"with food"}]`}, home: wants{"note": `"with food"`}},
		{
			name: "priorPrescription", from: d2, to: up, in: `"priorPrescription":{"reference":"MedicationOrder/0"}`,
			want: wants{"priorPrescription": `{"reference":"MedicationRequest/0"}`},
			home: wants{"priorPrescription": `{"reference":"MedicationOrder/0"}`},
		},
		{
			name: "text", from: d2, to: up, in: `"dosageInstruction":[{"text":" one  tablet\tnow ","additionalInstructions":{"text":"with food"}}]`,
			want: wants{"dosageInstruction[0].text": `" one  tablet\tnow "`, "dosageInstruction[0].additionalInstruction": `[{"text":"with food"}]`},
			home: wants{"dosageInstruction[0].additionalInstructions": `{"text":"with food"}`},
		},
		{
			name: "site", from: d2, to: up, in: `"dosageInstruction":[{"siteReference":{"reference":"BodySite/1","display":"left arm"}}]`,
			want: wants{"dosageInstruction[0].site.text": `"left arm"`, "dosageInstruction[0].siteReference": absent},
		},
		{
			name: "site", from: d2, to: up, in: `"dosageInstruction":[{"siteCodeableConcept":{"text":"left arm"}}]`,
			want: wants{"dosageInstruction[0].site.text": `"left arm"`, "dosageInstruction[0].siteCodeableConcept": absent},
			home: wants{"dosageInstruction[0].siteCodeableConcept.text": `"left arm"`},
		},
		{
			name: "asNeeded", from: d2, to: up,
			in:   `"dosageInstruction":[{"asNeededBoolean":true,"route":{"text":"oral"},"method":{"text":"swallow"}}]`,
			want: wants{"dosageInstruction": `[{"asNeededBoolean":true,"route":{"text":"oral"},"method":{"text":"swallow"}}]`},
		},
		{
			name: "dispenseRequest", from: d2, to: up,
			in:   `"dispenseRequest":{"numberOfRepeatsAllowed":3,"quantity":{"value":30.00},"expectedSupplyDuration":{"value":10,"code":"d"}}`,
			want: wants{"dispenseRequest": `{"numberOfRepeatsAllowed":3,"quantity":{"value":30.00},"expectedSupplyDuration":{"value":10,"code":"d"}}`},
		},
	}
	runAll(t, "MedicationOrder", orders)
	runAll(t, "MedicationRequest", []scenario{
		{
			name: "requester", from: s3, to: []fhir.Version{r4}, in: `"requester":{"agent":` + agent + `,"onBehalfOf":` + behalf + `}`,
			want: wants{"requester": agent, "extension(" + onBehalfOf + ").valueReference": behalf},
			home: wants{"requester": `{"agent":` + agent + `,"onBehalfOf":` + behalf + `}`, "extension": absent},
		},
		{name: "requester", from: s3, to: []fhir.Version{d2}, in: `"requester":{"agent":` + agent + `}`, want: wants{"prescriber": agent, "requester": absent}},
		{
			name: "a patient requests", from: s3, to: []fhir.Version{d2}, in: `"requester":{"agent":{"reference":"Patient/p1","display":"Ann"}}`,
			want: wants{"prescriber": `{"display":"Ann"}`},
		},
		{
			name: "a role requests", from: r4, to: []fhir.Version{d2}, in: `"requester":{"reference":"PractitionerRole/1","display":"Dr Kaur"}`,
			want: wants{"prescriber": `{"display":"Dr Kaur"}`},
		},
		{
			name: "reasons", from: s3, to: []fhir.Version{d2}, in: `"reasonCode":[{"text":"a"},{"text":"b"}]`,
			want: wants{"reasonCodeableConcept": `{"text":"a"}`, "reasonCode": absent},
		},
		{
			name: "reasons", from: r4, to: []fhir.Version{d2}, in: `"reasonReference":[{"reference":"Condition/1"},{"reference":"Condition/2"}]`,
			want: wants{"reasonReference": `{"reference":"Condition/1"}`},
		},
		{name: "notes", from: s3, to: []fhir.Version{d2}, in: `"note":[{"text":"a"},{"authorString":"Ann","text":"b"}]`, want: wants{"note": `"a\nb"`}},
		{name: "notes", from: r4, to: []fhir.Version{d2}, in: `"note":[{"text":"a"},{"text":"b"}]`, want: wants{"note": `"a\nb"`}},
		{
			name: "an organization's note", from: r4, to: []fhir.Version{s3},
			in:   `"note":[{"authorReference":{"reference":"Organization/1","display":"North"},"time":"2020","text":"b"}]`,
			want: wants{"note": `[{"authorString":"North","time":"2020","text":"b"}]`},
		},
		{
			name: "instructions", from: s3, to: []fhir.Version{d2}, in: `"dosageInstruction":[{"additionalInstruction":[{"text":"a"},{"text":"b"}]}]`,
			want: wants{"dosageInstruction[0].additionalInstructions": `{"text":"a"}`, "dosageInstruction[0].additionalInstruction": absent},
		},
		{name: "reported", from: r4, to: low, in: `"reportedBoolean":true`, want: wants{"reportedBoolean": absent}},
		{
			name: "the rest of a dispense", from: r4, to: []fhir.Version{d2},
			in: `"dispenseRequest":{"initialFill":{"quantity":{"value":1}},"dispenseInterval":{"value":1},"performer":{"reference":"Organization/1"},
				"numberOfRepeatsAllowed":1}`,
			want: wants{"dispenseRequest": `{"numberOfRepeatsAllowed":1}`},
		},
		{
			name: "what STU3 has alone", from: s3, to: []fhir.Version{d2},
			in:   `"priority":"urgent","category":{"text":"x"},"recorder":{"reference":"Practitioner/1"},"groupIdentifier":{"value":"1"}`,
			want: wants{"priority": absent, "category": absent, "recorder": absent, "groupIdentifier": absent, "intent": absent},
		},
	})
}

// TestMedicationStatementTaken is the row of wasNotTaken (§10).
func TestMedicationStatementTaken(t *testing.T) {
	t.Parallel()
	runAll(t, "MedicationStatement", []scenario{
		{
			name: "not taken", from: d2, to: []fhir.Version{s3}, in: `"status":"completed","wasNotTaken":true,"reasonNotTaken":[{"text":"Nausea"}]`,
			want: wants{"taken": `"n"`, "reasonNotTaken": `[{"text":"Nausea"}]`, "wasNotTaken": absent, "status": `"completed"`},
			home: wants{"wasNotTaken": `true`, "reasonNotTaken": `[{"text":"Nausea"}]`},
		},
		{name: "taken", from: d2, to: []fhir.Version{s3}, in: `"wasNotTaken":false`, want: wants{"taken": `"y"`}, home: wants{"wasNotTaken": `false`}},
		{
			name: "unsaid", from: d2, to: []fhir.Version{s3}, in: `"status":"active"`, want: wants{"taken": `"unk"`, "status": `"active"`},
			home: wants{"wasNotTaken": absent},
		},
		{
			name: "not taken", from: d2, to: []fhir.Version{r4}, in: `"status":"active","wasNotTaken":true,"reasonNotTaken":[{"text":"Nausea"}]`,
			want: wants{"status": `"not-taken"`, "reasonCode": `[{"text":"Nausea"}]`},
			home: wants{"status": `"active"`, "wasNotTaken": `true`, "reasonNotTaken": `[{"text":"Nausea"}]`, "extension": absent},
		},
		{
			name: "taken", from: d2, to: []fhir.Version{r4}, in: `"status":"active","wasNotTaken":false`, want: wants{"status": `"active"`},
			home: wants{"status": `"active"`, "wasNotTaken": `false`},
		},
		{
			name: "not taken", from: s3, to: []fhir.Version{r4}, in: `"status":"active","taken":"n","reasonNotTaken":[{"text":"Nausea"}]`,
			want: wants{
				"status": `"not-taken"`, "reasonCode": `[{"text":"Nausea"}]`, "taken": absent,
				"extension(/3.0/StructureDefinition/extension-MedicationStatement.status).valueCode": `"active"`,
			},
			home: wants{"status": `"active"`, "taken": `"n"`, "reasonNotTaken": `[{"text":"Nausea"}]`, "extension": absent},
		},
		{
			name: "unknown", from: s3, to: []fhir.Version{r4}, in: `"status":"completed","taken":"unk"`,
			want: wants{"status": `"unknown"`, "extension(/3.0/StructureDefinition/extension-MedicationStatement.status).valueCode": `"completed"`},
			home: wants{"status": `"completed"`, "taken": `"unk"`, "extension": absent},
		},
		{
			name: "taken", from: s3, to: []fhir.Version{r4}, in: `"status":"active","taken":"y"`, want: wants{"status": `"active"`, "taken": absent},
			home: wants{"status": `"active"`, "taken": `"y"`},
		},
		{name: "not-taken", from: r4, to: []fhir.Version{s3}, in: `"status":"not-taken"`, want: wants{"status": `"completed"`, "taken": `"n"`}},
		{name: "unknown", from: r4, to: []fhir.Version{s3}, in: `"status":"unknown"`, want: wants{"status": `"completed"`, "taken": `"unk"`}},
		{
			name: "not-taken", from: r4, to: []fhir.Version{d2}, in: `"status":"not-taken","reasonCode":[{"text":"Nausea"}]`,
			want: wants{"status": `"completed"`, "wasNotTaken": `true`, "reasonNotTaken": `[{"text":"Nausea"}]`},
		},
		{name: "unknown", from: r4, to: []fhir.Version{d2}, in: `"status":"unknown"`, want: wants{"status": `"completed"`, "wasNotTaken": absent}},
		{
			name: "not taken", from: s3, to: []fhir.Version{d2}, in: `"status":"completed","taken":"n"`,
			want: wants{"wasNotTaken": `true`, "status": `"completed"`, "taken": absent},
		},
		{name: "unknown", from: s3, to: []fhir.Version{d2}, in: `"status":"active","taken":"unk"`, want: wants{"wasNotTaken": absent, "status": `"active"`}},
		{
			name: "not taken is never lost to an error", from: s3, to: []fhir.Version{r4}, in: `"status":"entered-in-error","taken":"n"`,
			want: wants{"resourceType": `"MedicationStatement"`}, home: wants{"status": `"entered-in-error"`, "taken": `"n"`},
		},
	})
}

func TestMedicationStatementCodes(t *testing.T) {
	t.Parallel()
	typ := everywhere("MedicationStatement")
	same := []string{"active", "completed", "entered-in-error", "intended"}
	list := rows(s3, []fhir.Version{d2}, append(same, "stopped→completed", "on-hold→active")...)
	list = append(list, rows(r4, []fhir.Version{d2}, append(same, "stopped→completed", "on-hold→active")...)...)
	list = append(list, rows(s3, []fhir.Version{r4}, append(same, "stopped", "on-hold")...)...)
	list = append(list, rows(r4, []fhir.Version{s3}, append(same, "stopped", "on-hold")...)...)
	list = append(list, rows(d2, []fhir.Version{s3}, same...)...)
	codes(t, typ, "status", "", nil, list)
}

func TestMedicationStatementElements(t *testing.T) {
	t.Parallel()
	runAll(t, "MedicationStatement", []scenario{
		{
			name: "patient", from: d2, to: up, in: `"patient":{"reference":"Patient/p1"},"wasNotTaken":false`,
			want: wants{"subject": `{"reference":"Patient/p1"}`, "patient": absent}, home: wants{"patient": `{"reference":"Patient/p1"}`},
		},
		{
			name: "reason", from: d2, to: up, in: `"wasNotTaken":false,"reasonForUseCodeableConcept":{"text":"Pain"}`,
			want: wants{"reasonCode": `[{"text":"Pain"}]`}, home: wants{"reasonForUseCodeableConcept": `{"text":"Pain"}`},
		},
		{
			name: "reason", from: d2, to: up, in: `"wasNotTaken":false,"reasonForUseReference":{"reference":"Condition/1"}`,
			want: wants{"reasonReference": `[{"reference":"Condition/1"}]`}, home: wants{"reasonForUseReference": `{"reference":"Condition/1"}`},
		},
		{
			name: "reasons", from: s3, to: []fhir.Version{d2}, in: `"reasonCode":[{"text":"a"},{"text":"b"}]`,
			want: wants{"reasonForUseCodeableConcept": `{"text":"a"}`},
		},
		{name: "note", from: d2, to: up, in: `"wasNotTaken":false,"note":"n"`, want: wants{"note": `[{"text":"n"}]`}, home: wants{"note": `"n"`}},
		{name: "notes", from: r4, to: []fhir.Version{d2}, in: `"note":[{"text":"a"},{"text":"b"}]`, want: wants{"note": `"a\nb"`}},
		{
			name: "supportingInformation", from: d2, to: up, in: `"wasNotTaken":false,"supportingInformation":[{"reference":"MedicationOrder/1"}]`,
			want: wants{"derivedFrom": `[{"reference":"MedicationRequest/1"}]`, "supportingInformation": absent},
			home: wants{"supportingInformation": `[{"reference":"MedicationOrder/1"}]`},
		},
		{
			name: "quantity", from: d2, to: []fhir.Version{s3},
			in:   `"wasNotTaken":false,"dosage":[{"text":"t","quantityQuantity":{"value":1.0},"rateRatio":{"numerator":{"value":1}}}]`,
			want: wants{"dosage": `[{"text":"t","doseQuantity":{"value":1.0},"rateRatio":{"numerator":{"value":1}}}]`},
			home: wants{"dosage": `[{"text":"t","quantityQuantity":{"value":1.0},"rateRatio":{"numerator":{"value":1}}}]`},
		},
		{
			name: "quantity", from: d2, to: []fhir.Version{r4},
			in:   `"wasNotTaken":false,"dosage":[{"text":"t","quantityRange":{"low":{"value":1.0}}}]`,
			want: wants{"dosage": `[{"text":"t","doseAndRate":[{"doseRange":{"low":{"value":1.0}}}]}]`},
			home: wants{"dosage": `[{"text":"t","quantityRange":{"low":{"value":1.0}}}]`},
		},
		{
			name: "dose", from: s3, to: []fhir.Version{r4}, in: `"dosage":[{"doseQuantity":{"value":1.0}}]`,
			want: wants{"dosage": `[{"doseAndRate":[{"doseQuantity":{"value":1.0}}]}]`}, home: wants{"dosage": `[{"doseQuantity":{"value":1.0}}]`},
		},
		{
			name: "the same in all", from: d2, to: up,
			in:   `"wasNotTaken":false,"dateAsserted":"2015-02","effectivePeriod":{"start":"2015"},"informationSource":{"reference":"Patient/p1"}`,
			want: wants{"dateAsserted": `"2015-02"`, "effectivePeriod": `{"start":"2015"}`, "informationSource": `{"reference":"Patient/p1"}`},
		},
	})
}
