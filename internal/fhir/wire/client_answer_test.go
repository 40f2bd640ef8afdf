package wire_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/wire"
)

const upstreamBase = "https://hapi.hospital.example/base/fhir"

func searchset(entries string, more ...string) string {
	return `{"resourceType":"Bundle","type":"searchset"` + strings.Join(more, "") + `,"entry":[` + entries + `]}`
}

var search = &fhir.Request{Interaction: fhir.Search, Type: "Patient", Params: []fhir.Param{{Name: "gender", Value: "female"}}}

func ids(matches []fhir.Match) string {
	var out []string
	for _, m := range matches {
		out = append(out, [...]string{"match", "include"}[m.Mode]+" "+m.Type+"/"+m.ID)
	}
	return strings.Join(out, ", ")
}

// What a searchset that is not as it should be becomes.
func TestSearchsets(t *testing.T) {
	t.Parallel()
	p := func(id string) string {
		return `{"fullUrl":"` + upstreamBase + `/Patient/` + id + `","resource":{"resourceType":"Patient","id":"` + id + `"}}`
	}
	for _, tc := range []struct {
		name, body, want string
		total            int // -1 is none
		warnings         string
	}{
		{"as it should be", searchset(p("1")+","+p("2"), `,"total":2`), "match Patient/1, match Patient/2", 2, ""},
		{"no total", searchset(p("1")), "match Patient/1", -1, ""},
		{"no entries", `{"resourceType":"Bundle","type":"searchset","total":0}`, "", 0, ""},
		{"total less than the matches", searchset(p("1")+","+p("2"), `,"total":1`), "match Patient/1, match Patient/2", -1, ""},
		{"total more than the matches, and no next page", searchset(p("1"), `,"total":7`), "match Patient/1", 7, ""},
		{"total more than the matches, and a next page", searchset(p("1"), `,"total":7,"link":[{"relation":"next","url":"`+upstreamBase+`?page=2"}]`), "match Patient/1", 7, ""},
		{"total that is no number", searchset(p("1"), `,"total":"7"`), "match Patient/1", -1, ""},
		{"another type is included", searchset(p("1") + `,{"resource":{"resourceType":"Organization","id":"o"},"search":{"mode":"match"}}`), "match Patient/1, include Organization/o", -1, ""},
		{"mode include stays", searchset(p("1") + `,{"resource":{"resourceType":"Patient","id":"m"},"search":{"mode":"include"}}`), "match Patient/1, include Patient/m", -1, ""},
		{"another server's include", searchset(p("1") + `,{"fullUrl":"https://other.example/fhir/Organization/o","resource":{"resourceType":"Organization","id":"o"},"search":{"mode":"include"}}`), "match Patient/1", -1, "suppressed"},
		{"another server's include beside the same id here", searchset(`{"fullUrl":"https://other.example/fhir/Patient/1","resource":{"resourceType":"Patient","id":"1","active":false},"search":{"mode":"include"}},` + p("1")), "match Patient/1", -1, "suppressed"},
		{"an include below another base on the host", searchset(p("1") + `,{"fullUrl":"https://hapi.hospital.example/other/fhir/Organization/o","resource":{"resourceType":"Organization","id":"o"}}`), "match Patient/1", -1, "suppressed"},
		{"an include by a name that a later match tells", searchset(`{"fullUrl":"http://inner:8080/x/Organization/o","resource":{"resourceType":"Organization","id":"o"}},{"fullUrl":"http://inner:8080/x/Patient/1","resource":{"resourceType":"Patient","id":"1"}}`), "match Patient/1, include Organization/o", -1, ""},
		{"an include by the base in other letters", searchset(p("1") + `,{"fullUrl":"http://HAPI.hospital.example:80/base/fhir/Organization/o","resource":{"resourceType":"Organization","id":"o"}}`), "match Patient/1, include Organization/o", -1, ""},
		{"twice", searchset(p("1") + "," + p("2") + "," + p("1")), "match Patient/1, match Patient/2", -1, "duplicate"},
		{"a match rather than an include", searchset(`{"resource":{"resourceType":"Patient","id":"1"},"search":{"mode":"include"}},` + p("1")), "match Patient/1", -1, "duplicate"},
		{"no resource", searchset(p("1") + `,{"fullUrl":"x"},{},{"resource":null}`), "match Patient/1", -1, "incomplete"},
		{"no id, but a fullUrl", searchset(`{"fullUrl":"` + upstreamBase + `/Patient/7","resource":{"resourceType":"Patient"}}`), "match Patient/7", -1, ""},
		{"no id, but another server's fullUrl", searchset(`{"fullUrl":"http://elsewhere.example/x/Patient/7","resource":{"resourceType":"Patient"}}`), "match Patient/7", -1, ""},
		{"no id at all", searchset(`{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient"}},{"resource":{"resourceType":"Patient"}}`), "", -1, "incomplete"},
		{"error beside", searchset(p("1") + `,{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"x","diagnostics":"secret"}]}}`), "match Patient/1", -1, "processing"},
		{"warning of something not supported", searchset(p("1") + `,{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"not-supported","diagnostics":"secret"}]},"search":{"mode":"outcome"}}`), "match Patient/1", -1, "not-supported"},
		{"mere information", searchset(p("1") + `,{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"x"}]}}`), "match Patient/1", -1, ""},
		{"byte order mark and blanks", "\xef\xbb\xbf \n" + searchset(p("1")) + "\r\n", "match Patient/1", -1, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			resp, err := decodeWith(t, client(t, fhir.R4, upstreamBase), search, tc.body)
			if err != nil {
				t.Fatal(err)
			}
			total := -1
			if resp.Known == fhir.TotalExact {
				total = resp.Total
			}
			var codes []string
			for _, w := range resp.Warnings {
				codes = append(codes, w.Code)
				if strings.Contains(w.Diagnostics, "secret") || w.Severity != "warning" {
					t.Errorf("warning %+v", w)
				}
			}
			if got := ids(resp.Matches); got != tc.want || total != tc.total || strings.Join(codes, ",") != tc.warnings {
				t.Errorf("got %s, total %d, warnings %v; want %s, total %d, warnings %s", got, total, codes, tc.want, tc.total, tc.warnings)
			}
			for _, m := range resp.Matches {
				if doc, err := fhir.Parse(m.Body); err != nil || !doc.Root().Get("id").Is(m.ID) {
					t.Errorf("%s/%s has the body %s (%v)", m.Type, m.ID, m.Body, err)
				}
			}
		})
	}
}

