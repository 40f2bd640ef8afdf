package sqlite

import (
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestTurns: a command beside a server that never stops writing gets its turn.
// SQLite's own lock is not fair: who waits sleeps and looks again, and the lock
// is free for some microseconds between two commits of a busy server, so that
// commands failed with "busy" after five seconds.
func TestTurns(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), MainFile)
	server, command := openAt(t, path, Options{}), openAt(t, path, Options{})
	l := newLog(t, server)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := l.Append(t.Context(), readRecord(i)); err != nil {
					t.Errorf("server: %v", err)
					return
				}
			}
		})
	}
	var worst, sum time.Duration
	const rounds = 20
	other := newLog(t, command)
	for i := range rounds {
		began := time.Now()
		if err := other.Append(t.Context(), readRecord(i)); err != nil {
			t.Errorf("command: %v", err)
		}
		took := time.Since(began)
		sum += took
		worst = max(worst, took)
	}
	close(stop)
	wg.Wait()
	t.Logf("a command's write took %v, at worst %v; the server made %d records", sum/rounds, worst, count(t, server, "SELECT sum(count) FROM audit_block"))
}
