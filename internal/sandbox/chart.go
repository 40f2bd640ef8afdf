package sandbox

import (
	"strconv"
	"strings"
	"time"
)

// A chart is a record in the making.
type chart struct {
	g      *generator
	d      *dice
	rec    *record
	age    int
	height int  // cm
	weight int  // tenths of a kilogram
	sample bool // hand-shaped
	point  bool // this patient's monitor reports one decimal: 72.0
	dob    time.Time
}

// born is a birth date that gives the age today.
func (c *chart) born() time.Time {
	if c.dob.IsZero() {
		c.dob = c.g.now.AddDate(-c.age, 0, -c.d.between(1, 360))
		if c.age == 0 {
			c.dob = c.g.now.AddDate(0, 0, -c.d.between(30, 330))
		}
	}
	return c.dob
}

// later is t, but never before the patient was born nor after now.
func (c *chart) later(t time.Time) time.Time {
	if b := c.born().Add(30 * time.Hour); t.Before(b) {
		t = b
	}
	if !t.Before(c.g.now) {
		t = c.g.now.Add(-time.Hour)
	}
	return t
}

// ago is a moment so many days back, at an hour of the day.
func (c *chart) ago(days, hour int) time.Time {
	t := c.g.now.AddDate(0, 0, -days)
	return c.later(time.Date(t.Year(), t.Month(), t.Day(), hour, 5*c.d.n(12), 0, 0, t.Location()))
}

func (c *chart) id(kind string, n int) string {
	return c.rec.pat.id + "-" + kind + "-" + strconv.Itoa(n)
}

// grow settles height and weight.
func (c *chart) grow(bmi int) {
	switch {
	case c.age < 1:
		c.height, c.weight = c.d.near(64, 6), c.d.near(70, 15)
		return
	case c.age < 14:
		c.height = 76 + 6*c.age + c.d.n(6)
		c.weight = c.height * c.height * c.d.near(165, 20) / 10000
		return
	case c.rec.pat.gender == "male":
		c.height = c.d.near(176, 14)
	default:
		c.height = c.d.near(163, 13)
	}
	if bmi == 0 {
		bmi = c.d.near(255, 55)
	}
	c.weight = c.height * c.height * bmi / 10000
}

// lite is the smallest useful record: an encounter and a set of vitals.
func (c *chart) lite(l illness) {
	c.grow(l.bmi)
	at := c.ago(c.d.between(2, 700), c.d.between(8, 17))
	e := c.visit(at, "check-up", 1, concept{})
	c.vitals(at, healthy(c.age), e.id, c.g.world.nurse(0), false)
}

// history is a life with an illness: earlier visits, the stay if there was
// one, problems, allergies, orders.
func (c *chart) history(l illness, i int) {
	c.grow(l.bmi)
	c.point = c.d.in(3)
	c.companions(l)
	kind := "check-up"
	if c.age < 14 {
		kind = "child"
	}
	for n := c.d.between(1, 2); n > 0; n-- {
		at := c.ago(60+n*c.d.between(90, 200), c.d.between(8, 17))
		e := c.visit(at, kind, c.d.n(len(c.g.world.clinics)), concept{})
		c.vitals(at, healthy(c.age), e.id, c.g.world.nurse(0), true)
	}
	c.allergyAtRandom(l)
	bed, current := c.g.bedFor(l, i)
	switch {
	case l.code.empty():
	case l.ward == wardNone:
		at := c.ago(c.d.between(3, 400), c.d.between(8, 17))
		k := c.diagnose(l, day(at), false)
		e := c.visit(at, "", 1, l.code)
		e.diagnosis = k.id
		k.encounter = e.id
		c.vitals(at, l.from, e.id, c.g.world.nurse(0), true)
		c.vitals(c.later(at.AddDate(0, 0, 14)), l.to, "", c.g.world.nurse(0), false)
		c.prescribe(l, at, time.Time{}, e.id, c.g.world.gp(c.d.n(4)))
	case current:
		c.stay(l, c.ago(c.d.between(1, 5), c.d.between(0, 23)), time.Time{}, bed)
	default:
		at := c.ago(c.d.between(12, 700), c.d.between(0, 23))
		c.stay(l, at, c.later(at.AddDate(0, 0, c.d.between(2, 9))), pick(c.d, c.g.world.wards[l.ward].beds))
	}
}

// bedFor gives one in six patients a bed while beds last: each bed holds one.
// The first rooms of a ward are kept for the sample patients.
func (g *generator) bedFor(l illness, i int) (ref, bool) {
	const kept = 6 // beds
	if l.ward == wardNone || i%6 != 0 {
		return ref{}, false
	}
	beds := g.world.wards[l.ward].beds
	if n := kept + i/6; n < len(beds) {
		return beds[n], true
	}
	return ref{}, false
}

