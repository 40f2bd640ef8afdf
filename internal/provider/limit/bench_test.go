package limit_test

import (
	"context"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/limit"
)

func immediate() fhir.Server {
	resp := &fhir.Response{Resource: &fhir.Resource{Type: "Patient", ID: "1", Body: []byte(`{}`)}}
	return fhir.ServerFunc{V: fhir.R4, F: func(context.Context, *fhir.Request) (*fhir.Response, error) { return resp, nil }}
}

func BenchmarkLink(b *testing.B) {
	for _, bench := range []struct {
		name string
		cfg  limit.Config
		req  *fhir.Request
	}{
		{"read", limit.Config{}, read("1")},
		{"write", limit.Config{}, &fhir.Request{Interaction: fhir.Update, Type: "Patient", ID: "1"}},
		{"cached", limit.Config{CacheFor: time.Hour}, read("1")},
	} {
		b.Run(bench.name, func(b *testing.B) {
			l := limiter(b, bench.cfg)
			defer l.Forget()
			server := l.Link(immediate())
			ctx, cancel := context.WithTimeout(as(b.Context(), "0f5f2a0e-9d0b-4c39-8bb6-0d4ad3e5f6a7"), time.Hour)
			defer cancel()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := server.Do(ctx, bench.req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestOverheadIsBounded(t *testing.T) {
	server := limiter(t, limit.Config{}).Link(immediate())
	ctx, cancel := context.WithTimeout(as(t.Context(), "a"), time.Hour)
	defer cancel()
	req := read("1")
	const most = 20
	if got := testing.AllocsPerRun(1000, func() { _, _ = server.Do(ctx, req) }); got > most {
		t.Errorf("%.0f allocations for a read, want at most %d", got, most)
	}
}
