package wire

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

const instant = "2006-01-02T15:04:05.000Z07:00"

// Answer writes the response to in.
func (c *Codec) Answer(w http.ResponseWriter, r *http.Request, in *Incoming, resp *fhir.Response) {
	req := in.Request
	if in.page != nil {
		resp.Total, resp.Known = in.page.Total, in.page.Known
	}
	h := w.Header()
	status := http.StatusOK
	var body []byte
	var err error
	switch req.Interaction {
	case fhir.Search, fhir.History, fhir.Batch, fhir.Transaction:
		buffer := buffers.Get().(*[]byte)
		defer release(buffer)
		if req.Interaction == fhir.Search || req.Interaction == fhir.History {
			*buffer, err = c.appendSet(*buffer, in, resp)
		} else {
			*buffer, err = c.appendBatch(*buffer, in, resp)
		}
		body = *buffer
	case fhir.Create, fhir.Update, fhir.Delete:
		status, body = c.written(h, req, resp)
	case fhir.Read, fhir.VRead, fhir.Capabilities:
		status, body = read(h, resp)
	}
	if err != nil {
		c.Fail(w, r, in, err)
		return
	}
	if body == nil {
		w.WriteHeader(status)
		return
	}
	c.send(w, r, in, status, body)
}

// buffers hold the Bundles of answers while they are sent. They are the
// package's, since a Codec may be made for one request.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// keptBuffer is up to what size a buffer is used again.
const keptBuffer = 1 << 20

func release(buffer *[]byte) {
	if cap(*buffer) <= keptBuffer {
		*buffer = (*buffer)[:0]
		buffers.Put(buffer)
	}
}

func (c *Codec) send(w http.ResponseWriter, r *http.Request, in *Incoming, status int, body []byte) {
	if in.pretty {
		var out bytes.Buffer
		if json.Indent(&out, body, "", "  ") == nil {
			body = out.Bytes()
		}
	}
	h := w.Header()
	h.Set("Content-Type", in.media+";charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client may have gone; the access record shows the bytes sent
	}
}

// Fail writes err as an OperationOutcome. in may be nil when nothing was
// decoded.
func (c *Codec) Fail(w http.ResponseWriter, r *http.Request, in *Incoming, err error) {
	if in == nil {
		in = &Incoming{media: MediaType(c.Version)}
	}
	fe := fhir.AsError(err)
	h := w.Header()
	if fe.RetryAfter > 0 {
		h.Set("Retry-After", retryAfter(fe.RetryAfter))
	}
	if len(fe.Allow) > 0 {
		h.Set("Allow", strings.Join(fe.Allow, ", "))
	}
	c.send(w, r, in, Status(fe.Kind), AppendOutcome(nil, c.Version, fe.Issues))
}

// retryAfter is whole seconds, at least one.
func retryAfter(d time.Duration) string {
	return strconv.Itoa(max(1, int((d+time.Second-1)/time.Second)))
}

func read(h http.Header, resp *fhir.Response) (int, []byte) {
	res := resp.Resource
	if res.VersionID != "" {
		h.Set("ETag", `W/"`+res.VersionID+`"`)
	}
	if !res.Modified.IsZero() {
		h.Set("Last-Modified", res.Modified.UTC().Format(http.TimeFormat))
	}
	if resp.NotModified {
		return http.StatusNotModified, nil
	}
	return http.StatusOK, res.Body
}

