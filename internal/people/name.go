package people

import (
	"crypto/rand"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	maxName     = 100
	minUsername = 2
	maxUsername = 64
)

// FoldUsername is the form in which usernames are compared and kept.
func FoldUsername(s string) string {
	return strings.ToLower(norm.NFKC.String(strings.TrimSpace(s)))
}

// usernameFault says what is wrong with a folded username, "" when nothing is.
func usernameFault(s string) string {
	n := utf8.RuneCountInString(s)
	switch {
	case s == "":
		return "is missing"
	case n < minUsername:
		return "is too short"
	case n > maxUsername:
		return "is too long"
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-@+", r) {
			return "has characters that it may not have"
		}
	}
	return ""
}

// cleanName gives a person's name without what would confuse whoever reads it.
func cleanName(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control) {
			return ' '
		}
		return r
	}, norm.NFC.String(s))
	return strings.Join(strings.Fields(s), " ")
}

// nameFault says what is wrong with a clean name, "" when nothing is.
func nameFault(s string) string {
	switch {
	case s == "":
		return "is missing"
	case utf8.RuneCountInString(s) > maxName:
		return "is too long"
	}
	return ""
}

// newID is a random id: 80 bits.
func newID() string { return strings.ToLower(rand.Text()[:16]) }
