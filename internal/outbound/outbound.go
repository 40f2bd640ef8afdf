package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

// AllowKey is the configuration key that lifts a refusal.
const AllowKey = "outbound.allow"

// ErrRefused is the cause of every refusal by policy.
var ErrRefused = errors.New("outbound: the address is not allowed")

// ErrTooLarge ends the reading of an answer that is longer than it may be.
var ErrTooLarge = errors.New("outbound: the answer is too large")

// A ProxyError is a proxy's refusal to connect to a host.
type ProxyError struct {
	Host   string // with its port
	Status int    // of the answer to CONNECT
}

func (e *ProxyError) Error() string {
	return fmt.Sprintf("outbound: the proxy does not connect to %s: it answers %d %s", e.Host, e.Status, http.StatusText(e.Status))
}

// Resolver finds the addresses of a name; [*net.Resolver] is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Config builds a [Dialer]. The zero value works and refuses all that is not
// public.
type Config struct {
	Allow    []netip.Prefix // networks that may be reached though they are not public
	Timeout  time.Duration  // of a whole request, answer included; 0 is 10 s
	MaxBytes int64          // of an answer; 0 is 8 MiB
	CAFile   string         // PEM file of further trusted authorities
	CA       []byte         // further trusted authorities, PEM
	// Certificate is what the client shows of itself (mTLS). Nil is nothing.
	Certificate *tls.Certificate
	// SameOrigin refuses redirects to another scheme, host or port: what is
	// sent in headers of the caller's own is meant for one server only.
	SameOrigin bool
	// Idle is how many unused connections to one host stay open; 0 is 64.
	Idle int
	// Proxy is the URL of an HTTP proxy. Its own address is not judged; what it
	// is asked for is.
	Proxy string
	// Named are host names that whoever chose the proxy chose too. The proxy
	// resolves them, as they may have no address here, and is to judge them.
	Named    []string
	Resolver Resolver // nil is the system's
}

const maxRedirects = 3

// A Dialer makes clients. It is safe for concurrent use.
type Dialer struct {
	cfg    Config
	proxy  *url.URL
	dialer net.Dialer
	tls    *tls.Config
	client *http.Client

	specials []special
}

// New checks cfg.
func New(cfg Config) (*Dialer, error) {
	if cfg.Timeout <= 0 {
		cfg.Timeout = 10 * time.Second
	}
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = 8 << 20
	}
	if cfg.Idle <= 0 {
		cfg.Idle = 64
	}
	if cfg.Resolver == nil {
		cfg.Resolver = net.DefaultResolver
	}
	cfg.Named = slices.DeleteFunc(slices.Clone(cfg.Named), func(host string) bool {
		_, err := netip.ParseAddr(host)
		return err == nil // an address needs nobody to resolve it, and is judged here
	})
	for i, p := range cfg.Allow {
		if !p.IsValid() {
			return nil, fmt.Errorf("outbound: %s[%d]: not a network", AllowKey, i)
		}
	}
	d := &Dialer{cfg: cfg, specials: specials(), dialer: net.Dialer{Timeout: cfg.Timeout, KeepAlive: 30 * time.Second}}
	tlsConfig := &tls.Config{MinVersion: tls.VersionTLS12}
	if cfg.CAFile != "" || len(cfg.CA) > 0 {
		pool, err := authorities(cfg.CAFile, cfg.CA)
		if err != nil {
			return nil, err
		}
		tlsConfig.RootCAs = pool
	}
	if cfg.Certificate != nil {
		tlsConfig.Certificates = []tls.Certificate{*cfg.Certificate}
	}
	d.tls = tlsConfig
	transport := &http.Transport{
		DialContext: d.dial, TLSClientConfig: tlsConfig.Clone(), ForceAttemptHTTP2: true,
		TLSHandshakeTimeout: cfg.Timeout, ResponseHeaderTimeout: cfg.Timeout, IdleConnTimeout: 90 * time.Second,
		MaxIdleConns: max(256, cfg.Idle), MaxIdleConnsPerHost: cfg.Idle, MaxResponseHeaderBytes: 64 << 10,
	}
	if cfg.Proxy != "" {
		u, err := url.Parse(cfg.Proxy)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return nil, errors.New("outbound: proxy: want an http or https URL")
		}
		d.proxy = u
		transport.Proxy = http.ProxyURL(u)
		transport.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, ask *http.Request, answer *http.Response) error {
			if answer.StatusCode != http.StatusOK {
				return &ProxyError{Host: ask.Host, Status: answer.StatusCode}
			}
			return nil
		}
	}
	d.client = &http.Client{Transport: &limited{d: d, next: transport}, Timeout: cfg.Timeout, CheckRedirect: d.checkRedirect}
	return d, nil
}

