package patients

import (
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/chart"
)

// Keys of the row key, which is no column, and of columns that the service
// itself knows. Marks, changes and fields name them.
const (
	KeyBed      = "bed"
	KeyIdentity = "identity"
	KeyEntry    = "entry" // a patient came or left

	KeyLocation    = "location" // where the EHR has the patient: the bed where we typed none
	keyDay         = "day"      // of the stay
	KeySeverity    = "severity"
	KeySummary     = "summary" // the one-liner
	KeyTodo        = "todo"
	KeyContingency = "contingency" // if this, then that
	KeyNote        = "note"
	KeySeen        = "seen" // on a round, today
	KeyOwner       = "owner"

	customPrefix = "custom:"
)

// Types of cells that are edited.
const (
	typeText     = "text"
	typeChoice   = "choice"
	typeDate     = "date"
	typeFlag     = "flag"
	typeNumber   = "number"
	typeSeverity = "severity"
	typePerson   = "person"
	typeTodos    = "todos"
	typeNotes    = "notes"
	typeBed      = "bed"      // of the row key
	typeIdentity = "identity" // of the row key
)

// Severities, gravest first (I-PASS).
var severities = []string{"unstable", "watcher", "stable"}

// Ids of the built-in sets of columns.
const (
	SchemaRounding = "rounding"
	SchemaNursing  = "nursing"
	SchemaHandover = "handover"
)

// Catalogue gives every column that can be chosen, in the order it is offered
// (ui §1.3). Custom columns belong to schemas and are not in it.
func Catalogue() []Column {
	ehr := func(group, key string, kind chart.Kind) Column {
		return Column{Key: key, Group: group, EHR: true, Kind: kind}
	}
	own := func(key, kind string) Column { return Column{Key: key, Group: "own", Type: kind} }
	return []Column{
		ehr("identity", "gender", ""),
		ehr("identity", "gp", ""),
		ehr("identity", "preferred", ""),
		ehr("stay", "status", chart.Encounters),
		ehr("stay", "type", chart.Encounters),
		ehr("stay", KeyLocation, chart.Encounters),
		ehr("stay", "admitted", chart.Encounters),
		ehr("stay", keyDay, chart.Encounters),
		ehr("vitals", "hr", chart.Vitals),
		ehr("vitals", "bp", chart.Vitals),
		ehr("vitals", "rr", chart.Vitals),
		ehr("vitals", "spo2", chart.Vitals),
		ehr("vitals", "temp", chart.Vitals),
		ehr("vitals", "weight", chart.Vitals),
		ehr("vitals", "bmi", chart.Vitals),
		ehr("vitals", "pain", chart.Vitals),
		ehr("problems", "problems", chart.Problems),
		ehr("safety", "allergies", chart.Allergies),
		ehr("treatment", "medications", chart.Medications),
		ehr("cover", "coverage", chart.Coverage),
		own(KeySeverity, typeSeverity),
		own(KeySummary, typeText),
		own(KeyTodo, typeTodos),
		own(KeyContingency, typeText),
		own(KeyNote, typeNotes),
		own(KeySeen, ""),
		own(KeyOwner, typePerson),
		own("code", typeText),
		own("isolation", typeText),
		own("discharge", typeText),
	}
}

// BuiltIn gives the sets of columns that every space has: by role, and small
// enough to fit (PAL-0730, PAL-0740).
func BuiltIn() []Schema {
	make := func(id, name string, keys ...string) Schema {
		s := Schema{ID: id, Name: name, BuiltIn: true, Version: 1}
		for _, c := range Catalogue() {
			if slices.Contains(keys, c.Key) {
				s.Columns = append(s.Columns, c)
			}
		}
		slices.SortFunc(s.Columns, func(a, b Column) int { return slices.Index(keys, a.Key) - slices.Index(keys, b.Key) })
		return s
	}
	return []Schema{
		make(SchemaRounding, "Rounding", KeySeverity, KeySummary, "hr", "bp", "spo2", "temp", "problems", KeyTodo, KeyNote),
		make(SchemaNursing, "Nursing", "hr", "bp", "rr", "spo2", "temp", "pain", "allergies", "isolation", KeyTodo, KeyNote),
		make(SchemaHandover, "Handover", KeySeverity, KeySummary, KeyTodo, KeyContingency, "code", KeyOwner),
	}
}

// builtIn is the built-in schema of an id.
func builtIn(id string) (Schema, bool) {
	for _, s := range BuiltIn() {
		if s.ID == id {
			return s, true
		}
	}
	return Schema{}, false
}

// subList tells columns whose cells are lists: their marks are by item. All
// others hold one value, which replaces the one before it whatever its id.
func subList(key string) bool {
	switch key {
	case "problems", "allergies", "medications", "coverage", KeyTodo, KeyNote:
		return true
	}
	return false
}

// isCustom tells keys of custom columns.
func isCustom(key string) bool { return strings.HasPrefix(key, customPrefix) }

// column finds a column by its key: of the catalogue, of the schema, or a part
// of the row key.
func column(key string, schemas ...Schema) (Column, bool) {
	switch key {
	case KeyBed:
		return Column{Key: KeyBed, Group: "key", Type: typeBed}, true
	case KeyIdentity:
		return Column{Key: KeyIdentity, Group: "key", Type: typeIdentity}, true
	}
	for _, c := range Catalogue() {
		if c.Key == key {
			return c, true
		}
	}
	for _, s := range schemas {
		for _, c := range s.Columns {
			if c.Key == key {
				return c, true
			}
		}
	}
	return Column{}, false
}
