package apptest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/app"
	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/cli"
)

func TestMain(m *testing.M) { await.Main(m) }

// A site is a running server and its data directory.
type site struct {
	cfg          app.Config
	origin, link string // link makes the first account
	late         atomic.Int64
	stop         func()
}

// start serves a new data directory. Nobody is slow by its clock, however busy
// the machine is.
func start(t *testing.T) *site {
	t.Helper()
	cfg := app.Defaults()
	cfg.Data, cfg.Listen = filepath.Join(t.TempDir(), "data"), "127.0.0.1:0"
	cfg.Outbound.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	cfg.Outbound.Timeout, cfg.Limits.RequestTime = await.Patience, await.Patience
	s := &site{cfg: cfg}
	s.serve(t)
	t.Cleanup(func() { s.stop() })
	return s
}

// impatient starts the server again, which now waits for nobody for long.
func (s *site) impatient(t *testing.T) {
	t.Helper()
	s.stop()
	s.cfg.Outbound.Timeout = 700 * time.Millisecond
	s.serve(t)
}

func (s *site) serve(t *testing.T) {
	t.Helper()
	clock := func() time.Time { return time.Now().Add(time.Duration(s.late.Load())) }
	system, err := app.Open(t.Context(), app.Options{Config: s.cfg, Version: "test", Clock: clock, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if s.link, err = system.People.FirstLink(t.Context()); err != nil {
		t.Fatal(err)
	}
	srv, err := app.NewServer(t.Context(), system)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	addr, done := make(chan net.Addr, 1), make(chan error, 1)
	go func() { done <- srv.Run(ctx, func(a net.Addr) { addr <- a }) }()
	s.stop = func() {
		cancel()
		if err := errors.Join(<-done, system.Close()); err != nil {
			t.Error(err)
		}
	}
	select {
	case a := <-addr:
		s.origin = "http://" + a.String()
	case err := <-done:
		done <- err
		t.Fatalf("the server did not start: %v", err)
	}
}

// run runs an operator's command on the site's data, beside the server, and
// gives its output. One that ends with an error fails the test unless it is an
// import, which tells what it refused so.
func (s *site) run(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	code := cli.Run(t.Context(), cli.Process{
		Args: append(args, "--data", s.cfg.Data), Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
		Lookup: func(string) (string, bool) { return "", false },
	})
	if code != 0 && args[1] != "import" {
		t.Fatalf("wardbridge %s: exit %d\n%s%s", strings.Join(args, " "), code, out.String(), errs.String())
	}
	return out.String()
}

// someone is the browser of the one who makes the first account.
func (s *site) someone(t *testing.T) *App {
	t.Helper()
	a := s.browser(t)
	if err := a.SignUp(t.Context(), s.link); err != nil {
		t.Fatal(err)
	}
	return a
}

func (s *site) browser(t *testing.T) *App {
	t.Helper()
	a, err := NewApp(s.origin)
	if err != nil {
		t.Fatal(err)
	}
	a.Later = func() { s.late.Add(int64(5 * time.Second)) }
	t.Cleanup(a.Close)
	return a
}

// credentials are a client of the gateway's own.
type credentials struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"`
}

func (s *site) client(t *testing.T) (c credentials) {
	t.Helper()
	if err := json.Unmarshal([]byte(s.run(t, "client", "create", "app", "--all-tenants", "--output", "json")), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// shared is where the public data lies, or a loud skip.
func shared(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("WARDBRIDGE_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	if _, err := os.Stat(filepath.Join(dir, "data")); err != nil { //nolint:gosec // whoever runs the tests names the folder
		t.Skipf("NOT TESTED, SHARED DATA ABSENT: %v (set WARDBRIDGE_SHARED)", err)
	}
	return filepath.Join(dir, "data")
}

func answers(t *testing.T, client *http.Client, url string) bool {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func tenant(i int) string { return fmt.Sprintf("99999999-9999-4999-8999-%012d", i) }
