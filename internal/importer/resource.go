package importer

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// resource cuts one JSON document, which begins at the given line of the file,
// into writes.
func (im *Importer) resource(f *file, body []byte, line int) error {
	doc, err := fhir.Parse(body)
	if err != nil {
		return located(err, body, line)
	}
	root := doc.Root()
	typ := root.Get("resourceType").String()
	switch {
	case !root.IsObject() || typ == "":
		return errors.New("this is no FHIR resource: resourceType is missing")
	case typ != "Bundle":
		req, p := single(f, root, nil, line, 0)
		f.send(unit{file: f, req: req, parts: []part{p}})
		return nil
	}
	l := lineCounter{body: body, line: line}
	switch kind := root.Get("type").String(); kind {
	case "transaction", "batch":
		return im.requests(f, root, &l, kind == "transaction")
	case "collection", "searchset", "document", "message", "history", "":
		return im.collection(f, root, &l)
	default:
		return fmt.Errorf("a Bundle of type %q cannot be imported", kind)
	}
}

// requests reads a transaction or batch: every entry says what it wants. A
// batch's entries are writes of their own.
func (im *Importer) requests(f *file, root fhir.Node, l *lineCounter, atomic bool) error {
	u := unit{file: f, req: &fhir.Request{Interaction: fhir.Transaction, Return: fhir.ReturnMinimal}, atomic: atomic}
	n := 0
	for e := range root.Get("entry").Children() {
		n++
		resource := e.Get("resource")
		p := part{line: l.at(e), entry: n, typ: resource.Get("resourceType").String(), id: resource.Get("id").String()}
		req, err := wanted(e.Get("request"), resource)
		if err != nil {
			im.problem(f, Problem{Line: p.line, Entry: n, Type: p.typ, ID: p.id, Reason: err.Error()})
			if atomic {
				return errors.New("the Bundle is a transaction and was not stored, because of the entry above")
			}
			continue
		}
		if req.ID != "" {
			p.id = req.ID
		}
		if p.typ == "" {
			p.typ = req.Type
		}
		u.req.Entries = append(u.req.Entries, fhir.Entry{FullURL: e.Get("fullUrl").String(), Request: req})
		u.parts = append(u.parts, p)
	}
	if len(u.parts) > 0 {
		f.send(u)
	}
	return nil
}

// wanted turns an entry's request into a write.
func wanted(request, resource fhir.Node) (*fhir.Request, error) {
	method, target := strings.ToUpper(request.Get("method").String()), request.Get("url").String()
	path, query, conditional := strings.Cut(strings.TrimPrefix(target, "/"), "?")
	typ, id, _ := strings.Cut(path, "/")
	req := &fhir.Request{Type: typ, ID: id, Return: fhir.ReturnMinimal, IfMatch: strings.Trim(strings.TrimPrefix(request.Get("ifMatch").String(), "W/"), `"`)}
	switch method {
	case "PUT":
		req.Interaction = fhir.Update
	case "POST":
		req.Interaction, req.ID = fhir.Create, ""
		query = request.Get("ifNoneExist").String()
		conditional = query != ""
		if _, q, ok := strings.Cut(query, "?"); ok {
			query = q
		}
	case "DELETE":
		req.Interaction = fhir.Delete
	case "":
		return nil, errors.New("the entry has no request.method")
	default:
		return nil, fmt.Errorf("request.method %s writes nothing", method)
	}
	if typ == "" || strings.Contains(target, "://") {
		return nil, errors.New("request.url must be relative and name a resource type")
	}
	if method != "DELETE" {
		if !resource.IsObject() {
			return nil, errors.New("the entry has no resource")
		}
		req.Body = bytes.Clone(resource.Raw())
	}
	if conditional {
		req.Conditional = true
		for pair := range strings.SplitSeq(query, "&") {
			name, value, _ := strings.Cut(pair, "=")
			n, err1 := url.QueryUnescape(name)
			v, err2 := url.QueryUnescape(value)
			if err := errors.Join(err1, err2); err != nil {
				return nil, fmt.Errorf("request.url: %w", err)
			}
			req.Criteria = append(req.Criteria, fhir.Param{Name: n, Value: v})
		}
	}
	return req, nil
}

