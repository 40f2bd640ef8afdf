package importer

import (
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// TestMeet holds which writes wait for which.
func TestMeet(t *testing.T) {
	write := func(entries ...*fhir.Request) need {
		req := &fhir.Request{Interaction: fhir.Transaction}
		for _, e := range entries {
			req.Entries = append(req.Entries, fhir.Entry{Request: e})
		}
		return needs(req)
	}
	update := func(typ, id, body string) *fhir.Request {
		return &fhir.Request{Interaction: fhir.Update, Type: typ, ID: id, Body: []byte(body)}
	}
	create := func(typ string, criteria ...fhir.Param) *fhir.Request {
		return &fhir.Request{Interaction: fhir.Create, Type: typ, Conditional: len(criteria) > 0, Criteria: criteria}
	}
	mrn := fhir.Param{Name: "identifier", Value: "1"}
	for _, tc := range []struct {
		name      string
		one, then need
		meet      bool
	}{
		{"the same resource", write(update("Patient", "1", "")), write(update("Patient", "1", "")), true},
		{"one of several", write(update("Patient", "1", ""), update("Patient", "2", "")), write(update("Patient", "2", "")), true},
		{"others of a type", write(update("Patient", "1", "")), write(update("Patient", "2", "")), false},
		{"one id of two types", write(update("Patient", "1", "")), write(update("Observation", "1", "")), false},
		{"new ones", write(create("Patient")), write(create("Patient")), false},
		{"a write, then a condition on its type", write(update("Patient", "1", "")), write(create("Patient", mrn)), true},
		{"a condition, then a write of its type", write(create("Patient", mrn)), write(update("Patient", "1", "")), true},
		{"two conditions on a type", write(create("Patient", mrn)), write(create("Patient", mrn)), true},
		{"conditions on two types", write(create("Patient", mrn)), write(create("Encounter", mrn)), false},
		{"a write, then a conditional reference to its type", write(create("Patient")), write(update("Observation", "1", `{"subject":{"reference" : "Patient?identifier=1"}}`)), true},
		{"a conditional reference, then a write of its type", write(update("Observation", "1", `{"subject":{"reference":"Patient\u003fidentifier=1"}}`)), write(create("Patient")), true},
		{"two conditional references to a type", write(update("Observation", "1", `{"subject":{"reference":"Patient?identifier=1"}}`)), write(update("Observation", "2", `{"subject":{"reference":"Patient?identifier=1"}}`)), false},
		{"a reference in a lone write, which the store does not resolve", write(create("Patient")), needs(update("Observation", "1", `{"subject":{"reference":"Patient?identifier=1"}}`)), false},
		{"a chain, then a write of any type", write(create("Patient", fhir.Param{Name: "organization.name"})), write(create("Organization")), true},
		{"a write of any type, then a chain", write(create("Organization")), write(update("Observation", "1", `{"subject":{"reference":"Patient?_has%3AEncounter"}}`)), true},
		{"the id as a condition asks no other type", write(create("Patient", fhir.Param{Name: "_id"})), write(create("Organization")), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := newOrder()
			o.enter(tc.one)
			if o.free(tc.then) == tc.meet {
				t.Errorf("the second waits: %v, want %v", !tc.meet, tc.meet)
			}
			o.leave(tc.one)
			if !o.free(tc.then) || len(o.busy) > 0 {
				t.Errorf("left behind: %v", o.busy)
			}
		})
	}
}
