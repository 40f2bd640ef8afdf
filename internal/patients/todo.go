package patients

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/chart"
)

// doneShown is how long a to-do that was done stays in the list's cell; the
// patient's page keeps it.
const doneShown = 24 * time.Hour

// maxItems bounds to-dos and notes of one entry.
const maxItems = 500

// A NewTodo is something to be done for a patient.
type NewTodo struct {
	Entry string
	Text  string
	Owner string // person id
	Due   string // YYYY-MM-DD or RFC 3339
}

// AddTodo adds a to-do.
func (s *Service) AddTodo(ctx context.Context, n NewTodo) (Todo, error) {
	var t KeptTodo
	err := s.change(ctx, "PatientTodoAdd", func(ctx context.Context, w *work) error {
		e, a, err := s.enterOwn(ctx, w, n.Entry)
		if err != nil {
			return err
		}
		all, err := w.tx.Todos(ctx, e.List, e.ID)
		if err != nil {
			return err
		}
		if len(all) >= maxItems {
			return invalid("text", "is one to-do too many; remove some that are done")
		}
		t = KeptTodo{List: e.List, Todo: Todo{
			ID: newID(), Entry: e.ID, Text: strings.TrimSpace(n.Text), Owner: n.Owner, Due: n.Due, By: a.Person.ID, At: w.now, Version: 1,
		}}
		if err := w.judgeTodo(ctx, e.Space, t.Todo); err != nil {
			return err
		}
		return w.putTodo(ctx, e, &t, a, ChangeAdded, "")
	})
	return t.Todo, err
}

// A TodoChange changes a to-do; nil fields stay. Version is the one that the
// asker saw.
type TodoChange struct {
	Todo    string
	Version int64
	Text    *string
	Owner   *string
	Due     *string
	Done    *bool
}

// ChangeTodo changes a to-do, ticks it off, or takes the tick away.
func (s *Service) ChangeTodo(ctx context.Context, c TodoChange) (Todo, error) {
	var t KeptTodo
	err := s.change(ctx, "PatientTodoEdit", func(ctx context.Context, w *work) error {
		e, a, err := s.enterTodo(ctx, w, c.Todo, &t)
		if err != nil {
			return err
		}
		if c.Version != t.Version {
			return conflict(t.Todo)
		}
		old := todoText(t.Todo)
		if c.Text != nil {
			t.Text = strings.TrimSpace(*c.Text)
		}
		set(&t.Owner, c.Owner)
		set(&t.Due, c.Due)
		if c.Done != nil && *c.Done != t.Done {
			t.Done, t.DoneBy, t.DoneAt = *c.Done, "", time.Time{}
			if t.Done {
				t.DoneBy, t.DoneAt = a.Person.ID, w.now
			}
		}
		if err := w.judgeTodo(ctx, e.Space, t.Todo); err != nil {
			return err
		}
		t.Version++
		return w.putTodo(ctx, e, &t, a, ChangeChanged, old)
	})
	return t.Todo, err
}

// DeleteTodo removes a to-do. version is the one that the asker saw.
func (s *Service) DeleteTodo(ctx context.Context, id string, version int64) error {
	return s.change(ctx, "PatientTodoDelete", func(ctx context.Context, w *work) error {
		var t KeptTodo
		e, a, err := s.enterTodo(ctx, w, id, &t)
		if err != nil {
			return err
		}
		if version != t.Version {
			return conflict(t.Todo)
		}
		seq, err := w.note(ctx, Change{
			Space: e.Space, List: e.List, Entry: e.ID, Column: KeyTodo, Item: t.ID, Kind: ChangeRemoved, Old: todoText(t.Todo), By: a.Person.ID,
		})
		if err != nil {
			return err
		}
		if err := w.number(ctx, e, seq); err != nil {
			return err
		}
		return w.tx.DeleteTodo(ctx, e.List, e.ID, t.ID)
	})
}

// enterOwn enters the space of an entry to change what is ours of it.
func (s *Service) enterOwn(ctx context.Context, w *work, entry string) (Kept, Asker, error) {
	e, _, a, err := s.enterEntry(ctx, w.tx, w.rec, entry, Member)
	if err == nil && e.State == StateMismatch {
		err = withheld()
	}
	return e, a, err
}

func (s *Service) enterTodo(ctx context.Context, w *work, id string, t *KeptTodo) (Kept, Asker, error) {
	if _, err := person(ctx); err != nil {
		return Kept{}, Asker{}, err
	}
	var err error
	if *t, err = w.tx.Todo(ctx, id); err != nil {
		return Kept{}, Asker{}, err
	}
	return s.enterOwn(ctx, w, t.Entry)
}

func (w *work) judgeTodo(ctx context.Context, space string, t Todo) error {
	if err := fits("text", t.Text, maxText, true); err != nil {
		return err
	}
	if t.Due != "" && !isFHIRDate(t.Due) {
		if _, err := time.Parse(time.RFC3339, t.Due); err != nil {
			return invalid("due", "must be a date such as 2026-11-23, or a time in RFC 3339")
		}
	}
	if t.Owner == "" {
		return nil
	}
	return inSpace(ctx, w.tx, space, "owner", t.Owner)
}

func (w *work) putTodo(ctx context.Context, e Kept, t *KeptTodo, a Asker, kind ChangeKind, old string) error {
	c := Change{Space: e.Space, List: e.List, Entry: e.ID, Column: KeyTodo, Item: t.ID, Kind: kind, Old: old, New: todoText(t.Todo), By: a.Person.ID}
	seq, err := w.note(ctx, c)
	if err != nil {
		return err
	}
	t.Seq = seq
	if err := w.number(ctx, e, seq); err != nil {
		return err
	}
	return w.tx.PutTodo(ctx, e.List, *t)
}

// todoText is a to-do in one line, for marks.
func todoText(t Todo) string {
	text := t.Text
	if t.Due != "" {
		text += " · " + t.Due
	}
	if t.Done {
		text += " ✓"
	}
	return text
}

// todoCell is an entry's to-dos as a cell: what is to be done first, the
// nearest due first; then what was done in the last day.
func todoCell(todos []KeptTodo, now time.Time) chart.Cell {
	cell := chart.Cell{Status: chart.None}
	shown := make([]KeptTodo, 0, len(todos))
	for _, t := range todos {
		cell.Seq = max(cell.Seq, t.Seq)
		if !t.Done || now.Sub(t.DoneAt) < doneShown {
			shown = append(shown, t)
		}
	}
	sortTodos(shown)
	for _, t := range shown {
		cell.Status = chart.Loaded
		cell.Items = append(cell.Items, chart.Item{
			ID: t.ID, Text: t.Text, Current: !t.Done, Done: t.Done, Owner: t.Owner, Due: t.Due, Seq: t.Seq, Version: t.Version,
		})
	}
	return cell
}

func sortTodos(todos []KeptTodo) {
	slices.SortStableFunc(todos, func(a, b KeptTodo) int {
		switch {
		case a.Done != b.Done:
			return cmp.Compare(boolInt(a.Done), boolInt(b.Done))
		case a.Due != b.Due:
			return cmp.Or(cmp.Compare(boolInt(a.Due == ""), boolInt(b.Due == "")), cmp.Compare(a.Due, b.Due))
		}
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
	})
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
