package search

import (
	"math"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Ends of a period that is open.
const (
	Past   = math.MinInt64
	Future = math.MaxInt64
)

// A date is the time that a FHIR date or dateTime means, in µs since 1970, the
// end exclusive (interface §6.2). Floating, it came without a zone.
type date struct {
	lo, hi   int64
	floating bool
}

// targetDate reads a date of a resource. One of odd form counts when it can be
// understood, so that it sorts and is found (interface §9, quirk 15).
func targetDate(s string) (date, bool) {
	if s == "" {
		return date{}, false
	}
	if d, ok := parseDate(s, time.UTC); ok {
		return d, true
	}
	repaired, ok := fhir.RepairDateTime(s, time.UTC)
	if !ok {
		return date{}, false
	}
	return parseDate(repaired, time.UTC)
}

// number reads digits only, -1 for anything else.
func number(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// parseDate reads YYYY, YYYY-MM, YYYY-MM-DD, or a full date with hh:mm, with
// seconds and with a fraction, with a zone or in the given one.
func parseDate(s string, zone *time.Location) (date, bool) {
	year, month, day := -1, 1, 1
	if len(s) >= 4 {
		year = number(s[:4])
	}
	if len(s) >= 7 && s[4] == '-' {
		month = number(s[5:7])
	}
	if len(s) >= 10 && s[7] == '-' {
		day = number(s[8:10])
	}
	if year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return date{}, false
	}
	var years, months, days int
	switch {
	case len(s) == 4:
		years = 1
	case len(s) == 7 && s[4] == '-':
		months = 1
	case len(s) == 10 && s[4] == '-' && s[7] == '-':
		days = 1
	case len(s) >= 16 && s[4] == '-' && s[7] == '-' && s[10] == 'T':
		return parseTime(s[11:], year, month, day, zone)
	default:
		return date{}, false
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, zone)
	end := time.Date(year+years, time.Month(month+months), day+days, 0, 0, 0, 0, zone)
	return date{t.UnixMicro(), end.UnixMicro(), true}, true
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// parseTime reads what follows the T of a dateTime.
func parseTime(s string, year, month, day int, zone *time.Location) (date, bool) {
	clock, offset, floating := s, 0, true
	if i := strings.LastIndexAny(s, "Z+-"); i >= 0 {
		var ok bool
		if offset, ok = parseOffset(s[i:]); !ok {
			return date{}, false
		}
		clock, floating, zone = s[:i], false, time.UTC
	}
	if len(clock) < 5 || clock[2] != ':' {
		return date{}, false
	}
	hour, minute, second, micros := number(clock[:2]), number(clock[3:5]), 0, 0
	width := time.Minute.Microseconds()
	if rest := clock[5:]; rest != "" {
		if len(rest) < 3 || rest[0] != ':' {
			return date{}, false
		}
		second, width = number(rest[1:3]), time.Second.Microseconds()
		var ok bool
		if micros, width, ok = parseFraction(rest[3:], width); !ok {
			return date{}, false
		}
	}
	// 24:00 ends a day, and a leap second is the next minute's first.
	if hour < 0 || hour > 24 || minute < 0 || minute > 59 || second < 0 || second > 60 || hour == 24 && minute+second > 0 {
		return date{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, zone).UnixMicro()
	t += int64(micros) - int64(offset)*time.Second.Microseconds()
	return date{t, t + width, floating}, true
}

// parseFraction reads .fff. Beyond µs the rest is dropped.
func parseFraction(s string, width int64) (micros int, precision int64, ok bool) {
	if s == "" {
		return 0, width, true
	}
	if s[0] != '.' || len(s) < 2 || number(s[1:]) < 0 {
		return 0, 0, false
	}
	for i := range min(len(s)-1, 6) {
		width /= 10
		micros += int(s[i+1]-'0') * int(width)
	}
	return micros, width, true
}

// parseOffset reads Z, +hh:mm or -hh:mm, in seconds.
func parseOffset(s string) (int, bool) {
	if s == "Z" {
		return 0, true
	}
	if len(s) != 6 || s[3] != ':' {
		return 0, false
	}
	h, m := number(s[1:3]), number(s[4:6])
	if h < 0 || h > 14 || m < 0 || m > 59 {
		return 0, false
	}
	if s[0] == '-' {
		return -(h*3600 + m*60), true
	}
	return h*3600 + m*60, true
}

// A Prefix says how a date, number or quantity compares (interface §6.2).
type Prefix uint8

// Prefixes (https://hl7.org/fhir/R4/search.html#prefix).
const (
	Eq Prefix = iota
	Ne
	Gt
	Lt
	Ge
	Le
	Sa
	Eb
	Ap
)

var prefixNames = [...]string{Eq: "eq", Ne: "ne", Gt: "gt", Lt: "lt", Ge: "ge", Le: "le", Sa: "sa", Eb: "eb", Ap: "ap"}

// String is the prefix as it is written before a value.
func (p Prefix) String() string {
	if int(p) < len(prefixNames) {
		return prefixNames[p]
	}
	return ""
}

// cutPrefix takes the prefix off a value.
func cutPrefix(s string) (Prefix, string) {
	if len(s) <= 2 {
		return Eq, s
	}
	p := Eq
	switch s[:2] {
	case "eq":
	case "ne":
		p = Ne
	case "gt":
		p = Gt
	case "lt":
		p = Lt
	case "ge":
		p = Ge
	case "le":
		p = Le
	case "sa":
		p = Sa
	case "eb":
		p = Eb
	case "ap":
		p = Ap
	default:
		return Eq, s
	}
	return p, s[2:]
}

// compareDate tells whether the resource's interval lo,hi relates to the
// searched one as the prefix says.
func compareDate(p Prefix, lo, hi, slo, shi, slack int64) bool {
	within := lo >= slo && hi <= shi
	switch p {
	case Eq:
		return within
	case Ne:
		return !within
	case Gt:
		return hi > shi
	case Lt:
		return lo < slo
	case Ge:
		return within || hi > shi
	case Le:
		return within || lo < slo
	case Sa:
		return lo >= shi
	case Eb:
		return hi <= slo
	case Ap:
		return lo < shi+slack && hi > slo-slack
	}
	return false
}

// compareNumber tells whether the resource's number, or range, relates to the
// searched one v as the prefix says. Only eq and ne heed the precision in which
// v was written, slo to shi (https://hl7.org/fhir/R4/search.html#number). Beyond
// 16 digits that is less than a float64 can tell, and v itself still counts.
func compareNumber(p Prefix, low, high, v, slo, shi, slack float64) bool {
	within := low >= slo && high < shi || low == v && high == v
	switch p {
	case Eq:
		return within
	case Ne:
		return !within
	case Gt:
		return high > v
	case Lt:
		return low < v
	case Ge:
		return high >= v
	case Le:
		return low <= v
	case Sa:
		return low > v
	case Eb:
		return high < v
	case Ap:
		return low <= v+slack && high >= v-slack
	}
	return false
}
