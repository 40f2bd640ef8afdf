package convert_test

import (
	"context"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// echo stores nothing and gives back what it was sent.
func echo(v fhir.Version) *canned {
	return &canned{v: v, do: func(req *fhir.Request) (*fhir.Response, error) {
		return &fhir.Response{Created: true, Resource: &fhir.Resource{Type: req.Type, ID: "new", VersionID: "1", Body: req.Body}}, nil
	}}
}

func TestWritesAreConverted(t *testing.T) {
	s := echo(fhir.DSTU2)
	body := `{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","subject":{"reference":"Patient/p1"},"authoredOn":"2019-01-01","medicationCodeableConcept":{"text":"x"}}`
	resp, err := link(s, fhir.R4, nil).Do(t.Context(), &fhir.Request{Interaction: fhir.Update, Type: "MedicationRequest", ID: "m", Body: []byte(body), IfMatch: "3"})
	if err != nil {
		t.Fatal(err)
	}
	sent := s.asked[0]
	if sent.Type != "MedicationOrder" || sent.IfMatch != "3" || !strings.Contains(string(sent.Body), `"dateWritten":"2019-01-01"`) || !strings.Contains(string(sent.Body), `"resourceType":"MedicationOrder"`) {
		t.Errorf("sent %s %s", sent.Type, sent.Body)
	}
	if resp.Resource.Type != "MedicationRequest" || !strings.Contains(string(resp.Resource.Body), `"authoredOn":"2019-01-01"`) || !resp.Created {
		t.Errorf("got %+v %s", resp, resp.Resource.Body)
	}
}

// What the provider's version would say wrongly is not written.
func TestWritesThatCannotBeSaid(t *testing.T) {
	s := echo(fhir.STU3)
	body := `{"resourceType":"MedicationRequest","status":"active","intent":"order","doNotPerform":true,"subject":{"reference":"Patient/p1"},"medicationCodeableConcept":{"text":"x"}}`
	_, err := link(s, fhir.R4, nil).Do(t.Context(), &fhir.Request{Interaction: fhir.Create, Type: "MedicationRequest", Body: []byte(body)})
	refused(t, err, fhir.KindUnprocessable, "not-supported")
	_, err = link(s, fhir.R4, nil).Do(t.Context(), &fhir.Request{Interaction: fhir.Create, Type: "Patient", Body: []byte(`[]`)})
	refused(t, err, fhir.KindUnprocessable, "structure")
	_, err = link(echo(fhir.DSTU2), fhir.R4, nil).Do(t.Context(), &fhir.Request{Interaction: fhir.Create, Type: "PractitionerRole", Body: []byte(`{"resourceType":"PractitionerRole"}`)})
	refused(t, err, fhir.KindUnknownType, "not-supported")
	if len(s.asked) > 0 {
		t.Errorf("asked %+v", s.asked)
	}
}

// A condition is put exactly or not at all.
func TestConditionalWrites(t *testing.T) {
	s := echo(fhir.R4)
	del := func(typ, criteria string) error {
		_, err := link(s, fhir.DSTU2, nil).Do(t.Context(), &fhir.Request{Interaction: fhir.Delete, Type: typ, Conditional: true, Criteria: params(criteria)})
		return err
	}
	if err := del("MedicationOrder", "patient=p1&datewritten=2019"); err != nil {
		t.Fatal(err)
	}
	if got := show(s.asked[0].Criteria); got != "patient=p1&authoredon=2019" || s.asked[0].Type != "MedicationRequest" {
		t.Errorf("asked %s %s", s.asked[0].Type, got)
	}
	refused(t, del("Patient", "identifier=x"), fhir.KindInvalid, "not-supported") // L-2
	refused(t, del("Patient", "shoe-size=44"), fhir.KindInvalid, "not-supported")
	if len(s.asked) != 1 {
		t.Errorf("%d were asked", len(s.asked))
	}
}

func TestHistoryIsConverted(t *testing.T) {
	s := &canned{v: fhir.R4, do: func(req *fhir.Request) (*fhir.Response, error) {
		if string(req.Cursor) == "2" {
			return searchset(nil, 4, observation("a", focused)), nil
		}
		resp := searchset([]byte("2"), 4, observation("a", ""))
		resp.Matches = append(resp.Matches, fhir.Match{Mode: fhir.ModeDeleted, Resource: fhir.Resource{Type: "Observation", ID: "a", VersionID: "2"}})
		return resp, nil
	}}
	l := link(s, fhir.STU3, nil)
	req := &fhir.Request{Interaction: fhir.History, Type: "Observation", ID: "a"}
	resp, err := l.Do(context.Background(), req)
	if err != nil || len(resp.Matches) != 2 || resp.Matches[1].Mode != fhir.ModeDeleted || resp.Total != 4 {
		t.Fatalf("got %+v, %v", resp, err)
	}
	req.Cursor = resp.Next
	resp, err = l.Do(context.Background(), req)
	if err != nil || len(resp.Matches) != 0 || resp.Known != fhir.TotalNone || len(resp.Warnings) != 1 {
		t.Errorf("got %+v, %v", resp, err)
	}
}
