package faulttest

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestFaultsOfTheConnection goes on with the table: what is wrong before, or
// beside, an answer.
func TestFaultsOfTheConnection(t *testing.T) {
	g := newGateway(t)
	well := g.connect(t, "well", g.hospital.origin+"/stores/main/fhir")
	past, pastFile := certificate(t, "127.0.0.1", time.Now().Add(-time.Hour))
	named, namedFile := certificate(t, "ehr.hospital.example", time.Now().Add(time.Hour))
	good, _ := certificate(t, "127.0.0.1", time.Now().Add(time.Hour))
	down := want{http.StatusServiceUnavailable, "transient"}
	honest := map[string]*answer{"read": g.get(t, well, "Observation/v-hr"), "search": g.get(t, well, search)}
	for i, f := range []struct {
		name, what string
		begin      func(*httptest.Server)
		flags      []string
		want       want
	}{
		{"expired certificate", "its certificate has expired", secured(past), []string{"--ca-file", pastFile}, down},
		{"another's certificate", "its certificate is for another name", secured(named), []string{"--ca-file", namedFile}, down},
		{"unknown authority", "nobody vouches for its certificate", secured(good), nil, down},
		{"wrong version", "its statement says STU3, its records are the pinned R4", (*httptest.Server).Start, nil, same},
	} {
		t.Run(f.name, func(t *testing.T) {
			s := infect(t, g.honest, f.begin)
			lies := edited(func(_ *httptest.ResponseRecorder, b []byte) []byte {
				return []byte(strings.Replace(string(b), `"fhirVersion":"4.0.1"`, `"fhirVersion":"3.0.2"`, 1))
			})
			strike := fault(func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
				if strings.HasSuffix(r.URL.Path, "/metadata") {
					lies(w, r, honest)
					return
				}
				honest.ServeHTTP(w, r)
			})
			s.fault.Store(&strike)
			token := g.connect(t, fmt.Sprintf("sick-%d", i), s.URL+"/stores/main/fhir", append(f.flags, "--fhir-version", "r4", "--retries", "0")...)
			judge(t, s, "read", g.get(t, token, "Observation/v-hr"), f.want, honest["read"])
			judge(t, s, "search", g.get(t, token, search), f.want, honest["search"])
			g.batch(t, s, token, []string{"Patient/p1", search}, f.want, f.want)
			if a := g.get(t, well, search); a.status != http.StatusOK {
				t.Errorf("another tenant's search meanwhile: %d", a.status)
			}
		})
		fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", f.name, f.what, f.want, f.want)
	}
}

// TestClientCertificate holds that a provider which takes nobody without a
// client certificate is reached with the one that is set, straight and by way
// of a proxy, and that the proxy is asked for nothing but the connection.
func TestClientCertificate(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	mutual, caFile := certificate(t, "127.0.0.1", time.Now().Add(time.Hour))
	key, err := x509.MarshalPKCS8PrivateKey(mutual.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	keyFile := filepath.Join(t.TempDir(), "client.key")
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600); err != nil {
		t.Fatal(err)
	}
	s := infect(t, g.honest, demanding(mutual))
	var asked atomic.Int64
	proxy := infect(t, always(func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		if r.Method != http.MethodConnect || r.Header.Get("Authorization") != "" {
			t.Errorf("the proxy was asked to %s, with %v", r.Method, r.Header)
		}
		asked.Add(1)
		tunnel(w, r)
	}), (*httptest.Server).Start)
	flags := []string{"--ca-file", caFile, "--client-cert-file", caFile, "--client-key-file", keyFile}
	for name, more := range map[string][]string{"straight": nil, "by-proxy": {"--proxy", proxy.URL}} {
		token := g.connect(t, name, s.URL+"/stores/main/fhir", append(flags, more...)...)
		if a := g.get(t, token, "Patient/p1"); a.status != http.StatusOK || a.text("id") != "p1" {
			t.Errorf("%s: %d %.300s", name, a.status, a.body)
		}
		if out := g.run(t, "provider", "test", name); strings.Contains(out, "failed") {
			t.Errorf("%s:\n%s", name, out)
		}
		if out := g.run(t, "provider", "show", name, "-o", "json"); strings.Contains(out, "PRIVATE KEY") {
			t.Errorf("%s shows the key", name)
		}
	}
	if asked.Load() == 0 {
		t.Error("the proxy was not asked")
	}
}

// TestProxyResolves holds that a provider whose name is known to the proxy
// alone is reached.
func TestProxyResolves(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	pair, caFile := certificate(t, "ehr.invalid", time.Now().Add(time.Hour))
	s := infect(t, g.honest, secured(pair))
	proxy := infect(t, always(func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		if r.Host != "ehr.invalid:443" {
			t.Errorf("the proxy was asked for %s", r.Host)
		}
		r.Host = s.Listener.Addr().String()
		tunnel(w, r)
	}), (*httptest.Server).Start)
	token := g.connect(t, "away", "https://ehr.invalid/stores/main/fhir", "--ca-file", caFile, "--proxy", proxy.URL)
	if a := g.get(t, token, "Patient/p1"); a.status != http.StatusOK || a.text("id") != "p1" {
		t.Errorf("%d %.300s", a.status, a.body)
	}
	if out := g.run(t, "provider", "test", "away"); strings.Contains(out, "failed") || !strings.Contains(out, "the proxy resolves the name") {
		t.Errorf("provider test:\n%s", out)
	}
}

// tunnel is what a proxy does for CONNECT.
func tunnel(w http.ResponseWriter, r *http.Request) {
	there, err := new(net.Dialer).DialContext(r.Context(), "tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = there.Close()
		return
	}
	_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
	var both sync.WaitGroup
	for _, ends := range [][2]net.Conn{{here, there}, {there, here}} {
		both.Go(func() {
			_, _ = io.Copy(ends[0], ends[1])
			_ = ends[0].Close()
		})
	}
	both.Wait()
}
