package patients

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/operation"
)

// restorable is how long a deleted list can be restored.
const restorable = 30 * 24 * time.Hour

// maxLists and maxBeds bound a space and a list.
const (
	maxLists   = 200
	maxBeds    = 500
	maxEntries = 2000
)

// Lists gives a space's lists in order, and those that can be restored, the
// newest deletion first.
func (s *Service) Lists(ctx context.Context, space string) (live, deleted []List, err error) {
	live, deleted = []List{}, []List{}
	err = s.view(ctx, "", func(ctx context.Context, tx Tx, rec *audit.Record) error {
		if _, err := s.enter(ctx, tx, rec, space, Viewer); err != nil {
			return err
		}
		all, err := tx.Lists(ctx, space)
		for _, l := range all {
			switch {
			case l.Deleted.IsZero():
				live = append(live, l)
			case s.now().Sub(l.Deleted) < restorable:
				deleted = append(deleted, l)
			}
		}
		return err
	})
	slices.SortFunc(deleted, func(a, b List) int { return b.Deleted.Compare(a.Deleted) })
	return live, deleted, err
}

// A NewList is a list to make, empty or as a copy.
type NewList struct {
	Space    string
	Channel  string // "" is the first
	Name     string
	Location string
	Schema   string // "" is rounding
	CopyOf   string // list whose patients and columns are copied
}

// CreateList makes a list. A space's first is its default.
func (s *Service) CreateList(ctx context.Context, n NewList) (List, error) {
	var l List
	err := s.change(ctx, "PatientListCreate", func(ctx context.Context, w *work) error {
		a, err := s.enter(ctx, w.tx, w.rec, n.Space, Member)
		if err != nil {
			return err
		}
		l = List{
			ID: newID(), Space: n.Space, Name: cleanLine(n.Name), Location: cleanLine(n.Location), Schema: n.Schema,
			Created: w.now, Changed: w.now, CreatedBy: a.Person.ID, Version: 1,
		}
		w.rec.List = l.ID
		if err := l.judge(); err != nil {
			return err
		}
		if l.Channel, err = channel(ctx, w.tx, n.Space, n.Channel); err != nil {
			return err
		}
		all, err := w.tx.Lists(ctx, n.Space)
		if err != nil {
			return err
		}
		live := liveLists(all)
		if len(live) >= maxLists {
			return operation.Problemf(http.StatusConflict, "too-many", "The space has as many lists as it can. Delete one first.")
		}
		l.Default, l.Position = len(live) == 0, len(live)
		if (n.CopyOf == "" || l.Schema != "") && !schemaKnown(ctx, w.tx, n.Space, cmp.Or(l.Schema, SchemaRounding)) {
			return invalid("schema", "is not there")
		}
		if n.CopyOf == "" {
			l.Schema = cmp.Or(l.Schema, SchemaRounding)
			return w.putList(ctx, l, a)
		}
		return s.copyList(ctx, w, a, n, &l)
	})
	return l, err
}

// copyList makes l with what is on another list of the space.
func (s *Service) copyList(ctx context.Context, w *work, a Asker, n NewList, l *List) error {
	from, err := w.tx.List(ctx, n.CopyOf)
	if err != nil || from.Space != n.Space || !from.Deleted.IsZero() {
		return cmp.Or(err, ErrNotFound)
	}
	l.Schema, l.Beds, l.HideUnoccupied = cmp.Or(l.Schema, from.Schema), from.Beds, from.HideUnoccupied
	l.Location = cmp.Or(l.Location, from.Location)
	if err := w.putList(ctx, *l, a); err != nil {
		return err
	}
	entries, err := w.tx.EntriesOn(ctx, from.ID)
	if err != nil {
		return err
	}
	about(w.rec, entries...)
	for _, e := range entries {
		if _, err := w.copyEntry(ctx, e, *l, a); err != nil {
			return err
		}
	}
	l.Patients = len(entries)
	return nil
}

