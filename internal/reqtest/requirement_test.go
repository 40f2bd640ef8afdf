package reqtest

import (
	"slices"
	"strings"
	"testing"
)

// A requirement is one line of the interface's §12 with its test.
type requirement struct {
	ID   string
	Text string // in our own short words, for the table
	Run  func(t *testing.T, g *Target)
	// Elsewhere says where a requirement is tested that black box cannot show.
	Elsewhere string
	// Only names the faces a requirement speaks of; empty is all.
	Only []string
	// From names the versions of a source that can hold what a requirement asks
	// for; empty is all.
	From []string
}

// speaksOf reports whether the requirement means that pair.
func (r requirement) speaksOf(p pair) bool {
	return r.Elsewhere == "" && (len(r.Only) == 0 || slices.Contains(r.Only, p.Face.Name)) &&
		(len(r.From) == 0 || slices.Contains(r.From, p.Source.Version))
}

// requirements are all of §12, in its order, except that SEC-7 comes last: it
// reads what the server wrote while everything else ran.
func requirements() []requirement {
	all := slices.Concat(
		authRequirements(), secRequirements(), metaRequirements(), routeRequirements(), httpRequirements(),
		patRequirements(), obsRequirements(), condRequirements(), encRequirements(), algRequirements(),
		medRequirements(), covRequirements(), locRequirements(), batchRequirements(), srchRequirements(),
		audRequirements(),
	)
	i := slices.IndexFunc(all, func(r requirement) bool { return r.ID == "SEC-7" })
	last := all[i]
	return append(slices.Delete(all, i, i+1), last)
}

// TestREQ runs every requirement on every face over every source:
// TestREQ/PAT-7/stu3/r4.
func TestREQ(t *testing.T) {
	for _, r := range requirements() {
		t.Run(r.ID, func(t *testing.T) {
			for _, p := range pairs() {
				if !r.speaksOf(p) {
					suite.record(r.ID, p.name(), notApplicable)
					continue
				}
				t.Run(p.name(), func(t *testing.T) {
					t.Parallel() // each pair has servers of its own, and one requirement at a time
					t.Cleanup(func() { suite.record(r.ID, p.name(), map[bool]verdict{true: passed, false: failed}[!t.Failed()]) })
					r.Run(t, suite.target(t, p))
				})
			}
		})
	}
}

// TestRequirementsAreComplete counts them as §12 does, so that none is lost.
func TestRequirementsAreComplete(t *testing.T) {
	want := map[string]int{
		"AUTH": 27, "SEC": 8, "META": 11, "ROUTE": 7, "HTTP": 10, "PAT": 21, "OBS": 11, "COND": 4, "ENC": 6,
		"ALG": 5, "MED": 6, "COV": 3, "LOC": 2, "BATCH": 13, "SRCH": 6, "AUD": 5,
	}
	got, seen := map[string]int{}, map[string]bool{}
	for _, r := range requirements() {
		area, _, _ := strings.Cut(r.ID, "-")
		got[area]++
		if seen[r.ID] || r.Text == "" || (r.Run == nil) == (r.Elsewhere == "") {
			t.Errorf("%s: listed twice, without a text, or without exactly one of test and place", r.ID)
		}
		seen[r.ID] = true
	}
	for area, n := range want {
		if got[area] != n {
			t.Errorf("%s: %d requirements, want %d", area, got[area], n)
		}
	}
}
