package reqtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/await"
)

// A server is the real binary, serving a data directory of its own.
type server struct {
	name   string
	binary string
	data   string
	origin string
	cmd    *exec.Cmd
	log    *lockedBuffer
	// hospital is the server elsewhere that holds the records, nil when they
	// are in stores of this one.
	hospital *server
}

// allowLoopback lets a server, and the commands beside it, reach a hospital on
// this machine.
const allowLoopback = "WARDBRIDGE_OUTBOUND_ALLOW=127.0.0.0/8"

// lockedBuffer takes what the server writes while tests read it.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.buf.Bytes())
}

// build compiles the binary once. WARDBRIDGE_BINARY names one that is there.
func (s *run) build(t *testing.T) string {
	t.Helper()
	if s.broken != nil {
		t.Fatal(s.broken)
	}
	if s.binary != "" {
		return s.binary
	}
	s.dir, s.broken = os.MkdirTemp("", "reqtest-") //nolint:usetesting // it outlives the test that builds it
	if s.broken != nil {
		t.Fatal(s.broken)
	}
	if given := os.Getenv("WARDBRIDGE_BINARY"); given != "" {
		s.binary = given
		return given
	}
	binary := filepath.Join(s.dir, "wardbridge")
	// The server is watched for races. The commands beside it are many and
	// short, and need not start so slowly.
	builds := map[string][]string{binary: {"build", "-o", binary}}
	if raceEnabled {
		builds[binary+"-race"] = []string{"build", "-race", "-o", binary + "-race"}
	}
	for _, args := range builds {
		cmd := exec.CommandContext(t.Context(), "go", append(args, "github.com/wardbridge/wardbridge/cmd/wardbridge")...)
		if out, err := cmd.CombinedOutput(); err != nil {
			s.broken = fmt.Errorf("building the binary: %w\n%s", err, out)
			t.Fatal(s.broken)
		}
	}
	s.binary = binary
	return binary
}

// start makes a data directory and serves it. s.mu is held.
func (s *run) start(t *testing.T, name string) *server {
	t.Helper()
	srv := &server{name: name, binary: s.build(t), log: &lockedBuffer{}}
	srv.data = filepath.Join(s.dir, name)
	if err := os.MkdirAll(srv.data, 0o700); err != nil {
		t.Fatal(err)
	}
	srv.serve(t)
	s.servers[name] = srv
	return srv
}

func (s *server) serve(t *testing.T) {
	t.Helper()
	// The server outlives the test that starts it.
	binary := s.binary
	if _, err := os.Stat(binary + "-race"); err == nil {
		binary += "-race"
	}
	s.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), binary, "serve", "--data", s.data, "--listen", "127.0.0.1:0")
	s.cmd.Env = append(os.Environ(), "WARDBRIDGE_LOG_LEVEL=debug", "WARDBRIDGE_LIMITS_REQUEST_TIME=100s", allowLoopback)
	s.cmd.Stderr = s.log // what it prints besides is a random link, which may spell anything
	if err := s.cmd.Start(); err != nil {
		t.Fatalf("starting the server: %v", err)
	}
	defer func() {
		if t.Failed() {
			t.Logf("the server wrote:\n%s", s.log.bytes())
		}
	}()
	await.That(t, "the server is ready", func() bool { return s.ready(t) })
}

// serving is where the server says that it serves.
var serving = regexp.MustCompile(`msg=serving address=(\S+)`)

func (s *server) ready(t *testing.T) bool {
	t.Helper()
	said := serving.FindSubmatch(s.log.bytes())
	if said == nil {
		return false
	}
	s.origin = "http://" + string(said[1])
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.origin+"/readyz", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode == http.StatusOK
}

// stop ends the server as an operator would; it must come down by itself.
func (s *server) stop() error {
	if s.cmd == nil {
		return nil
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stopping the server of %s: %w", s.name, err)
	}
	done := make(chan error, 1)
	go func() { done <- s.cmd.Wait() }()
	select {
	case err := <-done:
		s.cmd = nil
		if err != nil {
			return fmt.Errorf("the server of %s ended with %w:\n%s", s.name, err, tail(s.log.bytes()))
		}
		if bytes.Contains(s.log.bytes(), []byte("DATA RACE")) {
			return fmt.Errorf("the server of %s had a data race:\n%s", s.name, tail(s.log.bytes()))
		}
		return nil
	case <-time.After(await.Patience):
		err := errors.Join(s.cmd.Process.Kill(), <-done)
		s.cmd = nil
		return errors.Join(fmt.Errorf("the server of %s did not stop in %v", s.name, await.Patience), err)
	}
}

