package wire_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/wire"
)

const maskedURL = `{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]}`

// The server's own addresses become relative or are masked; all else stays as
// it is, byte for byte (REQ-ROUTE-4).
func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, want string }{
		{"below the base", `"subject":{"reference":"` + upstreamBase + `/Patient/2"}`, `"subject":{"reference":"Patient/2"}`},
		{"by the other scheme", `"subject":{"reference":"http://hapi.hospital.example/base/fhir/Patient/2/_history/3"}`, `"subject":{"reference":"Patient/2/_history/3"}`},
		{"in capitals, with the port", `"subject":{"reference":"HTTPS://HAPI.hospital.EXAMPLE:443/base/fhir/Patient/2"}`, `"subject":{"reference":"Patient/2"}`},
		{"with a user", `"subject":{"reference":"https://u:p@hapi.hospital.example/base/fhir/Patient/2"}`, `"subject":{"reference":"Patient/2"}`},
		{"slashes escaped", `"subject":{"reference":"https:\/\/hapi.hospital.example\/base\/fhir\/Patient\/2"}`, `"subject":{"reference":"Patient/2"}`},
		{"letters escaped", `"subject":{"reference":"https://\u0068api.hospital.example/base/fhir/Patient/2"}`, `"subject":{"reference":"Patient/2"}`},
		{"another port is another server", `"subject":{"reference":"https://hapi.hospital.example:8443/base/fhir/Patient/2","display":"A"}`, `"subject":{"_reference":` + maskedURL + `,"display":"A"}`},
		{"elsewhere on the host", `"subject":{"reference":"https://hapi.hospital.example/base/fhirother/Patient/2"}`, `"subject":{"_reference":` + maskedURL + `}`},
		{"an address with an extension", `"subject":{"_reference":{"id":"x"},"reference":"https://hapi.hospital.example/x"}`, `"subject":{"_reference":{"id":"x"}}`},
		{"attachment", `"content":[{"attachment":{"url":"` + upstreamBase + `/Binary/b1"}},{"attachment":{"url":"https://hapi.hospital.example/files/1","title":"T"}}]`, `"content":[{"attachment":{"url":"Binary/b1"}},{"attachment":{"_url":` + maskedURL + `,"title":"T"}}]`},
		{"where a service answers", `"contained":[{"resourceType":"Endpoint","id":"e","address":"https://hapi.hospital.example/other"}]`, `"contained":[{"resourceType":"Endpoint","id":"e","_address":` + maskedURL + `}]`},
		{"the base itself", `"endpoint":"` + upstreamBase + `"`, `"_endpoint":` + maskedURL},
		{"extension's value", `"extension":[{"url":"http://x.example/e","valueUri":"https://hapi.hospital.example/q"},{"url":"http://x.example/e","valueReference":{"reference":"` + upstreamBase + `/A/1"}}]`, `"extension":[{"url":"http://x.example/e","_valueUri":` + maskedURL + `},{"url":"http://x.example/e","valueReference":{"reference":"A/1"}}]`},
		{"narrative", `"text":{"div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><a href=\"` + upstreamBase + `/Patient/2\">a</a> <img src='https://hapi.hospital.example/logo.png'/> http://other.example/x</div>"}`, `"text":{"div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><a href=\"Patient/2\">a</a> <img src='/logo.png'/> http://other.example/x</div>"}`},
		{"within a text", `"note":[{"text":"see ` + upstreamBase + `/Patient/2, and ` + upstreamBase + `/Patient/3"}]`, `"note":[{"text":"see Patient/2, and Patient/3"}]`},
		{"elsewhere on the host within a text", `"telecom":[{"system":"url","value":"https://hapi.hospital.example/home"}],"extension":[{"url":"http://x.example/e","valueString":"at https://hapi.hospital.example:8443/adm?t=1 or https://hapi.hospital.example. **https://hapi.hospital.example** 見https://hapi.hospital.example。"},{"url":"http://x.example/e","valueMarkdown":"[here](https://hapi.hospital.example/adm)"}]`, `"telecom":[{"system":"url","value":"/home"}],"extension":[{"url":"http://x.example/e","valueString":"at /adm?t=1 or . **** 見。"},{"url":"http://x.example/e","valueMarkdown":"[here](/adm)"}]`},
		{"contained", `"contained":[{"resourceType":"Patient","id":"c","generalPractitioner":[{"reference":"` + upstreamBase + `/Practitioner/1"}]}]`, `"contained":[{"resourceType":"Patient","id":"c","generalPractitioner":[{"reference":"Practitioner/1"}]}]`},
		{"names stay", `"identifier":[{"system":"` + upstreamBase + `/NamingSystem/mrn"}],"meta":{"profile":["` + upstreamBase + `/StructureDefinition/p"]},"extension":[{"url":"` + upstreamBase + `/StructureDefinition/e","valueString":"v"}],"url":"` + upstreamBase + `/Questionnaire/q"`, ""},
		{"others stay", `"subject":{"reference":"https://other.example/base/fhir/Patient/2"},"telecom":[{"system":"url","value":"https://hapi.hospital.example.org/x"},{"value":"info@hapi.hospital.example"}],"a":"Patient/2","b":"#c","c":"urn:uuid:1","d":72.0`, ""},
		{"a prefix of the host is another host", `"subject":{"reference":"https://hapi.hospital.example.org/base/fhir/Patient/2"}`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			want := tc.want
			if want == "" {
				want = tc.in
			}
			req := &fhir.Request{Interaction: fhir.Read, Type: "Basic", ID: "1"}
			resp, err := decodeWith(t, client(t, fhir.R4, upstreamBase+"/"), req, `{"resourceType":"Basic","id":"1",`+tc.in+`}`)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(resp.Resource.Body); got != `{"resourceType":"Basic","id":"1",`+want+`}` {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if _, err := fhir.Parse(resp.Resource.Body); err != nil {
				t.Error(err)
			}
		})
	}
}

