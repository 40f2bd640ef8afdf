package patients_test

import (
	"net/http"
	"testing"

	"github.com/wardbridge/wardbridge/internal/patients"
)

// What only owners may change no member may by way of another set of columns,
// or by removing the column and making it again.
func TestMembersCannotTakeAnOwnersColumn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("7E")
	e := w.add(l.ID, "Okafor", "Ada", "7E-1")
	locked := patients.Column{Key: "custom:code", Label: "Code status", Type: "text", EditBy: patients.Owner}
	hr := patients.Column{Key: "hr"}
	save := func(person string, c patients.SchemaChange) (patients.Schema, error) {
		c.Space = w.space.ID
		return w.SaveSchema(w.as(person), c)
	}
	s := must(save(owner, patients.SchemaChange{Name: "Ward", List: l.ID, Columns: []patients.Column{hr, locked}}))(t)
	open := locked
	open.EditBy = patients.Member
	other := locked
	other.Type = "number"
	for name, c := range map[string]patients.SchemaChange{
		"open in another set":         {Name: "!", Columns: []patients.Column{open}},
		"of another type elsewhere":   {Name: "!", Columns: []patients.Column{other}},
		"removed":                     {Name: "Ward", Schema: s.ID, Version: s.Version, Columns: []patients.Column{hr}},
		"open in a built-in's copy":   {Name: "!", Schema: patients.SchemaRounding, Columns: []patients.Column{open}},
		"another type in the same":    {Name: "Ward", Schema: s.ID, Version: s.Version, Columns: []patients.Column{hr, other}},
		"open to members in the same": {Name: "Ward", Schema: s.ID, Version: s.Version, Columns: []patients.Column{hr, open}},
	} {
		if _, err := save(nurse, c); status(err) != http.StatusUnprocessableEntity {
			t.Errorf("%s: %v, want 422", name, err)
		}
	}
	if _, err := save(nurse, patients.SchemaChange{Name: "Mine", Columns: []patients.Column{locked}}); err != nil {
		t.Errorf("the same column in a set of one's own: %v", err)
	}
	if _, err := w.SetField(w.as(nurse), patients.FieldChange{Entry: e, Column: locked.Key, Value: []byte(`"DNR"`)}); status(err) != http.StatusForbidden {
		t.Errorf("a member changes it: %v, want 403", err)
	}
	if _, err := save(owner, patients.SchemaChange{Name: "Ward", Schema: s.ID, Version: s.Version, Columns: []patients.Column{hr}}); err != nil {
		t.Errorf("an owner removes it: %v", err)
	}
}

// A copied list uses columns that are there.
func TestACopyUsesColumnsThatAreThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("7E")
	_, err := w.CreateList(w.as(owner), patients.NewList{Space: w.space.ID, Name: "Copy", CopyOf: l.ID, Schema: "of-elsewhere"})
	if status(err) != http.StatusUnprocessableEntity {
		t.Errorf("%v, want 422", err)
	}
}
