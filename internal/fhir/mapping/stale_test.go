package mapping_test

import (
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

const (
	keptTaken    = `{"url":"http://hl7.org/fhir/3.0/StructureDefinition/extension-MedicationStatement.taken","valueCode":"%"}`
	keptNotTaken = `{"url":"http://hl7.org/fhir/1.0/StructureDefinition/extension-MedicationStatement.wasNotTaken","valueBoolean":%}`
	keptStatus   = `{"url":"http://hl7.org/fhir/3.0/StructureDefinition/extension-MedicationStatement.status","valueCode":"%"}`
)

// TestTaken: whether a medication was taken is what the elements say; what an
// extension kept counts only where it is something they may stand for, so that
// an extension that is older than the status cannot reverse it (§1.6, §10).
func TestTaken(t *testing.T) {
	t.Parallel()
	kept := func(ext, value string) string { return `,"extension":[` + strings.ReplaceAll(ext, "%", value) + `]` }
	for _, tc := range []struct {
		from, to fhir.Version
		in       string // members; the extensions among them
		want     string // members, "" when withheld
	}{
		{r4, s3, `"status":"not-taken"` + kept(keptTaken, "y"), `"taken":"n"`},
		{r4, s3, `"status":"not-taken"` + kept(keptTaken, "na"), `"taken":"n"`},
		{r4, s3, `"status":"Not-Taken"`, `"taken":"n"`},
		{r4, s3, `"status":"active"` + kept(keptTaken, "n"), `"taken":"y"`},
		{r4, s3, `"status":"active"` + kept(keptTaken, "unk"), `"taken":"y"`},
		{r4, s3, `"status":"active"` + kept(keptTaken, "na"), `"taken":"na"`},
		{r4, s3, `"status":"intended"` + kept(keptTaken, "y"), `"taken":"y"`},
		{r4, s3, `"status":"unknown"` + kept(keptTaken, "y"), `"taken":"unk"`},
		{r4, s3, `"status":"unknown"` + kept(keptStatus, "entered-in-error"), `"status":"completed"`},
		{r4, s3, `"status":"unknown"` + kept(keptStatus, "on-hold"), `"status":"on-hold"`},
		{r4, s3, `"status":"entered-in-error"` + kept(keptTaken, "n"), `"taken":"n"`},
		{d2, s3, `"status":"active","wasNotTaken":true` + kept(keptTaken, "y"), `"taken":"n"`},
		{d2, s3, `"status":"active","wasNotTaken":false` + kept(keptTaken, "n"), `"taken":"y"`},
		{d2, s3, `"status":"active"` + kept(keptTaken, "n"), `"taken":"unk"`},
		{d2, s3, `"status":"active","wasNotTaken":"true"`, `"taken":"n"`},
		{d2, r4, `"status":"active","wasNotTaken":"True"`, `"status":"not-taken"`},
		{d2, r4, `"status":"active","wasNotTaken":1`, ``},
		{s3, r4, `"status":"active","taken":"N"`, `"status":"not-taken"`},
		{s3, d2, `"status":"active","taken":"N"`, `"wasNotTaken":true`},
		{s3, d2, `"status":"active","taken":"n"` + kept(keptNotTaken, "false"), `"wasNotTaken":true`},
		{s3, d2, `"status":"active","taken":"y"` + kept(keptNotTaken, "true"), `"wasNotTaken":false`},
		{s3, r4, `"status":"active","taken":"never"`, ``},
		{r4, d2, `"status":"not-taken"` + kept(keptNotTaken, "false"), `"wasNotTaken":true`},
		{r4, d2, `"status":"entered-in-error"` + kept(keptNotTaken, "true"), `"wasNotTaken":true`},
		{r4, d2, `"status":"active"` + kept(keptNotTaken, "false"), `"wasNotTaken":false`},
	} {
		out, rep := statement(t, tc.from, tc.to, tc.in)
		if tc.want == "" && rep.Withheld == "" || !strings.Contains(out, tc.want) {
			t.Errorf("%v to %v: %s became %s (withheld %q), want %s", tc.from, tc.to, tc.in, out, rep.Withheld, tc.want)
		}
	}
	for _, in := range []string{`"status":"active"` + kept(keptNotTaken, "true"), `"status":"unknown"` + kept(keptNotTaken, "true")} {
		if out, _ := statement(t, r4, d2, in); strings.Contains(out, "wasNotTaken") {
			t.Errorf("a status that says otherwise was overruled: %s became %s", in, out)
		}
	}
}

func statement(t *testing.T, from, to fhir.Version, members string) (string, mapping.Report) {
	t.Helper()
	out, rep, err := mapping.Resource([]byte(`{"resourceType":"MedicationStatement",`+members+`}`), from, to, mapping.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return string(out), rep
}
