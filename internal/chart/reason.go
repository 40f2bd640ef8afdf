package chart

import (
	"context"
	"errors"
	"net/http"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/outbound"
)

// Reasons why a record system was not read, as Cell.Reason, Section.Reason and
// Refresh.Reason have them. The page's catalogue has a sentence for each under
// reason.<code>, and what to do under advice.<code>.
const (
	ReasonTimeout     = "ehr-timeout"             // it took too long
	ReasonDown        = "ehr-down"                // it cannot be reached, or says that it is not available
	ReasonBusy        = "ehr-busy"                // it takes no more requests for now
	ReasonCredentials = "ehr-refused-credentials" //nolint:gosec // a code: it does not accept who we are
	ReasonForbidden   = "ehr-forbidden"           // we are known, and may not read this
	ReasonAddress     = "ehr-refused-address"     // our own rules do not allow its address (outbound.allow)
	ReasonUntrusted   = "ehr-untrusted"           // its certificate cannot be trusted
	ReasonTooMuch     = "ehr-too-much"            // it cannot give a whole answer within the bounds
	ReasonGone        = "ehr-gone"                // it does not know the patient any more
	ReasonUnsupported = "ehr-unsupported"         // it does not offer this
	ReasonMerged      = "ehr-merged"              // the record was merged into another, and is not to be used (FHIR Patient.link)
	ReasonRemoved     = "ehr-removed"             // the connection was removed
	ReasonUnexpected  = "ehr-unexpected"          // it answered something that cannot be used
	ReasonInternal    = "internal"                // a fault of ours
)

// Reasons lists them all, for the catalogues.
func Reasons() []string {
	return []string{
		ReasonTimeout, ReasonDown, ReasonBusy, ReasonCredentials, ReasonForbidden, ReasonAddress, ReasonUntrusted, ReasonTooMuch, ReasonGone,
		ReasonUnsupported, ReasonMerged, ReasonRemoved, ReasonUnexpected, ReasonInternal,
	}
}

// A Fault is an error whose reason is known to whoever made the connection,
// which knows more than a status tells.
type Fault struct {
	Reason string
	Err    error
}

// Error implements error; it is for the log.
func (f *Fault) Error() string { return f.Reason + ": " + f.Err.Error() }

// Unwrap gives the cause.
func (f *Fault) Unwrap() error { return f.Err }

// ReasonOf says why a call to a record system failed.
func ReasonOf(err error) string {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f.Reason
	}
	if errors.Is(err, outbound.ErrRefused) {
		return ReasonAddress
	}
	fe := fhir.AsError(err)
	switch status := statusOf(err); {
	case status == http.StatusUnauthorized:
		return ReasonCredentials
	case status == http.StatusForbidden && fe.Kind == fhir.KindUpstream:
		return ReasonForbidden
	case status >= 500 && fe.Kind == fhir.KindUpstream:
		return ReasonDown
	}
	for _, is := range fe.Issues {
		if is.Code == "throttled" {
			return ReasonBusy
		}
	}
	if unsupported(fe) {
		return ReasonUnsupported
	}
	if r, ok := kindReasons[fe.Kind]; ok {
		return r
	}
	return ReasonUnexpected
}

var kindReasons = map[fhir.Kind]string{
	fhir.KindTimeout: ReasonTimeout, fhir.KindUnavailable: ReasonDown, fhir.KindThrottled: ReasonBusy,
	fhir.KindUnauthorized: ReasonCredentials, fhir.KindForbidden: ReasonForbidden,
	fhir.KindTooCostly: ReasonTooMuch, fhir.KindTooLarge: ReasonTooMuch,
	fhir.KindNotFound: ReasonGone, fhir.KindGone: ReasonGone, fhir.KindInternal: ReasonInternal,
}

// unsupported reports whether a search was refused because the type is not
// offered, which is not a failure: it is told once and not tried as one.
func unsupported(fe *fhir.Error) bool {
	switch fe.Kind { //nolint:exhaustive // the others are failures
	case fhir.KindUnknownType, fhir.KindMethod, fhir.KindNotImplemented:
		return true
	}
	return false
}

func statusOf(err error) int {
	if s, ok := errors.AsType[interface {
		error
		HTTPStatus() int
	}](err); ok {
		return s.HTTPStatus()
	}
	return 0
}

// gaveUp reports whether it was the asker who ended the call.
func gaveUp(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }
