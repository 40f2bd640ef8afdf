package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold is the form in which strings are compared: compatibility forms, case
// and accents are removed and runs of space become one (interface §6: "NFKC,
// then case and accents removed"). Beyond Unicode's rules, so that names are
// found from any keyboard: ß is ss, æ ae, œ oe, þ th; a stroke counts as an
// accent (ø o, ł l, đ ð d, ħ h, ŧ t, ı i); typographic apostrophes and hyphens
// are the plain ones; invisible characters are dropped. The marks of Indic
// scripts and kana are letters' parts, not accents, and stay.
func Fold(s string) string {
	if !ascii(s) {
		s = foldUnicode(s)
	}
	return foldSpace(strings.ToLower(s))
}

func foldUnicode(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	// A broken byte keeps the character behind it from being decomposed.
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, "\ufffd")) {
		if accent(r) {
			continue
		}
		if t := special(r); t != "" {
			b.WriteString(t)
		} else {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return norm.NFC.String(b.String())
}

// accent reports whether a decomposed mark or invisible character is dropped.
func accent(r rune) bool {
	switch {
	case r < 0x0300:
		return r == 0xad
	case r < 0x0900, r >= 0x1ab0 && r < 0x1b00, r >= 0x1dc0 && r < 0x1e00, r >= 0x20d0 && r < 0x2100,
		r >= 0xfe00 && r < 0xfe30, r >= 0xe0100 && r < 0xe01f0:
		return unicode.Is(unicode.Mn, r)
	}
	return r >= 0x200b && r <= 0x200f || r == 0x2060 || r == 0xfeff
}

func special(r rune) string {
	switch r {
	case 'ß', 'ẞ':
		return "ss"
	case 'æ', 'Æ':
		return "ae"
	case 'œ', 'Œ':
		return "oe"
	case 'þ', 'Þ':
		return "th"
	case 'ø', 'Ø':
		return "o"
	case 'ł', 'Ł':
		return "l"
	case 'đ', 'Đ', 'ð', 'Ð':
		return "d"
	case 'ħ', 'Ħ':
		return "h"
	case 'ŧ', 'Ŧ':
		return "t"
	case 'ı':
		return "i"
	case 'ς':
		return "σ"
	case '‘', '’', 'ʼ', '′', '‛':
		return "'"
	case '‐', '‒', '–', '—', '―', '−':
		return "-"
	}
	return ""
}

// foldSpace trims s and makes each run of space one blank.
func foldSpace(s string) string {
	was := true // space before the first character
	for i := range len(s) {
		c := s[i]
		space := c == ' ' || c >= '\t' && c <= '\r'
		if space && (was || c != ' ') || c >= utf8.RuneSelf {
			return strings.Join(strings.Fields(s), " ")
		}
		was = space
	}
	return strings.TrimSuffix(s, " ")
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// ideographic reports whether a rune is of a script in which one character
// already says much.
func ideographic(r rune) bool {
	return r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo)
}

func allIdeographic(s string) bool {
	for _, r := range s {
		if !ideographic(r) {
			return false
		}
	}
	return true
}

// Grams are the pieces of a folded string that an index of substrings keeps:
// every ideographic rune alone, and elsewhere every three runes in a row.
// Whatever contains a string has all of its grams. A string without grams is
// too short for the index.
func Grams(folded string) []string {
	var out []string
	seen := make(map[string]struct{}, len(folded))
	add := func(g string) {
		if _, ok := seen[g]; !ok {
			seen[g] = struct{}{}
			out = append(out, g)
		}
	}
	var a, b int // starts of the last two runes of the run
	n := 0       // how many runes the run has
	for i, r := range folded {
		end := i + utf8.RuneLen(r)
		if r == utf8.RuneError {
			_, w := utf8.DecodeRuneInString(folded[i:])
			end = i + w
		}
		if ideographic(r) {
			add(folded[i:end])
			n = 0
			continue
		}
		if n++; n >= 3 {
			add(folded[a:end])
		}
		a, b = b, i
	}
	return out
}
