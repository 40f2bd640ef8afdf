package convert_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/convert"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// A canned server gives what do says and remembers what it was asked.
type canned struct {
	v     fhir.Version
	asked []*fhir.Request
	do    func(*fhir.Request) (*fhir.Response, error)
}

func (c *canned) Version() fhir.Version { return c.v }

func (c *canned) Do(_ context.Context, req *fhir.Request) (*fhir.Response, error) {
	c.asked = append(c.asked, req)
	return c.do(req)
}

func searchset(next []byte, total int, bodies ...string) *fhir.Response {
	resp := &fhir.Response{Total: total, Known: fhir.TotalExact, Next: next}
	for _, b := range bodies {
		doc, err := fhir.Parse([]byte(b))
		if err != nil {
			panic(err)
		}
		resp.Matches = append(resp.Matches, fhir.Match{Resource: fhir.Resource{
			Type: doc.Root().Get("resourceType").String(), ID: doc.Root().Get("id").String(), VersionID: "1", Body: []byte(b),
		}})
	}
	return resp
}

func observation(id, more string) string {
	return `{"resourceType":"Observation","id":"` + id + `","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p1"}` + more + `}`
}

const (
	focused = `,"focus":[{"reference":"Patient/p2"}]`
	events  = `,"effectiveTiming":{"event":["2019-01-01T00:00:00Z"]}`
)

func refused(t *testing.T, err error, want fhir.Kind, code string) {
	t.Helper()
	var fe *fhir.Error
	if !errors.As(err, &fe) || fe.Kind != want || fe.Issues[0].Code != code {
		t.Fatalf("got %v, want kind %d and code %s", err, want, code)
	}
}

// Of one version there is nothing to convert, so nothing stands in between.
func TestSameVersionIsTheServerItself(t *testing.T) {
	s := &canned{v: fhir.R4}
	if got := convert.Link(s, fhir.R4, convert.Config{}); got != fhir.Server(s) {
		t.Errorf("got %v", got)
	}
}

// One page of the provider is one call and keeps its total.
func TestPlainPageIsOneCall(t *testing.T) {
	s := &canned{v: fhir.STU3, do: func(*fhir.Request) (*fhir.Response, error) {
		return searchset([]byte("more"), 1200, observation("a", ""), observation("b", "")), nil
	}}
	resp, err := find(link(s, fhir.R4, nil), "Observation?patient=p1&category=vital-signs&_sort=-date&_count=2")
	if err != nil {
		t.Fatal(err)
	}
	if len(s.asked) != 1 || resp.Total != 1200 || resp.Known != fhir.TotalExact || len(resp.Matches) != 2 || resp.Next == nil || resp.Warnings != nil {
		t.Errorf("%d calls, %+v", len(s.asked), resp)
	}
	if show(s.asked[0].Params) != "patient=p1&category=vital-signs&_sort=-date&_count=2" {
		t.Errorf("asked %s", show(s.asked[0].Params))
	}
}

// A page that may be followed by what the face cannot express is believed only
// when the provider has none of it.
func TestTotalIsAskedFor(t *testing.T) {
	for _, there := range []int{0, 1} {
		s := &canned{v: fhir.R4}
		s.do = func(req *fhir.Request) (*fhir.Response, error) {
			switch q := show(req.Params); {
			case strings.Contains(q, "focus:missing=false&_summary=count"):
				return searchset(nil, there), nil
			case strings.Contains(q, "_count=250"):
				return searchset(nil, 300, observation("a", ""), observation("b", ""), observation("c", focused)), nil
			}
			return searchset([]byte("more"), 300, observation("a", "")), nil
		}
		resp, err := find(link(s, fhir.STU3, nil), "Observation?patient=p1&_count=1")
		if err != nil {
			t.Fatal(err)
		}
		want := map[int]int{0: 300, 1: 2}[there]
		if resp.Total != want || resp.Known != fhir.TotalExact || len(s.asked) != 2+there {
			t.Errorf("with %d: total %d after %d calls, want %d", there, resp.Total, len(s.asked), want)
		}
	}
}

