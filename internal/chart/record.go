package chart

import (
	"slices"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// text is what a CodeableConcept says to people: its text, else the first
// display, else the first code.
func text(concept fhir.Node) string {
	if s := clean(concept.Get("text").String()); s != "" {
		return s
	}
	code := ""
	for c := range concept.Get("coding").Values() {
		if s := clean(c.Get("display").String()); s != "" {
			return s
		}
		if code == "" {
			code = clean(c.Get("code").String())
		}
	}
	return code
}

// texts are the concepts of a list, without what stands twice.
func texts(list fhir.Node) (out []string) {
	for c := range list.Values() {
		if s := text(c); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// code is the first code of a CodeableConcept, or the value of a plain code.
func code(n fhir.Node) string {
	if n.IsString() {
		return clean(n.String())
	}
	for c := range n.Get("coding").Values() {
		if s := clean(c.Get("code").String()); s != "" {
			return s
		}
	}
	return clean(n.Get("text").String())
}

// status is the code of a CodeableConcept that is of a known set, where local
// codes may stand before it; else its first code.
func status(n fhir.Node, known ...string) string {
	found := ""
	for c := range n.Get("coding").Values() {
		s := clean(c.Get("code").String())
		if i := slices.Index(known, s); i >= 0 && (found == "" || i < slices.Index(known, found)) {
			found = s
		}
	}
	if found != "" {
		return found
	}
	return code(n)
}

// verified is how sure a condition or an allergy is.
func verified(n fhir.Node) string {
	return status(n.Get("verificationStatus"), "entered-in-error", "refuted", "unconfirmed", "provisional", "differential", "presumed", "confirmed")
}

// clinically is whether a condition or an allergy holds.
func clinically(n fhir.Node) string {
	return status(n.Get("clinicalStatus"), "active", "recurrence", "relapse", "inactive", "remission", "resolved")
}

// display is how a reference names what it points to.
func display(ref fhir.Node) string { return clean(ref.Get("display").String()) }

// clean makes one line of a text: no line breaks, no blanks around.
func clean(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == ' ' || r == '\u00a0' }) {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// join puts the parts that are there side by side.
func join(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), sep)
}

// when reads a FHIR date, dateTime or instant of any precision; a date without
// a time begins at midnight in zone.
func when(s string, zone *time.Location) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, true
	}
	if zone == nil {
		zone = time.UTC
	}
	for _, layout := range []string{"2006-01-02T15:04:05", time.DateOnly, "2006-01", "2006"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// over reports whether a FHIR date or dateTime lies before now, by its last
// moment: a day is over when the next one begins.
func over(s string, now time.Time) bool {
	t, ok := when(s, now.Location())
	if !ok {
		return false
	}
	switch len(s) {
	case 4:
		t = t.AddDate(1, 0, 0)
	case 7:
		t = t.AddDate(0, 1, 0)
	case 10:
		t = t.AddDate(0, 0, 1)
	}
	return t.Before(now)
}

// newestFirst orders two FHIR dates of any precision; what has none is last.
func newestFirst(a, b string) int {
	ta, oka := when(a, time.UTC)
	tb, okb := when(b, time.UTC)
	switch {
	case oka && okb:
		return tb.Compare(ta)
	case oka:
		return -1
	case okb:
		return 1
	}
	return 0
}

// extension is the value of an extension by its URL.
func extension(n fhir.Node, url string) fhir.Node {
	for e := range n.Get("extension").Values() {
		if !e.Get("url").Is(url) {
			continue
		}
		for c := range e.Children() {
			if strings.HasPrefix(c.Name(), "value") {
				return c
			}
		}
	}
	return fhir.Node{}
}

// note joins the annotations of a resource.
func note(n fhir.Node) string {
	var out []string
	for a := range n.Get("note").Values() {
		if s := clean(a.Get("text").String()); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, "; ")
}

// narrative is the text of a resource's narrative, without its markup: what a
// record has that says nothing in its elements.
func narrative(n fhir.Node) string {
	div := n.Get("text").Get("div").String()
	var b strings.Builder
	for div != "" {
		before, rest, tag := strings.Cut(div, "<")
		b.WriteString(before)
		if !tag {
			break
		}
		if _, div, tag = strings.Cut(rest, ">"); !tag {
			break
		}
		b.WriteByte(' ')
	}
	return clean(entities.Replace(b.String()))
}

var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&#39;", "'", "&nbsp;", " ", "&amp;", "&")

// fields drops the fields that say nothing.
func fields(all ...Field) []Field {
	return slices.DeleteFunc(all, func(f Field) bool { return f.Value == "" })
}
