// Command bench measures a built wardbridge against bare handlers that do the
// least that could give the same answers, in one run on one machine, and prints
// the ratios. Machines are noisy: the ratios are what counts.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

func main() {
	bin := flag.String("bin", "bin/wardbridge", "the wardbridge to measure")
	seconds := flag.Float64("seconds", 3, "length of each run")
	patients := flag.Int("patients", 10000, "patients in the store that is read")
	growth := flag.Int("growth", 100000, "patients in the large store of the growth table; 0 leaves the table out")
	only := flag.String("only", "", "run one part: read, search, token, batch, remote, growth, or forward: of remote what is compared with the proxy")
	match := flag.String("match", "", "of the part forward, run only the rows whose names contain this")
	bareAddr := flag.String("bare", "", "serve as the bare handler at this address")
	upstream := flag.String("upstream", "", "serve as a hospital's FHIR server at this address")
	proxy := flag.String("proxy", "", "serve as a reverse proxy at this address")
	to := flag.String("to", "", "where the reverse proxy leads")
	dir := flag.String("dir", "", "where to keep data; kept when given, a temporary folder when not")
	flag.Parse()
	err := run(context.Background(), options{
		bin: *bin, each: time.Duration(*seconds * float64(time.Second)), patients: *patients, growth: *growth, only: *only, match: *match, bare: *bareAddr, dir: *dir,
		upstream: *upstream, proxy: *proxy, to: *to,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	bin              string
	each             time.Duration
	patients, growth int
	only, match      string
	bare, dir        string

	upstream, proxy, to string
}

func run(ctx context.Context, o options) error {
	if o.bare != "" {
		record, err := auditAppend(ctx, o.dir)
		if err != nil {
			return err
		}
		return serveBare(ctx, o.bare, record)
	}
	switch {
	case o.upstream != "":
		return serveUpstream(ctx, o.upstream)
	case o.proxy != "":
		return serveProxy(ctx, o.proxy, o.to)
	}
	if o.dir == "" {
		dir, err := os.MkdirTemp("", "wardbridge-bench-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		o.dir = dir
	}
	b := &bench{options: o}
	return b.all(ctx)
}

// bare starts the bare handler as a process of its own.
func (b *bench) startBare(ctx context.Context) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	addr, err := freeAddr(ctx)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(b.dir, "bare")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return start(ctx, addr, "/bytes?n=1", self, "-bare", addr, "-dir", dir)
}
