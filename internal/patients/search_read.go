package patients

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/fhir"
)

// maxSearchText bounds what is read of the one box, in bytes.
const maxSearchText = 400

// A Query is what is asked of a record system about patients. All that is set
// must be met.
type Query struct {
	ID     string
	MRN    string
	Born   []string // YYYY, YYYY-MM or YYYY-MM-DD; one of them
	Family string
	Given  string
	Names  []string // words of a name, each anywhere in it
	Gender string
	// Splits are other readings of a name that is written in one piece, for
	// when the whole is not found: family and given.
	Splits [][2]string
	// Ambiguous is a date that may be read in more than one way.
	Ambiguous string
}

// Empty reports whether nothing is asked.
func (q Query) Empty() bool {
	return q.ID == "" && q.MRN == "" && len(q.Born) == 0 && q.Family == "" && q.Given == "" && len(q.Names) == 0 && q.Gender == ""
}

// Read says how a text was understood, value by value.
func (q Query) Read() []chart.Field {
	var out []chart.Field
	add := func(label string, values ...string) {
		for _, v := range values {
			if v != "" {
				out = append(out, chart.Field{Label: label, Value: v})
			}
		}
	}
	add("id", q.ID)
	add("mrn", q.MRN)
	add("name", q.Names...)
	add("family", q.Family)
	add("given", q.Given)
	add("gender", q.Gender)
	add("born", q.Born...)
	add("ambiguous", q.Ambiguous)
	return out
}

// Params are the search parameters of a query.
func (q Query) Params() []fhir.Param {
	var out []fhir.Param
	add := func(name, value string) {
		if value != "" {
			out = append(out, fhir.Param{Name: name, Value: value})
		}
	}
	add("_id", escaped.Replace(q.ID))
	add("identifier", escaped.Replace(q.MRN))
	for _, n := range q.Names {
		add("name", escaped.Replace(n))
	}
	add("family", escaped.Replace(q.Family))
	add("given", escaped.Replace(q.Given))
	add("gender", escaped.Replace(q.Gender))
	add("birthdate", strings.Join(q.Born, ","))
	return out
}

