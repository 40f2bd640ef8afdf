package adapt_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/adapt"
)

// records is a provider that holds resources by "Type/id", counts its reads and
// fails the test when asked for anything but reads and searches.
type records struct {
	t     *testing.T
	v     fhir.Version
	by    map[string]string
	reads map[string]int
	fail  error
	asked []fhir.Param
}

func (r *records) Version() fhir.Version { return r.v }

func (r *records) Do(_ context.Context, req *fhir.Request) (*fhir.Response, error) {
	if r.fail != nil {
		return nil, r.fail
	}
	switch req.Interaction {
	case fhir.Read:
		key := req.Type + "/" + req.ID
		if r.reads == nil {
			r.reads = map[string]int{}
		}
		r.reads[key]++
		body, ok := r.by[key]
		if !ok {
			return nil, fhir.Errorf(fhir.KindNotFound, "not-found", "no such resource")
		}
		return &fhir.Response{Resource: &fhir.Resource{Type: req.Type, ID: req.ID, VersionID: "1", Body: []byte(body)}}, nil
	case fhir.Search:
		r.asked = req.Params
		resp := &fhir.Response{Used: req.Params, Known: fhir.TotalExact}
		for key, body := range r.by {
			if typ, id, _ := strings.Cut(key, "/"); typ == req.Type {
				resp.Matches = append(resp.Matches, fhir.Match{Resource: fhir.Resource{Type: typ, ID: id, Body: []byte(body)}})
			}
		}
		return resp, nil
	case fhir.Capabilities, fhir.VRead, fhir.History, fhir.Create, fhir.Update, fhir.Delete, fhir.Batch, fhir.Transaction:
	}
	r.t.Fatalf("unexpected %v", req.Interaction)
	return nil, errors.New("unreachable")
}

func read(t *testing.T, r *records, cfg adapt.Config, typ, id string) (string, error) {
	t.Helper()
	resp, err := adapt.Link(r, cfg).Do(t.Context(), &fhir.Request{Interaction: fhir.Read, Type: typ, ID: id})
	if err != nil {
		return "", err
	}
	if err := fhir.Validate(resp.Resource.Body, fhir.MaxDepth); err != nil {
		t.Fatalf("%v: %s", err, resp.Resource.Body)
	}
	return string(resp.Resource.Body), nil
}

