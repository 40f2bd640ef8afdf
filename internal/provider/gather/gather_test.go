package gather_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/gather"
)

func TestMain(m *testing.M) { await.Main(m) }

// A hospital answers singles and batches. It notes the size of each batch, 1
// for a single call, and for whom it came.
type hospital struct {
	takes  time.Duration
	single func(ctx context.Context, req *fhir.Request) (*fhir.Response, error)
	batch  func(ctx context.Context, req *fhir.Request) (*fhir.Response, error)

	mu    sync.Mutex
	calls []int
}

func (h *hospital) Version() fhir.Version { return fhir.R4 }

func (h *hospital) Do(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	h.mu.Lock()
	h.calls = append(h.calls, max(1, len(req.Entries)))
	h.mu.Unlock()
	select {
	case <-time.After(h.takes):
	case <-ctx.Done():
		return nil, fhir.AsError(ctx.Err())
	}
	switch {
	case req.Interaction != fhir.Batch && h.single != nil:
		return h.single(ctx, req)
	case req.Interaction != fhir.Batch:
		return h.answer(ctx, req)
	case h.batch != nil:
		return h.batch(ctx, req)
	}
	return h.answers(ctx, req)
}

// answers gives each entry its own answer, those about "gone" an error.
func (h *hospital) answers(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	out := &fhir.Response{}
	for _, e := range req.Entries {
		resp, err := h.answer(ctx, e.Request)
		if err != nil {
			out.Results = append(out.Results, fhir.Result{Err: fhir.AsError(err)})
			continue
		}
		out.Results = append(out.Results, fhir.Result{Response: resp})
	}
	return out, nil
}

// answer tells in the version id whose context the call came with.
func (h *hospital) answer(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	p, _ := access.PrincipalFrom(ctx)
	res := fhir.Resource{Type: req.Type, ID: req.ID, VersionID: p.Tenant + " " + access.RequestIDFrom(ctx), Body: []byte(`{}`)}
	switch {
	case req.ID == "gone":
		return nil, fhir.Errorf(fhir.KindGone, "deleted", "Gone.")
	case req.Interaction == fhir.Search:
		res.ID = req.Params[0].Value
		return &fhir.Response{Matches: []fhir.Match{{Resource: res}}}, nil
	}
	return &fhir.Response{Resource: &res}, nil
}

func (h *hospital) seen() []int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.calls)
}

func within(ctx context.Context, tenant, requestID string, entries int) context.Context {
	ctx = access.WithRequestID(access.WithPrincipal(ctx, access.Principal{Tenant: tenant}), requestID)
	return access.WithEntries(ctx, entries)
}

func read(id string) *fhir.Request {
	return &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: id}
}

func search(patient string) *fhir.Request {
	return &fhir.Request{Interaction: fhir.Search, Type: "Encounter", Params: []fhir.Param{{Name: "patient", Value: patient}}}
}

// run asks all at once and waits for the answers.
func run(ctx context.Context, server fhir.Server, reqs ...*fhir.Request) []fhir.Result {
	results := make([]fhir.Result, len(reqs))
	var wg sync.WaitGroup
	for i, req := range reqs {
		wg.Go(func() {
			resp, err := server.Do(ctx, req)
			if err != nil {
				results[i].Err = fhir.AsError(err)
			}
			results[i].Response = resp
		})
	}
	wg.Wait()
	return results
}

func reads(n int) (reqs []*fhir.Request) {
	for i := range n {
		reqs = append(reqs, read(strconv.Itoa(i)))
	}
	return reqs
}

// A status is the cause of a failure that came with one.
type status int

func (s status) Error() string   { return "status " + strconv.Itoa(int(s)) }
func (s status) HTTPStatus() int { return int(s) }

func failed() error {
	return fhir.Errorf(fhir.KindUpstream, "transient", "No.").Because(status(500))
}

