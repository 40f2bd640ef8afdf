package mappingtest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

const terminology = "http://terminology.hl7.org/CodeSystem/"

// TestSystems is the table of code-system URIs (§2): a row has the URI of each
// version, and holds in every direction.
func TestSystems(t *testing.T) {
	t.Parallel()
	same := func(uri string) [3]string { return [3]string{uri, uri, uri} }
	hl7 := func(name string) [3]string {
		return [3]string{"http://hl7.org/fhir/" + name, "http://hl7.org/fhir/" + name, terminology + name}
	}
	of := func(old, name string) [3]string {
		return [3]string{"http://hl7.org/fhir/" + old, "http://hl7.org/fhir/" + old, terminology + name}
	}
	rows := map[string][3]string{
		"identifier type":        of("v2/0203", "v2-0203"),
		"observation category":   hl7("observation-category"),
		"interpretation":         of("v2/0078", "v3-ObservationInterpretation"),
		"data absent reason":     hl7("data-absent-reason"),
		"condition category":     hl7("condition-category"),
		"participant type":       hl7("participant-type"),
		"participation type":     of("v3/ParticipationType", "v3-ParticipationType"),
		"marital status":         of("v3/MaritalStatus", "v3-MaritalStatus"),
		"null flavor":            of("v3/NullFlavor", "v3-NullFlavor"),
		"location role":          of("v3/RoleCode", "v3-RoleCode"),
		"location physical type": hl7("location-physical-type"),
		"security service":       hl7("restful-security-service"),
		"generic v2":             of("v2/0074", "v2-0074"),
		"generic v3":             of("v3/ActReason", "v3-ActReason"),
		"LOINC":                  same("http://loinc.org"),
		"SNOMED CT":              same("http://snomed.info/sct"),
		"UCUM":                   same("http://unitsofmeasure.org"),
		"RxNorm":                 same("http://www.nlm.nih.gov/research/umls/rxnorm"),
		"NDF-RT":                 same("http://hl7.org/fhir/ndfrt"),
		"administrative gender":  same("http://hl7.org/fhir/administrative-gender"),
		"observation status":     same("http://hl7.org/fhir/observation-status"),
		"someone's own":          same("urn:oid:1.2.3"),
		"none":                   same(""),
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			for _, from := range fhir.Versions() {
				for _, to := range fhir.Versions() {
					in, want := row[from-d2], row[to-d2]
					if got := mapping.System(in, from, to); got != want {
						t.Errorf("%s %s: want %s, got %s", arrow(from, to), in, want, got)
					}
				}
			}
		})
	}
}

// Some rows hold one way, or between two versions only.
func TestSystemsOneWay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to fhir.Version
		in, want string
	}{
		{s3, r4, "http://hl7.org/fhir/identifier-type", terminology + "v2-0203"},
		{s3, r4, "http://hl7.org/fhir/diagnosis-role", terminology + "diagnosis-role"},
		{r4, s3, terminology + "diagnosis-role", "http://hl7.org/fhir/diagnosis-role"},
		{s3, r4, "http://hl7.org/fhir/v2/0131", terminology + "v2-0131"},
		{r4, s3, terminology + "v2-0131", "http://hl7.org/fhir/v2/0131"},
		{s3, r4, "http://hl7.org/fhir/v3/ActCode", terminology + "v3-ActCode"},
		{r4, s3, terminology + "v3-ActCode", "http://hl7.org/fhir/v3/ActCode"},
		// Sloppy sources (§1.9).
		{d2, r4, "https://hl7.org/fhir/observation-category", terminology + "observation-category"},
		{s3, r4, "https://hl7.org/fhir/v2/0203", terminology + "v2-0203"},
		{d2, s3, "https://hl7.org/fhir/v2/0203", "http://hl7.org/fhir/v2/0203"},
		{s3, d2, "https://hl7.org/fhir/v3/NullFlavor", "http://hl7.org/fhir/v3/NullFlavor"},
	} {
		if got := mapping.System(c.in, c.from, c.to); got != c.want {
			t.Errorf("%s %s: want %s, got %s", arrow(c.from, c.to), c.in, c.want, got)
		}
	}
}

