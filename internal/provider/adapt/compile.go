package adapt

import (
	"slices"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// A form is one way to put a criterion to a provider. What it finds is never
// less than what the criterion means, as far as the provider does what the
// FHIR specification says of it.
type form struct {
	key    string // what the provider must offer; facts are about it
	name   string // the search parameter
	params []fhir.Param
	ids    []string // instead of params: read these
	exact  bool     // finds just what the criterion means
	sure   bool     // all it finds meets the criterion, if the provider honours it
}

// A clause is a criterion and the ways to ask for it. Each element of ladders
// finds a part of the matches, best form first: all are asked, and what they
// find is put together. A clause without ladders is not asked at all but
// filtered here.
type clause struct {
	criterion *search.Criterion
	ladders   [][]form
	weak      bool // asked only when nothing else is: providers differ too much
	all       bool // every ladder is needed, else it is filtered here
	first     bool // without the first ladder something may be missing
}

// compile gives the ways to ask a provider for a criterion.
func (l *link) compile(q *search.Query, c *search.Criterion) clause {
	out := clause{criterion: c}
	one := func(forms ...form) { out.ladders = [][]form{forms} }
	base := form{name: c.Param.Name, key: q.Type + "?" + c.Param.Name, sure: true}
	switch {
	case c.Missing != nil:
		one(base.with(":missing", boolean(*c.Missing)))
		out.weak = true
	case c.Not || c.Text || c.Identifier:
		// Providers differ in what these mean for absent elements and other
		// text: they are filtered here.
	case q.Type == "Coverage" && c.Param.Name == "patient":
		out.ladders, out.first = coverageOf(c, l.next.Version()), true
	case c.Param.Name == "_id":
		out.ladders = idForms(q.Type, c)
	case c.Param.Type == search.String:
		one(stringForms(base, c, l.cfg.Memory.is(accents) == proven, l.cfg.Memory.is(within) == ignored)...)
	case q.Type == "Observation" && c.Param.Name == "code":
		out.ladders, out.all = codeForms(base, c, l.next.Version()), true
	case c.Param.Type == search.Token:
		one(tokenForms(base, c)...)
		if q.Type == "Observation" && c.Param.Name == "category" && asksVitals(c) && l.cfg.Memory.is(uncategorised) == proven {
			out.ladders, out.all = append(out.ladders, []form{vitalsByCode}), true
		}
	case c.Param.Type == search.Reference:
		one(referenceForms(base, q.Type, c)...)
	case c.Param.Type == search.Date:
		one(dateForms(base, c)...)
		out.weak = len(out.ladders[0]) == 0
	case c.Param.Type == search.Composite: // filtered here
	case c.Param.Type == search.URI:
		one(base.with("", joined(c.Values, func(v search.Value) []string { return []string{escaper.Replace(v.Text)} })))
	default: // quantities and numbers, prefix and all: how precise a number is, providers see differently
		one(base.with("", joined(c.Values, func(v search.Value) []string { return []string{v.Text} })))
		out.weak = true
	}
	if len(out.ladders) > 0 && len(out.ladders[0]) == 0 {
		out.ladders = nil
	}
	return out
}

// with is the form that asks with a modifier for a value.
func (f form) with(modifier, value string) form {
	f.key += modifier
	f.params = []fhir.Param{{Name: f.name + modifier, Value: value}}
	return f
}

func boolean(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// joined writes the alternatives of values as one parameter value.
func joined(values []search.Value, write func(search.Value) []string) string {
	var out []string
	for _, v := range values {
		for _, s := range write(v) {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return strings.Join(out, ",")
}

var escaper = strings.NewReplacer(`\`, `\\`, `,`, `\,`, `|`, `\|`, `$`, `\$`)

// stringForms asks for a piece of a string, since a plain value is the start
// of one to providers and any piece of it to us; a whole string is also found
// by its start. One parameter asks for one word; providers fold accents or do
// not, so likely spellings are asked for too.
func stringForms(base form, c *search.Criterion, folds, withinIgnored bool) []form {
	if c.Exact {
		exact := base.with(":exact", joined(c.Values, func(v search.Value) []string { return []string{escaper.Replace(v.Text)} }))
		exact.exact = true
		start := base.with("", exact.params[0].Value)
		start.sure = false
		return []form{exact, start}
	}
	if withinIgnored {
		return nil
	}
	f := base
	f.key += ":contains"
	if len(c.Values) > 1 { // words of several values cannot be told apart: the longest of each
		f.sure = false
		f.params = []fhir.Param{{Name: f.name + ":contains", Value: joined(c.Values, func(v search.Value) []string {
			return escaped(spellings(longest(v.Words), v.Text, folds))
		})}}
		return []form{f}
	}
	f.sure = len(c.Values[0].Words) == 1
	for _, w := range c.Values[0].Words {
		f.params = append(f.params, fhir.Param{Name: f.name + ":contains", Value: strings.Join(escaped(spellings(w, typedWord(w, c.Values[0].Text), folds)), ",")})
	}
	return []form{f}
}

func longest(words []string) string {
	return slices.MaxFunc(words, func(a, b string) int { return len(a) - len(b) })
}

// typedWord is the word of a text that folds to w.
func typedWord(w, text string) string {
	for t := range strings.FieldsSeq(text) {
		if search.Fold(t) == w {
			return t
		}
	}
	return text
}

func escaped(list []string) []string {
	for i := range list {
		list[i] = escaper.Replace(list[i])
	}
	return list
}

// plainCodes are parameters over codes that FHIR itself defines, which are in
// lower case whatever a client writes.
var plainCodes = map[string]bool{
	"gender": true, "status": true, "intent": true, "active": true, "deceased": true,
	"clinical-status": true, "clinicalstatus": true, "verification-status": true,
}

// tokenForms asks for codes. Code systems that moved between versions are left
// unsaid, and filtered here; a code is asked for as it came and in upper and
// lower case, since some providers tell case apart.
func tokenForms(base form, c *search.Criterion) []form {
	base.exact = true
	for i := range c.Values {
		v := &c.Values[i]
		moved := !v.AnySystem && (v.System == "" || strings.HasPrefix(v.System, "/"))
		if v.Code == "" && moved {
			return nil // any code of a system of many names
		}
		base.exact = base.exact && !moved
		base.sure = base.sure && !moved
	}
	return []form{base.with("", joined(c.Values, func(v search.Value) []string { return tokenTexts(c.Param.Name, v) }))}
}

// codeForms asks for observations by their code or a component's: both are
// code to us (REQ-OBS-9), and combo-code, or two questions, to providers.
func codeForms(base form, c *search.Criterion, v fhir.Version) [][]form {
	one := tokenForms(base, c)
	if len(one) == 0 {
		return nil
	}
	named := func(name string) form {
		f := base
		f.name, f.key = name, "Observation?"+name
		f = f.with("", one[0].params[0].Value)
		f.exact, f.sure = one[0].exact, one[0].sure
		return f
	}
	code, component, combo := named("code"), named("component-code"), named("combo-code")
	if v == fhir.DSTU2 {
		return [][]form{{code}, {component}}
	}
	return [][]form{{combo, code}, {combo, component}}
}

func tokenTexts(name string, v search.Value) []string {
	system, code, piped := cutToken(v.Text)
	if !piped {
		system, code = "", v.Text
	}
	codes := []string{code, strings.ToLower(code), strings.ToUpper(code)}
	if plainCodes[name] || name == "category" && categories[v.Code] {
		codes = []string{v.Code}
	}
	var out []string
	for _, c := range codes {
		c = escaper.Replace(strings.TrimSpace(c))
		switch {
		case v.AnySystem || v.System == "" || strings.HasPrefix(v.System, "/"):
			out = append(out, c)
		default:
			out = append(out, escaper.Replace(strings.TrimSpace(system))+"|"+c)
			if trimmed, ok := strings.CutSuffix(system, "/"); ok {
				out = append(out, escaper.Replace(trimmed)+"|"+c)
			}
		}
	}
	return out
}

// categories are those that FHIR defines. Other codes stand there too, in
// whatever case.
var categories = map[string]bool{
	"vital-signs": true, "laboratory": true, "social-history": true, "imaging": true, "procedure": true, "survey": true, "exam": true, "therapy": true,
	"activity": true, "problem-list-item": true, "encounter-diagnosis": true, "diagnosis": true, "finding": true, "symptom": true, "complaint": true,
	"food": true, "medication": true, "environment": true, "biologic": true, "inpatient": true, "outpatient": true, "community": true, "discharge": true,
}

// cutToken cuts an unescaped token at its last bar: codes hold none, systems
// may.
func cutToken(s string) (system, code string, ok bool) {
	i := strings.LastIndexByte(s, '|')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

// referenceForms asks by the parameter itself; for a patient by id alone, which
// every provider takes, and else by subject.
func referenceForms(base form, typ string, c *search.Criterion) []form {
	base.exact = true
	direct := base.with("", joined(c.Values, func(v search.Value) []string { return []string{escaper.Replace(v.Text)} }))
	if c.Param.Name != "patient" {
		return []form{direct}
	}
	direct.params[0].Value = joined(c.Values, func(v search.Value) []string { return []string{patientID(v)} })
	subject := form{name: "subject", key: typ + "?subject", exact: true, sure: true}
	return []form{direct, subject.with("", joined(c.Values, patientRefs))}
}

func patientID(v search.Value) string {
	if len(v.Refs) == 1 {
		return escaper.Replace(strings.TrimPrefix(v.Refs[0], "Patient/"))
	}
	return escaper.Replace(v.Text)
}

func patientRefs(v search.Value) []string { return escaped(slices.Clone(v.Refs)) }

// idForms asks by _id, or reads each.
func idForms(typ string, c *search.Criterion) [][]form {
	f := form{name: "_id", key: typ + "?_id", exact: true, sure: true}
	read := form{key: typ + " read", exact: true, sure: true}
	for _, v := range c.Values {
		read.ids = append(read.ids, v.Code)
	}
	forms := []form{f.with("", joined(c.Values, func(v search.Value) []string { return []string{escaper.Replace(v.Code)} }))}
	if len(read.ids) <= maxReads {
		forms = append(forms, read)
	}
	return [][]form{forms}
}

// coverageOf asks for a patient's coverages by what each version has for it
// (interface §6): what any of the ladders finds counts. The first asks for those
// that cover the patient, the others for those of somebody else's that the
// patient pays for.
func coverageOf(c *search.Criterion, v fhir.Version) [][]form {
	var refs [][]string
	switch v {
	case fhir.DSTU2:
		refs = [][]string{{"subscriber", "patient", "beneficiary"}}
	case fhir.STU3:
		refs = [][]string{{"beneficiary", "patient"}, {"subscriber"}, {"policy-holder"}}
	case fhir.R4:
		refs = [][]string{{"beneficiary", "patient"}, {"subscriber"}}
	}
	var out [][]form
	for _, names := range refs {
		var ladder []form
		for _, name := range names {
			f := form{name: name, key: "Coverage?" + name, sure: true}
			if name == "patient" {
				f = f.with("", joined(c.Values, func(v search.Value) []string { return []string{patientID(v)} }))
			} else {
				f = f.with("", joined(c.Values, patientRefs))
			}
			f.key = "Coverage?" + name
			ladder = append(ladder, f)
		}
		out = append(out, ladder)
	}
	return out
}

// dateForms asks for a day more on both sides, as a provider may take a date
// without a zone for one of its own zone, and filters here. What asks for more
// than one range is filtered here alone.
func dateForms(base form, c *search.Criterion) []form {
	if len(c.Values) != 1 {
		return nil
	}
	v := &c.Values[0]
	birth := c.Param.Name == "birthdate"
	if birth && (v.Prefix == search.Eq || v.Prefix == search.Ge || v.Prefix == search.Gt || v.Prefix == search.Le || v.Prefix == search.Lt) {
		base.exact = true
		return []form{base.with("", v.Prefix.String()+escaper.Replace(v.Text))}
	}
	base.sure = false
	low := fhir.Param{Name: base.name, Value: "ge" + day(v.Lo, -1)}
	high := fhir.Param{Name: base.name, Value: "le" + day(v.Hi, 1)}
	switch v.Prefix {
	case search.Eq:
		base.params = []fhir.Param{low, high}
	case search.Gt, search.Ge, search.Sa:
		base.params = []fhir.Param{low}
	case search.Lt, search.Le, search.Eb:
		base.params = []fhir.Param{high}
	case search.Ne, search.Ap:
		return nil
	}
	return []form{base}
}

func day(micros int64, days int) string {
	return time.UnixMicro(micros).UTC().AddDate(0, 0, days).Format(time.DateOnly)
}

// uncategorised is the fact that vital signs of the provider lack their
// category, so that they are asked for by code too.
const uncategorised = "Observation without category"

// vitalsByCode asks for what is a vital sign by its code.
var vitalsByCode = form{
	name: "code", key: "Observation?code",
	params: []fhir.Param{{Name: "code", Value: strings.Join(vitalCodes, ",")}},
}

func asksVitals(c *search.Criterion) bool {
	return slices.ContainsFunc(c.Values, func(v search.Value) bool { return v.Code == "vital-signs" })
}
