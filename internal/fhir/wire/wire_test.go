package wire_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/wire"
)

const base = "https://ehr.example/fhir/stu3"

// plainPages is a sealer one can read.
type plainPages struct{}

func (plainPages) Seal(b []byte) (string, error) { return base64.RawURLEncoding.EncodeToString(b), nil }
func (plainPages) Open(s string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(s) }

func codec(v fhir.Version, readOnly bool) wire.Codec {
	known := map[string]bool{"Patient": true, "Observation": true}
	return wire.Codec{Version: v, Base: base, ReadOnly: readOnly, Knows: func(t string) bool { return known[t] }, Pages: plainPages{}, Limits: wire.Limits{Body: 4096, Entries: 3, Depth: 16}}
}

func request(method, target, body string, header ...string) *http.Request {
	r := httptest.NewRequestWithContext(context.Background(), method, "https://ehr.example"+target, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

func decode(v fhir.Version, r *http.Request) (*wire.Incoming, error) {
	c := codec(v, true)
	return c.Decode(r, strings.TrimPrefix(r.URL.EscapedPath(), "/fhir/stu3"))
}

func TestDecode(t *testing.T) {
	for _, tc := range []struct {
		name string
		req  *http.Request
		want fhir.Request
	}{
		{"metadata with a doubled slash", request("GET", "/fhir/stu3//metadata", ""), fhir.Request{Interaction: fhir.Capabilities}},
		{"metadata with a slash behind", request("GET", "/fhir/stu3/metadata/", ""), fhir.Request{Interaction: fhir.Capabilities}},
		{"read", request("GET", "/fhir/stu3/Patient/p1", ""), fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "p1"}},
		{"conditional read", request("GET", "/fhir/stu3/Patient/p1", "", "If-None-Match", `W/"3"`), fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "p1", IfNoneMatch: []string{"3"}}},
		{"vread", request("GET", "/fhir/stu3/Patient/p1/_history/2", ""), fhir.Request{Interaction: fhir.VRead, Type: "Patient", ID: "p1", VersionID: "2"}},
		{
			"search keeps order, decodes once and drops _format",
			request("GET", "/fhir/stu3/Patient?name=amina+okafor&family=o%27brien&_sort%3Adesc=date&_format=json&given=a%2Cb", ""),
			fhir.Request{Interaction: fhir.Search, Type: "Patient", Params: []fhir.Param{{Name: "name", Value: "amina okafor"}, {Name: "family", Value: "o'brien"}, {Name: "_sort:desc", Value: "date"}, {Name: "given", Value: "a,b"}}},
		},
		{
			"POST _search joins URL and body, whatever the body says it is",
			request("POST", "/fhir/stu3/Patient/_search?gender=female", "given=amina", "Content-Type", "text/plain", "Prefer", "handling=strict"),
			fhir.Request{Interaction: fhir.Search, Type: "Patient", Strict: true, Params: []fhir.Param{{Name: "gender", Value: "female"}, {Name: "given", Value: "amina"}}},
		},
		{
			"an absolute reference below the base becomes relative",
			request("GET", "/fhir/stu3/Observation?patient="+base+"/Patient/p1,https://other.example/Patient/p2", ""),
			fhir.Request{Interaction: fhir.Search, Type: "Observation", Params: []fhir.Param{{Name: "patient", Value: "Patient/p1,https://other.example/Patient/p2"}}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in, err := decode(fhir.STU3, tc.req)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, *in.Request); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, tc := range []struct {
		name string
		req  *http.Request
		kind fhir.Kind
		code string
	}{
		{"unknown type", request("GET", "/fhir/stu3/MedicationOrder/1", ""), fhir.KindUnknownType, "not-supported"},
		{"bad id", request("GET", "/fhir/stu3/Patient/a%2Fb", ""), fhir.KindNotFound, "not-found"},
		{"long id", request("GET", "/fhir/stu3/Patient/"+strings.Repeat("a", 65), ""), fhir.KindNotFound, "not-found"},
		{"PUT", request("PUT", "/fhir/stu3/Patient/p1", "{}"), fhir.KindMethod, "not-supported"},
		{"POST to a type", request("POST", "/fhir/stu3/Patient", "{}"), fhir.KindMethod, "not-supported"},
		{"PATCH", request("PATCH", "/fhir/stu3/Patient/p1", "{}"), fhir.KindMethod, "not-supported"},
		{"history", request("GET", "/fhir/stu3/Patient/p1/_history", ""), fhir.KindUnknownType, "not-supported"},
		{"XML wanted", request("GET", "/fhir/stu3/Patient/p1", "", "Accept", "application/xml"), fhir.KindNotAcceptable, "not-supported"},
		{"XML sent", request("POST", "/fhir/stu3", "<Bundle/>", "Content-Type", "application/fhir+xml"), fhir.KindMediaType, "not-supported"},
		{"not a Bundle", request("POST", "/fhir/stu3", `{"resourceType":"Patient"}`), fhir.KindInvalid, "invalid"},
		{"collection", request("POST", "/fhir/stu3", `{"resourceType":"Bundle","type":"collection"}`), fhir.KindInvalid, "invalid"},
		{"broken JSON", request("POST", "/fhir/stu3", `{"resourceType":`), fhir.KindInvalid, "structure"},
		{"member twice", request("POST", "/fhir/stu3", `{"resourceType":"Bundle","type":"batch","type":"batch"}`), fhir.KindInvalid, "structure"},
		{"too many entries", request("POST", "/fhir/stu3", `{"resourceType":"Bundle","type":"batch","entry":[{},{},{},{}]}`), fhir.KindTooLarge, "too-costly"},
		{"nested too deep", request("POST", "/fhir/stu3", `{"resourceType":"Bundle","type":"batch","x":`+strings.Repeat("[", 20)+strings.Repeat("]", 20)+`}`), fhir.KindInvalid, "structure"},
		{"too large", request("POST", "/fhir/stu3", strings.Repeat(" ", 5000)), fhir.KindTooLarge, "too-long"},
		{"bad escape", request("GET", "/fhir/stu3/Patient?name=%zz", ""), fhir.KindInvalid, "value"},
		{"page link of another's making", request("GET", "/fhir/stu3/Patient?_page=abc", ""), fhir.KindGone, "not-found"},
		{"operation", request("GET", "/fhir/stu3/Patient/p1/$everything", ""), fhir.KindUnknownType, "not-supported"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := decode(fhir.STU3, tc.req)
			var fe *fhir.Error
			if !errors.As(err, &fe) || fe.Kind != tc.kind || fe.Issues[0].Code != tc.code {
				t.Errorf("got %v; want kind %d, code %s", err, tc.kind, tc.code)
			}
		})
	}
}

// The JSON type asked for is the one that comes back (REQ-HTTP-1…3).
func TestMediaTypes(t *testing.T) {
	for _, tc := range []struct {
		version              fhir.Version
		accept, format, want string
	}{
		{fhir.DSTU2, "", "", "application/json+fhir"},
		{fhir.STU3, "", "", "application/fhir+json"},
		{fhir.DSTU2, "application/fhir+json", "", "application/fhir+json"},
		{fhir.R4, "application/json+fhir", "", "application/json+fhir"},
		{fhir.R4, "text/json", "", "text/json"},
		{fhir.R4, "*/*", "", "application/fhir+json"},
		{fhir.R4, "application/xml, application/json;q=0.5", "", "application/json"},
		{fhir.R4, "application/fhir+json; fhirVersion=4.0", "", "application/fhir+json"},
		{fhir.R4, "application/xml", "application/fhir+json", "application/fhir+json"},
		{fhir.DSTU2, "", "json", "application/json+fhir"},
	} {
		target := "/fhir/stu3/Patient/p1"
		if tc.format != "" {
			target += "?_format=" + tc.format
		}
		r := request("GET", target, "", "Accept", tc.accept)
		in, err := decode(tc.version, r)
		if err != nil {
			t.Errorf("%v Accept %q _format %q: %v", tc.version, tc.accept, tc.format, err)
			continue
		}
		w := httptest.NewRecorder()
		c := codec(tc.version, true)
		c.Answer(w, r, in, &fhir.Response{Resource: &fhir.Resource{Type: "Patient", ID: "p1", VersionID: "1", Modified: time.Unix(1, 0), Body: []byte(`{}`)}})
		if got, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";"); got != tc.want {
			t.Errorf("%v Accept %q _format %q: got %s, want %s", tc.version, tc.accept, tc.format, got, tc.want)
		}
		if w.Header().Get("ETag") != `W/"1"` || w.Header().Get("Last-Modified") == "" {
			t.Errorf("read lacks ETag or Last-Modified: %v", w.Header())
		}
	}
	if _, err := decode(fhir.R4, request("GET", "/fhir/stu3/Patient/p1", "", "Accept", "application/fhir+json; fhirVersion=3.0")); fhir.AsError(err).Kind != fhir.KindNotAcceptable {
		t.Errorf("another fhirVersion in Accept: got %v, want 406", err)
	}
}

