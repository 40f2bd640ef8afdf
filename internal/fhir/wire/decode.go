package wire

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Limits bound what a client may send. The zero value of a field is its
// default.
type Limits struct {
	Body    int64 // bytes of a body; 0 is 8 MiB
	Entries int   // entries of a batch or transaction; 0 is 300
	Depth   int   // levels of nesting of a body; 0, and at most, fhir.MaxDepth
}

// Defaults of [Limits].
const (
	DefaultBody    = 8 << 20
	DefaultEntries = 300
)

// A Codec speaks FHIR over HTTP in one version, at one base URL.
type Codec struct {
	Version fhir.Version
	// Base is the absolute URL of the endpoint as clients see it, without a
	// trailing slash.
	Base string
	// ReadOnly refuses every interaction that writes (REQ-HTTP-7).
	ReadOnly bool
	// Knows reports whether the endpoint serves a resource type.
	Knows  func(resourceType string) bool
	Limits Limits
	// Pages seals and opens page links. Nil offers no next link.
	Pages Pages
}

// Pages seals the state of a page link so that it is opaque, expires, and works
// for nobody but whom it was made for. Open answers any error for a link that
// is not of this client; which one does not leave the process.
type Pages interface {
	Seal(state []byte) (string, error)
	Open(link string) ([]byte, error)
}

// An Incoming is a decoded request together with how its answer must look.
type Incoming struct {
	Request *fhir.Request
	media   string
	pretty  bool
	page    *page // set when a next link was followed
}

// Decode reads r, whose path below the base is path (percent-encoding still in
// place). The error is always a *fhir.Error; the Incoming is never nil and can
// be used to write that error in the media type asked for.
func (c *Codec) Decode(r *http.Request, path string) (*Incoming, error) {
	in := &Incoming{media: MediaType(c.Version)}
	query, err := parseForm(r.URL.RawQuery)
	if err != nil {
		return in, err
	}
	if err := in.control(c.Version, query, r.Header.Get("Accept")); err != nil {
		return in, err
	}
	segments, err := split(path)
	if err != nil {
		return in, err
	}
	in.Request, err = c.route(r, in, segments, withoutControl(query))
	return in, err
}

// control takes the parameters that shape the answer rather than the search.
func (in *Incoming) control(v fhir.Version, query []fhir.Param, accept string) error {
	format := ""
	for _, p := range query {
		switch p.Name {
		case "_format":
			format = p.Value
		case "_pretty":
			in.pretty = p.Value == "true"
		}
	}
	media, err := negotiate(v, format, accept)
	if err != nil {
		return err
	}
	in.media = media
	return nil
}

func withoutControl(query []fhir.Param) []fhir.Param {
	out := query[:0]
	for _, p := range query {
		if p.Name != "_format" && p.Name != "_pretty" {
			out = append(out, p)
		}
	}
	return out
}

// split cuts a path into its decoded segments. Empty ones are dropped, so that
// //metadata and metadata/ are metadata (REQ-META-8).
func split(path string) ([]string, error) {
	var out []string
	for s := range strings.SplitSeq(path, "/") {
		if s == "" {
			continue
		}
		d, err := url.PathUnescape(s)
		if err != nil {
			return nil, fhir.Errorf(fhir.KindInvalid, "value", "The path is not correctly percent-encoded.")
		}
		out = append(out, d)
	}
	return out, nil
}

// route turns method and path into an interaction.
func (c *Codec) route(r *http.Request, in *Incoming, seg []string, query []fhir.Param) (*fhir.Request, error) {
	switch {
	case len(seg) == 0:
		return c.system(r, query)
	case seg[0] == "metadata" && len(seg) == 1:
		return &fhir.Request{Interaction: fhir.Capabilities}, allow(r.Method, "GET", "HEAD")
	case seg[0] == "_history" && len(seg) == 1:
		return c.history(r, in, &fhir.Request{Interaction: fhir.History}, query)
	case strings.HasPrefix(seg[0], "_") || strings.HasPrefix(seg[0], "$"):
		return nil, fhir.Errorf(fhir.KindUnknownType, "not-supported", "Searching all types at once and system operations are not offered here.")
	case !c.Knows(seg[0]):
		return nil, unknownType(seg[0], c.Version)
	}
	return c.typed(r, in, seg, query)
}

