package search

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// control reads a parameter that says how to answer rather than what to find.
// known is false for names that are no such parameter.
func (p *parser) control(name, modifier, value string) (known bool, err error) {
	if modifier != "" && name != "_sort" && name != "_include" && name != "_revinclude" {
		if slices.Contains([]string{"_count", "_summary", "_elements", "_total"}, name) {
			return true, notSupported("%s takes no modifier.", name)
		}
		return false, nil
	}
	switch name {
	case "_count":
		return true, p.count(value)
	case "_sort":
		return true, p.sort(modifier, value)
	case "_include", "_revinclude":
		return true, p.include(name, modifier, value)
	case "_summary":
		return true, p.summary(value)
	case "_elements":
		p.elements(value)
		return true, nil
	case "_total":
		if value != "none" && value != "estimate" && value != "accurate" {
			return true, badValue(name, "write none, estimate or accurate")
		}
		p.use(name, value) // the total is always exact, which every value allows
		return true, nil
	case "_format", "_pretty":
		return true, nil // how the edge writes the answer
	}
	return false, nil
}

// count reads _count. Of several the smallest holds, which exceeds none.
func (p *parser) count(value string) error {
	n, err := strconv.ParseUint(strings.TrimPrefix(value, "+"), 10, 64)
	if err != nil && strings.Trim(value, "0123456789") != "" {
		return badValue("_count", "write a whole number, 0 or more")
	}
	count := int(min(n, math.MaxInt32))
	if p.countAt < 0 {
		p.countAt = len(p.q.Used)
		p.use("_count", "")
	} else {
		count = min(count, p.q.Count)
	}
	p.q.Count = count
	p.q.Used[p.countAt].Value = strconv.Itoa(count)
	return nil
}

func (p *parser) summary(value string) error {
	switch value {
	case "true", "text", "data", "count", "false":
	default:
		return badValue("_summary", "write true, text, data, count or false")
	}
	if value != "false" {
		p.q.Summary = value
	}
	p.use("_summary", value)
	return nil
}

func (p *parser) elements(value string) {
	for e := range strings.SplitSeq(value, ",") {
		e = strings.TrimPrefix(strings.TrimSpace(e), p.q.Type+".")
		e, _, _ = strings.Cut(e, ".")
		if e != "" && !slices.Contains(p.q.Elements, e) {
			p.q.Elements = append(p.q.Elements, e)
		}
	}
	if len(p.q.Elements) > 0 {
		p.use("_elements", value)
	}
}

// sort reads both syntaxes: _sort:desc=date (DSTU2) and _sort=-date,status
// (STU3 and later), on every version (interface §6.3).
func (p *parser) sort(modifier, value string) error {
	if modifier != "" && modifier != "asc" && modifier != "desc" {
		return notSupported("_sort takes the modifiers asc and desc.")
	}
	if len(p.q.Sort) == 0 {
		p.sortAt = len(p.q.Used)
	}
	for name := range strings.SplitSeq(value, ",") {
		name, desc := strings.CutPrefix(strings.TrimSpace(name), "-")
		def := p.find(p.q.Type, strings.TrimSpace(name))
		if def == nil || def.Type == Composite {
			if !slices.Contains(p.q.Ignored, "_sort") {
				p.ignore("_sort")
			}
			continue
		}
		if !slices.ContainsFunc(p.q.Sort, func(s SortKey) bool { return s.Param == def }) {
			p.q.Sort = append(p.q.Sort, SortKey{Param: def, Desc: desc || modifier == "desc"})
		}
	}
	return nil
}

// finishSort writes the sort that was understood in the version's own syntax.
func (p *parser) finishSort() {
	if len(p.q.Sort) == 0 {
		return
	}
	var used []fhir.Param
	var names []string
	for _, s := range p.q.Sort {
		name := "_sort"
		if s.Desc && p.d.sortByModifier {
			name = "_sort:desc"
		}
		used = append(used, fhir.Param{Name: name, Value: s.Param.Name})
		if s.Desc {
			names = append(names, "-"+s.Param.Name)
		} else {
			names = append(names, s.Param.Name)
		}
	}
	if !p.d.sortByModifier {
		used = []fhir.Param{{Name: "_sort", Value: strings.Join(names, ",")}}
	}
	p.q.Used = slices.Insert(p.q.Used, p.sortAt, used...)
}

// include reads Type:parameter[:Target], Type:* and *.
func (p *parser) include(name, modifier, value string) error {
	iterate := modifier == "iterate" || modifier == "recurse" // recurse is STU3's word
	if modifier != "" && !iterate {
		return notSupported("%s takes the modifier iterate.", name)
	}
	f := strings.Split(value, ":")
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	if len(f) == 1 && f[0] == "*" && name == "_include" {
		f = []string{p.q.Type, "*"}
	}
	if len(f) < 2 || len(f) > 3 {
		return badValue(name, "write Type:parameter or Type:parameter:Target")
	}
	found := p.included(f, iterate)
	if len(found) == 0 {
		p.ignore(name)
		return nil
	}
	if name == "_include" {
		p.q.Include = append(p.q.Include, found...)
	} else {
		p.q.RevInclude = append(p.q.RevInclude, found...)
	}
	if modifier != "" {
		name += ":" + modifier
	}
	p.use(name, value)
	return nil
}

func (p *parser) included(f []string, iterate bool) []Include {
	target := ""
	if len(f) == 3 && f[2] != "" {
		if target = f[2]; !p.d.KnowsType(target) {
			return nil
		}
	}
	var params []*Param
	if f[1] == "*" {
		params = p.d.Params(f[0])
	} else if def := p.find(f[0], f[1]); def != nil {
		params = []*Param{def}
	}
	var out []Include
	for _, def := range params {
		if def.Type == Reference && (target == "" || def.allows(target)) {
			out = append(out, Include{Source: f[0], Param: def, Target: target, Iterate: iterate})
		}
	}
	return out
}
