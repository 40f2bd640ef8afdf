package search

import (
	"strings"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// maxRounds bounds how far :iterate follows references.
const maxRounds = 5

// A related is an included resource and the references that are its keys.
type related struct {
	match fhir.Match
	ref   string // Type/id
	keys  Keys
	taken bool
}

// included picks, of all includes the server gave, those of the matches shown:
// what they refer to and what refers to them by Want's _include and
// _revinclude, with :iterate further on. A server's other additions are left
// out.
func (g *gathering) included(shown []fhir.Match) []fhir.Match {
	q := g.w.Want
	if len(g.includes) == 0 || len(q.Include)+len(q.RevInclude) == 0 {
		return nil
	}
	matched := make(map[string]bool, len(shown))
	fresh := make([]*related, 0, len(shown))
	for _, m := range shown {
		r := g.related(m)
		matched[r.ref] = true
		fresh = append(fresh, r)
	}
	all := make([]*related, 0, len(g.includes))
	for _, m := range g.includes {
		if r := g.related(m); !matched[r.ref] {
			all = append(all, r)
		}
	}
	var out []fhir.Match
	for round := 0; round < maxRounds && len(fresh) > 0; round++ {
		var next []*related
		for _, r := range all {
			if !r.taken && wants(q, fresh, r, round > 0) {
				r.taken = true
				next = append(next, r)
				out = append(out, r.match)
			}
		}
		fresh = next
	}
	return out
}

func (g *gathering) related(m fhir.Match) *related {
	r := &related{match: m, ref: m.Type + "/" + m.ID}
	if doc, err := m.Index(); err == nil {
		r.keys = g.w.Definitions.Keys(m.Type, doc)
	}
	return r
}

// wants reports whether one of the resources leads to r, or r to one of them.
func wants(q *Query, from []*related, r *related, iterated bool) bool {
	for i := range q.Include {
		inc := &q.Include[i]
		if iterated && !inc.Iterate || inc.Target != "" && inc.Target != r.match.Type {
			continue
		}
		for _, f := range from {
			if f.match.Type == inc.Source && f.leadsTo(inc.Param, r.ref) {
				return true
			}
		}
	}
	for i := range q.RevInclude {
		inc := &q.RevInclude[i]
		if iterated && !inc.Iterate || inc.Source != r.match.Type {
			continue
		}
		for _, f := range from {
			if (inc.Target == "" || inc.Target == f.match.Type) && r.leadsTo(inc.Param, f.ref) {
				return true
			}
		}
	}
	return false
}

func (r *related) leadsTo(p *Param, ref string) bool {
	for i := range r.keys {
		if k := &r.keys[i]; k.Param == p.number && k.Type == Reference && (k.Exact == ref || strings.HasSuffix(k.Exact, "/"+ref)) {
			return true
		}
	}
	return false
}
