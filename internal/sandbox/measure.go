package sandbox

import (
	"strconv"
	"time"
)

func loinc(code, display string) concept { return concept{sysLOINC, code, display, ""} }

// measure adds one vital sign.
func (c *chart) measure(at time.Time, code concept, value quantity, enc string, by ref) *observation {
	n := len(c.rec.obs) + 1
	c.rec.obs = append(c.rec.obs, observation{
		id: c.id("obs", n), status: "final", category: "vital-signs", code: code, encounter: enc,
		at: stamp(at), performer: by, value: value,
	})
	return &c.rec.obs[n-1]
}

// whole is a number without a fraction, written as this patient's monitor does.
func (c *chart) whole(n int) string {
	if c.point {
		return strconv.Itoa(n) + ".0"
	}
	return strconv.Itoa(n)
}

// decimal writes n hundredths, tenths … with that many digits after the point.
func decimal(n, digits int) string {
	if digits == 0 {
		return strconv.Itoa(n)
	}
	s := strconv.Itoa(n)
	for len(s) <= digits {
		s = "0" + s
	}
	return s[:len(s)-digits] + "." + s[len(s)-digits:]
}

// vitals adds a set of measurements; a body set has height, weight and BMI.
func (c *chart) vitals(at time.Time, v vitals, enc string, by ref, body bool) {
	o := c.measure(at, loinc("8867-4", "Heart rate"), quantity{c.whole(v.hr), "beats/minute", "/min"}, enc, by)
	o.flag = flag(v.hr, 50, 130)
	if c.age >= 14 && v.hr > 130 {
		o.flag = "HH"
	}
	c.measure(at, loinc("9279-1", "Respiratory rate"), quantity{c.whole(v.rr), "breaths/minute", "/min"}, enc, by)
	c.pressure(at, v.sys, v.dia, enc, by)
	if c.g.Depth == Lite {
		return
	}
	o = c.measure(at, loinc("8310-5", "Body temperature"), quantity{decimal(v.temp, 1), "degrees C", "Cel"}, enc, by)
	o.flag = flag(v.temp, 355, 379)
	c.saturation(at, v.spo2, enc, by)
	if body {
		c.body(at, enc, by)
	}
}

func (c *chart) saturation(at time.Time, spo2 int, enc string, by ref) {
	code := loinc("59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry")
	if c.d.in(4) {
		code = loinc("2708-6", "Oxygen saturation in Arterial blood")
	}
	o := c.measure(at, code, quantity{strconv.Itoa(spo2), "%", "%"}, enc, by)
	if spo2 < 92 {
		o.flag = "L"
	}
	if spo2 < 88 {
		o.flag = "LL"
	}
	o.low, o.high = quantity{"94", "%", "%"}, quantity{"100", "%", "%"}
}

func (c *chart) pressure(at time.Time, sys, dia int, enc string, by ref) {
	o := c.measure(at, loinc("55284-4", "Blood pressure"), quantity{}, enc, by)
	o.parts = []part{
		{code: loinc("8480-6", "Systolic blood pressure"), value: quantity{c.whole(sys), "mmHg", "mm[Hg]"}},
		{code: loinc("8462-4", "Diastolic blood pressure"), value: quantity{c.whole(dia), "mmHg", "mm[Hg]"}},
	}
	if c.age >= 14 {
		o.flag = flag(sys, 90, 160)
	}
}

func (c *chart) body(at time.Time, enc string, by ref) {
	c.measure(at, loinc("29463-7", "Body weight"), quantity{decimal(c.weight, 1), "kg", "kg"}, enc, by)
	c.measure(at, loinc("8302-2", "Body height"), quantity{decimal(c.height*10, 1), "cm", "cm"}, enc, by)
	if c.age >= 2 && c.height > 0 {
		bmi := c.weight * 10000 / (c.height * c.height) // tenths
		c.measure(at, loinc("39156-5", "Body mass index (BMI) [Ratio]"), quantity{decimal(bmi, 1), "kg/m2", "kg/m2"}, enc, by)
	}
}

// flag is the interpretation of a value against its limits.
func flag(v, low, high int) string {
	switch {
	case v < low:
		return "L"
	case v > high:
		return "H"
	}
	return ""
}

// labs adds the illness's laboratory value, at the beginning and at the end.
func (c *chart) labs(l illness, start, until time.Time, enc string) {
	t, ok := labTests(l.lab)
	if !ok {
		return
	}
	for i, v := range []int{t.from, t.to} {
		at := start.Add(40 * time.Minute)
		if i > 0 {
			at = until.Add(-6 * time.Hour)
			if !at.After(start.Add(2 * time.Hour)) {
				return
			}
		}
		v = c.d.near(v, v/12+1)
		o := c.measure(at, t.code, quantity{decimal(v, t.resolution), t.unit, t.unit}, enc, ref{})
		o.category, o.issued = "laboratory", stamp(at.Add(50*time.Minute))
		o.flag = flag(v, t.low, t.high)
		o.low = quantity{decimal(t.low, t.resolution), t.unit, t.unit}
		o.high = quantity{decimal(t.high, t.resolution), t.unit, t.unit}
	}
}

func fourHours(n int) time.Duration { return time.Duration(n) * 4 * time.Hour }
