package fhir

import (
	"strconv"
	"strings"
	"time"
)

// ValidDateTime reports whether s is a FHIR date, dateTime or instant: YYYY,
// YYYY-MM, YYYY-MM-DD, or a full date with time and a zone
// (https://hl7.org/fhir/R4/datatypes.html#dateTime).
func ValidDateTime[T string | []byte](s T) bool {
	switch len(s) {
	case 4:
		return digits(s)
	case 7:
		return digits(s[:4]) && s[4] == '-' && within(s[5:7], 1, 12)
	case 10:
		return validDay(s)
	}
	if len(s) < 20 || s[10] != 'T' || !validDay(s[:10]) {
		return false
	}
	t := s[11:]
	if !within(t[:2], 0, 24) || t[2] != ':' || !within(t[3:5], 0, 59) || t[5] != ':' || !within(t[6:8], 0, 60) {
		return false
	}
	zone := t[8:]
	if zone[0] == '.' {
		zone = zone[1:]
		for len(zone) > 0 && digits(zone[:1]) {
			zone = zone[1:]
		}
	}
	if len(zone) == 1 {
		return zone[0] == 'Z'
	}
	return len(zone) == 6 && (zone[0] == '+' || zone[0] == '-') && within(zone[1:3], 0, 14) && zone[3] == ':' && within(zone[4:6], 0, 59)
}

func digits[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) > 0
}

// within reports whether s is a number of two digits from lo to hi.
func within[T string | []byte](s T, lo, hi byte) bool {
	if !digits(s) {
		return false
	}
	n := (s[0]-'0')*10 + s[1] - '0'
	return lo <= n && n <= hi
}

func validDay[T string | []byte](s T) bool {
	if !digits(s[:4]) || s[4] != '-' || s[7] != '-' || !within(s[5:7], 1, 12) || !within(s[8:10], 1, 31) {
		return false
	}
	if within(s[8:10], 1, 28) {
		return true
	}
	_, err := time.Parse(time.DateOnly, string(s))
	return err == nil
}

// sloppy are the forms of version-mapping §15 that have no zone or the wrong
// separators, and the form each becomes. Layouts without a time keep their
// precision. Day and month are never guessed: a slash means MM/DD/YYYY, as the
// vendor's samples have it.
var sloppy = []struct{ in, out string }{
	{"1/2/2006 3:04:05 PM", time.RFC3339},
	{"1/2/2006 3:04 PM", time.RFC3339},
	{"1/2/2006 15:04:05", time.RFC3339},
	{"1/2/2006 15:04", time.RFC3339},
	{"1/2/2006", time.DateOnly},
	{"2006-01-02 15:04:05", time.RFC3339},
	{"2006-01-02 15:04", time.RFC3339},
	{"2006-01-02T15:04:05.999999999", time.RFC3339Nano},
	{"2006-01-02T15:04", time.RFC3339},
	{"2006-01-02T15:04Z07:00", time.RFC3339},
	{"2006-01-02T15:04:05-0700", time.RFC3339},
	{"2006-1-2", time.DateOnly},
	{"20060102150405-0700", time.RFC3339},
	{"200601021504-0700", time.RFC3339},
	{"20060102150405", time.RFC3339},
	{"200601021504", time.RFC3339},
	{"20060102", time.DateOnly},
}

// RepairDateTime gives a sloppy date or dateTime its FHIR form; a time without
// a zone is read in zone (nil is UTC). A valid one comes back as it is. ok is
// false when s cannot be understood.
func RepairDateTime(s string, zone *time.Location) (repaired string, ok bool) {
	if ValidDateTime(s) {
		return s, true
	}
	s = strings.TrimSpace(s)
	if ValidDateTime(s) {
		return s, true
	}
	if zone == nil {
		zone = time.UTC
	}
	if len(s) > 40 {
		return "", false
	}
	upper := strings.ToUpper(s)
	for _, l := range sloppy {
		if t, err := time.ParseInLocation(l.in, upper, zone); err == nil && t.Year() > 0 {
			return t.Format(l.out), true
		}
	}
	if len(s) == 13 && digits(s) { // milliseconds since 1970
		ms, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return "", false
		}
		return time.UnixMilli(ms).In(zone).Format("2006-01-02T15:04:05.000Z07:00"), true
	}
	return "", false
}
