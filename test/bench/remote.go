package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The providers of the remote part, each behind a tenant of its own.
var remotes = []struct{ name, place, tenant, concurrency string }{
	{"w5", "/w5/fhir", "11111111-1111-4111-8111-111111111111", "128"},
	{"w0", "/w0/fhir", "22222222-2222-4222-8222-222222222222", "128"},
	{"w20", "/w20/fhir", "33333333-3333-4333-8333-333333333333", "16"}, // the default
	{"hang", "/hang/fhir", "44444444-4444-4444-8444-444444444444", "16"},
}

// remoteBench measures the gateway in front of a hospital's server, against the
// reverse proxy of the standard library in front of the same.
type remoteBench struct {
	*bench
	upstream, proxy *server
	auths           map[string]string // header line by provider
}

func (b *bench) remote(ctx context.Context) error {
	r := &remoteBench{bench: b, auths: map[string]string{}}
	defer r.stop()
	if err := r.setUp(ctx); err != nil {
		return err
	}
	parts := []func(context.Context) error{r.reads, r.converts, r.batches, r.hangs}
	if b.only == "forward" {
		parts = parts[:1]
	}
	for _, part := range parts {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (r *remoteBench) stop() {
	for _, s := range []*server{r.ours, r.proxy, r.upstream} {
		if s != nil {
			s.stop()
		}
	}
	r.ours = nil
}

func (r *remoteBench) setUp(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	addrs := make([]string, 3)
	for i := range addrs {
		if addrs[i], err = freeAddr(ctx); err != nil {
			return err
		}
	}
	if r.upstream, err = start(ctx, addrs[0], "/w0/fhir/metadata", self, "-upstream", addrs[0]); err != nil {
		return err
	}
	if r.proxy, err = start(ctx, addrs[1], "/w0/fhir/metadata", self, "-proxy", addrs[1], "-to", "http://"+addrs[0]); err != nil {
		return err
	}
	c := cli{r.bin, filepath.Join(r.dir, "remote")}
	if err := os.RemoveAll(c.data); err != nil {
		return err
	}
	if err := os.Setenv("WARDBRIDGE_OUTBOUND_ALLOW", "127.0.0.0/8"); err != nil {
		return err
	}
	for _, p := range remotes {
		if err := c.run(ctx, nil, "provider", "add", p.name, "--url", "http://"+addrs[0]+p.place, "--concurrency", p.concurrency, "--queue", "1024"); err != nil {
			return err
		}
		if err := c.run(ctx, nil, "tenant", "map", p.tenant, p.name); err != nil {
			return err
		}
	}
	var client struct {
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	}
	if err := c.run(ctx, &client, "client", "create", "bench", "--all-tenants"); err != nil {
		return err
	}
	if r.ours, err = start(ctx, addrs[2], "/readyz", r.bin, "serve", "--data", c.data, "--listen", addrs[2], "--log-level", "error",
		"--rate-client", "0", "--rate-address", "0"); err != nil {
		return err
	}
	for _, p := range remotes {
		t, err := token(ctx, addrs[2], "grant_type=client_credentials&client_id="+client.ClientID+"&client_secret="+client.ClientSecret+"&scope="+p.tenant)
		if err != nil {
			return err
		}
		r.auths[p.name] = "Authorization: Bearer " + t + "\r\n"
	}
	return nil
}

func names(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = "m" + strconv.Itoa(i)
	}
	return out
}

// turns is how often ours and the proxy take turns while they are compared: a
// machine that is shared is not equally fast all the time.
const turns = 4

// against measures ours and the proxy in turns, warmed up.
func (r *remoteBench) against(ctx context.Context, connections int, ours, proxy step) (x, y result, err error) {
	for _, s := range []struct {
		to  *server
		run step
	}{{r.proxy, proxy}, {r.ours, ours}} {
		if _, err = load(ctx, s.to.addr, connections, r.each/4, s.run); err != nil {
			return x, y, err
		}
	}
	var xs, ys []result
	for range turns {
		if x, err = measured(ctx, r.ours, connections, r.each/turns, ours); err != nil {
			return x, y, err
		}
		if y, err = measured(ctx, r.proxy, connections, r.each/turns, proxy); err != nil {
			return x, y, err
		}
		xs, ys = append(xs, x), append(ys, y)
	}
	return together(xs), together(ys), nil
}

// together is what runs of equal length come to.
func together(runs []result) result {
	var sum result
	var used time.Duration
	var p50, p99 []time.Duration
	for _, r := range runs {
		sum.perSecond += r.perSecond / float64(len(runs))
		sum.requests += r.requests
		sum.bytesPerReply = r.bytesPerReply
		used += r.cpu * time.Duration(r.requests)
		p50, p99 = append(p50, r.p50), append(p99, r.p99)
	}
	sum.cpu, sum.p50, sum.p99 = used/time.Duration(sum.requests), middle(p50), middle(p99)
	return sum
}

const vitals = "Observation?patient=%s&category=vital-signs&_sort=-date&_count=20"

// reads: throughput with an upstream that takes its time, and processor time
// with one that does not.
func (r *remoteBench) reads(ctx context.Context) error {
	fmt.Println("\na provider elsewhere, same version; compared with httputil.ReverseProxy in front of the same server")
	ids := names(2000)
	for _, c := range []struct {
		what, place, target string
		connections         int
		bar                 float64
	}{
		{"read of 3 kB, upstream waits 5 ms, 64 in flight", "w5", "Patient/%s", 64, 0.9},
		{"read of 3 kB, upstream does not wait, 64 in flight", "w0", "Patient/%s", 64, 0},
		{"search of 20 vital signs, upstream does not wait, 64 in flight", "w0", vitals, 64, 0},
		{"read of 3 kB, upstream does not wait, one at a time", "w0", "Patient/%s", 1, 0},
	} {
		if !strings.Contains(c.what, r.match) {
			continue
		}
		before, err := auditTimes(ctx, r.ours.addr)
		if err != nil {
			return err
		}
		x, y, err := r.against(ctx, c.connections,
			get(r.ours.addr, r.auths[c.place], targets(ids, "/fhir/r4/"+c.target)),
			get(r.proxy.addr, "", targets(ids, "/"+c.place+"/fhir/"+c.target)))
		if err != nil {
			return fmt.Errorf("%s: %w", c.what, err)
		}
		row(c.what, x, y, c.bar)
		fmt.Printf("    processor time for each request %.2f times the proxy's (aim 2.5); added p99 %v\n",
			float64(x.cpu)/float64(y.cpu), (x.p99 - y.p99).Round(10*time.Microsecond))
		after, err := auditTimes(ctx, r.ours.addr)
		if err != nil {
			return err
		}
		waited := after.since(before)
		fmt.Printf("    of that, until the audit record was on disk: p50 %v, p99 %v\n", waited.quantile(0.5), waited.quantile(0.99))
	}
	return nil
}

// converts compares the faces: the same searchset, converted or not.
func (r *remoteBench) converts(ctx context.Context) error {
	fmt.Println("\nconversion of a searchset of 20, R4 provider")
	ids := names(2000)
	plain, err := measured(ctx, r.ours, 64, r.each, get(r.ours.addr, r.auths["w0"], targets(ids, "/fhir/r4/"+vitals)))
	if err != nil {
		return err
	}
	for _, face := range []string{"stu3", "dstu2"} {
		x, err := measured(ctx, r.ours, 64, r.each, get(r.ours.addr, r.auths["w0"], targets(ids, "/fhir/"+face+"/"+vitals)))
		if err != nil {
			return err
		}
		row("the "+face+" face; bare is the r4 face", x, plain, 0.5)
	}
	return nil
}

// batches compares one batch of 180 with the same calls made by as many workers
// as the gateway has for the provider.
func (r *remoteBench) batches(ctx context.Context) error {
	kinds := []string{
		vitals, "Condition?patient=%s&_count=10", "Encounter?patient=%s&_sort=-date&_count=1", "AllergyIntolerance?patient=%s",
		"MedicationRequest?patient=%s&_count=10", "Coverage?patient=%s",
	}
	var entries, calls []string
	for _, id := range names(30) {
		for _, k := range kinds {
			q := fmt.Sprintf(k, id)
			entries = append(entries, `{"request":{"method":"GET","url":"`+q+`"}}`)
			calls = append(calls, "http://"+r.upstream.addr+"/w20/fhir/"+q)
		}
	}
	body := `{"resourceType":"Bundle","type":"batch","entry":[` + strings.Join(entries, ",") + `]}`
	c, err := dial(ctx, r.ours.addr)
	if err != nil {
		return err
	}
	defer func() { _ = c.c.Close() }()
	send := post(r.ours.addr, "/fhir/r4", r.auths["w20"]+"Content-Type: application/fhir+json\r\n", body)
	var ours, bare []time.Duration
	for range 5 {
		begin := time.Now()
		if err := direct(ctx, calls, 16); err != nil {
			return err
		}
		bare = append(bare, time.Since(begin))
		begin = time.Now()
		if _, err := send(c, 0); err != nil {
			return err
		}
		ours = append(ours, time.Since(begin))
		if bytes.Contains(c.buf, []byte("OperationOutcome")) {
			return fmt.Errorf("an entry failed: %.600s", c.buf)
		}
	}
	x, y := middle(ours), middle(bare)
	fmt.Printf("\n%-58s %v | 16 workers make the same calls %v | ratio %.2f  bar 1.30 %s\n", "batch of 180, upstream takes 20 ms a call, middle of 5",
		x.Round(time.Millisecond), y.Round(time.Millisecond), float64(x)/float64(y), map[bool]string{true: "met", false: "MISSED"}[float64(x) <= 1.3*float64(y)])
	return nil
}

func middle(d []time.Duration) time.Duration {
	for i := range d {
		for j := i; j > 0 && d[j] < d[j-1]; j-- {
			d[j], d[j-1] = d[j-1], d[j]
		}
	}
	return d[len(d)/2]
}

// direct makes the calls with so many workers.
func direct(ctx context.Context, calls []string, workers int) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
	defer client.CloseIdleConnections()
	next := make(chan string)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var fail error
	for range workers {
		wg.Go(func() {
			for u := range next {
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, u, http.NoBody)
				if err == nil {
					var resp *http.Response
					if resp, err = client.Do(req); err == nil {
						_, err = io.Copy(io.Discard, resp.Body)
						_ = resp.Body.Close()
					}
				}
				if err != nil {
					mu.Lock()
					fail = err
					mu.Unlock()
				}
			}
		})
	}
	for _, u := range calls {
		next <- u
	}
	close(next)
	wg.Wait()
	return fail
}

