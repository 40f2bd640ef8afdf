package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/wardbridge/wardbridge/internal/app"
	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/people"
)

// A hospital answers from memory, each call after a while; a batch's entries
// are answered at the same time, as servers do.
type hospital struct {
	*httptest.Server
	takes   time.Duration
	batches bool
	calls   atomic.Int64
	gone    atomic.Bool // nobody answers; the port stays its own, unlike a closed server's

	mu     sync.Mutex
	status map[string]int    // by type, "" is any: what is answered instead
	people map[string]string // by id: the Patient that is answered instead, "" for none
	empty  map[string]bool   // patients of whom nothing is recorded
	counts map[string]int    // searches for what a patient has
}

// answers makes calls for a type ("" is any) fail with a status; 0 mends it.
func (h *hospital) answers(typ string, status int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status[typ] = status
}

// has says who a patient is; "" is nobody.
func (h *hospital) has(id, patient string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.people[id] = patient
}

// emptied makes a patient's record have nothing.
func (h *hospital) emptied(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.empty[id] = true
}

// askedFor is how often it was asked for what a patient has.
func (h *hospital) askedFor(id string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.counts[id]
}

func (h *hospital) forgetAsked() {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.counts)
}

// recordsOf counts a search for what a patient has, and tells how much that is.
func (h *hospital) recordsOf(typ, patient string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts[patient]++
	if h.empty[patient] {
		return 0
	}
	return map[string]int{"Observation": 40, "Condition": 6, "AllergyIntolerance": 2, "MedicationRequest": 8, "Encounter": 3, "Coverage": 1}[typ]
}

func (h *hospital) fails(typ string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.status[""]; s != 0 {
		return s
	}
	return h.status[typ]
}

func newHospital(tb testing.TB, takes time.Duration, batches bool) *hospital {
	tb.Helper()
	h := &hospital{takes: takes, batches: batches, status: map[string]int{}, people: map[string]string{}, empty: map[string]bool{}, counts: map[string]int{}}
	h.Server = httptest.NewServer(http.HandlerFunc(h.serve))
	tb.Cleanup(h.Close)
	return h
}

