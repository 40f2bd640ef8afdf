package search_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// records gives the resources of the public sets of a version, those in Bundles
// too: all of HL7's examples and some of the patients.
func records(t *testing.T, v fhir.Version) []fhir.Node {
	t.Helper()
	shared := cmp.Or(os.Getenv("WARDBRIDGE_SHARED"), filepath.Join("..", "..", "..", "..", "shared"))
	files, err := filepath.Glob(filepath.Join(shared, "data", "fhir-"+v.String()+"-*", "files", "*.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("NOT TESTED, SHARED DATA ABSENT: no records below " + shared + " (set WARDBRIDGE_SHARED)")
	}
	var out []fhir.Node
	for i, name := range files {
		if i%8 != 0 && !strings.Contains(name, "-hl7-examples") { // patients are many and alike
			continue
		}
		b := unzip(t, name)
		docs := [][]byte{b}
		if strings.Contains(name, ".ndjson") {
			docs = bytes.Split(bytes.TrimSpace(b), []byte("\n"))
		}
		for _, d := range docs {
			doc, err := fhir.Parse(bytes.TrimPrefix(d, []byte("\ufeff")))
			if err != nil {
				continue // XML, and what is invalid on purpose
			}
			out = append(out, doc.Root())
			for e := range doc.Root().Get("entry").Children() {
				if r := e.Get("resource"); r.IsObject() {
					out = append(out, r)
				}
			}
		}
	}
	return out
}

func unzip(t *testing.T, name string) []byte {
	t.Helper()
	f, err := os.Open(name) //nolint:gosec // a path of the test's own making
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// So many resources of one type are looked at, and so many values of one
// parameter asked for.
const (
	plenty = 250
	enough = 50
)

// What is in a resource finds it: each of its keys, written as the value of a
// search, matches.
func TestRecordsAreFoundByTheirValues(t *testing.T) {
	for _, v := range fhir.Versions() {
		t.Run(v.String(), func(t *testing.T) {
			d := search.Load(v)
			resources, values, seen, asked := 0, 0, map[string]int{}, map[*search.Param]int{}
			for _, r := range records(t, v) {
				typ := r.Get("resourceType").String()
				if !d.KnowsType(typ) || seen[typ] == plenty {
					continue
				}
				seen[typ]++
				doc, err := fhir.Parse(r.Raw())
				if err != nil {
					t.Fatal(err)
				}
				keys := d.Keys(typ, doc)
				enc := keys.Append(nil)
				resources++
				for _, p := range d.Params(typ) {
					for i := range keys {
						if keys[i].Param != p.Number() {
							continue
						}
						name, value, ok := asking(p, &keys[i])
						if !ok || asked[p] == enough {
							continue
						}
						asked[p]++
						values++
						q, err := d.Parse(typ, []fhir.Param{{Name: name, Value: value}}, search.Options{Strict: true})
						if err != nil {
							t.Errorf("%s?%s=%s: %v", typ, name, value, err)
						} else if !q.Match("", 0, enc) {
							t.Errorf("%s?%s=%s does not find %s", typ, name, value, r.Get("id").String())
						}
					}
				}
			}
			t.Logf("%d resources found by %d values", resources, values)
			if resources == 0 || values < resources {
				t.Error("too few")
			}
		})
	}
}

func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, ",", `\,`, "|", `\|`, "$", `\$`).Replace(strings.TrimSpace(s))
}

// asking is the search that asks for a key.
func asking(p *search.Param, k *search.Key) (name, value string, ok bool) {
	number := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	switch k.Type {
	case search.String:
		if strings.TrimSpace(k.Exact) != k.Exact {
			return p.Name, escape(k.Folded), true
		}
		return p.Name + ":exact", escape(k.Exact), true
	case search.Token:
		if k.System == "" || k.System[0] == '/' {
			return p.Name, escape(k.Code), true
		}
		return p.Name, escape(k.System) + "|" + escape(k.Code), true
	case search.Label:
		return p.Name + ":text", escape(k.Folded), true
	case search.Identifier:
		return p.Name + ":identifier", escape(k.Code), true
	case search.Reference, search.URI:
		return p.Name, escape(k.Exact), true
	case search.Quantity, search.Number:
		return p.Name, number(k.Low), k.Low == k.High
	case search.Date, search.Composite:
	}
	return "", "", false
}
