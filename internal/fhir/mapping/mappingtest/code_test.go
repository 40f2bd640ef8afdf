package mappingtest_test

import (
	"slices"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// TestCode: a search finds what the conversion makes. The first code is what
// the resource's code becomes, the others are those that become it.
func TestCode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		table    string
		from, to fhir.Version
		code     string
		want     []string // without order after the first
	}{
		{mapping.CodesConditionClinical, d2, s3, "relapse", []string{"recurrence"}},
		{mapping.CodesConditionClinical, s3, d2, "recurrence", []string{"relapse"}},
		{mapping.CodesConditionClinical, d2, r4, "relapse", []string{"relapse", "recurrence"}},
		{mapping.CodesConditionClinical, s3, r4, "recurrence", []string{"recurrence", "relapse"}},
		{mapping.CodesConditionClinical, r4, d2, "active", []string{"active"}},
		{mapping.CodesConditionClinical, s3, d2, "inactive", nil},
		{mapping.CodesConditionVerification, d2, r4, "provisional", []string{"provisional", "unconfirmed"}},
		{mapping.CodesConditionVerification, r4, s3, "unconfirmed", []string{"provisional"}},
		{mapping.CodesConditionVerification, d2, r4, "unknown", nil},
		{mapping.CodesConditionCategory, s3, d2, "problem-list-item", []string{"finding", "complaint", "symptom"}},
		{mapping.CodesConditionCategory, d2, r4, "diagnosis", []string{"encounter-diagnosis"}},
		{mapping.CodesEncounterStatus, d2, s3, "arrived", []string{"arrived", "triaged"}},
		{mapping.CodesEncounterStatus, r4, d2, "triaged", []string{"arrived"}},
		{mapping.CodesEncounterStatus, r4, d2, "entered-in-error", nil},
		{mapping.CodesEncounterClass, d2, r4, "outpatient", []string{"AMB"}},
		{mapping.CodesEncounterClass, s3, d2, "AMB", []string{"ambulatory", "outpatient"}},
		{mapping.CodesEncounterClass, d2, s3, "inpatient", []string{"IMP", "ACUTE", "NONAC", "OBSENC"}},
		{mapping.CodesEncounterClass, r4, d2, "SS", []string{"daytime"}},
		{mapping.CodesObservationStatus, d2, s3, "amended", []string{"amended", "corrected"}},
		{mapping.CodesObservationStatus, s3, d2, "corrected", []string{"amended"}},
		{mapping.CodesMedicationRequestStatus, d2, r4, "stopped", []string{"stopped", "cancelled"}},
		{mapping.CodesMedicationRequestStatus, r4, d2, "cancelled", []string{"stopped"}},
		{mapping.CodesMedicationRequestIntent, s3, r4, "order", []string{"order", "original-order", "reflex-order", "filler-order"}},
		{mapping.CodesMedicationRequestIntent, r4, s3, "option", []string{"plan"}},
		{mapping.CodesAllergyCriticality, d2, r4, "CRITH", []string{"high"}},
		{mapping.CodesAllergyCriticality, r4, d2, "unable-to-assess", []string{"CRITU"}},
		{mapping.CodesAllergyCategory, s3, d2, "biologic", []string{"other"}},
		{mapping.CodesPatientLink, d2, s3, "replace", []string{"replaced-by"}},
		{mapping.CodesContactPointSystem, d2, r4, "other", []string{"other", "url", "sms"}},
		{mapping.CodesDataAbsentReason, s3, r4, "NaN", []string{"not-a-number"}},
		{mapping.CodesDataAbsentReason, r4, d2, "as-text", []string{"astext"}},
	} {
		got, ok := mapping.Code(c.table, c.code, c.from, c.to)
		if !ok || len(got) != len(c.want) || len(got) > 0 && got[0] != c.want[0] {
			t.Errorf("%s %s of %s: want %v, got %v, %v", arrow(c.from, c.to), c.code, c.table, c.want, got, ok)
			continue
		}
		for _, w := range c.want {
			if !slices.Contains(got, w) {
				t.Errorf("%s %s of %s: want %v, got %v", arrow(c.from, c.to), c.code, c.table, c.want, got)
			}
		}
	}
	for _, table := range []string{"", "no-such-table", mapping.CodesConditionClinical} {
		if got, ok := mapping.Code(table, "no-such-code", d2, r4); ok || len(got) > 0 {
			t.Errorf("%q: want nothing, got %v, %v", table, got, ok)
		}
	}
}
