package wire

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A refusal is what a server's failure means for who asked.
type refusal struct {
	kind fhir.Kind
	code string
	text string
}

// Failures that mean the same whatever was asked. The provider's credentials
// are ours, so that a 401 of its is not the client's; that it throttles us
// is, for the client, a provider that cannot be had for a while.
var statusRefusals = map[int]refusal{
	http.StatusUnauthorized:          {fhir.KindUpstream, "transient", "The provider did not accept the credentials that are set for it."},
	http.StatusPaymentRequired:       {fhir.KindUpstream, "transient", "The provider refused the request."},
	http.StatusForbidden:             {fhir.KindUpstream, "transient", "The provider does not let this service do that; its permissions there may be too few."},
	http.StatusProxyAuthRequired:     {fhir.KindUnavailable, "transient", "The way to the provider is closed: the proxy wants credentials."},
	http.StatusNotAcceptable:         {fhir.KindUpstream, "transient", "The provider does not answer in the media type that is set for it."},
	http.StatusUnsupportedMediaType:  {fhir.KindUpstream, "transient", "The provider does not take the media type that is set for it."},
	http.StatusRequestTimeout:        {fhir.KindTimeout, "timeout", "The provider took too long. Ask for less, or try again."},
	http.StatusConflict:              {fhir.KindConflict, "conflict", "The provider could not make the change: another one came between."},
	http.StatusGone:                  {fhir.KindGone, "deleted", "The resource has been deleted."},
	http.StatusPreconditionFailed:    {fhir.KindPrecondition, "conflict", "The resource is not in the state that the request demands."},
	http.StatusRequestEntityTooLarge: {fhir.KindTooLarge, "too-long", "The request is larger than the provider takes. Send less at once."},
	http.StatusRequestURITooLong:     {fhir.KindTooCostly, "too-costly", "The search is longer than the provider takes. Ask for less at once."},
	http.StatusTooManyRequests:       {fhir.KindUnavailable, "throttled", "The provider takes no more requests for now. Try again later."},
	http.StatusServiceUnavailable:    {fhir.KindUnavailable, "transient", "The provider is not available for now. Try again later."},
	http.StatusGatewayTimeout:        {fhir.KindTimeout, "timeout", "The provider took too long. Ask for less, or try again."},
}

// How a question is refused that the provider does not understand or offer: the
// code not-supported tells the links above that another question may do.
var (
	refusedSearch = map[int]refusal{
		http.StatusBadRequest:          {fhir.KindInvalid, "not-supported", "The provider does not take this search."},
		http.StatusNotFound:            {fhir.KindUnknownType, "not-supported", "The provider does not offer this."},
		http.StatusMethodNotAllowed:    {fhir.KindMethod, "not-supported", "The provider does not offer this."},
		http.StatusUnprocessableEntity: {fhir.KindInvalid, "not-supported", "The provider does not take this search."},
		http.StatusNotImplemented:      {fhir.KindNotImplemented, "not-supported", "The provider does not offer this."},
	}
	refusedBatch = map[int]refusal{
		http.StatusBadRequest:           {fhir.KindInvalid, "not-supported", "The provider does not take this batch."},
		http.StatusNotFound:             {fhir.KindUnknownType, "not-supported", "The provider takes no batches."},
		http.StatusMethodNotAllowed:     {fhir.KindMethod, "not-supported", "The provider takes no batches."},
		http.StatusUnsupportedMediaType: {fhir.KindMediaType, "not-supported", "The provider takes no batches."},
		http.StatusUnprocessableEntity:  {fhir.KindInvalid, "not-supported", "The provider does not take this batch."},
		http.StatusNotImplemented:       {fhir.KindNotImplemented, "not-supported", "The provider takes no batches."},
	}
	refusedRead = map[int]refusal{
		http.StatusNotFound:         {fhir.KindNotFound, "not-found", "The provider has no such resource."},
		http.StatusMethodNotAllowed: {fhir.KindMethod, "not-supported", "The provider does not offer this."},
		http.StatusNotImplemented:   {fhir.KindNotImplemented, "not-supported", "The provider does not offer this."},
	}
	refusedWrite = map[int]refusal{
		http.StatusBadRequest:          {fhir.KindInvalid, "invalid", "The provider did not take the resource."},
		http.StatusNotFound:            {fhir.KindNotFound, "not-found", "The provider has no such resource, or does not take this type."},
		http.StatusMethodNotAllowed:    {fhir.KindMethod, "not-supported", "The provider does not take this change."},
		http.StatusUnprocessableEntity: {fhir.KindUnprocessable, "processing", "The resource breaks a rule of the provider."},
		http.StatusNotImplemented:      {fhir.KindNotImplemented, "not-supported", "The provider does not take this change."},
	}
)

