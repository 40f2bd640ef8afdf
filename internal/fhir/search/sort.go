package search

import (
	"encoding/binary"
	"math"
)

// AppendSort appends the bytes by which resources of the query are ordered:
// comparing them as bytes is comparing by the query's sort keys (interface
// §6.3). What lacks a key comes last in both directions; a period counts from
// its start, or its end when the start is open; of two that start together the
// one without an end comes first. Equal bytes are ordered by id.
func (q *Query) AppendSort(b []byte, id string, modified int64, keys []byte) []byte {
	for _, s := range q.Sort {
		b = s.append(b, id, modified, keys)
	}
	return b
}

func (s *SortKey) append(b []byte, id string, modified int64, keys []byte) []byte {
	from := len(b) + 1
	if s.Param.number == 0 {
		b = append(b, 0)
		if s.Param.Type == Date {
			b = appendOrdered(b, modified)
		} else {
			b = append(append(b, id...), 0)
		}
		return s.flip(b, from)
	}
	var best []byte
	var buf [64]byte
	for len(keys) > 0 {
		v, rest, ok := next(keys)
		if !ok || v.param > s.Param.number {
			break
		}
		keys = rest
		if v.param != s.Param.number {
			continue
		}
		k := s.flip(v.order(buf[:0]), 0)
		if v.typ == Date { // open-ended first in both directions
			k = append(k, map[bool]byte{true: 0, false: 1}[v.hi == Future])
		}
		if best == nil || string(k) < string(best) {
			best = append(best[:0:0], k...)
		}
	}
	if best == nil {
		return append(b, 1)
	}
	return append(append(b, 0), best...)
}

// flip turns the bytes from on around when the order is descending.
func (s *SortKey) flip(b []byte, from int) []byte {
	if s.Desc {
		for i := from; i < len(b); i++ {
			b[i] = ^b[i]
		}
	}
	return b
}

// order is the key's value as bytes in its natural order.
func (v *view) order(b []byte) []byte {
	switch v.typ {
	case Date:
		at := v.lo
		if at == Past {
			at = v.hi
		}
		return appendOrdered(b, at)
	case Quantity, Number:
		bits := math.Float64bits(v.value)
		if bits>>63 == 1 {
			bits = ^bits
		} else {
			bits |= 1 << 63
		}
		return binary.BigEndian.AppendUint64(b, bits)
	case Token:
		return append(append(b, v.b...), 0)
	case String, Reference, URI, Composite:
	}
	return append(append(b, v.a...), 0)
}

func appendOrdered(b []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(n)^(1<<63)) //nolint:gosec // the flipped sign keeps the order
}
