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
		en, zh string
	}{
		{
			"admitted",
			chart.Item{Text: "2026-01-13T17:25:00-05:00", State: "in-progress", Time: "2026-01-13T17:25:00-05:00"},
			"16:25 13-Jan-2026", "2026年1月13日 16:25",
		},
		{"admitted", chart.Item{Text: "2026-01-13", State: "finished"}, "13-Jan-2026 (finished)", "2026年1月13日 (已結束)"},
		{"day", chart.Item{Text: "3", State: "onleave", Time: "2026-01-13", TimeLabel: "admitted"}, "3 (on leave)", "3 (請假外出)"},
		{
			"status",
			chart.Item{Text: "finished", State: "finished", Time: "2026-01-20", TimeLabel: "discharged"},
			"finished (discharged 20-Jan-2026)", "已結束 (出院 2026年1月20日)",
		},
		{
			"temp",
			chart.Item{Text: "98.60", Value: &temperature, Unit: "°F", State: "preliminary", Time: "2026-01-02T11:25:00-05:00", TimeLabel: "measured"},
			"98.60 °F (preliminary, 10:25 02-Jan-2026)", "98.60 °F (初步, 2026年1月2日 10:25)",
		},
		{
			"problems",
			chart.Item{Text: "Asthma", Detail: "provisional", State: "recurrence", Time: "2025-10-12", TimeLabel: "started"},
			"Asthma, provisional (recurrence, since 12-Oct-2025)", "Asthma, 暫定 (復發, 開始 2025年10月12日)",
		},
		{"allergies", chart.Item{Text: "Penicillin", Detail: "Hives", State: "active", Severity: "severe"}, "Penicillin, severe, Hives", "Penicillin, 重度, Hives"},
		{"medications", chart.Item{Text: "Ibuprofen", State: "their-own"}, "Ibuprofen (their-own)", "Ibuprofen (their-own)"},
	} {
		for locale, want := range map[string]string{"en": c.en, "zh-TW": c.zh} {
			if got := itemLine(c.item, Column{Key: c.column, EHR: true}, wordsOf(locale), nil, zone); got != want {
				t.Errorf("%s in %s: %q, want %q", c.column, locale, got, want)
			}
		}
	}
}
