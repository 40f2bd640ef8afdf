package outbound_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/outbound"
)

// deaf takes a port of an address where connections are neither taken nor
// refused: its queue is full.
func deaf(t *testing.T, addr [4]byte, port int) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	at := &syscall.SockaddrInet4{Port: port, Addr: addr}
	if err := errors.Join(syscall.Bind(fd, at), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	full := net.TCPAddr{IP: addr[:], Port: port}
	d := net.Dialer{Timeout: 5 * time.Second}
	conn, err := d.DialContext(t.Context(), "tcp", full.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	d.Timeout = 200 * time.Millisecond
	if more, err := d.DialContext(t.Context(), "tcp", full.String()); err == nil {
		_ = more.Close()
		t.Fatal("an address that should be deaf took a second connection")
	}
}

// TestOneAddressDead holds that a server with several addresses is reached as
// long as one of them answers, well within the time of a call.
func TestOneAddressDead(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("here")) }))
	defer srv.Close()
	port := srv.Listener.Addr().(*net.TCPAddr).Port
	deaf(t, [4]byte{127, 0, 0, 2}, port)
	for name, addrs := range map[string][]string{
		"the first does not answer": {"127.0.0.2", "127.0.0.1"},
		"the first refuses":         {"127.0.0.3", "127.0.0.1"},
		"the last does not answer":  {"127.0.0.1", "127.0.0.2"},
	} {
		d := dialer(t, outbound.Config{
			Resolver: &names{answers: map[string][][]string{"two.example": {addrs}}}, Timeout: time.Minute, // which a dial to the dead one would take
			Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		})
		_, number, _ := net.SplitHostPort(srv.Listener.Addr().String())
		if body, err := get(t, d, "http://two.example:"+number+"/"); err != nil || body != "here" {
			t.Errorf("%s: %q, %v", name, body, err)
		}
	}
	d := dialer(t, outbound.Config{
		Resolver: &names{answers: map[string][][]string{"none.example": {{"127.0.0.3", "127.0.0.4"}}}},
		Allow:    []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	})
	if _, err := get(t, d, "http://none.example:1/"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("all refuse: %v", err)
	}
}