func (c *Codec) typed(r *http.Request, in *Incoming, seg []string, query []fhir.Param) (*fhir.Request, error) {
	typ := seg[0]
	switch {
	case len(seg) == 1:
		return c.typeLevel(r, in, typ, query)
	case seg[1] == "_search" && len(seg) == 2:
		return c.search(r, in, typ, query)
	case seg[1] == "_history" && len(seg) == 2:
		return c.history(r, in, &fhir.Request{Interaction: fhir.History, Type: typ}, query)
	case strings.HasPrefix(seg[1], "$") || len(seg) > 2 && strings.HasPrefix(seg[2], "$"):
		return nil, fhir.Errorf(fhir.KindUnknownType, "not-supported", "Operations ($…) are not offered here.")
	case !validID(seg[1]):
		return nil, fhir.Errorf(fhir.KindNotFound, "not-found", "No %s has that id: an id is 1 to 64 letters, digits, '-' and '.'.", typ)
	case len(seg) == 2:
		return c.instance(r, typ, seg[1], query)
	case seg[2] == "_history" && len(seg) == 3:
		return c.history(r, in, &fhir.Request{Interaction: fhir.History, Type: typ, ID: seg[1]}, query)
	case seg[2] == "_history" && len(seg) == 4:
		if !validID(seg[3]) {
			return nil, fhir.Errorf(fhir.KindNotFound, "not-found", "That version of the resource does not exist.")
		}
		return &fhir.Request{Interaction: fhir.VRead, Type: typ, ID: seg[1], VersionID: seg[3]}, allow(r.Method, "GET", "HEAD")
	}
	return nil, fhir.Errorf(fhir.KindUnknownType, "not-supported", "Nothing is served at this path.")
}

func unknownType(typ string, v fhir.Version) *fhir.Error {
	name := "That resource type"
	if plainName(typ) {
		name = "Resource type " + typ
	}
	return fhir.Errorf(fhir.KindUnknownType, "not-supported", "%s is not served here in FHIR %s; see metadata for those that are.", name, v.Release())
}

