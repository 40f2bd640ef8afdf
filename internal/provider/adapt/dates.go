package adapt

import (
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// isDate tells the members that hold a date, dateTime or instant, of whatever
// type, in the resources the app reads.
func isDate(name []byte) bool {
	switch string(name) {
	case "birthDate", "deceasedDateTime", "start", "end", "effectiveDateTime", "effectiveInstant", "issued", "valueDateTime",
		"dateRecorded", "assertedDate", "recordedDate", "onsetDateTime", "abatementDateTime", "lastOccurence", "lastOccurrence",
		"onset", "dateWritten", "dateEnded", "authoredOn", "dateAsserted", "time":
		return true
	}
	return false
}

// dates repairs the dates of a resource, contained ones too.
func (p *pass) dates(n fhir.Node) {
	for c := range n.Children() {
		switch {
		case c.IsString():
			if isDate(c.NameBytes()) {
				p.date(n, c)
			}
		case c.IsObject() || c.IsArray():
			p.dates(c)
		}
	}
}

// date repairs a date that is not FHIR's. One that cannot be understood makes
// way for an extension that has it as it was written (version-mapping §15).
func (p *pass) date(owner, value fhir.Node) {
	if raw := value.Raw(); fhir.ValidDateTime(raw[1 : len(raw)-1]) {
		return
	}
	s := value.String()
	switch fixed, ok := fhir.RepairDateTime(s, p.link.cfg.Zone); {
	case ok && fixed != s:
		p.replace(value, fhir.AppendString(nil, fixed))
	case !ok && strings.TrimSpace(s) != "":
		p.undated(owner, value, s)
	}
}

// originalText is the standard's extension for what the data was made of.
const originalText = "http://hl7.org/fhir/StructureDefinition/originalText"

// undated puts what stands where a date should into an extension of the date.
func (p *pass) undated(owner, value fhir.Node, s string) {
	written := fhir.AppendString([]byte(`{"url":"`+originalText+`","valueString":`), s)
	written = append(written, '}')
	member := "_" + value.Name()
	_, end := value.Extent()
	beside := owner.Get(member)
	if !beside.Exists() {
		raw := append(fhir.AppendString(nil, member), `:{"extension":[`...)
		p.edits = append(p.edits, fhir.Edit{Start: value.MemberStart(), End: end, New: append(append(raw, written...), "]}"...)})
		return
	}
	// The walk goes through the member beside as well, so nothing in it may be
	// replaced here.
	next := after(owner, value)
	if !beside.IsObject() || !next.Exists() {
		return // it cannot be taken out apart from what stands before it
	}
	if list := beside.Get("extension"); list.IsArray() {
		p.edits = append(p.edits, fhir.Prepend(list, written))
	} else if !list.Exists() {
		p.set(beside, fhir.Member{Name: "extension", Raw: append(append([]byte{'['}, written...), ']')})
	} else {
		return
	}
	p.edits = append(p.edits, fhir.Edit{Start: value.MemberStart(), End: next.MemberStart()})
}

// after is the member behind another.
func after(owner, member fhir.Node) fhir.Node {
	found := false
	for c := range owner.Children() {
		if found {
			return c
		}
		found = c == member
	}
	return fhir.Node{}
}
