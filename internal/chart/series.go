package chart

import (
	"cmp"
	"slices"
	"strings"
)

// adults is whose normal bands are known here.
const adults = "adults"

// series are the vital signs over time, one for each unit, in the order they
// are shown; newest point first. A normal band is given for adults only.
func series(all []reading, adult bool) []Series {
	type line struct{ key, unit string }
	at := map[line]int{}
	var out []Series
	var lines []line
	for _, r := range all {
		if !r.timed || r.value == nil || r.half {
			continue
		}
		l := line{r.key, r.unit}
		i, ok := at[l]
		if !ok {
			i = len(out)
			at[l] = i
			lines = append(lines, l)
			out = append(out, Series{Vital: r.key, Label: label(r), Unit: shownUnit(r.unit)})
			out[i].draw(r.unit, adult)
		}
		out[i].Points = append(out[i].Points, Point{ID: r.id, Time: r.time, Value: *r.value, Value2: r.value2, Text: r.text, State: r.state})
	}
	order := make([]int, len(out))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(rank(lines[a].key), rank(lines[b].key)), strings.Compare(lines[a].key, lines[b].key),
			out[b].Points[0].Time.Compare(out[a].Points[0].Time))
	})
	sorted := make([]Series, len(out))
	for i, o := range order {
		sorted[i] = out[o]
	}
	return sorted
}

// draw sets the axis and, for adults, the normal band.
func (s *Series) draw(unit string, adult bool) {
	for _, v := range vitalSigns() {
		if v.key != s.Vital {
			continue
		}
		for _, a := range v.axes {
			if a.unit != unit {
				continue
			}
			s.Min, s.Max = &a.min, &a.max
			if adult && a.high > 0 {
				s.Low, s.High, s.Band = &a.low, &a.high, adults
				if a.high2 > 0 {
					s.Low2, s.High2 = &a.low2, &a.high2
				}
			}
		}
	}
}

// rank is a vital's place on the page; others come after those that are known.
func rank(key string) int {
	for i, v := range vitalSigns() {
		if v.key == key {
			return i
		}
	}
	return len(vitalSigns())
}

// label is what a reading is called: as the record calls it.
func label(r reading) string {
	if r.label != "" {
		return r.label
	}
	for _, v := range vitalSigns() {
		if v.key == r.key {
			return v.label
		}
	}
	return r.key
}

// latestItems are the newest reading of each vital, for a table.
func latestItems(all []reading) []Item {
	keys, newest, before := latest(all)
	slices.SortStableFunc(keys, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	out := make([]Item, 0, len(keys))
	for _, k := range keys {
		it := newest[k].item(before[k])
		it.Fields = append([]Field{{"vital", k}, {"name", label(newest[k])}}, it.Fields...)
		if b := before[k]; b != nil {
			it.Fields = append(it.Fields, Field{"before", join(" ", b.text, shownUnit(b.unit))}, Field{"beforeAt", b.at})
		}
		out = append(out, it)
	}
	return out
}
