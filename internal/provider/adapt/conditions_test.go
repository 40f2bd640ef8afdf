package adapt_test

import (
	"context"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/adapt"
)

// A provider elsewhere may refuse a read's parameters, and may misjudge its
// conditions: it is asked for the whole, and the conditions are judged here
// (REQ-HTTP-5, REQ-ROUTE-2).
func TestAReadIsJudgedHere(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 600e6, time.UTC)
	server := fhir.ServerFunc{V: fhir.R4, F: func(_ context.Context, req *fhir.Request) (*fhir.Response, error) {
		if len(req.Params) > 0 || len(req.IfNoneMatch) > 0 || !req.IfModifiedSince.IsZero() {
			t.Errorf("the provider was asked %+v", req)
		}
		return &fhir.Response{Resource: &fhir.Resource{
			Type: "Location", ID: "l1", VersionID: "7", Modified: at, Body: []byte(`{"resourceType":"Location","id":"l1","name":"Ward"}`),
		}}, nil
	}}
	link := adapt.Link(server, adapt.Config{Memory: adapt.NewMemory(nil)})
	for name, c := range map[string]struct {
		req  fhir.Request
		held bool
	}{
		"no condition":               {fhir.Request{}, false},
		"parameters":                 {fhir.Request{Params: []fhir.Param{{Name: "tenant", Value: "x"}, {Name: "_elements", Value: "id"}}}, false},
		"the version":                {fhir.Request{IfNoneMatch: []string{"7"}}, true},
		"one of several":             {fhir.Request{IfNoneMatch: []string{"6", "7"}}, true},
		"any":                        {fhir.Request{IfNoneMatch: []string{"*"}}, true},
		"another":                    {fhir.Request{IfNoneMatch: []string{"6"}}, false},
		"another, though not since":  {fhir.Request{IfNoneMatch: []string{"6"}, IfModifiedSince: at.Add(time.Hour)}, false},
		"since, to the second":       {fhir.Request{IfModifiedSince: at.Truncate(time.Second)}, true},
		"before":                     {fhir.Request{IfModifiedSince: at.Add(-time.Second)}, false},
		"a version read has no such": {fhir.Request{Interaction: fhir.VRead, VersionID: "7", IfNoneMatch: []string{"7"}}, false},
	} {
		req := c.req
		req.Type, req.ID = "Location", "l1"
		if req.Interaction == 0 {
			req.Interaction = fhir.Read
		}
		resp, err := link.Do(t.Context(), &req)
		if err != nil || resp.NotModified != c.held || (resp.Resource.Body == nil) != c.held {
			t.Errorf("%s: %+v, %v; want not modified %t", name, resp, err, c.held)
		}
	}
}
