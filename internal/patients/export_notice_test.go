package patients

import (
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/chart"
)

// What screen and paper say of who an entry is, a file says too.
func TestNotices(t *testing.T) {
	t.Parallel()
	taipei := time.FixedZone("", 8*60*60)
	for want, e := range map[string]Entry{
		"":                                   {State: StateOK},
		"Deceased":                           {State: StateOK, Identity: chart.Identity{Deceased: "yes"}},
		"Deceased Nov-2026":                  {State: StateOK, Identity: chart.Identity{Deceased: "2026-11"}},
		"Deceased 23-Nov-2026":               {State: StateOK, Identity: chart.Identity{Deceased: "2026-11-22T20:00:00Z"}},
		"The record is marked as not in use": {State: StateOK, Identity: chart.Identity{Inactive: true}},
		"The record now says this is someone else. Your notes are hidden. Open to compare.": {State: StateMismatch},
		"The record system no longer knows this patient. Last values are shown.":            {State: StateGone},
		"Not linked to the new record system. Open to link.":                                {State: StateUnlinked},
		"Deceased 20-Nov-2026\nThe record was merged into another. Open to follow it.":      {State: StateMerged, Identity: chart.Identity{Deceased: "2026-11-20"}},
	} {
		if got := wordsOf("en").notices(e, "", taipei); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got, want := wordsOf("zh-TW").notices(Entry{State: StateOK, Identity: chart.Identity{Deceased: "2026-11-20"}}, "same", taipei), "清單上有同名病人\n2026年11月20日死亡"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
