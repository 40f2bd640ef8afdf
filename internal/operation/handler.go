package operation

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrNobody says that a request comes from nobody who is signed in.
var ErrNobody = errors.New("nobody is signed in")

// Config of a [Handler]. The zero value of every field works.
type Config struct {
	// Authenticate finds out who asks, and gives the context that says so. It
	// runs before every operation. ErrNobody is let through to operations that
	// are public, and answered by 401 elsewhere; a Problem is the answer; any
	// other error is internal.
	Authenticate func(*http.Request) (context.Context, error)
	// Alive reports whether who Authenticate found may still ask. It is asked
	// from time to time while a stream runs, which ends when not.
	Alive func(context.Context) (bool, error)
	// Problem turns an error of a service into the answer; nil is internal.
	Problem func(error) *Problem
	// Report takes what never leaves the process: causes of failures.
	Report func(context.Context, error)
	// RequestID is quoted in every problem.
	RequestID func(context.Context) string
	// Done ends the streams when it is closed, so that a server can stop.
	Done <-chan struct{}
	// Time is the limit of one operation, but not of streams; 30 s.
	Time time.Duration
	// BodyBytes is the limit of a body; 1 MiB.
	BodyBytes int64
	// TrustedOrigins may change things from elsewhere; each is scheme://host.
	TrustedOrigins []string
	// Document is answered at DocumentPath.
	Document     []byte
	DocumentPath string
}

// A Handler answers a table of operations.
type Handler struct {
	cfg   Config
	mux   *http.ServeMux
	cross *http.CrossOriginProtection
}

// An endpoint is one path with its operations by method.
type endpoint struct {
	handler *Handler
	methods map[string]*bound
	allow   string
}

// A bound operation knows how its input is read.
type bound struct {
	Op
	decoder *decoder
}

// NewHandler makes a handler of a table. Mistakes in the table are errors.
func NewHandler(cfg Config, ops []Op) (*Handler, error) {
	h := &Handler{cfg: cfg, mux: http.NewServeMux(), cross: http.NewCrossOriginProtection()}
	if h.cfg.Time == 0 {
		h.cfg.Time = 30 * time.Second
	}
	if h.cfg.BodyBytes == 0 {
		h.cfg.BodyBytes = 1 << 20
	}
	for _, o := range cfg.TrustedOrigins {
		if err := h.cross.AddTrustedOrigin(o); err != nil {
			return nil, err
		}
	}
	paths := map[string]*endpoint{}
	for _, o := range ops {
		d, err := newDecoder(o)
		if err != nil {
			return nil, err
		}
		e := paths[o.Path]
		if e == nil {
			e = &endpoint{handler: h, methods: map[string]*bound{}}
			paths[o.Path] = e
			h.mux.Handle(o.Path, e)
		}
		if e.methods[o.Method] != nil {
			return nil, errors.New(o.ID + ": another operation has the route " + o.Method + " " + o.Path)
		}
		e.methods[o.Method] = &bound{Op: o, decoder: d}
	}
	for _, e := range paths {
		e.allow = allow(e.methods)
	}
	if cfg.DocumentPath != "" {
		h.mux.HandleFunc(cfg.DocumentPath, h.document)
	}
	return h, nil
}

