package sqlite

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/wardbridge/wardbridge/internal/audit"
)

// TestVerifyBesideWriters: a verification that runs while two processes append
// finds nothing.
func TestVerifyBesideWriters(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), MainFile)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		l := newLog(t, openAt(t, path, Options{MaxBatch: 3}))
		for g := range 3 {
			wg.Go(func() {
				for i := 0; ; i++ { // at least once, however soon it is over
					if err := l.Append(t.Context(), readRecord(g), readRecord(i)); err != nil {
						t.Errorf("Append: %v", err)
						return
					}
					select {
					case <-stop:
						return
					default:
					}
				}
			})
		}
	}
	reader := newLog(t, openAt(t, path, Options{}))
	var before []audit.Link
	for range 4 {
		report := verify(t, reader, before...)
		if !report.OK() {
			t.Errorf("faults while others append: %v", report.Faults)
		}
		before = report.Heads
		if err := reader.Index(t.Context()); err != nil {
			t.Errorf("Index: %v", err)
		}
	}
	close(stop)
	wg.Wait()
	if report := verify(t, reader, before...); !report.OK() || report.Chains != 2 {
		t.Errorf("%d chains, faults %v; want 2 and none", report.Chains, report.Faults)
	}
}

// TestChainStartStaysShort: a chain vouches for what none has vouched for yet,
// not for all there ever was.
func TestChainStartStaysShort(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), MainFile)
	server := newLog(t, openAt(t, path, Options{}))
	for range 6 { // commands beside a server
		if err := server.Append(t.Context(), readRecord(1)); err != nil {
			t.Fatal(err)
		}
		d, err := Open(t.Context(), path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := newLog(t, d).Append(t.Context(), readRecord(1)); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	starts := 0
	for r, err := range server.All(t.Context(), audit.Filter{Operation: "ChainStart"}) {
		if err != nil {
			t.Fatal(err)
		}
		starts++
		if len(r.Links) > 2 {
			t.Errorf("chain %s begins with %d links, want the server's and the last command's", r.Chain, len(r.Links))
		}
	}
	if starts != 7 {
		t.Errorf("%d chains, want 7", starts)
	}
	if report := verify(t, server); !report.OK() {
		t.Errorf("faults: %v", report.Faults)
	}
}
