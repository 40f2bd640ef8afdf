package chart

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

const loinc = "http://loinc.org"

// A vital is one vital sign: the codes it goes by, and how it is drawn
// (ui §2.3): a range of the axis that is fixed, and the normal band of adults.
type vital struct {
	key   string
	label string // in English, where the record has no words
	codes []string
	axes  []axis
}

// An axis is how a vital is drawn in one unit. Low and high are the band,
// low2 and high2 that of the diastolic pressure; no band is 0, 0.
type axis struct {
	unit                   string // canonical, as [unitOf] gives it
	min, max               float64
	low, high, low2, high2 float64
}

// vitalSigns are those that have a column, in the order they are shown.
func vitalSigns() []vital {
	return []vital{
		{"hr", "Heart rate", []string{"8867-4", "8893-0", "68999-2", "76282-3"}, []axis{{unit: "/min", min: 30, max: 200, low: 60, high: 100}}},
		{"bp", "Blood pressure", []string{"55284-4", "85354-9", "35094-2"}, []axis{{unit: "mm[Hg]", min: 40, max: 220, low: 90, high: 120, low2: 60, high2: 80}}},
		{"rr", "Respiratory rate", []string{"9279-1"}, []axis{{unit: "/min", min: 4, max: 44, low: 12, high: 20}}},
		{"spo2", "Oxygen saturation", []string{"2708-6", "59408-5"}, []axis{{unit: "%", min: 75, max: 100, low: 95, high: 100}}},
		{"temp", "Temperature", []string{"8310-5", "8331-1", "8332-9", "8328-7", "8333-7", "8329-5", "75539-7", "76011-6", "8334-5"}, []axis{
			{unit: "Cel", min: 34, max: 42, low: 36.1, high: 37.2}, {unit: "[degF]", min: 93, max: 108, low: 97, high: 99},
		}},
		{"weight", "Weight", []string{"29463-7", "3141-9", "3142-7", "8335-2"}, nil},
		{"height", "Height", []string{"8302-2", "3137-7", "8306-3"}, nil},
		{"bmi", "Body mass index", []string{"39156-5"}, []axis{{unit: "kg/m2", min: 10, max: 50, low: 18.5, high: 24.9}}},
		{"pain", "Pain", []string{"72514-3", "38208-5"}, []axis{{unit: "{score}", min: 0, max: 10}, {unit: "", min: 0, max: 10}}},
	}
}

// The parts of a blood pressure, as components or as observations of their own.
const (
	systolic  = "8480-6"
	diastolic = "8462-4"
)

// units are spellings of units, by the one that stands for all.
var units = map[string]string{
	"beats/minute": "/min", "beats/min": "/min", "{beats}/min": "/min", "bpm": "/min", "beats per minute": "/min",
	"breaths/minute": "/min", "breaths/min": "/min", "{breaths}/min": "/min", "breaths per minute": "/min", "1/min": "/min", "/minute": "/min",
	"mmhg": "mm[Hg]", "mm[hg]": "mm[Hg]", "mm hg": "mm[Hg]",
	"°c": "Cel", "c": "Cel", "cel": "Cel", "degc": "Cel", "deg c": "Cel", "degrees c": "Cel", "celsius": "Cel", "degree celsius": "Cel",
	"°f": "[degF]", "f": "[degF]", "[degf]": "[degF]", "degf": "[degF]", "deg f": "[degF]", "degrees f": "[degF]", "fahrenheit": "[degF]",
	"%": "%", "percent": "%", "% o2": "%", "%{oxygen}": "%",
	"kg/m2": "kg/m2", "kg/m^2": "kg/m2", "kg/m²": "kg/m2",
	"lb": "[lb_av]", "lbs": "[lb_av]", "[lb_av]": "[lb_av]", "pounds": "[lb_av]", "in": "[in_i]", "[in_i]": "[in_i]", "inch": "[in_i]", "inches": "[in_i]",
	"kilograms": "kg", "kilogram": "kg", "centimeters": "cm", "centimetres": "cm",
	"score": "{score}", "{score}": "{score}", "points": "{score}", "/10": "{score}",
}

// unitOf is what tells whether two measurements are of one unit: the UCUM code,
// else the unit as it is written, in one spelling.
func unitOf(q fhir.Node) string {
	u := clean(q.Get("code").String())
	if u == "" {
		u = clean(q.Get("unit").String())
	}
	if c, ok := units[strings.ToLower(u)]; ok {
		return c
	}
	return u
}

