package mapping_test

import (
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// mix is twenty public R4 records of about 3 kB, types in turn.
func mix(tb testing.TB) [][]byte {
	tb.Helper()
	byType := map[string][][]byte{}
	eachRecord(tb, fhir.R4, func(_ string, body []byte) {
		doc, err := fhir.Index(body)
		if err != nil || len(body) < 1200 || len(body) > 6000 {
			return
		}
		typ := doc.Root().Get("resourceType").String()
		if len(byType[typ]) < 20 {
			byType[typ] = append(byType[typ], body)
		}
	})
	var list [][]byte
	for i := 0; len(list) < 20 && i < 20; i++ {
		for _, typ := range []string{"Patient", "Observation", "Condition", "Encounter", "AllergyIntolerance", "MedicationRequest", "Coverage", "Practitioner"} {
			if i < len(byType[typ]) && len(list) < 20 {
				list = append(list, byType[typ][i])
			}
		}
	}
	return list
}

// BenchmarkResource converts a page of twenty records from R4 to STU3: the bar
// is 50 MB/s on one core.
func BenchmarkResource(b *testing.B) {
	list := mix(b)
	size := 0
	for _, r := range list {
		size += len(r)
	}
	b.SetBytes(int64(size))
	b.ReportMetric(float64(size)/float64(len(list)), "B/resource")
	b.ReportAllocs()
	for b.Loop() {
		for _, r := range list {
			if _, _, err := mapping.Resource(r, fhir.R4, fhir.STU3, mapping.Options{}); err != nil {
				b.Fatal(err)
			}
		}
	}
}
