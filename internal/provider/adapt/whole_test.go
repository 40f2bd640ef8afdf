package adapt_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/adapt"
)

// allergies is a provider with n allergies of p1.
func allergies(n int, s switches) *provider {
	p := &provider{v: fhir.R4, switches: s}
	for i := range n {
		p.add("AllergyIntolerance", fmt.Sprintf("a%02d", i), `,"patient":{"reference":"Patient/p1"},"code":{"text":"x"}`)
	}
	return p
}

// What a provider says it has, and gives no way to, is never passed over.
func TestNeverAPartForTheWhole(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		s     switches
		total int
		known fhir.TotalKind
		fails bool
	}{
		{"no link leads on", switches{Cap: 4, NoLinks: true}, 0, 0, true},
		{"nor does it honour a size", switches{Ignore: []string{"_count"}, Cap: 4, NoLinks: true}, 4, fhir.TotalAtLeast, false},
		{"nor take one", switches{Refuse: []string{"_count"}, Cap: 4, NoLinks: true}, 4, fhir.TotalAtLeast, false},
		{"its total is too high", switches{Total: "more", Cap: 4}, 9, fhir.TotalExact, false},
		{"its order changes from page to page", switches{Cap: 4, Restless: true}, 7, fhir.TotalAtLeast, false},
		{"it cuts off larger pages", switches{CutOff: true, Cap: 4}, 9, fhir.TotalExact, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := adapt.Link(allergies(9, tc.s), adapt.Config{Memory: adapt.NewMemory(nil)})
			for range 2 {
				resp, err := search1(t, s, "AllergyIntolerance", "patient=p1")
				if tc.fails {
					if err == nil || fhir.AsError(err).Kind != fhir.KindTooCostly {
						t.Errorf("got %+v, %v, want KindTooCostly", resp, err)
					}
					continue
				}
				if err != nil || resp.Total != tc.total || resp.Known != tc.known || len(resp.Matches) != tc.total {
					t.Fatalf("got %d of %d (%d), %v, want %d (%d)", len(resp.Matches), resp.Total, resp.Known, err, tc.total, tc.known)
				}
				warned := slices.ContainsFunc(resp.Warnings, func(w fhir.Issue) bool { return w.Code == "incomplete" })
				if warned != (tc.known == fhir.TotalAtLeast) {
					t.Errorf("warnings %v", resp.Warnings)
				}
			}
		})
	}
}

// That a small answer was whole though the total said otherwise says nothing of
// a larger one.
func TestAWholeAnswerVouchesForNoLarger(t *testing.T) {
	t.Parallel()
	p := allergies(9, switches{Total: "more", Cap: 4})
	p.add("AllergyIntolerance", "b", `,"patient":{"reference":"Patient/p2"},"code":{"text":"x"}`)
	s := adapt.Link(p, adapt.Config{Memory: adapt.NewMemory(nil)})
	for _, patient := range []string{"p2", "nobody"} {
		must(t, s, "AllergyIntolerance", "patient="+patient)
	}
	p.switches = switches{Cap: 4, NoLinks: true}
	if resp, err := search1(t, s, "AllergyIntolerance", "patient=p1"); err == nil {
		t.Errorf("got %d of %d for the whole", len(resp.Matches), resp.Total)
	}
}

// What was listed but could not be taken is missing from the total, which then
// is none.
func TestWhatCouldNotBeTaken(t *testing.T) {
	t.Parallel()
	p := allergies(3, switches{})
	s := adapt.Link(fhir.ServerFunc{V: fhir.R4, F: func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
		resp, err := p.Do(ctx, req)
		if err == nil {
			resp.Total++
			resp.Warnings = []fhir.Issue{{Severity: "warning", Code: "incomplete", Diagnostics: "One is left out."}}
		}
		return resp, err
	}}, adapt.Config{Memory: adapt.NewMemory(nil)})
	for _, query := range []string{"patient=p1", "patient=p1&_sort=-date&_count=2"} {
		resp := must(t, s, "AllergyIntolerance", query)
		if resp.Known == fhir.TotalExact || len(resp.Warnings) == 0 {
			t.Errorf("%s: total %d (%d), warnings %v", query, resp.Total, resp.Known, resp.Warnings)
		}
	}
}

// A provider that answers 404 where nothing is found has nothing to be found
// only as long as it answers at all.
func TestNoneFoundOrNothingThere(t *testing.T) {
	t.Parallel()
	p := allergies(1, switches{NoneIs404: true})
	gone := false
	s := adapt.Link(fhir.ServerFunc{V: fhir.R4, F: func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
		if gone {
			return nil, fhir.Errorf(fhir.KindUnknownType, "not-supported", "no such place")
		}
		return p.Do(ctx, req)
	}}, adapt.Config{Memory: adapt.NewMemory(nil)})
	if resp := must(t, s, "AllergyIntolerance", "patient=p2"); resp.Total != 0 {
		t.Errorf("found %+v", resp)
	}
	gone = true
	if resp, err := search1(t, s, "AllergyIntolerance", "patient=p1"); err == nil {
		t.Errorf("found %+v where nothing answers", resp)
	}
	if resp, err := search1(t, s, "MedicationStatement", "patient=p1"); err == nil {
		t.Errorf("found %+v where nothing answers", resp)
	}
}

