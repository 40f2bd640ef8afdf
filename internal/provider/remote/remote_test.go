package remote_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/remote"
)

func TestMain(m *testing.M) { await.Main(m) }

// A heard call is what the provider got.
type heard struct {
	Method, Target, Body string
	Header               http.Header
}

// A provider is a server on a loopback port that keeps what it heard.
type provider struct {
	*httptest.Server
	mu    sync.Mutex
	calls []heard
}

func serve(t testing.TB, answer http.HandlerFunc) *provider {
	t.Helper()
	p := &provider{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		p.mu.Lock()
		p.calls = append(p.calls, heard{r.Method, r.URL.RequestURI(), string(b), r.Header.Clone()})
		p.mu.Unlock()
		r.Body = io.NopCloser(strings.NewReader(string(b)))
		answer(w, r)
	}))
	t.Cleanup(p.Close)
	t.Cleanup(p.Client().CloseIdleConnections)
	return p
}

func (p *provider) heard() []heard {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

// link is the remote of a provider; more changes its configuration.
func link(t testing.TB, p *provider, more func(*remote.Config)) *remote.Remote {
	t.Helper()
	cfg := remote.Config{Version: fhir.R4, Base: p.URL + "/fhir", HTTP: p.Client()}
	if more != nil {
		more(&cfg)
	}
	r, err := remote.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func answers(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

const (
	onePatient = `{"resourceType":"Patient","id":"1","meta":{"versionId":"1"}}`
	noPatients = `{"resourceType":"Bundle","type":"searchset","total":0}`
)

var (
	read   = &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "1"}
	byName = &fhir.Request{Interaction: fhir.Search, Type: "Patient", Params: []fhir.Param{{Name: "family", Value: "Okafor"}}}
	female = &fhir.Request{Interaction: fhir.Search, Type: "Patient", Params: []fhir.Param{{Name: "gender", Value: "female"}}}
)

// forTenant is the context of a client's request, with all that must not go
// on to the provider.
func forTenant(t testing.TB, tenant string) context.Context {
	t.Helper()
	ctx := access.WithPrincipal(t.Context(), access.Principal{Tenant: tenant, ClientID: "client", UserAgent: "Teams/1.0"})
	return access.WithRequestID(ctx, "req-1")
}

// What goes with a call, and what does not.
func TestHeaders(t *testing.T) {
	t.Parallel()
	p := serve(t, answers(200, onePatient))
	r := link(t, p, func(c *remote.Config) {
		c.Headers = map[string]string{"X-Tenant": "t-{tenant}", "x-static": "s"}
		c.Media = "application/json"
	})
	if _, err := r.Do(forTenant(t, "a1"), read); err != nil {
		t.Fatal(err)
	}
	got := p.heard()[0]
	want := http.Header{
		"Accept": {"application/json"}, "Accept-Encoding": {"gzip"}, "User-Agent": {"Wardbridge"}, "X-Request-Id": {"req-1"},
		"X-Tenant": {"t-a1"}, "X-Static": {"s"},
	}
	for name := range got.Header {
		if got.Header.Get(name) != want.Get(name) {
			t.Errorf("%s: %q, want %q", name, got.Header.Values(name), want.Values(name))
		}
	}
	if len(got.Header) != len(want) || got.Target != "/fhir/Patient/1" {
		t.Errorf("heard %+v", got)
	}
}

// Each interaction goes where FHIR has it, in the version's own media type.
func TestTargets(t *testing.T) {
	t.Parallel()
	for v, media := range map[fhir.Version]string{fhir.DSTU2: "application/json+fhir", fhir.STU3: "application/fhir+json", fhir.R4: "application/fhir+json"} {
		p := serve(t, answers(200, noPatients))
		r := link(t, p, func(c *remote.Config) { c.Version, c.Search = v, remote.SearchGet })
		body := []byte(`{"resourceType":"Patient"}`)
		order := "_sort=-birthdate,name"
		if v == fhir.DSTU2 {
			order = "_sort:desc=birthdate&_sort=name"
		}
		for _, tc := range []struct {
			req  fhir.Request
			want string
		}{
			{fhir.Request{Interaction: fhir.Capabilities}, "GET /fhir/metadata"},
			{fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "1"}, "GET /fhir/Patient/1"},
			{fhir.Request{Interaction: fhir.VRead, Type: "Patient", ID: "1", VersionID: "2"}, "GET /fhir/Patient/1/_history/2"},
			{fhir.Request{Interaction: fhir.Search, Type: "Patient", Params: []fhir.Param{{Name: "name", Value: "ö|"}, {Name: "_sort", Value: "-birthdate,name"}}}, "GET /fhir/Patient?name=%C3%B6%7C&" + order},
			{fhir.Request{Interaction: fhir.History, Type: "Patient"}, "GET /fhir/Patient/_history"},
			{fhir.Request{Interaction: fhir.Create, Type: "Patient", Body: body}, "POST /fhir/Patient"},
			{fhir.Request{Interaction: fhir.Update, Type: "Patient", ID: "1", Body: body}, "PUT /fhir/Patient/1"},
			{fhir.Request{Interaction: fhir.Update, Type: "Patient", Body: body, Conditional: true, Criteria: []fhir.Param{{Name: "identifier", Value: "a"}}}, "PUT /fhir/Patient?identifier=a"},
			{fhir.Request{Interaction: fhir.Delete, Type: "Patient", ID: "1"}, "DELETE /fhir/Patient/1"},
			{fhir.Request{Interaction: fhir.Batch, Entries: []fhir.Entry{{Request: read}}}, "POST /fhir"},
		} {
			_, _ = r.Do(forTenant(t, "a1"), &tc.req) // what is asked matters here, not the answer
			calls := p.heard()
			got := calls[len(calls)-1]
			if at := got.Method + " " + got.Target; at != tc.want || got.Header.Get("Accept") != media {
				t.Errorf("%v %v: heard %s with Accept %s, want %s with %s", v, tc.req.Interaction, at, got.Header.Get("Accept"), tc.want, media)
			}
			if got.Body != "" && got.Header.Get("Content-Type") != media {
				t.Errorf("%v %v: Content-Type %s", v, tc.req.Interaction, got.Header.Get("Content-Type"))
			}
		}
	}
}

// The tenant's mark in settings is filled from the principal, and only from
// there.
func TestTenantInBase(t *testing.T) {
	t.Parallel()
	p := serve(t, answers(200, noPatients[:len(noPatients)-1]+`,"link":[{"relation":"next","url":"Patient?page=2"}]}`))
	r := link(t, p, func(c *remote.Config) { c.Base += "/{tenant}/r4/?org={tenant}" })
	resp, err := r.Do(forTenant(t, "a 1"), female)
	if err != nil {
		t.Fatal(err)
	}
	next := *female
	next.Cursor = resp.Next
	if _, err := r.Do(forTenant(t, "b+2"), &next); err != nil {
		t.Fatal(err)
	}
	want := []string{"/fhir/a%201/r4/Patient?org=a%201&gender=female", "/fhir/b%2B2/r4/Patient?org=b%2B2&page=2"}
	for i, c := range p.heard() {
		if c.Target != want[i] {
			t.Errorf("heard %s, want %s", c.Target, want[i])
		}
	}
	if _, err := r.Do(t.Context(), female); fhir.AsError(err).Kind != fhir.KindUpstream || len(p.heard()) != 2 {
		t.Errorf("without a tenant: %v", err)
	}
}

// Names go into no URL, unless the provider takes no forms; that is remembered
// for a while.
func TestSearchAsForm(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 403, 404, 405, 415, 501} {
		now := time.Unix(1_800_000_000, 0)
		takes := false
		p := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && !takes {
				answers(status, `{}`)(w, r)
				return
			}
			answers(200, noPatients)(w, r)
		})
		r := link(t, p, func(c *remote.Config) { c.Clock = func() time.Time { return now } })
		ask := func(want ...string) {
			t.Helper()
			before := len(p.heard())
			if _, err := r.Do(t.Context(), byName); err != nil {
				t.Fatalf("%d: %v", status, err)
			}
			var got []string
			for _, c := range p.heard()[before:] {
				got = append(got, c.Method+" "+c.Target+" "+c.Body)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d: heard %q, want %q", status, got, want)
			}
		}
		form, url := "POST /fhir/Patient/_search family=Okafor", "GET /fhir/Patient?family=Okafor "
		ask(form, url)
		ask(url)
		takes = true
		now = now.Add(59 * time.Minute)
		ask(url)
		now = now.Add(2 * time.Minute)
		ask(form)
		ask(form)
	}
}

