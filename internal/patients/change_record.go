package patients

import (
	"context"
	"strings"

	"github.com/wardbridge/wardbridge/internal/chart"
)

// Record keeps what the EHR says of one column of an entry: it writes a change
// for each item that differs from what was seen last, numbers the items, and
// keeps the cell. The first word on a cell is no difference. It reports whether
// anything but the time of asking is new; was is what was kept before, nil for
// nothing. A cell that could not be asked keeps what it said (Failed with its
// old items): callers give those in o.
func (w *work) Record(ctx context.Context, e Kept, was *chart.Cell, o Observation) (bool, error) {
	o.Entry = e.ID
	base := Change{Space: e.Space, List: e.List, Entry: e.ID, Column: o.Column}
	fresh := false
	switch {
	case was == nil || was.AsOf.IsZero() && len(was.Items) == 0:
		if o.Cell.AsOf.IsZero() && was != nil && sameStatus(*was, o.Cell) {
			o.Cell.Seq = was.Seq
			break
		}
		base.Kind = ChangeFirst
		seq, err := w.note(ctx, base)
		if err != nil {
			return false, err
		}
		stamp(&o.Cell, seq, func(chart.Item) bool { return true })
		fresh = true
	default:
		o.Cell.Seq = was.Seq
		diffs := compare(o.Column, was, &o.Cell)
		if len(diffs) == 0 && !sameStatus(*was, o.Cell) {
			diffs = []difference{{kind: ChangeStatus}}
		}
		for _, d := range diffs {
			c := base
			c.Item, c.Kind, c.Old, c.New = d.item, d.kind, d.old, d.new
			seq, err := w.note(ctx, c)
			if err != nil {
				return false, err
			}
			o.Cell.Seq, fresh = seq, true
			if d.kind != ChangeStatus {
				stamp(&o.Cell, seq, func(it chart.Item) bool { return d.item == "" || it.ID == d.item })
			}
		}
	}
	return fresh, w.tx.PutObserved(ctx, e.List, o)
}

// stamp numbers a cell and those of its items that are.
func stamp(c *chart.Cell, seq int64, are func(chart.Item) bool) {
	c.Seq = seq
	for i := range c.Items {
		if are(c.Items[i]) {
			c.Items[i].Seq = seq
		}
	}
}

// RecordIdentity keeps who the EHR says an entry is, and in which state the
// entry is since. What a stranger's record says is kept beside what was known
// (other), never in its place.
func (w *work) RecordIdentity(ctx context.Context, e Kept, id chart.Identity, state State, other *chart.Identity) (Kept, error) {
	base := Change{Space: e.Space, List: e.List, Entry: e.ID, Column: KeyIdentity}
	if e.Identity != id {
		c := base
		c.Kind, c.Old, c.New = ChangeChanged, identityText(e.Identity), identityText(id)
		if c.Old == c.New { // something that marks do not show
			c.Kind = ChangeStatus
		}
		seq, err := w.note(ctx, c)
		if err != nil {
			return e, err
		}
		e.Identity, e.IdentitySeq, e.IdentityBy, e.Seq = id, seq, "", seq
		e.Keys = keysOf(e.Subject, id)
	}
	if e.State != state || (e.Other == nil) != (other == nil) || e.Other != nil && *e.Other != *other {
		c := base
		c.Kind, c.Old, c.New = ChangeState, string(e.State), string(state)
		seq, err := w.note(ctx, c)
		if err != nil {
			return e, err
		}
		// Whoever decides names the number of all that they compared.
		e.State, e.Other, e.IdentitySeq, e.Seq = state, other, seq, seq
	}
	return e, w.tx.PutEntry(ctx, e)
}

// identityText is who someone is in one line, for marks.
func identityText(id chart.Identity) string {
	known := []string{fullName(id)}
	for _, more := range []string{id.Born, id.Gender, id.MRN, id.Deceased} {
		if more != "" {
			known = append(known, more)
		}
	}
	return strings.Join(known, " · ")
}

// observe records cells of one list in one transaction, and tells those who
// look at it. Cells that only were asked again are passed on as they are, so
// that their age shows.
func (s *Service) observe(ctx context.Context, list string, cells []Observation) error {
	var again []Event
	err := s.observing(ctx, func(ctx context.Context, w *work) error {
		again = again[:0]
		l, err := w.tx.List(ctx, list)
		if err != nil {
			return err
		}
		entries, err := w.tx.EntriesOn(ctx, l.ID)
		if err != nil {
			return err
		}
		kept, err := w.tx.Observed(ctx, l.ID, "")
		if err != nil {
			return err
		}
		by := make(map[string]Kept, len(entries))
		for _, e := range entries {
			by[e.ID] = e
		}
		was := make(map[part]*chart.Cell, len(kept))
		for i := range kept {
			was[part{kept[i].Entry, kept[i].Column}] = &kept[i].Cell
		}
		for _, o := range cells {
			e, ok := by[o.Entry]
			if !ok || o.Of != (Subject{}) && o.Of != e.Subject || e.State == StateMismatch { // left, relinked, or a stranger's meanwhile
				continue
			}
			fresh, err := w.Record(ctx, e, was[part{o.Entry, o.Column}], o)
			if err != nil {
				return err
			}
			if !fresh && e.State != StateMismatch {
				cell := o.Cell
				cell.Seq = was[part{o.Entry, o.Column}].Seq
				again = append(again, Event{Kind: "cell", Entry: o.Entry, Column: o.Column, Cell: &cell, Identity: e.IdentitySeq})
			}
		}
		return nil
	})
	if err == nil && len(again) > 0 {
		s.hub.Pass(list, again...)
	}
	return err
}
