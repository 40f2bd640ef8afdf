package adapt_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/adapt"
)

func search1(t *testing.T, s fhir.Server, typ, q string) (*fhir.Response, error) {
	t.Helper()
	return s.Do(t.Context(), &fhir.Request{Interaction: fhir.Search, Type: typ, Params: params(q)})
}

func must(t *testing.T, s fhir.Server, typ, q string) *fhir.Response {
	t.Helper()
	resp, err := search1(t, s, typ, q)
	if err != nil {
		t.Fatalf("%s?%s: %v", typ, q, err)
	}
	return resp
}

func (p *provider) forget() { p.calls = nil }

func reportOf(m *adapt.Memory) string {
	var out []string
	for _, a := range m.Report() {
		out = append(out, a.Name+" "+a.Why)
	}
	return strings.Join(out, "; ")
}

// A provider that does as the specification says is asked once for each
// search, in the standard's own words.
func TestOneCallEach(t *testing.T) {
	p := ward(fhir.R4)
	s := adapt.Link(p, adapt.Config{Memory: adapt.NewMemory(nil)})
	for _, q := range questions {
		must(t, s, q.typ, q.query)
	}
	for _, tc := range []struct{ typ, query, asked string }{
		{"Observation", "patient=Patient/p1&_sort:desc=date&category=vital-signs", "Observation?patient=p1&category=vital-signs&_sort=-date&_count=51"},
		{"Observation", "Patient=p1&sort:desc=date&_count=100", "Observation?patient=p1&_sort=-date&_count=101"},
		{"Observation", "patient=p1&date=ge2009-01-01", "Observation?patient=p1&date=ge2008-12-31&_count=250"},
		{"Encounter", "patient=p1&_sort:desc=date&_count=1", "Encounter?patient=p1&_count=250"},
		{"Condition", "patient=p1&_count=10", "Condition?patient=p1&_count=250"},
		{"Patient", "given=amina&family=okafor", "Patient?given:contains=amina&family:contains=okafor&_count=250"},
		{"Patient", "name=amina okafor", "Patient?name:contains=amina&name:contains=okafor&_count=250"},
		{"Patient", "given=ZOË", "Patient?given:contains=zoe,zoë&_count=250"},
		{"Patient", "id=p1", "Patient?_id=p1&_count=250"},
		{"Patient", "gender=FEMALE&birthdate=06/05/1957", "Patient?gender=female&birthdate=eq1957-06-05&_count=250"},
		{"Patient", "identifier=urn:mrn|7001001", "Patient?identifier=urn:mrn|7001001&_count=250"},
		{"Patient", "", "Patient?_count=51"},
		{"Observation", "value-quantity=gt5|http://unitsofmeasure.org|kg", "Observation?value-quantity=gt5|http://unitsofmeasure.org|kg&_count=250"},
		{"Observation", "patient=p1&value-quantity=gt5&component-code-value-quantity=8480-6$107", "Observation?patient=p1&_count=250"},
		{"Observation", "component-code-value-quantity=8480-6$107", "Observation?_count=250"},
		{"Observation", "patient=p1,p2&status:not=final", "Observation?patient=p1,p2&_count=250"},
		{"Encounter", "patient=p1&date=ap2018", "Encounter?patient=p1&_count=250"},
		{"AllergyIntolerance", "patient=p1&unknown=1", "AllergyIntolerance?patient=p1&_count=250"},
		{"Patient", `family=a\,b`, `Patient?family:contains=a\,b&_count=250`},
	} {
		p.forget()
		must(t, s, tc.typ, tc.query)
		if len(p.calls) != 1 || p.calls[0] != tc.asked {
			t.Errorf("%s?%s was asked as %q, want %q", tc.typ, tc.query, p.calls, tc.asked)
		}
	}
}