// collection reads a Bundle that only holds resources. It becomes one
// transaction of updates, so that references between its entries by urn:uuid
// are resolved.
func (im *Importer) collection(f *file, root fhir.Node, l *lineCounter) error {
	u := unit{file: f, req: &fhir.Request{Interaction: fhir.Transaction, Return: fhir.ReturnMinimal}}
	n := 0
	seen := map[string]bool{}
	for e := range root.Get("entry").Children() {
		n++
		resource := e.Get("resource")
		line := l.at(e)
		if !resource.IsObject() {
			im.problem(f, Problem{Line: line, Entry: n, Reason: "the entry has no resource"})
			continue
		}
		if e.Get("search").Get("mode").Is("outcome") {
			continue
		}
		req, p := single(f, resource, &e, line, n)
		if key := p.typ + "/" + p.id; seen[key] {
			// Two versions of one resource cannot be in one transaction.
			f.send(u)
			u = unit{file: f, req: &fhir.Request{Interaction: fhir.Transaction, Return: fhir.ReturnMinimal}}
			clear(seen)
			seen[key] = true
		} else {
			seen[key] = true
		}
		u.req.Entries = append(u.req.Entries, fhir.Entry{FullURL: e.Get("fullUrl").String(), Request: req})
		u.parts = append(u.parts, p)
	}
	if len(u.parts) > 0 {
		f.send(u)
	}
	return nil
}

var validID = regexp.MustCompile(`^[A-Za-z0-9.-]{1,64}$`)

// single is the update that stores one resource under its own id; else under
// the id in its entry's fullUrl; else under one made from what it holds and
// where it stands, so that reading the file again finds the same resource.
func single(f *file, resource fhir.Node, entry *fhir.Node, line, n int) (*fhir.Request, part) {
	p := part{line: line, entry: n, typ: resource.Get("resourceType").String(), id: resource.Get("id").String()}
	body := bytes.Clone(resource.Raw())
	if !validID.MatchString(p.id) {
		if entry != nil {
			p.id, _ = strings.CutPrefix(entry.Get("fullUrl").String(), "urn:uuid:")
		}
		if !validID.MatchString(p.id) {
			sum := sha256.Sum256([]byte(f.name[strings.LastIndexByte(f.name, '/')+1:] + "\x00" + strconv.Itoa(line) + "\x00" + strconv.Itoa(n) + "\x00" + string(body)))
			p.id = fmt.Sprintf("%x", sum[:16])
		}
		start, _ := resource.Extent()
		edit := fhir.Set(resource, "id", fhir.AppendString(nil, p.id))
		edit.Start, edit.End = edit.Start-start, edit.End-start
		body = fhir.Splice(body, []fhir.Edit{edit})
	}
	return &fhir.Request{Interaction: fhir.Update, Type: p.typ, ID: p.id, Body: body, Return: fhir.ReturnMinimal}, p
}

// send gives a write to who keeps the order.
func (f *file) send(u unit) {
	u.need = needs(u.req)
	f.open.Add(1)
	f.units <- u
}

// A lineCounter finds the lines of nodes that are asked for in order.
type lineCounter struct {
	body []byte
	upTo int
	line int
}

func (l *lineCounter) at(n fhir.Node) int {
	start, _ := n.Extent()
	l.line += bytes.Count(l.body[l.upTo:start], []byte("\n"))
	l.upTo = start
	return l.line
}

var offset = regexp.MustCompile(`after offset (\d+)`)

// located says at which line the JSON is wrong.
func located(err error, body []byte, line int) error {
	m := offset.FindStringSubmatch(err.Error())
	if m == nil {
		return err
	}
	at, convErr := strconv.Atoi(m[1])
	if convErr != nil || at > len(body) {
		return err
	}
	return fmt.Errorf("line %d: %w", line+bytes.Count(body[:at], []byte("\n")), err)
}
