package chart_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/outbound"
)

// A source answers each search with what fn says, and notes what was asked.
type source struct {
	asked []string
	fn    func(req *fhir.Request) (*fhir.Response, error)
}

func (s *source) Version() fhir.Version { return fhir.R4 }

func (s *source) Do(_ context.Context, req *fhir.Request) (*fhir.Response, error) {
	line := req.Type
	for _, p := range req.Params {
		line += " " + p.Name + "=" + p.Value
	}
	if req.Cursor != nil {
		line += " page " + string(req.Cursor)
	}
	s.asked = append(s.asked, line)
	return s.fn(req)
}

// matches are n records of a patient.
func matches(typ, patient string, n int) []fhir.Match {
	out := make([]fhir.Match, n)
	for i := range out {
		body := fmt.Sprintf(`{"resourceType":%q,"id":"%d","subject":{"reference":"Patient/%s"},"code":{"text":"Thing %d"},"status":"active"}`, typ, i, patient, i)
		out[i] = fhir.Match{Resource: fhir.Resource{Type: typ, ID: fmt.Sprint(i), Body: []byte(body)}}
	}
	return out
}

func clock() time.Time { return now }

func TestWhatIsAskedOfEachKind(t *testing.T) {
	t.Parallel()
	want := map[chart.Kind]string{
		chart.Vitals:      "Observation patient=7 category=vital-signs _sort=-date _count=100",
		chart.Problems:    "Condition patient=7 _count=100",
		chart.Allergies:   "AllergyIntolerance patient=7 _count=100",
		chart.Medications: "MedicationRequest patient=7 _count=100",
		chart.Encounters:  "Encounter patient=7 _sort=-date _count=10",
		chart.Coverage:    "Coverage patient=7 _count=100",
	}
	for _, k := range chart.Kinds() {
		s := &source{fn: func(*fhir.Request) (*fhir.Response, error) { return &fhir.Response{}, nil }}
		if _, err := chart.Read(t.Context(), s, k, "7", false, clock); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{want[k]}, s.asked); diff != "" {
			t.Errorf("%s (-want +got):\n%s", k, diff)
		}
	}
}

// ui §2.2: problems, allergies and medicines are paged to the end, or it is said
// how many there are; of vitals and encounters the newest are enough.
func TestPaging(t *testing.T) {
	t.Parallel()
	pages := func(each, all int) *source {
		given := 0
		return &source{fn: func(req *fhir.Request) (*fhir.Response, error) {
			n := min(each, all-given)
			given += n
			resp := &fhir.Response{Matches: matches(req.Type, "7", n), Total: all, Known: fhir.TotalExact}
			if given < all {
				resp.Next = fmt.Append(nil, given)
			}
			return resp, nil
		}}
	}
	for _, tt := range []struct {
		name         string
		kind         chart.Kind
		each, all    int
		whole        bool
		calls, total int
		complete     bool
	}{
		{"to the end", chart.Problems, 10, 23, false, 3, 23, true},
		{"a bound", chart.Problems, 100, 777, false, 5, 777, false},
		{"all are wanted", chart.Problems, 100, 777, true, 8, 777, true},
		{"the newest vitals", chart.Vitals, 100, 300, false, 1, 300, false},
		{"all vitals", chart.Vitals, 100, 300, true, 3, 300, true},
		{"encounters, none in progress", chart.Encounters, 10, 40, false, 4, 40, true},
		{"a bound of encounters", chart.Encounters, 10, 400, false, 10, 400, false},
	} {
		s := pages(tt.each, tt.all)
		r, err := chart.Read(t.Context(), s, tt.kind, "7", tt.whole, clock)
		if err != nil || len(s.asked) != tt.calls || r.Total != tt.total || r.Complete != tt.complete || !r.AsOf.Equal(now) {
			t.Errorf("%s: %d calls, %+v, %v", tt.name, len(s.asked), r, err)
		}
	}
}

// PAB-0064: records that a version cannot express are left out of an answer,
// which then is not whole: it must not say that there are no allergies.
func TestWithheldRecordsAreMissed(t *testing.T) {
	t.Parallel()
	s := &source{fn: func(*fhir.Request) (*fhir.Response, error) {
		return &fhir.Response{Warnings: []fhir.Issue{{Severity: "warning", Code: "incomplete"}}}, nil
	}}
	r, err := chart.Read(t.Context(), s, chart.Allergies, "7", false, clock)
	if err != nil {
		t.Fatal(err)
	}
	c := chart.Cells(chart.Allergies, r, now)["allergies"]
	if r.Complete || c.Status != chart.Failed || c.Note != string(chart.AllergiesUnavailable) || c.Reason != chart.ReasonUnexpected {
		t.Errorf("%+v", c)
	}
}

