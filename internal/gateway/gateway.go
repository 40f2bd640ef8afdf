package gateway

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/convert"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
	"github.com/wardbridge/wardbridge/internal/fhir/wire"
	"github.com/wardbridge/wardbridge/internal/provider/adapt"
)

// Tokens verifies bearer tokens. Verify is safe for concurrent use and fast
// enough for each request. A refused token is a *fhir.Error of
// KindUnauthorized; any other error is a fault of ours.
type Tokens interface {
	Verify(ctx context.Context, bearer string) (access.Principal, error)
}

// A Route is where a tenant's calls go.
type Route struct {
	Provider string // the provider's name, for records
	// Source tells the server behind the provider from every other that has
	// borne its name: a page link goes on where it began, or not at all.
	Source   string
	Server   fhir.Server // answers in the provider's own version
	Adapt    adapt.Config
	Parallel int // entries of one batch at once; 0 is the gateway's own bound
}

// Routes finds a tenant's provider. A tenant that is not mapped, or is
// suspended, is a *fhir.Error of KindForbidden; a provider that cannot answer
// now is KindUnavailable and concerns no other tenant.
type Routes interface {
	Route(ctx context.Context, tenant string) (Route, error)
}

// A Store is an embedded store's own endpoint.
type Store struct {
	Server fhir.Server
	Open   bool // answers without a token
}

// Stores finds embedded stores by name. An unknown one is a *fhir.Error of
// KindNotFound. Serves reports whether a tenant's provider is that store.
type Stores interface {
	Store(ctx context.Context, name string) (Store, error)
	Serves(ctx context.Context, tenant, store string) bool
}

// Recorder is the audit as the gateway sees it. Both methods act on the
// principal and request id in the context, and return an error when the record
// could not be made durable: the request then fails (REQ-AUD-4).
type Recorder interface {
	// Link wraps a server so that every interaction is recorded before its
	// answer goes; target names the provider or store.
	Link(next fhir.Server, target string) fhir.Server
	// Entry marks the context of a batch's entry.
	Entry(ctx context.Context, entry int) context.Context
	// Event records what never reaches the chain: a refused request, a
	// statement read.
	Event(ctx context.Context, operation, resourceType string, status int) error
}

// Sealer makes and opens page links: authenticated, encrypted, expiring, bound
// to whom they were made for.
type Sealer interface {
	SealLink(boundTo string, state []byte) (string, error)
	OpenLink(boundTo, link string) ([]byte, error)
}

// Config builds a [Gateway]. Tokens, Routes, Stores, Record, Seal and SMART are
// required.
type Config struct {
	Tokens Tokens
	Routes Routes
	Stores Stores
	Record Recorder
	Seal   Sealer
	// SMART is the authorization server's configuration as a SMART client
	// wants it, for the server that the request came to.
	SMART func(*http.Request) map[string]any

	// Report is told of faults of ours and of providers, with their cause, for
	// the log. It may be nil.
	Report func(ctx context.Context, err error)
	// Converted is told what a conversion between versions lost or withheld,
	// resource by resource, to be counted. It may be nil.
	Converted func(ctx context.Context, resourceType string, rep mapping.Report)
	// PublicURL is scheme and host as the client sees them, without a trailing
	// slash. Nil takes them from the request.
	PublicURL func(*http.Request) string
	// Name and Version of the software, and the date its statements carry.
	Name, Version string
	Date          time.Time

	Limits        wire.Limits
	URLBytes      int           // longest request target; 0 is 16 KiB
	BatchParallel int           // entries of one batch at once; 0 is 16
	RequestTime   time.Duration // deadline of a request; 0 is 30 s
}

// A Gateway serves /fhir/{version}/… and /stores/{store}/fhir/….
type Gateway struct {
	cfg        Config
	statements map[fhir.Version][]wire.StatementResource // what faces announce
	faces      map[fhir.Version]map[string]bool
}

