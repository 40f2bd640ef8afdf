package convert_test

import (
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// What a practitioner does is found where each version has it.
func TestRoles(t *testing.T) {
	old := provider(t, fhir.DSTU2, odd(fhir.DSTU2))
	for _, face := range []fhir.Version{fhir.STU3, fhir.R4} {
		l := link(old, face, nil)
		for search, want := range map[string]string{
			"PractitionerRole?practitioner=d1":              "d1-r1 d1-r2 of 2",
			"PractitionerRole?practitioner=Practitioner/d2": "d2-r1 of 1",
			"PractitionerRole?role=teacher":                 "d1-r2 of 1",
			"PractitionerRole?_id=d1-r2,d2-r1,d1-r9":        "d1-r2 d2-r1 of 2",
			"PractitionerRole?organization=g1&_count=1":     "d1-r1 of 1",
			"PractitionerRole?_count=1":                     "d1-r1 d1-r2 d2-r1 of 3",
		} {
			if got := found(t, l, search); got != want {
				t.Errorf("%v: %s: got %s, want %s", face, search, got, want)
			}
		}
		resp, err := l.Do(t.Context(), &fhir.Request{Interaction: fhir.Read, Type: "PractitionerRole", ID: "d1-r2"})
		if err != nil {
			t.Fatal(err)
		}
		if body := string(resp.Resource.Body); resp.Resource.ID != "d1-r2" || !strings.Contains(body, `"id":"d1-r2"`) || !strings.Contains(body, "teacher") {
			t.Errorf("%v: %+v %s", face, resp.Resource, body)
		}
		for _, id := range []string{"d1-r3", "d1-r0", "d1-r01", "d1", "-r1", "nobody-r1"} {
			_, err := l.Do(t.Context(), &fhir.Request{Interaction: fhir.Read, Type: "PractitionerRole", ID: id})
			refused(t, err, fhir.KindNotFound, "not-found")
		}
	}
	for _, v := range []fhir.Version{fhir.STU3, fhir.R4} {
		l := link(provider(t, v, odd(v)), fhir.DSTU2, nil)
		for search, want := range map[string]string{
			"Practitioner?role=teacher":          "d1 of 1",
			"Practitioner?role=nurse,doctor":     "d1 d2 of 2",
			"Practitioner?organization=g1":       "d1 of 1",
			"Practitioner?specialty=nothing":     " of 0",
			"Practitioner?role:not=nurse":        "d1 of 1",
			"Practitioner?family=vries&_count=1": "d1 of 1",
		} {
			if got := found(t, l, search); got != want {
				t.Errorf("%v: %s: got %s, want %s", v, search, got, want)
			}
		}
		read, err := l.Do(t.Context(), &fhir.Request{Interaction: fhir.Read, Type: "Practitioner", ID: "d1"})
		if err != nil {
			t.Fatal(err)
		}
		listed, err := find(l, "Practitioner?_id=d1")
		if err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{string(read.Resource.Body), string(listed.Matches[0].Body)} {
			if strings.Count(body, "teacher") != 1 || strings.Count(body, "doctor") != 1 {
				t.Errorf("%v: %s", v, body)
			}
		}
	}
}

// A role that cannot be shown takes its number with it: a role is found, read
// and told by the same id.
func TestRolesKeepTheirNumbers(t *testing.T) {
	s := &canned{v: fhir.DSTU2, do: pages([]string{`{"resourceType":"Practitioner","id":"d","name":{"family":["Lund"]},"practitionerRole":[` +
		`{"role":{"text":"nurse"},"modifierExtension":[{"url":"http://x","valueBoolean":true}]},{"role":{"text":"teacher"}}]}`})}
	l := link(s, fhir.R4, nil)
	if got := found(t, l, "PractitionerRole?practitioner=d"); got != "d-r2 of 1" {
		t.Errorf("got %s, want d-r2 alone", got)
	}
	listed, err := find(l, "PractitionerRole?_id=d-r2")
	if err != nil || len(listed.Matches) != 1 {
		t.Fatalf("%+v, %v", listed, err)
	}
	s.do = func(*fhir.Request) (*fhir.Response, error) {
		body := []byte(`{"resourceType":"Practitioner","id":"d","practitionerRole":[{"modifierExtension":[{"url":"http://x"}]},{"role":{"text":"teacher"}}]}`)
		return &fhir.Response{Resource: &fhir.Resource{Type: "Practitioner", ID: "d", Body: body}}, nil
	}
	resp, err := l.Do(t.Context(), &fhir.Request{Interaction: fhir.Read, Type: "PractitionerRole", ID: "d-r2"})
	if err != nil {
		t.Fatal(err)
	}
	if body := string(resp.Resource.Body); !strings.Contains(body, `"id":"d-r2"`) || !strings.Contains(body, "teacher") {
		t.Errorf("read d-r2: %s", body)
	}
	_, err = l.Do(t.Context(), &fhir.Request{Interaction: fhir.Read, Type: "PractitionerRole", ID: "d-r1"})
	refused(t, err, fhir.KindNotFound, "not-found")
}

// A provider that will not tell of roles still tells of practitioners.
func TestRolesFailSoft(t *testing.T) {
	s := &canned{v: fhir.R4}
	s.do = func(req *fhir.Request) (*fhir.Response, error) {
		if req.Type == "PractitionerRole" {
			return nil, fhir.Errorf(fhir.KindUnknownType, "not-supported", "no such type")
		}
		return pages([]string{`{"resourceType":"Practitioner","id":"d","name":[{"family":"Lund"}]}`})(req)
	}
	l := link(s, fhir.DSTU2, nil)
	if _, err := l.Do(t.Context(), &fhir.Request{Interaction: fhir.Read, Type: "Practitioner", ID: "d"}); err != nil {
		t.Error(err)
	}
	if got := found(t, l, "Practitioner?_id=d"); got != "d of 1" {
		t.Errorf("got %s", got)
	}
	_, err := find(l, "Practitioner?role=nurse") // what is asked for cannot be known
	refused(t, err, fhir.KindUnknownType, "not-supported")
}