// judge checks what people type of a list.
func (l List) judge() error {
	if err := fits("name", l.Name, maxName, true); err != nil {
		return err
	}
	if err := fits("location", l.Location, maxName, false); err != nil {
		return err
	}
	if len(l.Beds) > maxBeds {
		return invalid("beds", "are too many")
	}
	for _, b := range l.Beds {
		if err := fits("beds", b, 100, true); err != nil {
			return err
		}
	}
	return nil
}

// putList writes a list and tells those who look at it.
func (w *work) putList(ctx context.Context, l List, a Asker) error {
	if err := w.tx.PutList(ctx, l); err != nil {
		return err
	}
	_, err := w.note(ctx, Change{Space: l.Space, List: l.ID, Kind: ChangeList, By: a.Person.ID})
	return err
}

func liveLists(all []List) []List {
	return slices.DeleteFunc(slices.Clone(all), func(l List) bool { return !l.Deleted.IsZero() })
}

// channel is a space's channel by id, or its first.
func channel(ctx context.Context, tx Tx, space, id string) (string, error) {
	all, err := tx.Channels(ctx, space)
	if err != nil {
		return "", err
	}
	for _, c := range all {
		if id == "" || c.ID == id {
			return c.ID, nil
		}
	}
	if id == "" {
		return "", nil // a space without channels has its lists itself
	}
	return "", invalid("channel", "is not there")
}

func schemaKnown(ctx context.Context, tx Tx, space, id string) bool {
	_, err := schemaOf(ctx, tx, space, id)
	return err == nil
}

// schemaOf is a set of columns, built in or of the space.
func schemaOf(ctx context.Context, tx Tx, space, id string) (Schema, error) {
	if b, ok := builtIn(id); ok {
		b.Space = space
		return b, nil
	}
	own, err := tx.Schemas(ctx, space)
	if err != nil {
		return Schema{}, err
	}
	for _, s := range own {
		if s.ID == id {
			return s, nil
		}
	}
	return Schema{}, ErrNotFound
}

// A ListChange changes a list; nil fields stay. Version is the one that the
// asker saw.
type ListChange struct {
	List           string
	Version        int64
	Name           *string
	Location       *string
	Default        *bool
	Position       *int
	Beds           *[]string
	HideUnoccupied *bool
	Schema         *string
}

// operation is the name under which a change of a list is recorded, and what
// else it changes.
func (c ListChange) operation() (name, detail string) {
	parts := []string{}
	for _, p := range []struct {
		set  bool
		name string
		op   string
	}{
		{c.Name != nil, "name", "PatientListRename"},
		{c.Default != nil, "default", "PatientListDefaultSet"},
		{c.Schema != nil, "columns", "PatientListEditColumns"},
		{c.Location != nil, "location", "PatientListEdit"},
		{c.Position != nil, "position", "PatientListEdit"},
		{c.Beds != nil, "beds", "PatientListEdit"},
		{c.HideUnoccupied != nil, "hideUnoccupied", "PatientListEdit"},
	} {
		if p.set {
			name = cmp.Or(name, p.op)
			parts = append(parts, p.name)
		}
	}
	return cmp.Or(name, "PatientListEdit"), strings.Join(parts, " ")
}

// needs is the role that a change asks for: which beds there are says an owner,
// as a bed that is missing there is missing among the unoccupied ones.
func (c ListChange) needs() Role {
	if c.Beds != nil {
		return Owner
	}
	return Member
}

