package wire

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// An Endpoint is where a server is. It learns by what other URLs the server
// calls itself (behind a proxy that is not the one it is called at), so that
// they can be told from the URLs of others. It is safe for concurrent use.
type Endpoint struct {
	url   url.URL
	path  string // of the base, escaped, without a slash behind
	query []fhir.Param
	names atomic.Pointer[[]name]
}

// maxNames bounds what an Endpoint learns.
const maxNames = 8

// A name is a base URL that a server goes by, whatever the scheme.
type name struct {
	prefix   []byte // as it was met, with a slash behind
	host     string // lower case, with the port unless it is the scheme's own
	hostname []byte // lower case, without the port; an IPv6 address in its brackets
	path     string // escaped, without a slash behind
}

var errBase = errors.New("a base URL looks like https://ehr.example/fhir: absolute, http or https, without user, password or fragment, and without . and .. in its path")

// ParseEndpoint reads a base URL in any path form. Its query goes with each
// call.
func ParseEndpoint(base string) (*Endpoint, error) {
	u, err := url.Parse(strings.TrimSpace(base))
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, errBase
	}
	query, err := parseForm(u.RawQuery)
	if err != nil {
		return nil, fmt.Errorf("the query of the base URL: %w", err)
	}
	e := &Endpoint{query: query, path: strings.TrimRight(u.EscapedPath(), "/")}
	if dotted(e.path) {
		return nil, errBase
	}
	e.url = url.URL{Scheme: u.Scheme, Host: u.Host}
	own, _ := parseName(u.Scheme + "://" + u.Host + e.path + "/")
	e.names.Store(&[]name{own})
	return e, nil
}

// parseName reads a base URL that ends with a slash.
func parseName(base string) (name, bool) {
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") || dotted(u.EscapedPath()) {
		return name{}, false
	}
	n := name{prefix: []byte(base), hostname: []byte(strings.ToLower(strings.TrimSuffix(u.Host, ":"+u.Port()))), path: strings.TrimRight(u.EscapedPath(), "/")}
	n.host = authorityOf(u.Scheme, u.Host)
	return n, true
}

// authorityOf is a host as two URLs with it can be compared: in lower case,
// without the port that the scheme implies.
func authorityOf(scheme, host string) string {
	host = strings.ToLower(host)
	if strings.EqualFold(scheme, "https") {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}

// below gives what follows the base in an absolute URL: "/Patient/1", "?a=b",
// "".
func (n *name) below(u *url.URL) (rest string, ok bool) {
	if authorityOf(u.Scheme, u.Host) != n.host {
		return "", false
	}
	return belowPath(u, n.path)
}

func belowPath(u *url.URL, path string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(u.EscapedPath(), path)
	if !ok || rest != "" && rest[0] != '/' {
		return "", false
	}
	if u.RawQuery != "" {
		rest += "?" + u.RawQuery
	}
	return rest, true
}

// learn takes a base URL that the server goes by. Those of the standard itself
// are nobody's address.
//
// It reports whether the URL is known as one now.
func (e *Endpoint) learn(base string) bool {
	n, ok := parseName(base)
	if !ok || standardHost(string(n.hostname)) {
		return false
	}
	for {
		old := e.names.Load()
		if slices.ContainsFunc(*old, func(m name) bool { return bytes.Equal(m.prefix, n.prefix) }) {
			return true
		}
		if len(*old) >= maxNames {
			return false
		}
		grown := append(slices.Clone(*old), n)
		if e.names.CompareAndSwap(old, &grown) {
			return true
		}
	}
}

// elsewhere reports whether a URL is absolute and below none of the names.
func (e *Endpoint) elsewhere(full string) bool {
	if !strings.Contains(full, "://") {
		return false
	}
	u, err := url.Parse(full)
	if err != nil {
		return true
	}
	_, ok := e.belowName(u)
	return !ok
}

// standardHost tells whether URLs of a host identify rather than locate.
func standardHost(hostname string) bool {
	for _, h := range []string{"hl7.org", "w3.org", "loinc.org", "snomed.info", "unitsofmeasure.org"} {
		if hostname == h || strings.HasSuffix(hostname, "."+h) {
			return true
		}
	}
	return false
}

// dotted reports whether a path would be shortened on its way or by the
// server.
func dotted(path string) bool {
	if !strings.ContainsAny(path, ".\\%") {
		return false
	}
	for s := range strings.SplitSeq(path, "/") {
		d, err := url.PathUnescape(s)
		if err != nil || d == "." || d == ".." || strings.ContainsAny(d, "\\/") {
			return true
		}
	}
	return false
}

// target is the URL of a call: below the base, with the base's own query in
// front of the call's. rest is a path with a slash in front, or "".
func (e *Endpoint) target(rest string, query []byte) *url.URL {
	u := e.url
	escaped := e.path + rest
	if escaped == "" {
		escaped = "/"
	}
	u.Path = escaped
	if strings.IndexByte(escaped, '%') >= 0 {
		if path, err := url.PathUnescape(escaped); err == nil {
			u.Path, u.RawPath = path, escaped
		}
	}
	if len(e.query) == 0 {
		u.RawQuery = string(query)
		return &u
	}
	own := appendForm(nil, e.query)
	if len(query) > 0 {
		own = append(append(own, '&'), query...)
	}
	u.RawQuery = string(own)
	return &u
}
