package search

import (
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A program reads every value of a type's parameters in one walk over the
// resource: the paths of all parameters laid over one another.
type program struct {
	root    step
	numbers int               // highest parameter number
	absent  map[uint16]string // token of a parameter that has no value
}

// A step is a place in the resource: what is read there, and where to go on.
type step struct {
	sinks []sink
	edges []edge // by name
}

// An edge leads to a member, or to those of its elements that pass the filter.
type edge struct {
	name, filter, value string
	to                  *step
}

// A sink takes the values of one parameter.
type sink struct {
	number uint16
	typ    Type
	// presence: what is there means true (deceasedDateTime as a token).
	presence bool
	labels   bool       // what people read in a token is wanted too
	parts    *program   // of a composite; its numbers are indexes of components
	need     [][]string // of a composite: members of which each component needs one
}

// absentTokens are the values of parameters defined by an expression that has
// one even where the element is missing: `deceased` is
// `Patient.deceased.exists() and Patient.deceased != false`.
func absentTokens(typ, param string) (string, bool) {
	return "false", typ == "Patient" && param == "deceased"
}

// compile lays the paths of the parameters over one another. Without labels a
// token is not read for :text, nor for :missing, which what people read decides
// where there is no code.
func compile(typ string, params []*Param, labels bool) *program {
	p := &program{absent: map[uint16]string{}}
	for _, def := range params {
		if def.number == 0 {
			continue
		}
		if v, ok := absentTokens(typ, def.Name); ok {
			p.absent[def.number] = v
		}
		if int(def.number) <= p.numbers {
			continue // another parameter that reads the same values
		}
		p.numbers = int(def.number)
		s := sink{number: def.number, typ: def.Type, labels: labels}
		if def.Type == Composite {
			s.parts = &program{numbers: len(def.Components) - 1}
			for i, c := range def.Components {
				s.parts.add(c.paths, sink{number: uint16(i), typ: c.Type})
				s.need = append(s.need, firstMembers(c.paths))
			}
		}
		p.add(def.paths, s)
	}
	p.root.sort()
	return p
}

// firstMembers are the members that the paths begin with, none when one is the
// element itself.
func firstMembers(paths []path) []string {
	var out []string
	for _, at := range paths {
		if len(at) == 0 {
			return nil
		}
		out = append(out, at[0].name)
	}
	return out
}

func (p *program) add(paths []path, s sink) {
	for _, at := range paths {
		place := &p.root
		for _, st := range at {
			place = place.follow(st)
		}
		s.presence = s.typ == Token && len(at) > 0 && strings.HasSuffix(at[len(at)-1].name, "DateTime")
		place.sinks = append(place.sinks, s)
	}
}

func (s *step) follow(st pathStep) *step {
	for _, e := range s.edges {
		if e.name == st.name && e.filter == st.filter && e.value == st.value {
			return e.to
		}
	}
	to := &step{}
	s.edges = append(s.edges, edge{st.name, st.filter, st.value, to})
	return to
}

func (s *step) sort() {
	slices.SortStableFunc(s.edges, func(a, b edge) int { return strings.Compare(a.name, b.name) })
	for _, e := range s.edges {
		e.to.sort()
	}
	for _, k := range s.sinks {
		if k.parts != nil {
			k.parts.root.sort()
		}
	}
}

// find gives the edges of a name.
func (s *step) find(name string) []edge {
	lo, hi := 0, len(s.edges)
	for lo < hi {
		if mid := (lo + hi) / 2; s.edges[mid].name < name {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	for hi < len(s.edges) && s.edges[hi].name == name {
		hi++
	}
	return s.edges[lo:hi]
}

// run walks n and hands what it finds to r. Arrays are entered wherever they
// are, so the cardinality of an element does not matter.
func (s *step) run(n fhir.Node, r *reader) {
	if n.IsArray() {
		for c := range n.Children() {
			s.run(c, r)
		}
		return
	}
	for i := range s.sinks {
		r.read(n, &s.sinks[i])
	}
	if len(s.edges) == 0 || !n.IsObject() {
		return
	}
	for member := range n.Children() {
		for _, e := range s.find(member.Name()) {
			if e.filter == "" {
				e.to.run(member, r)
				continue
			}
			for v := range member.Values() {
				if v.Get(e.filter).Is(e.value) {
					e.to.run(v, r)
				}
			}
		}
	}
}
