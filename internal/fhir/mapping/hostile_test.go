package mapping_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// enough processor time is far beyond what a hostile megabyte takes when work is
// linear, well under a second, and far below what it takes when it is not.
const enough = 10 * time.Second

// TestHostile: a resource of about a megabyte that is made to be slow converts
// in linear time, in every direction its type has.
func TestHostile(t *testing.T) {
	const n = 20000
	kept := func(v, path, value string) string {
		return `"extension":[` + times(n, `{"url":"http://hl7.org/fhir/`+v+`/StructureDefinition/extension-`+path+`"`+value+`}`) + `]`
	}
	unknown := times(n, `"x%d":0`)
	for _, tc := range []struct{ name, typ, members string }{
		{"objects beside no primitive", "Patient", times(2*n, `"_x%d":0`)},
		{"unknown members", "Patient", times(2*n, `"x%d":0`)},
		{"reasons of an encounter", "Encounter", `"reasonReference":[` + times(n, `{"reference":"Condition/%d"}`) + `]`},
		{"diagnoses of an encounter", "Encounter", `"diagnosis":[` + times(n, `{"condition":{"reference":"Condition/%d"}}`) + `],"reasonReference":[` + times(n, `{"reference":"Condition/%d"}`) + `]`},
		{"places of an encounter", "Encounter", `"location":[` + times(n, `{"period":{"start":"2020"},"location":{"display":"%d"}}`) + `]`},
		{"reasons and extensions that tell them apart", "MedicationStatement", kept("3.0", "MedicationStatement.reasonNotTaken", `,"valueCodeableConcept":{"text":"%d"}`) + `,"reasonCode":[` + times(n, `{"text":"a%d"}`) + `]`},
		{"extensions without a value", "Observation", kept("3.0", "Observation.value", "")},
		{"more of them", "MedicationRequest", kept("1.0", "MedicationOrder.dateEnded", "")},
		{"extensions of a whole list", "AllergyIntolerance", kept("4.0", "AllergyIntolerance.reaction.certainty", "")},
		{"extensions among unknown members", "MedicationRequest", kept("1.0", "MedicationOrder.dateEnded", "") + "," + unknown},
		{"codes among extensions", "AllergyIntolerance", kept("1.0", "AllergyIntolerance.category", `,"valueCode":"other"`) + `,"category":[` + times(n, `"a%d"`) + `]`},
		{"codes of many kinds", "AllergyIntolerance", kept("1.0", "AllergyIntolerance.category", `,"valueCode":"b%d"`) + `,"category":[` + times(n, `"a%d"`) + `]`},
		{"identifiers", "Coverage", `"subscriberId":"x",` + kept("1.0", "Coverage.subscriberId", `,"valueIdentifier":{"value":"%d"}`)},
		{"classes", "Coverage", `"class":[` + times(n, `{"type":{"coding":[{"code":"%d"}]},"value":"x"}`) + `]`},
		{"substitutions", "MedicationRequest", `"substitution":{"allowedBoolean":true,` + kept("1.0", "MedicationOrder.substitution.type", `,"valueString":"x"`) + `}`},
		{"family names", "Patient", `"name":[{"family":"x","extension":[` + times(n, `{"url":"http://hl7.org/fhir/StructureDefinition/HumanName-familyRepeat","valueString":"%d"}`) + `]}]`},
		{"members of an observation", "Observation", `"hasMember":[` + times(n, `{"reference":"#%d"}`) + `],"contained":[` + times(n, `{"resourceType":"Specimen","id":"%d"}`) + `]`},
		{"notes", "Observation", `"note":[` + times(n, `{"text":"%d"}`) + `]`},
		{"names", "Patient", `"name":[{"given":[` + times(4*n, `"%d"`) + `]}]`},
	} {
		hostile(t, tc.name, tc.typ, `{"resourceType":"`+tc.typ+`",`+tc.members+`}`)
	}
	leaf := `{"resourceType":"Patient","id":"z","address":[` + times(n, `{"city":"x"}`) + `]}`
	bundles, within := leaf, leaf
	for range 11 {
		bundles = `{"resourceType":"Patient","contained":[{"resourceType":"Bundle","id":"b","entry":[{"resource":` + bundles + `}]}]}`
	}
	for range 25 {
		within = `{"resourceType":"Patient","contained":[` + within + `,{"resourceType":"Specimen","id":"b"}]}`
	}
	hostile(t, "bundles in contained resources", "Patient", bundles)
	hostile(t, "contained resources in contained ones", "Patient", within)
	hostile(t, "a page of them", "Bundle", `{"resourceType":"Bundle","entry":[{"resource":`+within+`}]}`)
}

// TestHostileRoles: many roles of one practitioner with a long name cost what
// they hold, not their product.
func TestHostileRoles(t *testing.T) {
	in := `{"resourceType":"Practitioner","id":"p","name":{"given":[` + times(30000, `"%d"`) + `]},"practitionerRole":[` + times(20000, `{"role":{"text":"%d"}}`) + `]}`
	roles, err := mapping.Roles([]byte(in), r4)
	size := 0
	for _, r := range roles {
		size += len(r)
	}
	if err != nil || len(roles) != 20000 || size > 10*len(in) {
		t.Errorf("%d roles of %d bytes from %d, %v", len(roles), size, len(in), err)
	}
}

func hostile(t *testing.T, name, typ, body string) {
	t.Helper()
	if err := fhir.Validate([]byte(body), fhir.MaxDepth); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, from := range fhir.Versions() {
		for _, to := range fhir.Versions() {
			source := typ
			if from == to {
				continue
			}
			if from == d2 && typ == "MedicationRequest" {
				source = "MedicationOrder"
			}
			before := await.CPU(t)
			in := strings.Replace(body, `"`+typ+`"`, `"`+source+`"`, 1)
			if _, rep, err := mapping.Resource([]byte(in), from, to, mapping.Options{}); err != nil || len(rep.Losses) > 1000 {
				t.Errorf("%s, %v to %v: %d losses, %v", name, from, to, len(rep.Losses), err)
			}
			if took := await.CPU(t) - before; took > enough {
				t.Errorf("%s, %v to %v: %d bytes took %v", name, from, to, len(in), took)
			}
		}
	}
}

// times joins n copies of a format by commas, with their numbers where it asks.
func times(n int, format string) string {
	list := make([]string, n)
	for i := range list {
		list[i] = strings.Replace(format, "%d", fmt.Sprint(i), 1)
	}
	return strings.Join(list, ",")
}
