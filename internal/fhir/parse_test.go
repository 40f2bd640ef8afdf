package fhir_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// oracle is what the tokenizer says of a document.
func oracle(b []byte, depth int) error {
	dec := jsontext.NewDecoder(bytes.NewReader(b))
	for {
		if _, err := dec.ReadToken(); err != nil {
			return err
		}
		if dec.StackDepth() > depth {
			return fhir.ErrDepth
		}
		if dec.StackDepth() == 0 {
			break
		}
	}
	if rest := bytes.Trim(b[dec.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return errors.New("more behind")
	}
	return nil
}

// What Parse takes is what the tokenizer takes, to the byte.
func TestParseAgreesWithTheTokenizer(t *testing.T) {
	t.Parallel()
	many := func(n int, format string) string {
		var parts []string
		for i := range n {
			parts = append(parts, fmt.Sprintf(format, i))
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	for _, s := range []string{
		``, ` `, `{}`, ` { } `, `[]`, `[ ]`, `{"a":1}`, `{"a" : 1 , "b":[ 1 , 2 ] } `, `{"a":1,}`, `[1,]`, `[,1]`, `{,}`, `[1 2]`, `{"a" 1}`, `{"a":}`, `{a:1}`, `{1:1}`, `}`, `]`, `[}`, `{]`,
		`0`, `-0`, `01`, `-`, `+1`, `1.`, `.5`, `1.5`, `1e`, `1e+`, `1e+5`, `1E-05`, `1.5e3`, `1x`, `--1`, `0x1`, `NaN`, `Infinity`,
		`true`, `tru`, `truex`, `True`, `false`, `fals`, `null`, `nul`, `nullnull`,
		`"`, `"a`, `"a"`, `"\`, `"\"`, `"\\"`, `"\x"`, `"\u"`, `"\u12"`, `"\u12g4"`, `"\u00e9"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ude00"`, `"\ud83dx"`, `"\ud83d\u0041"`, `"\ud83d\ud83d"`, "\"\t\"", "\"\x00\"", "\"\x7f\"",
		"\"\xff\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "\"é😀\"", "\xef\xbb\xbf{}", "{}\x00", `{} {}`, `'a'`, `/**/{}`,
		`{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"\u0061":1,"a":2}`, `{"\u0061":1,"\u0061":2}`, `{"a":{"a":1},"b":{"a":1}}`, `{"":1,"":2}`, `{"a":1,"A":2}`,
		many(16, `"m%d":1`), many(40, `"m%d":1`), many(40, `"m%d":{"m0":1}`), strings.Replace(many(40, `"m%d":1`), `"m39"`, `"m3"`, 1), strings.Replace(many(17, `"m%d":1`), `"m16"`, `"\u006d0"`, 1),
		strings.Repeat("[", 64) + strings.Repeat("]", 64), strings.Repeat("[", 65) + strings.Repeat("]", 65), strings.Repeat(`{"a":`, 64) + "1" + strings.Repeat("}", 64), awkward,
	} {
		agree(t, []byte(s), fhir.MaxDepth)
		agree(t, []byte(s), 2)
	}
	if _, err := fhir.Parse([]byte(`{"a":[1,`)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a document that is cut off: %v", err)
	}
}

func agree(t *testing.T, b []byte, depth int) {
	t.Helper()
	want := oracle(b, depth)
	doc, err := fhir.ParseDepth(b, depth)
	switch {
	case (err == nil) != (want == nil):
		t.Fatalf("%.80q: got %v, the tokenizer says %v", b, err, want)
	case utf8.Valid(b) && errors.Is(err, fhir.ErrDepth) != errors.Is(want, fhir.ErrDepth):
		t.Fatalf("%.80q: got %v, the tokenizer says %v", b, err, want)
	case err != nil:
		return
	}
	index, err := fhir.Index(b)
	if err != nil {
		t.Fatalf("%.80q: Index: %v", b, err)
	}
	alike(t, doc.Root(), index.Root())
}

// alike holds that both ways of indexing give one tree.
func alike(t *testing.T, a, b fhir.Node) {
	t.Helper()
	as, ae := a.Extent()
	bs, be := b.Extent()
	if as != bs || ae != be || a.Name() != b.Name() || a.String() != b.String() || a.MemberStart() != b.MemberStart() || a.Len() != b.Len() {
		t.Fatalf("%d:%d %q %q is %d:%d %q %q", as, ae, a.Name(), a.Raw(), bs, be, b.Name(), b.Raw())
	}
	for i := range a.Len() {
		alike(t, child(a, i), child(b, i))
	}
}

func child(n fhir.Node, i int) fhir.Node {
	for c := range n.Children() {
		if i == 0 {
			return c
		}
		i--
	}
	return fhir.Node{}
}

func FuzzParseAgreesWithTheTokenizer(f *testing.F) {
	for _, s := range []string{awkward, `{"a":1,"\u0061":2}`, `[1.5e+3,-0,"\ud83d\ude00",{"":null}]`, `{"a":[{"b":[[]]}]} `} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) { agree(t, b, 6) })
}
