package search

import (
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A Query is a parsed search on one type. It is immutable.
type Query struct {
	Type       string
	Criteria   []Criterion // all must hold
	Sort       []SortKey   // in order of priority; the id decides last
	Count      int         // -1 when not asked for; 0 wants the total only
	Include    []Include
	RevInclude []Include
	Elements   []string // members to keep; none keeps all
	Summary    string   // "", true, text, data or count
	// Used are the parameters that were honoured, in the version's own
	// spelling; Ignored the names of those that were not understood.
	Used    []fhir.Param
	Ignored []string
}

// A Criterion is one parameter of a search: one of its values must match, or
// none when Not.
type Criterion struct {
	Param   *Param
	Exact   bool  // string: whole value, case and accents count
	Not     bool  // token: no value matches
	Missing *bool // whether the element is absent; Values is then empty
	Values  []Value
}

// A Value is one alternative of a criterion.
type Value struct {
	Text string // as it came, escapes undone

	Words      []string // string: folded; every one must be in some value
	System     string   // token: canonical; quantity: as it came
	AnySystem  bool     // token: no system was said
	Code       string   // token: folded; "" with a system is any code of it
	Refs       []string // reference: the targets that would match
	Suffix     string   // reference: or any target that ends so ("/p1")
	Prefix     Prefix   // date, number, quantity
	Lo, Hi     int64    // date: µs, Hi exclusive
	Number     float64
	Low, High  float64 // number, quantity: by precision
	Components []Value // composite
	Kinds      []Type  // composite: of the components
}

// A SortKey orders by a parameter.
type SortKey struct {
	Param *Param
	Desc  bool
}

// An Include asks for what the matches of Source refer to by Param (or, as
// RevInclude, for the resources of type Source that refer to the matches).
type Include struct {
	Source  string
	Param   *Param
	Target  string // only this type; "" is any
	Iterate bool
}

// Options of [Definitions.Parse]. The zero value works.
type Options struct {
	Strict bool           // unknown parameters are an error
	Zone   *time.Location // of dates that say none; nil is UTC
}