// shownUnits are how units are written for people.
var shownUnits = map[string]string{
	"/min": "/min", "mm[Hg]": "mmHg", "Cel": "°C", "[degF]": "°F", "{score}": "", "kg/m2": "kg/m²", "[lb_av]": "lb", "[in_i]": "in", "1": "",
}

func shownUnit(canonical string) string {
	if s, ok := shownUnits[canonical]; ok {
		return s
	}
	return canonical
}

// A reading is one measurement of one vital sign.
type reading struct {
	id     string
	key    string // of the vital, or the code
	label  string
	at     string // FHIR date or dateTime
	time   time.Time
	timed  bool
	text   string // with the decimals of the record
	value  *float64
	value2 *float64 // diastolic
	half   bool     // of a blood pressure, one part is missing
	unit   string   // canonical
	state  string
	fields []Field
}

// ahead is how far a clock, or a time zone that was not said, may be off.
const ahead = 24 * time.Hour

// readings are the measurements in Observations, newest first. What was entered
// in error or cancelled, and what says nothing, is left out. What says to be of
// a day to come is as good as without a time: it must not pass for the newest.
func readings(resources []fhir.Node, now time.Time) []reading {
	byCode := map[string]vital{}
	for _, v := range vitalSigns() {
		for _, c := range v.codes {
			byCode[c] = v
		}
	}
	var out []reading
	for _, o := range resources {
		if s := o.Get("status"); s.Is("entered-in-error") || s.Is("cancelled") {
			continue
		}
		out = append(out, observed(o, byCode, now)...)
	}
	out = paired(out)
	slices.SortStableFunc(out, func(a, b reading) int {
		if a.timed != b.timed {
			return cmp.Compare(boolean(b.timed), boolean(a.timed))
		}
		return cmp.Or(b.time.Compare(a.time), strings.Compare(a.id, b.id))
	})
	return out
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// observed are the readings of one Observation: of itself, and of components
// that are vital signs of their own.
func observed(o fhir.Node, byCode map[string]vital, now time.Time) []reading {
	base := reading{id: o.Get("id").String(), at: effective(o), label: text(o.Get("code"))}
	base.time, base.timed = when(base.at, now.Location())
	base.timed = base.timed && base.time.Before(now.Add(ahead))
	if s := o.Get("status").String(); s != "final" {
		base.state = s
	}
	base.fields = fields(
		Field{"method", text(o.Get("method"))}, Field{"bodySite", text(o.Get("bodySite"))},
		Field{"interpretation", strings.Join(texts(o.Get("interpretation")), ", ")}, Field{"note", join("; ", note(o), clean(o.Get("comment").String()))},
	)
	key, known := vitalOf(o.Get("code"), byCode)
	if r := base; known == "bp" {
		if pressure(&r, o) {
			return []reading{r}
		}
		return nil
	} else if measured(&r, o) {
		r.key = cmp.Or(known, key)
		return []reading{r}
	}
	var out []reading
	for c := range o.Get("component").Values() {
		r := base
		if !measured(&r, c) {
			continue
		}
		part, of := vitalOf(c.Get("code"), byCode)
		r.key, r.id = cmp.Or(of, part), base.id+"#"+part
		if s := text(c.Get("code")); s != "" {
			r.label = s
		}
		out = append(out, r)
	}
	return out
}

// vitalOf gives the LOINC code of an observation, else its first code, and the
// vital sign it stands for, "" for another. A concept may have several codes, of
// which one says how it was measured: the plain one tells what it is.
func vitalOf(concept fhir.Node, byCode map[string]vital) (first, known string) {
	part, other := "", ""
	for c := range concept.Get("coding").Values() {
		code := c.Get("code").String()
		if s := c.Get("system"); !s.Is(loinc) && s.Exists() {
			other = cmp.Or(other, code)
			continue
		}
		if v, ok := byCode[code]; ok {
			return code, v.key
		}
		if code == systolic || code == diastolic {
			part = code
		}
		first = cmp.Or(first, code)
	}
	return cmp.Or(part, first, other, text(concept)), ""
}

// effective is when something was measured: effective[x], or issued.
func effective(o fhir.Node) string {
	p := o.Get("effectivePeriod")
	return cmp.Or(o.Get("effectiveDateTime").String(), o.Get("effectiveInstant").String(), p.Get("start").String(), p.Get("end").String(),
		o.Get("effectiveTiming").Get("event").First().String(), o.Get("issued").String())
}

// measured reads value[x] of an observation or a component.
func measured(r *reading, o fhir.Node) bool {
	switch q := o.Get("valueQuantity"); {
	case q.Get("value").IsNumber():
		raw := string(q.Get("value").Raw())
		r.text = clean(q.Get("comparator").String()) + raw
		r.value = number(raw)
		r.unit = unitOf(q)
	case o.Get("valueInteger").IsNumber():
		r.text = string(o.Get("valueInteger").Raw())
		r.value = number(r.text)
	case o.Get("valueCodeableConcept").Exists():
		r.text = text(o.Get("valueCodeableConcept"))
	case o.Get("valueString").Exists():
		r.text = clean(o.Get("valueString").String())
	}
	return r.text != ""
}

func number(raw string) *float64 {
	f, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		return nil
	}
	return &f
}

