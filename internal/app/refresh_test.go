package app_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/patients"
)

// What becomes of a list when its record system is down, or a part of it is:
// nothing that was seen goes away, and each cell says how asking for it went.
func TestRefreshOnBadDays(t *testing.T) {
	for _, tt := range []struct {
		name, typ string
		status    int
		batches   bool
		reason    string       // of the refresh
		problems  chart.Status // of a cell that the failure concerns
		allergies chart.Status // of one that it does not, unless all fails
		why       string       // of the cell
	}{
		{"all is down", "", 503, true, chart.ReasonDown, chart.Failed, chart.Failed, chart.ReasonDown},
		{"all is down, without batches", "", 503, false, chart.ReasonDown, chart.Failed, chart.Failed, chart.ReasonDown},
		{"our sign-in is refused", "", 401, true, chart.ReasonCredentials, chart.Failed, chart.Failed, chart.ReasonCredentials},
		{"one kind fails", "Condition", 500, true, chart.ReasonDown, chart.Failed, chart.Loaded, chart.ReasonDown},
		{"one kind fails, without batches", "Condition", 500, false, chart.ReasonDown, chart.Failed, chart.Loaded, chart.ReasonDown},
		{"one kind is forbidden", "Condition", 403, false, chart.ReasonForbidden, chart.Failed, chart.Loaded, chart.ReasonForbidden},
		{"one kind is not offered", "Condition", 404, false, "", chart.Unsupported, chart.Loaded, chart.ReasonUnsupported},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHospital(t, 0, tt.batches)
			w := newWard(t, h, 3)
			before := w.entries()["p1"].Cells
			if before["problems"].Status != chart.Loaded || len(before["problems"].Items) != 6 {
				t.Fatalf("before: %+v", before["problems"])
			}
			h.answers(tt.typ, tt.status)
			if r := w.refresh(); r.Reason != tt.reason || r.Running {
				t.Errorf("refresh %+v, want reason %q", r, tt.reason)
			}
			e := w.entries()["p1"]
			problems, allergies := e.Cells["problems"], e.Cells["allergies"]
			if e.State != patients.StateOK || problems.Status != tt.problems || allergies.Status != tt.allergies || problems.Reason != tt.why {
				t.Errorf("state %s, problems %s %q, allergies %s", e.State, problems.Status, problems.Reason, allergies.Status)
			}
			if tt.problems == chart.Failed && (len(problems.Items) != 6 || !problems.AsOf.Equal(before["problems"].AsOf)) {
				t.Errorf("what was seen is gone, or says to be new: %+v", problems)
			}
			if tt.allergies == chart.Failed && allergies.Note != string(chart.AllergiesUnavailable) {
				t.Errorf("PAB-0064: allergies that could not be read are %q", allergies.Note)
			}
			h.answers(tt.typ, 0)
		})
	}
}

// A record system that nobody answers for: what was seen stays, with its age.
func TestRefreshWithoutRecordSystem(t *testing.T) {
	h := newHospital(t, 0, true)
	w := newWard(t, h, 2)
	before := w.entries()["p1"].Cells["problems"]
	h.gone.Store(true)
	if r := w.refresh(); r.Reason != chart.ReasonDown {
		t.Errorf("refresh %+v", r)
	}
	e := w.entries()["p1"]
	if c := e.Cells["problems"]; e.State != patients.StateOK || c.Status != chart.Failed || len(c.Items) != 6 || !c.AsOf.Equal(before.AsOf) {
		t.Errorf("state %s, %+v", e.State, c)
	}
	// Links that are made anew find nobody either, and say so at once.
	_, err := w.s.Patients.Search(w.ctx, patients.SearchRequest{Space: w.space, Text: "Okafor"})
	if p, ok := errors.AsType[*operation.Problem](err); !ok || p.Code != chart.ReasonDown {
		t.Errorf("search: %v", err)
	}
	s, err := w.s.Patients.Section(w.ctx, e.ID, chart.Allergies, false)
	if err != nil || s.Status != chart.Failed || s.Reason != chart.ReasonDown || s.Allergy != chart.AllergiesUnavailable {
		t.Errorf("section: %+v, %v", s, err)
	}
}

