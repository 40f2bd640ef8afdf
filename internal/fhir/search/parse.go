package search

import (
	"slices"
	"strconv"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Parse turns the parameters of a search on typ into a Query (interface §6).
// Unknown parameters are ignored, or refused when opt.Strict; a bad value, and
// a modifier that is not offered, are refused always. The error is a
// *fhir.Error whose text repeats no value.
func (d *Definitions) Parse(typ string, params []fhir.Param, opt Options) (*Query, error) {
	p := &parser{d: d, opt: opt, q: &Query{Type: typ, Count: -1}}
	for _, param := range params {
		name, value := strings.TrimSpace(param.Name), strings.TrimSpace(param.Value)
		if value == "" || name == "" {
			continue // an empty value is no constraint (interface §6.1)
		}
		base, modifier, _ := strings.Cut(name, ":")
		switch base {
		case "id":
			base = "_id"
		case "sort", "count":
			base = "_" + base
		}
		if err := p.param(base, modifier, value); err != nil {
			return nil, err
		}
	}
	p.finishSort()
	if opt.Strict && len(p.q.Ignored) > 0 {
		return nil, p.unknown()
	}
	return p.q, nil
}

type parser struct {
	d      *Definitions
	opt    Options
	q      *Query
	sortAt int // where in Used the sort belongs
}

func (p *parser) use(name, value string) {
	p.q.Used = append(p.q.Used, fhir.Param{Name: name, Value: value})
}

func (p *parser) ignore(name string) { p.q.Ignored = append(p.q.Ignored, name) }

// unknown names the parameters that strict handling refuses, as far as they
// look like names and not like a person's data.
func (p *parser) unknown() error {
	var names []string
	for _, n := range p.q.Ignored {
		if plainName(n) {
			names = append(names, n)
		}
	}
	return fhir.Errorf(fhir.KindInvalid, "not-supported", "Not a search parameter of %s here: %s. Leave it out, or ask with Prefer: handling=lenient.", p.q.Type, strings.Join(names, ", "))
}

func plainName(s string) bool {
	if s == "" || len(s) > 40 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '_' && c != '-' && c != ':' && c != '.' {
			return false
		}
	}
	return true
}

func badValue(name, want string) error {
	return fhir.Errorf(fhir.KindInvalid, "value", "The value of %s cannot be understood: %s.", name, want)
}

func (p *parser) param(name, modifier, value string) error {
	switch name {
	case "_count":
		return p.count(value)
	case "_sort":
		return p.sort(modifier, value)
	case "_include", "_revinclude":
		return p.include(name, modifier, value)
	case "_summary":
		if !slices.Contains([]string{"true", "text", "data", "count", "false"}, value) {
			return badValue(name, "use true, text, data, count or false")
		}
		p.use(name, value)
		if value != "false" {
			p.q.Summary = value
		}
		return nil
	case "_elements":
		for e := range strings.SplitSeq(value, ",") {
			e = strings.TrimPrefix(strings.TrimSpace(e), p.q.Type+".")
			e, _, _ = strings.Cut(e, ".")
			if e != "" {
				p.q.Elements = append(p.q.Elements, e)
			}
		}
		p.use(name, value)
		return nil
	case "_total":
		if value != "none" && value != "estimate" && value != "accurate" {
			return badValue(name, "use none, estimate or accurate")
		}
		p.use(name, value) // the total is always exact, which every value allows
		return nil
	}
	def := p.find(name)
	if def == nil {
		if chained, _, ok := strings.Cut(name, "."); (ok && p.find(chained) != nil) || name == "_has" {
			return fhir.Errorf(fhir.KindInvalid, "not-supported", "Chained searches are not offered; search in two steps.")
		}
		if _, chained, ok := strings.Cut(modifier, "."); ok && chained != "" {
			return fhir.Errorf(fhir.KindInvalid, "not-supported", "Chained searches are not offered; search in two steps.")
		}
		p.ignore(name)
		return nil
	}
	return p.criterion(def, modifier, value)
}

// find is the parameter by name, and, as a tolerance, by its name in other
// case (Patient for patient).
func (p *parser) find(name string) *Param {
	if def := p.d.Param(p.q.Type, name); def != nil {
		return def
	}
	for _, def := range p.d.Params(p.q.Type) {
		if strings.EqualFold(def.Name, name) {
			return def
		}
	}
	return nil
}

func (p *parser) count(value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		if _, e := strconv.ParseUint(value, 10, 64); e != nil {
			return badValue("_count", "give a whole number, 0 or more")
		}
		n = 1 << 30
	}
	p.q.Count = n
	p.q.Used = slices.DeleteFunc(p.q.Used, func(u fhir.Param) bool { return u.Name == "_count" })
	p.use("_count", strconv.Itoa(n))
	return nil
}

