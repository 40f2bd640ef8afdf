package patients

import (
	"context"
	"slices"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/chart"
)

// maxHistory is how many of an entry's changes its page shows.
const maxHistory = 300

// kinds are the sections of a patient of the EHR, in the order of the page.
var kinds = []chart.Kind{chart.Vitals, chart.Problems, chart.Allergies, chart.Medications, chart.Encounters, chart.Coverage}

// PatientView gives the page of one patient, without the EHR's sections. again
// says that the page is open already and reads what has changed: that is one
// look, which is recorded once, while the same person goes on with it.
func (s *Service) PatientView(ctx context.Context, entry string, again bool) (PatientView, error) {
	var v PatientView
	var g glance
	err := s.view(ctx, "PatientView", func(ctx context.Context, tx Tx, rec *audit.Record) error {
		k, l, a, err := s.enterEntry(ctx, tx, rec, entry, Viewer)
		if err != nil {
			return err
		}
		r, err := s.readList(ctx, tx, l, a, k.ID)
		if err != nil {
			return err
		}
		v = PatientView{Entry: r.entries[0], List: l, Role: a.Role, Kinds: []chart.Kind{}, Columns: r.columns, Round: r.round, Now: r.now}
		if err := r.record(ctx, &v); err != nil {
			return err
		}
		if v.Activity, err = activity(ctx, tx, l, k); err != nil {
			return err
		}
		marks, _, err := marksOf(ctx, tx, l, r.look, r.kept, k.ID)
		if err != nil {
			return err
		}
		v.Marks = marks
		v.Others = r.others(v.Activity, marks)
		if v.Seq, err = tx.LastSeq(ctx); err != nil {
			return err
		}
		if v.People, err = r.names(ctx, v.Marks, nil, v.people()...); err != nil {
			return err
		}
		if g = (glance{a.Person.ID, k.ID}); again && s.fresh.looked(g, s.now()) {
			rec.Operation = "" // that it was refused would have been recorded
		}
		return nil
	})
	if err == nil {
		s.fresh.look(g, s.now())
	}
	return v, err
}

// record adds the connection, and our own notes and to-dos.
func (r *reading) record(ctx context.Context, v *PatientView) error {
	k := r.kept[0]
	if id := k.Subject.Connection; id != "" {
		c, ok, err := orNothing(r.tx.Connection(ctx, id))
		if err != nil {
			return err
		}
		if ok {
			v.Connection = &c
			if c.Removed.IsZero() {
				v.Kinds = slices.Clone(kinds)
			}
		}
	}
	v.Todos, v.Notes = []Todo{}, []Note{}
	if k.State == StateMismatch {
		return nil
	}
	todos, err := r.tx.Todos(ctx, k.List, k.ID)
	if err != nil {
		return err
	}
	sortTodos(todos)
	for _, t := range todos {
		v.Todos = append(v.Todos, t.Todo)
	}
	notes, err := r.tx.Notes(ctx, k.List, k.ID)
	if err != nil {
		return err
	}
	sortNotes(notes)
	for _, n := range notes {
		v.Notes = append(v.Notes, n.Note)
	}
	return nil
}

// activity is what was done to an entry, the newest first.
func activity(ctx context.Context, tx Tx, l List, k Kept) ([]Activity, error) {
	changes, err := tx.History(ctx, k.ID, maxHistory)
	if err != nil {
		return nil, err
	}
	lists, err := tx.Lists(ctx, l.Space)
	if err != nil {
		return nil, err
	}
	name := func(id string) string {
		if i := slices.IndexFunc(lists, func(l List) bool { return l.ID == id }); i >= 0 {
			return lists[i].Name
		}
		return ""
	}
	_, undo, err := lastDecision(ctx, tx, k)
	if err != nil {
		return nil, err
	}
	out := []Activity{}
	for _, c := range changes {
		switch c.Kind { //nolint:exhaustive // all others are shown as they are
		case ChangeFirst, ChangeStatus:
			continue
		case ChangeMoved:
			c.New, c.Old = name(c.New), name(c.List)
		case ChangeCopied:
			c.Old, c.New = name(c.New), name(c.List)
		}
		if k.State == StateMismatch && ownColumn(c.Column) && c.Column != KeySeen {
			c.Old, c.New = "", ""
		}
		done := Activity{Seq: c.Seq, At: c.At, By: c.By, Column: c.Column, Kind: string(c.Kind), Old: c.Old, New: c.New}
		if undo && c.Kind == ChangeState && c.By != "" { // the newest that a person decided
			done.Undo, undo = true, false
		}
		out = append(out, done)
	}
	return out, nil
}

// others are the columns that are spoken of and that the reader has not chosen.
func (r *reading) others(done []Activity, marks []Mark) []Column {
	out := []Column{}
	spoken := func(key string) {
		is := func(c Column) bool { return c.Key == key }
		if c, ok := column(key, r.schemas...); ok && !slices.ContainsFunc(r.columns, is) && !slices.ContainsFunc(out, is) {
			out = append(out, c)
		}
	}
	for _, a := range done {
		spoken(a.Column)
	}
	for _, m := range marks {
		spoken(m.Column)
	}
	return out
}

// people are who appear in notes, to-dos and activity.
func (v *PatientView) people() []string {
	var ids []string
	for _, t := range v.Todos {
		ids = append(ids, t.By, t.Owner, t.DoneBy)
	}
	for _, n := range v.Notes {
		ids = append(ids, n.By)
		for _, h := range n.History {
			ids = append(ids, h.By)
		}
	}
	for _, a := range v.Activity {
		ids = append(ids, a.By)
	}
	return ids
}
