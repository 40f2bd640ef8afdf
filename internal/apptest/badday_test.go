package apptest

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/await"
)

// A ward is a list of a clinic's patients in somebody's browser.
type ward struct {
	*App
	t                       *testing.T
	clinic                  *clinic
	space, list, connection string
}

// openWard connects a space of its own to a clinic and lists its patients.
func openWard(t *testing.T, a *App, c *clinic, patients ...string) *ward {
	t.Helper()
	w := &ward{App: a, t: t, clinic: c}
	var err error
	if w.space, err = a.Space(t.Context(), t.Name()); err != nil {
		t.Fatal(err)
	}
	failed, done, err := a.Connect(t.Context(), w.space, w.connecting())
	if err != nil || len(failed) > 0 || done.Connection == nil {
		t.Fatalf("connecting: %+v, %+v, %v", failed, done, err)
	}
	w.connection = done.Connection.ID
	var made struct{ ID string }
	w.post("/api/patients/spaces/"+w.space+"/lists", map[string]any{"name": "Ward"}, &made)
	w.list = made.ID
	if err := a.ShowAll(t.Context(), w.space, w.list); err != nil {
		t.Fatal(err)
	}
	var add []any
	for _, id := range patients {
		add = append(add, w.found(id))
	}
	w.post(w.at("/entries"), map[string]any{"patients": add}, nil)
	w.refresh()
	return w
}

func (w *ward) connecting() map[string]any {
	return map[string]any{"name": "Clinic", "link": w.clinic.URL + "/fhir", "clientID": "app", "secret": "s", "tenant": tenant(1), "save": true}
}

// found is a patient as a search by id finds them.
func (w *ward) found(id string) map[string]any {
	w.t.Helper()
	var f Found
	w.post("/api/patients/spaces/"+w.space+"/search", map[string]any{"id": id}, &f)
	if len(f.Found) != 1 {
		w.t.Fatalf("search for %s: %+v", id, f)
	}
	return map[string]any{"subject": f.Found[0].Subject, "identity": f.Found[0].Identity}
}

func (w *ward) at(rest string) string { return "/api/patients/lists/" + w.list + rest }

func (w *ward) post(path string, in, out any) {
	w.t.Helper()
	if err := w.Do(w.t.Context(), http.MethodPost, path, in, out); err != nil {
		w.t.Fatal(err)
	}
}

// refused asks, and wants a problem with this status and code.
func (a *App) refused(t *testing.T, status int, code, method, path string, in any) Problem {
	t.Helper()
	got, body, err := a.Call(t.Context(), method, path, in)
	var p Problem
	if err = errors.Join(err, json.Unmarshal(body, &p)); err != nil || got != status || p.Code != code {
		t.Errorf("%s %s: %d %s, want %d %s (%v)", method, path, got, body, status, code, err)
	}
	return p
}

// refresh asks the clinic, and gives the list by patient.
func (w *ward) refresh() (map[string]Entry, Refresh) {
	w.t.Helper()
	f, err := w.Follow(w.t.Context(), w.list, true)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range f.strays {
		w.t.Error(s)
	}
	out := map[string]Entry{}
	for _, e := range f.List.Entries {
		out[e.Subject.Patient] = e
	}
	return out, f.End
}

func (w *ward) section(entry, kind string) (s Section) {
	w.t.Helper()
	if err := w.Do(w.t.Context(), http.MethodGet, "/api/patients/entries/"+entry+"/sections/"+kind, nil, &s); err != nil {
		w.t.Fatal(err)
	}
	return s
}

