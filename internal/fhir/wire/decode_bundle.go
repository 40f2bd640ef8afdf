package wire

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// bundle reads a batch or transaction (interface §7). What is wrong with the
// Bundle itself fails the whole; what is wrong with one entry is that entry's.
func (c *Codec) bundle(body []byte, header http.Header) (*fhir.Request, error) {
	if err := c.validate(body); err != nil {
		return nil, err
	}
	doc, err := fhir.Index(body)
	if err != nil {
		return nil, fhir.Errorf(fhir.KindInvalid, "structure", "The body is not valid JSON: %v.", err)
	}
	root := doc.Root()
	if !root.Get("resourceType").Is("Bundle") {
		return nil, fhir.Errorf(fhir.KindInvalid, "invalid", "POST a Bundle of type batch or transaction to this address.")
	}
	req := &fhir.Request{Return: prefer(header).ret}
	switch typ := root.Get("type"); {
	case typ.Is("batch"):
		req.Interaction = fhir.Batch
	case typ.Is("transaction"):
		req.Interaction = fhir.Transaction
	default:
		return nil, fhir.Errorf(fhir.KindInvalid, "invalid", "Bundle.type must be batch or transaction.")
	}
	limit := c.Limits.Entries
	if limit == 0 {
		limit = DefaultEntries
	}
	entries := root.Get("entry")
	if entries.Exists() && !entries.IsArray() {
		return nil, fhir.Errorf(fhir.KindInvalid, "structure", "Bundle.entry must be an array.")
	}
	if n := entries.Len(); n > limit {
		return nil, fhir.Errorf(fhir.KindTooLarge, "too-costly", "The Bundle has %d entries; at most %d are taken at once. Send it in parts.", n, limit)
	}
	for e := range entries.Children() {
		req.Entries = append(req.Entries, c.entry(e, prefer(header)))
	}
	if req.Interaction == fhir.Transaction && c.ReadOnly {
		for _, e := range req.Entries {
			if e.Err != nil && e.Err.Kind == fhir.KindMethod {
				return nil, e.Err
			}
		}
	}
	return req, nil
}

func (c *Codec) entry(e fhir.Node, pref preference) fhir.Entry {
	out := fhir.Entry{FullURL: e.Get("fullUrl").String()}
	request := e.Get("request")
	if !request.IsObject() {
		out.Err = fhir.Errorf(fhir.KindInvalid, "required", "The entry has no request; give it request.method and request.url.")
		return out
	}
	req, err := c.entryRequest(e, request, pref)
	if err != nil {
		out.Err = fhir.AsError(err)
		return out
	}
	req.Return = pref.ret
	out.Request = req
	return out
}

// entryRequest builds an entry's request through the same routes a single call
// takes.
func (c *Codec) entryRequest(e, request fhir.Node, pref preference) (*fhir.Request, error) {
	method := strings.ToUpper(request.Get("method").String())
	target := request.Get("url").String()
	if method == "" || target == "" && method != http.MethodPost {
		return nil, fhir.Errorf(fhir.KindInvalid, "required", "An entry needs request.method and request.url.")
	}
	if c.ReadOnly && method != http.MethodGet {
		return nil, allow(method, http.MethodGet)
	}
	path, query, err := c.entryURL(target)
	if err != nil {
		return nil, err
	}
	seg, err := split(path)
	if err != nil {
		return nil, err
	}
	if len(seg) == 0 {
		return nil, fhir.Errorf(fhir.KindInvalid, "value", "request.url names no resource type.")
	}
	params, err := parseForm(query)
	if err != nil {
		return nil, err
	}
	header := entryHeader(request)
	if pref.strict {
		header.Set("Prefer", "handling=strict")
	}
	r := &http.Request{Method: method, Header: header, URL: &url.URL{}, Body: http.NoBody}
	switch method {
	case http.MethodGet, http.MethodDelete:
		return c.route(r, &Incoming{}, seg, withoutControl(params))
	case http.MethodPost, http.MethodPut:
		if method == http.MethodPost && len(seg) > 1 {
			return nil, fhir.Errorf(fhir.KindUnknownType, "not-supported", "In a Bundle, search with GET and create with POST to a type.")
		}
	default:
		return nil, allow(method, http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete)
	}
	resource := e.Get("resource")
	if !resource.IsObject() {
		return nil, fhir.Errorf(fhir.KindInvalid, "required", "A %s entry needs a resource.", method)
	}
	r.Body = readCloser{strings.NewReader(string(resource.Raw()))}
	return c.route(r, &Incoming{}, seg, withoutControl(params))
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

// entryHeader gives an entry's conditions the form of the headers they stand
// for.
func entryHeader(request fhir.Node) http.Header {
	h := http.Header{}
	for _, cond := range conditions {
		if v := request.Get(cond.member).String(); v != "" {
			h.Set(cond.header, v)
		}
	}
	return h
}

// entryURL gives path and query of an entry: relative to the base, with or
// without a leading slash, or absolute below it (REQ-BATCH-5).
func (c *Codec) entryURL(target string) (path, query string, err error) {
	if i := strings.IndexByte(target, '#'); i >= 0 {
		target = target[:i]
	}
	target, query, _ = strings.Cut(target, "?")
	base, _ := url.Parse(c.Base)
	switch {
	case strings.HasPrefix(target, c.Base+"/"):
		target = target[len(c.Base):]
	case strings.Contains(target, "://") || strings.HasPrefix(target, "//"):
		return "", "", fhir.Errorf(fhir.KindInvalid, "value", "request.url points at another server; it must be relative to this one.")
	case base != nil && base.Path != "" && strings.HasPrefix(target, base.Path+"/"):
		target = target[len(base.Path):]
	}
	return target, query, nil
}
