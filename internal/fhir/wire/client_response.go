package wire

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Decode reads the answer to req. The error is always a *fhir.Error: what the
// server's failure means for who asked (see refusal), in words of our own; a
// cause with a method HTTPStatus() int is the status it came with. The
// bodies in the Response are parts of the reply's body, or copies where
// something was changed: a resource's own addresses become relative, and other
// addresses on the server's host are masked (see hider).
func (c *Client) Decode(req *fhir.Request, r *Reply) (*fhir.Response, error) {
	d := &decoder{c: c, req: req}
	switch {
	case r == nil:
		return d.batch(fhir.Node{})
	case r.Status == http.StatusNotModified && req.Interaction == fhir.Read && (len(req.IfNoneMatch) > 0 || !req.IfModifiedSince.IsZero()):
		res := unchanged(req)
		fromHeader(&res, r.Header)
		return &fhir.Response{Resource: &res, NotModified: true}, nil
	case r.Status < 200 || r.Status > 299:
		return nil, c.failure(req, r)
	}
	d.located(r.Header)
	var resp *fhir.Response
	if req.Interaction.Writes() && req.Interaction != fhir.Transaction {
		root, err := d.optional(r)
		if err != nil {
			return nil, err
		}
		resp, err = d.written(root, r.Status, r.Header.Get("Location"))
		if err != nil {
			return nil, err
		}
	} else {
		root, err := c.parse(r.Body)
		if err != nil {
			return nil, notFHIR(r, err)
		}
		if resp, err = d.answer(root); err != nil {
			return nil, err
		}
	}
	if resp.Resource != nil && req.Interaction != fhir.Capabilities {
		fromHeader(resp.Resource, r.Header)
	}
	resp.Fresh = fresh(r.Header, time.Now())
	return resp, nil
}

// fresh is how long an answer may be kept, as Cache-Control, Expires, Age and
// Vary say (RFC 9111 §4.2, §5.2.2): less than 0 is not at all, 0 is unsaid.
func fresh(h http.Header, now time.Time) time.Duration {
	if slices.Contains(listed(h, "Vary"), "*") {
		return -1
	}
	var keep time.Duration
	for _, directive := range listed(h, "Cache-Control") {
		name, value, _ := strings.Cut(directive, "=")
		switch name {
		case "no-store", "no-cache":
			return -1
		case "max-age", "s-maxage":
			seconds, err := strconv.Atoi(strings.Trim(value, `"`))
			if err != nil || seconds <= 0 {
				return -1
			}
			if d := time.Duration(min(seconds, 1<<20)) * time.Second; keep == 0 || d < keep {
				keep = d
			}
		}
	}
	if expires := h.Get("Expires"); keep == 0 && expires != "" {
		at, err := http.ParseTime(expires)
		if keep = at.Sub(now); err != nil || keep <= 0 {
			return -1
		}
	}
	if age, err := strconv.Atoi(h.Get("Age")); err == nil && age > 0 && keep > 0 {
		if keep -= time.Duration(min(age, 1<<20)) * time.Second; keep <= 0 {
			return -1
		}
	}
	return keep
}

// listed are the members of a header that is a list, in lower case.
func listed(h http.Header, name string) []string {
	var out []string
	for _, line := range h.Values(name) {
		for member := range strings.SplitSeq(strings.ToLower(line), ",") {
			out = append(out, strings.TrimSpace(member))
		}
	}
	return out
}

// unchanged is a resource that the asker holds. With one version held, it is
// that.
func unchanged(req *fhir.Request) fhir.Resource {
	res := fhir.Resource{Type: req.Type, ID: req.ID}
	if len(req.IfNoneMatch) == 1 && req.IfNoneMatch[0] != "*" {
		res.VersionID = req.IfNoneMatch[0]
	}
	return res
}

// A decoder reads one answer.
type decoder struct {
	c   *Client
	req *fhir.Request
	// hide is made when the first resource is met: the names that the server
	// goes by are known then.
	hide *hider
}

