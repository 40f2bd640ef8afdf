package adapt_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/wire"
	"github.com/wardbridge/wardbridge/internal/provider/adapt"
)

// vitals is a searchset of a patient's 20 newest vital signs, of a kind that
// needs no repair.
func vitals() []byte {
	var entries []string
	for i := range 20 {
		entries = append(entries, fmt.Sprintf(`{"fullUrl":"https://ehr.example/fhir/Observation/o%d","resource":{"resourceType":"Observation","id":"o%[1]d",`+
			`"meta":{"versionId":"1","lastUpdated":"2026-01-02T03:04:05.000Z"},`+
			`"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Heart rate, taken at rest</p></div>"},"status":"final",`+
			`"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs","display":"Vital Signs"}],"text":"Vital Signs"}],`+
			`"code":{"coding":[{"system":"http://loinc.org","code":"8867-4","display":"Heart rate"}],"text":"Heart rate"},`+
			`"subject":{"reference":"Patient/p1","display":"Test Patient"},"effectiveDateTime":"2026-01-%02dT08:00:00Z","issued":"2026-02-02T03:04:05.000Z",`+
			`"performer":[{"reference":"Practitioner/d1","display":"Ward nurse"}],`+
			`"valueQuantity":{"value":%d.0,"unit":"beats/minute","system":"http://unitsofmeasure.org","code":"/min"},`+
			`"interpretation":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":"N","display":"Normal"}],"text":"Normal"}],`+
			`"note":[{"text":"%s"}]},"search":{"mode":"match"}}`, i, 31-i, 60+i, strings.Repeat("As before. ", 20)))
	}
	return []byte(`{"resourceType":"Bundle","type":"searchset","total":20,"entry":[` + strings.Join(entries, ",") + `]}`)
}

// BenchmarkSearchset is what is done with a provider's searchset on its way
// through: read, checked, ordered and adapted.
func BenchmarkSearchset(b *testing.B) {
	e, err := wire.ParseEndpoint("https://ehr.example/fhir")
	if err != nil {
		b.Fatal(err)
	}
	c := &wire.Client{Version: fhir.R4, Base: e}
	reply := &wire.Reply{Status: http.StatusOK, Header: http.Header{}, Body: vitals()}
	provider := fhir.ServerFunc{V: fhir.R4, F: func(_ context.Context, req *fhir.Request) (*fhir.Response, error) { return c.Decode(req, reply) }}
	link := adapt.Link(provider, adapt.Config{Memory: adapt.NewMemory(nil)})
	req := &fhir.Request{Interaction: fhir.Search, Type: "Observation", Params: []fhir.Param{
		{Name: "patient", Value: "p1"}, {Name: "category", Value: "vital-signs"}, {Name: "_sort", Value: "-date"}, {Name: "_count", Value: "20"},
	}}
	b.SetBytes(int64(len(reply.Body)))
	b.ReportAllocs()
	for b.Loop() {
		if resp, err := link.Do(b.Context(), req); err != nil || len(resp.Matches) != 20 {
			b.Fatal(err)
		}
	}
}
