package limit_test

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/limit"
)

func TestIdenticalReadsShareOneCall(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	search := func(params ...fhir.Param) *fhir.Request {
		return &fhir.Request{Interaction: fhir.Search, Type: "Patient", Params: params}
	}
	same := []*fhir.Request{
		read("1"),
		{Interaction: fhir.VRead, Type: "Patient", ID: "1", VersionID: "2"},
		{Interaction: fhir.Read, Type: "Patient", ID: "1", IfNoneMatch: []string{"1"}},
		{Interaction: fhir.Read, Type: "Patient", ID: "1", IfNoneMatch: []string{"1", "2"}},
		{Interaction: fhir.Read, Type: "Patient", ID: "1", IfModifiedSince: at},
		{Interaction: fhir.Read, Type: "Patient", ID: "1", Params: []fhir.Param{{Name: "_elements", Value: "id"}}},
		{Interaction: fhir.Read, Type: "Person", ID: "1"},
		{Interaction: fhir.History, Type: "Patient", ID: "1"},
		{Interaction: fhir.Capabilities},
		search(),
		search(fhir.Param{Name: "name", Value: "a"}),
		search(fhir.Param{Name: "name", Value: "b"}),
		search(fhir.Param{Name: "name", Value: "a"}, fhir.Param{Name: "name", Value: "b"}),
		search(fhir.Param{Name: "name", Value: "aname"}, fhir.Param{Name: "", Value: "b"}),
		{Interaction: fhir.Search, Type: "Patient", Strict: true},
		{Interaction: fhir.Search, Type: "Patient", Cursor: []byte("2")},
	}
	synctest.Test(t, func(t *testing.T) {
		h := &hospital{do: after(time.Second)}
		l := limiter(t, limit.Config{Concurrency: 1000})
		server := l.Link(h)
		var wg sync.WaitGroup
		for _, tenant := range []string{"", "a", "b"} {
			for _, req := range same {
				for range 5 {
					wg.Go(func() {
						if _, err := server.Do(as(t.Context(), tenant), req); err != nil {
							t.Error(err)
						}
					})
				}
			}
		}
		wg.Wait()
		if got, want := h.calls.Load(), int64(3*len(same)); got != want {
			t.Errorf("%d calls, want one for each of %d requests of three tenants", got, want)
		}
		if got, want := l.State().Coalesced, uint64(12*len(same)); got != want {
			t.Errorf("%d coalesced, want %d", got, want)
		}
		h.calls.Store(0)
		for range 2 {
			if _, err := server.Do(t.Context(), same[0]); err != nil {
				t.Error(err)
			}
		}
		if h.calls.Load() != 2 {
			t.Errorf("%d calls, want 2: what is answered is not shared", h.calls.Load())
		}
	})
}

// A stress of the same: what a tenant gets was made for it.
func TestNothingIsSharedBetweenTenants(t *testing.T) {
	t.Parallel()
	h := &hospital{do: func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
		p := tenantIn(ctx)
		return &fhir.Response{Resource: &fhir.Resource{Type: req.Type, ID: req.ID, VersionID: p, Body: []byte(`{}`)}}, nil
	}}
	l := limiter(t, limit.Config{CacheFor: time.Minute, Queue: 1000})
	server := l.Link(h)
	var wg sync.WaitGroup
	for worker := range 16 {
		wg.Go(func() {
			for i := range 300 {
				tenant, id := strconv.Itoa((worker+i)%4), strconv.Itoa(i/4%10)
				resp, err := server.Do(as(t.Context(), tenant), read(id))
				if err != nil || resp.Resource.VersionID != tenant || resp.Resource.ID != id {
					t.Errorf("tenant %s read %s and got %+v, %v", tenant, id, resp, err)
				}
				if i%50 == 0 {
					l.Forget()
				}
			}
		})
	}
	wg.Wait()
}

// Who leaves does not take the others along; when the last one leaves, the call
// ends. Only who made the call stays with it while others wait.
func TestASharedCallLivesAsLongAsSomeoneWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &hospital{do: after(5 * time.Second)}
		l := limiter(t, limit.Config{})
		server := l.Link(h)
		var wg sync.WaitGroup
		wait := func(hangsUp, took time.Duration, answered bool) {
			wg.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(hangsUp, cancel)
				start := time.Now()
				_, err := server.Do(ctx, read("1"))
				if (err == nil) != answered || time.Since(start) != took {
					t.Errorf("who hangs up after %v: %v after %v, want %v", hangsUp, err, time.Since(start), took)
				}
			})
			synctest.Wait()
		}
		wait(time.Second, 5*time.Second, true) // made the call
		wait(2*time.Second, 2*time.Second, false)
		wait(9*time.Second, 5*time.Second, true)
		wg.Wait()
		if h.calls.Load() != 1 {
			t.Errorf("%d calls, want 1", h.calls.Load())
		}

		wait(time.Second, 2*time.Second, false) // made the call
		wait(2*time.Second, 2*time.Second, false)
		time.Sleep(1500 * time.Millisecond)
		if h.now.Load() != 1 {
			t.Error("the call ended while someone waited")
		}
		time.Sleep(time.Second)
		if h.now.Load() != 0 {
			t.Error("the call goes on though nobody waits")
		}
		wait(9*time.Second, 5*time.Second, true) // does not join what was given up
		wg.Wait()
	})
}

