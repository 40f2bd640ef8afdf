package patients

import (
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/chart"
)

// A line of a file says what the screen says, in the ward's zone.
func TestItemLine(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	temperature := 98.6
	for _, c := range []struct {
		column string
		item   chart.Item
		want   string
	}{
		{"admitted", chart.Item{Text: "2026-01-13T17:25:00-05:00", State: "in-progress", Time: "2026-01-13T17:25:00-05:00"}, "16:25 13-Jan-2026"},
		{"admitted", chart.Item{Text: "2026-01-13", State: "finished"}, "13-Jan-2026"},
		{"status", chart.Item{Text: "finished", State: "finished", Time: "2026-01-20"}, "finished (20-Jan-2026)"},
		{"temp", chart.Item{Text: "98.60", Value: &temperature, Unit: "°F", State: "preliminary", Time: "2026-01-02T11:25:00-05:00"}, "98.60 °F (preliminary) (10:25 02-Jan-2026)"},
	} {
		if got := itemLine(c.item, Column{Key: c.column, EHR: true}, wordsOf("en"), nil, zone); got != c.want {
			t.Errorf("%s: %q, want %q", c.column, got, c.want)
		}
	}
}
