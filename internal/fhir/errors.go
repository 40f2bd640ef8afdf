package fhir

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Kind classifies a failure. The edge maps it to a status
// (interface §8, REQ-HTTP-*).
type Kind uint8

// Kinds of failure, with the HTTP status the edge answers.
const (
	KindInternal       Kind = iota // 500, a fault of ours
	KindInvalid                    // 400, the request is malformed
	KindTooCostly                  // 400, a bound was hit before the answer was complete
	KindUnauthorized               // 401, no token or a bad one
	KindForbidden                  // 403
	KindNotFound                   // 404, no such resource
	KindUnknownType                // 404, no such type here
	KindMethod                     // 405, the interaction is not offered
	KindNotAcceptable              // 406
	KindConflict                   // 409
	KindGone                       // 410, deleted, or a page link that has expired
	KindPrecondition               // 412, wrong version or more than one match
	KindTooLarge                   // 413
	KindMediaType                  // 415
	KindUnprocessable              // 422, well-formed but breaks a rule
	KindThrottled                  // 429
	KindNotImplemented             // 501
	KindUpstream                   // 502, the provider refused or answered nonsense
	KindUnavailable                // 503
	KindTimeout                    // 504
)

// An Issue is one line of an OperationOutcome. Diagnostics never hold personal
// data, secrets, tokens or addresses of upstreams.
type Issue struct {
	Severity    string   // fatal, error, warning, information
	Code        string   // FHIR issue-type code, in R4's set; the edge maps older versions
	Diagnostics string   // one sentence that says what to do
	Expression  []string // FHIRPath of the element at fault
}

// An Error is a failure that callers act on. Issues are safe for strangers; the
// cause is for the log only.
type Error struct {
	Kind       Kind
	Issues     []Issue
	RetryAfter time.Duration // how long to wait before trying again; 0 is unsaid
	// Allow lists the methods that would have been accepted (KindMethod).
	Allow []string
	cause error
}

// Errorf makes an Error with one issue. code is a FHIR issue-type code.
func Errorf(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Issues: []Issue{{Severity: "error", Code: code, Diagnostics: fmt.Sprintf(format, args...)}}}
}

// Internal wraps err as a fault of ours: strangers learn only that it happened.
func Internal(err error) *Error {
	return Errorf(KindInternal, "exception", "An internal error occurred. Quote the request id when you report it.").Because(err)
}

// Because records the cause, which only the log sees, and returns e.
func (e *Error) Because(cause error) *Error { e.cause = cause; return e }

// Error is for logs: it includes the cause.
func (e *Error) Error() string {
	var b strings.Builder
	for i, is := range e.Issues {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(is.Code + ": " + is.Diagnostics)
	}
	if e.cause != nil {
		fmt.Fprintf(&b, ": %v", e.cause)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.cause }

// AsError turns any error into an Error: one found in the chain as it is, an
// ended context into a timeout, all else into an internal one.
func AsError(err error) *Error {
	var fe *Error
	switch {
	case errors.As(err, &fe):
		return fe
	case errors.Is(err, context.DeadlineExceeded):
		return Errorf(KindTimeout, "timeout", "The request took longer than its time limit. Ask for less, or try again.").Because(err)
	case errors.Is(err, context.Canceled):
		return Errorf(KindUnavailable, "transient", "The request was cancelled before it was answered.").Because(err)
	}
	return Internal(err)
}
