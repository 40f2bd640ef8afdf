package search

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// A Key is one value a resource is found by.
type Key struct {
	Param    uint16 // [Param.Number]
	Type     Type
	Implicit bool // token: a plain code, boolean or string, whose system goes unsaid
	Floating bool // date: it came without a zone, and is read as if in UTC

	System string // token, identifier, quantity: canonical code system, "" for none
	Code   string // token, identifier: in lower case; quantity: the unit's code
	Unit   string // quantity: the unit in words
	Exact  string // string: as it stands (NFC); reference and URI: the target
	Folded string // string, label: see Fold

	// Lo and Hi bound a date in µs since 1970, Hi exclusive; Past and Future
	// are open ends. At is the instant it sorts by.
	Lo, Hi, At int64
	// Low and High bound a number or quantity. Both are its value, unless it is
	// a Range or has a comparator.
	Low, High float64

	// Group are the keys of a composite's components. Their Param is the
	// index of the component, which may have several.
	Group Keys
}

// Keys are all values a resource is found by, in the order of Param. A value
// may repeat.
type Keys []Key

// encoding is the first byte of encoded keys. After it comes one group for
// each parameter: its number, the length of the rest and the entries. An entry
// is a byte of type and flags, its length and its payload. Lengths let the
// matcher step over what it need not read.
const encoding = 1

// Flags beside the type in the first byte of an entry.
const (
	typeMask     = 0x0f
	flagImplicit = 0x10
	flagFloating = 0x20
	flagAt       = 0x40 // At differs from Lo and is kept
)

// errKeys is what damaged keys give.
var errKeys = errors.New("search: encoded keys cannot be read")

// Append encodes the keys, which must be in order of Param.
func (k Keys) Append(b []byte) []byte {
	size := 1
	for i := range k {
		size += k[i].size() + 4
	}
	b = append(slices.Grow(b, size), encoding)
	for i := 0; i < len(k); {
		end := i + 1
		for end < len(k) && k[end].Param == k[i].Param {
			end++
		}
		b = k[i:end].appendGroup(b, k[i].Param)
		i = end
	}
	return b
}

// appendGroup encodes those of one parameter, in any order among others.
func (k Keys) appendGroup(b []byte, number uint16) []byte {
	size := 0
	for i := range k {
		if k[i].Param == number {
			size += k[i].size()
		}
	}
	if size == 0 {
		return b
	}
	b = binary.AppendUvarint(b, uint64(number))
	b = binary.AppendUvarint(b, uint64(size))
	for i := range k {
		if k[i].Param == number {
			b = k[i].append(b)
		}
	}
	return b
}

func (k *Key) append(b []byte) []byte {
	head := byte(k.Type)
	if k.Implicit {
		head |= flagImplicit
	}
	if k.Floating {
		head |= flagFloating
	}
	if k.Type == Date && k.At != k.Lo {
		head |= flagAt
	}
	b = binary.AppendUvarint(append(b, head), uint64(k.payloadSize())) //nolint:gosec // a size is not negative
	return k.appendPayload(b, head)
}

// size is how many bytes append adds.
func (k *Key) size() int { return 1 + prefixed(k.payloadSize()) }

// prefixed is the size of n bytes behind their number.
func prefixed(n int) int {
	size := n + 1
	for l := n; l >= 0x80; l >>= 7 {
		size++
	}
	return size
}

func (k *Key) payloadSize() int {
	switch k.Type {
	case String:
		return prefixed(len(k.Exact)) + len(k.Folded)
	case Token, Identifier:
		return prefixed(len(k.System)) + len(k.Code)
	case Reference, URI:
		return len(k.Exact)
	case Label:
		return len(k.Folded)
	case Date:
		if k.At != k.Lo {
			return 24
		}
		return 16
	case Number:
		return 16
	case Quantity:
		return 16 + prefixed(len(k.System)) + prefixed(len(k.Code)) + len(k.Unit)
	case Composite:
		size := 0
		for i := range k.Group {
			size += 1 + k.Group[i].size()
		}
		return size
	}
	return 0
}

