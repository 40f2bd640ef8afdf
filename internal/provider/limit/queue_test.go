package limit_test

import (
	"context"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/limit"
)

// One tenant's batch of 60 stands before another's four requests: turns go
// round, so the four wait for a few calls and not for sixty.
func TestTurnsGoRoundTheTenants(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var order []string
		h := &hospital{do: func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
			mu.Lock()
			order = append(order, req.ID)
			mu.Unlock()
			return after(time.Millisecond)(ctx, req)
		}}
		server := limiter(t, limit.Config{Concurrency: 1}).Link(h)
		var wg sync.WaitGroup
		send := func(tenant string, n int) {
			for i := range n {
				wg.Go(func() {
					if _, err := server.Do(as(t.Context(), tenant), read(tenant+strconv.Itoa(i))); err != nil {
						t.Error(err)
					}
				})
				synctest.Wait()
			}
		}
		send("a", 60)
		send("b", 3)
		send("c", 1)
		wg.Wait()
		// a0 runs before any other asks. Within a tenant first come is first served.
		want := "a0 a1 b0 c0 a2 b1 a3 b2 a4 a5"
		if got := strings.Join(order[:10], " "); got != want {
			t.Errorf("order %q, want %q", got, want)
		}
		if len(order) != 64 {
			t.Errorf("%d calls, want 64", len(order))
		}
	})
}

// A queue that one tenant filled still takes another's request: the newest of
// the longest line gives way. Beyond that it refuses at once.
func TestAFullQueueIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &hospital{do: after(3 * time.Second)}
		l := limiter(t, limit.Config{Concurrency: 1, Queue: 4, QueueTime: time.Hour})
		server := l.Link(h)
		var mu sync.Mutex
		refused := map[string]bool{}
		var wg sync.WaitGroup
		for _, id := range []string{"a0", "a1", "a2", "a3", "a4", "a5", "b0", "b1", "b2", "a6"} {
			wg.Go(func() {
				start := time.Now()
				_, err := server.Do(as(t.Context(), id[:1]), read(id))
				if err == nil {
					return
				}
				wantRefused(t, err, time.Second, time.Minute)
				if time.Since(start) != 0 {
					t.Errorf("%s was refused after %v, want at once", id, time.Since(start))
				}
				mu.Lock()
				refused[id] = true
				mu.Unlock()
			})
			synctest.Wait()
		}
		// a0 runs, a1 to a4 wait, a5 finds no room; b0 takes the place of a4, b1 that of a3; then both have two.
		mu.Lock()
		for _, id := range []string{"a5", "a4", "a3", "b2", "a6"} {
			if !refused[id] {
				t.Errorf("%s was not refused", id)
			}
		}
		if len(refused) != 5 {
			t.Errorf("refused %v, want five", refused)
		}
		mu.Unlock()
		if s := l.State(); s.Queued != 4 || s.Rejected[limit.QueueFull] != 5 {
			t.Errorf("state %+v, want four waiting and five refused", s)
		}
		wg.Wait()
	})
}

// Tenants whose lines differ by one do not push each other out in turns.
func TestEvenLinesStay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, limit.Config{Concurrency: 1, Queue: 3, QueueTime: time.Hour})
		server := l.Link(&hospital{do: after(time.Second)})
		var wg sync.WaitGroup
		for _, id := range []string{"a0", "a1", "a2", "b0"} {
			wg.Go(func() {
				if _, err := server.Do(as(t.Context(), id[:1]), read(id)); err != nil {
					t.Errorf("%s: %v", id, err)
				}
			})
			synctest.Wait()
		}
		_, err := server.Do(as(t.Context(), "b"), read("b1"))
		wantRefused(t, err, time.Second, time.Minute)
		wg.Wait()
	})
}

// A turn that comes just as its waiter leaves goes on to the next, or is free.
func TestNoTurnIsLost(t *testing.T) {
	t.Parallel()
	for i := range 300 {
		leaves, hangUp := context.WithCancel(t.Context())
		queued := make(chan struct{})
		h := &hospital{do: func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
			if req.ID == "runs" {
				<-queued
				hangUp() // the waiter wakes up while its turn comes
			}
			return found(ctx, req)
		}}
		l := limiter(t, limit.Config{Concurrency: 1, QueueTime: time.Minute})
		server := l.Link(h)
		var wg sync.WaitGroup
		ask := func(ctx context.Context, id string, before func(limit.State) bool) {
			wg.Go(func() { _, _ = server.Do(ctx, &fhir.Request{Interaction: fhir.Delete, Type: "Patient", ID: id}) })
			for !before(l.State()) {
				runtime.Gosched()
			}
		}
		ask(t.Context(), "runs", func(s limit.State) bool { return s.InFlight == 1 })
		ask(leaves, "leaves", func(s limit.State) bool { return s.Queued == 1 })
		ask(t.Context(), "stays", func(s limit.State) bool { return s.Queued == 2 })
		close(queued)
		wg.Wait()
		if s := l.State(); s.InFlight != 0 || s.Queued != 0 || s.Rejected[limit.QueueTime] != 0 {
			t.Fatalf("round %d: state %+v, want nothing left and nobody refused", i, s)
		}
	}
}

