package patients

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A dateForm is one way people write a date.
type dateForm struct {
	form *regexp.Regexp
	// dates are what the parts can mean, the likeliest first; ambiguous when
	// the writer may have meant another.
	dates func(part []string, now time.Time) (out []string, ambiguous bool)
}

const monthNames = `jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?`

// The forms, from what can be nothing else to what can.
var (
	formROC       = regexp.MustCompile(`民國?\s*(\d{1,3})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?`)
	formROCMonth  = regexp.MustCompile(`民國?\s*(\d{1,3})\s*年(?:\s*(\d{1,2})\s*月)?`)
	formChinese   = regexp.MustCompile(`(\d{4})\s*年\s*(?:(\d{1,2})\s*月\s*(?:(\d{1,2})\s*日)?)?`)
	formISO       = regexp.MustCompile(`(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})`)
	formDayMonth  = regexp.MustCompile(`(?i)(\d{1,2})(?:st|nd|rd|th)?[-/. ]*(` + monthNames + `)[-/., ]*(\d{4}|\d{2})`)
	formMonthDay  = regexp.MustCompile(`(?i)(` + monthNames + `)[-/. ]*(\d{1,2})(?:st|nd|rd|th)?[-/., ]+(\d{4})`)
	formDots      = regexp.MustCompile(`(\d{1,2})\.(\d{1,2})\.(\d{4})`)
	formSlashes   = regexp.MustCompile(`(\d{1,2})[-/](\d{1,2})[-/](\d{4})`)
	formDigits    = regexp.MustCompile(`(\d{4})(\d{2})(\d{2})`)
	formYearMonth = regexp.MustCompile(`(\d{4})-(\d{2})`)
)

// dateForms are tried in this order.
func dateForms() []dateForm {
	return []dateForm{
		{formROC, func(p []string, _ time.Time) ([]string, bool) { return only(republic(p[1]), p[2], p[3]) }},
		{formROCMonth, func(p []string, _ time.Time) ([]string, bool) { return only(republic(p[1]), p[2], "") }},
		{formChinese, func(p []string, _ time.Time) ([]string, bool) { return only(p[1], p[2], p[3]) }},
		{formISO, func(p []string, _ time.Time) ([]string, bool) { return only(p[1], p[2], p[3]) }},
		{formDayMonth, func(p []string, now time.Time) ([]string, bool) { return centuries(p[3], month(p[2]), p[1], now) }},
		{formMonthDay, func(p []string, now time.Time) ([]string, bool) { return centuries(p[3], month(p[1]), p[2], now) }},
		{formDots, func(p []string, _ time.Time) ([]string, bool) { return only(p[3], p[2], p[1]) }},
		{formSlashes, func(p []string, _ time.Time) ([]string, bool) { return eitherOrder(p[3], p[1], p[2]) }},
		{formDigits, func(p []string, now time.Time) ([]string, bool) { return birth(now, p[1], p[2], p[3]) }},
		{formYearMonth, func(p []string, now time.Time) ([]string, bool) { return birth(now, p[1], p[2], "") }},
	}
}

// ReadDate reads a birth date as people write it. More than one is given where
// it can be read in more ways; ambiguous is then what was written.
func ReadDate(s string, now time.Time) (dates []string, ambiguous string) {
	s = plain(s)
	for _, f := range dateForms() {
		m := f.form.FindStringSubmatch(s)
		if m == nil || m[0] != s {
			continue
		}
		if out, more := f.dates(m, now); len(out) > 0 {
			if more {
				ambiguous = s
			}
			return out, ambiguous
		}
	}
	return nil, ""
}

// only is the date, or nothing when there is no such day.
func only(y, m, d string) ([]string, bool) {
	if s := date(y, m, d); s != "" {
		return []string{s}, false
	}
	return nil, false
}

// eitherOrder reads two numbers as day and month, and the other way round.
func eitherOrder(y, a, b string) ([]string, bool) {
	var out []string
	for _, s := range []string{date(y, b, a), date(y, a, b)} {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out, len(out) > 1
}

// centuries reads a year of two digits in either century that has begun.
func centuries(y, m, d string, now time.Time) ([]string, bool) {
	if len(y) == 4 {
		return only(y, m, d)
	}
	var out []string
	for _, century := range []string{"19", "20"} {
		if s := date(century+y, m, d); s != "" && s <= now.Format(time.DateOnly) {
			out = append(out, s)
		}
	}
	return out, len(out) > 1
}

// birth takes plain digits for a date only where someone can have been born
// then: else they are a record number.
func birth(now time.Time, y, m, d string) ([]string, bool) {
	s := date(y, m, d)
	if s == "" || y < "1880" || s > now.Format(time.DateOnly) {
		return nil, false
	}
	return []string{s}, false
}

// date gives YYYY-MM-DD, or less where less is known, and "" for a day that is
// not in the calendar.
func date(y, m, d string) string {
	if len(y) != 4 || y < "1800" {
		return ""
	}
	switch {
	case m == "":
		return y
	case d == "":
		if n, err := strconv.Atoi(m); err != nil || n < 1 || n > 12 {
			return ""
		}
		return fmt.Sprintf("%s-%02s", y, m)
	}
	s := fmt.Sprintf("%s-%02s-%02s", y, m, d)
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return ""
	}
	return s
}

// republic is a year of the Republic of China (民國) in the common era.
func republic(y string) string {
	n, err := strconv.Atoi(y)
	if err != nil || n < 1 {
		return ""
	}
	return strconv.Itoa(n + 1911)
}

// month is the number of a month by its English name.
func month(name string) string {
	i := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(name)[:3])
	return strconv.Itoa(i/3 + 1)
}
