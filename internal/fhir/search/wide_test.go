package search_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// pager is a server that gives its resources in the order it has them, page by
// page by offset, and counts what it is asked.
type pager struct {
	matches  []fhir.Match
	includes []fhir.Match // with every page
	size     int          // resources on a page, whatever _count says; 0 honours _count
	overlap  int          // each page begins so many before where it should
	endless  string       // "same" gives the same cursor for ever, "new" always another
	calls    int
	asked    *fhir.Request
}

func (*pager) Version() fhir.Version { return fhir.R4 }

func (p *pager) Do(_ context.Context, req *fhir.Request) (*fhir.Response, error) {
	p.calls++
	p.asked = req
	size := p.size
	for _, param := range req.Params {
		if n, err := strconv.Atoi(param.Value); err == nil && param.Name == "_count" && size == 0 {
			size = n
		}
	}
	from, _ := strconv.Atoi(string(req.Cursor))
	switch p.endless {
	case "same":
		return &fhir.Response{Matches: p.matches, Next: []byte("1")}, nil
	case "new":
		return &fhir.Response{Matches: p.matches, Next: []byte(strconv.Itoa(from + 1))}, nil
	case "included":
		return &fhir.Response{Matches: p.includes, Next: []byte(strconv.Itoa(from + 1))}, nil
	case "empty":
		return &fhir.Response{Next: []byte(strconv.Itoa(from + 1))}, nil
	}
	end := min(from+size, len(p.matches))
	resp := &fhir.Response{Matches: slices.Concat(p.matches[max(from-p.overlap, 0):end], p.includes)}
	if end < len(p.matches) {
		resp.Next = []byte(strconv.Itoa(end))
	}
	return resp, nil
}

func match(typ, id, body string) fhir.Match {
	return fhir.Match{Resource: fhir.Resource{Type: typ, ID: id, Body: []byte(`{"resourceType":"` + typ + `","id":"` + id + `",` + body + `}`)}}
}

// observations are n of them: dates go up, every third is a vital sign.
func observations(n int) []fhir.Match {
	var out []fhir.Match
	for i := range n {
		category := "laboratory"
		if i%3 == 0 {
			category = "vital-signs"
		}
		out = append(out, match("Observation", fmt.Sprintf("o%03d", i), fmt.Sprintf(
			`"category":[{"coding":[{"code":%q}]}],"effectiveDateTime":%q,"subject":{"reference":"Patient/p"}`,
			category, time.Date(2020, 1, 1+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))))
	}
	return out
}

func wide(t *testing.T, s fhir.Server, typ, query string) *search.Wide {
	t.Helper()
	q, err := parse(fhir.R4, typ, query)
	if err != nil {
		t.Fatal(err)
	}
	return &search.Wide{Server: s, Ask: &fhir.Request{Interaction: fhir.Search, Type: typ, Params: []fhir.Param{{Name: "patient", Value: "p"}}}, Want: q, Definitions: search.Load(fhir.R4)}
}

func ids(matches []fhir.Match) string {
	var out []string
	for _, m := range matches {
		if id := m.ID; m.Mode == fhir.ModeMatch {
			out = append(out, id)
		} else {
			out = append(out, "+"+id)
		}
	}
	return strings.Join(out, " ")
}

