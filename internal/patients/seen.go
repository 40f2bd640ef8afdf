package patients

import (
	"cmp"
	"context"
	"slices"

	"github.com/wardbridge/wardbridge/internal/audit"
)

// maxChanges bounds how many changes are read at once.
const maxChanges = 5000

// A SeenUpdate says what the asker has looked at: all of a list, a row, or a
// cell, up to a change. Undo brings back what the last of its kind took.
type SeenUpdate struct {
	List   string
	UpTo   int64
	Entry  string
	Column string
	Undo   bool
}

// MarkSeen changes the asker's own marks, and nobody else's (PAL-0930), and
// gives those that are left.
func (s *Service) MarkSeen(ctx context.Context, u SeenUpdate) (marks []Mark, removed []Removed, err error) {
	err = s.storage.Update(ctx, nil, func(ctx context.Context, tx Tx) error {
		l, a, err := s.enterList(ctx, tx, &audit.Record{}, u.List, Viewer)
		if err != nil {
			return err
		}
		if u.Column != "" && u.Entry == "" {
			return invalid("entry", "is missing; a column is of an entry")
		}
		if err := isThere(ctx, tx, l, u); err != nil {
			return err
		}
		rows, err := tx.Seen(ctx, l.ID, a.Person.ID)
		if err != nil {
			return err
		}
		newest, err := tx.LastSeq(ctx)
		if err != nil {
			return err
		}
		u.UpTo = min(u.UpTo, newest) // what is not there yet cannot have been seen
		if err := s.putSeen(ctx, tx, l.ID, a.Person.ID, u, rows); err != nil {
			return err
		}
		if rows, err = tx.Seen(ctx, l.ID, a.Person.ID); err != nil {
			return err
		}
		entries, err := tx.EntriesOn(ctx, l.ID)
		if err != nil {
			return err
		}
		marks, removed, err = marksOf(ctx, tx, l, newLook(a.Person.ID, rows), entries, "")
		return err
	})
	return marks, removed, s.settle(ctx, audit.Record{}, false, err)
}

// isThere refuses a look at what a list never had.
func isThere(ctx context.Context, tx Tx, l List, u SeenUpdate) error {
	if u.Entry == "" {
		return nil
	}
	entries, err := tx.EntriesByID(ctx, l.Space, []string{u.Entry})
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return invalid("entry", "is not there")
	}
	if u.Column == "" || u.Column == KeyEntry {
		return nil
	}
	schemas, err := tx.Schemas(ctx, l.Space)
	if err != nil {
		return err
	}
	// Marks of a column that was removed can be looked at too.
	if _, ok := column(u.Column, schemas...); !ok && !customKey.MatchString(u.Column) {
		return invalid("column", "is not there")
	}
	return nil
}

// putSeen writes one look. A look at everything makes the narrower ones that
// even its undo covers superfluous.
func (s *Service) putSeen(ctx context.Context, tx Tx, list, person string, u SeenUpdate, rows []Seen) error {
	is := Seen{Entry: u.Entry, Column: u.Column}
	i := slices.IndexFunc(rows, func(r Seen) bool { return r.Entry == u.Entry && r.Column == u.Column })
	if i >= 0 {
		is = rows[i]
	}
	switch {
	case u.Undo && i < 0:
		return nil // there is nothing to take back
	case u.Undo:
		is.Seq = is.Before
	case u.UpTo <= is.Seq:
		return nil
	default:
		is.Before, is.Seq, is.At = is.Seq, u.UpTo, s.moment()
	}
	if err := tx.PutSeen(ctx, list, person, is); err != nil {
		return err
	}
	if u.Entry == "" && !u.Undo {
		return tx.ForgetSeen(ctx, list, person, is.Before)
	}
	return nil
}

// marksOf reads one person's marks of a list, and who left it; with entry those
// of one entry.
func marksOf(ctx context.Context, tx Tx, l List, look look, entries []Kept, entry string) ([]Mark, []Removed, error) {
	if !look.known {
		return []Mark{}, []Removed{}, nil
	}
	changes, err := changesAfter(ctx, tx, l.ID, entry, look.all)
	if err != nil {
		return nil, nil, err
	}
	there, hidden := map[string]bool{}, map[string]bool{}
	for _, e := range entries {
		there[e.ID] = true
		hidden[e.ID] = e.State == StateMismatch
	}
	removed, err := removedOf(ctx, tx, l, gone(look, changes), there)
	if err != nil {
		return nil, nil, err
	}
	marks, err := onBed(ctx, tx, l, entry, onList(collapse(look, changes), there))
	return withhold(marks, hidden), removed, err
}

