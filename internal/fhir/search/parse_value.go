package search

import (
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// value reads one alternative of a criterion. s still has FHIR's escapes.
func (p *parser) value(def *Param, t Type, s, typeModifier string) (Value, error) {
	v := Value{Text: unescape(s)}
	switch t {
	case String:
		folded := Fold(v.Text)
		v.Words = []string{folded}
		if def.Name == "name" || def.Name == "phonetic" || def.Name == "address" {
			v.Words = strings.Fields(folded) // every word in some part
		}
		if len(v.Words) == 0 || folded == "" {
			v.Words = nil
		}
		return v, nil
	case Token:
		return p.token(def, v, s)
	case Reference:
		p.reference(def, &v, typeModifier)
		return v, nil
	case Date:
		return p.date(def, v)
	case Quantity, Number:
		return p.number(def, v, s)
	case URI:
		return v, nil
	case Composite:
		return p.composite(def, v, s)
	}
	return v, nil
}

func (p *parser) token(def *Param, v Value, s string) (Value, error) {
	parts := splitEscaped(s, '|')
	switch len(parts) {
	case 1:
		v.AnySystem = true
		v.Code = foldCode(v.Text)
	case 2:
		v.System, v.Code = canonicalSystem(unescape(parts[0])), foldCode(unescape(parts[1]))
		if v.System == "" && v.Code == "" {
			return v, badValue(def.Name, "write code, system|code, |code or system|")
		}
	default:
		return v, badValue(def.Name, "write code, system|code, |code or system|")
	}
	if def.number == 0 { // _id: exact, with case
		v.Text = unescape(parts[len(parts)-1])
	}
	return v, nil
}

func (p *parser) reference(def *Param, v *Value, typeModifier string) {
	ref, _, _ := strings.Cut(v.Text, "/_history/")
	switch {
	case typeModifier != "" && !strings.Contains(ref, "/"):
		v.Refs = []string{typeModifier + "/" + ref}
	case strings.Contains(ref, "/") || strings.Contains(ref, ":"):
		v.Refs = []string{ref}
	case len(def.Targets) == 0:
		v.Suffix = "/" + ref
	default:
		for _, t := range def.Targets {
			v.Refs = append(v.Refs, t+"/"+ref)
		}
	}
}

func (p *parser) date(def *Param, v Value) (Value, error) {
	pre, s := cutPrefix(v.Text)
	// A + of an offset that was not escaped has become a space.
	s = strings.ReplaceAll(s, " ", "+")
	lo, hi, ok := interval(s, p.opt.Zone)
	if !ok && strings.Contains(s, "/") {
		if fixed, repaired := fhir.RepairDateTime(s, p.opt.Zone); repaired {
			lo, hi, ok = interval(fixed, p.opt.Zone)
		}
	}
	if !ok {
		return v, badValue(def.Name, "write YYYY, YYYY-MM, YYYY-MM-DD or a date with time and zone, after eq, ne, gt, lt, ge, le, sa, eb or ap")
	}
	v.Prefix, v.Lo, v.Hi = pre, lo, hi
	return v, nil
}

func (p *parser) number(def *Param, v Value, s string) (Value, error) {
	parts := splitEscaped(s, '|')
	pre, digits := cutPrefix(strings.TrimSpace(parts[0]))
	num, low, high, ok := decimal(digits)
	if !ok || len(parts) != 1 && len(parts) != 3 {
		return v, badValue(def.Name, "write a number, or number|system|code for a quantity")
	}
	v.Prefix, v.Number, v.Low, v.High = pre, num, low, high
	if len(parts) == 3 {
		v.System, v.Code = unescape(parts[1]), unescape(parts[2])
	}
	return v, nil
}

func (p *parser) composite(def *Param, v Value, s string) (Value, error) {
	parts := splitEscaped(s, '$')
	if len(parts) != len(def.Components) {
		return v, badValue(def.Name, "write one value for each part, with $ between them")
	}
	for i, c := range def.Components {
		part, err := p.value(&Param{Name: def.Name, Type: c.Type, number: 1}, c.Type, strings.TrimSpace(parts[i]), "")
		if err != nil {
			return v, err
		}
		v.Components = append(v.Components, part)
		v.Kinds = append(v.Kinds, c.Type)
	}
	return v, nil
}