// nothingOf holds that no answer tells of the clinic: neither its address nor
// its words. The space's settings show the link to those who set it up.
func nothingOf(t *testing.T, a *App, c *clinic) {
	t.Helper()
	var mu sync.Mutex
	host := strings.TrimPrefix(c.URL, "http://")
	a.Watch = func(path string, body []byte) {
		mu.Lock()
		defer mu.Unlock()
		if strings.HasSuffix(path, "/connections") && bytes.Contains(body, []byte(`"outcome":"ok"`)) {
			return // what software it is, to whom connects it
		}
		settings := strings.HasPrefix(path, "/api/patients/spaces/") || strings.HasPrefix(path, "/api/patients/entries/") && !strings.Contains(path, "/sections/")
		if bytes.Contains(body, []byte(canary)) || bytes.Contains(body, []byte(host)) && !settings {
			t.Errorf("%s tells of the partner: %.300s", path, body)
		}
	}
	t.Cleanup(func() { a.Watch = nil })
}

// columns are those whose cells tell of each kind of data.
var columns = map[string]string{
	"vitals": "hr", "problems": "problems", "allergies": "allergies", "medications": "medications", "encounters": "location", "coverage": "coverage",
}

// states are a row's cells by kind: "failed ehr-down". The page says the same;
// as it asks again and again, it may say that the partner is not asked for now.
func (w *ward) states(e Entry) map[string]string {
	w.t.Helper()
	out := map[string]string{}
	for kind, column := range columns {
		c, s := e.Cells[column], w.section(e.ID, kind)
		out[kind] = strings.TrimSpace(c.Status + " " + c.Reason)
		if s.Status != c.Status || s.Reason != c.Reason && (s.Reason != "ehr-down" || c.Status != "failed") {
			w.t.Errorf("%s: the row is %s, the page %s %s", kind, out[kind], s.Status, s.Reason)
		}
	}
	return out
}

func allAre(state string, but ...string) map[string]string {
	out := map[string]string{}
	for k := range columns {
		out[k] = state
	}
	for i := 0; i+1 < len(but); i += 2 {
		out[but[i]] = but[i+1]
	}
	return out
}

// What becomes of a list while its record system has a bad day: each cell and
// section says why it was not read, what was seen stays with its age, no row
// goes away, nothing of the partner shows, and all is well again afterwards.
func TestBadDays(t *testing.T) {
	t.Parallel()
	first := start(t).someone(t)
	for _, tt := range []struct {
		name   string
		bad    func(http.ResponseWriter, *http.Request) bool
		reason string // of the refresh
		want   map[string]string
		// parted cases are not waited for to be well again: the partner is left
		// alone for a while, which one case shows for all.
		parted bool
	}{
		{"it breaks off", breaksOff, "ehr-down", allAre("failed ehr-down"), true},
		{"it is down", status("", 503), "ehr-down", allAre("failed ehr-down"), false},
		{"it fails", status("", 500), "ehr-down", allAre("failed ehr-down"), true},
		{"it is busy", status("", 429), "ehr-busy", allAre("failed ehr-busy"), false},
		{"401 at the token", refusesTokens, "ehr-refused-credentials", allAre("failed ehr-refused-credentials"), false},
		{"403", status("", 403), "ehr-forbidden", allAre("failed ehr-forbidden"), false},
		{"a page instead of FHIR", says200("text/html", "<html>"+canary+"</html>"), "ehr-unexpected", allAre("failed ehr-unexpected"), false},
		{"half an answer", says200("application/fhir+json", `{"resourceType":"Bundle","entry":[{"resource":{"id":"`+canary), "ehr-unexpected", allAre("failed ehr-unexpected"), true},
		{"an answer of another kind", says200("application/fhir+json", `{"resourceType":"Basic","id":"`+canary+`"}`), "ehr-unexpected", allAre("failed ehr-unexpected"), false},
		{"one type is refused", status("Condition", 400), "ehr-unexpected", allAre("loaded", "problems", "failed ehr-unexpected"), false},
		{"one type is forbidden", status("AllergyIntolerance", 403), "ehr-forbidden", allAre("loaded", "allergies", "failed ehr-forbidden"), false},
		{"one type is gone", status("Coverage", 404), "", allAre("loaded", "coverage", "unsupported ehr-unsupported"), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, someone := openClinic(t), first.Tab()
			nothingOf(t, someone, c)
			w := openWard(t, someone, c, "p1", "p2")
			before, _ := w.refresh()
			if diff := cmp.Diff(allAre("loaded"), w.states(before["p1"])); diff != "" {
				t.Fatalf("before (-want +got):\n%s", diff)
			}
			c.change(func() { c.bad = tt.bad })
			w.isBad(before, tt.reason, tt.want)
			if tt.parted {
				return
			}
			c.change(func() { c.bad = nil })
			await.That(t, "all to be well again", func() bool {
				again, r := w.refresh()
				return r.Reason == "" && maps.Equal(allAre("loaded"), w.states(again["p1"]))
			})
		})
	}
}

