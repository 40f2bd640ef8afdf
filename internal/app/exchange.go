package app

import (
	"context"
	"crypto/rand"
	"net/http"
	"sync/atomic"
	"time"
)

// An exchange is one HTTP request as the access record and the metrics see it.
// Those who learn more about it (the tenant, when a token is verified) add to
// it; nobody else logs a line about the request.
type exchange struct {
	id     string
	origin origin
	start  time.Time
	route  string // pattern, never the path
	// party is set once, by whoever verified the token or the client.
	party atomic.Pointer[party]
	// fault is the internal cause of a 5xx, for the log.
	fault atomic.Pointer[error]
}

type party struct{ tenant, client string }

type exchangeKey struct{}

// exchangeOf is the exchange that ctx belongs to; outside of a request it is a
// new one that nobody reads.
func exchangeOf(ctx context.Context) *exchange {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return x
	}
	return &exchange{}
}

// newRequestID makes an id that nobody can guess.
func newRequestID() string { return rand.Text() }

// requestID takes the id a trusted proxy has given, or makes one. Outsiders
// cannot choose the id under which their requests are recorded.
func requestID(r *http.Request, o origin) string {
	if id := r.Header.Get("X-Request-Id"); o.trusted && validRequestID(id) {
		return id
	}
	return newRequestID()
}

func validRequestID(s string) bool {
	if len(s) < 8 || len(s) > 64 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// A recorder of what was answered. It lets http.ResponseController through to
// the connection.
type responseWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *responseWriter) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *responseWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController find the connection.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
