package fhir_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

const awkward = `{ "resourceType":"Patient", "é\u0041\"":"x\\", "n":[1.10, 1e2, -0.0, 72.0],
 "empty":{}, "list":[], "deep":{"a":[{"b":"c"},{"b":"d"}]}, "t":true,"f":false,"z":null, "emoji":"😀\ud83d\ude00" }`

func TestNodeWalks(t *testing.T) {
	doc, err := fhir.Parse([]byte(awkward))
	if err != nil {
		t.Fatal(err)
	}
	root := doc.Root()
	for _, tc := range []struct{ name, got, want string }{
		{"string", root.Get("resourceType").String(), "Patient"},
		{"decimal keeps its digits", root.Get("n").At(0).String(), "1.10"},
		{"fourth of an array", string(root.Get("n").At(3).Raw()), "72.0"},
		{"nested", root.Get("deep").Get("a").At(1).Get("b").String(), "d"},
		{"escapes", root.Get("emoji").String(), "😀😀"},
		{"absent", root.Get("no").Get("such").At(3).String(), ""},
		{"null is empty", root.Get("z").String(), ""},
		{"literal", root.Get("t").String(), "true"},
		{"values of a lone one", root.Get("resourceType").First().String(), "Patient"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, tc.got, tc.want)
		}
	}
	if n := root.Len(); n != 10 {
		t.Errorf("root has %d members, want 10", n)
	}
	for path, want := range map[string]int{"n": 4, "list": 0, "empty": 1, "resourceType": 1, "no": 0} {
		n := 0
		for range root.Get(path).Values() {
			n++
		}
		if n != want {
			t.Errorf("%s has %d values, want %d", path, n, want)
		}
	}
	for v := range root.Get("n").Values() {
		if got := string(v.Raw()); got != "1.10" {
			t.Errorf("the first value is %s, want 1.10", got)
		}
		break
	}
}

func TestParseIsStrict(t *testing.T) {
	for _, bad := range []string{
		"", "{", `{"a":1,"a":2}`, `{"a":1,}`, `{"a":"` + "\xff" + `"}`, `{"a":01}`, `[1 2]`, `{"a"}`, `{}{}`, `{} x`, "\ufeff{}",
		strings.Repeat("[", fhir.MaxDepth+1) + strings.Repeat("]", fhir.MaxDepth+1), `{"a":tru}`, `{'a':1}`,
	} {
		if _, err := fhir.Parse([]byte(bad)); err == nil {
			t.Errorf("Parse(%.40q) succeeded; want an error", bad)
		}
	}
}

func TestSpliceLeavesTheRestAlone(t *testing.T) {
	src := []byte(`{"a": 72.0 ,"b":[ 1,2 ],"c":{}}`)
	doc, err := fhir.Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	root := doc.Root()
	for _, tc := range []struct {
		name  string
		edits []fhir.Edit
		want  string
	}{
		{"replace", []fhir.Edit{fhir.Set(root, "b", []byte(`"x"`))}, `{"a": 72.0 ,"b":"x","c":{}}`},
		{"add", []fhir.Edit{fhir.Set(root, "d", []byte(`1`))}, `{"a": 72.0 ,"b":[ 1,2 ],"c":{},"d":1}`},
		{"add to empty", fhir.SetAll(root.Get("c"), []fhir.Member{{Name: "x", Raw: []byte("1")}, {Name: "y", Raw: []byte("2")}}), `{"a": 72.0 ,"b":[ 1,2 ],"c":{"x":1,"y":2}}`},
		{"prepend", []fhir.Edit{fhir.Prepend(root.Get("b"), []byte("0"))}, `{"a": 72.0 ,"b":[0, 1,2 ],"c":{}}`},
		{"remove first member", []fhir.Edit{fhir.Remove(root, root.Get("a"))}, `{"b":[ 1,2 ],"c":{}}`},
		{"remove last member", []fhir.Edit{fhir.Remove(root, root.Get("c"))}, `{"a": 72.0 ,"b":[ 1,2 ]}`},
		{"remove element", []fhir.Edit{fhir.Remove(root.Get("b"), root.Get("b").At(0))}, `{"a": 72.0 ,"b":[ 2 ],"c":{}}`},
		{"nothing", nil, string(src)},
	} {
		if got := string(fhir.Splice(src, tc.edits)); got != tc.want {
			t.Errorf("%s: got  %s\nwant %s", tc.name, got, tc.want)
		}
	}
}

// FuzzParse holds two things: nothing panics, and what Parse accepts
// encoding/json reads the same way.
func FuzzParse(f *testing.F) {
	for _, s := range []string{awkward, `[]`, `"x"`, `{"a":[{"b":[[]]}]}`, `{"a":"\\"}`, `{"a":"\\\""}`, `1e5`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if d, err := fhir.Index(b); err == nil {
			walk(t, d.Root())
		}
		d, err := fhir.Parse(b)
		if err != nil {
			return
		}
		if !json.Valid(b) {
			t.Fatalf("Parse accepted what is not JSON: %q", b)
		}
		walk(t, d.Root())
		if s, e := d.Root().Extent(); !bytes.Equal(bytes.TrimSpace(b), b[s:e]) {
			t.Fatalf("root extent %d:%d of %q", s, e, b)
		}
	})
}

func walk(t *testing.T, n fhir.Node) {
	t.Helper()
	if n.Says() != (n.String() != "") {
		t.Fatalf("%q: Says is %v", n.Raw(), n.Says())
	}
	_ = n.Name()
	for c := range n.Children() {
		walk(t, c)
	}
}
