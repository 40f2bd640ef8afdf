package patients

import (
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/chart"
)

// A ChangeKind says what a change is. Only the first three can become marks.
type ChangeKind string

// Kinds of changes.
const (
	ChangeAdded   ChangeKind = "added"
	ChangeChanged ChangeKind = "changed"
	ChangeRemoved ChangeKind = "removed"

	ChangeMoved  ChangeKind = "moved"  // an entry to another list: New is its id
	ChangeCopied ChangeKind = "copied" // an entry from another list: Old is the entry, New the list
	ChangeFirst  ChangeKind = "first"  // the EHR's first word on a cell, which nobody can have seen otherwise
	ChangeStatus ChangeKind = "status" // the cell's text is as it was; how asking went, or when it was measured, is not
	ChangeList   ChangeKind = "list"   // name, columns, beds or order of the list
	ChangeRound  ChangeKind = "round"  // a round began, went on or ended
	ChangeSeen   ChangeKind = "seen"   // a patient was seen on a round
	ChangeState  ChangeKind = "state"  // who the entry is: mismatch, merged, confirmed …
)

// A difference is what one item of a cell became.
type difference struct {
	item     string
	kind     ChangeKind
	old, new string
}

// compare gives what is different in text or value between two cells of a
// column, and carries the numbers of unchanged items over to the new cell. A
// newer time of asking or measuring alone is no difference. Cells of one value
// are compared as a whole; in sub-lists an item is known by its id, or by
// saying the same under a new id.
func compare(column string, was, is *chart.Cell) []difference {
	if column == keyDay { // which only tells that time has passed
		for i := range is.Items {
			is.Items[i].Seq = was.Seq
		}
		return nil
	}
	if !subList(column) {
		before, after := cellText(*was), cellText(*is)
		if before == after && slices.EqualFunc(was.Items, is.Items, sameItem) {
			for i := range is.Items {
				is.Items[i].Seq = was.Items[i].Seq
			}
			return nil
		}
		return []difference{{kind: kindOf(before, after), old: before, new: after}}
	}
	taken := make([]bool, len(was.Items))
	match := func(same func(chart.Item) bool) int {
		i := slices.IndexFunc(was.Items, same)
		for i >= 0 && taken[i] {
			next := slices.IndexFunc(was.Items[i+1:], same)
			if next < 0 {
				return -1
			}
			i += 1 + next
		}
		if i >= 0 {
			taken[i] = true
		}
		return i
	}
	var out []difference
	unmatched := make([]int, 0)
	for i := range is.Items {
		it := &is.Items[i]
		j := match(func(o chart.Item) bool { return o.ID == it.ID })
		if j < 0 {
			unmatched = append(unmatched, i)
			continue
		}
		it.Seq = was.Items[j].Seq
		if !sameItem(was.Items[j], *it) {
			out = append(out, difference{it.ID, ChangeChanged, itemText(was.Items[j]), itemText(*it)})
		}
	}
	for _, i := range unmatched {
		it := &is.Items[i]
		if j := match(func(o chart.Item) bool { return sameItem(o, *it) }); j >= 0 {
			it.Seq = was.Items[j].Seq
			continue
		}
		out = append(out, difference{it.ID, ChangeAdded, "", itemText(*it)})
	}
	for j, o := range was.Items {
		if !taken[j] {
			out = append(out, difference{o.ID, ChangeRemoved, itemText(o), ""})
		}
	}
	return out
}

// sameStatus tells whether nothing else that a reader sees is different: times
// of measuring, how asking went, what is left out. When it was asked is no
// difference.
func sameStatus(was, is chart.Cell) bool {
	if was.Status != is.Status || was.Reason != is.Reason || was.Note != is.Note || was.Total != is.Total || len(was.Items) != len(is.Items) {
		return false
	}
	for i := range is.Items {
		a, b := was.Items[i], is.Items[i]
		if a.ID != b.ID || a.Time != b.Time || a.Trend != b.Trend || a.TimeLabel != b.TimeLabel {
			return false
		}
	}
	return true
}

func kindOf(before, after string) ChangeKind {
	switch {
	case before == "":
		return ChangeAdded
	case after == "":
		return ChangeRemoved
	}
	return ChangeChanged
}

// itemText is what an item says, for marks: text, value and what stands below
// it, without its time.
func itemText(it chart.Item) string {
	text := it.Text
	for _, more := range []string{it.Detail, it.Severity} {
		if more != "" && !strings.Contains(text, more) {
			text += " · " + more
		}
	}
	if it.Unit != "" && !strings.Contains(text, it.Unit) {
		text += " " + it.Unit
	}
	if it.Done {
		text += " ✓"
	}
	switch it.State {
	case "", "final", "active":
	default:
		text += " (" + it.State + ")"
	}
	return text
}

// sameItem tells whether two items say the same, in words and values.
func sameItem(a, b chart.Item) bool {
	same := func(a, b *float64) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
	return same(a.Value, b.Value) && same(a.Value2, b.Value2) && itemText(a) == itemText(b)
}

// cellText is what a cell of one value says.
func cellText(c chart.Cell) string {
	texts := make([]string, 0, len(c.Items))
	for _, it := range c.Items {
		texts = append(texts, itemText(it))
	}
	return strings.Join(texts, "\n")
}
