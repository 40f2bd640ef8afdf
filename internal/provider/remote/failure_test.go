package remote_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/outbound"
	"github.com/wardbridge/wardbridge/internal/provider/remote"
)

// drop ends the connection, by a reset when hard is set, after what was sent.
func drop(sent string, hard bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = conn.Write([]byte(sent))
		if hard {
			_ = conn.(*net.TCPConn).SetLinger(0)
		}
		_ = conn.Close()
	}
}

// Every way a provider fails gives the kind that is documented, in words that
// name nothing of the provider's.
func TestFaults(t *testing.T) {
	t.Parallel()
	zeros := func() []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write([]byte(`{"resourceType":"Patient","id":"1","x":"`))
		_, _ = z.Write(bytes.Repeat([]byte("0"), 8<<20))
		_, _ = z.Write([]byte(`"}`))
		_ = z.Close()
		return b.Bytes()
	}()
	for _, tc := range []struct {
		name   string
		req    *fhir.Request
		answer http.HandlerFunc
		kind   fhir.Kind
		code   string
		says   string
		calls  int
	}{
		{"500", read, answers(500, "java.lang.NullPointerException at secret"), fhir.KindUpstream, "transient", "failed", 1},
		{"503", read, answers(503, "", "Retry-After", "9"), fhir.KindUnavailable, "transient", "not available", 1},
		{"429", read, answers(429, "", "Retry-After", "9"), fhir.KindUnavailable, "throttled", "no more requests", 1},
		{"504", read, answers(504, ""), fhir.KindTimeout, "timeout", "too long", 1},
		{"web page", read, answers(200, "<html>secret</html>", "Content-Type", "text/html"), fhir.KindUpstream, "transient", "web page", 1},
		{"XML", read, answers(200, "<Patient/>", "Content-Type", "application/fhir+xml"), fhir.KindUpstream, "transient", "XML", 1},
		{"wrong media type, but FHIR", read, answers(200, `{"resourceType":"Person"}`, "Content-Type", "text/html"), fhir.KindUpstream, "transient", "another kind", 1},
		{"outcome with success", read, answers(200, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception","diagnostics":"secret"}]}`), fhir.KindUpstream, "transient", "failed", 1},
		{"truncated", read, drop("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"resourceType\":", false), fhir.KindUpstream, "transient", "before its time", 1},
		{"truncated chunk", read, drop("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{\"resourceType\":", false), fhir.KindUpstream, "transient", "before its time", 1},
		{"reset within", read, drop("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", true), fhir.KindUnavailable, "transient", "reached", 1},
		{"huge", read, answers(200, strings.Repeat(" ", 2<<20)), fhir.KindUpstream, "too-costly", "larger", 1},
		{"gzip bomb", read, answers(200, string(zeros), "Content-Encoding", "gzip"), fhir.KindUpstream, "too-costly", "larger", 1},
		{"deep", read, answers(200, `{"resourceType":"Patient","id":"1","x":`+strings.Repeat("[", 500)+strings.Repeat("]", 500)+`}`), fhir.KindUpstream, "transient", "too deep", 1},
		{"redirect within", read, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/fhir/Patient/2", http.StatusFound) }, fhir.KindUpstream, "transient", "redirect", 1},
		{"redirect of a form", byName, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data", http.StatusTemporaryRedirect)
		}, fhir.KindUpstream, "transient", "redirect", 1},
		{"credentials", read, answers(401, "secret"), fhir.KindUpstream, "transient", "credentials", 1},
		{"not found", read, answers(404, ""), fhir.KindNotFound, "not-found", "no such", 1},
		{"not FHIR at all", read, http.NotFound, fhir.KindNotFound, "not-found", "no such", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := serve(t, tc.answer)
			_, err := link(t, p, func(c *remote.Config) { c.MaxBytes = 1 << 20 }).Do(t.Context(), tc.req)
			check(t, err, tc.kind, tc.code, tc.says)
			if n := len(p.heard()); n != tc.calls {
				t.Errorf("%d calls, want %d", n, tc.calls)
			}
			if fe := fhir.AsError(err); tc.kind == fhir.KindUnavailable && tc.says != "reached" && fe.RetryAfter != 9*time.Second {
				t.Errorf("RetryAfter %v", fe.RetryAfter)
			}
		})
	}
}

func check(t *testing.T, err error, kind fhir.Kind, code, says string) {
	t.Helper()
	fe := fhir.AsError(err)
	if err == nil || fe.Kind != kind || fe.Issues[0].Code != code || !strings.Contains(fe.Issues[0].Diagnostics, says) {
		t.Fatalf("got %v; want kind %d with %s that says %q", err, kind, code, says)
	}
	for _, word := range []string{"secret", "127.0.0.1", "localhost", "http", "169.254", "example"} {
		if strings.Contains(fe.Issues[0].Diagnostics, word) {
			t.Errorf("diagnostics name %q: %s", word, fe.Issues[0].Diagnostics)
		}
	}
}

// No answer at all.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	overTLS := httptest.NewUnstartedServer(answers(200, onePatient))
	overTLS.Config.ErrorLog = nil
	overTLS.StartTLS()
	t.Cleanup(overTLS.Close)
	plain := serve(t, answers(200, onePatient))
	private, err := outbound.New(outbound.Config{})
	if err != nil {
		t.Fatal(err)
	}
	bounded, err := outbound.New(outbound.Config{Allow: loopback, MaxBytes: 10})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bounded.Close)
	untrusting := &http.Client{Transport: &http.Transport{}}
	wrongName := &http.Client{Transport: &http.Transport{TLSClientConfig: func() *tls.Config {
		c := overTLS.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		c.ServerName = "other.example"
		return c
	}()}}
	t.Cleanup(untrusting.CloseIdleConnections)
	t.Cleanup(wrongName.CloseIdleConnections)
	noName := &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "ehr.example", IsNotFound: true}
	}}}
	for _, tc := range []struct {
		name, base string
		client     *http.Client
		kind       fhir.Kind
		code, says string
	}{
		{"refused", "http://127.0.0.1:1", plain.Client(), fhir.KindUnavailable, "transient", "cannot be reached"},
		{"no such name", "http://ehr.example", noName, fhir.KindUnavailable, "transient", "cannot be reached"},
		{"unknown authority", overTLS.URL, untrusting, fhir.KindUnavailable, "transient", "certificate"},
		{"certificate for another name", overTLS.URL, wrongName, fhir.KindUnavailable, "transient", "certificate"},
		{"no TLS there", strings.Replace(plain.URL, "http:", "https:", 1), untrusting, fhir.KindUnavailable, "transient", "cannot be reached"},
		{"private address", plain.URL, private.Client(), fhir.KindUnavailable, "transient", "may be called"},
		{"larger than the dialer takes", plain.URL, bounded.Client(), fhir.KindUpstream, "too-costly", "larger"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := remote.New(remote.Config{Version: fhir.R4, Base: tc.base, HTTP: tc.client})
			if err != nil {
				t.Fatal(err)
			}
			_, err = r.Do(t.Context(), read)
			check(t, err, tc.kind, tc.code, tc.says)
		})
	}
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// Time that is up, before and within the answer; a client that hangs up.
func TestTime(t *testing.T) {
	t.Parallel()
	for _, started := range []bool{false, true} { // the answer
		p := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if started {
				_, _ = fmt.Fprint(w, `{"resourceType":`)
				_ = http.NewResponseController(w).Flush()
			}
			<-r.Context().Done()
		})
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, err := link(t, p, nil).Do(ctx, read)
		cancel()
		check(t, err, fhir.KindTimeout, "timeout", "in time")

		impatient := *p.Client()
		impatient.Timeout = 50 * time.Millisecond
		_, err = link(t, p, func(c *remote.Config) { c.HTTP = &impatient }).Do(t.Context(), read)
		check(t, err, fhir.KindTimeout, "timeout", "in time")

		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		_, err = link(t, p, nil).Do(ctx, read)
		check(t, err, fhir.KindUnavailable, "transient", "cancelled")
	}
}

// A statement of 200 MB is refused as soon as it is seen to be one.
func TestHugeStatement(t *testing.T) {
	t.Parallel()
	sent := 0
	p := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		chunk := bytes.Repeat([]byte(" "), 1<<20)
		for range 200 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
			sent++
		}
	})
	_, err := link(t, p, func(c *remote.Config) { c.MaxBytes = 2 << 20 }).Do(t.Context(), &fhir.Request{Interaction: fhir.Capabilities})
	check(t, err, fhir.KindUpstream, "too-costly", "larger than is taken here (2097152 bytes)")
	p.Close()
	if sent > 50 {
		t.Errorf("%d MB were taken", sent)
	}
}

// One connection serves many calls, failures included.
func TestConnectionsAreKept(t *testing.T) {
	t.Parallel()
	remotes := map[string]bool{} // one call at a time
	n := 0
	p := serve(t, func(w http.ResponseWriter, r *http.Request) {
		remotes[r.RemoteAddr] = true
		n++
		if n%2 == 0 {
			answers(404, `{"resourceType":"OperationOutcome"}`)(w, r)
			return
		}
		answers(200, onePatient)(w, r)
	})
	r := link(t, p, nil)
	const calls = 40
	for range calls {
		_, _ = r.Do(t.Context(), read) // every second one fails
	}
	// The transport lets go of a connection whose request it has not heard to be
	// sent 50 ms after the answer. A busy machine may do so now and then, but not
	// after each call that failed.
	if len(remotes) >= calls/2 {
		t.Errorf("%d connections for %d calls, half of which failed", len(remotes), calls)
	}
}

// HTTP/2 is spoken where the client and the provider can.
func TestHTTP2(t *testing.T) {
	t.Parallel()
	var spoken atomic.Int64
	p := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		spoken.Store(int64(r.ProtoMajor))
		_ = r.ParseForm()
		if r.PostForm.Get("family") != "Okafor" {
			answers(400, "")(w, r)
			return
		}
		answers(200, noPatients)(w, r)
	}))
	p.EnableHTTP2 = true
	p.StartTLS()
	t.Cleanup(p.Close)
	r, err := remote.New(remote.Config{Version: fhir.R4, Base: p.URL, HTTP: p.Client()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Do(t.Context(), byName); err != nil || spoken.Load() != 2 {
		t.Errorf("HTTP/%d: %v", spoken.Load(), err)
	}
	p.Client().CloseIdleConnections()
}
