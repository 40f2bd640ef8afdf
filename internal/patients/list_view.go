package patients

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/chart"
)

// ListView gives a list as the asker sees it: our own data and the EHR's
// last-seen values, read as one moment by a handful of range scans.
func (s *Service) ListView(ctx context.Context, id string) (ListView, error) {
	var v ListView
	var first string
	err := s.view(ctx, "PatientListView", func(ctx context.Context, tx Tx, rec *audit.Record) error {
		l, a, err := s.enterList(ctx, tx, rec, id, Viewer)
		if err != nil {
			return err
		}
		r, err := s.readList(ctx, tx, l, a, "")
		if err != nil {
			return err
		}
		about(rec, r.kept...)
		v, err = r.view(ctx)
		if !r.look.known {
			first = a.Person.ID
		}
		return err
	})
	if err != nil {
		return ListView{}, err
	}
	v.Refresh = s.refreshState(v.List)
	if first != "" {
		v.MarksSince = v.Now
		if err := s.firstLook(ctx, id, first, v.Seq); err != nil {
			return ListView{}, s.settle(ctx, audit.Record{}, false, err)
		}
	}
	return v, nil
}

// A reading is a list, or one entry of it, as read in one transaction.
type reading struct {
	tx      Tx
	list    List
	asker   Asker
	now     time.Time
	zone    *time.Location
	schema  Schema
	schemas []Schema
	own     View
	columns []Column
	kept    []Kept
	entries []Entry
	look    look
	round   *Round
}

// readList reads all of a list, or with entry one entry and its cells.
func (s *Service) readList(ctx context.Context, tx Tx, l List, a Asker, entry string) (*reading, error) {
	r := &reading{tx: tx, list: l, asker: a, now: s.moment(), zone: zoneOf(a.Space)}
	var err error
	if r.schemas, err = tx.Schemas(ctx, l.Space); err != nil {
		return nil, err
	}
	r.schema = schemaIn(r.schemas, l)
	if r.own, err = tx.PersonView(ctx, l.ID, a.Person.ID); err != nil {
		return nil, err
	}
	r.columns = chosenColumns(r.schema, r.schemas, r.own.Columns)
	if entry == "" {
		r.kept, err = tx.EntriesOn(ctx, l.ID)
	} else {
		r.kept, err = tx.EntriesByID(ctx, l.Space, []string{entry})
	}
	if err != nil {
		return nil, err
	}
	rows, err := tx.Seen(ctx, l.ID, a.Person.ID)
	if err != nil {
		return nil, err
	}
	r.look = newLook(a.Person.ID, rows)
	if err := r.readRound(ctx, entry); err != nil {
		return nil, err
	}
	return r, r.readCells(ctx, entry)
}

// schemaIn is a list's set of columns; one that is gone is the default.
func schemaIn(own []Schema, l List) Schema {
	if i := slices.IndexFunc(own, func(s Schema) bool { return s.ID == l.Schema }); i >= 0 {
		return own[i]
	}
	s, ok := builtIn(l.Schema)
	if !ok {
		s, _ = builtIn(SchemaRounding)
	}
	s.Space = l.Space
	return s
}

// chosenColumns are a person's columns of a list, or the list's.
func chosenColumns(s Schema, all []Schema, keys []string) []Column {
	if len(keys) == 0 {
		return s.Columns
	}
	out := make([]Column, 0, len(keys))
	for _, k := range keys {
		if c, ok := column(k, append([]Schema{s}, all...)...); ok && c.Group != "key" {
			out = append(out, c)
		}
	}
	return out
}

func (r *reading) readRound(ctx context.Context, entry string) error {
	round, running, err := orNothing(r.tx.RunningRound(ctx, r.list.ID))
	if err != nil || !running {
		return err
	}
	entries := r.kept
	if entry != "" {
		if entries, err = r.tx.EntriesOn(ctx, r.list.ID); err != nil {
			return err
		}
	}
	round = arrangeRound(round, entries)
	r.round = &round
	return nil
}

// readCells gives every entry its cells.
func (r *reading) readCells(ctx context.Context, entry string) error {
	observed, err := r.tx.Observed(ctx, r.list.ID, entry)
	if err != nil {
		return err
	}
	own, err := r.tx.OwnCells(ctx, r.list.ID, entry)
	if err != nil {
		return err
	}
	todos, err := r.tx.Todos(ctx, r.list.ID, entry)
	if err != nil {
		return err
	}
	notes, err := r.tx.Notes(ctx, r.list.ID, entry)
	if err != nil {
		return err
	}
	seen, err := r.tx.RoundsSeen(ctx, r.list.ID, startOfDay(r.now, r.zone))
	if err != nil {
		return err
	}
	byEntry := make(map[string]map[string]chart.Cell, len(r.kept))
	for _, e := range r.kept {
		byEntry[e.ID] = identityCells(e)
	}
	for _, o := range observed {
		if cells := byEntry[o.Entry]; cells != nil {
			cells[o.Column] = o.Cell
		}
	}
	for _, c := range own {
		col, ok := column(c.Column, r.schemas...)
		if cells := byEntry[c.Entry]; cells != nil && ok {
			cells[c.Column] = showOwn(col, c)
		}
	}
	perTodo, perNote := groupBy(todos, func(t KeptTodo) string { return t.Entry }), groupBy(notes, func(n KeptNote) string { return n.Entry })
	r.entries = make([]Entry, 0, len(r.kept))
	for _, k := range r.kept {
		cells := byEntry[k.ID]
		cells[KeyTodo], cells[KeyNote] = todoCell(perTodo[k.ID], r.now), noteCell(perNote[k.ID])
		n, ok := seen[k.ID]
		cells[KeySeen] = seenCell(n, ok, r.zone)
		r.entries = append(r.entries, finish(k, cells))
	}
	byBed(r.entries)
	return nil
}

