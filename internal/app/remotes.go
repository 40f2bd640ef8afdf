package app

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/outbound"
	"github.com/wardbridge/wardbridge/internal/provider"
	"github.com/wardbridge/wardbridge/internal/provider/credential"
	"github.com/wardbridge/wardbridge/internal/provider/gather"
	"github.com/wardbridge/wardbridge/internal/provider/limit"
	"github.com/wardbridge/wardbridge/internal/provider/remote"
)

// remotes holds the links to providers elsewhere. They are made when a provider
// is first asked, and anew when its settings or its version change. One that
// cannot be made answers for itself only.
type remotes struct {
	s    *System
	mu   sync.Mutex
	open map[string]*openRemote
	// closing are links that were replaced and wait for their last requests.
	closing []*openRemote
}

// openRemote is what stands between the gateway and one provider.
type openRemote struct {
	provider provider.Provider
	version  fhir.Version
	conn     *connection
	limiter  *limit.Limiter
	memories *memories
	batches  batches
	server   fhir.Server // gather ▸ limit ▸ remote
	watch    watch
	stop     context.CancelFunc
	work     sync.WaitGroup
	aside    time.Time // when it was replaced
}

// A connection is how one provider is reached, without what protects it.
type connection struct {
	dialer *outbound.Dialer
	source *credential.Source
	remote *remote.Remote
	open   *remote.Remote // the same without signing in
}

func newRemotes(s *System) *remotes { return &remotes{s: s, open: map[string]*openRemote{}} }

// get gives the links to a provider.
func (rs *remotes) get(ctx context.Context, p provider.Provider) (*openRemote, error) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	o := rs.open[p.Name]
	if o != nil && o.current(p) {
		return o, nil
	}
	made, err := rs.make(ctx, p)
	if err != nil {
		return nil, fhir.Errorf(fhir.KindUnavailable, "transient", "The tenant's provider cannot be asked now. Ask the operator of this server to test it.").Because(err)
	}
	if o != nil {
		rs.setAside(o)
	}
	rs.open[p.Name] = made
	return made, nil
}

// current reports whether o was made from the settings of p.
func (o *openRemote) current(p provider.Provider) bool {
	return o.provider.Revision == p.Revision && o.provider.Created.Equal(p.Created) && o.provider.Zone == p.Zone && !o.watch.outdated()
}

//nolint:contextcheck // what watches the provider outlives the request, and has nothing of it
func (rs *remotes) make(ctx context.Context, p provider.Provider) (*openRemote, error) {
	sec, err := rs.s.Providers.Secrets(p.Name)
	if err != nil {
		return nil, err
	}
	seen, err := rs.s.Observed(ctx, p)
	if err != nil {
		return nil, err
	}
	o := &openRemote{provider: p, version: seen.versionOf(p), memories: newMemories(p.Remote, seen)}
	if err := rs.s.link(o, sec, wholeBatch); err != nil {
		return nil, err
	}
	// The tenant of the first request is whom the provider is watched as, where
	// its address or its token depend on a tenant.
	principal, _ := access.PrincipalFrom(ctx)
	background, stop := context.WithCancel(access.WithPrincipal(context.Background(), access.Principal{Tenant: principal.Tenant}))
	o.stop = stop
	o.work.Go(func() { rs.observe(background, o) })
	return o, nil
}

// limits are those of the calls to a provider. One that sets no time for a call
// has that of every outgoing request.
func (s *System) limits(p provider.Provider) limit.Config {
	r := p.Remote
	retries := 0 // the limiter's default
	if r.Retries != nil {
		if retries = *r.Retries; retries == 0 {
			retries = -1
		}
	}
	return limit.Config{
		Concurrency: r.Concurrency, Queue: cmp.Or(r.Queue, defaultQueue),
		CallTime: cmp.Or(time.Duration(r.Timeout), s.cfg.Outbound.Timeout), Retries: retries,
		Hedge: time.Duration(r.Hedge), CacheFor: time.Duration(r.CacheFor), PerTenant: apart(r),
		Observe: func(c limit.Change) {
			s.logger.Warn("a provider's circuit breaker changed", "provider", p.Name, "from", c.From, "to", c.To)
		},
	}
}

