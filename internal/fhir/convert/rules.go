package convert

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// A fate says what becomes of a parameter of the face.
type fate uint8

const (
	same    fate = iota + 1 // asked as it is
	renamed                 // asked by another name
	mapped                  // asked with other values
	wide                    // asked more loosely, or not at all, and decided here
)

var fateNames = [...]string{"", "same", "renamed", "value-mapped", "wide"}

func (f fate) String() string { return fateNames[f] }

// A rule is one line of parameters.txt. It is immutable.
type rule struct {
	param string
	ask   string // the provider's parameter; "" when none finds all that is wanted
	wide  bool   // ask finds more than is wanted
	bare  bool   // a plain code in one version and a Coding in the other
	part  bool   // a composite, asked by its first part
	words bool   // names in several parts there are one name here
	codes string // code table of the values
	open  []string
	only  string
	odd   string
	find  string
	// unsorted: asked finds what is wanted, and orders otherwise.
	unsorted bool
}

// fate is the rule's place in the order same, renamed, value-mapped, wide.
func (r *rule) fate() fate {
	switch {
	case r.ask == "" || r.wide || r.part || r.only != "" || r.words:
		return wide
	case r.codes != "" || r.bare || r.open != nil || r.find != "":
		return mapped
	case r.ask != r.param:
		return renamed
	}
	return same
}

// sorts reports whether the provider's order by ask is the face's by param, on
// pages where no resource has the member odd.
func (r *rule) sorts() bool {
	return r.ask != "" && (!r.wide || r.odd != "") && !r.part && !r.words && r.codes == "" && r.only == "" && r.open == nil && r.find == "" && !r.unsorted
}

// A doubt says which resources of a type a face may be unable to express.
type doubt struct {
	find   fhir.Param // finds them; "" when no parameter does
	scoped bool       // none of them is a patient's
}

// A pair is what a face of one version knows of providers of another. It is
// immutable.
type pair struct {
	face, provider         fhir.Version
	faceDefs, providerDefs *search.Definitions
	rules                  map[string]map[string]*rule // by the face's type and parameter
	doubts                 map[string]*doubt           // by the face's type
}

//go:embed parameters.txt
var parameters string

// pairOf gives the pair of two different versions, read once.
func pairOf(face, provider fhir.Version) *pair { return pairs()[[2]fhir.Version{face, provider}] }

var pairs = sync.OnceValue(func() map[[2]fhir.Version]*pair {
	all, err := parsePairs(parameters)
	if err != nil {
		panic(err) // the table is embedded, and a test reads it
	}
	return all
})

func parsePairs(text string) (map[[2]fhir.Version]*pair, error) {
	all := map[[2]fhir.Version]*pair{}
	for _, f := range fhir.Versions() {
		for _, p := range fhir.Versions() {
			if f != p {
				all[[2]fhir.Version{f, p}] = &pair{
					face: f, provider: p, faceDefs: search.Load(f), providerDefs: search.Load(p),
					rules: map[string]map[string]*rule{}, doubts: map[string]*doubt{},
				}
			}
		}
	}
	typ, line := "", 0
	for l := range strings.Lines(text) {
		line++
		fields := strings.Fields(l)
		switch {
		case len(fields) == 0 || strings.HasPrefix(fields[0], "#"):
			continue
		case len(fields) == 1:
			typ = fields[0]
			continue
		}
		if err := addLine(all, typ, fields); err != nil {
			return nil, fmt.Errorf("convert: parameters, line %d: %w", line, err)
		}
	}
	return all, nil
}

func addLine(all map[[2]fhir.Version]*pair, typ string, fields []string) error {
	from, to, ok := strings.Cut(fields[0], ">")
	if !ok || len(fields) < 3 {
		return fmt.Errorf("%q is no rule", strings.Join(fields, " "))
	}
	var r *rule
	var d *doubt
	var err error
	if fields[1] == "!" {
		d, err = parseDoubt(fields)
	} else {
		r, err = parseRule(fields)
	}
	if err != nil {
		return err
	}
	for _, p := range all {
		if !strings.Contains(from, digit(p.face)) || !strings.Contains(to, digit(p.provider)) {
			continue
		}
		if err := p.add(p.faceType(typ), r, d); err != nil {
			return err
		}
	}
	return nil
}

func digit(v fhir.Version) string { return string("0234"[v]) }

// faceType is the name in the face's version of a type the table names as R4
// does.
func (p *pair) faceType(typ string) string {
	if name, ok := mapping.Type(typ, fhir.R4, p.face); ok {
		return name
	}
	return typ
}

func (p *pair) add(typ string, r *rule, d *doubt) error {
	if d != nil {
		if p.doubts[typ] != nil {
			return fmt.Errorf("%s says twice what may be left out", typ)
		}
		p.doubts[typ] = d
		return nil
	}
	if p.rules[typ] == nil {
		p.rules[typ] = map[string]*rule{}
	}
	if p.rules[typ][r.param] != nil {
		return fmt.Errorf("%s %s has two rules", typ, r.param)
	}
	p.rules[typ][r.param] = r
	return nil
}

func parseDoubt(fields []string) (*doubt, error) {
	d := &doubt{}
	if fields[2] != "-" {
		name, value, ok := strings.Cut(fields[2], "=")
		if !ok {
			return nil, fmt.Errorf("%q finds nothing", fields[2])
		}
		d.find = fhir.Param{Name: name, Value: value}
	}
	for _, how := range fields[3:] {
		if how != "scoped" {
			return nil, fmt.Errorf("%q is not known", how)
		}
		d.scoped = true
	}
	return d, nil
}

func parseRule(fields []string) (*rule, error) {
	r := &rule{param: fields[1], ask: fields[2]}
	if r.ask == "-" {
		r.ask = ""
	}
	for _, how := range fields[3:] {
		name, value, _ := strings.Cut(how, "=")
		switch name {
		case "wide":
			r.wide = true
		case "bare":
			r.bare = true
		case "part":
			r.part = true
		case "words":
			r.words = true
		case "codes":
			r.codes = value
		case "open":
			r.open = strings.Split(value, ",")
		case "only":
			r.only = value
		case "odd":
			r.odd = value
		case "find":
			r.find = value
		case "unsorted":
			r.unsorted = true
		default:
			return nil, fmt.Errorf("%q is not known", how)
		}
	}
	return r, nil
}

// rule finds the rule of a face's parameter. One without a line is asked by its
// own name, or, where the provider's version has none of that name, not at all.
func (p *pair) rule(typ, param string) *rule {
	if r := p.rules[typ][param]; r != nil {
		return r
	}
	provided, ok := mapping.Type(typ, p.face, p.provider)
	if !ok {
		provided = typ
	}
	has := p.providerDefs.Param(provided, param)
	if r := p.rules["*"][param]; r != nil && has != nil {
		return r
	}
	if has == nil {
		return &rule{param: param}
	}
	return &rule{param: param, ask: param}
}

// asked lists the values that must not be asked for.
func (r *rule) closed(code string) bool { return slices.Contains(r.open, strings.ToLower(code)) }