func TestBadSearchesNeverGoUp(t *testing.T) {
	p := ward(fhir.STU3)
	s := adapt.Link(p, adapt.Config{Memory: adapt.NewMemory(nil)})
	for q, code := range map[string]string{"birthdate=1957-13-40": "value", "family:foo=x": "not-supported", "_count=-1": "value", "_has:Observation:patient:code=1": ""} {
		_, err := search1(t, s, "Patient", q)
		if fe := fhir.AsError(err); code != "" && (err == nil || fe.Kind != fhir.KindInvalid || fe.Issues[0].Code != code) {
			t.Errorf("%s: %v, want 400 %s", q, err, code)
		}
	}
	_, err := s.Do(t.Context(), &fhir.Request{Interaction: fhir.Search, Type: "Patient", Params: params("nonsense=1"), Strict: true})
	if fhir.AsError(err).Kind != fhir.KindInvalid {
		t.Errorf("an unknown parameter, strictly: %v", err)
	}
	if resp, err := search1(t, s, "Medicine", "x=1"); fhir.AsError(err).Kind != fhir.KindUnknownType {
		t.Errorf("a type of no version: %v, %v", resp, err)
	}
	p.forget()
	resp := must(t, s, "Patient", "nonsense=1&gender=female")
	if len(resp.Used) != 1 || !slices.Equal(resp.Ignored, []string{"nonsense"}) || strings.Contains(p.calls[0], "nonsense") {
		t.Errorf("honoured %v, ignored %v, asked %q", resp.Used, resp.Ignored, p.calls)
	}
	for _, c := range []string{"x", "{}", `{"n":true}`, `{"w":"AAAA"}`} {
		_, err := s.Do(t.Context(), &fhir.Request{Interaction: fhir.Search, Type: "Condition", Params: params("patient=p1"), Cursor: []byte(c)})
		if fhir.AsError(err).Kind != fhir.KindGone {
			t.Errorf("cursor %q: %v, want gone", c, err)
		}
	}
}

// A refusal is found out once, remembered, also over a restart, and tried anew
// after a day or when the provider's software changes.
func TestLearnedAndRelearned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := ward(fhir.R4)
		p.Refuse = []string{"category", "_sort"}
		m := adapt.NewMemory(nil)
		statement := func(version string) {
			m.Statement([]byte(`{"resourceType":"CapabilityStatement","date":"` + time.Now().Format(time.RFC3339) + `","software":{"name":"X","version":"` + version + `"},"rest":[{"mode":"server"}]}`))
		}
		statement("1")
		ask := func() int {
			p.forget()
			must(t, adapt.Link(p, adapt.Config{Memory: m}), "Observation", "patient=p1&category=vital-signs&_sort=-date")
			return len(p.calls)
		}
		if first, second := ask(), ask(); first < 3 || second != 1 {
			t.Errorf("asked %d times, then %d; want some, then 1", first, second)
		}
		if got := reportOf(m); !strings.Contains(got, "Observation?category refused") || !strings.Contains(got, "Observation?_sort=date refused") {
			t.Errorf("the report says %q", got)
		}
		saved, changed := m.Saved()
		if _, again := m.Saved(); !changed || again {
			t.Errorf("changed %v, then %v; want true, false", changed, again)
		}
		m = adapt.NewMemory(saved)
		statement("1")
		if n := ask(); n != 1 {
			t.Errorf("after a restart it is asked %d times, want 1", n)
		}
		time.Sleep(25 * time.Hour)
		if n := ask(); n < 3 {
			t.Errorf("after a day it is asked %d times, want some more", n)
		}
		p.Refuse = nil
		statement("2")
		if ask(); strings.Contains(reportOf(m), "category refused") && !strings.Contains(p.calls[0], "category=") {
			t.Errorf("with new software it is asked %q", p.calls)
		}
	})
}

func TestMemoryIsTolerant(t *testing.T) {
	for _, earlier := range []string{"", "nonsense", `{"facts":{"x":{"is":"odd"}}}`, `[]`} {
		m := adapt.NewMemory([]byte(earlier))
		m.Statement([]byte("<html>"))
		m.Statement([]byte(`{"resourceType":"Patient"}`))
		if got := m.Report(); len(got) != 0 {
			t.Errorf("%q gave %v", earlier, got)
		}
		if b, changed := m.Saved(); changed || !json.Valid(b) {
			t.Errorf("%q is saved as %s, changed %v", earlier, b, changed)
		}
	}
}

