package chart

import (
	"cmp"
	"strconv"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Kinds lists the kinds of data, in the order a page shows them.
func Kinds() []Kind {
	return []Kind{Vitals, Problems, Allergies, Medications, Encounters, Coverage}
}

// Columns are the columns that a kind of data fills (ui §1.3). "" are those of
// the Patient itself.
func Columns(kind Kind) []string {
	switch kind {
	case Vitals:
		keys := make([]string, 0, 9)
		for _, v := range vitalSigns() {
			if v.key != "height" { // on the page, and no column (ui §1.3)
				keys = append(keys, v.key)
			}
		}
		return keys
	case Encounters:
		return []string{"status", "type", "location", "admitted", "day"}
	case Problems, Allergies, Medications, Coverage:
		return []string{string(kind)}
	}
	return []string{"gender", "gp", "preferred"}
}

// Cells are the columns that a kind of data fills, from an answer that came
// whole or, as r says, not.
//
// A cell of one vital sign is its newest reading; one of the stay tells of the
// encounter in progress or, where there is none, the newest that is over: its
// item is not current then. Sub-lists hold what is current. The Note of
// allergies is their [AllergyState].
func Cells(kind Kind, r *Records, now time.Time) map[string]Cell {
	out := map[string]Cell{}
	base := Cell{Status: None, AsOf: r.AsOf}
	for _, c := range Columns(kind) {
		out[c] = base
	}
	put := func(column string, items []Item) {
		c := base
		if c.Items = items; len(items) > 0 {
			c.Status = Loaded
		}
		out[column] = c
	}
	switch kind {
	case Vitals:
		keys, newest, before := latest(readings(r.nodes, now))
		for _, k := range keys {
			if _, ok := out[k]; ok {
				it := newest[k].item(before[k])
				it.Fields = nil
				put(k, []Item{it})
			}
		}
		r.unread(out)
	case Encounters:
		stay := stayItems(encounters(r.nodes), now)
		for column, items := range stay {
			put(column, items)
		}
		if len(stay) == 0 {
			r.partly(out)
		}
	case Problems:
		r.subList(put, kind, problems(r.nodes, now))
	case Medications:
		r.subList(put, kind, medications(r.nodes, now))
	case Coverage:
		r.subList(put, kind, coverages(r.nodes, now))
	case Allergies:
		items, state := allergies(r.nodes)
		if state == KnownAllergies {
			items = withoutNegations(items, r.nodes)
		}
		r.subList(put, kind, items)
		c := out[string(kind)]
		if state = r.doubt(state); state == AllergiesUnavailable {
			c.Status, c.Reason = Failed, r.lacking()
		}
		c.Note = string(state)
		out[string(kind)] = c
	}
	if !r.Complete && kind != Vitals && kind != Encounters {
		r.partly(out)
		c := out[string(kind)]
		c.Total = max(r.Total, len(r.nodes)+1)
		out[string(kind)] = c
	}
	return out
}

// subList puts what is current into a cell.
func (r *Records) subList(put func(string, []Item), kind Kind, all []Item) {
	var now []Item
	for _, it := range all {
		if it.Current {
			it.Fields = nil
			now = append(now, it)
		}
	}
	put(string(kind), now)
}

// NotInNewest is the Note of a cell whose vital sign is not among the newest
// measurements: there may be an older one that was not read.
const NotInNewest = "notInNewest"

// unread marks the vitals that were not found in an answer that goes on.
func (r *Records) unread(cells map[string]Cell) {
	if r.Complete {
		return
	}
	for k, c := range cells {
		if c.Status == None {
			c.Note = NotInNewest
			cells[k] = c
		}
	}
}

// partly: that nothing is shown of a part of an answer is no "none".
func (r *Records) partly(cells map[string]Cell) {
	for k, c := range cells {
		if !r.Complete && c.Status == None {
			c.Status, c.Reason = Failed, r.lacking()
			cells[k] = c
		}
	}
}

// doubt: that nothing, or only a negation, was found in a part of an answer
// says nothing about the whole.
func (r *Records) doubt(s AllergyState) AllergyState {
	if !r.Complete && s != KnownAllergies {
		return AllergiesUnavailable
	}
	return s
}

// lacking is why not all was read.
func (r *Records) lacking() string {
	if r.withheld {
		return ReasonUnexpected
	}
	return ReasonTooMuch
}

func withoutNegations(items []Item, nodes []fhir.Node) []Item {
	negation := map[string]bool{}
	for _, n := range nodes {
		if is, _ := negates(n.Get("code")); is {
			negation[n.Get("id").String()] = true
		}
	}
	out := items[:0:0]
	for _, it := range items {
		if !negation[it.ID] {
			out = append(out, it)
		}
	}
	return out
}

// dayOfStay counts days as wards do: the day of admission is the first.
func dayOfStay(e encounter, now time.Time) (string, bool) {
	at, ok := when(e.start, now.Location())
	if !ok || !e.present() || len(e.start) < len(time.DateOnly) {
		return "", false
	}
	at = at.In(now.Location())
	days := func(t time.Time) int {
		return int(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400)
	}
	n := days(now) - days(at) + 1
	if n < 1 {
		return "", false
	}
	return strconv.Itoa(n), true
}

// Failure are the cells of a kind that could not be read: each says why, and
// whoever keeps them goes on showing what it had.
func Failure(kind Kind, err error) map[string]Cell {
	reason := ReasonOf(err)
	status := Failed
	if reason == ReasonUnsupported {
		status = Unsupported
	}
	out := map[string]Cell{}
	for _, column := range Columns(kind) {
		c := Cell{Status: status, Reason: cmp.Or(reason, ReasonUnexpected)}
		if kind == Allergies {
			c.Note = string(AllergiesUnavailable)
		}
		out[column] = c
	}
	return out
}