// What is no answer to the request is the provider's fault.
func TestNonsense(t *testing.T) {
	t.Parallel()
	read := &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "1"}
	vread := &fhir.Request{Interaction: fhir.VRead, Type: "Patient", ID: "1", VersionID: "2"}
	batch := &fhir.Request{Interaction: fhir.Batch, Entries: []fhir.Entry{{Request: read}}}
	for _, tc := range []struct {
		name string
		req  *fhir.Request
		body string
		says string
	}{
		{"web page", read, "<!DOCTYPE html><html>hapi.hospital.example", "web page"},
		{"XML", read, `<?xml version="1.0"?><Patient xmlns="http://hl7.org/fhir"/>`, "XML"},
		{"nothing", read, "", "nothing"},
		{"truncated", read, `{"resourceType":"Patient","id":"1"`, "not valid FHIR JSON"},
		{"a list", read, `[]`, "another kind"},
		{"a string", read, `"Patient"`, "another kind"},
		{"member twice", read, `{"resourceType":"Patient","id":"1","id":"2"}`, "not valid FHIR JSON"},
		{"bytes that are not UTF-8", read, "{\"resourceType\":\"Patient\",\"id\":\"1\",\"x\":\"\xff\"}", "not valid FHIR JSON"},
		{"more behind", read, `{"resourceType":"Patient","id":"1"}{}`, "not valid FHIR JSON"},
		{"too deep", read, `{"resourceType":"Patient","id":"1","x":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}`, "too deep"},
		{"another type", read, `{"resourceType":"Person","id":"1"}`, "another kind"},
		{"another id", read, `{"resourceType":"Patient","id":"2"}`, "another resource"},
		{"another version", vread, `{"resourceType":"Patient","id":"1","meta":{"versionId":"3"}}`, "another version"},
		{"no Bundle", search, `{"resourceType":"Patient","id":"1"}`, "another kind"},
		{"entries that are no list", search, `{"resourceType":"Bundle","entry":{}}`, "not a list"},
		{
			"a failure beside the matches", search, searchset(`{"resource":{"resourceType":"Patient","id":"1"}},` +
				`{"search":{"mode":"outcome"},"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"timeout","diagnostics":"secret"}]}}`), "lack something",
		},
		{"outcome of success", read, `{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational"}]}`, "another kind"},
		{"outcome of failure", search, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"processing","diagnostics":"secret"}]}`, "failed"},
		{"no statement", &fhir.Request{Interaction: fhir.Capabilities}, `{"resourceType":"Patient"}`, "another kind"},
		{"too few results", batch, `{"resourceType":"Bundle","type":"batch-response"}`, "fewer entries"},
		{"too many results", batch, `{"resourceType":"Bundle","type":"batch-response","entry":[{"resource":{"resourceType":"Patient","id":"1"}},{}]}`, "more entries"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := decodeWith(t, client(t, fhir.R4, upstreamBase), tc.req, tc.body)
			fe := fhir.AsError(err)
			if err == nil || fe.Kind != fhir.KindUpstream || fe.Issues[0].Code != "transient" || !strings.Contains(fe.Issues[0].Diagnostics, tc.says) {
				t.Fatalf("got %v, want KindUpstream that says %q", err, tc.says)
			}
			if d := fe.Issues[0].Diagnostics; strings.Contains(d, "secret") || strings.Contains(d, "hapi") {
				t.Errorf("the answer's own words leak: %s", d)
			}
		})
	}
}

// What a server's failure means for who asked: by status, by what was asked,
// and by the code of an issue where there is one.
func TestFailures(t *testing.T) {
	t.Parallel()
	var (
		read   = &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "1"}
		page   = &fhir.Request{Interaction: fhir.Search, Type: "Patient", Cursor: []byte("p?page=2")}
		batch  = &fhir.Request{Interaction: fhir.Batch, Entries: []fhir.Entry{{Request: read}}}
		update = &fhir.Request{Interaction: fhir.Update, Type: "Patient", ID: "1", Body: []byte(`{}`)}
	)
	for _, tc := range []struct {
		name   string
		req    *fhir.Request
		status int
		issue  string // code of an issue, "" for a body that is none
		kind   fhir.Kind
		code   string
	}{
		{"read of nothing", read, 404, "", fhir.KindNotFound, "not-found"},
		{"read of nothing, with an outcome", read, 404, "processing", fhir.KindNotFound, "not-found"},
		{"read of nothing, as a bad request", read, 400, "not-found", fhir.KindNotFound, "not-found"},
		{"read refused", read, 400, "invalid", fhir.KindUpstream, "transient"},
		{"read of the deleted", read, 410, "", fhir.KindGone, "deleted"},
		{"read of the deleted, as not found", read, 404, "deleted", fhir.KindGone, "deleted"},
		{"our credentials", read, 401, "login", fhir.KindUpstream, "transient"},
		{"our rights", search, 403, "forbidden", fhir.KindUpstream, "transient"},
		{"our rights, with a tale", search, 403, "throttled", fhir.KindUpstream, "transient"},
		{"search not understood", search, 400, "", fhir.KindInvalid, "not-supported"},
		{"search not understood, with an outcome", search, 400, "invalid", fhir.KindInvalid, "not-supported"},
		{"search breaks a rule", search, 422, "", fhir.KindInvalid, "not-supported"},
		{"search of an unknown type", search, 404, "not-found", fhir.KindUnknownType, "not-supported"},
		{"search not offered", search, 405, "", fhir.KindMethod, "not-supported"},
		{"search not made", search, 501, "", fhir.KindNotImplemented, "not-supported"},
		{"search too costly", search, 400, "too-costly", fhir.KindTooCostly, "too-costly"},
		{"search too long", search, 414, "", fhir.KindTooCostly, "too-costly"},
		{"page expired", page, 404, "", fhir.KindGone, "not-found"},
		{"page gone", page, 410, "deleted", fhir.KindGone, "not-found"},
		{"batch not offered", batch, 404, "", fhir.KindUnknownType, "not-supported"},
		{"batch not taken", batch, 400, "", fhir.KindInvalid, "not-supported"},
		{"batch of another type", batch, 415, "", fhir.KindMediaType, "not-supported"},
		{"media type", read, 406, "", fhir.KindUpstream, "transient"},
		{"conflict", update, 409, "", fhir.KindConflict, "conflict"},
		{"precondition", update, 412, "conflict", fhir.KindPrecondition, "conflict"},
		{"many matches", update, 412, "multiple-matches", fhir.KindPrecondition, "multiple-matches"},
		{"resource breaks a rule", update, 422, "", fhir.KindUnprocessable, "processing"},
		{"resource not understood", update, 400, "", fhir.KindInvalid, "invalid"},
		{"change not offered", update, 405, "", fhir.KindMethod, "not-supported"},
		{"resource too large", update, 413, "", fhir.KindTooLarge, "too-long"},
		{"throttled", search, 429, "", fhir.KindUnavailable, "throttled"},
		{"down", read, 503, "", fhir.KindUnavailable, "transient"},
		{"slow", read, 504, "", fhir.KindTimeout, "timeout"},
		{"slow, by its own word", read, 500, "timeout", fhir.KindTimeout, "timeout"},
		{"failing", read, 500, "exception", fhir.KindUpstream, "transient"},
		{"bad gateway", read, 502, "", fhir.KindUpstream, "transient"},
		{"unheard of", read, 599, "", fhir.KindUpstream, "transient"},
		{"teapot", read, 418, "", fhir.KindUpstream, "transient"},
		{"redirect", read, 302, "", fhir.KindUpstream, "transient"},
		{"not modified, though not asked", read, 304, "", fhir.KindUpstream, "transient"},
		{"success that is none", read, 200, "not-found", fhir.KindNotFound, "not-found"},
		{"success that is none, of a search", search, 200, "not-supported", fhir.KindNotImplemented, "not-supported"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			reply := &wire.Reply{Status: tc.status, Header: http.Header{"Retry-After": {"7"}, "Location": {"https://metadata.internal.example/"}}, Body: []byte("secret words")}
			if tc.issue != "" {
				reply.Body = []byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational"},{"severity":"error","code":"` + tc.issue + `","diagnostics":"secret at ` + upstreamBase + `"}]}`)
			}
			_, err := client(t, fhir.R4, upstreamBase).Decode(tc.req, reply)
			fe := fhir.AsError(err)
			if err == nil || fe.Kind != tc.kind || len(fe.Issues) != 1 || fe.Issues[0].Code != tc.code || fe.Issues[0].Severity != "error" {
				t.Fatalf("got %+v (%v), want kind %d with code %s", fe, err, tc.kind, tc.code)
			}
			if d := fe.Issues[0].Diagnostics; d == "" || strings.Contains(d, "secret") || strings.Contains(d, "example") {
				t.Errorf("diagnostics %q", d)
			}
			if cause, ok := errors.AsType[interface {
				error
				HTTPStatus() int
			}](err); !ok || cause.HTTPStatus() != tc.status {
				t.Errorf("the cause does not tell the status: %v", err)
			}
			if got, want := fe.RetryAfter, map[bool]time.Duration{true: 7 * time.Second}[tc.kind == fhir.KindUnavailable]; got != want {
				t.Errorf("RetryAfter %v, want %v", got, want)
			}
		})
	}
}

