package mapping_test

import (
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// A contained resource whose only reference has no place in the target goes
// with it (dom-3), and so does what only that one led to.
func TestNothingContainedIsLeftAlone(t *testing.T) {
	t.Parallel()
	const medication = `{"resourceType":"Medication","id":"m","contained":[
		{"resourceType":"Medication","id":"in","manufacturer":{"reference":"#maker"}},
		{"resourceType":"Organization","id":"maker","name":"Maker"},
		{"resourceType":"Organization","id":"other","name":"Nobody asked"},
		{"resourceType":"Organization","id":"owner","name":"Owner"}],
		"manufacturer":{"reference":"#owner"},
		"package":{"content":[{"itemReference":{"reference":"#in"}}]}}`
	out, rep, err := mapping.Resource([]byte(medication), fhir.STU3, fhir.R4, mapping.Options{})
	if err != nil || rep.Withheld != "" {
		t.Fatal(err, rep)
	}
	for id, want := range map[string]bool{"in": false, "maker": false, "other": true, "owner": true} {
		if got := strings.Contains(string(out), `"id":"`+id+`"`); got != want {
			t.Errorf("%s is there: %t, want %t: %s", id, got, want, out)
		}
	}
	lost := 0
	for _, l := range rep.Losses {
		if l.Path == "Medication.contained" {
			lost++
		}
	}
	if lost != 2 {
		t.Errorf("losses %v, want two of contained resources", rep.Losses)
	}
}
