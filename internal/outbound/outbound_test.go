package outbound_test

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/outbound"
)

func TestMain(m *testing.M) { await.Main(m) }

// names is a resolver with an answer for each time a name is asked for; the
// last one stays.
type names struct {
	answers map[string][][]string
	asked   atomic.Int32
}

func (n *names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	n.asked.Add(1)
	list := n.answers[host]
	if len(list) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if len(list) > 1 {
		n.answers[host] = list[1:]
	}
	var out []netip.Addr
	for _, a := range list[0] {
		out = append(out, netip.MustParseAddr(a))
	}
	return out, nil
}

func dialer(t *testing.T, cfg outbound.Config) *outbound.Dialer {
	t.Helper()
	d, err := outbound.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func get(t *testing.T, d *outbound.Dialer, url string) (string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := d.Client().Do(req)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(resp.Body)
	return string(b), errors.Join(err, resp.Body.Close())
}

func TestRefusedAddresses(t *testing.T) {
	t.Parallel()
	refused := []string{
		"127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "0.1.2.3", "::", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
		"169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "100.64.0.1", "100.100.100.200",
		"168.63.129.16", "224.0.0.1", "ff02::1", "255.255.255.255", "240.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
		"64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:1::", "::127.0.0.1", "192.0.0.1", "198.18.0.1", "fec0::1",
	}
	d := dialer(t, outbound.Config{})
	for _, a := range refused {
		host := a
		if strings.Contains(a, ":") {
			host = "[" + strings.ReplaceAll(a, "%", "%25") + "]"
		}
		err := d.Check(t.Context(), "https://"+host+"/keys")
		if !errors.Is(err, outbound.ErrRefused) || !strings.Contains(err.Error(), "outbound.allow") {
			t.Errorf("%s: %v; want a refusal that names outbound.allow", a, err)
		}
	}
	for _, a := range []string{"93.184.216.34", "[2606:4700::1111]", "8.8.8.8"} {
		if err := d.Check(t.Context(), "https://"+a+"/"); err != nil {
			t.Errorf("%s: %v; want it allowed", a, err)
		}
	}
	allowed := dialer(t, outbound.Config{Allow: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}})
	if err := allowed.Check(t.Context(), "http://10.1.2.3/"); err != nil {
		t.Errorf("an allowed network: %v", err)
	}
	if err := allowed.Check(t.Context(), "http://10.2.2.3/"); !errors.Is(err, outbound.ErrRefused) {
		t.Errorf("a network beside the allowed one: %v", err)
	}
	for _, odd := range []string{"ftp://8.8.8.8/", "8.8.8.8", "http://", "://"} {
		if err := d.Check(t.Context(), odd); err == nil {
			t.Errorf("%s: accepted", odd)
		}
	}
}

// Odd spellings of an address are names to the URL, so the resolver answers.
func TestOddSpellings(t *testing.T) {
	t.Parallel()
	r := &names{answers: map[string][][]string{"0x7f000001": {{"127.0.0.1"}}, "2130706433": {{"127.0.0.1"}}, "017700000001": {{"127.0.0.1"}}}}
	d := dialer(t, outbound.Config{Resolver: r})
	for host := range r.answers {
		if err := d.Check(t.Context(), "http://"+host+"/"); !errors.Is(err, outbound.ErrRefused) {
			t.Errorf("%s: %v, want a refusal", host, err)
		}
	}
}

