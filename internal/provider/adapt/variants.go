package adapt

import (
	"context"
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// maxVariants bounds the spellings of one word that a provider is asked for.
const maxVariants = 160

// accented lists, for letters as search.Fold leaves them, how records spell
// them. Some providers find what is written with accents when asked without
// them and some do not, and no statement says which: so they are asked for
// both.
var accented = map[string][]string{
	"a": {"á", "à", "â", "ä", "ã", "å", "ą", "ă", "ā"}, "b": nil, "c": {"ç", "ć", "č"}, "d": {"đ", "ď", "ð"},
	"e": {"é", "è", "ê", "ë", "ę", "ě", "ē", "ế", "ễ"}, "g": {"ğ", "ģ"}, "i": {"í", "ì", "î", "ï", "ı", "ī"}, "k": {"ķ"},
	"l": {"ł", "ľ", "ļ"}, "n": {"ñ", "ń", "ň", "ņ"}, "o": {"ó", "ò", "ô", "ö", "õ", "ø", "ő", "ơ"}, "r": {"ř", "ŕ"},
	"s": {"š", "ś", "ş", "ș"}, "t": {"ť", "ț", "ţ"}, "u": {"ú", "ù", "û", "ü", "ů", "ű", "ū", "ư"}, "y": {"ý", "ÿ"}, "z": {"ž", "ź", "ż"},
	"ss": {"ß"}, "ae": {"æ"}, "oe": {"œ"}, "th": {"þ"}, "'": {"’"}, "-": {"‐", "–"},
	"и": {"й"}, "е": {"ё"}, "і": {"ї"}, "α": {"ά"}, "ε": {"έ"}, "η": {"ή"}, "ι": {"ί"}, "ο": {"ό"}, "υ": {"ύ"}, "ω": {"ώ"}, "σ": {"ς"},
}

// What is found out about names: that the provider finds what is written with
// accents when asked without them, and that it looks within names when asked
// to, which some that ignore modifiers do not.
const (
	accents = "Patient names without accents"
	within  = "Patient names from within"
)

// learnNames finds out, once in a while, how a provider compares names. Asked
// for é, one that sees past accents also gives names that have an e only, and
// asked for what no name has, it gives none. Asked for one of those names
// without its first letter, one that looks within gives it again.
func (l *link) learnNames(ctx context.Context, q *search.Query) error {
	m := l.cfg.Memory
	named := slices.ContainsFunc(q.Criteria, func(c search.Criterion) bool { return c.Param.Type == search.String && !c.Exact && c.Missing == nil })
	if !named || m.is(accents) != unknownState {
		return nil
	}
	unlock, err := m.alone(ctx, accents)
	if err != nil {
		return err
	}
	defer unlock()
	if m.is(accents) != unknownState {
		return nil
	}
	k, err := l.probeNames(ctx)
	fe, no := refuses(err)
	switch {
	case err != nil && !no && fe != nil && fe.Kind == fhir.KindUpstream: // it fails at that, now or always
		m.learnFor(within, ignored, relearnType)
		m.learnFor(accents, ignored, relearnType)
	case no: // most likely all of :contains is
		m.learn(within, ignored)
		m.learn(accents, ignored)
	case err != nil: // it fails now, and so will the search
	case !k.any: // nothing to learn from yet
		m.learnFor(accents, ignored, relearnType)
	default:
		m.learn(within, k.within)
		m.learn(accents, k.folds)
	}
	return nil
}

// known is what a probe of names found.
type known struct {
	any           bool // names to learn from
	folds, within state
}

func (l *link) probeNames(ctx context.Context) (known, error) {
	k := known{folds: ignored, within: ignored}
	contains := func(s string) fhir.Param { return fhir.Param{Name: "family:contains", Value: s} }
	some, err := l.families(ctx, contains("é"))
	if err != nil {
		return k, err
	}
	none, err := l.families(ctx, contains("éqxzqj"))
	if err != nil {
		return k, err
	}
	honoured := len(none) == 0
	if honoured && slices.ContainsFunc(some, func(n sample) bool { return !strings.Contains(n.family, "é") }) {
		k.folds = proven
	}
	more, err := l.families(ctx) // whoever it has
	if err != nil {
		return k, err
	}
	for _, n := range append(some, more...) {
		letters := []rune(n.family)
		if len(letters) < 2 || strings.ContainsAny(n.family, ` ,|$\`) {
			continue
		}
		k.any = true
		if !honoured {
			break
		}
		piece := string(letters[1:])
		again, err := l.families(ctx, fhir.Param{Name: "_id", Value: n.id}, contains(piece))
		if err != nil {
			return k, err
		}
		if slices.ContainsFunc(again, func(a sample) bool { return strings.Index(a.family, piece) > 0 }) {
			k.within = proven
		}
		break
	}
	return k, nil
}

// A sample is a patient's id and family name, in lower case.
type sample struct{ id, family string }

// families gives some patients that are said to meet the parameters.
func (l *link) families(ctx context.Context, params ...fhir.Param) ([]sample, error) {
	req := &fhir.Request{Interaction: fhir.Search, Type: "Patient", Params: l.counting(params, 10), Trial: true}
	resp, err := l.next.Do(ctx, req)
	if fe, no := refuses(err); no && fe.Kind == fhir.KindInvalid { // perhaps it is the page size
		req.Params = params
		resp, err = l.next.Do(ctx, req)
	}
	if fe, no := refuses(err); no && (fe.Kind == fhir.KindUnknownType || fe.Kind == fhir.KindNotFound) {
		return nil, nil // nothing was found
	}
	if err != nil {
		return nil, err
	}
	var out []sample
	for _, match := range resp.Matches {
		var name strings.Builder
		if doc, err := match.Index(); err == nil && match.Mode == fhir.ModeMatch {
			for n := range nodes(doc.Root(), "name.family") {
				name.WriteString(strings.ToLower(n.String()))
			}
			out = append(out, sample{match.ID, name.String()})
		}
	}
	return out, nil
}

// spellings are the forms of a folded string to ask for: as it is, as it was
// typed when that differs, and, unless the provider folds, with one letter
// accented, then with two, as many as the bound allows.
func spellings(folded, typed string, folds bool) []string {
	out := []string{folded}
	add := func(s string) {
		if len(out) < maxVariants && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	if typed = strings.ToLower(strings.TrimSpace(typed)); search.Fold(typed) == folded {
		add(typed)
	}
	if folds {
		return out
	}
	for _, v := range accentOnce(folded, 1<<10) {
		add(v)
	}
	for _, s := range accentOnce(folded, common) {
		for _, v := range accentOnce(s, common) {
			add(v)
		}
	}
	return out
}

// common is how many spellings of a letter are tried together with another's.
const common = 4

// accentOnce gives the spellings that differ from s in one letter, by the first
// so many forms of each.
func accentOnce(s string, most int) []string {
	var out []string
	for i, r := range s {
		for _, letters := range []string{string(r), s[i:min(i+2, len(s))]} {
			forms := accented[letters]
			for _, v := range forms[:min(len(forms), most)] {
				out = append(out, s[:i]+v+s[i+len(letters):])
			}
			if len(letters) > 1 && letters == string(r) {
				break // a letter of two bytes is its own pair
			}
		}
	}
	return out
}