// Codings are found wherever they stand: in elements of a resource, below
// backbone elements, in extensions, in meta and in contained resources (§1.9).
func TestSystemsEverywhere(t *testing.T) {
	t.Parallel()
	const old, now = `{"system":"http://hl7.org/fhir/v3/ActReason","code":"TREAT"}`, `{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason",
		"code":"TREAT"}`
	const mr = `"identifier":[{"type":{"coding":[{"system":"http://hl7.org/fhir/v2/0203","code":"MR"}]},"value":"12"}]`
	in := `"meta":{"tag":[` + old + `],"security":[` + old + `]},"extension":[{"url":"urn:x","valueCoding":` + old + `},
		{"url":"urn:y","extension":[{"url":"z","valueCodeableConcept":{"coding":[` + old + `]}}]}],
		"contained":[{"resourceType":"Organization","id":"o","identifier":[{"type":{"coding":[` + old + `]},"value":"1"}]}],` + mr
	want := wants{
		"meta.tag[0]": now, "meta.security[0]": now, "extension(urn:x).valueCoding": now,
		"extension(urn:y).extension(z).valueCodeableConcept.coding[0]": now, "contained[0].identifier[0].type.coding[0]": now,
		"identifier[0].type.coding[0].system": quote(terminology + "v2-0203"), "identifier[0].value": `"12"`,
	}
	for _, typ := range []string{"Patient", "Condition", "Encounter", "Organization"} {
		runAll(t, typ, []scenario{{name: typ, from: d2, to: []fhir.Version{r4}, in: in, want: want}, {
			name: typ, from: s3, to: []fhir.Version{r4},
			in: in, want: want,
		}})
	}
}

// A row of a table of codes: from code of from comes code of to; "" is none.
type row struct {
	from fhir.Version
	code string
	to   fhir.Version
	want string
}

func rows(from fhir.Version, to []fhir.Version, pairs ...string) []row {
	var list []row
	for _, v := range to {
		for _, p := range pairs {
			code, want, renamed := strings.Cut(p, "→")
			if !renamed {
				want = code
			}
			list = append(list, row{from, code, v, want})
		}
	}
	return list
}

// codes runs rows of an element that is a code, below R4 or everywhere, and a
// concept of the given system in the versions listed.
func codes(t *testing.T, typ map[fhir.Version]string, element, system string, concepts []fhir.Version, list []row) {
	t.Helper()
	is := func(v fhir.Version) bool { return slices.Contains(concepts, v) }
	for _, r := range list {
		in := fmt.Sprintf("%q:%q", element, r.code)
		if is(r.from) {
			in = fmt.Sprintf("%q:%s", element, concept(system, r.code))
		}
		want := wants{element: absent}
		switch {
		case r.want == "":
		case is(r.to):
			want = wants{element + ".coding[0].code": quote(r.want), element + ".coding[0].system": quote(system)}
		default:
			want = wants{element: quote(r.want)}
		}
		runAll(t, typ[r.from], []scenario{{name: element + " " + r.code, from: r.from, to: []fhir.Version{r.to}, in: in, want: want}})
	}
}

func everywhere(typ string) map[fhir.Version]string {
	return map[fhir.Version]string{d2: typ, s3: typ, r4: typ}
}

func TestObservationCodes(t *testing.T) {
	t.Parallel()
	same := []string{"registered", "preliminary", "final", "amended", "cancelled", "entered-in-error", "unknown"}
	var list []row
	for from, to := range others {
		list = append(list, rows(from, to, same...)...)
	}
	list = append(list, rows(s3, []fhir.Version{d2}, "corrected→amended")...)
	list = append(list, rows(r4, []fhir.Version{d2}, "corrected→amended")...)
	list = append(list, rows(s3, []fhir.Version{r4}, "corrected")...)
	list = append(list, rows(r4, []fhir.Version{s3}, "corrected")...)
	codes(t, everywhere("Observation"), "status", "", nil, list)
}

func TestDataAbsentReasonCodes(t *testing.T) {
	t.Parallel()
	const old, now = "http://hl7.org/fhir/data-absent-reason", terminology + "data-absent-reason"
	for _, pair := range []string{
		"astext→as-text", "NaN→not-a-number", "asked→asked-unknown", "temp→temp-unknown", "unknown→unknown",
		"masked→masked", "error→error",
	} {
		was, is, _ := strings.Cut(pair, "→")
		for _, v := range low {
			if was == "NaN" && v == d2 {
				continue // not of DSTU2's codes
			}
			runAll(t, "Observation", []scenario{
				{name: pair, from: v, to: []fhir.Version{r4}, in: `"dataAbsentReason":` + concept(old, was), want: wants{"dataAbsentReason": concept(now, is)}},
				{name: pair, from: r4, to: []fhir.Version{v}, in: `"dataAbsentReason":` + concept(now, is), want: wants{"dataAbsentReason": concept(old, was)}},
				{
					name: pair + " of a component", from: v, to: []fhir.Version{r4},
					in:   `"component":[{"code":{"text":"x"},"dataAbsentReason":` + concept(old, was) + `}]`,
					want: wants{"component[0].dataAbsentReason": concept(now, is)},
				},
			})
		}
	}
}