// A name is resolved once per dial and the address that was judged is the one
// that is dialled: a second answer never counts.
func TestRebinding(t *testing.T) {
	t.Parallel()
	var hits atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	defer srv.Close()
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	r := &names{answers: map[string][][]string{
		"rebind.example": {{"127.0.0.2"}, {"127.0.0.1"}}, // nothing listens at the first
		"mixed.example":  {{"93.184.216.34", "127.0.0.1"}},
	}}
	d := dialer(t, outbound.Config{Resolver: r, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}})
	if _, err := get(t, d, "http://rebind.example:"+port+"/"); err == nil {
		t.Error("the first address answered")
	}
	if n := r.asked.Load(); n != 1 {
		t.Errorf("the name was resolved %d times for one dial, want once", n)
	}
	if _, err := get(t, d, "http://rebind.example:"+port+"/"); !errors.Is(err, outbound.ErrRefused) {
		t.Errorf("after rebinding: %v, want a refusal", err)
	}
	if _, err := get(t, d, "http://mixed.example:"+port+"/"); !errors.Is(err, outbound.ErrRefused) {
		t.Errorf("a name with an address inside: %v, want a refusal", err)
	}
	if hits.Load() != 0 {
		t.Errorf("the loopback server was reached %d times", hits.Load())
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	mux := http.NewServeMux()
	mux.HandleFunc("/exact", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, strings.Repeat("x", 100)) })
	mux.HandleFunc("/long", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, strings.Repeat("x", 101)) })
	mux.HandleFunc("/stream", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := fmt.Fprint(w, strings.Repeat("x", 64)); err != nil {
				return
			}
			_ = http.NewResponseController(w).Flush()
		}
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, "x")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("/inside", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
	})
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	srv := httptest.NewServer(mux)
	defer srv.Close()
	d := dialer(t, outbound.Config{Allow: loopback, MaxBytes: 100, Timeout: time.Minute})
	if body, err := get(t, d, srv.URL+"/exact"); err != nil || len(body) != 100 {
		t.Errorf("as much as allowed: %d bytes, %v", len(body), err)
	}
	for _, path := range []string{"/long", "/stream"} {
		if _, err := get(t, d, srv.URL+path); !errors.Is(err, outbound.ErrTooLarge) {
			t.Errorf("%s: %v, want ErrTooLarge", path, err)
		}
	}
	if _, err := get(t, dialer(t, outbound.Config{Allow: loopback, Timeout: 500 * time.Millisecond}), srv.URL+"/slow"); err == nil {
		t.Error("an answer that never ends came through")
	}
	if _, err := get(t, d, srv.URL+"/inside"); !errors.Is(err, outbound.ErrRefused) {
		t.Errorf("a redirect inside: %v, want a refusal", err)
	}
	if _, err := get(t, d, srv.URL+"/loop"); err == nil || !strings.Contains(err.Error(), "redirects") {
		t.Errorf("redirects without end: %v", err)
	}
	if _, err := get(t, dialer(t, outbound.Config{}), srv.URL+"/exact"); !errors.Is(err, outbound.ErrRefused) {
		t.Errorf("loopback without permission: %v, want a refusal", err)
	}
}

// TLS is verified against the name, though the address is what is dialled, and
// a redirect must not leave it.
func TestTLS(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, plain.URL, http.StatusFound)
	}))
	defer srv.Close()
	d := dialer(t, outbound.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	if _, err := get(t, d, srv.URL); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("an unknown authority: %v, want a certificate error", err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	trusting := dialer(t, outbound.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, CAFile: file})
	if _, err := get(t, trusting, srv.URL); !errors.Is(err, outbound.ErrRefused) || !strings.Contains(err.Error(), "redirect") {
		t.Errorf("a redirect that leaves TLS: %v, want a refusal", err)
	}
}

// Behind a proxy the proxy dials, so the target is judged before it is asked.
func TestProxy(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = fmt.Fprint(w, "proxied")
	}))
	defer proxy.Close()
	d := dialer(t, outbound.Config{Proxy: proxy.URL})
	if body, err := get(t, d, "http://93.184.216.34/"); err != nil || body != "proxied" {
		t.Errorf("a public address: %q, %v", body, err)
	}
	if _, err := get(t, d, "http://10.0.0.1/"); !errors.Is(err, outbound.ErrRefused) {
		t.Errorf("a private address: %v, want a refusal", err)
	}
	if asked.Load() != 1 {
		t.Errorf("the proxy was asked %d times, want once", asked.Load())
	}
}

