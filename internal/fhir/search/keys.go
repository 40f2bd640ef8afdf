package search

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A Key is one value a resource is found by.
type Key struct {
	Param uint16 // [Param.Number]
	Type  Type

	System   string // token, quantity: canonical code system
	Implicit bool   // token: a plain code, whose system goes unsaid
	Code     string // token: folded; quantity: the unit's code
	Unit     string // quantity: the unit in words
	Exact    string // string: as it stands; reference and URI: the target
	Folded   string // string: see Fold

	Lo, Hi int64   // date: µs since 1970, Hi exclusive, Past and Future when open
	Value  float64 // number, quantity
	Low    float64 // number, quantity: what the decimal's precision leaves open,
	High   float64 // or the ends of a Range

	Group Keys // composite: one key per component, Param counting from 0
}

// Keys are all values a resource is found by, in order of Param.
type Keys []Key

// Keys extracts them. What cannot be read gives no key.
func (d *Definitions) Keys(typ string, doc *fhir.Doc) Keys {
	x := extractor{out: make(Keys, 0, 16)}
	root := doc.Root()
	params, entries := d.params[typ], d.entries[typ]
	// Only parameters that begin at a member the resource has can have values.
	var concerned [4]uint64
	for m := range root.Children() {
		for _, i := range entries[string(m.NameBytes())] {
			concerned[i/64%4] |= 1 << (i % 64)
		}
	}
	for i, p := range params {
		if concerned[i/64%4]&(1<<(i%64)) != 0 {
			x.param, x.targets = p.number, p.Targets
			if p.Type == Composite {
				x.composite(root, p)
			} else {
				x.all(root, p.Type, p.paths)
			}
		}
	}
	// Absent means alive: deceased=false finds who is not said to be dead.
	if p := d.Param(typ, "deceased"); p != nil && !slices.ContainsFunc(x.out, func(k Key) bool { return k.Param == p.number }) {
		x.param = p.number
		x.add(Key{Type: Token, Code: "false", Implicit: true})
		slices.SortStableFunc(x.out, func(a, b Key) int { return int(a.Param) - int(b.Param) })
	}
	return x.out
}

type extractor struct {
	param   uint16
	targets []string
	out     Keys
}

func (x *extractor) add(k Key) {
	k.Param = x.param
	x.out = append(x.out, k)
}

func (x *extractor) all(root fhir.Node, t Type, paths []path) {
	for _, p := range paths {
		x.walk(root, p, t, p.last())
	}
}

// walk reads each value at the path. last is the path's last member.
func (x *extractor) walk(n fhir.Node, p path, t Type, last string) {
	switch {
	case n.IsArray():
		for c := range n.Children() {
			x.walk(c, p, t, last)
		}
	case !n.Exists():
	case len(p) == 0:
		x.value(n, t, last)
	case p[0].filter == "":
		x.walk(n.Get(p[0].name), p[1:], t, last)
	default:
		for v := range n.Get(p[0].name).Values() {
			if v.Get(p[0].filter).Is(p[0].value) {
				x.walk(v, p[1:], t, last)
			}
		}
	}
}

func (x *extractor) value(n fhir.Node, t Type, last string) {
	switch t {
	case String:
		x.str(n)
	case Token:
		x.token(n, last)
	case Reference:
		x.reference(n)
	case Date:
		x.date(n)
	case Quantity, Number:
		x.number(n, t)
	case URI:
		if s := n.String(); s != "" {
			x.add(Key{Type: URI, Exact: s})
		}
	case Composite:
	}
}

// composite makes one key per root element that has all components.
func (x *extractor) composite(root fhir.Node, p *Param) {
	for _, r := range p.paths {
		x.compose(root, r, p)
	}
}

func (x *extractor) compose(n fhir.Node, r path, p *Param) {
	if n.IsArray() {
		for c := range n.Children() {
			x.compose(c, r, p)
		}
		return
	}
	if len(r) > 0 {
		if next := n.Get(r[0].name); next.Exists() {
			x.compose(next, r[1:], p)
		}
		return
	}
	var groups []Keys
	for i := len(p.Components) - 1; i >= 0; i-- {
		part := extractor{param: uint16(i)} //nolint:gosec // a composite has two or three components
		part.all(n, p.Components[i].Type, p.Components[i].paths)
		if len(part.out) == 0 {
			return
		}
		groups = append(groups, part.out)
	}
	slices.Reverse(groups)
	for _, g := range combine(groups) {
		x.add(Key{Type: Composite, Group: g})
	}
}

// combine gives every choice of one key from each group.
func combine(groups []Keys) []Keys {
	out := []Keys{nil}
	for _, g := range groups {
		var grown []Keys
		for _, head := range out {
			for _, k := range g {
				grown = append(grown, append(slices.Clip(head), k))
			}
		}
		out = grown
	}
	return out
}

