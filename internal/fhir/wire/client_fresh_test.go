package wire_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/wire"
)

// What a provider says of caches reaches the link that keeps answers.
func TestFresh(t *testing.T) {
	t.Parallel()
	base, err := wire.ParseEndpoint("https://ehr.example.org/fhir")
	if err != nil {
		t.Fatal(err)
	}
	c := &wire.Client{Version: fhir.R4, Base: base}
	for control, want := range map[string]time.Duration{
		"": 0, "private": 0, "max-age=30": 30 * time.Second, "private, Max-Age=5": 5 * time.Second, "max-age=0": -1, "max-age=soon": -1,
		"no-store": -1, "public, no-cache": -1, "max-age=60, no-store": -1, "max-age=9999999": 1 << 20 * time.Second,
	} {
		h := http.Header{"Content-Type": {"application/fhir+json"}}
		if control != "" {
			h.Set("Cache-Control", control)
		}
		resp, err := c.Decode(&fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "p1"},
			&wire.Reply{Status: http.StatusOK, Header: h, Body: []byte(`{"resourceType":"Patient","id":"p1"}`)})
		if err != nil || (resp.Fresh < 0) != (want < 0) || want > 0 && resp.Fresh != want {
			t.Errorf("%q: %v, %v; want %v", control, resp, err, want)
		}
	}
}