// plainName tells whether a client's word can be repeated in a message: a
// type-like name, nothing that could be a person's.
func plainName(s string) bool {
	if len(s) > 40 || s == "" {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

func validID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

// allow refuses a method that is not in methods.
func allow(method string, methods ...string) error {
	if slices.Contains(methods, method) {
		return nil
	}
	err := fhir.Errorf(fhir.KindMethod, "not-supported", "This method is not offered here. Allowed: %s.", strings.Join(methods, ", "))
	err.Allow = methods
	return err
}

func (c *Codec) system(r *http.Request, query []fhir.Param) (*fhir.Request, error) {
	if r.Method == http.MethodOptions {
		return &fhir.Request{Interaction: fhir.Capabilities}, nil
	}
	if r.Method == http.MethodGet && len(query) > 0 {
		return nil, fhir.Errorf(fhir.KindUnknownType, "not-supported", "Searching all types at once is not offered; name a type in the path.")
	}
	if err := allow(r.Method, http.MethodPost, http.MethodOptions); err != nil {
		return nil, err
	}
	if err := bodyMedia(r.Header); err != nil {
		return nil, err
	}
	body, err := c.body(r)
	if err != nil {
		return nil, err
	}
	return c.bundle(body, r.Header)
}

func (c *Codec) typeLevel(r *http.Request, in *Incoming, typ string, query []fhir.Param) (*fhir.Request, error) {
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		return c.search(r, in, typ, query)
	case c.ReadOnly:
		return nil, allow(r.Method, http.MethodGet, http.MethodHead)
	}
	req := &fhir.Request{Type: typ, Return: prefer(r.Header).ret}
	switch r.Method {
	case http.MethodPost:
		req.Interaction = fhir.Create
		if cond := r.Header.Get("If-None-Exist"); cond != "" {
			if err := c.condition(req, cond); err != nil {
				return nil, err
			}
		}
	case http.MethodPut, http.MethodDelete:
		req.Interaction = fhir.Update
		if r.Method == http.MethodDelete {
			req.Interaction = fhir.Delete
		}
		req.Conditional, req.Criteria = true, c.relative(query)
		if len(query) == 0 {
			return nil, fhir.Errorf(fhir.KindInvalid, "required", "Name the resource by its id in the path, or by search criteria in the query.")
		}
	default:
		return nil, allow(r.Method, http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete)
	}
	return req, c.writeBody(r, req)
}

func (c *Codec) instance(r *http.Request, typ, id string, query []fhir.Param) (*fhir.Request, error) {
	req := &fhir.Request{Type: typ, ID: id, Return: prefer(r.Header).ret, IfMatch: etag(r.Header.Get("If-Match"))}
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		req.Interaction = fhir.Read
		req.Params = query
		condition(req, strings.Join(r.Header.Values("If-None-Match"), ","), r.Header.Get("If-Modified-Since"))
		return req, nil
	case c.ReadOnly:
		return nil, allow(r.Method, http.MethodGet, http.MethodHead)
	case r.Method == http.MethodPut:
		req.Interaction = fhir.Update
	case r.Method == http.MethodDelete:
		req.Interaction = fhir.Delete
	default:
		return nil, allow(r.Method, http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete)
	}
	return req, c.writeBody(r, req)
}

// writeBody reads the resource of a create or update.
func (c *Codec) writeBody(r *http.Request, req *fhir.Request) error {
	if req.Interaction == fhir.Delete {
		return nil
	}
	if err := bodyMedia(r.Header); err != nil {
		return err
	}
	body, err := c.body(r)
	if err != nil {
		return err
	}
	if err := c.validate(body); err != nil {
		return err
	}
	req.Body = body
	return nil
}

// validate checks that a body is strict JSON within the depth taken here.
func (c *Codec) validate(body []byte) error {
	depth := c.Limits.Depth
	if depth == 0 {
		depth = fhir.MaxDepth
	}
	if err := fhir.Validate(body, depth); err != nil {
		return fhir.Errorf(fhir.KindInvalid, "structure", "The body cannot be taken: %v.", err)
	}
	return nil
}

// condition reads the conditional headers of a read.
func condition(req *fhir.Request, ifNoneMatch, ifModifiedSince string) {
	for tag := range strings.SplitSeq(ifNoneMatch, ",") {
		if version := etag(tag); version != "" {
			req.IfNoneMatch = append(req.IfNoneMatch, version)
		}
	}
	if ifModifiedSince != "" {
		if t, err := http.ParseTime(ifModifiedSince); err == nil {
			req.IfModifiedSince = t
		} else if t, err := time.Parse(time.RFC3339, ifModifiedSince); err == nil {
			req.IfModifiedSince = t // a batch entry carries an instant
		}
	}
}

// etag is the version id within a (weak) entity tag.
func etag(s string) string {
	s = strings.TrimPrefix(strings.TrimSpace(s), "W/")
	return strings.Trim(s, `"`)
}

func (c *Codec) search(r *http.Request, in *Incoming, typ string, query []fhir.Param) (*fhir.Request, error) {
	form := r.Method == http.MethodPost
	if err := allow(r.Method, http.MethodGet, http.MethodHead, http.MethodPost); err != nil {
		return nil, err
	}
	if form {
		if err := formMedia(r.Header); err != nil {
			return nil, err
		}
		body, err := c.body(r)
		if err != nil {
			return nil, err
		}
		posted, err := parseForm(strings.Trim(string(body), "\r\n"))
		if err != nil {
			return nil, err
		}
		for _, p := range posted {
			if p.Name == "_format" {
				if err := in.control(c.Version, posted, ""); err != nil {
					return nil, err
				}
			}
		}
		query = append(query, withoutControl(posted)...)
	}
	req := &fhir.Request{Interaction: fhir.Search, Type: typ, Strict: prefer(r.Header).strict}
	return c.paged(in, req, query)
}

