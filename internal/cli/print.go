package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// json reports whether the output is for machines.
func (e *env) json() bool { return e.root.Output == "json" }

// print writes v as JSON, or, for people, what text gives.
func (e *env) print(v any, text func(p *printer)) error {
	if e.json() {
		enc := json.NewEncoder(e.Stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	p := &printer{w: tabwriter.NewWriter(e.Stdout, 0, 8, 2, ' ', 0)}
	text(p)
	if p.err != nil {
		return p.err
	}
	return p.w.Flush()
}

// A printer writes lines and aligned columns, and remembers the first failure.
type printer struct {
	w   *tabwriter.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// row writes cells in columns; control characters and tabs within are blanks.
func (p *printer) row(cells ...string) {
	for i, c := range cells {
		cells[i] = strings.Map(func(r rune) rune {
			if r < ' ' {
				return ' '
			}
			return r
		}, c)
	}
	p.line("%s", strings.TrimRight(strings.Join(cells, "\t"), "\t"))
}

// when is a time for people, "-" when there is none.
func when(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// dash stands for an empty cell.
func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
