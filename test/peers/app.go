package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/apptest"
)

// appPatients of each version are put on a list.
const appPatients = 30

// walked is what came of the app in front of one base.
type walked struct {
	load *load
	all  int // patients in it
	out  apptest.Outcome
	err  error
}

// app connects a space of the built wardbridge's Patients app straight to HAPI,
// in each version, and holds what it shows against what HAPI itself answers.
func (p *peers) app(ctx context.Context) (err error) {
	g, err := p.serve(ctx, "app")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.stop()) }()
	someone, err := p.firstPerson(ctx, g)
	if err != nil {
		return err
	}
	defer someone.Close()
	var failed []error
	for _, l := range p.loads {
		if l.name == "b" {
			continue // as a, for the separation of tenants
		}
		w := p.walk(ctx, someone, l)
		p.walks = append(p.walks, w)
		fmt.Printf("the app on %s: %d patients, %d items, %d findings, %v\n", l.base(), w.out.Patients, w.out.Shown, len(w.out.Findings), w.out.Whole.Round(time.Millisecond))
		for _, f := range w.out.Findings {
			fmt.Printf("  %s\n", f)
		}
		switch {
		case w.err != nil:
			failed = append(failed, fmt.Errorf("the app on %s: %w", l.base(), w.err))
		case len(w.out.Findings) > 0:
			failed = append(failed, fmt.Errorf("the app on %s: %d findings, the first: %s", l.base(), len(w.out.Findings), w.out.Findings[0]))
		}
	}
	return errors.Join(failed...)
}

var firstLink = regexp.MustCompile(`https?://\S+#\S+`)

// firstPerson makes the first account with the link that the server printed.
func (p *peers) firstPerson(ctx context.Context, g *gateway) (*apptest.App, error) {
	printed, err := os.ReadFile(g.log.Name())
	if err != nil {
		return nil, err
	}
	link := firstLink.Find(printed)
	if link == nil {
		return nil, fmt.Errorf("the server has printed no link; see %s", g.log.Name())
	}
	a, err := apptest.NewApp(g.origin)
	if err != nil {
		return nil, err
	}
	return a, a.SignUp(ctx, string(link))
}

func (p *peers) walk(ctx context.Context, someone *apptest.App, l *load) walked {
	w := walked{load: l}
	base := p.hapi.origin + "/" + l.base()
	record, err := apptest.ReadRecord(ctx, http.DefaultClient, base, l.version)
	if err != nil {
		w.err = err
		return w
	}
	w.all = len(record.Patients())
	w.out, w.err = apptest.Walk{App: someone, Name: strings.ReplaceAll(l.base(), "/", " "), Link: base, Record: record, Most: appPatients}.Run(ctx)
	return w
}

// reportApp writes the table of the app.
func (p *peers) reportApp(b *strings.Builder) {
	b.WriteString(appHeading + "\n")
	b.WriteString("HAPI FHIR " + p.hapi.version + ". A space of `wardbridge serve` is connected by link straight to each base; patients are looked for, put on a list,\n")
	b.WriteString("followed through its stream, and opened. What is shown is held against what HAPI itself answers, by rules written apart\n")
	b.WriteString("(`internal/apptest`). *a* is the suite's tenant, *s* a slice of the public sample records.\n\n")
	b.WriteString("| Base | Patients | Listed | Cells | Items on the pages | Until all cells were settled | Findings |\n|---|---|---|---|---|---|---|\n")
	for _, w := range p.walks {
		found := fmt.Sprint(len(w.out.Findings))
		if w.err != nil {
			found = "broke off"
		}
		fmt.Fprintf(b, "| %s | %d | %d | %d | %d | %v | %s |\n", w.load.base(), w.all, w.out.Patients, w.out.Cells, w.out.Shown, w.out.Refreshed.Round(10*time.Millisecond), found)
	}
	b.WriteByte('\n')
}
