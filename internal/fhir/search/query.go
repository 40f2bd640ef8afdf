package search

import (
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A Query is a parsed search on one type. It is immutable and safe for
// concurrent use.
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

	matcher *matcher
}

// A Criterion is one parameter of a search: one of its values must match, or
// none when Not.
type Criterion struct {
	Param      *Param
	Exact      bool  // string: whole value, case and accents count
	Not        bool  // token: no value matches
	Text       bool  // token: in what people read, not in the code
	Identifier bool  // reference: by identifier; the values are tokens
	Missing    *bool // whether the element is absent; Values is then empty
	Values     []Value

	term *term
}

// A Value is one alternative of a criterion.
type Value struct {
	Text string // as it came, escapes undone

	Words     []string // string: folded; every one must be in some value
	System    string   // token: canonical, "" asks for none; quantity: "" is any
	AnySystem bool     // token: no system was said
	Code      string   // token: folded; "" with a system is any code of it
	Refs      []string // reference: the targets that would match
	Suffix    string   // reference: or any relative target that ends so ("/p1")
	Prefix    Prefix   // date, number, quantity

	// Lo and Hi bound a date in µs, Hi exclusive. LocalLo and LocalHi are the
	// same for what stands in a resource without a zone ([Key.Floating]).
	Lo, Hi           int64
	LocalLo, LocalHi int64

	Number    float64
	Low, High float64 // number, quantity: by precision, High exclusive

	Components []Value // composite
	Kinds      []Type  // composite: of the components

	slack       int64 // what ap leaves open
	slackNumber float64
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
	Now    time.Time      // for prefix ap; zero leaves ap a date's own width
}

// NewQuery makes a query of criteria that were not parsed, such as all that
// refers to one resource. It takes no count and no order.
func NewQuery(typ string, criteria ...Criterion) *Query {
	q := &Query{Type: typ, Criteria: criteria, Count: -1}
	for i := range criteria {
		t := newTerm(&criteria[i])
		criteria[i].term = &t
	}
	q.matcher = newMatcher(criteria)
	return q
}

// Match reports whether a resource matches all criteria. keys are its encoded
// [Keys]; modified is its meta.lastUpdated in µs since 1970. It allocates
// nothing.
func (q *Query) Match(id string, modified int64, keys []byte) bool {
	if q.matcher.of(q.Criteria) {
		return q.matcher.match(id, modified, keys)
	}
	for i := range q.Criteria {
		if !q.Criteria[i].Match(id, modified, keys) {
			return false
		}
	}
	return true
}

// Match reports whether a resource matches this criterion alone.
func (c *Criterion) Match(id string, modified int64, keys []byte) bool {
	t := c.term
	if t == nil {
		made := newTerm(c)
		t = &made
	}
	if t.number == 0 {
		return t.special(id, modified) != t.missing
	}
	return t.met(groupOf(keys, t.number)) != t.missing
}