// A short page of what a patient has few of is one call, and so is its total.
func TestFewAreReadAtOnce(t *testing.T) {
	bodies := []string{`{"resourceType":"Encounter","id":"a","status":"finished","subject":{"reference":"Patient/p1"},"period":{"start":"2019"}}`}
	for i := range 9 {
		bodies = append(bodies, fmt.Sprintf(`{"resourceType":"Encounter","id":"b%d","status":"finished","subject":{"reference":"Patient/p1"},"period":{"start":"2018"}}`, i))
	}
	bodies[0] = strings.Replace(bodies[0], `{`, `{"modifierExtension":[{"url":"urn:x","valueBoolean":true}],`, 1)
	s := &canned{v: fhir.STU3, do: pages(bodies)}
	resp, err := find(link(s, fhir.DSTU2, nil), "Encounter?patient=p1&_sort:desc=date&_count=1")
	if err != nil {
		t.Fatal(err)
	}
	if len(s.asked) != 1 || len(resp.Matches) != 1 || resp.Matches[0].ID != "b0" || resp.Total != 9 || resp.Next == nil {
		t.Errorf("%d calls, %+v", len(s.asked), resp)
	}
	for i := range 300 {
		bodies = append(bodies, fmt.Sprintf(`{"resourceType":"Encounter","id":"c%d","status":"finished"}`, i))
	}
	s.asked, s.do = nil, pages(bodies[1:])
	resp, err = find(link(s, fhir.DSTU2, nil), "Encounter?patient=p1&_sort:desc=date&_count=1")
	if err != nil {
		t.Fatal(err)
	}
	if len(s.asked) != 2 || len(resp.Matches) != 1 || resp.Total != 309 {
		t.Errorf("%d calls, %+v", len(s.asked), resp)
	}
}

// What was withheld is left out, counted, reported without its content and
// warned of, and pages are full all the same.
func TestWithheld(t *testing.T) {
	var bodies []string
	for i := range 7 {
		more := ""
		if i%3 == 0 {
			more = focused
		}
		bodies = append(bodies, observation("o"+strconv.Itoa(i), more))
	}
	s := &canned{v: fhir.R4, do: pages(bodies)}
	reports := map[string]int{}
	l := link(s, fhir.STU3, func(typ string, rep mapping.Report) {
		if rep.Withheld != "" {
			reports[typ]++
			if strings.Contains(rep.Withheld, "p2") {
				t.Errorf("the report holds content: %s", rep.Withheld)
			}
		}
	})
	if got := found(t, l, "Observation?patient=p1&_count=2"); got != "o1 o2 o4 o5 of 4" {
		t.Errorf("got %s", got)
	}
	for _, search := range []string{"Observation?patient=p1&_count=0", "Observation?patient=p1&_summary=count"} {
		if got := found(t, l, search); got != " of 4" {
			t.Errorf("%s: got %s", search, got)
		}
	}
	if reports["Observation"] == 0 {
		t.Error("nothing was reported")
	}
	resp, err := find(l, "Observation?patient=p1&_count=2")
	if err != nil {
		t.Fatal(err)
	}
	if len(resp.Warnings) != 1 || resp.Warnings[0].Severity != "warning" || !strings.HasPrefix(resp.Warnings[0].Diagnostics, "3 records ") {
		t.Errorf("warnings %+v", resp.Warnings)
	}
	_, err = l.Do(t.Context(), &fhir.Request{Interaction: fhir.Read, Type: "Observation", ID: "o0"})
	refused(t, err, fhir.KindNotFound, "not-found")
}

// What a conversion loses is reported by rule and element.
func TestLossesAreReported(t *testing.T) {
	twice := `,"interpretation":[{"coding":[{"code":"H"}]},{"coding":[{"code":"HU"}]}]`
	var got []string
	l := link(&canned{v: fhir.R4, do: pages([]string{observation("a", twice), observation("b", "")})}, fhir.STU3, func(typ string, rep mapping.Report) {
		for _, loss := range rep.Losses {
			got = append(got, typ+" "+loss.Rule+" "+loss.Path)
		}
	})
	if _, err := find(l, "Observation?patient=p1"); err != nil {
		t.Fatal(err)
	}
	if strings.Join(got, ", ") != "Observation L-12 Observation.interpretation" {
		t.Errorf("got %v", got)
	}
}

