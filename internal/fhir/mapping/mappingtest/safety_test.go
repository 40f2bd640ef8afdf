package mappingtest_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// unsayable are resources that have no truthful counterpart (§1.7, §1.10 and
// the rows). They hold a patient's data, for [TestReportsArePrivate].
var unsayable = []scenario{
	{name: "doNotPerform", from: r4, to: low, typ: "MedicationRequest", in: `"doNotPerform":true,` + marked},
	{name: "focus", from: r4, to: low, typ: "Observation", in: `"focus":[{"reference":"Patient/Zebediah","display":"Zebediah Quux"}],` + marked},
	{name: "entered-in-error", from: s3, to: []fhir.Version{d2}, typ: "Encounter", in: `"status":"entered-in-error",` + marked},
	{name: "entered-in-error", from: r4, to: []fhir.Version{d2}, typ: "Encounter", in: `"status":"entered-in-error",` + marked},
	{
		name: "a group's condition", from: s3, to: []fhir.Version{d2}, typ: "Condition",
		in: `"subject":{"reference":"Group/Zebediah","display":"Zebediah Quux"},` + marked,
	},
	{
		name: "a group's condition", from: r4, to: []fhir.Version{d2}, typ: "Condition",
		in: `"subject":{"reference":"Group/Zebediah","display":"Zebediah Quux"},` + marked,
	},
	{name: "a plan", from: s3, to: []fhir.Version{d2}, typ: "MedicationRequest", in: `"intent":"plan",` + marked},
	{name: "a proposal", from: r4, to: []fhir.Version{d2}, typ: "MedicationRequest", in: `"intent":"proposal",` + marked},
	{name: "an option", from: r4, to: []fhir.Version{d2}, typ: "MedicationRequest", in: `"intent":"option",` + marked},
	{name: "cancelled", from: s3, to: []fhir.Version{d2}, typ: "Coverage", in: `"status":"cancelled",` + marked},
	{name: "cancelled", from: r4, to: []fhir.Version{d2}, typ: "Coverage", in: `"status":"cancelled",` + marked},
	{name: "entered-in-error", from: s3, to: []fhir.Version{d2}, typ: "Coverage", in: `"status":"entered-in-error",` + marked},
	{name: "entered-in-error", from: r4, to: []fhir.Version{d2}, typ: "Coverage", in: `"status":"entered-in-error",` + marked},
}

const (
	modifier = `"modifierExtension":[{"url":"http://zebediah.example/not","valueBoolean":true}]`
	marked   = `"identifier":[{"value":"QX-90210"}],"extension":[{"url":"urn:born","valueDate":"1931-07-09"}],"text":{"status":"generated",
		"div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">Zebediah Quux</div>"}`
)

// TestWithheld: nothing is better than something untrue.
func TestWithheld(t *testing.T) {
	t.Parallel()
	for _, s := range unsayable {
		s.withheld = true
		s.name += " " + s.typ
		s.run(t)
	}
	for _, v := range fhir.Versions() {
		for typ := range samples() {
			name := nameIn(v, typ)
			if name == "" || name == "PractitionerRole" {
				continue
			}
			for _, to := range others[v] {
				s := scenario{name: "a modifier " + name, from: v, to: []fhir.Version{to}, typ: name, in: modifier, withheld: true}
				s.run(t)
			}
		}
	}
	deep := []scenario{
		{name: "a modifier of a contact", typ: "Patient", in: `"contact":[{` + modifier + `,"gender":"male"}]`},
		{name: "a modifier of a component", typ: "Observation", in: `"component":[{` + modifier + `,"code":{"text":"x"}}]`},
		{name: "a modifier of a location", typ: "Encounter", in: `"location":[{` + modifier + `,"location":{"reference":"Location/1"}}]`},
		{name: "a modifier of a reaction", typ: "AllergyIntolerance", in: `"reaction":[{` + modifier + `,"manifestation":[{"text":"x"}]}]`},
		{
			name: "a modifier of a contained resource", typ: "Patient",
			in: `"contained":[{"resourceType":"Organization","id":"o",` + modifier + `}],"managingOrganization":{"reference":"#o"}`,
		},
	}
	for from, to := range others {
		for _, s := range deep {
			s.from, s.to, s.withheld = from, to, true
			s.run(t)
		}
	}
}

