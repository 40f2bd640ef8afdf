package wire

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Encode gives req the form of HTTP. A search is sent as a form when form is
// set (POST _search), which keeps its parameters out of URLs. The error is
// always a *fhir.Error.
func (c *Client) Encode(req *fhir.Request, form bool) (*Outgoing, error) {
	out := &Outgoing{Header: http.Header{"Accept": {c.accept()}}}
	if len(req.Cursor) > 0 {
		target, err := c.follow(req.Cursor)
		if err != nil {
			return nil, err
		}
		out.Method, out.URL = http.MethodGet, target
		return out, nil
	}
	to, err := c.destination(req)
	if err != nil {
		return nil, err
	}
	out.Method = method(req.Interaction)
	preferences(out.Header, req)
	query := appendForm(nil, to.params)
	switch req.Interaction {
	case fhir.Search:
		if form {
			out.Method, to.path, out.Body, query = http.MethodPost, to.path+"/_search", query, nil
			out.Header["Content-Type"] = []string{"application/x-www-form-urlencoded"}
			if out.Body == nil {
				out.Body = []byte{}
			}
		}
	case fhir.Create, fhir.Update:
		out.Body = req.Body
		out.Header["Content-Type"] = []string{c.content()}
	case fhir.Batch, fhir.Transaction:
		out.Body = c.appendRequests(nil, req)
		out.Method, out.Empty = http.MethodPost, out.Body == nil
		out.Header["Content-Type"] = []string{c.content()}
	case fhir.Capabilities, fhir.Read, fhir.VRead, fhir.History, fhir.Delete:
	}
	for _, cond := range conditions {
		if v := cond.value(req); v != "" {
			out.Header.Set(cond.header, v)
		}
	}
	out.URL = c.Base.target(to.path, query)
	return out, nil
}

// A destination is where a request goes: a path below the base with a slash in
// front, and a query.
type destination struct {
	path   string
	params []fhir.Param
}

// destination is the other way round of [Codec.route].
func (c *Client) destination(req *fhir.Request) (destination, error) {
	if req.Interaction == fhir.Capabilities {
		return destination{path: "/metadata"}, nil
	}
	if req.Type != "" && !plainName(req.Type) || !wireID(req.ID) || !wireID(req.VersionID) {
		return destination{}, fhir.Errorf(fhir.KindNotFound, "not-found", "No resource can have that type, id or version.")
	}
	path := ""
	if req.Type != "" {
		path = "/" + req.Type
	}
	if req.ID != "" {
		path += "/" + url.PathEscape(req.ID)
	}
	switch req.Interaction {
	case fhir.Read:
		return destination{path, req.Params}, needs(req, true)
	case fhir.VRead:
		return destination{path + "/_history/" + url.PathEscape(req.VersionID), req.Params}, needs(req, true)
	case fhir.Search:
		return destination{path, sorted(c.Version, req.Params)}, needs(req, false)
	case fhir.History:
		return destination{path + "/_history", req.Params}, nil
	case fhir.Create:
		return destination{path, nil}, needs(req, false)
	case fhir.Update:
		return destination{path, req.Criteria}, needs(req, !req.Conditional)
	case fhir.Delete:
		return destination{path, req.Criteria}, needs(req, !req.Conditional)
	case fhir.Batch, fhir.Transaction:
		return destination{}, nil
	case fhir.Capabilities:
	}
	return destination{}, fhir.Errorf(fhir.KindNotImplemented, "not-supported", "This interaction cannot be sent to a provider.")
}

// needs checks that a request names what its path is made of.
func needs(req *fhir.Request, id bool) error {
	switch {
	case req.Type == "" || id && req.ID == "" || req.Interaction == fhir.VRead && req.VersionID == "":
		return fhir.Errorf(fhir.KindInvalid, "required", "Name the resource's type, and its id where one is needed.")
	case req.Conditional && len(req.Criteria) == 0: // it would mean all, or no condition
		return fhir.Errorf(fhir.KindInvalid, "required", "A conditional write needs search criteria.")
	}
	return nil
}

