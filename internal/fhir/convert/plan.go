package convert

import (
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// A plan is a search of the face as the provider is asked it.
type plan struct {
	typ      string // in the face's version
	provided string // in the provider's
	want     *search.Query
	params   []fhir.Param // criteria and includes in the provider's version
	sort     []fhir.Param // the order, unless it must be made here
	here     bool         // the provider's answer is wider than the question, or in no useful order
	odd      []string     // a resource with such a member makes the provider's order useless
	used     []fhir.Param // of the face, for the self link
	ignored  []string
}

// plan translates a search.
func (p *pair) plan(req *fhir.Request, provided string, opt search.Options) (*plan, error) {
	opt.Strict = req.Strict
	want, err := p.faceDefs.Parse(req.Type, req.Params, opt)
	if err != nil {
		return nil, err
	}
	pl := &plan{typ: req.Type, provided: provided, want: want, ignored: want.Ignored}
	t := &translator{pair: p, plan: pl}
	for _, u := range want.Used {
		honoured := true
		base, modifier, _ := strings.Cut(u.Name, ":")
		if def := p.faceDefs.Param(req.Type, base); def != nil {
			t.criterion(def, modifier, u.Value)
		} else if base == "_include" || base == "_revinclude" {
			honoured = t.include(base, modifier, u.Value)
		}
		if !honoured && req.Strict {
			return nil, fhir.Errorf(fhir.KindInvalid, "not-supported",
				"This tenant's provider speaks FHIR %s, which has nothing that %s=%s could be asked by. Leave it out, or ask with Prefer: handling=lenient.",
				p.provider.Release(), base, u.Value)
		}
		if honoured {
			pl.used = append(pl.used, u)
		} else if !slices.Contains(pl.ignored, base) {
			pl.ignored = append(slices.Clip(pl.ignored), base)
		}
	}
	t.order()
	return pl, nil
}

// first is the question of a plain first page.
func (pl *plan) first(req *fhir.Request) *fhir.Request {
	out := pl.wider(req)
	out.Params = append(out.Params, pl.sort...)
	switch {
	case pl.want.Summary == "count":
		out.Params = append(out.Params, fhir.Param{Name: "_summary", Value: "count"})
	case pl.want.Count >= 0:
		out.Params = append(out.Params, count(pl.want.Count))
	}
	return out
}

// wider is the question without order and count.
func (pl *plan) wider(req *fhir.Request) *fhir.Request {
	out := *req
	out.Type, out.Cursor, out.Strict = pl.provided, nil, false
	out.Params = slices.Clone(pl.params)
	return &out
}

// totalOnly reports whether no resource was asked for.
func (pl *plan) totalOnly() bool { return pl.want.Count == 0 || pl.want.Summary == "count" }

// aboutPatient reports whether every match is a patient's.
func (pl *plan) aboutPatient() bool {
	return slices.ContainsFunc(pl.want.Criteria, func(c search.Criterion) bool {
		return c.Param.Name == "patient" && c.Missing == nil && !c.Identifier
	})
}

// A translator fills a plan.
type translator struct {
	*pair
	plan *plan
}

// criterion translates one parameter, or leaves it to the filter.
func (t *translator) criterion(def *search.Param, modifier, value string) {
	r := t.rule(t.plan.typ, def.Name)
	asked, exact := t.asked(r, def, modifier, value)
	t.plan.params = append(t.plan.params, asked...)
	if !exact {
		t.plan.here = true
	}
}

// asked is what a criterion becomes. None at all is the widest question.
func (t *translator) asked(r *rule, def *search.Param, modifier, value string) (asked []fhir.Param, exact bool) {
	to := t.providerDefs.Param(t.plan.provided, r.ask)
	if r.part || r.find != "" {
		return t.partly(r, def, modifier, value)
	}
	if to == nil || to.Type != def.Type {
		return nil, false
	}
	v := &valuer{translator: t, rule: r, from: def, to: to, exact: !r.wide}
	name := r.ask
	switch {
	case modifier == "missing", modifier == "identifier" && min(t.face, t.provider) == fhir.DSTU2:
		return nil, false
	case modifier == "text":
		if f := r.fate(); f != same && f != renamed {
			return nil, false
		}
		return []fhir.Param{{Name: name + ":text", Value: value}}, v.exact
	case modifier == "identifier":
		return []fhir.Param{{Name: name + ":identifier", Value: value}}, v.exact
	case def.Type == search.String:
		if r.words {
			return t.byWords(name, modifier, value)
		}
	case def.Type == search.Reference && modifier != "":
		v.target = modifier
		modifier = ""
	}
	translated, ok := v.all(value)
	if !ok || modifier == "not" && !v.exact {
		return nil, false
	}
	if modifier != "" {
		name += ":" + modifier
	}
	return []fhir.Param{{Name: name, Value: translated}}, v.exact
}

// partly asks for a composite by its first part, and for references to a type
// by its ids.
func (t *translator) partly(r *rule, def *search.Param, modifier, value string) ([]fhir.Param, bool) {
	to := t.providerDefs.Param(t.plan.provided, r.ask)
	if modifier != "" && modifier != r.find || to == nil {
		return nil, false
	}
	var out []string
	for _, alternative := range search.SplitEscaped(value, ',') {
		alternative = strings.TrimSpace(alternative)
		if alternative == "" {
			continue
		}
		if r.find != "" {
			id, local := strings.CutPrefix(alternative, r.find+"/")
			if !local && strings.ContainsAny(alternative, "/:|") {
				return nil, false
			}
			if whose, ok := roleID(id); ok && r.find == practitionerRole {
				id = whose
			}
			out = append(out, id)
			continue
		}
		v := &valuer{translator: t, rule: &rule{param: r.param, ask: r.ask}, from: def, to: to}
		first, ok := v.token(strings.TrimSpace(search.SplitEscaped(alternative, '$')[0]))
		if !ok {
			return nil, false
		}
		out = append(out, first)
	}
	return []fhir.Param{{Name: r.ask, Value: strings.Join(out, ",")}}, r.find != ""
}

// byWords asks for a name that may stand in several parts there and stands in
// one here: by its longest word. What is plain and of one word is exact.
func (t *translator) byWords(name, modifier, value string) ([]fhir.Param, bool) {
	exact := modifier != "exact"
	if exact && name != "family" { // each word is looked for in any part
		return []fhir.Param{{Name: withModifier(name, modifier), Value: value}}, true
	}
	var out []string
	for _, alternative := range search.SplitEscaped(value, ',') {
		words := strings.Fields(alternative)
		if len(words) == 0 {
			continue
		}
		exact = exact && len(words) == 1
		out = append(out, slices.MaxFunc(words, func(a, b string) int { return len(a) - len(b) }))
	}
	if modifier == "exact" {
		modifier = ""
	}
	return []fhir.Param{{Name: withModifier(name, modifier), Value: strings.Join(out, ",")}}, exact
}

func withModifier(name, modifier string) string {
	if modifier == "" {
		return name
	}
	return name + ":" + modifier
}

// order asks for the order, where the provider's is the face's.
func (t *translator) order() {
	pl := t.plan
	var names []string
	for _, s := range pl.want.Sort {
		r := t.rule(pl.typ, s.Param.Name)
		to := t.providerDefs.Param(pl.provided, r.ask)
		if !r.sorts() || to == nil || to.Type != s.Param.Type || !t.sameTargets(s.Param, to) {
			pl.here = true
			return
		}
		if r.odd != "" {
			pl.odd = append(pl.odd, r.odd)
		}
		switch {
		case t.provider == fhir.DSTU2 && s.Desc:
			pl.sort = append(pl.sort, fhir.Param{Name: "_sort:desc", Value: r.ask})
		case t.provider == fhir.DSTU2:
			pl.sort = append(pl.sort, fhir.Param{Name: "_sort", Value: r.ask})
		case s.Desc:
			names = append(names, "-"+r.ask)
		default:
			names = append(names, r.ask)
		}
	}
	if names != nil {
		pl.sort = []fhir.Param{{Name: "_sort", Value: strings.Join(names, ",")}}
	}
}

// sameTargets reports whether a reference may lead to the same types in both
// versions: else some are there that the face does not order by.
func (t *translator) sameTargets(from, to *search.Param) bool {
	if from.Type != search.Reference {
		return true
	}
	v := &valuer{translator: t, from: from, to: to, exact: true}
	_, whole := v.targets()
	return whole && v.exact
}

// include translates Type:parameter[:Target], Type:* and *. It reports whether
// the provider has such a parameter. What it adds beyond what the face knows
// is converted like all else.
func (t *translator) include(name, modifier, value string) bool {
	if modifier != "" { // iterate, or recurse before R4
		modifier = "iterate"
		if t.provider < fhir.R4 {
			modifier = "recurse"
		}
	}
	f := strings.Split(value, ":")
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	if len(f) > 1 {
		source, ok := mapping.Type(f[0], t.face, t.provider)
		if !ok {
			return false
		}
		if f[1] != "*" {
			r := t.rule(f[0], f[1])
			if to := t.providerDefs.Param(source, r.ask); to == nil || to.Type != search.Reference || r.find != "" {
				return false
			}
			f[1] = r.ask
		}
		f[0] = source
	}
	if len(f) > 2 && f[2] != "" {
		target, ok := mapping.Type(f[2], t.face, t.provider)
		if !ok {
			return false
		}
		f[2] = target
	}
	t.plan.params = append(t.plan.params, fhir.Param{Name: withModifier(name, modifier), Value: strings.Join(f, ":")})
	return true
}