// visit adds a finished out-patient encounter.
func (c *chart) visit(at time.Time, kind string, clinic int, reason concept) *encounter {
	n := len(c.rec.encounters) + 1
	where := c.g.world.clinics[clinic%len(c.g.world.clinics)]
	if c.d.in(5) {
		where = where.bare()
	}
	end := at.Add(time.Duration(c.d.between(15, 50)) * time.Minute)
	c.rec.encounters = append(c.rec.encounters, encounter{
		id: c.id("enc", n), visit: c.number(n), status: "finished", class: "AMB", typ: visit(kind),
		start: stamp(at), end: stamp(end), attending: c.g.world.gp(c.d.n(4)), reason: reason,
		places: []place{{where, "completed", stamp(at), stamp(end)}},
	})
	return &c.rec.encounters[n-1]
}

// number is a visit number, unique within the hospital because the medical
// record number is.
func (c *chart) number(n int) string {
	base := c.rec.pat.id
	if len(c.rec.pat.identifiers) > 0 && c.rec.pat.identifiers[0].system == mrnSystem {
		base = c.rec.pat.identifiers[0].value
	}
	return "V" + strings.TrimPrefix(base, "s-") + "-" + strconv.Itoa(n)
}

// stay is an emergency arrival, a bed, vitals over days, orders. A zero end is
// a stay that lasts until now.
func (c *chart) stay(l illness, start, end time.Time, bed ref) *encounter {
	w := c.g.world
	n := len(c.rec.encounters) + 1
	moved := c.later(start.Add(4 * time.Hour))
	e := encounter{
		id: c.id("enc", n), visit: c.number(n), status: "in-progress", class: "IMP", typ: visit("stay"),
		start: stamp(start), attending: w.doctor(l.ward), reason: l.code,
	}
	if c.d.in(6) {
		bed = bed.bare()
	}
	first := place{at: bed, status: "active", start: stamp(moved)}
	until := c.g.now
	if !end.IsZero() {
		until = end
		e.status, e.end = "finished", stamp(end)
		first.status, first.end = "completed", stamp(end)
		e.disposition = concept{sysDisposition, "home", "Home", "Discharged home"}
	}
	e.places = []place{first, {w.ed, "completed", stamp(start), stamp(moved)}}
	k := c.diagnose(l, day(start), !end.IsZero() && l.acute)
	e.diagnosis, k.encounter = k.id, e.id
	if !l.acute { // it began long before it led to a bed
		k.onset = c.later(start.AddDate(-c.d.between(1, 9), 0, 0)).Format("2006")
	}
	c.pause(l)
	c.rec.encounters = append(c.rec.encounters, e)

	most := time.Duration(5) // sets of vitals; a long stay is measured less often
	if c.sample {
		most = 8
	}
	step := max(until.Sub(start)/most, 4*time.Hour).Truncate(time.Hour)
	sets := int(until.Sub(start)/step) + 1
	for i := range sets {
		at := start.Add(time.Duration(i)*step + time.Duration(c.d.between(5, 20))*time.Minute)
		if !at.Before(until) {
			break
		}
		c.vitals(at, c.jitter(l.from.between(l.to, i, sets)), e.id, w.nurse(l.ward), i == 0)
	}
	c.labs(l, start, until, e.id)
	c.prescribe(l, moved, end, e.id, w.doctor(l.ward))
	return &c.rec.encounters[n-1]
}

// pause holds what must not be given in an acute illness: metformin in shock.
func (c *chart) pause(l illness) {
	if l.key != "sepsis" {
		return
	}
	for i := range c.rec.orders {
		if o := &c.rec.orders[i]; o.drug.ref.id == "med-metformin" {
			o.status = "on-hold"
		}
	}
}

// jitter is how measurements differ though nothing changed.
func (c *chart) jitter(v vitals) vitals {
	d := c.d
	return vitals{d.near(v.hr, 4), d.near(v.rr, 2), d.near(v.sys, 6), d.near(v.dia, 4), d.near(v.temp, 2), min(d.near(v.spo2, 1), 100)}
}

// companions are the chronic conditions that came before.
func (c *chart) companions(l illness) {
	for _, key := range l.with {
		if c.d.in(4) {
			continue
		}
		o := c.g.world.illness(key)
		at := c.ago(c.d.between(900, 3600), 12)
		c.diagnose(o, at.Format("2006"), false)
		for _, drug := range o.drugs[:1] {
			c.order(drug, at, time.Time{}, "", c.g.world.gp(c.d.n(4)), o.code)
		}
	}
}

// diagnose adds a condition.
func (c *chart) diagnose(l illness, onset string, over bool) *condition {
	n := len(c.rec.conditions) + 1
	k := condition{
		id: c.id("cond", n), code: l.code, category: "problem-list-item", clinical: "active", verification: "confirmed",
		severity: l.severity, onset: onset, asserter: c.g.world.gp(n),
	}
	if l.ward != wardNone {
		k.category, k.asserter = "encounter-diagnosis", c.g.world.doctor(l.ward)
	}
	if len(onset) == len(time.DateOnly) {
		k.recorded = onset
	} else {
		k.recorded = onset + "-06-15"
	}
	if over {
		k.clinical = "resolved"
		if t, err := time.ParseInLocation(time.DateOnly, onset, zone()); err == nil {
			k.abated = day(c.later(t.AddDate(0, 0, 21)))
		}
	}
	c.rec.conditions = append(c.rec.conditions, k)
	return &c.rec.conditions[n-1]
}
