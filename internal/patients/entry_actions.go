package patients

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/wardbridge/wardbridge/internal/chart"
)

// An EntryAction is what is done to patients of a list.
type EntryAction string

// Actions on entries.
const (
	RemoveEntries  EntryAction = "remove"
	RestoreEntries EntryAction = "restore" // undo of remove or move
	MoveEntries    EntryAction = "move"
	CopyEntries    EntryAction = "copy"
)

// operation is the name under which an action is recorded.
func (a EntryAction) operation() string {
	switch a {
	case RemoveEntries:
		return "PatientListRemovePatient"
	case RestoreEntries:
		return "PatientListRestorePatient"
	case CopyEntries:
		return "PatientCopied"
	case MoveEntries:
	}
	return "PatientMoved"
}

// ChangeEntries removes patients from a list, brings them back, or moves or
// copies them to another. An entry that is moved keeps its id, notes and
// to-dos; a copy is a new entry with our own fields as they are now. Who is on
// the other list already is not moved there but given as a duplicate.
func (s *Service) ChangeEntries(ctx context.Context, list string, ids []string, action EntryAction, to string) ([]string, []Duplicate, error) {
	var done []string
	var duplicates []Duplicate
	err := s.change(ctx, action.operation(), func(ctx context.Context, w *work) error {
		done, duplicates = []string{}, []Duplicate{}
		l, a, err := s.enterList(ctx, w.tx, w.rec, list, Member)
		if err != nil {
			return err
		}
		ids = distinctIDs(ids)
		if len(ids) == 0 || len(ids) > maxAtOnce {
			return invalid("entries", "must be 1 to 200")
		}
		entries, err := w.tx.EntriesByID(ctx, l.Space, ids)
		if err != nil {
			return err
		}
		if len(entries) != len(ids) {
			return ErrNotFound
		}
		slices.SortFunc(entries, func(x, y Kept) int { return cmp.Compare(slices.Index(ids, x.ID), slices.Index(ids, y.ID)) })
		about(w.rec, entries...)
		var target List
		if action == MoveEntries || action == CopyEntries {
			if target, err = s.target(ctx, w, l, to, len(ids)); err != nil {
				return err
			}
			w.rec.Detail = "to " + target.ID
		}
		for _, e := range entries {
			id, dup, err := s.act(ctx, w, a, e, l, action, target)
			if err != nil {
				return err
			}
			if dup != nil {
				duplicates = append(duplicates, *dup)
				continue
			}
			done = append(done, id)
		}
		return nil
	})
	return done, duplicates, err
}

// target is the list of the same space that patients are moved or copied to.
func (s *Service) target(ctx context.Context, w *work, from List, to string, n int) (List, error) {
	l, err := w.tx.List(ctx, to)
	if errors.Is(err, ErrNotFound) || err == nil && (l.Space != from.Space || !l.Deleted.IsZero()) {
		return l, invalid("to", "is not a list of this space")
	}
	if err != nil {
		return l, err
	}
	if l.ID == from.ID {
		return l, invalid("to", "is the same list")
	}
	return l, room(l, n)
}

// act does one action to one entry, and gives the id that the entry, or its
// copy, has now.
func (s *Service) act(ctx context.Context, w *work, a Asker, e Kept, l List, action EntryAction, target List) (string, *Duplicate, error) {
	if action == RestoreEntries {
		if e.List == l.ID && e.Removed.IsZero() {
			return e.ID, nil, nil // it is back already
		}
		dup, err := w.onAlready(ctx, e, l) // someone may have added the patient anew
		if err != nil || dup != nil {
			return "", dup, err
		}
		return e.ID, nil, w.restore(ctx, e, l, a)
	}
	if e.List != l.ID || !e.Removed.IsZero() {
		return "", nil, ErrNotFound
	}
	switch action {
	case RemoveEntries:
		return e.ID, nil, w.remove(ctx, e, a)
	case MoveEntries, CopyEntries:
		dup, err := w.onAlready(ctx, e, target)
		if err != nil || dup != nil {
			return "", dup, err
		}
		if action == CopyEntries {
			c, err := w.copyEntry(ctx, e, target, a)
			return c.ID, nil, err
		}
		return e.ID, nil, w.move(ctx, e, target, a)
	case RestoreEntries:
	}
	return "", nil, invalid("action", "must be remove, restore, move or copy")
}