func TestConditionCodes(t *testing.T) {
	t.Parallel()
	clinical := rows(d2, up, "active", "remission", "resolved")
	clinical = append(clinical, rows(s3, []fhir.Version{d2, r4}, "active", "remission", "resolved")...)
	clinical = append(clinical, rows(r4, low, "active", "remission", "resolved")...)
	clinical = append(clinical,
		row{d2, "relapse", s3, "recurrence"}, row{d2, "relapse", r4, "relapse"}, row{r4, "relapse", s3, "recurrence"}, row{r4, "relapse", d2, "relapse"},
		row{s3, "recurrence", d2, "relapse"}, row{r4, "recurrence", d2, "relapse"}, row{s3, "recurrence", r4, "recurrence"}, row{
			r4, "recurrence", s3,
			"recurrence",
		},
		row{s3, "inactive", d2, ""}, row{r4, "inactive", d2, ""}, row{s3, "inactive", r4, "inactive"}, row{r4, "inactive", s3, "inactive"},
	)
	codes(t, everywhere("Condition"), "clinicalStatus", clinical4, []fhir.Version{r4}, clinical)

	same := []string{"provisional", "differential", "confirmed", "refuted", "entered-in-error"}
	verification := rows(d2, up, same...)
	verification = append(verification, rows(s3, []fhir.Version{d2, r4}, same...)...)
	verification = append(verification, rows(r4, low, same...)...)
	verification = append(verification,
		row{d2, "unknown", s3, "unknown"}, row{s3, "unknown", d2, "unknown"}, row{d2, "unknown", r4, ""}, row{s3, "unknown", r4, ""},
		row{r4, "unconfirmed", d2, "provisional"}, row{r4, "unconfirmed", s3, "provisional"},
	)
	codes(t, everywhere("Condition"), "verificationStatus", terminology+"condition-ver-status", []fhir.Version{r4}, verification)

	runAll(t, "Condition", []scenario{
		{name: "verificationStatus absent", from: s3, to: []fhir.Version{r4}, in: `"clinicalStatus":"active"`, want: wants{"verificationStatus": absent}},
		{
			name: "verificationStatus absent", from: r4, to: []fhir.Version{s3}, in: `"clinicalStatus":` + concept(clinical4, "active"),
			want: wants{"verificationStatus": absent, "clinicalStatus": `"active"`},
		},
		{
			name: "verificationStatus absent", from: r4, to: []fhir.Version{d2}, in: `"clinicalStatus":` + concept(clinical4, "active"),
			want: wants{"verificationStatus": `"unknown"`, "clinicalStatus": `"active"`},
		},
		{
			name: "a clinicalStatus is not invented", from: s3, to: []fhir.Version{d2, r4}, in: `"verificationStatus":"confirmed"`,
			want: wants{"clinicalStatus": absent},
		},
		{
			name: "none beside entered-in-error", from: d2, to: up, in: `"clinicalStatus":"active","verificationStatus":"entered-in-error"`,
			want: wants{"clinicalStatus": absent},
		},
	})
}

func TestConditionCategories(t *testing.T) {
	t.Parallel()
	const old = "http://hl7.org/fhir/condition-category"
	for _, pair := range []string{
		"diagnosis→encounter-diagnosis", "finding→problem-list-item", "complaint→problem-list-item", "symptom→problem-list-item",
	} {
		was, is, _ := strings.Cut(pair, "→")
		runAll(t, "Condition", []scenario{
			{
				name: pair, from: d2, to: []fhir.Version{s3}, in: `"category":` + concept(old, was),
				want: wants{"category[0].coding[0].system": quote(old), "category[0].coding[0].code": quote(is)},
			},
			{
				name: pair, from: d2, to: []fhir.Version{r4}, in: `"category":` + concept(old, was),
				want: wants{"category[0].coding[0].system": quote(terminology + "condition-category"), "category[0].coding[0].code": quote(is)},
			},
		})
	}
	runAll(t, "Condition", []scenario{
		{name: "one's own", from: d2, to: up, in: `"category":` + concept("urn:own", "x"), want: wants{"category": "[" + concept("urn:own", "x") + "]"}},
		{
			name: "the first", from: s3, to: []fhir.Version{d2},
			in: fmt.Sprintf(`"category":[%s,%s]`, concept("urn:own", "1"), concept("urn:own", "2")), want: wants{"category": concept("urn:own", "1")},
		},
		{
			name: "the first", from: r4, to: []fhir.Version{d2},
			in: fmt.Sprintf(`"category":[%s,%s]`, concept("urn:own", "1"), concept("urn:own", "2")), want: wants{"category": concept("urn:own", "1")},
		},
		{
			name: "the system", from: r4, to: []fhir.Version{s3},
			in:   `"category":[` + concept(terminology+"condition-category", "encounter-diagnosis") + `]`,
			want: wants{"category": "[" + concept(old, "encounter-diagnosis") + "]"},
		},
	})
}