// hangs: one provider answers nothing while another tenant works on.
func (r *remoteBench) hangs(ctx context.Context) error {
	fmt.Println("\none provider hangs, 200 requests in flight to it; another tenant reads, 16 in flight, upstream waits 5 ms")
	work := get(r.ours.addr, r.auths["w5"], targets(names(2000), "/fhir/r4/Patient/%s"))
	before, err := measured(ctx, r.ours, 16, r.each, work)
	if err != nil {
		return err
	}
	memory, goroutines := r.ours.memory(), r.goroutines(ctx)
	hung, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() { r.bother(hung) })
	}
	time.Sleep(200 * time.Millisecond) // until all are under way
	during, err := measured(ctx, r.ours, 16, r.each, work)
	busy := r.ours.memory()
	stop()
	wg.Wait()
	if err != nil {
		return err
	}
	ratio := float64(during.p99) / float64(before.p99)
	fmt.Printf("%-58s p99 %v | while well %v | ratio %.2f  bar 1.20 %s\n", "another tenant", during.p99, before.p99, ratio,
		map[bool]string{true: "met", false: "MISSED"}[ratio <= 1.2])
	left := r.goroutines(ctx)
	for wait := time.Now(); left > goroutines+8 && time.Since(wait) < 40*time.Second; left = r.goroutines(ctx) {
		time.Sleep(time.Second)
	}
	fmt.Printf("resident %.0f MB before, %.0f MB during; goroutines %d before, %d after\n", memory, busy, goroutines, left)
	return nil
}

// bother asks the hanging provider again and again.
func (r *remoteBench) bother(ctx context.Context) {
	req := []byte("GET /fhir/r4/Patient/x HTTP/1.1\r\nHost: " + r.ours.addr + "\r\n" + r.auths["hang"] + "\r\n")
	for ctx.Err() == nil {
		c, err := dial(ctx, r.ours.addr)
		if err != nil {
			return
		}
		end := context.AfterFunc(ctx, func() { _ = c.c.Close() })
		for ctx.Err() == nil {
			if _, _, err := c.do(req); err != nil {
				break
			}
			select { // a client that was refused waits before it asks again
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
		}
		end()
		_ = c.c.Close()
	}
}

// goroutines of the gateway, by its metrics.
func (r *remoteBench) goroutines(ctx context.Context) int {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.ours.addr+"/metrics", http.NoBody)
	if err != nil {
		return 0
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer func() { _ = resp.Body.Close() }()
	b, _ := io.ReadAll(resp.Body)
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, "go_goroutines "); ok {
			n, _ := strconv.Atoi(strings.TrimSpace(v))
			return n
		}
	}
	return 0
}