// pages is a server of a type's resources that pages by _count and reads by id.
func pages(bodies []string) func(*fhir.Request) (*fhir.Response, error) {
	return func(req *fhir.Request) (*fhir.Response, error) {
		if req.Interaction == fhir.Read {
			for _, m := range searchset(nil, 0, bodies...).Matches {
				if m.ID == req.ID {
					return &fhir.Response{Resource: &m.Resource}, nil
				}
			}
			return nil, fhir.Errorf(fhir.KindNotFound, "not-found", "none")
		}
		size := 50
		for _, p := range req.Params {
			switch p.Name {
			case "_count":
				size, _ = strconv.Atoi(p.Value)
			case "_summary":
				return searchset(nil, len(bodies)), nil
			}
		}
		from, _ := strconv.Atoi(string(req.Cursor))
		end := min(from+size, len(bodies))
		var next []byte
		if end < len(bodies) {
			next = []byte(strconv.Itoa(end))
		}
		return searchset(next, len(bodies), bodies[from:end]...), nil
	}
}

// Where more records would have to be looked through than is allowed, a total
// is left out rather than guessed, and a filter or an order is refused.
func TestBound(t *testing.T) {
	var bodies []string
	for i := range 40 {
		bodies = append(bodies, observation(fmt.Sprintf("o%02d", i), map[bool]string{true: focused}[i == 1]))
	}
	s := &canned{v: fhir.R4, do: pages(bodies)}
	l := convert.Link(s, fhir.STU3, convert.Config{Bound: 20})
	resp, err := find(l, "Observation?patient=p1&_count=3")
	if err != nil {
		t.Fatal(err)
	}
	if resp.Known != fhir.TotalNone || resp.Total != 0 || len(resp.Matches) != 2 || resp.Next == nil || len(resp.Warnings) != 1 {
		t.Errorf("got %+v", resp)
	}
	for _, search := range []string{"Observation?patient=p1&subject:missing=false", "Observation?patient=p1&value-quantity=3", "Observation?_sort=status"} {
		_, err := find(l, search)
		refused(t, err, fhir.KindTooCostly, "too-costly")
	}
}

// A resource whose place the two versions see differently is ordered here.
func TestOddOrderIsMadeHere(t *testing.T) {
	s := &canned{v: fhir.R4, do: pages([]string{observation("timing", events), observation("late", `,"effectiveDateTime":"2020-01-01"`)})}
	if got := found(t, link(s, fhir.STU3, nil), "Observation?patient=p1&_sort=-date"); got != "late timing of 2" {
		t.Errorf("got %s", got)
	}
}

// A parameter that the provider ignores is judged here.
func TestIgnoredParameterIsJudgedHere(t *testing.T) {
	s := &canned{v: fhir.R4}
	s.do = func(req *fhir.Request) (*fhir.Response, error) {
		resp, err := pages([]string{observation("a", ""), observation("b", `,"method":{"coding":[{"code":"m"}]}`)})(req)
		resp.Ignored = []string{"method"}
		return resp, err
	}
	resp, err := find(link(s, fhir.STU3, nil), "Observation?patient=p1&method=m")
	if err != nil {
		t.Fatal(err)
	}
	if len(resp.Matches) != 1 || resp.Matches[0].ID != "b" || resp.Total != 1 || len(resp.Ignored) != 0 || show(resp.Used) != "patient=p1&method=m" {
		t.Errorf("got %+v", resp)
	}
}

// The face's own rules hold for what it is asked: unknown parameters, strict
// handling, bad values, modifiers, chains.
func TestFaceJudgesTheQuestion(t *testing.T) {
	s := &canned{v: fhir.R4, do: pages(nil)}
	l := link(s, fhir.DSTU2, nil)
	resp, err := find(l, "Patient?general-practitioner=x&shoe-size=44&gender=male")
	if err != nil {
		t.Fatal(err)
	}
	if show(resp.Used) != "gender=male" || !slices.Equal(resp.Ignored, []string{"general-practitioner", "shoe-size"}) || show(s.asked[0].Params) != "gender=male" {
		t.Errorf("used %v, ignored %v, asked %v", resp.Used, resp.Ignored, s.asked[0].Params)
	}
	for search, code := range map[string]string{
		"Patient?birthdate=1957-13-40": "value", "Patient?family:foo=x": "not-supported", "Patient?_has:Observation:patient:code=x": "not-supported",
		"Observation?subject:Patient.name=x": "not-supported", "Patient?_count=-1": "value",
	} {
		_, err := find(l, search)
		refused(t, err, fhir.KindInvalid, code)
	}
	_, err = l.Do(t.Context(), &fhir.Request{Interaction: fhir.Search, Type: "Patient", Params: params("general-practitioner=x"), Strict: true})
	refused(t, err, fhir.KindInvalid, "not-supported")
}

