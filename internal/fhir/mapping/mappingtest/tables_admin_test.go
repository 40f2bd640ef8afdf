package mappingtest_test

import (
	"fmt"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// TestAdministrative is the table of Location, Practitioner and Organization
// (§12).
func TestAdministrative(t *testing.T) {
	t.Parallel()
	for _, s := range []scenario{
		{
			name: "type", typ: "Location", from: d2, to: []fhir.Version{r4}, in: `"type":` + concept("http://hl7.org/fhir/v3/RoleCode", "ER"),
			want: wants{"type": "[" + concept(v3("RoleCode"), "ER") + "]"}, home: wants{"type": concept("http://hl7.org/fhir/v3/RoleCode", "ER")},
		},
		{name: "types", typ: "Location", from: r4, to: low, in: `"type":[{"text":"a"},{"text":"b"}]`, want: wants{"type": `{"text":"a"}`}},
		{
			name: "physicalType", typ: "Location", from: r4, to: low, in: `"physicalType":` + concept(terminology+"location-physical-type", "wi"),
			want: wants{"physicalType": concept("http://hl7.org/fhir/location-physical-type", "wi")},
		},
		{
			name: "extras", typ: "Location", from: r4, to: []fhir.Version{d2},
			in: `"operationalStatus":{"code":"H"},"alias":["x"],"endpoint":[{"reference":"Endpoint/1"}],"hoursOfOperation":[{"allDay":true}],
				"availabilityExceptions":"x","name":"n"`,
			want: wants{
				"operationalStatus": absent, "alias": absent, "endpoint": absent, "hoursOfOperation": absent, "availabilityExceptions": absent,
				"name": `"n"`,
			},
		},
		{
			name: "the official name", typ: "Practitioner", from: s3, to: []fhir.Version{d2},
			in: `"name":[{"use":"usual","family":"A"},{"use":"official","family":"B"}]`, want: wants{"name": `{"use":"official","family":["B"]}`},
		},
		{
			name: "the usual name", typ: "Practitioner", from: r4, to: []fhir.Version{d2},
			in: `"name":[{"use":"old","family":"A"},{"use":"usual","family":"B"}]`, want: wants{"name": `{"use":"usual","family":["B"]}`},
		},
		{
			name: "the first name", typ: "Practitioner", from: r4, to: []fhir.Version{d2},
			in: `"name":[{"family":"A"},{"use":"nickname","family":"B"}]`, want: wants{"name": `{"family":["A"]}`},
		},
		{name: "a name", typ: "Practitioner", from: d2, to: up, in: `"name":{"family":["A","B"]}`, want: wants{"name": `[{"family":"A B"}]`}},
		{
			name: "type", typ: "Organization", from: d2, to: up, in: `"type":{"text":"a"}`, want: wants{"type": `[{"text":"a"}]`},
			home: wants{"type": `{"text":"a"}`},
		},
		{
			name: "types", typ: "Organization", from: s3, to: []fhir.Version{d2}, in: `"type":[{"text":"a"},{"text":"b"}],"alias":["x"]`,
			want: wants{"type": `{"text":"a"}`, "alias": absent},
		},
	} {
		s.run(t)
	}
	var status []row
	for from, to := range others {
		status = append(status, rows(from, to, "active", "suspended", "inactive")...)
	}
	codes(t, everywhere("Location"), "status", "", nil, status)
}

const rolesOfTwo = `{"resourceType":"Practitioner","id":"f1","name":{"family":["Careful"]},"practitionerRole":[
	{"managingOrganization":{"reference":"Organization/1"},"role":{"text":"surgeon"},"specialty":[{"text":"Burns"}],"period":{"start":"2012-01-01"},
		"location":[{"reference":"Location/1"}],"healthcareService":[{"reference":"HealthcareService/1"}]},
	{"role":{"text":"teacher"}}]}`

// TestRoles: a DSTU2 Practitioner carries its roles, which have a type of
// their own from STU3 on (§12).
func TestRoles(t *testing.T) {
	t.Parallel()
	for _, v := range up {
		out, _ := convert(t, []byte(rolesOfTwo), d2, v, mapping.Options{})
		wants{"practitionerRole": absent, "id": `"f1"`}.check(t, out)
		valid(t, "the practitioner", v, out)
		roles, err := mapping.Roles([]byte(rolesOfTwo), v)
		if err != nil || len(roles) != 2 {
			t.Fatalf("%s: want two roles, got %d, %v", v, len(roles), err)
		}
		wants{
			"resourceType": `"PractitionerRole"`, "id": `"f1-r1"`, "practitioner.reference": `"Practitioner/f1"`,
			"organization": `{"reference":"Organization/1"}`, "code": `[{"text":"surgeon"}]`,
			"specialty": `[{"text":"Burns"}]`, "period": `{"start":"2012-01-01"}`, "location": `[{"reference":"Location/1"}]`,
			"healthcareService": `[{"reference":"HealthcareService/1"}]`,
		}.check(t, roles[0])
		wants{"id": `"f1-r2"`, "practitioner.reference": `"Practitioner/f1"`, "code": `[{"text":"teacher"}]`, "organization": absent}.check(t, roles[1])
		for _, r := range roles {
			valid(t, "a role", v, r)
		}
		below, _ := convert(t, out, v, d2, mapping.Options{})
		folded, err := mapping.Fold(below, roles, v)
		if err != nil {
			t.Fatal(err)
		}
		if got := differences(t, []byte(rolesOfTwo), folded); len(got) > 0 {
			t.Errorf("%s: folded back: %v", v, got)
		}
	}
	for _, v := range up {
		if roles, err := mapping.Roles([]byte(`{"resourceType":"Practitioner","id":"f2"}`), v); err != nil || len(roles) != 0 {
			t.Errorf("%s: want no roles, got %s, %v", v, roles, err)
		}
		const alone = `{"resourceType":"Practitioner","id":"f2"}`
		if b, err := mapping.Fold([]byte(alone), nil, v); err != nil || len(differences(t, []byte(alone), b)) > 0 {
			t.Errorf("%s: nothing to fold: %s, %v", v, b, err)
		}
	}
}

// TestBundles is the table of Bundle (§13).
func TestBundles(t *testing.T) {
	t.Parallel()
	const bundle = `{"resourceType":"Bundle","id":"x1","type":%q,"link":[{"relation":"self","url":"http://a.example/Patient"}],"entry":[%s]%s}`
	const patient2 = `{"fullUrl":"http://a.example/Patient/p","resource":{"resourceType":"Patient","id":"p","name":[{"family":["Lund"]}]}%s}`
	const patient4 = `{"fullUrl":"http://a.example/Patient/p","resource":{"resourceType":"Patient","id":"p","name":[{"family":"Lund"}]}%s}`
	const found, order = `,"search":{"mode":"match","score":0.10}`, `,"request":{"method":%q,"url":"MedicationOrder/1"}`
	in := fmt.Sprintf(bundle, "searchset", fmt.Sprintf(patient2, found), `,"total":1`)
	for _, v := range up {
		out, _ := convert(t, []byte(in), d2, v, mapping.Options{})
		wants{
			"type": `"searchset"`, "total": `1`, "entry[0].fullUrl": `"http://a.example/Patient/p"`, "entry[0].resource.name[0].family": `"Lund"`,
			"entry[0].search": `{"mode":"match",
			"score":0.10}`,
		}.check(t, out)
		valid(t, "the bundle", v, out)
		home, _ := convert(t, out, v, d2, mapping.Options{})
		if d := differences(t, []byte(in), home); len(d) > 0 {
			t.Errorf("%s: home: %v", v, d)
		}
	}
	in = fmt.Sprintf(bundle, "searchset", fmt.Sprintf(patient4, found), `,"total":1,"identifier":{"value":"b"},"timestamp":"2020-01-01T10:00:00Z"`)
	for _, v := range low {
		out, _ := convert(t, []byte(in), r4, v, mapping.Options{})
		wants{"timestamp": absent, "total": `1`}.check(t, out)
		valid(t, "the bundle", v, out)
	}
	for _, method := range []string{"HEAD", "PATCH"} {
		in = fmt.Sprintf(bundle, "batch", fmt.Sprintf(patient4, fmt.Sprintf(order, method)), "")
		for _, v := range low {
			if out, rep, err := mapping.Resource([]byte(in), r4, v, mapping.Options{}); err == nil && rep.Withheld == "" {
				t.Errorf("%s: %s was not rejected: %s", arrow(r4, v), method, out)
			}
		}
	}
	hidden := `{"fullUrl":"http://a.example/Patient/q","resource":{"resourceType":"Patient","id":"q",` + modifier + `}}`
	in = fmt.Sprintf(bundle, "searchset", fmt.Sprintf(patient4, found)+","+hidden, `,"total":2`)
	if out, rep := convert(t, []byte(in), r4, d2, mapping.Options{}); rep.Withheld == "" {
		wants{"entry[1].resource": absent}.check(t, out)
	}
}

// TestOutcomes is the table of OperationOutcome (§13).
func TestOutcomes(t *testing.T) {
	t.Parallel()
	issue := func(code, rest string) string {
		return fmt.Sprintf(`"issue":[{"severity":"error","code":%q%s}]`, code, rest)
	}
	runAll(t, "OperationOutcome", []scenario{
		{name: "deleted", from: r4, to: low, in: issue("deleted", ""), want: wants{"issue[0].code": `"not-found"`}},
		{name: "multiple-matches", from: r4, to: low, in: issue("multiple-matches", ""), want: wants{"issue[0].code": `"duplicate"`}},
		{
			name: "expression", from: r4, to: []fhir.Version{d2},
			in:   issue("invalid", `,"expression":["Patient.name"],"diagnostics":"d","details":{"text":"t"}`),
			want: wants{"issue[0].expression": absent, "issue[0].diagnostics": `"d"`, "issue[0].details": `{"text":"t"}`},
		},
		{
			name: "expression", from: r4, to: []fhir.Version{s3}, in: issue("invalid", `,"expression":["Patient.name"]`),
			want: wants{"issue[0].expression": `["Patient.name"]`},
		},
		{name: "location", from: d2, to: up, in: issue("invalid", `,"location":["/f:Patient"]`), want: wants{"issue[0].location": absent}},
		{name: "codes of all", from: d2, to: up, in: issue("conflict", ""), want: wants{"issue[0].code": `"conflict"`, "issue[0].severity": `"error"`}},
	})
}

// TestStatements is the table of the server's statement (§14).
func TestStatements(t *testing.T) {
	t.Parallel()
	rest := func(members string) string {
		return `"rest":[{"mode":"server","resource":[{"type":"Patient","interaction":[{"code":"read"}]}],` + members + `}]`
	}
	const acceptUnknown = "http://hl7.org/fhir/3.0/StructureDefinition/extension-CapabilityStatement.acceptUnknown"
	const batch = `[{"code":"batch"}]`
	for _, s := range []scenario{
		{
			name: "requirements", typ: "Conformance", from: d2, to: up, in: `"requirements":"why"`,
			want: wants{"purpose": `"why"`, "requirements": absent, "resourceType": `"CapabilityStatement"`},
			home: wants{"requirements": `"why"`, "resourceType": `"Conformance"`},
		},
		{
			name: "acceptUnknown", typ: "Conformance", from: d2, to: []fhir.Version{r4}, in: `"acceptUnknown":"elements"`,
			want: wants{"acceptUnknown": absent, "extension(" + acceptUnknown + ").valueCode": `"elements"`},
			home: wants{"acceptUnknown": `"elements"`, "extension": absent},
		},
		{
			name: "acceptUnknown", typ: "CapabilityStatement", from: s3, to: []fhir.Version{r4}, in: `"acceptUnknown":"both"`,
			want: wants{"acceptUnknown": absent, "extension(" + acceptUnknown + ").valueCode": `"both"`},
			home: wants{"acceptUnknown": `"both"`, "extension": absent},
		},
		{
			name: "transactionMode batch", typ: "Conformance", from: d2, to: up, in: rest(`"transactionMode":"batch"`),
			want: wants{"rest[0].interaction": batch, "rest[0].transactionMode": absent}, home: wants{"rest[0].transactionMode": `"batch"`},
		},
		{
			name: "transactionMode transaction", typ: "Conformance", from: d2, to: up, in: rest(`"transactionMode":"transaction"`),
			want: wants{"rest[0].interaction": `[{"code":"transaction"}]`}, home: wants{"rest[0].transactionMode": `"transaction"`},
		},
		{
			name: "transactionMode both", typ: "Conformance", from: d2, to: up, in: rest(`"transactionMode":"both"`),
			want: wants{"rest[0].interaction[1]": present, "rest[0].interaction[2]": absent, "rest[0].transactionMode": absent},
			home: wants{"rest[0].transactionMode": `"both"`},
		},
		{
			name: "transaction without mode", typ: "Conformance", from: d2, to: up, in: rest(`"interaction":[{"code":"transaction"}]`),
			want: wants{"rest[0].interaction[1]": present, "rest[0].interaction[2]": absent},
		},
		{
			name: "validate", typ: "Conformance", from: d2, to: up,
			in:   `"rest":[{"mode":"server","resource":[{"type":"Patient","interaction":[{"code":"read"},{"code":"validate"}]}]}]`,
			want: wants{"rest[0].resource[0].interaction": `[{"code":"read"}]`},
		},
		{
			name: "renamed types", typ: "Conformance", from: d2, to: up,
			in: `"rest":[{"mode":"server","resource":[{"type":"Conformance","interaction":[{"code":"read"}]},{"type":"MedicationOrder",
				"interaction":[{"code":"read"}]}]}]`,
			want: wants{"rest[0].resource[0].type": `"CapabilityStatement"`, "rest[0].resource[1].type": `"MedicationRequest"`},
			home: wants{"rest[0].resource[0].type": `"Conformance"`, "rest[0].resource[1].type": `"MedicationOrder"`},
		},
		{
			name: "a parameter's targets", typ: "Conformance", from: d2, to: up,
			in: `"rest":[{"mode":"server","resource":[{"type":"Patient","interaction":[{"code":"read"}],"searchParam":[{"name":"organization",
				"type":"reference","target":["Organization"],"chain":["name"],"modifier":["missing"]}]}]}]`,
			want: wants{"rest[0].resource[0].searchParam": `[{"name":"organization","type":"reference"}]`},
		},
		{
			name: "profile", typ: "CapabilityStatement", from: s3, to: []fhir.Version{r4},
			in: `"rest":[{"mode":"server","resource":[{"type":"Patient","interaction":[{"code":"read"}],
				"profile":{"reference":"http://example.org/p"}}]}]`,
			want: wants{"rest[0].resource[0].profile": `"http://example.org/p"`},
			home: wants{"rest[0].resource[0].profile": `{"reference":"http://example.org/p"}`},
		},
		{
			name: "profiles", typ: "CapabilityStatement", from: s3, to: []fhir.Version{r4},
			in: `"profile":[{"reference":"http://example.org/p"}],"rest":[{"mode":"server","resource":[{"type":"Patient",
				"interaction":[{"code":"read"}],"profile":{"reference":"http://example.org/p"}}]}]`,
			want: wants{"profile": absent},
		},
		{name: "no status", typ: "Conformance", from: d2, to: up, in: `"status":null`, want: wants{"status": present}},
		{
			name: "a security service", typ: "CapabilityStatement", from: r4, to: low,
			in:   rest(`"security":{"service":[` + concept(terminology+"restful-security-service", "OAuth") + `]}`),
			want: wants{"rest[0].security.service[0]": concept("http://hl7.org/fhir/restful-security-service", "OAuth")},
		},
	} {
		s.run(t)
	}
}