func groupBy[T any](all []T, key func(T) string) map[string][]T {
	out := map[string][]T{}
	for _, v := range all {
		out[key(v)] = append(out[key(v)], v)
	}
	return out
}

// identityCells are the cells that follow from who the patient is.
func identityCells(e Kept) map[string]chart.Cell {
	one := func(key, text string) chart.Cell {
		if text == "" {
			return chart.Cell{Status: chart.None}
		}
		return chart.Cell{Status: chart.Loaded, Seq: e.IdentitySeq, Items: []chart.Item{{ID: key, Text: text, Current: true, Seq: e.IdentitySeq}}}
	}
	return map[string]chart.Cell{
		KeyIdentity: showIdentity(e),
		"gender":    one("gender", e.Identity.Gender),
		"gp":        one("gp", e.Identity.GP),
		"preferred": one("preferred", e.Identity.Preferred),
	}
}

// finish gives an entry its cells and its bed, and withholds what is ours where
// the record is another person's now.
func finish(k Kept, cells map[string]chart.Cell) Entry {
	e := k.Entry
	if e.State == StateMismatch {
		maps.DeleteFunc(cells, func(key string, _ chart.Cell) bool { return ownColumn(key) })
	}
	e.Cells = cells
	e.Bed, e.BedFrom = "", ""
	if b := cells[KeyBed]; len(b.Items) > 0 {
		e.Bed, e.BedFrom = b.Items[0].Text, "own"
	} else if text := whereIs(cells[KeyLocation]); text != "" {
		e.Bed, e.BedFrom = text, "ehr"
	}
	for _, c := range cells {
		e.Seq = max(e.Seq, c.Seq)
	}
	return e
}

// whereIs is where the EHR has a patient, "" where the patient is no longer.
func whereIs(location chart.Cell) string {
	if len(location.Items) == 0 || !location.Items[0].Current {
		return ""
	}
	return location.Items[0].Text
}

// view makes the answer.
func (r *reading) view(ctx context.Context) (ListView, error) {
	v := ListView{
		List: r.list, Role: r.asker.Role, Columns: r.columns, Schema: r.schema, View: r.own,
		Entries: r.entries, Unoccupied: unoccupied(r.list.Beds, r.entries), Names: nameAlerts(r.entries),
		MarksSince: r.look.since, Round: r.round, Now: r.now,
	}
	r.trim()
	var err error
	if v.Marks, v.Removed, err = marksOf(ctx, r.tx, r.list, r.look, r.kept, ""); err != nil {
		return v, err
	}
	if v.Seq, err = r.tx.LastSeq(ctx); err != nil {
		return v, err
	}
	v.People, err = r.names(ctx, v.Marks, v.Removed)
	return v, err
}

// trim leaves out cells of the EHR that the asker has no column for.
func (r *reading) trim() {
	keep := map[string]bool{KeyLocation: true}
	for _, c := range r.columns {
		keep[c.Key] = true
	}
	for _, e := range r.entries {
		maps.DeleteFunc(e.Cells, func(key string, _ chart.Cell) bool {
			return !keep[key] && key != KeyIdentity && !ownColumn(key)
		})
	}
}

// names gives the names of all people who appear.
func (r *reading) names(ctx context.Context, marks []Mark, removed []Removed, more ...string) (map[string]string, error) {
	ids := map[string]bool{r.list.CreatedBy: true, r.asker.Person.ID: true}
	for _, id := range more {
		ids[id] = true
	}
	for _, e := range r.entries {
		ids[e.AddedBy] = true
		for _, c := range e.Cells {
			ids[c.By] = true
			for _, it := range c.Items {
				ids[it.Owner] = true
			}
		}
	}
	for _, m := range marks {
		ids[m.By] = true
	}
	for _, x := range removed {
		ids[x.By] = true
	}
	if r.round != nil {
		ids[r.round.By] = true
		for _, n := range r.round.Seen {
			ids[n.By] = true
		}
	}
	delete(ids, "")
	return r.tx.PersonNames(ctx, slices.Sorted(maps.Keys(ids)))
}
