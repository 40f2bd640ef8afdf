package operation_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/wardbridge/wardbridge/internal/operation"
)

// TestHeadOfAStream holds that asking for the head of a stream does not run it:
// it may go on for ever, or be a file that is given once.
func TestHeadOfAStream(t *testing.T) {
	t.Parallel()
	ran := 0
	h, err := operation.NewHandler(operation.Config{}, []operation.Op{
		operation.NewStream[operation.None, operation.None]("fetch", "GET /api/file", "Fetch", func(context.Context, operation.None, http.ResponseWriter) error {
			ran++
			return nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	for method, want := range map[string]int{http.MethodHead: http.StatusMethodNotAllowed, http.MethodGet: http.StatusOK} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "/api/file", nil))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", method, w.Code, want)
		}
		if allow := w.Header().Get("Allow"); want != http.StatusOK && allow != "GET" {
			t.Errorf("Allow %q", allow)
		}
	}
	if ran != 1 {
		t.Errorf("it ran %d times", ran)
	}
}