func TestFills(t *testing.T) {
	shared := map[string]string{
		"Practitioner/d":  `{"resourceType":"Practitioner","name":{"given":["Ines"],"family":["Halvorsen"],"prefix":["Dr."]}}`,
		"Location/w":      `{"resourceType":"Location","name":"Ward 4, bed 2"}`,
		"Medication/m":    `{"resourceType":"Medication","code":{"coding":[{"display":"Amlodipine 5 mg"}]}}`,
		"Organization/o":  `{"resourceType":"Organization","name":"Northern Mutual"}`,
		"Practitioner/d3": `{"resourceType":"Practitioner","name":[{"text":"Dr. Ines Halvorsen"}]}`,
	}
	for _, tc := range []struct {
		name     string
		v        fhir.Version
		typ      string
		in, want string
	}{
		{
			"what is complete stays byte for byte", fhir.R4, "Patient",
			`{ "resourceType":"Patient", "name":[{"family":"Lund","given":["A"]}] ,"gender":"female", "odd":[ 72.0 ] }`,
			`{ "resourceType":"Patient", "name":[{"family":"Lund","given":["A"]}] ,"gender":"female", "odd":[ 72.0 ] }`,
		},
		{
			"family from text", fhir.STU3, "Patient", `{"name":[{"text":"Amina T. Okafor"}],"gender":"female"}`,
			`{"name":[{"text":"Amina T. Okafor","family":"Okafor","given":["Amina","T."]}],"gender":"female"}`,
		},
		{
			"family is an array in DSTU2", fhir.DSTU2, "Patient", `{"name":[{"text":"Zoë O'Brien"}],"gender":"male"}`,
			`{"name":[{"text":"Zoë O'Brien","family":["O'Brien"],"given":["Zoë"]}],"gender":"male"}`,
		},
		{
			"a Chinese name is never cut", fhir.R4, "Patient", `{"name":[{"text":"陳大文"}],"gender":"male"}`,
			`{"name":[{"text":"陳大文","family":"陳大文"}],"gender":"male"}`,
		},
		{"no name, no gender", fhir.R4, "Patient", `{"id":"x"}`, `{"id":"x","name":[{"family":"Unknown"}],"gender":"unknown"}`},
		{
			"GP", fhir.DSTU2, "Patient", `{"name":[{"family":["L"]}],"gender":"male","careProvider":[{"reference":"Practitioner/d"}]}`,
			`{"name":[{"family":["L"]}],"gender":"male","careProvider":[{"reference":"Practitioner/d","display":"Dr. Ines Halvorsen"}]}`,
		},
		{
			"GP that is gone", fhir.STU3, "Patient", `{"name":[{"family":"L"}],"gender":"male","generalPractitioner":[{"reference":"Practitioner/x"}]}`,
			`{"name":[{"family":"L"}],"gender":"male","generalPractitioner":[{"reference":"Practitioner/x","display":"Unknown"}]}`,
		},
		{
			"display from text, text from display", fhir.R4, "Condition", `{"code":{"text":"Asthma","coding":[{"code":"195967001"}]},"severity":{"coding":[{"display":"Mild"}]}}`,
			`{"code":{"text":"Asthma","coding":[{"code":"195967001","display":"Asthma"}]},"severity":{"coding":[{"display":"Mild"}],"text":"Mild"}}`,
		},
		{
			"the code when nothing else is said", fhir.STU3, "Condition", `{"code":{"coding":[{"code":"195967001"}]}}`,
			`{"code":{"coding":[{"code":"195967001","display":"195967001"}],"text":"195967001"}}`,
		},
		{
			"text alone gets a coding", fhir.DSTU2, "AllergyIntolerance", `{"substance":{"text":"Nuts"},"reaction":[{"manifestation":[{"coding":[]  ,"text":"Rash"}]}]}`,
			`{"substance":{"text":"Nuts","coding":[{"display":"Nuts"}]},"reaction":[{"manifestation":[{"coding":[{"display":"Rash"}]  ,"text":"Rash"}]}]}`,
		},
		{
			"bed, active first, sloppy start", fhir.STU3, "Encounter",
			`{"status":"in-progress","period":{"start":"09/17/2018 1:00:00 PM"},"location":[{"status":"completed","location":{"display":"ED"}},{"status":"active","location":{"reference":"Location/w"}}]}`,
			`{"status":"in-progress","period":{"start":"2018-09-17T13:00:00+08:00"},"location":[{"status":"active","location":{"reference":"Location/w","display":"Ward 4, bed 2"}},{"status":"completed","location":{"display":"ED"}}]}`,
		},
		{
			"drug and prescriber", fhir.STU3, "MedicationRequest",
			`{"status":"active","intent":"order","medicationReference":{"reference":"Medication/m"},"requester":{"agent":{"reference":"Practitioner/d3"}}}`,
			`{"status":"active","intent":"order","medicationReference":{"reference":"Medication/m","display":"Amlodipine 5 mg"},"requester":{"agent":{"reference":"Practitioner/d3","display":"Dr. Ines Halvorsen"}}}`,
		},
		{
			"contained drug", fhir.DSTU2, "MedicationOrder",
			`{"contained":[{"resourceType":"Medication","id":"c","code":{"text":"Saline"}}],"prescriber":{"display":"X"},"medicationReference":{"reference":"#c"}}`,
			`{"contained":[{"resourceType":"Medication","id":"c","code":{"text":"Saline"}}],"prescriber":{"display":"X"},"medicationReference":{"reference":"#c","display":"Saline"}}`,
		},
		{
			"all of a dosage in words", fhir.R4, "MedicationRequest",
			`{"status":"active","intent":"order","dosageInstruction":[{"route":{"text":"oral"},"timing":{"repeat":{"frequency":1,"frequencyMax":3,"period":1,"periodUnit":"wk","dayOfWeek":["mon","thu"],"when":["MORN"],"boundsDuration":{"value":2,"unit":"wk"}}},"doseAndRate":[{"doseRange":{"low":{"value":1,"unit":"unit"},"high":{"value":2,"unit":"unit"}},"rateQuantity":{"value":5,"unit":"ml/h"}}],"maxDosePerPeriod":{"numerator":{"value":4,"unit":"unit"},"denominator":{"value":1,"unit":"d"}}}]}`,
			`{"status":"active","intent":"order","dosageInstruction":[{"route":{"text":"oral"},"timing":{"repeat":{"frequency":1,"frequencyMax":3,"period":1,"periodUnit":"wk","dayOfWeek":["mon","thu"],"when":["MORN"],"boundsDuration":{"value":2,"unit":"wk"}}},"doseAndRate":[{"doseRange":{"low":{"value":1,"unit":"unit"},"high":{"value":2,"unit":"unit"}},"rateQuantity":{"value":5,"unit":"ml/h"}}],"maxDosePerPeriod":{"numerator":{"value":4,"unit":"unit"},"denominator":{"value":1,"unit":"d"}},"text":"1 unit to 2 unit, at 5 ml/h, oral, 1 to 3 times every 1 wk, on mon, thu, when MORN, for 2 wk, at most 4 unit per 1 d"}]}`,
		},
		{
			"dosage in words", fhir.R4, "MedicationRequest",
			`{"status":"active","intent":"order","dosageInstruction":[{"route":{"text":"oral"},"timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseQuantity":{"value":5.0,"unit":"mg"}}]}]}`,
			`{"status":"active","intent":"order","dosageInstruction":[{"route":{"text":"oral"},"timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseQuantity":{"value":5.0,"unit":"mg"}}],"text":"5.0 mg, oral, 2 times every 1 d"}]}`,
		},
		{
			"vital sign by its code", fhir.DSTU2, "Observation", `{"status":"final","code":{"text":"HR","coding":[{"system":"http://loinc.org","code":"8867-4","display":"HR"}]}}`,
			`{"status":"final","code":{"text":"HR","coding":[{"system":"http://loinc.org","code":"8867-4","display":"HR"}]},"category":{"coding":[{"system":"http://hl7.org/fhir/observation-category","code":"vital-signs","display":"Vital Signs"}],"text":"Vital Signs"}}`,
		},
		{
			"plan and payor", fhir.DSTU2, "Coverage", `{"issuer":{"reference":"Organization/o"},"group":"G7"}`,
			`{"issuer":{"reference":"Organization/o","display":"Northern Mutual"},"group":"G7","plan":"G7"}`,
		},
		{
			"grouping", fhir.STU3, "Coverage", `{"grouping":{"group":"G7","plan":"P1","planDisplay":"Gold"}}`,
			`{"grouping":{"group":"G7","plan":"P1","planDisplay":"Gold","groupDisplay":"G7"}}`,
		},
		{
			"class", fhir.R4, "Coverage", `{"status":"active","class":[{"type":{"coding":[{"code":"plan"}]},"value":"P1"}]}`,
			`{"status":"active","class":[{"type":{"coding":[{"code":"plan"}]},"value":"P1","name":"P1"}]}`,
		},
		{
			"narrative", fhir.R4, "Location", `{"text":{"status":"generated","div":"<div onclick=\"x()\">Hi<script>alert(1)</script></div>"}}`,
			`{"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">Hi</div>"}}`,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := &records{t: t, v: tc.v, by: map[string]string{tc.typ + "/in": tc.in}}
			maps.Copy(r.by, shared)
			got, err := read(t, r, adapt.Config{Zone: time.FixedZone("", 8*3600)}, tc.typ, "in")
			if err != nil {
				t.Fatal(err)
			}
			if got != tc.want {
				t.Errorf("\ngot  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestMRNByConfiguration(t *testing.T) {
	cfg := adapt.Config{MRN: []adapt.System{{System: "urn:hospital:mrn"}, {TypeCode: "PI"}}}
	for in, want := range map[string]string{
		`{"name":[{"family":"L"}],"gender":"male","identifier":[{"system":"urn:x","value":"1"},{"system":"urn:hospital:mrn","value":"2"}]}`:                        `"identifier":[{"system":"urn:x","value":"1"},{"system":"urn:hospital:mrn","value":"2","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR","display":"Medical record number"}]}}]`,
		`{"name":[{"family":"L"}],"gender":"male","identifier":[{"type":{"coding":[{"code":"PI"}]},"value":"2"}]}`:                                                 `"identifier":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR","display":"Medical record number"},{"code":"PI"}]},"value":"2"}]`,
		`{"name":[{"family":"L"}],"gender":"male","identifier":[{"type":{"coding":[{"code":"MR"}]},"value":"9"},{"type":{"coding":[{"code":"PI"}]},"value":"2"}]}`: `"identifier":[{"type":{"coding":[{"code":"MR"}]},"value":"9"},{"type":{"coding":[{"code":"PI"}]},"value":"2"}]`,
	} {
		got, err := read(t, &records{t: t, v: fhir.R4, by: map[string]string{"Patient/in": in}}, cfg, "Patient", "in")
		if err != nil || !strings.Contains(got, want) {
			t.Errorf("got  %s (%v)\nwant %s", got, err, want)
		}
	}
}

// What was entered in error is not there for the app: totals stay exact because
// the provider itself is asked to leave it out (REQ-OBS-11).
func TestEnteredInErrorIsWithheld(t *testing.T) {
	for _, tc := range []struct {
		v         fhir.Version
		typ, body string
	}{
		{fhir.DSTU2, "Observation", `{"status":"entered-in-error"}`},
		{fhir.STU3, "Condition", `{"verificationStatus":"entered-in-error"}`},
		{fhir.R4, "AllergyIntolerance", `{"verificationStatus":{"coding":[{"code":"entered-in-error"}]}}`},
		{fhir.STU3, "Encounter", `{"status":"entered-in-error"}`},
	} {
		r := &records{t: t, v: tc.v, by: map[string]string{tc.typ + "/in": tc.body}}
		if _, err := read(t, r, adapt.Config{}, tc.typ, "in"); fhir.AsError(err).Kind != fhir.KindNotFound {
			t.Errorf("read of a wrong %s gave %v; want not found", tc.typ, err)
		}
		resp, err := adapt.Link(r, adapt.Config{}).Do(t.Context(), &fhir.Request{Interaction: fhir.Search, Type: tc.typ, Params: []fhir.Param{{Name: "patient", Value: "1"}}})
		if err != nil || len(resp.Matches) != 0 {
			t.Errorf("search gave %v, %v; want nothing", resp, err)
		}
		if last := r.asked[len(r.asked)-1]; !strings.HasSuffix(last.Name, "tatus:not") || last.Value != "entered-in-error" {
			t.Errorf("%s: the provider was asked %v", tc.typ, r.asked)
		}
		if len(resp.Used) != 1 {
			t.Errorf("%s: the self link would show %v", tc.typ, resp.Used)
		}
	}
}

// A display that many resources lack is looked up once.
func TestDisplayIsReadOnce(t *testing.T) {
	r := &records{t: t, v: fhir.R4, by: map[string]string{"Location/w": `{"name":"Ward"}`}}
	for _, id := range []string{"1", "2", "3"} {
		r.by["Encounter/"+id] = `{"location":[{"location":{"reference":"Location/w"}}]}`
	}
	if _, err := adapt.Link(r, adapt.Config{}).Do(t.Context(), &fhir.Request{Interaction: fhir.Search, Type: "Encounter"}); err != nil {
		t.Fatal(err)
	}
	if r.reads["Location/w"] != 1 {
		t.Errorf("the location was read %d times, want once", r.reads["Location/w"])
	}
}

// What was adapted once is not adapted again, unless another resource had a say
// in it: that one may change.
func TestCache(t *testing.T) {
	cache, err := adapt.NewCache(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	cfg := adapt.Config{Cache: cache}
	bodies := map[string]string{
		"1": `{"code":{"text":"Asthma"}}`,                                 // changes
		"2": `{"code":{"text":"Asthma","coding":[{"display":"Asthma"}]}}`, // stays
	}
	next := fhir.ServerFunc{V: fhir.R4, F: func(_ context.Context, req *fhir.Request) (*fhir.Response, error) {
		return &fhir.Response{Resource: &fhir.Resource{Type: "Condition", ID: req.ID, VersionID: req.VersionID, Body: []byte(bodies[req.ID])}}, nil
	}}
	ask := func(id, v string) string {
		resp, err := adapt.Link(next, cfg).Do(t.Context(), &fhir.Request{Interaction: fhir.VRead, Type: "Condition", ID: id, VersionID: v})
		if err != nil {
			t.Fatal(err)
		}
		return string(resp.Resource.Body)
	}
	first := ask("1", "1")
	bodies["1"] = `{"code":{"text":"Gout"}}` // a version never changes: only a new one shows this
	if again := ask("1", "1"); again != first {
		t.Errorf("the same version became %s, then %s", first, again)
	}
	if other := ask("1", "2"); !strings.Contains(other, "Gout") {
		t.Errorf("a new version is answered %s", other)
	}
	for range 2 { // made, then kept
		if got := ask("2", "1"); got != bodies["2"] {
			t.Errorf("what needs no change became %s", got)
		}
	}

	r := &records{t: t, v: fhir.R4, by: map[string]string{"Encounter/e": `{"location":[{"location":{"reference":"Location/w"}}]}`, "Location/w": `{"name":"Ward"}`}}
	for _, name := range []string{"Ward", "Renamed"} {
		r.by["Location/w"] = `{"name":"` + name + `"}`
		if got, err := read(t, r, cfg, "Encounter", "e"); err != nil || !strings.Contains(got, name) {
			t.Errorf("after the location was named %s: %s, %v", name, got, err)
		}
	}
}

// An element that was not asked for is not unknown (a male patient must not
// come back as of unknown gender), and a part is never taken for the whole.
func TestPartsAreNotFilled(t *testing.T) {
	cache, err := adapt.NewCache(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	body := `{"resourceType":"Patient","name":[{"text":"Wei Zhang"}]}`
	next := fhir.ServerFunc{V: fhir.R4, F: func(context.Context, *fhir.Request) (*fhir.Response, error) {
		return &fhir.Response{Matches: []fhir.Match{{Resource: fhir.Resource{Type: "Patient", ID: "p", VersionID: "1", Body: []byte(body)}}}}, nil
	}}
	search := func(params ...fhir.Param) string {
		resp, err := adapt.Link(next, adapt.Config{Cache: cache}).Do(t.Context(), &fhir.Request{Interaction: fhir.Search, Type: "Patient", Params: params})
		if err != nil {
			t.Fatal(err)
		}
		return string(resp.Matches[0].Body)
	}
	if got := search(fhir.Param{Name: "_elements", Value: "name"}); got != body {
		t.Errorf("with _elements: %s", got)
	}
	if got := search(); !strings.Contains(got, `"gender":"unknown"`) {
		t.Errorf("whole, after a part: %s", got)
	}
	if got := search(fhir.Param{Name: "_summary", Value: "true"}); got != body {
		t.Errorf("with _summary, after the whole: %s", got)
	}
}

func TestSanitise(t *testing.T) {
	const open = `<div xmlns="http://www.w3.org/1999/xhtml">`
	for _, tc := range []struct{ in, want string }{
		{open + `<p class="a">x &lt; y<br/></p></div>`, open + `<p class="a">x &lt; y<br/></p></div>`},
		{`<div><b>x</b></div>`, open + `<b>x</b></div>`},
		{`text alone`, open + `text alone</div>`},
		{open + `<a href="javascript:alert(1)" onclick="y">x</a></div>`, open + `<a>x</a></div>`},
		{open + `<a href=" jAvascript:alert(1)">x</a></div>`, open + `<a>x</a></div>`},
		{open + `<img src="x" onerror="y"/>z</div>`, open + `z</div>`},
		{open + `<style>p{}</style><iframe src="x">y</iframe>z</div>`, open + `z</div>`},
		{open + `<svg><script>x</script></svg>z</div>`, open + `z</div>`},
		{open + `<p>never closed`, open + `<p>never closed</p></div>`},
		{open + `</div><script>x</script>`, open + `</div>`},
		{open + `<p style="background:url(x)">y</p></div>`, open + `<p>y</p></div>`},
	} {
		if got := adapt.Sanitise(tc.in); got != tc.want {
			t.Errorf("Sanitise(%s)\n got %s\nwant %s", tc.in, got, tc.want)
		}
	}
}

func FuzzSanitise(f *testing.F) {
	for _, s := range []string{`<div xmlns="http://www.w3.org/1999/xhtml"><p id="x">a</p></div>`, `<a href="javascript:x">`, `<<script>script>`, `<div title="<script>">`, `<svg/onload=x>`, `<!--<script>-->`, `<p a="b" onload = x>`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := adapt.Sanitise(s)
		for tag := range strings.SplitSeq(strings.ToLower(out), "<") {
			tag, _, _ = strings.Cut(tag, ">")
			if strings.HasPrefix(tag, "script") || strings.HasPrefix(tag, "iframe") || strings.HasPrefix(tag, "style") {
				t.Fatalf("%q became %q", s, out)
			}
		}
		if again := adapt.Sanitise(out); again != out {
			t.Fatalf("not settled: %q then %q", out, again)
		}
	})
}

// A narrative is judged where it stands, in the source: however its characters
// are written there, what leaves is what Sanitise makes of it.
func FuzzNarrativeInItsSource(f *testing.F) {
	const open = `<div xmlns="http://www.w3.org/1999/xhtml">`
	for _, s := range []string{
		open + `<p title="a">x</p></div>`, open + `<script>x</script></div>`, open + `<p class="\\" onclick="x">y</p></div>`,
		open + "<p\ttitle=\"a\\\\\">x\n</p></div>", open + `<p title="&quot;">x</p></div>`, open + `\u003cscript>x</div>`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, div string) {
		if !utf8.ValidString(div) {
			t.Skip()
		}
		plain, _ := jsontext.AppendQuote(nil, div)
		escaped := bytes.ReplaceAll(plain, []byte("<"), []byte(`\u003c`))
		for _, src := range [][]byte{plain, escaped} {
			body := slices.Concat([]byte(`{"resourceType":"Patient","id":"p","text":{"status":"generated","div":`), src, []byte(`}}`))
			resp := &fhir.Response{Resource: &fhir.Resource{Type: "Patient", ID: "p", Body: body}}
			link := adapt.Link(fhir.ServerFunc{V: fhir.R4, F: func(context.Context, *fhir.Request) (*fhir.Response, error) { return resp, nil }}, adapt.Config{})
			got, err := link.Do(t.Context(), &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "p"})
			if err != nil {
				t.Fatal(err)
			}
			doc, err := fhir.Index(got.Resource.Body)
			if err != nil {
				t.Fatal(err)
			}
			if left := doc.Root().Get("text").Get("div").String(); left != adapt.Sanitise(div) {
				t.Fatalf("%s became %s", src, left)
			}
		}
	})
}

func BenchmarkSearch20(b *testing.B) {
	obs := `{"resourceType":"Observation","id":"o","meta":{"versionId":"1","lastUpdated":"2026-01-01T00:00:00.000Z"},"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs","display":"Vital Signs"}],"text":"Vital Signs"}],"code":{"coding":[{"system":"http://loinc.org","code":"8867-4","display":"Heart rate"}],"text":"Heart rate"},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-01-01T00:00:00Z","valueQuantity":{"value":72.0,"unit":"{beats}/min","system":"http://unitsofmeasure.org","code":"/min"},"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Heart rate 72.0</p></div>"}}`
	resp := &fhir.Response{}
	for range 20 {
		resp.Matches = append(resp.Matches, fhir.Match{Resource: fhir.Resource{Type: "Observation", ID: "o", Body: []byte(obs)}})
	}
	link := adapt.Link(fhir.ServerFunc{V: fhir.R4, F: func(context.Context, *fhir.Request) (*fhir.Response, error) { return resp, nil }}, adapt.Config{})
	req := &fhir.Request{Interaction: fhir.Search, Type: "Observation"}
	b.SetBytes(int64(20 * len(obs)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := link.Do(b.Context(), req); err != nil {
			b.Fatal(err)
		}
	}
}
