package wire

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A set is a searchset or history on its way to a Response.
type set struct {
	found    []fhir.Match      // their types, ids and modes first, the rest at the end
	bodies   []fhir.Node       // of those found
	seen     map[[2]string]int // where one is found by type and id; searchsets only
	moved    map[string]string // references to entries whose fullUrl is not below a base: Type/id
	matches  int               // as the server listed them
	lost     int               // entries without a resource, or that cannot be named
	repeated int
	aside    []fhir.Node // includes that no name known so far is above
	foreign  int         // includes of another server
	reported string      // the worst severity of outcomes beside the matches
	advised  bool        // one of them says that something is not supported
	broken   bool        // one of them says that something failed or is missing
}

// set reads a searchset or history:
//
//   - A resource of the type asked for is a match unless its mode says include;
//     one of another type is included, whatever its mode says.
//   - An OperationOutcome becomes a warning in our own words; one that says that
//     something failed makes it no answer.
//   - The same resource twice on a page is given once: a match rather than an
//     include, the first otherwise.
//   - An include whose fullUrl is another server's is left out with a warning:
//     by its type and id one would find another resource here, or none.
//   - A resource without an id takes it from fullUrl. One that has none there
//     either, and an entry without a resource, is left out with a warning.
//   - A total of fewer than there are matches is no total.
//   - A next link that leads elsewhere, or back to where it stands, becomes a
//     Next that fails when it is followed: the answer is not complete, and does
//     not look so.
func (d *decoder) set(root fhir.Node) (*fhir.Response, error) {
	entries := root.Get("entry")
	if entries.Exists() && !entries.IsArray() {
		return nil, upstream("The provider's Bundle is not one: its entries are not a list.")
	}
	self, next := links(root)
	d.learnSelf(self)
	n := entries.Len()
	s := &set{found: make([]fhir.Match, 0, n), bodies: make([]fhir.Node, 0, n)}
	if d.req.Interaction == fhir.Search {
		s.seen = make(map[[2]string]int, n)
	}
	for e := range entries.Children() {
		d.item(s, e, false)
	}
	for _, e := range s.aside { // by now the matches have told the server's names
		d.item(s, e, true)
	}
	if s.broken {
		return nil, upstream("The provider reported beside its answer that something failed, so that the answer may lack something. Try again.")
	}
	d.hide = newHider(*d.c.Base.names.Load(), s.moved)
	for i, body := range s.bodies {
		if m := &s.found[i]; body.Exists() {
			m.Resource = d.resource(body, m.Type, m.ID)
		}
	}
	resp := &fhir.Response{Matches: s.found, Warnings: s.warnings()}
	d.total(resp, s, root.Get("total"))
	resp.Used, resp.Ignored = d.used(self)
	if next != "" {
		resp.Next = d.cursor(next)
	}
	return resp, nil
}

// nowhere stands for a next link without a URL, which cannot be followed.
const nowhere = "nowhere:"

// links are the URLs that a Bundle gives for itself and for what follows.
func links(root fhir.Node) (self, next string) {
	for l := range root.Get("link").Values() {
		switch rel := l.Get("relation"); {
		case rel.Is("self"):
			self = l.Get("url").String()
		case rel.Is("next"):
			if next = l.Get("url").String(); next == "" {
				next = nowhere
			}
		}
	}
	return self, next
}

// learnSelf learns the name that the server's own link has.
func (d *decoder) learnSelf(self string) {
	path, _, _ := strings.Cut(self, "?")
	path = strings.TrimSuffix(strings.TrimRight(path, "/"), "/_search")
	if base, ok := strings.CutSuffix(path, "/"+d.req.Type); ok && d.req.Type != "" && strings.Contains(base, "://") {
		d.c.Base.learn(base + "/")
	}
}

// item reads one entry into the set. An include that seems to be another
// server's is put aside, and left out when it comes again.
func (d *decoder) item(s *set, e fhir.Node, again bool) {
	resource := e.Get("resource")
	if d.req.Interaction == fhir.History {
		d.change(s, e, resource)
		return
	}
	typ := resource.Get("resourceType")
	switch {
	case !typ.IsString():
		s.lost++
		return
	case typ.Is("OperationOutcome"):
		s.report(resource)
		return
	}
	m := fhir.Match{Resource: fhir.Resource{Type: d.typeName(typ), ID: resource.Get("id").String()}}
	if m.Type != d.req.Type || e.Get("search").Get("mode").Is("include") {
		m.Mode = fhir.ModeInclude
		switch elsewhere := d.c.Base.elsewhere(e.Get("fullUrl").String()); {
		case elsewhere && again:
			s.foreign++
			return
		case elsewhere:
			s.aside = append(s.aside, e)
			return
		}
	} else {
		s.matches++
	}
	d.name(s, e.Get("fullUrl"), &m)
	if m.ID == "" {
		s.lost++
		return
	}
	key := [2]string{m.Type, m.ID}
	if i, ok := s.seen[key]; ok {
		s.repeated++
		if m.Mode == fhir.ModeMatch && s.found[i].Mode == fhir.ModeInclude {
			s.found[i], s.bodies[i] = m, resource
		}
		return
	}
	s.seen[key] = len(s.found)
	s.found, s.bodies = append(s.found, m), append(s.bodies, resource)
}

