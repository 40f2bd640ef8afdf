package sqlite_test

import (
	"fmt"
	"testing"

	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/db/sqlite"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhirstore"
)

func putObservation(id, patient string) *fhir.Request {
	body := fmt.Sprintf(`{"resourceType":"Observation","id":%q,"status":"final","code":{"text":"x"},"subject":{"reference":"Patient/%s"}}`, id, patient)
	return &fhir.Request{Interaction: fhir.Update, Type: "Observation", ID: id, Body: []byte(body)}
}

func observationsOf(patient string) *fhir.Request {
	return &fhir.Request{Interaction: fhir.Search, Type: "Observation", Params: []fhir.Param{{Name: "patient", Value: patient}}}
}

// What is a patient's is kept in memory between searches, and seen to change at
// once when this process changes it: by a new resource, one that moves to
// another patient, and one that is deleted.
func TestPatientListsFollowWrites(t *testing.T) {
	r := newRig(t)
	count := func(patient string, want int) {
		t.Helper()
		for range 2 { // read, then from memory
			if got := r.do(observationsOf(patient)); got.Total != want || len(got.Matches) != want {
				t.Fatalf("%s has %d observations (%d matches), want %d", patient, got.Total, len(got.Matches), want)
			}
		}
	}
	count("a", 0)
	r.do(putObservation("o1", "a"))
	count("a", 1)
	r.do(putObservation("o2", "a"))
	count("a", 2)
	r.do(putObservation("o2", "b"))
	count("a", 1)
	count("b", 1)
	r.do(&fhir.Request{Interaction: fhir.Delete, Type: "Observation", ID: "o1"})
	count("a", 0)
}

// Another process's write is seen within the time that the cache allows.
func TestPatientListsFollowOtherProcesses(t *testing.T) {
	r := newRig(t)
	r.do(putObservation("o1", "a"))
	if got := r.do(observationsOf("a")).Total; got != 1 {
		t.Fatalf("before: %d, want 1", got)
	}
	raw, err := sqlite.OpenStore(t.Context(), r.path, fhir.R4, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := raw.Close(); err != nil {
			t.Error(err)
		}
	}()
	other, err := fhirstore.New(fhirstore.Config{Storage: raw, Version: fhir.R4})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Do(t.Context(), putObservation("o2", "a")); err != nil {
		t.Fatal(err)
	}
	await.That(t, "what another process wrote is found", func() bool { return r.do(observationsOf("a")).Total == 2 })
}
