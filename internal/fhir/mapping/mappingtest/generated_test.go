package mappingtest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/definitiontest"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// A structure is a type's elements, read from its official definition.
type structure struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"`
	Derived  string `json:"derivation"`
	DSTU2    string `json:"constrainedType"`
	Snapshot struct {
		Element []element `json:"element"`
	} `json:"snapshot"`
}

type element struct {
	Path    string `json:"path"`
	Max     string `json:"max"`
	Content string `json:"contentReference"`
	NameRef string `json:"nameReference"`
	Type    []struct {
		Code string `json:"code"`
	} `json:"type"`
}

// structures reads the definitions of a version's types.
func structures(t *testing.T, v fhir.Version) map[string]*structure {
	t.Helper()
	all := map[string]*structure{}
	add := func(b []byte) {
		var s structure
		if err := json.Unmarshal(b, &s); err != nil {
			t.Fatal(err)
		}
		if s.Derived != "constraint" && s.DSTU2 == "" && len(s.Snapshot.Element) > 0 {
			all[s.Snapshot.Element[0].Path] = &s
		}
	}
	dir := filepath.Join(definitiontest.Shared(), "data", "fhir-definitions", "files", v.String())
	if v == d2 {
		for _, f := range []string{"profiles-types.json.gz", "profiles-resources.json.gz"} {
			b, err := read(filepath.Join(dir, f))
			if err != nil {
				t.Fatal(err)
			}
			doc, err := fhir.Index(b)
			if err != nil {
				t.Fatal(err)
			}
			for e := range doc.Root().Get("entry").Children() {
				if e.Get("resource").Get("resourceType").Is("StructureDefinition") {
					add(e.Get("resource").Raw())
				}
			}
		}
		return all
	}
	b, err := read(filepath.Join(dir, "StructureDefinition.ndjson.gz"))
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(bytes.NewReader(b))
	for {
		line, err := r.ReadBytes('\n')
		if len(line) > 1 {
			add(line)
		}
		if errors.Is(err, io.EOF) {
			return all
		}
	}
}

// A generator makes values of the types of one version.
type generator struct {
	v     fhir.Version
	types map[string]*structure
}

// skipped are elements of a resource whose presence alone changes what may be
// said, or that are tested elsewhere.
var skipped = []string{"contained", "implicitRules", "focus", "doNotPerform", "meta", "text", "language"}

// children are the elements directly below a path of a structure.
func (s *structure) children(path string) []element {
	var list []element
	for _, e := range s.Snapshot.Element {
		rest, ok := strings.CutPrefix(e.Path, path+".")
		if !ok || strings.Contains(rest, ".") || e.Max == "0" || rest == "id" || rest == "extension" || rest == "modifierExtension" {
			continue
		}
		if s.Kind != "resource" || path != s.Snapshot.Element[0].Path || !slices.Contains(skipped, rest) {
			list = append(list, e)
		}
	}
	return list
}

// members are the members an element can be: one for each type of a choice.
func (g *generator) members(s *structure, e element, depth int) []fhir.Member {
	name := e.Path[strings.LastIndexByte(e.Path, '.')+1:]
	base, choice := strings.CutSuffix(name, "[x]")
	var list []fhir.Member
	seen := map[string]bool{}
	for _, typ := range e.Type {
		if seen[typ.Code] {
			continue // once for each type it may refer to
		}
		seen[typ.Code] = true
		at := base
		if choice {
			at += string(unicode.ToUpper(rune(typ.Code[0]))) + typ.Code[1:]
		}
		raw := g.value(s, e.Path, typ.Code, at, depth)
		if raw == "" {
			continue
		}
		if e.Max != "1" {
			raw = "[" + raw + "," + raw + "]"
		}
		list = append(list, fhir.Member{Name: at, Raw: []byte(raw)})
	}
	return list
}

