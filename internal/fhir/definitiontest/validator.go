package definitiontest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A Rule is what a [Problem] breaks.
type Rule string

// The rules.
const (
	RuleElement     Rule = "element"     // a member the type does not have
	RuleCardinality Rule = "cardinality" // array where one value belongs, or the reverse; too many
	RuleRequired    Rule = "required"    // a mandatory element is missing
	RuleFormat      Rule = "format"      // not the JSON type or the form of the primitive
	RuleCode        Rule = "code"        // not a code of the required value set
	RuleCoding      Rule = "coding"      // not a code of its own code system, or no such HL7 code system
	RuleTarget      Rule = "target"      // a reference to a type that may not stand here
)

// A Problem is one fault of a resource.
type Problem struct {
	Path string // with indices: Patient.name[0].family
	Rule Rule
	Text string
}

// String is one line for a test's log.
func (p Problem) String() string { return fmt.Sprintf("%s: %s: %s", p.Path, p.Rule, p.Text) }

// A Validator checks resources of one version. It is safe for concurrent use.
type Validator struct {
	version fhir.Version
	types   map[string]*structure // by type name, and by path for backbone elements
	kinds   map[string]bool       // resource types
	sets    map[string]*valueSet  // by canonical URL
	systems map[string]*codeSystem
	mu      sync.Mutex // guards the expansion of sets
}

// Shared is the directory of shared test data: the environment variable
// WARDBRIDGE_SHARED, else ../shared beside the repository.
func Shared() string {
	if dir := os.Getenv("WARDBRIDGE_SHARED"); dir != "" {
		return dir
	}
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return ""
	}
	return filepath.Join(filepath.Dir(file), "..", "..", "..", "..", "shared")
}

// New loads the definitions of a version, or skips the test loudly when the
// shared data is not there.
func New(tb testing.TB, v fhir.Version) *Validator {
	tb.Helper()
	dir := filepath.Join(Shared(), "data", "fhir-definitions", "files", v.String())
	if _, err := os.Stat(dir); err != nil {
		tb.Skipf("SHARED DATA ABSENT: no FHIR definitions, nothing was validated: %v", err)
	}
	val, err := Load(dir, v)
	if err != nil {
		tb.Fatalf("loading the definitions of %s: %v", v, err)
	}
	return val
}

// Load reads the definitions of a version from the directory of its files.
func Load(dir string, v fhir.Version) (*Validator, error) {
	val := &Validator{version: v, types: map[string]*structure{}, kinds: map[string]bool{}, sets: map[string]*valueSet{}, systems: map[string]*codeSystem{}}
	structures := []string{"StructureDefinition.ndjson.gz"}
	terms := []string{"ValueSet.ndjson.gz", "CodeSystem.ndjson.gz"}
	if v == fhir.DSTU2 {
		structures = []string{"profiles-types.json.gz", "profiles-resources.json.gz"}
		terms = []string{"valuesets.json.gz", "v3-codesystems.json.gz", "v2-tables.json.gz"}
	}
	for _, f := range structures {
		if err := val.loadStructures(filepath.Join(dir, f)); err != nil {
			return nil, err
		}
	}
	for _, f := range terms {
		if err := val.loadTerms(filepath.Join(dir, f)); err != nil {
			return nil, err
		}
	}
	return val, nil
}

// Version is the version whose definitions were loaded.
func (v *Validator) Version() fhir.Version { return v.version }

// KnowsType reports whether t is a resource type of the version.
func (v *Validator) KnowsType(t string) bool { return v.kinds[t] }

// Check gives the faults of a resource, nil when it has none.
func (v *Validator) Check(body []byte) []Problem {
	doc, err := fhir.Parse(body)
	if err != nil {
		return []Problem{{Path: "$", Rule: RuleFormat, Text: err.Error()}}
	}
	c := &checker{v: v}
	c.resource(doc.Root(), "")
	return c.problems
}

type checker struct {
	v        *Validator
	problems []Problem
}

func (c *checker) add(path string, rule Rule, format string, args ...any) {
	c.problems = append(c.problems, Problem{Path: path, Rule: rule, Text: fmt.Sprintf(format, args...)})
}

