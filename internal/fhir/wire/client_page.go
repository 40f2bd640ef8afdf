package wire

import (
	"net/url"
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A cursor of a Client is where a server's next link leads, below the base:
// path and query, after cursorPage. The base's own query is not in it. What
// cannot be followed is cursorAstray.
const (
	cursorPage   = 'p'
	cursorAstray = 'x'
)

// maxCursor bounds a next link: it travels within a link of ours.
const maxCursor = 4096

// cursor is what becomes of a server's next link.
func (d *decoder) cursor(link string) []byte {
	rest, ok := d.c.below(link, d.req)
	if !ok || string(d.req.Cursor) == string(cursorPage)+rest {
		return []byte{cursorAstray}
	}
	return append([]byte{cursorPage}, rest...)
}

// below gives the part of a link that follows the base. The link is the
// server's when it is relative, below one of the server's names, or below the
// base's path on another host, as a server behind a proxy may put it: whatever
// it says, what is called is the base.
func (c *Client) below(link string, req *fhir.Request) (rest string, ok bool) {
	e := c.Base
	u, err := url.Parse(link)
	if err != nil || u.Opaque != "" || len(link) > maxCursor {
		return "", false
	}
	switch {
	case u.Host != "":
		if rest, ok = e.belowName(u); !ok && (e.path != "" || strings.EqualFold(u.Hostname(), e.url.Hostname())) {
			rest, ok = belowPath(u, e.path)
		}
	case u.Scheme != "":
		return "", false
	case strings.HasPrefix(u.Path, "/"):
		rest, ok = belowPath(u, e.path)
	case u.Path != "":
		rest, ok = "/"+u.EscapedPath(), true
	default:
		to, err := c.destination(&fhir.Request{Interaction: req.Interaction, Type: req.Type, ID: req.ID})
		rest, ok = to.path, err == nil
	}
	path, _, _ := strings.Cut(rest, "?")
	if !ok || dotted(path) {
		return "", false
	}
	query := e.withoutOwn(u.RawQuery)
	if query == "" {
		return path, true
	}
	return path + "?" + query, true
}

func (e *Endpoint) belowName(u *url.URL) (rest string, ok bool) {
	for _, n := range *e.names.Load() {
		if rest, ok = n.below(u); ok {
			return rest, true
		}
	}
	return "", false
}

// withoutOwn takes the base's own parameters out of a query.
func (e *Endpoint) withoutOwn(query string) string {
	if len(e.query) == 0 {
		return query
	}
	parts := slices.DeleteFunc(strings.Split(query, "&"), func(part string) bool {
		name, _, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(name)
		return err == nil && slices.ContainsFunc(e.query, func(p fhir.Param) bool { return p.Name == name })
	})
	return strings.Join(parts, "&")
}

// openCursor gives what a cursor stands for: a path and query below the base.
func openCursor(cursor []byte) (rest string, err error) {
	switch {
	case len(cursor) == 1 && cursor[0] == cursorAstray:
		return "", fhir.Errorf(fhir.KindUpstream, "transient",
			"The provider's link to the next page leads astray, so that what remains cannot be had. Ask for more at once with _count, or for less in all.")
	case cursor[0] != cursorPage || len(cursor) > 1 && cursor[1] != '/' && cursor[1] != '?':
		return "", errPage
	}
	return string(cursor[1:]), nil
}

// follow is the URL of a page.
func (c *Client) follow(cursor []byte) (*url.URL, error) {
	rest, err := openCursor(cursor)
	if err != nil {
		return nil, err
	}
	path, query, _ := strings.Cut(rest, "?")
	return c.Base.target(path, []byte(query)), nil
}

// used are the parameters that the server honoured, by its self link, and the
// names of those that it left out. A link that has none of them, and that of a
// later page, says nothing.
func (d *decoder) used(self string) (used []fhir.Param, ignored []string) {
	_, query, _ := strings.Cut(self, "?")
	said, err := parseForm(query)
	if err != nil || len(d.req.Cursor) > 0 || d.req.Interaction != fhir.Search {
		return d.req.Params, nil
	}
	honoured := map[string]bool{}
	for _, p := range said {
		honoured[stem(p.Name)] = true
	}
	told := false
	for _, asked := range d.req.Params {
		name := stem(asked.Name)
		if honoured[name] || resultParams[name] {
			used, told = append(used, asked), told || honoured[name] && !resultParams[name]
		} else if !slices.Contains(ignored, name) {
			ignored = append(ignored, name)
		}
	}
	if !told {
		return d.req.Params, nil
	}
	return used, ignored
}

// stem is a parameter's name without modifier and chain.
func stem(name string) string {
	if i := strings.IndexAny(name, ":."); i >= 0 {
		return name[:i]
	}
	return name
}

// resultParams shape the answer; servers often leave them out of their links.
var resultParams = map[string]bool{
	"_sort": true, "_count": true, "_include": true, "_revinclude": true, "_summary": true, "_total": true, "_elements": true,
	"_contained": true, "_containedType": true,
}
