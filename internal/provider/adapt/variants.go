package adapt

import (
	"context"
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// maxVariants bounds the spellings of one word that a provider is asked for.
const maxVariants = 120

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

// accents is the fact that the provider finds what is written with accents when
// asked without them.
const accents = "Patient names without accents"

// learnAccents finds out, once in a while, whether a provider sees past
// accents: asked for é, one that does also gives names that have an e only,
// and asked for what no name has, it gives none.
func (l *link) learnAccents(ctx context.Context, q *search.Query) {
	m := l.cfg.Memory
	named := slices.ContainsFunc(q.Criteria, func(c search.Criterion) bool { return c.Param.Type == search.String && !c.Exact && c.Missing == nil })
	if !named || m.is(accents) != unknownState || m.is("Patient?family:contains") == refused {
		return
	}
	some, err := l.families(ctx, "é")
	if err != nil {
		return // the search itself finds out what is refused
	}
	folds := slices.ContainsFunc(some, func(name string) bool { return !strings.Contains(name, "é") }) &&
		!slices.ContainsFunc(some, func(name string) bool { return !strings.Contains(search.Fold(name), "e") })
	if folds {
		none, err := l.families(ctx, "éqxzqj")
		if err != nil {
			return
		}
		folds = len(none) == 0
	}
	if folds {
		m.learn(accents, proven)
	} else {
		m.learn(accents, ignored)
	}
}

// families gives some patients' family names that are said to contain s, in
// lower case.
func (l *link) families(ctx context.Context, s string) ([]string, error) {
	resp, err := l.next.Do(ctx, &fhir.Request{Interaction: fhir.Search, Type: "Patient", Params: l.counting([]fhir.Param{{Name: "family:contains", Value: s}}, 10)})
	if err != nil {
		return nil, err
	}
	var out []string
	for _, match := range resp.Matches {
		var name strings.Builder
		if doc, err := fhir.Index(match.Body); err == nil {
			for n := range nodes(doc.Root(), "name.family") {
				name.WriteString(strings.ToLower(n.String()))
			}
		}
		out = append(out, name.String())
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
	level := out
	for range 2 {
		from := len(out)
		for _, s := range level {
			for _, v := range accentOnce(s) {
				add(v)
			}
		}
		level = out[from:]
	}
	return out
}

// accentOnce gives the spellings that differ from s in one letter.
func accentOnce(s string) []string {
	var out []string
	for i, r := range s {
		for _, letters := range []string{string(r), s[i:min(i+2, len(s))]} {
			for _, v := range accented[letters] {
				out = append(out, s[:i]+v+s[i+len(letters):])
			}
			if len(letters) > 1 && letters == string(r) {
				break // a letter of two bytes is its own pair
			}
		}
	}
	return out
}
