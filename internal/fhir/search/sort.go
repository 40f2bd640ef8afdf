package search

import (
	"bytes"
	"encoding/binary"
	"math"
)

// AppendSort appends the bytes by which resources of the query are ordered:
// comparing them as bytes is comparing by the query's sort keys (interface
// §6.3). What lacks a key comes last in both directions; a period counts from
// its start, or from its end when it has no start; of two that start together
// the one without an end comes first. Of several values the first in the
// direction counts. Equal bytes are ordered by id.
func (q *Query) AppendSort(b []byte, id string, modified int64, keys []byte) []byte {
	for i := range q.Sort {
		b = q.Sort[i].append(b, id, modified, keys)
	}
	return b
}

// Marks before a sort key.
const (
	sortPresent = 0
	sortMissing = 1
)

func (s *SortKey) append(b []byte, id string, modified int64, keys []byte) []byte {
	if s.Param.number == 0 {
		from := len(b) + 1
		b = append(b, sortPresent)
		if s.Param.Type == Date {
			b = appendOrdered(b, modified)
		} else {
			b = appendTerminated(b, []byte(id))
		}
		return s.flip(b, from)
	}
	from := len(b)
	b = append(b, sortMissing)
	for group := groupOf(keys, s.Param.number); len(group) > 0; {
		e, rest, ok := cutEntry(group)
		if !ok {
			break
		}
		group = rest
		if b[from] == sortMissing {
			b[from] = sortPresent
			if b = s.appendEntry(b, e); len(b) == from+1 {
				b[from] = sortMissing
			}
			continue
		}
		// The candidate goes behind the best so far, and over it when better.
		end := len(b)
		b = s.appendEntry(b, e)
		if candidate := b[end:]; len(candidate) > 0 && bytes.Compare(candidate, b[from+1:end]) < 0 {
			b = append(b[:from+1], candidate...)
		} else {
			b = b[:end]
		}
	}
	return b
}

// groupOf finds the entries of a parameter.
func groupOf(keys []byte, number uint16) []byte {
	if len(keys) == 0 || keys[0] != encoding {
		return nil
	}
	for keys = keys[1:]; len(keys) > 0; {
		n, group, rest, ok := cutGroup(keys)
		switch {
		case !ok || n > number:
			return nil
		case n == number:
			return group
		}
		keys = rest
	}
	return nil
}

// appendEntry appends one value in order, nothing for an entry that is no
// value, such as the text of a code.
func (s *SortKey) appendEntry(b []byte, e entry) []byte {
	from := len(b)
	switch e.typ() {
	case Date:
		_, hi := e.interval()
		b = s.flip(appendOrdered(b, e.at()), from)
		if hi == Future { // first in both directions
			return append(b, 0)
		}
		return append(b, 1)
	case Number, Quantity:
		low, high := e.bounds()
		if math.IsInf(low, -1) || s.Desc && !math.IsInf(high, 1) {
			low = high
		}
		b = appendFloat(b, low)
	case String:
		_, folded, _ := cut(e.data)
		b = appendTerminated(b, folded)
	case Token:
		_, code, _ := cut(e.data)
		b = appendTerminated(b, code)
	case Reference, URI:
		if s.Param.Type == Reference && !leads(e, s.Param) {
			return b
		}
		b = appendTerminated(b, e.data)
	case Label, Identifier, Composite:
		return b
	}
	return s.flip(b, from)
}

// leads is [term.leads] for a sort key.
func leads(e entry, p *Param) bool {
	local := bytes.IndexByte(e.data, '/')
	if local < 0 || bytes.IndexByte(e.data, ':') >= 0 {
		return true
	}
	return p.allows(string(e.data[:local]))
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

func appendOrdered(b []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(n)^(1<<63)) //nolint:gosec // the flipped sign keeps the order
}

func appendFloat(b []byte, f float64) []byte {
	if f == 0 {
		f = 0 // one zero
	}
	bits := math.Float64bits(f)
	if bits>>63 == 1 {
		bits = ^bits
	} else {
		bits |= 1 << 63
	}
	return binary.BigEndian.AppendUint64(b, bits)
}

// appendTerminated appends text and an end that sorts before any more text. A
// zero byte within is escaped so that it cannot be taken for the end.
func appendTerminated(b, text []byte) []byte {
	for _, c := range text {
		if b = append(b, c); c == 0 {
			b = append(b, 0xff)
		}
	}
	return append(b, 0, 1)
}