// An include that the provider's version cannot express is not honoured, and
// said not to be.
func TestIncludeWithoutCounterpart(t *testing.T) {
	s := &canned{v: fhir.DSTU2, do: pages(nil)}
	l := link(s, fhir.R4, nil)
	resp, err := find(l, "Observation?patient=p1&_include=Observation:based-on&_include=Observation:subject")
	if err != nil {
		t.Fatal(err)
	}
	if show(resp.Used) != "patient=p1&_include=Observation:subject" || !slices.Equal(resp.Ignored, []string{"_include"}) {
		t.Errorf("used %v, ignored %v", resp.Used, resp.Ignored)
	}
	_, err = l.Do(t.Context(), &fhir.Request{Interaction: fhir.Search, Type: "Observation", Params: params("_include=Observation:based-on"), Strict: true})
	refused(t, err, fhir.KindInvalid, "not-supported")
}

// An include that the provider ignores is said to be ignored.
func TestIncludeIgnoredByProvider(t *testing.T) {
	s := &canned{v: fhir.STU3}
	s.do = func(req *fhir.Request) (*fhir.Response, error) {
		resp, err := pages([]string{observation("a", "")})(req)
		resp.Ignored = []string{"_include"}
		return resp, err
	}
	for _, search := range []string{"Observation?patient=p1&_include=Observation:subject", "Observation?patient=p1&code:missing=false&_include=Observation:subject"} {
		s.asked = nil
		resp, err := find(link(s, fhir.R4, nil), search)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(show(resp.Used), "_include") || !slices.Equal(resp.Ignored, []string{"_include"}) || len(s.asked) != 1 || len(resp.Matches) != 1 {
			t.Errorf("%s: used %v, ignored %v after %d calls", search, resp.Used, resp.Ignored, len(s.asked))
		}
	}
}

// A first page in order is no promise: one that is not is seen in what was
// looked through for the total.
func TestOddOrderBehindTheFirstPage(t *testing.T) {
	bodies := []string{observation("a", `,"effectiveDateTime":"2021"`), observation("timing", events+`,"issued":"2020-01-01T00:00:00Z"`), observation("b", `,"effectiveDateTime":"2020"`)}
	s := &canned{v: fhir.R4, do: pages(bodies)}
	if got := found(t, link(s, fhir.STU3, nil), "Observation?patient=p1&_sort=-date&_count=1"); got != "a b timing of 3" {
		t.Errorf("got %s", got)
	}
}

// Elements are cut here, by the face's names.
func TestElements(t *testing.T) {
	s := &canned{v: fhir.STU3, do: pages([]string{`{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p1"},"assertedDate":"2019-01-01","code":{"text":"x"},"verificationStatus":"confirmed"}`})}
	resp, err := find(link(s, fhir.R4, nil), "Condition?patient=p1&_elements=recordedDate")
	if err != nil {
		t.Fatal(err)
	}
	body := string(resp.Matches[0].Body)
	if !strings.Contains(body, `"recordedDate":"2019-01-01"`) || strings.Contains(body, `"code":{"text"`) || !strings.Contains(body, "SUBSETTED") {
		t.Errorf("got %s", body)
	}
	if strings.Contains(show(s.asked[0].Params), "_elements") {
		t.Errorf("asked %v", s.asked[0].Params)
	}
}

func TestUnknownType(t *testing.T) {
	for _, tc := range []struct {
		face, provider fhir.Version
		typ            string
	}{{fhir.STU3, fhir.R4, "MedicationOrder"}, {fhir.DSTU2, fhir.R4, "MedicationRequest"}, {fhir.R4, fhir.DSTU2, "CareTeam"}, {fhir.R4, fhir.STU3, "Nonsense"}} {
		s := &canned{v: tc.provider}
		for _, i := range []fhir.Interaction{fhir.Read, fhir.VRead, fhir.Search, fhir.History, fhir.Create, fhir.Update, fhir.Delete} {
			_, err := link(s, tc.face, nil).Do(t.Context(), &fhir.Request{Interaction: i, Type: tc.typ, ID: "x"})
			refused(t, err, fhir.KindUnknownType, "not-supported")
		}
	}
}

