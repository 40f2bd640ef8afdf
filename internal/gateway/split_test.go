package gateway_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/gateway"
)

func same(ctx context.Context, _ int) context.Context { return ctx }

func nothing(context.Context, int, *fhir.Error) error { return nil }

func reads(ids ...string) *fhir.Request {
	req := &fhir.Request{Interaction: fhir.Batch}
	for _, id := range ids {
		req.Entries = append(req.Entries, fhir.Entry{Request: &fhir.Request{Interaction: fhir.Read, Type: "Patient", ID: id}})
	}
	return req
}

func server(f func(context.Context, *fhir.Request) (*fhir.Response, error)) fhir.Server {
	return fhir.ServerFunc{V: fhir.R4, F: f}
}

// A batch takes as long as its slowest entry, not as their sum (REQ-BATCH-10).
func TestSplitRunsEntriesTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := server(func(context.Context, *fhir.Request) (*fhir.Response, error) {
			time.Sleep(300 * time.Millisecond)
			return &fhir.Response{}, nil
		})
		start := time.Now()
		resp, err := gateway.Split(slow, 16, same, nothing).Do(t.Context(), reads("1", "2", "3", "4", "5", "6"))
		if err != nil || len(resp.Results) != 6 {
			t.Fatalf("got %v, %v; want six results", resp, err)
		}
		if took := time.Since(start); took != 300*time.Millisecond {
			t.Errorf("six entries of 300 ms took %v, want 300ms", took)
		}
	})
}

func TestSplitBoundsParallelism(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		now, most := 0, 0
		count := func(n int) {
			mu.Lock()
			defer mu.Unlock()
			now += n
			most = max(most, now)
		}
		busy := server(func(context.Context, *fhir.Request) (*fhir.Response, error) {
			count(1)
			time.Sleep(time.Millisecond)
			count(-1)
			return &fhir.Response{}, nil
		})
		if _, err := gateway.Split(busy, 2, same, nothing).Do(t.Context(), reads("1", "2", "3", "4", "5", "6")); err != nil {
			t.Fatal(err)
		}
		if most != 2 {
			t.Errorf("%d entries ran at once, want 2", most)
		}
	})
}

// One entry that fails, hangs up or panics leaves the others alone
// (REQ-BATCH-2, REQ-BATCH-11).
func TestSplitIsolatesEntries(t *testing.T) {
	mixed := server(func(_ context.Context, req *fhir.Request) (*fhir.Response, error) {
		switch req.ID {
		case "late":
			return nil, context.DeadlineExceeded
		case "gone":
			return nil, fhir.Errorf(fhir.KindGone, "deleted", "gone")
		case "panics":
			panic("boom")
		case "odd":
			return nil, errors.New("driver: secret text")
		}
		return &fhir.Response{Resource: &fhir.Resource{ID: req.ID}}, nil
	})
	req := reads("a", "late", "gone", "panics", "odd", "b")
	req.Entries = append(req.Entries, fhir.Entry{Err: fhir.Errorf(fhir.KindMethod, "not-supported", "no PUT")})
	var recorded []int
	resp, err := gateway.Split(mixed, 1, same, func(_ context.Context, i int, _ *fhir.Error) error {
		recorded = append(recorded, i)
		return nil
	}).Do(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	want := []fhir.Kind{255, fhir.KindTimeout, fhir.KindGone, fhir.KindInternal, fhir.KindInternal, 255, fhir.KindMethod}
	for i, r := range resp.Results {
		got := fhir.Kind(255)
		if r.Err != nil {
			got = r.Err.Kind
		}
		if got != want[i] {
			t.Errorf("entry %d: kind %d, want %d", i, got, want[i])
		}
	}
	if len(recorded) != 1 || recorded[0] != 6 {
		t.Errorf("refused entries recorded: %v, want [6]", recorded)
	}

	req.Interaction = fhir.Transaction
	_, err = gateway.Split(mixed, 4, same, nothing).Do(t.Context(), req)
	var fe *fhir.Error
	if !errors.As(err, &fe) || fe.Kind != fhir.KindTimeout || fe.Issues[0].Expression[0] != "Bundle.entry[1]" {
		t.Errorf("a transaction with failing entries gave %v; want the first failure, naming entry 1", err)
	}
}
