package search

import "strings"

// canonicalSystem is the one name under which code systems that moved between
// versions compare equal (interface §6.5): http and https, v2 tables and v3
// systems at hl7.org/fhir and at terminology.hl7.org, value-set URLs that
// stand for the code system, and a slash at the end. HL7's are cut down to
// what follows the address: /observation-category, /v2-0203, /v3-ActCode.
// Others are themselves.
func canonicalSystem(s string) string {
	s = strings.TrimSuffix(strings.TrimSpace(s), "/")
	rest, ok := strings.CutPrefix(s, "http")
	if !ok {
		return s
	}
	rest = strings.TrimPrefix(rest, "s")
	if name, ok := strings.CutPrefix(rest, "://terminology.hl7.org/CodeSystem"); ok && strings.HasPrefix(name, "/") {
		return renamed(name)
	}
	name, ok := strings.CutPrefix(rest, "://hl7.org/fhir")
	if !ok || !strings.HasPrefix(name, "/") {
		return s
	}
	if set := strings.TrimPrefix(name, "/ValueSet"); set != name && strings.HasPrefix(set, "/") {
		name = set
	}
	if len(name) > 4 && (name[:4] == "/v2/" || name[:4] == "/v3/") {
		name = name[:3] + "-" + name[4:]
	}
	return renamed(name)
}

// renamed follows code systems that changed their name otherwise than by the
// general rule, or that sources use for one another
// (https://hl7.org/fhir/R4/terminologies-systems.html).
func renamed(s string) string {
	switch s {
	case "/identifier-type":
		return "/v2-0203"
	case "/v2-0078":
		return "/v3-ObservationInterpretation"
	case "/marital-status":
		return "/v3-MaritalStatus"
	}
	return s
}

// ownSystem reports whether a canonical system may be that of a plain code:
// the resource does not name it, the definition of the element does.
func ownSystem(s string) bool { return strings.HasPrefix(s, "/") || strings.HasPrefix(s, "urn:ietf:") }

// foldCode is the form in which codes compare: without space around and in lower
// case ("case-insensitive when in doubt", interface §6.5).
func foldCode(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// localReference is the form in which references compare: without the version
// and the space around it. It is absolute when the reference was.
func localReference(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.Index(s, "/_history/"); i > 0 {
		s = s[:i]
	}
	return s
}
