//go:build ignore

package main

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

type (
	// A model is what one FHIR version defines, as far as searching goes.
	model struct {
		elements  map[string]*element // by path
		resources []string
		params    []param
		kindOf    map[string]string // parameter kind by canonical URL
	}
	element struct {
		types []typeRef
		ref   string // path of the element whose content this one shares
	}
	typeRef struct {
		code    string
		targets []string
	}
	param struct {
		code, kind, expression string
		base, target           []string
		components             []component
	}
	component struct{ definition, expression string }

	// A node is a place an expression has come to.
	node struct {
		json   string // path in JSON, from the resource
		elem   string // element path, or type name, whose children come next
		types  []typeRef
		choice bool   // types are still to be chosen from
		chosen bool   // a choice, already made
		only   string // the one type a reference may point to
	}
	leaf = node
)

func (e *element) refersTo(t string) bool {
	for _, r := range e.types {
		if r.code == "Reference" && (slices.Contains(r.targets, t) || slices.Contains(r.targets, "Resource") || len(r.targets) == 0) {
			return true
		}
	}
	return false
}

var quantities = set("Quantity", "SimpleQuantity", "Age", "Duration", "Count", "Distance", "Money")

// fits names the data types a kind of parameter reads, for choosing among the
// types of an element that allows several.
var fits = map[string]map[string]bool{
	"date":      set("date", "dateTime", "instant", "Period", "Timing"),
	"string":    set("string", "markdown", "HumanName", "Address"),
	"token":     set("code", "boolean", "string", "id", "uri", "Identifier", "CodeableConcept", "Coding", "ContactPoint"),
	"reference": set("Reference", "uri", "canonical"),
	"quantity":  set("Quantity", "SimpleQuantity", "Age", "Duration", "Count", "Distance", "Money", "Range"),
	"number":    set("integer", "decimal", "positiveInt", "unsignedInt"),
	"uri":       set("uri", "url", "canonical", "oid", "uuid"),
}

// extensionValues are the members in which an extension holds a value of a kind.
var extensionValues = map[string][]string{
	"reference": {"valueReference"},
	"string":    {"valueString", "valueCodeableConcept.text"},
	"token":     {"valueCodeableConcept", "valueCoding", "valueIdentifier", "valueCode", "valueString"},
	"date":      {"valueDate", "valueDateTime", "valuePeriod"},
}

func set(names ...string) map[string]bool {
	s := map[string]bool{}
	for _, n := range names {
		s[n] = true
	}
	return s
}

// resolve follows one alternative of an expression from a resource type; it
// reports false when the alternative is about another type.
func (m *model) resolve(base, expression string) ([]node, bool, error) {
	steps, err := split(expression)
	if err != nil {
		return nil, false, err
	}
	if steps[0] != base {
		return nil, false, nil
	}
	ends, err := m.walk([]node{{elem: base}}, steps[1:])
	return ends, true, err
}

// split cuts a path at the dots outside parentheses.
func split(expression string) ([]string, error) {
	var steps []string
	depth, start := 0, 0
	for i, c := range expression {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		case '.':
			if depth == 0 {
				steps = append(steps, expression[start:i])
				start = i + 1
			}
		}
	}
	if depth != 0 || start >= len(expression) {
		return nil, fmt.Errorf("cannot read %q", expression)
	}
	return append(steps, expression[start:]), nil
}

var (
	call     = regexp.MustCompile(`^(as|is|ofType|where|extension)\((.*)\)$`)
	equals   = regexp.MustCompile(`^(\w+)='([^']*)'$`)
	resolves = regexp.MustCompile(`^resolve\(\) is (\w+)$`)
	name     = regexp.MustCompile(`^\w+$`)
)

func (m *model) walk(at []node, steps []string) ([]node, error) {
	for _, step := range steps {
		var next []node
		for _, n := range at {
			more, err := m.step(n, step)
			if err != nil {
				return nil, err
			}
			next = append(next, more...)
		}
		if len(next) == 0 {
			return nil, fmt.Errorf("no element for %q", step)
		}
		at = next
	}
	return at, nil
}

func (m *model) step(n node, step string) ([]node, error) {
	if name.MatchString(step) {
		return m.children(n, step), nil
	}
	f := call.FindStringSubmatch(step)
	if f == nil {
		return nil, fmt.Errorf("step %q cannot be expressed", step)
	}
	switch arg := f[2]; f[1] {
	case "as", "ofType":
		return m.cast(n, arg), nil
	case "extension":
		n.json = join(n.json, "extension[url="+strings.Trim(arg, "'")+"]")
		n.elem, n.types = "Extension", []typeRef{{code: "Extension"}}
		return []node{n}, nil
	case "where":
		if r := resolves.FindStringSubmatch(arg); r != nil {
			n.only = r[1]
			return []node{n}, nil
		}
		if e := equals.FindStringSubmatch(arg); e != nil {
			n.json += "[" + e[1] + "=" + e[2] + "]"
			return []node{n}, nil
		}
	}
	return nil, fmt.Errorf("step %q cannot be expressed", step)
}

