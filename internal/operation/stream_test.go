package operation_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wardbridge/wardbridge/internal/operation"
)

// TestStreamEndsWithTheSession holds that a stream does not outlive the right
// to read it: signing out, or being locked out, ends it within seconds.
func TestStreamEndsWithTheSession(t *testing.T) {
	const minute = time.Minute
	for _, tt := range []struct {
		name  string
		alive func(time.Duration) (bool, error)
		ends  time.Duration
	}{
		{"signed in until the end", func(time.Duration) (bool, error) { return true, nil }, 5 * minute},
		{"signed out", func(d time.Duration) (bool, error) { return d < minute, nil }, minute},
		{"nobody can tell", func(d time.Duration) (bool, error) {
			return true, map[bool]error{true: errors.New("disk")}[d >= minute]
		}, minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				h, err := operation.NewHandler(operation.Config{
					Time:  time.Second,
					Alive: func(context.Context) (bool, error) { return tt.alive(time.Since(begun)) },
				}, []operation.Op{
					operation.NewStream[operation.None, item]("watch", "GET /api/stream", "Watch", func(ctx context.Context, _ operation.None, w http.ResponseWriter) error {
						select {
						case <-ctx.Done():
						case <-time.After(5 * minute):
						}
						return operation.NewEvents(w).Begin()
					}),
				})
				if err != nil {
					t.Fatal(err)
				}
				h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/stream", nil))
				if took := time.Since(begun); took != tt.ends {
					t.Errorf("ended after %v, want %v", took, tt.ends)
				}
			})
		})
	}
}

// TestStreamOutlivesTheServersLimits holds that a stream is not cut off by the
// limits on reading a request and on writing an answer.
func TestStreamOutlivesTheServersLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = time.Second
		h, err := operation.NewHandler(operation.Config{}, []operation.Op{
			operation.NewStream[operation.None, item]("watch", "GET /api/stream", "Watch", func(ctx context.Context, _ operation.None, w http.ResponseWriter) error {
				events := operation.NewEvents(w)
				for range 2 {
					if err := events.Send(1, item{}); err != nil {
						return err
					}
					select {
					case <-time.After(3 * limit):
					case <-ctx.Done():
						return ctx.Err()
					}
				}
				return events.Send(2, item{})
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		l := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
		s := &http.Server{Handler: h, ReadTimeout: limit, WriteTimeout: limit}
		served := make(chan error, 1)
		go func() { served <- s.Serve(l) }()
		client := &http.Transport{DialContext: l.dial}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://server/api/stream", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		if err = errors.Join(err, answer.Body.Close()); err != nil || strings.Count(string(body), "data: ") != 3 {
			t.Errorf("%q, %v", body, err)
		}
		client.CloseIdleConnections()
		if err := errors.Join(s.Close(), <-served); !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
}

// A pipeListener is a network in memory, on which a bubble's clock goes.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { close(l.closed); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.IPAddr{} }
