package fhir

import (
	"fmt"
	"strings"
)

// A Version is one of the FHIR releases the system speaks.
type Version uint8

// The FHIR releases, in the order they were published.
const (
	DSTU2 Version = iota + 1 // 1.0.2
	STU3                     // 3.0.2
	R4                       // 4.0.1
)

// Versions lists every supported version, oldest first.
func Versions() []Version { return []Version{DSTU2, STU3, R4} }

// String is the name used in paths, flags and configuration: dstu2, stu3, r4.
func (v Version) String() string {
	switch v {
	case DSTU2:
		return "dstu2"
	case STU3:
		return "stu3"
	case R4:
		return "r4"
	}
	return fmt.Sprintf("Version(%d)", uint8(v))
}

// Release is the number a capability statement announces as fhirVersion
// (REQ-META-2).
func (v Version) Release() string {
	switch v {
	case DSTU2:
		return "1.0.2"
	case STU3:
		return "3.0.2"
	case R4:
		return "4.0.1"
	}
	return ""
}

// Valid reports whether v is a supported version.
func (v Version) Valid() bool { return v >= DSTU2 && v <= R4 }

// ParseVersion reads a version by name (any case) or by release number
// (1.0, 3.0.1, 4.0.1, 4.3 …). R4B (4.3) reads as R4.
func ParseVersion(s string) (Version, error) {
	switch l := strings.ToLower(strings.TrimSpace(s)); {
	case l == "dstu2", l == "1.0", strings.HasPrefix(l, "1.0."):
		return DSTU2, nil
	case l == "stu3", l == "3.0", strings.HasPrefix(l, "3.0."):
		return STU3, nil
	case l == "r4", l == "r4b", l == "4.0", l == "4.3", strings.HasPrefix(l, "4.0."), strings.HasPrefix(l, "4.3."):
		return R4, nil
	}
	return 0, fmt.Errorf("unknown FHIR version %q: want dstu2, stu3 or r4", s)
}

// MarshalText implements encoding.TextMarshaler with the version's name.
func (v Version) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler by [ParseVersion].
func (v *Version) UnmarshalText(b []byte) error {
	p, err := ParseVersion(string(b))
	if err != nil {
		return err
	}
	*v = p
	return nil
}
