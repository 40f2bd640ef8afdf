package search_test

import (
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

const vitals = "patient=p1&category=vital-signs&date=ge2009&_sort=-date"

func observation(tb testing.TB) *fhir.Doc {
	tb.Helper()
	doc, err := fhir.Parse([]byte(bp))
	if err != nil {
		tb.Fatal(err)
	}
	return doc
}

// A patient's search looks at each of the patient's rows: no row may cost an
// allocation.
func TestAllocations(t *testing.T) {
	keys := search.Load(fhir.R4).Keys("Observation", observation(t)).Append(nil)
	buf := make([]byte, 0, 256)
	for query, budget := range map[string]float64{
		vitals: 0, "code=8480-6&status:not=entered-in-error": 0, "code-value-quantity=8480-6$ge100": 0, "_id=x&_lastUpdated=gt2020": 0, "subject:missing=true": 0,
	} {
		q, err := parse(fhir.R4, "Observation", query)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(200, func() { q.Match("o", 0, keys) }); n > budget {
			t.Errorf("%s: Match allocates %v times, %v allowed", query, n, budget)
		}
		if n := testing.AllocsPerRun(200, func() { buf = q.AppendSort(buf[:0], "o", 0, keys) }); n > budget {
			t.Errorf("%s: AppendSort allocates %v times, %v allowed", query, n, budget)
		}
	}
	doc, d := observation(t), search.Load(fhir.R4)
	if n := testing.AllocsPerRun(200, func() { d.Keys("Observation", doc) }); n > 24 {
		t.Errorf("Keys allocates %v times, 24 allowed", n)
	}
}

func BenchmarkKeys(b *testing.B) {
	d, doc := search.Load(fhir.R4), observation(b)
	b.ReportAllocs()
	for b.Loop() {
		d.Keys("Observation", doc)
	}
}

func BenchmarkAppend(b *testing.B) {
	keys := search.Load(fhir.R4).Keys("Observation", observation(b))
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = keys.Append(buf[:0])
	}
	b.ReportMetric(float64(len(buf)), "bytes")
}

func BenchmarkMatch(b *testing.B) {
	keys := search.Load(fhir.R4).Keys("Observation", observation(b)).Append(nil)
	q, err := parse(fhir.R4, "Observation", vitals)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if !q.Match("o", 0, keys) {
			b.Fatal("no match")
		}
	}
}

func BenchmarkSort(b *testing.B) {
	keys := search.Load(fhir.R4).Keys("Observation", observation(b)).Append(nil)
	q, err := parse(fhir.R4, "Observation", vitals)
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		buf = q.AppendSort(buf[:0], "o", 0, keys)
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parse(fhir.R4, "Observation", vitals); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFold(b *testing.B) {
	for _, s := range []string{"lund", "Okafor-Lund", "Zoë Straße"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				search.Fold(s)
			}
		})
	}
}
