package mapping_test

import (
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// TestLatestLocation: the place a patient is at comes first, by when its period
// began and not by how that is written (§7).
func TestLatestLocation(t *testing.T) {
	t.Parallel()
	place := func(name, status, start string) string {
		return `{"location":{"display":"` + name + `"},"status":"` + status + `","period":{"start":"` + start + `"}}`
	}
	for _, tc := range []struct{ name, earlier, later string }{
		{"zones", place("A", "completed", "2020-01-02T01:00:00+10:00"), place("B", "completed", "2020-01-01T20:00:00-05:00")},
		{"fractions", place("A", "completed", "2020-01-01T20:00:00Z"), place("B", "completed", "2020-01-01T20:00:00.5Z")},
		{"a day and a time in it", place("A", "completed", "2020-01-01"), place("B", "completed", "2020-01-01T20:00:00Z")},
		{"a year and a month in it", place("A", "completed", "2020"), place("B", "completed", "2020-02")},
		{"no date", place("A", "completed", "soon"), place("B", "completed", "1999")},
		{"active", place("A", "completed", "2021"), place("B", "active", "2020")},
	} {
		for _, in := range []string{tc.earlier + "," + tc.later, tc.later + "," + tc.earlier} {
			body := `{"resourceType":"Encounter","status":"finished","location":[` + in + `]}`
			out, _, err := mapping.Resource([]byte(body), r4, d2, mapping.Options{})
			if a, b := strings.Index(string(out), `"A"`), strings.Index(string(out), `"B"`); err != nil || b < 0 || a < b {
				t.Errorf("%s: %s became %s, %v; want B first", tc.name, in, out, err)
			}
		}
	}
}