// typeName is a resource type without a copy of the one that was asked for.
func (d *decoder) typeName(typ fhir.Node) string {
	if d.req.Type != "" && typ.Is(d.req.Type) {
		return d.req.Type
	}
	return typ.String()
}

// name takes from an entry's fullUrl what it tells: the id of a resource that
// has none, and a name of the server. What comes beside the matches may be of
// another server, and names none.
func (d *decoder) name(s *set, fullURL fhir.Node, m *fhir.Match) {
	raw, res := fullURL.Raw(), &m.Resource
	if len(raw) < 2 || !fullURL.IsString() {
		return
	}
	for _, n := range *d.c.Base.names.Load() { // most often the first
		if below, ok := bytes.CutPrefix(raw[1:len(raw)-1], n.prefix); ok && cutID(below, res) {
			return
		}
	}
	full := fullURL.String()
	if i := strings.LastIndex(full, "/"+res.Type+"/"); i > 0 && strings.Contains(full, "://") {
		if id := full[i+len(res.Type)+2:]; res.ID == "" && validID(id) {
			res.ID = id
		}
		if full[i+len(res.Type)+2:] == res.ID && m.Mode != fhir.ModeInclude && d.c.Base.learn(full[:i+1]) {
			return
		}
	}
	if res.ID != "" {
		if s.moved == nil {
			s.moved = map[string]string{}
		}
		s.moved[full] = res.Type + "/" + res.ID
	}
}

// cutID reports whether below is Type/id of the resource, and gives the id to
// one that has none.
func cutID(below []byte, res *fhir.Resource) bool {
	n := len(res.Type)
	if len(below) < n+2 || string(below[:n]) != res.Type || below[n] != '/' {
		return false
	}
	if res.ID == "" && validID(string(below[n+1:])) {
		res.ID = string(below[n+1:])
	}
	return string(below[n+1:]) == res.ID
}

// change reads an entry of a history. That a resource was deleted is told
// without a resource.
func (d *decoder) change(s *set, e, resource fhir.Node) {
	request, response := e.Get("request"), e.Get("response")
	m := fhir.Match{Mode: fhir.ModeUpdated}
	switch method := strings.ToUpper(request.Get("method").String()); method {
	case http.MethodPost:
		m.Mode = fhir.ModeCreated
	case http.MethodDelete:
		m.Mode, resource = fhir.ModeDeleted, fhir.Node{}
	}
	target := request.Get("url").String()
	if resource.Exists() {
		m.Type, m.ID = d.typeName(resource.Get("resourceType")), resource.Get("id").String()
		d.name(s, e.Get("fullUrl"), &m)
	} else {
		m.Type, m.ID = instance(e.Get("fullUrl").String())
		if m.ID == "" {
			m.Type, m.ID = instance(target)
		}
		fromEntry(&m.Resource, response)
	}
	if m.Type == "" || m.ID == "" || d.req.Type != "" && m.Type != d.req.Type || d.req.ID != "" && m.ID != d.req.ID || !resource.Exists() && m.Mode != fhir.ModeDeleted {
		s.lost++
		return
	}
	s.matches++
	s.found, s.bodies = append(s.found, m), append(s.bodies, resource)
}

// instance is what a URL that ends with Type/id names.
func instance(target string) (typ, id string) {
	target, _, _ = strings.Cut(target, "?")
	target, _, _ = strings.Cut(target, "/_history")
	seg := strings.Split(target, "/")
	if n := len(seg); n >= 2 && plainName(seg[n-2]) && validID(seg[n-1]) {
		return seg[n-2], seg[n-1]
	}
	return "", ""
}

// fromEntry fills in what the response element of an entry says.
func fromEntry(res *fhir.Resource, response fhir.Node) {
	if tag := response.Get("etag").String(); res.VersionID == "" && tag != "" {
		res.VersionID = versionID(etag(tag))
	}
	if at := response.Get("lastModified").String(); res.Modified.IsZero() && at != "" {
		res.Modified, _ = time.Parse(time.RFC3339, at)
	}
}

