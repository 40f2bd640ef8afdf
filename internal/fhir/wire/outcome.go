package wire

import (
	"net/http"
	"strconv"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Status is the HTTP status a kind of failure is answered with (interface §8).
func Status(k fhir.Kind) int {
	switch k {
	case fhir.KindInvalid, fhir.KindTooCostly:
		return http.StatusBadRequest
	case fhir.KindUnauthorized:
		return http.StatusUnauthorized
	case fhir.KindForbidden:
		return http.StatusForbidden
	case fhir.KindNotFound, fhir.KindUnknownType:
		return http.StatusNotFound
	case fhir.KindMethod:
		return http.StatusMethodNotAllowed
	case fhir.KindNotAcceptable:
		return http.StatusNotAcceptable
	case fhir.KindConflict:
		return http.StatusConflict
	case fhir.KindGone:
		return http.StatusGone
	case fhir.KindPrecondition:
		return http.StatusPreconditionFailed
	case fhir.KindTooLarge:
		return http.StatusRequestEntityTooLarge
	case fhir.KindMediaType:
		return http.StatusUnsupportedMediaType
	case fhir.KindUnprocessable:
		return http.StatusUnprocessableEntity
	case fhir.KindThrottled:
		return http.StatusTooManyRequests
	case fhir.KindNotImplemented:
		return http.StatusNotImplemented
	case fhir.KindUpstream:
		return http.StatusBadGateway
	case fhir.KindUnavailable:
		return http.StatusServiceUnavailable
	case fhir.KindTimeout:
		return http.StatusGatewayTimeout
	case fhir.KindInternal:
	}
	return http.StatusInternalServerError
}

// issueCode gives the code in the version's own set: R4 knows two that the
// older ones do not (version-mapping §13).
func issueCode(v fhir.Version, code string) string {
	if v < fhir.R4 {
		switch code {
		case "deleted":
			return "not-found"
		case "multiple-matches":
			return "duplicate"
		}
	}
	return code
}

// AppendOutcome appends an OperationOutcome of the version with these issues.
func AppendOutcome(b []byte, v fhir.Version, issues []fhir.Issue) []byte {
	b = append(b, `{"resourceType":"OperationOutcome","issue":[`...)
	for i, is := range issues {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"severity":`...)
		b = fhir.AppendString(b, is.Severity)
		b = append(b, `,"code":`...)
		b = fhir.AppendString(b, issueCode(v, is.Code))
		if is.Diagnostics != "" {
			b = append(b, `,"diagnostics":`...)
			b = fhir.AppendString(b, is.Diagnostics)
		}
		if len(is.Expression) > 0 && v > fhir.DSTU2 {
			b = append(b, `,"expression":[`...)
			for j, e := range is.Expression {
				if j > 0 {
					b = append(b, ',')
				}
				b = fhir.AppendString(b, e)
			}
			b = append(b, ']')
		}
		b = append(b, '}')
	}
	return append(b, `]}`...)
}

// statusLine is "404 Not Found", as a batch entry's response.status wants it.
func statusLine(code int) string {
	return strconv.Itoa(code) + " " + http.StatusText(code)
}