func TestEntriesLeaveTogether(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		cfg     gather.Config
		entries int // as the context says
		reqs    []*fhir.Request
		want    []int // sizes of the calls
		took    time.Duration
	}{
		{"all there", gather.Config{}, 20, reads(20), []int{20}, 0},
		{"some are still to come", gather.Config{}, 180, reads(16), []int{16}, 2 * time.Millisecond},
		{"more than fit", gather.Config{Max: 8}, 20, reads(20), []int{4, 8, 8}, 2 * time.Millisecond},
		{"one of many", gather.Config{}, 20, reads(1), []int{1}, 2 * time.Millisecond},
		{"outside a batch", gather.Config{}, 0, reads(3), []int{1, 1, 1}, 0},
		{"a batch of one", gather.Config{}, 1, reads(1), []int{1}, 0},
		{"the same read", gather.Config{}, 4, []*fhir.Request{read("1"), read("1"), read("2"), read("1")}, []int{2}, 0},
		{"nothing but the same read", gather.Config{}, 2, []*fhir.Request{read("1"), read("1")}, []int{1, 1}, 0},
		{"searches", gather.Config{}, 3, []*fhir.Request{search("1"), search("1"), read("1")}, []int{3}, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := &hospital{}
			start := time.Now()
			results := run(within(t.Context(), "a", "r1", tt.entries), gather.Link(h, tt.cfg), tt.reqs...)
			if took := time.Since(start); took != tt.took {
				t.Errorf("%s: took %v, want %v", tt.name, took, tt.took)
			}
			got := h.seen()
			slices.Sort(got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s: sizes of calls (-want +got):\n%s", tt.name, diff)
			}
			for i, r := range results {
				if r.Err != nil || !answers(tt.reqs[i], r.Response) {
					t.Errorf("%s: request %d: %+v, %v", tt.name, i, r.Response, r.Err)
				}
			}
		})
	}
}

// answers reports whether resp is the answer to req.
func answers(req *fhir.Request, resp *fhir.Response) bool {
	if req.Interaction == fhir.Search {
		return len(resp.Matches) == 1 && resp.Matches[0].ID == req.Params[0].Value
	}
	return resp.Resource != nil && resp.Resource.ID == req.ID
}

func TestWhatStaysOutside(t *testing.T) {
	t.Parallel()
	for name, req := range map[string]*fhir.Request{
		"a statement":       {Interaction: fhir.Capabilities},
		"a write":           {Interaction: fhir.Update, Type: "Patient", ID: "1"},
		"a page":            {Interaction: fhir.Search, Type: "Encounter", Cursor: []byte("2"), Params: search("1").Params},
		"a condition":       {Interaction: fhir.Read, Type: "Patient", ID: "1", IfNoneMatch: []string{"1"}},
		"another condition": {Interaction: fhir.Read, Type: "Patient", ID: "1", IfModifiedSince: time.Unix(0, 0)},
		"strict handling":   {Interaction: fhir.Search, Type: "Encounter", Strict: true, Params: search("1").Params},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := &hospital{}
			start := time.Now()
			run(within(t.Context(), "a", "r1", 2), gather.Link(h, gather.Config{}), req, req)
			if diff := cmp.Diff([]int{1, 1}, h.seen()); diff != "" || time.Since(start) != 0 {
				t.Errorf("%s: after %v, calls (-want +got):\n%s", name, time.Since(start), diff)
			}
		})
	}
	for name, ctx := range map[string]func(context.Context) context.Context{
		"no request id": func(ctx context.Context) context.Context { return within(ctx, "a", "", 2) },
		"no tenant": func(ctx context.Context) context.Context {
			return access.WithEntries(access.WithRequestID(ctx, "r1"), 2)
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := &hospital{}
			run(ctx(t.Context()), gather.Link(h, gather.Config{}), reads(2)...)
			if diff := cmp.Diff([]int{1, 1}, h.seen()); diff != "" {
				t.Errorf("%s: calls (-want +got):\n%s", name, diff)
			}
		})
	}
}

