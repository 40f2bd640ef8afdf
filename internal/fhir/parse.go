package fhir

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxDepth is how deep a document may nest.
const MaxDepth = 64

// Errors of [Parse]. Others come from the tokenizer and name the offset. A
// document that ends before its time has io.ErrUnexpectedEOF.
var (
	ErrDepth  = errors.New("JSON nests too deep")
	errSyntax = errors.New("JSON is not well-formed, or has more behind")
	errTwice  = errors.New("a member stands twice in one object")
	errUTF8   = errors.New("the text is not UTF-8")
)

// Parse checks that b is exactly one strict JSON value (RFC 8259: valid UTF-8,
// no duplicate member names, at most MaxDepth levels) and indexes it. The Doc
// refers to b, which must not change after.
func Parse(b []byte) (*Doc, error) { return ParseDepth(b, MaxDepth) }

// Validate checks b as [Parse] does, with a depth of its own: at most
// MaxDepth.
func Validate(b []byte, depth int) error {
	_, err := ParseDepth(b, depth)
	return err
}

// ParseDepth is [Parse] with a depth of its own: at most MaxDepth.
func ParseDepth(b []byte, depth int) (*Doc, error) {
	if !utf8.Valid(b) || len(b) > math.MaxInt32 {
		return nil, explain(b, depth, errUTF8)
	}
	p := parser{src: b, nodes: make([]node, 0, 16+len(b)/20), depth: min(depth, MaxDepth)}
	p.space()
	err := p.value(0, 0, 0)
	if err == nil {
		if p.space(); p.i < len(b) {
			err = errSyntax
		}
	}
	if err != nil {
		return nil, explain(b, depth, err)
	}
	return &Doc{src: b, nodes: p.nodes}, nil
}

// explain says what is wrong with a document, in the words of the tokenizer,
// which knows where and takes its time. cause is what the parser found.
func explain(b []byte, depth int, cause error) error {
	dec := jsontext.NewDecoder(bytes.NewReader(b))
	for {
		if _, err := dec.ReadToken(); err != nil {
			return fmt.Errorf("not valid JSON: %w", err)
		}
		if dec.StackDepth() > min(depth, MaxDepth) {
			return fmt.Errorf("%w: %d levels are taken here", ErrDepth, min(depth, MaxDepth))
		}
		if dec.StackDepth() == 0 {
			return fmt.Errorf("not valid JSON: %w, at byte %d", cause, dec.InputOffset())
		}
	}
}

// A parser checks and indexes in one pass. i is where it stands.
type parser struct {
	src   []byte
	i     int
	nodes []node
	depth int
}

func (p *parser) space() {
	for p.i < len(p.src) && p.src[p.i] <= ' ' && blanks>>p.src[p.i]&1 != 0 {
		p.i++
	}
}

// blanks has the bits of the bytes that may stand between tokens.
const blanks uint64 = 1<<' ' | 1<<'\n' | 1<<'\r' | 1<<'\t'

// wrong is the error for what stands at i.
func (p *parser) wrong() error {
	if p.i >= len(p.src) {
		return io.ErrUnexpectedEOF
	}
	return errSyntax
}

// take steps over c, with blanks around it.
func (p *parser) take(c byte) bool {
	p.space()
	if p.i >= len(p.src) || p.src[p.i] != c {
		return false
	}
	p.i++
	p.space()
	return true
}

func (p *parser) value(nameStart, nameEnd, level int) error {
	if p.i >= len(p.src) {
		return io.ErrUnexpectedEOF
	}
	self, kind := len(p.nodes), p.src[p.i]
	p.nodes = append(p.nodes, node{start: int32(p.i), nameStart: int32(nameStart), nameEnd: int32(nameEnd), kind: kind}) //nolint:gosec // ParseDepth has looked at the length
	var err error
	switch kind {
	case '{', '[':
		if level >= p.depth {
			return ErrDepth
		}
		err = p.children(self, level+1, kind == '{')
	case '"':
		p.nodes[self].escaped, err = p.text()
	case 't':
		err = p.literal("true")
	case 'f':
		err = p.literal("false")
	case 'n':
		err = p.literal("null")
	default:
		p.nodes[self].kind = '0'
		err = p.number()
	}
	p.nodes[self].end = int32(p.i) //nolint:gosec // see above
	return err
}

// children reads an object's members or an array's elements, and the bracket
// behind them.
func (p *parser) children(self, level int, object bool) error {
	closing := byte(']')
	var names names
	if object {
		closing, names.of = '}', p
	}
	p.i++
	prev := int32(0)
	for {
		if p.space(); p.i < len(p.src) && p.src[p.i] == closing {
			p.i++
			return nil
		}
		if prev != 0 && !p.take(',') {
			return p.wrong()
		}
		var start, end int
		if object {
			if p.i >= len(p.src) || p.src[p.i] != '"' {
				return p.wrong()
			}
			start = p.i + 1
			escaped, err := p.text()
			if err != nil {
				return err
			}
			end = p.i - 1
			if !names.add(self, start, end, escaped) {
				return errTwice
			}
			if !p.take(':') {
				return p.wrong()
			}
		}
		at := int32(len(p.nodes)) //nolint:gosec // fewer than bytes
		if err := p.value(start, end, level); err != nil {
			return err
		}
		if prev == 0 {
			p.nodes[self].holds = true
		} else {
			p.nodes[prev].next = at
		}
		prev = at
	}
}

