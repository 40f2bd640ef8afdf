package mappingtest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

func TestEncounterCodes(t *testing.T) {
	t.Parallel()
	same := []string{"planned", "arrived", "in-progress", "onleave", "finished", "cancelled"}
	list := rows(d2, up, same...)
	list = append(list, rows(s3, []fhir.Version{d2, r4}, same...)...)
	list = append(list, rows(r4, low, same...)...)
	list = append(list, rows(s3, []fhir.Version{d2}, "triaged→arrived", "unknown→planned")...)
	list = append(list, rows(r4, []fhir.Version{d2}, "triaged→arrived", "unknown→planned")...)
	list = append(list, rows(s3, []fhir.Version{r4}, "triaged", "unknown", "entered-in-error")...)
	list = append(list, rows(r4, []fhir.Version{s3}, "triaged", "unknown", "entered-in-error")...)
	codes(t, everywhere("Encounter"), "status", "", nil, list)
	runAll(t, "Encounter", []scenario{
		{name: "status entered-in-error", from: s3, to: []fhir.Version{d2}, in: `"status":"entered-in-error"`, withheld: true},
		{name: "status entered-in-error", from: r4, to: []fhir.Version{d2}, in: `"status":"entered-in-error"`, withheld: true},
	})
}

func TestEncounterClasses(t *testing.T) {
	t.Parallel()
	system := map[fhir.Version]string{s3: "http://hl7.org/fhir/v3/ActCode", r4: v3("ActCode")}
	coding := func(v fhir.Version, code string) string {
		return fmt.Sprintf(`"class":{"system":%q,"code":%q}`, system[v], code)
	}
	for _, pair := range []string{"inpatient→IMP", "emergency→EMER", "home→HH", "field→FLD", "daytime→SS", "virtual→VR", "ambulatory→AMB"} {
		class, code, _ := strings.Cut(pair, "→")
		for _, v := range up {
			runAll(t, "Encounter", []scenario{
				{
					name: pair, from: d2, to: []fhir.Version{v}, in: `"class":` + quote(class),
					want: wants{"class.system": quote(system[v]), "class.code": quote(code)}, home: wants{"class": quote(class)},
				},
				{name: pair, from: v, to: []fhir.Version{d2}, in: coding(v, code), want: wants{"class": quote(class)}},
				{
					name: pair, from: v, to: []fhir.Version{s3 + r4 - v}, in: coding(v, code),
					want: wants{"class.system": quote(system[s3+r4-v]), "class.code": quote(code)},
				},
			})
		}
	}
	runAll(t, "Encounter", []scenario{
		{name: "outpatient", from: d2, to: up, in: `"class":"outpatient"`, want: wants{"class.code": `"AMB"`}},
		{
			name: "other", sloppy: true, from: d2, to: up, in: `"class":"other"`,
			want: wants{"class.system": `"http://hl7.org/fhir/encounter-class"`, "class.code": `"other"`}, home: wants{"class": `"other"`},
		},
		{
			name: "none is UNK", from: s3, to: []fhir.Version{r4}, in: `"status":"planned"`,
			want: wants{"class.system": quote(v3("NullFlavor")), "class.code": `"UNK"`},
		},
		{
			name: "none is UNK", from: d2, to: []fhir.Version{r4}, in: `"status":"planned"`,
			want: wants{"class.system": quote(v3("NullFlavor")), "class.code": `"UNK"`}, home: wants{"class": absent},
		},
		{name: "none is none", from: d2, to: []fhir.Version{s3}, in: `"status":"planned"`, want: wants{"class": absent}},
	})
}

func TestEncounterDiagnoses(t *testing.T) {
	t.Parallel()
	role := func(v fhir.Version, code string) string {
		if v == r4 {
			return `"use":` + concept(terminology+"diagnosis-role", code)
		}
		return `"role":` + concept("http://hl7.org/fhir/diagnosis-role", code)
	}
	const a, d, i = `{"reference":"Condition/a"}`, `{"reference":"Condition/d"}`, `{"reference":"Condition/i"}`
	for _, v := range up {
		diagnoses := fmt.Sprintf(`"diagnosis":[{"condition":%s},{"condition":%s,%s},{"condition":%s,%s}]`, i, a, role(v, "AD"), d, role(v, "DD"))
		runAll(t, "Encounter", []scenario{
			{
				name: "roles", from: v, to: []fhir.Version{d2}, in: diagnoses,
				want: wants{
					"indication": "[" + i + "]", "hospitalization.admittingDiagnosis": "[" + a + "]",
					"hospitalization.dischargeDiagnosis": "[" + d + "]", "diagnosis": absent,
				},
			},
			{
				name: "roles", from: d2, to: []fhir.Version{v}, in: `"hospitalization":{"admittingDiagnosis":[` + a + `],"dischargeDiagnosis":[` + d + `]}`,
				want: wants{"hospitalization.admittingDiagnosis": absent, "hospitalization.dischargeDiagnosis": absent}.and(
					"diagnosis", fmt.Sprintf(`[{"condition":%s,%s},{"condition":%s,%s}]`, a, role(v, "AD"), d, role(v, "DD"))),
				home: wants{"hospitalization": `{"admittingDiagnosis":[` + a + `],"dischargeDiagnosis":[` + d + `]}`},
			},
			{
				name: "an indication", from: d2, to: []fhir.Version{v}, in: `"indication":[` + i + `,{"reference":"Procedure/1"}]`,
				want: wants{"indication": absent}, home: wants{"indication": `[` + i + `,{"reference":"Procedure/1"}]`},
			},
		})
	}
	runAll(t, "Encounter", []scenario{
		{
			name: "reasonReference", from: r4, to: []fhir.Version{d2}, in: `"reasonReference":[` + i + `]`,
			want: wants{"indication": "[" + i + "]", "reasonReference": absent},
		},
		{name: "an indication", from: d2, to: []fhir.Version{s3}, in: `"indication":[` + i + `]`, want: wants{"diagnosis": `[{"condition":` + i + `}]`}},
	})
}

