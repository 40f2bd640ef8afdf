package app_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/app"
	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/patients/api"
)

// A browser is one person's, with its own cookies.
type browser struct {
	t      *testing.T
	origin string
	client *http.Client
}

func newBrowser(t *testing.T, origin string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{t: t, origin: origin, client: &http.Client{Jar: jar, Transport: transport}}
}

func (b *browser) send(method, path string, in any) *http.Response {
	b.t.Helper()
	var body io.Reader = http.NoBody
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			b.t.Fatal(err)
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.origin+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", b.origin)
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp
}

// do asks, and wants a status. What was answered goes into out.
func (b *browser) do(want int, method, path string, in, out any) {
	b.t.Helper()
	resp := b.send(method, path, in)
	text, err := io.ReadAll(resp.Body)
	if err = cmpErr(err, resp.Body.Close()); err != nil {
		b.t.Fatal(err)
	}
	if resp.StatusCode != want {
		b.t.Fatalf("%s %s: status %d, want %d: %s", method, path, resp.StatusCode, want, text)
	}
	if got := resp.Header.Get("Cache-Control"); got != "no-store" {
		b.t.Errorf("%s %s: Cache-Control %q", method, path, got)
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			b.t.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
}

func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// refused wants a problem, and gives it.
func (b *browser) refused(status int, code, method, path string, in any) operation.Problem {
	b.t.Helper()
	var p operation.Problem
	b.do(status, method, path, in, &p)
	if p.Code != code || p.Status != status || p.Request == "" || p.Detail == "" {
		b.t.Errorf("%s %s: %+v, want %s", method, path, p, code)
	}
	return p
}

// welcome makes an account with a one-time link.
func (b *browser) welcome(link, name, username string) api.Session {
	b.t.Helper()
	_, token, ok := strings.Cut(link, "#")
	if !ok {
		b.t.Fatalf("the link %q holds no token", link)
	}
	var s api.Session
	b.do(http.StatusOK, http.MethodPost, "/api/session/first", api.FirstAccount{Token: token, Name: name, Username: username, Password: "correct horse 電池 staple"}, &s)
	return s
}

// TestPatientsApp goes through the app as two people do, from the first account
// to a list on which both work, and a third who may not enter.
func TestPatientsApp(t *testing.T) {
	s := open(t, config(t))
	origin, _ := serve(t, s)
	owner, nurse, other := newBrowser(t, origin), newBrowser(t, origin), newBrowser(t, origin)

	var session api.Session
	owner.do(http.StatusOK, http.MethodGet, "/api/session", nil, &session)
	if session.Person != nil || !session.SignIn.FirstRun || session.SignIn.Demo == nil || len(session.SignIn.Demo) > 0 {
		t.Fatalf("before the first account: %+v", session)
	}
	owner.refused(http.StatusUnauthorized, "not-signed-in", http.MethodPost, "/api/patients/spaces", api.SpaceInput{Name: "Ward 7", Zone: "Asia/Taipei"})
	link, err := s.People.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := owner.welcome(link, "Ward manager", "manager"); got.Person == nil || !got.Person.Admin {
		t.Fatalf("the first account: %+v", got)
	}
	account := func(b *browser, name, username string) string {
		t.Helper()
		var invited api.Invited
		owner.do(http.StatusOK, http.MethodPost, "/api/people", api.PersonInput{Name: name, Username: username}, &invited)
		return b.welcome(invited.Path, name, username).Person.ID
	}
	nurseID := account(nurse, "Nurse", "nurse")
	account(other, "Nurse elsewhere", "elsewhere")

	var space api.SpaceView
	owner.do(http.StatusOK, http.MethodPost, "/api/patients/spaces", api.SpaceInput{Name: "Ward 7", Zone: "Asia/Taipei"}, &space)
	at := "/api/patients/spaces/" + space.Space.ID
	manual := true
	owner.do(http.StatusOK, http.MethodPatch, at, map[string]any{"version": space.Space.Version, "manual": manual}, &space)
	owner.do(http.StatusOK, http.MethodPut, at+"/members/"+nurseID, map[string]any{"role": patients.Member}, nil)

	var list patients.List
	nurse.do(http.StatusOK, http.MethodPost, at+"/lists", map[string]any{"name": "North"}, &list)
	lists := "/api/patients/lists/" + list.ID
	var added api.Added
	nurse.do(http.StatusOK, http.MethodPost, lists+"/entries", map[string]any{"patients": []api.AddPatient{
		{Identity: chart.Identity{Family: "Sample", Given: "One", Born: "1950-02-03"}, Bed: "1"},
	}}, &added)
	if len(added.Entries) != 1 {
		t.Fatalf("added %+v", added)
	}
	entry := "/api/patients/entries/" + added.Entries[0].ID

	t.Run("a stream tells the other", func(t *testing.T) { streams(t, owner, nurse, lists, entry) })
	t.Run("a conflicting edit shows both", func(t *testing.T) {
		p := owner.refused(http.StatusPreconditionFailed, "conflict", http.MethodPut, entry+"/fields/summary", map[string]any{"base": 0, "value": "mine"})
		if text, err := json.Marshal(p.Current); err != nil || !strings.Contains(string(text), "from the nurse") {
			t.Errorf("what is there now: %s, %v", text, err)
		}
	})
	t.Run("who is not of the space finds nothing", func(t *testing.T) {
		for _, path := range []string{at, at + "/lists", at + "/members", at + "/audit", lists, lists + "/stream", entry, entry + "/sections/vitals"} {
			other.refused(http.StatusNotFound, "not-found", http.MethodGet, path, nil)
		}
		other.refused(http.StatusNotFound, "not-found", http.MethodPost, lists+"/seen", map[string]any{"upTo": 1})
		other.refused(http.StatusNotFound, "not-found", http.MethodPut, entry+"/fields/summary", map[string]any{"base": 0, "value": "x"})
		other.refused(http.StatusForbidden, "forbidden", http.MethodPost, "/api/people", api.PersonInput{Name: "x", Username: "x.y"})
	})
	t.Run("a member does not set the space up", func(t *testing.T) {
		nurse.refused(http.StatusForbidden, "forbidden", http.MethodGet, at+"/members", nil)
		nurse.refused(http.StatusForbidden, "forbidden", http.MethodPut, at+"/members/"+nurseID, map[string]any{"role": patients.Owner})
	})
	t.Run("the record says who opened the patient, and no more", func(t *testing.T) {
		nurse.do(http.StatusOK, http.MethodGet, entry, nil, nil)
		var page api.AuditPage
		owner.do(http.StatusOK, http.MethodGet, at+"/audit?entry="+added.Entries[0].ID, nil, &page)
		opened := false
		for _, e := range page.Entries {
			opened = opened || e.Person == nurseID && e.List == list.ID
		}
		if text, err := json.Marshal(page); err != nil || !opened || strings.Contains(string(text), "from the nurse") {
			t.Errorf("%s, %v", text, err)
		}
	})
	t.Run("signing out ends it", func(t *testing.T) {
		nurse.do(http.StatusNoContent, http.MethodDelete, "/api/session", nil, nil)
		nurse.refused(http.StatusUnauthorized, "not-signed-in", http.MethodGet, lists, nil)
	})
}

// streams holds that a change by the nurse reaches the owner's stream, as a
// mark of the owner's, and is none of the nurse's.
func streams(t *testing.T, owner, nurse *browser, lists, entry string) {
	var view patients.ListView
	owner.do(http.StatusOK, http.MethodGet, lists, nil, &view)
	owner.do(http.StatusOK, http.MethodPost, lists+"/seen", map[string]any{"upTo": view.Seq}, nil)
	resp := owner.send(http.MethodGet, fmt.Sprintf("%s/stream?after=%d", lists, view.Seq), nil)
	defer resp.Body.Close() //nolint:errcheck // it is cut off
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || got != "text/event-stream" {
		t.Fatalf("status %d, %s", resp.StatusCode, got)
	}
	events := bufio.NewScanner(resp.Body)
	next := func(kind string) patients.Event {
		t.Helper()
		for events.Scan() {
			var e patients.Event
			data, ok := strings.CutPrefix(events.Text(), "data: ")
			if !ok {
				continue
			}
			if err := json.Unmarshal([]byte(data), &e); err != nil {
				t.Fatalf("%v in %s", err, data)
			}
			if e.Kind == kind {
				return e
			}
		}
		t.Fatalf("the stream ended before an event %s: %v", kind, events.Err())
		return patients.Event{}
	}
	next("hello")
	nurse.do(http.StatusOK, http.MethodPut, entry+"/fields/summary", map[string]any{"base": 0, "value": "from the nurse"}, nil)
	e := next("cell")
	if e.Column != "summary" || e.Cell == nil || len(e.Cell.Items) != 1 || e.Cell.Items[0].Text != "from the nurse" {
		t.Errorf("the event is %+v", e)
	}
	marks := func(b *browser) (out []string) {
		t.Helper()
		var view patients.ListView
		b.do(http.StatusOK, http.MethodGet, lists, nil, &view)
		for _, m := range view.Marks {
			out = append(out, m.Column+" "+m.Kind)
		}
		return out
	}
	if diff := cmp.Diff([]string(nil), marks(nurse)); diff != "" {
		t.Errorf("marks of who made the changes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"summary added"}, marks(owner)); diff != "" {
		t.Errorf("marks of the other (-want +got):\n%s", diff)
	}
}

// TestServerStopsWhileAStreamIsRead holds that a page left open does not keep
// the server from stopping.
func TestServerStopsWhileAStreamIsRead(t *testing.T) {
	s := open(t, config(t))
	origin, stop := serve(t, s)
	b := newBrowser(t, origin)
	link, err := s.People.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.welcome(link, "Ward manager", "manager")
	var space api.SpaceView
	b.do(http.StatusOK, http.MethodPost, "/api/patients/spaces", api.SpaceInput{Name: "Ward 7", Zone: "Asia/Taipei"}, &space)
	var list patients.List
	b.do(http.StatusOK, http.MethodPost, "/api/patients/spaces/"+space.Space.ID+"/lists", map[string]any{"name": "North"}, &list)
	resp := b.send(http.MethodGet, "/api/patients/lists/"+list.ID+"/stream", nil)
	defer resp.Body.Close() //nolint:errcheck // read to the end below
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("status %d", resp.StatusCode)
	}
	if err := stop(); err != nil { // it waits for running requests, at most limits.drain_time
		t.Error(err)
	}
	if _, err := io.ReadAll(resp.Body); err != nil {
		t.Errorf("the stream was cut off instead of ended: %v", err)
	}
}

// TestPatientsRoutes holds what stands beside the operations, and that records
// and metrics name patterns only.
func TestPatientsRoutes(t *testing.T) {
	cfg := config(t)
	cfg.Patients.FrameAncestors = app.Origins{"https://portal.example.org"}
	s := open(t, cfg)
	origin, _ := serve(t, s)
	b := newBrowser(t, origin)
	b.refused(http.StatusNotFound, "not-found", http.MethodGet, "/api/nowhere", nil)
	b.refused(http.StatusNotFound, "not-found", http.MethodGet, "/api", nil)
	b.refused(http.StatusMethodNotAllowed, "method-not-allowed", http.MethodPut, "/api/session", nil)
	b.refused(http.StatusNotFound, "not-found", http.MethodGet, "/patients/assets/none.js", nil)
	b.refused(http.StatusUnauthorized, "not-signed-in", http.MethodGet, "/api/patients/lists/SECRET-ID", nil)
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for path, want := range map[string]string{"/auth/start/SECRET-ID": "/patients/", "/auth/end?code=SECRET-ID": "/patients/", "/patients": "/patients/"} {
		resp := b.send(http.MethodGet, path, nil)
		if err := resp.Body.Close(); err != nil {
			t.Error(err)
		}
		if got := resp.Header.Get("Location"); !strings.HasPrefix(got, want) {
			t.Errorf("%s: status %d, to %q, want %s", path, resp.StatusCode, got, want)
		}
	}
	var doc struct{ OpenAPI string }
	b.do(http.StatusOK, http.MethodGet, "/api/openapi.json", nil, &doc)
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("openapi %q", doc.OpenAPI)
	}
	page := b.send(http.MethodGet, "/patients/lists/SECRET-ID", nil)
	if err := page.Body.Close(); err != nil {
		t.Error(err)
	}
	if csp := page.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self' 'nonce-") ||
		!strings.Contains(csp, "frame-ancestors 'self' https://*.cloud.microsoft ") || !strings.HasSuffix(csp, " https://portal.example.org") {
		t.Errorf("Content-Security-Policy %q", csp)
	}
	var metrics string
	for _, want := range []string{`"/auth/start/{issuer}"`, `"/auth/end"`, `"/api/patients/lists/{list}"`, `"/patients/{page}"`, `"/api/{unknown}"`} {
		await.That(t, "the metrics have "+want, func() bool { // a request is counted when its answer is sent
			_, metrics = get(t, b.client, origin+"/metrics")
			return strings.Contains(metrics, want)
		})
	}
	if strings.Contains(metrics, "SECRET") {
		t.Error("the metrics hold what was asked for")
	}
	if _, index := get(t, b.client, origin+"/"); !strings.Contains(index, `href="/patients/"`) {
		t.Error("the page at / does not lead to the Patients app")
	}
}