// A web page at the address of a resource says that the address is wrong, not
// that the resource does not exist.
func TestPageInsteadOfResource(t *testing.T) {
	t.Parallel()
	reply := &wire.Reply{Status: 404, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, Body: []byte("<html>nginx")}
	_, err := client(t, fhir.R4, upstreamBase).Decode(&fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "1"}, reply)
	if fe := fhir.AsError(err); fe.Kind != fhir.KindUpstream {
		t.Errorf("got %v, want KindUpstream", err)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][2]time.Duration{
		"":       {0, 0},
		"soon":   {0, 0},
		"-5":     {0, 0},
		"3":      {3 * time.Second, 3 * time.Second},
		"999999": {time.Hour, time.Hour},
		time.Now().Add(30 * time.Minute).UTC().Format(http.TimeFormat): {20 * time.Minute, 30 * time.Minute},
		"Mon, 02 Jan 2006 15:04:05 GMT":                                {0, 0},
	} {
		_, err := client(t, fhir.R4, upstreamBase).Decode(search, &wire.Reply{Status: 503, Header: http.Header{"Retry-After": {value}}})
		if got := fhir.AsError(err).RetryAfter; got < want[0] || got > want[1] {
			t.Errorf("Retry-After %q: %v, want %v", value, got, want)
		}
	}
}

