package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// versions are those of the faces and of HAPI's endpoints, in the order of the
// tables.
var versions = []string{"dstu2", "stu3", "r4"}

type options struct {
	bin, hapi, results, document, shared, dir string

	origin   string // of a HAPI server that runs already
	parallel int    // runs of the suite at once

	only     string
	versions []string // of the provider
	switches []string // names; none is all
}

func main() {
	o := options{}
	flag.StringVar(&o.bin, "bin", "bin/wardbridge", "the wardbridge to judge")
	flag.StringVar(&o.hapi, "hapi", "test/peers/hapi/target", "`folder` with what Maven has built")
	flag.StringVar(&o.document, "document", "docs/conformance.md", "`file` whose section on real servers the results are")
	flag.StringVar(&o.results, "results", "test/peers/results.md", "`file` to write the results to")
	flag.StringVar(&o.shared, "shared", "../shared/data", "`folder` of the public sample records")
	flag.StringVar(&o.dir, "dir", "", "`folder` to keep logs, answers and findings in; a temporary one when not given")
	flag.StringVar(&o.only, "only", "", "run one `part`: suite, judge or app")
	flag.StringVar(&o.origin, "origin", "", "`URL` (scheme, host, port) of a HAPI server that this command started earlier; none when not given")
	flag.IntVar(&o.parallel, "parallel", 1, "runs of the suite at once")
	vs := flag.String("versions", strings.Join(versions, ","), "versions of the provider")
	sw := flag.String("switches", "", "`names` of what is taken from the provider, with commas; all when not given")
	flag.Parse()
	o.versions = strings.Split(*vs, ",")
	if *sw != "" {
		o.switches = strings.Split(*sw, ",")
	}
	if err := guarded(o); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// guarded runs until the end or the first signal.
func guarded(o options) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if !slices.Contains([]string{"", "suite", "judge", "app"}, o.only) {
		return fmt.Errorf("no part %q: give suite, judge or app", o.only)
	}
	for _, v := range o.versions {
		if !slices.Contains(versions, v) {
			return fmt.Errorf("no version %q: give some of %s", v, strings.Join(versions, ","))
		}
	}
	for _, s := range o.switches {
		if !slices.ContainsFunc(switches(), func(have taken) bool { return have.Name == s }) {
			return fmt.Errorf("nothing named %q can be taken from the provider", s)
		}
	}
	return run(ctx, o)
}

// runs tells whether a part is to be run.
func (o options) runs(part string) bool { return o.only == "" || o.only == part }

// run does it all and writes the results, whatever they are. The error says
// whether something failed.
func run(ctx context.Context, o options) (err error) {
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "wardbridge-peers-"); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(o.dir, 0o750); err != nil {
		return err
	}
	fmt.Printf("logs, answers and findings: %s\n", o.dir)
	p := &peers{options: o}
	if p.loads, err = loads(o); err != nil {
		return err
	}
	if p.hapi, err = startHAPI(ctx, o, bases(p.loads)); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.hapi.stop()) }()
	if err := p.load(ctx); err != nil {
		return err
	}
	var found []error
	if o.runs("suite") {
		found = append(found, p.suite(ctx))
	}
	if o.runs("judge") {
		found = append(found, p.judge(ctx))
	}
	if o.runs("app") {
		found = append(found, p.app(ctx))
	}
	found = append(found, p.write())
	fmt.Printf("results: %s\n", o.results)
	return errors.Join(found...)
}

// peers is one run with what it has found so far.
type peers struct {
	options

	hapi    *hapi
	loads   []*load
	lost    []loss
	verdict judgement
	walks   []walked

	mu     sync.Mutex
	suites []*suiteRun // those that have run
}

// path is a file in the run's folder.
func (p *peers) path(name string) string { return filepath.Join(p.dir, name) }
