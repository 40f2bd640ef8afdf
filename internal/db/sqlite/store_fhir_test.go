package sqlite_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/db/sqlite"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhirstore"
)

// A rig is a FHIR store over a fresh file with a clock that the test moves.
type rig struct {
	t     testing.TB
	path  string
	store *fhirstore.Store
	raw   *sqlite.Store
	now   time.Time
}

func newRig(t testing.TB) *rig {
	t.Helper()
	r := &rig{t: t, path: filepath.Join(t.TempDir(), "store.db"), now: time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)}
	r.open()
	t.Cleanup(func() {
		if err := r.raw.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return r
}

func (r *rig) open() {
	r.t.Helper()
	var err error
	if r.raw, err = sqlite.OpenStore(r.t.Context(), r.path, fhir.R4, sqlite.Options{}); err != nil {
		r.t.Fatal(err)
	}
	n := 0
	r.store, err = fhirstore.New(fhirstore.Config{
		Storage: r.raw, Version: fhir.R4, Clock: func() time.Time { return r.now },
		NewID:     func() string { n++; return fmt.Sprintf("new-%d", n) },
		Statement: func() []byte { return []byte(`{"resourceType":"CapabilityStatement"}`) },
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) do(req *fhir.Request) *fhir.Response {
	r.t.Helper()
	resp, err := r.store.Do(r.t.Context(), req)
	if err != nil {
		r.t.Fatalf("%v %s/%s: %v", req.Interaction, req.Type, req.ID, err)
	}
	return resp
}

func (r *rig) fails(req *fhir.Request, kind fhir.Kind, code string) (issue fhir.Issue) {
	r.t.Helper()
	_, err := r.store.Do(r.t.Context(), req)
	var fe *fhir.Error
	if !errors.As(err, &fe) || fe.Kind != kind || fe.Issues[0].Code != code {
		r.t.Errorf("%v %s/%s: %v, want kind %d, code %s", req.Interaction, req.Type, req.ID, err, kind, code)
		return fhir.Issue{}
	}
	return fe.Issues[0]
}

func put(typ, id, body string) *fhir.Request {
	return &fhir.Request{Interaction: fhir.Update, Type: typ, ID: id, Body: []byte(body)}
}

func params(query string) []fhir.Param {
	var out []fhir.Param
	for p := range strings.SplitSeq(query, "&") {
		if name, value, ok := strings.Cut(p, "="); ok {
			out = append(out, fhir.Param{Name: name, Value: value})
		}
	}
	return out
}

func find(typ, query string) *fhir.Request {
	return &fhir.Request{Interaction: fhir.Search, Type: typ, Params: params(query)}
}

// ids are the matches of a search in order, included ones with a +.
func (r *rig) ids(typ, query string) string {
	r.t.Helper()
	var out []string
	for _, m := range r.do(find(typ, query)).Matches {
		id := m.ID
		if m.Mode == fhir.ModeInclude {
			id = "+" + m.Type + "/" + id
		}
		out = append(out, id)
	}
	return strings.Join(out, " ")
}

func TestStoreKeepsBytes(t *testing.T) {
	const stamp = `"versionId":"1","lastUpdated":"2024-05-01T12:00:00.000Z"`
	for _, tc := range []struct{ name, in, want string }{
		{"no meta", `{"resourceType":"Basic","id":"a","x":72.0}`, `{"resourceType":"Basic","id":"a","meta":{` + stamp + `},"x":72.0}`},
		{"nothing but a type", `{"resourceType":"Basic"}`, `{"resourceType":"Basic","id":"a","meta":{` + stamp + `}}`},
		{"type last", `{ "x":1e2 , "resourceType":"Basic" }`, `{ "x":1e2 , "resourceType":"Basic","id":"a","meta":{` + stamp + `} }`},
		{"own meta", `{"resourceType":"Basic","meta":{"versionId":"77","profile":["p"], "lastUpdated" : "2001-01-01T00:00:00Z"},"id":"a"}`, `{"resourceType":"Basic","meta":{"versionId":"1","profile":["p"], "lastUpdated" : "2024-05-01T12:00:00.000Z"},"id":"a"}`},
		{"empty meta", `{"resourceType":"Basic","id":"a","meta":{}}`, `{"resourceType":"Basic","id":"a","meta":{` + stamp + `}}`},
		{"null meta", `{"resourceType":"Basic","id":"a","meta":null}`, `{"resourceType":"Basic","id":"a","meta":{` + stamp + `}}`},
		{"escapes", `{"resourceType":"Basic","id":"a","é\u0041":"x\\\"😀","unknown":{"b":[1.10,-0.0]}}`, `{"resourceType":"Basic","id":"a","meta":{` + stamp + `},"é\u0041":"x\\\"😀","unknown":{"b":[1.10,-0.0]}}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t)
			if got := r.do(put("Basic", "a", tc.in)); string(got.Resource.Body) != tc.want || !got.Created {
				t.Errorf("update answers\n%s, want\n%s", got.Resource.Body, tc.want)
			}
			got := r.do(&fhir.Request{Interaction: fhir.Read, Type: "Basic", ID: "a"}).Resource
			if string(got.Body) != tc.want || got.VersionID != "1" || !got.Modified.Equal(r.now) {
				t.Errorf("read answers version %s of %v:\n%s, want\n%s", got.VersionID, got.Modified, got.Body, tc.want)
			}
		})
	}
}

func TestStoreVersions(t *testing.T) {
	r := newRig(t)
	read := &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "a"}
	r.fails(read, fhir.KindNotFound, "not-found")
	r.fails(&fhir.Request{Interaction: fhir.Read, Type: "Pateint", ID: "a"}, fhir.KindUnknownType, "not-supported")
	r.do(put("Patient", "a", `{"resourceType":"Patient","id":"a","gender":"male"}`))
	r.now = r.now.Add(-time.Hour) // a clock that is set back
	for i := 2; i <= 12; i++ {
		got := r.do(put("Patient", "a", `{"resourceType":"Patient","id":"a","gender":"female"}`)).Resource
		if got.VersionID != fmt.Sprint(i) || !strings.Contains(string(got.Body), fmt.Sprintf(`"versionId":"%d","lastUpdated":"2024-05-01T12:00:00.000Z"`, i)) || !json.Valid(got.Body) {
			t.Fatalf("version %d: %s %s", i, got.VersionID, got.Body)
		}
	}
	if got := r.ids("Patient", "gender=male"); got != "" {
		t.Errorf("found by what an older version said: %s", got)
	}
	stale := put("Patient", "a", `{"resourceType":"Patient","id":"a"}`)
	stale.IfMatch = "3"
	r.fails(stale, fhir.KindPrecondition, "conflict")
	stale.IfMatch = "12"
	r.do(stale)
	vread := &fhir.Request{Interaction: fhir.VRead, Type: "Patient", ID: "a", VersionID: "1"}
	if got := r.do(vread).Resource; !strings.Contains(string(got.Body), `"male"`) || got.VersionID != "1" {
		t.Errorf("vread of 1: %s", got.Body)
	}
	for _, v := range []string{"0", "14", "01", "x", ""} {
		vread.VersionID = v
		r.fails(vread, fhir.KindNotFound, "not-found")
	}
	del := &fhir.Request{Interaction: fhir.Delete, Type: "Patient", ID: "a"}
	if got := r.do(del).Resource; got.VersionID != "14" || got.Body != nil {
		t.Errorf("delete answers %+v", got)
	}
	r.do(del) // again: nothing happens
	r.fails(read, fhir.KindGone, "deleted")
	vread.VersionID = "14"
	r.fails(vread, fhir.KindGone, "deleted")
	if got := r.do(find("Patient", "")); got.Total != 0 || len(got.Matches) != 0 {
		t.Errorf("a deleted patient is found: %+v", got)
	}
	again := r.do(put("Patient", "a", `{"resourceType":"Patient","id":"a"}`))
	if !again.Created || again.Resource.VersionID != "15" {
		t.Errorf("after deletion: created %v, version %s", again.Created, again.Resource.VersionID)
	}
	read.IfNoneMatch = []string{"15"}
	if got := r.do(read); !got.NotModified || got.Resource.Body != nil {
		t.Errorf("conditional read: %+v", got)
	}
}

func TestStoreHistory(t *testing.T) {
	r := newRig(t)
	for i := range 5 {
		r.now = r.now.Add(time.Minute)
		r.do(put("Patient", fmt.Sprintf("p%d", i%2), fmt.Sprintf(`{"resourceType":"Patient","x":%d}`, i)))
		r.do(put("Basic", "b", `{"resourceType":"Basic"}`))
	}
	r.do(&fhir.Request{Interaction: fhir.Delete, Type: "Patient", ID: "p0"})
	for _, tc := range []struct{ typ, id, params, want string }{
		{"Patient", "p0", "", "p0/4- p0/3u p0/2u p0/1u"},
		{"Patient", "p0", "_count=3", "p0/4- p0/3u p0/2u | p0/1u"},
		{"Patient", "", "_count=4", "p0/4- p0/3u p1/2u p0/2u | p1/1u p0/1u"},
		{"Patient", "", "_since=2024-05-01T12:04:00Z", "p0/4- p0/3u p1/2u"},
		{"", "", "_count=9", "p0/4- b/5u p0/3u b/4u p1/2u b/3u p0/2u b/2u p1/1u | b/1u p0/1u"},
	} {
		req := &fhir.Request{Interaction: fhir.History, Type: tc.typ, ID: tc.id, Params: params(tc.params)}
		var got []string
		for {
			resp := r.do(req)
			for _, m := range resp.Matches {
				mode := map[fhir.Mode]string{fhir.ModeCreated: "c", fhir.ModeUpdated: "u", fhir.ModeDeleted: "-"}[m.Mode]
				got = append(got, m.ID+"/"+m.VersionID+mode)
			}
			if req.Cursor = resp.Next; req.Cursor == nil {
				break
			}
			got = append(got, "|")
		}
		if s := strings.Join(got, " "); s != tc.want {
			t.Errorf("history of %s/%s?%s = %s, want %s", tc.typ, tc.id, tc.params, s, tc.want)
		}
	}
	r.fails(&fhir.Request{Interaction: fhir.History, Type: "Patient", ID: "none"}, fhir.KindNotFound, "not-found")
	r.fails(&fhir.Request{Interaction: fhir.History, Cursor: []byte("x")}, fhir.KindGone, "not-found")
}

func TestStoreWritesRefused(t *testing.T) {
	r := newRig(t)
	long := strings.Repeat("a", 65)
	for _, tc := range []struct {
		name string
		req  *fhir.Request
		kind fhir.Kind
		code string
	}{
		{"id of another", put("Patient", "a", `{"resourceType":"Patient","id":"b"}`), fhir.KindInvalid, "invalid"},
		{"id no string", put("Patient", "1", `{"resourceType":"Patient","id":{}}`), fhir.KindInvalid, "invalid"},
		{"type of another", put("Patient", "a", `{"resourceType":"Basic","id":"a"}`), fhir.KindInvalid, "invalid"},
		{"no type", put("Patient", "a", `{"id":"a"}`), fhir.KindInvalid, "structure"},
		{"no object", put("Patient", "a", `[]`), fhir.KindInvalid, "structure"},
		{"cut off", put("Patient", "a", `{"resourceType":"Patient"`), fhir.KindInvalid, "structure"},
		{"bad id", put("Patient", "a b", `{"resourceType":"Patient","id":"a b"}`), fhir.KindInvalid, "value"},
		{"long id", put("Patient", long, `{"resourceType":"Patient"}`), fhir.KindInvalid, "value"},
		{"unknown type", put("Ward", "a", `{"resourceType":"Ward"}`), fhir.KindUnknownType, "not-supported"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r.t = t
			r.fails(tc.req, tc.kind, tc.code)
		})
	}
}

func TestStoreConditional(t *testing.T) {
	r := newRig(t)
	cond := func(i fhir.Interaction, query, body string) *fhir.Request {
		return &fhir.Request{Interaction: i, Type: "Patient", Body: []byte(body), Conditional: true, Criteria: params(query)}
	}
	body := func(v string) string {
		return `{"resourceType":"Patient","identifier":[{"system":"urn:mrn","value":"` + v + `"}]}`
	}
	first := r.do(cond(fhir.Create, "identifier=urn:mrn|1", body("1")))
	second := r.do(cond(fhir.Create, "identifier=urn:mrn|1", body("1")))
	if !first.Created || second.Created || first.Resource.ID != second.Resource.ID || second.Resource.VersionID != "1" {
		t.Errorf("conditional create: %+v, then %+v", first.Resource, second.Resource)
	}
	if got := r.do(cond(fhir.Update, "identifier=urn:mrn|1", body("1"))); got.Created || got.Resource.VersionID != "2" {
		t.Errorf("conditional update of one: %+v", got.Resource)
	}
	if got := r.do(cond(fhir.Update, "identifier=urn:mrn|2", body("2"))); !got.Created {
		t.Errorf("conditional update of none: %+v", got.Resource)
	}
	r.do(&fhir.Request{Interaction: fhir.Create, Type: "Patient", Body: []byte(body("2"))})
	for _, i := range []fhir.Interaction{fhir.Create, fhir.Update, fhir.Delete} {
		r.fails(cond(i, "identifier=urn:mrn|2", body("2")), fhir.KindPrecondition, "multiple-matches")
		r.fails(cond(i, "nonsense=1", body("2")), fhir.KindInvalid, "not-supported")
		r.fails(cond(i, "", body("2")), fhir.KindPrecondition, "invalid")
	}
	r.do(cond(fhir.Delete, "identifier=urn:mrn|1", ""))
	r.do(cond(fhir.Delete, "identifier=urn:mrn|1", ""))
	if got := r.do(find("Patient", "")).Total; got != 2 {
		t.Errorf("%d patients are left, want 2", got)
	}
}

func entry(fullURL string, i fhir.Interaction, typ, id, body string) fhir.Entry {
	return fhir.Entry{FullURL: fullURL, Request: &fhir.Request{Interaction: i, Type: typ, ID: id, Body: []byte(body)}}
}

func TestStoreTransaction(t *testing.T) {
	r := newRig(t)
	r.do(put("Practitioner", "dr", `{"resourceType":"Practitioner","identifier":[{"system":"urn:npi","value":"9"}]}`))
	r.do(put("Basic", "old", `{"resourceType":"Basic"}`))
	get := fhir.Entry{Request: find("Observation", "patient=Patient/new-1")}
	resp := r.do(&fhir.Request{Interaction: fhir.Transaction, Entries: []fhir.Entry{
		get,
		entry("http://x/fhir/Encounter/e", fhir.Update, "Encounter", "e", `{"resourceType":"Encounter","id":"e","subject":{"reference":"Patient/7"},"location":[{"location":{"reference":"Location/else"}}]}`),
		entry("urn:uuid:0001", fhir.Create, "Observation", "", `{"resourceType":"Observation","subject":{"reference":"http://x/fhir/Patient/7"},"encounter":{"reference":"http://x/fhir/Encounter/e"},"performer":[{"reference":"Practitioner?identifier=urn:npi|9"}],"note":[{"text":"urn:uuid:0001"}],"extension":[{"url":"urn:uuid:0002","valueReference":{"reference":"urn:uuid:0001"}}]}`),
		entry("http://x/fhir/Patient/7", fhir.Create, "Patient", "", `{"resourceType":"Patient","id":"7"}`),
		entry("", fhir.Delete, "Basic", "old", ""),
	}})
	patient, observation := resp.Results[3].Response.Resource, resp.Results[2].Response.Resource
	for _, want := range []string{
		`"subject":{"reference":"Patient/` + patient.ID + `"}`, `"encounter":{"reference":"Encounter/e"}`, `"performer":[{"reference":"Practitioner/dr"}]`,
		`"text":"urn:uuid:0001"`, `"valueReference":{"reference":"Observation/` + observation.ID + `"}`, `"url":"urn:uuid:0002"`,
	} {
		if !strings.Contains(string(observation.Body), want) {
			t.Errorf("the observation lacks %s: %s", want, observation.Body)
		}
	}
	if got := string(resp.Results[1].Response.Resource.Body); !strings.Contains(got, `"Patient/`+patient.ID+`"`) || !strings.Contains(got, `"Location/else"`) {
		t.Errorf("the encounter: %s", got)
	}
	r.fails(&fhir.Request{Interaction: fhir.Read, Type: "Basic", ID: "old"}, fhir.KindGone, "deleted")
	if got := r.ids("Observation", "patient="+patient.ID); got != observation.ID {
		t.Errorf("found %q by the resolved reference, want %s", got, observation.ID)
	}
}

func TestStoreTransactionIsAtomic(t *testing.T) {
	r := newRig(t)
	good := entry("", fhir.Update, "Patient", "good", `{"resourceType":"Patient","id":"good"}`)
	stale := entry("", fhir.Update, "Patient", "b", `{"resourceType":"Patient","id":"b"}`)
	stale.Request.IfMatch = "4"
	for _, tc := range []struct {
		name string
		bad  fhir.Entry
		kind fhir.Kind
		code string
	}{
		{"bad body", entry("", fhir.Create, "Patient", "", `{"resourceType":"Basic"}`), fhir.KindInvalid, "invalid"},
		{"stale version", stale, fhir.KindPrecondition, "conflict"},
		{"same resource twice", entry("", fhir.Delete, "Patient", "good", ""), fhir.KindInvalid, "invalid"},
		{"conditional reference to none", entry("", fhir.Create, "Observation", "", `{"resourceType":"Observation","subject":{"reference":"Patient?identifier=none"}}`), fhir.KindPrecondition, "not-found"},
		{"read of none", fhir.Entry{Request: &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "none"}}, fhir.KindNotFound, "not-found"},
		{"refused before", fhir.Entry{Err: fhir.Errorf(fhir.KindInvalid, "required", "no request")}, fhir.KindInvalid, "required"},
		{"nested", fhir.Entry{Request: &fhir.Request{Interaction: fhir.Batch}}, fhir.KindInvalid, "not-supported"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r.t = t
			is := r.fails(&fhir.Request{Interaction: fhir.Transaction, Entries: []fhir.Entry{good, tc.bad}}, tc.kind, tc.code)
			if len(is.Expression) != 1 || !strings.HasPrefix(is.Expression[0], "Bundle.entry[") {
				t.Errorf("the issue names no entry: %+v", is)
			}
			r.fails(&fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "good"}, fhir.KindNotFound, "not-found")
			if n := r.do(find("Patient", "")).Total; n != 0 {
				t.Errorf("%d patients after a transaction that failed", n)
			}
		})
	}
}

func TestStoreBatch(t *testing.T) {
	r := newRig(t)
	resp := r.do(&fhir.Request{Interaction: fhir.Batch, Entries: []fhir.Entry{
		entry("", fhir.Update, "Patient", "a", `{"resourceType":"Patient","id":"a"}`),
		entry("", fhir.Update, "Patient", "b", `{"resourceType":"Basic","id":"b"}`),
		{Err: fhir.Errorf(fhir.KindMethod, "not-supported", "no")},
		{Request: &fhir.Request{Interaction: fhir.Transaction}},
		entry("", fhir.Update, "Patient", "c", `{"resourceType":"Patient","id":"c"}`),
	}})
	var got []bool
	for _, e := range resp.Results {
		got = append(got, e.Err == nil)
	}
	if diff := cmp.Diff([]bool{true, false, false, false, true}, got); diff != "" {
		t.Errorf("entries that went well (-want +got):\n%s", diff)
	}
}

func TestStoreSearch(t *testing.T) {
	r := newRig(t)
	r.do(put("Patient", "chen", `{"resourceType":"Patient","gender":"male","birthDate":"1957-06-05","name":[{"family":"陳","given":["大文"],"text":"陳大文"},{"family":"Chen"}],"managingOrganization":{"reference":"Organization/o"}}`))
	r.do(put("Patient", "ake", `{"resourceType":"Patient","gender":"female","birthDate":"1957-06","name":[{"family":"Ångström","given":["Åke","Bo"]}]}`))
	r.do(put("Patient", "void", `{"resourceType":"Patient"}`))
	r.do(put("Organization", "o", `{"resourceType":"Organization","name":"St. Mary's","partOf":{"reference":"Organization/top"}}`))
	r.do(put("Organization", "top", `{"resourceType":"Organization","name":"Trust"}`))
	for i := range 9 {
		r.do(put("Observation", fmt.Sprintf("v%d", i), fmt.Sprintf(`{"resourceType":"Observation","status":"final","text":{"div":"x"},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"subject":{"reference":"Patient/%s"},"effectiveDateTime":"2024-01-0%dT10:00:00Z"}`, []string{"chen", "ake"}[i%2], 9-i)))
	}
	for _, tc := range []struct{ typ, query, want string }{
		{"Patient", "", "ake chen void"},
		{"Patient", "_id=chen,nobody,ake", "ake chen"},
		{"Patient", "family=ngst", "ake"},
		{"Patient", "family=陳", "chen"},
		{"Patient", "name=大", "chen"},
		{"Patient", "name=ch", "chen"},
		{"Patient", "given=b", "ake"},
		{"Patient", "family:exact=Chen", "chen"},
		{"Patient", "family:exact=chen", ""},
		{"Patient", "name=zzz", ""},
		{"Patient", "gender=MALE", "chen"},
		{"Patient", "gender:not=male", "ake void"},
		{"Patient", "gender:missing=true", "void"},
		{"Patient", "birthdate=1957", "ake chen"},
		{"Patient", "birthdate=1957-06-05", "chen"},
		{"Patient", "birthdate=gt1957-06-06", "ake"},
		{"Patient", "birthdate=lt1957-06-05", "ake"},
		{"Patient", "_sort=-birthdate", "chen ake void"},
		{"Patient", "organization=o", "chen"},
		{"Patient", "_include=Patient:organization&_id=chen", "chen +Organization/o"},
		{"Patient", "_include=Patient:organization&_id=chen&_include:iterate=Organization:partof", "chen +Organization/o +Organization/top"},
		{"Patient", "_revinclude=Observation:patient&_id=chen", "chen +Observation/v0 +Observation/v2 +Observation/v4 +Observation/v6 +Observation/v8"},
		{"Patient", "_lastUpdated=gt2024-05-02", ""},
		{"Patient", "_lastUpdated=2024-05-01", "ake chen void"},
		{"Observation", "patient=chen&category=vital-signs&_sort=-date&_count=2", "v0 v2"},
		{"Observation", "subject=Patient/ake&code=http://loinc.org|8867-4&_sort=date", "v7 v5 v3 v1"},
		{"Observation", "patient=chen,ake&date=ge2024-01-08", "v0 v1"},
		{"Observation", "code=8867-4&date=2024-01-01", "v8"},
		{"Observation", "patient=nobody", ""},
	} {
		t.Run(tc.typ+"?"+tc.query, func(t *testing.T) {
			r.t = t
			if got := r.ids(tc.typ, tc.query); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
	r.t = t
	resp := r.do(find("Observation", "patient=chen&_sort=-date&_count=0"))
	if resp.Total != 5 || resp.Matches != nil || resp.Known != fhir.TotalExact {
		t.Errorf("_count=0: %+v", resp)
	}
	resp = r.do(find("Observation", "_id=v0&_elements=status"))
	want := `{"resourceType":"Observation","id":"v0","meta":{"versionId":"1","lastUpdated":"2024-05-01T12:00:00.000Z","tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]},"status":"final"}`
	if got := string(resp.Matches[0].Body); got != want {
		t.Errorf("_elements: %s, want %s", got, want)
	}
	r.fails(find("Patient", "birthdate=soon"), fhir.KindInvalid, "value")
	bad := find("Patient", "")
	bad.Cursor = []byte("nonsense")
	r.fails(bad, fhir.KindGone, "not-found")
}

func TestStorePagesAreStable(t *testing.T) {
	for _, query := range []string{"_count=3", "_count=3&_sort=-birthdate", "_count=3&gender=male&_sort=birthdate"} {
		t.Run(query, func(t *testing.T) {
			r := newRig(t)
			var want []string
			for i := range 10 {
				id := fmt.Sprintf("p%d", i)
				want = append(want, id)
				r.do(put("Patient", id, fmt.Sprintf(`{"resourceType":"Patient","gender":"male","birthDate":"19%d0"}`, i)))
			}
			var got []string
			req := find("Patient", query)
			for page := 0; ; page++ {
				resp := r.do(req)
				for _, m := range resp.Matches {
					got = append(got, m.ID)
				}
				if req.Cursor = resp.Next; req.Cursor == nil {
					break
				}
				// what comes and goes on pages already seen moves nothing
				r.do(&fhir.Request{Interaction: fhir.Delete, Type: "Patient", ID: got[0]})
				r.do(put("Patient", got[0], fmt.Sprintf(`{"resourceType":"Patient","gender":"male","birthDate":"19%s0"}`, got[0][1:])))
			}
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("every patient once (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStoreReindexes(t *testing.T) {
	r := newRig(t)
	for i := range 20 {
		r.do(put("Patient", fmt.Sprintf("p%02d", i), fmt.Sprintf(`{"resourceType":"Patient","name":[{"family":"Name%02d"}]}`, i)))
	}
	err := r.raw.Write(t.Context(), func(ctx context.Context, tx fhirstore.Tx) error {
		return errors.Join(tx.ClearIndex(ctx), tx.SetMeta(ctx, "index.version", "older"), tx.SetMeta(ctx, "index.building", "older"))
	})
	if err := errors.Join(err, r.raw.Close()); err != nil {
		t.Fatal(err)
	}
	r.open()
	done := 0
	if err := r.store.Reindex(t.Context(), func(n int) { done = n }); err != nil || done != 20 {
		t.Errorf("Reindex: %v, %d done, want 20", err, done)
	}
	if got := r.ids("Patient", "family=ame07"); got != "p07" {
		t.Errorf("found %q after a rebuild, want p07", got)
	}
}
