package fhirstore

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// The spaces of the index. Every key begins with one; DESIGN.md has the
// layouts.
const (
	spacePatient = 'P' // type, patient id: rid of a resource that refers to the patient; payload decides without the resource
	spaceValue   = 'V' // type, parameter, class, value
	spaceWord    = 'W' // type, parameter, hash: a distinct string, folded, as payload
	spaceGram    = 'G' // type, parameter, gram: hash of a string that has it
)

// Classes of values.
const (
	classText  = 't' // token codes and URIs
	classLocal = 'l' // id, 0, type of a reference
	classOther = 'o' // any other reference
	classDay   = 'd' // start of a date of at most two days
	classSpan  = 's' // end of a longer one
	classWord  = 'w' // hash of a string
)

const (
	day = int64(24 * 3600 * 1e6)
	// maxText is how much of a long value is in a key; its hash stands for the
	// rest.
	maxText = 64
	// maxGrams bounds the work for one long string. Strings that are longer
	// are found through the empty gram, which every such string has.
	maxGrams = 512
)

// An indexer composes index rows for one version's definitions.
type indexer struct {
	defs  *search.Definitions
	types map[string]byte
}

func newIndexer(defs *search.Definitions) *indexer {
	x := &indexer{defs: defs, types: map[string]byte{}}
	for i, t := range defs.Types() {
		x.types[t] = byte(i) // every version has fewer than 256 types
	}
	return x
}

func (x *indexer) key(space byte, typ string, param uint16) []byte {
	k := make([]byte, 0, 24)
	return binary.BigEndian.AppendUint16(append(k, space, x.types[typ]), param)
}

func (x *indexer) patient(typ, id string) []byte {
	k := make([]byte, 0, 2+len(id))
	return append(append(k, spacePatient, x.types[typ]), id...)
}

// appendText appends a value of any length so that equal values give equal
// bytes, and no two others ever in practice.
func appendText(k []byte, s string) []byte {
	if len(s) <= maxText {
		return append(k, s...)
	}
	sum := sha256.Sum256([]byte(s))
	return append(append(k, s[:maxText]...), sum[:16]...)
}

func appendInt(k []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(k, uint64(n)^(1<<63)) //nolint:gosec // the flipped sign keeps the order
}

// wordHash stands for a folded string in keys.
func wordHash(folded string) []byte {
	sum := sha256.Sum256([]byte(folded))
	return sum[:8]
}

// splitLocal gives type and id of a relative reference.
func splitLocal(ref string) (typ, id string, ok bool) {
	typ, id, ok = strings.Cut(ref, "/")
	ok = ok && typ != "" && id != "" && !strings.ContainsAny(id, "/?#") && !strings.Contains(typ, ":")
	return typ, id, ok
}

func (x *indexer) reference(typ string, param uint16, ref string) []byte {
	target, id, ok := splitLocal(ref)
	if ok && target == "Patient" {
		return x.patient(typ, id)
	}
	k := x.key(spaceValue, typ, param)
	if !ok {
		return appendText(append(k, classOther), ref)
	}
	return append(append(appendText(append(k, classLocal), id), 0), target...)
}

// An entry is what makes a resource found: rows of its own, and the words that
// must be in the dictionary.
type entry struct {
	rows  []IndexRow // RID and the payload of patient rows are yet to be set
	words []word
}

// A word is a distinct string of a parameter.
type word struct {
	typ    string
	param  uint16
	folded string
}

// entry composes what a resource is found by, sorted and without repetition.
func (x *indexer) entry(typ string, keys search.Keys) entry {
	var e entry
	e.rows = make([]IndexRow, 0, len(keys))
	for i := range keys {
		if k := x.value(&e, typ, &keys[i]); k != nil {
			e.rows = append(e.rows, IndexRow{Key: k})
		}
	}
	slices.SortFunc(e.rows, func(a, b IndexRow) int { return bytes.Compare(a.Key, b.Key) })
	e.rows = slices.CompactFunc(e.rows, func(a, b IndexRow) bool { return bytes.Equal(a.Key, b.Key) })
	return e
}

// value is the key of one value, nil when it has none: quantities, numbers and
// composites are rarely what narrows a search, and cost as much as the others.
func (x *indexer) value(e *entry, typ string, k *search.Key) []byte {
	switch k.Type {
	case search.Token:
		if k.Code == "" {
			return nil
		}
		return appendText(append(x.key(spaceValue, typ, k.Param), classText), k.Code)
	case search.URI:
		return appendText(append(x.key(spaceValue, typ, k.Param), classText), k.Exact)
	case search.Reference:
		return x.reference(typ, k.Param, k.Exact)
	case search.Date:
		if k.Lo != search.Past && k.Hi != search.Future && k.Hi-k.Lo <= 2*day {
			return appendInt(append(x.key(spaceValue, typ, k.Param), classDay), k.Lo)
		}
		return appendInt(append(x.key(spaceValue, typ, k.Param), classSpan), k.Hi)
	case search.String:
		if k.Folded == "" {
			return nil
		}
		e.words = append(e.words, word{typ, k.Param, k.Folded})
		return append(append(x.key(spaceValue, typ, k.Param), classWord), wordHash(k.Folded)...)
	case search.Quantity, search.Number, search.Composite, search.Label, search.Identifier:
	}
	return nil
}

// word is the key of a word.
func (x *indexer) word(w word) []byte {
	return append(x.key(spaceWord, w.typ, w.param), wordHash(w.folded)...)
}

// dictionary gives the rows of a word: the word itself first, then its grams.
func (x *indexer) dictionary(w word) []IndexRow {
	key := x.word(w)
	hash := key[len(key)-8:]
	rows := []IndexRow{{Key: key, Payload: []byte(w.folded)}}
	grams := search.Grams(w.folded)
	if len(grams) > maxGrams {
		grams = []string{""}
	}
	for _, g := range grams {
		rows = append(rows, IndexRow{Key: append(x.gram(w.typ, w.param, g), hash...)})
	}
	return rows
}

// gram is the beginning of the keys of a gram. Its length keeps one character
// apart from three that begin with it.
func (x *indexer) gram(typ string, param uint16, g string) []byte {
	k := append(x.key(spaceGram, typ, param), byte(utf8.RuneCountInString(g))) //nolint:gosec // at most 3
	return append(k, g...)
}

// prefix is the range of keys that begin with k.
func prefix(k []byte) Range {
	hi := slices.Clone(k)
	for i := len(hi) - 1; i >= 0; i-- {
		if hi[i]++; hi[i] != 0 {
			return Range{Lo: k, Hi: hi[:i+1]}
		}
	}
	return Range{Lo: k, Hi: bytes.Repeat([]byte{0xff}, len(k)+64)}
}

// appendPayload appends what decides about a resource and orders it, without
// the resource itself.
func appendPayload(b []byte, id string, modified int64, keys []byte) []byte {
	b = slices.Grow(b, 9+len(id)+len(keys))
	b = binary.BigEndian.AppendUint64(b, uint64(modified)) //nolint:gosec // read back as it was
	b = append(append(b, byte(len(id))), id...)            //nolint:gosec // an id has at most 64 characters
	return append(b, keys...)
}

func cutPayload(b []byte) (id string, modified int64, keys []byte, ok bool) {
	if len(b) < 9 || len(b) < 9+int(b[8]) {
		return "", 0, nil, false
	}
	n := 9 + int(b[8])
	return string(b[9:n]), int64(binary.BigEndian.Uint64(b)), b[n:], true //nolint:gosec // as it was written
}