// stringParts are what a name or an address is made of, all of which the
// parameters name and address look at.
var stringParts = []string{"text", "family", "given", "prefix", "suffix", "line", "city", "district", "state", "postalCode", "country"}

func (x *extractor) str(n fhir.Node) {
	if n.IsObject() {
		for _, part := range stringParts {
			for v := range n.Get(part).Values() {
				x.str(v)
			}
		}
		return
	}
	if s := n.String(); s != "" {
		if folded := Fold(s); folded != "" {
			x.add(Key{Type: String, Exact: s, Folded: folded})
		}
	}
}

func (x *extractor) token(n fhir.Node, last string) {
	if !n.IsObject() {
		s := n.String()
		if strings.HasSuffix(last, "DateTime") && s != "" {
			s = "true" // deceasedDateTime: dead, whenever
		}
		if s != "" {
			x.add(Key{Type: Token, Code: foldCode(s), Implicit: true})
		}
		return
	}
	if coding := n.Get("coding"); coding.Exists() {
		for c := range coding.Values() {
			x.coding(c, "code")
		}
		return
	}
	switch {
	case n.Get("code").Exists():
		x.coding(n, "code")
	case n.Get("value").Exists():
		system := n.Get("system").String()
		if system != "" && !strings.Contains(system, ":") { // a ContactPoint: phone, email …
			x.add(Key{Type: Token, Code: foldCode(n.Get("value").String()), Implicit: true})
			return
		}
		x.coding(n, "value")
	}
}

func (x *extractor) coding(n fhir.Node, member string) {
	code, system := foldCode(n.Get(member).String()), n.Get("system").String()
	if code != "" || system != "" {
		x.add(Key{Type: Token, System: canonicalSystem(system), Code: code})
	}
}

// foldCode: codes compare without regard to case (interface §6.5: "when in
// doubt").
func foldCode(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// canonicalSystem gives one name to the spellings of a code system: those that
// moved from hl7.org/fhir to terminology.hl7.org between versions, and sloppy
// https (interface §6.5, version-mapping §2).
func canonicalSystem(s string) string {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(s, "http://")
	}
	if !ok {
		return s
	}
	if name, ok := strings.CutPrefix(rest, "terminology.hl7.org/CodeSystem/"); ok {
		return "hl7:" + name
	}
	if name, ok := strings.CutPrefix(rest, "hl7.org/fhir/"); ok {
		for _, v := range []string{"v2", "v3"} {
			if table, ok := strings.CutPrefix(name, v+"/"); ok {
				return "hl7:" + v + "-" + table
			}
		}
		return "hl7:" + name
	}
	if strings.HasPrefix(rest, "hl7.org/") {
		return "http://" + rest
	}
	return s
}

func (x *extractor) reference(n fhir.Node) {
	ref := n.String()
	if n.IsObject() {
		ref = n.Get("reference").String()
	}
	ref, _, _ = strings.Cut(ref, "/_history/")
	if ref == "" || ref[0] == '#' {
		return
	}
	if typ, _, ok := strings.Cut(ref, "/"); ok && len(x.targets) > 0 && !strings.Contains(typ, ":") {
		known := false
		for _, t := range x.targets {
			known = known || t == typ
		}
		if !known {
			return
		}
	}
	x.add(Key{Type: Reference, Exact: ref})
}

func (x *extractor) date(n fhir.Node) {
	if n.IsObject() {
		k := Key{Type: Date, Lo: Past, Hi: Future}
		start, end := n.Get("start").String(), n.Get("end").String()
		if lo, _, ok := dateOf(start); ok {
			k.Lo = lo
		}
		if _, hi, ok := dateOf(end); ok {
			k.Hi = hi
		}
		if k.Lo != Past || k.Hi != Future {
			x.add(k)
		}
		return
	}
	if lo, hi, ok := dateOf(n.String()); ok {
		x.add(Key{Type: Date, Lo: lo, Hi: hi})
	}
}

func dateOf(s string) (lo, hi int64, ok bool) {
	if s == "" {
		return 0, 0, false
	}
	fixed, ok := fhir.RepairDateTime(s, nil)
	if !ok {
		return 0, 0, false
	}
	return interval(fixed, nil)
}

