package ratelimit

// Counted tells how many counters are held.
func (l *Limits) Counted() int {
	n := 0
	for i := range l.tally.shards {
		s := &l.tally.shards[i]
		s.mu.Lock()
		n += len(s.counts)
		s.mu.Unlock()
	}
	return n
}