// A provider that takes forms and refuses one means the search: the names in it
// do not go into a URL after all.
func TestRefusedByWhoTakesForms(t *testing.T) {
	t.Parallel()
	refuse := false
	p := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if refuse {
			answers(400, `{}`)(w, r)
			return
		}
		answers(200, noPatients)(w, r)
	})
	r := link(t, p, nil)
	if _, err := r.Do(t.Context(), byName); err != nil {
		t.Fatal(err)
	}
	refuse = true
	if _, err := r.Do(t.Context(), byName); fhir.AsError(err).Kind != fhir.KindInvalid {
		t.Error(err)
	}
	for _, c := range p.heard() {
		if c.Method != http.MethodPost {
			t.Errorf("heard %s %s", c.Method, c.Target)
		}
	}
}

// A search that is refused either way says nothing about forms.
func TestRefusedEitherWay(t *testing.T) {
	t.Parallel()
	p := serve(t, answers(400, `{}`))
	r := link(t, p, nil)
	for range 2 {
		_, err := r.Do(t.Context(), byName)
		if fe := fhir.AsError(err); fe.Kind != fhir.KindInvalid || fe.Issues[0].Code != "not-supported" {
			t.Fatal(err)
		}
	}
	var got []string
	for _, c := range p.heard() {
		got = append(got, c.Method)
	}
	if !slices.Equal(got, []string{"POST", "GET", "POST", "GET"}) {
		t.Errorf("heard %v", got)
	}
}