// A read takes from the headers what the body does not say.
func TestReadHeaders(t *testing.T) {
	t.Parallel()
	req := &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "1"}
	h := http.Header{"Etag": {`W/"5"`}, "Last-Modified": {when.Format(http.TimeFormat)}}
	for body, want := range map[string]fhir.Resource{
		`{"resourceType":"Patient"}`:          {Type: "Patient", ID: "1", VersionID: "5", Modified: when, Body: []byte(`{"resourceType":"Patient","id":"1"}`)},
		`{"resourceType":"Patient","id":"1"}`: {Type: "Patient", ID: "1", VersionID: "5", Modified: when, Body: []byte(`{"resourceType":"Patient","id":"1"}`)},
		`{"id":"1","meta":{"versionId":"4","lastUpdated":"2026-03-04T07:06:07.5+02:00"},"resourceType":"Patient"}`: {Type: "Patient", ID: "1", VersionID: "4", Modified: when.Add(time.Second / 2), Body: []byte(`{"id":"1","meta":{"versionId":"4","lastUpdated":"2026-03-04T07:06:07.5+02:00"},"resourceType":"Patient"}`)},
		`{"resourceType":"Patient","id":"1","meta":{"versionId":"a\"b","lastUpdated":"yesterday"}}`:                {Type: "Patient", ID: "1", VersionID: "5", Modified: when, Body: []byte(`{"resourceType":"Patient","id":"1","meta":{"versionId":"a\"b","lastUpdated":"yesterday"}}`)},
	} {
		resp, err := client(t, fhir.R4, upstreamBase).Decode(req, &wire.Reply{Status: 200, Header: h, Body: []byte(body)})
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		if diff := cmp.Diff(&want, resp.Resource, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s:\n%s", body, diff)
		}
	}
}
