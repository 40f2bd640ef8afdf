package patients

import (
	"cmp"
	"slices"
	"time"
)

// A look is how far one person has looked at one list.
type look struct {
	person string
	known  bool // has looked at it at all
	all    int64
	since  time.Time
	parts  map[part]int64 // rows and cells that were looked at later
}

// part is a row, or a cell where column is set.
type part struct{ entry, column string }

func newLook(person string, rows []Seen) look {
	l := look{person: person, parts: map[part]int64{}}
	for _, r := range rows {
		if r.Entry == "" {
			l.known, l.all, l.since = true, r.Seq, r.At
			continue
		}
		l.parts[part{r.Entry, r.Column}] = r.Seq
	}
	return l
}

// seen is the newest change of a cell that the person has looked at.
func (l look) seen(entry, column string) int64 {
	seq := max(l.all, l.parts[part{entry, ""}], l.parts[part{entry, column}])
	if column == KeyLocation { // which shows as the bed where we typed none
		seq = max(seq, l.parts[part{entry, KeyBed}])
	}
	return seq
}

// itemKey is what one mark is about.
type itemKey struct{ entry, column, item string }

// collapse gives one person's marks of the changes of a list, in the order of
// the newest change of each (PAL-0880…0980): what others and the EHR changed
// after the person looked, each item once, from what it first said to what it
// says now. An item that says again what it said has no mark. Who changed an
// item oneself has seen it. entries that came are marked whole, and their cells
// not; of those that are not on the list any more gone speaks.
func collapse(l look, changes []Change) []Mark {
	if !l.known {
		return nil
	}
	type run struct{ first, last Change }
	runs := map[itemKey]*run{}
	for _, c := range changes {
		switch c.Kind {
		case ChangeAdded, ChangeChanged, ChangeRemoved:
		case ChangeMoved: // away; when it comes back nothing is new
			c.Kind, c.New = ChangeRemoved, ""
		default:
			continue
		}
		if c.Entry == "" || c.Seq <= l.seen(c.Entry, c.Column) {
			continue
		}
		key := itemKey{c.Entry, c.Column, c.Item}
		if c.By == l.person {
			delete(runs, key)
			continue
		}
		if r := runs[key]; r != nil {
			r.last = c
		} else {
			runs[key] = &run{c, c}
		}
	}
	marks := make([]Mark, 0, len(runs))
	for key, r := range runs {
		if whole := runs[itemKey{key.entry, KeyEntry, ""}]; key.column != KeyEntry && whole != nil && whole.first.Kind == ChangeAdded {
			continue
		}
		if m, ok := markOf(r.first, r.last); ok {
			marks = append(marks, m)
		}
	}
	slices.SortFunc(marks, func(a, b Mark) int { return cmp.Compare(a.Seq, b.Seq) })
	return marks
}

// markOf joins the first and the last of an item's changes.
func markOf(first, last Change) (Mark, bool) {
	m := Mark{Entry: last.Entry, Column: last.Column, Item: last.Item, Old: first.Old, New: last.New, Seq: last.Seq, At: last.At, By: last.By}
	there, is := first.Kind != ChangeAdded, last.Kind != ChangeRemoved
	switch {
	case !there && !is, there && is && m.Old == m.New && first.Seq != last.Seq:
		return m, false
	case !there:
		m.Kind, m.Old = string(ChangeAdded), ""
	case !is:
		m.Kind, m.New = string(ChangeRemoved), ""
	default:
		m.Kind = string(ChangeChanged)
	}
	return m, true
}

// onList leaves the marks of those entries that are on the list.
func onList(marks []Mark, there map[string]bool) []Mark {
	out := make([]Mark, 0, len(marks))
	for _, m := range marks {
		if there[m.Entry] {
			out = append(out, m)
		}
	}
	return out
}

// gone gives the last change of each entry that left the list after the person
// looked, and was there before: newest first. Who removed one oneself knows.
func gone(l look, changes []Change) []Change {
	if !l.known {
		return nil
	}
	type run struct{ first, last Change }
	runs := map[string]*run{}
	for _, c := range changes {
		if c.Column != KeyEntry || c.Entry == "" || c.Seq <= l.seen(c.Entry, KeyEntry) {
			continue
		}
		if r := runs[c.Entry]; r != nil {
			r.last = c
		} else {
			runs[c.Entry] = &run{c, c}
		}
	}
	var out []Change
	for _, r := range runs {
		left := r.last.Kind == ChangeRemoved || r.last.Kind == ChangeMoved
		if left && r.first.Kind != ChangeAdded && r.last.By != l.person {
			out = append(out, r.last)
		}
	}
	slices.SortFunc(out, func(a, b Change) int { return cmp.Compare(b.Seq, a.Seq) })
	return out
}
