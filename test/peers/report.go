package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/docsection"
)

const (
	suiteHeading = "## The requirement suite in front of HAPI\n"
	judgeHeading = "## HAPI's validator over what the gateway gives out\n"
	appHeading   = "## The Patients app on HAPI\n"
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
	if !p.runs("suite") {
		b.WriteString(section(string(old), suiteHeading))
	} else {
		p.reportSuites(&b, section(string(old), suiteHeading))
	}
	if len(p.verdict.pairs) == 0 {
		b.WriteString(section(string(old), judgeHeading))
	} else {
		p.verdict.report(&b)
	}
	if len(p.walks) == 0 {
		b.WriteString(section(string(old), appHeading))
	} else {
		p.reportApp(&b)
	}
	text := strings.TrimRight(b.String(), "\n") + "\n"
	if err := os.WriteFile(p.results, []byte(text), 0o644); err != nil {
		return err
	}
	_, body, _ := strings.Cut(text, "\n## ")
	return docsection.Write(p.document, "peers", []byte("### "+strings.ReplaceAll(body, "\n## ", "\n### ")))
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

// reportSuites writes the table: what this run has run, and the rows of earlier
// runs that it has left out.
func (p *peers) reportSuites(b *strings.Builder, old string) {
	b.WriteString(suiteHeading + "\n")
	b.WriteString("HAPI FHIR " + p.hapi.version + ", JPA server over H2 in memory. Each row is the whole suite (TestREQ) on three faces;\n")
	b.WriteString("what is taken from HAPI is refused, or left out, by a proxy in front of it, while its statement goes on declaring it.\n\n")
	b.WriteString("| Provider | HAPI with | DSTU2 face | STU3 face | R4 face |\n|---|---|---|---|---|\n")
	var failed []string
	for _, v := range versions {
		for _, taken := range switches() {
			row := fmt.Sprintf("| %s | %s |", v, taken.What)
			if r := p.suiteOf(v, taken.What); r != nil {
				b.WriteString(row + r.cells() + "\n")
				failed = append(failed, r.failed()...)
				continue
			}
			b.WriteString(linesOf(old, row))
			for _, f := range versions {
				if kept := linesOf(old, failure(f, v, taken.What)); kept != "" {
					failed = append(failed, strings.TrimRight(kept, "\n"))
				}
			}
		}
	}
	if len(failed) > 0 {
		b.WriteString("\nFailed:\n\n" + strings.Join(failed, "\n") + "\n")
	}
	for _, v := range versions {
		about := "Left out in front of " + v + ":"
		if !slices.ContainsFunc(p.suites, func(r *suiteRun) bool { return r.version == v }) {
			if kept := linesOf(old, about); kept != "" {
				b.WriteString("\n" + kept)
			}
		}
		for _, l := range p.lost {
			if l.version == v {
				fmt.Fprintf(b, "\n%s %s, because HAPI did not keep `%s` of %s (%s).\n", about, l.requirement, l.path, l.record, l.why)
			}
		}
	}
	b.WriteByte('\n')
}

// linesOf are the lines of a text that begin so.
func linesOf(text, begin string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, begin) {
			b.WriteString(line)
		}
	}
	return b.String()
}

func (p *peers) suiteOf(version, what string) *suiteRun {
	for _, r := range p.suites {
		if r.version == version && r.taken.What == what {
			return r
		}
	}
	return nil
}

func (r *suiteRun) cells() string {
	if r.broken {
		return " broke off | broke off | broke off |"
	}
	var b strings.Builder
	for _, f := range versions {
		fmt.Fprintf(&b, " %d pass, %d fail", countOf(r.faces[f], "pass"), countOf(r.faces[f], "fail"))
		if n := countOf(r.faces[f], "skip"); n > 0 {
			fmt.Fprintf(&b, ", %d left out", n)
		}
		b.WriteString(" |")
	}
	return b.String()
}

func failure(face, version, what string) string {
	return fmt.Sprintf("- %s face, HAPI %s with %s:", face, version, what)
}

func (r *suiteRun) failed() []string {
	var out []string
	for _, f := range versions {
		if ids := r.failures(f); len(ids) > 0 {
			out = append(out, failure(f, r.version, r.taken.What)+" "+strings.Join(ids, ", "))
		}
	}
	return out
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
	fmt.Fprintf(b, "\nTook %v.\n\n", j.took.Round(time.Second))
}

func statuses(counts map[int]int) string {
	var out []string
	for _, s := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, fmt.Sprintf("%d × %d", counts[s], s))
	}
	return strings.Join(out, ", ")
}
