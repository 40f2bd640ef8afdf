package chart

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// An MRN names identifiers that are medical record numbers though nothing in
// them says so: by their system, by the code of their type, or both.
type MRN struct{ System, TypeCode string }

// typeSystems are the spellings of the system of identifier types
// (interface §5, §6.5).
var typeSystems = []string{"", "http://terminology.hl7.org/CodeSystem/v2-0203", "http://hl7.org/fhir/v2/0203", "https://hl7.org/fhir/v2/0203"}

// IdentityOf reads who a Patient (R4) is. now tells which names and numbers
// have ended; configured are tried where no identifier has the type MR.
func IdentityOf(patient []byte, now time.Time, configured ...MRN) (Identity, error) {
	doc, err := fhir.Index(patient)
	if err != nil {
		return Identity{}, fmt.Errorf("chart: patient: %w", err)
	}
	root := doc.Root()
	if !root.Get("resourceType").Is("Patient") {
		return Identity{}, fmt.Errorf("chart: want a Patient, not %q", root.Get("resourceType").String())
	}
	id := nameOf(root.Get("name"), now)
	id.Born = root.Get("birthDate").String()
	id.Gender = code(root.Get("gender"))
	id.MRN = recordNumber(root.Get("identifier"), now, configured)
	for gp := range root.Get("generalPractitioner").Values() {
		if id.GP = display(gp); id.GP != "" {
			break
		}
	}
	switch t := root.Get("deceasedDateTime").String(); {
	case t != "":
		id.Deceased = t
	case root.Get("deceasedBoolean").True():
		id.Deceased = "yes"
	}
	active := root.Get("active")
	id.Inactive = active.Exists() && !active.True()
	for l := range root.Get("link").Values() {
		if l.Get("type").Is("replaced-by") {
			id.Replaced = idOf(l.Get("other").Get("reference").String())
		}
	}
	return id, nil
}

// idOf is the id in a reference: Patient/7, or an absolute one.
func idOf(ref string) string {
	ref, _, _ = strings.Cut(ref, "/_history/")
	return ref[strings.LastIndexByte(ref, '/')+1:]
}

// nameUses are the uses of a name that tell who someone is, best first. Names
// of other uses (old, maiden, temp, anonymous) are taken where there is no
// other.
var nameUses = []string{"official", "usual", "", "nickname"}

// nameOf picks the name someone goes by in a record, and the one they are
// called by where it is another.
func nameOf(names fhir.Node, now time.Time) Identity {
	best, rank := fhir.Node{}, 0
	called := ""
	for n := range names.Values() {
		use := n.Get("use").String()
		r := slices.Index(nameUses, use)
		if r < 0 || ended(n, now) {
			r = len(nameUses)
		}
		if whole(n) == "" {
			continue
		}
		if !best.Exists() || r < rank {
			best, rank = n, r
		}
		if called == "" && r < len(nameUses) && (use == "usual" || use == "nickname") {
			called = whole(n)
		}
	}
	id := Identity{
		Family: clean(best.Get("family").First().String()), Given: words(best.Get("given")),
		Prefix: words(best.Get("prefix")), Suffix: words(best.Get("suffix")), Text: clean(best.Get("text").String()),
	}
	if called != whole(best) && called != join(" ", id.Given, id.Family) {
		id.Preferred = called
	}
	return id
}

func ended(n fhir.Node, now time.Time) bool {
	end := n.Get("period").Get("end").String()
	return end != "" && over(end, now)
}

// whole is a name in one piece: as the record writes it, else its parts in the
// order of the script (family first where it is written so).
func whole(n fhir.Node) string {
	if s := clean(n.Get("text").String()); s != "" {
		return s
	}
	family, given := clean(n.Get("family").First().String()), words(n.Get("given"))
	if Ideographic(family + given) {
		return family + given
	}
	return join(" ", given, family)
}

// Ideographic reports whether a name is written in Chinese, Japanese or Korean
// characters: family name first, and nothing between.
func Ideographic(name string) bool {
	some := false
	for _, r := range name {
		switch {
		case r == ' ', r == '\u3000', r == '·', r == '・', r == ',', r == ',':
		case han(r):
			some = true
		default:
			return false
		}
	}
	return some
}

// han are ideographs, kana and Hangul syllables.
func han(r rune) bool {
	return r >= 0x3005 && r <= 0x3007 || r >= 0x3040 && r <= 0x30ff || r >= 0x3400 && r <= 0x9fff || r >= 0xac00 && r <= 0xd7af ||
		r >= 0xf900 && r <= 0xfaff || r >= 0x20000 && r <= 0x3ffff
}

func words(list fhir.Node) string {
	var out []string
	for w := range list.Values() {
		if s := clean(w.String()); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, " ")
}

// recordNumber picks the medical record number by the type MR, not by use
// (interface §5): one in force before one that has ended.
func recordNumber(identifiers fhir.Node, now time.Time, configured []MRN) string {
	best, rank := "", 0
	for i := range identifiers.Values() {
		value := clean(i.Get("value").String())
		r := 0
		switch {
		case value == "":
			continue
		case typed(i, "MR", ""):
		case slices.ContainsFunc(configured, func(m MRN) bool {
			return (m.System == "" || i.Get("system").Is(m.System)) && (m.TypeCode == "" || typed(i, m.TypeCode, "*")) && m != MRN{}
		}):
			r = 1
		default:
			continue
		}
		if i.Get("use").Is("old") || ended(i, now) {
			r += 2
		}
		if best == "" || r < rank {
			best, rank = value, r
		}
	}
	return best
}

// typed reports whether an identifier's type has a code, of one of the known
// systems or ("*") of any.
func typed(identifier fhir.Node, code, system string) bool {
	for c := range identifier.Get("type").Get("coding").Values() {
		if c.Get("code").Is(code) && (system == "*" || slices.Contains(typeSystems, c.Get("system").String())) {
			return true
		}
	}
	return false
}

// Adult reports whether someone born then is 18 or older; false when it is not
// known.
func Adult(born string, now time.Time) bool {
	t, ok := when(born, now.Location())
	if !ok {
		return false
	}
	switch len(born) { // a birth date known to the year or month counts from its end
	case 4:
		t = t.AddDate(1, 0, -1)
	case 7:
		t = t.AddDate(0, 1, -1)
	}
	return !t.AddDate(18, 0, 0).After(now)
}
