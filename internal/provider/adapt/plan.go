package adapt

import (
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// An ask is one question to the provider: a search, or reads.
type ask struct {
	parts []part
	ids   []string // instead of a search: read these
}

// A part is what one criterion, or the order, puts into an ask.
type part struct {
	form
	criterion *search.Criterion // nil for the order and includes
}

// A plan is how a search is answered: what to ask, and whether the provider's
// own order and pages can be the answer's.
type plan struct {
	asks   []ask
	whole  bool // one ask finds just what was wanted
	native bool // and its order and pages serve
	partly bool // something may not be found that should be
}

// sortable are the keys by which a provider's order can be that of interface
// §6.3: single points in time. A period's order is made here, always: whether
// a provider orders it by its start, or knows an open end, nothing says.
var sortable = map[string]string{
	"Observation": "date", "AllergyIntolerance": "date", "MedicationOrder": "datewritten", "MedicationRequest": "authoredon",
}

// plan decides from what is known of the provider.
func (a *asker) plan() plan {
	p := plan{whole: true}
	strong := slices.ContainsFunc(a.clauses, func(c clause) bool { return !c.weak && len(c.ladders) > 0 })
	p.asks = []ask{{parts: a.includes()}}
	for i := range a.clauses {
		c := &a.clauses[i]
		forms := []form(nil)
		if !c.weak || !strong {
			forms = a.choose(c)
		} else {
			a.m.used(a.keyOf(c), WhyRule)
		}
		if len(forms) == 0 || len(p.asks)*len(forms) > maxAsks {
			p.whole = false
			continue
		}
		p.partly = p.partly || c.first && !slices.ContainsFunc(c.ladders[0], func(f form) bool { return f.key == forms[0].key })
		p.whole = p.whole && len(forms) == 1 && forms[0].exact && forms[0].ids == nil && a.m.is(forms[0].key) != ignored
		p.asks = times(p.asks, c.criterion, forms)
	}
	if a.undeclared(&p) {
		p.whole = false
	}
	p.whole = p.whole && len(a.q.Include)+len(a.q.RevInclude) == 0
	p.native = p.whole && a.q.Count != 0 && a.q.Summary != "count" && a.ordered()
	return p
}

// maxAsks bounds the questions that stand for one search: a criterion that
// would make them more is filtered here.
const maxAsks = 16

// keyOf names a clause in reports.
func (a *asker) keyOf(c *clause) string {
	if len(c.ladders) > 0 && len(c.ladders[0]) > 0 {
		return c.ladders[0][0].key
	}
	name := a.q.Type + "?" + c.criterion.Param.Name
	switch {
	case c.criterion.Not:
		name += ":not"
	case c.criterion.Text:
		name += ":text"
	case c.criterion.Identifier:
		name += ":identifier"
	}
	return name
}

// choose takes the best form of each ladder that the provider is not known to
// refuse.
func (a *asker) choose(c *clause) []form {
	var forms, doubtful []form
	for i, ladder := range c.ladders {
		f, ok := a.pick(ladder)
		if !ok && i == 0 && c.first {
			a.m.used(a.keyOf(c), WhyRefused)
		}
		switch {
		case !ok && c.all:
			a.m.used(a.keyOf(c), WhyRefused)
			return nil
		case !ok || slices.ContainsFunc(forms, func(have form) bool { return have.key == f.key }):
		case len(c.ladders) > 1 && !c.all && a.m.is(f.key) == ignored:
			doubtful = append(doubtful, f)
		default:
			forms = append(forms, f)
		}
	}
	if len(forms) == 0 && len(doubtful) > 0 { // one that finds too much finds all
		forms = doubtful[:1]
	}
	if len(forms) == 0 {
		why := WhyRefused
		if len(c.ladders) == 0 {
			why = WhyRule
		}
		a.m.used(a.keyOf(c), why)
	}
	return forms
}

// pick takes the first form of a ladder that is not refused: rather one that
// is honoured and that the statement lists, if any is.
func (a *asker) pick(ladder []form) (best form, ok bool) {
	rank := 0
	for _, f := range ladder {
		is := a.m.is(f.key)
		if is == refused || a.skip[f.key] {
			continue
		}
		r := 1
		if is != ignored {
			r += 2
			if listed, known := a.m.offers(a.q.Type, f.name); !known || listed {
				r++
			}
		}
		if r > rank {
			best, ok, rank = f, true, r
		}
	}
	if ok && best.key != ladder[0].key {
		why := WhyDeclared
		switch first := a.m.is(ladder[0].key); {
		case first == refused || a.skip[ladder[0].key]:
			why = WhyRefused
		case first == ignored:
			why = WhyChecked
		}
		a.m.used(ladder[0].key, why)
	}
	return best, ok
}

// times asks each question in each form.
func times(asks []ask, c *search.Criterion, forms []form) []ask {
	out := make([]ask, 0, len(asks)*len(forms))
	for _, q := range asks {
		for _, f := range forms {
			next := ask{parts: append(slices.Clone(q.parts), part{f, c}), ids: q.ids}
			if f.ids != nil {
				next.ids = f.ids
			}
			out = append(out, next)
		}
	}
	return out
}

// undeclared takes out of the asks what the provider's statement does not
// list, as long as something listed, or proven, remains to narrow them.
func (a *asker) undeclared(p *plan) (dropped bool) {
	for i := range p.asks {
		q := &p.asks[i]
		if q.ids != nil {
			continue
		}
		doubtful := func(pt part) bool {
			listed, known := a.m.offers(a.q.Type, pt.name)
			return pt.criterion != nil && known && !listed && a.m.is(pt.key) != proven
		}
		firm := slices.ContainsFunc(q.parts, func(pt part) bool { return pt.criterion != nil && !doubtful(pt) })
		if !firm {
			continue
		}
		q.parts = slices.DeleteFunc(q.parts, func(pt part) bool {
			if !doubtful(pt) {
				return false
			}
			a.m.used(pt.key, WhyDeclared)
			dropped = true
			return true
		})
	}
	return dropped
}

// includes are the parts that ask for other resources beside the matches.
func (a *asker) includes() []part {
	var parts []part
	for _, p := range a.q.Used {
		if !strings.HasPrefix(p.Name, "_include") && !strings.HasPrefix(p.Name, "_revinclude") {
			continue
		}
		f := form{key: a.q.Type + "?" + p.Name, name: p.Name, params: []fhir.Param{p}}
		if a.m.is(f.key) == refused || a.skip[f.key] {
			a.m.used(f.key, WhyRefused)
			a.dropped[p] = true
			continue
		}
		parts = append(parts, part{form: f})
	}
	return parts
}

// ordered reports whether the provider's own order can be asked for and
// relied upon.
func (a *asker) ordered() bool {
	switch len(a.q.Sort) {
	case 0:
		return len(a.q.Criteria) == 0 // a list of all: any order will do
	case 1:
		key := a.sortPart().key
		if sortable[a.q.Type] != a.q.Sort[0].Param.Name {
			a.m.used(key, WhyRule)
			return false
		}
		switch a.m.is(key) {
		case refused:
			a.m.used(key, WhyRefused)
		case ignored:
			a.m.used(key, WhyChecked)
		case unknownState, proven:
			return !a.skip[key]
		}
		return false
	}
	a.m.used(a.q.Type+"?_sort", WhyRule)
	return false
}

// sortPart asks for the order, in the spelling of STU3 and later; the wire has
// the version's own.
func (a *asker) sortPart() part {
	key := a.q.Sort[0]
	f := form{key: a.q.Type + "?_sort=" + key.Param.Name, name: "_sort", params: []fhir.Param{{Name: "_sort", Value: key.Param.Name}}}
	if key.Desc {
		f.params[0].Value = "-" + key.Param.Name
	}
	return part{form: f}
}
