package app_test

import (
	"bytes"
	"context"
	"encoding/json"
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
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/people"
)

const (
	benchPatients = 30
	benchCalls    = 16 // at once
	benchBatch    = 48 // entries
)

// A hospital answers from memory, each call after a while; a batch's entries
// are answered at the same time, as servers do.
type hospital struct {
	*httptest.Server
	takes   time.Duration
	batches bool
	calls   atomic.Int64
}

func newHospital(tb testing.TB, takes time.Duration, batches bool) *hospital {
	tb.Helper()
	h := &hospital{takes: takes, batches: batches}
	h.Server = httptest.NewServer(http.HandlerFunc(h.serve))
	tb.Cleanup(h.Close)
	return h
}

func (h *hospital) serve(w http.ResponseWriter, r *http.Request) {
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
		_, _ = w.Write(batched(body))
		return
	}
	query := r.URL.RawQuery
	if r.Method == http.MethodPost {
		path, query = strings.TrimSuffix(path, "/_search"), string(body)
	}
	_, _ = io.WriteString(w, searched(path, query))
}

func (h *hospital) statement() string {
	var resources []string
	for _, t := range []string{"Patient", "Observation", "Condition", "AllergyIntolerance", "MedicationRequest", "Encounter", "Coverage", "Location"} {
		resources = append(resources, `{"type":"`+t+`","interaction":[{"code":"read"},{"code":"search-type"}],"searchParam":[
			{"name":"_id","type":"token"},{"name":"patient","type":"reference"},{"name":"category","type":"token"},{"name":"date","type":"date"}]}`)
	}
	batch := ""
	if h.batches {
		batch = `,"interaction":[{"code":"batch"}]`
	}
	return `{"resourceType":"CapabilityStatement","status":"active","date":"2026-01-01","kind":"instance","fhirVersion":"4.0.1","format":["json"],"rest":[{"mode":"server"` +
		batch + `,"resource":[` + strings.Join(resources, ",") + `]}]}`
}

// batched answers each entry of a batch.
func batched(body []byte) []byte {
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
		out.WriteString(`{"response":{"status":"200 OK"},"resource":` + searched(path, query) + `}`)
	}
	out.WriteString(`]}`)
	return out.Bytes()
}