// written answers create, update and delete.
func (c *Codec) written(h http.Header, req *fhir.Request, resp *fhir.Response) (int, []byte) {
	res := resp.Resource
	if res != nil && res.ID != "" {
		h.Set("ETag", `W/"`+res.VersionID+`"`)
		h.Set("Last-Modified", res.Modified.UTC().Format(http.TimeFormat))
		if req.Interaction != fhir.Delete {
			h.Set("Location", c.Base+"/"+res.Type+"/"+res.ID+"/_history/"+res.VersionID)
		}
	}
	status := http.StatusOK
	if resp.Created {
		status = http.StatusCreated
	}
	switch {
	case req.Interaction == fhir.Delete:
		return http.StatusNoContent, nil
	case req.Return == fhir.ReturnMinimal:
		return status, nil
	case req.Return == fhir.ReturnOutcome:
		return status, AppendOutcome(nil, c.Version, []fhir.Issue{{Severity: "information", Code: "informational", Diagnostics: "The resource was stored."}})
	}
	return status, res.Body
}

// newID is a random id for a Bundle.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// open appends the head that all our Bundles share.
func open(b []byte, typ string) []byte {
	b = append(b, `{"resourceType":"Bundle","id":"`...)
	b = append(b, newID()...)
	b = append(b, `","meta":{"lastUpdated":"`...)
	b = time.Now().UTC().AppendFormat(b, instant)
	b = append(b, `"},"type":"`...)
	b = append(b, typ...)
	return append(b, '"')
}

// appendSet appends a searchset or history Bundle (interface §6.7).
func (c *Codec) appendSet(b []byte, in *Incoming, resp *fhir.Response) ([]byte, error) {
	size := 512
	for _, m := range resp.Matches {
		size += len(m.Body) + len(c.Base) + 128
	}
	b = slices.Grow(b, size)
	typ := "searchset"
	if in.Request.Interaction == fhir.History {
		typ = "history"
	}
	b = open(b, typ)
	if resp.Known == fhir.TotalExact {
		b = append(b, `,"total":`...)
		b = strconv.AppendInt(b, int64(resp.Total), 10)
	}
	b, err := c.links(b, in, resp)
	if err != nil {
		return nil, err
	}
	warnings := resp.Warnings
	if len(resp.Matches) > 0 || len(warnings) > 0 {
		b = append(b, `,"entry":[`...)
		for i, m := range resp.Matches {
			if i > 0 {
				b = append(b, ',')
			}
			b = c.appendMatch(b, m, typ)
		}
		if len(warnings) > 0 && typ == "searchset" {
			if len(resp.Matches) > 0 {
				b = append(b, ',')
			}
			b = append(b, `{"resource":`...)
			b = AppendOutcome(b, c.Version, warnings)
			b = append(b, `,"search":{"mode":"outcome"}}`...)
		}
		b = append(b, ']')
	}
	return append(b, '}'), nil
}

func (c *Codec) appendMatch(b []byte, m fhir.Match, typ string) []byte {
	b = append(b, `{"fullUrl":`...)
	b = fhir.AppendString(b, c.Base+"/"+m.Type+"/"+m.ID)
	if m.Body != nil {
		b = append(b, `,"resource":`...)
		b = append(b, m.Body...)
	}
	if typ == "searchset" {
		mode := "match"
		switch m.Mode {
		case fhir.ModeInclude:
			mode = "include"
		case fhir.ModeOutcome:
			mode = "outcome"
		case fhir.ModeMatch, fhir.ModeCreated, fhir.ModeUpdated, fhir.ModeDeleted:
		}
		return append(append(append(b, `,"search":{"mode":"`...), mode...), `"}}`...)
	}
	method, target, status := "PUT", m.Type+"/"+m.ID, statusLine(http.StatusOK)
	switch m.Mode {
	case fhir.ModeCreated:
		method, target, status = "POST", m.Type, statusLine(http.StatusCreated)
	case fhir.ModeDeleted:
		method, status = "DELETE", statusLine(http.StatusNoContent)
	case fhir.ModeMatch, fhir.ModeInclude, fhir.ModeOutcome, fhir.ModeUpdated:
	}
	b = append(append(append(b, `,"request":{"method":"`...), method...), `","url":`...)
	b = fhir.AppendString(b, target)
	b = append(b, `},"response":{"status":`...)
	b = fhir.AppendString(b, status)
	b = appendVersion(b, &m.Resource)
	return append(b, `}}`...)
}

