package wire_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/wire"
)

func client(t testing.TB, v fhir.Version, at string) *wire.Client {
	t.Helper()
	e, err := wire.ParseEndpoint(at)
	if err != nil {
		t.Fatal(err)
	}
	return &wire.Client{Version: v, Base: e}
}

// throughBoth sends req from the client's end to the server's, gives it to
// serve, and brings the answer back the same way.
func throughBoth(t *testing.T, v fhir.Version, req *fhir.Request, form bool, serve func(*fhir.Request) (*fhir.Response, error)) (*fhir.Response, error) {
	t.Helper()
	c := client(t, v, base)
	out, err := c.Encode(req, form)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	r := httptest.NewRequestWithContext(t.Context(), out.Method, out.URL.String(), strings.NewReader(string(out.Body)))
	r.Header = out.Header
	server := codec(v, false)
	server.Limits = wire.Limits{}
	w := httptest.NewRecorder()
	in, err := server.Decode(r, strings.TrimPrefix(r.URL.EscapedPath(), "/fhir/stu3"))
	if err != nil {
		t.Fatalf("%s %s: the server's end refuses it: %v", out.Method, out.URL, err)
	}
	resp, err := serve(in.Request)
	if err != nil {
		server.Fail(w, r, in, err)
	} else {
		server.Answer(w, r, in, resp)
	}
	return c.Decode(req, &wire.Reply{Status: w.Code, Header: w.Header(), Body: w.Body.Bytes()})
}

var when = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func patient(id string) fhir.Resource {
	body := fmt.Sprintf(`{"resourceType":"Patient","id":%q,"meta":{"versionId":"3","lastUpdated":"2026-03-04T05:06:07Z"},"multipleBirthInteger":1.10}`, id)
	return fhir.Resource{Type: "Patient", ID: id, VersionID: "3", Modified: when, Body: []byte(body)}
}

