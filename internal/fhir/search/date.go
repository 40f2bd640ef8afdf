package search

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Ends of a period that is open.
const (
	Past   = math.MinInt64
	Future = math.MaxInt64
)

// interval is the time a FHIR date or dateTime means, in µs since 1970, the end
// exclusive (interface §6.2). Without a zone zone applies.
func interval(s string, zone *time.Location) (lo, hi int64, ok bool) {
	if zone == nil {
		zone = time.UTC
	}
	var t, end time.Time
	var err error
	switch {
	case len(s) == 4:
		t, err = time.ParseInLocation("2006", s, zone)
		end = t.AddDate(1, 0, 0)
	case len(s) == 7:
		t, err = time.ParseInLocation("2006-01", s, zone)
		end = t.AddDate(0, 1, 0)
	case len(s) == 10:
		t, err = time.ParseInLocation("2006-01-02", s, zone)
		end = t.AddDate(0, 0, 1)
	default:
		return instantOf(s, zone)
	}
	if err != nil {
		return 0, 0, false
	}
	return t.UnixMicro(), end.UnixMicro(), true
}

// instantOf reads a date with a time: to the minute, the second or a fraction.
func instantOf(s string, zone *time.Location) (lo, hi int64, ok bool) {
	if len(s) < 16 || s[10] != 'T' {
		return 0, 0, false
	}
	clock, at := s[11:], zone
	if i := strings.LastIndexAny(clock, "Z+-"); i >= 0 {
		offset, good := offsetOf(clock[i:])
		if !good {
			return 0, 0, false
		}
		clock, at = clock[:i], offset
	}
	layout, width := "2006-01-02T15:04:05", time.Second
	switch {
	case len(clock) == 5:
		layout, width = "2006-01-02T15:04", time.Minute
	case len(clock) > 9 && clock[8] == '.':
		digits := len(clock) - 9
		width = time.Duration(max(math.Pow10(-digits)*float64(time.Second), float64(time.Microsecond)))
	case len(clock) != 8:
		return 0, 0, false
	}
	if strings.HasPrefix(clock, "24:00") {
		lo, _, ok = instantOf(s[:11]+"00"+s[13:], zone)
		return lo + 24*time.Hour.Microseconds(), lo + 24*time.Hour.Microseconds() + width.Microseconds(), ok
	}
	t, err := time.ParseInLocation(layout, s[:11]+clock, at)
	if err != nil {
		return 0, 0, false
	}
	return t.UnixMicro(), t.UnixMicro() + width.Microseconds(), true
}

func offsetOf(s string) (*time.Location, bool) {
	if s == "Z" {
		return time.UTC, true
	}
	if len(s) != 6 || s[3] != ':' {
		return nil, false
	}
	h, err1 := strconv.Atoi(s[1:3])
	m, err2 := strconv.Atoi(s[4:6])
	if err1 != nil || err2 != nil || h > 14 || m > 59 {
		return nil, false
	}
	seconds := h*3600 + m*60
	if s[0] == '-' {
		seconds = -seconds
	}
	return time.FixedZone("", seconds), true
}

// A Prefix says how a date, number or quantity compares (interface §6.2).
type Prefix uint8

// The prefixes; no prefix is Eq.
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

var prefixNames = [...]string{"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"}

func cutPrefix(s string) (Prefix, string) {
	if len(s) > 2 {
		for i, n := range prefixNames {
			if s[:2] == n {
				return Prefix(i), s[2:] //nolint:gosec // an index into nine names
			}
		}
	}
	return Eq, s
}

// compare tells whether the target interval relates to the search interval as
// the prefix says. slack widens ap.
func compare[T int64 | float64](p Prefix, lo, hi, slo, shi, slack T) bool {
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
