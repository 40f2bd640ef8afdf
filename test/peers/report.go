package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

const (
	suiteHeading = "## The requirement suite in front of HAPI\n"
	judgeHeading = "## HAPI's validator over what the gateway gives out\n"
)

// write writes results.md from what there is so far. A part that this run has
// left out stays as the last run wrote it.
func (p *peers) write() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	old, err := os.ReadFile(p.results)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	var b strings.Builder
	b.WriteString("# A real server and an independent judge\n\nWritten by `make peers`; do not edit.\n\n")
	if p.only == "judge" {
		b.WriteString(section(string(old), suiteHeading))
	} else {
		p.reportSuites(&b)
	}
	if len(p.verdict.pairs) == 0 {
		b.WriteString(section(string(old), judgeHeading))
	} else {
		p.verdict.report(&b)
	}
	return os.WriteFile(p.results, []byte(strings.TrimRight(b.String(), "\n")+"\n"), 0o644)
}

// section is the part of a report below a heading, with the heading.
func section(report, heading string) string {
	_, after, ok := strings.Cut(report, heading)
	if !ok {
		return ""
	}
	body, _, _ := strings.Cut(after, "\n## ")
	return heading + strings.TrimRight(body, "\n") + "\n\n"
}

func (p *peers) reportSuites(b *strings.Builder) {
	b.WriteString(suiteHeading + "\n")
	b.WriteString("HAPI FHIR " + p.hapi.version + ", JPA server over H2 in memory. Each row is the whole suite (TestREQ) on three faces;\n")
	b.WriteString("what is taken from HAPI is refused, or left out, by a proxy in front of it, while its statement goes on declaring it.\n\n")
	b.WriteString("| Provider | HAPI with | DSTU2 face | STU3 face | R4 face |\n|---|---|---|---|---|\n")
	for _, r := range p.suites {
		fmt.Fprintf(b, "| %s | %s |", r.version, r.taken.What)
		if r.broken {
			b.WriteString(" broke off | broke off | broke off |\n")
			continue
		}
		for _, f := range versions {
			fmt.Fprintf(b, " %d pass, %d fail", countOf(r.faces[f], "pass"), countOf(r.faces[f], "fail"))
			if n := countOf(r.faces[f], "skip"); n > 0 {
				fmt.Fprintf(b, ", %d left out", n)
			}
			b.WriteString(" |")
		}
		b.WriteByte('\n')
	}
	first := true
	for _, r := range p.suites {
		for _, f := range versions {
			if ids := r.failures(f); len(ids) > 0 {
				if first {
					b.WriteString("\nFailed:\n\n")
					first = false
				}
				fmt.Fprintf(b, "- %s face, HAPI %s with %s: %s\n", f, r.version, r.taken.What, strings.Join(ids, ", "))
			}
		}
	}
	for _, l := range p.lost {
		fmt.Fprintf(b, "\nLeft out in front of %s: %s, because HAPI did not keep `%s` of %s (%s).\n", l.version, l.requirement, l.path, l.record, l.why)
	}
	b.WriteByte('\n')
}

func (j judgement) report(b *strings.Builder) {
	b.WriteString(judgeHeading + "\n")
	b.WriteString("HAPI FHIR validator " + j.version + ", each version's own definitions, terminology of the definitions only. For every patient the app's calls, one by one\n")
	b.WriteString("and as a batch, and every record by its id. *a* and *b* are the suite's tenants, *s* a slice of the public sample records. An error is new\n")
	b.WriteString("when the record as it was loaded did not have it.\n\n")
	b.WriteString("| Face | Records | Answers | By status | Bodies judged | Errors in what was loaded | Errors in the answers | New | App calls failed |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, p := range j.pairs {
		fmt.Fprintf(b, "| %s | %s | %d | %s | %d | %d | %d | %d | %d |\n", p.face, p.provider, p.answers, statuses(p.statuses), p.bodies, p.inputErrors, p.errors, p.new, p.failed)
	}
	for _, m := range j.mistakes {
		if m.count > 0 {
			fmt.Fprintf(b, "\nNot counted as new: %d × on the %s face, a mistake that HAPI makes on a valid probe too: %s.\n", m.count, m.version, m.why)
		}
	}
	for _, s := range j.stricters {
		if s.count > 0 {
			fmt.Fprintf(b, "\nNot counted as new: %d × a fault of the record that only the face's version forbids: %s.\n", s.count, s.why)
		}
	}
	if len(j.groups) > 0 {
		b.WriteString("\nNew errors, by kind:\n\n")
		for _, g := range j.groups {
			fmt.Fprintf(b, "- %s face, %s: %d × `%s`: %s\n", g.face, g.provider, g.count, g.Path, strings.ReplaceAll(g.Shape, "\n", " "))
		}
	}
	fmt.Fprintf(b, "\nTook %v.\n", j.took.Round(time.Second))
}

func statuses(counts map[int]int) string {
	var out []string
	for _, s := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, fmt.Sprintf("%d × %d", counts[s], s))
	}
	return strings.Join(out, ", ")
}
