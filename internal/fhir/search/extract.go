package search

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Keys extracts every value the resource is found by. It never fails: what
// cannot be read gives no key, and an unknown type gives none at all.
func (d *Definitions) Keys(typ string, doc *fhir.Doc) Keys {
	compiled, ok := d.program[typ]
	if !ok || doc == nil {
		return nil
	}
	p := compiled()
	r := d.read(p, doc, string(doc.Bytes()))
	defer d.done(r)
	return r.ordered(p.numbers)
}

// An Extractor reads of a resource only the values that one query filters and
// orders by. It is safe for concurrent use.
type Extractor struct {
	definitions *Definitions
	program     *program // nil for an unknown type
	numbers     []uint16 // in order
}

// Append appends the values, encoded. They serve the query's Match and
// AppendSort, and nothing else.
func (e *Extractor) Append(b []byte, doc *fhir.Doc) []byte {
	b = append(b, encoding)
	if e.program == nil || doc == nil {
		return b
	}
	r := e.definitions.read(e.program, doc, "")
	defer e.definitions.done(r)
	for _, number := range e.numbers {
		b = r.keys.appendGroup(b, number)
	}
	return b
}

// maxPartial bounds how many combinations of parameters are kept compiled.
const maxPartial = 1024

// Extractor is that of a query.
func (d *Definitions) Extractor(q *Query) Extractor {
	e := Extractor{definitions: d}
	if d.program[q.Type] == nil {
		return e
	}
	labels := byte(0)
	for i := range q.Criteria {
		c := &q.Criteria[i]
		e.numbers = append(e.numbers, c.Param.number)
		if c.Text || c.Missing != nil {
			labels = 1
		}
	}
	for _, k := range q.Sort {
		e.numbers = append(e.numbers, k.Param.number)
	}
	slices.Sort(e.numbers)
	e.numbers = slices.Compact(e.numbers)
	e.program = d.partial(q.Type, e.numbers, labels)
	return e
}

// partial is the program of some of a type's parameters alone.
func (d *Definitions) partial(typ string, numbers []uint16, labels byte) *program {
	key := make([]byte, 0, 64)
	key = append(append(key, typ...), labels)
	for _, n := range numbers {
		key = binary.BigEndian.AppendUint16(key, n)
	}
	if p, ok := d.partials.Load(string(key)); ok {
		return p.(*program) //nolint:forcetypeassert // nothing else is in there
	}
	p := compile(typ, slices.DeleteFunc(slices.Clone(d.params[typ]), func(p *Param) bool { return !slices.Contains(numbers, p.number) }), labels != 0)
	if d.kept.Add(1) <= maxPartial {
		d.partials.Store(string(key), p)
	}
	return p
}

// read gives a reader with what the program reads, in the order of the
// resource. src is the resource as a string or, when few of its values are
// wanted, nothing.
func (d *Definitions) read(p *program, doc *fhir.Doc, src string) *reader {
	r, ok := d.readers.Get().(*reader)
	if !ok {
		r = &reader{}
	}
	r.src = src
	p.root.run(doc.Root(), r)
	for number, code := range p.absent {
		if !r.has(number) {
			r.add(Key{Param: number, Type: Token, Code: code, Implicit: true})
		}
	}
	return r
}

func (d *Definitions) done(r *reader) {
	clear(r.keys) // do not hold on to the resource
	r.keys, r.src = r.keys[:0], ""
	d.readers.Put(r)
}

// A reader turns values into keys.
type reader struct {
	src  string // the resource, which keys then point into; "" when they do not
	keys Keys
}

func (r *reader) add(k Key) { r.keys = append(r.keys, k) }

// string is n.String without a copy where the source has the same bytes.
func (r *reader) string(n fhir.Node) string {
	start, end := n.Extent()
	if r.src != "" && n.IsString() && end-start >= 2 && strings.IndexByte(r.src[start:end], '\\') < 0 {
		return r.src[start+1 : end-1]
	}
	return n.String()
}

func (r *reader) has(number uint16) bool {
	for i := range r.keys {
		if r.keys[i].Param == number {
			return true
		}
	}
	return false
}