// located learns a name of the server from where it says that something is.
func (d *decoder) located(h http.Header) {
	for _, header := range []string{"Content-Location", "Location"} {
		where := h.Get(header)
		if i := strings.Index(where, "/"+d.req.Type+"/"); i > 0 && d.req.Type != "" && strings.Contains(where, "://") {
			d.c.Base.learn(where[:i+1])
		}
	}
}

// answer reads the resource that answers a request that does not write.
func (d *decoder) answer(root fhir.Node) (*fhir.Response, error) {
	typ := root.Get("resourceType").String()
	if typ == "OperationOutcome" && d.req.Type != "OperationOutcome" {
		return nil, outcome(d.req, root)
	}
	switch d.req.Interaction {
	case fhir.Search, fhir.History, fhir.Batch, fhir.Transaction:
		if typ != "Bundle" {
			return nil, otherThanAsked(typ, "Bundle")
		}
		if d.req.Interaction == fhir.Search || d.req.Interaction == fhir.History {
			return d.set(root)
		}
		return d.batch(root)
	case fhir.Capabilities:
		return d.statement(root, typ)
	case fhir.Read, fhir.VRead, fhir.Create, fhir.Update, fhir.Delete:
	}
	return d.read(root, typ)
}

func (d *decoder) read(root fhir.Node, typ string) (*fhir.Response, error) {
	req := d.req
	if typ != req.Type {
		return nil, otherThanAsked(typ, req.Type)
	}
	if id := root.Get("id"); id.Exists() && !id.Is(req.ID) {
		return nil, upstream("The provider answered with another resource than was asked for.").Because(errors.New("the id differs"))
	}
	res := d.resource(root, typ, req.ID)
	if req.Interaction == fhir.VRead {
		if res.VersionID != req.VersionID && root.Get("meta").Get("versionId").Exists() {
			return nil, upstream("The provider answered with another version than was asked for.")
		}
		res.VersionID = req.VersionID
	}
	return &fhir.Response{Resource: &res}, nil
}

// statement reads a capability statement, of any version: the version is found
// out by it. Its body is left as it is and is not meant for clients.
func (d *decoder) statement(root fhir.Node, typ string) (*fhir.Response, error) {
	if typ != "CapabilityStatement" && typ != "Conformance" {
		return nil, otherThanAsked(typ, "CapabilityStatement")
	}
	if base := root.Get("implementation").Get("url").String(); base != "" {
		d.c.Base.learn(strings.TrimRight(base, "/") + "/")
	}
	return &fhir.Response{Resource: &fhir.Resource{Type: typ, ID: root.Get("id").String(), Body: whole(root)}}, nil
}

// written reads the answer to a create, update or delete. A server may answer
// with the resource, an OperationOutcome or nothing, whatever was preferred.
func (d *decoder) written(root fhir.Node, status int, location string) (*fhir.Response, error) {
	res := fhir.Resource{Type: d.req.Type, ID: d.req.ID}
	switch typ := root.Get("resourceType"); {
	case typ.Is("OperationOutcome") && worst(root) != "":
		return nil, outcome(d.req, root)
	case typ.Is(d.req.Type) && d.req.Interaction != fhir.Delete:
		id := root.Get("id").String()
		if d.req.ID != "" && id != "" && id != d.req.ID {
			return nil, upstream("The provider answered with another resource than was written.")
		}
		if id != "" {
			res = d.resource(root, d.req.Type, id)
		}
	}
	fromLocation(&res, location)
	if d.req.Return != fhir.ReturnRepresentation {
		res.Body = nil
	}
	return &fhir.Response{Resource: &res, Created: status == http.StatusCreated}, nil
}

// optional reads a body that may be missing or of no concern.
func (d *decoder) optional(r *Reply) (fhir.Node, error) {
	if body := bytes.TrimSpace(r.Body); len(body) == 0 || body[0] != '{' {
		return fhir.Node{}, nil
	}
	root, err := d.c.parse(r.Body)
	if err != nil {
		return fhir.Node{}, notFHIR(r, err)
	}
	return root, nil
}