// appendVersion appends etag and lastModified of a response element.
func appendVersion(b []byte, res *fhir.Resource) []byte {
	if res.VersionID != "" {
		b = append(b, `,"etag":`...)
		b = fhir.AppendString(b, `W/"`+res.VersionID+`"`)
	}
	if !res.Modified.IsZero() {
		b = append(b, `,"lastModified":"`...)
		b = res.Modified.UTC().AppendFormat(b, instant)
		b = append(b, '"')
	}
	return b
}

var errResults = errors.New("wire: a batch answered with another number of results than entries")

// appendBatch appends a batch-response or transaction-response: one entry per
// request entry, in order (interface §7).
func (c *Codec) appendBatch(b []byte, in *Incoming, resp *fhir.Response) ([]byte, error) {
	if len(resp.Results) != len(in.Request.Entries) {
		return nil, errResults
	}
	b = open(b, in.Request.Interaction.String()+"-response")
	for i, res := range resp.Results {
		if i == 0 {
			b = append(b, `,"entry":[{`...)
		} else {
			b = append(b, `,{`...)
		}
		var err error
		if res.Err != nil {
			b = c.appendFailure(b, res.Err)
		} else if b, err = c.appendResult(b, in.Request.Entries[i].Request, res.Response); err != nil {
			return nil, err
		}
		b = append(b, '}')
	}
	if len(resp.Results) > 0 {
		b = append(b, ']')
	}
	return append(b, '}'), nil
}

// appendFailure puts the outcome where the version has a slot for it: DSTU2
// knows only entry.resource (REQ-BATCH-2).
func (c *Codec) appendFailure(b []byte, fe *fhir.Error) []byte {
	status := statusLine(Status(fe.Kind))
	if c.Version == fhir.DSTU2 {
		b = append(b, `"resource":`...)
		b = AppendOutcome(b, c.Version, fe.Issues)
		b = append(b, `,"response":{"status":`...)
		b = fhir.AppendString(b, status)
		return append(b, '}')
	}
	b = append(b, `"response":{"status":`...)
	b = fhir.AppendString(b, status)
	b = append(b, `,"outcome":`...)
	b = AppendOutcome(b, c.Version, fe.Issues)
	return append(b, '}')
}

func (c *Codec) appendResult(b []byte, req *fhir.Request, resp *fhir.Response) ([]byte, error) {
	var err error
	switch req.Interaction {
	case fhir.Search, fhir.History:
		b = append(b, `"resource":`...)
		if b, err = c.appendSet(b, &Incoming{Request: req}, resp); err != nil {
			return nil, err
		}
		return append(b, `,"response":{"status":"200 OK"}`...), nil
	case fhir.Capabilities:
		b = append(b, `"resource":`...)
		b = append(b, resp.Resource.Body...)
		return append(b, `,"response":{"status":"200 OK"}`...), nil
	case fhir.Read, fhir.VRead, fhir.Create, fhir.Update, fhir.Delete, fhir.Batch, fhir.Transaction:
	}
	h := http.Header{}
	var status int
	var body []byte
	if req.Interaction.Writes() {
		status, body = c.written(h, req, resp)
	} else {
		status, body = read(h, resp)
	}
	if body != nil {
		b = append(b, `"resource":`...)
		b = append(b, body...)
		b = append(b, ',')
	}
	b = append(b, `"response":{"status":`...)
	b = fhir.AppendString(b, statusLine(status))
	if loc := h.Get("Location"); loc != "" {
		b = append(b, `,"location":`...)
		b = fhir.AppendString(b, strings.TrimPrefix(loc, c.Base+"/"))
	}
	if resp.Resource != nil && resp.Resource.ID != "" {
		b = appendVersion(b, resp.Resource)
	}
	return append(b, '}'), nil
}