// isBad asks a clinic that has a bad day since before, and holds what the list
// and the pages say then.
func (w *ward) isBad(before map[string]Entry, reason string, want map[string]string) {
	w.t.Helper()
	after, r := w.refresh()
	if r.Reason != reason || len(after) != len(before) || after["p1"].State != "ok" {
		w.t.Errorf("reason %q, want %q; %d rows, the first %s", r.Reason, reason, len(after), after["p1"].State)
	}
	if diff := cmp.Diff(want, w.states(after["p1"])); diff != "" {
		w.t.Errorf("(-want +got):\n%s", diff)
	}
	for kind, column := range columns {
		was, is := before["p1"].Cells[column], after["p1"].Cells[column]
		if is.Status == "failed" && (texts(Cell{Items: is.Items}) != texts(Cell{Items: was.Items}) || is.AsOf != was.AsOf) {
			w.t.Errorf("%s: what was seen is gone, or says to be new: %+v, was %+v", kind, is, was)
		}
	}
	if a := w.section(after["p1"].ID, "allergies"); strings.HasPrefix(want["allergies"], "failed") && (a.Allergy != "unavailable" || after["p1"].Cells["allergies"].Note != "unavailable") {
		w.t.Errorf("PAB-0064: allergies are %q and %q", a.Allergy, after["p1"].Cells["allergies"].Note)
	}
	w.searchSaysSo(reason, want)
}

// A partner that is slow is one more bad day, by the clock of a server that
// waits for nobody for long: it is met only once the partner hangs.
func TestSlowDay(t *testing.T) {
	t.Parallel()
	s, c := start(t), openClinic(t)
	someone := s.someone(t)
	nothingOf(t, someone, c)
	w := openWard(t, someone, c, "p1", "p2")
	before, _ := w.refresh()
	c.change(func() { c.bad = hangs })
	s.impatient(t)
	someone.Origin = s.origin
	w.isBad(before, "ehr-timeout", allAre("failed ehr-timeout"))
}

// One type that always fails may take the others along for a while, as a
// partner that fails again and again is left alone. Nothing goes empty by it.
func TestOneTypeFails(t *testing.T) {
	t.Parallel()
	someone, c := start(t).someone(t), openClinic(t)
	w := openWard(t, someone, c, "p1", "p2")
	c.change(func() { c.bad = status("Condition", http.StatusInternalServerError) })
	rows, r := w.refresh()
	if r.Reason != "ehr-down" || len(rows) != 2 {
		t.Errorf("%+v, %d rows", r, len(rows))
	}
	if c := rows["p1"].Cells["problems"]; c.Status != "failed" || c.Reason != "ehr-down" {
		t.Errorf("problems: %+v", c)
	}
	for kind, column := range columns {
		if c := rows["p1"].Cells[column]; len(c.Items) != 1 || c.Status == "failed" && c.Reason != "ehr-down" {
			t.Errorf("%s: %+v", kind, c)
		}
	}
}

