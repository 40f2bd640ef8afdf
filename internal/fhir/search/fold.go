package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold is the form in which strings are compared: compatibility forms, case
// and accents are removed and runs of space become one (interface §6: "NFKC,
// then case and accents removed"). Letters that carry no accent but are
// letters of their own, such as ø or ł, stay; ß is ss.
func Fold(s string) string {
	if ascii(s) {
		return strings.Join(strings.Fields(strings.ToLower(s)), " ")
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
			continue
		case r == 'ß' || r == 'ẞ':
			b.WriteString("ss")
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return strings.Join(strings.Fields(norm.NFC.String(b.String())), " ")
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// ideographic reports whether a rune is of a script written without spaces,
// in which one character already says much.
func ideographic(r rune) bool {
	return r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo)
}

// Grams are the pieces of a folded string that an index of substrings keeps:
// every three runes in a row, and every single ideographic rune. Without
// repetition.
func Grams(folded string) []string {
	seen := map[string]bool{}
	var out []string
	add := func(g string) {
		if !seen[g] {
			seen[g] = true
			out = append(out, g)
		}
	}
	runes := []rune(folded)
	for i, r := range runes {
		if ideographic(r) {
			add(string(r))
		}
		if i+3 <= len(runes) {
			add(string(runes[i : i+3]))
		}
	}
	return out
}
