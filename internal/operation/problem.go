package operation

import (
	"net/http"
	"time"
)

// A Problem is a failure that the asker can act on (RFC 9457). Title and
// Detail are safe for strangers and hold no personal data.
type Problem struct {
	Status int    `json:"status"`
	Code   string `json:"code"` // stable, for the page: not-signed-in, forbidden, conflict, ehr-down …
	Title  string `json:"title"`
	Detail string `json:"detail,omitempty"` // what to do
	// Errors are mistakes in the input, by field.
	Errors map[string]string `json:"errors,omitempty"`
	// Current is, for an edit conflict (412), what is there now.
	Current any    `json:"current,omitempty"`
	Request string `json:"request,omitempty"` // request id, filled at the edge
	// Retry is when to try again, sent as a header; 0 does not say.
	Retry time.Duration `json:"-"`
	cause error
}

// Error implements error.
func (p *Problem) Error() string {
	if p.cause != nil {
		return p.Code + ": " + p.cause.Error()
	}
	return p.Code + ": " + p.Detail
}

// Unwrap gives the internal cause, which never leaves the process.
func (p *Problem) Unwrap() error { return p.cause }

// Because keeps the internal cause of p, for the log.
func (p *Problem) Because(err error) *Problem { p.cause = err; return p }

// With says what is there now, after a conflicting edit.
func (p *Problem) With(current any) *Problem { p.Current = current; return p }

// Problemf makes a problem; detail says what to do.
func Problemf(status int, code, detail string) *Problem {
	return &Problem{Status: status, Code: code, Title: http.StatusText(status), Detail: detail}
}
