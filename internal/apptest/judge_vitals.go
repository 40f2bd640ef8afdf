package apptest

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// The LOINC codes of the vital signs that are judged.
var vitalCodes = map[string][]string{
	"hr":   {"8867-4"},
	"bp":   {"55284-4", "85354-9"},
	"spo2": {"2708-6", "59408-5"},
	"temp": {"8310-5", "8331-1"},
}

const (
	systolic  = "8480-6"
	diastolic = "8462-4"
)

// A measure is one measurement in the record: what may be shown of it.
type measure struct {
	id, vital, text string
	number          bool
	at              time.Time
}

// vitals: the newest of each, with the digits of the record, and how many there
// are.
func (j *judging) vitals() {
	var all []measure
	var moments []time.Time
	for _, o := range j.of("Observation") {
		if !isVital(o) || inError(o) || str(o, "status") == "cancelled" {
			continue
		}
		moments = append(moments, measuredAt(o))
		all = append(all, measures(o)...)
	}
	all = paired(all)
	j.total("vitals", len(all))
	drawn := map[string]bool{}
	for _, s := range j.shown.Sections["vitals"].Series {
		for _, p := range s.Points {
			id, _, _ := strings.Cut(p.ID, "#")
			drawn[id] = true
		}
	}
	for _, m := range all {
		whole := !strings.Contains(m.text, "–") // half a pressure is not drawn
		if m.number && whole && !m.at.IsZero() && !drawn[m.id] {
			j.say("a point of the charts", m.id+" "+m.text, "none")
		}
	}
	for vital := range vitalCodes {
		j.newest(vital, all, moments)
	}
}

// isVital: the category says so; a partner adds it by the code where there is
// none (interface §5).
func isVital(o object) bool {
	if at(o, "category") == nil {
		return vitalOf(at(o, "code")) != ""
	}
	return has(at(o, "category"), "vital-signs")
}

// newest wants one of those measured last; of some at one time any is right.
func (j *judging) newest(vital string, all []measure, moments []time.Time) {
	var last time.Time
	var texts []string
	for _, m := range all {
		if m.vital != vital {
			continue
		}
		if len(texts) == 0 || m.at.After(last) {
			last, texts = m.at, nil
		}
		if m.at.Equal(last) {
			texts = append(texts, m.text)
		}
	}
	cell := j.shown.Entry.Cells[vital]
	got := ""
	if len(cell.Items) > 0 {
		got = cell.Items[0].Text
	}
	later := 0
	for _, t := range moments {
		if !t.Before(last) {
			later++
		}
	}
	switch {
	case len(texts) == 0:
		j.say("newest "+vital, "", got)
	case cell.Status == "none" && cell.Note == "notInNewest" && later > newestRead:
	case !slices.Contains(texts, got):
		j.say("newest "+vital, strings.Join(texts, " or "), got)
	case !when(cell.Items[0].Time).Equal(last):
		j.say("time of the newest "+vital, last.Format(time.RFC3339), cell.Items[0].Time)
	}
}

func measuredAt(o object) time.Time {
	return when(cmp.Or(str(o, "effectiveDateTime"), str(o, "effectiveInstant"), str(o, "effectivePeriod", "start"), str(o, "effectivePeriod", "end"), str(o, "issued")))
}

// measures are what one Observation says: a blood pressure is one, of its
// parts; another panel is as many as it has parts.
func measures(o object) (out []measure) {
	t, code, id := measuredAt(o), at(o, "code"), str(o, "id")
	if has(code, vitalCodes["bp"]...) {
		upper, lower := "–", "–"
		for _, c := range list(o, "component") {
			if has(at(c, "code"), systolic) {
				upper = cmp.Or(value(c), upper)
			}
			if has(at(c, "code"), diastolic) {
				lower = cmp.Or(value(c), lower)
			}
		}
		if upper == lower && upper == "–" {
			if s := value(o); s != "" {
				return []measure{{id, "bp", s, number(o), t}}
			}
			return nil
		}
		return []measure{{id, "bp", upper + "/" + lower, true, t}}
	}
	if s := value(o); s != "" {
		return []measure{{id, vitalOf(code), s, number(o), t}}
	}
	for _, c := range list(o, "component") {
		if s := value(c); s != "" {
			out = append(out, measure{id, vitalOf(at(c, "code")), s, number(c), t})
		}
	}
	return out
}

func vitalOf(code any) string {
	for vital, all := range vitalCodes {
		if has(code, all...) {
			return vital
		}
	}
	for _, part := range []string{systolic, diastolic} {
		if has(code, part) {
			return part
		}
	}
	return ""
}

func number(o any) bool {
	return str(o, "valueQuantity", "value") != "" || str(o, "valueInteger") != ""
}

func value(o any) string {
	if v := str(o, "valueQuantity", "value"); v != "" {
		return str(o, "valueQuantity", "comparator") + v
	}
	if v := cmp.Or(str(o, "valueString"), str(o, "valueInteger")); v != "" {
		return v
	}
	if v := at(o, "valueCodeableConcept"); v != nil {
		return cmp.Or(str(v, "text"), str(v, "coding", "display"), str(v, "coding", "code"))
	}
	return ""
}

// paired makes blood pressures of upper and lower ones that were recorded as
// observations of their own at one time.
func paired(all []measure) (out []measure) {
	used := map[int]bool{}
	for i, m := range all {
		if m.vital != systolic {
			continue
		}
		k := slices.IndexFunc(all, func(o measure) bool { return o.vital == diastolic && o.at.Equal(m.at) })
		used[i] = true
		lower := "–"
		if k >= 0 && !used[k] {
			used[k], lower = true, all[k].text
		}
		out = append(out, measure{m.id, "bp", m.text + "/" + lower, true, m.at})
	}
	for i, m := range all {
		if used[i] {
			continue
		}
		if m.vital == diastolic {
			m = measure{m.id, "bp", "–/" + m.text, true, m.at}
		}
		out = append(out, m)
	}
	return out
}
