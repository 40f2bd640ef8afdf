package convert_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/wire"
)

// vitals is a searchset of 20 vital signs of R4, about 1 kB each.
func vitals() *fhir.Response {
	var bodies []string
	for i := range 20 {
		bodies = append(bodies, fmt.Sprintf(`{"resourceType":"Observation","id":"v%d","meta":{"versionId":"1","lastUpdated":"2024-05-01T12:00:00Z"},"status":"final",`+
			`"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Blood pressure 120/80 mmHg, sitting, left arm</p></div>"},`+
			`"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs","display":"Vital Signs"}],"text":"Vital Signs"}],`+
			`"code":{"coding":[{"system":"http://loinc.org","code":"55284-4","display":"Blood pressure"}],"text":"Blood pressure"},"subject":{"reference":"Patient/p1"},`+
			`"encounter":{"reference":"Encounter/e1"},"effectiveDateTime":"2018-03-%02dT08:30:00+01:00","issued":"2018-03-01T08:31:00.000+01:00",`+
			`"performer":[{"reference":"Practitioner/d1","display":"Dr. Ines Halvorsen"}],"interpretation":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":"N"}]}],`+
			`"component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6","display":"Systolic"}]},"valueQuantity":{"value":120,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},`+
			`{"code":{"coding":[{"system":"http://loinc.org","code":"8462-4","display":"Diastolic"}]},"valueQuantity":{"value":80.0,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]}`, i, 28-i))
	}
	return searchset(nil, 20, bodies...)
}

// A searchset of 20 from decoding the request to writing the answer, of the
// face's own version and converted from R4.
func BenchmarkSearchset(b *testing.B) {
	answer := vitals()
	bytes := 0
	for _, m := range answer.Matches {
		bytes += len(m.Body)
	}
	s := fhir.ServerFunc{V: fhir.R4, F: func(context.Context, *fhir.Request) (*fhir.Response, error) {
		out := *answer
		return &out, nil
	}}
	for _, face := range []fhir.Version{fhir.R4, fhir.STU3, fhir.DSTU2} {
		chain := link(s, face, nil)
		codec := wire.Codec{Version: face, Base: "https://x/fhir", ReadOnly: true, Knows: func(string) bool { return true }}
		b.Run(face.String(), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(bytes))
			for b.Loop() {
				r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/fhir/Observation?patient=p1&category=vital-signs&_sort=-date", http.NoBody)
				in, err := codec.Decode(r, "Observation")
				if err != nil {
					b.Fatal(err)
				}
				resp, err := chain.Do(b.Context(), in.Request)
				if err != nil {
					b.Fatal(err)
				}
				w := httptest.NewRecorder()
				codec.Answer(w, r, in, resp)
				if w.Code != http.StatusOK {
					b.Fatal(w.Body)
				}
			}
		})
	}
}