// What a statement does not list is not asked for as long as what it lists
// narrows the search.
func TestDeclared(t *testing.T) {
	p := ward(fhir.R4)
	m := adapt.NewMemory(nil)
	m.Statement([]byte(`{"resourceType":"CapabilityStatement","rest":[{"mode":"client","resource":[{"type":"Observation","searchParam":[{"name":"category"}]}]},{"mode":"server","resource":[
		{"type":"Observation","searchParam":[{"name":"patient"}]},{"type":"Coverage","searchParam":[{"name":"subscriber"}]},{"type":"Patient","searchParam":[]}]}]}`))
	s := adapt.Link(p, adapt.Config{Memory: m})
	resp := must(t, s, "Observation", "patient=p1&category=vital-signs&_sort=-date&_count=2")
	if want := truth(t, p, "Observation", "patient=p1&category=vital-signs"); resp.Total != len(want) || p.calls[0] != "Observation?patient=p1&_count=250" {
		t.Errorf("%d of %d, asked %q", resp.Total, len(want), p.calls)
	}
	if !strings.Contains(reportOf(m), "Observation?category declared") {
		t.Errorf("the report says %q", reportOf(m))
	}
	p.forget()
	if resp := must(t, s, "Coverage", "patient=p1"); resp.Total != 2 || len(p.calls) != 2 { // a statement may leave out what is there
		t.Errorf("%d coverages, asked %q", resp.Total, p.calls)
	}
	p.forget()
	if must(t, s, "Patient", "gender=male"); p.calls[0] != "Patient?gender=male&_count=250" {
		t.Errorf("asked %q", p.calls)
	}
}

// No value of a search, and nothing of a record, is in what is remembered or
// reported.
func TestNothingPersonalIsKept(t *testing.T) {
	p := ward(fhir.R4)
	p.switches = switches{NoContains: true, Refuse: []string{"identifier", "_id"}, Ignore: []string{"patient"}}
	m := adapt.NewMemory(nil)
	s := adapt.Link(p, adapt.Config{Memory: m})
	for _, q := range questions {
		_, _ = search1(t, s, q.typ, q.query)
	}
	saved, _ := m.Saved()
	kept := strings.ToLower(string(saved) + reportOf(m))
	for _, word := range []string{"amina", "okafor", "lund", "zo", "7001", "1957", "p1", "brien"} {
		if strings.Contains(kept, word) {
			t.Errorf("%q is in %s", word, kept)
		}
	}
}

func TestTypesThatAreNotSearched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := ward(fhir.STU3)
		p.Refuse = []string{"MedicationStatement", "MedicationRequest"}
		s := adapt.Link(p, adapt.Config{Memory: adapt.NewMemory(nil)})
		for range 2 {
			resp := must(t, s, "MedicationStatement", "patient=p1")
			if resp.Total != 0 || resp.Known != fhir.TotalExact || len(resp.Used) != 1 {
				t.Errorf("MedicationStatement gave %+v, want an empty searchset", resp)
			}
			_, err := search1(t, s, "MedicationRequest", "patient=p1")
			if fe := fhir.AsError(err); fe.Kind != fhir.KindUnknownType || fe.Issues[0].Code != "not-supported" {
				t.Errorf("MedicationRequest: %v, want 404 not-supported", err)
			}
		}
		p.forget()
		must(t, s, "MedicationStatement", "patient=p1")
		if len(p.calls) != 0 {
			t.Errorf("asked again at once: %q", p.calls)
		}
		p.Refuse = nil
		time.Sleep(11 * time.Minute)
		if must(t, s, "MedicationRequest", "patient=p1"); len(p.calls) == 0 {
			t.Error("not asked again after a while")
		}
	})
}

// Failures are not shortcomings: nothing is learned from them.
func TestFailuresTeachNothing(t *testing.T) {
	for _, kind := range []fhir.Kind{fhir.KindUnavailable, fhir.KindTimeout, fhir.KindUpstream, fhir.KindThrottled, fhir.KindForbidden} {
		calls := 0
		down := fhir.ServerFunc{V: fhir.R4, F: func(context.Context, *fhir.Request) (*fhir.Response, error) {
			calls++
			return nil, fhir.Errorf(kind, "transient", "no")
		}}
		m := adapt.NewMemory(nil)
		_, err := search1(t, adapt.Link(down, adapt.Config{Memory: m}), "Condition", "patient=p1")
		most := 1
		if kind == fhir.KindUpstream { // whether it fails at this question or page size alone is looked at
			most = 4
		}
		if fhir.AsError(err).Kind != kind || calls > most || len(m.Report()) != 0 {
			t.Errorf("kind %d: %v after %d calls, learned %v", kind, err, calls, m.Report())
		}
	}
}