func (c *Codec) history(r *http.Request, in *Incoming, req *fhir.Request, query []fhir.Param) (*fhir.Request, error) {
	if err := allow(r.Method, http.MethodGet, http.MethodHead); err != nil {
		return nil, err
	}
	if c.ReadOnly {
		return nil, fhir.Errorf(fhir.KindUnknownType, "not-supported", "Histories are not offered here; a single version can be read by its id.")
	}
	return c.paged(in, req, query)
}

// condition of a conditional create: the query part of a search.
func (c *Codec) condition(req *fhir.Request, query string) error {
	_, q, found := strings.Cut(query, "?")
	if !found {
		q = query
	}
	params, err := parseForm(q)
	if err != nil {
		return err
	}
	req.Conditional, req.Criteria = true, c.relative(params)
	return nil
}

// relative makes absolute references below our own base relative, in each
// comma-separated part, so that patient={B}/Patient/p1 is patient=Patient/p1.
func (c *Codec) relative(params []fhir.Param) []fhir.Param {
	for i, p := range params {
		if !strings.Contains(p.Value, c.Base) {
			continue
		}
		parts := strings.Split(p.Value, ",")
		for j, s := range parts {
			parts[j] = strings.TrimPrefix(strings.TrimPrefix(s, c.Base), "/")
			if !strings.HasPrefix(s, c.Base+"/") {
				parts[j] = s
			}
		}
		params[i].Value = strings.Join(parts, ",")
	}
	return params
}

type preference struct {
	strict bool
	ret    fhir.Return
}

// prefer reads the Prefer header (RFC 7240): handling and return.
func prefer(h http.Header) preference {
	var p preference
	for _, line := range h.Values("Prefer") {
		for part := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ',' || r == ';' }) {
			switch strings.ToLower(strings.ReplaceAll(strings.TrimSpace(part), `"`, "")) {
			case "handling=strict":
				p.strict = true
			case "return=minimal":
				p.ret = fhir.ReturnMinimal
			case "return=operationoutcome":
				p.ret = fhir.ReturnOutcome
			}
		}
	}
	return p
}

// body reads the whole body within the limit.
func (c *Codec) body(r *http.Request) ([]byte, error) {
	limit := c.Limits.Body
	if limit == 0 {
		limit = DefaultBody
	}
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	switch {
	case err != nil && errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fhir.Errorf(fhir.KindInvalid, "structure", "The body ended before its announced length.").Because(err)
	case err != nil:
		return nil, fhir.Errorf(fhir.KindInvalid, "structure", "The body could not be read to its end.").Because(err)
	case int64(len(b)) > limit:
		return nil, tooLarge(limit)
	}
	return b, nil
}

func tooLarge(limit int64) *fhir.Error {
	return fhir.Errorf(fhir.KindTooLarge, "too-long", "The body is larger than %d bytes, the limit here. Send less at once.", limit)
}

// parseForm reads application/x-www-form-urlencoded text in order, keeping
// repetitions.
func parseForm(s string) ([]fhir.Param, error) {
	if s == "" {
		return nil, nil
	}
	params := make([]fhir.Param, 0, strings.Count(s, "&")+1)
	for part := range strings.SplitSeq(s, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		n, err1 := url.QueryUnescape(name)
		v, err2 := url.QueryUnescape(value)
		if err1 != nil || err2 != nil {
			return nil, fhir.Errorf(fhir.KindInvalid, "value", "The search parameters are not correctly percent-encoded.")
		}
		params = append(params, fhir.Param{Name: n, Value: v})
	}
	return params, nil
}
