package chart_test

import (
	"fmt"
	"testing"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A stay is behind what is planned and what was short: whoever has ten visits
// since, or ahead, is still in the hospital.
func TestTheStayIsLookedForBehindManyEncounters(t *testing.T) {
	t.Parallel()
	const each, all, stay = 10, 45, 33
	for _, status := range []string{"planned", "finished"} {
		given := 0
		s := &source{fn: func(*fhir.Request) (*fhir.Response, error) {
			resp := &fhir.Response{Total: all, Known: fhir.TotalExact}
			for range min(each, all-given) {
				is, start := status, fmt.Sprintf("2026-11-%02d", 28-given/2)
				if given == stay {
					is, start = "in-progress", "2026-10-01"
				}
				resp.Matches = append(resp.Matches, fhir.Match{Resource: fhir.Resource{Type: "Encounter", ID: fmt.Sprint(given), Body: fmt.Appendf(nil,
					`{"resourceType":"Encounter","id":"%d","subject":{"reference":"Patient/7"},"status":%q,"period":{"start":%q},"location":[{"location":{"display":"Bed %d"}}]}`,
					given, is, start, given)}})
				given++
			}
			if given < all {
				resp.Next = fmt.Append(nil, given)
			}
			return resp, nil
		}}
		r, err := chart.Read(t.Context(), s, chart.Encounters, "7", false, clock)
		if err != nil {
			t.Fatal(err)
		}
		it := chart.Cells(chart.Encounters, r, now)["location"].Items
		if len(it) != 1 || it[0].Text != "Bed 33" || !it[0].Current {
			t.Errorf("behind %s ones: %+v after %d calls", status, it, len(s.asked))
		}
		if len(s.asked) != 4 {
			t.Errorf("behind %s ones: %d calls, want to stop at the page of the stay", status, len(s.asked))
		}
	}
}

// A bed that is reserved or planned is not where someone lies.
func TestAReservedBedIsNoPlace(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"reserved", "planned"} {
		c := chart.Cells(chart.Encounters, records(t, "Encounter",
			`{"status":"in-progress","period":{"start":"2026-11-28"},"location":[{"location":{"display":"ICU-2"},"status":"`+status+`"}]}`), now)["location"]
		if len(c.Items) != 0 {
			t.Errorf("%s: %+v", status, c.Items)
		}
	}
}

// What was entered in error is not shown, whatever local code stands before
// that.
func TestEnteredInErrorBehindALocalCode(t *testing.T) {
	t.Parallel()
	const local = `{"system":"urn:local","code":"7"},`
	verification := func(system, code string) string {
		return `"verificationStatus":{"coding":[` + local + `{"system":"http://terminology.hl7.org/CodeSystem/` + system + `","code":"` + code + `"}]}`
	}
	problem := chart.Cells(chart.Problems, records(t, "Condition",
		`{`+verification("condition-ver-status", "entered-in-error")+`,"code":{"text":"Sepsis"}}`,
		`{`+verification("condition-ver-status", "confirmed")+`,"clinicalStatus":{"coding":[`+local+`{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"code":{"text":"Gout"}}`), now)["problems"]
	if len(problem.Items) != 1 || problem.Items[0].Text != "Gout" || problem.Items[0].State != "active" || problem.Items[0].Detail != "" {
		t.Errorf("problems %+v", problem.Items)
	}
	allergy := chart.Cells(chart.Allergies, records(t, "AllergyIntolerance",
		`{`+verification("allergyintolerance-verification", "entered-in-error")+`,"code":{"text":"No known allergies"}}`), now)["allergies"]
	if allergy.Note != string(chart.AllergiesNotRecorded) {
		t.Errorf("PAB-0064: a negation entered in error is %q", allergy.Note)
	}
}

// PAB-0064: that there is no allergy to latex does not make "no known
// allergies".
func TestANegationOfAKindIsNoTitle(t *testing.T) {
	t.Parallel()
	for _, code := range []string{
		`{"coding":[{"system":"http://snomed.info/sct","code":"716184000","display":"No known latex allergy"}]}`,
		`{"coding":[{"system":"http://snomed.info/sct","code":"429625007","display":"No known food allergy"}]}`,
		`{"text":"No known food allergies"}`, `{"text":"No known environmental allergies"}`,
	} {
		r := records(t, "AllergyIntolerance", `{"code":`+code+`}`)
		c := chart.Cells(chart.Allergies, r, now)["allergies"]
		if c.Note != string(chart.AllergiesNotRecorded) || len(c.Items) != 1 {
			t.Errorf("%s: %q %+v", code, c.Note, c.Items)
		}
	}
}

// What was not read whole, and of which nothing is shown, is not "none".
func TestNothingOfAPartIsNotNone(t *testing.T) {
	t.Parallel()
	for kind, body := range map[chart.Kind]string{
		chart.Problems:    `{"clinicalStatus":{"coding":[{"code":"resolved"}]},"code":{"text":"Cold"}}`,
		chart.Medications: `{"status":"stopped","medicationCodeableConcept":{"text":"Aspirin"}}`,
		chart.Coverage:    `{"status":"cancelled","payor":[{"display":"Tide"}]}`,
		chart.Encounters:  `{"status":"planned","period":{"start":"2026-12-24"}}`,
	} {
		r := records(t, chart.Types(kind)[0], body)
		r.Complete, r.Total = false, 600
		for column, c := range chart.Cells(kind, r, now) {
			if c.Status != chart.Failed || c.Reason != chart.ReasonTooMuch {
				t.Errorf("%s: %s %q", column, c.Status, c.Reason)
			}
		}
	}
}

// A measurement of a day to come, as a slip of the pen makes it, is not the
// newest.
func TestAMeasurementOfADayToCome(t *testing.T) {
	t.Parallel()
	rate := func(at, value string) string {
		return `{"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"effectiveDateTime":"` + at + `","valueQuantity":{"value":` + value + `,"code":"/min"}}`
	}
	for _, tt := range []struct{ name, slip, newest string }{
		{"a year ahead", "2027-11-28T08:00:00Z", "72"},
		{"an hour ahead", "2026-11-28T10:00:00Z", "172"},
	} {
		r := records(t, "Observation", rate(tt.slip, "172"), rate("2026-11-28T08:00:00Z", "72"), rate("2026-11-28T07:00:00Z", "70"))
		if it := chart.Cells(chart.Vitals, r, now)["hr"].Items; len(it) != 1 || it[0].Text != tt.newest || it[0].Trend != "up" {
			t.Errorf("%s: %+v", tt.name, it)
		}
		if s := chart.SectionOf(chart.Vitals, r, "", now); s.Total != 3 {
			t.Errorf("%s: %d are known of, want all 3", tt.name, s.Total)
		}
	}
	if it := chart.Cells(chart.Vitals, records(t, "Observation", rate("2027-11-28", "172")), now)["hr"].Items; len(it) != 1 || it[0].Time != "2027-11-28" {
		t.Errorf("the only one: %+v", it)
	}
}
