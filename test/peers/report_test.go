package main

import (
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
