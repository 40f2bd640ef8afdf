package search

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A Type is the kind of a search parameter.
type Type uint8

// Kinds of search parameters (https://hl7.org/fhir/R4/search.html#ptypes).
const (
	String Type = iota + 1
	Token
	Reference
	Date
	Quantity
	Number
	URI
	Composite

	// Label and Identifier are types of keys only: what people read in a coded
	// value, for :text, and the identifier of a reference, for :identifier.
	// They stand beside the keys of a token or reference parameter.
	Label
	Identifier
)

var typeNames = [...]string{"", "string", "token", "reference", "date", "quantity", "number", "uri", "composite", "label", "identifier"}

// String is the kind's code in a capability statement.
func (t Type) String() string { return typeNames[t] }

func parseType(s string) (Type, bool) {
	i := slices.Index(typeNames[:Label], s)
	return Type(max(i, 0)), i > 0 //nolint:gosec // an index into nine names
}

// A Param defines one search parameter of one resource type. It is immutable.
type Param struct {
	Name       string
	Type       Type
	Targets    []string // resource types a reference may lead to; none is any
	Components []Component

	number uint16 // within the type; 0 for _id and _lastUpdated
	source string // what tells its values apart: kind, paths and components
	paths  []path
}

// A Component is one part of a composite parameter.
type Component struct {
	Name  string
	Type  Type
	paths []path
}

// Number is where a resource's keys hold the parameter's values. Parameters of
// a type that read the same values share it: patient and subject, code and
// combo-code. It is 0 for _id and _lastUpdated, which have no keys.
func (p *Param) Number() uint16 { return p.number }

// splits reports whether a plain value is cut into words that may each be in
// another part: of a name or of an address.
func (p *Param) splits() bool {
	return p.Name == "name" || p.Name == "phonetic" || p.Name == "address"
}

// allows reports whether a reference of the parameter may lead to the type.
func (p *Param) allows(typ string) bool {
	return len(p.Targets) == 0 || slices.Contains(p.Targets, typ)
}

// Modifiers are those that Parse takes for the parameter's kind and that every
// version has a code for. References also take :identifier, R4's.
func (p *Param) Modifiers() []string {
	switch p.Type {
	case String:
		return []string{"contains", "exact", "missing"}
	case Token:
		if p.number == 0 { // _id is all code
			return []string{"missing", "not"}
		}
		return []string{"missing", "not", "text"}
	case Reference:
		return []string{"missing", "type"}
	case Date, Quantity, Number, URI:
		return []string{"missing"}
	case Composite, Label, Identifier:
	}
	return nil
}

// Definitions are the search parameters of one version. They are immutable and
// safe for concurrent use.
type Definitions struct {
	version fhir.Version
	types   []string
	params  map[string][]*Param          // by type, in name order
	byName  map[string]map[string]*Param // by type and name
	program map[string]func() *program   // by type, compiled when first asked for
	index   string
	readers sync.Pool // of *reader
	// partials are programs of some of a type's parameters, by type and their
	// numbers.
	partials sync.Map // string → *program
	kept     atomic.Int64
	// sortByModifier is the spelling of _sort in self links: `_sort:desc=date`
	// as DSTU2 has it, else `_sort=-date`.
	sortByModifier bool
}

//go:embed definitions/dstu2.tsv definitions/stu3.tsv definitions/r4.tsv
var tables embed.FS

// extraction changes when Keys reads the same tables differently.
const extraction = "2"

var loaded = [...]func() *Definitions{
	fhir.DSTU2: sync.OnceValue(func() *Definitions { return mustLoad(fhir.DSTU2) }),
	fhir.STU3:  sync.OnceValue(func() *Definitions { return mustLoad(fhir.STU3) }),
	fhir.R4:    sync.OnceValue(func() *Definitions { return mustLoad(fhir.R4) }),
}

// Load gives the definitions of a version, which must be valid. They are read
// once.
func Load(v fhir.Version) *Definitions { return loaded[v]() }