// New checks cfg and builds the gateway.
func New(cfg Config) (*Gateway, error) {
	switch {
	case cfg.Tokens == nil, cfg.Routes == nil, cfg.Stores == nil, cfg.Record == nil, cfg.Seal == nil, cfg.SMART == nil:
		return nil, errors.New("gateway: Tokens, Routes, Stores, Record, Seal and SMART are required")
	}
	if cfg.URLBytes == 0 {
		cfg.URLBytes = 16 << 10
	}
	if cfg.BatchParallel == 0 {
		cfg.BatchParallel = 16
	}
	if cfg.RequestTime == 0 {
		cfg.RequestTime = 30 * time.Second
	}
	if cfg.PublicURL == nil {
		cfg.PublicURL = requestURL
	}
	g := &Gateway{cfg: cfg, statements: map[fhir.Version][]wire.StatementResource{}, faces: map[fhir.Version]map[string]bool{}}
	for _, v := range fhir.Versions() {
		types := faceTypes(v)
		g.faces[v] = map[string]bool{}
		for _, t := range types {
			g.faces[v][t] = true
		}
		g.statements[v] = statementResources(search.Load(v), types, faceInteractions)
	}
	return g, nil
}

func requestURL(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// ServeFace answers on the single endpoint of a version. path is what follows
// /fhir/{version}, percent-encoding still in place.
func (g *Gateway) ServeFace(w http.ResponseWriter, r *http.Request, v fhir.Version, path string) {
	c := &call{
		g: g, w: w, r: r, path: path,
		codec: wire.Codec{
			Version: v, Base: g.cfg.PublicURL(r) + "/fhir/" + v.String(), ReadOnly: true,
			Knows: func(t string) bool { return g.faces[v][t] }, Limits: g.cfg.Limits,
		},
	}
	c.serve(c.face)
}

// ServeStore answers on an embedded store's own endpoint. path is what follows
// /stores/{store}/fhir.
func (g *Gateway) ServeStore(w http.ResponseWriter, r *http.Request, store, path string) {
	c := &call{
		g: g, w: w, r: r, path: path, store: store,
		codec: wire.Codec{
			Version: fhir.R4, Base: g.cfg.PublicURL(r) + "/stores/" + store + "/fhir",
			Knows: func(string) bool { return false }, Limits: g.cfg.Limits,
		},
	}
	c.serve(c.ownEndpoint)
}

// A call is one HTTP request on its way through the gateway.
type call struct {
	g     *Gateway
	w     http.ResponseWriter
	r     *http.Request
	path  string
	store string // own endpoint of this store; "" on a face
	codec wire.Codec
	in    *wire.Incoming
	// recorded is set once the chain has taken over: it records by itself.
	recorded bool
}

// serve applies what holds for every request and turns an error into its
// answer. A request that is refused before it reaches the chain is recorded
// here.
func (c *call) serve(do func(context.Context) error) {
	ctx, cancel := context.WithTimeout(c.r.Context(), c.g.cfg.RequestTime)
	defer cancel()
	c.r = c.r.WithContext(ctx)
	err := error(nil)
	if len(c.r.RequestURI) > c.g.cfg.URLBytes {
		err = fhir.Errorf(fhir.KindTooLarge, "too-long", "The URL is longer than %d bytes. Send long searches as POST to _search.", c.g.cfg.URLBytes)
	} else {
		err = do(ctx)
	}
	if err == nil {
		return
	}
	fe := fhir.AsError(err)
	if !c.recorded {
		if rec := c.refused(fe); rec != nil {
			fe = fhir.AsError(rec)
		}
	}
	if c.g.cfg.Report != nil && wire.Status(fe.Kind) >= http.StatusInternalServerError {
		c.g.cfg.Report(c.r.Context(), fe)
	}
	c.codec.Fail(c.w, c.r, c.in, fe)
}

// refused records what the chain never saw.
func (c *call) refused(fe *fhir.Error) error {
	typ := ""
	for s := range strings.SplitSeq(c.path, "/") {
		if s != "" {
			if c.codec.Knows(s) {
				typ = s
			}
			break
		}
	}
	return c.g.cfg.Record.Event(c.r.Context(), "Refused", typ, wire.Status(fe.Kind))
}

// face judges a request on a face, in order: the documents that need no token,
// the token, the tenant, and only then what is asked.
func (c *call) face(ctx context.Context) error {
	if served, err := c.public(ctx); served || err != nil {
		return err
	}
	ctx, p, err := c.authenticate(ctx)
	if err != nil {
		return err
	}
	route, err := c.g.cfg.Routes.Route(ctx, p.Tenant)
	if err != nil {
		if fhir.AsError(err).Kind == fhir.KindForbidden {
			c.w.Header().Set("WWW-Authenticate", `Bearer realm="wardbridge", error="insufficient_scope", error_description="the tenant is not mapped to a provider, or is suspended"`)
		}
		return err
	}
	c.codec.Pages = pages{c.g.cfg.Seal, strings.Join([]string{"face", c.codec.Version.String(), p.Tenant, route.Provider, route.Source, route.Server.Version().String()}, "\x00")}
	return c.do(ctx, c.chain(route))
}

// ownEndpoint serves a store directly: reads and writes, no adaptation.
func (c *call) ownEndpoint(ctx context.Context) error {
	store, err := c.g.cfg.Stores.Store(ctx, c.store)
	if err != nil {
		return err
	}
	definitions := search.Load(store.Server.Version())
	c.codec.Version, c.codec.Knows = store.Server.Version(), definitions.KnowsType
	if served, err := c.public(ctx); served || err != nil {
		return err
	}
	bound := "open"
	if !store.Open {
		authenticated, p, err := c.authenticate(ctx)
		if err != nil {
			return err
		}
		ctx = authenticated
		if !c.g.cfg.Stores.Serves(ctx, p.Tenant, c.store) {
			c.w.Header().Set("WWW-Authenticate", `Bearer realm="wardbridge", error="insufficient_scope"`)
			return fhir.Errorf(fhir.KindForbidden, "forbidden", "The tenant in the token is not served by this store.")
		}
		bound = p.Tenant
	}
	c.codec.Pages = pages{c.g.cfg.Seal, strings.Join([]string{"store", c.store, bound}, "\x00")}
	recorded := c.g.cfg.Record.Link(c.announces(store.Server), c.store)
	return c.do(ctx, batchesOnly(Split(recorded, c.g.cfg.BatchParallel, c.g.cfg.Record.Entry, c.g.entryRefused), recorded))
}

// batchesOnly sends batches through the split and all else, transactions too,
// straight on.
func batchesOnly(batch, rest fhir.Server) fhir.Server {
	return fhir.ServerFunc{V: rest.Version(), F: func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
		if req.Interaction == fhir.Batch {
			return batch.Do(ctx, req)
		}
		return rest.Do(ctx, req)
	}}
}