// walk follows a Wide's own pages to their end and gives each page's ids.
func walk(t *testing.T, w *search.Wide, between func()) (pages []string, total int) {
	t.Helper()
	var cursor []byte
	for range 100 {
		resp, err := w.Page(t.Context(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		if resp.Known != fhir.TotalExact {
			t.Fatalf("the total is known as %v, want exact", resp.Known)
		}
		pages, total = append(pages, ids(resp.Matches)), resp.Total
		if resp.Next == nil {
			return pages, total
		}
		cursor = resp.Next
		if between != nil {
			between()
		}
	}
	t.Fatal("the pages do not end")
	return nil, 0
}

func TestWideFiltersSortsAndCounts(t *testing.T) {
	for _, tc := range []struct {
		name, query string
		server      *pager
		want        []string
		total       int
	}{
		{"one page", "patient=p&category=vital-signs", &pager{matches: observations(9)}, []string{"o000 o003 o006"}, 3},
		{"newest first, by two", "patient=p&category=vital-signs&_sort=-date&_count=2", &pager{matches: observations(9)}, []string{"o006 o003", "o000"}, 3},
		{"pages that end exactly", "category=vital-signs&_count=3", &pager{matches: observations(9)}, []string{"o000 o003 o006"}, 3},
		{"many small pages of the server", "category=vital-signs&_sort=-date&_count=2", &pager{matches: observations(9), size: 1}, []string{"o006 o003", "o000"}, 3},
		{"pages that overlap", "category=vital-signs", &pager{matches: observations(9), size: 4, overlap: 3}, []string{"o000 o003 o006"}, 3},
		{"the total alone", "category=vital-signs&_count=0", &pager{matches: observations(9)}, []string{""}, 3},
		{"the count as a summary", "category=vital-signs&_summary=count", &pager{matches: observations(9)}, []string{""}, 3},
		{"nothing", "category=exam", &pager{matches: observations(9)}, []string{""}, 0},
		{"no resources", "category=exam", &pager{}, []string{""}, 0},
		{
			"a stranger among the matches", "patient=p",
			&pager{matches: append(observations(1), match("Patient", "p", `"active":true`))},
			[]string{"o000"},
			1,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			pages, total := walk(t, wide(t, tc.server, "Observation", tc.query), nil)
			if !slices.Equal(pages, tc.want) || total != tc.total {
				t.Errorf("got %q of %d, want %q of %d", pages, total, tc.want, tc.total)
			}
		})
	}
}

// More than a few pages are never held at once, and yet each page is exact.
func TestWideSettles(t *testing.T) {
	s := &pager{matches: observations(900)}
	slices.Reverse(s.matches)
	pages, total := walk(t, wide(t, s, "Observation", "_sort=date&_count=50"), nil)
	if total != 900 || len(pages) != 18 || !strings.HasPrefix(pages[0], "o000 o001") || !strings.HasSuffix(pages[17], "o899") {
		t.Errorf("%d pages of %d, from %.20q", len(pages), total, pages[0])
	}
}

// A resource that comes or goes between two pages neither hides another nor
// shows one twice.
func TestWidePagesAreStable(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*pager)
		want   []string
	}{
		{"the last shown is deleted", func(p *pager) {
			p.matches = slices.DeleteFunc(p.matches, func(m fhir.Match) bool { return m.ID == "o003" })
		}, []string{"o006 o003", "o000"}},
		{"a newer one comes", func(p *pager) {
			p.matches = append(p.matches, match("Observation", "new", `"category":[{"coding":[{"code":"vital-signs"}]}],"effectiveDateTime":"2024-01-01"`))
		}, []string{"o006 o003", "o000"}},
		{"one comes before the rest", func(p *pager) {
			p.matches = append(p.matches, match("Observation", "new", `"category":[{"coding":[{"code":"vital-signs"}]}],"effectiveDateTime":"2020-01-02"`))
		}, []string{"o006 o003", "new o000"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, done := &pager{matches: observations(9)}, false
			pages, _ := walk(t, wide(t, s, "Observation", "category=vital-signs&_sort=-date&_count=2"), func() {
				if !done {
					tc.change(s)
					done = true
				}
			})
			if !slices.Equal(pages, tc.want) {
				t.Errorf("got %q, want %q", pages, tc.want)
			}
		})
	}
}