// How a search is sent: by what is asked, or as it is set.
func TestFormOrURL(t *testing.T) {
	t.Parallel()
	long := []fhir.Param{{Name: "_id", Value: strings.Repeat("p1,", 600)}}
	for _, tc := range []struct {
		set, typ string
		params   []fhir.Param
		want     string
	}{
		{"", "Patient", []fhir.Param{{Name: "family:contains", Value: "x"}}, "POST"},
		{"", "Patient", []fhir.Param{{Name: "birthdate", Value: "ge2000"}}, "POST"},
		{"", "Patient", []fhir.Param{{Name: "gender", Value: "male"}}, "GET"},
		{"", "Observation", []fhir.Param{{Name: "patient", Value: "p1"}}, "GET"},
		{"", "Observation", []fhir.Param{{Name: "identifier", Value: "p1"}}, "GET"},
		{"", "Observation", []fhir.Param{{Name: "subject:Patient.family:exact", Value: "x"}}, "POST"},
		{"", "Observation", []fhir.Param{{Name: "patient.identifier", Value: "x"}}, "POST"},
		{"auto", "Observation", long, "POST"},
		{"get", "Patient", []fhir.Param{{Name: "family", Value: "x"}}, "GET"},
		{"post", "Observation", nil, "POST"},
	} {
		p := serve(t, answers(200, noPatients))
		r := link(t, p, func(c *remote.Config) { c.Search = tc.set })
		if _, err := r.Do(t.Context(), &fhir.Request{Interaction: fhir.Search, Type: tc.typ, Params: tc.params}); err != nil {
			t.Fatal(err)
		}
		if got := p.heard()[0]; got.Method != tc.want {
			t.Errorf("%q %s %v: sent with %s, want %s", tc.set, tc.typ, tc.params, got.Method, tc.want)
		} else if tc.want == "POST" && got.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
			t.Errorf("form sent as %s", got.Header.Get("Content-Type"))
		}
	}
}

// A signer gives tokens that it counts.
type signer struct {
	mu      sync.Mutex
	given   int
	refused []string
	again   bool
	err     error
}

func (s *signer) Authorize(_ context.Context, h http.Header) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.given++
	h.Set("Authorization", "Bearer t"+string(rune('0'+s.given)))
	return s.err
}

func (s *signer) Refused(_ context.Context, h http.Header) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = append(s.refused, h.Get("Authorization"))
	return s.again
}

