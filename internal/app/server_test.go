package app_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/app"
	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/provider"
)

func TestMain(m *testing.M) { await.Main(m) }

func open(t *testing.T, cfg app.Config) *app.System {
	t.Helper()
	s, err := app.Open(t.Context(), app.Options{Config: cfg, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// serve runs a server on the system and gives its origin and how to stop it.
func serve(t *testing.T, s *app.System) (origin string, stop func() error) {
	t.Helper()
	srv, err := app.NewServer(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	addr, done := make(chan net.Addr, 1), make(chan error, 1)
	go func() { done <- srv.Run(ctx, func(a net.Addr) { addr <- a }) }()
	stopped := false
	stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-done
	}
	select {
	case a := <-addr:
		t.Cleanup(func() {
			if err := stop(); err != nil {
				t.Error(err)
			}
		})
		scheme := "http://"
		if s.Config().TLS.Cert != "" {
			scheme = "https://"
		}
		return scheme + a.String(), stop
	case err := <-done:
		t.Fatalf("the server did not start: %v", err)
		return "", nil
	}
}

func config(t *testing.T) app.Config {
	cfg := app.Defaults()
	cfg.Data, cfg.Listen = filepath.Join(t.TempDir(), "data"), "127.0.0.1:0"
	cfg.Outbound.Timeout = await.Patience // nobody is slow, however busy the machine is
	return cfg
}

// An answer is a response whose body has been read.
type answer struct {
	StatusCode, ProtoMajor int
	Proto                  string
	Header                 http.Header
	TLS                    *tls.ConnectionState
}

func get(t *testing.T, client *http.Client, target string) (answer, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.ProtoMajor, resp.Proto, resp.Header, resp.TLS}, string(body)
}

func newClient(t *testing.T, cfg *tls.Config) *http.Client {
	tr := &http.Transport{TLSClientConfig: cfg, ForceAttemptHTTP2: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func TestServer(t *testing.T) {
	s := open(t, config(t))
	origin, stop := serve(t, s)
	client := newClient(t, nil)
	for _, tc := range []struct {
		path   string
		status int
		want   string
	}{
		{"/", 200, origin + "/fhir/stu3"},
		{"/healthz", 200, "ok"},
		{"/readyz", 200, "ready"},
		{"/metrics", 200, "wardbridge_build_info"},
		{"/fhir/r4/metadata", 200, `"CapabilityStatement"`},
		{"/fhir/dstu2//metadata", 200, `"Conformance"`},
		{"/fhir/r4/Patient/x", 401, `"OperationOutcome"`},
		{"/.well-known/oauth-authorization-server", 200, origin + "/oauth2/token"},
		{"/oauth2/jwks", 200, `"keys"`},
		{"/oauth2/token", 405, "invalid_request"},
		{"/stores/none/fhir/Patient", 404, `"OperationOutcome"`},
		{"/nothing", 404, `"title":"Not Found"`},
	} {
		resp, body := get(t, client, origin+tc.path)
		if resp.StatusCode != tc.status || !strings.Contains(body, tc.want) {
			t.Errorf("%s: %d, want %d with %q:\n%.400s", tc.path, resp.StatusCode, tc.status, tc.want, body)
		}
		if resp.Header.Get("X-Request-Id") == "" {
			t.Errorf("%s: no request id", tc.path)
		}
	}
	resp, _ := get(t, client, origin+"/")
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("the page's policy is %q", csp)
	}
	if err := stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
}

// TestChangeByAnotherProcess holds that what a command changes beside the
// server comes into force in it.
func TestChangeByAnotherProcess(t *testing.T) {
	cfg := config(t)
	origin, _ := serve(t, open(t, cfg))
	client := newClient(t, nil)
	beside := open(t, cfg)
	if _, err := beside.Providers.CreateStore(t.Context(), "test", provider.Store{Name: "s", Version: 3, Open: true}); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	await.That(t, "the store answers", func() bool {
		resp, _ := get(t, client, origin+"/stores/s/fhir/Patient")
		return resp.StatusCode == http.StatusOK
	})
	t.Logf("in force after %v", time.Since(begun)) // within a second on a machine that has time
}

// TestDemoTwice holds that a second start finds everything as it was.
func TestDemoTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("fills three stores")
	}
	cfg := config(t)
	s := open(t, cfg)
	first, err := s.Demo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again := open(t, cfg)
	second, err := again.Demo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("the second start differs (-first +second):\n%s", diff)
	}
	origin, _ := serve(t, again) // at a port that the system chose, unlike a demo's
	client := newClient(t, nil)
	tokenURL := strings.Replace(second.TokenURL, "http://"+cfg.Listen, origin, 1)
	for version, tenant := range second.Tenants {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {second.ClientID}, "client_secret": {second.ClientSecret}, "scope": {tenant}}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, tokenURL, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var token struct {
			AccessToken string `json:"access_token"`
		}
		err = json.NewDecoder(resp.Body).Decode(&token)
		if closeErr := resp.Body.Close(); err != nil || closeErr != nil || token.AccessToken == "" {
			t.Fatalf("%s: no token: %v %d", version, err, resp.StatusCode)
		}
		req, err = http.NewRequestWithContext(t.Context(), http.MethodGet, origin+"/fhir/"+version+"/Patient?_summary=count", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token.AccessToken)
		resp, err = client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var bundle struct{ Total int }
		err = json.NewDecoder(resp.Body).Decode(&bundle)
		if closeErr := resp.Body.Close(); err != nil || closeErr != nil || bundle.Total < 40 {
			t.Errorf("%s: %d patients, want at least 40 (%v)", version, bundle.Total, err)
		}
	}
	info, err := os.Stat(filepath.Join(cfg.Data, app.DemoName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("demo.json: %v %v", info.Mode(), err)
	}
}