func (c *checker) resource(n fhir.Node, path string) {
	typ := n.Get("resourceType").String()
	if path == "" {
		path = typ
	}
	s := c.v.types[typ]
	if s == nil || !c.v.kinds[typ] {
		c.add(path, RuleElement, "%q is no resource type of %s", typ, c.v.version)
		return
	}
	c.object(n, s, path)
}

// object checks the members of an object against a structure.
func (c *checker) object(n fhir.Node, s *structure, path string) {
	if !n.IsObject() {
		c.add(path, RuleFormat, "want an object")
		return
	}
	if n.Len() == 0 {
		c.add(path, RuleFormat, "an empty object")
	}
	seen := map[*element]string{}
	for m := range n.Children() {
		name := m.Name()
		at := path + "." + name
		if name == "resourceType" && c.v.kinds[s.name] || name == "fhir_comments" && c.v.version == fhir.DSTU2 {
			continue
		}
		shadow := strings.HasPrefix(name, "_")
		member, ok := s.members[strings.TrimPrefix(name, "_")]
		if !ok {
			c.add(at, RuleElement, "%s has no such element in %s", s.name, c.v.version)
			continue
		}
		if other, twice := seen[member.of]; twice && strings.TrimPrefix(other, "_") != strings.TrimPrefix(name, "_") {
			c.add(at, RuleCardinality, "stands beside %s: only one of a choice may", other)
		}
		seen[member.of] = name
		c.member(m, member, at, shadow)
	}
	for _, e := range s.elements {
		if _, ok := seen[e]; e.min > 0 && !ok {
			c.add(path+"."+e.name, RuleRequired, "is mandatory")
		}
	}
}

// member checks a member's cardinality, then each of its values.
func (c *checker) member(n fhir.Node, m member, path string, shadow bool) {
	switch {
	case m.of.many && !n.IsArray():
		c.add(path, RuleCardinality, "want an array (max %s)", m.of.max)
		return
	case !m.of.many && n.IsArray():
		c.add(path, RuleCardinality, "want one value, not an array")
		return
	}
	if n.IsArray() && n.Len() == 0 {
		c.add(path, RuleFormat, "an empty array")
	}
	i := 0
	for e := range n.Values() {
		at := path
		if n.IsArray() {
			at = fmt.Sprintf("%s[%d]", path, i)
		}
		i++
		if shadow {
			c.shadow(e, m, at)
			continue
		}
		c.value(e, m, at)
	}
}

// shadow checks the object beside a primitive that holds its id and
// extensions.
func (c *checker) shadow(n fhir.Node, m member, path string) {
	if !isPrimitive(m.typ) {
		c.add(path, RuleElement, "only a primitive has a member with an underscore")
		return
	}
	if string(n.Raw()) == "null" {
		return
	}
	c.object(n, c.v.types["Element"], path)
}

func (c *checker) value(n fhir.Node, m member, path string) {
	switch {
	case isPrimitive(m.typ):
		c.primitive(n, m, path)
		return
	case m.typ == "Resource":
		c.resource(n, path)
		return
	}
	s := c.v.types[m.typ]
	if m.of.backbone != "" {
		s = c.v.types[m.of.backbone]
	}
	if s == nil {
		c.add(path, RuleFormat, "the definitions do not describe type %q", m.typ)
		return
	}
	c.object(n, s, path)
	switch m.typ {
	case "Coding":
		c.coding(n, path)
		c.bound(m.of, path, n)
	case "CodeableConcept":
		c.bound(m.of, path, nodes(n.Get("coding"))...)
	case "Reference":
		c.target(n, m.of, path)
	}
}

func nodes(n fhir.Node) []fhir.Node {
	var list []fhir.Node
	for e := range n.Values() {
		list = append(list, e)
	}
	return list
}

// target checks the type a relative reference names.
func (c *checker) target(n fhir.Node, e *element, path string) {
	r := n.Get("reference").String()
	if r == "" || strings.HasPrefix(r, "#") || strings.Contains(r, ":") || len(e.targets) == 0 {
		return
	}
	typ, _, ok := strings.Cut(r, "/")
	if !ok || !c.v.kinds[typ] {
		c.add(path, RuleTarget, "%q is no reference to a resource of %s", r, c.v.version)
		return
	}
	if !e.targets[typ] && !e.targets["Resource"] {
		c.add(path, RuleTarget, "may not point at a %s", typ)
	}
}
