package faulttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/app"
)

// certificate is a self-signed one, and the file an operator would trust it by.
func certificate(t *testing.T, host string, until time.Time) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, NotBefore: until.Add(-48 * time.Hour), NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

// secured starts a server with that certificate.
func secured(c tls.Certificate) func(*httptest.Server) {
	return func(s *httptest.Server) {
		s.TLS = &tls.Config{Certificates: []tls.Certificate{c}, MinVersion: tls.VersionTLS12}
		s.StartTLS()
	}
}

// demanding starts a server with that certificate which takes nobody without it.
func demanding(c tls.Certificate) func(*httptest.Server) {
	return func(s *httptest.Server) {
		pool := x509.NewCertPool()
		pool.AddCert(leaf(c))
		s.TLS = &tls.Config{Certificates: []tls.Certificate{c}, MinVersion: tls.VersionTLS12, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
		s.StartTLS()
	}
}

func leaf(c tls.Certificate) *x509.Certificate {
	parsed, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		panic(err) // made here
	}
	return parsed
}

func always(f fault) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f(w, r, nil) })
}

func statement(body string) http.Handler { return always(says(200, "application/fhir+json", body)) }

// floods says a statement that never comes to its end.
func floods(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	w.Header().Set("Content-Type", "application/fhir+json")
	_, _ = io.WriteString(w, `{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","description":"`)
	block := strings.Repeat("a", 1<<20)
	for range 200 {
		if _, err := io.WriteString(w, block); err != nil {
			return
		}
	}
}

// noName resolves nowhere: a part has 63 letters at most, so no network is asked.
var noName = strings.Repeat("x", 64) + ".invalid"

// TestProviderAdd holds what an operator is told about an address that will not
// do: what is wrong, and what to do.
func TestProviderAdd(t *testing.T) {
	s := start(t, func(*app.Config) {})
	past, pastFile := certificate(t, "127.0.0.1", time.Now().Add(-time.Hour))
	named, namedFile := certificate(t, "ehr.hospital.example", time.Now().Add(time.Hour))
	good, goodFile := certificate(t, "127.0.0.1", time.Now().Add(time.Hour))
	refusing := func(status int) string {
		return infect(t, always(says(status, "text/plain", "")), (*httptest.Server).Start).URL
	}
	for _, c := range []struct {
		name, what string
		handler    http.Handler
		begin      func(*httptest.Server)
		args       []string
		says       []string
	}{
		{"not FHIR", "the base URL is a web page", always(says(200, "text/html", page)), nil, nil, []string{"FHIR", "--url", "--fhir-version"}},
		{"not found", "nothing is at the base URL", http.NotFoundHandler(), nil, nil, []string{"--url", "--fhir-version"}},
		{"other JSON", "the base URL serves JSON that is no statement", statement(`{"resourceType":"Patient"}`), nil, nil, []string{"statement", "--fhir-version"}},
		{"unknown version", "the statement says FHIR 5.0.0", statement(`{"resourceType":"CapabilityStatement","fhirVersion":"5.0.0"}`), nil, nil, []string{"5.0.0", "--fhir-version"}},
		{"flood", "a statement of 200 MB", always(floods), nil, nil, []string{"large", "--url"}},
		{"expired", "its certificate has expired", statement("{}"), secured(past), []string{"--ca-file", pastFile}, []string{"expired", "renew"}},
		{"another name", "its certificate is for another name", statement("{}"), secured(named), []string{"--ca-file", namedFile}, []string{"ehr.hospital.example", "--url"}},
		{"unknown authority", "nobody vouches for its certificate", statement("{}"), secured(good), nil, []string{"authority", "--ca-file"}},
		{
			"metadata address", "it redirects to a cloud's metadata address",
			always(says(302, "text/plain", "", "Location", "http://169.254.169.254/latest/meta-data/")),
			nil, nil,
			[]string{"redirect", "--url"},
		},
		{"private network", "the URL is in a private network", nil, nil, []string{"--url", "http://10.9.8.7/fhir"}, []string{"10.9.8.7", "outbound.allow"}},
		{"no URL", "the URL has no scheme", nil, nil, []string{"--url", "ehr.hospital.example/fhir"}, []string{"https://"}},
		{"a proxy that is not there", "the proxy cannot be reached", nil, nil, []string{"--url", "http://127.0.0.1:1/fhir", "--proxy", "http://127.0.0.1:1"}, []string{"proxy", "--proxy"}},
		{"a proxy that wants a user", "the proxy answers 407", nil, nil, []string{"--url", "https://ehr.invalid/fhir", "--proxy", refusing(407)}, []string{"ehr.invalid", "signed in"}},
		{"a proxy that forbids", "the proxy answers 403", nil, nil, []string{"--url", "https://ehr.invalid/fhir", "--proxy", refusing(403)}, []string{"ehr.invalid", "allow"}},
		{"a name that the proxy does not know", "the proxy answers 502", nil, nil, []string{"--url", "https://ehr.invalid/fhir", "--proxy", refusing(502)}, []string{"ehr.invalid", "--url"}},
		{"client certificate", "the server wants a client certificate", statement("{}"), demanding(good), []string{"--ca-file", goodFile}, []string{"certificate", "--client-cert-file"}},
		{"no such name", "the name does not resolve", nil, nil, []string{"--url", "https://" + noName + "/fhir"}, []string{noName, "--url"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append([]string{"provider", "add", "clinic", "--timeout", patience}, c.args...)
			if c.handler != nil {
				begin := c.begin
				if begin == nil {
					begin = (*httptest.Server).Start
				}
				args = append(args, "--url", infect(t, c.handler, begin).URL+"/fhir")
			}
			code, out, errs := s.command(t, args...)
			if code == 0 {
				t.Fatalf("it was added:\n%s", out)
			}
			for _, word := range c.says {
				if !strings.Contains(errs, word) {
					t.Errorf("the message does not say %q:\n%s", word, errs)
				}
			}
			t.Log(errs)
		})
	}
}