// In real time, with turns that come back while others ask: nobody waits beside
// a free turn.
func TestNobodyWaitsForNothing(t *testing.T) {
	t.Parallel()
	h := &hospital{}
	server := limiter(t, limit.Config{Concurrency: 2, CallTime: time.Minute, QueueTime: time.Minute}).Link(h)
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 2000 {
				if _, err := server.Do(t.Context(), read(fmt.Sprint(worker, i))); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if peak := h.peak.Load(); peak > 2 {
		t.Errorf("%d calls at once, want at most 2", peak)
	}
}

func TestAWaiterLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &hospital{do: hang}
		l := limiter(t, limit.Config{Concurrency: 1, Retries: -1, QueueTime: 3 * time.Second})
		server := l.Link(h)
		var wg sync.WaitGroup
		first, stop := context.WithCancel(t.Context())
		wg.Go(func() { _, _ = server.Do(first, read("runs")) })
		synctest.Wait()
		wg.Go(func() { // hangs up after a second
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start := time.Now()
			_, err := server.Do(ctx, read("short"))
			if err == nil || time.Since(start) > time.Second {
				t.Errorf("%v after %v", err, time.Since(start))
			}
		})
		wg.Go(func() { // has no turn in time
			start := time.Now()
			_, err := server.Do(t.Context(), &fhir.Request{Interaction: fhir.Delete, Type: "Patient", ID: "1"})
			wantRefused(t, err, time.Second, time.Minute)
			if time.Since(start) != 3*time.Second {
				t.Errorf("waited %v, want 3s", time.Since(start))
			}
		})
		synctest.Wait()
		if got := l.State().Queued; got != 2 {
			t.Errorf("%d wait, want 2", got)
		}
		time.Sleep(5 * time.Second)
		if s := l.State(); s.Queued != 0 || h.calls.Load() != 1 || s.Rejected[limit.QueueTime] != 2 {
			t.Errorf("state %+v, want an empty queue and no more calls", s)
		}
		stop()
		wg.Wait()
		synctest.Wait()
		if got := l.State().InFlight; got != 0 {
			t.Errorf("%d in flight, want none", got)
		}
	})
}

func TestWithoutAQueueNothingWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, limit.Config{Concurrency: 1, Queue: -1})
		server := l.Link(&hospital{do: after(time.Second)})
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = server.Do(t.Context(), read("1")) })
		synctest.Wait()
		_, err := server.Do(t.Context(), read("2"))
		wantRefused(t, err, time.Second, time.Minute)
		wg.Wait()
	})
}

// Whatever arrives, fails, hangs or leaves: never more calls at once than the
// bound, nor more waiting than there is room; every request is answered, and
// nothing is left.
func TestBoundsHold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		cfg := limit.Config{
			Concurrency: rapid.IntRange(1, 5).Draw(rt, "concurrency"),
			Queue:       rapid.SampledFrom([]int{-1, 1, 3, 10}).Draw(rt, "queue"),
			CallTime:    2 * time.Second,
			Retries:     rapid.IntRange(-1, 2).Draw(rt, "retries"),
			Hedge:       rapid.SampledFrom([]time.Duration{0, 300 * time.Millisecond}).Draw(rt, "hedge"),
			CacheFor:    rapid.SampledFrom([]time.Duration{0, time.Second}).Draw(rt, "cache"),
		}
		type arrival struct{ pause, stays, takes, tenant, id, outcome, write int }
		ms := func(hi int) *rapid.Generator[int] { return rapid.IntRange(0, hi) }
		var arrivals []arrival
		for range rapid.IntRange(1, 60).Draw(rt, "requests") {
			arrivals = append(arrivals, arrival{
				ms(200).Draw(rt, "pause"), ms(4000).Draw(rt, "stays"), ms(3000).Draw(rt, "takes"),
				ms(2).Draw(rt, "tenant"), ms(5).Draw(rt, "id"), ms(9).Draw(rt, "outcome"), ms(9).Draw(rt, "write"),
			})
		}
		synctest.Test(t, func(t *testing.T) {
			var next atomic.Int64
			h := &hospital{do: func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
				a := arrivals[int(next.Add(1))%len(arrivals)]
				if _, err := after(time.Duration(a.takes)*time.Millisecond)(ctx, req); err != nil {
					return nil, err
				}
				switch a.outcome {
				case 0:
					return fails(fhir.KindUnavailable, "transient", time.Duration(a.stays)*time.Millisecond)(ctx, req)
				case 1:
					return fails(fhir.KindNotFound, "not-found", 0)(ctx, req)
				case 2:
					panic("oops")
				}
				return found(ctx, req)
			}}
			l := limiter(t, cfg)
			server := l.Link(h)
			var wg sync.WaitGroup
			var done atomic.Int64
			for _, a := range arrivals {
				time.Sleep(time.Duration(a.pause) * time.Millisecond)
				wg.Go(func() {
					ctx, cancel := context.WithTimeout(as(t.Context(), strconv.Itoa(a.tenant)), time.Duration(a.stays)*time.Millisecond)
					defer cancel()
					req := read(strconv.Itoa(a.id))
					if a.write == 0 {
						req.Interaction = fhir.Update
					}
					resp, err := server.Do(ctx, req)
					if (resp == nil) == (err == nil) || err == nil && resp.Resource.ID != req.ID {
						t.Errorf("answer %v, %v to %s", resp, err, req.ID)
					}
					done.Add(1)
				})
				if s := l.State(); s.Queued > max(0, cfg.Queue) || s.InFlight > cfg.Concurrency {
					t.Errorf("%d wait and %d run, want at most %d and %d", s.Queued, s.InFlight, cfg.Queue, cfg.Concurrency)
				}
			}
			wg.Wait()
			synctest.Wait()
			s := l.State()
			if h.peak.Load() > int64(cfg.Concurrency) {
				t.Errorf("%d calls at once, want at most %d", h.peak.Load(), cfg.Concurrency)
			}
			if s.InFlight != 0 || s.Queued != 0 || h.now.Load() != 0 || done.Load() != int64(len(arrivals)) {
				t.Errorf("%d of %d answered, state %+v", done.Load(), len(arrivals), s)
			}
		})
	})
}
