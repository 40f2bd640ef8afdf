package operation_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
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
