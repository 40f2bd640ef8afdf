package faulttest

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/app"
	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/cli"
	"github.com/wardbridge/wardbridge/internal/docsection"
)

var (
	conformance = flag.String("conformance", "", "write the table of faults into this `file`")
	table       strings.Builder
)

func TestMain(m *testing.M) {
	flag.Parse()
	table.WriteString("| Fault | What the provider does | Read | Search |\n|---|---|---|---|\n")
	code := m.Run()
	if code == 0 && *conformance != "" {
		if err := docsection.Write(*conformance, "faults", []byte(table.String())); err != nil {
			fmt.Fprintln(os.Stderr, "faulttest:", err)
			code = 1
		}
	}
	if code == 0 {
		if err := await.NoLeaks(); err != nil {
			fmt.Fprintln(os.Stderr, "faulttest:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// A site is a running server and its data directory.
type site struct {
	data, origin string
	logs         *logbook
}

// command runs a command on the site's data, beside the server.
func (s *site) command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = cli.Run(t.Context(), cli.Process{
		Args: append(args, "--data", s.data), Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
		Lookup: func(name string) (string, bool) {
			if name == "WARDBRIDGE_OUTBOUND_ALLOW" {
				return "127.0.0.0/8", true
			}
			return "", false
		},
	})
	return code, out.String(), errs.String()
}

func (s *site) run(t *testing.T, args ...string) string {
	t.Helper()
	code, out, errs := s.command(t, args...)
	if code != 0 {
		t.Fatalf("wardbridge %s: exit %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

// patience is the time limit of calls that no test wants to be too slow: it is
// beyond what a busy machine takes for one.
const patience = "100s"

// start serves a new data directory; change may alter its configuration.
func start(t *testing.T, change func(*app.Config)) *site {
	t.Helper()
	cfg := app.Defaults()
	cfg.Limits.RequestTime = 4 * time.Minute // a request is some calls
	cfg.Data, cfg.Listen = filepath.Join(t.TempDir(), "data"), "127.0.0.1:0"
	if err := app.Fields(&cfg)[index(t, &cfg, "outbound.allow")].Set("127.0.0.0/8"); err != nil {
		t.Fatal(err)
	}
	change(&cfg)
	logs := &logbook{}
	logger := slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	system, err := app.Open(t.Context(), app.Options{Config: cfg, Version: "test", Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := app.NewServer(t.Context(), system)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	addr, done := make(chan net.Addr, 1), make(chan error, 1)
	go func() { done <- srv.Run(ctx, func(a net.Addr) { addr <- a }) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := system.Close(); err != nil {
			t.Error(err)
		}
	})
	select {
	case a := <-addr:
		return &site{data: cfg.Data, origin: "http://" + a.String(), logs: logs}
	case err := <-done:
		done <- err
		t.Fatalf("the server did not start: %v", err)
		return nil
	}
}

func index(t *testing.T, cfg *app.Config, path string) int {
	t.Helper()
	for i, f := range app.Fields(cfg) {
		if f.Path == path {
			return i
		}
	}
	t.Fatalf("no configuration %s", path)
	return -1
}

// A fault takes the place of an honest provider's answer.
type fault func(w http.ResponseWriter, r *http.Request, honest http.Handler)

// A sick provider is an honest one behind a fault that can be switched.
type sick struct {
	*httptest.Server
	honest http.Handler
	fault  atomic.Pointer[fault]
}

// infect puts a server in front of an honest one; begin starts it.
func infect(t *testing.T, honest http.Handler, begin func(*httptest.Server)) *sick {
	t.Helper()
	s := &sick{honest: honest}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f := s.fault.Load(); f != nil {
			(*f)(w, r, honest)
			return
		}
		honest.ServeHTTP(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // faults are expected
	begin(s.Server)
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

// behind is what a sick provider stands in front of.
func behind(t *testing.T, honest *site) http.Handler {
	t.Helper()
	to, err := url.Parse(honest.origin)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &httputil.ReverseProxy{
		Transport: transport,
		// The host stays, so that the honest server's links lead here.
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = r.In.Host },
	}
}

// A gateway is the server under test, with an honest hospital behind it.
type gateway struct {
	*site
	hospital *site
	honest   http.Handler
	client   *http.Client
	id, key  string // of an OAuth client for every tenant
	tenants  int
}

func newGateway(t *testing.T) *gateway {
	t.Helper()
	h := start(t, func(*app.Config) {})
	h.run(t, "store", "create", "main", "--version", "r4", "--open")
	h.run(t, "store", "import", "main", filepath.Join("..", "reqtest", "testdata", "r4", "tenant-a.json"))
	g := &gateway{hospital: h, site: start(t, func(*app.Config) {})}
	g.honest = behind(t, h)
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	t.Cleanup(transport.CloseIdleConnections)
	g.client = &http.Client{Transport: transport, Timeout: 5 * time.Minute}
	await.That(t, "the hospital's store", func() bool {
		return (&gateway{site: h, client: g.client}).send(t, http.MethodGet, "/stores/main/fhir/metadata", "", "", "").status == http.StatusOK
	})
	var made struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	if err := json.Unmarshal([]byte(g.run(t, "client", "create", "app", "--all-tenants", "--output", "json")), &made); err != nil {
		t.Fatal(err)
	}
	g.id, g.key = made.ID, made.Secret
	return g
}

// add makes a provider with time enough, unless the flags say otherwise.
func (g *gateway) add(t *testing.T, name, base string, flags ...string) {
	t.Helper()
	if !slices.Contains(flags, "--timeout") {
		flags = append(flags, "--timeout", patience)
	}
	g.run(t, append([]string{"provider", "add", name, "--url", base}, flags...)...)
}

// connect adds a provider and maps a new tenant to it; the token is the
// tenant's.
func (g *gateway) connect(t *testing.T, name, base string, flags ...string) (token string) {
	t.Helper()
	g.add(t, name, base, flags...)
	_, token = g.tenant(t, name)
	return token
}

// An answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
	json   any
}

func (g *gateway) send(t *testing.T, method, path, media, body, token string) *answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, g.origin+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := g.client.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	a := &answer{status: resp.StatusCode, header: resp.Header}
	if a.body, err = io.ReadAll(resp.Body); err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	_ = json.Unmarshal(a.body, &a.json) // what is not JSON has no members
	return a
}

func (g *gateway) get(t *testing.T, token, path string) *answer {
	t.Helper()
	return g.send(t, http.MethodGet, "/fhir/r4/"+path, "", "", token)
}

// text is the string, or the number's text, at a dotted path.
func (a *answer) text(path string) string { return textAt(a.json, path) }

func textAt(v any, path string) string {
	for name := range strings.SplitSeq(path, ".") {
		switch w := v.(type) {
		case map[string]any:
			v = w[name]
		case []any:
			var i int
			if _, err := fmt.Sscan(name, &i); err != nil || i >= len(w) {
				return ""
			}
			v = w[i]
		default:
			return ""
		}
	}
	switch w := v.(type) {
	case string:
		return w
	case float64:
		return fmt.Sprint(w)
	}
	return ""
}

// ids are those of a searchset's matches.
func (a *answer) ids() []string {
	m, _ := a.json.(map[string]any)
	entries, _ := m["entry"].([]any)
	var out []string
	for _, e := range entries {
		if textAt(e, "search.mode") == "match" {
			out = append(out, textAt(e, "resource.id"))
		}
	}
	return out
}