func (h *hospital) serve(w http.ResponseWriter, r *http.Request) {
	if h.gone.Load() {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/fhir+json")
	path := strings.Trim(strings.TrimPrefix(r.URL.Path, "/fhir"), "/")
	if path == "metadata" {
		_, _ = io.WriteString(w, h.statement())
		return
	}
	h.calls.Add(1)
	body, _ := io.ReadAll(r.Body)
	time.Sleep(h.takes)
	if path == "" {
		if !h.batches {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		_, _ = w.Write(h.batched(body))
		return
	}
	query := r.URL.RawQuery
	if r.Method == http.MethodPost {
		path, query = strings.TrimSuffix(path, "/_search"), string(body)
	}
	typ, id, read := strings.Cut(path, "/")
	if s := h.fails(typ); s != 0 {
		w.WriteHeader(s)
		return
	}
	if read {
		if body := h.patient(id); body != "" {
			_, _ = io.WriteString(w, body) //nolint:gosec // JSON of the test's own
			return
		}
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_, _ = io.WriteString(w, h.searched(path, query))
}

func (h *hospital) statement() string {
	var resources []string
	for _, t := range []string{"Patient", "Observation", "Condition", "AllergyIntolerance", "MedicationRequest", "Encounter", "Coverage", "Location"} {
		resources = append(resources, `{"type":"`+t+`","interaction":[{"code":"read"},{"code":"search-type"}],"searchParam":[
			{"name":"_id","type":"token"},{"name":"identifier","type":"token"},{"name":"patient","type":"reference"},{"name":"category","type":"token"},{"name":"date","type":"date"}]}`)
	}
	batch := ""
	if h.batches {
		batch = `,"interaction":[{"code":"batch"}]`
	}
	return `{"resourceType":"CapabilityStatement","status":"active","date":"2026-01-01","kind":"instance","fhirVersion":"4.0.1","format":["json"],"rest":[{"mode":"server"` +
		batch + `,"resource":[` + strings.Join(resources, ",") + `]}]}`
}

// batched answers each entry of a batch.
func (h *hospital) batched(body []byte) []byte {
	var in struct {
		Entry []struct{ Request struct{ URL string } }
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return []byte(`{}`)
	}
	var out bytes.Buffer
	out.WriteString(`{"resourceType":"Bundle","type":"batch-response","entry":[`)
	for i, e := range in.Entry {
		if i > 0 {
			out.WriteByte(',')
		}
		path, query, _ := strings.Cut(e.Request.URL, "?")
		if s := h.fails(path); s != 0 {
			fmt.Fprintf(&out, `{"response":{"status":"%d"}}`, s)
			continue
		}
		out.WriteString(`{"response":{"status":"200 OK"},"resource":` + h.searched(path, query) + `}`)
	}
	out.WriteString(`]}`)
	return out.Bytes()
}

// searched is a searchset: the patients of _id, or what one patient has.
func (h *hospital) searched(typ, query string) string {
	var entries []string
	add := func(body string) {
		entries = append(entries, `{"resource":`+body+`,"search":{"mode":"match"}}`)
	}
	if typ == "Patient" {
		for _, id := range h.asked(query) {
			if body := h.patient(id); body != "" {
				add(body)
			}
		}
	} else {
		patient := strings.TrimPrefix(strings.ReplaceAll(after(query, "patient="), "%2F", "/"), "Patient/")
		for i := range h.recordsOf(typ, patient) {
			add(recordOf(typ, patient, i))
		}
	}
	return fmt.Sprintf(`{"resourceType":"Bundle","type":"searchset","total":%d,"entry":[%s]}`, len(entries), strings.Join(entries, ","))
}

// asked are the ids of the patients that a search may find.
func (h *hospital) asked(query string) []string {
	if ids := after(query, "_id="); ids != "" {
		return strings.Split(strings.ReplaceAll(ids, "%2C", ","), ",")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for number := range strings.SplitSeq(strings.ReplaceAll(after(query, "identifier="), "%2C", ","), ",") {
		for id, body := range h.people {
			if number != "" && strings.Contains(body, `"value":"`+number+`"`) {
				return []string{id}
			}
		}
	}
	return nil
}

// patient is a Patient by id.
func (h *hospital) patient(id string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if body, ok := h.people[id]; ok {
		return body
	}
	return patientOf(id, "Family"+id, "1957-06-05", id)
}

func patientOf(id, family, born, mrn string) string {
	return `{"resourceType":"Patient","id":"` + id + `","name":[{"family":"` + family + `","given":["Given"]}],"gender":"female","birthDate":"` + born + `",
		"identifier":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}]},"value":"` + mrn + `"}]}`
}

func after(query, name string) string {
	for p := range strings.SplitSeq(query, "&") {
		if v, ok := strings.CutPrefix(p, name); ok {
			return v
		}
	}
	return ""
}

func recordOf(typ, patient string, i int) string {
	head := fmt.Sprintf(`{"resourceType":%q,"id":"%s-%s-%d","subject":{"reference":"Patient/%s"},`, typ, strings.ToLower(typ), patient, i, patient)
	switch typ {
	case "Observation":
		code := []string{"8867-4", "9279-1", "2708-6", "8310-5"}[i%4]
		return head + fmt.Sprintf(`"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],
			"code":{"coding":[{"system":"http://loinc.org","code":%q,"display":"Vital"}],"text":"Vital"},"effectiveDateTime":"2026-11-%02dT08:00:00Z","valueQuantity":{"value":%d.0,"unit":"u","code":"u"}}`, code, 28-i/4, 60+i)
	case "Encounter":
		return head + fmt.Sprintf(`"status":"in-progress","class":{"code":"IMP"},"type":[{"coding":[{"display":"Stay"}],"text":"Stay"}],"period":{"start":"2026-11-%02d"},"location":[{"location":{"reference":"Location/1","display":"Bed %s"}}]}`, 20-i, patient)
	case "AllergyIntolerance":
		return strings.Replace(head, `"subject"`, `"patient"`, 1) + `"clinicalStatus":{"coding":[{"code":"active"}]},"code":{"coding":[{"display":"Penicillin"}],"text":"Penicillin"}}`
	case "MedicationRequest":
		return head + `"status":"active","intent":"order","authoredOn":"2026-11-01","medicationCodeableConcept":{"coding":[{"display":"Apixaban"}],"text":"Apixaban"},"requester":{"display":"Dr. Who"},"dosageInstruction":[{"text":"1 a day"}]}`
	case "Coverage":
		return strings.Replace(head, `"subject"`, `"beneficiary"`, 1) + `"status":"active","payor":[{"display":"Tide Mutual"}]}`
	}
	return head + fmt.Sprintf(`"clinicalStatus":{"coding":[{"code":"active"}]},"code":{"coding":[{"display":"Problem %d"}],"text":"Problem %d"}}`, i, i)
}

// A ward is a list of a hospital's patients, as a nurse works with it.
type ward struct {
	tb                      testing.TB
	s                       *app.System
	ctx                     context.Context //nolint:containedctx // of the nurse
	space, list, connection string
	wait                    func() patients.Refresh
	late                    *atomic.Int64              // by how much the app's clock is ahead
	still                   *atomic.Pointer[time.Time] // where the clock stands; nil while it goes
}

// newWard connects a space to a hospital and puts patients p0, p1 … on a list,
// which the nurse looks at.
func newWard(tb testing.TB, h *hospital, n int) *ward {
	tb.Helper()
	return newWardAt(tb, patients.ConnectRequest{Link: h.URL + "/fhir"}, n)
}

// newWardAt is newWard by a way of one's own.
func newWardAt(tb testing.TB, way patients.ConnectRequest, n int) *ward {
	tb.Helper()
	cfg := app.Defaults()
	cfg.Data = tb.TempDir()
	cfg.Outbound.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	cfg.Outbound.Timeout = await.Patience
	w := &ward{tb: tb, late: &atomic.Int64{}, still: &atomic.Pointer[time.Time]{}}
	s, err := app.Open(context.Background(), app.Options{Config: cfg, Version: "test", Clock: w.clock})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	nurse := people.Person{ID: "nurse", Name: "Nurse", Admin: true}
	if err := s.People.PutDemoPerson(context.Background(), nurse); err != nil {
		tb.Fatal(err)
	}
	w.s, w.ctx = s, people.With(context.Background(), nurse)
	space, err := s.Patients.CreateSpace(w.ctx, "Ward", "UTC")
	if err != nil {
		tb.Fatal(err)
	}
	w.space = space.ID
	w.connection = w.connect(way).Connection.ID
	list, err := s.Patients.CreateList(w.ctx, patients.NewList{Space: space.ID, Name: "Ward"})
	if err != nil {
		tb.Fatal(err)
	}
	w.list = list.ID
	columns := []string{"hr", "rr", "spo2", "temp", "problems", "allergies", "medications", "location", "coverage"}
	if _, err := s.Patients.SetView(w.ctx, list.ID, patients.View{Columns: columns}); err != nil {
		tb.Fatal(err)
	}
	var all []patients.NewPatient
	for i := range n {
		id := fmt.Sprintf("p%d", i)
		all = append(all, patients.NewPatient{
			Subject:  patients.Subject{Connection: w.connection, Patient: id},
			Identity: chart.Identity{Family: "Family" + id, Given: "Given", Born: "1957-06-05", Gender: "female", MRN: id},
		})
	}
	if _, _, err := s.Patients.AddPatients(w.ctx, list.ID, all, true); err != nil {
		tb.Fatal(err)
	}
	w.wait = w.look()
	w.wait() // looking begins a refresh
	return w
}

func (w *ward) clock() time.Time {
	now := time.Now()
	if still := w.still.Load(); still != nil {
		now = *still
	}
	return now.Add(time.Duration(w.late.Load()))
}

// connect connects the space and gives the last step.
func (w *ward) connect(in patients.ConnectRequest) patients.ConnectStep {
	w.tb.Helper()
	in.Space, in.Name, in.Save = w.space, "Hospital", true
	var last patients.ConnectStep
	if err := w.s.Patients.Connect(w.ctx, in, func(st patients.ConnectStep) {
		if st.Outcome == patients.OutcomeFailed {
			w.tb.Errorf("step %+v", st)
		}
		last = st
	}); err != nil {
		w.tb.Fatal(err)
	}
	if last.Connection == nil {
		w.tb.Fatalf("not connected: %+v", last)
	}
	return last
}

// entries are the list as the nurse sees it, by patient.
func (w *ward) entries() map[string]patients.Entry {
	w.tb.Helper()
	v, err := w.s.Patients.ListView(w.ctx, w.list)
	if err != nil {
		w.tb.Fatal(err)
	}
	out := map[string]patients.Entry{}
	for _, e := range v.Entries {
		out[e.Identity.MRN] = e
	}
	return out
}

// decide decides on an entry as it was seen.
func (w *ward) decide(e patients.Entry, action string) (patients.Entry, error) {
	return w.s.Patients.DecideIdentity(w.ctx, patients.IdentityDecision{Entry: e.ID, Action: action, Base: e.Cells["identity"].Seq})
}

// found is who a search finds under an id.
// undoable is what the page of an entry offers to take back.
func (w *ward) undoable(e patients.Entry) (out []patients.Activity) {
	w.tb.Helper()
	v, err := w.s.Patients.PatientView(w.ctx, e.ID, false)
	if err != nil {
		w.tb.Fatal(err)
	}
	for _, a := range v.Activity {
		if a.Undo {
			out = append(out, a)
		}
	}
	return out
}

func (w *ward) found(id string) *chart.Identity {
	w.tb.Helper()
	out, err := w.s.Patients.Search(w.ctx, patients.SearchRequest{Space: w.space, ID: id})
	if err != nil || len(out.Found) != 1 {
		w.tb.Fatalf("search for %s: %+v, %v", id, out.Found, err)
	}
	return &out.Found[0].Identity
}

func problemCode(err error) string {
	if p, ok := errors.AsType[*operation.Problem](err); ok {
		return p.Code
	}
	return ""
}

// look looks at the list, and gives a function that waits for the end of a
// refresh.
func (w *ward) look() (wait func() patients.Refresh) {
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan patients.Refresh, 16)
	var g errgroup.Group
	var next time.Time
	g.Go(func() error {
		return w.s.Patients.Stream(ctx, w.list, 0, func(e patients.Event) error {
			if e.Kind != "refresh" || e.Refresh.Running || e.Refresh.Next.IsZero() || e.Refresh.Next.Equal(next) {
				return nil
			}
			// Each try has its next. That it began may never be told: a reader
			// gets the newest state only.
			next = e.Refresh.Next
			done <- *e.Refresh
			return nil
		})
	})
	w.tb.Cleanup(func() {
		cancel()
		if err := g.Wait(); err != nil {
			w.tb.Error(err)
		}
	})
	return func() patients.Refresh {
		select {
		case r := <-done:
			return r
		case <-time.After(await.Patience):
			w.tb.Fatal("the refresh did not end")
		}
		return patients.Refresh{}
	}
}

// until refreshes the list until it is as it should be.
func (w *ward) until(is func(map[string]patients.Entry) bool) {
	w.tb.Helper()
	for range 10 {
		w.refresh()
		if is(w.entries()) {
			return
		}
	}
	w.tb.Errorf("the list does not come to be as it should: %+v", w.entries())
}

// refresh asks for the list, some time after it last was, and waits for the end
// of a try that began since: one that was under way, or has ended unheard, is of
// what there was before.
func (w *ward) refresh() patients.Refresh {
	w.tb.Helper()
	for asked := w.clock(); ; {
		w.late.Add(int64(5 * time.Second))
		if _, err := w.s.Patients.Refresh(w.ctx, w.list); err != nil {
			w.tb.Fatal(err)
		}
		r := w.wait()
		if began := r.Next.Add(-time.Duration(r.Every) * time.Second); !began.Before(asked) {
			return r
		}
	}
}
