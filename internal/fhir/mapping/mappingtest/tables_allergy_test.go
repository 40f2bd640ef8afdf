package mappingtest_test

import (
	"fmt"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// TestAllergyStatusUp is the table of DSTU2's status (§8).
func TestAllergyStatusUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ status, clinical, verification string }{
		{"active", "active", "unconfirmed"},
		{"unconfirmed", "active", "unconfirmed"},
		{"confirmed", "active", "confirmed"},
		{"inactive", "inactive", "unconfirmed"},
		{"resolved", "resolved", "unconfirmed"},
		{"refuted", "inactive", "refuted"},
		{"entered-in-error", "", "entered-in-error"},
		{"", "active", "unconfirmed"},
	} {
		in, home := `"criticality":"CRITL"`, wants{"extension": absent, "status": absent}
		if c.status != "" {
			in, home = fmt.Sprintf(`"status":%q`, c.status), wants{"status": quote(c.status), "extension": absent}
		}
		plain := wants{"status": absent, "clinicalStatus": absent, "verificationStatus": quote(c.verification)}
		coded := wants{"status": absent, "clinicalStatus": absent, "verificationStatus": concept(allergyVerified4, c.verification)}
		if c.clinical != "" {
			plain["clinicalStatus"], coded["clinicalStatus"] = quote(c.clinical), concept(allergyClinical4, c.clinical)
		}
		if c.status == "" {
			// A status that was absent is restored as none or as its plain meaning.
			home = nil
		}
		runAll(t, "AllergyIntolerance", []scenario{
			{name: c.status, from: d2, to: []fhir.Version{s3}, in: in, want: plain, home: home},
			{name: c.status, from: d2, to: []fhir.Version{r4}, in: in, want: coded, home: home},
		})
	}
}

// TestAllergyStatusDown: the first that fits (§8).
func TestAllergyStatusDown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ clinical, verification, status string }{
		{"", "entered-in-error", "entered-in-error"},
		{"active", "entered-in-error", "entered-in-error"},
		{"resolved", "entered-in-error", "entered-in-error"},
		{"active", "refuted", "refuted"},
		{"inactive", "refuted", "refuted"},
		{"resolved", "refuted", "refuted"},
		{"resolved", "confirmed", "resolved"},
		{"resolved", "unconfirmed", "resolved"},
		{"inactive", "confirmed", "inactive"},
		{"inactive", "unconfirmed", "inactive"},
		{"active", "confirmed", "confirmed"},
		{"", "confirmed", "confirmed"},
		{"active", "unconfirmed", "unconfirmed"},
		{"", "unconfirmed", "unconfirmed"},
		{"active", "", "active"},
		{"inactive", "", "inactive"},
		{"resolved", "", "resolved"},
		{"", "", "active"},
	} {
		plain, coded := `"type":"allergy"`, `"type":"allergy"`
		if c.clinical != "" {
			plain += fmt.Sprintf(`,"clinicalStatus":%q`, c.clinical)
			coded += `,"clinicalStatus":` + concept(allergyClinical4, c.clinical)
		}
		if c.verification != "" {
			plain += fmt.Sprintf(`,"verificationStatus":%q`, c.verification)
			coded += `,"verificationStatus":` + concept(allergyVerified4, c.verification)
		}
		want := wants{"status": quote(c.status), "clinicalStatus": absent, "verificationStatus": absent}
		name := c.clinical + "+" + c.verification
		list := []scenario{{name: name, from: r4, to: []fhir.Version{d2}, in: coded, want: want}}
		if c.verification != "" { // mandatory in STU3
			same := wants{"verificationStatus": quote(c.verification)}
			if c.clinical != "" {
				same["clinicalStatus"] = quote(c.clinical)
			}
			list = append(list, scenario{name: name, from: s3, to: []fhir.Version{d2}, in: plain, want: want}, scenario{
				name: name, from: r4,
				to: []fhir.Version{s3}, in: coded, want: same,
			})
		}
		runAll(t, "AllergyIntolerance", list)
	}
	runAll(t, "AllergyIntolerance", []scenario{
		{
			name: "the coding of HL7's system", from: r4, to: []fhir.Version{s3},
			in: `"clinicalStatus":{"coding":[{"system":"urn:own","code":"resolved"},{"system":"` + allergyClinical4 + `","code":"inactive"}]},
				"verificationStatus":{"coding":[{"system":"urn:own","code":"confirmed"},{"system":"` + allergyVerified4 + `","code":"refuted"}]}`,
			want: wants{"clinicalStatus": `"inactive"`, "verificationStatus": `"refuted"`},
		},
		{
			name: "else the first that fits", sloppy: true, from: r4, to: []fhir.Version{s3},
			in: `"clinicalStatus":{"coding":[{"system":"urn:own","code":"A"},{"system":"urn:own","code":"resolved"}]},
				"verificationStatus":{"coding":[{"code":"confirmed"}]}`,
			want: wants{"clinicalStatus": `"resolved"`, "verificationStatus": `"confirmed"`},
		},
		{
			name: "mandatory in STU3", from: r4, to: []fhir.Version{s3}, in: `"clinicalStatus":` + concept(allergyClinical4, "active"),
			want: wants{"verificationStatus": `"unconfirmed"`, "clinicalStatus": `"active"`},
		},
	})
}

