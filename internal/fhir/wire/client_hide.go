package wire

import (
	"bytes"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A hider takes the server's own addresses out of resources (REQ-ROUTE-4):
//
//   - What is below one of the server's names becomes relative to it, wherever
//     it stands in a text: "https://ehr.example/fhir/Patient/1" is "Patient/1".
//   - A reference, url, valueUri or the like that leads elsewhere on the
//     server's host is replaced by the extension data-absent-reason "masked".
//   - In narrative and any other text, a URL that leads elsewhere on the host
//     loses scheme and host.
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
	out, elsewhere := w.cut(s)
	if owner.IsObject() && addresses[member] && elsewhere || out == "" {
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
		from := start + 2
		if user := strings.LastIndexByte(s[from:end], '@'); user >= 0 {
			from += user + 1
		}
		scheme := ""
		for _, sc := range []string{"https", "http"} {
			if before := start - len(sc) - 1; before >= 0 && strings.EqualFold(s[before:start], sc+":") {
				scheme, start = sc, before
				break
			}
		}
		for j := range h.names {
			if n := hostLen(s[from:end], string(h.names[j].hostname)); n > 0 {
				at = from + n
				each(start, at, authorityOf(scheme, s[from:at]))
				break
			}
		}
	}
}

// hostLen is how long a host with its port is at the start of s, 0 when another
// one stands there. What follows it may be the text around a URL.
func hostLen(s, hostname string) int {
	n := len(hostname)
	if len(s) < n || !strings.EqualFold(s[:n], hostname) {
		return 0
	}
	if n < len(s) && (s[n] == '-' || alnum(s[n]) || s[n] == '.' && n+1 < len(s) && alnum(s[n+1])) {
		return 0
	}
	if n < len(s) && s[n] == ':' {
		port := n + 1
		for port < len(s) && '0' <= s[port] && s[port] <= '9' {
			port++
		}
		if port > n+1 {
			n = port
		}
	}
	return n
}

func alnum(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' }

// cut makes URLs below one of the names relative. Others on the hosts lose
// scheme and authority.
func (h *hider) cut(s string) (out string, elsewhere bool) {
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
		if to < 0 {
			to, elsewhere = end, true
		}
		b.WriteString(s[kept:start])
		kept = to
	})
	b.WriteString(s[kept:])
	return b.String(), elsewhere
}