// Codes that FHIR does not define are found in whatever case they are written.
func TestCategoriesInCapitals(t *testing.T) {
	t.Parallel()
	p := &provider{v: fhir.R4, switches: switches{CaseTokens: true}}
	p.add("Observation", "o1", `,"status":"final","category":[{"coding":[{"code":"LAB"}]}],"code":{"text":"x"},"subject":{"reference":"Patient/p1"}`)
	s := adapt.Link(p, adapt.Config{Memory: adapt.NewMemory(nil)})
	for _, q := range []string{"LAB", "lab"} {
		if resp := must(t, s, "Observation", "patient=p1&category="+q); resp.Total != 1 {
			t.Errorf("category=%s found %d", q, resp.Total)
		}
	}
}

// However often a parameter is repeated, a search stays a few questions.
func TestRepeatedParameters(t *testing.T) {
	t.Parallel()
	p := &provider{v: fhir.DSTU2}
	p.add("Observation", "o1", `,"status":"final","code":{"coding":[{"code":"c"}]},"subject":{"reference":"Patient/p1"}`)
	s := adapt.Link(p, adapt.Config{Memory: adapt.NewMemory(nil)})
	if resp := must(t, s, "Observation", "patient=p1"+strings.Repeat("&code=c", 40)); resp.Total != 1 {
		t.Errorf("found %d", resp.Total)
	}
	if len(p.calls) > 40 {
		t.Errorf("%d calls", len(p.calls))
	}
}

// One patient's vital signs may be categorised and another's not.
func TestSomeUncategorised(t *testing.T) {
	t.Parallel()
	p := &provider{v: fhir.R4}
	const rate = `,"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"subject":{"reference":"Patient/`
	p.add("Observation", "o1", rate+`p1"},"category":[{"coding":[{"code":"vital-signs"}]}]`)
	p.add("Observation", "o2", rate+`p2"}`)
	s := adapt.Link(p, adapt.Config{Memory: adapt.NewMemory(nil)})
	for _, patient := range []string{"p1", "p2"} {
		if resp := must(t, s, "Observation", "category=vital-signs&patient="+patient); resp.Total != 1 {
			t.Errorf("found %d of %s", resp.Total, patient)
		}
	}
}

// The latest place is the first, whatever zones the times are written in.
func TestLatestPlaceFirst(t *testing.T) {
	t.Parallel()
	p := &provider{v: fhir.R4}
	p.add("Encounter", "e1", `,"status":"finished","location":[{"location":{"display":"former"},"period":{"start":"2020-01-02T01:00:00+10:00"}},`+
		`{"location":{"display":"latest"},"period":{"start":"2020-01-01T20:00:00-05:00"}}]`)
	s := adapt.Link(p, adapt.Config{Memory: adapt.NewMemory(nil)})
	resp, err := s.Do(t.Context(), &fhir.Request{Interaction: fhir.Read, Type: "Encounter", ID: "e1"})
	if err != nil || strings.Index(string(resp.Resource.Body), "latest") > strings.Index(string(resp.Resource.Body), "former") {
		t.Errorf("%+v, %v", resp, err)
	}
}

// The work that a resource takes grows with its size, not with its square. It
// is the process's, so this test runs alone.
func TestHostileResources(t *testing.T) {
	const n = 20_000
	var contained, locations []string
	for i := range n {
		contained = append(contained, fmt.Sprintf(`{"resourceType":"Location","id":"l%d","name":"x"}`, i))
		locations = append(locations, fmt.Sprintf(`{"location":{"reference":"#l%d"}}`, i))
	}
	for typ, members := range map[string]string{
		"Encounter": `,"contained":[` + strings.Join(contained, ",") + `],"location":[` + strings.Join(locations, ",") + `]`,
		"Patient":   `,"text":{"div":"<div>` + strings.Repeat("<b></i>", 5*n) + `"}`,
	} {
		p := &provider{v: fhir.R4}
		p.add(typ, "h1", members)
		s := adapt.Link(p, adapt.Config{Memory: adapt.NewMemory(nil)})
		before := await.CPU(t)
		if _, err := s.Do(t.Context(), &fhir.Request{Interaction: fhir.Read, Type: typ, ID: "h1"}); err != nil {
			t.Error(err)
		}
		if took := await.CPU(t) - before; took > 10*time.Second {
			t.Errorf("%s took %v", typ, took)
		}
	}
}