// A name that was set with the proxy need not be known here; others are
// resolved and judged, and so is an address, whoever gave it.
func TestProxyResolves(t *testing.T) {
	t.Parallel()
	var asked atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked.Store(r.URL.Host) }))
	defer proxy.Close()
	d := dialer(t, outbound.Config{Proxy: proxy.URL, Named: []string{"EHR.test", "10.0.0.1"}, Resolver: &names{answers: map[string][][]string{"inside.test": {{"10.0.0.2"}}}}})
	if _, err := get(t, d, "http://ehr.test/fhir"); err != nil || asked.Load() != "ehr.test" {
		t.Errorf("the name that was set: the proxy was asked for %v, %v", asked.Load(), err)
	}
	if _, err := get(t, d, "http://other.test/"); !errors.As(err, new(*net.DNSError)) {
		t.Errorf("another name without an address: %v, want that it has none", err)
	}
	for _, u := range []string{"http://inside.test/", "http://10.0.0.1/"} {
		if _, err := get(t, d, u); !errors.Is(err, outbound.ErrRefused) {
			t.Errorf("%s: %v, want a refusal", u, err)
		}
	}
}

func TestConfigFaults(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]outbound.Config{
		"network":     {Allow: []netip.Prefix{{}}},
		"proxy":       {Proxy: "socks5://x"},
		"authorities": {CAFile: "no-such-file"},
	} {
		if _, err := outbound.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// A caller with a header of its own must not have it carried to another server.
func TestSameOrigin(t *testing.T) {
	t.Parallel()
	var carried atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { carried.Add(1) }))
	defer other.Close()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other.URL, http.StatusFound)
		case "/near":
			http.Redirect(w, r, "/here", http.StatusTemporaryRedirect)
		default:
			_, _ = fmt.Fprint(w, "here")
		}
	}))
	defer srv.Close()
	d := dialer(t, outbound.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, SameOrigin: true})
	if _, err := get(t, d, srv.URL+"/away"); !errors.Is(err, outbound.ErrRefused) || carried.Load() != 0 {
		t.Errorf("a redirect to another server: %v, %d requests there; want a refusal and none", err, carried.Load())
	}
	if body, err := get(t, d, srv.URL+"/near"); err != nil || body != "here" {
		t.Errorf("a redirect on the same server: %q, %v", body, err)
	}
}

// A server that asks for a certificate sees the one configured.
func TestClientCertificate(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, r.TLS.PeerCertificates[0].Issuer.Organization) //nolint:gosec // no browser reads it
	}))
	srv.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS12}
	srv.StartTLS()
	defer srv.Close()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	allow := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	if _, err := get(t, dialer(t, outbound.Config{Allow: allow, CA: ca}), srv.URL); err == nil {
		t.Error("a server that demands a certificate answered without one")
	}
	shown := srv.TLS.Certificates[0]
	if body, err := get(t, dialer(t, outbound.Config{Allow: allow, CA: ca, Certificate: &shown}), srv.URL); err != nil || body != "[Acme Co]" {
		t.Errorf("with a certificate: %q, %v", body, err)
	}
	at, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	if st, err := dialer(t, outbound.Config{Allow: allow, CA: ca, Certificate: &shown}).Connect(t.Context(), at); err != nil || st.PeerCertificates[0].Subject.Organization[0] != "Acme Co" {
		t.Errorf("connect: %v", err)
	}
	if _, err := dialer(t, outbound.Config{}).Connect(t.Context(), at); !errors.Is(err, outbound.ErrRefused) {
		t.Errorf("connect to a private address: %v, want a refusal", err)
	}
	if _, err := outbound.New(outbound.Config{CA: []byte("not PEM")}); err == nil {
		t.Error("authorities that are not PEM were taken")
	}
}
