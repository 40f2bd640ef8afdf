package app

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wardbridge/wardbridge/internal/db/sqlite"
)

// A health answers the probes of whoever watches the process.
type health struct {
	db       *sqlite.DB
	draining atomic.Bool

	mu     sync.Mutex
	looked time.Time
	err    error
}

// probeEvery bounds how often a probe costs a write.
const probeEvery = 2 * time.Second

// live says that the process answers.
func (h *health) live(w http.ResponseWriter, r *http.Request) { plain(w, r, http.StatusOK, "ok\n") }

// ready says whether requests can be answered: the server is not stopping, and
// the database takes writes, without which nothing can be audited.
func (h *health) ready(w http.ResponseWriter, r *http.Request) {
	if h.draining.Load() {
		plain(w, r, http.StatusServiceUnavailable, "stopping\n")
		return
	}
	if err := h.probe(r.Context()); err != nil {
		exchangeOf(r.Context()).fault.Store(&err)
		plain(w, r, http.StatusServiceUnavailable, "the database does not take writes\n")
		return
	}
	plain(w, r, http.StatusOK, "ready\n")
}

// probe writes to the database, at most once in a while.
func (h *health) probe(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	if now.Sub(h.looked) < probeEvery {
		return h.err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	h.err = h.db.Write(ctx, func(ctx context.Context, tx *sqlite.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO meta (key, value) VALUES ('probe', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", now.UTC().Format(time.RFC3339))
		return err
	})
	h.looked = now
	return h.err
}

func plain(w http.ResponseWriter, r *http.Request, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write([]byte(text)) // the client may have gone
	}
}