// Vital signs that a provider does not categorise are found by their codes.
func TestUncategorised(t *testing.T) {
	p := &provider{v: fhir.STU3}
	vital := `,"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2020-01-0%d"`
	for i := 1; i <= 3; i++ {
		p.add("Observation", fmt.Sprintf("v%d", i), fmt.Sprintf(vital, i))
	}
	p.add("Observation", "lab", `,"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"2345-7"}]},"subject":{"reference":"Patient/p1"}`)
	p.add("Observation", "said", fmt.Sprintf(vital, 9)+`,"category":[{"coding":[{"code":"exam"}]}]`)
	m := adapt.NewMemory(nil)
	s := adapt.Link(p, adapt.Config{Memory: m})
	for range 2 {
		resp := must(t, s, "Observation", "patient=p1&category=vital-signs&_sort=-date")
		var ids []string
		for _, match := range resp.Matches {
			ids = append(ids, match.ID)
			if !strings.Contains(string(match.Body), `"code":"vital-signs"`) {
				t.Errorf("%s has no category: %s", match.ID, match.Body)
			}
		}
		if !slices.Equal(ids, []string{"v3", "v2", "v1"}) || resp.Total != 3 {
			t.Errorf("got %q of %d", ids, resp.Total)
		}
		p.add("Observation", "", fmt.Sprintf(vital, 0)+`,"category":[{"coding":[{"code":"exam"}]}]`)
	}
	if !strings.Contains(reportOf(m), "Observation?category checked") {
		t.Errorf("the report says %q", reportOf(m))
	}
}

