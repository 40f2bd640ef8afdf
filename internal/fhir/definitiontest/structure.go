package definitiontest

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// A structure is what an object of one type, or of one backbone element, may
// hold.
type structure struct {
	name     string
	elements []*element
	members  map[string]member // by JSON name; a choice has one for each type
}

type member struct {
	of  *element
	typ string
}

type element struct {
	name     string
	min      int
	max      string
	many     bool
	backbone string          // key of the structure of its own elements
	set      string          // the required value set
	targets  map[string]bool // what a reference may point at; empty for anything
}

// definition is a StructureDefinition as far as it is read; the versions
// differ in the members named.
type definition struct {
	ID              string `json:"id"`
	Kind            string `json:"kind"`
	Derivation      string `json:"derivation"`
	ConstrainedType string `json:"constrainedType"` // DSTU2
	Snapshot        struct {
		Element []elementDefinition `json:"element"`
	} `json:"snapshot"`
}

type elementDefinition struct {
	Path             string `json:"path"`
	Name             string `json:"name"`
	NameReference    string `json:"nameReference"`    // DSTU2
	ContentReference string `json:"contentReference"` // STU3, R4
	Min              int    `json:"min"`
	Max              string `json:"max"`
	Type             []struct {
		Code          string `json:"code"`
		Profile       texts  `json:"profile"` // DSTU2: what a Reference may point at
		TargetProfile texts  `json:"targetProfile"`
	} `json:"type"`
	Binding struct {
		Strength          string `json:"strength"`
		ValueSet          string `json:"valueSet"`    // R4
		ValueSetURI       string `json:"valueSetUri"` // STU3, DSTU2
		ValueSetReference struct {
			Reference string `json:"reference"`
		} `json:"valueSetReference"`
	} `json:"binding"`
}

// texts is a string or an array of them: versions differ.
type texts []string

// UnmarshalJSON implements json.Unmarshaler.
func (t *texts) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		*t = make(texts, 1)
		return json.Unmarshal(b, &(*t)[0])
	}
	return json.Unmarshal(b, (*[]string)(t))
}

// eachResource reads a gzipped file of one resource a line, or of one Bundle.
func eachResource(path string, f func(b []byte) error) (err error) {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("definitions: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	z, err := gzip.NewReader(file)
	if err != nil {
		return fmt.Errorf("definitions: %s: %w", path, err)
	}
	if !strings.HasSuffix(path, ".ndjson.gz") {
		var bundle struct {
			Entry []struct {
				Resource json.RawMessage `json:"resource"`
			} `json:"entry"`
		}
		if err := json.NewDecoder(z).Decode(&bundle); err != nil {
			return fmt.Errorf("definitions: %s: %w", path, err)
		}
		for _, e := range bundle.Entry {
			if err := f(e.Resource); err != nil {
				return fmt.Errorf("definitions: %s: %w", path, err)
			}
		}
		return nil
	}
	r := bufio.NewReaderSize(z, 1<<20)
	for {
		line, err := r.ReadBytes('\n')
		if len(line) > 1 {
			if err := f(line); err != nil {
				return fmt.Errorf("definitions: %s: %w", path, err)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("definitions: %s: %w", path, err)
		}
	}
}

func (v *Validator) loadStructures(path string) error {
	return eachResource(path, func(b []byte) error {
		var d definition
		if err := json.Unmarshal(b, &d); err != nil {
			return err
		}
		constraint := d.Derivation == "constraint" || d.ConstrainedType != ""
		if d.Kind == "resource" && constraint || d.Kind == "logical" || d.Kind == "primitive-type" {
			return nil
		}
		v.addStructure(d, constraint)
		return nil
	})
}

// addStructure indexes a type's elements by the path of what holds them. A
// constraint on a data type (Duration on Quantity) takes its place under its
// own name.
func (v *Validator) addStructure(d definition, constraint bool) {
	if len(d.Snapshot.Element) == 0 {
		return
	}
	root := d.Snapshot.Element[0].Path
	named := map[string]string{} // DSTU2: element name to path
	for _, e := range d.Snapshot.Element {
		if e.Name != "" {
			named[e.Name] = e.Path
		}
	}
	key := func(path string) string {
		if constraint {
			return d.ID + strings.TrimPrefix(path, root)
		}
		return path
	}
	v.types[key(root)] = &structure{name: d.ID, members: map[string]member{}}
	if d.Kind == "resource" && root != "Resource" && root != "DomainResource" {
		v.kinds[root] = true
	}
	for _, e := range d.Snapshot.Element[1:] {
		dot := strings.LastIndexByte(e.Path, '.')
		parent := key(e.Path[:dot])
		s := v.types[parent]
		if s == nil {
			s = &structure{name: parent, members: map[string]member{}}
			v.types[parent] = s
		}
		s.add(e, key(e.Path), named, root)
	}
}

func (s *structure) add(d elementDefinition, path string, named map[string]string, root string) {
	name := d.Path[strings.LastIndexByte(d.Path, '.')+1:]
	if slices.ContainsFunc(s.elements, func(e *element) bool { return e.name == name }) {
		return // a slice of what is there already
	}
	e := &element{name: name, min: d.Min, max: d.Max, many: d.Max != "1" && d.Max != "0", targets: map[string]bool{}}
	if d.Binding.Strength == "required" {
		e.set = d.Binding.ValueSet + d.Binding.ValueSetURI
		if e.set == "" {
			e.set = d.Binding.ValueSetReference.Reference
		}
		e.set, _, _ = strings.Cut(e.set, "|")
	}
	s.elements = append(s.elements, e)
	switch {
	case d.NameReference != "":
		e.backbone = named[d.NameReference]
	case d.ContentReference != "":
		_, e.backbone, _ = strings.Cut(d.ContentReference, "#")
	}
	if e.backbone != "" {
		s.members[name] = member{e, "BackboneElement"}
		return
	}
	for _, t := range d.Type {
		typ := typeName(t.Code)
		if typ == "BackboneElement" || typ == "Element" && root != "Element" {
			e.backbone = path
		}
		for _, p := range append(t.TargetProfile, t.Profile...) {
			if typ == "Reference" {
				e.targets[p[strings.LastIndexByte(p, '/')+1:]] = true
			}
		}
		stem, choice := strings.CutSuffix(name, "[x]")
		if !choice {
			s.members[name] = member{e, typ}
			continue
		}
		s.members[stem+strings.ToUpper(typ[:1])+typ[1:]] = member{e, typ}
	}
	if stem, choice := strings.CutSuffix(name, "[x]"); choice && (len(d.Type) == 0 || d.Type[0].Code == "*") {
		for _, t := range anyTypes() {
			s.members[stem+strings.ToUpper(t[:1])+t[1:]] = member{e, t}
		}
	}
}

// typeName turns R4's FHIRPath types of ids and the like into FHIR's.
func typeName(code string) string {
	if strings.HasPrefix(code, "http://hl7.org/fhirpath/") {
		return "string"
	}
	return code
}

// anyTypes are those an extension's value may have ("*").
func anyTypes() []string {
	return []string{
		"base64Binary", "boolean", "canonical", "code", "date", "dateTime", "decimal", "id", "instant", "integer", "markdown", "oid",
		"positiveInt", "string", "time", "unsignedInt", "uri", "url", "uuid", "Address", "Age", "Annotation", "Attachment", "CodeableConcept",
		"Coding", "ContactPoint", "Count", "Distance", "Duration", "HumanName", "Identifier", "Money", "Period", "Quantity", "Range", "Ratio",
		"Reference", "SampledData", "Signature", "Timing", "Meta",
	}
}
