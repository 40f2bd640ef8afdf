package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/fhir/wire"
	"github.com/wardbridge/wardbridge/internal/gateway"
	"github.com/wardbridge/wardbridge/internal/people"
	"github.com/wardbridge/wardbridge/ui"
)

// A Server answers HTTP from a [System].
type Server struct {
	s       *System
	logger  *slog.Logger
	health  *health
	handler http.Handler
	cert    *certificate
	scrape  http.Handler
	tracing func(context.Context) error // ends tracing
	stops   chan struct{}               // closed when the server stops
}

// NewServer wires the handlers. It listens to nothing yet.
func NewServer(ctx context.Context, s *System) (*Server, error) {
	srv := &Server{s: s, logger: s.logger, health: &health{db: s.db}, stops: make(chan struct{})}
	recorder, err := audit.NewRecorder(s.Audit, describe)
	if err != nil {
		return nil, err
	}
	l := s.cfg.Limits
	gw, err := gateway.New(gateway.Config{
		Tokens: tokens{s}, Routes: routes{s}, Stores: shelf{s}, Record: recorder, Seal: links{s.box},
		SMART:  func(r *http.Request) map[string]any { return s.Auth.SMART(s.publicURL(r)) },
		Report: report, Converted: s.metrics.conversions.report, PublicURL: s.publicURL,
		Name: "Wardbridge", Version: s.opt.Version, Date: s.opt.Date,
		Limits:        wire.Limits{Body: int64(l.BodyBytes), Entries: l.BatchEntries, Depth: l.Depth},
		URLBytes:      int(l.URLBytes),
		BatchParallel: l.BatchParallel,
		RequestTime:   l.RequestTime,
	})
	if err != nil {
		return nil, err
	}
	srv.scrape = s.metrics.handler()
	m := &router{face: gw.ServeFace, store: gw.ServeStore, exact: srv.exact(), signIn: srv.timed(s.People.StartHandler())}
	if m.api, err = srv.api(); err != nil {
		return nil, err
	}
	if m.pages, err = newPages(ui.App(), patientsBase, "patients.html", slices.Concat(teamsHosts, s.cfg.Patients.FrameAncestors)); err != nil {
		return nil, err
	}
	e := &edge{
		router: m, proxies: s.cfg.TrustedProxies, logger: s.logger, metrics: s.metrics, prepare: prepare,
		hsts: len(s.cfg.PublicURL) > 5 && s.cfg.PublicURL[:5] == "https",
	}
	if srv.handler, srv.tracing, err = trace(ctx, e, s.cfg.Tracing.Endpoint, s.opt.Version); err != nil {
		return nil, err
	}
	if s.cfg.TLS.Cert != "" {
		if srv.cert, err = loadCertificate(s.cfg.TLS.Cert, s.cfg.TLS.Key, s.logger); err != nil {
			return nil, err
		}
	}
	return srv, nil
}

// exact are the handlers of fixed paths.
func (srv *Server) exact() map[string]http.Handler {
	s := srv.s
	index := newIndex(s)
	m := map[string]http.Handler{
		"/":            index,
		"/healthz":     http.HandlerFunc(srv.health.live),
		"/readyz":      http.HandlerFunc(srv.health.ready),
		"/favicon.ico": http.HandlerFunc(favicon),
		"/robots.txt": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			plain(w, r, http.StatusOK, "User-agent: *\nDisallow: /\n")
		}),
		"/oauth2/token":     srv.timed(s.Auth.TokenHandler()),
		"/oauth2/authorize": srv.timed(s.Auth.AuthorizeHandler()),
		"/oauth2/jwks":      s.Auth.JWKSHandler(),
		"/.well-known/oauth-authorization-server": s.Auth.MetadataHandler(),
		people.EndPath: srv.timed(s.People.EndHandler()),
	}
	if s.cfg.Metrics.Listen == "" {
		m["/metrics"] = srv.scrape
	}
	return m
}

// timed limits the time of h.
func (srv *Server) timed(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), srv.s.cfg.Limits.RequestTime)
		defer cancel()
		h.ServeHTTP(w, r.WithContext(ctx))
	})
}

// prepare puts into the context what everything further in reads.
func prepare(ctx context.Context, x *exchange, r *http.Request) context.Context {
	ctx = access.WithRequestID(ctx, x.id)
	ctx = access.WithPublicURL(ctx, x.origin.scheme+"://"+x.origin.host)
	return access.WithPrincipal(ctx, access.Principal{Remote: x.origin.remote, UserAgent: r.UserAgent()})
}

