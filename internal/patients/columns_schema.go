package patients

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/operation"
)

// Bounds of sets of columns.
const (
	maxColumns = 60
	maxChoices = 50
	maxSchemas = 100
)

// A SchemaChange makes a set of columns for everyone (Schema is ""), or changes
// one. Version is the one that the asker saw. List, where set, uses it from now
// on.
type SchemaChange struct {
	Space   string
	Schema  string
	Version int64
	Name    string
	Columns []Column
	List    string
}

// SaveSchema makes or changes a set of columns. Changing it changes every list
// that uses it; a built-in one is left as it is and a copy is made.
func (s *Service) SaveSchema(ctx context.Context, c SchemaChange) (Schema, error) {
	var out Schema
	var lists []string
	err := s.change(ctx, "PatientSchemaUpdate", func(ctx context.Context, w *work) error {
		a, err := s.enter(ctx, w.tx, w.rec, c.Space, Member)
		if err != nil {
			return err
		}
		was, err := w.schemaFor(ctx, c)
		if err != nil {
			return err
		}
		out = Schema{ID: was.ID, Space: c.Space, Name: cleanLine(c.Name), Version: was.Version + 1}
		if was.ID == "" {
			w.rec.Operation = "PatientSchemaCreate"
			out.ID = newID()
		}
		w.rec.Detail = "schema " + out.ID
		if err := fits("name", out.Name, maxName, true); err != nil {
			return err
		}
		known, err := w.tx.Schemas(ctx, c.Space)
		if err != nil {
			return err
		}
		if out.Columns, err = judgeColumns(c.Columns, was, known, a.Role); err != nil {
			return err
		}
		if err := w.tx.PutSchema(ctx, out); err != nil {
			return err
		}
		err = w.useSchema(ctx, c, out, a)
		lists = slices.Collect(maps.Keys(w.lists))
		return err
	})
	if err == nil {
		for _, l := range lists {
			s.chosen(l, "", out.Columns)
		}
	}
	return out, err
}

// schemaFor is the set of columns that c changes; without an id it is to be
// made.
func (w *work) schemaFor(ctx context.Context, c SchemaChange) (Schema, error) {
	if base, ok := builtIn(c.Schema); ok {
		base.ID, base.Version = "", 0
		return base, nil
	}
	all, err := w.tx.Schemas(ctx, c.Space)
	if err != nil {
		return Schema{}, err
	}
	if c.Schema == "" {
		if len(all) >= maxSchemas {
			return Schema{}, operation.Problemf(http.StatusConflict, "too-many", "The space has as many sets of columns as it can. Change one of them.")
		}
		return Schema{}, nil
	}
	i := slices.IndexFunc(all, func(s Schema) bool { return s.ID == c.Schema })
	if i < 0 {
		return Schema{}, ErrNotFound
	}
	if all[i].Version != c.Version {
		return Schema{}, conflict(all[i])
	}
	return all[i], nil
}

// useSchema lets a list use a set of columns, and tells those who look at any
// list that does.
func (w *work) useSchema(ctx context.Context, c SchemaChange, is Schema, a Asker) error {
	lists, err := w.tx.Lists(ctx, c.Space)
	if err != nil {
		return err
	}
	found := c.List == ""
	for _, l := range liveLists(lists) {
		switch {
		case l.ID == c.List:
			found = true
			w.rec.List = l.ID
			l.Schema, l.Changed = is.ID, w.now
			l.Version++
			if err := w.putList(ctx, l, a); err != nil {
				return err
			}
		case l.Schema == is.ID:
			if _, err := w.note(ctx, Change{Space: l.Space, List: l.ID, Kind: ChangeList, By: a.Person.ID}); err != nil {
				return err
			}
		}
	}
	if !found {
		return ErrNotFound
	}
	return nil
}

var customKey = regexp.MustCompile(`^custom:[A-Za-z0-9_-]{1,40}$`)