// Entries that trickle in leave when none is new, and at the latest when the
// first has waited its time.
func TestAWaveDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &hospital{}
		server := gather.Link(h, gather.Config{Longest: 10*time.Millisecond + time.Microsecond})
		ctx := within(t.Context(), "a", "r1", 100)
		var wg sync.WaitGroup
		ask := func(i int) {
			wg.Go(func() {
				if _, err := server.Do(ctx, read(strconv.Itoa(i))); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		for i := range 20 { // one each millisecond: the first wave leaves after the eleventh
			ask(i)
			time.Sleep(time.Millisecond)
		}
		time.Sleep(5 * time.Millisecond)
		ask(20)
		ask(21)
		wg.Wait()
		if diff := cmp.Diff([]int{11, 9, 2}, h.seen()); diff != "" {
			t.Errorf("waves (-want +got):\n%s", diff)
		}
	})
}

// An entry's own failure is its own; what it holds is nobody else's to change.
func TestEachGetsItsOwnResult(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &hospital{}
		results := run(within(t.Context(), "a", "r1", 4), gather.Link(h, gather.Config{}), read("1"), read("gone"), read("gone"), search("7"))
		if results[0].Err != nil || results[3].Err != nil || results[1].Err == nil || results[1].Err.Kind != fhir.KindGone {
			t.Errorf("results %+v", results)
		}
		if results[1].Err == results[2].Err {
			t.Error("two requests share one error")
		}
	})
}

// What a provider says to a batch, and what becomes of the entries: refusals
// are remembered and the entries go one by one, failures are the entries'.
func TestWhenABatchIsNotTaken(t *testing.T) {
	t.Parallel()
	const answered = fhir.Kind(255)
	says := func(kind fhir.Kind, code string) func(context.Context, *fhir.Request) (*fhir.Response, error) {
		return func(context.Context, *fhir.Request) (*fhir.Response, error) {
			return nil, fhir.Errorf(kind, code, "No.")
		}
	}
	gives := func(edit func(*fhir.Response)) func(context.Context, *fhir.Request) (*fhir.Response, error) {
		return func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
			resp, err := (&hospital{}).answers(ctx, req)
			edit(resp)
			return resp, err
		}
	}
	for _, tt := range []struct {
		name  string
		batch func(context.Context, *fhir.Request) (*fhir.Response, error)
		kind  fhir.Kind // of the entries' failure
		calls []int     // for two rounds of two entries
	}{
		{"400", says(fhir.KindInvalid, "invalid"), answered, []int{2, 1, 1, 1, 1}},
		{"404", says(fhir.KindUnknownType, "not-supported"), answered, []int{2, 1, 1, 1, 1}},
		{"405", says(fhir.KindMethod, "not-supported"), answered, []int{2, 1, 1, 1, 1}},
		{"501", says(fhir.KindNotImplemented, "not-supported"), answered, []int{2, 1, 1, 1, 1}},
		{"nonsense", says(fhir.KindUpstream, "transient"), answered, []int{2, 1, 1, 1, 1}},
		{"too few results", gives(func(r *fhir.Response) { r.Results = r.Results[1:] }), answered, []int{2, 1, 1, 1, 1}},
		{"an empty result", gives(func(r *fhir.Response) { r.Results[1] = fhir.Result{} }), answered, []int{2, 1, 1, 1, 1}},
		{"results in another order", gives(func(r *fhir.Response) { slices.Reverse(r.Results) }), answered, []int{2, 1, 1, 1, 1}},
		{"a searchset for a read", gives(func(r *fhir.Response) { r.Results[0].Response = &fhir.Response{} }), answered, []int{2, 1, 1, 1, 1}},
		{"503", says(fhir.KindUnavailable, "transient"), fhir.KindUnavailable, []int{2, 2}},
		{"504", says(fhir.KindTimeout, "timeout"), fhir.KindTimeout, []int{2, 2}},
		{"429", says(fhir.KindThrottled, "throttled"), fhir.KindThrottled, []int{2, 2}},
		{"500, then again", func(context.Context, *fhir.Request) (*fhir.Response, error) { return nil, failed() }, fhir.KindUpstream, []int{2, 2, 1, 1}},
		{"a panic", func(context.Context, *fhir.Request) (*fhir.Response, error) { panic("oops") }, fhir.KindInternal, []int{2, 2}},
		{"some other error", func(context.Context, *fhir.Request) (*fhir.Response, error) { return nil, errors.New("oops") }, fhir.KindInternal, []int{2, 2}},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := &hospital{batch: tt.batch}
			var told []string
			server := gather.Link(h, gather.Config{Remember: time.Hour, Observe: func(n int, refused bool) { told = append(told, fmt.Sprint(n, refused)) }})
			ctx := within(t.Context(), "a", "r1", 2)
			for i := range 2 {
				for j, r := range run(ctx, server, read("1"), read("2")) {
					failed := tt.kind != answered && (i == 0 || tt.kind != fhir.KindUpstream) // twice in a row is a refusal
					if failed && (r.Err == nil || r.Err.Kind != tt.kind) || !failed && r.Err != nil {
						t.Errorf("%s: round %d, entry %d: %v", tt.name, i, j, r.Err)
					}
				}
			}
			if diff := cmp.Diff(tt.calls, h.seen()); diff != "" {
				t.Errorf("%s: calls (-want +got):\n%s", tt.name, diff)
			}
			if refused := len(tt.calls) > 2; (told[len(told)-1] == "2 true") != refused {
				t.Errorf("%s: observed %v", tt.name, told)
			}
			time.Sleep(time.Hour)
			h.batch = nil
			run(ctx, server, reads(2)...)
			if got := h.seen(); got[len(got)-1] != 2 {
				t.Errorf("%s: a refusal still stands after its time", tt.name)
			}
		})
	}
}

