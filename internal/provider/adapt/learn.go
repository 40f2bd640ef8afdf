package adapt

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// relearn is how long a finding about a provider holds. Then the provider is
// asked again as if nothing were known.
const relearn = 24 * time.Hour

// relearnType is the same for a whole type that is not found: that may be an
// address that is about to be put right.
const relearnType = 10 * time.Minute

// maxFacts bounds what is remembered of one provider.
const maxFacts = 4096

// A state is what was found about a feature of a provider.
type state string

const (
	unknownState state = ""
	proven       state = "proven"  // taken, and the answer was as it should be
	refused      state = "refused" // answered with an error
	ignored      state = "ignored" // taken, and the answer was not as it should be
)

// A fact is one finding. Since is when it was first found, Until when it no
// longer holds.
type fact struct {
	Is    state     `json:"is"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
}

// Why an adaptation is made.
const (
	WhyDeclared = "declared" // the provider's statement does not list it
	WhyRefused  = "refused"  // the provider refused it
	WhyChecked  = "checked"  // what the provider answered was not what was asked
	WhyRule     = "rule"     // done here whatever the provider can
)

// An Adaptation is something that is done here because the provider does not,
// or cannot be relied upon to. Name is written like a search,
// "Observation?category"; it never holds a value.
type Adaptation struct {
	Name  string
	Why   string // one of the Why constants
	Count int64  // how often since the start; 0 for what is only remembered
	Since time.Time
}

// A Memory is what was learned about one provider. It is safe for concurrent
// use.
type Memory struct {
	mu       sync.Mutex
	facts    map[string]fact
	uses     map[string]*Adaptation
	provider string                     // what the facts are about: software and what it declares
	declared map[string]map[string]bool // search parameters by type; no type when it lists none
	changed  bool
	names    names
	busy     map[string]chan struct{} // what is being found out now
}

// saved is the form of [Memory.Saved].
type saved struct {
	Provider string          `json:"provider,omitempty"`
	Facts    map[string]fact `json:"facts,omitempty"`
}

// NewMemory makes a Memory of what [Memory.Saved] gave earlier, nil for
// nothing. What cannot be read is learned anew.
func NewMemory(earlier []byte) *Memory {
	m := &Memory{facts: map[string]fact{}, uses: map[string]*Adaptation{}}
	var s saved
	if json.Unmarshal(earlier, &s) == nil && len(s.Facts) <= maxFacts {
		m.provider = s.Provider
		for key, f := range s.Facts {
			if f.Is == proven || f.Is == refused || f.Is == ignored {
				m.facts[key] = f
			}
		}
	}
	return m
}

// Statement tells the provider's newest capability statement. When software or
// declared parameters differ from those the facts are about, all is learned
// anew. A body that is no statement changes nothing.
func (m *Memory) Statement(body []byte) {
	doc, err := fhir.Index(body)
	if err != nil {
		return
	}
	root := doc.Root()
	if !root.Get("resourceType").Is("CapabilityStatement") && !root.Get("resourceType").Is("Conformance") {
		return
	}
	declared := declaredIn(root)
	provider := identity(root, declared)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.declared = declared
	if provider == m.provider {
		return
	}
	if m.provider != "" {
		clear(m.facts)
	}
	m.provider, m.changed = provider, true
}

// is tells what holds about a feature now.
func (m *Memory) is(key string) state {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, ok := m.facts[key]
	if !ok || time.Now().After(f.Until) {
		return unknownState
	}
	return f.Is
}

// learn remembers a finding.
func (m *Memory) learn(key string, is state) { m.learnFor(key, is, relearn) }

func (m *Memory) learnFor(key string, is state, hold time.Duration) {
	now := time.Now().UTC().Truncate(time.Second)
	m.mu.Lock()
	defer m.mu.Unlock()
	f, ok := m.facts[key]
	if ok && f.Is == is && now.Before(f.Until.Add(-hold/2)) {
		return // fresh enough: not every answer is worth a change
	}
	if !ok && len(m.facts) >= maxFacts {
		clear(m.facts)
	}
	if !ok || f.Is != is {
		f = fact{Is: is, Since: now}
	}
	f.Until = now.Add(hold)
	m.facts[key], m.changed = f, true
}

// alone waits until nobody else finds out about a subject, so that searches
// that come together learn together. unlock must be called.
func (m *Memory) alone(ctx context.Context, subject string) (unlock func(), err error) {
	for {
		m.mu.Lock()
		done, taken := m.busy[subject]
		if !taken {
			done = make(chan struct{})
			if m.busy == nil {
				m.busy = map[string]chan struct{}{}
			}
			m.busy[subject] = done
			m.mu.Unlock()
			return func() {
				m.mu.Lock()
				delete(m.busy, subject)
				m.mu.Unlock()
				close(done)
			}, nil
		}
		m.mu.Unlock()
		select {
		case <-done:
		case <-ctx.Done():
			return nil, fhir.AsError(ctx.Err())
		}
	}
}

// used counts an adaptation.
func (m *Memory) used(name, why string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.uses[name]
	if a == nil {
		if len(m.uses) >= maxFacts {
			return
		}
		a = &Adaptation{Name: name, Since: time.Now().UTC().Truncate(time.Second)}
		m.uses[name] = a
	}
	a.Why = why
	a.Count++
}

// offers tells whether the statement lists a search parameter of a type. known
// is false when there is no statement, or it lists none of the type.
func (m *Memory) offers(typ, param string) (listed, known bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	params, known := m.declared[typ]
	return params[param], known
}

// Saved is what was learned, as JSON, for [NewMemory], and whether it changed
// since it was last asked for.
func (m *Memory) Saved() (saving []byte, changed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	changed, m.changed = m.changed, false
	saving, err := json.Marshal(saved{Provider: m.provider, Facts: m.facts})
	if err != nil {
		return nil, false // cannot be: strings and times
	}
	return saving, changed
}

// Report lists the adaptations in use, and those that will be when they are
// next needed, by name.
func (m *Memory) Report() []Adaptation {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make(map[string]Adaptation, len(m.uses))
	for name, a := range m.uses {
		all[name] = *a
	}
	for key, f := range m.facts {
		if f.Is == proven || time.Now().After(f.Until) {
			continue
		}
		a := all[key]
		a.Name, a.Since, a.Why = key, f.Since, WhyChecked
		if f.Is == refused {
			a.Why = WhyRefused
		}
		all[key] = a
	}
	return slices.SortedFunc(maps.Values(all), func(a, b Adaptation) int { return cmp.Compare(a.Name, b.Name) })
}