// TestContainedModifiers: a contained resource that is not understood does not
// come along, and what cannot be without it does not either.
func TestContainedModifiers(t *testing.T) {
	t.Parallel()
	for from, to := range others {
		for _, v := range to {
			body := resource(t, from, "Patient", `"contained":[{"resourceType":"Organization","id":"o",`+modifier+`}],
				"managingOrganization":{"reference":"#o","display":"North"}`)
			if out, rep := convert(t, body, from, v, mapping.Options{}); rep.Withheld == "" {
				wants{"contained": absent, "managingOrganization.reference": absent}.check(t, out)
			}
			body = resource(t, from, orders[from], `"contained":[{"resourceType":"Medication","id":"m","code":{"text":"Aspirin"},`+modifier+`}],
				"medicationReference":{"reference":"#m"}`)
			if out, rep := convert(t, body, from, v, mapping.Options{}); rep.Withheld == "" {
				t.Errorf("%s: an order without its medication: %s", arrow(from, v), out)
			}
		}
	}
}

// TestContainedWithheld: an order not to give something is not told as an
// order because another resource contains it.
func TestContainedWithheld(t *testing.T) {
	t.Parallel()
	const not = `{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","doNotPerform":true,"subject":{"reference":"Patient/p1"},
		"medicationCodeableConcept":{"text":"Aspirin"}}`
	for _, to := range low {
		body := resource(t, r4, "MedicationStatement", `"contained":[`+not+`],"derivedFrom":[{"reference":"#m"},{"reference":"Observation/1"}]`)
		if out, rep := convert(t, body, r4, to, mapping.Options{}); rep.Withheld == "" {
			name := map[fhir.Version]string{d2: "supportingInformation", s3: "derivedFrom"}[to]
			wants{"contained": absent, name: `[{"reference":"Observation/1"}]`}.check(t, out)
		}
		bundle := []byte(`{"resourceType":"Bundle","id":"b","type":"collection",
			"entry":[{"fullUrl":"urn:uuid:6a1c4a3e-0c7c-4a53-8b0b-3f7b7ad7e111","resource":` + not + `}]}`)
		if out, rep := convert(t, bundle, r4, to, mapping.Options{}); rep.Withheld == "" {
			wants{"entry[0].resource": absent}.check(t, out)
		}
	}
}

// TestNotWithheld: what resembles the unsayable but can be said.
func TestNotWithheld(t *testing.T) {
	t.Parallel()
	for _, s := range []scenario{
		{name: "doNotPerform false", from: r4, to: low, typ: "MedicationRequest", in: `"doNotPerform":false`, want: wants{"doNotPerform": absent}},
		{
			name: "an error in STU3", from: r4, to: []fhir.Version{s3}, typ: "Encounter", in: `"status":"entered-in-error"`,
			want: wants{"status": `"entered-in-error"`},
		},
		{name: "an error", from: r4, to: low, typ: "MedicationRequest", in: `"status":"entered-in-error"`, want: wants{"status": `"entered-in-error"`}},
		{name: "an error", from: r4, to: low, typ: "Observation", in: `"status":"entered-in-error"`, want: wants{"status": `"entered-in-error"`}},
		{name: "a plan in STU3", from: r4, to: []fhir.Version{s3}, typ: "MedicationRequest", in: `"intent":"plan"`, want: wants{"intent": `"plan"`}},
		{name: "an inactive patient", from: r4, to: low, typ: "Patient", in: `"active":false`, want: wants{"active": `false`}},
		{
			name: "a comparator", from: r4, to: low, typ: "Observation", in: `"valueQuantity":{"value":5.0,"comparator":">="}`,
			want: wants{"valueQuantity": `{"value":5.0,"comparator":">="}`},
		},
	} {
		s.run(t)
	}
}

// What the parts of a report look like: names of rules and elements, ? for what
// is no element of the version.
var (
	ruleShape = regexp.MustCompile(`^(L-\d{1,2})?$`)
	pathShape = regexp.MustCompile(`^[A-Z][A-Za-z]+(\.([A-Za-z_]+|\?))*$`)
	dateShape = regexp.MustCompile(`\d{4}`)
)