func mustLoad(v fhir.Version) *Definitions {
	text, err := tables.ReadFile("definitions/" + v.String() + ".tsv")
	if err != nil {
		panic(err) // the table is embedded
	}
	d, err := parseTable(v, string(text))
	if err != nil {
		panic(err) // a test reads every table
	}
	return d
}

func parseTable(v fhir.Version, text string) (*Definitions, error) {
	d := &Definitions{
		version: v, params: map[string][]*Param{}, byName: map[string]map[string]*Param{}, program: map[string]func() *program{},
		sortByModifier: v == fhir.DSTU2,
	}
	sum := sha256.Sum256([]byte(extraction + text))
	d.index = hex.EncodeToString(sum[:8])
	common := []*Param{{Name: "_id", Type: Token}, {Name: "_lastUpdated", Type: Date}}
	line := 0
	for l := range strings.Lines(text) {
		line++
		l = strings.TrimRight(l, "\r\n")
		if l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		f := append(strings.Split(l, "\t"), "", "", "", "")
		if f[1] == "-" {
			d.types = append(d.types, f[0])
			continue
		}
		p, err := parseParam(f)
		if err != nil {
			return nil, fmt.Errorf("search: %v table, line %d: %w", v, line, err)
		}
		if f[0] == "*" {
			common = append(common, p)
		} else {
			d.params[f[0]] = append(d.params[f[0]], p)
		}
	}
	slices.Sort(d.types)
	for _, t := range d.types {
		for _, c := range common {
			own := *c
			d.params[t] = append(d.params[t], &own)
		}
		d.finish(t)
	}
	return d, nil
}

// finish numbers the parameters of a type.
func (d *Definitions) finish(typ string) {
	params := d.params[typ]
	slices.SortFunc(params, func(a, b *Param) int { return strings.Compare(a.Name, b.Name) })
	d.byName[typ] = make(map[string]*Param, len(params))
	numbers := make(map[string]uint16, len(params))
	for _, p := range params {
		d.byName[typ][p.Name] = p
		if p.paths == nil {
			continue
		}
		n, ok := numbers[p.source]
		if !ok {
			n = uint16(len(numbers) + 1) //nolint:gosec // a type has tens of parameters
			numbers[p.source] = n
		}
		p.number = n
	}
	d.program[typ] = sync.OnceValue(func() *program { return compile(typ, params, true) })
}

func parseParam(f []string) (*Param, error) {
	t, ok := parseType(f[2])
	if !ok {
		return nil, fmt.Errorf("unknown kind %q", f[2])
	}
	p := &Param{Name: f[1], Type: t, paths: parsePaths(f[3]), source: f[2] + "\t" + f[3] + "\t" + f[5]}
	if len(p.paths) == 0 {
		return nil, fmt.Errorf("%s has no path", f[1])
	}
	if f[4] != "" {
		p.Targets = strings.Split(f[4], ",")
	}
	if t != Composite {
		return p, nil
	}
	for c := range strings.SplitSeq(f[5], ",") {
		head, paths, _ := strings.Cut(c, "@")
		name, kind, _ := strings.Cut(head, ":")
		ct, ok := parseType(kind)
		if !ok || paths == "" {
			return nil, fmt.Errorf("component %q of %s cannot be read", c, f[1])
		}
		p.Components = append(p.Components, Component{Name: name, Type: ct, paths: parsePaths(paths)})
	}
	return p, nil
}

// Version is the version the definitions are of.
func (d *Definitions) Version() fhir.Version { return d.version }

// IndexVersion changes whenever the same resource may give other keys. What was
// indexed under another one must be indexed anew.
func (d *Definitions) IndexVersion() string { return d.index }

// KnowsType reports whether the version has the resource type.
func (d *Definitions) KnowsType(t string) bool { _, ok := d.byName[t]; return ok }

// Types lists the version's resource types in order.
func (d *Definitions) Types() []string { return slices.Clone(d.types) }

// Params lists a type's parameters in name order.
func (d *Definitions) Params(typ string) []*Param { return d.params[typ] }

// Param finds a type's parameter by its exact name, nil when there is none.
func (d *Definitions) Param(typ, name string) *Param { return d.byName[typ][name] }
