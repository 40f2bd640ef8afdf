package adapt_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/adapt"
)

// What another search learns while a question is on its way is no reason to
// take its failure for an illness. A provider that failed at large pages and
// did not sort once failed the search that found out about both, when another
// one had found out about the pages first.
func TestLearnedByAnotherMeanwhile(t *testing.T) {
	t.Parallel()
	p := &provider{v: fhir.R4, switches: switches{Ignore: []string{"_sort"}}}
	for i := range 3 { // oldest first, which is not how they are asked for
		p.add("AllergyIntolerance", fmt.Sprintf("a%d", i), fmt.Sprintf(`,"patient":{"reference":"Patient/p1"},"recordedDate":"202%d-01-01","code":{"text":"x"}`, i))
	}
	p.add("Condition", "c1", `,"subject":{"reference":"Patient/p1"},"code":{"text":"x"}`)
	var s fhir.Server
	var other sync.Once
	s = adapt.Link(fhir.ServerFunc{V: fhir.R4, F: func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
		large := slices.ContainsFunc(req.Params, func(p fhir.Param) bool {
			n, err := strconv.Atoi(p.Value)
			return p.Name == "_count" && err == nil && n > 100
		})
		if !large {
			return p.Do(ctx, req)
		}
		if req.Type == "AllergyIntolerance" {
			other.Do(func() { must(t, s, "Condition", "patient=p1") }) //nolint:contextcheck // another client asks
		}
		return nil, fhir.Errorf(fhir.KindUpstream, "transient", "failed")
	}}, adapt.Config{Memory: adapt.NewMemory(nil)})
	resp, err := search1(t, s, "AllergyIntolerance", "patient=p1&_sort=-date")
	if err != nil || resp.Total != 3 || resp.Matches[0].ID != "a2" {
		t.Errorf("got %+v, %v; want all three, the newest first", resp, err)
	}
}