// TestReportsArePrivate: what is logged of a conversion names rules and
// elements, and nothing of the patient (§1.7, §18 h).
func TestReportsArePrivate(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, rep mapping.Report, body []byte) {
		t.Helper()
		for _, l := range rep.Losses {
			if !ruleShape.MatchString(l.Rule) || !pathShape.MatchString(l.Path) {
				t.Errorf("a loss %q at %q", l.Rule, l.Path)
			}
			if leak := leaks(t, body, l.Path+" "+l.Rule); leak != "" {
				t.Errorf("the loss at %q tells %q", l.Path, leak)
			}
		}
		if leak := leaks(t, body, rep.Withheld); leak != "" || dateShape.MatchString(rep.Withheld) {
			t.Errorf("the reason %q tells %q", rep.Withheld, leak)
		}
	}
	losses, reasons := 0, 0
	eachSample(t, func(t *testing.T, _ string, v fhir.Version, body []byte) {
		for _, to := range others[v] {
			_, rep, err := mapping.Resource(body, v, to, mapping.Options{})
			if err != nil {
				continue // there is no such type
			}
			losses += len(rep.Losses)
			check(t, rep, body)
		}
	})
	for _, s := range unsayable {
		for _, in := range []string{s.in, modifier + "," + marked} {
			body := resource(t, s.from, s.typ, in)
			for _, to := range s.to {
				_, rep := convert(t, body, s.from, to, mapping.Options{})
				if rep.Withheld == "" {
					t.Errorf("not withheld: %s", body)
				}
				reasons++
				check(t, rep, body)
			}
		}
	}
	if losses == 0 || reasons == 0 {
		t.Errorf("%d losses and %d reasons: nothing was looked at", losses, reasons)
	}
	for _, bad := range []string{
		`{"resourceType":"Zebediah"}`, `{"resourceType":"Patient","Zebediah":1,"contact":[{"Zebediah":1}]}`,
		`{"resourceType":"Patient","name":"Zebediah"}`, `["Zebediah"]`, `{"resourceType":["Zebediah"]}`,
		`{"resourceType":"Encounter","status":{"Zebediah":1}}`,
	} {
		_, rep, err := mapping.Resource([]byte(bad), s3, d2, mapping.Options{})
		if strings.Contains(fmt.Sprint(rep), "Zebediah") {
			t.Errorf("the report of %s: %v", bad, rep)
		}
		if err != nil && strings.Contains(fmt.Sprint(fhir.AsError(err).Issues), "Zebediah") {
			t.Errorf("the issues of %s: %v", bad, fhir.AsError(err).Issues)
		}
	}
}

// leaks gives a text of the body that is told on: values, not codes of its
// version or names of types.
func leaks(t *testing.T, body []byte, told string) string {
	t.Helper()
	v, err := decode(body)
	if err != nil {
		t.Fatal(err)
	}
	personal := []string{"Zebediah", "Quux", "QX-90210", "1931", "Rosalind", "Testperson", "4711", "1974", "Kaur", "zebediah.example", "1.2.36.146"}
	for name, s := range texts("", v) {
		switch name {
		case "value", "display", "div", "text", "reference", "family", "given", "city", "line", "birthDate", "valueDate", "valueString", "id", "lastUpdated":
			personal = append(personal, s...)
		}
	}
	i := slices.IndexFunc(personal, func(s string) bool { return len(s) > 3 && strings.Contains(told, s) })
	if i < 0 {
		return ""
	}
	return personal[i]
}

// texts are the strings of a value by the name of the member that holds them.
func texts(name string, v any) map[string][]string {
	out := map[string][]string{}
	merge := func(m map[string][]string) {
		for k, s := range m {
			out[k] = append(out[k], s...)
		}
	}
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			merge(texts(k, e))
		}
	case []any:
		for _, e := range v {
			merge(texts(name, e))
		}
	case string:
		out[name] = append(out[name], v)
	}
	return out
}