// The two ends agree: what the client's end asks is what the server's end
// reads, and what the server's end answers is what the client's end gives.
func TestBothEndsAgree(t *testing.T) {
	t.Parallel()
	put := []byte(`{"resourceType":"Patient","id":"p1"}`)
	entries := []fhir.Entry{
		{Request: &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "p1", IfNoneMatch: []string{"1", "2"}}},
		{Request: &fhir.Request{Interaction: fhir.Search, Type: "Observation", Params: []fhir.Param{{Name: "patient", Value: "Patient/p1"}, {Name: "code", Value: "http://loinc.org|8867-4,x"}}}},
		{Request: &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "gone"}},
		{FullURL: "urn:uuid:1", Request: &fhir.Request{Interaction: fhir.Create, Type: "Patient", Body: put, Conditional: true, Criteria: []fhir.Param{{Name: "identifier", Value: "a|b"}}}},
	}
	results := []fhir.Result{
		{Response: &fhir.Response{Resource: new(patient("p1"))}},
		{Response: &fhir.Response{Matches: []fhir.Match{{Resource: fhir.Resource{Type: "Observation", ID: "o1", Body: []byte(`{"resourceType":"Observation","id":"o1"}`)}}}, Total: 1, Known: fhir.TotalExact, Used: entries[1].Request.Params}},
		{Err: fhir.Errorf(fhir.KindGone, "deleted", "The resource has been deleted.")},
		{Response: &fhir.Response{Resource: new(patient("p9")), Created: true}},
	}
	matches := []fhir.Match{
		{Resource: patient("p1")},
		{Resource: patient("p2")},
		{Resource: fhir.Resource{Type: "Organization", ID: "g1", Body: []byte(`{"resourceType":"Organization","id":"g1"}`)}, Mode: fhir.ModeInclude},
	}
	changes := []fhir.Match{
		{Resource: fhir.Resource{Type: "Patient", ID: "p1", VersionID: "4", Modified: when}, Mode: fhir.ModeDeleted},
		{Resource: patient("p1"), Mode: fhir.ModeUpdated},
		{Resource: patient("p1"), Mode: fhir.ModeCreated},
	}
	params := []fhir.Param{{Name: "family:exact", Value: "Ó Brien & sons; 100%+"}, {Name: "given", Value: `a\,b,c`}, {Name: "_include", Value: "Patient:organization"}}
	for _, tc := range []struct {
		name string
		form bool
		req  fhir.Request
		resp fhir.Response
		err  *fhir.Error
	}{
		{"read", false, fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "p1", Params: []fhir.Param{{Name: "_elements", Value: "id,name"}}}, fhir.Response{Resource: new(patient("p1"))}, nil},
		{"conditional read", false, fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "p1", IfNoneMatch: []string{"3", "4"}, IfModifiedSince: when}, fhir.Response{Resource: &fhir.Resource{Type: "Patient", ID: "p1", VersionID: "3", Modified: when}, NotModified: true}, nil},
		{"vread", false, fhir.Request{Interaction: fhir.VRead, Type: "Patient", ID: "p1", VersionID: "3"}, fhir.Response{Resource: new(patient("p1"))}, nil},
		{"search", false, fhir.Request{Interaction: fhir.Search, Type: "Patient", Params: params, Strict: true}, fhir.Response{Matches: matches, Total: 2, Known: fhir.TotalExact, Used: params}, nil},
		{"search as a form", true, fhir.Request{Interaction: fhir.Search, Type: "Patient", Params: params}, fhir.Response{Matches: matches, Total: 2, Known: fhir.TotalExact, Used: params}, nil},
		{"search without a match", true, fhir.Request{Interaction: fhir.Search, Type: "Patient"}, fhir.Response{Known: fhir.TotalExact}, nil},
		{"history of one", false, fhir.Request{Interaction: fhir.History, Type: "Patient", ID: "p1", Params: []fhir.Param{{Name: "_since", Value: "2026-01-01T00:00:00+02:00"}}}, fhir.Response{Matches: changes, Total: 3, Known: fhir.TotalExact, Used: []fhir.Param{{Name: "_since", Value: "2026-01-01T00:00:00+02:00"}}}, nil},
		{"history of all", false, fhir.Request{Interaction: fhir.History}, fhir.Response{Matches: changes, Total: 3, Known: fhir.TotalExact}, nil},
		{"create", false, fhir.Request{Interaction: fhir.Create, Type: "Patient", Body: put, Conditional: true, Criteria: params[:2]}, fhir.Response{Resource: new(patient("p1")), Created: true}, nil},
		{"create, little back", false, fhir.Request{Interaction: fhir.Create, Type: "Patient", Body: put, Return: fhir.ReturnMinimal}, fhir.Response{Resource: &fhir.Resource{Type: "Patient", ID: "p1", VersionID: "1", Modified: when}, Created: true}, nil},
		{"update", false, fhir.Request{Interaction: fhir.Update, Type: "Patient", ID: "p1", Body: put, IfMatch: "2"}, fhir.Response{Resource: new(patient("p1"))}, nil},
		{"conditional update", false, fhir.Request{Interaction: fhir.Update, Type: "Patient", Body: put, Conditional: true, Criteria: params[:1]}, fhir.Response{Resource: new(patient("p1"))}, nil},
		{"delete", false, fhir.Request{Interaction: fhir.Delete, Type: "Patient", ID: "p1", IfMatch: "2"}, fhir.Response{Resource: &fhir.Resource{Type: "Patient", ID: "p1", VersionID: "4", Modified: when}}, nil},
		{"conditional delete", false, fhir.Request{Interaction: fhir.Delete, Type: "Patient", Conditional: true, Criteria: params[:1]}, fhir.Response{Resource: &fhir.Resource{Type: "Patient"}}, nil},
		{"batch", false, fhir.Request{Interaction: fhir.Batch, Entries: entries}, fhir.Response{Results: results}, nil},
		{"transaction", false, fhir.Request{Interaction: fhir.Transaction, Entries: entries}, fhir.Response{Results: results}, nil},
		{"no such resource", false, fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "p1"}, fhir.Response{}, fhir.Errorf(fhir.KindNotFound, "not-found", "secret")},
		{"deleted", false, fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "p1"}, fhir.Response{}, fhir.Errorf(fhir.KindGone, "deleted", "secret")},
		{"search refused", false, fhir.Request{Interaction: fhir.Search, Type: "Patient"}, fhir.Response{}, fhir.Errorf(fhir.KindInvalid, "not-supported", "secret")},
		{"precondition", false, fhir.Request{Interaction: fhir.Update, Type: "Patient", ID: "p1", Body: put}, fhir.Response{}, fhir.Errorf(fhir.KindPrecondition, "conflict", "secret")},
		{"too costly", false, fhir.Request{Interaction: fhir.Search, Type: "Patient"}, fhir.Response{}, fhir.Errorf(fhir.KindTooCostly, "too-costly", "secret")},
	} {
		for _, v := range fhir.Versions() {
			t.Run(tc.name+" "+v.String(), func(t *testing.T) {
				t.Parallel()
				resp, err := throughBoth(t, v, &tc.req, tc.form, func(got *fhir.Request) (*fhir.Response, error) {
					if diff := cmp.Diff(&tc.req, got, cmpopts.EquateEmpty()); diff != "" {
						t.Errorf("the server's end reads another request (-sent +read):\n%s", diff)
					}
					if tc.err != nil {
						return nil, tc.err
					}
					copied := tc.resp
					return &copied, nil
				})
				if tc.err != nil {
					fe := fhir.AsError(err)
					if err == nil || fe.Kind != tc.err.Kind || fe.Issues[0].Code != tc.err.Issues[0].Code || strings.Contains(fe.Issues[0].Diagnostics, "secret") {
						t.Errorf("got %+v, want kind %d, code %s, in words of our own", fe, tc.err.Kind, tc.err.Issues[0].Code)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(&tc.resp, resp, cmpopts.EquateEmpty(), sameFailure); diff != "" {
					t.Errorf("the client's end gives another answer (-served +given):\n%s", diff)
				}
			})
		}
	}
}

// sameFailure compares errors by what callers act on.
var sameFailure = cmp.Comparer(func(a, b *fhir.Error) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Kind == b.Kind && a.Issues[0].Code == b.Issues[0].Code
})

