package mapping

import (
	"bytes"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// reference writes a Reference: the type in it renamed, or what it points at
// left out when that may not stand here, so that the display remains.
func (c *converter) reference(s *step, v fhir.Node) (ok bool) {
	if s.whole && c.pointsElsewhere(s, v) {
		c.lose("reference", s.rule)
		return false
	}
	refs, rule := c.refs, c.refRule
	c.refs, c.refRule = s.refs, s.rule
	ok = c.object(s.plan, v)
	c.refs, c.refRule = refs, rule
	return ok
}

// pointsElsewhere reports whether a reference names a type that the target
// does not allow there.
func (c *converter) pointsElsewhere(s *step, v fhir.Node) bool {
	r := v.Get("reference").String()
	start, end := typeSegment([]byte(r))
	to, known := s.refs[r[start:end]]
	return known && to == ""
}

// refer writes Reference.reference.
func refer(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	raw := v.Raw()
	if !v.IsString() {
		c.primitive(f, s, v, shadow)
		return
	}
	if bytes.IndexByte(raw, '\\') >= 0 {
		raw = fhir.AppendString(nil, v.String())
	}
	if len(raw) > 2 && raw[1] == '#' {
		if c.gone[string(raw[2:len(raw)-1])] {
			c.lose(s.name, c.refRule)
			return
		}
		c.primitive(f, s, v, shadow)
		return
	}
	start, end := typeSegment(raw[1 : len(raw)-1])
	to, known := c.refs[string(raw[1+start:1+end])]
	if known && to == "" {
		c.lose(s.name, c.refRule)
		return
	}
	c.key(f, s)
	if !known {
		c.buf = append(c.buf, raw...)
	} else {
		c.buf = append(append(append(c.buf, raw[:1+start]...), to...), raw[1+end:]...)
	}
	c.shadow(f, s, shadow)
}

// typeSegment finds the resource type in a literal reference: Patient/1,
// Patient/1/_history/2, https://host/base/Patient/1, Patient?identifier=x. It
// is empty where there is none (#id, urn:uuid:…).
func typeSegment(r []byte) (start, end int) {
	path := r
	if q := bytes.IndexByte(path, '?'); q >= 0 {
		start = bytes.LastIndexByte(path[:q], '/') + 1
		return start, q
	}
	if h := bytes.Index(path, []byte("/_history")); h >= 0 {
		path = path[:h]
	}
	end = bytes.LastIndexByte(path, '/')
	if end <= 0 {
		return 0, 0
	}
	start = bytes.LastIndexByte(path[:end], '/') + 1
	return start, end
}

// display is the text of a reference or concept to show a person, "" for none.
func display(n fhir.Node) string {
	for _, s := range []string{n.Get("display").String(), n.Get("text").String()} {
		if s != "" {
			return s
		}
	}
	for coding := range n.Get("coding").Values() {
		if d := coding.Get("display").String(); d != "" {
			return d
		}
	}
	return n.Get("coding").First().Get("code").String()
}

// oldIdentifier reports whether an identifier's use is one that only R4 knows:
// it must not look like a current one (L-2).
func (c *converter) oldIdentifier(n fhir.Node) bool {
	return c.d.to < fhir.R4 && n.Get("use").Is("old")
}

// ownRelease reports whether a canonical URL names a definition of release
// "4.0" and the like, by its path or business version.
func ownRelease(canonical, release string) bool {
	short := release[:strings.LastIndexByte(release, '.')]
	_, version, _ := strings.Cut(canonical, "|")
	return strings.HasPrefix(version, short) || strings.Contains(canonical, "/fhir/"+short+"/")
}
