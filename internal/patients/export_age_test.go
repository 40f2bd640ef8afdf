package patients

import (
	"testing"
	"time"
)

func TestAge(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	for born, want := range map[string]string{
		"2000-12-01": "26", "2000-12-02": "25", "2001-12-01": "25", "1936-11-30": "90+", "1937": "89", "2026-12": "0", "2027-01-01": "0", "": "", "x": "",
	} {
		if got := age(born, now); got != want {
			t.Errorf("born %q: %q, want %q", born, got, want)
		}
	}
}
