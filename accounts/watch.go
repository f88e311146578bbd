package accounts

import "sync"

// watchers are told which sessions have ended.
type watchers struct {
	mu  sync.RWMutex
	all []func(ids []string)
}

// Watch has ended called with the ids of sessions that have ended, here or, as
// far as is heard, on other nodes; ids may come twice. ended must not block. News
// may be lost: who must be sure asks Stands now and then.
func (s *Service) Watch(ended func(ids []string)) {
	s.watchers.mu.Lock()
	defer s.watchers.mu.Unlock()
	s.watchers.all = append(s.watchers.all, ended)
}

func (w *watchers) tell(ids []string) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, ended := range w.all {
		ended(ids)
	}
}
