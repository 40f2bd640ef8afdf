package patients

import "sync"

// refreshes are those that run, one per list.
type refreshes struct {
	mu   sync.Mutex
	runs map[string]*refreshRun
}

type refreshRun struct{}
