package cli

import (
	"errors"
	"net"
	"runtime"
	"runtime/debug"

	"github.com/alecthomas/kong"

	"github.com/wardbridge/wardbridge/internal/app"
)

type serveCmd struct {
	kong.Plugins
	flags settings
}

// Help is the long help.
func (serveCmd) Help() string {
	return `Runs the server until it is interrupted, then lets running requests finish. Nothing is made up and nothing is open:
tenants, providers, stores and clients are added by the other commands, and work at once. While there is no administrator
of the pages, it prints a link that makes the first one.

Examples:
  wardbridge serve
  wardbridge serve --data /var/lib/wardbridge --listen 0.0.0.0:8443 --tls-cert tls.crt --tls-key tls.key
  wardbridge serve -c /etc/wardbridge.yml --public-url https://fhir.example.org --trusted-proxy 10.0.0.0/8
  WARDBRIDGE_LOG_FORMAT=json wardbridge serve`
}

// Run runs the command.
func (c *serveCmd) Run(e *env) error {
	cfg, err := e.config(app.Defaults())
	if err != nil {
		return err
	}
	var first func(net.Addr) string
	return e.serve(app.Options{Config: cfg}, func(s *app.System) error {
		path, err := s.People.FirstLink(e.ctx)
		if path != "" {
			first = func(a net.Addr) string { return s.PageURL(path, a) }
		}
		return err
	}, func(a net.Addr) {
		if first == nil {
			return
		}
		link := first(a)
		_ = e.print(map[string]string{"firstLink": link}, func(p *printer) { // the server runs whether or not this is read
			p.line("There is no administrator yet. This link makes the first one, once, within 72 hours:\n\n  %s\n", link)
		})
	})
}

// serve runs a server. before may prepare the open system; ready is called
// once requests are answered.
func (e *env) serve(opt app.Options, before func(*app.System) error, ready func(net.Addr)) (err error) {
	if opt.Logger, err = app.NewLogger(&opt.Config, e.Stderr); err != nil {
		return err
	}
	opt.Version, opt.Date = e.Version, e.date()
	s, err := app.Open(e.ctx, opt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if before != nil {
		if err := before(s); err != nil {
			return err
		}
	}
	srv, err := app.NewServer(e.ctx, s)
	if err != nil {
		return err
	}
	defer e.collectSeldom()()
	return srv.Run(e.ctx, ready)
}

// collectSeldom makes the garbage collector wait longer. Requests leave much
// garbage beside few megabytes that stay, so collecting at twice the live heap,
// Go's default, works many times a second while memory asks for nothing. Some
// megabytes that are held and never touched, so that no memory stands behind
// them, count as live: a small heap then grows to about 50 MB between two
// collections, a large one to 4 times what lives. Whoever sets GOGC or
// GOMEMLIMIT decides instead. The function returned lets go.
func (e *env) collectSeldom() (end func()) {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		if _, set := e.Lookup(name); set {
			return func() {}
		}
	}
	before := debug.SetGCPercent(300)
	untouched := make([]byte, 8<<20)
	return func() {
		runtime.KeepAlive(untouched)
		debug.SetGCPercent(before)
	}
}
