package patients

import (
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/chart"
)

func TestAge(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	for born, want := range map[string]string{
		"2000-12-01": "26", "2000-12-02": "25", "2001-12-01": "25", "1936-11-30": "90+", "1937": "89", "2026-12": "0", "2027-01-01": "0", "": "", "x": "",
	} {
		if got := age(chart.Identity{Born: born}, now, time.UTC); got != want {
			t.Errorf("born %q: %q, want %q", born, got, want)
		}
	}
}

// The dead do not grow older: the age is the one that they reached.
func TestAgeOfTheDead(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	taipei := time.FixedZone("", 8*60*60)
	for died, want := range map[string]string{
		"2020-11-09": "39", "2020-11-10": "40", "2020-11-09T20:00:00Z": "40", "2020-10": "39", "2020-11": "40", "2020": "40", "yes": "", "x": "",
	} {
		if got := age(chart.Identity{Born: "1980-11-10", Deceased: died}, now, taipei); got != want {
			t.Errorf("died %q: %q, want %q", died, got, want)
		}
	}
}