// A base at an IPv6 address is hidden like any other.
func TestAddressesOfAnIPv6Base(t *testing.T) {
	t.Parallel()
	c := client(t, fhir.R4, "http://[2001:DB8::1]:8080/fhir")
	resp, err := decodeWith(t, c, &fhir.Request{Interaction: fhir.Read, Type: "Basic", ID: "1"},
		`{"resourceType":"Basic","id":"1","subject":{"reference":"http://[2001:db8::1]:8080/fhir/Patient/2"},"author":{"reference":"http://[2001:db8::1]/x"},"x":"http://[2001:db8::11]/y"}`)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(resp.Resource.Body), `{"resourceType":"Basic","id":"1","subject":{"reference":"Patient/2"},"author":{"_reference":`+maskedURL+`},"x":"http://[2001:db8::11]/y"}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A server that calls itself by another URL than it is called at is known by
// that one too, as soon as it has said it.
func TestLearnedNames(t *testing.T) {
	t.Parallel()
	const outside = "http://public.hospital.example:8080/hapi"
	ref := `"managingOrganization":{"reference":"` + outside + `/Organization/o"}`
	told := map[string]func(*wire.Client) error{
		"fullUrl": func(c *wire.Client) error {
			_, err := decodeWith(t, c, search, searchset(`{"fullUrl":"`+outside+`/Patient/9","resource":{"resourceType":"Patient","id":"9"}}`))
			return err
		},
		"self link": func(c *wire.Client) error {
			_, err := decodeWith(t, c, search, searchset("", `,"link":[{"relation":"self","url":"`+outside+`/Patient/_search?gender=female"}]`))
			return err
		},
		"statement": func(c *wire.Client) error {
			_, err := decodeWith(t, c, &fhir.Request{Interaction: fhir.Capabilities}, `{"resourceType":"CapabilityStatement","implementation":{"url":"`+outside+`/"}}`)
			return err
		},
		"header": func(c *wire.Client) error {
			_, err := c.Decode(&fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "9"}, &wire.Reply{Status: 200, Header: http.Header{"Content-Location": {outside + "/Patient/9/_history/1"}}, Body: []byte(`{"resourceType":"Patient","id":"9"}`)})
			return err
		},
	}
	for name, tell := range told {
		c := client(t, fhir.R4, "https://10.0.0.5/x")
		read := func() string {
			resp, err := decodeWith(t, c, &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "1"}, `{"resourceType":"Patient","id":"1",`+ref+`}`)
			if err != nil {
				t.Fatal(err)
			}
			return string(resp.Resource.Body)
		}
		if got := read(); !strings.Contains(got, outside) {
			t.Errorf("%s: a URL of who knows whom was changed: %s", name, got)
		}
		if err := tell(c); err != nil {
			t.Fatal(err)
		}
		if got := read(); !strings.Contains(got, `{"reference":"Organization/o"}`) {
			t.Errorf("%s: after it was told: %s", name, got)
		}
	}
	c := client(t, fhir.R4, upstreamBase)
	const standard = `{"fullUrl":"http://hl7.org/fhir/Patient/9","resource":{"resourceType":"Patient","id":"9","link":[{"url":"http://hl7.org/fhir/x"}]}}`
	resp, err := decodeWith(t, c, search, searchset(standard))
	if err != nil || !strings.Contains(string(resp.Matches[0].Body), "http://hl7.org/fhir/x") {
		t.Errorf("the standard's own URLs are taken for the server's: %+v, %v", resp, err)
	}
}

// A resource that a server gives beside its matches may be another server's:
// what leads there must not be taken for a record of this one.
func TestIncludesTeachNoName(t *testing.T) {
	t.Parallel()
	c := client(t, fhir.R4, upstreamBase)
	const other = "https://other.example/fhir"
	if _, err := decodeWith(t, c, search, searchset(
		`{"fullUrl":"`+upstreamBase+`/Patient/1","resource":{"resourceType":"Patient","id":"1"}},`+
			`{"fullUrl":"`+other+`/Practitioner/7","resource":{"resourceType":"Practitioner","id":"7"},"search":{"mode":"include"}}`)); err != nil {
		t.Fatal(err)
	}
	resp, err := decodeWith(t, c, &fhir.Request{Interaction: fhir.Read, Type: "Basic", ID: "1"}, `{"resourceType":"Basic","id":"1","subject":{"reference":"`+other+`/Patient/2"}}`)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(resp.Resource.Body); !strings.Contains(got, other+"/Patient/2") {
		t.Errorf("another server's patient became this one's: %s", got)
	}
}

// A reference to another server's record stays one when that record is
// included beside it: it does not become one to ours of the same id.
func TestReferencesToOtherServersStay(t *testing.T) {
	t.Parallel()
	const other = "https://other.example/fhir/Organization/o"
	resp, err := decodeWith(t, client(t, fhir.R4, upstreamBase), search, searchset(
		`{"fullUrl":"`+upstreamBase+`/Patient/1","resource":{"resourceType":"Patient","id":"1","managingOrganization":{"reference":"`+other+`"}}},`+
			`{"fullUrl":"`+other+`","resource":{"resourceType":"Organization","id":"o"},"search":{"mode":"include"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(resp.Matches[0].Body); !strings.Contains(got, `{"reference":"`+other+`"}`) {
		t.Errorf("got %s", got)
	}
}

// References to entries of a page by URLs of another kind lead to the entries.
func TestMovedReferences(t *testing.T) {
	t.Parallel()
	resp, err := decodeWith(t, client(t, fhir.R4, upstreamBase), search, searchset(
		`{"fullUrl":"urn:uuid:7","resource":{"resourceType":"Patient","id":"1","managingOrganization":{"reference":"urn:uuid:8"},"x":{"reference":"urn:uuid:9"}}},`+
			`{"fullUrl":"urn:uuid:8","resource":{"resourceType":"Organization","id":"o"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(resp.Matches[0].Body), `{"resourceType":"Patient","id":"1","managingOrganization":{"reference":"Organization/o"},"x":{"reference":"urn:uuid:9"}}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A clean resource is a part of the answer's own bytes, and appending to it
// does not reach the next one.
func TestBodiesAreParts(t *testing.T) {
	t.Parallel()
	body := []byte(searchset(`{"resource":{"resourceType":"Patient","id":"1"}},{"resource":{"resourceType":"Patient","id":"2"}}`))
	resp, err := client(t, fhir.R4, upstreamBase).Decode(search, &wire.Reply{Status: 200, Body: body})
	if err != nil {
		t.Fatal(err)
	}
	first := resp.Matches[0].Body
	if at := bytes.Index(body, first); at < 0 || &body[at] != &first[0] || cap(first) != len(first) {
		t.Errorf("the body was copied, or reaches further than itself")
	}
}

// Where a next link leads: below the base, whoever it names, or nowhere.
func TestNextLinks(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ base, link, want string }{
		{upstreamBase, upstreamBase + "/Patient?page=2", upstreamBase + "/Patient?page=2"},
		{upstreamBase, upstreamBase + "?_getpages=1&_count=2", upstreamBase + "?_getpages=1&_count=2"},
		{upstreamBase, "http://hapi.hospital.example:80/base/fhir?_getpages=1", upstreamBase + "?_getpages=1"},
		{upstreamBase, "http://inner:8080/base/fhir/Patient?page=2", upstreamBase + "/Patient?page=2"},
		{upstreamBase, "http://public.example/hapi/Patient?page=2", upstreamBase + "/Patient?page=2"}, // as the self link has it
		{upstreamBase, "/base/fhir/Patient?page=2#x", upstreamBase + "/Patient?page=2"},
		{upstreamBase, "Patient?page=2", upstreamBase + "/Patient?page=2"},
		{upstreamBase, "?page=2", upstreamBase + "/Patient?page=2"},
		{"https://hapi.hospital.example", "https://hapi.hospital.example:8443/Patient?page=2", "https://hapi.hospital.example/Patient?page=2"},
		{"https://hapi.hospital.example/fhir?tenant=t1", "https://hapi.hospital.example/fhir/Patient?tenant=t2&page=2", "https://hapi.hospital.example/fhir/Patient?tenant=t1&page=2"},
		{"https://hapi.hospital.example", "https://evil.example/Patient?page=2", ""},
		{upstreamBase, "https://evil.example/elsewhere?page=2", ""},
		{upstreamBase, "https://hapi.hospital.example/admin?page=2", ""},
		{upstreamBase, "https://hapi.hospital.example/base/fhirx/Patient?page=2", ""},
		{upstreamBase, "/admin", ""},
		{upstreamBase, upstreamBase + "/../../admin", ""},
		{upstreamBase, upstreamBase + "/%2e%2e/admin", ""},
		{upstreamBase, "../admin", ""},
		{upstreamBase, "file:///etc/passwd", ""},
		{upstreamBase, "urn:uuid:1", ""},
		{upstreamBase, "", ""},
		{upstreamBase, "//evil.example/x", ""},
		{upstreamBase, "https://[::1", ""},
		{upstreamBase, upstreamBase + "?x=" + strings.Repeat("y", 5000), ""},
	} {
		t.Run(tc.link[:min(len(tc.link), 60)], func(t *testing.T) {
			t.Parallel()
			c := client(t, fhir.R4, tc.base)
			resp, err := decodeWith(t, c, search, searchset("", `,"link":[{"relation":"self","url":"http://public.example/hapi/Patient?gender=female"},{"relation":"next","url":"`+tc.link+`"}]`))
			if err != nil || resp.Next == nil {
				t.Fatalf("more was promised, but Next is nil (%v)", err)
			}
			next := *search
			next.Cursor = resp.Next
			out, err := c.Encode(&next, true)
			if tc.want == "" {
				if fe := fhir.AsError(err); err == nil || fe.Kind != fhir.KindUpstream {
					t.Fatalf("got %+v, %v; want KindUpstream", out, err)
				}
				return
			}
			if err != nil || out.Method != http.MethodGet || out.URL.String() != tc.want || out.Body != nil {
				t.Fatalf("got %+v, %v; want %s", out, err, tc.want)
			}
		})
	}
}

// A page that leads to itself does not go on for ever.
func TestPagesInACircle(t *testing.T) {
	t.Parallel()
	c := client(t, fhir.R4, upstreamBase)
	req := *search
	body := searchset("", `,"link":[{"relation":"next","url":"`+upstreamBase+`?page=2"}]`)
	for i := range 3 {
		resp, err := decodeWith(t, c, &req, body)
		if err != nil {
			t.Fatal(err)
		}
		req.Cursor = resp.Next
		if _, err := c.Encode(&req, false); err != nil {
			if i == 0 {
				t.Error("the first step is taken for a circle")
			}
			return
		}
	}
	t.Error("the circle goes on")
}

// The self link tells what was honoured.
func TestUsed(t *testing.T) {
	t.Parallel()
	asked := []fhir.Param{{Name: "subject:Patient", Value: "1"}, {Name: "code", Value: "x"}, {Name: "_sort", Value: "date"}}
	req := &fhir.Request{Interaction: fhir.Search, Type: "Observation", Params: asked}
	for self, want := range map[string]fhir.Response{
		"":                                {Used: asked},
		upstreamBase + "/Observation":     {Used: asked},
		upstreamBase + "/Observation?%zz": {Used: asked},
		upstreamBase + "/Observation?_sort=date&_count=20":   {Used: asked},
		upstreamBase + "/Observation?code=x&subject=1":       {Used: asked},
		upstreamBase + "/Observation?code=x&_format=json":    {Used: asked[1:], Ignored: []string{"subject"}},
		"Observation?subject=" + upstreamBase + "/Patient/1": {Used: []fhir.Param{asked[0], asked[2]}, Ignored: []string{"code"}},
	} {
		resp, err := decodeWith(t, client(t, fhir.R4, upstreamBase), req, searchset("", `,"link":[{"relation":"self","url":"`+self+`"}]`))
		if err != nil {
			t.Fatal(err)
		}
		got := fhir.Response{Used: resp.Used, Ignored: resp.Ignored}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("self %q:\n%s", self, diff)
		}
	}
}

// Results stand where the version, or another server's habit, puts them.
func TestBatchResponses(t *testing.T) {
	t.Parallel()
	read := fhir.Entry{Request: &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "1"}}
	find := fhir.Entry{Request: search}
	for _, tc := range []struct {
		name  string
		entry fhir.Entry
		in    string
		want  string
	}{
		{"read", read, `{"response":{"status":"200","etag":"W/\"4\"","lastModified":"2026-03-04T05:06:07Z"},"resource":{"resourceType":"Patient","id":"1"}}`, "Patient/1 4 2026-03-04"},
		{"no response element", read, `{"resource":{"resourceType":"Patient","id":"1"}}`, "Patient/1  0001-01-01"},
		{"not modified", read, `{"response":{"status":"304 Not Modified","etag":"W/\"4\""}}`, "not modified 4"},
		{"not modified, and no tag", fhir.Entry{Request: &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "1", IfNoneMatch: []string{"9"}}}, `{"response":{"status":"304"}}`, "not modified 9"},
		{"nothing", read, `{}`, "error 17 transient"},
		{"no resource", read, `{"response":{"status":"200 OK"}}`, "error 17 transient"},
		{"another id", read, `{"response":{"status":"200 OK"},"resource":{"resourceType":"Patient","id":"2"}}`, "error 17 transient"},
		{"not found, STU3", read, `{"response":{"status":"404 Not Found","outcome":{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"deleted"}]}}}`, "error 10 deleted"},
		{"not found, DSTU2", read, `{"response":{"status":"404"},"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found"}]}}`, "error 5 not-found"},
		{"outcome instead of a resource", read, `{"response":{"status":"200 OK"},"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found"}]}}`, "error 5 not-found"},
		{"search", find, `{"response":{"status":"200 OK"},"resource":` + searchset(`{"fullUrl":"`+upstreamBase+`/Patient/1","resource":{"resourceType":"Patient","id":"1","x":{"reference":"`+upstreamBase+`/A/1"}}}`, `,"total":1`) + `}`, `1 of 1 {"resourceType":"Patient","id":"1","x":{"reference":"A/1"}}`},
		{"search refused", find, `{"response":{"status":"400 Bad Request"}}`, "error 1 not-supported"},
		{"status beyond reason", read, `{"response":{"status":"99"}}`, "error 17 transient"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			req := &fhir.Request{Interaction: fhir.Batch, Entries: []fhir.Entry{tc.entry}}
			resp, err := decodeWith(t, client(t, fhir.DSTU2, upstreamBase), req, `{"resourceType":"Bundle","type":"batch-response","entry":[`+tc.in+`]}`)
			if err != nil {
				t.Fatal(err)
			}
			var got string
			switch r := resp.Results[0]; {
			case r.Err != nil:
				got = fmt.Sprintf("error %d %s", r.Err.Kind, r.Err.Issues[0].Code)
			case r.Response.NotModified:
				got = "not modified " + r.Response.Resource.VersionID
			case r.Response.Resource != nil:
				res := r.Response.Resource
				got = fmt.Sprintf("%s/%s %s %s", res.Type, res.ID, res.VersionID, res.Modified.Format("2006-01-02"))
			default:
				got = fmt.Sprintf("%d of %d %s", len(r.Response.Matches), r.Response.Total, r.Response.Matches[0].Body)
			}
			if got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

// FuzzAnswer: whatever a server answers, the outcome is a Response that holds
// only valid resources, or a typed error; nothing of the server's own address
// stays in a reference.
func FuzzAnswer(f *testing.F) {
	f.Add(200, searchset(`{"fullUrl":"`+upstreamBase+`/Patient/1","resource":{"resourceType":"Patient","id":"1","x":{"reference":"`+upstreamBase+`/A/1"}},"search":{"mode":"match"}}`, `,"total":1,"link":[{"relation":"next","url":"`+upstreamBase+`?p=2"}]`))
	f.Add(200, searchset(`{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","x":{"reference":"https://hapi.hospital.example/y","_reference":{}}}}`))
	f.Add(200, `{"resourceType":"Bundle","type":"batch-response","entry":[{"response":{"status":"404","outcome":{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"deleted"}]}}}]}`)
	f.Add(200, `{"resourceType":"Bundle","type":"history","entry":[{"fullUrl":"`+upstreamBase+`/Patient/1","request":{"method":"DELETE","url":"Patient/1"},"response":{"etag":"W/\"1\"","lastModified":"2026-01-01T00:00:00Z"}}]}`)
	f.Add(200, `{"resourceType":"Patient","id":"1","text":{"div":"<a href='https://hapi.hospital.example/x'>"}}`)
	f.Add(400, `{"resourceType":"OperationOutcome","issue":[{"severity":"fatal","code":"too-costly"}]}`)
	f.Add(201, "")
	requests := []*fhir.Request{
		search,
		{Interaction: fhir.Read, Type: "Patient", ID: "1"},
		{Interaction: fhir.History, Type: "Patient", ID: "1"},
		{Interaction: fhir.Create, Type: "Patient", Body: []byte(`{}`)},
		{Interaction: fhir.Batch, Entries: []fhir.Entry{{Request: search}}},
		{Interaction: fhir.Capabilities},
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		for _, req := range requests {
			c := client(t, fhir.STU3, upstreamBase)
			resp, err := c.Decode(req, &wire.Reply{Status: status, Header: http.Header{}, Body: []byte(body)})
			if err != nil {
				if fe := fhir.AsError(err); fe.Kind == fhir.KindInternal || len(fe.Issues) == 0 {
					t.Fatalf("%v: an error that says nothing: %v", req.Interaction, err)
				}
				continue
			}
			for _, r := range append(resp.Results, fhir.Result{Response: resp}) {
				if r.Response != nil {
					checkBodies(t, req.Interaction, r.Response)
				}
			}
		}
	})
}

func checkBodies(t *testing.T, i fhir.Interaction, resp *fhir.Response) {
	t.Helper()
	all := resp.Matches
	if resp.Resource != nil {
		all = append(all, fhir.Match{Resource: *resp.Resource})
	}
	for _, m := range all {
		if m.Body == nil || i == fhir.Capabilities {
			continue
		}
		doc, err := fhir.Parse(m.Body)
		if err != nil {
			t.Fatalf("%v: a body that is not JSON: %v: %s", i, err, m.Body)
		}
		if !doc.Root().Get("resourceType").Is(m.Type) || m.ID == "" {
			t.Fatalf("%v: %s/%s has the body %s", i, m.Type, m.ID, m.Body)
		}
		noAddress(t, doc.Root())
	}
}

func noAddress(t *testing.T, n fhir.Node) {
	t.Helper()
	for c := range n.Children() {
		if c.Name() == "reference" && n.IsObject() && strings.HasPrefix(c.String(), "https://hapi.hospital.example/") {
			t.Fatalf("the server's address stays: %s", c.Raw())
		}
		noAddress(t, c)
	}
}
