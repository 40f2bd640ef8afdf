package importer

import (
	"regexp"
	"strings"
	"sync"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// An order holds writes back that would meet one still under way, so that an
// import ends as if its writes were done one after the other, whatever is done
// at once. Two writes meet when they write the same resource, or when one asks
// the store about a type that the other writes.
type order struct {
	mu   sync.Mutex
	left sync.Cond
	busy map[string]int // claims of what is under way
}

func newOrder() *order {
	o := &order{busy: map[string]int{}}
	o.left.L = &o.mu
	return o
}

// Claims are kept in one map: of resources (Patient/1), of types that are
// written (Patient) and of types that the store is asked about (?Patient).
const (
	asked    = "?"
	anything = "" // in place of a type: all of them
)

// A need is what a unit must have for itself.
type need struct {
	resources []string // Patient/1
	writes    []string // types
	asks      []string // types, or anything
}

// enter waits until nothing under way meets n, and claims it. It is for one
// goroutine: the one that keeps the order.
func (o *order) enter(n need) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for !o.free(n) {
		o.left.Wait()
	}
	o.add(n, 1)
}

// leave gives back what enter claimed.
func (o *order) leave(n need) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.add(n, -1)
	o.left.Signal()
}

func (o *order) free(n need) bool {
	for _, r := range n.resources {
		if o.busy[r] > 0 {
			return false
		}
	}
	for _, t := range n.writes {
		if o.busy[asked+t] > 0 || o.busy[asked+anything] > 0 {
			return false
		}
	}
	for _, t := range n.asks {
		if o.busy[t] > 0 {
			return false
		}
	}
	return true
}

func (o *order) add(n need, by int) {
	claim := func(key string) {
		if o.busy[key] += by; o.busy[key] == 0 {
			delete(o.busy, key)
		}
	}
	for _, r := range n.resources {
		claim(r)
	}
	for _, t := range n.writes {
		claim(t)
		claim(anything)
	}
	for _, t := range n.asks {
		claim(asked + t)
	}
}

// needs finds what a write must have for itself.
func needs(req *fhir.Request) need {
	var n need
	entries := req.Entries
	if req.Interaction != fhir.Transaction {
		entries = []fhir.Entry{{Request: req}}
	}
	for _, e := range entries {
		r := e.Request
		n.writes = append(n.writes, r.Type)
		if r.ID != "" {
			n.resources = append(n.resources, r.Type+"/"+r.ID)
		}
		if r.Conditional {
			n.ask(r.Type, r.Criteria)
		}
		if req.Interaction != fhir.Transaction {
			continue // only there conditional references are resolved
		}
		for _, m := range conditionalReference.FindAllSubmatch(r.Body, -1) {
			var criteria []fhir.Param
			for pair := range strings.SplitSeq(string(m[2]), "&") {
				name, _, _ := strings.Cut(pair, "=")
				criteria = append(criteria, fhir.Param{Name: name})
			}
			n.ask(string(m[1]), criteria)
		}
	}
	return n
}

// conditionalReference finds references such as Patient?identifier=1. What it
// takes for one too many only costs time.
var conditionalReference = regexp.MustCompile(`"reference"\s*:\s*"([A-Za-z]+)(?:\?|\\u003[fF])([^"]*)"`)

// ask adds a question about a type. Chains and the like look at other types
// too.
func (n *need) ask(typ string, criteria []fhir.Param) {
	for _, c := range criteria {
		switch name, _, _ := strings.Cut(c.Name, ":"); {
		case name == "_id", name == "_lastUpdated", name == "_tag", name == "_profile", name == "_security":
		case strings.HasPrefix(name, "_"), strings.ContainsAny(c.Name, ".%\\"):
			typ = anything
		}
	}
	n.asks = append(n.asks, typ)
}