func authorities(file string, more []byte) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("outbound: authorities: %w", err)
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("outbound: authorities: %s holds no PEM certificate", file)
		}
	}
	if len(more) > 0 && !pool.AppendCertsFromPEM(more) {
		return nil, errors.New("outbound: authorities: no PEM certificate in what was given")
	}
	return pool, nil
}

// Client is the HTTP client. Its answers end with [ErrTooLarge] when they are
// longer than MaxBytes.
func (d *Dialer) Client() *http.Client { return d.client }

// Close closes connections that are not in use.
func (d *Dialer) Close() { d.client.CloseIdleConnections() }

// checkRedirect lets few redirects pass and none that leaves TLS. Where they
// lead is judged when it is dialled.
func (d *Dialer) checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("outbound: more than %d redirects", maxRedirects)
	}
	if first := via[0].URL; d.cfg.SameOrigin && (first.Scheme != req.URL.Scheme || hostPort(first) != hostPort(req.URL)) {
		return fmt.Errorf("%w: a redirect leads to another server, %s://%s; give that address instead if it is meant", ErrRefused, req.URL.Scheme, req.URL.Host)
	}
	if last := via[len(via)-1]; last.URL.Scheme == "https" && req.URL.Scheme != "https" {
		return fmt.Errorf("%w: a redirect leads from https to %s", ErrRefused, req.URL.Scheme)
	}
	return nil
}

// dial resolves the name, judges every address and connects to one that
// passed, by address. When some addresses of a name are refused, all are: a
// public name that points inside is not to be trusted.
func (d *Dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if d.proxy != nil && address == hostPort(d.proxy) {
		return d.dialer.DialContext(ctx, network, address)
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("outbound: %w", err)
	}
	addrs, err := d.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	conn, err := d.race(ctx, network, addrs, port)
	if err != nil {
		return nil, fmt.Errorf("outbound: %w", err)
	}
	return conn, nil
}

// stagger is how long an address may take to answer before the next is tried
// beside it (RFC 8305 §5).
const stagger = 250 * time.Millisecond

// race connects to the first of the addresses that answers: a server that has
// several is there as long as one of them is.
func (d *Dialer) race(ctx context.Context, network string, addrs []netip.Addr, port string) (net.Conn, error) {
	dial := func(ctx context.Context, a netip.Addr) (net.Conn, error) {
		return d.dialer.DialContext(ctx, network, net.JoinHostPort(a.String(), port))
	}
	if len(addrs) == 1 {
		return dial(ctx, addrs[0])
	}
	ctx, cancel := context.WithCancel(ctx) // ends the attempts that lost
	defer cancel()
	type attempt struct {
		conn net.Conn
		err  error
	}
	answers := make(chan attempt)
	var errs []error
	for begun := 0; len(errs) < len(addrs); {
		var next <-chan time.Time
		if begun < len(addrs) {
			go func(a netip.Addr) {
				conn, err := dial(ctx, a)
				select {
				case answers <- attempt{conn, err}:
				case <-ctx.Done():
					if conn != nil {
						_ = conn.Close() // another was quicker
					}
				}
			}(addrs[begun])
			begun++
			next = time.After(stagger)
		}
		select {
		case a := <-answers:
			if a.err == nil {
				return a.conn, nil
			}
			errs = append(errs, a.err)
		case <-next:
		case <-ctx.Done():
			return nil, errors.Join(append(errs, ctx.Err())...)
		}
	}
	return nil, errors.Join(errs...)
}