// onBed puts marks of where the EHR has a patient on the bed, where that is
// what the bed shows: that someone was moved is seen at the row's head.
func onBed(ctx context.Context, tx Tx, l List, entry string, marks []Mark) ([]Mark, error) {
	if !slices.ContainsFunc(marks, func(m Mark) bool { return m.Column == KeyLocation }) {
		return marks, nil
	}
	own, err := tx.OwnCells(ctx, l.ID, entry)
	if err != nil {
		return nil, err
	}
	typed := map[string]bool{}
	for _, c := range own {
		typed[c.Entry] = typed[c.Entry] || c.Column == KeyBed && ownText(c.Value) != ""
	}
	for i, m := range marks {
		if m.Column == KeyLocation && !typed[m.Entry] {
			marks[i].Column = KeyBed
		}
	}
	return marks, nil
}

// changesAfter reads all changes after one, some at a time.
func changesAfter(ctx context.Context, tx Tx, list, entry string, after int64) ([]Change, error) {
	var all []Change
	for {
		some, err := tx.Changes(ctx, list, entry, after, maxChanges)
		if err != nil {
			return nil, err
		}
		if all = append(all, some...); len(some) < maxChanges {
			return all, nil
		}
		after = some[len(some)-1].Seq
	}
}

// withhold leaves out marks of our own columns of entries whose record is
// another person's now.
func withhold(marks []Mark, hidden map[string]bool) []Mark {
	return slices.DeleteFunc(marks, func(m Mark) bool { return hidden[m.Entry] && ownColumn(m.Column) })
}

// ownColumn tells columns that hold what we wrote, the bed included.
func ownColumn(key string) bool {
	if key == KeyBed || isCustom(key) {
		return true
	}
	c, ok := column(key)
	return ok && c.Group == "own"
}

// removedOf gives those who left, newest first, with their names while kept.
func removedOf(ctx context.Context, tx Tx, l List, left []Change, there map[string]bool) ([]Removed, error) {
	out := []Removed{}
	ids := make([]string, 0, len(left))
	for _, c := range left {
		if !there[c.Entry] {
			ids = append(ids, c.Entry)
		}
	}
	entries, err := tx.EntriesByID(ctx, l.Space, ids)
	if err != nil || len(entries) == 0 {
		return out, err
	}
	for _, c := range left {
		i := slices.IndexFunc(entries, func(e Kept) bool { return e.ID == c.Entry })
		if i < 0 || there[c.Entry] {
			continue
		}
		r, err := removal(ctx, tx, entries[i], c)
		if err != nil {
			return out, err
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Removed) int { return cmp.Compare(b.Seq, a.Seq) })
	return out, nil
}

// removal is one entry that left by a change.
func removal(ctx context.Context, tx Tx, e Kept, c Change) (Removed, error) {
	r := Removed{Entry: e.ID, Name: fullName(e.Identity), By: c.By, At: c.At, Seq: c.Seq}
	if c.Kind == ChangeMoved {
		r.To = c.New
	}
	cell, err := ownCell(ctx, tx, e, KeyBed)
	if r.Bed = ownText(cell.Value); err != nil || r.Bed != "" && e.State != StateMismatch {
		return r, err
	}
	observed, err := tx.Observed(ctx, e.List, e.ID)
	r.Bed = ""
	for _, o := range observed {
		if o.Column == KeyLocation {
			r.Bed = whereIs(o.Cell)
		}
	}
	return r, err
}

// firstLook begins to remember what a person has seen of a list: when it is
// opened for the first time nothing is marked.
func (s *Service) firstLook(ctx context.Context, list, person string, seq int64) error {
	return s.storage.Update(ctx, nil, func(ctx context.Context, tx Tx) error {
		rows, err := tx.Seen(ctx, list, person)
		if err != nil || newLook(person, rows).known {
			return err
		}
		return tx.PutSeen(ctx, list, person, Seen{Seq: seq, Before: seq, At: s.moment()})
	})
}
