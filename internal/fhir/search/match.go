package search

import (
	"bytes"
	"slices"
)

// A matcher decides in one pass over a resource's encoded keys whether it meets
// all criteria of a query.
type matcher struct {
	criteria []Criterion
	terms    []*term // those over keys first, in order of number
	keyed    int
	want     uint64 // bits of the terms that must have been met
}

// of reports whether the matcher was made of these criteria, and not of those
// of a query that was since changed.
func (m *matcher) of(criteria []Criterion) bool {
	return m != nil && len(m.criteria) == len(criteria) && (len(criteria) == 0 || &m.criteria[0] == &criteria[0])
}

// A term is one criterion, made ready. Its bit is set when a value met it.
type term struct {
	number  uint16
	test    test
	missing bool // nothing may meet the test
	targets [][]byte
	values  []value
}

// A test says how an entry is looked at.
type test uint8

const (
	testPresent test = iota
	testContains
	testExact
	testToken
	testText
	testIdentifier
	testReference
	testDate
	testQuantity
	testURI
	testComposite
	testID
	testModified
)

// A value is a [Value] with its strings as bytes.
type value struct {
	Value
	text, system, code []byte
	words, refs        [][]byte
	suffix             []byte
	parts              []part
}

// A part is a component of a composite and what it must be.
type part struct {
	test  test
	value value
}

func newMatcher(criteria []Criterion) *matcher {
	m := &matcher{criteria: criteria}
	for i := range criteria {
		m.terms = append(m.terms, criteria[i].term)
	}
	slices.SortStableFunc(m.terms, func(a, b *term) int { // number 0 last
		return (int(a.number)+0xffff)&0xffff - (int(b.number)+0xffff)&0xffff
	})
	for i, t := range m.terms {
		if t.number != 0 {
			m.keyed = i + 1
		}
		if !t.missing {
			m.want |= 1 << i
		}
	}
	return m
}

func newTerm(c *Criterion) term {
	t := term{number: c.Param.number, test: testFor(c.Param.Type)}
	switch {
	case c.Missing != nil:
		t.test, t.missing = testPresent, *c.Missing
	case c.Param.number == 0 && c.Param.Type == Date:
		t.test = testModified
	case c.Param.number == 0:
		t.test, t.missing = testID, c.Not
	case c.Exact:
		t.test = testExact
	case c.Text:
		t.test = testText
	case c.Identifier:
		t.test = testIdentifier
	default:
		t.missing = c.Not
	}
	for _, target := range c.Param.Targets {
		t.targets = append(t.targets, []byte(target+"/"))
	}
	for i := range c.Values {
		t.values = append(t.values, newValue(&c.Values[i]))
	}
	return t
}

func testFor(t Type) test {
	switch t {
	case String:
		return testContains
	case Token:
		return testToken
	case Reference:
		return testReference
	case Date:
		return testDate
	case Quantity, Number:
		return testQuantity
	case URI:
		return testURI
	case Composite:
		return testComposite
	case Label, Identifier:
	}
	return testPresent
}

func newValue(v *Value) value {
	out := value{Value: *v, text: []byte(v.Text), system: []byte(v.System), code: []byte(v.Code), suffix: []byte(v.Suffix)}
	for _, w := range v.Words {
		out.words = append(out.words, []byte(w))
	}
	for _, r := range v.Refs {
		out.refs = append(out.refs, []byte(r))
	}
	for i := range v.Components {
		out.parts = append(out.parts, part{testFor(v.Kinds[i]), newValue(&v.Components[i])})
	}
	return out
}

// match is [Query.Match]. Damaged keys count as far as they can be read.
func (m *matcher) match(id string, modified int64, keys []byte) bool {
	var met uint64
	for i := m.keyed; i < len(m.terms); i++ {
		if m.terms[i].special(id, modified) == m.terms[i].missing {
			return false
		}
		met |= 1 << i
	}
	if m.keyed == 0 {
		return true
	}
	if len(keys) > 0 && keys[0] == encoding {
		keys = keys[1:]
	} else {
		keys = nil
	}
	next := 0
	for next < m.keyed && len(keys) > 0 {
		number, group, rest, ok := cutGroup(keys)
		if !ok {
			break
		}
		keys = rest
		for next < m.keyed && m.terms[next].number < number {
			if !m.terms[next].missing { // passed without a value
				return false
			}
			next++
		}
		for ; next < m.keyed && m.terms[next].number == number; next++ {
			if m.terms[next].met(group) == m.terms[next].missing {
				return false
			}
			met |= 1 << next
		}
	}
	want := m.want
	if m.keyed < len(m.terms) {
		want &= 1<<m.keyed - 1
	}
	return met&want == want
}

// special decides _id and _lastUpdated, which have no keys.
func (t *term) special(id string, modified int64) bool {
	if t.test == testPresent {
		return true
	}
	for i := range t.values {
		v := &t.values[i]
		if t.test == testID && v.Code == id {
			return true
		}
		if t.test == testModified && compareDate(v.Prefix, modified, modified+1, v.Lo, v.Hi, v.slack) {
			return true
		}
	}
	return false
}

