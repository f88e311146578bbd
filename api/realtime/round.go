package realtime

import (
	"context"
	"time"
)

// spread is how many connections are looked after every roundStep at most, so that a round is no burst.
const (
	spread    = 25
	roundStep = 20 * time.Millisecond
	// settle is how long news of lost hints gathers before everybody is looked after.
	settle = 50 * time.Millisecond
)

// rounds looks after every connection now and then, in case a hint or the end of a
// session was not heard of: seldom while hints arrive, more often while they do not.
func (s *Server) rounds(ctx context.Context) {
	last := time.Now()
	tick := time.NewTicker(min(s.Poll, s.IdlePoll))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.missed:
			if !pause(ctx, settle) {
				return
			}
		case <-tick.C:
			if s.Sound() && time.Since(last) < s.IdlePoll {
				continue
			}
		}
		last = time.Now()
		s.round(ctx)
	}
}

func (s *Server) round(ctx context.Context) {
	for i, c := range s.conns.all() {
		if i > 0 && i%spread == 0 && !pause(ctx, roundStep) {
			return
		}
		s.due.add(c, look|verify)
	}
}

// pause waits for so long; it tells whether ctx goes on.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