// link makes the links gather ▸ limit ▸ remote of a provider; most is how many
// entries leave in one batch, where it takes them whole.
func (s *System) link(o *openRemote, sec provider.Secrets, most int) (err error) {
	p := o.provider
	if o.conn, err = s.connect(p, o.version, sec); err != nil {
		return err
	}
	o.limiter, err = limit.New(s.limits(p))
	if err != nil {
		o.conn.close()
		return err
	}
	o.server = o.limiter.Link(o.conn.remote)
	if p.Remote.Batches == provider.BatchesWhole {
		o.server = gather.Link(o.server, gather.Config{Max: most, Observe: o.batches.count})
	}
	return nil
}

// connect makes the way to a provider. Nothing is dialled yet.
func (s *System) connect(p provider.Provider, v fhir.Version, sec provider.Secrets) (*connection, error) {
	r := p.Remote
	out := outbound.Config{
		Allow: s.cfg.Outbound.Allow, Timeout: s.cfg.Outbound.Timeout, MaxBytes: maxAnswer,
		CAFile: s.cfg.Outbound.CAFile, CA: []byte(r.CA), Proxy: r.Proxy, Named: hosts(r), SameOrigin: true, Idle: max(64, r.Concurrency),
	}
	if r.Timeout > 0 {
		out.Timeout = time.Duration(r.Timeout)
	}
	if r.Certificate != "" {
		pair, err := tls.X509KeyPair([]byte(r.Certificate), []byte(sec.CertificateKey))
		if err != nil {
			return nil, fmt.Errorf("client certificate of provider %q: %w", p.Name, err)
		}
		out.Certificate = &pair
	}
	c := &connection{}
	var err error
	if c.dialer, err = outbound.New(out); err != nil {
		return nil, err
	}
	if c.source, err = credential.New(credential.Config{
		Settings: r.Auth, Secret: sec.Auth, Base: r.URL, Headers: r.Headers, HTTP: c.dialer.Client(), Timeout: time.Duration(r.Timeout),
	}); err != nil {
		c.dialer.Close()
		return nil, err
	}
	cfg := remote.Config{
		Version: v, Base: r.URL, HTTP: c.dialer.Client(), Headers: r.Headers, Media: r.MediaType, Search: r.Search,
		MaxBytes: maxAnswer, Depth: s.cfg.Limits.Depth,
	}
	if c.open, err = remote.New(cfg); err == nil {
		cfg.Authorize = c.source
		c.remote, err = remote.New(cfg)
	}
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// hosts are the names in the URLs that were set with a provider.
func hosts(r *provider.Remote) []string {
	var out []string
	for _, raw := range []string{r.URL, r.Auth.TokenURL} {
		if u, err := url.Parse(strings.ReplaceAll(raw, provider.TenantPlaceholder, "tenant")); err == nil && u.Hostname() != "" {
			out = append(out, u.Hostname())
		}
	}
	return out
}

// defaultQueue lets some users open their lists at the same time: each sends
// batches, and their entries wait for their turn here.
const defaultQueue = 256

// maxAnswer bounds one answer of a provider.
const maxAnswer = 32 << 20

// prune sets aside the links to providers that are no longer on the map or are
// set otherwise now, and ends those that wait long enough for their last
// requests to be over.
func (rs *remotes) prune() {
	known := map[string]provider.Provider{}
	for _, p := range rs.s.Providers.Snapshot().Providers {
		if p.Kind == provider.KindRemote {
			known[p.Name] = p
		}
	}
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for name, o := range rs.open {
		if p, ok := known[name]; !ok || !o.current(p) {
			delete(rs.open, name)
			rs.setAside(o)
		}
	}
	later := rs.closing[:0]
	for _, o := range rs.closing {
		if time.Since(o.aside) < 2*rs.s.cfg.Limits.RequestTime {
			later = append(later, o)
			continue
		}
		o.end()
	}
	rs.closing = later
}

func (rs *remotes) setAside(o *openRemote) {
	o.aside = time.Now()
	o.stop()
	rs.closing = append(rs.closing, o)
}

func (o *openRemote) end() {
	o.stop()
	o.work.Wait()
	o.conn.close()
}

func (c *connection) close() {
	c.source.Close()
	c.dialer.Close()
}

func (rs *remotes) close() {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for _, o := range rs.open {
		o.end()
	}
	for _, o := range rs.closing {
		o.end()
	}
	rs.open, rs.closing = map[string]*openRemote{}, nil
}

// all are the links in use.
func (rs *remotes) all() []*openRemote {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	return slices.Collect(maps.Values(rs.open))
}
