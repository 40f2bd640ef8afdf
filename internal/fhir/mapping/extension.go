package mapping

import (
	"bytes"
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// extensions writes an object's extensions, without those that come back into
// elements.
func (c *converter) extensions(f *frame, s *step, v, _ fhir.Node) {
	mark := c.key(f, s)
	c.buf = append(c.buf, '[')
	start := len(c.buf)
	for e := range v.Values() {
		if h, _ := find(f.p.home, e.Get("url")); h != nil {
			continue
		}
		c.next(start)
		c.value(s, e)
		c.unnext(start)
	}
	f.ext = len(c.buf)
	c.closeList(f, s, mark, start)
	if len(c.buf) == mark {
		f.ext = 0
	}
}

// extensionEnd leaves an extension out whose value the target has no type for:
// with its URL alone it would say nothing, or something else (ext-1).
func extensionEnd(_ *converter, f *frame) {
	v := extensionValue(f.n)
	if !v.Exists() {
		v = f.n.Get("extension")
	}
	if s := f.p.members[string(v.NameBytes())]; v.Exists() && (s == nil || f.written&s.bit == 0) {
		f.written &^= f.p.must // its URL, without which the object goes
	}
}

// extend adds an extension to the object.
func (c *converter) extend(f *frame, url, name string, raw []byte) {
	if len(f.adds) > 0 {
		f.adds = append(f.adds, ',')
	}
	f.adds = append(fhir.AppendString(append(f.adds, `{"url":`...), url), `,"`...)
	f.adds = append(append(append(f.adds, name...), `":`...), raw...)
	f.adds = append(f.adds, '}')
}

// addExtensions puts what extend gathered where the extensions are.
func (c *converter) addExtensions(f *frame) {
	switch {
	case len(f.adds) == 0:
	case f.ext > 0:
		c.buf = slices.Insert(c.buf, f.ext, append([]byte{','}, f.adds...)...)
	default:
		c.comma()
		c.buf = append(append(append(c.buf, `"extension":[`...), f.adds...), ']')
	}
}

// keep is for an element the target lacks: a loss, and an extension when the
// table says that it is worth keeping.
func (c *converter) keep(f *frame, s *step, v fhir.Node) {
	c.lose(s.name, s.rule)
	if s.keep == "" {
		return
	}
	name := valueName(s.kind)
	for e := range v.Values() {
		if raw := c.apart(func() bool { return c.one(f, s, e) }); raw != nil {
			c.extend(f, s.keep, name, raw)
		}
	}
}

// one writes a single value, structured or not.
func (c *converter) one(f *frame, s *step, v fhir.Node) bool {
	if s.plan != nil {
		return c.value(s, v)
	}
	return c.scalar(f, s, v)
}

// apart gives what write appends, and leaves the buffer as it was; nil when it
// reports false.
func (c *converter) apart(write func() bool) []byte {
	mark := len(c.buf)
	var raw []byte
	if write() {
		raw = slices.Clone(c.buf[mark:])
	}
	c.buf = c.buf[:mark]
	return raw
}

// returns writes the elements that the source carries in extensions because
// its version lacks them (§1.5).
func (c *converter) returns(f *frame) {
	if len(f.p.home) == 0 {
		return
	}
	list := f.n.Get("extension")
	var tried []*home
	for e := range elements(list) {
		h, _ := find(f.p.home, e.Get("url"))
		if h == nil || h.step == nil || slices.Contains(tried, h) {
			continue
		}
		tried = append(tried, h)
		switch {
		case f.written&h.bit != 0 || h.name != "" && f.n.Get(h.name).Exists():
		case h.codes != nil:
			c.codeBack(f, h, e.Get("valueCode"))
		case h.do != nil:
			h.do(c, f, h.step, e, fhir.Node{})
		default:
			c.comeBack(f, h, list, e.Get("url").String())
		}
	}
}

// comeBack writes an element from all extensions of its URL.
func (c *converter) comeBack(f *frame, h *home, list fhir.Node, url string) {
	f.seen |= h.bit
	mark := c.key(f, h.step)
	start := len(c.buf)
	if h.many {
		c.buf = append(c.buf, '[')
		start++
	}
	for e := range list.Values() {
		if !e.Get("url").Is(url) {
			continue
		}
		c.next(start)
		if v := e.Get(valueName(h.kind)); v.Exists() {
			c.one(f, h.step, v)
		}
		c.unnext(start)
		if !h.many {
			break
		}
	}
	switch {
	case len(c.buf) == start:
		c.cut(f, h.step, mark)
	case h.many:
		c.buf = append(c.buf, ']')
	}
}

// codeBack writes a code that an extension kept, in the code of the target.
func (c *converter) codeBack(f *frame, h *home, v fhir.Node) {
	code, listed := h.codes.table.translate(v.String(), h.defined, c.d.to)
	if code == "" || listed == nil {
		return
	}
	if h.plan != nil {
		c.putConcept(f, h.step, code)
		return
	}
	c.put(f, h.step, func() bool {
		c.buf = fhir.AppendString(c.buf, code)
		return true
	})
}

// valueName is the member of an extension that holds a value of a type.
func valueName(kind string) string { return "value" + strings.ToUpper(kind[:1]) + kind[1:] }

// extensionValue is an extension's value[x].
func extensionValue(e fhir.Node) fhir.Node {
	for m := range e.Children() {
		if bytes.HasPrefix(m.NameBytes(), []byte("value")) {
			return m
		}
	}
	return fhir.Node{}
}

// subExtension is the value of the extension named url within an extension or
// object.
func subExtension(n fhir.Node, url string) fhir.Node {
	for e := range elements(n.Get("extension")) {
		if e.Get("url").Is(url) {
			return extensionValue(e)
		}
	}
	return fhir.Node{}
}
