package convert_test

import (
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// orders is a type's name, and a parameter's, in a version.
func orders(v fhir.Version) string {
	if v == fhir.DSTU2 {
		return "MedicationOrder"
	}
	return "MedicationRequest"
}

// The app's calls (interface §1) give over a provider of another version what
// they give over one of the face's own: ids, order and totals.
func TestAppCalls(t *testing.T) {
	servers := map[fhir.Version]fhir.Server{}
	for _, v := range fhir.Versions() {
		servers[v] = provider(t, v, fixtures(v))
	}
	eachPair(t, func(t *testing.T, face, provider fhir.Version) {
		own, other := servers[face], link(servers[provider], face, nil)
		date := map[fhir.Version]string{fhir.DSTU2: "date-recorded", fhir.STU3: "asserted-date", fhir.R4: "recorded-date"}[face]
		for _, search := range []string{
			"Patient?given=amina&family=okafor", "Patient?family:contains=LUND", "Patient?family=lund", "Patient?family:exact=lund", "Patient?family:exact=Lund",
			"Patient?given=min", "Patient?given=zoe", "Patient?family=o'brien", "Patient?name=amina okafor", "Patient?birthdate=1957-06-05", "Patient?birthdate=1957",
			"Patient?birthdate=ge1957-06-01&birthdate=lt1958", "Patient?birthdate=06/05/1957", "Patient?gender=FEMALE", "Patient?identifier=7001001",
			"Patient?id=p1", "Patient?_id=p1,p2", "Patient?_id=nope", "Patient?_count=1&gender=female", "Patient?_count=0", "Patient?gender=female&_summary=count",
			"Observation?patient=p1&_sort:desc=date&category=vital-signs", "Observation?patient=p1&_sort=-date&category=vital-signs",
			"Observation?patient=p1&sort:desc=date", "Observation?patient=Patient/p1", "Observation?patient=p4&_sort=date", "Observation?patient=p4&_sort=-date&_count=2",
			"Observation?code=8480-6", "Observation?patient=p1&code=http://loinc.org|8867-4,9279-1", "Observation?date=ge2009-01-01&date=lt2010-01-01",
			"Observation?patient=p1&status=final", "Observation?patient=p1&status:not=final",
			"Condition?patient=p1&_count=10", "Condition?patient=p1&_sort=-" + date, "Condition?patient=p1&clinical-status=active",
			"Encounter?patient=p1&_sort:desc=date&_count=1", "Encounter?patient=p1&_sort=-date", "Encounter?patient=p4&_sort:desc=date", "Encounter?patient=p1&status=finished",
			"AllergyIntolerance?patient=p1", "AllergyIntolerance?Patient=p1", "AllergyIntolerance?patient=p1&_sort=-date",
			orders(face) + "?patient=p1&_count=10", orders(face) + "?patient=p1&_count=1", orders(face) + "?patient=p1&status=active",
			"MedicationStatement?patient=p4", "MedicationStatement?patient=p1", "Coverage?patient=p1", "Location?name=ward", "Practitioner?name=halvorsen",
			"Organization?_id=org-1", "Patient?_id=p1&_include=*", "Encounter?patient=p1&_include=Encounter:location", "Patient?_id=p1&_revinclude=Coverage:patient",
			"Observation?patient=nope",
		} {
			if want, got := found(t, own, search), found(t, other, search); got != want {
				t.Errorf("%s\ngot  %s\nwant %s", search, got, want)
			}
			a, err := find(own, search)
			if err != nil {
				t.Fatal(err)
			}
			b, err := find(other, search)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := show(b.Used), show(a.Used); got != want {
				t.Errorf("%s: the self link shows %s, want %s", search, got, want)
			}
			for _, m := range b.Matches {
				if doc, err := fhir.Parse(m.Body); err != nil || !doc.Root().Get("resourceType").Is(m.Type) {
					t.Errorf("%s: %s/%s is %.80s", search, m.Type, m.ID, m.Body)
				}
			}
		}
	})
}

func show(params []fhir.Param) string {
	var out []string
	for _, p := range params {
		out = append(out, p.Name+"="+p.Value)
	}
	return strings.Join(out, "&")
}
