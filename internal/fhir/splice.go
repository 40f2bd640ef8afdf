package fhir

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// An Edit replaces src[Start:End] by New; Start == End inserts.
type Edit struct {
	Start, End int
	New        []byte
}

// Splice applies edits to src and gives new bytes; src stays as it is. Edits
// may come in any order but must not overlap; inserts at one place keep their
// order. Without edits src itself is returned.
func Splice(src []byte, edits []Edit) []byte {
	if len(edits) == 0 {
		return src
	}
	slices.SortStableFunc(edits, func(a, b Edit) int {
		if a.Start != b.Start {
			return a.Start - b.Start
		}
		return a.End - b.End
	})
	size := len(src)
	for _, e := range edits {
		size += len(e.New) - (e.End - e.Start)
	}
	out := make([]byte, 0, size)
	at := 0
	for _, e := range edits {
		out = append(out, src[at:e.Start]...)
		out = append(out, e.New...)
		at = e.End
	}
	return append(out, src[at:]...)
}

// Set is the edit that gives an object the member name with the value raw:
// the present value is replaced, an absent member is added at the end. Two
// members added to one empty object need [SetAll].
func Set(object Node, name string, raw []byte) Edit {
	if v := object.Get(name); v.Exists() {
		s, e := v.Extent()
		return Edit{s, e, raw}
	}
	return SetAll(object, []Member{{name, raw}})[0]
}

// A Member is a name and a raw JSON value.
type Member struct {
	Name string
	Raw  []byte
}

// SetAll is the edits that give an object several members at once, as [Set]
// does for one. Absent members are added at the end, in order.
func SetAll(object Node, members []Member) []Edit {
	var edits []Edit
	var add []byte
	filled := object.Len() > 0
	for _, m := range members {
		if v := object.Get(m.Name); v.Exists() {
			s, e := v.Extent()
			edits = append(edits, Edit{s, e, m.Raw})
			continue
		}
		if filled {
			add = append(add, ',')
		}
		filled = true
		add = append(AppendString(add, m.Name), ':')
		add = append(add, m.Raw...)
	}
	if add != nil {
		_, e := object.Extent()
		edits = append(edits, Edit{e - 1, e - 1, add})
	}
	return edits
}

// Prepend is the edit that puts raw in front of an array's elements.
func Prepend(array Node, raw []byte) Edit {
	s, _ := array.Extent()
	n := slices.Clone(raw)
	if array.Len() > 0 {
		n = append(n, ',')
	}
	return Edit{s + 1, s + 1, n}
}

// Remove is the edit that takes a member out of its object, or an element out
// of its array, with the comma that goes with it. Removing several neighbours
// at once is not safe; splice between.
func Remove(parent, child Node) Edit {
	var prev, next Node
	found := false
	for c := range parent.Children() {
		if found {
			next = c
			break
		}
		if c == child {
			found = true
			continue
		}
		prev = c
	}
	_, end := child.Extent()
	if next.Exists() {
		return Edit{child.MemberStart(), next.MemberStart(), nil}
	}
	if prev.Exists() {
		_, s := prev.Extent()
		return Edit{s, end, nil}
	}
	return Edit{child.MemberStart(), end, nil}
}

// AppendString appends s as a JSON string. Bytes that are not UTF-8 become
// U+FFFD.
func AppendString(dst []byte, s string) []byte {
	b, _ := jsontext.AppendQuote(dst, s) // the error only reports invalid UTF-8, which is replaced
	return b
}