// A long stay is read page by page in the provider's own order, once that
// order has proven itself, and never whole.
func TestLongStay(t *testing.T) {
	p := &provider{v: fhir.R4}
	for i := range 5000 {
		status := "final"
		if i%100 == 7 {
			status = "entered-in-error"
		}
		p.add("Observation", fmt.Sprintf("o%04d", (i*7)%5000), fmt.Sprintf(`,"status":%q,"category":[{"coding":[{"code":"vital-signs"}]}],"subject":{"reference":"Patient/p1"},"effectiveDateTime":%q`,
			status, time.Date(2020, 1, 1, i/3, 0, 0, 0, time.UTC).Format(time.RFC3339)))
	}
	p.add("Observation", "few", `,"status":"final","category":[{"coding":[{"code":"vital-signs"}]}],"subject":{"reference":"Patient/p2"}`)
	s := adapt.Link(p, adapt.Config{Memory: adapt.NewMemory(nil)})
	must(t, s, "Observation", "patient=p2&category=vital-signs&_sort=-date") // its total is right
	const q = "patient=p1&category=vital-signs&_sort=-date&_count=40"
	must(t, s, "Observation", q)
	p.forget()
	want := truth(t, p, "Observation", q)
	var cursor []byte
	for page := range 5 {
		resp, err := s.Do(t.Context(), &fhir.Request{Interaction: fhir.Search, Type: "Observation", Params: params(q), Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range resp.Matches {
			if m.ID != want[page*40+i] {
				t.Fatalf("page %d: %s at %d, want %s", page, m.ID, i, want[page*40+i])
			}
		}
		if page == 0 && (resp.Total != len(want) || resp.Known != fhir.TotalExact) {
			t.Errorf("total %d, want %d", resp.Total, len(want))
		}
		cursor = resp.Next
	}
	if len(p.calls) > 14 {
		t.Errorf("five pages took %d calls: %q", len(p.calls), p.calls)
	}
	// A provider that does not sort cannot answer this at all.
	p.Ignore = []string{"_sort"}
	p.Shuffle = true
	s = adapt.Link(p, adapt.Config{Memory: adapt.NewMemory(nil)})
	if _, err := search1(t, s, "Observation", q); fhir.AsError(err).Kind != fhir.KindTooCostly {
		t.Errorf("without an order: %v, want too-costly", err)
	}
}

// A page link that was made when the provider's order could be relied upon
// still works when that has changed.
func TestPagesSurviveDistrust(t *testing.T) {
	p := &provider{v: fhir.R4}
	for i := range 60 {
		p.add("Observation", fmt.Sprintf("o%02d", i), fmt.Sprintf(`,"status":"final","subject":{"reference":"Patient/p1"},"effectiveDateTime":%q`, time.Date(2020, 1, 1+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)))
	}
	s := adapt.Link(p, adapt.Config{Memory: adapt.NewMemory(nil)})
	const q = "patient=p1&_sort=-date&_count=10"
	first := must(t, s, "Observation", q)
	for _, now := range []switches{{Ignore: []string{"_sort"}}, {Refuse: []string{"_sort"}}} {
		p.switches = now
		resp, err := s.Do(t.Context(), &fhir.Request{Interaction: fhir.Search, Type: "Observation", Params: params(q), Cursor: first.Next})
		if err != nil || len(resp.Matches) != 10 || resp.Matches[0].ID != "o49" || resp.Matches[9].ID != "o40" {
			t.Errorf("%+v: %v", now, err)
		}
	}
}

func TestReadsAreVerified(t *testing.T) {
	p := ward(fhir.R4)
	s := adapt.Link(p, adapt.Config{Memory: adapt.NewMemory(nil)})
	read := func(typ, id string) error {
		_, err := s.Do(t.Context(), &fhir.Request{Interaction: fhir.Read, Type: typ, ID: id})
		return err
	}
	if err := read("Patient", "p1"); err != nil {
		t.Error(err)
	}
	if err := read("Observation", "o6"); fhir.AsError(err).Kind != fhir.KindNotFound {
		t.Errorf("what was entered in error: %v, want not found", err)
	}
	p.records[0].id = "px" // the provider answers with another patient's record
	if err := read("Patient", "px"); fhir.AsError(err).Kind != fhir.KindUpstream {
		t.Errorf("another patient's record: %v, want upstream", err)
	}
}

func wardEncounters(n int) *provider {
	p := &provider{v: fhir.R4}
	for i := range n {
		p.add("Encounter", fmt.Sprintf("e%d", i), fmt.Sprintf(`,"status":"finished","subject":{"reference":"Patient/p1"},"location":[{"location":{"reference":"Location/w%d"}}],"participant":[{"individual":{"reference":"Practitioner/d"}}]`, i))
		p.add("Location", fmt.Sprintf("w%d", i), fmt.Sprintf(`,"name":"Ward %d"`, i))
	}
	p.add("Practitioner", "d", `,"name":[{"text":"Dr. Ines Halvorsen"}]`)
	return p
}

// The names that a page lacks are found together, kept for a minute, and never
// for another tenant.
func TestNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wardEncounters(3)
		m := adapt.NewMemory(nil)
		s := adapt.Link(p, adapt.Config{Memory: m})
		ask := func(tenant string) (string, []string) {
			p.forget()
			ctx := access.WithPrincipal(t.Context(), access.Principal{Tenant: tenant})
			resp, err := s.Do(ctx, &fhir.Request{Interaction: fhir.Search, Type: "Encounter", Params: params("patient=p1")})
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(p.calls)
			return string(resp.Matches[2].Body), p.calls
		}
		body, calls := ask("a")
		want := []string{"Encounter?patient=p1&_count=250", "Location?_id=w0,w1,w2&_count=3", "Practitioner/d"}
		if !strings.Contains(body, `"display":"Ward 2"`) || !strings.Contains(body, `"display":"Dr. Ines Halvorsen"`) || !slices.Equal(calls, want) {
			t.Errorf("asked %q for %s", calls, body)
		}
		if _, calls := ask("a"); len(calls) != 1 {
			t.Errorf("asked again %q", calls)
		}
		if _, calls := ask("b"); len(calls) != 3 {
			t.Errorf("another tenant was served from %q", calls)
		}
		time.Sleep(2 * time.Minute)
		if _, calls := ask("a"); len(calls) != 3 {
			t.Errorf("after two minutes asked %q", calls)
		}
		p.Refuse = []string{"_id"}
		time.Sleep(2 * time.Minute)
		if body, _ := ask("a"); !strings.Contains(body, `"display":"Ward 2"`) {
			t.Errorf("without _id: %s", body)
		}
		time.Sleep(2 * time.Minute)
		if _, calls := ask("a"); len(calls) != 5 || slices.ContainsFunc(calls, func(c string) bool { return strings.Contains(c, "_id") }) {
			t.Errorf("without _id, later: %q", calls)
		}
		if !strings.Contains(reportOf(m), "display of Location rule") {
			t.Errorf("the report says %q", reportOf(m))
		}
	})
}