// A call that is not let in is made once more, with another token, when there
// is one to be had.
func TestSignIn(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		accepts  string
		again    bool
		calls    int
		refused  string
		accepted bool
	}{
		{"at once", "Bearer t1", true, 1, "", true},
		{"at the second", "Bearer t2", true, 2, "Bearer t1", true},
		{"never", "Bearer t9", true, 2, "Bearer t1", false},
		{"no other to be had", "Bearer t2", false, 1, "Bearer t1", false},
	} {
		p := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != tc.accepts {
				answers(401, `{}`, "WWW-Authenticate", `Bearer realm="secret"`)(w, r)
				return
			}
			answers(200, onePatient)(w, r)
		})
		s := &signer{again: tc.again}
		_, err := link(t, p, func(c *remote.Config) { c.Authorize = s }).Do(t.Context(), read)
		if (err == nil) != tc.accepted || err != nil && fhir.AsError(err).Kind != fhir.KindUpstream {
			t.Errorf("%s: %v", tc.name, err)
		}
		if got := strings.Join(s.refused, " "); len(p.heard()) != tc.calls || got != tc.refused {
			t.Errorf("%s: %d calls, refused %q; want %d, %q", tc.name, len(p.heard()), got, tc.calls, tc.refused)
		}
	}
	p := serve(t, answers(200, onePatient))
	failing := &signer{err: fhir.Errorf(fhir.KindUnavailable, "transient", "no token")}
	_, err := link(t, p, func(c *remote.Config) { c.Authorize = failing }).Do(t.Context(), read)
	if !errors.Is(err, failing.err) || len(p.heard()) != 0 {
		t.Errorf("without a token: %v, %d calls", err, len(p.heard()))
	}
}

// What New does not take, and says why.
func TestNew(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]remote.Config{
		"HTTP":       {Base: "https://ehr.example"},
		"base":       {Base: "ehr.example", HTTP: &http.Client{}},
		"version":    {Version: 9, Base: "https://ehr.example", HTTP: &http.Client{}},
		"search":     {Base: "https://ehr.example", HTTP: &http.Client{}, Search: "GET"},
		"accept":     {Base: "https://ehr.example", HTTP: &http.Client{}, Headers: map[string]string{"accept": "x"}},
		"X Y":        {Base: "https://ehr.example", HTTP: &http.Client{}, Headers: map[string]string{"X Y": "x"}},
		"X-Injected": {Base: "https://ehr.example", HTTP: &http.Client{}, Headers: map[string]string{"X-Injected": "a\r\nb: c"}},
	} {
		if _, err := remote.New(cfg); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// Before the version is known only the statement can be asked, in any
// spelling.
func TestVersionNotKnown(t *testing.T) {
	t.Parallel()
	p := serve(t, answers(200, `{"resourceType":"Conformance","fhirVersion":"1.0.2"}`))
	r := link(t, p, func(c *remote.Config) { c.Version = 0 })
	resp, err := r.Do(t.Context(), &fhir.Request{Interaction: fhir.Capabilities})
	if err != nil || resp.Resource.Type != "Conformance" {
		t.Fatalf("%+v, %v", resp, err)
	}
	if accept := p.heard()[0].Header.Get("Accept"); !strings.Contains(accept, "application/json+fhir") || !strings.Contains(accept, "application/fhir+json") {
		t.Errorf("Accept %s", accept)
	}
	if _, err := r.Do(t.Context(), read); err == nil || len(p.heard()) != 1 {
		t.Errorf("a read goes out without a version: %v", err)
	}
}

// Each call is told of, without anything personal.
func TestObserve(t *testing.T) {
	t.Parallel()
	var got []remote.Call
	var gone atomic.Bool
	p := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case gone.Load():
			drop("", false)(w, r)
		case r.Method == http.MethodPost:
			answers(405, "")(w, r)
		default:
			answers(200, noPatients)(w, r)
		}
	})
	r := link(t, p, func(c *remote.Config) {
		c.Observe = func(_ context.Context, call remote.Call) { got = append(got, call) }
	})
	if _, err := r.Do(t.Context(), byName); err != nil {
		t.Fatal(err)
	}
	gone.Store(true)
	_, err := r.Do(t.Context(), byName)
	if len(got) != 3 || got[0].Status != 405 || got[1].Status != 200 || got[1].Bytes != len(noPatients) || got[1].Method != "GET" || got[1].Type != "Patient" {
		t.Fatalf("observed %+v", got)
	}
	if got[2].Status != 0 || got[2].Err == nil || strings.Contains(got[2].Err.Error(), "Okafor") || strings.Contains(err.Error(), "Okafor") {
		t.Errorf("observed %+v; error %v", got[2], err)
	}
}