// ChangeList renames a list, makes it the default, moves it, or sets its
// location, beds and columns.
func (s *Service) ChangeList(ctx context.Context, c ListChange) (List, error) {
	var l List
	var columns []Column
	op, detail := c.operation()
	err := s.change(ctx, op, func(ctx context.Context, w *work) error {
		var a Asker
		var err error
		if l, a, err = s.enterList(ctx, w.tx, w.rec, c.List, c.needs()); err != nil {
			return err
		}
		w.rec.Detail = detail
		if c.Version != l.Version {
			return conflict(l)
		}
		c.apply(&l)
		if err := l.judge(); err != nil {
			return err
		}
		if c.Schema != nil {
			set, err := schemaOf(ctx, w.tx, l.Space, l.Schema)
			if err != nil {
				return invalid("schema", "is not there")
			}
			columns = set.Columns
		}
		l.Version++
		l.Changed = w.now
		if err := w.putList(ctx, l, a); err != nil {
			return err
		}
		if c.Position == nil && c.Default == nil {
			return nil
		}
		return w.arrange(ctx, &l, c.Position)
	})
	if err == nil && c.Schema != nil {
		s.chosen(l.ID, "", columns)
	}
	return l, err
}

func (c ListChange) apply(l *List) {
	set(&l.Default, c.Default)
	set(&l.HideUnoccupied, c.HideUnoccupied)
	set(&l.Schema, c.Schema)
	if c.Name != nil {
		l.Name = cleanLine(*c.Name)
	}
	if c.Location != nil {
		l.Location = cleanLine(*c.Location)
	}
	if c.Beds != nil {
		l.Beds = distinct(*c.Beds)
	}
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// distinct gives beds as typed, each once and none empty.
func distinct(beds []string) []string {
	seen := map[string]bool{}
	out := []string{}
	for _, b := range beds {
		b = cleanLine(b)
		if k := bedKey(b); k != "" && !seen[k] {
			seen[k] = true
			out = append(out, b)
		}
	}
	return out
}

// arrange numbers a space's lists, with l at a position if one is wanted, and
// leaves one default: l if it says so, else the first where l was it.
func (w *work) arrange(ctx context.Context, l *List, position *int) error {
	all, err := w.tx.Lists(ctx, l.Space)
	if err != nil {
		return err
	}
	live := liveLists(all)
	at := slices.IndexFunc(live, func(o List) bool { return o.ID == l.ID })
	if at >= 0 && position != nil {
		live = slices.Delete(live, at, at+1)
		live = slices.Insert(live, min(max(*position, 0), len(live)), *l)
	}
	chosen := ""
	for _, o := range live {
		if o.Default && (chosen == "" || o.ID == l.ID) {
			chosen = o.ID
		}
	}
	if l.Default && l.Deleted.IsZero() {
		chosen = l.ID
	}
	for i, o := range live {
		is := o.ID == chosen || chosen == "" && i == 0
		if o.ID == l.ID {
			l.Position, l.Default = i, is
		}
		if o.Position == i && o.Default == is {
			continue
		}
		o.Position, o.Default = i, is
		if err := w.tx.PutList(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// DeleteList deletes a list; it can be restored for 30 days.
func (s *Service) DeleteList(ctx context.Context, id string) error {
	return s.change(ctx, "PatientListDelete", func(ctx context.Context, w *work) error {
		l, a, err := s.enterList(ctx, w.tx, w.rec, id, Member)
		if err != nil {
			return err
		}
		l.Deleted, l.Changed, l.Default = w.now, w.now, false
		l.Version++
		if err := w.putList(ctx, l, a); err != nil {
			return err
		}
		return w.arrange(ctx, &l, nil)
	})
}

// RestoreList brings a deleted list back, as the last.
func (s *Service) RestoreList(ctx context.Context, id string) (List, error) {
	var l List
	err := s.change(ctx, "PatientListRestore", func(ctx context.Context, w *work) error {
		var a Asker
		var err error
		if l, a, err = s.enterAnyList(ctx, w.tx, w.rec, id, Member); err != nil {
			return err
		}
		switch {
		case l.Deleted.IsZero():
			return nil // someone was faster
		case w.now.Sub(l.Deleted) >= restorable:
			return ErrNotFound
		}
		l.Deleted, l.Changed = time.Time{}, w.now
		l.Version++
		if err := w.putList(ctx, l, a); err != nil {
			return err
		}
		last := maxLists
		return w.arrange(ctx, &l, &last)
	})
	return l, err
}
