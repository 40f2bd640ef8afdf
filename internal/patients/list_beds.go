package patients

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// byBed sorts entries by bed, those without one last, then by name: how a list
// stands when nobody has chosen otherwise (PAL-0630…0650).
func byBed(entries []Entry) {
	slices.SortStableFunc(entries, func(a, b Entry) int {
		switch {
		case a.Bed == "" && b.Bed != "":
			return 1
		case a.Bed != "" && b.Bed == "":
			return -1
		}
		if c := natural(a.Bed, b.Bed); c != 0 {
			return c
		}
		return cmp.Or(natural(fullName(a.Identity), fullName(b.Identity)), cmp.Compare(a.ID, b.ID))
	})
}

// natural compares as people count: "7E-2" before "7E-10", whatever the case.
func natural(a, b string) int {
	x, y := strings.ToLower(norm.NFKC.String(a)), strings.ToLower(norm.NFKC.String(b))
	for x != "" && y != "" {
		dx, dy := digits(x), digits(y)
		if dx > 0 && dy > 0 {
			nx, ny := strings.TrimLeft(x[:dx], "0"), strings.TrimLeft(y[:dy], "0")
			if c := cmp.Or(cmp.Compare(len(nx), len(ny)), cmp.Compare(nx, ny)); c != 0 {
				return c
			}
			x, y = x[dx:], y[dy:]
			continue
		}
		if x[0] != y[0] {
			return cmp.Compare(x[0], y[0])
		}
		x, y = x[1:], y[1:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(a, b))
}

// digits is how many ASCII digits s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// unoccupied are the beds of a list that no entry has, in natural order
// (PAL-0660).
func unoccupied(beds []string, entries []Entry) []string {
	taken := map[string]bool{}
	for _, e := range entries {
		taken[bedKey(e.Bed)] = true
	}
	var out []string
	for _, b := range beds {
		if !taken[bedKey(b)] {
			out = append(out, b)
		}
	}
	slices.SortStableFunc(out, natural)
	return out
}

// bedKey folds what is no difference between two ways to write one bed.
func bedKey(bed string) string { return strings.ToLower(norm.NFKC.String(strings.TrimSpace(bed))) }