// wireID reports whether s can be one segment of a path. It is laxer than FHIR:
// some servers have ids of their own making.
func wireID(s string) bool {
	return len(s) <= 256 && s != "." && s != ".." && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '/' || r == '\\' })
}

// preferences say what is wanted back of a write, and how unknown parameters
// are to be taken.
func preferences(h http.Header, req *fhir.Request) {
	strict := req.Strict
	for _, e := range req.Entries {
		strict = strict || e.Request != nil && e.Request.Strict
	}
	var want []string
	if req.Interaction.Writes() || req.Interaction == fhir.Batch {
		want = append(want, "return="+returns[req.Return])
	}
	if strict {
		want = append(want, "handling=strict")
	}
	if want != nil {
		h["Prefer"] = []string{strings.Join(want, "; ")}
	}
}

var returns = [...]string{fhir.ReturnRepresentation: "representation", fhir.ReturnMinimal: "minimal", fhir.ReturnOutcome: "OperationOutcome"}

// conditions are the preconditions of a request: the header, the member of a
// batch entry's request that stands for it, and the value.
var conditions = [...]struct {
	header, member string
	value          func(*fhir.Request) string
}{
	{"If-None-Match", "ifNoneMatch", func(r *fhir.Request) string { return tags(r.IfNoneMatch) }},
	{"If-Modified-Since", "ifModifiedSince", func(r *fhir.Request) string {
		if r.IfModifiedSince.IsZero() {
			return ""
		}
		return r.IfModifiedSince.UTC().Format(http.TimeFormat)
	}},
	{"If-Match", "ifMatch", func(r *fhir.Request) string {
		if r.IfMatch == "" {
			return ""
		}
		return tags([]string{r.IfMatch})
	}},
	{"If-None-Exist", "ifNoneExist", func(r *fhir.Request) string {
		if r.Interaction != fhir.Create || !r.Conditional {
			return ""
		}
		return string(appendForm(nil, r.Criteria))
	}},
}

// tags is a list of weak entity tags.
func tags(versions []string) string {
	out := make([]string, len(versions))
	for i, v := range versions {
		if out[i] = v; v != "*" {
			out[i] = `W/"` + v + `"`
		}
	}
	return strings.Join(out, ", ")
}

// sorted writes _sort as the version has it: DSTU2 repeats it, with the
// direction as modifier; later versions have one list, descending with a minus.
func sorted(v fhir.Version, params []fhir.Param) []fhir.Param {
	at := slices.IndexFunc(params, func(p fhir.Param) bool { return isSort(p.Name) })
	if at < 0 {
		return params
	}
	var keys []fhir.Param
	var list []string
	rest := slices.Clone(params[:at])
	for _, p := range params[at:] {
		if !isSort(p.Name) {
			rest = append(rest, p)
			continue
		}
		for key := range strings.SplitSeq(p.Value, ",") {
			key, minus := strings.CutPrefix(strings.TrimSpace(key), "-")
			switch {
			case key == "":
			case minus || p.Name == "_sort:desc":
				keys, list = append(keys, fhir.Param{Name: "_sort:desc", Value: key}), append(list, "-"+key)
			default:
				keys, list = append(keys, fhir.Param{Name: "_sort", Value: key}), append(list, key)
			}
		}
	}
	if v != fhir.DSTU2 && list != nil {
		keys = []fhir.Param{{Name: "_sort", Value: strings.Join(list, ",")}}
	}
	return slices.Insert(rest, at, keys...)
}

func isSort(name string) bool { return name == "_sort" || name == "_sort:asc" || name == "_sort:desc" }

// appendForm writes parameters as a query or form.
func appendForm(b []byte, params []fhir.Param) []byte {
	for i, p := range params {
		if i > 0 {
			b = append(b, '&')
		}
		b = appendEscaped(b, p.Name)
		b = append(b, '=')
		b = appendEscaped(b, p.Value)
	}
	return b
}

