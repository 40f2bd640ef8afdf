package adapt

import (
	"sync"
	"time"
)

// How long a name that was looked up serves, and how many are kept.
const (
	nameFor   = time.Minute
	nameCount = 20_000
)

// names remembers for a moment what references are called, by tenant: another
// tenant's resource may have the same id.
type names struct {
	mu   sync.Mutex
	kept map[nameKey]named
}

type nameKey struct{ tenant, ref string }

type named struct {
	name  string
	until time.Time
}

func (n *names) get(tenant, ref string) (string, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	k, ok := n.kept[nameKey{tenant, ref}]
	if !ok || time.Now().After(k.until) {
		return "", false
	}
	return k.name, true
}

func (n *names) put(tenant, ref, name string) {
	now := time.Now()
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.kept) >= nameCount {
		for key, k := range n.kept {
			if now.After(k.until) {
				delete(n.kept, key)
			}
		}
		if len(n.kept) >= nameCount {
			clear(n.kept)
		}
	}
	if n.kept == nil {
		n.kept = map[nameKey]named{}
	}
	n.kept[nameKey{tenant, ref}] = named{name, now.Add(nameFor)}
}