// allow is the header that names the methods of an endpoint.
func allow(methods map[string]*bound) string {
	var all []string
	for m, o := range methods {
		all = append(all, m)
		if m == http.MethodGet && !o.Stream {
			all = append(all, http.MethodHead)
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// Pattern is the path of the operation that a request asks for, with its
// parameters as {names}: fit for records and metrics. It is "" when there is
// none.
func (h *Handler) Pattern(r *http.Request) string {
	if !clean(r.URL.Path) {
		return ""
	}
	_, pattern := h.mux.Handler(r)
	return pattern
}

// clean reports whether the mux would take a path as it is. It answers others
// with a redirect, which is no answer of an API.
func clean(p string) bool {
	return strings.HasPrefix(p, "/") && (path.Clean(p) == p || p == "/")
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if h.Pattern(r) == "" {
		h.fail(w, r, Problemf(http.StatusNotFound, "not-found", "There is no such operation; /api/openapi.json lists them."))
		return
	}
	h.mux.ServeHTTP(w, r)
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	o := e.methods[method]
	if o == nil || o.Stream && r.Method == http.MethodHead { // a stream has an effect, or no end
		w.Header().Set("Allow", e.allow)
		e.handler.fail(w, r, Problemf(http.StatusMethodNotAllowed, "method-not-allowed", "Use one of: "+e.allow+"."))
		return
	}
	if err := e.handler.serve(w, r, o); err != nil { //nolint:contextcheck // Authenticate makes the context out of the request's
		e.handler.fail(w, r, err)
	}
}

// serve is the way of every operation. An error is answered by the caller.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, o *bound) error {
	if err := h.cross.Check(r); err != nil {
		return Problemf(http.StatusForbidden, "cross-origin", "This can be done from our own pages only.").Because(err)
	}
	ctx, err := h.enter(r, o)
	if err != nil {
		return err
	}
	ctx, cancel := h.bound(ctx, o)
	defer cancel()
	in, err := o.decoder.decode(w, r, h.cfg.BodyBytes)
	if err != nil {
		return err
	}
	ctx = context.WithValue(ctx, headerKey{}, w.Header())
	if o.Stream {
		return h.stream(ctx, w, in, o)
	}
	out, err := o.call(ctx, in)
	if err != nil {
		return err
	}
	if o.Out == nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	var b bytes.Buffer
	if err := encode(&b, out); err != nil {
		return err
	}
	answer(w, r, http.StatusOK, "application/json", b.Bytes())
	return nil
}

// enter asks who it is.
func (h *Handler) enter(r *http.Request, o *bound) (context.Context, error) {
	if h.cfg.Authenticate == nil {
		return r.Context(), nil
	}
	ctx, err := h.cfg.Authenticate(r)
	switch {
	case err == nil:
		return ctx, nil
	case !errors.Is(err, ErrNobody):
		return nil, err
	case o.Public:
		return r.Context(), nil
	}
	return nil, Problemf(http.StatusUnauthorized, "not-signed-in", "Sign in.")
}

// bound limits the time of an operation; a stream ends with the server.
func (h *Handler) bound(ctx context.Context, o *bound) (context.Context, context.CancelFunc) {
	if !o.Stream {
		return context.WithTimeout(ctx, h.cfg.Time)
	}
	ctx, cancel := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		defer cancel()
		h.watch(ctx, o)
	}()
	return ctx, func() { cancel(); <-watched }
}

// aliveEvery is how often it is asked whether a stream's reader may go on.
const aliveEvery = 20 * time.Second

// watch returns when a stream must end.
func (h *Handler) watch(ctx context.Context, o *bound) {
	tick := time.NewTicker(aliveEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.cfg.Done:
			return
		case <-tick.C:
			if o.Public || h.cfg.Alive == nil {
				continue
			}
			if alive, err := h.cfg.Alive(ctx); err != nil || !alive {
				return
			}
		}
	}
}

// stream runs an operation that writes its answer itself. Once it has begun a
// failure can only end the connection.
func (h *Handler) stream(ctx context.Context, w http.ResponseWriter, in any, o *bound) error {
	sw := &startWriter{ResponseWriter: w}
	err := o.stream(ctx, in, sw)
	if err == nil || !sw.started {
		return err
	}
	if ctx.Err() == nil {
		h.report(ctx, err)
		panic(http.ErrAbortHandler) // what was sent must not look whole
	}
	return nil
}

// A startWriter knows whether the answer has begun.
type startWriter struct {
	http.ResponseWriter
	started bool
}

func (w *startWriter) WriteHeader(status int) {
	w.started = true
	w.ResponseWriter.WriteHeader(status)
}

func (w *startWriter) Write(b []byte) (int, error) {
	w.started = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController find the connection.
func (w *startWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (h *Handler) report(ctx context.Context, err error) {
	if h.cfg.Report != nil {
		h.cfg.Report(ctx, err)
	}
}

// fail answers an error, unless whoever asked has left: what their leaving
// broke is no failure of ours.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return
	}
	p := h.problem(r, err)
	if cause := p.Unwrap(); cause != nil {
		h.report(r.Context(), cause)
	}
	if p.Retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((p.Retry+time.Second-1)/time.Second)))
	}
	var b bytes.Buffer
	if err := encode(&b, p); err != nil {
		h.report(r.Context(), err)
		b.Reset()
		b.WriteString(`{"status":500,"code":"internal","title":"Internal Server Error"}`)
		p.Status = http.StatusInternalServerError
	}
	answer(w, r, p.Status, "application/problem+json", b.Bytes())
}

// problem is the answer that an error becomes.
func (h *Handler) problem(r *http.Request, err error) Problem {
	var own *Problem
	switch {
	case errors.As(err, &own):
	case h.cfg.Problem != nil && r.Context().Err() == nil:
		own = h.cfg.Problem(err)
	}
	if own == nil {
		own = internal(err)
	}
	p := *own // what was given may be shared
	if p.Title == "" {
		p.Title = http.StatusText(p.Status)
	}
	if h.cfg.RequestID != nil {
		p.Request = h.cfg.RequestID(r.Context())
	}
	return p
}

func internal(err error) *Problem {
	if errors.Is(err, context.DeadlineExceeded) {
		return Problemf(http.StatusServiceUnavailable, "timeout", "It took too long. Try again.").Because(err)
	}
	return Problemf(http.StatusInternalServerError, "internal", "An internal error occurred. Quote the request id when you report it.").Because(err)
}

// document answers the OpenAPI document.
func (h *Handler) document(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		h.fail(w, r, Problemf(http.StatusMethodNotAllowed, "method-not-allowed", "The document can only be read."))
		return
	}
	answer(w, r, http.StatusOK, "application/json", h.cfg.Document)
}

type headerKey struct{}

// SetCookie gives the answer of the running operation a cookie.
func SetCookie(ctx context.Context, c *http.Cookie) {
	if hd, ok := ctx.Value(headerKey{}).(http.Header); ok {
		hd.Add("Set-Cookie", c.String())
	}
}
