package app

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"sync"

	"github.com/wardbridge/wardbridge/internal/provider"
	"github.com/wardbridge/wardbridge/internal/provider/adapt"
)

// memories are what was learned of a provider. Where its settings hold the
// tenant, each tenant may be asking a hospital of its own behind the same
// address, and has a memory of its own: what one hospital refuses says nothing
// about another's.
type memories struct {
	perTenant bool
	earlier   map[string]json.RawMessage // by tenant, from an earlier start

	mu        sync.Mutex
	by        map[string]*adapt.Memory // by tenant; "" when all share one
	statement []byte                   // the newest
}

// apart reports whether each tenant may be asking another server behind the
// same provider.
func apart(r *provider.Remote) bool { return perTenant(r) || r.Auth.PerTenant() }

// newMemories are those of a provider, with what was learned earlier.
func newMemories(r *provider.Remote, seen *Observed) *memories {
	m := &memories{
		perTenant: apart(r), earlier: seen.LearnedOf, by: map[string]*adapt.Memory{},
	}
	if !m.perTenant {
		m.earlier = map[string]json.RawMessage{"": seen.Learned}
	}
	return m
}

// of is the memory that serves a tenant.
func (m *memories) of(tenant string) *adapt.Memory {
	if !m.perTenant {
		tenant = ""
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if one := m.by[tenant]; one != nil {
		return one
	}
	one := adapt.NewMemory(m.earlier[tenant])
	if m.statement != nil {
		one.Statement(m.statement)
	}
	m.by[tenant] = one
	return one
}

// heard tells all memories the provider's newest statement.
func (m *memories) heard(statement []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.statement = statement
	for _, one := range m.by {
		one.Statement(statement)
	}
}

// report lists the adaptations of all, each name once.
func (m *memories) report() []Adaptation {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[string]Adaptation{}
	for _, one := range m.by {
		for _, a := range one.Report() {
			if have, ok := all[a.Name]; ok {
				a.Count += have.Count
				if have.Since.Before(a.Since) {
					a.Since, a.Why = have.Since, have.Why
				}
			}
			all[a.Name] = Adaptation(a)
		}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b Adaptation) int { return cmp.Compare(a.Name, b.Name) })
}

// save puts what was learned where the next start finds it. What was learned
// of a tenant that has not asked yet stays.
func (m *memories) save(into *Observed) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.perTenant {
		into.Learned = m.earlier[""]
		if one := m.by[""]; one != nil {
			into.Learned, _ = one.Saved()
		}
		return
	}
	into.LearnedOf = maps.Clone(m.earlier)
	for tenant, one := range m.by {
		if into.LearnedOf == nil {
			into.LearnedOf = map[string]json.RawMessage{}
		}
		into.LearnedOf[tenant], _ = one.Saved()
	}
}
