package app_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/app"
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/people"
)

const someTenant = "11111111-1111-4111-8111-111111111111"

// stated is a capability statement with a token URL.
func stated(version, tokenURL string) string {
	security := ""
	if tokenURL != "" {
		security = `"security":{"extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris","extension":[{"url":"token","valueUri":"` + tokenURL + `"}]}]},`
	}
	return `{"resourceType":"CapabilityStatement","status":"active","kind":"instance","date":"2026","fhirVersion":"` + version + `","format":["json"],"rest":[{"mode":"server",` +
		security + `"resource":[{"type":"Patient"},{"type":"Observation"}]}]}`
}

// partnerServer is a record system that wants a token for a tenant.
func partnerServer(t *testing.T, statement func(origin string) string) *httptest.Server {
	t.Helper()
	var srv *httptest.Server
	srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/fhir/metadata":
			_, _ = io.WriteString(w, statement(srv.URL))
		case "/token":
			switch {
			case r.FormValue("client_id") != "app" || r.FormValue("client_secret") != "right":
				w.WriteHeader(http.StatusUnauthorized)
				_, _ = io.WriteString(w, `{"error":"invalid_client"}`)
			case r.FormValue("scope") != someTenant:
				w.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(w, `{"error":"invalid_scope"}`)
			default:
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, `{"access_token":"t","token_type":"Bearer","expires_in":3600}`)
			}
		default:
			if r.Header.Get("Authorization") != "Bearer t" && !strings.Contains(statement(srv.URL), "open") {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			_, _ = io.WriteString(w, `{"resourceType":"Bundle","type":"searchset","total":0}`)
		}
	}))
	t.Cleanup(srv.Close)
	return srv
}

// An office is a space whose owner connects it.
type office struct {
	t     *testing.T
	s     *app.System
	ctx   context.Context //nolint:containedctx // of the owner
	space string
}

func newOffice(t *testing.T, allow ...netip.Prefix) *office {
	t.Helper()
	cfg := config(t)
	cfg.Outbound.Allow = allow
	return newOfficeOf(t, open(t, cfg))
}

func newOfficeOf(t *testing.T, s *app.System) *office {
	t.Helper()
	owner := people.Person{ID: "owner", Name: "Owner", Admin: true}
	if err := s.People.PutDemoPerson(t.Context(), owner); err != nil {
		t.Fatal(err)
	}
	ctx := people.With(t.Context(), owner)
	space, err := s.Patients.CreateSpace(ctx, "Ward", "UTC")
	if err != nil {
		t.Fatal(err)
	}
	return &office{t, s, ctx, space.ID}
}

// steps connects and gives how each step went, in one line each.
func (o *office) steps(in patients.ConnectRequest) (string, patients.ConnectStep, error) {
	o.t.Helper()
	in.Space = o.space
	var out []string
	var last patients.ConnectStep
	err := o.s.Patients.Connect(o.ctx, in, func(s patients.ConnectStep) {
		last = s
		if s.Outcome == patients.OutcomeRunning || s.Outcome == patients.OutcomeSkipped && s.Detail == "" {
			return
		}
		line := s.Step + " " + s.Outcome
		if s.Outcome == patients.OutcomeFailed {
			line += " " + s.Detail
		}
		if len(s.Need) > 0 {
			line += " need " + strings.Join(s.Need, ",")
		}
		out = append(out, strings.TrimSpace(line))
	})
	return strings.Join(out, "\n"), last, err
}

func loopbackNet() netip.Prefix { return netip.MustParsePrefix("127.0.0.0/8") }