// writePair writes a self-signed certificate with a serial number.
func writePair(t *testing.T, certFile, keyFile string, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: raw}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCertificateIsReadAgain holds that a new certificate needs no restart, that
// a broken one does not replace a good one, and that HTTP/2 is spoken.
func TestCertificateIsReadAgain(t *testing.T) {
	cfg := config(t)
	dir := t.TempDir()
	cfg.TLS.Cert, cfg.TLS.Key = filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	writePair(t, cfg.TLS.Cert, cfg.TLS.Key, 1)
	origin, _ := serve(t, open(t, cfg))
	serial := func() string {
		client := newClient(t, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12})
		resp, _ := get(t, client, origin+"/healthz")
		if resp.ProtoMajor != 2 {
			t.Errorf("spoke %s, want HTTP/2", resp.Proto)
		}
		client.CloseIdleConnections()
		return resp.TLS.PeerCertificates[0].SerialNumber.String()
	}
	if got := serial(); got != "1" {
		t.Fatalf("certificate %s, want 1", got)
	}
	if err := os.WriteFile(cfg.TLS.Cert, []byte("half a certif"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := serial(); got != "1" {
		t.Errorf("with a broken file: certificate %s, want the old one", got)
	}
	writePair(t, cfg.TLS.Cert, cfg.TLS.Key, 2)
	await.That(t, "the new certificate is in use", func() bool { return serial() == "2" })
}

// TestPortTaken holds that the message says what to do.
func TestPortTaken(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	cfg := config(t)
	cfg.Listen = l.Addr().String()
	srv, err := app.NewServer(t.Context(), open(t, cfg))
	if err != nil {
		t.Fatal(err)
	}
	err = srv.Run(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "--listen") || !strings.Contains(err.Error(), cfg.Listen) {
		t.Errorf("the error is %v", err)
	}
}

// TestSlowClient holds that headers sent too slowly end the connection.
func TestSlowClient(t *testing.T) {
	cfg := config(t)
	cfg.Limits.HeaderTime = 200 * time.Millisecond
	origin, _ := serve(t, open(t, cfg))
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(origin, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(await.Patience)); err != nil {
		t.Fatal(err)
	}
	// A server that was too busy to read what there is resets the connection.
	if answer, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection stays open: %q", answer)
	}
}