// A call made in a hurry is not joined by who has time: its end would be theirs.
func TestWhoHasTimeDoesNotJoinAHurriedCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &hospital{do: after(3 * time.Second)}
		server := limiter(t, limit.Config{}).Link(h)
		var wg sync.WaitGroup
		for _, tt := range []struct {
			has  time.Duration
			kind fhir.Kind
		}{{time.Second, fhir.KindTimeout}, {20 * time.Second, 0}, {30 * time.Second, 0}, {2 * time.Second, fhir.KindTimeout}} {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), tt.has)
				defer cancel()
				_, err := server.Do(ctx, read("1"))
				if tt.kind == 0 && err != nil || tt.kind != 0 && kindOf(t, err) != tt.kind || ctx.Err() != nil {
					t.Errorf("who has %v: %v (context: %v)", tt.has, err, ctx.Err())
				}
			})
			synctest.Wait()
		}
		time.Sleep(1500 * time.Millisecond) // the hurried call is over, the other can be joined still
		if _, err := server.Do(t.Context(), read("1")); err != nil {
			t.Error(err)
		}
		wg.Wait()
		if h.calls.Load() != 2 {
			t.Errorf("%d calls, want 2", h.calls.Load())
		}
	})
}

// A call that was given up may take its time to end; nobody joins it.
func TestNobodyJoinsWhatWasGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &hospital{do: func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
			resp, err := after(2*time.Second)(ctx, req)
			if err != nil {
				time.Sleep(time.Second)
			}
			return resp, err
		}}
		server := limiter(t, limit.Config{}).Link(h)
		var wg sync.WaitGroup
		wg.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			_, _ = server.Do(ctx, read("1"))
		})
		time.Sleep(1500 * time.Millisecond)
		if _, err := server.Do(t.Context(), read("1")); err != nil {
			t.Errorf("joined a call that was given up: %v", err)
		}
		wg.Wait()
	})
}

func TestSharedErrorsAreOnesOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &hospital{do: func(context.Context, *fhir.Request) (*fhir.Response, error) {
			time.Sleep(time.Second)
			return nil, fhir.Errorf(fhir.KindNotFound, "not-found", "No.")
		}}
		server := limiter(t, limit.Config{}).Link(h)
		var wg sync.WaitGroup
		var errs [3]*fhir.Error
		for i := range errs {
			wg.Go(func() {
				_, err := server.Do(t.Context(), read("1"))
				errs[i] = fhir.AsError(err)
			})
		}
		wg.Wait()
		if h.calls.Load() != 1 {
			t.Errorf("%d calls, want 1", h.calls.Load())
		}
		if errs[0] == errs[1] || errs[0] == errs[2] || errs[1] == errs[2] {
			t.Error("two requests share one error, which either may add to")
		}
	})
}

// After a write a read asks anew, though an older one is on its way or kept.
func TestAWriteIsSeen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var version atomic.Int64
		h := &hospital{do: func(_ context.Context, req *fhir.Request) (*fhir.Response, error) {
			if req.Interaction == fhir.Update {
				version.Add(1)
				return &fhir.Response{Resource: &fhir.Resource{}}, nil
			}
			v := strconv.FormatInt(version.Load(), 10)
			time.Sleep(time.Second)
			return &fhir.Response{Resource: &fhir.Resource{VersionID: v}}, nil
		}}
		server := limiter(t, limit.Config{CacheFor: time.Hour}).Link(h)
		see := func() string {
			resp, err := server.Do(t.Context(), read("1"))
			if err != nil {
				t.Fatal(err)
			}
			return resp.Resource.VersionID
		}
		write := func() {
			if _, err := server.Do(t.Context(), &fhir.Request{Interaction: fhir.Update, Type: "Patient", ID: "1"}); err != nil {
				t.Fatal(err)
			}
		}
		write()
		if got := see() + see(); got != "11" || h.calls.Load() != 2 {
			t.Errorf("versions %s by %d calls", got, h.calls.Load())
		}
		write()
		var wg sync.WaitGroup
		wg.Go(func() {
			if got := see(); got != "2" {
				t.Errorf("began before the last write and saw %s", got)
			}
		})
		synctest.Wait()
		write()
		if got := see(); got != "3" {
			t.Errorf("after the write: version %s", got)
		}
		wg.Wait()
		if got := see(); got != "3" {
			t.Errorf("kept: version %s", got)
		}
		if h.calls.Load() != 6 {
			t.Errorf("%d calls, want 6: three writes, three reads, the others from the cache", h.calls.Load())
		}
	})
}