func (m *model) cast(n node, to string) []node {
	if !n.choice {
		return []node{n} // an element of one type that is cast to it
	}
	for _, t := range n.types {
		if strings.EqualFold(t.code, to) || to == "SimpleQuantity" && t.code == "Quantity" {
			return []node{chosen(n, t)}
		}
	}
	return nil
}

func chosen(n node, t typeRef) node {
	return node{json: n.json + upper(t.code), elem: t.code, types: []typeRef{t}, chosen: true, only: n.only}
}

func (m *model) children(n node, member string) []node {
	if n.choice {
		var all []node
		for _, t := range n.types {
			all = append(all, m.children(chosen(n, t), member)...)
		}
		return all
	}
	for _, parent := range m.parents(n) {
		if e := m.elements[parent+"."+member]; e != nil {
			return []node{{json: join(n.json, member), elem: parent + "." + member, types: e.types, only: n.only}}
		}
		if e := m.elements[parent+"."+member+"[x]"]; e != nil {
			return []node{{json: join(n.json, member), elem: parent + "." + member + "[x]", types: e.types, choice: true, only: n.only}}
		}
		for i := 1; i < len(member); i++ { // a choice by its JSON name
			if e := m.elements[parent+"."+member[:i]+"[x]"]; e != nil {
				for _, t := range e.types {
					if upper(t.code) == member[i:] {
						return []node{chosen(node{json: join(n.json, member[:i])}, t)}
					}
				}
			}
		}
	}
	return nil
}

// parents are the element paths under which a node's children are defined.
func (m *model) parents(n node) []string {
	list := []string{n.elem}
	if e := m.elements[n.elem]; e != nil && e.ref != "" {
		list = append(list, e.ref)
	}
	if len(n.types) == 1 {
		list = append(list, n.types[0].code)
	}
	return list
}

// finish makes concrete JSON members of what an expression ended at.
func finish(ends []node, kind string) []leaf {
	var out []leaf
	for _, n := range ends {
		switch {
		case n.choice:
			for _, t := range n.types {
				if fits[kind][t.code] {
					out = append(out, timing(chosen(n, t))...)
				}
			}
		case n.elem == "Extension":
			for _, v := range extensionValues[kind] {
				out = append(out, leaf{json: n.json + "." + v})
			}
		case n.chosen && !fits[kind][n.types[0].code]:
		default:
			if kind == "date" {
				out = append(out, timing(n)...)
				continue
			}
			out = append(out, n)
		}
	}
	return out
}

// timing reads a Timing by its events and its bounds.
func timing(n node) []leaf {
	if len(n.types) != 1 || n.types[0].code != "Timing" {
		return []leaf{n}
	}
	return []leaf{
		{json: n.json + ".event", types: []typeRef{{code: "dateTime"}}},
		{json: n.json + ".repeat.boundsPeriod", types: []typeRef{{code: "Period"}}},
	}
}

// narrow are the parameters whose name says which of the element's targets they mean.
var narrow = map[string]string{"patient": "Patient", "encounter": "Encounter", "practitioner": "Practitioner", "condition": "Condition", "procedure": "Procedure"}

// targets are the types a reference parameter may point to; empty means any.
func (m *model) targets(leaves []leaf, official []string, code string) string {
	found := map[string]bool{}
	for _, l := range leaves {
		if l.only != "" {
			found[l.only] = true
			continue
		}
		for _, t := range l.types {
			if t.code == "Reference" && len(t.targets) == 0 {
				found["Resource"] = true
			}
			for _, x := range t.targets {
				found[x] = true
			}
		}
	}
	// A filter on the type decides; otherwise the official list does, as far as
	// the element can hold what it names.
	if !slices.ContainsFunc(leaves, func(l leaf) bool { return l.only != "" }) && len(official) > 0 {
		both := map[string]bool{}
		for _, t := range official {
			if found[t] || found["Resource"] || len(found) == 0 {
				both[t] = true
			}
		}
		if len(both) > 0 {
			found = both
		}
	}
	if t := narrow[code]; t != "" && (found[t] || found["Resource"]) {
		return t
	}
	if found["Resource"] || len(found) > 40 {
		return ""
	}
	var list []string
	for t := range found {
		if slices.Contains(m.resources, t) {
			list = append(list, t)
		}
	}
	slices.Sort(list)
	return strings.Join(list, ",")
}

