package mapping

import (
	"slices"
	"strconv"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// coverageStatus: DSTU2 has none, so what no longer holds cannot be shown.
func coverageStatus(c *converter, f *frame, s *step, v, shadow fhir.Node) {
	if c.d.to != fhir.DSTU2 {
		c.element(f, s, v, shadow)
		return
	}
	if code := lower(v); code == "cancelled" || code == "entered-in-error" {
		c.withhold("Coverage.status: DSTU2 cannot say that it does not hold")
	}
	if !v.Is("active") {
		c.lose(s.name, s.rule)
	}
}

// A coverClass is one class of a Coverage: R4's type code, and the members of
// STU3's grouping and of DSTU2 that say the same.
type coverClass struct{ code, grouping, dstu2 string }

var coverClasses = [...]coverClass{
	{"group", "group", "group"},
	{"subgroup", "subGroup", ""},
	{"plan", "plan", "plan"},
	{"subplan", "subPlan", "subPlan"},
	{"class", "class", ""},
	{"subclass", "subClass", ""},
	{"sequence", "", "sequence"},
	{"rxbin", "", "bin"},
}

// text is what a version says of a class: a value, a name to show, both
// or neither.
func (k coverClass) text(n fhir.Node, from fhir.Version) (value, name string) {
	switch from {
	case fhir.DSTU2:
		v := n.Get(k.dstu2)
		if k.dstu2 == "bin" {
			v = v.Get("value")
		}
		value = v.String()
		if k.dstu2 == "group" || k.dstu2 == "plan" || k.dstu2 == "subPlan" {
			name = value
		}
	case fhir.STU3:
		if k.code == "sequence" {
			return n.Get("sequence").String(), ""
		}
		if k.grouping != "" {
			g := n.Get("grouping")
			value, name = g.Get(k.grouping).String(), g.Get(k.grouping+"Display").String()
		}
	case fhir.R4:
		for e := range elements(n.Get("class")) {
			if k.names(e) {
				return e.Get("value").String(), e.Get("name").String()
			}
		}
	}
	return value, name
}

// names reports whether an entry of R4's class is of this class. The codes are
// lower-case; some write otherwise.
func (k coverClass) names(e fhir.Node) bool {
	for coding := range elements(e.Get("type").Get("coding")) {
		if code := coding.Get("code"); code.Is(k.code) || strings.EqualFold(code.String(), k.code) {
			return true
		}
	}
	return false
}

func coverageEnd(c *converter, f *frame) {
	c.subscribers(f)
	switch c.d.to {
	case fhir.DSTU2:
		c.classesDSTU2(f)
	case fhir.STU3:
		c.classesSTU3(f)
	case fhir.R4:
		c.classesR4(f)
	}
	c.lostClasses(f)
}

// subscribers: DSTU2 knows the subscriber only, STU3 and R4 the beneficiary as
// well (L-31).
func (c *converter) subscribers(f *frame) {
	subscriber, beneficiary := f.n.Get("subscriber"), f.n.Get("beneficiary")
	s, b := f.target("subscriber"), f.target("beneficiary")
	write := func(t *step, v fhir.Node) {
		if v.IsObject() {
			c.put(f, t, func() bool { return c.value(t, v) })
		}
	}
	if c.d.to == fhir.DSTU2 {
		switch {
		case subscriber.IsObject() && !c.pointsElsewhere(s, subscriber):
			write(s, subscriber)
			if beneficiary.Exists() && beneficiary.Get("reference").String() != subscriber.Get("reference").String() {
				c.lose("beneficiary", "L-31")
			}
		case beneficiary.IsObject():
			write(s, beneficiary)
			if subscriber.Exists() {
				c.lose("subscriber", "L-31")
			}
		default:
			write(s, subscriber)
		}
		return
	}
	write(s, subscriber)
	r := subscriber.Get("reference").String()
	start, end := typeSegment([]byte(r))
	if !beneficiary.IsObject() && subscriber.IsObject() && (c.d.from == fhir.DSTU2 || r[start:end] == "Patient") {
		beneficiary = subscriber
		c.lose("subscriber", "L-31")
	}
	write(b, beneficiary)
}

func (c *converter) text(f *frame, name, value string) {
	if value == "" {
		return
	}
	t := f.target(name)
	c.put(f, t, func() bool { c.buf = fhir.AppendString(c.buf, value); return true })
}

func (c *converter) classesDSTU2(f *frame) {
	for _, k := range coverClasses {
		value, name := k.text(f.n, c.d.from)
		switch k.dstu2 {
		case "plan": // below
		case "group":
			c.text(f, k.dstu2, first(value, name))
		case "subPlan":
			c.text(f, k.dstu2, first(name, value))
		case "sequence":
			c.sequence(f, value)
		case "bin":
			if t := f.target("bin"); value != "" && f.written&t.bit == 0 {
				c.put(f, t, func() bool {
					c.buf = append(fhir.AppendString(append(c.buf, `{"value":`...), value), '}')
					return true
				})
			}
		}
	}
	all := coverClasses
	_, group := all[0].text(f.n, c.d.from)
	plan, planName := all[2].text(f.n, c.d.from)
	c.text(f, "plan", first(planName, plan, f.n.Get("payor").First().Get("display").String(), group))
}

// sequence is a number in DSTU2; what is none is left out.
func (c *converter) sequence(f *frame, value string) {
	if value == "" {
		return
	}
	n, err := strconv.ParseUint(value, 10, 31)
	if err != nil || n == 0 {
		c.lose("sequence", "")
		return
	}
	t := f.target("sequence")
	c.put(f, t, func() bool { return c.append(strconv.FormatUint(n, 10)) })
}

// first is the first text that is not empty.
func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

func (c *converter) classesSTU3(f *frame) {
	t := f.target("grouping")
	c.put(f, t, func() bool {
		start := len(c.buf)
		c.buf = append(c.buf, '{')
		inner := frame{p: t.plan, n: f.n}
		for _, k := range coverClasses {
			if k.grouping != "" {
				value, name := k.text(f.n, c.d.from)
				c.text(&inner, k.grouping, value)
				c.text(&inner, k.grouping+"Display", name)
			}
		}
		c.buf = append(c.buf, '}')
		return len(c.buf) > start+2
	})
	value, _ := coverClasses[6].text(f.n, c.d.from)
	c.text(f, "sequence", value)
}

func (c *converter) classesR4(f *frame) {
	t := f.target("class")
	mark := c.key(f, t)
	c.buf = append(c.buf, '[')
	start := len(c.buf)
	for _, k := range coverClasses {
		value, name := k.text(f.n, c.d.from)
		if k.code == "rxbin" && c.d.from == fhir.STU3 {
			value = subExtension(f.n, binURL).Get("value").String()
		}
		if value == "" && name == "" {
			continue
		}
		c.next(start)
		c.buf = append(c.buf, `{"type":{"coding":[{"system":"`+baseNew+`coverage-class","code":"`+k.code+`"}]},"value":`...)
		c.buf = fhir.AppendString(c.buf, first(value, name))
		if name != "" {
			c.buf = fhir.AppendString(append(c.buf, `,"name":`...), name)
		}
		c.buf = append(c.buf, '}')
	}
	c.closeList(f, t, mark, start)
}

const binURL = "http://hl7.org/fhir/1.0/StructureDefinition/extension-Coverage.bin"

// bin is an Identifier in DSTU2, a class in R4, and an extension between.
func bin(c *converter, f *frame, s *step, v, _ fhir.Node) {
	switch {
	case v.Get("url").Exists(): // it came back
		if id := extensionValue(v); id.IsObject() && s.to != "" {
			c.put(f, s, func() bool { return c.value(s, id) })
		}
	case c.d.to == fhir.STU3:
		c.keep(f, s, v)
	case v.Len() > 1:
		c.lose(s.name, s.rule)
	}
}

// lostClasses records what of the classes the target has no place for.
func (c *converter) lostClasses(f *frame) {
	for _, k := range coverClasses {
		value, name := k.text(f.n, c.d.from)
		switch {
		case value == "" && name == "":
		case c.d.to == fhir.DSTU2 && k.dstu2 == "", c.d.to == fhir.STU3 && k.grouping == "" && k.code == "rxbin" && c.d.from == fhir.R4:
			c.lose("class", "")
		}
	}
	var seen [len(coverClasses)]bool
	for e := range elements(f.n.Get("class")) {
		i := slices.IndexFunc(coverClasses[:], func(k coverClass) bool { return k.names(e) })
		if i < 0 || seen[i] { // of a kind of its own, or the second of its kind
			c.lose("class", "")
			continue
		}
		seen[i] = true
	}
}
