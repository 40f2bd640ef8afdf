package mapping

import (
	"bytes"
	"iter"
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A converter turns one resource into another version. It walks the source and
// appends to buf; what turns out empty is cut off again.
type converter struct {
	d       *direction
	opt     Options
	buf     []byte
	path    []string // names of the source's elements down to here
	rep     Report
	refs    map[string]string // where the Reference being written may point
	refRule string
	free    []*frame
	gone    map[string]bool // ids of contained resources that were left out
	within  []trial         // of the contained resources, when none was
}

// A frame is one object being converted.
type frame struct {
	p       *plan
	n       fhir.Node // the source object
	shadows bool      // it has members with an underscore
	written uint64    // bits of the target elements that are there
	seen    uint64    // and of those the source had something for
	ext     int       // where the extension array ends in buf, 0 for none
	adds    []byte    // extensions to add, by commas
	sought  bool      // the extensions have been read for kept codes
	kept    []keptCode
}

// A trial is what became of a contained resource.
type trial struct {
	out    []byte
	losses []Loss
}

// resource converts the root, or with a path already begun a contained one.
// ok is false when nothing may stand in the target for it. A Bundle may not be
// contained: it would hold resources that contain others, to any depth.
func (c *converter) resource(n fhir.Node) (ok bool) {
	p := c.d.resources[n.Get("resourceType").String()]
	root := len(c.path) == 0
	if p == nil || !root && p.name == "Bundle" {
		return false
	}
	mark := len(c.buf)
	c.path = append(c.path, p.source)
	if root {
		c.contain(n)
	}
	c.buf = append(append(append(c.buf, `{"resourceType":"`...), p.target...), '"')
	missing := c.fill(p, n)
	c.path = c.path[:len(c.path)-1]
	if missing == "" {
		c.buf = append(c.buf, '}')
		return true
	}
	c.buf = c.buf[:mark]
	if root {
		c.withhold(p.source + ": " + c.d.to.String() + " demands " + missing + " and cannot say what stands there")
	}
	return false
}

// contain tries the contained resources, to know those that cannot come along
// before references to them are met. When all can, what the trials gave stands.
func (c *converter) contain(n fhir.Node) {
	list := n.Get("contained")
	if !list.Exists() {
		return
	}
	var trials []trial
	for r := range list.Values() {
		inner := converter{d: c.d, opt: c.opt, path: c.path[:1:1]}
		if inner.resource(r) && inner.rep.Withheld == "" {
			trials = append(trials, trial{inner.buf, inner.rep.Losses})
			continue
		}
		if inner.rep.Withheld == notUnderstood {
			c.withhold(notUnderstood)
		}
		if c.gone == nil {
			c.gone = map[string]bool{}
		}
		c.gone[r.Get("id").String()] = true
	}
	if c.gone == nil {
		c.within = trials
	}
}

// frame gives a clean frame, release takes it back: there is one for each
// object, and most objects are small.
func (c *converter) frame(p *plan, n fhir.Node) *frame {
	if len(c.free) == 0 {
		return &frame{p: p, n: n}
	}
	f := c.free[len(c.free)-1]
	c.free = c.free[:len(c.free)-1]
	*f = frame{p: p, n: n}
	return f
}

func (c *converter) release(f *frame) { c.free = append(c.free, f) }

// object writes an object. ok is false, and nothing is written, when nothing
// of it is left or a mandatory part cannot be said.
func (c *converter) object(p *plan, n fhir.Node) (ok bool) {
	mark := len(c.buf)
	c.buf = append(c.buf, '{')
	if missing := c.fill(p, n); missing != "" || len(c.buf) == mark+1 {
		c.buf = c.buf[:mark]
		return false
	}
	c.buf = append(c.buf, '}')
	return true
}

// fill writes an object's members. missing names a mandatory element that the
// source has and the target cannot say.
func (c *converter) fill(p *plan, n fhir.Node) (missing string) {
	f := c.frame(p, n)
	defer c.release(f)
	for m := range n.Children() {
		if name := m.NameBytes(); len(name) > 0 && name[0] == '_' {
			f.shadows = true
			break
		}
	}
	for m := range n.Children() {
		c.member(f, m)
	}
	c.returns(f)
	if p.end != nil {
		p.end(c, f)
	}
	for _, s := range p.defaults {
		if f.written&s.bit == 0 {
			c.key(f, s)
			c.buf = append(c.buf, s.def...)
		}
	}
	c.addExtensions(f)
	if lost := p.must & (f.seen | p.strict) &^ f.written; lost != 0 {
		for _, s := range p.steps {
			if s.bit&lost != 0 {
				return s.to
			}
		}
	}
	return ""
}

// member converts one member of the source.
func (c *converter) member(f *frame, m fhir.Node) {
	name := m.NameBytes()
	if len(name) > 0 && name[0] == '_' {
		s := f.p.members[string(name[1:])]
		switch {
		case s == nil || !isPrimitive(s.wasKind):
			c.unknown()
		case !f.n.Get(s.name).Exists(): // else it goes with its primitive
			c.step(f, s, fhir.Node{}, m)
		}
		return
	}
	s := f.p.members[string(name)]
	if s == nil {
		c.foreign(f, m)
		return
	}
	var shadow fhir.Node
	if f.shadows && s.plan == nil {
		shadow = f.n.Get(s.shadowName)
	}
	c.step(f, s, m, shadow)
}

const notUnderstood = "a modifierExtension may change the meaning and is not understood"

// foreign is a member that the source's version does not list.
func (c *converter) foreign(f *frame, m fhir.Node) {
	switch name := m.NameBytes(); string(name) {
	case "fhir_comments":
	case "resourceType":
		if f.p.source == "" {
			c.unknown()
		}
	case "modifierExtension":
		if m.Len() > 0 {
			c.withhold(notUnderstood)
		}
	default:
		c.unknown()
	}
}

// modified withholds what has a backbone with a modifierExtension.
func (c *converter) modified(v fhir.Node) {
	for e := range v.Values() {
		if e.Get("modifierExtension").Len() > 0 {
			c.withhold(notUnderstood)
		}
	}
}

func (c *converter) step(f *frame, s *step, v, shadow fhir.Node) {
	f.seen |= s.bit
	if s.do != nil && s.wasKind == "{}" {
		c.modified(v) // a function may pick parts and not look
	}
	switch {
	case string(v.Raw()) == "null" && !shadow.Exists():
	case s.invented != "" && string(v.Raw()) == s.invented:
	case s.bit != 0 && f.written&s.bit != 0:
		c.lose(s.name, s.rule)
	case s.do != nil && v.Exists():
		s.do(c, f, s, v, shadow)
	case s.do != nil: // only what stands beside an absent primitive
		if s.to != "" && isPrimitive(s.wasKind) && isPrimitive(s.kind) {
			c.primitive(f, s, v, shadow)
		}
	case s.to == "":
		c.keep(f, s, v)
	default:
		c.element(f, s, v, shadow)
	}
}

// element writes a member as the table has it: renamed, wrapped or the first
// taken, its values by their type.
func (c *converter) element(f *frame, s *step, v, shadow fhir.Node) {
	if s.plan == nil {
		c.primitive(f, s, v, shadow)
		return
	}
	if s.many {
		if s.order != nil {
			c.list(f, s, s.order(v))
			return
		}
		mark := c.key(f, s)
		c.buf = append(c.buf, '[')
		start := len(c.buf)
		if !v.IsArray() {
			c.value(s, v)
		}
		for e := range elements(v) {
			c.next(start)
			c.value(s, e)
			c.unnext(start)
		}
		c.closeList(f, s, mark, start)
		return
	}
	chosen := c.choose(s, v)
	mark := c.key(f, s)
	if !c.value(s, chosen) {
		c.cut(f, s, mark)
	}
}

// elements yields those of an array, nothing for any other value. Unlike
// [fhir.Node.Values] it costs no allocation.
func elements(n fhir.Node) iter.Seq[fhir.Node] {
	if !n.IsArray() {
		n = fhir.Node{}
	}
	return n.Children()
}

// find looks a string value up without copying it.
func find[V any](m map[string]V, n fhir.Node) (V, bool) {
	raw := n.Raw()
	if len(raw) < 2 || raw[0] != '"' {
		var none V
		return none, false
	}
	if bytes.IndexByte(raw, '\\') >= 0 {
		v, ok := m[n.String()]
		return v, ok
	}
	v, ok := m[string(raw[1:len(raw)-1])]
	return v, ok
}

// list writes chosen nodes as an array.
func (c *converter) list(f *frame, s *step, nodes []fhir.Node) {
	if f.written&s.bit != 0 {
		c.lose(s.to, s.rule)
		return
	}
	mark := c.key(f, s)
	c.buf = append(c.buf, '[')
	start := len(c.buf)
	for _, e := range nodes {
		c.next(start)
		c.value(s, e)
		c.unnext(start)
	}
	c.closeList(f, s, mark, start)
}

// next writes the comma before an array's element, unnext takes it back when
// the element came to nothing.
func (c *converter) next(start int) {
	if len(c.buf) > start {
		c.buf = append(c.buf, ',')
	}
}

func (c *converter) unnext(start int) {
	if n := len(c.buf); n > start && c.buf[n-1] == ',' {
		c.buf = c.buf[:n-1]
	}
}

func (c *converter) closeList(f *frame, s *step, mark, start int) {
	if len(c.buf) == start {
		c.cut(f, s, mark)
		return
	}
	c.buf = append(c.buf, ']')
}

// choose takes the one of many that the target has room for. More than one is
// a loss.
func (c *converter) choose(s *step, v fhir.Node) fhir.Node {
	if !v.IsArray() {
		return v
	}
	if v.Len() > 1 {
		c.lose(s.name, s.rule)
	}
	if s.pick != nil {
		return s.pick(v)
	}
	return v.At(0)
}

// key writes `"name":` and the comma before it, and gives the place to go back
// to.
func (c *converter) key(f *frame, s *step) (mark int) {
	mark = len(c.buf)
	c.comma()
	c.buf = append(c.buf, s.head...)
	f.written |= s.bit
	return mark
}

// cut goes back to before a key that has no value.
func (c *converter) cut(f *frame, s *step, mark int) {
	c.buf = c.buf[:mark]
	f.written &^= s.bit
}

func (c *converter) comma() {
	if n := len(c.buf); n > 0 && c.buf[n-1] != '{' && c.buf[n-1] != '[' {
		c.buf = append(c.buf, ',')
	}
}

// value writes one value of a structured type.
func (c *converter) value(s *step, v fhir.Node) (ok bool) {
	if !v.IsObject() {
		c.lose(s.name, "")
		return false
	}
	if s.kind == "Identifier" && c.oldIdentifier(v) {
		c.lose(s.name, "L-2")
		return false
	}
	name := s.name
	if name == "" {
		name = s.to
	}
	c.path = append(c.path, name)
	if s.refs != nil {
		ok = c.reference(s, v)
	} else {
		ok = c.object(s.plan, v)
	}
	c.path = c.path[:len(c.path)-1]
	return ok
}

// withhold says that the resource must not be shown, and why.
func (c *converter) withhold(why string) {
	if c.rep.Withheld == "" {
		c.rep.Withheld = why
	}
}

// maxLosses bounds a report: a hostile resource has a loss every few bytes.
const maxLosses = 1000

// lose records a loss of the member name of the object being converted; of the
// object, when only the target has such a member and name is "".
func (c *converter) lose(name, rule string) {
	if len(c.rep.Losses) == maxLosses {
		return
	}
	path := slices.Clip(c.path)
	if name != "" {
		path = append(path, name)
	}
	c.rep.Losses = append(c.rep.Losses, Loss{Rule: rule, Path: strings.Join(path, ".")})
}

// lost takes over the losses of a resource within this one.
func (c *converter) lost(losses []Loss) {
	c.rep.Losses = append(c.rep.Losses, losses[:min(len(losses), maxLosses-len(c.rep.Losses))]...)
}

// unknown records a member that no table has. Its name is the source's own
// text, so it is not told.
func (c *converter) unknown() { c.lose("?", "") }