func tail(b []byte) []byte { return b[max(0, len(b)-4000):] }

// run runs a command on the data directory, beside the server.
func (s *server) run(t *testing.T, args ...string) []byte {
	t.Helper()
	out, errOut, err := s.try(t, nil, args...)
	if err != nil {
		t.Fatalf("wardbridge %s: %v\n%s%s", strings.Join(args, " "), err, out, errOut)
	}
	return out
}

func (s *server) try(t *testing.T, stdin io.Reader, args ...string) (out, errOut []byte, err error) {
	t.Helper()
	// Cleanups run commands too, when the test's own context has ended.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.binary, append(args, "--data", s.data)...)
	cmd.Env = append(os.Environ(), allowLoopback)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &stdout, &stderr
	err = cmd.Run()
	return stdout.Bytes(), stderr.Bytes(), err
}

// runJSON is run with --output json; several values become an array.
func (s *server) runJSON(t *testing.T, args ...string) any {
	t.Helper()
	return decodeAll(t, s.run(t, append(args, "--output", "json")...))
}

func decodeAll(t *testing.T, raw []byte) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var all []any
	for {
		var v any
		if err := dec.Decode(&v); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the command's output is not JSON: %v\n%.600s", err, raw)
		}
		all = append(all, v)
	}
	if len(all) == 1 {
		return all[0]
	}
	return all
}

// fixtures are the stores, providers, tenants and clients of §12.
func (s *server) fixtures(t *testing.T, from Source) {
	t.Helper()
	for letter, tenant := range map[string]string{"a": tenantA, "b": tenantB} {
		if base := from.Bases[letter]; base != "" {
			s.run(t, "provider", "add", "prov-"+letter, "--url", base, "--timeout", "60s")
		} else {
			s.provide(t, from, "prov-"+letter, "store-"+letter, filepath.Join("testdata", from.Version, "tenant-"+letter+".json"))
		}
		s.run(t, "tenant", "map", tenant, "prov-"+letter)
	}
}

// provide makes a store with the records of the files, and a provider over it:
// here, or at the hospital's own server.
func (s *server) provide(t *testing.T, from Source, provider, store string, files ...string) {
	t.Helper()
	h := s.holder()
	open := []string{}
	if from.Elsewhere {
		open = []string{"--open"}
	}
	h.run(t, append([]string{"store", "create", store, "--version", from.Version}, open...)...)
	if len(files) > 0 {
		h.run(t, append([]string{"store", "import", store}, files...)...)
	}
	if !from.Elsewhere {
		s.run(t, "provider", "add", provider, "--store", store)
		return
	}
	base := h.origin + "/stores/" + store + "/fhir"
	await.That(t, "the hospital's store", func() bool {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/metadata", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
		if err != nil {
			return false
		}
		return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
	})
	s.run(t, "provider", "add", provider, "--url", base, "--timeout", "60s") // however busy this machine is
}

// holder is the server whose stores hold the records.
func (s *server) holder() *server {
	if s.hospital != nil {
		return s.hospital
	}
	return s
}

func (s *server) target(t *testing.T, p pair) *Target {
	t.Helper()
	g := &Target{Face: p.Face, Source: p.Source, Origin: s.origin, Base: s.origin + "/fhir/" + p.Face.Name, tokens: map[string]string{}}
	g.http = &http.Client{
		Timeout:       2 * time.Minute,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 8},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	g.Admin = &admin{server: s, source: p.Source, http: g.http}
	g.App1 = g.Admin.CreateClient(t, "app1", tenantA, tenantB)
	g.App2 = g.Admin.CreateClient(t, "app2", tenantA)
	g.App3 = g.Admin.CreateClient(t, "app3")
	statement := (&caller{target: g}).get(t, "metadata").want(t, http.StatusOK)
	token, ok := oauthURI(statement.json, "token")
	if !ok {
		t.Fatalf("metadata names no token endpoint:\n%.600s", statement.body)
	}
	g.TokenURL = token
	// The server learns of each client and tenant by itself, and not of all at
	// the same time: a busy machine once knew app1 well before app2.
	for _, grant := range []struct {
		to     Client
		tenant string
	}{{g.App1, tenantA}, {g.App1, tenantB}, {g.App2, tenantA}, {g.App3, tenantA}} {
		await.That(t, "a token for "+grant.to.ID+" and "+grant.tenant, func() bool {
			return g.grant(t, credentials(grant.to, "grant_type", "client_credentials", "scope", grant.tenant), nil).status == http.StatusOK
		})
	}
	return g
}

func itoa(n int) string { return strconv.Itoa(n) }

func toInt(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}
