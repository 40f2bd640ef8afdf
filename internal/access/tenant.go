package access

import "strings"

// NormalizeTenant reads a tenant GUID in any case, with or without braces
// (interface §4), and gives it in lower case without them.
func NormalizeTenant(s string) (string, bool) {
	if len(s) == 38 && s[0] == '{' && s[37] == '}' {
		s = s[1:37]
	}
	if len(s) != 36 {
		return "", false
	}
	for i := range len(s) {
		c := s[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return "", false
			}
			continue
		}
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return "", false
		}
	}
	return strings.ToLower(s), true
}