// issueRefusals are what an issue's code says beyond the status
// (https://hl7.org/fhir/R4/valueset-issue-type.html).
var issueRefusals = map[string]refusal{
	"deleted":          statusRefusals[http.StatusGone],
	"throttled":        statusRefusals[http.StatusTooManyRequests],
	"timeout":          statusRefusals[http.StatusRequestTimeout],
	"too-costly":       {fhir.KindTooCostly, "too-costly", "The request asks for more than the provider can give at once. Ask for less."},
	"multiple-matches": {fhir.KindPrecondition, "multiple-matches", "More than one resource meets the criteria."},
	"lock-error":       {fhir.KindUnavailable, "transient", "The provider could not do that just now. Try again."},
}

// refused is what a status, with the code of an issue or "", means for req.
func refused(req *fhir.Request, status int, code string) refusal {
	var own map[int]refusal
	question := false
	switch req.Interaction {
	case fhir.Search, fhir.History:
		own, question = refusedSearch, true
	case fhir.Batch, fhir.Transaction:
		own, question = refusedBatch, true
	case fhir.Read, fhir.VRead, fhir.Capabilities:
		own = refusedRead
	case fhir.Create, fhir.Update, fhir.Delete:
		own = refusedWrite
	}
	if len(req.Cursor) > 0 && (status == http.StatusNotFound || status == http.StatusGone || status == http.StatusBadRequest) {
		return refusal{fhir.KindGone, "not-found", "The provider no longer has this page. Start the search again from its first page."}
	}
	if by, ok := issueRefusals[code]; ok && (status == http.StatusOK || status >= 400) && !authentic(status) {
		return by
	}
	switch {
	case code == "not-found" && (status == http.StatusOK || status == http.StatusBadRequest) && !question:
		status = http.StatusNotFound
	case code == "not-supported" && status == http.StatusOK && question:
		status = http.StatusNotImplemented
	}
	if r, ok := own[status]; ok {
		return r
	}
	if r, ok := statusRefusals[status]; ok {
		return r
	}
	switch {
	case status == http.StatusOK:
		return refusal{fhir.KindUpstream, "transient", "The provider answered that it failed."}
	case status < 400:
		return refusal{fhir.KindUpstream, "transient", "The provider answered with a redirect or something else that is no answer. Its base URL may be wrong."}
	case status < 500:
		return refusal{fhir.KindUpstream, "transient", "The provider refused the request."}
	}
	return refusal{fhir.KindUpstream, "transient", "The provider failed to answer."}
}

// authentic tells whether a status is about credentials, which no issue changes.
func authentic(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusProxyAuthRequired
}

// failure reads an answer that is not a success. None of its words are passed
// on.
func (c *Client) failure(req *fhir.Request, r *Reply) *fhir.Error {
	code := ""
	if body := bytes.TrimSpace(r.Body); len(body) > 0 && body[0] == '{' {
		if root, err := c.parse(body); err == nil && root.Get("resourceType").Is("OperationOutcome") {
			code = worst(root)
		}
	} else if r.Status == http.StatusNotFound && len(body) > 0 && body[0] == '<' && isPage(r) {
		// Not the server's word on a resource, but that of whoever else
		// answers at this address.
		return notFHIR(r, statusError(r.Status))
	}
	is := refused(req, r.Status, code)
	err := fhir.Errorf(is.kind, is.code, "%s", is.text).Because(statusError(r.Status))
	if is.kind == fhir.KindUnavailable {
		err.RetryAfter = after(r.Header.Get("Retry-After"), time.Now())
	}
	return err
}

func isPage(r *Reply) bool {
	return strings.Contains(strings.ToLower(r.Header.Get("Content-Type")), "html")
}

// A statusError is the status of an answer, as the cause of an error.
type statusError int

func (s statusError) Error() string { return "status " + strconv.Itoa(int(s)) }

// HTTPStatus tells those who look through an error how the server answered.
func (s statusError) HTTPStatus() int { return int(s) }

// maxRetryAfter bounds what a server may ask us to tell.
const maxRetryAfter = time.Hour

// after reads Retry-After: seconds or a date (RFC 9110 §10.2.3).
func after(s string, now time.Time) time.Duration {
	s = strings.TrimSpace(s)
	if n, err := strconv.Atoi(s); err == nil {
		return min(max(0, time.Duration(min(n, 1<<20))*time.Second), maxRetryAfter)
	}
	if t, err := http.ParseTime(s); err == nil {
		return min(max(0, t.Sub(now)), maxRetryAfter)
	}
	return 0
}

// outcome is an OperationOutcome where a resource was asked for, with a status
// of success.
func outcome(req *fhir.Request, root fhir.Node) *fhir.Error {
	code := worst(root)
	if code == "" {
		return otherThanAsked("OperationOutcome", req.Type)
	}
	is := refused(req, http.StatusOK, code)
	return fhir.Errorf(is.kind, is.code, "%s", is.text).Because(statusError(http.StatusOK))
}

// worst is the code of the first issue that is fatal or an error, "" when none
// is. An issue without a code is "unknown".
func worst(outcome fhir.Node) string {
	for is := range outcome.Get("issue").Values() {
		if s := is.Get("severity"); s.Is("fatal") || s.Is("error") {
			if code := is.Get("code").String(); code != "" {
				return code
			}
			return "unknown"
		}
	}
	return ""
}