// A failure between two that work is no habit.
func TestNowAndThenA500IsNoRefusal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &hospital{}
		server := gather.Link(h, gather.Config{})
		ctx := within(t.Context(), "a", "r1", 2)
		for i := range 10 {
			h.batch = nil
			if i%2 == 0 {
				h.batch = func(context.Context, *fhir.Request) (*fhir.Response, error) {
					return nil, failed()
				}
			}
			run(ctx, server, reads(2)...)
		}
		if diff := cmp.Diff([]int{2, 2, 2, 2, 2, 2, 2, 2, 2, 2}, h.seen()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

// What was refused long ago does not count against a provider.
func TestARefusalStartsTheCountAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &hospital{batch: func(context.Context, *fhir.Request) (*fhir.Response, error) {
			return nil, failed()
		}}
		server := gather.Link(h, gather.Config{Remember: time.Minute})
		ctx := within(t.Context(), "a", "r1", 2)
		for range 2 {
			run(ctx, server, reads(2)...)
			run(ctx, server, reads(2)...)
			time.Sleep(time.Minute)
		}
		if diff := cmp.Diff([]int{2, 2, 1, 1, 2, 2, 1, 1}, h.seen()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

// Who leaves, leaves alone; the batch ends when nobody waits for it.
func TestWhoLeavesLeavesAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ended time.Time
		h := &hospital{batch: func(ctx context.Context, _ *fhir.Request) (*fhir.Response, error) {
			<-ctx.Done()
			ended = time.Now()
			return nil, fhir.AsError(ctx.Err())
		}}
		server := gather.Link(h, gather.Config{})
		start := time.Now()
		var wg sync.WaitGroup
		for i, stays := range []time.Duration{0, time.Second, 3 * time.Second} {
			wg.Go(func() {
				ctx, cancel := context.WithCancel(within(t.Context(), "a", "r1", 5))
				defer cancel()
				time.AfterFunc(stays, cancel)
				began := time.Now()
				if _, err := server.Do(ctx, read(strconv.Itoa(i))); err == nil || time.Since(began) != stays {
					t.Errorf("who stays %v: %v after %v", stays, err, time.Since(began))
				}
			})
		}
		wg.Wait()
		synctest.Wait()
		if ended.Sub(start) != 3*time.Second {
			t.Errorf("the batch ended after %v, want with the last who waited", ended.Sub(start))
		}
		if diff := cmp.Diff([]int{2}, h.seen()); diff != "" { // the first left before the wave did
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

func TestTheBatchHasTheTimeOfItsEntries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &hospital{takes: time.Hour}
		ctx, cancel := context.WithTimeout(within(t.Context(), "a", "r1", 2), 30*time.Second)
		defer cancel()
		start := time.Now()
		for _, r := range run(ctx, gather.Link(h, gather.Config{}), reads(2)...) {
			if r.Err == nil || r.Err.Kind != fhir.KindTimeout {
				t.Errorf("%+v, want a timeout", r)
			}
		}
		synctest.Wait()
		if time.Since(start) != 30*time.Second {
			t.Errorf("took %v", time.Since(start))
		}
	})
}

