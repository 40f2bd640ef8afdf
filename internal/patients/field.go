package patients

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/operation"
)

// maxText bounds one of our own texts, in characters.
const maxText = 4000

// maxName bounds names of patients, lists and columns.
const maxName = 300

// A FieldChange sets one of our own cells. Base is the number that the asker
// saw on it.
type FieldChange struct {
	Entry  string
	Column string
	Base   int64
	Value  json.RawMessage
}

// SetField changes one of our own cells: the bed, who a patient typed by hand
// is, or a column of ours. When the cell has a newer change than Base nothing
// is written, and the failure carries what is there now.
func (s *Service) SetField(ctx context.Context, f FieldChange) (chart.Cell, error) {
	var cell chart.Cell
	err := s.change(ctx, "PatientDetailsEdit", func(ctx context.Context, w *work) error {
		e, l, a, err := s.enterEntry(ctx, w.tx, w.rec, f.Entry, Member)
		if err != nil {
			return err
		}
		col, err := editable(ctx, w.tx, l, a, e, f.Column)
		if err != nil {
			return err
		}
		w.rec.Detail = col.Key
		if col.Type == typeIdentity {
			cell, err = w.setIdentity(ctx, e, a, f)
			return err
		}
		was, err := ownCell(ctx, w.tx, e, col.Key)
		if err != nil {
			return err
		}
		now := showOwn(col, was)
		if was.Seq > f.Base {
			return conflict(now)
		}
		value, err := readValue(col, f.Value)
		if err != nil {
			return err
		}
		if err := memberOnly(ctx, w.tx, l.Space, col, value); err != nil {
			return err
		}
		if bytes.Equal(value, was.Value) || was.Value == nil && string(value) == "null" {
			cell = now // nothing is different, so nothing happened
			return nil
		}
		is := OwnCell{Entry: e.ID, Column: col.Key, Value: value, By: a.Person.ID, At: w.now}
		if is.Seq, err = w.noteOwn(ctx, e, col, was, is); err != nil {
			return err
		}
		cell = showOwn(col, is)
		return w.tx.PutOwnCell(ctx, e.List, is)
	})
	return cell, err
}

// noteOwn writes the change of a cell of our own, and numbers its entry.
func (w *work) noteOwn(ctx context.Context, e Kept, col Column, was, is OwnCell) (int64, error) {
	c := Change{Space: e.Space, List: e.List, Entry: e.ID, Column: col.Key, By: is.By}
	c.Old, c.New = ownText(was.Value), ownText(is.Value)
	c.Kind = kindOf(c.Old, c.New)
	seq, err := w.note(ctx, c)
	if err != nil {
		return 0, err
	}
	return seq, w.number(ctx, e, seq)
}

// number says on an entry that something of it has a new change.
func (w *work) number(ctx context.Context, e Kept, seq int64) error {
	e.Seq = seq
	return w.tx.PutEntry(ctx, e)
}

// editable is the column whose cell of an entry the asker may change.
func editable(ctx context.Context, tx Tx, l List, a Asker, e Kept, key string) (Column, error) {
	schemas, err := tx.Schemas(ctx, l.Space)
	if err != nil {
		return Column{}, err
	}
	col, ok := column(key, schemas...)
	switch {
	case !ok:
		return col, ErrNotFound
	case col.EHR:
		return col, operation.Problemf(http.StatusConflict, "read-only", "This comes from the record system. Change it there.")
	case col.Type == "", col.Type == typeTodos, col.Type == typeNotes:
		return col, operation.Problemf(http.StatusConflict, "read-only", "This cell has entries of its own. Change one of those.")
	case col.Type == typeIdentity && e.Subject.Connection != "":
		return col, operation.Problemf(http.StatusConflict, "read-only", "Who the patient is comes from the record system. Change it there.")
	case col.EditBy == Owner && !a.Role.Includes(Owner):
		return col, operation.Problemf(http.StatusForbidden, "forbidden", "Only owners of the space may change this column.")
	case e.State == StateMismatch:
		return col, withheld()
	}
	return col, nil
}

// withheld is the answer about our own data of an entry whose record is
// another person's now.
func withheld() error {
	return operation.Problemf(http.StatusConflict, "identity",
		"The record system says that this is another person now. Compare the two and confirm before you go on.")
}

// ownCell is a cell of ours as it is kept; the zero value where there is none.
func ownCell(ctx context.Context, tx Tx, e Kept, key string) (OwnCell, error) {
	cells, err := tx.OwnCells(ctx, e.List, e.ID)
	if err != nil {
		return OwnCell{}, err
	}
	for _, c := range cells {
		if c.Column == key {
			return c, nil
		}
	}
	return OwnCell{Entry: e.ID, Column: key}, nil
}

// readValue judges a new value by its column, and gives it in one form.
func readValue(col Column, raw json.RawMessage) (json.RawMessage, error) {
	const field = "value"
	switch string(raw) {
	case "":
		return nil, invalid(field, "is missing; null empties the cell")
	case "null":
		return raw, nil
	}
	switch col.Type {
	case typeFlag:
		var b bool
		if json.Unmarshal(raw, &b) != nil {
			return nil, invalid(field, "must be yes or no")
		}
		return json.Marshal(b)
	case typeNumber:
		var n json.Number
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		if raw[0] == '"' || dec.Decode(&n) != nil {
			return nil, invalid(field, "must be a number")
		}
		if _, err := n.Float64(); err != nil || len(n) > 40 {
			return nil, invalid(field, "must be a number of at most 40 digits")
		}
		return json.RawMessage(n), nil // as it was typed: 1.10 is not 1.1
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return nil, invalid(field, "must be a text")
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return json.RawMessage("null"), nil
	}
	most := maxText
	switch col.Type {
	case typeSeverity:
		if !slices.Contains(severities, text) {
			return nil, invalid(field, "must be stable, watcher or unstable")
		}
	case typeChoice:
		if !slices.Contains(col.Choices, text) {
			return nil, invalid(field, "is none of the choices")
		}
	case typeDate:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return nil, invalid(field, "must be a date such as 2026-11-23")
		}
	case typeBed:
		text, most = cleanLine(text), 100
	}
	if err := fits(field, text, most, false); err != nil {
		return nil, err
	}
	return json.Marshal(text)
}

