package audit

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/fhir"
)

func TestMain(m *testing.M) { await.Main(m) }

// memory keeps what is appended, or refuses it.
type memory struct {
	Reader
	mu    sync.Mutex
	chain *Chain
	recs  []Record
	err   error
	log   *[]string // shared with the server: the order of things
}

func (m *memory) AppendAudit(ctx context.Context, lines []Line) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.log != nil {
		*m.log = append(*m.log, "record")
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if m.err != nil {
		return m.err
	}
	b := m.chain.Seal(lines)
	for l := range linesOf(b) {
		r, err := Decode(l)
		if err != nil {
			return err
		}
		m.recs = append(m.recs, *r)
	}
	m.chain.Advance(b)
	return nil
}

func linesOf(b Block) func(func([]byte) bool) { return lines(b.Body) }

func newRecorder(t *testing.T, m *memory) *Recorder {
	t.Helper()
	m.chain = NewChain()
	l, err := New(Config{Storage: m, Reader: m, Clock: func() time.Time { return time.Unix(1, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewRecorder(l, func(_ context.Context, r *Record) {
		r.RequestID, r.Tenant, r.Client, r.TokenID = "req", "ten", "cli", "jti"
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func answer(resp *fhir.Response, err error) fhir.Server {
	return fhir.ServerFunc{V: fhir.R4, F: func(context.Context, *fhir.Request) (*fhir.Response, error) { return resp, err }}
}

func resource(typ, id, body string) fhir.Resource {
	return fhir.Resource{Type: typ, ID: id, VersionID: "1", Body: []byte(body)}
}

func TestLink(t *testing.T) {
	t.Parallel()
	who := Record{RequestID: "req", Tenant: "ten", Client: "cli", TokenID: "jti", Provider: "north", Entry: -1}
	with := func(change func(*Record)) Record { r := who; change(&r); return r }
	observation := resource("Observation", "o1", `{"subject":{"reference":"Patient/p1"},"performer":[{"reference":"Practitioner/d1"}]}`)
	notFound := fhir.Errorf(fhir.KindNotFound, "not-found", "No.")
	for _, tc := range []struct {
		name string
		req  fhir.Request
		resp *fhir.Response
		err  error
		want []Record
	}{
		{
			"read of a patient",
			fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "p1"},
			&fhir.Response{Resource: &fhir.Resource{Type: "Patient", ID: "p1"}}, nil,
			[]Record{with(func(r *Record) {
				r.Operation, r.Interaction, r.Type, r.Target = PatientView, "read", "Patient", "Patient/p1"
				r.IDs, r.Patients, r.Status = []string{"Patient/p1"}, []string{"p1"}, 200
			})},
		},
		{
			"read not modified",
			fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "p1"},
			&fhir.Response{NotModified: true, Resource: &fhir.Resource{Type: "Patient", ID: "p1"}}, nil,
			[]Record{with(func(r *Record) {
				r.Operation, r.Interaction, r.Type, r.Target = PatientView, "read", "Patient", "Patient/p1"
				r.IDs, r.Patients, r.Status = []string{"Patient/p1"}, []string{"p1"}, 304
			})},
		},
		{
			"read of nothing",
			fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "p7"},
			nil, notFound,
			[]Record{with(func(r *Record) {
				r.Operation, r.Interaction, r.Type, r.Target = PatientView, "read", "Patient", "Patient/p7"
				r.Patients, r.Status = []string{"p7"}, 404
			})},
		},
		{
			"read of an observation finds its patient",
			fhir.Request{Interaction: fhir.Read, Type: "Observation", ID: "o1"},
			&fhir.Response{Resource: &observation}, nil,
			[]Record{with(func(r *Record) {
				r.Operation, r.Interaction, r.Type, r.Target = PatientView, "read", "Observation", "Observation/o1"
				r.IDs, r.Patients, r.Status = []string{"Observation/o1"}, []string{"p1"}, 200
			})},
		},
		{
			"search of patients keeps names of parameters only",
			fhir.Request{Interaction: fhir.Search, Type: "Patient", Params: []fhir.Param{
				{Name: "family:contains", Value: "Okafor"}, {Name: "identifier", Value: "7001001"}, {Name: "Okafor Lund", Value: ""},
			}},
			&fhir.Response{Matches: []fhir.Match{
				{Resource: resource("Patient", "p1", `{}`)},
				{Resource: resource("Practitioner", "d1", `{}`), Mode: fhir.ModeInclude},
				{Resource: resource("OperationOutcome", "x", `{}`), Mode: fhir.ModeOutcome},
			}}, nil,
			[]Record{with(func(r *Record) {
				r.Operation, r.Interaction, r.Type = PatientSearch, "search", "Patient"
				r.Params = []string{"family:contains", "identifier", "(invalid)"}
				r.IDs, r.Patients, r.Status = []string{"Patient/p1", "Practitioner/d1"}, []string{"p1"}, 200
			})},
		},
		{
			"search by patient that finds nothing still names the patient",
			fhir.Request{Interaction: fhir.Search, Type: "Condition", Params: []fhir.Param{{Name: "Patient", Value: "p1"}, {Name: "subject", Value: "Patient/p2"}, {Name: "patient:identifier", Value: "7001001"}, {Name: "patient", Value: "urn:oid:1.2|7001001"}}},
			&fhir.Response{}, nil,
			[]Record{with(func(r *Record) {
				r.Operation, r.Interaction, r.Type = PatientView, "search", "Condition"
				r.Params = []string{"Patient", "subject", "patient:identifier", "patient"}
				r.Patients, r.Status = []string{"p1", "p2"}, 200
			})},
		},
		{
			"capabilities",
			fhir.Request{Interaction: fhir.Capabilities},
			&fhir.Response{Resource: &fhir.Resource{Type: "CapabilityStatement", ID: "x"}}, nil,
			[]Record{with(func(r *Record) { r.Operation, r.Interaction, r.Status = EHRConnectionSet, "capabilities", 200 })},
		},
		{
			"create: intent and outcome",
			fhir.Request{Interaction: fhir.Create, Type: "Observation", Return: fhir.ReturnMinimal, Body: []byte(`{"subject":{"reference":"Patient\/p4"}}`)},
			&fhir.Response{Created: true, Resource: &fhir.Resource{Type: "Observation", ID: "o9"}}, nil,
			[]Record{
				with(func(r *Record) {
					r.Operation, r.Interaction, r.Type, r.Phase = PatientDetailsEdit, "create", "Observation", Intent
				}),
				with(func(r *Record) {
					r.Operation, r.Interaction, r.Type, r.Phase = PatientDetailsEdit, "create", "Observation", Outcome
					r.IDs, r.Patients, r.Status = []string{"Observation/o9"}, []string{"p4"}, 201
				}),
			},
		},
		{
			"transaction: a record for each entry, twice",
			fhir.Request{Interaction: fhir.Transaction, Entries: []fhir.Entry{
				{Request: &fhir.Request{Interaction: fhir.Delete, Type: "Patient", ID: "p1"}},
				{Request: &fhir.Request{Interaction: fhir.Create, Type: "Patient"}},
			}},
			nil, fhir.Errorf(fhir.KindConflict, "conflict", "No."),
			[]Record{
				with(func(r *Record) {
					r.Entry, r.Operation, r.Interaction, r.Type, r.Target, r.Phase = 0, PatientDetailsEdit, "delete", "Patient", "Patient/p1", Intent
					r.Patients = []string{"p1"}
				}),
				with(func(r *Record) {
					r.Entry, r.Operation, r.Interaction, r.Type, r.Phase = 1, PatientDetailsEdit, "create", "Patient", Intent
				}),
				with(func(r *Record) {
					r.Entry, r.Operation, r.Interaction, r.Type, r.Target, r.Phase = 0, PatientDetailsEdit, "delete", "Patient", "Patient/p1", Outcome
					r.Patients, r.Status = []string{"p1"}, 409
				}),
				with(func(r *Record) {
					r.Entry, r.Operation, r.Interaction, r.Type, r.Phase, r.Status = 1, PatientDetailsEdit, "create", "Patient", Outcome, 409
				}),
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			m := &memory{}
			resp, err := newRecorder(t, m).Link(answer(tc.resp, tc.err), "north").Do(t.Context(), &tc.req)
			if !errors.Is(err, tc.err) || resp != tc.resp {
				t.Errorf("answer %v, %v; want it as it came: %v, %v", resp, err, tc.resp, tc.err)
			}
			if diff := cmp.Diff(tc.want, m.recs, cmpopts.IgnoreFields(Record{}, "Time", "Seq", "Hash"), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLinkFailsClosed(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		req    fhir.Request
		called bool
	}{
		{"a read is withheld", fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: "p1"}, true},
		{"a write does not begin", fhir.Request{Interaction: fhir.Update, Type: "Patient", ID: "p1"}, false},
		{"nor a transaction", fhir.Request{Interaction: fhir.Transaction}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			m := &memory{err: errors.New("disk full at /secret/path")}
			called := false
			next := fhir.ServerFunc{V: fhir.R4, F: func(context.Context, *fhir.Request) (*fhir.Response, error) {
				called = true
				return &fhir.Response{Resource: &fhir.Resource{Type: "Patient", ID: "p1"}}, nil
			}}
			resp, err := newRecorder(t, m).Link(next, "north").Do(t.Context(), &tc.req)
			var fe *fhir.Error
			if resp != nil || !errors.As(err, &fe) || fe.Kind != fhir.KindUnavailable {
				t.Errorf("%v, %v; want no answer and KindUnavailable", resp, err)
			}
			if fe != nil && strings.Contains(fe.Issues[0].Diagnostics, "secret") {
				t.Errorf("strangers learn %q", fe.Issues[0].Diagnostics)
			}
			if called != tc.called {
				t.Errorf("next was called: %v, want %v", called, tc.called)
			}
		})
	}
}

// TestLinkOrder: a write stands between its records, and a client that hangs up
// in the middle is recorded.
func TestLinkOrder(t *testing.T) {
	t.Parallel()
	var order []string
	m := &memory{log: &order}
	ctx, cancel := context.WithCancel(t.Context())
	next := fhir.ServerFunc{V: fhir.R4, F: func(ctx context.Context, _ *fhir.Request) (*fhir.Response, error) {
		order = append(order, "write")
		cancel()
		return nil, ctx.Err()
	}}
	_, err := newRecorder(t, m).Link(next, "north").Do(ctx, &fhir.Request{Interaction: fhir.Delete, Type: "Patient", ID: "p1"})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the server's own", err)
	}
	if got := strings.Join(order, " "); got != "record write record" || len(m.recs) != 2 {
		t.Errorf("order %q with %d records, want record write record with 2", got, len(m.recs))
	}
}

func TestRecorderEvent(t *testing.T) {
	t.Parallel()
	m := &memory{}
	r := newRecorder(t, m)
	if err := r.Event(t.Context(), "Refused", "Patient", 401); err != nil {
		t.Fatal(err)
	}
	if err := r.Event(r.Entry(t.Context(), 0), "Refused", "", 405); err != nil {
		t.Fatal(err)
	}
	if m.recs[0].Entry != -1 || m.recs[0].Status != 401 || m.recs[0].Type != "Patient" || m.recs[0].Client != "cli" {
		t.Errorf("event: %+v", m.recs[0])
	}
	if m.recs[1].Entry != 0 || m.recs[1].Status != 405 {
		t.Errorf("event of an entry: %+v, want entry 0", m.recs[1])
	}
}

func TestPatientsInBody(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, body string
		want       []string
	}{
		{"relative", `{"reference":"Patient/p1"}`, []string{"p1"}},
		{"absolute", `{"reference":"https://h/fhir/Patient/p1"}`, []string{"p1"}},
		{"versioned", `{"reference":"Patient/p1/_history/3"}`, []string{"p1"}},
		{"escaped", `{"reference":"https:\/\/h\/Patient\/p1\/_history\/2"}`, []string{"p1"}},
		{"twice", `["Patient/p1","Patient/p1","Patient/p2"]`, []string{"p1", "p2"}},
		{"other types", `["RelatedPatient/p1","Patient","Patient/","PatientX/p1","Patient/a b"]`, nil},
		{"hidden by escapes", `{"a":[{"reference":"\u0050atient\u002fp1"}],"b":"caf\u00e9"}`, []string{"p1"}},
		{"cut off", `"Patient/p1`, []string{"p1"}},
		{"a path below", `"Patient/p1/Observation"`, nil},
		{"too long", `"Patient/` + strings.Repeat("a", 65) + `"`, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var r Record
			r.addPatientsIn([]byte(tc.body))
			if diff := cmp.Diff(tc.want, r.Patients); diff != "" {
				t.Errorf("patients of %s (-want +got):\n%s", tc.body, diff)
			}
		})
	}
}
