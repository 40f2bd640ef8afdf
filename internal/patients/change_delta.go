package patients

import (
	"cmp"
	"context"
	"slices"

	"github.com/wardbridge/wardbridge/internal/audit"
)

// maxDelta is how many changes a reader may have missed; more are better read
// as a whole.
const maxDelta = 1000

// Delta gives what happened to a list after a change, for the signed-in
// person, in the order of the changes, and the number that the next call goes
// on from. Who stops in between, and takes up the stream anywhere, misses
// nothing.
func (s *Service) Delta(ctx context.Context, list string, after int64) (events []Event, seq int64, err error) {
	seq = after
	err = s.view(ctx, "", func(ctx context.Context, tx Tx, rec *audit.Record) error {
		l, a, err := s.enterList(ctx, tx, rec, list, Viewer)
		if err != nil {
			return err
		}
		newest, err := tx.LastSeq(ctx)
		if err != nil {
			return err
		}
		changes, err := tx.Changes(ctx, l.ID, "", after, maxDelta+1)
		if err != nil {
			return err
		}
		if after > newest || len(changes) > maxDelta {
			events, seq = []Event{{Seq: newest, Kind: "reset"}}, newest
			return nil
		}
		seq = newest
		if len(changes) == 0 {
			return nil
		}
		events, err = s.eventsOf(ctx, tx, l, a, changes)
		return err
	})
	return events, seq, err
}

// touched is what changes of a list are about.
type touched struct {
	list, round, names int64
	whole              map[string]int64 // entries that are sent whole
	cells              map[part]int64
}

func touchedBy(changes []Change) touched {
	t := touched{whole: map[string]int64{}, cells: map[part]int64{}}
	for _, c := range changes {
		switch {
		case c.Entry == "" && c.Kind == ChangeRound:
			t.round = c.Seq
		case c.Entry == "":
			t.list = c.Seq
		case c.Column == KeyEntry, c.Column == KeyIdentity, c.Column == KeyBed, c.Column == KeyLocation:
			t.whole[c.Entry], t.names = c.Seq, c.Seq
		default:
			t.cells[part{c.Entry, c.Column}] = c.Seq
		}
		if c.Kind == ChangeSeen {
			t.round = c.Seq
		}
	}
	for p, seq := range t.cells {
		if whole, ok := t.whole[p.entry]; ok {
			t.whole[p.entry] = max(whole, seq)
			delete(t.cells, p)
		}
	}
	return t
}

// only is the one entry whose cells alone are touched, "" when there is more:
// the usual edit of someone is read without the rest of the list.
func (t touched) only() string {
	entry := ""
	for p := range t.cells {
		if entry != "" && p.entry != entry {
			return ""
		}
		entry = p.entry
	}
	if t.list > 0 || t.round > 0 || len(t.whole) > 0 {
		return ""
	}
	return entry
}

// eventsOf makes the events of changes: what there is now, not how it came.
func (s *Service) eventsOf(ctx context.Context, tx Tx, l List, a Asker, changes []Change) ([]Event, error) {
	t := touchedBy(changes)
	only := t.only()
	r, err := s.readList(ctx, tx, l, a, only)
	if err != nil {
		return nil, err
	}
	marks, _, err := marksOf(ctx, tx, l, r.look, r.kept, only)
	if err != nil {
		return nil, err
	}
	events := r.cellEvents(t, marks)
	whole, err := r.entryEvents(ctx, t, marks, changes)
	if err != nil {
		return nil, err
	}
	events = append(events, whole...)
	if t.list > 0 {
		events = append(events, Event{Seq: t.list, Kind: "list"})
	}
	if t.round > 0 {
		events = append(events, Event{Seq: t.round, Kind: "round", Round: r.round})
	}
	if t.names > 0 {
		events = append(events, Event{Seq: t.names, Kind: "names", Names: nameAlerts(r.entries)})
	}
	slices.SortStableFunc(events, func(x, y Event) int { return cmp.Compare(x.Seq, y.Seq) })
	return events, nil
}

func (r *reading) cellEvents(t touched, marks []Mark) []Event {
	var out []Event
	for p, seq := range t.cells {
		i := slices.IndexFunc(r.entries, func(e Entry) bool { return e.ID == p.entry })
		if i < 0 {
			continue
		}
		cell, ok := r.entries[i].Cells[p.column]
		if !ok { // withheld, or of a column that is gone
			continue
		}
		e := Event{
			Seq: seq, Kind: "cell", Entry: p.entry, Column: p.column, Cell: &cell, Identity: r.entries[i].Cells[KeyIdentity].Seq,
		}
		for _, m := range marks {
			if m.Entry == p.entry && m.Column == p.column {
				e.Marks = append(e.Marks, m)
			}
		}
		out = append(out, e)
	}
	return out
}

// entryEvents are of entries that came, left, or changed as a whole.
func (r *reading) entryEvents(ctx context.Context, t touched, marks []Mark, changes []Change) ([]Event, error) {
	r.trim()
	var out []Event
	there := map[string]bool{}
	for i := range r.entries {
		e := r.entries[i]
		there[e.ID] = true
		seq, ok := t.whole[e.ID]
		if !ok {
			continue
		}
		ev := Event{Seq: seq, Kind: "entry", Entry: e.ID, Whole: &e}
		for _, m := range marks {
			if m.Entry == e.ID {
				ev.Marks = append(ev.Marks, m)
			}
		}
		out = append(out, ev)
	}
	var left []Change
	for _, c := range slices.Backward(changes) {
		if c.Column == KeyEntry && (c.Kind == ChangeRemoved || c.Kind == ChangeMoved) && !there[c.Entry] {
			there[c.Entry] = true
			left = append(left, c)
		}
	}
	for _, c := range left {
		there[c.Entry] = false
	}
	removed, err := removedOf(ctx, r.tx, r.list, left, there)
	for i := range removed {
		x := removed[i]
		out = append(out, Event{Seq: x.Seq, Kind: "removed", Entry: x.Entry, Removed: &x})
	}
	return out, err
}
