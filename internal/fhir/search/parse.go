package search

import (
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Bounds of one search. They keep the work on each row small.
const (
	maxCriteria = 60 // a matcher keeps one bit for each
	maxValues   = 1000
)

// Parse turns the parameters of a search on typ into a Query (interface §6).
// Unknown parameters are ignored, or refused when opt.Strict; a bad value, and
// a modifier that is not offered, are refused always. The error is a
// *fhir.Error whose text repeats no value.
func (d *Definitions) Parse(typ string, params []fhir.Param, opt Options) (*Query, error) {
	p := &parser{d: d, opt: opt, q: &Query{Type: typ, Count: -1}, countAt: -1}
	for _, param := range params {
		name, value := cleanName(param.Name), strings.TrimSpace(param.Value)
		if value == "" || name == "" {
			continue // an empty value is no constraint (interface §6.1)
		}
		base, modifier, _ := strings.Cut(name, ":")
		if err := p.param(strings.TrimSpace(base), strings.TrimSpace(modifier), value); err != nil {
			return nil, err
		}
	}
	p.finishSort()
	if opt.Strict && len(p.q.Ignored) > 0 {
		return nil, p.unknown()
	}
	p.q.matcher = newMatcher(p.q.Criteria)
	return p.q, nil
}

type parser struct {
	d       *Definitions
	opt     Options
	q       *Query
	values  int
	sortAt  int // where in Used the sort belongs
	countAt int // where in Used the count is, -1 before there is one
}

// cleanName takes off what surrounds a name and undoes a colon that was
// escaped twice (interface §6.1).
func cleanName(s string) string {
	s = strings.TrimSpace(s)
	if strings.Contains(s, "%3") {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "%3A", ":"), "%3a", ":")
	}
	return s
}

// alias is what a name that clients send stands for (interface §6.1, §9).
func alias(name string) string {
	switch name {
	case "id", "sort", "count":
		return "_" + name
	}
	return name
}

// find is the type's parameter by name, or by what a client may call it:
// Patient for patient.
func (p *parser) find(typ, name string) *Param {
	if def := p.d.Param(typ, name); def != nil {
		return def
	}
	name = alias(name)
	for _, def := range p.d.Params(typ) {
		if strings.EqualFold(def.Name, name) {
			return def
		}
	}
	return nil
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
		if plainName(n) && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	if len(names) == 0 {
		names = []string{"(a name with unusual characters)"}
	}
	return notSupported("Not a search parameter of %s here: %s. Leave it out, or ask with Prefer: handling=lenient.", p.q.Type, strings.Join(names, ", "))
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

func notSupported(format string, args ...any) error {
	return fhir.Errorf(fhir.KindInvalid, "not-supported", format, args...)
}

func (p *parser) param(name, modifier, value string) error {
	if def := p.find(p.q.Type, name); def != nil {
		return p.criterion(def, modifier, value)
	}
	if known, err := p.control(alias(name), modifier, value); known || err != nil {
		return err
	}
	if name == "_has" {
		return notSupported("_has is not offered; search in two steps.")
	}
	if chained, _, ok := strings.Cut(name, "."); ok && p.find(p.q.Type, chained) != nil {
		return notSupported("Chained searches are not offered; search in two steps.")
	}
	if modifier != "" {
		name += ":" + modifier
	}
	p.ignore(name)
	return nil
}

// criterion reads a search parameter proper.
func (p *parser) criterion(def *Param, modifier, value string) error {
	c := Criterion{Param: def}
	name, target := def.Name, ""
	if modifier != "" {
		var err error
		if target, err = p.modifier(&c, modifier, value); err != nil {
			return err
		}
		name += ":" + modifier
	}
	if c.Missing == nil {
		for _, part := range SplitEscaped(value, ',') {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			v, err := p.value(&c, target, part)
			if err != nil {
				return err
			}
			c.Values = append(c.Values, v)
		}
		if len(c.Values) == 0 {
			return nil
		}
	}
	p.values += len(c.Values)
	if len(p.q.Criteria) == maxCriteria || p.values > maxValues {
		return fhir.Errorf(fhir.KindTooCostly, "too-costly", "The search has more than %d parameters or %d values. Ask in several searches.", maxCriteria, maxValues)
	}
	t := newTerm(&c)
	c.term = &t
	p.q.Criteria = append(p.q.Criteria, c)
	p.use(name, value)
	return nil
}

// modifier reads a modifier, or refuses it (interface §6.1). target is the
// type that a reference's modifier names.
func (p *parser) modifier(c *Criterion, modifier, value string) (target string, err error) {
	def := c.Param
	switch t := def.Type; {
	case modifier == "missing" && t != Composite:
		missing := value == "true"
		if !missing && value != "false" {
			return "", badValue(def.Name+":missing", "write true or false")
		}
		c.Missing = &missing
	case modifier == "exact" && t == String:
		c.Exact = true
	case modifier == "contains" && t == String: // what a plain string means too
	case modifier == "not" && t == Token:
		c.Not = true
	case modifier == "text" && t == Token && def.number != 0:
		c.Text = true
	case modifier == "identifier" && t == Reference:
		c.Identifier = true
	case t == Reference && p.d.KnowsType(modifier) && def.allows(modifier):
		return modifier, nil
	case t == Reference && strings.Contains(modifier, "."):
		return "", notSupported("Chained searches are not offered; search in two steps.")
	case plainName(modifier):
		return "", notSupported("%s does not take the modifier %s. It takes: %s.", def.Name, modifier, strings.Join(def.Modifiers(), ", "))
	default:
		return "", notSupported("%s takes these modifiers: %s.", def.Name, strings.Join(def.Modifiers(), ", "))
	}
	return "", nil
}

// SplitEscaped cuts a parameter's value at sep where no backslash stands before it; escapes stay.
func SplitEscaped(s string, sep byte) []string {
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
// A backslash before anything else is itself.
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
