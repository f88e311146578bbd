package api

import (
	"sync"
	"time"

	"github.com/swiperhq/swiper/social"
)

// gate bounds what takes long or much memory: pictures being received and
// handled, and what is being read.
type gate struct {
	most, mostOfUser int

	mu    sync.Mutex
	total int
	of    map[social.UserID]int
}

func newGate(most, mostOfUser int) *gate {
	return &gate{most: most, mostOfUser: mostOfUser, of: map[social.UserID]int{}}
}

// enter lets one in: CodeRateLimited when uid has enough, CodeOverloaded when the
// node has.
func (g *gate) enter(uid social.UserID) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.of[uid] >= g.mostOfUser {
		return &social.Error{Code: social.CodeRateLimited, Message: "Too many of these of yours at once.", RetryAfter: time.Second}
	}
	if g.total >= g.most {
		return &social.Error{Code: social.CodeOverloaded, Message: "Too many of these are under way. Try again shortly.", RetryAfter: time.Second}
	}
	g.total++
	g.of[uid]++
	return nil
}

func (g *gate) leave(uid social.UserID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.total--
	if g.of[uid]--; g.of[uid] == 0 {
		delete(g.of, uid)
	}
}