// Pages go on through both ends, and the total stays.
func TestPagesThroughBothEnds(t *testing.T) {
	t.Parallel()
	req := fhir.Request{Interaction: fhir.Search, Type: "Patient", Params: []fhir.Param{{Name: "gender", Value: "female"}}}
	serve := func(got *fhir.Request) (*fhir.Response, error) {
		if got.Cursor == nil {
			return &fhir.Response{Matches: []fhir.Match{{Resource: patient("p1")}}, Total: 2, Known: fhir.TotalExact, Next: []byte("second"), Used: got.Params}, nil
		}
		if string(got.Cursor) != "second" {
			return nil, errors.New("the cursor is another one")
		}
		return &fhir.Response{Matches: []fhir.Match{{Resource: patient("p2")}}, Total: 2, Known: fhir.TotalExact, Used: got.Params}, nil
	}
	for _, v := range fhir.Versions() {
		first, err := throughBoth(t, v, &req, true, serve)
		if err != nil || first.Next == nil || first.Total != 2 {
			t.Fatalf("%v: first page %+v, %v", v, first, err)
		}
		second := req
		second.Cursor = first.Next
		got, err := throughBoth(t, v, &second, false, serve)
		if err != nil || got.Next != nil || len(got.Matches) != 1 || got.Matches[0].ID != "p2" || got.Total != 2 {
			t.Errorf("%v: second page %+v, %v", v, got, err)
		}
	}
}

// The order is spelt as the version has it, whatever the asker wrote.
func TestSortSpelling(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		in           []fhir.Param
		dstu2, later string
	}{
		{[]fhir.Param{{Name: "_sort", Value: "-date,status"}, {Name: "code", Value: "x"}}, "_sort:desc=date&_sort=status&code=x", "_sort=-date,status&code=x"},
		{[]fhir.Param{{Name: "code", Value: "x"}, {Name: "_sort:desc", Value: "date"}, {Name: "_count", Value: "1"}, {Name: "_sort:asc", Value: "status"}}, "code=x&_sort:desc=date&_sort=status&_count=1", "code=x&_sort=-date,status&_count=1"},
		{[]fhir.Param{{Name: "_sort", Value: ""}}, "", ""},
		{[]fhir.Param{{Name: "code", Value: "x"}}, "code=x", "code=x"},
	} {
		for _, v := range fhir.Versions() {
			want := tc.later
			if v == fhir.DSTU2 {
				want = tc.dstu2
			}
			before := fmt.Sprint(tc.in)
			out, err := client(t, v, base).Encode(&fhir.Request{Interaction: fhir.Search, Type: "Observation", Params: tc.in}, false)
			if err != nil || out.URL.RawQuery != want {
				t.Errorf("%v %v: got %q, %v; want %q", v, tc.in, out.URL.RawQuery, err, want)
			}
			if fmt.Sprint(tc.in) != before {
				t.Errorf("the request's own parameters were changed to %v", tc.in)
			}
		}
	}
}

