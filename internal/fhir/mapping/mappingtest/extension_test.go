package mappingtest_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// kept is an inter-version extension (§1.5).
func kept(number, path, valueMember, value string) string {
	return fmt.Sprintf(`"extension":[{"url":"http://hl7.org/fhir/%s/StructureDefinition/extension-%s",%q:%q}]`, number, path, valueMember, value)
}

// TestStaleExtensions: what an extension remembers counts as long as the
// element still says what the conversion made of it. A resource that was
// changed since is believed as it is: an extension never takes an error, a
// refutation or an end back.
func TestStaleExtensions(t *testing.T) {
	t.Parallel()
	active := kept("1.0", "AllergyIntolerance.status", "valueCode", "active")
	for _, s := range []scenario{
		{
			name: "an allergy since in error", typ: "AllergyIntolerance", from: s3, to: []fhir.Version{d2},
			in:   `"verificationStatus":"entered-in-error",` + active,
			want: wants{"status": `"entered-in-error"`},
		},
		{
			name: "an allergy since refuted", typ: "AllergyIntolerance", from: s3, to: []fhir.Version{d2},
			in: `"clinicalStatus":"inactive","verificationStatus":"refuted",` + active, want: wants{"status": `"refuted"`},
		},
		{
			name: "an allergy since resolved", typ: "AllergyIntolerance", from: r4, to: []fhir.Version{d2},
			in: fmt.Sprintf(`"clinicalStatus":%s,"verificationStatus":%s,%s`, concept(allergyClinical4, "resolved"),
				concept(allergyVerified4, "unconfirmed"), active),
			want: wants{"status": `"resolved"`},
		},
		{
			name: "an allergy since confirmed", typ: "AllergyIntolerance", from: s3, to: []fhir.Version{d2},
			in: `"clinicalStatus":"active","verificationStatus":"confirmed",` + active, want: wants{"status": `"confirmed"`},
		},
		{
			name: "a condition since active", typ: "Condition", from: d2, to: []fhir.Version{s3},
			in: `"clinicalStatus":"active",` + kept("3.0", "Condition.clinicalStatus", "valueCode", "inactive"), want: wants{"clinicalStatus": `"active"`},
		},
		{
			name: "an encounter since cancelled", typ: "Encounter", from: d2, to: []fhir.Version{s3},
			in: `"status":"cancelled",` + kept("3.0", "Encounter.status", "valueCode", "unknown"), want: wants{"status": `"cancelled"`},
		},
		{
			name: "a class since changed", typ: "Encounter", from: s3, to: []fhir.Version{d2},
			in:   `"class":{"system":"http://hl7.org/fhir/v3/ActCode","code":"EMER"},` + kept("1.0", "Encounter.class", "valueCode", "outpatient"),
			want: wants{"class": `"emergency"`},
		},
		{
			name: "a statement since in error", typ: "MedicationStatement", from: d2, to: []fhir.Version{s3},
			in: `"status":"entered-in-error",` + kept("3.0", "MedicationStatement.status", "valueCode", "stopped"), want: wants{"status": `"entered-in-error"`},
		},
		{
			name: "a statement since in error", typ: "MedicationStatement", from: r4, to: low,
			in: `"status":"entered-in-error",` + kept("3.0", "MedicationStatement.status", "valueCode", "active"), want: wants{"status": `"entered-in-error"`},
		},
		{
			name: "a link since changed", typ: "Patient", from: d2, to: []fhir.Version{s3},
			in:   fmt.Sprintf(`"link":[{%s,"other":%s,"type":"replace"}]`, kept("3.0", "Patient.link.type", "valueCode", "replaces"), patientRef),
			want: wants{"link[0].type": `"replaced-by"`},
		},
		{
			name: "a category since changed", typ: "AllergyIntolerance", from: s3, to: []fhir.Version{d2},
			in: `"category":["food"],` + kept("1.0", "AllergyIntolerance.category", "valueCode", "other"), want: wants{"category": `"food"`},
		},
	} {
		s.run(t)
	}
}

// TestForeignExtensions: an inter-version extension that others wrote is read,
// but only what the element may hold.
func TestForeignExtensions(t *testing.T) {
	t.Parallel()
	for _, s := range []scenario{
		{
			name: "the end of an order", typ: "MedicationRequest", from: r4, to: []fhir.Version{d2},
			in: kept("1.0", "MedicationOrder.dateEnded", "valueDateTime", "2016-04-05"), want: wants{"dateEnded": `"2016-04-05"`, "extension": absent},
		},
		{
			name: "no status", typ: "Encounter", from: d2, to: []fhir.Version{s3},
			in: `"status":"planned",` + kept("3.0", "Encounter.status", "valueCode", "bogus"), want: wants{"status": `"planned"`},
		},
		{
			name: "no code at all", typ: "Encounter", from: d2, to: []fhir.Version{s3},
			in: `"status":"planned",` + kept("3.0", "Encounter.status", "valueString", "unknown"), want: wants{"status": present},
		},
		{
			name: "no clinical status", typ: "Condition", from: d2, to: up,
			in: kept("3.0", "Condition.clinicalStatus", "valueCode", "bogus"), want: wants{"clinicalStatus": absent},
		},
		{
			name: "no status of an allergy", typ: "AllergyIntolerance", from: s3, to: []fhir.Version{d2},
			in:   `"clinicalStatus":"active","verificationStatus":"unconfirmed",` + kept("1.0", "AllergyIntolerance.status", "valueCode", "bogus"),
			want: wants{"status": `"unconfirmed"`},
		},
	} {
		s.run(t)
	}
}