// ordered gives the keys in order of their numbers, else as they were read: a
// counting sort, since there are many short groups.
func (r *reader) ordered(numbers int) Keys {
	if len(r.keys) == 0 {
		return nil
	}
	var few [128]int
	next := few[:]
	if numbers+2 > len(few) {
		next = make([]int, numbers+2)
	}
	for i := range r.keys {
		next[r.keys[i].Param+1]++
	}
	for i := 1; i < numbers+2; i++ {
		next[i] += next[i-1]
	}
	out := make(Keys, len(r.keys))
	for i := range r.keys {
		at := &next[r.keys[i].Param]
		out[*at] = r.keys[i]
		*at++
	}
	return out
}

func (r *reader) read(n fhir.Node, s *sink) {
	switch s.typ {
	case String:
		r.text(n, s)
	case Token:
		r.token(n, s)
	case Reference:
		r.reference(n, s)
	case Date:
		r.date(n, s)
	case Quantity, Number:
		r.quantity(n, s)
	case URI:
		if n.IsString() {
			r.uri(r.string(n), URI, s)
		}
	case Composite:
		r.composite(n, s)
	case Label, Identifier:
	}
}

// uri adds a uri, and a canonical's also without its version.
func (r *reader) uri(u string, typ Type, s *sink) {
	u = strings.TrimSpace(u)
	if u == "" || u[0] == '#' {
		return
	}
	r.add(Key{Param: s.number, Type: typ, Exact: u})
	if bare, version, ok := strings.Cut(u, "|"); ok && version != "" && bare != "" {
		r.add(Key{Param: s.number, Type: typ, Exact: bare})
	}
}

// text adds a string, or the parts of a HumanName or Address.
func (r *reader) text(n fhir.Node, s *sink) {
	if !n.IsObject() {
		if n.IsString() {
			r.str(r.string(n), s)
		}
		return
	}
	var family, given, whole string
	for m := range n.Children() {
		name := m.Name()
		switch name {
		case "text", "family", "given", "prefix", "suffix", "line", "city", "district", "state", "country", "postalCode":
		default:
			continue
		}
		for v := range m.Values() {
			if !v.IsString() {
				continue
			}
			t := r.string(v)
			r.str(t, s)
			switch name {
			case "family":
				family += t
			case "given":
				given += t
			case "text":
				whole = t
			}
		}
	}
	// Names that are written without a space between their parts are asked for
	// as one word.
	if whole == "" && family != "" && given != "" && allIdeographic(family) && allIdeographic(given) {
		r.str(family+given, s)
	}
}

func (r *reader) str(t string, s *sink) {
	if t == "" {
		return
	}
	if !ascii(t) {
		t = norm.NFC.String(t)
	}
	if folded := Fold(t); folded != "" {
		r.add(Key{Param: s.number, Type: String, Exact: t, Folded: folded})
	}
}

// label adds what people read in a coded value, once.
func (r *reader) label(n fhir.Node, s *sink) {
	if !s.labels || !n.IsString() {
		return
	}
	folded := Fold(r.string(n))
	if folded == "" {
		return
	}
	for i := len(r.keys) - 1; i >= 0 && r.keys[i].Param == s.number; i-- {
		if r.keys[i].Type == Label && r.keys[i].Folded == folded {
			return
		}
	}
	r.add(Key{Param: s.number, Type: Label, Folded: folded})
}

// token adds a code, boolean or string, or a CodeableConcept, Coding,
// Identifier or ContactPoint, told apart by their members.
func (r *reader) token(n fhir.Node, s *sink) {
	if !n.IsObject() {
		code := r.string(n)
		if s.presence && code != "" {
			code = "true"
		}
		if code = foldCode(code); code != "" {
			r.add(Key{Param: s.number, Type: Token, Code: code, Implicit: true})
		}
		return
	}
	if coding := n.Get("coding"); coding.Exists() {
		for c := range coding.Values() {
			if c.IsObject() {
				r.token(c, s)
			}
		}
	} else {
		value := n.Get("code")
		if !value.Exists() {
			value = n.Get("value")
		}
		if code := foldCode(r.string(value)); code != "" {
			r.add(Key{Param: s.number, Type: Token, System: canonicalSystem(r.string(n.Get("system"))), Code: code})
		}
		r.label(n.Get("display"), s)
		r.label(n.Get("type").Get("text"), s)
	}
	r.label(n.Get("text"), s)
}