// A base URL may have any path form; its query goes with each call.
func TestBaseForms(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"https://ehr.example":                      "https://ehr.example/Patient/p1",
		"https://ehr.example/":                     "https://ehr.example/Patient/p1",
		"https://ehr.example:8443/a/b/":            "https://ehr.example:8443/a/b/Patient/p1",
		"https://ehr.example/t%2Fx/fhir":           "https://ehr.example/t%2Fx/fhir/Patient/p1",
		"https://ehr.example/fhir?tenant=a%20b&x=": "https://ehr.example/fhir/Patient/p1?tenant=a%20b&x=&_summary=true",
	} {
		e, err := wire.ParseEndpoint(base)
		if strings.Contains(base, "%2F") {
			if err == nil {
				t.Errorf("%s: a slash hidden in a segment is taken", base)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", base, err)
			continue
		}
		req := &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "p1"}
		if strings.Contains(base, "?") {
			req.Params = []fhir.Param{{Name: "_summary", Value: "true"}}
		}
		out, err := (&wire.Client{Version: fhir.R4, Base: e}).Encode(req, false)
		if err != nil || out.URL.String() != want {
			t.Errorf("%s: got %v, %v; want %s", base, out, err, want)
		}
	}
	for _, base := range []string{"", "ehr.example/fhir", "/fhir", "ftp://ehr.example", "https://u:p@ehr.example/", "https://ehr.example/#x", "https://ehr.example/a/../b", "https:///fhir", "https://ehr.example/%zz"} {
		if _, err := wire.ParseEndpoint(base); err == nil {
			t.Errorf("base %q is taken", base)
		}
	}
}

// What cannot be a path is never sent.
func TestEncodeRefuses(t *testing.T) {
	t.Parallel()
	for _, req := range []fhir.Request{
		{Interaction: fhir.Read, Type: "Patient", ID: ".."},
		{Interaction: fhir.Read, Type: "Patient", ID: "a/b"},
		{Interaction: fhir.Read, Type: "Pat/ient", ID: "a"},
		{Interaction: fhir.Read, Type: "Patient"},
		{Interaction: fhir.Search},
		{Interaction: fhir.VRead, Type: "Patient", ID: "a"},
		{Interaction: fhir.VRead, Type: "Patient", ID: "a", VersionID: "."},
		{Interaction: fhir.Update, Type: "Patient"},
		{Interaction: fhir.Search, Type: "Patient", Cursor: []byte("junk")},
		{Interaction: fhir.Search, Type: "Patient", Cursor: []byte("phttps://other.example/")},
		{Interaction: fhir.Delete, Type: "Patient", Conditional: true},
		{Interaction: fhir.Create, Type: "Patient", Conditional: true},
		{Interaction: 99},
	} {
		if out, err := client(t, fhir.R4, base).Encode(&req, false); err == nil {
			t.Errorf("%+v is sent as %s %s", req, out.Method, out.URL)
		}
	}
}

// Entries that have no form on the wire stay here with their error; the others
// keep their places.
func TestEntriesThatStay(t *testing.T) {
	t.Parallel()
	bad := fhir.Errorf(fhir.KindMethod, "not-supported", "no")
	req := fhir.Request{Interaction: fhir.Batch, Entries: []fhir.Entry{
		{Err: bad},
		{Request: &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "p1"}},
		{Request: &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: ".."}},
		{Request: &fhir.Request{Interaction: fhir.Batch}},
	}}
	resp, err := throughBoth(t, fhir.R4, &req, false, func(got *fhir.Request) (*fhir.Response, error) {
		if len(got.Entries) != 1 {
			t.Errorf("%d entries were sent, want 1", len(got.Entries))
		}
		return &fhir.Response{Results: []fhir.Result{{Response: &fhir.Response{Resource: new(patient("p1"))}}}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r := resp.Results
	if r[0].Err != bad || r[1].Response == nil || r[1].Response.Resource.ID != "p1" || r[2].Err == nil || r[3].Err == nil {
		t.Errorf("results %+v", r)
	}
	req.Entries = req.Entries[:1]
	c := client(t, fhir.R4, base)
	out, err := c.Encode(&req, false)
	if err != nil || !out.Empty {
		t.Fatalf("a batch of nothing is sent: %+v, %v", out, err)
	}
	if resp, err := c.Decode(&req, nil); err != nil || resp.Results[0].Err != bad {
		t.Errorf("got %+v, %v", resp, err)
	}
}

func decodeWith(t testing.TB, c *wire.Client, req *fhir.Request, body string) (*fhir.Response, error) {
	t.Helper()
	return c.Decode(req, &wire.Reply{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/fhir+json"}}, Body: []byte(body)})
}