// sort reads both syntaxes: _sort:desc=date (DSTU2) and _sort=-date,status
// (STU3 and later), on every version.
func (p *parser) sort(modifier, value string) error {
	if modifier != "" && modifier != "asc" && modifier != "desc" {
		return fhir.Errorf(fhir.KindInvalid, "not-supported", "_sort takes the modifiers asc and desc.")
	}
	if len(p.q.Sort) == 0 {
		p.sortAt = len(p.q.Used)
	}
	for name := range strings.SplitSeq(value, ",") {
		name = strings.TrimSpace(name)
		desc := modifier == "desc"
		if rest, ok := strings.CutPrefix(name, "-"); ok {
			name, desc = rest, true
		}
		def := p.find(name)
		if def == nil || def.Type == Composite {
			p.ignore("_sort")
			continue
		}
		p.q.Sort = append(p.q.Sort, SortKey{Param: def, Desc: desc})
	}
	return nil
}

// finishSort writes the sort that was understood in the version's own syntax.
func (p *parser) finishSort() {
	if len(p.q.Sort) == 0 {
		return
	}
	var used []fhir.Param
	if p.d.version == fhir.DSTU2 {
		for _, s := range p.q.Sort {
			name := "_sort"
			if s.Desc {
				name = "_sort:desc"
			}
			used = append(used, fhir.Param{Name: name, Value: s.Param.Name})
		}
	} else {
		var names []string
		for _, s := range p.q.Sort {
			names = append(names, map[bool]string{true: "-", false: ""}[s.Desc]+s.Param.Name)
		}
		used = []fhir.Param{{Name: "_sort", Value: strings.Join(names, ",")}}
	}
	p.q.Used = slices.Insert(p.q.Used, min(p.sortAt, len(p.q.Used)), used...)
}

func (p *parser) include(name, modifier, value string) error {
	f := strings.Split(value, ":")
	inc := Include{Source: f[0], Iterate: modifier == "iterate" || modifier == "recurse"}
	if modifier != "" && !inc.Iterate {
		return fhir.Errorf(fhir.KindInvalid, "not-supported", "%s takes the modifier iterate.", name)
	}
	if len(f) >= 2 {
		inc.Param = p.d.Param(f[0], f[1])
	}
	if len(f) == 3 {
		inc.Target = f[2]
	}
	if len(f) > 3 || inc.Param == nil || inc.Param.Type != Reference || inc.Target != "" && !p.d.KnowsType(inc.Target) {
		return fhir.Errorf(fhir.KindInvalid, "not-supported", "%s takes Type:parameter or Type:parameter:Target, where the parameter is a reference.", name)
	}
	if name == "_include" {
		p.q.Include = append(p.q.Include, inc)
	} else {
		p.q.RevInclude = append(p.q.RevInclude, inc)
	}
	if modifier != "" {
		name += ":" + modifier
	}
	p.use(name, value)
	return nil
}

func (p *parser) criterion(def *Param, modifier, value string) error {
	c := Criterion{Param: def}
	name, typeModifier := def.Name, ""
	if modifier != "" {
		switch {
		case modifier == "missing" && def.number != 0:
			if value != "true" && value != "false" {
				return badValue(def.Name+":missing", "use true or false")
			}
			missing := value == "true"
			c.Missing = &missing
		case def.Type == String && modifier == "exact":
			c.Exact = true
		case def.Type == String && modifier == "contains":
		case def.Type == Token && modifier == "not":
			c.Not = true
		case def.Type == Reference && p.d.KnowsType(modifier):
			typeModifier = modifier
		default:
			if plainName(modifier) {
				return fhir.Errorf(fhir.KindInvalid, "not-supported", "%s does not take the modifier %s. It takes: %s.", def.Name, modifier, strings.Join(def.Modifiers(), ", "))
			}
			return fhir.Errorf(fhir.KindInvalid, "not-supported", "%s takes these modifiers: %s.", def.Name, strings.Join(def.Modifiers(), ", "))
		}
		name += ":" + modifier
	}
	if c.Missing == nil {
		for _, part := range splitEscaped(value, ',') {
			if strings.TrimSpace(part) == "" {
				continue
			}
			v, err := p.value(def, def.Type, strings.TrimSpace(part), typeModifier)
			if err != nil {
				return err
			}
			c.Values = append(c.Values, v)
		}
		if len(c.Values) == 0 {
			return nil
		}
	}
	p.q.Criteria = append(p.q.Criteria, c)
	p.use(name, value)
	return nil
}

// splitEscaped cuts at sep where no backslash stands before it; escapes stay.
func splitEscaped(s string, sep byte) []string {
	var out []string
	start := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case sep:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

// unescape undoes \, \| \$ and \\ (https://hl7.org/fhir/R4/search.html#escaping).
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte(`,|$\`, s[i+1]) >= 0 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
