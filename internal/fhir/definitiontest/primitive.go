package definitiontest

import (
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// isPrimitive reports whether a type's values are JSON strings, numbers or
// booleans: all such names begin with a small letter.
func isPrimitive(typ string) bool { return typ != "" && typ[0] >= 'a' && typ[0] <= 'z' }

// primitive checks the JSON type and the form of a value.
func (c *checker) primitive(n fhir.Node, m member, path string) {
	if string(n.Raw()) == "null" && m.of.many {
		return
	}
	s := n.String()
	switch m.typ {
	case "boolean":
		if s != "true" && s != "false" || n.IsString() {
			c.add(path, RuleFormat, "want true or false")
		}
		return
	case "decimal", "integer", "unsignedInt", "positiveInt":
		if !n.IsNumber() {
			c.add(path, RuleFormat, "want a number")
			return
		}
		i, whole := n.Int()
		if m.typ != "decimal" && (!whole || m.typ != "integer" && i < 0 || m.typ == "positiveInt" && i < 1) {
			c.add(path, RuleFormat, "%s is no %s", s, m.typ)
		}
		return
	}
	if !n.IsString() {
		c.add(path, RuleFormat, "want a string")
		return
	}
	if reason := malformed(m.typ, s); reason != "" {
		c.add(path, RuleFormat, "%.80q: %s", s, reason)
	}
	if m.typ == "code" && m.of.set != "" && !c.v.hasCode(m.of.set, s) {
		c.add(path, RuleCode, "%q is not in %s", s, m.of.set)
	}
}

// malformed says what is wrong with a string of a type, "" when nothing is.
func malformed(typ, s string) string {
	if s == "" {
		return "an empty string"
	}
	switch typ {
	case "id":
		if !isID(s) {
			return "no id"
		}
	case "code":
		if strings.Join(strings.Fields(s), " ") != s {
			return "no code"
		}
	case "uri", "url", "canonical", "oid", "uuid":
		if strings.ContainsAny(s, " \t\n") {
			return "no " + typ
		}
	case "date":
		if !fhir.ValidDateTime(s) || strings.Contains(s, "T") {
			return "no date"
		}
	case "dateTime":
		if !fhir.ValidDateTime(s) {
			return "no dateTime"
		}
	case "instant":
		if !fhir.ValidDateTime(s) || !strings.Contains(s, "T") {
			return "no instant"
		}
	case "xhtml":
		if !strings.HasPrefix(s, "<div") || !strings.HasSuffix(strings.TrimSpace(s), "</div>") || !strings.Contains(s, "http://www.w3.org/1999/xhtml") {
			return "no div of XHTML"
		}
	}
	return ""
}

// isID reports whether s is 1 to 64 letters, digits, dashes and dots.
func isID(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}
