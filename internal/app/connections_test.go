package app_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/app"
	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/patients/api"
)

// demo starts a demo's server and gives the pages of one of its people.
func demo(t *testing.T) *browser {
	t.Helper()
	cfg := config(t)
	cfg.Outbound.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	s, err := app.Open(t.Context(), app.Options{Config: cfg, Version: "test", Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := s.Demo(t.Context()); err != nil {
		t.Fatal(err)
	}
	origin, _ := serve(t, s)
	b := newBrowser(t, origin)
	var session api.Session
	b.get("/api/session", &session)
	i := slices.IndexFunc(session.SignIn.Demo, func(p api.DemoPerson) bool { return p.Role == patients.Owner })
	if i < 0 {
		t.Fatalf("the demo has no owner: %+v", session.SignIn)
	}
	b.do(http.StatusOK, "POST", "/api/session", api.SignIn{Demo: session.SignIn.Demo[i].ID}, nil)
	return b
}

func (b *browser) get(path string, out any) { b.t.Helper(); b.do(http.StatusOK, "GET", path, nil, out) }

// events reads a stream until take says that it has enough.
func events[T any](b *browser, method, path string, in any, take func(T) bool) {
	b.t.Helper()
	resp := b.send(method, path, in)
	late := time.AfterFunc(await.Patience, func() { _ = resp.Body.Close() })
	defer func() { late.Stop(); _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		body, _ := io.ReadAll(resp.Body)
		b.t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, body)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var e T
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			b.t.Fatalf("%v: %s", err, data)
		}
		if take(e) {
			return
		}
	}
	if err := lines.Err(); err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
}

// connect connects a space and gives the steps, by name, and the connection.
func (b *browser) connect(space string, in api.ConnectInput) (map[string]api.ConnectStep, *patients.Connection) {
	b.t.Helper()
	steps := map[string]api.ConnectStep{}
	events(b, "POST", "/api/patients/spaces/"+space+"/connections", in, func(s api.ConnectStep) bool {
		steps[s.Step] = s
		return s.Step == patients.StepDone
	})
	return steps, steps[patients.StepDone].Connection
}

func (b *browser) space() string {
	b.t.Helper()
	var made api.SpaceView
	b.do(http.StatusOK, "POST", "/api/patients/spaces", api.SpaceInput{Name: "Ward 7", Zone: "Europe/London"}, &made)
	return made.Space.ID
}

// The way of a newcomer through the demo: connect to each of its hospitals by
// choice, look for patients, put them on a list, and see their cells fill.
func TestDemoHospitalsThroughTheApp(t *testing.T) {
	b := demo(t)
	space := b.space()
	var choices api.ConnectionChoices
	b.get("/api/patients/spaces/"+space+"/connection-choices", &choices)
	if len(choices.Choices) != 3 {
		t.Fatalf("choices %+v", choices)
	}
	for _, c := range choices.Choices {
		if !c.Ready {
			t.Fatalf("%+v is not ready", c)
		}
		steps, connection := b.connect(space, api.ConnectInput{Choice: c.ID, Save: true})
		for _, name := range []string{patients.StepReachable, patients.StepStatement, patients.StepVersion, patients.StepToken, patients.StepSearch, patients.StepDone} {
			if steps[name].Outcome != patients.OutcomeOK {
				t.Errorf("%s: step %s: %+v", c.ID, name, steps[name])
			}
		}
		if connection == nil {
			t.Fatalf("%s: no connection: %+v", c.ID, steps)
		}
		if len(connection.Missing) > 1 {
			t.Errorf("%s: missing %v", c.ID, connection.Missing)
		}
		b.fill(space, *connection)
	}
	var view api.SpaceView
	b.get("/api/patients/spaces/"+space, &view)
	if !view.Space.EHR || len(view.Connections) != 3 {
		t.Errorf("EHR %v, %d connections", view.Space.EHR, len(view.Connections))
	}
}