// Who the patients are is asked first: one who is gone, merged or another
// person is said to be so, and what is decided can be taken back.
func TestWhoPatientsAre(t *testing.T) {
	h := newHospital(t, 0, true)
	w := newWard(t, h, 4)
	h.has("p0", "")
	h.has("p1", patientOf("p1", "Familyp1", "1957-06-05", "other")) // another record number
	h.has("p2", patientOf("p2", "Stranger", "1980-01-01", "p2"))    // another name and birth date
	h.has("p3", `{"link":[{"type":"replaced-by","other":{"reference":"Patient/q3"}}],`+patientOf("p3", "Familyp3", "1957-06-05", "p3")[1:])
	h.has("q3", patientOf("q3", "Survivor", "1957-06-05", "q3"))
	if r := w.refresh(); r.Reason != "" {
		t.Fatalf("refresh %+v", r)
	}
	all := w.entries()
	states := map[string]patients.State{}
	for mrn, e := range all {
		states[mrn] = e.State
	}
	want := map[string]patients.State{"p0": patients.StateGone, "p1": patients.StateMismatch, "p2": patients.StateMismatch, "p3": patients.StateMerged}
	if diff := cmp.Diff(want, states); diff != "" {
		t.Fatalf("states (-want +got):\n%s", diff)
	}
	if e := all["p2"]; e.Identity.Family != "Familyp2" || e.Other == nil || e.Other.Family != "Stranger" {
		t.Errorf("who it was %q stays beside who it is now %+v", e.Identity.Family, e.Other)
	}
	if e := all["p3"]; e.Other == nil || e.Other.Family != "Survivor" {
		t.Errorf("merged into %+v", e.Other)
	}
	decide := func(e patients.Entry, action string) patients.Entry {
		t.Helper()
		out, err := w.decide(e, action)
		if err != nil {
			t.Fatalf("%s: %v", action, err)
		}
		return out
	}
	confirmed := decide(all["p2"], patients.DecideConfirm)
	if e := confirmed; e.State != patients.StateOK || e.Identity.Family != "Stranger" || e.Fingerprint.Family != "Stranger" || e.Other != nil {
		t.Errorf("confirmed: %+v", e)
	}
	if e := decide(confirmed, patients.DecideUndo); e.State != patients.StateMismatch || e.Identity.Family != "Familyp2" || e.Other == nil {
		t.Errorf("undone: %+v", e)
	}
	e := decide(all["p3"], patients.DecideRelink)
	if e.State != patients.StateOK || e.Subject.Patient != "q3" || e.Identity.Family != "Survivor" {
		t.Errorf("relinked: %+v", e)
	}
	if _, err := w.decide(e, patients.DecideConfirm); problemCode(err) != "nothing-to-decide" {
		t.Errorf("what needs no decision was decided: %v", err)
	}
	h.has("p0", patientOf("p0", "Familyp0", "1957-06-05", "p0"))
	w.until(func(all map[string]patients.Entry) bool {
		return all["q3"].State == patients.StateOK && all["q3"].Cells["problems"].Status == chart.Loaded && all["p0"].State == patients.StateOK
	})
}

// A new base URL is a new connection: entries are matched again by record
// number and birth date, and those that do not match are listed.
func TestReplacedConnection(t *testing.T) {
	old, h := newHospital(t, 0, true), newHospital(t, 0, true)
	w := newWard(t, old, 3)
	h.has("n0", patientOf("n0", "Familyp0", "1957-06-05", "p0"))
	h.has("n1", patientOf("n1", "Familyp1", "1990-01-01", "p1")) // the same number, another birth date
	done := w.connect(patients.ConnectRequest{Link: h.URL + "/fhir/", Replaces: w.connection})
	if len(done.Unmatched) != 2 || done.Connection.ID == w.connection {
		t.Fatalf("unmatched %+v", done.Unmatched)
	}
	all := w.entries()
	if e := all["p0"]; e.Subject != (patients.Subject{Connection: done.Connection.ID, Patient: "n0"}) || e.State != patients.StateOK {
		t.Errorf("matched: %+v %s", e.Subject, e.State)
	}
	for _, mrn := range []string{"p1", "p2"} {
		if e := all[mrn]; e.State != patients.StateUnlinked || e.Cells["problems"].Status != chart.Loaded {
			t.Errorf("%s is %s, problems %+v", mrn, e.State, e.Cells["problems"])
		}
	}
	s, err := w.s.Patients.Section(w.ctx, all["p1"].ID, chart.Problems, false)
	if err != nil || s.Status != chart.Failed || s.Reason != chart.ReasonRemoved {
		t.Errorf("section of an unlinked entry: %+v, %v", s, err)
	}
	by := patients.IdentityDecision{
		Entry: all["p1"].ID, Action: patients.DecideRelink, Base: all["p1"].Cells["identity"].Seq,
		Subject: &patients.Subject{Connection: done.Connection.ID, Patient: "n1"}, Seen: w.found("n1"),
	}
	h.has("n1", patientOf("n1", "Other", "1990-01-01", "p1"))
	if _, err := w.s.Patients.DecideIdentity(w.ctx, by); problemCode(err) != "conflict" {
		t.Errorf("linked to someone who is not the one that was chosen: %v", err)
	}
	by.Seen = w.found("n1")
	e, err := w.s.Patients.DecideIdentity(w.ctx, by)
	if err != nil || e.State != patients.StateOK || e.Subject.Patient != "n1" {
		t.Errorf("linked by hand: %+v, %v", e, err)
	}
	// The same base URL is the same connection: other credentials, no new match.
	again := w.connect(patients.ConnectRequest{Link: h.URL + "/fhir/metadata", Replaces: done.Connection.ID})
	if again.Connection.ID != done.Connection.ID || len(again.Unmatched) != 0 {
		t.Errorf("changed in place: %+v", again)
	}
}

