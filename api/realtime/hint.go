package realtime

import (
	"time"

	"github.com/swiperhq/swiper/social"
)

const (
	// gather is how long likes and tasks gather before they are pushed together.
	gather = 300 * time.Millisecond
	// maxTasks is how many tasks gather; more are not told of.
	maxTasks = 16
)

// Hear takes a hint that there may be something new for uid; ref names what it is about, if
// the kind says. It does not block.
func (s *Server) Hear(uid social.UserID, kind social.EventKind, ref string) {
	for _, c := range s.conns.ofUser(uid) {
		if c.note(kind, ref) {
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
func (c *conn) note(kind social.EventKind, ref string) (event bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch kind {
	case social.HintLiked:
		c.likes++
	case social.HintSuperliked:
		c.supers++
	case social.HintTask:
		if len(c.tasks) < maxTasks {
			c.tasks = append(c.tasks, ref)
		}
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
