package realtime

import (
	"time"

	"github.com/swiperhq/swiper/social"
)

// gather is how long likes gather before they are pushed together.
const gather = 300 * time.Millisecond

// Hear takes a hint that there may be something new for uid. It does not block.
func (s *Server) Hear(uid social.UserID, kind social.EventKind) {
	for _, c := range s.conns.ofUser(uid) {
		if c.note(kind) {
			s.due.add(c, look)
			continue
		}
		c.mu.Lock()
		later := c.later
		c.later = true
		c.mu.Unlock()
		if !later {
			time.AfterFunc(gather, func() { s.due.add(c, tell) })
		}
	}
}

// note keeps a hint; it tells whether the hint is of an event, to be looked for at once.
func (c *conn) note(kind social.EventKind) (event bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch kind {
	case social.HintLiked:
		c.likes++
	case social.HintSuperliked:
		c.supers++
	default:
		c.owed++
		c.tries = 0
		return true
	}
	return false
}

// Missed makes all connections be looked after soon, since hints may have been lost. It does not block.
func (s *Server) Missed() {
	select {
	case s.missed <- struct{}{}:
	default:
	}
}