func TestConnectSaysWhereItEnds(t *testing.T) {
	token := partnerServer(t, func(origin string) string { return stated("4.0.1", origin+"/token") })
	open := partnerServer(t, func(string) string { return strings.Replace(stated("3.0.2", ""), `"kind"`, `"name":"open","kind"`, 1) })
	closed := partnerServer(t, func(string) string { return stated("4.0.1", "") })
	r5 := partnerServer(t, func(string) string { return stated("5.0.0", "") })
	page := partnerServer(t, func(string) string { return `<html>` })
	noName := strings.Repeat("x", 64) + ".example" // a part has 63 letters at most: no network is asked
	o := newOffice(t, loopbackNet())
	mine := patients.ConnectRequest{ClientID: "app", Secret: "right", Tenant: someTenant}
	with := func(in patients.ConnectRequest, link string) patients.ConnectRequest { in.Link = link; return in }
	for _, tt := range []struct {
		name string
		in   patients.ConnectRequest
		want string
	}{
		{"all is well", with(mine, token.URL+"/fhir//metadata/"), "reachable ok\nstatement ok\nversion ok\ntoken ok\nsearch ok\ndone ok"},
		{"an open one", patients.ConnectRequest{Link: open.URL + "/fhir"}, "reachable ok\nstatement ok\nversion ok\ntoken skipped\nsearch ok\ndone ok"},
		{"nobody there", patients.ConnectRequest{Link: "http://127.0.0.1:1/fhir"}, "reachable failed ehr-down\ndone failed"},
		{"no such name", patients.ConnectRequest{Link: "https://" + noName + "/fhir"}, "reachable failed connect-host\ndone failed"},
		{"no FHIR", patients.ConnectRequest{Link: page.URL + "/fhir"}, "reachable ok\nstatement failed connect-not-fhir\ndone failed"},
		{"another address of the server", patients.ConnectRequest{Link: page.URL + "/other"}, "reachable ok\nstatement failed ehr-refused-credentials\ndone failed"},
		{"a version that is not spoken", patients.ConnectRequest{Link: r5.URL + "/fhir"}, "reachable ok\nstatement ok\nversion failed connect-version\ndone failed"},
		{"credentials are wanted", patients.ConnectRequest{Link: token.URL + "/fhir"}, "reachable ok\nstatement ok\nversion ok\ntoken failed connect-credentials need clientID,secret,tenant\ndone failed"},
		{"a wrong secret", with(patients.ConnectRequest{ClientID: "app", Secret: "wrong", Tenant: someTenant}, token.URL+"/fhir"), "reachable ok\nstatement ok\nversion ok\ntoken failed connect-client need clientID,secret\ndone failed"},
		{"a tenant is wanted", with(patients.ConnectRequest{ClientID: "app", Secret: "right"}, token.URL+"/fhir"), "reachable ok\nstatement ok\nversion ok\ntoken failed connect-tenant need tenant\ndone failed"},
		{"a search is refused", patients.ConnectRequest{Link: closed.URL + "/fhir"}, "reachable ok\nstatement ok\nversion ok\ntoken skipped\nsearch failed connect-credentials need clientID,secret\ndone failed"},
	} {
		got, last, err := o.steps(tt.in)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if last.Connection != nil && last.Connection.ID != "" {
			t.Errorf("%s: a try was saved", tt.name)
		}
	}
	if v := o.connections(); len(v) != 0 {
		t.Errorf("connections %+v", v)
	}
}

func (o *office) connections() []patients.Connection {
	o.t.Helper()
	v, err := o.s.Patients.Space(o.ctx, o.space)
	if err != nil {
		o.t.Fatal(err)
	}
	return v.Connections
}

// A refused private address says so; the catalogue names the key that allows it.
func TestConnectRefusesPrivateAddresses(t *testing.T) {
	h := newHospital(t, 0, true)
	o := newOffice(t)
	got, _, err := o.steps(patients.ConnectRequest{Link: h.URL + "/fhir"})
	if err != nil || got != "reachable failed "+chart.ReasonAddress+"\ndone failed" {
		t.Errorf("%q, %v", got, err)
	}
	if n := h.calls.Load(); n != 0 {
		t.Errorf("%d calls reached it", n)
	}
}

func TestConnectJudgesWhatIsTyped(t *testing.T) {
	o := newOffice(t, loopbackNet())
	for _, tt := range []struct {
		name, code, field string
		in                patients.ConnectRequest
	}{
		{"a tenant without credentials of one's own", "tenant-needs-credentials", "tenant", patients.ConnectRequest{Link: "https://x.example", Tenant: someTenant}},
		{"a tenant with an id alone", "tenant-needs-credentials", "tenant", patients.ConnectRequest{Link: "https://x.example", Tenant: someTenant, ClientID: "a"}},
		{"a choice that is not offered", "invalid", "choice", patients.ConnectRequest{Choice: "demo-r4"}},
		{"a tenant that is none", "invalid", "tenant", patients.ConnectRequest{Link: "https://x.example", Tenant: "x", ClientID: "a", Secret: "b"}},
		{"no link", "invalid", "link", patients.ConnectRequest{}},
		{"another scheme", "invalid", "link", patients.ConnectRequest{Link: "ftp://x.example"}},
		{"a password in the link", "invalid", "link", patients.ConnectRequest{Link: "https://a:b@x.example"}},
		{"a query", "invalid", "link", patients.ConnectRequest{Link: "https://x.example/fhir?key=1"}},
		{"no name to save by", "invalid", "name", patients.ConnectRequest{Link: "https://x.example", Save: true}},
	} {
		got, _, err := o.steps(tt.in)
		p, ok := errors.AsType[*operation.Problem](err)
		if !ok || p.Code != tt.code || p.Errors[tt.field] == "" || got != "" {
			t.Errorf("%s: %v, steps %q", tt.name, err, got)
		}
	}
}