// reference adds what a Reference leads to. One to a contained resource leads
// nowhere a search could name.
func (r *reader) reference(n fhir.Node, s *sink) {
	if n.IsString() {
		r.uri(r.string(n), Reference, s)
		return
	}
	if t := n.Get("reference"); t.IsString() {
		if to := localReference(r.string(t)); to != "" && to[0] != '#' {
			r.add(Key{Param: s.number, Type: Reference, Exact: to})
		}
	}
	if id := n.Get("identifier"); id.IsObject() {
		if v := foldCode(r.string(id.Get("value"))); v != "" {
			r.add(Key{Param: s.number, Type: Identifier, System: canonicalSystem(r.string(id.Get("system"))), Code: v})
		}
	}
}

// date adds a date, a dateTime or a Period.
func (r *reader) date(n fhir.Node, s *sink) {
	if n.IsString() {
		if d, ok := targetDate(r.string(n)); ok {
			r.add(Key{Param: s.number, Type: Date, Lo: d.lo, Hi: d.hi, At: d.lo, Floating: d.floating})
		}
		return
	}
	if !n.IsObject() {
		return
	}
	start, hasStart := targetDate(r.string(n.Get("start")))
	end, hasEnd := targetDate(r.string(n.Get("end")))
	k := Key{Param: s.number, Type: Date, Lo: start.lo, Hi: end.hi, At: start.lo, Floating: start.floating || end.floating}
	switch {
	case !hasStart && !hasEnd:
		return
	case !hasStart: // sorts by its end (interface §6.3)
		k.Lo, k.At = Past, end.lo
	case !hasEnd:
		k.Hi = Future
	}
	r.add(k)
}

// quantity adds a number, or a Quantity, Money, Age, Duration or Range.
func (r *reader) quantity(n fhir.Node, s *sink) {
	k := Key{Param: s.number, Type: Number}
	if s.typ == Quantity {
		k.Type = Quantity
	}
	if !n.IsObject() {
		if v, ok := floatOf(n); ok {
			k.Low, k.High = v, v
			r.add(k)
		}
		return
	}
	unit := n
	low, high := n.Get("low"), n.Get("high")
	if low.IsObject() || high.IsObject() {
		k.Low, k.High = math.Inf(-1), math.Inf(1)
		if v, ok := floatOf(low.Get("value")); ok {
			k.Low, unit = v, low
		}
		if v, ok := floatOf(high.Get("value")); ok {
			k.High, unit = v, high
		}
	} else {
		v, ok := floatOf(n.Get("value"))
		if !ok {
			return
		}
		k.Low, k.High = v, v
		switch c := r.string(n.Get("comparator")); c {
		case "<", "<=":
			k.Low = math.Inf(-1)
		case ">", ">=":
			k.High = math.Inf(1)
		}
	}
	if s.typ == Quantity {
		k.System = canonicalSystem(r.string(unit.Get("system")))
		k.Code, k.Unit = r.string(unit.Get("code")), r.string(unit.Get("unit"))
		if c := unit.Get("currency"); c.IsString() { // Money of R4
			k.System, k.Code = "urn:iso:std:iso:4217", r.string(c)
		}
	}
	r.add(k)
}

// floatOf reads a number. One in quotes, as sloppy sources send, counts.
func floatOf(n fhir.Node) (float64, bool) {
	if !n.IsNumber() && !n.IsString() {
		return 0, false
	}
	v, err := strconv.ParseFloat(n.String(), 64)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// composite adds one key for a root element all of whose components are there.
// It reads them behind the keys so far and then takes them off again.
func (r *reader) composite(n fhir.Node, s *sink) {
	for _, names := range slices.Backward(s.need) { // the last is the rarest: the value
		if len(names) > 0 && !slices.ContainsFunc(names, func(name string) bool { return n.Get(name).Exists() }) {
			return
		}
	}
	from := len(r.keys)
	s.parts.root.run(n, r)
	kept := r.keys[from:from]
	var seen uint64
	for _, k := range r.keys[from:] {
		if k.Type != Label && k.Type != Identifier {
			kept = append(kept, k)
			seen |= 1 << k.Param
		}
	}
	var group Keys
	if seen == 1<<(s.parts.numbers+1)-1 {
		group = slices.Clone(kept)
	}
	clear(r.keys[from:])
	r.keys = r.keys[:from]
	if group != nil {
		r.add(Key{Param: s.number, Type: Composite, Group: group})
	}
}