const upperHex = "0123456789ABCDEF"

// appendEscaped percent-encodes all but unreserved characters and FHIR's own
// punctuation, which RFC 3986 allows in a query. A space is %20, which is
// understood as such in URLs and forms alike.
func appendEscaped(b []byte, s string) []byte {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~:,/", c) >= 0:
			b = append(b, c)
		default:
			b = append(b, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return b
}

// unsent is why an entry stays here: it could not be decoded, or has no form
// on the wire. It is nil for an entry that is sent.
func (c *Client) unsent(e fhir.Entry) *fhir.Error {
	switch {
	case e.Request == nil && e.Err == nil:
		return fhir.Errorf(fhir.KindInvalid, "required", "The entry has no request; give it request.method and request.url.")
	case e.Request == nil:
		return e.Err
	case e.Request.Interaction == fhir.Batch || e.Request.Interaction == fhir.Transaction:
		return fhir.Errorf(fhir.KindInvalid, "invalid", "A batch cannot hold another batch.")
	}
	if _, err := c.entryURL(e.Request); err != nil {
		return fhir.AsError(err)
	}
	return nil
}

// entryURL is the URL of an entry, relative to the base.
func (c *Client) entryURL(req *fhir.Request) ([]byte, error) {
	if len(req.Cursor) > 0 {
		rest, err := openCursor(req.Cursor)
		return []byte(strings.TrimPrefix(rest, "/")), err
	}
	to, err := c.destination(req)
	if err != nil {
		return nil, err
	}
	target := []byte(to.path[1:])
	if len(to.params) > 0 {
		target = appendForm(append(target, '?'), to.params)
	}
	return target, nil
}

// appendRequests writes the Bundle of a batch or transaction. It is nil when
// no entry can be sent.
func (c *Client) appendRequests(b []byte, req *fhir.Request) []byte {
	size := 64
	for _, e := range req.Entries {
		if e.Request != nil {
			size += len(e.Request.Body) + 256
		}
	}
	b = slices.Grow(b, size)
	b = append(append(b, `{"resourceType":"Bundle","type":"`...), req.Interaction.String()...)
	sep := `","entry":[`
	for _, e := range req.Entries {
		if c.unsent(e) != nil {
			continue
		}
		b = append(b, sep...)
		sep = ","
		b = c.appendRequest(b, e)
	}
	if sep != "," {
		return nil
	}
	return append(b, `]}`...)
}

var methods = [...]string{fhir.Create: http.MethodPost, fhir.Update: http.MethodPut, fhir.Delete: http.MethodDelete}

// method is the method of a single call.
func method(i fhir.Interaction) string {
	if i.Writes() && int(i) < len(methods) {
		return methods[i]
	}
	return http.MethodGet
}

func (c *Client) appendRequest(b []byte, e fhir.Entry) []byte {
	req := e.Request
	b = append(b, '{')
	if req.Interaction == fhir.Create || req.Interaction == fhir.Update {
		if e.FullURL != "" { // other entries may refer to it
			b = append(b, `"fullUrl":`...)
			b = append(fhir.AppendString(b, e.FullURL), ',')
		}
		b = append(b, `"resource":`...)
		b = append(append(b, req.Body...), ',')
	}
	target, _ := c.entryURL(req) // unsent has looked at the error
	b = append(append(append(b, `"request":{"method":"`...), method(req.Interaction)...), `","url":`...)
	b = fhir.AppendString(b, string(target))
	for _, cond := range conditions {
		v := cond.value(req)
		if v == "" {
			continue
		}
		if cond.member == "ifModifiedSince" { // an instant here
			v = req.IfModifiedSince.UTC().Format(time.RFC3339)
		}
		b = append(append(append(b, `,"`...), cond.member...), `":`...)
		b = fhir.AppendString(b, v)
	}
	return append(b, `}}`...)
}