// TestNumbersOfOtherKinds: a count that a version does not allow does not come
// out as one, and is not lost in silence.
func TestNumbersOfOtherKinds(t *testing.T) {
	t.Parallel()
	for _, to := range low {
		in := resource(t, r4, "MedicationRequest", `"dispenseRequest":{"numberOfRepeatsAllowed":0,"quantity":{"value":1.0}}`)
		out, rep := convert(t, in, r4, to, mapping.Options{})
		wants{"dispenseRequest.quantity": `{"value":1.0}`, "dispenseRequest.numberOfRepeatsAllowed": absent}.check(t, out)
		valid(t, "the answer", to, out)
		home, _ := convert(t, out, to, r4, mapping.Options{})
		kept := len(differences(t, in, home)) == 0
		told := slices.ContainsFunc(rep.Losses, func(l mapping.Loss) bool { return l.Path == "MedicationRequest.dispenseRequest.numberOfRepeatsAllowed" })
		if !kept && !told {
			t.Errorf("%s: no repeats: neither kept nor told: %v", arrow(r4, to), rep.Losses)
		}
		out, _ = convert(t, resource(t, r4, "MedicationRequest", `"dispenseRequest":{"numberOfRepeatsAllowed":2}`), r4, to, mapping.Options{})
		wants{"dispenseRequest.numberOfRepeatsAllowed": `2`}.check(t, out)
	}
}

// TestExtensionValues: an extension's value is of a type that may differ, too,
// whoever defined the extension.
func TestExtensionValues(t *testing.T) {
	t.Parallel()
	of := func(value string) string { return `"extension":[{"url":"urn:x",` + value + `}]` }
	const path = "extension(urn:x)."
	for _, s := range []scenario{
		{
			name: "a name", from: d2, to: up, in: of(`"valueHumanName":{"family":["van","Dyck"],"given":["Ann"]}`),
			want: wants{path + "valueHumanName": `{"family":"van Dyck","given":["Ann"]}`},
		},
		{
			name: "a name", from: r4, to: []fhir.Version{d2}, in: of(`"valueHumanName":{"family":"Dyck"}`),
			want: wants{path + "valueHumanName": `{"family":["Dyck"]}`}, home: wants{path + "valueHumanName": `{"family":"Dyck"}`},
		},
		{
			name: "a sum", from: r4, to: []fhir.Version{d2}, in: of(`"valueMoney":{"value":1.50,"currency":"EUR"}`),
			want: wants{path + "valueQuantity": `{"value":1.50,"code":"EUR","system":"urn:iso:std:iso:4217"}`},
		},
		{
			name: "a sum", from: r4, to: []fhir.Version{s3}, in: of(`"valueMoney":{"value":1.50,"currency":"EUR"}`),
			want: wants{path + "valueMoney": `{"value":1.50,"code":"EUR","system":"urn:iso:std:iso:4217"}`},
			home: wants{path + "valueMoney": `{"value":1.50,"currency":"EUR"}`},
		},
		{
			name: "a timing", from: d2, to: up, in: of(`"valueTiming":{"repeat":{"frequency":1,"period":1.0,"periodUnits":"d","when":"HS"}}`),
			want: wants{path + "valueTiming": `{"repeat":{"frequency":1,"period":1.0,"periodUnit":"d","when":["HS"]}}`},
			home: wants{path + "valueTiming": `{"repeat":{"frequency":1,"period":1.0,"periodUnits":"d","when":"HS"}}`},
		},
		{
			name: "a contact", from: s3, to: []fhir.Version{d2}, in: of(`"valueContactPoint":{"system":"sms","value":"1"}`),
			want: wants{path + "valueContactPoint": `{"system":"other","value":"1"}`},
		},
		{
			name: "a reference", from: r4, to: []fhir.Version{d2}, in: of(`"valueReference":{"reference":"MedicationRequest/1","type":"MedicationRequest"}`),
			want: wants{path + "valueReference": `{"reference":"MedicationOrder/1"}`},
		},
		{name: "a decimal", from: r4, to: low, in: of(`"valueDecimal":1e2`), want: wants{path + "valueDecimal": `1e2`}},
		{name: "a canonical", from: r4, to: low, in: of(`"valueCanonical":"http://a.example/q"`), want: wants{path + "valueUri": `"http://a.example/q"`}},
		{name: "a url", from: r4, to: low, in: of(`"valueUrl":"http://a.example/q"`), want: wants{path + "valueUri": `"http://a.example/q"`}},
	} {
		s.typ = "Patient"
		s.run(t)
	}
}