// value is a value of a type, "" where it would be too deep or has no type.
func (g *generator) value(s *structure, path, typ, name string, depth int) string {
	if p, ok := primitives[typ]; ok {
		return p
	}
	if typ == "code" {
		if c := goodCodes[name]; c != "" {
			return quote(c)
		}
		return `"x"`
	}
	if depth > 4 || typ == "Resource" || typ == "" || strings.Contains(typ, ":") {
		return ""
	}
	if typ == "Reference" {
		return `{"reference":"#r","display":"d"}`
	}
	if typ != "BackboneElement" && typ != "Element" {
		if s = g.types[typ]; s == nil {
			return ""
		}
		path = typ
	}
	var members []string
	for _, e := range s.children(path) {
		if m := g.members(s, e, depth+1); len(m) > 0 {
			pick := m[len(name)%len(m)]
			members = append(members, fmt.Sprintf("%q:%s", pick.Name, pick.Raw))
		}
	}
	if len(members) == 0 {
		return ""
	}
	return "{" + strings.Join(members, ",") + "}"
}

var primitives = map[string]string{
	"boolean": `true`, "integer": `3`, "string": `"s"`, "decimal": `1.50`, "uri": `"urn:u"`, "url": `"http://u.example"`,
	"canonical": `"http://c.example/x"`, "base64Binary": `"SGk="`,
	"instant": `"2020-01-01T10:00:00Z"`, "date": `"2020-01-02"`, "dateTime": `"2020-01-02"`, "time": `"10:00:00"`, "oid": `"urn:oid:1.2"`,
	"id": `"i"`, "markdown": `"m"`, "unsignedInt": `4`, "positiveInt": `5`,
	"xhtml": `"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"`,
}

var goodCodes = map[string]string{"status": "active", "intent": "order", "taken": "y"}

// goodFor are statuses where active is none.
var goodFor = map[string]string{"Observation": "final", "Encounter": "finished", "AllergyIntolerance": "active"}

// TestEveryElement: a resource with any one element that its version has, and
// all that is below it, is converted to what the target's definitions allow.
// Codes are of no matter here.
func TestEveryElement(t *testing.T) {
	t.Parallel()
	vals := validators(t)
	for _, from := range fhir.Versions() {
		g := &generator{from, structures(t, from)}
		for _, name := range mapping.Types(from) {
			if name == "Bundle" || g.types[name] == nil {
				continue
			}
			t.Run(from.String()+"/"+name, func(t *testing.T) {
				n := 0
				s := g.types[name]
				for _, e := range s.children(name) {
					for _, m := range g.members(s, e, 0) {
						if m.Name == "status" && goodFor[name] != "" {
							m.Raw = []byte(quote(goodFor[name]))
						}
						n++
						body := resource(t, from, name, fmt.Sprintf("%q:%s", m.Name, m.Raw))
						for _, p := range vals[from].Check(body) {
							if structural(p) {
								t.Errorf("the test's own resource: %v", p)
							}
						}
						for _, to := range others[from] {
							if _, ok := mapping.Type(name, from, to); ok {
								checkElement(t, vals[to], body, from, to, m.Name)
							}
						}
					}
				}
				if n < 5 && name != "OperationOutcome" {
					t.Errorf("%d elements of %s", n, name)
				}
			})
		}
	}
}

func checkElement(t *testing.T, val *definitiontest.Validator, body []byte, from, to fhir.Version, name string) {
	t.Helper()
	out, rep := convert(t, body, from, to, mapping.Options{})
	if rep.Withheld != "" {
		t.Errorf("%s %s: withheld: %s", arrow(from, to), name, rep.Withheld)
		return
	}
	for _, p := range val.Check(out) {
		if structural(p) && !forgivable(p) {
			t.Errorf("%s %s: %v", arrow(from, to), name, p)
		}
	}
}

// structural tells faults of names, forms and numbers of elements from those
// of codes and references.
func structural(p definitiontest.Problem) bool {
	return p.Rule != definitiontest.RuleCode && p.Rule != definitiontest.RuleCoding && p.Rule != definitiontest.RuleTarget
}