// missing stands for the part of a blood pressure that was not measured.
const missing = "–"

// pressure reads a blood pressure from its components as one item: "118/76".
func pressure(r *reading, o fhir.Node) bool {
	upper, lower := missing, missing
	for c := range o.Get("component").Values() {
		part := reading{}
		if !measured(&part, c) || part.value == nil {
			continue
		}
		code, _ := vitalOf(c.Get("code"), nil)
		switch {
		case code == systolic && r.value == nil:
			upper, r.value, r.unit = part.text, part.value, cmp.Or(r.unit, part.unit)
		case code == diastolic && r.value2 == nil && (r.unit == "" || r.unit == part.unit):
			lower, r.value2, r.unit = part.text, part.value, cmp.Or(r.unit, part.unit)
		}
	}
	r.key = "bp"
	if r.value == nil && r.value2 == nil {
		return measured(r, o) // "118/76" as text, as some have it
	}
	r.half = r.value == nil || r.value2 == nil
	r.text = upper + "/" + lower
	return true
}

// paired makes one blood pressure of a systolic and a diastolic pressure that
// are observations of their own, measured at the same time in the same unit.
func paired(all []reading) []reading {
	type moment struct{ at, unit string }
	uppers := map[moment]int{}
	for i, r := range all {
		if r.key == systolic && r.value != nil {
			uppers[moment{r.at, r.unit}] = i
		}
	}
	used := map[int]bool{}
	for i, r := range all {
		at := moment{r.at, r.unit}
		up, ok := uppers[at]
		if r.key != diastolic || r.value == nil || !ok {
			continue
		}
		delete(uppers, at)
		u := &all[up]
		u.text, u.value2 = u.text+"/"+r.text, r.value
		u.key, u.label = "bp", ""
		used[i] = true
	}
	out := make([]reading, 0, len(all))
	for i, r := range all {
		if used[i] {
			continue
		}
		switch {
		case r.key == systolic && r.value != nil:
			r.key, r.label, r.half, r.text = "bp", "", true, r.text+"/"+missing
		case r.key == diastolic && r.value != nil:
			r.key, r.label, r.half, r.text = "bp", "", true, missing+"/"+r.text
			r.value, r.value2 = nil, r.value
		}
		out = append(out, r)
	}
	return out
}

// item is a reading as it is shown, with its trend against the one before it.
func (r reading) item(before *reading) Item {
	it := Item{
		ID: r.id, Text: r.text, Value: r.value, Value2: r.value2, Unit: shownUnit(r.unit), Time: r.at, State: r.state, Current: true, Fields: r.fields,
	}
	if r.at != "" {
		it.TimeLabel = "measured"
	}
	if before != nil && before.value != nil && r.value != nil {
		switch {
		case *r.value > *before.value:
			it.Trend = "up"
		case *r.value < *before.value:
			it.Trend = "down"
		default:
			it.Trend = "same"
		}
	}
	return it
}

// latest are the newest reading of each vital and the one before it of the
// same unit, by key, in the order that keys are first met.
func latest(all []reading) (keys []string, newest map[string]reading, before map[string]*reading) {
	newest, before = map[string]reading{}, map[string]*reading{}
	for i := range all {
		r := all[i]
		first, ok := newest[r.key]
		switch {
		case !ok:
			newest[r.key] = r
			keys = append(keys, r.key)
		case before[r.key] == nil && r.unit == first.unit && r.timed && r.value != nil:
			before[r.key] = &all[i]
		}
	}
	return keys, newest, before
}
