package patients

import (
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/chart"
)

// A record system that fails is asked less and less, and as often as before
// once it answers.
func TestRefreshBacksOff(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		every, failed int
		want          time.Duration
	}{
		{120, 0, 2 * time.Minute},
		{120, 1, 4 * time.Minute},
		{120, 2, 8 * time.Minute},
		{120, 3, 10 * time.Minute},
		{120, 99, 10 * time.Minute},
		{15, 2, time.Minute},
		{0, 0, minRefresh * time.Second},
		{3600, 0, time.Hour},
		{3600, 5, time.Hour}, // longer than the longest back-off: it stays
	} {
		r := &refresher{state: Refresh{Every: tt.every}, failed: tt.failed}
		if got := r.interval(); got != tt.want {
			t.Errorf("every %d s after %d failures: %v, want %v", tt.every, tt.failed, got, tt.want)
		}
	}
}

func TestRefreshIsStaleAfterTwoIntervals(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name   string
		last   time.Time
		failed int
		stale  bool
	}{
		{"never asked", time.Time{}, 0, false},
		{"one interval", now.Add(-2 * time.Minute), 0, false},
		{"just two", now.Add(-4 * time.Minute), 1, false},
		{"more", now.Add(-4*time.Minute - time.Second), 1, true}, // whatever the back-off is by then
	} {
		r := &refresher{state: Refresh{Every: 120, Last: tt.last}, failed: tt.failed}
		if got := r.shown(now); got.Stale != tt.stale {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}

func TestWhenAListIsAsked(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)
	s := &Service{now: func() time.Time { return now }}
	someone := map[*viewer]struct{}{{}: {}}
	for _, tt := range []struct {
		name  string
		r     *refresher
		wait  time.Duration
		asked bool
	}{
		{"when someone looks first", &refresher{viewers: someone}, 0, false},
		{"after the interval", &refresher{viewers: someone, tried: now.Add(-30 * time.Second), state: Refresh{Every: 120}}, 90 * time.Second, true},
		{"when the interval is over", &refresher{viewers: someone, tried: now.Add(-3 * time.Minute), state: Refresh{Every: 120}}, 0, true},
		{"when somebody asks", &refresher{tried: now, state: Refresh{Every: 120, Running: true}}, 0, false},
		{"not while nobody looks", &refresher{tried: now.Add(-time.Hour), state: Refresh{Every: 120}}, linger, true},
	} {
		if wait, asked := s.due(tt.r); wait != tt.wait || asked != tt.asked {
			t.Errorf("%s: wait %v, asked %v", tt.name, wait, asked)
		}
	}
}

func TestFingerprintFits(t *testing.T) {
	t.Parallel()
	was := Fingerprint{MRN: "7", Family: "Okafor", Born: "1957-06-05"}
	for _, tt := range []struct {
		name string
		is   chart.Identity
		want bool
	}{
		{"the same", chart.Identity{MRN: "7", Family: "Okafor", Born: "1957-06-05"}, true},
		{"written otherwise", chart.Identity{MRN: "7", Family: "OKAFOR", Born: "1957-06-05"}, true},
		{"married", chart.Identity{MRN: "7", Family: "Lund", Born: "1957-06-05"}, true},
		{"birth date corrected", chart.Identity{MRN: "7", Family: "Okafor", Born: "1957-05-06"}, true},
		{"name and birth date", chart.Identity{MRN: "7", Family: "Lund", Born: "1990-01-01"}, false},
		{"another number", chart.Identity{MRN: "8", Family: "Okafor", Born: "1957-06-05"}, false},
		{"the number is not given", chart.Identity{Family: "Okafor", Born: "1957-06-05"}, true},
		{"neither number nor person", chart.Identity{Family: "Lund", Born: "1990-01-01"}, false},
		{"nothing is known", chart.Identity{}, true},
	} {
		if got := was.fits(tt.is); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestNormalizeLink(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://ehr.example.org/fhir":                     "https://ehr.example.org/fhir",
		" https://ehr.example.org/fhir/ ":                  "https://ehr.example.org/fhir",
		"https://EHR.example.org//fhir//r4//metadata":      "https://ehr.example.org/fhir/r4",
		"https://ehr.example.org/fhir/metadata/":           "https://ehr.example.org/fhir",
		"https://ehr.example.org/fhir/metadata?_format=js": "https://ehr.example.org/fhir",
		"https://ehr.example.org/metadata":                 "https://ehr.example.org",
		"ehr.example.org/fhir":                             "https://ehr.example.org/fhir",
		"http://127.0.0.1:8080/fhir/r4":                    "http://127.0.0.1:8080/fhir/r4",
		"https://ehr.example.org/fhir#top":                 "https://ehr.example.org/fhir",
	} {
		got, err := NormalizeLink(raw)
		if err != nil || got != want {
			t.Errorf("%q is %q (%v), want %q", raw, got, err, want)
		}
	}
}

// Who asks again while it is asked joins, and who asks just after gets what
// there is: a record system is asked no oftener than that, whoever clicks.
func TestWhatSomeoneAsksForIsSpaced(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name string
		r    *refresher
		want bool
	}{
		{"never asked", &refresher{}, true},
		{"while it is asked", &refresher{state: Refresh{Running: true}, ended: now.Add(-time.Second)}, true},
		{"just after", &refresher{ended: now.Add(-leastApart + time.Millisecond)}, false},
		{"just after one that failed", &refresher{ended: now, failed: 1}, false},
		{"later", &refresher{ended: now.Add(-leastApart)}, true},
	} {
		was := tt.r.state
		if got := tt.r.askedNow(now); got != tt.want || tt.r.state.Running != (tt.want || was.Running) {
			t.Errorf("%s: asked %v, then %+v", tt.name, got, tt.r.state)
		}
	}
}
