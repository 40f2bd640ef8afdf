package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A run of some rows leaves the others as they were, and takes their failures
// along only with them.
func TestRowsOfEarlierRunsStay(t *testing.T) {
	t.Parallel()
	const old = suiteHeading + `
| Provider | HAPI with | DSTU2 face | STU3 face | R4 face |
|---|---|---|---|---|
| dstu2 | everything there | 139 pass, 0 fail | 140 pass, 0 fail | 140 pass, 0 fail |
| r4 | no batch | 139 pass, 1 fail | 140 pass, 0 fail | 140 pass, 0 fail |
| r4 | no totals | 139 pass, 1 fail | 140 pass, 0 fail | 140 pass, 0 fail |

Failed:

- dstu2 face, HAPI r4 with no batch: BATCH-1
- dstu2 face, HAPI r4 with no totals: OBS-11

Left out in front of dstu2: ENC-4, because.
`
	p := &peers{hapi: &hapi{version: "1"}}
	p.suites = []*suiteRun{{version: "r4", taken: switches()[3], faces: map[string]map[string]string{"dstu2": {"OBS-11": "pass"}}}}
	var b strings.Builder
	p.reportSuites(&b, old)
	got := b.String()
	for _, line := range []string{
		"| dstu2 | everything there | 139 pass, 0 fail | 140 pass, 0 fail | 140 pass, 0 fail |\n| r4 | no batch |",
		"| r4 | no totals | 1 pass, 0 fail | 0 pass, 0 fail | 0 pass, 0 fail |",
		"- dstu2 face, HAPI r4 with no batch: BATCH-1\n",
		"Left out in front of dstu2: ENC-4",
	} {
		if !strings.Contains(got, line) {
			t.Errorf("the report lacks %q:\n%s", line, got)
		}
	}
	if strings.Contains(got, "with no totals: OBS-11") {
		t.Errorf("a failure outlives the run that mended it:\n%s", got)
	}
}

// The app's part alone leaves the other parts as the last run wrote them, and
// the other way round.
func TestPartsOfEarlierRunsStay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	results, document := filepath.Join(dir, "results.md"), filepath.Join(dir, "conformance.md")
	old := "# A real server\n\n" + suiteHeading + "\nthe suite's table\n\n" + judgeHeading + "\nthe judge's table\n\n" + appHeading + "\nthe app's old table\n"
	for path, text := range map[string]string{results: old, document: "<!-- begin peers -->\n<!-- end peers -->\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	check := func(p *peers, want []string, none string) {
		t.Helper()
		p.results, p.document, p.hapi = results, document, &hapi{version: "1"}
		if err := p.write(); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{results, document} {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range want {
				if strings.Count(string(text), w) != 1 {
					t.Errorf("%s has %q %d times:\n%s", filepath.Base(path), w, strings.Count(string(text), w), text)
				}
			}
			if strings.Contains(string(text), none) {
				t.Errorf("%s has %q still", filepath.Base(path), none)
			}
		}
	}
	app := &peers{options: options{only: "app"}, walks: []walked{{load: &load{version: "r4", name: "s"}, all: 22}}}
	check(app, []string{"the suite's table", "the judge's table", "## The Patients app on HAPI\n", "| r4/s | 22 |"}, "old table")
	check(&peers{options: options{only: "judge"}}, []string{"the suite's table", "the judge's table", "| r4/s | 22 |"}, "old table")
}