// memberOnly refuses an owner who is not in the space.
func memberOnly(ctx context.Context, tx Tx, space string, col Column, value json.RawMessage) error {
	if col.Type != typePerson || string(value) == "null" {
		return nil
	}
	return inSpace(ctx, tx, space, "value", ownText(value))
}

func inSpace(ctx context.Context, tx Tx, space, field, person string) error {
	members, err := tx.Members(ctx, space)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(members, func(m Membership) bool { return m.Person == person }) {
		return invalid(field, "is not a member of the space")
	}
	return nil
}

// ownText is a kept value as text; "" is none.
func ownText(value json.RawMessage) string {
	if len(value) == 0 || string(value) == "null" {
		return ""
	}
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value) // a number or a flag, as written
}

// showOwn is a cell of ours as people see it.
func showOwn(col Column, c OwnCell) chart.Cell {
	cell := chart.Cell{Status: chart.None, Seq: c.Seq, By: c.By, AsOf: c.At}
	text := ownText(c.Value)
	if text == "" {
		return cell
	}
	it := chart.Item{ID: col.Key, Text: text, Current: true, Seq: c.Seq}
	switch col.Type {
	case typePerson:
		it.Owner = text
	case typeNumber:
		if v, err := strconv.ParseFloat(text, 64); err == nil {
			it.Value = &v
		}
	}
	cell.Status, cell.Items = chart.Loaded, []chart.Item{it}
	return cell
}

// setIdentity changes who a patient that was typed by hand is.
func (w *work) setIdentity(ctx context.Context, e Kept, a Asker, f FieldChange) (chart.Cell, error) {
	if e.IdentitySeq > f.Base {
		return chart.Cell{}, conflict(showIdentity(e))
	}
	var id chart.Identity
	dec := json.NewDecoder(bytes.NewReader(f.Value))
	dec.DisallowUnknownFields()
	if dec.Decode(&id) != nil {
		return chart.Cell{}, invalid("value", "must be an identity")
	}
	id, err := typedIdentity(id)
	if err != nil {
		return chart.Cell{}, err
	}
	if id == e.Identity {
		return showIdentity(e), nil
	}
	c := Change{Space: e.Space, List: e.List, Entry: e.ID, Column: KeyIdentity, Kind: ChangeChanged, By: a.Person.ID}
	c.Old, c.New = identityText(e.Identity), identityText(id)
	seq, err := w.note(ctx, c)
	if err != nil {
		return chart.Cell{}, err
	}
	e.Identity, e.IdentitySeq, e.IdentityBy, e.Seq = id, seq, a.Person.ID, seq
	e.Keys, e.Fingerprint = keysOf(e.Subject, id), fingerprint(id)
	return showIdentity(e), w.tx.PutEntry(ctx, e)
}

// showIdentity is who an entry is as a cell, for its number.
func showIdentity(e Kept) chart.Cell {
	return chart.Cell{
		Status: chart.Loaded, Seq: e.IdentitySeq, By: e.IdentityBy,
		Items: []chart.Item{{ID: KeyIdentity, Text: fullName(e.Identity), Detail: e.Identity.Born, Current: true, Seq: e.IdentitySeq}},
	}
}

// typedIdentity judges an identity that someone typed.
func typedIdentity(id chart.Identity) (chart.Identity, error) {
	for _, f := range partsOf(&id) {
		*f = cleanLine(*f)
	}
	if err := fitsIdentity(id); err != nil {
		return id, err
	}
	if id.Family == "" && id.Given == "" && id.Text == "" {
		return id, invalid("family", "is missing; an unknown patient is UNKNOWN, Unknown with a temporary number")
	}
	if id.Born != "" && !isFHIRDate(id.Born) {
		return id, invalid("born", "must be a date such as 1981-11-10, a month or a year")
	}
	if !slices.Contains([]string{"", "male", "female", "other", "unknown"}, id.Gender) {
		return id, invalid("gender", "must be male, female, other or unknown")
	}
	id.Replaced, id.Inactive = "", false
	return id, nil
}

// fitsIdentity checks that no part of an identity is too long. What a record
// system says is kept as it says it, so that asking again finds nothing new.
func fitsIdentity(id chart.Identity) error {
	for _, f := range partsOf(&id) {
		if err := fits("identity", *f, maxName, false); err != nil {
			return err
		}
	}
	return nil
}

func partsOf(id *chart.Identity) []*string {
	return []*string{
		&id.Family, &id.Given, &id.Prefix, &id.Suffix, &id.Text, &id.Preferred, &id.Born, &id.Gender, &id.MRN, &id.GP, &id.Deceased, &id.Replaced,
	}
}

// isFHIRDate tells a year, a month or a day.
func isFHIRDate(s string) bool {
	for _, layout := range []string{"2006", "2006-01", time.DateOnly} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

// fingerprint is what is remembered of who a patient was.
func fingerprint(id chart.Identity) Fingerprint {
	f := Fingerprint{MRN: id.MRN, Family: id.Family, Born: id.Born}
	if f.Family == "" {
		f.Family = id.Text
	}
	return f
}