type bundle struct {
	Type  string
	Total *int
	Link  []struct{ Relation, URL string }
	Entry []struct {
		FullURL  string `json:"fullUrl"`
		Resource json.RawMessage
		Search   struct{ Mode string }
		Response struct {
			Status, Etag string
			Outcome      json.RawMessage
		}
	}
}

func answer(t *testing.T, c wire.Codec, r *http.Request, in *wire.Incoming, resp *fhir.Response) bundle {
	t.Helper()
	w := httptest.NewRecorder()
	c.Answer(w, r, in, resp)
	var b bundle
	if err := json.Unmarshal(w.Body.Bytes(), &b); err != nil || w.Code != 200 {
		t.Fatalf("status %d, %v: %s", w.Code, err, w.Body)
	}
	return b
}

// A next link leads to the same search, further on, with the total of the
// first page (REQ-SRCH-6).
func TestPageLinks(t *testing.T) {
	c := codec(fhir.STU3, true)
	r := request("GET", "/fhir/stu3/Patient?gender=female&_count=1", "")
	in, err := decode(fhir.STU3, r)
	if err != nil {
		t.Fatal(err)
	}
	match := fhir.Match{Resource: fhir.Resource{Type: "Patient", ID: "p1", Body: []byte(`{"resourceType":"Patient"}`)}}
	b := answer(t, c, r, in, &fhir.Response{Matches: []fhir.Match{match}, Total: 2, Known: fhir.TotalExact, Next: []byte("here"), Used: in.Request.Params})
	if *b.Total != 2 || b.Entry[0].FullURL != base+"/Patient/p1" || b.Entry[0].Search.Mode != "match" {
		t.Errorf("unexpected searchset: %+v", b)
	}
	if b.Link[0].URL != base+"/Patient?gender=female&_count=1" {
		t.Errorf("self is %s", b.Link[0].URL)
	}
	r2 := request("GET", strings.TrimPrefix(b.Link[1].URL, "https://ehr.example"), "")
	in2, err := decode(fhir.STU3, r2)
	if err != nil {
		t.Fatal(err)
	}
	if string(in2.Request.Cursor) != "here" || !cmp.Equal(in2.Request.Params, in.Request.Params) {
		t.Errorf("page two asks %+v", in2.Request)
	}
	b2 := answer(t, c, r2, in2, &fhir.Response{Matches: []fhir.Match{match}})
	if b2.Total == nil || *b2.Total != 2 || len(b2.Link) != 1 {
		t.Errorf("page two: %+v", b2)
	}
}