// A name that cannot be had now fails no page, and is asked for again.
func TestNamesFailSoftly(t *testing.T) {
	p := wardEncounters(2)
	for _, kind := range []fhir.Kind{fhir.KindForbidden, fhir.KindUnavailable, fhir.KindUpstream, fhir.KindUnauthorized, fhir.KindUnknownType, fhir.KindTimeout} {
		s := adapt.Link(fhir.ServerFunc{V: fhir.R4, F: func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
			if req.Type != "Encounter" {
				return nil, fhir.Errorf(kind, "forbidden", "no")
			}
			return p.Do(ctx, req)
		}}, adapt.Config{Memory: adapt.NewMemory(nil)})
		resp, err := search1(t, s, "Encounter", "patient=p1")
		if err != nil || strings.Count(string(resp.Matches[0].Body), `"display":"Unknown"`) != 2 {
			t.Errorf("kind %d: %v", kind, err)
		}
	}
}

func TestIncludes(t *testing.T) {
	p := wardEncounters(2)
	p.Refuse = []string{"_include"}
	s := adapt.Link(p, adapt.Config{Memory: adapt.NewMemory(nil)})
	resp := must(t, s, "Encounter", "patient=p1&_include=Encounter:location")
	if len(resp.Matches) != 2 || len(resp.Used) != 1 || !slices.Equal(resp.Ignored, []string{"_include"}) {
		t.Errorf("%d matches, honoured %v, ignored %v", len(resp.Matches), resp.Used, resp.Ignored)
	}
}

// Searches at the same time learn into one memory.
func TestTogether(t *testing.T) {
	p := ward(fhir.R4)
	p.switches = switches{NoContains: true, Refuse: []string{"_sort", "category"}, Cap: 2, Total: "more"}
	m := adapt.NewMemory(nil)
	s := adapt.Link(p, adapt.Config{Memory: m})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, q := range questions {
				if resp, err := s.Do(t.Context(), &fhir.Request{Interaction: fhir.Search, Type: q.typ, Params: params(q.query)}); err != nil {
					t.Errorf("%s?%s: %v, %v", q.typ, q.query, resp, err)
				}
			}
		})
	}
	wg.Go(func() {
		for range 50 {
			m.Report()
			m.Saved()
		}
	})
	wg.Wait()
}

func TestElements(t *testing.T) {
	p := ward(fhir.R4)
	s := adapt.Link(p, adapt.Config{Memory: adapt.NewMemory(nil)})
	resp := must(t, s, "Patient", "family=okafor&_elements=gender")
	if got := string(resp.Matches[0].Body); strings.Contains(got, "Okafor") || !strings.Contains(got, `"gender":"female"`) || !strings.Contains(got, "SUBSETTED") {
		t.Errorf("got %s", got)
	}
	if slices.ContainsFunc(p.calls, func(c string) bool { return strings.Contains(c, "_elements") }) {
		t.Errorf("asked %q: what is filtered must be whole", p.calls)
	}
}

func BenchmarkForeign20(b *testing.B) {
	p := &provider{v: fhir.R4}
	for i := range 20 {
		p.add("Observation", fmt.Sprintf("o%d", i), `,"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs","display":"Vital Signs"}],"text":"Vital Signs"}],"code":{"coding":[{"system":"http://loinc.org","code":"8867-4","display":"Heart rate"}],"text":"Heart rate"},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-01-01T00:00:00Z","valueQuantity":{"value":72.0,"unit":"{beats}/min","system":"http://unitsofmeasure.org","code":"/min"},"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Heart rate 72.0</p></div>"}`)
	}
	resp := p.page(recordsOf(p), &asked{count: 50}, nil)
	link := adapt.Link(fhir.ServerFunc{V: fhir.R4, F: func(context.Context, *fhir.Request) (*fhir.Response, error) { return resp, nil }}, adapt.Config{Memory: adapt.NewMemory(nil)})
	req := &fhir.Request{Interaction: fhir.Search, Type: "Observation", Params: params("patient=p1&category=vital-signs&_sort=-date")}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := link.Do(b.Context(), req); err != nil {
			b.Fatal(err)
		}
	}
}

func recordsOf(p *provider) []*record {
	var out []*record
	for i := range p.records {
		out = append(out, &p.records[i])
	}
	return out
}