// A secret is kept sealed for its connection, and never given back.
func TestSavedConnection(t *testing.T) {
	srv := partnerServer(t, func(origin string) string { return stated("4.0.1", origin+"/token") })
	o := newOffice(t, loopbackNet())
	in := patients.ConnectRequest{Name: "Hospital", Link: srv.URL + "/fhir", ClientID: "app", Secret: "right", Tenant: "{" + strings.ToUpper(someTenant) + "}", Save: true}
	_, last, err := o.steps(in)
	if err != nil || last.Connection == nil {
		t.Fatal(last, err)
	}
	all := o.connections()
	if len(all) != 1 {
		t.Fatalf("connections %+v", all)
	}
	c := all[0]
	if c.Link != srv.URL+"/fhir" || c.Version != "r4" || c.Auth != "client_secret_post" || c.Tenant != someTenant || c.TokenURL != srv.URL+"/token" || c.LastOK.IsZero() {
		t.Errorf("%+v", c)
	}
	if diff := cmp.Diff([]string{"Condition", "AllergyIntolerance", "MedicationRequest", "Encounter", "Coverage", "Location"}, withoutStatement(c.Missing)); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
	var done patients.ConnectStep
	if err := o.s.Patients.TestConnection(o.ctx, o.space, c.ID, func(s patients.ConnectStep) { done = s }); err != nil || done.Outcome != patients.OutcomeOK {
		t.Errorf("the test of it: %+v, %v", done, err)
	}
	if r, err := o.s.Patients.Search(o.ctx, patients.SearchRequest{Space: o.space, Text: "Okafor"}); err != nil || r.Total != 0 || r.Known != "exact" {
		t.Errorf("search: %+v, %v", r, err)
	}
	if err := o.s.Patients.RemoveConnection(o.ctx, o.space, c.ID); err != nil {
		t.Fatal(err)
	}
	if all := o.connections(); len(all) != 0 {
		t.Errorf("after its removal: %+v", all)
	}
	if err := o.s.Patients.TestConnection(o.ctx, o.space, c.ID, func(patients.ConnectStep) {}); err == nil {
		t.Error("a removed connection was tested")
	}
	if _, err := o.s.Patients.Search(o.ctx, patients.SearchRequest{Space: o.space, Text: "Okafor"}); err == nil {
		t.Error("a space without a connection was searched")
	}
}

// A ready-made partner is asked with the operator's credentials, for the tenant
// that the operator or the space's people have, and for no other; and only at
// the address that is configured.
func TestReadyMadePartner(t *testing.T) {
	srv := partnerServer(t, func(origin string) string { return stated("4.0.1", origin+"/token") })
	cfg := config(t)
	cfg.Outbound.Allow = []netip.Prefix{loopbackNet()}
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("right\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg.Patients.Partners = app.Partners{
		{ID: "hospital", Name: "General Hospital", Link: srv.URL + "/fhir", ClientID: "app", SecretFile: secret, Tenant: someTenant},
		{ID: "other", Link: srv.URL + "/fhir", ClientID: "app", SecretFile: secret + ".absent", Tenant: someTenant},
		{ID: "link", Link: srv.URL + "/fhir"},
	}
	o := newOfficeOf(t, open(t, cfg))
	choices, err := o.s.Patients.ConnectionChoices(o.ctx, o.space)
	if err != nil {
		t.Fatal(err)
	}
	ready := map[string]bool{}
	for _, c := range choices {
		ready[c.ID] = c.Ready
	}
	if diff := cmp.Diff(map[string]bool{"hospital": true, "other": false, "link": false}, ready); diff != "" {
		t.Errorf("ready (-want +got):\n%s", diff)
	}
	if _, _, err := o.steps(patients.ConnectRequest{Choice: "hospital", Tenant: "22222222-2222-4222-8222-222222222222"}); err == nil {
		t.Error("the operator's credentials were used for a tenant that someone typed")
	}
	got, _, err := o.steps(patients.ConnectRequest{Choice: "other"})
	if err != nil || !strings.Contains(got, "token failed connect-credentials") {
		t.Errorf("a partner that is not ready: %q, %v", got, err)
	}
	got, last, err := o.steps(patients.ConnectRequest{Choice: "hospital", Save: true})
	if err != nil || last.Connection == nil || last.Connection.Name != "General Hospital" || last.Connection.ClientID != "" {
		t.Fatalf("%q %+v %v", got, last.Connection, err)
	}
	if _, err := o.s.Patients.Search(o.ctx, patients.SearchRequest{Space: o.space, Text: "Okafor"}); err != nil {
		t.Error(err)
	}
}

// withoutStatement leaves out the other type of medicines, which is listed
// where neither is offered.
func withoutStatement(types []string) (out []string) {
	for _, typ := range types {
		if typ != "MedicationStatement" {
			out = append(out, typ)
		}
	}
	return out
}