// plain are the bytes that stand for themselves in a string.
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return t
}()

// text reads a string, with its quotes.
func (p *parser) text() (escaped bool, err error) {
	src := p.src
	i := p.i + 1
	for {
		for i < len(src) && plain[src[i]] {
			i++
		}
		p.i = i
		switch {
		case i >= len(src):
			return escaped, io.ErrUnexpectedEOF
		case src[i] == '"':
			p.i++
			return escaped, nil
		case src[i] != '\\':
			return escaped, errSyntax
		}
		n := escape(src[i:])
		if n == 0 {
			if len(src)-i < 2 {
				p.i = len(src)
			}
			return escaped, p.wrong()
		}
		escaped = true
		i += n
	}
}

// escape is the length of the escape that b starts with, 0 for one that is
// none: half a surrogate pair among them.
func escape(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
	default:
		return 0
	}
	switch r := hex4(b[2:]); {
	case r < 0, r >= 0xdc00 && r < 0xe000:
		return 0
	case r < 0xd800 || r >= 0xe000:
		return 6
	}
	if len(b) < 12 || b[6] != '\\' || b[7] != 'u' {
		return 0
	}
	if r := hex4(b[8:]); r < 0xdc00 || r >= 0xe000 {
		return 0
	}
	return 12
}

// hex4 reads four hexadecimal digits, -1 when they are not there.
func hex4(b []byte) int {
	if len(b) < 4 {
		return -1
	}
	r := 0
	for _, c := range b[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return -1
		}
		r = r<<4 | int(c)
	}
	return r
}

func (p *parser) literal(word string) error {
	if len(p.src)-p.i >= len(word) && string(p.src[p.i:p.i+len(word)]) == word {
		p.i += len(word)
		return nil
	}
	if bytes.HasPrefix([]byte(word), p.src[p.i:]) {
		p.i = len(p.src)
	}
	return p.wrong()
}

// number reads -0.5e+1 and the like.
func (p *parser) number() error {
	p.skip("-")
	switch {
	case p.skip("0"):
	case !p.digits():
		return p.wrong()
	}
	if p.skip(".") && !p.digits() {
		return p.wrong()
	}
	if p.skip("eE") {
		p.skip("+-")
		if !p.digits() {
			return p.wrong()
		}
	}
	return nil
}

func (p *parser) skip(any string) bool {
	if p.i < len(p.src) && (p.src[p.i] == any[0] || len(any) > 1 && p.src[p.i] == any[1]) {
		p.i++
		return true
	}
	return false
}

func (p *parser) digits() bool {
	from := p.i
	for p.i < len(p.src) && '0' <= p.src[p.i] && p.src[p.i] <= '9' {
		p.i++
	}
	return p.i > from
}

// child is the index of the first child so far of a value, 0 for none.
func (p *parser) child(self int) int32 {
	if p.nodes[self].holds {
		return int32(self) + 1 //nolint:gosec // fewer than bytes
	}
	return 0
}

// names finds a member that stands twice. A few are compared one by one, once
// one of the same bit is among them; many are remembered.
type names struct {
	of      *parser
	bits    uint64
	count   int
	escaped bool
	seen    map[string]bool
}

const fewNames = 16

func (n *names) add(self, start, end int, escaped bool) bool {
	n.count++
	if n.escaped = n.escaped || escaped; n.count > fewNames || n.escaped {
		return n.remember(self, start, end)
	}
	p := n.of
	name := p.src[start:end]
	bit := nameBit(name)
	if n.bits&bit == 0 {
		n.bits |= bit
		return true
	}
	for c := p.child(self); c != 0; c = p.nodes[c].next {
		if o := &p.nodes[c]; int(o.nameEnd-o.nameStart) == len(name) && bytes.Equal(p.src[o.nameStart:o.nameEnd], name) {
			return false
		}
	}
	return true
}

// nameBit is one of 64 bits, the same for the same name.
func nameBit(name []byte) uint64 {
	if len(name) == 0 {
		return 1
	}
	return 1 << ((uint(name[0])*5 + uint(name[len(name)-1]) + uint(len(name))*11) & 63)
}

// remember puts the names so far and this one into a set, decoded.
func (n *names) remember(self, start, end int) bool {
	p := n.of
	if n.seen == nil {
		n.seen = map[string]bool{}
		for c := p.child(self); c != 0; c = p.nodes[c].next {
			n.seen[p.name(int(p.nodes[c].nameStart), int(p.nodes[c].nameEnd))] = true
		}
	}
	name := p.name(start, end)
	if n.seen[name] {
		return false
	}
	n.seen[name] = true
	return true
}

// name is a member's name, decoded.
func (p *parser) name(start, end int) string {
	if bytes.IndexByte(p.src[start:end], '\\') < 0 {
		return string(p.src[start:end])
	}
	b, _ := jsontext.AppendUnquote(nil, p.src[start-1:end+1]) // text has looked at the escapes
	return string(b)
}