// searched is a searchset: the patients of _id, or what one patient has.
func searched(typ, query string) string {
	var entries []string
	add := func(body string) {
		entries = append(entries, `{"resource":`+body+`,"search":{"mode":"match"}}`)
	}
	if typ == "Patient" {
		ids := strings.ReplaceAll(after(query, "_id="), "%2C", ",")
		for id := range strings.SplitSeq(ids, ",") {
			add(`{"resourceType":"Patient","id":"` + id + `","name":[{"family":"Family` + id + `","given":["Given"]}],"gender":"female","birthDate":"1957-06-05",
				"identifier":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}]},"value":"` + id + `"}]}`)
		}
	} else {
		patient := strings.TrimPrefix(strings.ReplaceAll(after(query, "patient="), "%2F", "/"), "Patient/")
		for i := range map[string]int{"Observation": 40, "Condition": 6, "AllergyIntolerance": 2, "MedicationRequest": 8, "Encounter": 3, "Coverage": 1}[typ] {
			add(recordOf(typ, patient, i))
		}
	}
	return fmt.Sprintf(`{"resourceType":"Bundle","type":"searchset","total":%d,"entry":[%s]}`, len(entries), strings.Join(entries, ","))
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

// BenchmarkListRefresh: thirty patients, six kinds of data, from asking to the
// last cell stored, against a bare errgroup that makes the same calls with as
// many at once, reads each answer and does nothing with it. "ratio" is what
// counts: 1.3 at most is wanted. "ratio-batched" is against the same in
// batches, where the hospital takes them.
func BenchmarkListRefresh(b *testing.B) {
	for _, takes := range []time.Duration{20 * time.Millisecond, 200 * time.Millisecond} {
		for _, batches := range []bool{true, false} {
			b.Run(fmt.Sprintf("batches=%v/call=%v", batches, takes), func(b *testing.B) {
				h := newHospital(b, takes, batches)
				refresh := listOf(b, h)
				bare, batched := bareCalls(b, h, false), bareCalls(b, h, batches)
				refresh() // opens the links, and finds out about batches
				var ours, theirs, theirBatches time.Duration
				b.ResetTimer()
				for b.Loop() {
					ours += timed(refresh)
					theirs += timed(bare)
					theirBatches += timed(batched)
				}
				b.ReportMetric(float64(ours.Milliseconds())/float64(b.N), "ms/refresh")
				b.ReportMetric(float64(theirs.Milliseconds())/float64(b.N), "ms/bare")
				b.ReportMetric(float64(ours)/float64(theirs), "ratio")
				b.ReportMetric(float64(ours)/float64(theirBatches), "ratio-batched")
			})
		}
	}
}

func timed(fn func()) time.Duration {
	begun := time.Now()
	fn()
	return time.Since(begun)
}

// listOf makes a list of thirty patients of a hospital, and gives a function
// that asks for all of it and waits for the last cell.
func listOf(tb testing.TB, h *hospital) (refresh func()) {
	tb.Helper()
	cfg := app.Defaults()
	cfg.Data = tb.TempDir()
	cfg.Outbound.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	s, err := app.Open(context.Background(), app.Options{Config: cfg, Version: "test"})
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
	ctx := people.With(context.Background(), nurse)
	space, err := s.Patients.CreateSpace(ctx, "Ward", "UTC")
	if err != nil {
		tb.Fatal(err)
	}
	connection := ""
	err = s.Patients.Connect(ctx, patients.ConnectRequest{Space: space.ID, Name: "Hospital", Link: h.URL + "/fhir", Save: true}, func(st patients.ConnectStep) {
		if st.Connection != nil {
			connection = st.Connection.ID
		}
		if st.Outcome == patients.OutcomeFailed {
			tb.Errorf("%+v", st)
		}
	})
	if err != nil || connection == "" {
		tb.Fatal("not connected", err)
	}
	list, err := s.Patients.CreateList(ctx, patients.NewList{Space: space.ID, Name: "Ward"})
	if err != nil {
		tb.Fatal(err)
	}
	columns := []string{"hr", "rr", "spo2", "temp", "problems", "allergies", "medications", "location", "coverage"}
	if _, err := s.Patients.SetView(ctx, list.ID, patients.View{Columns: columns}); err != nil {
		tb.Fatal(err)
	}
	var all []patients.NewPatient
	for i := range benchPatients {
		id := fmt.Sprintf("p%d", i)
		all = append(all, patients.NewPatient{Subject: patients.Subject{Connection: connection, Patient: id}, Identity: chart.Identity{Family: "Family" + id, MRN: id}})
	}
	if _, _, err := s.Patients.AddPatients(ctx, list.ID, all, true); err != nil {
		tb.Fatal(err)
	}
	return watch(tb, ctx, s, list.ID)
}

// watch looks at a list, and gives a function that refreshes it.
func watch(tb testing.TB, ctx context.Context, s *app.System, list string) (refresh func()) {
	ctx, cancel := context.WithCancel(ctx)
	done, first := make(chan patients.Refresh, 16), make(chan struct{})
	var once sync.Once
	var g errgroup.Group
	running := false
	g.Go(func() error {
		return s.Patients.Stream(ctx, list, 0, func(e patients.Event) error {
			if e.Kind != "refresh" {
				return nil
			}
			if running && !e.Refresh.Running {
				done <- *e.Refresh
				once.Do(func() { close(first) })
			}
			running = e.Refresh.Running
			return nil
		})
	})
	tb.Cleanup(func() {
		cancel()
		if err := g.Wait(); err != nil {
			tb.Error(err)
		}
	})
	<-first
	<-done
	return func() {
		if _, err := s.Patients.Refresh(ctx, list); err != nil {
			tb.Fatal(err)
		}
		if r := <-done; r.Reason != "" {
			tb.Fatalf("%+v", r)
		}
	}
}

// bareCalls makes the same calls: the patients, and then all else, one by one
// or in batches.
func bareCalls(tb testing.TB, h *hospital, batches bool) func() {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	tb.Cleanup(client.CloseIdleConnections)
	call := func(method, path, body string) error {
		req, err := http.NewRequestWithContext(context.Background(), method, h.URL+"/fhir"+path, strings.NewReader(body))
		if err != nil {
			return err
		}
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		return cmpErr(err, resp.Body.Close())
	}
	var ids, searches []string
	for i := range benchPatients {
		ids = append(ids, fmt.Sprintf("p%d", i))
		for _, k := range chart.Kinds() {
			searches = append(searches, fmt.Sprintf("%s?patient=p%d&_count=100", chart.Types(k)[0], i))
		}
	}
	return func() {
		if err := call(http.MethodGet, "/Patient?_id="+strings.Join(ids, ","), ""); err != nil {
			tb.Fatal(err)
		}
		var g errgroup.Group
		g.SetLimit(benchCalls)
		if !batches {
			for _, s := range searches {
				g.Go(func() error { return call(http.MethodGet, "/"+s, "") })
			}
		}
		for rest := searches; batches && len(rest) > 0; {
			n := min(benchBatch, len(rest))
			entries := make([]string, n)
			for i, s := range rest[:n] {
				entries[i] = `{"request":{"method":"GET","url":"` + s + `"}}`
			}
			rest = rest[n:]
			g.Go(func() error {
				return call(http.MethodPost, "", `{"resourceType":"Bundle","type":"batch","entry":[`+strings.Join(entries, ",")+`]}`)
			})
		}
		if err := g.Wait(); err != nil {
			tb.Fatal(err)
		}
	}
}
