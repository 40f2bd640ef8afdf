package adapt

import (
	"slices"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

func TestSpellings(t *testing.T) {
	for _, tc := range []struct {
		folded, typed string
		folds         bool
		want          []string
	}{
		{"zoe", "zoe", false, []string{"zoe", "zoë", "zöe", "žoe"}},
		{"dvorak", "dvorak", false, []string{"dvorak", "dvořák", "dvořak", "dvorák"}},
		{"muller", "Muller", false, []string{"müller"}},
		{"strasse", "straße", false, []string{"strasse", "straße"}},
		{"aeroe", "aeroe", false, []string{"æroe", "aeroé"}},
		{"o'brien", "O’Brien", false, []string{"o'brien", "o’brien"}},
		{"андреи", "Андрей", false, []string{"андреи", "андрей"}},
		{"陳", "陳", false, []string{"陳"}},
		{"zoe", "ZOË", true, []string{"zoe", "zoë"}},
		{"ann", "ann", true, []string{"ann"}},
	} {
		got := spellings(tc.folded, tc.typed, tc.folds)
		for _, w := range tc.want {
			if !slices.Contains(got, w) {
				t.Errorf("%s: %s is not among %q", tc.folded, w, got)
			}
		}
		if got[0] != tc.folded || len(got) > maxVariants || tc.folds && len(got) != len(tc.want) {
			t.Errorf("%s gave %d spellings: %q", tc.folded, len(got), got)
		}
		for _, s := range got {
			if search.Fold(s) != tc.folded {
				t.Errorf("%s folds to %s, want %s", s, search.Fold(s), tc.folded)
			}
		}
	}
}
