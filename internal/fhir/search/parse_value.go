package search

import (
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// value reads one alternative of a criterion. s still has FHIR's escapes.
// target is the type a reference is said to be of, "" for unsaid.
func (p *parser) value(c *Criterion, target, s string) (Value, error) {
	switch {
	case c.Text:
		s = unescape(s)
		return Value{Text: s, Words: []string{Fold(s)}}, nil
	case c.Identifier:
		return tokenValue(c.Param.Name, s)
	case target != "":
		return p.referenceValue(c.Param.Name, s, []string{target})
	case c.Param.number == 0 && c.Param.Type == Token: // _id: exact, with case
		return Value{Text: unescape(s), Code: unescape(s), AnySystem: true}, nil
	}
	return p.typed(c.Param, c.Param.Type, c.Param.Targets, s)
}

func (p *parser) typed(def *Param, t Type, targets []string, s string) (Value, error) {
	switch t {
	case String:
		return stringValue(def, unescape(s)), nil
	case Token:
		return tokenValue(def.Name, s)
	case Reference:
		return p.referenceValue(def.Name, s, targets)
	case Date:
		return p.dateValue(def.Name, unescape(s))
	case Quantity, Number:
		return quantityValue(def.Name, t, s)
	case URI:
		return Value{Text: unescape(s)}, nil
	case Composite:
		return p.compositeValue(def, s)
	case Label, Identifier:
	}
	return Value{}, badValue(def.Name, "its kind is not known")
}

func stringValue(def *Param, s string) Value {
	if !ascii(s) {
		s = norm.NFC.String(s)
	}
	folded := Fold(s)
	words := strings.Fields(folded)
	switch {
	case len(words) == 0: // marks alone: they are in no folded value
		words = []string{s}
	case !def.splits():
		words = []string{folded}
	}
	return Value{Text: s, Words: words}
}

func tokenValue(name, s string) (Value, error) {
	parts := SplitEscaped(s, '|')
	switch {
	case len(parts) == 1:
		return Value{Text: unescape(s), Code: foldCode(unescape(s)), AnySystem: true}, nil
	case len(parts) > 2 || strings.TrimSpace(parts[0])+strings.TrimSpace(parts[1]) == "":
		return Value{}, badValue(name, "write code, system|code, |code or system|")
	}
	return Value{Text: unescape(s), System: canonicalSystem(unescape(parts[0])), Code: foldCode(unescape(parts[1]))}, nil
}

// referenceValue reads an id, Type/id, a URL or a urn. An id alone may be of
// each of the targets.
func (p *parser) referenceValue(name, s string, targets []string) (Value, error) {
	ref := localReference(unescape(s))
	if strings.ContainsAny(ref, "/:") {
		if typ, id, ok := strings.Cut(ref, "/"); ok && p.d.KnowsType(typ) && id == "" {
			return Value{}, badValue(name, "write id, Type/id or an absolute URL")
		}
		return Value{Text: ref, Refs: []string{ref}}, nil
	}
	if len(targets) == 0 {
		return Value{Text: ref, Suffix: "/" + ref}, nil
	}
	v := Value{Text: ref}
	for _, t := range targets {
		v.Refs = append(v.Refs, t+"/"+ref)
	}
	return v, nil
}

func (p *parser) dateValue(name, s string) (Value, error) {
	prefix, s := cutPrefix(s)
	s = strings.TrimSpace(s)
	if name == "birthdate" && strings.Contains(s, "/") { // MM/DD/YYYY, interface §6.2
		if day, err := time.Parse("1/2/2006", s); err == nil {
			s = day.Format(time.DateOnly)
		}
	}
	if strings.Contains(s, "T") { // the + of an offset that was not escaped arrives as a space
		s = strings.ReplaceAll(s, " ", "+")
	}
	zone := p.opt.Zone
	if zone == nil {
		zone = time.UTC
	}
	local, ok := parseDate(s, time.UTC)
	if !ok {
		return Value{}, badValue(name, "write YYYY, YYYY-MM, YYYY-MM-DD or a date with time and zone, after eq, ne, gt, lt, ge, le, sa, eb or ap")
	}
	d, _ := parseDate(s, zone)
	v := Value{Text: s, Prefix: prefix, Lo: d.lo, Hi: d.hi, LocalLo: local.lo, LocalHi: local.hi}
	if prefix == Ap { // a tenth of the time between the value and now, at least its own width
		v.slack = v.Hi - v.Lo
		if !p.opt.Now.IsZero() {
			gap := p.opt.Now.UnixMicro() - v.Lo
			v.slack = max(v.slack, gap/10, -gap/10)
		}
	}
	return v, nil
}

// quantityValue reads number, number|system|code or number||code.
func quantityValue(name string, t Type, s string) (Value, error) {
	parts := SplitEscaped(s, '|')
	prefix, digits := cutPrefix(strings.TrimSpace(parts[0]))
	num, half, ok := decimal(strings.TrimSpace(digits))
	if !ok || len(parts) != 1 && (len(parts) != 3 || t != Quantity) {
		return Value{}, badValue(name, "write a number, or number|system|code for a quantity")
	}
	v := Value{Text: unescape(s), Prefix: prefix, Number: num, Low: num - half, High: num + half, slackNumber: math.Abs(num) / 10}
	if len(parts) == 3 {
		v.System, v.Code = canonicalSystem(unescape(parts[1])), strings.TrimSpace(unescape(parts[2]))
	}
	return v, nil
}

// decimal reads a number and half of what its last digit is worth.
func decimal(s string) (value, half float64, ok bool) {
	mantissa, exponent, scientific := strings.Cut(strings.ReplaceAll(s, "E", "e"), "e")
	whole, fraction, point := strings.Cut(strings.TrimLeft(mantissa, "+-"), ".")
	signs := len(mantissa) - len(strings.TrimLeft(mantissa, "+-"))
	if len(s) > 64 || signs > 1 || whole == "" || point && fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return 0, 0, false
	}
	power := -len(fraction)
	if scientific {
		e, err := strconv.Atoi(exponent)
		if err != nil || e < -300 || e > 300 {
			return 0, 0, false
		}
		power += e
	}
	value, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, 0, false
	}
	return value, math.Pow10(power) / 2, true
}

func (p *parser) compositeValue(def *Param, s string) (Value, error) {
	parts := SplitEscaped(s, '$')
	if len(parts) != len(def.Components) {
		return Value{}, badValue(def.Name, "write one value for each part, with $ between them")
	}
	v := Value{Text: unescape(s)}
	for i, c := range def.Components {
		part, err := p.typed(def, c.Type, nil, strings.TrimSpace(parts[i]))
		if err != nil {
			return Value{}, err
		}
		v.Components = append(v.Components, part)
		v.Kinds = append(v.Kinds, c.Type)
	}
	return v, nil
}