// With Ordered the server's order is kept, and continued even when the
// resource shown last is gone.
func TestWideKeepsTheServersOrder(t *testing.T) {
	for _, tc := range []struct{ name, query, gone string }{
		{"by id", "patient=p&_count=2", ""},
		{"by place", "patient=p&_count=2", "o001"},
		{"by sort key", "patient=p&_count=2&_sort=-date", "o001"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &pager{matches: observations(3)}
			s.matches = []fhir.Match{s.matches[2], s.matches[1], s.matches[0]}
			w := wide(t, s, "Observation", tc.query)
			w.Ordered = true
			pages, _ := walk(t, w, func() {
				s.matches = slices.DeleteFunc(slices.Clone(s.matches), func(m fhir.Match) bool { return m.ID == tc.gone })
			})
			if want := []string{"o002 o001", "o000"}; !slices.Equal(pages, want) {
				t.Errorf("got %q, want %q", pages, want)
			}
		})
	}
}

func TestWideBound(t *testing.T) {
	for _, tc := range []struct {
		name   string
		server *pager
		calls  int // at most
	}{
		{"more than the bound", &pager{matches: observations(21), size: 5}, 5},
		{"the same next for ever", &pager{matches: observations(2), endless: "same"}, 2},
		{"always another next, the same resources", &pager{matches: observations(2), endless: "new"}, 11},
		{"always another next, no resources", &pager{endless: "empty"}, 21},
		{"always another next, only what is included", &pager{endless: "included", includes: []fhir.Match{{Mode: fhir.ModeInclude, Resource: match("Patient", "1", `"active":true`).Resource}}}, 21},
		{"a page of repeats", &pager{matches: slices.Repeat(observations(1), 21)}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := wide(t, tc.server, "Observation", "category=vital-signs&_count=1")
			w.Bound = 20
			resp, err := w.Page(t.Context(), nil)
			var fe *fhir.Error
			if !errors.As(err, &fe) || fe.Kind != fhir.KindTooCostly || resp != nil {
				t.Fatalf("got %v, %v; want too-costly", resp, err)
			}
			if tc.server.calls > tc.calls {
				t.Errorf("asked %d times, want at most %d", tc.server.calls, tc.calls)
			}
		})
	}
	w := wide(t, &pager{matches: observations(20), size: 5}, "Observation", "category=vital-signs")
	w.Bound = 20
	if resp, err := w.Page(t.Context(), nil); err != nil || resp.Total != 7 {
		t.Errorf("exactly the bound: %v, %v", resp, err)
	}
}

