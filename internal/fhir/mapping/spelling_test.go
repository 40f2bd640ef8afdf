package mapping_test

import (
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// TestSpelling: a status that changes what a record means is understood when
// it is spelled in another case, as a text only, or in a system nobody knows.
func TestSpelling(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		from, to fhir.Version
		typ, in  string
		want     string
	}{
		{r4, s3, "Condition", `"verificationStatus":{"text":"refuted"}`, `"verificationStatus":"refuted"`},
		{r4, s3, "Condition", `"verificationStatus":{"text":"Entered in Error"},"clinicalStatus":{"text":"active"}`, `"verificationStatus":"entered-in-error"`},
		{r4, d2, "Condition", `"verificationStatus":{"text":"Refuted"}`, `"verificationStatus":"refuted"`},
		{r4, s3, "Condition", `"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"Refuted"}]}`, `"verificationStatus":"refuted"`},
		{r4, s3, "Condition", `"verificationStatus":{"coding":[{"system":"urn:x","code":"17","display":"Refuted"}]}`, `"verificationStatus":"refuted"`},
		{r4, s3, "Condition", `"verificationStatus":{"coding":{"code":"refuted"}}`, `"verificationStatus":"refuted"`},
		{r4, s3, "Condition", `"verificationStatus":{"coding":[{"code":"REFUTED"},{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"confirmed"}]}`, `"verificationStatus":"confirmed"`},
		{r4, s3, "Condition", `"clinicalStatus":{"text":"resolved"}`, `"clinicalStatus":"resolved"`},
		{s3, r4, "Condition", `"verificationStatus":"Refuted"`, `"code":"refuted"`},
		{d2, s3, "Condition", `"verificationStatus":"Entered-In-Error","clinicalStatus":"active"`, `"verificationStatus":"entered-in-error"`},
		{r4, d2, "AllergyIntolerance", `"clinicalStatus":{"text":"active"},"verificationStatus":{"text":"Refuted"}`, `"status":"refuted"`},
		{r4, s3, "AllergyIntolerance", `"verificationStatus":{"coding":[{"system":"https://x.example","code":"Entered-in-Error"}]}`, `"verificationStatus":"entered-in-error"`},
		{s3, d2, "AllergyIntolerance", `"clinicalStatus":"active","verificationStatus":"REFUTED"`, `"status":"refuted"`},
		{d2, r4, "AllergyIntolerance", `"status":"Refuted"`, `"code":"refuted"`},
		{r4, d2, "Encounter", `"status":"Entered-In-Error"`, ``},
		{r4, d2, "Coverage", `"status":"Cancelled"`, ``},
		{r4, d2, "Medication", `"status":"Entered-In-Error"`, ``},
		{r4, d2, "MedicationRequest", `"intent":"Proposal"`, ``},
		{r4, s3, "MedicationRequest", `"doNotPerform":"true"`, ``},
		{r4, d2, "MedicationRequest", `"doNotPerform":1`, ``},
		{r4, s3, "MedicationRequest", `"doNotPerform":[true]`, ``},
		{r4, s3, "MedicationRequest", `"doNotPerform":"false"`, `"resourceType"`},
		{r4, s3, "MedicationRequest", `"doNotPerform":false`, `"resourceType"`},
	} {
		out, rep, err := mapping.Resource([]byte(`{"resourceType":"`+tc.typ+`",`+tc.in+`}`), tc.from, tc.to, mapping.Options{})
		if err != nil || tc.want == "" && rep.Withheld == "" || !strings.Contains(string(out), tc.want) {
			t.Errorf("%v to %v: %s %s became %s (withheld %q, %v), want %s", tc.from, tc.to, tc.typ, tc.in, out, rep.Withheld, err, tc.want)
		}
		if strings.Contains(string(out), "entered-in-error") && strings.Contains(string(out), "clinicalStatus") {
			t.Errorf("%s: an error has a clinical status: %s", tc.in, out)
		}
	}
	out, rep, err := mapping.Resource([]byte(`{"resourceType":"AllergyIntolerance","verificationStatus":{"text":"ask me"}}`), r4, d2, mapping.Options{})
	if err != nil || len(rep.Losses) != 1 || rep.Losses[0].Path != "AllergyIntolerance.verificationStatus" {
		t.Errorf("a status nobody understands must be told as lost: %s %v %v", out, rep, err)
	}
}
