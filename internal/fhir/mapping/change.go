package mapping

import (
	"strconv"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// changes are the ways from one data type to another, for elements whose type
// differs between versions.
func changes() map[string]action {
	return map[string]action{
		"string>Annotation":       stringToNote,
		"Annotation>string":       notesToString,
		"Annotation>Annotation":   joinNotes,
		"code>CodeableConcept":    codeToConcept,
		"CodeableConcept>code":    conceptToCode,
		"code>Coding":             codeToConcept,
		"Coding>code":             conceptToCode,
		"Coding>CodeableConcept":  codingToConcept,
		"CodeableConcept>Coding":  conceptToCoding,
		"Identifier>string":       identifierToString,
		"string>Identifier":       stringToIdentifier,
		"positiveInt>string":      numberToString,
		"string>positiveInt":      stringToNumber,
		"unsignedInt>positiveInt": positive,
		"integer>positiveInt":     positive,
		"boolean>string":          numberToString,
		"integer>Quantity":        numberToQuantity,
		"dateTime>date":           dateTimeToDate,
		"Reference>canonical":     referenceToCanonical,
		"canonical>Reference":     canonicalToReference,
	}
}

// put writes `"name":` and the value, in an array when the target repeats.
func (c *converter) put(f *frame, s *step, write func() bool) {
	f.seen |= s.bit
	if f.written&s.bit != 0 {
		c.lose(s.to, s.rule)
		return
	}
	raw := c.apart(write)
	if raw == nil {
		return
	}
	c.key(f, s)
	if s.many {
		c.buf = append(append(append(c.buf, '['), raw...), ']')
		return
	}
	c.buf = append(c.buf, raw...)
}

func (c *converter) append(text string) bool {
	c.buf = append(c.buf, text...)
	return text != ""
}

func stringToNote(c *converter, f *frame, s *step, v, _ fhir.Node) {
	c.put(f, s, func() bool {
		if v = v.First(); !v.IsString() {
			return false
		}
		c.buf = append(append(append(c.buf, `{"text":`...), v.Raw()...), '}')
		return true
	})
}

// joined is the texts of notes, one a line.
func joined(v fhir.Node) string {
	var texts []string
	for n := range v.Values() {
		if t := n.Get("text").String(); t != "" {
			texts = append(texts, t)
		}
	}
	return strings.Join(texts, "\n")
}

func notesToString(c *converter, f *frame, s *step, v, _ fhir.Node) {
	for n := range v.Values() {
		if n.Len() > 1 {
			c.lose(s.name, s.rule) // who wrote it and when
			break
		}
	}
	text := joined(v)
	c.put(f, s, func() bool {
		if text != "" {
			c.buf = fhir.AppendString(c.buf, text)
		}
		return text != ""
	})
}

// joinNotes makes one note of many: author and time of the first, the texts of
// all.
func joinNotes(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	if !v.IsArray() || v.Len() < 2 {
		c.element(f, s, v, shadow)
		return
	}
	c.lose(s.name, s.rule)
	p := s.plan
	mark := c.key(f, s)
	c.buf = append(c.buf, '{')
	inner := frame{p: p, n: v.At(0)}
	c.path = append(c.path, s.name)
	for m := range inner.n.Children() {
		if st := p.members[m.Name()]; st != nil && st.to != "text" {
			c.step(&inner, st, m, fhir.Node{})
		}
	}
	c.path = c.path[:len(c.path)-1]
	text := joined(v)
	if text == "" {
		c.cut(f, s, mark)
		return
	}
	c.key(&inner, p.writes("text"))
	c.buf = append(fhir.AppendString(c.buf, text), '}')
}

// codeToConcept gives a bare code its system.
func codeToConcept(c *converter, f *frame, s *step, v, _ fhir.Node) {
	code, ok := c.code(f, s, v.First().String())
	if ok && code != "" {
		c.putConcept(f, s, code)
	}
}

// putConcept writes a code of the step's table as a Coding or CodeableConcept.
func (c *converter) putConcept(f *frame, s *step, code string) {
	system := s.codes.system
	if _, r := s.codes.table.translate(code, c.d.to, c.d.to); r == nil && s.codes.from != "" {
		system = s.codes.from // the code is the older system's own
	}
	c.put(f, s, func() bool {
		open, end := `{"system":`, `}`
		if s.kind == "CodeableConcept" {
			open, end = `{"coding":[{"system":`, `}]}`
		}
		c.buf = fhir.AppendString(append(c.buf, open...), system)
		c.buf = append(fhir.AppendString(append(c.buf, `,"code":`...), code), end...)
		return true
	})
}

// conceptToCode takes the coding of the table's own system, else the first
// whose code the table lists.
func conceptToCode(c *converter, f *frame, s *step, v, _ fhir.Node) {
	concept := v.First()
	for _, words := range []string{"display", "text"} {
		if concept.Get(words).Exists() {
			c.lose(s.name+"."+words, "")
		}
	}
	code := s.codes.pick(concept)
	if _, listed := s.codes.to[code]; !listed && !s.codes.known(code, c.d.to) {
		c.lose(s.name, s.rule)
		return
	}
	if code, ok := c.code(f, s, code); ok {
		c.put(f, s, func() bool {
			c.buf = fhir.AppendString(c.buf, code)
			return true
		})
	}
}

// pick is the code that a code, Coding or CodeableConcept gives for the
// table's element, "" for none: a listed code of the table's own system goes
// before one of another, that before a display or text that spells one.
func (m *codeMap) pick(n fhir.Node) string {
	if n.IsString() {
		return m.spelled(n.String())
	}
	codings := n.Get("coding")
	if !codings.Exists() && n.Get("code").Exists() {
		return m.spelled(n.Get("code").String())
	}
	var own, other, shown string
	for e := range codings.Values() {
		code := m.spelled(e.Get("code").String())
		_, listed := m.to[code]
		switch {
		case code == "":
		case listed && e.Get("system").Is(m.from):
			return code
		case listed:
			other = first(other, code)
		case e.Get("system").Is(m.from):
			own = first(own, code)
		}
		shown = first(shown, m.listed(e.Get("display").String()))
	}
	return first(other, own, shown, m.listed(n.Get("text").String()))
}

// listed is the source's code that a text spells, in whatever case and with
// spaces for hyphens, "" for none.
func (m *codeMap) listed(text string) string {
	if _, ok := m.to[text]; ok || text == "" {
		return text
	}
	text = strings.ReplaceAll(text, " ", "-")
	for i := range m.table.rows {
		if code := m.table.rows[i].cells[m.version-1]; strings.EqualFold(code, text) {
			return code // one with ">" is never read, and no text is spelled so
		}
	}
	return ""
}

// spelled is a code as the table spells it, or as it stands where none is
// listed.
func (m *codeMap) spelled(code string) string { return first(m.listed(code), code) }

// known reports whether the table has the code in a version.
func (m *codeMap) known(code string, v fhir.Version) bool {
	_, r := m.table.translate(code, v, v)
	return r != nil
}

func codingToConcept(c *converter, f *frame, s *step, v, _ fhir.Node) {
	c.put(f, s, func() bool {
		c.buf = append(c.buf, `{"coding":[`...)
		if !c.object(c.d.plans["Coding"], v.First()) {
			return false
		}
		c.buf = append(c.buf, "]}"...)
		return true
	})
}

func conceptToCoding(c *converter, f *frame, s *step, v, _ fhir.Node) {
	concept := v.First()
	codings := concept.Get("coding")
	if codings.Len() > 1 || codings.Len() == 1 && concept.Get("text").Exists() {
		c.lose(s.name, s.rule)
	}
	c.put(f, s, func() bool {
		if first := codings.First(); first.Exists() {
			return c.object(c.d.plans["Coding"], first)
		}
		if !concept.Get("text").IsString() {
			return false
		}
		c.buf = append(append(append(c.buf, `{"display":`...), concept.Get("text").Raw()...), '}')
		return true
	})
}

// identifierToString keeps the value; the rest travels in an extension where
// the table says so (L-32).
func identifierToString(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	id := v.First()
	if id.Len() > 1 {
		c.lose(s.name, s.rule)
		if s.keep != "" {
			if raw := c.apart(func() bool { return c.object(c.d.plans["Identifier"], id) }); raw != nil {
				c.extend(f, s.keep, "valueIdentifier", raw)
			}
		}
	}
	if value := id.Get("value"); value.IsString() {
		c.put(f, s, func() bool { return c.append(string(value.Raw())) })
	}
}

func stringToIdentifier(c *converter, f *frame, s *step, v, _ fhir.Node) {
	if v = v.First(); !v.IsString() {
		return
	}
	for e := range f.n.Get("extension").Values() {
		if h := f.p.home[e.Get("url").String()]; h != nil && h.step == s && e.Get("valueIdentifier").Get("value").Is(v.String()) {
			c.put(f, s, func() bool { return c.object(c.d.plans["Identifier"], e.Get("valueIdentifier")) })
			return
		}
	}
	c.put(f, s, func() bool { return c.append(`{"value":` + string(v.Raw()) + `}`) })
}

func numberToString(c *converter, f *frame, s *step, v, _ fhir.Node) {
	if s.rule != "" {
		c.lose(s.name, s.rule)
	}
	c.put(f, s, func() bool { return c.append(string(fhir.AppendString(nil, v.First().String()))) })
}

func stringToNumber(c *converter, f *frame, s *step, v, _ fhir.Node) {
	n, err := strconv.ParseUint(v.First().String(), 10, 31)
	if err != nil || n == 0 {
		c.lose(s.name, s.rule)
		return
	}
	c.put(f, s, func() bool { return c.append(strconv.FormatUint(n, 10)) })
}

// positive leaves out a number that the target's type does not allow.
func positive(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	if n, ok := v.First().Int(); ok && n < 1 {
		c.lose(s.name, s.rule)
		if s.keep != "" {
			c.extend(f, s.keep, valueName(s.wasKind), v.First().Raw())
		}
		return
	}
	c.primitive(f, s, v, shadow)
}

func numberToQuantity(c *converter, f *frame, s *step, v, _ fhir.Node) {
	c.lose(s.name, s.rule)
	c.put(f, s, func() bool { return c.append(`{"value":` + string(v.Raw()) + `}`) })
}

// dateTimeToDate cuts the time off, in the tenant's zone (L-15).
func dateTimeToDate(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	text := v.First().String()
	if len(text) <= len(time.DateOnly) {
		c.primitive(f, s, v, shadow)
		return
	}
	c.lose(s.name, s.rule)
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return
	}
	zone := c.opt.Zone
	if zone == nil {
		zone = time.UTC
	}
	c.put(f, s, func() bool { return c.append(`"` + t.In(zone).Format(time.DateOnly) + `"`) })
}

func referenceToCanonical(c *converter, f *frame, s *step, v, _ fhir.Node) {
	if r := v.First().Get("reference"); r.IsString() {
		c.put(f, s, func() bool { return c.append(string(r.Raw())) })
		return
	}
	c.lose(s.name, s.rule)
}

func canonicalToReference(c *converter, f *frame, s *step, v, _ fhir.Node) {
	if v = v.First(); v.IsString() {
		c.put(f, s, func() bool { return c.append(`{"reference":` + string(v.Raw()) + `}`) })
	}
}