// report leaves the cause of a failure for the access record.
func report(ctx context.Context, err error) { exchangeOf(ctx).fault.Store(&err) }

// Handler is the whole server as a handler, for tests.
func (srv *Server) Handler() http.Handler { return srv.handler }

// Run serves until ctx ends, then drains: readiness fails, running requests
// finish, what waits to be written is written. ready is called with the
// address once requests are answered.
func (srv *Server) Run(ctx context.Context, ready func(net.Addr)) error {
	cfg := srv.s.cfg
	if err := errors.Join(srv.s.Auth.Start(ctx), srv.s.Providers.Reload(ctx)); err != nil {
		return err
	}
	main, err := listen(ctx, "listen", cfg.Listen, srv.handler, cfg, srv.cert, srv.logger)
	if err != nil {
		return err
	}
	all := []*listener{main}
	if cfg.Metrics.Listen != "" {
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", srv.scrape)
		l, err := listen(ctx, "metrics.listen", cfg.Metrics.Listen, mux, cfg, nil, srv.logger)
		if err != nil {
			return errors.Join(err, main.net.Close())
		}
		all = append(all, l)
	}
	// Background work outlives ctx: it ends when the last request has.
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	background := srv.background(work)
	for _, l := range all {
		l.start()
	}
	srv.logger.InfoContext(ctx, "serving", "address", main.Addr().String(), "tls", srv.cert != nil, "version", srv.s.opt.Version)
	at := main.Addr().String()
	srv.s.at.Store(&at)
	if ready != nil {
		ready(main.Addr())
	}
	var failed error
	select {
	case <-ctx.Done():
	case failed = <-main.serving:
		main.serving <- nil
	}
	srv.health.draining.Store(true)
	close(srv.stops)
	srv.logger.InfoContext(work, "stopping: requests that run are finished first")
	errs := []error{failed}
	for _, l := range all {
		errs = append(errs, l.stop(work, cfg.Limits.DrainTime))
	}
	stop()
	background.Wait()
	errs = append(errs, srv.tracing(context.WithoutCancel(ctx)))
	srv.sayHeads(context.WithoutCancel(ctx))
	return errors.Join(errs...)
}

// background starts what runs beside the requests.
func (srv *Server) background(ctx context.Context) *sync.WaitGroup {
	s := srv.s
	var wg sync.WaitGroup
	wg.Go(func() { srv.watch(ctx) })
	wg.Go(func() { s.Audit.Run(ctx, 0) })
	wg.Go(func() { srv.purge(ctx) })
	wg.Go(func() {
		if err := s.Auth.Run(ctx); err != nil {
			srv.logger.WarnContext(ctx, "last uses of secrets were not noted", "error", err)
		}
	})
	return &wg
}

// watch reloads after each change of configuration, by whichever process.
func (srv *Server) watch(ctx context.Context) {
	for ctx.Err() == nil {
		err := srv.s.db.Watch(ctx, 0, func() {
			if err := srv.s.Reload(ctx); err != nil && ctx.Err() == nil {
				srv.logger.ErrorContext(ctx, "configuration in the database was not reloaded; the old one stays in force", "error", err)
			}
		})
		if err == nil || ctx.Err() != nil {
			return
		}
		srv.logger.ErrorContext(ctx, "changes of configuration cannot be watched; trying again", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// maxHeads bounds what sayHeads logs: every command leaves a chain behind.
const maxHeads = 20

// sayHeads logs the heads of the audit chains: kept elsewhere, they prove later
// that nothing was removed.
func (srv *Server) sayHeads(ctx context.Context) {
	heads, err := srv.s.Audit.Heads(ctx)
	if err != nil {
		srv.logger.WarnContext(ctx, "audit heads could not be read", "error", err)
		return
	}
	if len(heads) > maxHeads {
		srv.logger.InfoContext(ctx, "audit heads are too many to log; keep the output of: wardbridge audit verify -o json", "chains", len(heads))
		return
	}
	for _, h := range heads {
		srv.logger.InfoContext(ctx, "audit head", "chain", h.Chain, "seq", h.Seq, "hash", h.Hash)
	}
}

// favicon answers browsers, which ask whatever the page says.
func favicon(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "max-age=86400")
	w.WriteHeader(http.StatusNoContent)
}

// NewLogger makes the process's logger.
func NewLogger(cfg *Config, w interface{ Write([]byte) (int, error) }) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Log.Level)); err != nil {
		return nil, fmt.Errorf("log.level: %w", err)
	}
	opt := &slog.HandlerOptions{Level: level}
	if cfg.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, opt)), nil
	}
	return slog.New(slog.NewTextHandler(w, opt)), nil
}
