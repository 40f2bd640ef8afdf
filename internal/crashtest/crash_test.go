package crashtest_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/await"
)

const defaultRounds = 3

var serving = regexp.MustCompile(`msg=serving address=(\S+)`)

// build makes the binary under test once.
func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "wardbridge")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "github.com/wardbridge/wardbridge/cmd/wardbridge")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

type world struct {
	t         *testing.T
	bin, data string
	addr      string
	client    *http.Client

	mu    sync.Mutex
	acked map[string]ack // by Type/id
	ids   []string       // request ids of acknowledged writes
}

// An ack is the newest acknowledged state of one resource.
type ack struct {
	mark string // in the body; "" when deleted
}

func (w *world) cli(args ...string) string {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), w.bin, append(args, "--data", w.data)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		w.t.Fatalf("wardbridge %s: %v\n%s%s", strings.Join(args, " "), err, out, &stderr)
	}
	return string(out)
}

// start serves the data at an address of the system's choice, which the server
// tells in its log.
func (w *world) start() *exec.Cmd {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), w.bin, "serve", "--data", w.data, "--listen", "127.0.0.1:0")
	logs, err := cmd.StderrPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	var log bytes.Buffer
	lines := bufio.NewScanner(logs)
	for lines.Scan() {
		if m := serving.FindSubmatch(lines.Bytes()); m != nil {
			w.addr = string(m[1])
			go func() { _, _ = io.Copy(io.Discard, logs) }() // until the server is gone
			await.That(w.t, "the server is ready", func() bool {
				status, _, _ := w.do(w.t.Context(), http.MethodGet, "/readyz", "")
				return status == http.StatusOK
			})
			return cmd
		}
		log.WriteString(lines.Text() + "\n")
	}
	w.t.Fatalf("the server did not start after a crash: %v\n%s", cmd.Wait(), &log)
	return nil
}

func (w *world) do(ctx context.Context, method, path, body string) (int, []byte, http.Header) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+w.addr+path, strings.NewReader(body))
	if err != nil {
		w.t.Error(err)
		return 0, nil, nil
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/fhir+json")
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return 0, nil, nil // the server was killed
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil, nil
	}
	return resp.StatusCode, b, resp.Header
}

func (w *world) ack(key string, a ack, h http.Header) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.acked[key] = a
	w.ids = append(w.ids, h.Get("X-Request-Id"))
}

func (w *world) writes() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.ids)
}

// write does one write after another until the server is gone. Each worker owns
// its resources, so the newest acknowledged state of each is known.
func (w *world) write(ctx context.Context, worker int, rnd *rand.Rand) {
	const base = "/stores/s/fhir/"
	for n := 0; ctx.Err() == nil; n++ {
		id := fmt.Sprintf("w%d-%d", worker, rnd.IntN(20))
		mark := fmt.Sprintf("m%d-%d-%d", worker, n, rnd.Uint32())
		var status int
		var h http.Header
		switch rnd.IntN(4) {
		case 0, 1:
			status, _, h = w.do(ctx, http.MethodPut, base+"Patient/"+id, patient(id, mark))
		case 2:
			mark = ""
			status, _, h = w.do(ctx, http.MethodDelete, base+"Patient/"+id, "")
		case 3: // two resources or none
			twin := id + "-twin"
			body := fmt.Sprintf(`{"resourceType":"Bundle","type":"transaction","entry":[{"resource":%s,"request":{"method":"PUT","url":"Patient/%s"}},{"resource":%s,"request":{"method":"PUT","url":"Patient/%s"}}]}`,
				patient(id, mark), id, patient(twin, mark), twin)
			if status, _, h = w.do(ctx, http.MethodPost, "/stores/s/fhir", body); status == http.StatusOK {
				w.ack("Patient/"+twin, ack{mark: mark}, h)
			}
		}
		switch {
		case status == 0:
			// Not acknowledged: either state may be there, so this resource says
			// nothing until it is next acknowledged.
			w.mu.Lock()
			delete(w.acked, "Patient/"+id)
			delete(w.acked, "Patient/"+id+"-twin")
			w.mu.Unlock()
			return
		case status >= 200 && status < 300:
			w.ack("Patient/"+id, ack{mark: mark}, h)
		case mark == "" && (status == http.StatusNotFound || status == http.StatusGone):
		default:
			w.t.Errorf("a write was answered %d", status)
		}
	}
}