func join(path, member string) string {
	if path == "" {
		return member
	}
	return path + "." + member
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// one is a JSON value that is sometimes an array of such values.
type many []string

func (l *many) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		return json.Unmarshal(b, (*[]string)(l))
	}
	var s string
	err := json.Unmarshal(b, &s)
	*l = many{s}
	return err
}

type definition struct {
	ResourceType, ID, URL, Kind, Code, Type, Expression, XPath, Derivation string

	Abstract     bool
	Base, Target many
	Component    []struct {
		Definition json.RawMessage
		Expression string
	}
	Snapshot struct {
		Element []struct {
			Path, Name, NameReference, ContentReference string
			Type                                        []struct {
				Code                   string
				TargetProfile, Profile many
			}
		}
	}
}

func readModel(dir, version string) (*model, error) {
	m := &model{elements: map[string]*element{}, kindOf: map[string]string{}}
	names := []string{"StructureDefinition.ndjson.gz", "SearchParameter.ndjson.gz"}
	if version == "dstu2" {
		names = []string{"profiles-types.json.gz", "profiles-resources.json.gz", "search-parameters.json.gz"}
	}
	for _, n := range names {
		if err := readFile(filepath.Join(dir, n), m.add); err != nil {
			return nil, err
		}
	}
	slices.Sort(m.resources)
	if len(m.resources) == 0 {
		return nil, fmt.Errorf("no resource types in %s", dir)
	}
	return m, nil
}

func readFile(name string, add func(definition)) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		return err
	}
	for dec := json.NewDecoder(z); ; {
		var d struct {
			definition
			Entry []struct{ Resource definition }
		}
		if err := dec.Decode(&d); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, e := range d.Entry {
			add(e.Resource)
		}
		if len(d.Entry) == 0 {
			add(d.definition)
		}
	}
}

func (m *model) add(d definition) {
	switch d.ResourceType {
	case "StructureDefinition":
		m.addStructure(d)
	case "SearchParameter":
		p := param{code: d.Code, kind: d.Type, base: d.Base, target: d.Target, expression: cmp.Or(d.Expression, fromXPath(d.XPath))}
		for _, c := range d.Component {
			var ref struct{ Reference string }
			var url string
			if json.Unmarshal(c.Definition, &url) != nil && json.Unmarshal(c.Definition, &ref) == nil {
				url = ref.Reference
			}
			p.components = append(p.components, component{url, c.Expression})
		}
		m.params = append(m.params, p)
		m.kindOf[d.URL] = d.Type
	}
}

func (m *model) addStructure(d definition) {
	el := d.Snapshot.Element
	if len(el) == 0 || el[0].Path != d.ID {
		return // a profile
	}
	// Parameters travels with operations and is never stored.
	if d.Kind == "resource" && !d.Abstract && d.ID != "Parameters" {
		m.resources = append(m.resources, d.ID)
	}
	named := map[string]string{}
	for _, e := range el {
		if e.Name != "" {
			named[e.Name] = e.Path
		}
	}
	for _, e := range el {
		x := &element{ref: cmp.Or(strings.TrimPrefix(e.ContentReference, "#"), named[e.NameReference])}
		for _, t := range e.Type {
			profiles := t.TargetProfile
			if t.Code == "Reference" && len(profiles) == 0 {
				profiles = t.Profile // DSTU2 keeps the targets here
			}
			r := typeRef{code: t.Code}
			for _, p := range profiles {
				r.targets = append(r.targets, p[strings.LastIndex(p, "/")+1:])
			}
			x.addType(r)
		}
		m.elements[e.Path] = x
	}
}

func (e *element) addType(r typeRef) {
	for i := range e.types {
		if e.types[i].code == r.code {
			e.types[i].targets = append(e.types[i].targets, r.targets...)
			return
		}
	}
	e.types = append(e.types, r)
}

var (
	xWhere     = regexp.MustCompile(`\[(\w+)/@value='([^']*)'\]`)
	xExtension = regexp.MustCompile(`/f:extension\[@url='([^']*)'\]`)
)

// fromXPath rewrites DSTU2's simple XPaths as the expressions of later versions.
func fromXPath(x string) string {
	x = xWhere.ReplaceAllString(x, ".where($1='$2')")
	// The URL's slashes must outlive the next rewriting.
	x = xExtension.ReplaceAllStringFunc(x, func(s string) string {
		return ".extension('" + strings.ReplaceAll(xExtension.FindStringSubmatch(s)[1], "/", "\x00") + "')"
	})
	x = strings.ReplaceAll(strings.ReplaceAll(x, "f:", ""), "/", ".")
	return strings.ReplaceAll(x, "\x00", "/")
}
