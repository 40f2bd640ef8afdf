package remote

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/wire"
)

// Do implements [fhir.Server]. Every failure of the provider or of the way to
// it is a *fhir.Error; see [wire.Client.Decode] for what answers become, and
// failed for the network's.
func (r *Remote) Do(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	if r.cfg.Version == 0 && req.Interaction != fhir.Capabilities {
		return nil, fhir.Internal(errors.New("remote: the provider's version is not known yet"))
	}
	endpoint, err := r.endpointFor(ctx)
	if err != nil {
		return nil, err
	}
	client := &wire.Client{Version: r.cfg.Version, Base: endpoint, Media: r.cfg.Media, Depth: r.cfg.Depth}
	form := req.Interaction == fhir.Search && len(req.Cursor) == 0 && r.asForm(req)
	resp, status, err := r.ask(ctx, client, req, form)
	switch {
	case err == nil && form:
		r.form.took()
		return resp, nil
	case err == nil || !form || r.cfg.Search == SearchPost || !r.form.mayRefuse(status):
		return resp, err
	}
	again, _, err := r.ask(ctx, client, req, false)
	if err == nil {
		r.form.refuse(r.cfg.Clock())
	}
	return again, err
}

// ask makes one call, twice when the first was not let in. status is 0 when
// there was no answer.
func (r *Remote) ask(ctx context.Context, client *wire.Client, req *fhir.Request, form bool) (resp *fhir.Response, status int, err error) {
	out, err := client.Encode(req, form)
	if err != nil {
		return nil, 0, err
	}
	if out.Empty {
		resp, err = client.Decode(req, nil)
		return resp, 0, err
	}
	reply, err := r.send(ctx, req, out)
	if err != nil {
		return nil, 0, err
	}
	resp, err = client.Decode(req, reply)
	return resp, reply.Status, err
}

func (r *Remote) send(ctx context.Context, req *fhir.Request, out *wire.Outgoing) (*wire.Reply, error) {
	if err := r.header(ctx, out.Header, req); err != nil {
		return nil, err
	}
	for again := false; ; again = true {
		h := out.Header
		if r.cfg.Authorize != nil {
			h = out.Header.Clone()
			if err := r.cfg.Authorize.Authorize(ctx, h); err != nil {
				return nil, err
			}
		}
		reply, err := r.exchange(ctx, req, out, h)
		if err != nil || reply.Status != http.StatusUnauthorized || again || r.cfg.Authorize == nil || !r.cfg.Authorize.Refused(ctx, h) {
			return reply, err
		}
	}
}

// header adds what goes with every call. Nothing comes from the client but the
// request id, which we gave it.
func (r *Remote) header(ctx context.Context, h http.Header, req *fhir.Request) error {
	h["User-Agent"] = userAgent
	if id := access.RequestIDFrom(ctx); id != "" {
		h["X-Request-Id"] = []string{id}
	}
	if !req.Interaction.Writes() {
		h["X-Idempotency-Key"] = nil // not sent; lets the transport repeat a POST that met a closing connection
	}
	for name, value := range r.cfg.Headers {
		if strings.Contains(value, tenantMark) {
			tenant, err := tenantOf(ctx)
			if err != nil {
				return err
			}
			value = strings.ReplaceAll(value, tenantMark, tenant)
		}
		h.Set(name, value)
	}
	return nil
}

var userAgent = []string{"Wardbridge"}

// escape makes a tenant a part of a path or query.
func escape(tenant string) string { return strings.ReplaceAll(url.QueryEscape(tenant), "+", "%20") }

// exchange makes one HTTP call and reads the answer to its end.
func (r *Remote) exchange(ctx context.Context, req *fhir.Request, out *wire.Outgoing, h http.Header) (*wire.Reply, error) {
	call := Call{Interaction: req.Interaction, Type: req.Type, Method: out.Method}
	start := r.cfg.Clock()
	reply, err := r.roundTrip(ctx, out, h)
	if r.cfg.Observe != nil {
		call.Duration = r.cfg.Clock().Sub(start)
		if reply != nil {
			call.Status, call.Bytes = reply.Status, len(reply.Body)
		}
		call.Err = withoutURL(err)
		r.cfg.Observe(ctx, call)
	}
	if err != nil {
		return nil, r.failed(ctx, err)
	}
	return reply, nil
}

// roundTrip goes past the client to its transport: redirects are not followed
// and cookies not kept, so all that is left of it is its time limit.
func (r *Remote) roundTrip(ctx context.Context, out *wire.Outgoing, h http.Header) (*wire.Reply, error) {
	if deadline, ok := ctx.Deadline(); r.timeout > 0 && (!ok || time.Until(deadline) > r.timeout) {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.timeout)
		defer cancel()
	}
	hr := &http.Request{
		Method: out.Method, URL: out.URL, Host: out.URL.Host, Header: h,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(len(out.Body)),
	}
	if out.Body != nil {
		hr.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(out.Body)), nil }
		hr.Body, _ = hr.GetBody()
		if len(out.Body) == 0 {
			hr.Body = http.NoBody
		}
	}
	resp, err := r.transport.RoundTrip(hr.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }() // read to its end, or of no more use
	limit := r.cfg.MaxBytes
	if resp.StatusCode >= http.StatusMultipleChoices {
		limit = min(limit, maxErrorBytes)
	}
	body, err := readAll(resp, limit)
	switch {
	case resp.StatusCode >= http.StatusMultipleChoices && ctx.Err() == nil:
		err = nil // the status says enough
	case err != nil:
		return &wire.Reply{Status: resp.StatusCode, Header: resp.Header, Body: body}, err
	}
	return &wire.Reply{Status: resp.StatusCode, Header: resp.Header, Body: body}, err
}

// maxErrorBytes is how much of a failure's body is looked at.
const maxErrorBytes = 64 << 10

// readAll reads a body of at most limit bytes. What is longer is errTooLarge;
// the connection is then given up rather than drained.
func readAll(resp *http.Response, limit int64) ([]byte, error) {
	if resp.ContentLength > limit {
		return nil, errTooLarge
	}
	size := int64(8 << 10)
	if resp.ContentLength >= 0 {
		size = resp.ContentLength + 1 // one more to meet the end without growing
	}
	b := make([]byte, 0, min(size, limit+1))
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := resp.Body.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case int64(len(b)) > limit:
			return b[:limit], errTooLarge
		case errors.Is(err, io.EOF):
			return b, nil
		case err != nil:
			return b, err
		}
	}
}
