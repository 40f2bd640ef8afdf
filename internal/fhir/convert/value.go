package convert

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// A valuer translates the values of one criterion.
type valuer struct {
	*translator
	rule     *rule
	from, to *search.Param
	target   string // the type a reference was said to be of, in the face's version
	exact    bool   // the values asked for find just what is wanted
}

// all translates the alternatives of a criterion, which stand between commas.
// ok is false when one of them cannot be asked for.
func (v *valuer) all(value string) (translated string, ok bool) {
	var out []string
	for _, alternative := range search.SplitEscaped(value, ',') {
		alternative = strings.TrimSpace(alternative)
		if alternative == "" {
			continue
		}
		one, ok := v.one(alternative)
		if !ok {
			return "", false
		}
		out = append(out, one)
	}
	return strings.Join(out, ","), len(out) > 0
}

func (v *valuer) one(s string) (string, bool) {
	switch v.from.Type {
	case search.Token:
		return v.token(s)
	case search.Reference:
		return v.reference(s)
	case search.Date:
		return v.date(s), true
	case search.Composite:
		return v.composite(s)
	case search.String, search.Quantity, search.Number, search.URI, search.Label, search.Identifier:
	}
	return s, true
}

// uncoded are token parameters whose system is none of a code.
var uncoded = []string{"identifier", "lot-number", "_id"}

// contacts are token parameters whose system is phone, email and so on.
var contacts = []string{"telecom", "phone", "email"}

func (v *valuer) token(s string) (string, bool) {
	if slices.Contains(uncoded, v.from.Name) {
		return s, true
	}
	f := search.SplitEscaped(s, '|')
	code := strings.TrimSpace(f[len(f)-1])
	if v.rule.closed(code) {
		return "", false
	}
	loose := slices.Contains(contacts, v.from.Name) || v.rule.bare || v.rule.codes != ""
	if loose && len(f) > 1 { // asked by the code alone: what its system is called there is not certain
		v.exact = false
		s = code
	}
	switch {
	case code == "" && (loose || v.rule.only != ""):
		return "", false
	case v.rule.codes != "":
		codes := v.preimage(v.rule.codes, code)
		return strings.Join(codes, ","), len(codes) > 0
	case loose:
		return s, true
	case v.rule.only != "" && !strings.EqualFold(code, v.rule.only):
		v.exact = false
	}
	if len(f) > 1 && f[0] != "" {
		return mapping.System(unescape(f[0]), v.face, v.provider) + "|" + f[1], true
	}
	return s, true
}

// reference translates an id, Type/id or URL. An id alone stands for one of the
// types that the parameter may lead to in both versions.
func (v *valuer) reference(s string) (string, bool) {
	if v.target != "" && !strings.ContainsAny(s, "/:") {
		s = v.target + "/" + s
	}
	typ, id, local := strings.Cut(s, "/")
	switch {
	case strings.Contains(s, ":") || strings.HasPrefix(s, "/"):
		return s, true // absolute: nothing of it is ours
	case local:
		name, ok := mapping.Type(typ, v.face, v.provider)
		if !ok || !allows(v.from, typ) || !allows(v.to, name) {
			return "", false // what is found by it there is not certain
		}
		return name + "/" + id, true
	}
	shared, whole := v.targets()
	if whole {
		return s, true
	}
	out := make([]string, len(shared))
	for i, t := range shared {
		out[i] = t + "/" + s
	}
	return strings.Join(out, ","), len(out) > 0
}

// targets are the types, in the provider's version, that both parameters may
// lead to. whole says that these are all of either's.
func (v *valuer) targets() (shared []string, whole bool) {
	whole = len(v.from.Targets) == len(v.to.Targets)
	for _, t := range v.from.Targets {
		name, ok := mapping.Type(t, v.face, v.provider)
		if !ok {
			name = t // a type that is not converted: references to it stay
		}
		if slices.Contains(v.to.Targets, name) {
			shared = append(shared, name)
		} else {
			whole = false
		}
	}
	if len(v.from.Targets) == 0 || len(v.to.Targets) == 0 {
		v.exact = v.exact && len(v.from.Targets) == len(v.to.Targets)
		return nil, true
	}
	return shared, whole
}

func allows(p *search.Param, typ string) bool {
	return len(p.Targets) == 0 || slices.Contains(p.Targets, typ)
}

// date writes a date as FHIR has it where the face takes others too (interface
// §6.2), since the provider may not.
func (v *valuer) date(s string) string {
	if strings.Contains(s, "T") {
		return strings.ReplaceAll(s, " ", "+")
	}
	if v.from.Name == "birthdate" && strings.Contains(s, "/") {
		digits := strings.TrimLeft(s, "abcdefghijklmnopqrstuvwxyz")
		if day, err := time.Parse("1/2/2006", strings.TrimSpace(digits)); err == nil {
			return strings.TrimSuffix(s, digits) + day.Format(time.DateOnly)
		}
	}
	return s
}

func (v *valuer) composite(s string) (string, bool) {
	parts := search.SplitEscaped(s, '$')
	if len(parts) != len(v.from.Components) || len(parts) != len(v.to.Components) {
		return "", false
	}
	for i, c := range v.from.Components {
		part := &valuer{translator: v.translator, rule: &rule{}, exact: true, from: &search.Param{Name: c.Name, Type: c.Type}, to: &search.Param{Type: v.to.Components[i].Type}}
		one, ok := part.one(strings.TrimSpace(parts[i]))
		if !ok {
			return "", false
		}
		parts[i], v.exact = one, v.exact && part.exact
	}
	return strings.Join(parts, "$"), true
}

// unescape undoes FHIR's escapes in a system, which has none but by mistake.
func unescape(s string) string { return strings.ReplaceAll(s, `\`, "") }

func count(n int) fhir.Param { return fhir.Param{Name: "_count", Value: strconv.Itoa(n)} }