// passing are the codes of issues by which an answer lacks what was asked for,
// rather than that a part of the question was left out: it is no answer.
var passing = map[string]bool{
	"incomplete": true, "transient": true, "lock-error": true, "no-store": true, "exception": true, "timeout": true, "throttled": true, "too-costly": true,
	"too-long": true,
}

// report notes an OperationOutcome beside the matches.
func (s *set) report(outcome fhir.Node) {
	for is := range outcome.Get("issue").Values() {
		s.advised = s.advised || is.Get("code").Is("not-supported")
		switch sev := is.Get("severity"); {
		case sev.Is("fatal"), sev.Is("error"):
			s.reported = "error"
			s.broken = s.broken || passing[is.Get("code").String()]
		case sev.Is("warning") && s.reported == "":
			s.reported = "warning"
		}
	}
}

func (s *set) warnings() []fhir.Issue {
	var out []fhir.Issue
	warn := func(code, format string, args ...any) {
		out = append(out, fhir.Issue{Severity: "warning", Code: code, Diagnostics: fmt.Sprintf(format, args...)})
	}
	code := "processing"
	if s.advised {
		code = "not-supported"
	}
	switch s.reported {
	case "error":
		warn(code, "The provider reported an error beside this answer, which may lack something.")
	case "warning":
		warn(code, "The provider gave a warning with this answer.")
	}
	if s.lost > 0 {
		warn("incomplete", "The provider listed %d entries that hold no resource or cannot be named; they are left out.", s.lost)
	}
	if s.foreign > 0 {
		warn("suppressed", "The provider included resources of another server (%d), which cannot be had here; they are left out.", s.foreign)
	}
	if s.repeated > 0 {
		warn("duplicate", "The provider listed %d resources more than once; each is given once.", s.repeated)
	}
	return out
}

// total takes the server's total unless it lists more matches itself. One that
// is greater than what it gives to the end stands: either it is wrong, or the
// answer is cut off, and who asked must know.
func (d *decoder) total(resp *fhir.Response, s *set, total fhir.Node) {
	if n, ok := total.Int(); ok && n >= s.matches {
		resp.Total, resp.Known = n, fhir.TotalExact
	}
}

// batch reads a batch-response or transaction-response: one entry for each that
// was sent, in order. root is absent when nothing was sent.
func (d *decoder) batch(root fhir.Node) (*fhir.Response, error) {
	answers := slices.Collect(root.Get("entry").Children())
	results := make([]fhir.Result, len(d.req.Entries))
	for i, e := range d.req.Entries {
		if err := d.c.unsent(e); err != nil {
			results[i].Err = err
			continue
		}
		if len(answers) == 0 {
			return nil, upstream("The provider answered a batch with fewer entries than were asked.")
		}
		resp, err := d.result(e.Request, answers[0])
		if err != nil {
			results[i].Err = fhir.AsError(err)
		} else {
			results[i].Response = resp
		}
		answers = answers[1:]
	}
	if len(answers) > 0 {
		return nil, upstream("The provider answered a batch with more entries than were asked.")
	}
	return &fhir.Response{Results: results}, nil
}

// result reads the answer to one entry. An outcome stands in response.outcome,
// or, in DSTU2, where the resource would be.
func (d *decoder) result(req *fhir.Request, e fhir.Node) (*fhir.Response, error) {
	response, resource := e.Get("response"), e.Get("resource")
	status := entryStatus(response.Get("status").String())
	if status == 0 && !response.Exists() && resource.Exists() {
		status = http.StatusOK
	}
	if status < 200 || status > 299 {
		if status == http.StatusNotModified && req.Interaction == fhir.Read {
			res := unchanged(req)
			fromEntry(&res, response)
			return &fhir.Response{Resource: &res, NotModified: true}, nil
		}
		code := worst(response.Get("outcome"))
		if code == "" && resource.Get("resourceType").Is("OperationOutcome") {
			code = worst(resource)
		}
		is := refused(req, status, code)
		return nil, fhir.Errorf(is.kind, is.code, "%s", is.text).Because(statusError(status))
	}
	sub := &decoder{c: d.c, req: req}
	var resp *fhir.Response
	var err error
	switch {
	case req.Interaction.Writes():
		resp, err = sub.written(resource, status, response.Get("location").String())
	case !resource.IsObject():
		return nil, upstream("The provider's answer to this entry holds no resource.")
	default:
		resp, err = sub.answer(resource)
	}
	if err == nil && resp.Resource != nil {
		fromEntry(resp.Resource, response)
	}
	return resp, err
}

// entryStatus reads "404 Not Found".
func entryStatus(s string) int {
	code, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	n, err := strconv.Atoi(code)
	if err != nil || n < 100 || n > 599 {
		return 0
	}
	return n
}