// resolve gives the addresses of host, all of which may be reached.
func (d *Dialer) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	addrs := make([]netip.Addr, 0, 4)
	if a, err := netip.ParseAddr(host); err == nil {
		addrs = append(addrs, a)
	} else if addrs, err = d.cfg.Resolver.LookupNetIP(ctx, "ip", host); err != nil {
		return nil, fmt.Errorf("outbound: resolve %s: %w", host, err)
	}
	if len(addrs) == 0 {
		return nil, fmt.Errorf("outbound: resolve %s: no address", host)
	}
	for i, a := range addrs {
		a = a.Unmap()
		if why := d.judge(a); why != "" {
			return nil, fmt.Errorf("%w: %s is %s (%s); if it is meant, add its network to %s in the configuration", ErrRefused, host, a.WithZone(""), why, AllowKey)
		}
		addrs[i] = a
	}
	return addrs, nil
}

// Check judges where a URL leads, as a dial would, without connecting.
func (d *Dialer) Check(ctx context.Context, raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return errors.New("outbound: want an absolute http or https URL")
	}
	_, err = d.resolve(ctx, u.Hostname())
	return err
}

// Resolve gives the addresses of a name, all of which may be reached.
func (d *Dialer) Resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	return d.resolve(ctx, host)
}

// Connect opens a connection to where a URL leads, by TLS when it is https, and
// closes it. The state is nil without TLS. A proxy is not asked.
func (d *Dialer) Connect(ctx context.Context, u *url.URL) (state *tls.ConnectionState, err error) {
	conn, err := d.dial(ctx, "tcp", hostPort(u))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if u.Scheme != "https" {
		return nil, nil
	}
	cfg := d.tls.Clone()
	cfg.ServerName = u.Hostname()
	client := tls.Client(conn, cfg)
	if err := client.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("outbound: %w", err)
	}
	s := client.ConnectionState()
	return &s, nil
}

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// limited bounds answers; behind a proxy it judges where a request leads
// before the proxy is asked, as the proxy dials then.
type limited struct {
	d    *Dialer
	next *http.Transport
}

// CloseIdleConnections is found by [http.Client.CloseIdleConnections].
func (l *limited) CloseIdleConnections() { l.next.CloseIdleConnections() }

// RoundTrip implements [http.RoundTripper].
func (l *limited) RoundTrip(req *http.Request) (*http.Response, error) {
	named := func(host string) bool { return strings.EqualFold(host, req.URL.Hostname()) }
	if l.d.proxy != nil && !slices.ContainsFunc(l.d.cfg.Named, named) {
		if _, err := l.d.resolve(req.Context(), req.URL.Hostname()); err != nil {
			if req.Body != nil {
				err = errors.Join(err, req.Body.Close())
			}
			return nil, err
		}
	}
	resp, err := l.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if resp.ContentLength > l.d.cfg.MaxBytes {
		return nil, errors.Join(ErrTooLarge, resp.Body.Close())
	}
	resp.Body = &boundedBody{ReadCloser: resp.Body, left: l.d.cfg.MaxBytes}
	return resp, nil
}

// boundedBody reads up to its bound and then fails, rather than end as if the
// answer were whole.
type boundedBody struct {
	io.ReadCloser
	left int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if int64(n) > b.left {
		n = int(b.left)
		b.left = 0
		return n, ErrTooLarge
	}
	b.left -= int64(n)
	return n, err
}
