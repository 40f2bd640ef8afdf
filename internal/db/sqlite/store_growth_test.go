package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// BenchmarkStoreGrowth times searches whose answers have the same size in a
// store of 1 000 patients and in one of WARDBRIDGE_PATIENTS (10 000).
func BenchmarkStoreGrowth(b *testing.B) {
	many := 10_000
	if n, err := strconv.Atoi(os.Getenv("WARDBRIDGE_PATIENTS")); err == nil {
		many = n
	}
	for _, patients := range []int{1000, many} {
		s, raw := benchStore(b, filepath.Join(b.TempDir(), "s.db"))
		const chunk = 200
		for from := 0; from < patients; from += chunk {
			var entries []fhir.Entry
			for i := from; i < from+chunk; i++ {
				entries = append(entries,
					entry("", fhir.Update, "Patient", fmt.Sprintf("p%d", i), fmt.Sprintf(`{"resourceType":"Patient","name":[{"family":"Fam%dily","given":["Given%d"],"text":"Given%d Fam%dily"}],"birthDate":"%s","identifier":[{"system":"urn:mrn","value":"M%d"}]}`,
						i/5, i%100, i%100, i/5, time.Unix(int64(i/5)*86400-3e9, 0).UTC().Format(time.DateOnly), i)),
					entry("", fhir.Update, "Observation", fmt.Sprintf("o%d", i), fmt.Sprintf(`{"resourceType":"Observation","status":"final","code":{"coding":[{"code":"8867-4"}]},"subject":{"reference":"Patient/p%d"},"effectiveDateTime":"2024-03-01"}`, i)))
			}
			if _, err := s.Do(b.Context(), &fhir.Request{Interaction: fhir.Transaction, Entries: entries}); err != nil {
				b.Fatal(err)
			}
		}
		for _, q := range []struct{ name, typ, query string }{
			{"name", "Patient", "family=am77ily"},
			{"birthdate", "Patient", "birthdate=" + time.Unix(77*86400-3e9, 0).UTC().Format(time.DateOnly)},
			{"identifier", "Patient", "identifier=M777"},
			{"vitals", "Observation", "patient=p777&_sort=-date&code=8867-4"},
			{"list", "Patient", "_count=5"},
		} {
			b.Run(fmt.Sprintf("%s/%d", q.name, patients), func(b *testing.B) {
				for b.Loop() {
					if resp, err := s.Do(b.Context(), find(q.typ, q.query)); err != nil || len(resp.Matches) == 0 {
						b.Fatal(err)
					}
				}
			})
		}
		if err := raw.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
