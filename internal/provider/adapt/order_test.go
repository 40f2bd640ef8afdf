package adapt_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/adapt"
)

func observed(p *provider, id, patient string, day int) {
	p.add("Observation", id, fmt.Sprintf(`,"status":"final","subject":{"reference":"Patient/%s"},"effectiveDateTime":%q`, patient, time.Date(2020, 1, 1+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)))
}

// Records come newest first by the way they were written, though nobody sorts
// them, and the newest of all was written late: the order of a page looks
// right and is not.
func TestOrderByChance(t *testing.T) {
	p := &provider{v: fhir.R4, switches: switches{Ignore: []string{"_sort"}}}
	for i := range 100 {
		observed(p, fmt.Sprintf("o%02d", i), "p1", 100-i)
	}
	observed(p, "late", "p1", 200)
	for range 2 {
		m := adapt.NewMemory(nil)
		if resp := must(t, adapt.Link(p, adapt.Config{Memory: m}), "Observation", "patient=p1&_sort=-date&_count=5"); resp.Matches[0].ID != "late" {
			t.Errorf("the newest is said to be %s", resp.Matches[0].ID)
		}
		p.Shuffle = true
	}
}

// All of the first page is alike: nothing in it shows whether it is sorted.
func TestOrderThatCannotBeSeen(t *testing.T) {
	p := &provider{v: fhir.R4, switches: switches{Ignore: []string{"_sort"}}}
	for i := range 60 {
		observed(p, fmt.Sprintf("o%02d", i), "p1", 7)
	}
	observed(p, "newest", "p1", 8)
	if resp := must(t, adapt.Link(p, adapt.Config{Memory: adapt.NewMemory(nil)}), "Observation", "patient=p1&_sort=-date&_count=5"); resp.Matches[0].ID != "newest" {
		t.Errorf("the newest is said to be %s", resp.Matches[0].ID)
	}
}

// One patient's records come before and after another's, so that no page looked
// at shows that the provider takes everybody's: its total would.
func TestPatientIgnoredUnseen(t *testing.T) {
	p := &provider{v: fhir.R4}
	for i := range 60 {
		observed(p, fmt.Sprintf("a%02d", i), "p1", 100*(i%2)+i)
		observed(p, fmt.Sprintf("b%02d", i), "p2", 70)
	}
	observed(p, "c", "p3", 70)
	m := adapt.NewMemory(nil)
	s := adapt.Link(p, adapt.Config{Memory: m})
	must(t, s, "Observation", "patient=p3") // its total is right
	p.Ignore = []string{"patient", "subject"}
	resp := must(t, s, "Observation", "patient=p1&_sort=-date&_count=5")
	if resp.Total != 60 || resp.Known != fhir.TotalExact {
		t.Errorf("total %d (%v), want 60", resp.Total, resp.Known)
	}
}

// A stay that began last is the latest, whatever ended last (REQ-ENC-1): a
// provider's order of periods is never relied upon.
func TestLatestEncounter(t *testing.T) {
	p := &provider{v: fhir.R4, switches: switches{PeriodEnd: true, Cap: 20}}
	for i := range 60 {
		start := time.Date(2020, 1, 1+i, 0, 0, 0, 0, time.UTC)
		end := start.AddDate(1, 0, -3*i)
		p.add("Encounter", fmt.Sprintf("e%02d", i), fmt.Sprintf(`,"status":"finished","subject":{"reference":"Patient/p1"},"period":{"start":%q,"end":%q}`, start.Format(time.DateOnly), end.Format(time.DateOnly)))
	}
	p.add("Encounter", "now", `,"status":"in-progress","subject":{"reference":"Patient/p1"},"period":{"start":"2020-03-20"}`) // has no end to be ordered by
	s := adapt.Link(p, adapt.Config{Memory: adapt.NewMemory(nil)})
	resp := must(t, s, "Encounter", "patient=p1&_sort:desc=date&_count=1")
	if len(resp.Matches) != 1 || resp.Matches[0].ID != "now" || resp.Total != 61 {
		t.Errorf("the latest is said to be %s of %d", resp.Matches[0].ID, resp.Total)
	}
	_, err := search1(t, adapt.Link(p, adapt.Config{Memory: adapt.NewMemory(nil), Bound: 30}), "Encounter", "patient=p1&_sort=-date&_count=1")
	if fhir.AsError(err).Kind != fhir.KindTooCostly {
		t.Errorf("beyond the bound: %v, want too-costly", err)
	}
}