func TestAllergyCodes(t *testing.T) {
	t.Parallel()
	criticality := rows(d2, up, "CRITL→low", "CRITH→high", "CRITU→unable-to-assess")
	criticality = append(criticality, rows(s3, []fhir.Version{d2}, "low→CRITL", "high→CRITH", "unable-to-assess→CRITU")...)
	criticality = append(criticality, rows(r4, []fhir.Version{d2}, "low→CRITL", "high→CRITH", "unable-to-assess→CRITU")...)
	criticality = append(criticality, rows(s3, []fhir.Version{r4}, "low", "high", "unable-to-assess")...)
	criticality = append(criticality, rows(r4, []fhir.Version{s3}, "low", "high", "unable-to-assess")...)
	codes(t, everywhere("AllergyIntolerance"), "criticality", "", nil, criticality)
	var kinds []row
	for from, to := range others {
		kinds = append(kinds, rows(from, to, "allergy", "intolerance")...)
	}
	codes(t, everywhere("AllergyIntolerance"), "type", "", nil, kinds)
	for _, code := range []string{"food", "medication", "environment"} {
		runAll(t, "AllergyIntolerance", []scenario{
			{
				name: code, from: d2, to: up, in: `"category":` + quote(code), want: wants{"category": "[" + quote(code) + "]"},
				home: wants{"category": quote(code)},
			},
			{
				name: code, from: r4, to: []fhir.Version{s3}, in: `"category":[` + quote(code) + `]`,
				want: wants{"category": "[" + quote(code) + "]"}, home: wants{"category": "[" + quote(code) + "]"},
			},
			{name: code, from: s3, to: []fhir.Version{d2}, in: `"category":[` + quote(code) + `]`, want: wants{"category": quote(code)}},
		})
	}
}

func TestAllergyElements(t *testing.T) {
	t.Parallel()
	const certainty = `{"url":"http://hl7.org/fhir/AllergyIntolerance-r2-certainty","valueCode":"likely"}`
	runAll(t, "AllergyIntolerance", []scenario{
		{
			name: "substance", from: d2, to: up, in: `"substance":{"text":"Latex"}`, want: wants{"code": `{"text":"Latex"}`, "substance": absent},
			home: wants{"substance": `{"text":"Latex"}`},
		},
		{name: "no substance", from: s3, to: []fhir.Version{d2}, in: `"type":"allergy"`, want: wants{"substance": `{"text":"Unknown substance"}`}},
		{name: "no substance", from: r4, to: []fhir.Version{d2}, in: `"type":"allergy"`, want: wants{"substance": `{"text":"Unknown substance"}`}},
		{
			name: "recordedDate", from: d2, to: []fhir.Version{s3}, in: `"recordedDate":"2014-10-09T14:58:00+11:00"`,
			want: wants{"assertedDate": `"2014-10-09T14:58:00+11:00"`, "recordedDate": absent},
			home: wants{"recordedDate": `"2014-10-09T14:58:00+11:00"`},
		},
		{
			name: "recordedDate", from: d2, to: []fhir.Version{r4}, in: `"recordedDate":"2014"`, want: wants{"recordedDate": `"2014"`},
			home: wants{"recordedDate": `"2014"`},
		},
		{
			name: "assertedDate", from: s3, to: []fhir.Version{r4}, in: `"assertedDate":"2014"`,
			want: wants{"recordedDate": `"2014"`, "assertedDate": absent}, home: wants{"assertedDate": `"2014"`},
		},
		{
			name: "reporter", from: d2, to: up, in: `"reporter":{"reference":"Patient/p1"},"recorder":{"reference":"Practitioner/1"}`,
			want: wants{"asserter": `{"reference":"Patient/p1"}`, "recorder": `{"reference":"Practitioner/1"}`, "reporter": absent},
			home: wants{"reporter": `{"reference":"Patient/p1"}`},
		},
		{
			name: "a role asserts", from: r4, to: []fhir.Version{s3},
			in:   `"asserter":{"reference":"PractitionerRole/1","display":"Dr Kaur"},"encounter":{"reference":"Encounter/1"}`,
			want: wants{"asserter": `{"display":"Dr Kaur"}`, "encounter": absent},
		},
		{
			name: "lastOccurence", from: d2, to: up, in: `"lastOccurence":"2012-06"`,
			want: wants{"lastOccurrence": `"2012-06"`, "lastOccurence": absent}, home: wants{"lastOccurence": `"2012-06"`},
		},
		{name: "note", from: d2, to: up, in: `"note":{"text":"n"}`, want: wants{"note": `[{"text":"n"}]`}, home: wants{"note": `{"text":"n"}`}},
		{name: "notes", from: s3, to: []fhir.Version{d2}, in: `"note":[{"text":"n"},{"text":"m"}]`, want: wants{"note.text": `"n\nm"`}},
		{
			name: "notes of a reaction", from: r4, to: []fhir.Version{d2},
			in:   `"reaction":[{"manifestation":[{"text":"Hives"}],"note":[{"text":"n"},{"text":"m"}]}]`,
			want: wants{"reaction[0].note.text": `"n\nm"`, "reaction[0].manifestation": `[{"text":"Hives"}]`},
		},
		{
			name: "certainty", from: d2, to: up, in: `"reaction":[{"manifestation":[{"text":"Hives"}],"certainty":"likely"}]`,
			want: wants{"reaction[0].certainty": absent, "reaction[0].extension": "[" + certainty + "]"},
			home: wants{"reaction[0].certainty": `"likely"`, "reaction[0].extension": absent},
		},
		{
			name: "certainty", from: s3, to: []fhir.Version{r4},
			in:   `"reaction":[{"extension":[` + certainty + `],"manifestation":[{"text":"Hives"}]}]`,
			want: wants{"reaction[0].extension": "[" + certainty + "]"},
		},
	})
}
