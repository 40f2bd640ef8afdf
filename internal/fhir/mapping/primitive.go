package mapping

import (
	"slices"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// primitive writes a primitive and the object beside it.
func (c *converter) primitive(f *frame, s *step, v, shadow fhir.Node) {
	if !s.many {
		i := 0
		if v.IsArray() {
			if v.Len() > 1 {
				c.lose(s.name, s.rule)
			}
			v = v.At(i)
		}
		if v.Exists() && string(v.Raw()) != "null" {
			mark := c.key(f, s)
			if !c.scalar(f, s, v) {
				c.cut(f, s, mark)
			}
		}
		c.shadow(f, s, shadow.First())
		return
	}
	mark := c.key(f, s)
	c.buf = append(c.buf, '[')
	start, some := len(c.buf), false
	for e := range v.Values() {
		c.next(start)
		switch {
		case string(e.Raw()) == "null" && shadow.Exists():
			c.buf = append(c.buf, "null"...)
		case c.scalar(f, s, e):
			some = true
		case shadow.Exists(): // keeps its place, for the object beside it
			c.buf = append(c.buf, "null"...)
		default:
			c.unnext(start)
		}
	}
	c.buf = append(c.buf, ']')
	if !some {
		c.cut(f, s, mark)
	}
	c.shadowList(f, s, shadow)
}

// scalar writes one primitive value as it stands, or its code by the table.
func (c *converter) scalar(f *frame, s *step, v fhir.Node) (ok bool) {
	if v.IsObject() || v.IsArray() || !v.Exists() || string(v.Raw()) == "null" {
		c.lose(s.name, "")
		return false
	}
	if s.codes != nil {
		code, ok := c.code(f, s, v.String())
		if ok {
			c.buf = fhir.AppendString(c.buf, code)
		}
		return ok
	}
	c.buf = append(c.buf, v.Raw()...)
	return true
}

// shadow writes the id and extensions of a primitive.
func (c *converter) shadow(f *frame, s *step, n fhir.Node) {
	if !n.IsObject() {
		return
	}
	mark := len(c.buf)
	c.comma()
	c.buf = append(c.buf, s.shadowHead...)
	if !c.object(c.d.plans["Element"], n) {
		c.buf = c.buf[:mark]
		return
	}
	f.written |= s.bit
}

func (c *converter) shadowList(f *frame, s *step, list fhir.Node) {
	if !list.Exists() {
		return
	}
	mark := len(c.buf)
	c.comma()
	c.buf = append(append(c.buf, s.shadowHead...), '[')
	start, some := len(c.buf), false
	for e := range list.Values() {
		c.next(start)
		if e.IsObject() && c.object(c.d.plans["Element"], e) {
			some = true
			continue
		}
		c.buf = append(c.buf, "null"...)
	}
	c.buf = append(c.buf, ']')
	if !some {
		c.buf = c.buf[:mark]
		return
	}
	f.written |= s.bit
}

// code translates a code by the step's table. What the extension of an earlier
// conversion says goes before; ok is false when the target has no such code.
func (c *converter) code(f *frame, s *step, code string) (string, bool) {
	code = s.codes.spelled(code)
	if was, ok := c.original(f, s, code); ok {
		return was, true
	}
	t, listed := s.codes.to[code]
	if !listed {
		return code, true
	}
	if t.rule != "" {
		c.lose(s.name, t.rule)
	} else if t.code == "" {
		c.lose(s.name, s.rule)
	}
	if t.keep && s.keep != "" {
		c.extend(f, s.keep, "valueCode", fhir.AppendString(nil, code))
	}
	return t.code, t.code != ""
}

// A keptCode is a code that an inter-version extension kept beside an element.
type keptCode struct {
	step *step
	now  string // what it became in the source's version
	back string // and what it is in the target's
}

// original is the code that an inter-version extension kept, if the present
// code is what that one becomes: an older extension beside a newer code is
// stale.
func (c *converter) original(f *frame, s *step, code string) (string, bool) {
	if len(f.p.home) == 0 {
		return "", false
	}
	if !f.sought {
		f.sought, f.kept = true, c.keptCodes(f)
	}
	for _, k := range f.kept {
		if k.step == s && (k.now == code || k.now == "" && derivedStatus(code)) {
			return k.back, true
		}
	}
	return "", false
}

// keptCodes reads an object's extensions once. There are no more of the answer
// than codes in the tables, however many extensions there are.
func (c *converter) keptCodes(f *frame) []keptCode {
	var list []keptCode
	for e := range elements(f.n.Get("extension")) {
		h, _ := find(f.p.home, e.Get("url"))
		if h == nil || h.step == nil || h.codes == nil {
			continue
		}
		was := e.Get("valueCode").String()
		now, _ := h.codes.table.translate(was, h.defined, c.d.from)
		back, listed := h.codes.table.translate(was, h.defined, c.d.to)
		if k := (keptCode{h.step, now, back}); listed != nil && back != "" && !slices.Contains(list, k) {
			list = append(list, k)
		}
	}
	return list
}