// and gives w with one more.
func (w wants) and(path, want string) wants {
	w[path] = want
	return w
}

func TestEncounterElements(t *testing.T) {
	t.Parallel()
	const l1, l2, l3 = `{"location":{"reference":"Location/1"},"status":"completed","period":{"start":"2020-01-03"}}`,
		`{"location":{"reference":"Location/2"},"status":"active","period":{"start":"2020-01-01"}}`,
		`{"location":{"reference":"Location/3"},"status":"completed","period":{"start":"2020-01-02"}}`
	referral := `[{"reference":"ReferralRequest/1"}]`
	runAll(t, "Encounter", []scenario{
		{
			name: "patient", from: d2, to: up, in: `"patient":{"reference":"Patient/p1"}`,
			want: wants{"subject": `{"reference":"Patient/p1"}`, "patient": absent},
		},
		{
			name: "subject", from: s3, to: []fhir.Version{d2}, in: `"subject":{"reference":"Patient/p1"}`,
			want: wants{"patient": `{"reference":"Patient/p1"}`, "subject": absent},
		},
		{
			name: "subject", from: r4, to: []fhir.Version{d2}, in: `"subject":{"reference":"Patient/p1"}`,
			want: wants{"patient": `{"reference":"Patient/p1"}`, "subject": absent},
		},
		{
			name: "the active location first", from: s3, to: []fhir.Version{d2}, in: `"location":[` + l1 + `,` + l2 + `,` + l3 + `]`,
			want: wants{"location": `[` + l2 + `,` + l1 + `,` + l3 + `]`},
		},
		{name: "then the latest", from: r4, to: low, in: `"location":[` + l3 + `,` + l1 + `]`, want: wants{"location": `[` + l1 + `,` + l3 + `]`}},
		{
			name: "physicalType", from: r4, to: low, in: `"location":[{"location":{"reference":"Location/1"},"physicalType":{"text":"Bed"}}]`,
			want: wants{"location": `[{"location":{"reference":"Location/1"}}]`},
		},
		{
			name: "appointment", from: r4, to: low, in: `"appointment":[{"reference":"Appointment/1"},{"reference":"Appointment/2"}]`,
			want: wants{"appointment": `{"reference":"Appointment/1"}`},
		},
		{
			name: "appointment", from: d2, to: []fhir.Version{r4}, in: `"appointment":{"reference":"Appointment/1"}`,
			want: wants{"appointment": `[{"reference":"Appointment/1"}]`},
		},
		{name: "reason", from: d2, to: []fhir.Version{s3}, in: `"reason":[{"text":"Fall"}]`, want: wants{"reason": `[{"text":"Fall"}]`}},
		{
			name: "reason", from: d2, to: []fhir.Version{r4}, in: `"reason":[{"text":"Fall"}]`,
			want: wants{"reasonCode": `[{"text":"Fall"}]`, "reason": absent}, home: wants{"reason": `[{"text":"Fall"}]`},
		},
		{name: "incomingReferral", from: s3, to: []fhir.Version{d2}, in: `"incomingReferral":` + referral, want: wants{"incomingReferral": referral}},
		{
			name: "incomingReferral", from: s3, to: []fhir.Version{r4}, in: `"incomingReferral":` + referral,
			want: wants{"incomingReferral": absent, "basedOn": present},
		},
		{
			name: "statusHistory", from: d2, to: up, in: `"statusHistory":[{"status":"planned","period":{"start":"2020"}}]`,
			want: wants{"statusHistory": `[{"status":"planned","period":{"start":"2020"}}]`},
		},
		{
			name: "classHistory", from: s3, to: []fhir.Version{d2},
			in:   `"classHistory":[{"class":{"system":"http://hl7.org/fhir/v3/ActCode","code":"IMP"},"period":{"start":"2020"}}]`,
			want: wants{"classHistory": absent},
		},
		{
			name: "participant", from: r4, to: low, in: `"participant":[{"individual":{"reference":"PractitionerRole/1","display":"Dr Kaur"}}]`,
			want: wants{"participant": `[{"individual":{"display":"Dr Kaur"}}]`},
		},
		{
			name: "participant type", from: d2, to: []fhir.Version{r4},
			in:   `"participant":[{"type":[` + concept("http://hl7.org/fhir/v3/ParticipationType", "ATND") + `]}]`,
			want: wants{"participant[0].type[0]": concept(v3("ParticipationType"), "ATND")},
		},
		{
			name: "origin", from: r4, to: low,
			in:   `"hospitalization":{"origin":{"reference":"Organization/1","display":"North"},"destination":{"reference":"Location/1"}}`,
			want: wants{"hospitalization": `{"origin":{"display":"North"},"destination":{"reference":"Location/1"}}`},
		},
	})
}
