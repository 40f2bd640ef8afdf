package patients

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/wardbridge/wardbridge/internal/chart"
)

// nameAlerts joins entries of one list that may be taken for each other
// (PAL-0540…0570): those whose folded family and given names are the same, and
// those whose names are similar, once for each two names.
func nameAlerts(entries []Entry) []NameAlert {
	byName := map[string][]Entry{}
	var names []callName
	for _, e := range entries {
		n := newCallName(e.Identity)
		if n.full == "" {
			continue
		}
		if byName[n.full] == nil {
			names = append(names, n)
		}
		byName[n.full] = append(byName[n.full], e)
	}
	slices.SortFunc(names, func(a, b callName) int { return cmp.Compare(a.full, b.full) })
	alerts := []NameAlert{}
	for i, n := range names {
		if group := byName[n.full]; len(group) > 1 {
			alerts = append(alerts, alert("same", group))
		}
		for _, o := range names[i+1:] {
			if n.similar(o) {
				alerts = append(alerts, alert("similar", slices.Concat(byName[n.full], byName[o.full])))
			}
		}
	}
	return alerts
}

func alert(kind string, group []Entry) NameAlert {
	a := NameAlert{Kind: kind, Differs: differs(group)}
	for _, e := range group {
		a.Entries = append(a.Entries, e.ID)
	}
	return a
}

// differs names the first thing that tells all of a group apart, or some of
// them where nothing tells all. What is not known tells nobody apart.
func differs(group []Entry) string {
	parts := []struct {
		name string
		of   func(Entry) string
	}{
		{"given", func(e Entry) string { return fold(e.Identity.Given) }},
		{"born", func(e Entry) string { return e.Identity.Born }},
		{"mrn", func(e Entry) string { return mrnKey(e.Identity.MRN) }},
		{"gender", func(e Entry) string { return e.Identity.Gender }},
		{"bed", func(e Entry) string { return bedKey(e.Bed) }},
	}
	some := ""
	for _, p := range parts {
		values := map[string]bool{}
		for _, e := range group {
			if v := p.of(e); v != "" {
				values[v] = true
			}
		}
		if len(values) == len(group) {
			return p.name
		}
		if some == "" && len(values) > 1 {
			some = p.name
		}
	}
	return some
}

// A callName is a name as it is compared.
type callName struct {
	full          string // "" is no name
	family, given string
	soundF        string
	soundG        string
	ideographs    bool // Han, kana or hangul: compared as written
}

func newCallName(id chart.Identity) callName {
	n := callName{family: fold(id.Family), given: fold(id.Given)}
	if n.family == "" && n.given == "" {
		n.family = fold(id.Text)
	}
	if n.family == "" && n.given == "" {
		return n
	}
	n.full = n.family + keySeparator + n.given
	n.ideographs = ideographs(n.full)
	n.soundF, n.soundG = sound(n.family), sound(n.given)
	return n
}

// ideographs tells text in Han, kana or hangul.
func ideographs(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return r > unicode.MaxLatin1 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
	})
}

// similar tells whether two different names can be taken for each other: the
// family names are the same or alike, and so are the given names. Where the
// family names are the same, given names need only begin alike. Names in
// ideographs have no alphabet to slip in: for them only sameness counts.
func (n callName) similar(o callName) bool {
	if n.ideographs || o.ideographs || n.family == "" || o.family == "" {
		return false
	}
	if n.family == o.family {
		return n.given == "" || o.given == "" || initial(n.given) == initial(o.given) || alike(n.given, o.given, n.soundG, o.soundG)
	}
	return alike(n.family, o.family, n.soundF, o.soundF) &&
		(n.given == o.given || alike(n.given, o.given, n.soundG, o.soundG))
}

// keySeparator stands between the parts of a key; fold leaves none in them.
const keySeparator = "\x1f"

func initial(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

// alike tells whether two words sound the same, or are one slip apart: one
// edit in words of four letters and more, two in those of eight and more.
// Words whose sound is a single consonant must be one edit apart as well: "Lu"
// and "Leo" are not alike.
func alike(a, b, soundA, soundB string) bool {
	if a == b {
		return true
	}
	x, y := []rune(a), []rune(b)
	shorter, most := min(len(x), len(y)), 0
	switch {
	case shorter >= 8:
		most = 2
	case shorter >= 4:
		most = 1
	}
	if soundA != "" && soundA == soundB && (len(soundA) > 1 || edits(x, y, 1) <= 1) {
		return true
	}
	return most > 0 && edits(x, y, most) <= most
}

// edits counts the letters to insert, delete, replace or swap with the next
// that lead from a to b (optimal string alignment); above most it may stop at
// any greater number.
func edits(a, b []rune, most int) int {
	if d := len(a) - len(b); d > most || -d > most {
		return most + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// sounds are spellings of one sound, the longer first. What is left of a word
// when they are replaced, vowels are dropped and doubled letters joined is how
// its consonants sound: Meyer, Maier and Mayr all give "mr", Smith and Schmidt
// "smt", Philips and Fillips "flps".
var sounds = strings.NewReplacer(
	"tsch", "x", "sch", "s", "ght", "t", "sh", "s", "ch", "k", "ck", "k", "ph", "f", "th", "t", "gh", "g", "kn", "n", "wr", "r",
	"dt", "t", "tz", "s", "cz", "s", "ts", "s", "ce", "se", "ci", "si", "cy", "si", "qu", "k", "c", "k", "q", "k", "z", "s", "v", "f", "w", "f", "d", "t", "b", "p",
)

func sound(word string) string {
	var b strings.Builder
	last := rune(0)
	for i, r := range sounds.Replace(word) {
		if r == last {
			continue
		}
		last = r
		if strings.ContainsRune("aeiouyhj '-", r) {
			if i == 0 && r != 'h' { // that it begins with a vowel is heard
				b.WriteByte('a')
			}
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// fold is a name without what people write differently: width, case, accents,
// apostrophes, hyphens and spaces.
func fold(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(s) {
		switch {
		case r >= 0x300 && r <= 0x36f, r >= 0x64b && r <= 0x65f, strings.ContainsRune("'’‘ʼ`´."+keySeparator, r), unicode.Is(unicode.Cf, r):
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r), r == ',':
			gap = b.Len() > 0
		default:
			if gap {
				b.WriteByte(' ')
				gap = false
			}
			b.WriteString(special.Replace(string(unicode.ToLower(r))))
		}
	}
	return norm.NFKC.String(b.String())
}

// special are letters that fold to others without being composed.
var special = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "đ", "d", "ł", "l", "ð", "d", "þ", "th", "ı", "i")

// mrnKey is a record number without what people write differently.
func mrnKey(mrn string) string {
	return strings.ToUpper(strings.Join(strings.Fields(norm.NFKC.String(mrn)), ""))
}

// keysOf is what duplicates of a patient are found by.
func keysOf(s Subject, id chart.Identity) Keys {
	k := Keys{Subject: s, MRN: mrnKey(id.MRN)}
	if n := newCallName(id); n.full != "" && len(id.Born) == len("2006-01-02") {
		k.Name = n.full + keySeparator + id.Born
	}
	return k
}

// fullName is a name as one text: FAMILY, Given; in ideographs without a comma.
func fullName(id chart.Identity) string {
	switch {
	case ideographs(id.Family + id.Given):
		return id.Family + id.Given
	case id.Family != "" && id.Given != "":
		return strings.ToUpper(id.Family) + ", " + id.Given
	case id.Family != "" || id.Given != "":
		return strings.ToUpper(id.Family) + id.Given
	}
	return id.Text
}
