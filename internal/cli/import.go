package cli

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/wardbridge/wardbridge/internal/app"
	"github.com/wardbridge/wardbridge/internal/importer"
)

type storeImportCmd struct {
	Name  string   `arg:"" help:"Name of the store."`
	Paths []string `arg:"" name:"file" help:"Files or directories; - is standard input."`
	Again bool     `help:"Also read files that were stored by an earlier import."`
}

// Help is the long help.
func (storeImportCmd) Help() string {
	return `Takes FHIR JSON: Bundles of any type, single resources, and NDJSON, each packed with gzip or not. In directories it reads
what ends in .json, .ndjson or .jsonl, in the order of the names; the result is that of reading one file after the other.
Transactions go in whole or not at all; of everything else, what cannot be taken is reported by file, line and reason, and the
rest goes in. What was left alone because its own condition (ifNoneExist) found a resource is named too.

An import that was interrupted is started again with the same command: files that are stored are passed over.
Ends with 1 when anything was refused.

Examples:
  wardbridge store import main ./synthea/fhir
  zcat export.ndjson.gz | wardbridge store import main -`
}

// Run runs the command.
func (c *storeImportCmd) Run(e *env) error {
	return e.with(func(s *app.System) error {
		var problems []importer.Problem
		bar := newBar(e)
		im, done, err := s.Importer(e.ctx, c.Name, app.ImportOptions{
			Actor: e.actor(), Again: c.Again, Stdin: e.Stdin,
			Problem: func(p importer.Problem) {
				if e.json() {
					problems = append(problems, p)
				} else {
					bar.problem(p)
				}
			},
		})
		if err != nil {
			return err
		}
		bar.start(im.Progress)
		sum, err := im.Run(e.ctx, c.Paths)
		bar.stop()
		if err := done(sum, err); err != nil {
			return err
		}
		e.partial = sum.Refused > 0
		return e.printSummary(c.Name, sum, problems)
	})
}

// printSummary tells what an import or a generation has done.
func (e *env) printSummary(store string, sum importer.Summary, problems []importer.Problem) error {
	return e.print(map[string]any{
		"store": store, "files": sum.Files, "files_known": sum.FilesKnown, "stored": sum.Stored, "refused": sum.Refused,
		"existing": sum.Existing, "types": sum.Types, "seconds": sum.Took.Seconds(), "problems": some(problems),
	}, func(p *printer) {
		types := make([]string, 0, len(sum.Types))
		for t := range sum.Types {
			types = append(types, t)
		}
		slices.Sort(types)
		if len(types) > 0 {
			p.row("TYPE", "STORED")
		}
		for _, t := range types {
			p.row(t, count(sum.Types[t]))
		}
		rate := ""
		if sum.Stored > 0 {
			rate = fmt.Sprintf(" (%s a second)", count(int64(float64(sum.Stored)/max(sum.Took.Seconds(), 1e-3))))
		}
		p.line("%s resources stored in %v%s, %s refused", count(sum.Stored), sum.Took.Round(time.Millisecond), rate, count(sum.Refused))
		if sum.Existing > 0 {
			p.line("left as they are, as their conditions say: %s", count(sum.Existing))
		}
		if sum.FilesKnown > 0 {
			p.line("%d files were stored by an earlier import and passed over; --again reads them too", sum.FilesKnown)
		}
	})
}

// A bar shows how far an import is: a line that is drawn over on a terminal,
// else a line now and then.
type bar struct {
	w     io.Writer
	tty   bool
	quiet bool
	mu    sync.Mutex
	drawn bool
	begin time.Time
	end   chan struct{}
	gone  sync.WaitGroup
}

func newBar(e *env) *bar {
	b := &bar{w: e.Stderr, end: make(chan struct{}), quiet: e.json()}
	if f, ok := e.Stderr.(*os.File); ok {
		b.tty = term.IsTerminal(int(f.Fd()))
	}
	return b
}

func (b *bar) start(progress func() importer.Progress) {
	b.begin = time.Now()
	every := 10 * time.Second
	if b.tty {
		every = 200 * time.Millisecond
	}
	b.gone.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-b.end:
				return
			case <-tick.C:
				if !b.quiet {
					b.draw(progress())
				}
			}
		}
	})
}

func (b *bar) draw(p importer.Progress) {
	b.mu.Lock()
	defer b.mu.Unlock()
	line := progressLine(p, time.Since(b.begin))
	if b.tty {
		_, _ = fmt.Fprintf(b.w, "\r\x1b[K%s", line) // a progress line nobody reads is no loss
		b.drawn = true
		return
	}
	_, _ = fmt.Fprintln(b.w, line) // as above
}

// progressLine is "[=====>    ] 42% 12,345 resources, 9,876/s, 1m20s left".
func progressLine(p importer.Progress, took time.Duration) string {
	const width = 24
	var s strings.Builder
	if p.Bytes > 0 {
		part := min(1, float64(p.BytesDone)/float64(p.Bytes))
		full := int(part * width)
		s.WriteString("[" + strings.Repeat("=", full) + strings.Repeat(" ", width-full) + "] ")
		fmt.Fprintf(&s, "%3.0f%% ", part*100)
	}
	seconds := max(took.Seconds(), 1e-3)
	fmt.Fprintf(&s, "%s resources, %s/s", count(p.Stored), count(int64(float64(p.Stored)/seconds)))
	if p.Refused > 0 {
		fmt.Fprintf(&s, ", %s refused", count(p.Refused))
	}
	if p.Bytes > 0 && p.BytesDone > 0 && took > time.Second {
		left := time.Duration(float64(took) * (float64(p.Bytes)/float64(p.BytesDone) - 1))
		fmt.Fprintf(&s, ", %v left", left.Round(time.Second))
	}
	return s.String()
}

// problem prints a line above the bar.
func (b *bar) problem(p importer.Problem) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.drawn {
		_, _ = fmt.Fprint(b.w, "\r\x1b[K")
		b.drawn = false
	}
	what := "refused"
	if p.Existing != "" {
		what = "existing"
	}
	_, _ = fmt.Fprintf(b.w, "%s: %s\n", what, p)
}

func (b *bar) stop() {
	close(b.end)
	b.gone.Wait()
	if b.drawn {
		_, _ = fmt.Fprint(b.w, "\r\x1b[K")
	}
}

// count is a number with its thousands apart.
func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// size is a number of bytes for people.
func size(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}
