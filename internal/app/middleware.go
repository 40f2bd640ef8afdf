package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
)

// edge is the outermost handler: what holds for every request, whatever it
// asks. It gives the request an id and an origin, answers a panic, and at the
// end writes the one access record and counts.
type edge struct {
	router  *router
	proxies proxies
	logger  *slog.Logger
	metrics *metrics
	// prepare puts what handlers further in read into the context.
	prepare func(ctx context.Context, x *exchange, r *http.Request) context.Context
	hsts    bool // the public side is HTTPS
}

func (e *edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o := e.proxies.resolve(r)
	x := &exchange{origin: o, id: requestID(r, o), start: time.Now()}
	rw := &responseWriter{ResponseWriter: w}
	h := rw.Header()
	h.Set("X-Request-Id", x.id)
	h.Set("X-Content-Type-Options", "nosniff")
	if e.hsts || o.scheme == "https" {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	var handler http.Handler
	x.route, handler = e.router.route(r)
	ctx := context.WithValue(r.Context(), exchangeKey{}, x)
	if e.prepare != nil {
		ctx = e.prepare(ctx, x, r)
	}
	r = r.WithContext(ctx)
	e.metrics.inFlight.Inc()
	defer e.done(rw, r, x)
	handler.ServeHTTP(rw, r)
}

// done runs deferred: it turns a panic into a 500, and records the request.
func (e *edge) done(w *responseWriter, r *http.Request, x *exchange) {
	e.metrics.inFlight.Dec()
	v := recover()
	aborted := false
	if v != nil {
		if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			aborted = true
		} else {
			e.logger.LogAttrs(r.Context(), slog.LevelError, "panic", slog.String("request", x.id), slog.String("route", x.route),
				slog.String("panic", fmt.Sprintf("%T", v)), slog.String("stack", string(debug.Stack())))
			if aborted = w.status != 0; !aborted {
				fail(w, r, http.StatusInternalServerError, "An internal error occurred. Quote the request id when you report it.")
			}
		}
	}
	if w.status == 0 {
		w.status = http.StatusOK
	}
	status := w.status
	if r.Context().Err() != nil && errors.Is(context.Cause(r.Context()), context.Canceled) && w.bytes == 0 {
		status = statusClientGone
	}
	took := time.Since(x.start)
	e.metrics.observe(x.route, r.Method, status, took, w.bytes)
	e.record(r, x, status, w.bytes, took)
	if aborted {
		panic(http.ErrAbortHandler) // the connection must not look intact
	}
}

// statusClientGone is what the record says when the client left before its
// answer; nobody receives it.
const statusClientGone = 499

// record writes the access record. It names the pattern, never the path, the
// query or anything out of a body.
func (e *edge) record(r *http.Request, x *exchange, status int, bytes int64, took time.Duration) {
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	} else if quiet(x.route) {
		level = slog.LevelDebug
	}
	ctx := context.WithoutCancel(r.Context())
	if !e.logger.Enabled(ctx, level) {
		return
	}
	attrs := make([]slog.Attr, 0, 10)
	attrs = append(attrs, slog.String("request", x.id), slog.String("method", methodLabel(r.Method)), slog.String("route", x.route),
		slog.Int("status", status), slog.Int64("bytes", bytes), slog.Float64("ms", float64(took.Microseconds())/1000),
		slog.String("remote", x.origin.remote.String()))
	if p := x.party.Load(); p != nil {
		attrs = append(attrs, slog.String("tenant", p.tenant), slog.String("client", p.client))
	}
	if f := x.fault.Load(); f != nil {
		attrs = append(attrs, slog.String("error", (*f).Error()))
	}
	e.logger.LogAttrs(ctx, level, "request", attrs...)
}

// quiet routes are asked by machines all day.
func quiet(route string) bool {
	return route == "/healthz" || route == "/readyz" || route == "/metrics"
}
