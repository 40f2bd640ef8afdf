package chart_test

import (
	"testing"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A vital sign may have a second code that says how it was measured. A pressure
// whose parts had one ("mean systolic") was read as no pressure at all, and not
// shown: the last code of a part was taken for what it is.
func TestVitalsWithSeveralCodes(t *testing.T) {
	t.Parallel()
	concept := func(codes ...string) string {
		s := `"code":{"coding":[`
		for i, c := range codes {
			if i > 0 {
				s += ","
			}
			s += `{"system":"http://loinc.org","code":"` + c + `"}`
		}
		return s + `]}`
	}
	part := func(value string, codes ...string) string {
		return `{` + concept(codes...) + `,"valueQuantity":{"value":` + value + `,"code":"mm[Hg]"}}`
	}
	at := `{"status":"final","effectiveDateTime":"2026-11-28T08:00:00Z",`
	for _, tt := range []struct {
		name, column, want string
		bodies             []string
	}{
		{"parts of a panel", "bp", "129/85", []string{
			at + concept("85354-9", "96607-7") + `,"component":[` + part("85", "8462-4", "96609-3") + `,` + part("129", "8480-6", "96608-5") + `]}`,
		}},
		{"the plain code last", "bp", "129/85", []string{
			at + concept("96607-7", "85354-9") + `,"component":[` + part("85", "96609-3", "8462-4") + `,` + part("129", "96608-5", "8480-6") + `]}`,
		}},
		{"observations of their own", "bp", "129/85", []string{
			at + concept("8480-6", "8459-0") + `,"valueQuantity":{"value":129,"code":"mm[Hg]"}}`,
			at + concept("8462-4", "8453-3") + `,"valueQuantity":{"value":85,"code":"mm[Hg]"}}`,
		}},
		{"one vital sign", "temp", "37.0", []string{at + concept("0000-0", "8310-5", "0000-1") + `,"valueQuantity":{"value":37.0,"code":"Cel"}}`}},
	} {
		cell := chart.Cells(chart.Vitals, records(t, "Observation", tt.bodies...), now)[tt.column]
		if len(cell.Items) != 1 || cell.Items[0].Text != tt.want {
			t.Errorf("%s: %+v, want %s", tt.name, cell, tt.want)
		}
	}
}

// Cells are of columns that a list can show (ui §1.3): a change of another was
// marked on lists where nobody could see it, nor unmark it.
func TestColumnsOfVitals(t *testing.T) {
	t.Parallel()
	cells := chart.Cells(chart.Vitals, records(t, "Observation", quantity("8302-2", "167.1", "cm", 1)), now)
	if c, ok := cells["height"]; ok {
		t.Errorf("height is no column: %+v", c)
	}
	s := chart.SectionOf(chart.Vitals, records(t, "Observation", quantity("8302-2", "167.1", "cm", 1)), "", now)
	if len(s.Series) != 1 || s.Series[0].Vital != "height" {
		t.Errorf("the page has it: %+v", s)
	}
}

// FHIR R4 extensibility §2.4.1: what has a modifier that is not understood must
// not be shown as if it had none, and the rest must not look like all there is.
func TestRecordsWithAModifier(t *testing.T) {
	t.Parallel()
	peanuts := `{"resourceType":"AllergyIntolerance","id":"a","patient":{"reference":"Patient/7"},"code":{"text":"Peanuts"},` +
		`"modifierExtension":[{"url":"http://example.org/refuted","valueBoolean":true}]}`
	latex := `{"resourceType":"AllergyIntolerance","id":"b","patient":{"reference":"Patient/7"},"code":{"text":"Latex"}}`
	match := func(bodies ...string) *source {
		return &source{fn: func(*fhir.Request) (*fhir.Response, error) {
			resp := &fhir.Response{Known: fhir.TotalExact, Total: len(bodies)}
			for _, b := range bodies {
				resp.Matches = append(resp.Matches, fhir.Match{Resource: fhir.Resource{Type: "AllergyIntolerance", Body: []byte(b)}})
			}
			return resp, nil
		}}
	}
	for _, tt := range []struct {
		name   string
		from   *source
		status chart.Status
		note   chart.AllergyState
		items  int
		total  int
	}{
		{"alone", match(peanuts), chart.Failed, chart.AllergiesUnavailable, 0, 1},
		{"beside another", match(peanuts, latex), chart.Loaded, chart.KnownAllergies, 1, 2},
		{"not there", match(latex), chart.Loaded, chart.KnownAllergies, 1, 0},
	} {
		r, err := chart.Read(t.Context(), tt.from, chart.Allergies, "7", false, clock)
		if err != nil {
			t.Fatal(err)
		}
		c := chart.Cells(chart.Allergies, r, now)["allergies"]
		if c.Status != tt.status || c.Note != string(tt.note) || len(c.Items) != tt.items || c.Total != tt.total {
			t.Errorf("%s: %+v", tt.name, c)
		}
	}
}