func TestWideIncludes(t *testing.T) {
	encounter := func(id, location, start string) fhir.Match {
		return match("Encounter", id, `"subject":{"reference":"Patient/p"},"period":{"start":"`+start+`"},"location":[{"location":{"reference":"Location/`+location+`"}}]`)
	}
	include := func(m fhir.Match) fhir.Match { m.Mode = fhir.ModeInclude; return m }
	s := &pager{
		matches: []fhir.Match{encounter("e1", "w1", "2020"), encounter("e2", "w2", "2021"), encounter("e3", "w2", "2022")},
		includes: []fhir.Match{
			include(match("Location", "w1", `"partOf":{"reference":"Location/hospital"}`)), include(match("Location", "w2", `"partOf":{"reference":"Location/hospital"}`)),
			include(match("Location", "hospital", `"name":"H"`)), include(match("Location", "stray", `"name":"S"`)),
			include(match("Procedure", "x", `"encounter":{"reference":"Encounter/e3"}`)), include(match("Procedure", "y", `"encounter":{"reference":"Encounter/e1"}`)),
		},
		size: 1,
	}
	for query, want := range map[string]string{
		"_sort=-date&_count=1":                                                                          "e3",
		"_sort=-date&_count=1&_include=Encounter:location":                                              "e3 +w2",
		"_sort=-date&_count=2&_include=Encounter:location":                                              "e3 e2 +w2",
		"_sort=-date&_count=1&_include=Encounter:location&_include:iterate=Location:partof":             "e3 +w2 +hospital",
		"_sort=-date&_count=1&_revinclude=Procedure:encounter":                                          "e3 +x",
		"_sort=date&_count=1&_include=Encounter:location:Location&_revinclude=Procedure:encounter":      "e1 +w1 +y",
		"_sort=date&_count=0&_include=Encounter:location":                                               "",
		"_sort=-date&_count=1&_include=Encounter:location&_include=Location:partof&_elements=id,period": "e3 +w2",
	} {
		resp, err := wide(t, s, "Encounter", query).Page(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := ids(resp.Matches); got != want || resp.Total != 3 {
			t.Errorf("%s: got %q of %d, want %q of 3", query, got, resp.Total, want)
		}
	}
}

// Each changes a match before the filter sees it, and withholds what must not
// be seen, from the total too.
func TestWideEach(t *testing.T) {
	s := &pager{matches: observations(6), size: 2}
	w := wide(t, s, "Observation", "category=exam")
	w.Each = func(_ context.Context, m fhir.Match) (fhir.Match, bool, error) {
		m.Body = []byte(strings.ReplaceAll(string(m.Body), "laboratory", "exam"))
		return m, m.ID != "o001", nil
	}
	if pages, total := walk(t, w, nil); total != 3 || pages[0] != "o002 o004 o005" {
		t.Errorf("got %q of %d", pages, total)
	}
	failure := errors.New("no")
	w.Each = func(context.Context, fhir.Match) (fhir.Match, bool, error) { return fhir.Match{}, false, failure }
	if _, err := w.Page(t.Context(), nil); !errors.Is(err, failure) {
		t.Errorf("got %v, want %v", err, failure)
	}
}

func TestWideShapes(t *testing.T) {
	for query, want := range map[string]string{
		"_elements=subject":  `{"resourceType":"Observation","id":"o000","subject":{"reference":"Patient/p"},"meta":{"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]}}`,
		"_elements=nothing":  `{"resourceType":"Observation","id":"o000","meta":{"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]}}`,
		"_elements=_subject": `{"resourceType":"Observation","id":"o000","meta":{"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]}}`,
	} {
		resp, err := wide(t, &pager{matches: observations(1)}, "Observation", query).Page(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(resp.Matches[0].Body); got != want {
			t.Errorf("%s\n got %s\nwant %s", query, got, want)
		}
	}
}

func TestWideAsksOnce(t *testing.T) {
	s := &pager{matches: observations(4)}
	w := wide(t, s, "Observation", "category=vital-signs&_count=1")
	resp, err := w.Page(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []fhir.Param{{Name: "patient", Value: "p"}, {Name: "_count", Value: "250"}}
	if s.calls != 1 || !slices.Equal(s.asked.Params, want) {
		t.Errorf("asked %d times, last %v; want once %v", s.calls, s.asked.Params, want)
	}
	if len(w.Ask.Params) != 1 || len(resp.Used) != 2 {
		t.Errorf("the question became %v, the honoured parameters are %v", w.Ask.Params, resp.Used)
	}
	for _, bad := range [][]byte{{1}, []byte("nonsense"), append(slices.Clone(resp.Next), 'x'), resp.Next[:len(resp.Next)-1]} {
		if _, err := w.Page(t.Context(), bad); fhir.AsError(err).Kind != fhir.KindGone {
			t.Errorf("cursor %x: %v, want gone", bad, err)
		}
	}
}

func TestWideEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := &pager{matches: observations(4)}
	if _, err := wide(t, s, "Observation", "patient=p").Page(ctx, nil); !errors.Is(err, context.Canceled) || s.calls != 0 {
		t.Errorf("after the request ended: %v and %d calls", err, s.calls)
	}
	broken := &pager{matches: []fhir.Match{{Resource: fhir.Resource{Type: "Observation", ID: "x", Body: []byte(`<html>`)}}}}
	if _, err := wide(t, broken, "Observation", "patient=p").Page(t.Context(), nil); fhir.AsError(err).Kind != fhir.KindUpstream {
		t.Errorf("a body that is not JSON: %v, want upstream", err)
	}
}