// met reports whether the entries of a parameter meet the term, before a
// negation. The words of a value may be found in different entries.
func (t *term) met(group []byte) bool {
	if t.test == testContains || t.test == testText {
		for i := range t.values {
			if allWords(t.values[i].words, t.test, group) {
				return true
			}
		}
		return false
	}
	for len(group) > 0 {
		e, rest, ok := cutEntry(group)
		if !ok {
			return false
		}
		group = rest
		if t.test == testPresent {
			if t.leads(e) {
				return true
			}
			continue
		}
		for i := range t.values {
			if e.is(t.test, &t.values[i]) {
				return true
			}
		}
	}
	return false
}

// leads reports whether an entry belongs to the parameter, and not only to
// another one of the same number that may lead to more types.
func (t *term) leads(e entry) bool {
	if e.typ() != Reference || len(t.targets) == 0 {
		return true
	}
	local := bytes.IndexByte(e.data, '/')
	if local < 0 || bytes.IndexByte(e.data, ':') >= 0 {
		return true // absolute: its type is not known
	}
	for _, target := range t.targets {
		if bytes.HasPrefix(e.data, target) {
			return true
		}
	}
	return false
}

func allWords(words [][]byte, as test, group []byte) bool {
	for _, w := range words {
		if !anyContains(w, as, group) {
			return false
		}
	}
	return true
}

func anyContains(word []byte, as test, group []byte) bool {
	for len(group) > 0 {
		e, rest, ok := cutEntry(group)
		if !ok {
			return false
		}
		group = rest
		if as == testText {
			if e.typ() == Label && bytes.Contains(e.data, word) {
				return true
			}
			continue
		}
		if e.typ() != String {
			continue
		}
		if _, folded, ok := cut(e.data); ok && bytes.Contains(folded, word) {
			return true
		}
	}
	return false
}

// is reports whether an entry is what the value says.
func (e entry) is(as test, v *value) bool {
	switch as {
	case testExact:
		text, _, ok := cut(e.data)
		return ok && e.typ() == String && bytes.Equal(text, v.text)
	case testContains:
		return allOf(v.words, e)
	case testToken:
		return e.typ() == Token && e.isToken(v)
	case testIdentifier:
		return e.typ() == Identifier && e.isToken(v)
	case testReference:
		return e.typ() == Reference && e.isReference(v)
	case testDate:
		if e.typ() != Date {
			return false
		}
		lo, hi := e.interval()
		if e.head&flagFloating != 0 {
			return compareDate(v.Prefix, lo, hi, v.LocalLo, v.LocalHi, v.slack)
		}
		return compareDate(v.Prefix, lo, hi, v.Lo, v.Hi, v.slack)
	case testQuantity:
		return e.isQuantity(v)
	case testURI:
		return e.typ() == URI && bytes.Equal(e.data, v.text)
	case testComposite:
		return e.typ() == Composite && e.isComposite(v)
	case testPresent, testText, testID, testModified:
	}
	return false
}

// allOf is the string comparison of a composite's component.
func allOf(words [][]byte, e entry) bool {
	_, folded, ok := cut(e.data)
	if !ok || e.typ() != String {
		return false
	}
	for _, w := range words {
		if !bytes.Contains(folded, w) {
			return false
		}
	}
	return true
}

func (e entry) isToken(v *value) bool {
	system, code, ok := cut(e.data)
	if !ok || len(v.code) > 0 && !bytes.Equal(code, v.code) {
		return false
	}
	return v.AnySystem || bytes.Equal(system, v.system) || e.head&flagImplicit != 0 && ownSystem(v.System)
}

func (e entry) isReference(v *value) bool {
	for _, r := range v.refs {
		if bytes.Equal(e.data, r) {
			return true
		}
	}
	if len(v.suffix) == 0 || !bytes.HasSuffix(e.data, v.suffix) {
		return false
	}
	typ := e.data[:len(e.data)-len(v.suffix)]
	return len(typ) > 0 && bytes.IndexByte(typ, '/') < 0 && bytes.IndexByte(typ, ':') < 0
}

func (e entry) isQuantity(v *value) bool {
	k := e.typ()
	if k != Quantity && k != Number {
		return false
	}
	low, high := e.bounds()
	if !compareNumber(v.Prefix, low, high, v.Number, v.Low, v.High, v.slackNumber) {
		return false
	}
	if len(v.code) == 0 && v.System == "" {
		return true
	}
	if k == Number || len(e.data) < 16 {
		return false
	}
	system, rest, ok := cut(e.data[16:])
	code, unit, ok2 := cut(rest)
	if !ok || !ok2 || v.System != "" && !bytes.Equal(system, v.system) {
		return false
	}
	return len(v.code) == 0 || bytes.Equal(code, v.code) || v.System == "" && bytes.Equal(unit, v.code)
}

// isComposite reports whether each component is met by some part.
func (e entry) isComposite(v *value) bool {
	for i := range v.parts {
		found := false
		for b := e.data; len(b) > 1 && !found; {
			p, rest, ok := cutEntry(b[1:])
			if !ok {
				return false
			}
			found = int(b[0]) == i && p.is(v.parts[i].test, &v.parts[i].value)
			b = rest
		}
		if !found {
			return false
		}
	}
	return true
}
