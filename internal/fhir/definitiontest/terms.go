package definitiontest

import (
	"encoding/json"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A codeSystem is the codes of one system; partial when the definitions hold
// only some of them.
type codeSystem struct {
	codes   map[string]bool
	partial bool
}

type valueSet struct {
	URL        string          `json:"url"`
	CodeSystem system          `json:"codeSystem"` // DSTU2 defines systems within value sets
	Compose    compose         `json:"compose"`
	open       bool            // could not be expanded: everything is accepted
	bare       map[string]bool // codes
	full       map[string]bool // "system|code"
}

type compose struct {
	Import  []string  `json:"import"` // DSTU2
	Include []include `json:"include"`
}

type include struct {
	System   string            `json:"system"`
	Concept  []concept         `json:"concept"`
	Filter   []json.RawMessage `json:"filter"`
	ValueSet []string          `json:"valueSet"`
}

type system struct {
	URL     string    `json:"url"`    // STU3, R4
	System  string    `json:"system"` // DSTU2
	Content string    `json:"content"`
	Concept []concept `json:"concept"`
}

type concept struct {
	Code    string    `json:"code"`
	Concept []concept `json:"concept"`
}

func (v *Validator) loadTerms(path string) error {
	return eachResource(path, func(b []byte) error {
		if strings.Contains(path, "CodeSystem") {
			var s system
			if err := json.Unmarshal(b, &s); err != nil {
				return err
			}
			v.addSystem(s.URL, s)
			return nil
		}
		set := &valueSet{}
		if err := json.Unmarshal(b, set); err != nil {
			return err
		}
		v.sets[set.URL] = set
		if set.CodeSystem.System != "" {
			v.addSystem(set.CodeSystem.System, set.CodeSystem)
		}
		return nil
	})
}

func (v *Validator) addSystem(url string, s system) {
	cs := v.systems[url]
	if cs == nil {
		cs = &codeSystem{codes: map[string]bool{}}
		v.systems[url] = cs
	}
	cs.partial = cs.partial || s.Content != "" && s.Content != "complete"
	var walk func(list []concept)
	walk = func(list []concept) {
		for _, c := range list {
			cs.codes[c.Code] = true
			walk(c.Concept)
		}
	}
	walk(s.Concept)
	if len(cs.codes) == 0 {
		cs.partial = true
	}
}

// expand lists a value set's codes, or opens it when that is not simple.
func (v *Validator) expand(url string, depth int) *valueSet {
	url, _, _ = strings.Cut(url, "|")
	s := v.sets[url]
	if s == nil || depth > 8 {
		return &valueSet{open: true}
	}
	if s.bare != nil {
		return s
	}
	s.bare, s.full = map[string]bool{}, map[string]bool{}
	put := func(sys, code string) { s.bare[code], s.full[sys+"|"+code] = true, true }
	if own := s.CodeSystem.System; own != "" {
		v.put(s, own, put)
	}
	for _, u := range s.Compose.Import {
		s.join(v.expand(u, depth+1))
	}
	for _, i := range s.Compose.Include {
		switch {
		case len(i.Filter) > 0:
			s.open = true
		case len(i.Concept) > 0:
			for _, c := range i.Concept {
				put(i.System, c.Code)
			}
		case i.System != "":
			v.put(s, i.System, put)
		default:
			for _, u := range i.ValueSet {
				s.join(v.expand(u, depth+1))
			}
		}
	}
	if len(s.bare) == 0 {
		s.open = true
	}
	return s
}

// put adds a whole code system.
func (v *Validator) put(s *valueSet, system string, put func(sys, code string)) {
	cs := v.systems[system]
	if cs == nil || cs.partial {
		s.open = true
		return
	}
	for code := range cs.codes {
		put(system, code)
	}
}

func (s *valueSet) join(o *valueSet) {
	s.open = s.open || o.open
	for k := range o.bare {
		s.bare[k] = true
	}
	for k := range o.full {
		s.full[k] = true
	}
}

func (v *Validator) hasCode(set, code string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := v.expand(set, 0)
	return s.open || s.bare[code]
}

// bound checks that one of the codings is in the required value set. A concept
// with text alone has no coding to check.
func (c *checker) bound(e *element, path string, codings ...fhir.Node) {
	if e.set == "" || len(codings) == 0 {
		return
	}
	c.v.mu.Lock()
	s := c.v.expand(e.set, 0)
	c.v.mu.Unlock()
	if s.open {
		return
	}
	for _, n := range codings {
		if s.full[n.Get("system").String()+"|"+n.Get("code").String()] {
			return
		}
	}
	c.add(path, RuleCode, "no coding of %s", e.set)
}

// coding checks a code against its own system, for the systems HL7 defines.
func (c *checker) coding(n fhir.Node, path string) {
	sys, code := n.Get("system").String(), n.Get("code").String()
	if sys == "" || code == "" {
		return
	}
	cs := c.v.systems[sys]
	switch {
	case cs != nil && !cs.partial && !cs.codes[code]:
		c.add(path, RuleCoding, "%s has no code %q", sys, code)
	case strings.HasPrefix(sys, "http://hl7.org/fhir/sid/"): // others' systems, which HL7 only names
	case cs == nil && (strings.HasPrefix(sys, "http://hl7.org/fhir/") || strings.HasPrefix(sys, "http://terminology.hl7.org/")):
		c.add(path, RuleCoding, "no such code system in %s: %s", c.v.version, sys)
	}
}