// Errors of entries go where the version has a slot (REQ-BATCH-2).
func TestBatchResponse(t *testing.T) {
	body := `{"resourceType":"Bundle","type":"batch","entry":[
		{"request":{"method":"GET","url":"/Patient/p1"}},
		{"request":{"method":"GET","url":"` + base + `/Observation?patient=p1&_sort:desc=date"}},
		{"request":{"method":"PUT","url":"Patient/p1"}}]}`
	for _, v := range []fhir.Version{fhir.DSTU2, fhir.STU3} {
		r := request("POST", "/fhir/stu3/", body, "Content-Type", "application/json")
		in, err := decode(v, r)
		if err != nil {
			t.Fatal(err)
		}
		e := in.Request.Entries
		if e[0].Request.ID != "p1" || e[1].Request.Params[1].Name != "_sort:desc" || e[2].Err.Kind != fhir.KindMethod {
			t.Fatalf("entries decoded as %+v", e)
		}
		b := answer(t, codec(v, true), r, in, &fhir.Response{Results: []fhir.Result{
			{Response: &fhir.Response{Resource: &fhir.Resource{Type: "Patient", ID: "p1", VersionID: "7", Body: []byte(`{"n":72.0}`)}}},
			{Response: &fhir.Response{Known: fhir.TotalExact}},
			{Err: e[2].Err},
		}})
		if b.Type != "batch-response" || b.Entry[0].Response.Status != "200 OK" || b.Entry[0].Response.Etag != `W/"7"` || string(b.Entry[0].Resource) != `{"n":72.0}` {
			t.Errorf("%v: first entry %+v", v, b.Entry[0])
		}
		if !strings.Contains(string(b.Entry[1].Resource), `"total":0`) {
			t.Errorf("%v: second entry %s", v, b.Entry[1].Resource)
		}
		slot := b.Entry[2].Response.Outcome
		if v == fhir.DSTU2 {
			slot = b.Entry[2].Resource
		}
		if !strings.HasPrefix(b.Entry[2].Response.Status, "405") || !strings.Contains(string(slot), "OperationOutcome") {
			t.Errorf("%v: third entry %+v", v, b.Entry[2])
		}
	}
}

