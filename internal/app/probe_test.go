package app

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/wire"
)

// What an operator is told to do when a provider refuses: by its status, not
// always to look at its address.
func TestAdviceByStatus(t *testing.T) {
	t.Parallel()
	base, err := wire.ParseEndpoint("https://ehr.example/fhir")
	if err != nil {
		t.Fatal(err)
	}
	c := &wire.Client{Version: fhir.R4, Base: base}
	for status, want := range map[int]string{
		http.StatusFound: "--url", http.StatusUnauthorized: "--auth", http.StatusForbidden: "grant read access", http.StatusNotAcceptable: "--media-type",
		http.StatusUnsupportedMediaType: "--media-type", http.StatusInternalServerError: "",
	} {
		_, err := c.Decode(&fhir.Request{Interaction: fhir.Capabilities}, &wire.Reply{Status: status, Header: http.Header{}})
		if got := advice(err); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%d: %q, want %q", status, got, want)
		}
	}
}

// What an operator is told to do when nobody answers.
func TestAdviceByConnection(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"host and port": fmt.Errorf("outbound: %w", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}),
		"--proxy.":      &net.OpError{Op: "proxyconnect", Err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}},
		"hangs up":      &net.OpError{Op: "read", Err: syscall.ECONNRESET},
		"https://":      io.EOF,
	} {
		if got := advice(err); !strings.Contains(got, want) {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}