// do decodes, asks the chain and answers.
func (c *call) do(ctx context.Context, chain fhir.Server) error {
	var err error
	if c.in, err = c.codec.Decode(c.r, c.path); err != nil {
		return err
	}
	c.recorded = true
	resp, err := chain.Do(ctx, c.in.Request)
	if err != nil {
		return err
	}
	c.codec.Answer(c.w, c.r, c.in, resp)
	return nil
}

// chain is the way of a face's interaction: split ▸ audit ▸ convert ▸ adapt ▸
// provider. A provider of the face's own version needs no conversion.
func (c *call) chain(route Route) fhir.Server {
	g, face := c.g, c.codec.Version
	server := adapt.Link(route.Server, route.Adapt)
	if server.Version() != face {
		server = convert.Link(server, face, convert.Config{Zone: route.Adapt.Zone, Report: g.cfg.Converted})
	}
	server = c.announces(g.visible(server))
	return Split(g.cfg.Record.Link(server, route.Provider), cmp.Or(route.Parallel, g.cfg.BatchParallel), g.cfg.Record.Entry, g.entryRefused)
}

func (g *Gateway) entryRefused(ctx context.Context, entry int, fe *fhir.Error) error {
	return g.cfg.Record.Event(g.cfg.Record.Entry(ctx, entry), "Refused", "", wire.Status(fe.Kind))
}

// visible keeps included resources of types the face does not serve out of its
// answers.
func (g *Gateway) visible(next fhir.Server) fhir.Server {
	types := g.faces[next.Version()]
	return fhir.ServerFunc{V: next.Version(), F: func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
		resp, err := next.Do(ctx, req)
		hidden := func(m fhir.Match) bool { return m.Mode == fhir.ModeInclude && !types[m.Type] }
		if err != nil || req.Interaction != fhir.Search || !slices.ContainsFunc(resp.Matches, hidden) {
			return resp, err
		}
		shown := resp.Matches[:0:0]
		for _, m := range resp.Matches {
			if !hidden(m) {
				shown = append(shown, m)
			}
		}
		out := *resp
		out.Matches = shown
		return &out, nil
	}}
}

// pages binds a codec's links to whom they are made for.
type pages struct {
	seal  Sealer
	bound string
}

func (p pages) Seal(state []byte) (string, error) { return p.seal.SealLink(p.bound, state) }
func (p pages) Open(link string) ([]byte, error)  { return p.seal.OpenLink(p.bound, link) }