// escaped puts FHIR's escapes before what would separate values.
var escaped = strings.NewReplacer(`\`, `\\`, `,`, `\,`, `|`, `\|`, `$`, `\$`)

// split is the query with the name that is written in one piece taken apart.
func (q Query) split(s [2]string) Query {
	q.Names, q.Family, q.Given, q.Splits = nil, s[0], s[1], nil
	return q
}

// readAs says how a query was understood whose name was taken apart.
func (q Query) readAs(splits [][2]string) []chart.Field {
	var out []chart.Field
	for _, s := range splits {
		out = append(out, chart.Field{Label: "split", Value: s[0] + " · " + s[1]})
	}
	q.Names = nil
	return append(out, q.Read()...)
}

// ReadText reads the one box: an id, a record number, a birth date, a name, or
// a name with a birth date. now tells which years can be a birth's.
func ReadText(text string, now time.Time) Query {
	if len(text) > maxSearchText {
		text = strings.ToValidUTF8(text[:maxSearchText], "")
	}
	text = plain(text)
	if q, ok := labelled(text, now); ok {
		return q
	}
	var q Query
	text = q.takeDate(text, now)
	q.takeName(text, len(q.Born) > 0, now)
	return q
}

// plain brings a text into one form: full-width digits and signs become plain
// ones, blanks of any kind one blank.
func plain(s string) string {
	s = norm.NFKC.String(strings.ToValidUTF8(s, ""))
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '、', r == '،':
			return ','
		case unicode.IsControl(r), unicode.IsSpace(r), unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d':
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

var (
	labels  = regexp.MustCompile(`(?i)^(id|mrn|born|dob|name|family|given|病歷號碼?|出生日期|生日|姓名)\s*[::=#]\s*(.+)$`)
	spoken  = regexp.MustCompile(`(?i)^(mrn|病歷號碼?)\s*(\S*\d\S*)$`)
	fhirRef = regexp.MustCompile(`^(?:https?://\S+/)?Patient/([A-Za-z0-9.-]{1,64})$`)
	uuid    = regexp.MustCompile(`(?i)^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	number  = regexp.MustCompile(`^[\pL\pN./#_-]*\pN[\pL\pN./#_-]*$`)
	year    = regexp.MustCompile(`^(?:18|19|20)\d\d$`)
)

// labelled reads a text that says itself what it is.
func labelled(text string, now time.Time) (Query, bool) {
	if m := fhirRef.FindStringSubmatch(text); m != nil {
		return Query{ID: m[1]}, true
	}
	if uuid.MatchString(text) {
		return Query{ID: text}, true
	}
	m := labels.FindStringSubmatch(text)
	if m == nil {
		if m = spoken.FindStringSubmatch(text); m != nil {
			return Query{MRN: m[2]}, true
		}
		return Query{}, false
	}
	var q Query
	switch strings.ToLower(m[1]) {
	case "id":
		q.ID = m[2]
	case "mrn", "病歷號", "病歷號碼":
		q.MRN = m[2]
	case "born", "dob", "出生日期", "生日":
		q.Born, q.Ambiguous = ReadDate(m[2], now)
		if len(q.Born) == 0 && year.MatchString(m[2]) {
			q.Born = []string{m[2]}
		}
		return q, len(q.Born) > 0
	case "family":
		q.Family = m[2]
	case "given":
		q.Given = m[2]
	default:
		q.takeName(m[2], false, now)
	}
	return q, true
}

// takeDate takes a birth date out of a text and gives the rest.
func (q *Query) takeDate(text string, now time.Time) string {
	for _, f := range dateForms() {
		at := f.form.FindStringSubmatchIndex(text)
		if at == nil || !edges(text, at[0], at[1]) {
			continue
		}
		written := text[at[0]:at[1]]
		if born, ambiguous := f.dates(f.form.FindStringSubmatch(written), now); len(born) > 0 {
			q.Born, q.Ambiguous = born, ""
			if ambiguous {
				q.Ambiguous = written
			}
			return strings.Trim(text[:at[0]]+" "+text[at[1]:], " ,;()")
		}
	}
	return text
}

// edges reports whether a date stands alone: not within a longer number or word.
func edges(text string, from, to int) bool {
	word := func(r rune) bool {
		return r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '/' || r == '-' || r == '.')
	}
	before, after := []rune(text[:from]), []rune(text[to:])
	return (len(before) == 0 || !word(before[len(before)-1])) && (len(after) == 0 || !word(after[0]))
}

// takeName reads what is left: a record number, or a name. Beside a birth date
// or a name a lone year is one of birth.
func (q *Query) takeName(text string, dated bool, now time.Time) {
	words := strings.Fields(strings.Trim(text, " ,"))
	if n := len(words); n > 1 && !dated && year.MatchString(words[n-1]) && words[n-1] <= now.Format("2006") && !strings.ContainsFunc(strings.Join(words[:n-1], ""), unicode.IsDigit) {
		q.Born = []string{words[n-1]}
		text = strings.Join(words[:n-1], " ")
		words = words[:n-1]
	}
	switch {
	case len(words) == 0:
		return
	case len(words) == 1 && number.MatchString(words[0]):
		q.MRN = strings.TrimPrefix(words[0], "#")
		return
	}
	if family, given, ok := strings.Cut(text, ","); ok {
		q.Family, q.Given = strings.TrimSpace(family), strings.TrimSpace(strings.ReplaceAll(given, ",", " "))
		if q.Family != "" || q.Given != "" {
			return
		}
	}
	if chart.Ideographic(text) {
		q.ideographic(words)
		return
	}
	q.Names = words
}

// ideographic reads a name in Chinese, Japanese or Korean characters: in one
// piece it is looked for as it is, else by its surname.
func (q *Query) ideographic(words []string) {
	if len(words) > 1 {
		q.Family, q.Given = words[0], strings.Join(words[1:], "")
		return
	}
	q.Names, q.Splits = words, splitsOf([]rune(words[0]))
}

// mostSplits bounds how many readings of one name are asked for.
const mostSplits = 4

// splitsOf are the ways to take a name apart into family and given name, the
// likeliest first. Chinese and Korean surnames have one character, few have
// two; Japanese ones mostly two, and in kana more. Where a name goes over from
// characters to kana the given name begins.
func splitsOf(name []rune) (out [][2]string) {
	kana := func(r rune) bool { return unicode.In(r, unicode.Hiragana, unicode.Katakana) || r == 'ー' }
	var at []int // lengths of the surname
	if i := slices.IndexFunc(name, kana); i > 0 {
		at = append(at, i)
	}
	switch n := len(name); {
	case n == 3 && slices.Contains(twoCharacterSurnames, string(name[:2])):
		at = append(at, 2, 1)
	case n <= 3:
		at = append(at, 1, 2)
	case n > 4 && kana(name[0]):
		at = append(at, 3, 2, 4, 1)
	case n > 4:
		at = append(at, 2, 3, 1, 4)
	default:
		at = append(at, 2, 1, 3)
	}
	for _, i := range at {
		if i >= len(name) || len(out) == mostSplits {
			continue
		}
		if split := [2]string{string(name[:i]), string(name[i:])}; !slices.Contains(out, split) {
			out = append(out, split)
		}
	}
	return out
}

// twoCharacterSurnames are those in use in Taiwan and Hong Kong, in both ways
// of writing.
var twoCharacterSurnames = strings.Fields(`歐陽 司馬 上官 諸葛 司徒 夏侯 皇甫 尉遲 公孫 令狐 慕容 宇文 長孫 東方 南宮 獨孤 端木 張簡 范姜 張廖 葉劉 江謝
	公羊 澹臺 淳于 單于 太叔 申屠 仲孫 軒轅 鍾離 閭丘 呼延 東郭 百里 公冶 赫連 拓跋 万俟 完顏
	欧阳 司马 诸葛 尉迟 公孙 长孙 东方 南宫 独孤 张简 轩辕 钟离`)