func (x *extractor) number(n fhir.Node, t Type) {
	if !n.IsObject() {
		if v, low, high, ok := decimal(n.String()); ok {
			x.add(Key{Type: t, Value: v, Low: low, High: high})
		}
		return
	}
	k := Key{Type: t, System: n.Get("system").String(), Code: n.Get("code").String(), Unit: n.Get("unit").String()}
	if c := n.Get("currency").String(); c != "" {
		k.Code = c
	}
	if v, low, high, ok := decimal(n.Get("value").String()); ok {
		k.Value, k.Low, k.High = v, low, high
		switch n.Get("comparator").String() {
		case "<", "<=":
			k.Low = math.Inf(-1)
		case ">", ">=":
			k.High = math.Inf(1)
		}
		x.add(k)
		return
	}
	low, high := n.Get("low"), n.Get("high")
	if !low.Exists() && !high.Exists() {
		return
	}
	k.Low, k.High = math.Inf(-1), math.Inf(1)
	for _, q := range []fhir.Node{low, high} {
		if c := q.Get("code").String(); c != "" {
			k.System, k.Code = q.Get("system").String(), c
		}
		if u := q.Get("unit").String(); u != "" {
			k.Unit = u
		}
	}
	if v, _, _, ok := decimal(low.Get("value").String()); ok {
		k.Value, k.Low = v, v
	}
	if v, _, _, ok := decimal(high.Get("value").String()); ok {
		k.Value, k.High = v, v
	}
	x.add(k)
}

// decimal reads a number and the range its precision stands for: 72.0 is
// [71.95, 72.05) (https://hl7.org/fhir/R4/search.html#number).
func decimal(s string) (v, low, high float64, ok bool) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, 0, 0, false
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(s), "e")
	shift, _ := strconv.Atoi(exponent)
	if _, fraction, found := strings.Cut(mantissa, "."); found {
		shift -= len(fraction)
	}
	half := math.Pow10(shift) / 2
	return v, v - half, v + half, true
}

// Append appends the keys in the form that the matcher reads.
func (ks Keys) Append(b []byte) []byte {
	for i := range ks {
		b = ks[i].append(b)
	}
	return b
}

func (k *Key) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(k.Param))
	b = append(b, byte(k.Type))
	switch k.Type {
	case String:
		if k.Exact == k.Folded {
			return appendText(appendText(b, k.Folded), "")
		}
		return appendText(appendText(b, k.Folded), k.Exact)
	case Token:
		flag := byte(0)
		if k.Implicit {
			flag = 1
		}
		return append(appendText(appendText(b, k.System), k.Code), flag)
	case Reference, URI:
		return appendText(b, k.Exact)
	case Date:
		b = binary.BigEndian.AppendUint64(b, uint64(k.Lo))    //nolint:gosec // read back as it was
		return binary.BigEndian.AppendUint64(b, uint64(k.Hi)) //nolint:gosec // as above
	case Quantity, Number:
		for _, f := range []float64{k.Value, k.Low, k.High} {
			b = binary.BigEndian.AppendUint64(b, math.Float64bits(f))
		}
		return appendText(appendText(appendText(b, k.System), k.Code), k.Unit)
	case Composite:
		return appendText(b, string(k.Group.Append(nil)))
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// A view is one encoded key. Its texts point into the encoding.
type view struct {
	param            uint16
	typ              Type
	a, b, c          []byte // string: folded, exact; token: system, code; quantity: system, code, unit; else a
	implicit         bool
	lo, hi           int64
	value, low, high float64
}

// next reads the first key of enc. ok is false at the end and when enc is
// damaged.
func next(enc []byte) (v view, rest []byte, ok bool) {
	p, n := binary.Uvarint(enc)
	if n <= 0 || p > math.MaxUint16 || len(enc) <= n {
		return v, nil, false
	}
	v.param, v.typ = uint16(p), Type(enc[n])
	r := reader{enc[n+1:], true}
	switch v.typ {
	case String:
		v.a, v.b = r.text(), r.text()
		if len(v.b) == 0 {
			v.b = v.a
		}
	case Token:
		v.a, v.b, v.implicit = r.text(), r.text(), r.byte() == 1
	case Reference, URI, Composite:
		v.a = r.text()
	case Date:
		v.lo, v.hi = int64(r.word()), int64(r.word()) //nolint:gosec // as it was written
	case Quantity, Number:
		v.value, v.low, v.high = math.Float64frombits(r.word()), math.Float64frombits(r.word()), math.Float64frombits(r.word())
		v.a, v.b, v.c = r.text(), r.text(), r.text()
	default:
		return v, nil, false
	}
	return v, r.b, r.ok
}

type reader struct {
	b  []byte
	ok bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.ok, r.b = false, nil
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) text() []byte {
	n, w := binary.Uvarint(r.b)
	if w <= 0 || n > uint64(len(r.b)) {
		r.ok, r.b = false, nil
		return nil
	}
	r.b = r.b[w:]
	return r.take(int(n)) //nolint:gosec // at most len(r.b)
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) word() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}