// A total that is wrong is never shown as exact, also where answers are long.
func TestWrongTotals(t *testing.T) {
	for _, tc := range []struct {
		total string
		bound int
		known fhir.TotalKind
	}{{"more", 0, fhir.TotalExact}, {"fewer", 0, fhir.TotalExact}, {"page", 0, fhir.TotalExact}, {"none", 0, fhir.TotalExact}, {"more", 30, fhir.TotalAtLeast}, {"page", 30, fhir.TotalAtLeast}} {
		p := &provider{v: fhir.R4, switches: switches{Total: tc.total}}
		for i := range 60 {
			observed(p, fmt.Sprintf("a%02d", i), "p1", i)
		}
		observed(p, "c", "p2", 1)
		s := adapt.Link(p, adapt.Config{Memory: adapt.NewMemory(nil), Bound: tc.bound})
		must(t, s, "Observation", "patient=p2")
		resp := must(t, s, "Observation", "patient=p1&_sort=-date&_count=5")
		if resp.Known != tc.known || tc.known == fhir.TotalExact && resp.Total != 60 || resp.Total > 60 || resp.Matches[0].ID != "a59" {
			t.Errorf("%s, bound %d: total %d (%v), want 60 (%v)", tc.total, tc.bound, resp.Total, resp.Known, tc.known)
		}
	}
}

func FuzzCursor(f *testing.F) {
	p := ward(fhir.R4)
	s := adapt.Link(p, adapt.Config{Memory: adapt.NewMemory(nil)})
	req := &fhir.Request{Interaction: fhir.Search, Type: "Observation", Params: params("patient=p1&_sort=-date&_count=2")}
	first, err := s.Do(f.Context(), req)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{first.Next, []byte(`{"n":true,"i":"x","w":"AA=="}`), []byte(`{"w":"AQ=="}`), []byte("[")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		again := *req
		again.Cursor = b
		resp, err := s.Do(t.Context(), &again)
		if err == nil && len(resp.Matches) > 2 || err != nil && fhir.AsError(err).Kind == fhir.KindInternal {
			t.Fatalf("%q gave %v, %v", b, resp, err)
		}
	})
}

// A provider that fails at a value no record has, as one does whose ids are
// numbers, is not trusted for what was not read, and answers all the same.
func TestFailsAtTheImpossible(t *testing.T) {
	p := &provider{v: fhir.R4}
	for i := range 60 {
		observed(p, fmt.Sprintf("o%02d", i), "7", i)
	}
	asked := 0
	s := fhir.ServerFunc{V: fhir.R4, F: func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
		if slices.ContainsFunc(req.Params, func(p fhir.Param) bool { return strings.Contains(p.Value, "wardbridge-none") }) {
			asked++
			return nil, fhir.Errorf(fhir.KindUpstream, "transient", "not a number")
		}
		return p.Do(ctx, req)
	}}
	l := adapt.Link(s, adapt.Config{Memory: adapt.NewMemory(nil)})
	for range 3 {
		resp := must(t, l, "Observation", "patient=7&_sort=-date&_count=5")
		if len(resp.Matches) != 5 || resp.Matches[0].ID != "o59" || resp.Total != 60 {
			t.Errorf("%d of %d, the newest %s", len(resp.Matches), resp.Total, resp.Matches[0].ID)
		}
	}
	if asked > 1 {
		t.Errorf("it was asked the impossible %d times", asked)
	}
}