// TestProviderTest holds that every step is told, with what to do about one
// that failed, and that no secret shows.
func TestProviderTest(t *testing.T) {
	g := newGateway(t)
	base := g.hospital.origin + "/stores/main/fhir"
	g.connect(t, "clinic", base, "--batches", "whole")
	out := g.run(t, "provider", "test", "clinic")
	for _, row := range []string{"dns", "connection", "metadata", "version", "token", "search", "batch"} {
		if !strings.Contains(out, row) {
			t.Errorf("no step %s:\n%s", row, out)
		}
	}
	if strings.Contains(out, "failed") || !strings.Contains(out, "FHIR 4.0.1") {
		t.Errorf("a well provider:\n%s", out)
	}
	single := infect(t, g.honest, (*httptest.Server).Start)
	refuse := fault(func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/fhir") {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		honest.ServeHTTP(w, r)
	})
	single.fault.Store(&refuse)
	g.connect(t, "single", single.URL+"/stores/main/fhir")
	if out := g.run(t, "provider", "test", "single"); !strings.Contains(out, "need not") {
		t.Errorf("a provider without batches:\n%s", out)
	}
	g.run(t, "provider", "set", "single", "--batches", "whole")
	if code, out, _ := g.command(t, "provider", "test", "single"); code != 1 || !strings.Contains(out, "failed") {
		t.Errorf("a provider without batches that shall take them whole: exit %d\n%s", code, out)
	}
	html := httptest.NewServer(always(says(200, "text/html", page)))
	defer html.Close()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hunter2-hunter2-hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	g.run(t, "provider", "set", "clinic", "--auth", "client_secret_post", "--client-id", "wb", "--secret-file", secret, "--token-url", html.URL+"/token")
	code, out, errs := g.command(t, "provider", "test", "clinic")
	if code != 1 || !strings.Contains(out, "token") || !strings.Contains(out, "failed") || strings.Contains(out+errs, "hunter2") {
		t.Errorf("a token endpoint that answers HTML: exit %d\n%s%s", code, out, errs)
	}
	t.Log(out)
	for _, cmd := range [][]string{{"provider", "show", "clinic"}, {"provider", "show", "clinic", "-o", "json"}, {"audit", "search"}} {
		if out := g.run(t, cmd...); strings.Contains(out, "hunter2") {
			t.Errorf("%v shows the secret", cmd)
		}
	}
	if code, _, errs := g.command(t, "provider", "test", "nobody"); code != 1 || !strings.Contains(errs, "nobody") {
		t.Errorf("no such provider: %d %s", code, errs)
	}
}