func appendPrefixed(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func (k *Key) appendPayload(b []byte, head byte) []byte {
	le := binary.LittleEndian
	switch k.Type {
	case String:
		b = append(appendPrefixed(b, k.Exact), k.Folded...)
	case Token, Identifier:
		b = append(appendPrefixed(b, k.System), k.Code...)
	case Reference, URI:
		b = append(b, k.Exact...)
	case Label:
		b = append(b, k.Folded...)
	case Date:
		b = le.AppendUint64(le.AppendUint64(b, uint64(k.Lo)), uint64(k.Hi)) //nolint:gosec // bits, not a number
		if head&flagAt != 0 {
			b = le.AppendUint64(b, uint64(k.At)) //nolint:gosec // bits, not a number
		}
	case Number, Quantity:
		b = le.AppendUint64(le.AppendUint64(b, math.Float64bits(k.Low)), math.Float64bits(k.High))
		if k.Type == Quantity {
			b = append(appendPrefixed(appendPrefixed(b, k.System), k.Code), k.Unit...)
		}
	case Composite:
		for i := range k.Group {
			b = k.Group[i].append(append(b, byte(k.Group[i].Param))) //nolint:gosec // composites have two or three components
		}
	}
	return b
}

// An entry is one encoded key: its head and its payload.
type entry struct {
	head byte
	data []byte
}

func (e entry) typ() Type { return Type(e.head & typeMask) }

// cut takes the next n-prefixed piece off b.
func cut(b []byte) (piece, rest []byte, ok bool) {
	if len(b) > 0 && b[0] < 0x80 { // the common length
		n := int(b[0]) + 1
		if n > len(b) {
			return nil, nil, false
		}
		return b[1:n], b[n:], true
	}
	n, w := binary.Uvarint(b)
	if w <= 0 || n > uint64(len(b)-w) { //nolint:gosec // w is at most len(b)
		return nil, nil, false
	}
	end := w + int(n) //nolint:gosec // at most len(b)
	return b[w:end], b[end:], true
}

// cutEntry takes the next entry off a group.
func cutEntry(b []byte) (e entry, rest []byte, ok bool) {
	if len(b) < 2 {
		return entry{}, nil, false
	}
	data, rest, ok := cut(b[1:])
	return entry{b[0], data}, rest, ok
}

// cutGroup takes the next parameter's entries off the encoded keys.
func cutGroup(b []byte) (param uint16, group, rest []byte, ok bool) {
	n, w := uint64(b[0]), 1
	if n >= 0x80 {
		n, w = binary.Uvarint(b)
	}
	if w <= 0 || n > math.MaxUint16 {
		return 0, nil, nil, false
	}
	group, rest, ok = cut(b[w:])
	return uint16(n), group, rest, ok
}

// interval reads the bounds of a date.
func (e entry) interval() (lo, hi int64) {
	if len(e.data) < 16 {
		return Past, Past
	}
	return int64(binary.LittleEndian.Uint64(e.data)), int64(binary.LittleEndian.Uint64(e.data[8:])) //nolint:gosec // bits, not a number
}

// at reads the instant a date sorts by.
func (e entry) at() int64 {
	if e.head&flagAt != 0 && len(e.data) >= 24 {
		return int64(binary.LittleEndian.Uint64(e.data[16:])) //nolint:gosec // bits, not a number
	}
	lo, _ := e.interval()
	return lo
}

// bounds reads the bounds of a number or quantity.
func (e entry) bounds() (low, high float64) {
	if len(e.data) < 16 {
		return math.NaN(), math.NaN()
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(e.data)), math.Float64frombits(binary.LittleEndian.Uint64(e.data[8:]))
}

// DecodeKeys reads what [Keys.Append] wrote.
func DecodeKeys(b []byte) (Keys, error) {
	if len(b) == 0 || b[0] != encoding {
		return nil, fmt.Errorf("%w: unknown form", errKeys)
	}
	var out Keys
	b = b[1:]
	for len(b) > 0 {
		param, group, rest, ok := cutGroup(b)
		if !ok {
			return nil, errKeys
		}
		for b = rest; len(group) > 0; {
			var e entry
			if e, group, ok = cutEntry(group); !ok {
				return nil, errKeys
			}
			k, ok := e.key(param)
			if !ok {
				return nil, errKeys
			}
			out = append(out, k)
		}
	}
	return out, nil
}

func (e entry) key(param uint16) (Key, bool) {
	k := Key{Param: param, Type: e.typ(), Implicit: e.head&flagImplicit != 0, Floating: e.head&flagFloating != 0}
	var a, b []byte
	ok := true
	switch k.Type {
	case String:
		a, b, ok = cut(e.data)
		k.Exact, k.Folded = string(a), string(b)
	case Token, Identifier:
		a, b, ok = cut(e.data)
		k.System, k.Code = string(a), string(b)
	case Reference, URI:
		k.Exact = string(e.data)
	case Label:
		k.Folded = string(e.data)
	case Date:
		ok = len(e.data) == 16 || len(e.data) == 24
		k.Lo, k.Hi = e.interval()
		k.At = e.at()
	case Number:
		ok = len(e.data) == 16
		k.Low, k.High = e.bounds()
	case Quantity:
		if ok = len(e.data) >= 16; !ok {
			break
		}
		k.Low, k.High = e.bounds()
		if a, b, ok = cut(e.data[16:]); ok {
			k.System = string(a)
			a, b, ok = cut(b)
			k.Code, k.Unit = string(a), string(b)
		}
	case Composite:
		k.Group, ok = e.group()
	default:
		ok = false
	}
	return k, ok
}

func (e entry) group() (Keys, bool) {
	var out Keys
	for b := e.data; len(b) > 0; {
		index := b[0]
		part, rest, ok := cutEntry(b[1:])
		if !ok || part.typ() == Composite {
			return nil, false
		}
		k, ok := part.key(uint16(index))
		if !ok {
			return nil, false
		}
		out, b = append(out, k), rest
	}
	return out, true
}
