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
	keeps := func(h http.Header) time.Duration {
		resp, err := c.Decode(&fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "p1"},
			&wire.Reply{Status: http.StatusOK, Header: h, Body: []byte(`{"resourceType":"Patient","id":"p1"}`)})
		if err != nil {
			t.Fatal(err)
		}
		return resp.Fresh
	}
	for control, want := range map[string]time.Duration{
		"": 0, "private": 0, "max-age=30": 30 * time.Second, "private, Max-Age=5": 5 * time.Second, "max-age=0": -1, "max-age=soon": -1,
		"no-store": -1, "public, no-cache": -1, "max-age=60, no-store": -1, "max-age=9999999": 1 << 20 * time.Second,
		"max-age=60, s-maxage=30": 30 * time.Second, "s-maxage=0": -1,
	} {
		h := http.Header{}
		if control != "" {
			h.Set("Cache-Control", control)
		}
		if got := keeps(h); (got < 0) != (want < 0) || want > 0 && got != want {
			t.Errorf("%q: %v; want %v", control, got, want)
		}
	}
	for _, tc := range []struct {
		header http.Header
		want   time.Duration
	}{
		{http.Header{"Cache-Control": {"max-age=30"}, "Age": {"10"}}, 20 * time.Second},
		{http.Header{"Cache-Control": {"max-age=30"}, "Age": {"30"}}, -1},
		{http.Header{"Age": {"30"}}, 0},
		{http.Header{"Vary": {"Accept, *"}}, -1},
		{http.Header{"Vary": {"Authorization"}}, 0},
		{http.Header{"Expires": {"0"}}, -1},
		{http.Header{"Expires": {"Thu, 01 Jan 1970 00:00:00 GMT"}}, -1},
		{http.Header{"Expires": {"Thu, 01 Jan 1970 00:00:00 GMT"}, "Cache-Control": {"max-age=30"}}, 30 * time.Second},
	} {
		if got := keeps(tc.header); (got < 0) != (tc.want < 0) || tc.want >= 0 && got != tc.want {
			t.Errorf("%v: %v; want %v", tc.header, got, tc.want)
		}
	}
}