// fill looks for patients, lists them and waits until their cells are there.
func (b *browser) fill(space string, c patients.Connection) {
	t := b.t
	t.Helper()
	var found api.SearchResult
	b.do(http.StatusOK, "POST", "/api/patients/spaces/"+space+"/search", api.SearchInput{Connection: c.ID, Text: "Wilson"}, &found)
	if len(found.Found) == 0 || len(found.Read) != 1 || found.Read[0] != (chart.Field{Label: "name", Value: "Wilson"}) {
		t.Fatalf("%s: search: %+v", c.Name, found)
	}
	b.searches(space, c)
	var list patients.List
	b.do(http.StatusOK, "POST", "/api/patients/spaces/"+space+"/lists", api.ListInput{Name: c.Name, Schema: patients.SchemaNursing}, &list)
	add := api.AddInput{}
	for _, id := range []string{app.DemoPatient(), "thandiwe-zwane", "margaret-wilson-old", "nothing-known", "noa-katz"} {
		add.Patients = append(add.Patients, api.AddPatient{Subject: patients.Subject{Connection: c.ID, Patient: id}, Identity: chart.Identity{Family: "?"}})
	}
	var added api.Added
	b.do(http.StatusOK, "POST", "/api/patients/lists/"+list.ID+"/entries", add, &added)
	if len(added.Entries) != 5 {
		t.Fatalf("added %+v", added)
	}
	events(b, "GET", "/api/patients/lists/"+list.ID+"/stream", nil, func(e patients.Event) bool {
		if e.Kind != "refresh" {
			return false
		}
		// That it began may never be told: a reader gets the newest state only.
		done := !e.Refresh.Running && !e.Refresh.Next.IsZero()
		if done && e.Refresh.Reason != "" {
			t.Errorf("%s: refresh: %+v", c.Name, e.Refresh)
		}
		return done
	})
	var view patients.ListView
	b.get("/api/patients/lists/"+list.ID, &view)
	byID := map[string]patients.Entry{}
	for _, e := range view.Entries {
		byID[e.Subject.Patient] = e
	}
	if e := byID["margaret-wilson-old"]; e.State != patients.StateMerged || e.Other == nil || e.Other.Family != "Wilson" {
		t.Errorf("%s: a merged patient is %s, %+v", c.Name, e.State, e.Other)
	}
	if e := byID["nothing-known"]; e.Cells["allergies"].Status != chart.None || e.Cells["allergies"].Note != string(chart.AllergiesNotRecorded) {
		t.Errorf("%s: allergies of a patient without records: %+v", c.Name, e.Cells["allergies"])
	}
	if e := byID["noa-katz"]; e.Cells["allergies"].Status != chart.Loaded || e.Cells["allergies"].Note != string(chart.NoKnownAllergies) {
		t.Errorf("%s: allergies of who has none: %+v", c.Name, e.Cells["allergies"])
	}
	zwane := byID["thandiwe-zwane"]
	for _, column := range []string{"hr", "bp", "rr", "spo2", "temp"} {
		if cell := zwane.Cells[column]; cell.Status != chart.Loaded || cell.AsOf.IsZero() || cell.Items[0].Trend == "" {
			t.Errorf("%s: %s: %+v", c.Name, column, cell)
		}
	}
	if zwane.Bed == "" || zwane.BedFrom != "ehr" || zwane.Identity.Family != "Zwane" {
		t.Errorf("%s: bed %q from %q, %+v", c.Name, zwane.Bed, zwane.BedFrom, zwane.Identity)
	}
	for _, kind := range chart.Kinds() {
		var s chart.Section
		b.get("/api/patients/entries/"+zwane.ID+"/sections/"+string(kind), &s)
		if s.Status == chart.Failed || s.Source != c.Name {
			t.Errorf("%s: section %s: %+v", c.Name, kind, s)
		}
	}
}

// searches looks for patients in the ways that people type.
func (b *browser) searches(space string, c patients.Connection) {
	b.t.Helper()
	for text, want := range map[string]string{
		"陳大文":               "chan-tai-man chan-tai-man-2",
		"陳大文 民國38年3月11日":    "chan-tai-man",
		"歐陽嘉欣":              "au-yeung-ka-yan",
		"黃美玲":               "wong-mei-ling",
		"佐藤花子":              "sato-hanako",
		"サトウハナコ":            "sato-hanako",
		"7100103":           "wong-mei-ling",
		"MRN 7100103":       "wong-mei-ling",
		"id:zhang-wei":      "zhang-wei",
		"Patient/zhang-wei": "zhang-wei",
		"Katz, Noa":         "noa-katz",
		"noa katz":          "noa-katz",
		"Katz 1988":         "noa-katz",
		"29-Sep-1988":       "noa-katz",
		"29/9/1988":         "noa-katz",
		"nobody-at-all":     "",
	} {
		var found api.SearchResult
		b.do(http.StatusOK, "POST", "/api/patients/spaces/"+space+"/search", api.SearchInput{Connection: c.ID, Text: text}, &found)
		ids := make([]string, 0, len(found.Found))
		for _, f := range found.Found {
			ids = append(ids, f.Subject.Patient)
		}
		slices.Sort(ids)
		if got := strings.Join(ids, " "); got != want || found.Total != len(ids) || found.Known != "exact" {
			b.t.Errorf("%s: %q finds %q (%d, %s), want %q; read as %+v", c.Name, text, got, found.Total, found.Known, want, found.Read)
		}
	}
	var lines api.PasteResult
	b.do(http.StatusOK, "POST", "/api/patients/spaces/"+space+"/paste", api.PasteInput{Connection: c.ID, MRNs: []string{"7100103", "  7100204 ", "", "0000000"}}, &lines)
	outcomes := ""
	for _, l := range lines.Lines {
		outcomes += l.MRN + " " + l.Outcome + "\n"
	}
	if outcomes != "7100103 found\n7100204 found\n0000000 none\n" {
		b.t.Errorf("%s: pasted: %s", c.Name, outcomes)
	}
}