func patient(id, mark string) string {
	return fmt.Sprintf(`{"resourceType":"Patient","id":%q,"name":[{"family":%q}]}`, id, mark)
}

// verify checks every acknowledged state.
func (w *world) verify() {
	w.t.Helper()
	for key, a := range w.acked {
		status, body, _ := w.do(w.t.Context(), http.MethodGet, "/stores/s/fhir/"+key, "")
		switch {
		case a.mark == "" && status != http.StatusGone && status != http.StatusNotFound:
			w.t.Errorf("%s was deleted and acknowledged, and now answers %d", key, status)
		case a.mark != "" && (status != http.StatusOK || !bytes.Contains(body, []byte(`"`+a.mark+`"`))):
			w.t.Errorf("%s lost its acknowledged state %s: status %d, %s", key, a.mark, status, body)
		}
		if a.mark != "" {
			status, body, _ = w.do(w.t.Context(), http.MethodGet, "/stores/s/fhir/Patient?family:exact="+a.mark+"&_id="+strings.TrimPrefix(key, "Patient/"), "")
			if status != http.StatusOK || !bytes.Contains(body, []byte(`"total":1`)) {
				w.t.Errorf("%s is not found by its index: status %d, %s", key, status, body)
			}
		}
	}
	w.cli("audit", "verify")
}

// verifyAudit looks for the record of every acknowledged write.
func (w *world) verifyAudit() {
	w.t.Helper()
	seen := map[string]bool{}
	dec := json.NewDecoder(strings.NewReader(w.cli("audit", "export", "--format", "ndjson")))
	for dec.More() {
		var rec map[string]any
		if err := dec.Decode(&rec); err != nil {
			w.t.Fatal(err)
		}
		for _, name := range []string{"request_id", "request"} {
			if id, ok := rec[name].(string); ok {
				seen[id] = true
			}
		}
	}
	missing := 0
	for _, id := range w.ids {
		if !seen[id] {
			missing++
		}
	}
	if missing > 0 || len(w.ids) == 0 {
		w.t.Errorf("%d of %d acknowledged writes have no audit record", missing, len(w.ids))
	}
}

func TestKill(t *testing.T) {
	rounds := defaultRounds
	if s := os.Getenv("WARDBRIDGE_CRASH_ROUNDS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("WARDBRIDGE_CRASH_ROUNDS: %v", err)
		}
		rounds = n
	}
	w := &world{
		t: t, bin: build(t), data: t.TempDir(), acked: map[string]ack{},
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}},
	}
	defer w.client.CloseIdleConnections()
	w.cli("store", "create", "s", "--version", "r4", "--open")
	rnd := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	for range rounds {
		cmd := w.start()
		w.verify()
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for i := range 8 {
			r := rand.New(rand.NewPCG(rnd.Uint64(), uint64(i)))
			wg.Go(func() { w.write(ctx, i, r) })
		}
		written := w.writes() + 1 + rnd.IntN(300)
		await.That(t, "so many writes are acknowledged", func() bool { return w.writes() >= written })
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		wg.Wait()
		cancel()
		w.client.CloseIdleConnections()
		if t.Failed() {
			break
		}
	}
	cmd := w.start()
	w.verify()
	w.verifyAudit()
	t.Logf("%d rounds, %d writes acknowledged, %d resources checked", rounds, len(w.ids), len(w.acked))
	_ = cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		t.Errorf("the server did not stop cleanly: %v", err)
	}
}