// onAlready tells whether a patient is on a list already.
func (w *work) onAlready(ctx context.Context, e Kept, l List) (*Duplicate, error) {
	found, err := duplicatesOf(ctx, w.tx, l.Space, 0, e.Subject, e.Identity)
	if err != nil {
		return nil, err
	}
	for i := range found {
		if d := &found[i]; d.List.ID == l.ID && d.Entry.ID != e.ID && d.Why != "nameAndBorn" {
			return d, nil
		}
	}
	return nil, nil
}

// remove takes a patient from a list. What is known stays for the undo, and
// some days more (ui §6.1).
func (w *work) remove(ctx context.Context, e Kept, a Asker) error {
	seq, err := w.note(ctx, Change{Space: e.Space, List: e.List, Entry: e.ID, Column: KeyEntry, Kind: ChangeRemoved, By: a.Person.ID})
	if err != nil {
		return err
	}
	e.Removed, e.RemovedBy, e.Seq = w.now, a.Person.ID, seq
	return w.tx.PutEntry(ctx, e)
}

// move takes a patient, with all that is ours, to another list.
func (w *work) move(ctx context.Context, e Kept, to List, a Asker) error {
	_, err := w.note(ctx, Change{Space: e.Space, List: e.List, Entry: e.ID, Column: KeyEntry, Kind: ChangeMoved, New: to.ID, By: a.Person.ID})
	if err != nil {
		return err
	}
	if err := w.tx.MoveEntry(ctx, e.ID, e.List, to.ID); err != nil {
		return err
	}
	e.List = to.ID
	return w.came(ctx, &e, a)
}

// restore undoes the removal of a patient from l, or its move from l to
// another list.
func (w *work) restore(ctx context.Context, e Kept, l List, a Asker) error {
	if e.List == l.ID {
		return w.came(ctx, &e, a)
	}
	was, err := w.tx.History(ctx, e.ID, maxHistory)
	if err != nil {
		return err
	}
	// The move must be the last that happened to where it is.
	i := slices.IndexFunc(was, func(c Change) bool {
		return c.Column == KeyEntry && (c.Kind == ChangeMoved || c.Kind == ChangeRemoved)
	})
	if i < 0 || was[i].Kind != ChangeMoved || was[i].List != l.ID || was[i].New != e.List || !e.Removed.IsZero() {
		return ErrNotFound
	}
	return w.move(ctx, e, l, a)
}

// copyEntry puts the same patient on another list as a new entry, with our own
// fields and open to-dos as they are; notes stay with the entry they are about.
func (w *work) copyEntry(ctx context.Context, e Kept, to List, a Asker) (Kept, error) {
	c := e
	c.ID, c.List, c.Added, c.AddedBy, c.IdentitySeq = newID(), to.ID, w.now, a.Person.ID, 0
	if err := w.came(ctx, &c, a); err != nil {
		return c, err
	}
	w.rec.Entries = append(w.rec.Entries, c.ID)
	cells, err := w.tx.OwnCells(ctx, e.List, e.ID)
	if err != nil {
		return c, err
	}
	for _, o := range cells {
		if o.Column == keyDecision {
			continue // it was taken on the other entry
		}
		o.Entry, o.Seq = c.ID, c.Seq
		if err := w.tx.PutOwnCell(ctx, to.ID, o); err != nil {
			return c, err
		}
	}
	todos, err := w.tx.Todos(ctx, e.List, e.ID)
	if err != nil {
		return c, err
	}
	for _, t := range todos {
		if t.Done {
			continue
		}
		t.ID, t.Entry, t.Seq, t.Version = newID(), c.ID, c.Seq, 1
		if err := w.tx.PutTodo(ctx, to.ID, t); err != nil {
			return c, err
		}
	}
	seen, err := w.tx.Observed(ctx, e.List, e.ID)
	if err != nil {
		return c, err
	}
	for _, o := range seen {
		o.Entry = c.ID
		stamp(&o.Cell, c.Seq, func(chart.Item) bool { return true })
		if err := w.tx.PutObserved(ctx, to.ID, o); err != nil {
			return c, err
		}
	}
	_, err = w.note(ctx, Change{
		Space: c.Space, List: c.List, Entry: c.ID, Kind: ChangeCopied, Column: KeyEntry, Old: e.ID, New: e.List, By: a.Person.ID,
	})
	return c, err
}

func distinctIDs(ids []string) []string {
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}
