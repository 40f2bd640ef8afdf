package app

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/wire"
	"github.com/wardbridge/wardbridge/internal/operation"
)

// problem answers with a fixed failure, in the form of the path: an
// OperationOutcome on FHIR paths, an OAuth error on token paths, else
// problem+json (RFC 9457).
func problem(status int, text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fail(w, r, status, text) })
}

func fail(w http.ResponseWriter, r *http.Request, status int, text string) {
	media, body := failure(r, status, text)
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client may have gone
	}
}

func failure(r *http.Request, status int, text string) (media string, body []byte) {
	path := r.URL.EscapedPath()
	switch {
	case strings.HasPrefix(path, "/fhir/"), strings.HasPrefix(path, "/stores/"):
		v := fhir.R4
		for _, known := range fhir.Versions() {
			if strings.HasPrefix(path, "/fhir/"+known.String()) {
				v = known
			}
		}
		code := "not-found"
		if status >= http.StatusInternalServerError {
			code = "exception"
		}
		return wire.MediaType(v) + ";charset=utf-8", wire.AppendOutcome(nil, v, []fhir.Issue{{Severity: "error", Code: code, Diagnostics: text}})
	case strings.HasPrefix(path, "/oauth2/"):
		code := "invalid_request"
		if status >= http.StatusInternalServerError {
			code = "server_error"
		}
		return "application/json", marshal(map[string]string{"error": code, "error_description": text})
	}
	code := strings.ReplaceAll(strings.ToLower(http.StatusText(status)), " ", "-")
	return "application/problem+json", marshal(operation.Problem{
		Status: status, Code: code, Title: http.StatusText(status), Detail: text, Request: access.RequestIDFrom(r.Context()),
	})
}

// marshal encodes what always can be.
func marshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte("{}")
	}
	return b
}
