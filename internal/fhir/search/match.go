package search

import (
	"bytes"
	"math"
	"time"
)

// Match reports whether a resource matches all criteria. keys are its encoded
// [Keys]; modified is its meta.lastUpdated in µs since 1970. It allocates
// nothing.
func (q *Query) Match(id string, modified int64, keys []byte) bool {
	for i := range q.Criteria {
		if !q.Criteria[i].Match(id, modified, keys) {
			return false
		}
	}
	return true
}

// Match reports whether a resource matches this criterion alone.
func (c *Criterion) Match(id string, modified int64, keys []byte) bool {
	if c.Param.number == 0 {
		return c.matchSpecial(id, modified)
	}
	if c.Missing != nil {
		return c.present(keys) != *c.Missing
	}
	for i := range c.Values {
		if c.matchValue(&c.Values[i], keys) {
			return !c.Not
		}
	}
	return c.Not
}

func (c *Criterion) matchSpecial(id string, modified int64) bool {
	for i := range c.Values {
		v := &c.Values[i]
		if c.Param.Type == Token {
			if v.Text == id {
				return !c.Not
			}
		} else if compare(v.Prefix, modified, modified+1000, v.Lo, v.Hi, slack(v)) {
			return true
		}
	}
	return c.Not
}

func (c *Criterion) present(keys []byte) bool {
	for len(keys) > 0 {
		v, rest, ok := next(keys)
		if !ok {
			return false
		}
		if v.param == c.Param.number {
			return true
		}
		keys = rest
	}
	return false
}

func (c *Criterion) matchValue(val *Value, keys []byte) bool {
	if c.Param.Type == String && !c.Exact {
		for _, w := range val.Words {
			if !c.some(val, w, keys) {
				return false
			}
		}
		return len(val.Words) > 0
	}
	return c.some(val, "", keys)
}

// some reports whether some key of the parameter matches the value, or, for
// strings, contains the word.
func (c *Criterion) some(val *Value, word string, keys []byte) bool {
	for len(keys) > 0 {
		v, rest, ok := next(keys)
		if !ok || v.param > c.Param.number {
			return false
		}
		if v.param == c.Param.number {
			if c.Param.Type == String && !c.Exact {
				if bytes.Contains(v.a, []byte(word)) {
					return true
				}
			} else if val.matchKey(&v) {
				return true
			}
		}
		keys = rest
	}
	return false
}

func (val *Value) matchKey(v *view) bool {
	switch v.typ {
	case String:
		return string(v.b) == val.Text
	case Token:
		return val.matchToken(v)
	case Reference:
		for _, r := range val.Refs {
			if string(v.a) == r {
				return true
			}
		}
		return val.Suffix != "" && bytes.HasSuffix(v.a, []byte(val.Suffix))
	case Date:
		return compare(val.Prefix, v.lo, v.hi, val.Lo, val.Hi, slack(val))
	case Quantity, Number:
		return val.matchNumber(v)
	case URI:
		return string(v.a) == val.Text
	case Composite:
		return val.matchGroup(v.a)
	}
	return false
}

func (val *Value) matchToken(v *view) bool {
	if val.Code != "" && string(v.b) != val.Code {
		return false
	}
	return val.AnySystem || v.implicit || string(v.a) == val.System
}

func (val *Value) matchNumber(v *view) bool {
	if val.Code != "" && string(v.b) != val.Code && (val.System != "" || string(v.c) != val.Code) {
		return false
	}
	if val.System != "" && string(v.a) != val.System {
		return false
	}
	low, high := v.value, v.value
	if math.IsInf(v.low, 0) || math.IsInf(v.high, 0) || v.value == v.low || v.value == v.high {
		low, high = v.low, v.high // a Range, or a value with a comparator
	}
	switch val.Prefix {
	case Eq:
		return low >= val.Low && high < val.High
	case Ne:
		return low < val.Low || high >= val.High
	case Gt, Sa:
		return low > val.Number || val.Prefix == Gt && high > val.Number
	case Lt, Eb:
		return high < val.Number || val.Prefix == Lt && low < val.Number
	case Ge:
		return high >= val.Number
	case Le:
		return low <= val.Number
	case Ap:
		d := math.Abs(val.Number) / 10
		return low <= val.Number+d && high >= val.Number-d
	}
	return false
}

func (val *Value) matchGroup(group []byte) bool {
	for i := range val.Components {
		if !val.Components[i].matchPart(group, uint16(i), val.Kinds[i]) { //nolint:gosec // two or three components
			return false
		}
	}
	return true
}

func (val *Value) matchPart(group []byte, number uint16, kind Type) bool {
	for len(group) > 0 {
		v, rest, ok := next(group)
		if !ok {
			return false
		}
		if v.param == number {
			if kind == String {
				return len(val.Words) > 0 && bytes.Contains(v.a, []byte(val.Words[0]))
			}
			return val.matchKey(&v)
		}
		group = rest
	}
	return false
}

// slack is what ap leaves open: a tenth of the time between the value and now
// (https://hl7.org/fhir/R4/search.html#prefix), at least the value's own width.
func slack(v *Value) int64 {
	if v.Prefix != Ap {
		return 0
	}
	d := time.Now().UnixMicro() - v.Lo
	if d < 0 {
		d = -d
	}
	return max(d/10, v.Hi-v.Lo)
}