// One refresh serves all who look, and joining it starts no other.
func TestRefreshIsShared(t *testing.T) {
	h := newHospital(t, 0, true)
	w := newWard(t, h, 2)
	w.look()() // how asking stands is told first, so they look by then
	before := h.calls.Load()
	w.refresh()
	if n := h.calls.Load() - before; n > 3 {
		t.Errorf("%d calls for two patients and two who look, want one search and one or two batches", n)
	}
}

// Who connected, looked and decided is in the record by the names of the
// interface (§11), with the URL that was set and without what was looked for.
func TestRecordSystemIsAudited(t *testing.T) {
	h := newHospital(t, 0, true)
	h.has("p0", patientOf("p0", "Stranger", "1990-01-01", "p0"))
	w := newWard(t, h, 1)
	e := w.entries()["p0"]
	if _, err := w.s.Patients.Search(w.ctx, patients.SearchRequest{Space: w.space, Text: "id:p0"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.s.Patients.Paste(w.ctx, w.space, "", []string{"p0"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.decide(e, patients.DecideConfirm); err != nil {
		t.Fatal(err)
	}
	if _, err := w.s.Patients.Section(w.ctx, e.ID, chart.Problems, false); err != nil {
		t.Fatal(err)
	}
	if err := w.s.Patients.RemoveConnection(w.ctx, w.space, w.connection); err != nil {
		t.Fatal(err)
	}
	records, _, err := w.s.Patients.SearchAudit(w.ctx, w.space, patients.AuditQuestion{})
	if err != nil {
		t.Fatal(err)
	}
	details := map[string][]string{}
	for _, r := range records {
		if r.Person != "nurse" || r.Status != http.StatusOK {
			t.Errorf("record %+v", r)
		}
		if text := fmt.Sprintf("%+v", r); strings.Contains(text, "Stranger") || strings.Contains(text, "1990-01-01") || strings.Contains(text, "id:p0") {
			t.Errorf("a record holds a value: %s", text)
		}
		details[r.Operation] = append(details[r.Operation], r.Detail)
	}
	for op, want := range map[string][]string{
		"EHRConnectionSet": {h.URL + "/fhir"}, "EHRConnectionRemove": {""}, "PatientSearch": {"", ""}, "PatientView": {"problems"}, "PatientDetailsEdit": {"confirm"},
	} {
		if diff := cmp.Diff(want, details[op]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", op, diff)
		}
	}
	if len(details["PatientListView"]) != 2 { // the stream's, and that of reading the list
		t.Errorf("PatientListView %v", details["PatientListView"])
	}
}

// Asking again just after a record system was asked asks nobody: a hand on the
// button, or a hundred, are no more calls than one.
func TestRefreshesBySomeoneAreSpaced(t *testing.T) {
	h := newHospital(t, 0, true)
	w := newWard(t, h, 2)
	now := time.Now()
	w.still.Store(&now)
	w.refresh()
	before := h.calls.Load()
	for range 20 {
		r, err := w.s.Patients.Refresh(w.ctx, w.list)
		if err != nil || r.Running || r.Last.IsZero() {
			t.Fatalf("just after: %+v, %v; want the state as it is", r, err)
		}
	}
	w.refresh()
	if n := h.calls.Load() - before; n > 3 {
		t.Errorf("%d calls, want those of one refresh", n)
	}
}