// TestDecimals: the text of a number is never touched (§18 g).
func TestDecimals(t *testing.T) {
	t.Parallel()
	for _, n := range []string{"72.0", "0.10", "1e2", "1E+2", "-0.0", "1.0e-3", "123456789012345678901234567890.1234567890123456789"} {
		quantity := `{"value":` + n + `}`
		for from, to := range others {
			meaning := "appliesTo"
			if from == d2 {
				meaning = "meaning"
			}
			runAll(t, "Observation", []scenario{{
				name: n, from: from, to: to,
				in: fmt.Sprintf(`"valueQuantity":%[1]s,"referenceRange":[{"low":%[1]s,"high":%[1]s,"age":{"low":%[1]s}}],
					"component":[{"code":{"text":"c"},"valueQuantity":%[1]s,"referenceRange":[{"low":%[1]s}]}],
					"extension":[{"url":"urn:x","valueDecimal":%[2]s},{"url":"urn:y","extension":[{"url":"z","valueQuantity":%[1]s}]}]`, quantity, n),
				want: wants{
					"valueQuantity.value": n, "referenceRange[0].low.value": n, "referenceRange[0].high.value": n,
					"referenceRange[0].age.low.value": n, "component[0].valueQuantity.value": n,
					"component[0].referenceRange[0].low.value": n, "extension(urn:x).valueDecimal": n,
					"extension(urn:y).extension(z).valueQuantity.value": n, "referenceRange[0]." + meaning: absent,
				},
			}})
		}
		dose := fmt.Sprintf(`"dosageInstruction":[{"doseQuantity":%[1]s,"rateRatio":{"numerator":%[1]s},"maxDosePerPeriod":{"numerator":%[1]s}}],
			"dispenseRequest":{"quantity":%[1]s}`, quantity)
		want := wants{"dosageInstruction[0].maxDosePerPeriod.numerator.value": n, "dispenseRequest.quantity.value": n}
		given := wants{"dosageInstruction[0].doseAndRate[0].doseQuantity.value": n, "dosageInstruction[0].doseAndRate[0].rateRatio.numerator.value": n}
		plain := wants{"dosageInstruction[0].doseQuantity.value": n, "dosageInstruction[0].rateRatio.numerator.value": n}
		runAll(t, "MedicationRequest", []scenario{
			{name: n, from: d2, to: []fhir.Version{s3}, typ: "MedicationOrder", in: dose, want: plain, home: want},
			{name: n, from: d2, to: []fhir.Version{r4}, typ: "MedicationOrder", in: dose, want: given, home: want},
			{name: n, from: s3, to: []fhir.Version{r4}, in: dose, want: given, home: plain},
			{name: n, from: s3, to: []fhir.Version{d2}, in: dose, want: plain, home: want},
		})
	}
}

// Every number with a point or an exponent that comes out went in.
func TestDecimalsOfSamples(t *testing.T) {
	t.Parallel()
	eachSample(t, func(t *testing.T, _ string, v fhir.Version, body []byte) {
		for _, to := range others[v] {
			out, _, err := mapping.Resource(body, v, to, mapping.Options{})
			if err != nil {
				continue // there is no such type
			}
			if n := foreignNumber(t, body, out); n != "" {
				t.Errorf("%s: %s is not in the source", arrow(v, to), n)
			}
		}
	})
}

// foreignNumber gives a decimal of out that in does not have.
func foreignNumber(tb testing.TB, in, out []byte) string {
	tb.Helper()
	before, err := fhir.Parse(in)
	if err != nil {
		tb.Fatal(err)
	}
	after, err := fhir.Parse(out)
	if err != nil {
		tb.Fatal(err)
	}
	had := map[string]bool{}
	strangeNumber(before.Root(), had, true)
	return strangeNumber(after.Root(), had, false)
}

// strangeNumber gives a decimal that was not had, or adds those that it meets.
func strangeNumber(n fhir.Node, had map[string]bool, add bool) string {
	if n.IsNumber() && strings.ContainsAny(n.String(), ".eE") {
		if !add && !had[n.String()] {
			return n.String()
		}
		had[n.String()] = true
	}
	for c := range n.Children() {
		if s := strangeNumber(c, had, add); s != "" {
			return s
		}
	}
	return ""
}