// searchSaysSo: a search of a record system that is not there says why.
func (w *ward) searchSaysSo(reason string, want map[string]string) {
	w.t.Helper()
	if slices.ContainsFunc(slices.Collect(maps.Values(want)), func(s string) bool { return s == "loaded" }) {
		return
	}
	status, body, err := w.Call(w.t.Context(), http.MethodPost, "/api/patients/spaces/"+w.space+"/search", map[string]any{"text": "Ashworth"})
	var p Problem
	if err = errors.Join(err, json.Unmarshal(body, &p)); err != nil || status < 500 || p.Code != reason && p.Code != "ehr-down" || p.Detail == "" {
		w.t.Errorf("search: %d %s, want %s (%v)", status, body, reason, err)
	}
}

// Where connecting ends on a bad day, in the steps' codes.
func TestConnectingOnBadDays(t *testing.T) {
	t.Parallel()
	someone := start(t).someone(t)
	for _, tt := range []struct {
		name string
		bad  func(http.ResponseWriter, *http.Request) bool
		set  func(*clinic)
		want string
	}{
		{"it breaks off", breaksOff, nil, "statement ehr-down"},
		{"a page instead of FHIR", says200("text/html", "<html>"+canary), nil, "statement connect-not-fhir"},
		{"401 at the token", refusesTokens, nil, "token connect-client"},
		{"403 at the search", status("", 403), nil, "search ehr-forbidden"},
		{"a version that is not spoken", nil, func(c *clinic) { c.version = "5.0.0" }, "version connect-version"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := openClinic(t)
			c.change(func() {
				if c.bad = tt.bad; tt.set != nil {
					tt.set(c)
				}
			})
			connectingEnds(t, someone, c, tt.want)
		})
	}
}

// Connecting to a partner that does not answer ends, and says so.
func TestConnectingOnASlowDay(t *testing.T) {
	t.Parallel()
	s, c := start(t), openClinic(t)
	someone := s.someone(t)
	c.change(func() { c.bad = hangs })
	s.impatient(t)
	someone.Origin = s.origin
	connectingEnds(t, someone, c, "statement ehr-timeout")
}

// connectingEnds connects a new space to a clinic, and wants it to fail at a
// step with a code.
func connectingEnds(t *testing.T, someone *App, c *clinic, want string) {
	t.Helper()
	nothingOf(t, someone, c)
	w := &ward{App: someone, t: t, clinic: c}
	var err error
	if w.space, err = someone.Space(t.Context(), t.Name()); err != nil {
		t.Fatal(err)
	}
	failed, done, err := someone.Connect(t.Context(), w.space, w.connecting())
	if err != nil || len(failed) < 2 || done.Connection != nil && done.Connection.ID != "" {
		t.Fatalf("%+v %+v %v", failed, done, err)
	}
	if got := failed[0].Step + " " + failed[0].Detail; got != want || failed[0].Advice == "" {
		t.Errorf("%s (advice %q), want %s", got, failed[0].Advice, want)
	}
}

// A partner that answers for some types only: what it lacks is not empty.
func TestPartnerOfSomeTypes(t *testing.T) {
	t.Parallel()
	someone, c := start(t).someone(t), openClinic(t)
	nothingOf(t, someone, c)
	c.change(func() {
		c.types = []string{"Patient", "Observation"}
		c.bad = func(w http.ResponseWriter, r *http.Request) bool {
			for _, typ := range allTypes[2:] {
				if status(typ, http.StatusNotFound)(w, r) {
					return true
				}
			}
			return false
		}
	})
	w := openWard(t, someone, c, "p1")
	rows, r := w.refresh()
	if r.Reason != "" {
		t.Errorf("the refresh failed: %+v", r)
	}
	if diff := cmp.Diff(allAre("unsupported ehr-unsupported", "vitals", "loaded"), w.states(rows["p1"])); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if note := rows["p1"].Cells["allergies"].Note; note != "unavailable" {
		t.Errorf("PAB-0064: allergies of a partner that has none are %q", note)
	}
}
