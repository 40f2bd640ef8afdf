package fhir

import (
	"bytes"
	"iter"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// A Doc is a parsed JSON document: the source bytes and an index of its
// values. Nothing is decoded until asked for. It may be a part of a larger one
// (see [Node.Doc]): nodes then lie in the index of the whole, and extents are
// told from where the part begins.
type Doc struct {
	src   []byte
	nodes []node
	root  int32 // the node that is the document
	from  int32 // where in src it begins; 0 unless it is a part
}

type node struct {
	start, end         int32 // extent of the value in src
	nameStart, nameEnd int32 // member name without quotes; 0,0 in arrays
	next               int32 // index of the next sibling, 0 for none
	kind               byte  // one of { [ " 0 t f n
	escaped            bool  // a string with a backslash in it
	holds              bool  // an object or array with children, of which the first is the next node
}

// A Node is one value of a [Doc]. The zero Node is an absent value: every
// method of it answers as for an empty one, so paths can be walked without
// checks.
type Node struct {
	d *Doc
	i int32
}

// Index indexes a document that is already known to be valid, such as one the
// store gave back. Malformed input gives an error or an odd tree, never a
// panic.
func Index(b []byte) (*Doc, error) {
	d := &Doc{src: b, nodes: make([]node, 0, 16+len(b)/20)}
	p := indexer{d: d}
	p.space()
	if err := p.value(0, 0, 0); err != nil {
		return nil, err
	}
	return d, nil
}

type indexer struct {
	d *Doc
	i int
}

func (p *indexer) space() {
	src := p.d.src
	for p.i < len(src) && (src[p.i] == ' ' || src[p.i] == '\n' || src[p.i] == '\r' || src[p.i] == '\t') {
		p.i++
	}
}

// str reads a string at p.i and gives the extent within the quotes.
func (p *indexer) str() (start, end int, escaped bool, err error) {
	src := p.d.src
	if p.i >= len(src) || src[p.i] != '"' {
		return 0, 0, false, errSyntax
	}
	p.i++
	start = p.i
	for {
		n := bytes.IndexByte(src[p.i:], '"')
		if n < 0 {
			return 0, 0, false, errSyntax
		}
		end = p.i + n
		p.i = end + 1
		back := end
		for back > start && src[back-1] == '\\' {
			back--
		}
		if (end-back)%2 == 0 {
			break
		}
		escaped = true
	}
	if !escaped {
		escaped = bytes.IndexByte(src[start:end], '\\') >= 0
	}
	return start, end, escaped, nil
}

func (p *indexer) value(nameStart, nameEnd, depth int) error {
	src := p.d.src
	if p.i >= len(src) {
		return errSyntax
	}
	if depth > MaxDepth {
		return ErrDepth
	}
	self := len(p.d.nodes)
	p.d.nodes = append(p.d.nodes, node{start: int32(p.i), nameStart: int32(nameStart), nameEnd: int32(nameEnd), kind: src[p.i]}) //nolint:gosec // documents are bounded far below 2 GiB
	switch src[p.i] {
	case '{', '[':
		if err := p.children(self, depth); err != nil {
			return err
		}
	case '"':
		_, _, esc, err := p.str()
		if err != nil {
			return err
		}
		p.d.nodes[self].escaped = esc
	case ',', ':', '}', ']':
		return errSyntax
	default:
		if c := src[p.i]; c != 't' && c != 'f' && c != 'n' {
			p.d.nodes[self].kind = '0'
		}
		for p.i < len(src) {
			switch src[p.i] {
			case ',', '}', ']', ' ', '\n', '\r', '\t', ':', '"', '{', '[':
				goto done
			}
			p.i++
		}
	done:
	}
	p.d.nodes[self].end = int32(p.i) //nolint:gosec // see above
	return nil
}

func (p *indexer) children(self, depth int) error {
	src := p.d.src
	object := src[p.i] == '{'
	p.i++
	prev := -1
	for {
		p.space()
		if p.i >= len(src) {
			return errSyntax
		}
		if c := src[p.i]; c == '}' || c == ']' {
			p.i++
			return nil
		}
		if prev >= 0 {
			if src[p.i] != ',' {
				return errSyntax
			}
			p.i++
			p.space()
		}
		var ns, ne int
		if object {
			var err error
			if ns, ne, _, err = p.str(); err != nil {
				return err
			}
			p.space()
			if p.i >= len(src) || src[p.i] != ':' {
				return errSyntax
			}
			p.i++
			p.space()
		}
		at := len(p.d.nodes)
		if err := p.value(ns, ne, depth+1); err != nil {
			return err
		}
		if prev < 0 {
			p.d.nodes[self].holds = true
		} else {
			p.d.nodes[prev].next = int32(at) //nolint:gosec // see above
		}
		prev = at
	}
}

// Root is the document's value.
func (d *Doc) Root() Node { return Node{d, d.root} }

// Bytes is the source.
func (d *Doc) Bytes() []byte { return d.src[d.from:] }

// is reports whether the document is an index of these very bytes.
func (d *Doc) is(b []byte) bool {
	own := d.Bytes()
	return len(own) == len(b) && len(b) > 0 && &own[0] == &b[0]
}

// Doc is the value as a document of its own, as if [Index] had read it alone.
// It shares bytes and index with the document it is in.
func (n Node) Doc() *Doc {
	if n.d == nil {
		return &Doc{nodes: make([]node, 1)}
	}
	v := n.n()
	if n.i == n.d.root && v.start == n.d.from && int(v.end) == len(n.d.src) {
		return n.d
	}
	return &Doc{src: n.d.src[:v.end:v.end], nodes: n.d.nodes, root: n.i, from: v.start}
}

func (n Node) n() *node { return &n.d.nodes[n.i] }

// child is the index of the first child, 0 for none.
func (n Node) child() int32 {
	if n.n().holds {
		return n.i + 1
	}
	return 0
}

// Exists reports whether the value is there.
func (n Node) Exists() bool { return n.d != nil }

// IsObject reports whether the value is a JSON object.
func (n Node) IsObject() bool { return n.d != nil && n.n().kind == '{' }

// IsArray reports whether the value is a JSON array.
func (n Node) IsArray() bool { return n.d != nil && n.n().kind == '[' }

// IsString reports whether the value is a JSON string.
func (n Node) IsString() bool { return n.d != nil && n.n().kind == '"' }

// IsNumber reports whether the value is a JSON number.
func (n Node) IsNumber() bool { return n.d != nil && n.n().kind == '0' }

// Extent is where the value lies in the source: src[start:end].
func (n Node) Extent() (start, end int) {
	if n.d == nil {
		return 0, 0
	}
	return int(n.n().start - n.d.from), int(n.n().end - n.d.from)
}

// MemberStart is where the member's name (with its quote) begins, for a value
// that is an object's member; else the start of the value.
func (n Node) MemberStart() int {
	if n.d == nil {
		return 0
	}
	if n.n().nameStart > 0 && n.i != n.d.root {
		return int(n.n().nameStart-n.d.from) - 1
	}
	return int(n.n().start - n.d.from)
}

// Raw is the value's source text, nil when absent.
func (n Node) Raw() []byte {
	if n.d == nil {
		return nil
	}
	return n.d.src[n.n().start:n.n().end]
}

// Name is the member name the value stands under, "" in arrays.
func (n Node) Name() string {
	return string(n.NameBytes())
}

// NameBytes is Name without the copy: it points into the source.
func (n Node) NameBytes() []byte {
	if n.d == nil || n.i == n.d.root {
		return nil
	}
	return n.d.src[n.n().nameStart:n.n().nameEnd]
}

// String is a string's decoded value, a number's or literal's text, and "" for
// objects, arrays, null and absent values.
func (n Node) String() string {
	if n.d == nil {
		return ""
	}
	v := n.n()
	switch v.kind {
	case '"':
		if !v.escaped {
			return string(n.d.src[v.start+1 : v.end-1])
		}
		b, err := jsontext.AppendUnquote(nil, n.d.src[v.start:v.end])
		if err != nil {
			return ""
		}
		return string(b)
	case '0', 't', 'f':
		return string(n.d.src[v.start:v.end])
	}
	return ""
}

// Says reports whether String is not empty.
func (n Node) Says() bool {
	if n.d == nil || n.n().escaped {
		return n.String() != ""
	}
	v := n.n()
	return v.kind == '"' && v.end-v.start > 2 || v.kind == '0' || v.kind == 't' || v.kind == 'f'
}

// Is reports whether the value is the string s.
func (n Node) Is(s string) bool {
	if n.d == nil || n.n().kind != '"' {
		return false
	}
	if n.n().escaped {
		return n.String() == s
	}
	return string(n.d.src[n.n().start+1:n.n().end-1]) == s
}

// True reports whether the value is the literal true.
func (n Node) True() bool { return n.d != nil && n.n().kind == 't' }

// Int is the value of a whole number.
func (n Node) Int() (int, bool) {
	if !n.IsNumber() {
		return 0, false
	}
	i, err := strconv.Atoi(string(n.Raw()))
	return i, err == nil
}

// Get is the member of an object by its exact name, absent for any other
// value.
func (n Node) Get(name string) Node {
	if !n.IsObject() {
		return Node{}
	}
	for c := n.child(); c != 0; c = n.d.nodes[c].next {
		m := &n.d.nodes[c]
		if string(n.d.src[m.nameStart:m.nameEnd]) == name {
			return Node{n.d, c}
		}
	}
	return Node{}
}

// At is the element of an array by index, absent when out of range.
func (n Node) At(i int) Node {
	if !n.IsArray() {
		return Node{}
	}
	for c := n.child(); c != 0; c = n.d.nodes[c].next {
		if i == 0 {
			return Node{n.d, c}
		}
		i--
	}
	return Node{}
}

// Children yields the elements of an array or the members of an object, in
// order.
func (n Node) Children() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		if n.d == nil {
			return
		}
		for c := n.child(); c != 0; c = n.d.nodes[c].next {
			if !yield(Node{n.d, c}) {
				return
			}
		}
	}
}

// Values yields the elements of an array, or the value itself when it is
// anything else: FHIR elements whose cardinality differs between versions, or
// that sloppy sources send alone, read alike.
func (n Node) Values() iter.Seq[Node] {
	return func(yield func(Node) bool) { // one function for both, so that ranging over it allocates nothing
		if n.d == nil {
			return
		}
		c, alone := n.i, !n.IsArray()
		if !alone {
			c = n.child()
		}
		for alone || c != 0 {
			if !yield(Node{n.d, c}) || alone {
				return
			}
			c = n.d.nodes[c].next
		}
	}
}

// First is the first of [Node.Values].
func (n Node) First() Node {
	if n.IsArray() {
		return n.At(0)
	}
	return n
}

// Len is the number of children of an array or object.
func (n Node) Len() int {
	count := 0
	for range n.Children() {
		count++
	}
	return count
}