// What is not modified has no body to convert.
func TestNotModified(t *testing.T) {
	s := &canned{v: fhir.R4, do: func(req *fhir.Request) (*fhir.Response, error) {
		return &fhir.Response{NotModified: true, Resource: &fhir.Resource{Type: req.Type, ID: req.ID, VersionID: "3"}}, nil
	}}
	resp, err := link(s, fhir.DSTU2, nil).Do(t.Context(), &fhir.Request{Interaction: fhir.Read, Type: "MedicationOrder", ID: "m", IfNoneMatch: []string{"3"}})
	if err != nil {
		t.Fatal(err)
	}
	if !resp.NotModified || resp.Resource.Type != "MedicationOrder" || resp.Resource.VersionID != "3" || s.asked[0].Type != "MedicationRequest" || len(s.asked[0].IfNoneMatch) != 1 {
		t.Errorf("got %+v, asked %+v", resp.Resource, s.asked[0])
	}
}

// Errors pass, with types named as the face does.
func TestErrorsPass(t *testing.T) {
	s := &canned{v: fhir.R4, do: func(*fhir.Request) (*fhir.Response, error) {
		e := fhir.Errorf(fhir.KindUnprocessable, "required", "status is missing")
		e.Issues[0].Expression = []string{"MedicationRequest.status", "MedicationRequest", "Patient.name"}
		return nil, e
	}}
	_, err := link(s, fhir.DSTU2, nil).Do(t.Context(), &fhir.Request{Interaction: fhir.Read, Type: "MedicationOrder", ID: "m"})
	refused(t, err, fhir.KindUnprocessable, "required")
	if got := strings.Join(fhir.AsError(err).Issues[0].Expression, " "); got != "MedicationOrder.status MedicationOrder Patient.name" {
		t.Errorf("got %s", got)
	}
	s.do = func(*fhir.Request) (*fhir.Response, error) { return nil, context.DeadlineExceeded }
	if _, err := find(link(s, fhir.DSTU2, nil), "Patient?name=x"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	s.do = func(*fhir.Request) (*fhir.Response, error) {
		return searchset(nil, 1, `{"resourceType":"Patient","id":"x"}`), nil
	}
	s.do = func(*fhir.Request) (*fhir.Response, error) {
		resp := searchset(nil, 1, `{"resourceType":"Patient","id":"x"}`)
		resp.Matches[0].Body = []byte(`["no resource"]`)
		return resp, nil
	}
	_, err = find(link(s, fhir.DSTU2, nil), "Patient?gender=male")
	refused(t, err, fhir.KindUpstream, "structure")
}

func TestStatementIsConverted(t *testing.T) {
	for v, statement := range statements {
		s := &canned{v: v, do: func(*fhir.Request) (*fhir.Response, error) {
			return &fhir.Response{Resource: &fhir.Resource{Body: []byte(statement)}}, nil
		}}
		for _, face := range fhir.Versions() {
			if face == v {
				continue
			}
			resp, err := link(s, face, nil).Do(t.Context(), &fhir.Request{Interaction: fhir.Capabilities})
			if err != nil {
				t.Fatalf("%v over %v: %v", face, v, err)
			}
			name := "CapabilityStatement"
			if face == fhir.DSTU2 {
				name = "Conformance"
			}
			if body := string(resp.Resource.Body); !strings.Contains(body, `"resourceType":"`+name+`"`) || !strings.Contains(body, `"type":"`+orders(face)+`"`) {
				t.Errorf("%v over %v: %s", face, v, body)
			}
		}
	}
}

func TestBatchRunsEachEntry(t *testing.T) {
	s := &canned{v: fhir.STU3, do: pages([]string{observation("a", "")})}
	l := link(s, fhir.R4, nil)
	resp, err := l.Do(t.Context(), &fhir.Request{Interaction: fhir.Batch, Entries: []fhir.Entry{
		{Request: &fhir.Request{Interaction: fhir.Read, Type: "Observation", ID: "a"}},
		{Err: fhir.Errorf(fhir.KindInvalid, "value", "bad entry")},
		{Request: &fhir.Request{Interaction: fhir.Read, Type: "Nonsense", ID: "a"}},
		{Request: &fhir.Request{Interaction: fhir.Search, Type: "Observation"}},
	}})
	if err != nil || len(resp.Results) != 4 {
		t.Fatalf("%v, %v", resp, err)
	}
	r := resp.Results
	if r[0].Response == nil || r[1].Err == nil || r[2].Err == nil || r[2].Err.Kind != fhir.KindUnknownType || r[3].Response == nil || r[3].Response.Total != 1 {
		t.Errorf("got %+v", r)
	}
	_, err = l.Do(t.Context(), &fhir.Request{Interaction: fhir.Transaction})
	refused(t, err, fhir.KindNotImplemented, "not-supported")
}