// A record of another patient, or of another type, is never shown as this
// patient's.
func TestRecordsOfOthers(t *testing.T) {
	t.Parallel()
	for name, m := range map[string][]fhir.Match{
		"another patient's": matches("Condition", "8", 1),
		"another type":      matches("Observation", "7", 1),
		"no FHIR":           {{Resource: fhir.Resource{Type: "Condition", Body: []byte(`[`)}}},
	} {
		s := &source{fn: func(*fhir.Request) (*fhir.Response, error) { return &fhir.Response{Matches: m}, nil }}
		got, err := chart.ReadSection(t.Context(), s, chart.Problems, "7", "", false, clock)
		if err != nil || got.Status != chart.Failed || got.Reason != chart.ReasonUnexpected || len(got.Items) != 0 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	included := append(matches("Condition", "7", 1), fhir.Match{Mode: fhir.ModeInclude, Resource: fhir.Resource{Type: "Practitioner", Body: []byte(`{}`)}})
	s := &source{fn: func(*fhir.Request) (*fhir.Response, error) { return &fhir.Response{Matches: included}, nil }}
	if got, err := chart.ReadSection(t.Context(), s, chart.Problems, "7", "", false, clock); err != nil || got.Status != chart.Loaded || len(got.Items) != 1 {
		t.Errorf("with an included resource: %+v, %v", got, err)
	}
}

// What a record system has no orders for may have statements.
func TestMedicationStatementsInstead(t *testing.T) {
	t.Parallel()
	s := &source{fn: func(req *fhir.Request) (*fhir.Response, error) {
		if req.Type == "MedicationRequest" {
			return nil, fhir.Errorf(fhir.KindUnknownType, "not-supported", "No.")
		}
		return &fhir.Response{Matches: matches(req.Type, "7", 1)}, nil
	}}
	if _, err := chart.Read(t.Context(), s, chart.Medications, "7", false, clock); err != nil || len(s.asked) != 2 {
		t.Errorf("%v, asked %v", err, s.asked)
	}
	s.fn = func(*fhir.Request) (*fhir.Response, error) {
		return nil, fhir.Errorf(fhir.KindTimeout, "timeout", "No.")
	}
	s.asked = nil
	if _, err := chart.Read(t.Context(), s, chart.Medications, "7", false, clock); err == nil || len(s.asked) != 1 {
		t.Errorf("%v, asked %v", err, s.asked)
	}
}

type status int

func (s status) Error() string   { return fmt.Sprint("status ", int(s)) }
func (s status) HTTPStatus() int { return int(s) }

func TestReasonOf(t *testing.T) {
	t.Parallel()
	upstream := func(code int) error {
		return fhir.Errorf(fhir.KindUpstream, "transient", "No.").Because(status(code))
	}
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"time was up", fhir.Errorf(fhir.KindTimeout, "timeout", "No."), chart.ReasonTimeout},
		{"our own time was up", context.DeadlineExceeded, chart.ReasonTimeout},
		{"no connection", fhir.Errorf(fhir.KindUnavailable, "transient", "No."), chart.ReasonDown},
		{"throttled", fhir.Errorf(fhir.KindUnavailable, "throttled", "No."), chart.ReasonBusy},
		{"401", upstream(http.StatusUnauthorized), chart.ReasonCredentials},
		{"403", upstream(http.StatusForbidden), chart.ReasonForbidden},
		{"500", upstream(http.StatusInternalServerError), chart.ReasonDown},
		{"nonsense", fhir.Errorf(fhir.KindUpstream, "structure", "No."), chart.ReasonUnexpected},
		{"our rules", fhir.Errorf(fhir.KindUnavailable, "transient", "No.").Because(outbound.ErrRefused), chart.ReasonAddress},
		{"too much", fhir.Errorf(fhir.KindTooCostly, "too-costly", "No."), chart.ReasonTooMuch},
		{"no such type", fhir.Errorf(fhir.KindUnknownType, "not-supported", "No."), chart.ReasonUnsupported},
		{"no such patient", fhir.Errorf(fhir.KindNotFound, "not-found", "No."), chart.ReasonGone},
		{"deleted", fhir.Errorf(fhir.KindGone, "deleted", "No."), chart.ReasonGone},
		{"what the connection knows", fhir.Errorf(fhir.KindUpstream, "exception", "No.").Because(&chart.Fault{Reason: chart.ReasonCredentials, Err: errors.New("x")}), chart.ReasonCredentials},
		{"a fault of ours", errors.New("x"), chart.ReasonInternal},
	} {
		if got := chart.ReasonOf(tt.err); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestFailureIsNeverEmpty(t *testing.T) {
	t.Parallel()
	err := fhir.Errorf(fhir.KindTimeout, "timeout", "No.")
	for _, k := range chart.Kinds() {
		for column, c := range chart.Failure(k, err) {
			if c.Status != chart.Failed || c.Reason != chart.ReasonTimeout {
				t.Errorf("%s: %+v", column, c)
			}
		}
		if s := chart.FailedSection(k, err); s.Status != chart.Failed || s.Reason != chart.ReasonTimeout || k == chart.Allergies && s.Allergy != chart.AllergiesUnavailable {
			t.Errorf("%s: %+v", k, s)
		}
		if s := chart.UnsupportedSection(k); s.Status != chart.Unsupported || k == chart.Allergies && s.Allergy != chart.AllergiesUnavailable {
			t.Errorf("%s: %+v", k, s)
		}
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	got := chart.Missing([]string{"Coverage", "MedicationStatement", "Location"})
	if diff := cmp.Diff([]chart.Kind{chart.Coverage}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPatients(t *testing.T) {
	t.Parallel()
	s := &source{fn: func(req *fhir.Request) (*fhir.Response, error) {
		if req.Cursor == nil {
			return &fhir.Response{Matches: []fhir.Match{{Resource: fhir.Resource{Type: "Patient", ID: "1", Body: []byte(`{}`)}}}, Next: []byte("2")}, nil
		}
		return &fhir.Response{Matches: []fhir.Match{
			{Resource: fhir.Resource{Type: "Patient", ID: "2", Body: []byte(`{}`)}}, {Resource: fhir.Resource{Type: "Patient", ID: "stranger", Body: []byte(`{}`)}},
		}}, nil
	}}
	got, err := chart.Patients(t.Context(), s, []string{"1", "2", "3"})
	if err != nil || len(got) != 2 || got["1"] == nil || got["2"] == nil {
		t.Errorf("%v, %v", got, err)
	}
	if diff := cmp.Diff([]string{"Patient _id=1,2,3 _count=3", "Patient _id=1,2,3 _count=3 page 2"}, s.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}
