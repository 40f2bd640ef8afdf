package adapt_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
	"github.com/wardbridge/wardbridge/internal/provider/adapt"
)

func params(q string) []fhir.Param {
	var out []fhir.Param
	if q == "" {
		return nil
	}
	for kv := range strings.SplitSeq(q, "&") {
		name, value, _ := strings.Cut(kv, "=")
		out = append(out, fhir.Param{Name: name, Value: value})
	}
	return out
}

// truth is what our own store would answer: all that matches and was not
// entered in error, in order.
func truth(t interface{ Fatal(...any) }, p *provider, typ, q string) []string {
	parsed, err := search.Load(p.v).Parse(typ, params(q), search.Options{})
	if err != nil {
		t.Fatal(err)
	}
	type hit struct {
		id   string
		sort []byte
	}
	var hits []hit
	for i := range p.records {
		r := &p.records[i]
		if r.typ == typ && !bytes.Contains(r.body, []byte("entered-in-error")) && parsed.Match(r.id, r.modified.UnixMicro(), r.keys) {
			hits = append(hits, hit{r.id, parsed.AppendSort(nil, r.id, r.modified.UnixMicro(), r.keys)})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int {
		if c := bytes.Compare(a.sort, b.sort); c != 0 {
			return c
		}
		return strings.Compare(a.id, b.id)
	})
	ids := make([]string, len(hits))
	for i := range hits {
		ids[i] = hits[i].id
	}
	return ids
}

// all follows the pages of a search through the link.
func all(t interface {
	Fatalf(string, ...any)
}, s fhir.Server, typ, q string, ctx testing.TB,
) (ids []string, total int, err error) {
	count := -1
	for _, p := range params(q) {
		if p.Name == "_count" {
			_, _ = fmt.Sscan(p.Value, &count)
		}
	}
	var cursor []byte
	for range 200 {
		resp, err := s.Do(ctx.Context(), &fhir.Request{Interaction: fhir.Search, Type: typ, Params: params(q), Cursor: cursor})
		if err != nil {
			return nil, 0, err
		}
		if count >= 0 && len(resp.Matches) > count {
			t.Fatalf("%s?%s: %d matches on a page", typ, q, len(resp.Matches))
		}
		for _, m := range resp.Matches {
			ids = append(ids, m.ID)
		}
		if cursor == nil {
			total = resp.Total
			if resp.Known != fhir.TotalExact {
				total = -1
			}
		}
		if cursor = resp.Next; cursor == nil {
			return ids, total, nil
		}
		if count == 1 && strings.HasPrefix(typ, "Encounter") { // the app reads only the first page
			return ids, total, nil
		}
	}
	t.Fatalf("%s?%s: the pages do not end", typ, q)
	return nil, 0, nil
}

func ward(v fhir.Version) *provider {
	p := &provider{v: v}
	family := func(s string) string {
		if v == fhir.DSTU2 {
			return `["` + s + `"]`
		}
		return `"` + s + `"`
	}
	subject := "subject"
	p.add("Patient", "p1", `,"identifier":[{"type":{"coding":[{"system":"http://hl7.org/fhir/v2/0203","code":"MR"}]},"system":"urn:mrn","value":"7001001"}],"name":[{"family":`+family("Okafor-Lund")+`,"given":["Amina","T."]}],"gender":"female","birthDate":"1957-06-05"`)
	p.add("Patient", "p2", `,"identifier":[{"system":"urn:mrn","value":"ab-7001002"}],"name":[{"family":`+family("O'Brien")+`,"given":["Zoë"]}],"gender":"male","birthDate":"1980-02-29"`)
	p.add("Patient", "p3", `,"identifier":[{"system":"urn:mrn","value":"7001003"}],"name":[{"family":`+family("Lund")+`,"given":["Aminata"]}],"gender":"female","birthDate":"1957-06"`)
	category := func(code string) string {
		if v == fhir.DSTU2 {
			return `,"category":{"coding":[{"code":"` + code + `"}]}`
		}
		return `,"category":[{"coding":[{"code":"` + code + `"}]}]`
	}
	for i, when := range []string{"2009-12-01T10:00:00+02:00", "2009-12-01T09:00:00Z", "2009-12-01", "2010-03-01T00:00:00Z", "", "2010-03-01T00:00:00Z", "2011", "2010-03-01T01:00:00+01:00"} {
		code, date, status := "vital-signs", "", "final"
		if i == 3 {
			code = "laboratory"
		}
		if when != "" {
			date = `,"effectiveDateTime":"` + when + `"`
		}
		if i == 6 {
			status = "entered-in-error"
		}
		p.add("Observation", fmt.Sprintf("o%d", (i*5)%8), `,"status":"`+status+`"`+category(code)+`,"code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"subject":{"reference":"Patient/p1"}`+date)
	}
	p.add("Observation", "x", `,"status":"final"`+category("vital-signs")+`,"subject":{"reference":"Patient/p2"},"effectiveDateTime":"2020"`)
	p.add("Observation", "bp", `,"status":"final"`+category("vital-signs")+`,"subject":{"reference":"Patient/p2"},"effectiveDateTime":"2019","component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]}}]`)
	if v == fhir.DSTU2 {
		subject = "patient"
	}
	for i := range 12 {
		p.add("Condition", fmt.Sprintf("c%02d", (i*7)%12), `,"`+subject+`":{"reference":"Patient/p1"},"code":{"text":"C"}`)
	}
	for i, period := range []string{`{"start":"2018-01-01","end":"2018-05-01"}`, `{"start":"2018-03-01"}`, `{"start":"2018-03-01","end":"2018-03-02"}`, `{"end":"2017-01-01"}`, ``} {
		if period != "" {
			period = `,"period":` + period
		}
		p.add("Encounter", fmt.Sprintf("e%d", 4-i), `,"status":"finished","`+subject+`":{"reference":"Patient/p1"}`+period)
	}
	if v == fhir.DSTU2 {
		p.add("Coverage", "k1", `,"subscriber":{"reference":"Patient/p1"}`)
	} else {
		p.add("Coverage", "k1", `,"status":"active","beneficiary":{"reference":"Patient/p1"},"subscriber":{"reference":"Patient/p2"}`)
		p.add("Coverage", "k2", `,"status":"active","beneficiary":{"reference":"Patient/p2"},"subscriber":{"reference":"Patient/p1"}`)
	}
	p.add("Coverage", "k3", `,"beneficiary":{"reference":"Patient/p2"},"subscriber":{"reference":"Patient/p2"}`)
	p.add("AllergyIntolerance", "a1", `,"patient":{"reference":"Patient/p1"}`)
	p.add("Location", "w", `,"name":"Ward"`)
	return p
}

// questions are what the app asks, and a few more.
var questions = []struct{ typ, query string }{
	{"Patient", "given=amina&family=okafor"},
	{"Patient", "family:contains=LUND"},
	{"Patient", "family=lund"},
	{"Patient", "family:exact=lund"},
	{"Patient", "family:exact=Lund"},
	{"Patient", "given=min"},
	{"Patient", "given=zoe"},
	{"Patient", "given=ZOË"},
	{"Patient", "family=o'brien"},
	{"Patient", "name=amina okafor"},
	{"Patient", "name=zoe,lund"},
	{"Patient", "birthdate=1957-06-05"},
	{"Patient", "birthdate=1957-06"},
	{"Patient", "birthdate=1957"},
	{"Patient", "birthdate=ge1957-06-01&birthdate=lt1958"},
	{"Patient", "birthdate=ne1957"},
	{"Patient", "gender=female"},
	{"Patient", "gender=FEMALE"},
	{"Patient", "gender:not=male"},
	{"Patient", "identifier=7001001"},
	{"Patient", "identifier=urn:mrn|7001001"},
	{"Patient", "identifier=urn:x|7001001"},
	{"Patient", "identifier=AB-7001002"},
	{"Patient", "_id=p1"},
	{"Patient", "id=p1"},
	{"Patient", "_id=p1,p2,nope"},
	{"Patient", "id=nope"},
	{"Patient", "_count=1&gender=female"},
	{"Patient", "_count=0&gender=female"},
	{"Patient", "family=zzz"},
	{"Patient", "gender=female&_sort=birthdate"},
	{"Patient", "_id=p1&gender=male"},
	{"Observation", "patient=p1&_sort:desc=date&category=vital-signs"},
	{"Observation", "patient=p1&_sort=-date&category=vital-signs&_count=2"},
	{"Observation", "patient=p1&sort=date&_count=3"},
	{"Observation", "patient=Patient/p1&category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs"},
	{"Observation", "patient=p1&date=ge2009-01-01&date=lt2010-01-01"},
	{"Observation", "patient=p1&code=http://loinc.org|8867-4,9279-1&_sort=-date&_count=1"},
	{"Observation", "subject=Patient/p1&_count=3"},
	{"Observation", "code=8480-6"},
	{"Observation", "code=http://loinc.org|8480-6,8867-4&patient=p2"},
	{"Observation", "patient=nobody&_sort=-date"},
	{"Condition", "patient=p1&_count=10"},
	{"Condition", "patient=p1&_summary=count"},
	{"Encounter", "patient=p1&_sort:desc=date&_count=1"},
	{"Encounter", "patient=p1&_sort=-date"},
	{"Encounter", "patient=p1&_sort=date"},
	{"AllergyIntolerance", "Patient=p1"},
	{"Observation", "patient=p1,p2&status:not=amended&date=lt2010"},
	{"Patient", "general-practitioner:missing=true&gender=male"},
	{"Observation", "_lastUpdated=gt2000&category:text=x"},
	{"Coverage", "patient=p1"},
	{"Coverage", "patient=Patient/p1&_count=1"},
	{"Location", "_id=w"},
}

// compare asks through the link and wants what our own store would answer.
func compare(t *testing.T, p *provider) {
	t.Helper()
	s := adapt.Link(p, adapt.Config{Memory: adapt.NewMemory(nil)})
	for range 2 { // with nothing learned, and with what was
		for _, q := range questions {
			want := truth(t, p, q.typ, q.query)
			total := len(want)
			switch {
			case strings.Contains(q.query, "_count=0") || strings.Contains(q.query, "_summary=count"):
				want = nil
			case q.typ == "Encounter" && strings.Contains(q.query, "_count=1"):
				want = want[:1]
			}
			got, n, err := all(t, s, q.typ, q.query, t)
			if err != nil || !slices.Equal(got, want) || n != total {
				t.Errorf("%s?%s\n got %q of %d, %v\nwant %q of %d", q.typ, q.query, got, n, err, want, total)
			}
		}
	}
}

func TestEverySwitch(t *testing.T) {
	for i, tc := range []struct {
		name string
		switches
	}{
		{"as the specification says", switches{}},
		{"small pages", switches{Cap: 2}},
		{"pages that overlap", switches{Cap: 2, Overlap: true}},
		{"_count beyond its limit is an error", switches{MaxCount: 100}},
		{"_count is refused", switches{Refuse: []string{"_count"}}},
		{"_count is ignored", switches{Ignore: []string{"_count"}}},
		{"no total", switches{Total: "none", Cap: 3}},
		{"too high a total", switches{Total: "more", Cap: 3}},
		{"too low a total", switches{Total: "fewer", Cap: 3}},
		{"the page's size for a total", switches{Total: "page", Cap: 3}},
		{"cut off without a link", switches{CutOff: true, Cap: 4}},
		{"_sort is refused", switches{Refuse: []string{"_sort"}, Cap: 2}},
		{"_sort is ignored", switches{Ignore: []string{"_sort"}, Cap: 2}},
		{"_sort is ignored, in an odd order", switches{Ignore: []string{"_sort"}, Cap: 2, Shuffle: true}},
		{"periods by their end", switches{PeriodEnd: true, Cap: 2}},
		{":contains is refused", switches{NoContains: true}},
		{":contains is ignored", switches{Ignore: []string{"family:contains", "given:contains", "name:contains"}}},
		{":exact is refused", switches{Refuse: []string{"family:exact"}}},
		{"accents count", switches{NoFold: true}},
		{"codes with case", switches{CaseTokens: true}},
		{"_id is refused", switches{Refuse: []string{"_id"}}},
		{"_id is ignored", switches{Ignore: []string{"_id"}}},
		{"_id takes one", switches{NoMany: true}},
		{"patient is refused", switches{Refuse: []string{"patient"}}},
		{"patient is ignored", switches{Ignore: []string{"patient"}}},
		{"patient and subject are refused", switches{Refuse: []string{"patient", "subject"}}},
		{"category is refused", switches{Refuse: []string{"category"}}},
		{"category is ignored", switches{Ignore: []string{"category"}}},
		{"dates are refused", switches{Refuse: []string{"date", "birthdate"}}},
		{"beneficiary is refused", switches{Refuse: []string{"beneficiary"}}},
		{":contains looks at the start", switches{StartsOnly: true}},
		{":contains looks at the start, accents count", switches{StartsOnly: true, NoFold: true}},
		{"nothing found is 404", switches{NoneIs404: true}},
		{"combo-code is refused", switches{Refuse: []string{"combo-code"}}},
		{"components are not searched", switches{Refuse: []string{"combo-code", "component-code"}}},
		{"fails at :contains and _sort", switches{Fails: []string{"family:contains", "given:contains", "name:contains", "_sort"}, Cap: 2}},
		{"large answers are too large", switches{TooLarge: 60}},
		{"nothing but patient", switches{Refuse: []string{"_sort", "category", "code", "date", "gender", "identifier", "birthdate", "family", "given", "name", "_id", "_summary"}, Total: "none", Cap: 3}},
		{"everything is ignored", switches{Ignore: []string{"_sort", "category", "code", "date", "gender", "identifier", "birthdate", "family", "given", "name", "_id", "patient", "subject", "beneficiary", "subscriber", "policy-holder"}}},
	} {
		v := fhir.Versions()[i%len(fhir.Versions())] // each on one; TestAnyProvider mixes them
		t.Run(tc.name+", "+v.String(), func(t *testing.T) {
			p := ward(v)
			p.switches = tc.switches
			compare(t, p)
		})
	}
}

// A provider that has no search for whom a coverage covers is asked for what
// the patient has taken out; the answer says that it may lack something. One
// that lacks only the latter search gives what FHIR means by a patient's.
func TestCoverageOfPartOfTheParameters(t *testing.T) {
	for _, tc := range []struct {
		switches switches
		want     string
		doubted  bool
	}{
		{switches{}, "k1 k2", false},
		{switches{Refuse: []string{"beneficiary"}}, "k1 k2", false},
		{switches{Refuse: []string{"beneficiary", "patient"}}, "k2", true},
		{switches{Ignore: []string{"beneficiary", "patient"}}, "k2", true},
		{switches{Refuse: []string{"subscriber"}}, "k1", false},
	} {
		p := ward(fhir.R4)
		p.switches = tc.switches
		m := adapt.NewMemory(nil)
		s := adapt.Link(p, adapt.Config{Memory: m})
		for range 2 { // it finds out about one parameter at a time
			must(t, s, "Coverage", "patient=p1")
		}
		resp := must(t, s, "Coverage", "patient=p1")
		var ids []string
		for _, match := range resp.Matches {
			ids = append(ids, match.ID)
		}
		slices.Sort(ids)
		warned := len(resp.Warnings) == 1 && resp.Warnings[0].Code == "incomplete" && resp.Known == fhir.TotalAtLeast
		if got := strings.Join(ids, " "); got != tc.want || warned != tc.doubted {
			t.Errorf("%+v: %s, %+v, total %v; want %s, doubted %v", tc.switches, got, resp.Warnings, resp.Known, tc.want, tc.doubted)
		}
		if tc.doubted && !strings.Contains(reportOf(m), "Coverage?beneficiary") {
			t.Errorf("%+v: the report says %q", tc.switches, reportOf(m))
		}
	}
}

// statement declares search parameters for every type.
func statement(params []string) []byte {
	var list []string
	for _, p := range params {
		list = append(list, `{"name":"`+p+`"}`)
	}
	var types []string
	for _, typ := range []string{"Patient", "Observation", "Condition", "Encounter", "Coverage", "AllergyIntolerance", "Location"} {
		types = append(types, `{"type":"`+typ+`","searchParam":[`+strings.Join(list, ",")+`]}`)
	}
	return []byte(`{"resourceType":"CapabilityStatement","rest":[{"mode":"server","resource":[` + strings.Join(types, ",") + `]}]}`)
}

// What is found about one provider is the same whatever shortcomings come
// together; else the answer is refused as too costly, never shorter.
func TestAnyProvider(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		names := []string{"_sort", "category", "code", "date", "gender", "identifier", "birthdate", "family:contains", "given:contains", "name:contains", "family", "given", "_id", "patient", "subject", "_summary", "_count", "combo-code", "component-code"}
		p := ward(rapid.SampledFrom(fhir.Versions()).Draw(r, "version"))
		p.switches = switches{
			Refuse: rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 4, rapid.ID).Draw(r, "refuse"),
			Ignore: rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 4, rapid.ID).Draw(r, "ignore"),
			Cap:    rapid.SampledFrom([]int{0, 1, 2, 3, 5}).Draw(r, "cap"), MaxCount: rapid.SampledFrom([]int{0, 60, 250}).Draw(r, "max count"),
			Total: rapid.SampledFrom([]string{"", "", "none", "more", "fewer", "page"}).Draw(r, "total"), Overlap: rapid.Bool().Draw(r, "overlap"),
			CaseTokens: rapid.Bool().Draw(r, "case"), NoFold: rapid.Bool().Draw(r, "accents"), NoContains: rapid.Bool().Draw(r, "contains"),
			StartsOnly: rapid.IntRange(0, 3).Draw(r, "starts") == 0, NoneIs404: rapid.IntRange(0, 3).Draw(r, "404") == 0, TooLarge: rapid.SampledFrom([]int{0, 0, 60}).Draw(r, "large"),
			Fails:     rapid.SliceOfNDistinct(rapid.SampledFrom(slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "_count" })), 0, 1, rapid.ID).Draw(r, "fails"),
			PeriodEnd: rapid.Bool().Draw(r, "period end"), Shuffle: rapid.Bool().Draw(r, "shuffle"), NoMany: rapid.Bool().Draw(r, "many"),
		}
		bound := rapid.SampledFrom([]int{0, 0, 8}).Draw(r, "bound")
		for n := rapid.IntRange(0, 30).Draw(r, "more"); n > 0; n-- {
			when := rapid.SampledFrom([]string{"2020-01-01", "2020-01-02", "2020-01-03T10:00:00Z", "2020-01-04", "2021"}).Draw(r, "when")
			p.add("Observation", fmt.Sprintf("m%02d", n), `,"status":"`+rapid.SampledFrom([]string{"final", "entered-in-error"}).Draw(r, "status")+`","category":[{"coding":[{"code":"vital-signs"}]}],"subject":{"reference":"Patient/p1"},"effectiveDateTime":"`+when+`"`)
		}
		m := adapt.NewMemory(nil)
		if listed := rapid.SliceOfNDistinct(rapid.SampledFrom(append(names, "beneficiary", "subscriber")), 0, 8, rapid.ID).Draw(r, "declared"); len(listed) > 0 {
			m.Statement(statement(listed))
		}
		s := adapt.Link(p, adapt.Config{Memory: m, Bound: bound})
		for range rapid.IntRange(1, 6).Draw(r, "asks") {
			q := rapid.SampledFrom(questions).Draw(r, "question")
			got, total, err := all(r, s, q.typ, q.query, t)
			var fe *fhir.Error
			if errors.As(err, &fe) && fe.Kind == fhir.KindTooCostly && bound > 0 {
				continue
			}
			want := truth(r, p, q.typ, q.query)
			unsure := p.Total == "more" && (p.Overlap || slices.Contains(append(p.Ignore, p.Refuse...), "_count")) // nothing shows whether it gave all
			known := total == len(want) || total == -1 && (bound > 0 || unsure)
			switch {
			case strings.Contains(q.query, "_count=0") || strings.Contains(q.query, "_summary=count"):
				want = nil
			case q.typ == "Encounter" && strings.Contains(q.query, "_count=1"):
				want = want[:1]
			}
			same := slices.Equal(got, want)
			if !same && bound > 0 && !strings.Contains(q.query, "sort") { // beyond the bound a provider's own order counts
				slices.Sort(got)
				same = slices.Equal(got, slices.Sorted(slices.Values(want)))
			}
			if err != nil || !same || !known {
				r.Fatalf("%s?%s\n got %q of %d, %v\nwant %q\nasked %s", q.typ, q.query, got, total, err, want, fmt.Sprintf("%.3000s", strings.Join(p.calls, "\n")))
			}
		}
	})
}
