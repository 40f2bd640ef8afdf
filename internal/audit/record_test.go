package audit

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func fullRecord() Record {
	return Record{
		Time: time.Date(2026, 3, 1, 8, 0, 0, 123456000, time.UTC), RequestID: "req-1", Entry: 2,
		Tenant: "11111111-1111-4111-8111-111111111111", Client: "app1", TokenID: "jti", Operation: PatientView,
		Interaction: "search", Type: "Observation", Target: "Patient/p1", IDs: []string{"Observation/o1", "Patient/p1"},
		Patients: []string{"p1"}, Params: []string{"patient", "date"}, Status: 200, Phase: Outcome, Provider: "north",
		Store: "s", Remote: "192.0.2.1", Actor: "cli", Person: "u1", Space: "ward", List: "l1", Entries: []string{"e1", "e2"},
		Connection: "c1", Detail: "odd \"text\"\n\u2028 Zoë",
	}
}

func TestRecordRoundTrip(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		rec  Record
	}{
		{"full", fullRecord()},
		{"sparse", Record{Time: time.Unix(0, 0).UTC(), Operation: "ClientCreate", Entry: -1}},
		{"first entry of a batch", Record{Time: time.Unix(0, 0).UTC(), Operation: PatientView, Interaction: "read"}},
		{"status 0", Record{Time: time.Unix(1, 0).UTC(), Entry: -1, Operation: PatientView, Interaction: "read", Phase: Intent}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := NewChain()
			b := c.Seal([]Line{tc.rec.Encode()})
			got, err := Decode(bytes.TrimSuffix(b.Body, []byte("\n")))
			if err != nil {
				t.Fatalf("Decode: %v\n%s", err, b.Body)
			}
			if !json.Valid(b.Body) {
				t.Errorf("not JSON: %s", b.Body)
			}
			want := tc.rec
			want.Hash = b.Hash.String()
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestRecordIsCanonical holds the stored form: hashes of years ago rest on it.
func TestRecordIsCanonical(t *testing.T) {
	t.Parallel()
	r := fullRecord()
	r.Detail = "d"
	const want = `"time":"2026-03-01T08:00:00.123456Z","operation":"PatientView","request":"req-1","entry":2,"phase":"outcome",` +
		`"tenant":"11111111-1111-4111-8111-111111111111","client":"app1","token":"jti","actor":"cli","person":"u1","remote":"192.0.2.1",` +
		`"space":"ward","list":"l1","entries":["e1","e2"],"connection":"c1",` +
		`"provider":"north","store":"s","interaction":"search","type":"Observation","target":"Patient/p1",` +
		`"params":["patient","date"],"ids":["Observation/o1","Patient/p1"],"patients":["p1"],"status":200,"detail":"d"`
	if got := string(r.Encode().Body); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestRecordOfBeforePeople holds that a record without a person, a space and a
// list is written as it was before there were any: old chains stay valid.
func TestRecordOfBeforePeople(t *testing.T) {
	t.Parallel()
	r := fullRecord()
	r.Detail, r.Person, r.Space, r.List, r.Entries, r.Connection = "d", "", "", "", nil, ""
	const want = `"time":"2026-03-01T08:00:00.123456Z","operation":"PatientView","request":"req-1","entry":2,"phase":"outcome",` +
		`"tenant":"11111111-1111-4111-8111-111111111111","client":"app1","token":"jti","actor":"cli","remote":"192.0.2.1",` +
		`"provider":"north","store":"s","interaction":"search","type":"Observation","target":"Patient/p1",` +
		`"params":["patient","date"],"ids":["Observation/o1","Patient/p1"],"patients":["p1"],"status":200,"detail":"d"`
	if got := string(r.Encode().Body); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRecordBounds(t *testing.T) {
	t.Parallel()
	r := Record{Operation: "x", Entry: -1, Detail: strings.Repeat("ä", 5000)}
	for range 500 {
		r.Params = append(r.Params, strings.Repeat("n", 500))
	}
	if n := len(r.Encode().Body); n > maxDetail+maxNames*(maxName+3)+200 {
		t.Errorf("an odd record takes %d bytes", n)
	}
}

// TestRecordSurvivesTheZeroValueOfConfiguration: an event that is no FHIR
// request is not taken for the first entry of a batch.
func TestRecordEntryOfEvents(t *testing.T) {
	t.Parallel()
	r := Record{Operation: "ClientCreate"}
	if got := string(r.Encode().Body); strings.Contains(got, "entry") {
		t.Errorf("got %s, want no entry", got)
	}
}

func one(r Record) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) { yield(&r, nil) }
}

func TestExportCSVGuardsFormulas(t *testing.T) {
	t.Parallel()
	r := fullRecord()
	r.Client, r.Detail, r.Actor, r.Provider = "=HYPERLINK(1)", "-1+cmd", "@x", "a,b\n\"c\""
	var out bytes.Buffer
	if err := Export(&out, CSV, one(r)); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows, %v; want 2", len(rows), err)
	}
	cell := func(name string) string { return rows[1][slices.Index(rows[0], name)] }
	for name, want := range map[string]string{
		"client": "'=HYPERLINK(1)", "detail": "'-1+cmd", "actor": "'@x", "provider": "a,b\n\"c\"",
		"time": "2026-03-01T08:00:00.123456Z", "entry": "2", "ids": "Observation/o1 Patient/p1", "status": "200",
	} {
		if got := cell(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestExportFHIR(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name                           string
		rec                            Record
		action, outcome, typ, subtypes string
	}{
		{"search in a batch", fullRecord(), "E", "0", "rest", "search-type PatientView"},
		{"read refused", Record{Interaction: "read", Operation: "Refused", Status: 403, Entry: -1}, "R", "4", "rest", "read Refused"},
		{"fault of ours", Record{Interaction: "create", Operation: PatientDetailsEdit, Status: 503, Entry: -1}, "C", "8", "rest", "create PatientDetailsEdit"},
		{"token", Record{Operation: "TokenRefuse", Client: "c", Status: 401}, "E", "4", "110114", "TokenRefuse"},
		{"configuration", Record{Operation: "ClientCreate", Actor: "cli"}, "E", "0", "110100", "ClientCreate"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			if err := Export(&out, FHIR, one(tc.rec)); err != nil {
				t.Fatal(err)
			}
			var e event
			if err := json.Unmarshal(out.Bytes(), &e); err != nil {
				t.Fatal(err)
			}
			var subtypes []string
			for _, s := range e.Subtype {
				subtypes = append(subtypes, s.Code)
			}
			if e.Action != tc.action || e.Outcome != tc.outcome || e.Type.Code != tc.typ || strings.Join(subtypes, " ") != tc.subtypes {
				t.Errorf("action %s, outcome %s, type %s, subtypes %v; want %s, %s, %s, %s",
					e.Action, e.Outcome, e.Type.Code, subtypes, tc.action, tc.outcome, tc.typ, tc.subtypes)
			}
			// What R4 demands of every AuditEvent.
			if e.ResourceType != "AuditEvent" || e.Recorded == "" || len(e.Agent) == 0 || !e.Agent[0].Requestor || e.Source.Observer.Display == "" {
				t.Errorf("a required element is missing: %s", out.Bytes())
			}
		})
	}
	if err := Export(&bytes.Buffer{}, "xml", one(Record{})); err == nil {
		t.Error("an unknown format is taken")
	}
}

func FuzzDecode(f *testing.F) {
	r := fullRecord()
	f.Add(bytes.TrimSpace(NewChain().Seal([]Line{r.Encode()}).Body))
	f.Add([]byte(`{"seq":0,"time":"2026-03-01T08:00:00.123456Z"}`))
	f.Add([]byte(`{"seq":99999999999999999999,"time":""}`))
	f.Add([]byte(``))
	f.Fuzz(func(t *testing.T, line []byte) {
		if rec, err := Decode(line); err == nil {
			// What can be read can be written and read again.
			again, err := Decode(bytes.TrimSpace(NewChain().Seal([]Line{rec.Encode()}).Body))
			if err != nil {
				t.Fatalf("written again: %v", err)
			}
			if again.Operation != strings.ToValidUTF8(rec.Operation, "\ufffd") || again.Tenant != strings.ToValidUTF8(rec.Tenant, "\ufffd") {
				t.Fatalf("%+v became %+v", rec, again)
			}
		}
		if s, err := split(line); err == nil && s.follows(genesis("x")) && len(s.content) == 0 {
			t.Fatal("an empty record verifies")
		}
		_ = lineTime(line)
	})
}

// FuzzVerifyBlock feeds arbitrary block bodies to the walk and to the index.
func FuzzVerifyBlock(f *testing.F) {
	r := fullRecord()
	c := &Chain{id: "0011223344556677"}
	c.Reset()
	start := c.StartLine(r.Encode(), []Link{{Chain: "x", Seq: 3, Hash: "00"}})
	f.Add(bytes.Clone(c.Seal([]Line{start, r.Encode(), r.Encode()}).Body), int64(0), 3)
	f.Add([]byte("\n\n{}\n"), int64(5), 0)
	f.Add([]byte(`{"seq":-1,`), int64(-5), -4)
	f.Fuzz(func(t *testing.T, body []byte, seq int64, n int) {
		v := &verifier{report: &Report{}, chains: map[string]*chainState{}, expected: map[string][]expectation{}}
		b := Block{ID: 1, Chain: c.id, Seq: seq, Count: n, Prev: genesis(c.id), Body: body}
		v.block(b)
		b.ID = 2
		v.block(b)
		v.finish(nil)
		if v.report.OK() {
			t.Error("a body twice, without a head, has no fault")
		}
		appendEntries(nil, b)
	})
}