// judgeColumns checks columns and completes them: those of the catalogue are
// the catalogue's, whatever was sent; custom ones get a key when they are new.
// known are all sets of the space: a custom column is one column in all of
// them, with one type, as cells are of it already, and one answer to who may
// change it. What is for owners only owners remove.
func judgeColumns(in []Column, was Schema, known []Schema, role Role) ([]Column, error) {
	if len(in) == 0 || len(in) > maxColumns {
		return nil, invalid("columns", "must be 1 to 60")
	}
	out := make([]Column, 0, len(in))
	for _, c := range in {
		if !isCustom(c.Key) && c.Key != "" {
			listed, ok := column(c.Key)
			if !ok || listed.Group == "key" {
				return nil, invalid("columns", "name one that is not in the catalogue")
			}
			c = listed
		} else {
			var err error
			if c, err = judgeCustom(c, known, role); err != nil {
				return nil, err
			}
		}
		if slices.ContainsFunc(out, func(o Column) bool { return o.Key == c.Key }) {
			return nil, invalid("columns", "name one twice")
		}
		out = append(out, c)
	}
	for _, c := range was.Columns {
		stays := slices.ContainsFunc(out, func(o Column) bool { return o.Key == c.Key })
		if !stays && isCustom(c.Key) && c.EditBy == Owner && !role.Includes(Owner) {
			return nil, invalid("columns", "lack one that only owners may remove")
		}
	}
	return out, nil
}

func judgeCustom(c Column, known []Schema, role Role) (Column, error) {
	c = Column{
		Key: c.Key, Group: "custom", Label: cleanLine(c.Label), Type: c.Type, Choices: trimmed(c.Choices),
		EditBy: cmp.Or(c.EditBy, Member),
	}
	if c.Key == "" || c.Key == customPrefix {
		c.Key = customPrefix + newID()
	}
	if !customKey.MatchString(c.Key) {
		return c, invalid("columns", "have a custom key that is none")
	}
	if err := fits("label", c.Label, maxName, true); err != nil {
		return c, err
	}
	switch c.Type {
	case typeText, typeDate, typeFlag, typeNumber:
		c.Choices = nil
	case typeChoice:
		if len(c.Choices) == 0 || len(c.Choices) > maxChoices {
			return c, invalid("choices", "must be 1 to 50")
		}
	default:
		return c, invalid("type", "must be text, choice, date, flag or number")
	}
	if c.EditBy != Member && c.EditBy != Owner {
		return c, invalid("editBy", "must be member or owner")
	}
	for _, s := range known {
		i := slices.IndexFunc(s.Columns, func(o Column) bool { return o.Key == c.Key })
		if i < 0 {
			continue
		}
		before := s.Columns[i]
		if before.Type != c.Type {
			return c, invalid("type", "cannot change, as cells are filled in; make a new column")
		}
		if before.EditBy == Owner && c.EditBy != Owner && !role.Includes(Owner) {
			return c, invalid("editBy", "can be changed by owners only")
		}
	}
	return c, nil
}

func trimmed(all []string) []string {
	out := make([]string, 0, len(all))
	for _, s := range all {
		if s = cleanLine(s); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// SetView keeps how the asker likes a list (PAL-0790).
func (s *Service) SetView(ctx context.Context, list string, v View) (View, error) {
	var person string
	var columns []Column
	err := s.storage.Update(ctx, nil, func(ctx context.Context, tx Tx) error {
		l, a, err := s.enterList(ctx, tx, &audit.Record{}, list, Viewer)
		if err != nil {
			return err
		}
		schemas, err := tx.Schemas(ctx, l.Space)
		if err != nil {
			return err
		}
		if v, err = judgeView(v, schemas); err != nil {
			return err
		}
		person, columns = a.Person.ID, chosenColumns(schemaIn(schemas, l), schemas, v.Columns)
		return tx.PutPersonView(ctx, l.ID, a.Person.ID, v)
	})
	if err == nil {
		s.chosen(list, person, columns)
	}
	return v, s.settle(ctx, audit.Record{}, false, err)
}

// judgeView checks a view, and leaves out columns that are gone.
func judgeView(v View, schemas []Schema) (View, error) {
	if len(v.Columns) > maxColumns {
		return v, invalid("columns", "are too many")
	}
	if runes(v.Filter.Text) > maxName || len(v.Filter.Severity) > len(severities) || len(v.Sort) > 100 || len(v.Group) > 100 {
		return v, invalid("filter", "is too long")
	}
	known := func(key string) bool {
		_, ok := column(key, schemas...)
		return ok
	}
	keep := make([]string, 0, len(v.Columns))
	for _, k := range v.Columns {
		if known(k) && k != KeyBed && k != KeyIdentity && !slices.Contains(keep, k) {
			keep = append(keep, k)
		}
	}
	v.Columns = keep
	if key := strings.TrimPrefix(v.Sort, "-"); key != "" && key != "name" && !known(key) {
		v.Sort = ""
	}
	return v, nil
}
