package mappingtest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// class is an R4 Coverage's class.
func class(members ...string) string {
	var list []string
	for _, m := range members {
		p := strings.Split(m, "|")
		name := ""
		if len(p) > 2 {
			name = fmt.Sprintf(`,"name":%q`, p[2])
		}
		list = append(list, fmt.Sprintf(`{"type":%s,"value":%q%s}`, concept(terminology+"coverage-class", p[0]), p[1], name))
	}
	return "[" + strings.Join(list, ",") + "]"
}

func TestCoverageElements(t *testing.T) {
	t.Parallel()
	const org = `{"reference":"Organization/1","display":"Payer"}`
	runAll(t, "Coverage", []scenario{
		{name: "issuer", from: d2, to: up, in: `"issuer":` + org, want: wants{"payor": "[" + org + "]", "issuer": absent}, home: wants{"issuer": org}},
		{name: "the first payor", from: s3, to: []fhir.Version{d2}, in: `"payor":[` + org + `,{"reference":"Patient/p1"}]`, want: wants{"issuer": org}},
		{name: "the first payor", from: r4, to: []fhir.Version{d2}, in: `"payor":[` + org + `,{"reference":"Patient/p1"}]`, want: wants{"issuer": org}},
		{
			name: "no payor", from: d2, to: []fhir.Version{r4}, in: `"subscriber":{"reference":"Patient/p1"}`,
			want: wants{"payor": `[{"display":"Unknown payor"}]`}, home: wants{"issuer": absent},
		},
		{
			name: "no payor", from: s3, to: []fhir.Version{r4}, in: `"beneficiary":{"reference":"Patient/p1"}`,
			want: wants{"payor": `[{"display":"Unknown payor"}]`},
		},
		{
			name: "group", from: d2, to: []fhir.Version{s3}, in: `"group":"G1"`,
			want: wants{"grouping.group": `"G1"`, "grouping.groupDisplay": `"G1"`, "group": absent}, home: wants{"group": `"G1"`},
		},
		{name: "group", from: d2, to: []fhir.Version{r4}, in: `"group":"G1"`, want: wants{"class": class("group|G1|G1")}, home: wants{"group": `"G1"`}},
		{
			name: "plan", from: d2, to: []fhir.Version{s3}, in: `"plan":"Gold"`,
			want: wants{"grouping.plan": `"Gold"`, "grouping.planDisplay": `"Gold"`, "plan": absent}, home: wants{"plan": `"Gold"`},
		},
		{name: "plan", from: d2, to: []fhir.Version{r4}, in: `"plan":"Gold"`, want: wants{"class": class("plan|Gold|Gold")}, home: wants{"plan": `"Gold"`}},
		{name: "subPlan", from: d2, to: []fhir.Version{s3}, in: `"subPlan":"P5"`, want: wants{"grouping.subPlan": `"P5"`}, home: wants{"subPlan": `"P5"`}},
		{
			name: "subPlan", from: d2, to: []fhir.Version{r4}, in: `"subPlan":"P5"`,
			want: wants{"class[0].type.coding[0].code": `"subplan"`, "class[0].value": `"P5"`}, home: wants{"subPlan": `"P5"`},
		},
		{
			name: "all classes", from: s3, to: []fhir.Version{r4}, in: `"grouping":{"group":"1","groupDisplay":"a","subGroup":"2",
				"subGroupDisplay":"b","plan":"3","planDisplay":"c","subPlan":"4","subPlanDisplay":"d","class":"5","classDisplay":"e","subClass":"6",
				"subClassDisplay":"f"}`,
			want: wants{"class": class("group|1|a", "subgroup|2|b", "plan|3|c", "subplan|4|d", "class|5|e", "subclass|6|f"), "grouping": absent},
			home: wants{"grouping": `{"group":"1","groupDisplay":"a","subGroup":"2","subGroupDisplay":"b","plan":"3","planDisplay":"c","subPlan":"4",
				"subPlanDisplay":"d","class":"5","classDisplay":"e","subClass":"6","subClassDisplay":"f"}`},
		},
		{
			name: "a display alone", from: s3, to: []fhir.Version{r4}, in: `"grouping":{"planDisplay":"Gold"}`,
			want: wants{"class[0].value": `"Gold"`, "class[0].name": `"Gold"`, "class[1]": absent},
		},
		{
			name: "plan by display", from: s3, to: []fhir.Version{d2}, in: `"grouping":{"plan":"B37","planDisplay":"Gold","subGroup":"s"}`,
			want: wants{"plan": `"Gold"`, "grouping": absent},
		},
		{name: "plan by display", from: r4, to: []fhir.Version{d2}, in: `"class":` + class("plan|B37|Gold"), want: wants{"plan": `"Gold"`, "class": absent}},
		{name: "plan by value", from: r4, to: []fhir.Version{d2}, in: `"class":` + class("plan|B37"), want: wants{"plan": `"B37"`}},
		{
			name: "plan by payor", from: s3, to: []fhir.Version{d2}, in: `"payor":[` + org + `],"grouping":{"group":"1","groupDisplay":"a"}`,
			want: wants{"plan": `"Payer"`},
		},
		{
			name: "plan by group", from: s3, to: []fhir.Version{d2}, in: `"grouping":{"group":"1","groupDisplay":"a"}`,
			want: wants{"plan": `"a"`, "group": `"1"`},
		},
		{
			name: "sequence", from: d2, to: []fhir.Version{s3}, in: `"sequence":9,"dependent":2`, want: wants{"sequence": `"9"`, "dependent": `"2"`},
			home: wants{"sequence": `9`, "dependent": `2`},
		},
		{
			name: "sequence", from: d2, to: []fhir.Version{r4}, in: `"sequence":9,"dependent":2`,
			want: wants{"class": class("sequence|9"), "dependent": `"2"`, "sequence": absent}, home: wants{"sequence": `9`, "dependent": `2`},
		},
		{name: "no number", from: s3, to: []fhir.Version{d2}, in: `"sequence":"A9","dependent":"one"`, want: wants{"sequence": absent, "dependent": absent}},
		{
			name: "no number", from: r4, to: []fhir.Version{d2}, in: `"class":` + class("sequence|A9") + `,"dependent":"0"`,
			want: wants{"sequence": absent, "dependent": absent},
		},
		{
			name: "sequence", from: s3, to: []fhir.Version{r4}, in: `"sequence":"A9"`, want: wants{"class": class("sequence|A9")},
			home: wants{"sequence": `"A9"`},
		},
		{
			name: "bin", from: d2, to: []fhir.Version{r4}, in: `"bin":{"system":"urn:bin","value":"123"}`, want: wants{"class": class("rxbin|123")},
			home: wants{"bin.value": `"123"`},
		},
		{
			name: "bin", from: d2, to: []fhir.Version{s3}, in: `"bin":{"system":"urn:bin","value":"123"}`,
			want: wants{"extension[0].valueIdentifier": `{"system":"urn:bin","value":"123"}`},
			home: wants{"bin": `{"system":"urn:bin","value":"123"}`, "extension": absent},
		},
		{
			name: "type", from: d2, to: up, in: `"type":{"system":"urn:own","code":"EHCPOL"}`,
			want: wants{"type": `{"coding":[{"system":"urn:own","code":"EHCPOL"}]}`}, home: wants{"type": `{"system":"urn:own","code":"EHCPOL"}`},
		},
		{name: "type", from: r4, to: []fhir.Version{d2}, in: `"type":{"coding":[{"code":"a"},{"code":"b"}]}`, want: wants{"type": `{"code":"a"}`}},
		{name: "network", from: d2, to: up, in: `"network":{"value":"5"}`, want: wants{"network": `"5"`}, home: wants{"network": `{"value":"5"}`}},
		{
			name: "period", from: d2, to: up,
			in:   `"period":{"start":"2011-05-23"},"contract":[{"reference":"Contract/1"}],"identifier":[{"value":"c"}]`,
			want: wants{"period": `{"start":"2011-05-23"}`, "contract": `[{"reference":"Contract/1"}]`, "identifier": `[{"value":"c"}]`},
		},
		{name: "no status", from: d2, to: []fhir.Version{r4}, in: `"plan":"x"`, want: wants{"status": `"active"`}},
		{name: "no status", from: s3, to: []fhir.Version{r4}, in: `"order":1`, want: wants{"status": `"active"`}},
		{name: "no status", from: d2, to: []fhir.Version{s3}, in: `"plan":"x"`, want: wants{"status": absent}},
		{name: "cancelled", from: s3, to: []fhir.Version{d2}, in: `"status":"cancelled"`, withheld: true},
		{name: "cancelled", from: r4, to: []fhir.Version{d2}, in: `"status":"cancelled"`, withheld: true},
		{name: "entered-in-error", from: s3, to: []fhir.Version{d2}, in: `"status":"entered-in-error"`, withheld: true},
		{name: "entered-in-error", from: r4, to: []fhir.Version{d2}, in: `"status":"entered-in-error"`, withheld: true},
		{name: "cancelled", from: r4, to: []fhir.Version{s3}, in: `"status":"cancelled"`, want: wants{"status": `"cancelled"`}},
		{
			name: "costs", from: r4, to: low,
			in:   `"costToBeneficiary":[{"type":{"text":"c"},"valueMoney":{"value":1,"currency":"EUR"}}],"subrogation":true`,
			want: wants{"costToBeneficiary": absent, "subrogation": absent},
		},
	})
}
