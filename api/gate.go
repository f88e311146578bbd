package api

import (
	"sync"
	"time"

	"github.com/swiperhq/swiper/social"
)

// gate bounds what takes long or much memory, by what it weighs: pictures and videos
// being received and handled, and what is being read.
type gate struct {
	most, mostOfUser int

	mu    sync.Mutex
	total int
	of    map[social.UserID]int
}

func newGate(most, mostOfUser int) *gate {
	return &gate{most: most, mostOfUser: mostOfUser, of: map[social.UserID]int{}}
}

// enter lets something in: CodeRateLimited when uid has enough, CodeOverloaded when the
// node has.
func (g *gate) enter(uid social.UserID, weight int) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.of[uid]+weight > g.mostOfUser {
		return &social.Error{Code: social.CodeRateLimited, Message: "Too many of these of yours at once.", RetryAfter: time.Second}
	}
	if g.total+weight > g.most {
		return &social.Error{Code: social.CodeOverloaded, Message: "Too many of these are under way. Try again shortly.", RetryAfter: time.Second}
	}
	g.total += weight
	g.of[uid] += weight
	return nil
}

func (g *gate) leave(uid social.UserID, weight int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.total -= weight
	if g.of[uid] -= weight; g.of[uid] == 0 {
		delete(g.of, uid)
	}
}
