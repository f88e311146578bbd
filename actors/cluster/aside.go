package cluster

import "sync"

// aside keeps the library's own messages to an actor, which no suspension holds
// back, while the actor handles something aside.
type aside struct {
	mu      sync.Mutex
	running bool
	kept    []any
}

func (a *aside) begin() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running = true
}

// keep takes m if it must wait.
func (a *aside) keep(m any) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running {
		a.kept = append(a.kept, m)
	}
	return a.running
}

// end gives what was kept, in order.
func (a *aside) end() (kept []any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	kept, a.kept, a.running = a.kept, nil, false
	return kept
}