// resource reads a resource of the type and id that it is known to have. A body
// without an id is given it.
func (d *decoder) resource(n fhir.Node, typ, id string) fhir.Resource {
	meta := n.Get("meta")
	res := fhir.Resource{Type: typ, ID: id, VersionID: versionID(meta.Get("versionId").String())}
	if at := meta.Get("lastUpdated").String(); at != "" {
		res.Modified, _ = time.Parse(time.RFC3339, at)
	}
	if d.hide == nil {
		d.hide = newHider(*d.c.Base.names.Load(), nil)
	}
	edits := d.hide.edits(n)
	if !n.Get("id").Exists() {
		edits = append(edits, fhir.Set(n, "id", fhir.AppendString(nil, id)))
	}
	if len(edits) == 0 {
		res.Hold(n.Doc())
	} else {
		res.Body = spliced(n, edits)
	}
	return res
}

// spliced is a value's bytes with edits that are placed in its document.
func spliced(n fhir.Node, edits []fhir.Edit) []byte {
	start, _ := n.Extent()
	for i := range edits {
		edits[i].Start -= start
		edits[i].End -= start
	}
	return fhir.Splice(n.Raw(), edits)
}

// whole is a document's value, without what stands around it.
func whole(root fhir.Node) []byte { return slices.Clip(root.Raw()) }

// versionID takes a version id that can be an entity tag and a part of a path.
func versionID(s string) string {
	if len(s) > 128 || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"\/,`, r) }) {
		return ""
	}
	return s
}

// fromHeader fills in what a body did not say.
func fromHeader(res *fhir.Resource, h http.Header) {
	if tag := h.Get("ETag"); res.VersionID == "" && tag != "" {
		res.VersionID = versionID(etag(tag))
	}
	if at := h.Get("Last-Modified"); res.Modified.IsZero() && at != "" {
		if t, err := http.ParseTime(at); err == nil {
			res.Modified = t
		}
	}
}

// fromLocation fills in id and version from Type/id/_history/version, absolute
// or relative.
func fromLocation(res *fhir.Resource, location string) {
	seg := strings.Split(strings.Trim(location, "/"), "/")
	version := ""
	if n := len(seg); n >= 4 && seg[n-2] == "_history" {
		version, seg = seg[n-1], seg[:n-2]
	}
	n := len(seg)
	if n < 2 || seg[n-2] != res.Type {
		return
	}
	id, err := url.PathUnescape(seg[n-1])
	if err != nil || res.ID != "" && id != res.ID || !wireID(id) {
		return
	}
	res.ID = id
	if res.VersionID == "" {
		res.VersionID = versionID(version)
	}
}

// upstream is an answer that cannot be passed on.
func upstream(text string) *fhir.Error {
	return fhir.Errorf(fhir.KindUpstream, "transient", "%s", text)
}

func otherThanAsked(got, want string) *fhir.Error {
	return upstream("The provider answered with another kind of resource than was asked for.").Because(fmt.Errorf("resourceType %.40q, not %s", got, want))
}

// notFHIR tells why a body cannot be read. What it says of its own kind decides
// only the words.
func notFHIR(r *Reply, cause error) *fhir.Error {
	media := strings.ToLower(r.Header.Get("Content-Type"))
	head := bytes.TrimSpace(r.Body[:min(len(r.Body), 512)])
	text := "The provider's answer is not valid FHIR JSON."
	switch {
	case errors.Is(cause, fhir.ErrDepth):
		text = "The provider's answer nests too deep to be taken."
	case len(head) == 0:
		text = "The provider answered with nothing."
	case head[0] == '<' && (strings.Contains(media, "html") || bytes.HasPrefix(bytes.ToLower(head), []byte("<!doctype html")) || bytes.HasPrefix(bytes.ToLower(head), []byte("<html"))):
		text = "The provider answered with a web page instead of FHIR. Its base URL may be wrong."
	case head[0] == '<':
		text = "The provider answered in XML. Give it a media type that makes it answer in JSON."
	}
	return upstream(text).Because(fmt.Errorf("Content-Type %.80q: %w", media, cause))
}
