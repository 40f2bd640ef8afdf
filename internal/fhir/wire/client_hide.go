package wire

import (
	"bytes"
	"net/url"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A hider takes the server's own addresses out of resources (REQ-ROUTE-4):
//
//   - What is below one of the server's names becomes relative to it, wherever
//     it stands in a text: "https://ehr.example/fhir/Patient/1" is "Patient/1".
//   - A reference, url, valueUri or the like that leads elsewhere on the
//     server's host is replaced by the extension data-absent-reason "masked".
//   - In narrative, a link that leads elsewhere on the host loses scheme and
//     host.
//   - A reference to another entry by a fullUrl of another kind (urn:uuid:…)
//     becomes Type/id.
//   - URIs that identify rather than locate (systems, profiles, an extension's
//     url, a resource's canonical url) stay: changed, they would mean something
//     else.
type hider struct {
	names []name
	moved map[string]string // references: what they become
}

func newHider(names []name, moved map[string]string) *hider { return &hider{names, moved} }

// edits are what a resource needs, placed in its document. A resource that
// does not mention the server costs one look through its bytes.
func (h *hider) edits(n fhir.Node) []fhir.Edit {
	if len(h.moved) == 0 && !h.mentioned(n.Raw()) {
		return nil
	}
	w := &hiding{hider: h}
	w.walk(n, "")
	return w.edits
}

// mentioned reports whether raw JSON may hold a URL on one of the hosts. A
// slash or letter that is escaped counts as one.
func (h *hider) mentioned(raw []byte) bool {
	for at := 0; ; {
		i := bytes.Index(raw[at:], slashes)
		if i < 0 {
			break
		}
		at += i + 2
		rest := raw[at:]
		for j := range h.names {
			host := h.names[j].hostname
			if len(rest) >= len(host) && bytes.EqualFold(rest[:len(host)], host) {
				return true
			}
		}
		if hasUser(rest) {
			return true
		}
	}
	i := bytes.IndexByte(raw, '\\')
	return i >= 0 && (bytes.Contains(raw[i:], []byte(`\/`)) || bytes.Contains(raw[i:], []byte(`\u00`)))
}

var slashes = []byte("//")

// hasUser reports whether an authority starts with a user, behind which the
// host stands.
func hasUser(authority []byte) bool {
	for _, c := range authority {
		switch c {
		case '@':
			return true
		case '/', '"', '?', '#', '<', ' ', '\'':
			return false
		}
	}
	return false
}

// hiding is the work on one resource.
type hiding struct {
	*hider
	edits []fhir.Edit
}

// walk looks at all strings below n, which stands under the member name within.
func (w *hiding) walk(n fhir.Node, within string) {
	for c := range n.Children() {
		switch {
		case c.IsString():
			if len(w.moved) > 0 && n.IsObject() && string(c.NameBytes()) == "reference" {
				if to, ok := w.moved[c.String()]; ok {
					w.replace(c, to)
					continue
				}
			}
			if w.mentioned(c.Raw()) {
				w.text(n, c, within)
			}
		case n.IsObject() && (c.IsObject() || c.IsArray()):
			w.walk(c, c.Name())
		case c.IsObject() || c.IsArray():
			w.walk(c, within)
		}
	}
}

// text hides what one string tells.
func (w *hiding) text(owner, c fhir.Node, within string) {
	member := within
	if owner.IsObject() {
		member = string(c.NameBytes())
	}
	if identities[member] || member == "url" && (within == "extension" || within == "modifierExtension" || owner.Get("resourceType").Exists()) {
		return
	}
	s := c.String()
	out := w.cut(s, member == "div" || !owner.IsObject())
	if owner.IsObject() && addresses[member] && (out == "" || w.onHost(out)) || out == "" {
		w.mask(owner, c, member)
		return
	}
	if out != s {
		w.replace(c, out)
	}
}

// addresses are members whose whole value leads somewhere.
var addresses = map[string]bool{
	"reference": true, "url": true, "fullUrl": true, "valueUri": true, "valueUrl": true, "source": true, "location": true, "endpoint": true,
	"address": true, // of an Endpoint; a postal one is an object
}

// identities are members whose URI says what something is.
var identities = map[string]bool{
	"system": true, "profile": true, "supportedProfile": true, "targetProfile": true, "valueCanonical": true, "implicitRules": true,
	"instantiates": true, "instantiatesCanonical": true, "instantiatesUri": true, "valueSet": true, "codeSystem": true,
}

func (w *hiding) replace(c fhir.Node, s string) {
	start, end := c.Extent()
	w.edits = append(w.edits, fhir.Edit{Start: start, End: end, New: fhir.AppendString(nil, s)})
}

const masked = `{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]}`

// mask takes a value away and says so where a primitive's extensions go.
func (w *hiding) mask(owner, c fhir.Node, member string) {
	if !owner.IsObject() {
		w.replace(c, "masked")
		return
	}
	if owner.Get("_" + member).Exists() {
		w.edits = append(w.edits, fhir.Remove(owner, c))
		return
	}
	_, end := c.Extent()
	raw := append(fhir.AppendString(nil, "_"+member), ':')
	w.edits = append(w.edits, fhir.Edit{Start: c.MemberStart(), End: end, New: append(raw, masked...)})
}

// onHost reports whether a text holds a URL on one of the hosts.
func (h *hider) onHost(s string) bool {
	found := false
	h.urls(s, func(_, _ int, _ string) { found = true })
	return found
}

// urls finds the URLs in a text that are on one of the hosts: where scheme and
// authority start and end, and the authority as names have it.
func (h *hider) urls(s string, each func(start, end int, host string)) {
	for at := 0; ; {
		i := strings.Index(s[at:], "//")
		if i < 0 {
			return
		}
		start := at + i
		end := start + 2
		for end < len(s) && !strings.ContainsRune("/?#\"'<>\\ \t\r\n,;()", rune(s[end])) {
			end++
		}
		at = end
		authority := s[start+2 : end]
		if user := strings.LastIndexByte(authority, '@'); user >= 0 {
			authority = authority[user+1:]
		}
		scheme := ""
		for _, sc := range []string{"https", "http"} {
			if from := start - len(sc) - 1; from >= 0 && strings.EqualFold(s[from:start], sc+":") {
				scheme, start = sc, from
				break
			}
		}
		host := authorityOf(scheme, authority)
		hostname := (&url.URL{Host: host}).Hostname()
		for j := range h.names {
			if string(h.names[j].hostname) == hostname {
				each(start, end, host)
				break
			}
		}
	}
}

// cut makes URLs below one of the names relative. Others on the hosts lose
// scheme and authority when origins is set.
func (h *hider) cut(s string, origins bool) string {
	var b strings.Builder
	kept := 0
	h.urls(s, func(start, end int, host string) {
		to := -1
		for j := range h.names {
			n := &h.names[j]
			if n.host != host || !strings.HasPrefix(s[end:], n.path) {
				continue
			}
			after := end + len(n.path)
			switch {
			case after < len(s) && s[after] == '/':
				to = max(to, after+1)
			case after == len(s) || strings.IndexByte("?#\"'<> \t\r\n,;()", s[after]) >= 0:
				to = max(to, after)
			}
		}
		if to < 0 && origins {
			to = end
		}
		if to >= 0 {
			b.WriteString(s[kept:start])
			kept = to
		}
	})
	if kept == 0 {
		return s
	}
	b.WriteString(s[kept:])
	return b.String()
}