// Entries that ask one thing after another meet again in later waves, and no
// wave waits for one that is done: whatever the pattern, all are answered, each
// with its own, from a batch of their own request and tenant.
func TestWavesOfMixedBatches(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		type entry struct {
			tenant, request int
			steps           []int // pauses in ms before each request
		}
		step := rapid.SliceOfN(rapid.IntRange(0, 6), 0, 6)
		var entries []entry
		for range rapid.IntRange(1, 25).Draw(rt, "entries") {
			entries = append(entries, entry{rapid.IntRange(0, 1).Draw(rt, "tenant"), rapid.IntRange(0, 1).Draw(rt, "request"), step.Draw(rt, "steps")})
		}
		full := rapid.IntRange(1, 30).Draw(rt, "max")
		refuses := rapid.Bool().Draw(rt, "refuses")
		synctest.Test(t, func(t *testing.T) {
			h := &hospital{takes: 5 * time.Millisecond}
			if refuses {
				h.batch = func(context.Context, *fhir.Request) (*fhir.Response, error) {
					return nil, fhir.Errorf(fhir.KindMethod, "not-supported", "No.")
				}
			}
			server := gather.Link(h, gather.Config{Max: full})
			var wg sync.WaitGroup
			for i, e := range entries {
				wg.Go(func() {
					tenant, request := strconv.Itoa(e.tenant), strconv.Itoa(e.request)
					ctx := within(t.Context(), tenant, request, len(entries))
					for j, pause := range e.steps {
						time.Sleep(time.Duration(pause) * time.Millisecond)
						start := time.Now()
						id := fmt.Sprintf("%d-%d", i, j)
						resp, err := server.Do(ctx, read(id))
						if err != nil || resp.Resource.ID != id || resp.Resource.VersionID != tenant+" "+request {
							t.Errorf("%s of tenant %s, request %s: %+v, %v", id, tenant, request, resp, err)
						}
						if took := time.Since(start); took > 20*time.Millisecond {
							t.Errorf("took %v, want at most the longest wait and two calls", took)
						}
					}
				})
			}
			wg.Wait()
			for _, n := range h.seen() {
				if n > max(full, 1) {
					t.Errorf("a batch of %d, want at most %d", n, full)
				}
			}
		})
	})
}

func BenchmarkPassing(b *testing.B) {
	resp := &fhir.Response{}
	server := gather.Link(fhir.ServerFunc{V: fhir.R4, F: func(context.Context, *fhir.Request) (*fhir.Response, error) { return resp, nil }}, gather.Config{})
	ctx, req := within(b.Context(), "a", "r1", 0), read("1")
	b.ReportAllocs()
	for b.Loop() {
		_, _ = server.Do(ctx, req)
	}
}
