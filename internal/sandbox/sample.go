package sandbox

import (
	"strings"
	"time"
)

// sampleSeed gives the hand-shaped patients the small chances in their vital
// signs.
const sampleSeed = 4711

// A sample is a hand-shaped patient: what is told here is fixed, the rest of
// the record follows from the illness.
type sample struct {
	id, label, why string
	names          []name
	sex            string
	birth          string // as recorded, any precision; empty for none
	days           int    // age in days, for the newborn; instead of birth
	mrn            string
	lang, langName string
	ill            string // key of the illness
	bed            int    // where the patient lies now: bed 1 to 6 of the illness's ward; 0 is not admitted
	since          int    // days since admission
	bare           bool   // nothing is added that is not told
	more           func(c *chart)
}

func samples() []sample {
	all := vendorSamples()
	all = append(all, nameSamples()...)
	all = append(all, wardSamples()...)
	all = append(all, gapSamples()...)
	all = append(all, birthSamples()...)
	return append(all, recordSamples()...)
}

// latin is an official name in Latin letters.
func latin(family string, given ...string) name {
	return name{use: "official", family: family, given: given, text: strings.TrimSpace(strings.Join(given, " ") + " " + family)}
}

func (n name) titled(prefix string) name { n.prefix = prefix; return n }

// scripted is a name in its own script, with the name as it is said beside it.
func scripted(script string, own name, said name) []name {
	own.use, own.script = "official", script
	said.use, said.script = "usual", "ABC"
	return []name{own, said}
}

// sample makes a hand-shaped patient's record.
func (g *generator) sample(i int, s sample) *record {
	c := &chart{g: g, d: roll(sampleSeed, uint64(i)), rec: &record{}, sample: true} //nolint:gosec // a small index
	p := &c.rec.pat
	p.id, p.names, p.gender, p.birth = s.id, s.names, s.sex, s.birth
	p.language, p.langName = s.lang, s.langName
	c.aged(s)
	if s.days > 0 {
		p.birth = day(c.dob)
	}
	if s.mrn != "" {
		p.identifiers = []identifier{medicalRecord(s.mrn)}
	}
	var l illness
	if s.ill != "" {
		l = g.world.illness(s.ill)
	}
	c.grow(l.bmi)
	if !s.bare {
		c.furnish(s, l)
		c.companions(l)
	}
	switch {
	case s.bed > 0:
		c.stay(l, c.ago(s.since, 9+i%9), time.Time{}, g.world.wards[l.ward].beds[s.bed-1])
	case s.ill != "":
		at := c.ago(40+i, 10)
		e := c.visit(at, "", 1, l.code)
		c.vitals(at, c.jitter(l.to), e.id, g.world.nurse(0), true)
		c.diagnose(l, day(at), false)
		c.prescribe(l, at, time.Time{}, e.id, g.world.gp(i))
	}
	if s.more != nil {
		s.more(c)
	}
	return c.rec
}

// aged settles the age from a birth date of any precision.
func (c *chart) aged(s sample) {
	now := c.g.now
	if s.days > 0 {
		c.dob = now.AddDate(0, 0, -s.days)
		return
	}
	c.age, c.dob = 50, now.AddDate(-50, 0, 0)
	full := s.birth
	if full != "" {
		full += "1900-06-15"[len(full):]
	}
	if t, err := time.ParseInLocation(time.DateOnly, full, zone()); err == nil {
		c.dob, c.age = t, now.Year()-t.Year()
		if now.YearDay() < t.YearDay() {
			c.age--
		}
	}
}

// furnish adds what every ordinary record has.
func (c *chart) furnish(s sample, l illness) {
	d, p := c.d, &c.rec.pat
	p.org = ref{"Organization", hospital, hospitalName}
	p.gp = c.g.world.gp(d.n(4))
	p.telecom = []telecom{{"phone", "+1-555-019" + decimal(d.n(10), 0), "home"}}
	p.addresses = []address{home(d)}
	if c.age >= 18 {
		p.marital = pick(d, []string{"S", "M", "M", "W", "D"})
	}
	if p.language == "" {
		p.language, p.langName = "en", "English"
	}
	c.cover(d.n(len(c.g.world.payers)), "")
	if c.age > 0 {
		at := c.ago(200+d.n(150), 10)
		e := c.visit(at, "check-up", 5, concept{})
		c.vitals(at, healthy(c.age), e.id, c.g.world.nurse(0), true)
	}
	if s.bed == 0 && s.more != nil {
		return
	}
	c.allergyAtRandom(l)
}