func TestEntryURLs(t *testing.T) {
	for target, want := range map[string]fhir.Kind{
		"Patient/p1": 255, "/Patient/p1": 255, base + "/Patient/p1": 255, "/fhir/stu3/Patient/p1": 255,
		"https://evil.example/fhir/stu3/Patient/p1": fhir.KindInvalid, "//evil.example/Patient/p1": fhir.KindInvalid,
		"https://ehr.example/fhir/stu3evil/Patient/p1": fhir.KindInvalid, "MedicationOrder?patient=1": fhir.KindUnknownType, "": fhir.KindInvalid,
	} {
		r := request("POST", "/fhir/stu3", `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"`+target+`"}}]}`)
		in, err := decode(fhir.STU3, r)
		if err != nil {
			t.Fatal(err)
		}
		got := fhir.Kind(255)
		if e := in.Request.Entries[0]; e.Err != nil {
			got = e.Err.Kind
		}
		if got != want {
			t.Errorf("entry to %q: kind %d, want %d", target, got, want)
		}
	}
}

// A statement is valid JSON with what interface §2 demands.
func TestStatement(t *testing.T) {
	for _, v := range fhir.Versions() {
		s := wire.Statement{
			Version: v, Base: base, Name: "Wardbridge", Description: "d", Date: time.Unix(0, 0), TokenURL: "https://ehr.example/token", AuthorizeURL: "https://ehr.example/authorize",
			Resources: []wire.StatementResource{{Type: "Patient", Interactions: []string{"read", "search-type"}, Params: []wire.StatementParam{{Name: "family", Type: "string", Modifiers: []string{"contains", "exact"}}}}},
		}
		b := s.Append(nil)
		doc, err := fhir.Parse(b)
		if err != nil {
			t.Fatalf("%v: %v\n%s", v, err, b)
		}
		root := doc.Root()
		rest := root.Get("rest").At(0)
		if root.Get("fhirVersion").String() != v.Release() || !rest.Get("mode").Is("server") || rest.Get("interaction").Len() == 0 {
			t.Errorf("%v: %s", v, b)
		}
		if (v == fhir.DSTU2) != rest.Get("transactionMode").Is("batch") {
			t.Errorf("%v: transactionMode: %s", v, rest.Raw())
		}
		ext := rest.Get("security").Get("extension").At(0).Get("extension").At(0)
		if !ext.Get("valueUri").Is("https://ehr.example/token") {
			t.Errorf("%v: no token URL: %s", v, rest.Get("security").Raw())
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("GET", "/Patient", "name=a&_format=json", "")
	f.Add("POST", "/", "", `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Patient?_id=1"}}]}`)
	f.Add("POST", "/", "", `{"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient","ifNoneExist":"a=b"}}]}`)
	f.Add("POST", "/Patient/_search", "a=b", "c=%41&d")
	f.Add("PUT", "/Patient?identifier=1", "", `{}`)
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		for _, readOnly := range []bool{true, false} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://ehr.example/", strings.NewReader(body))
			r.Method, r.URL.RawQuery = method, query
			c := codec(fhir.R4, readOnly)
			in, err := c.Decode(r, path)
			var fe *fhir.Error
			if err != nil && !errors.As(err, &fe) {
				t.Fatalf("an error that is not typed: %v", err)
			}
			if in == nil || err == nil && in.Request == nil {
				t.Fatal("neither request nor error")
			}
			if err == nil && readOnly && in.Request.Interaction.Writes() && in.Request.Interaction != fhir.Transaction {
				t.Fatalf("a write on a read-only endpoint: %+v", in.Request)
			}
		}
	})
}
