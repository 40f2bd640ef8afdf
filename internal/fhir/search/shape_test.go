package search_test

import (
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// What was not asked for goes, what stays stays as it was spelt, and a part says
// that it is one.
func TestShape(t *testing.T) {
	t.Parallel()
	const tag = `{"system":"http://hl7.org/fhir/v3/ObservationValue","code":"SUBSETTED"}`
	q := search.NewQuery("Patient")
	q.Elements = []string{"birthDate"}
	for in, want := range map[string]string{
		`{"id":"a","meta":{},"x":1}`:                           `{"id":"a","meta":{"tag":[T]}}`,
		`{"x":1,"meta":{"tag":[{"code":"b"}],"y":2},"id":"a"}`: `{"meta":{"tag":[T,{"code":"b"}],"y":2},"id":"a"}`,
		`{"birthDate":"1957","_birthDate":{"id":"b"},"x":[]}`:  `{"birthDate":"1957","_birthDate":{"id":"b"},"meta":{"tag":[T]}}`,
	} {
		matches := []fhir.Match{{Resource: fhir.Resource{Body: []byte(in)}}, {Resource: fhir.Resource{Body: []byte(in)}, Mode: fhir.ModeInclude}}
		if err := q.Shape(fhir.STU3, matches); err != nil {
			t.Fatal(err)
		}
		if got := strings.ReplaceAll(string(matches[0].Body), tag, "T"); got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
		if string(matches[1].Body) != in {
			t.Errorf("an include became %s", matches[1].Body)
		}
	}
}
