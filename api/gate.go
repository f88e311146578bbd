package api

import (
	"sync"
	"time"

	"github.com/swiperhq/swiper/social"
)

// uploadGate bounds the pictures and videos in memory: those being received and
// handled, by what they weigh.
type uploadGate struct {
	mu    sync.Mutex
	total int
	of    map[social.UserID]int
}

func newUploadGate() *uploadGate { return &uploadGate{of: map[social.UserID]int{}} }

// enter lets an upload in: CodeRateLimited when uid has enough, CodeOverloaded
// when the node has.
func (g *uploadGate) enter(uid social.UserID, weight int) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.of[uid]+weight > mostOfUser {
		return &social.Error{Code: social.CodeRateLimited, Message: "Too many uploads of yours at once.", RetryAfter: time.Second}
	}
	if g.total+weight > mostSending {
		return &social.Error{Code: social.CodeOverloaded, Message: "Too many pictures are being sent. Try again shortly.", RetryAfter: time.Second}
	}
	g.total += weight
	g.of[uid] += weight
	return nil
}

func (g *uploadGate) leave(uid social.UserID, weight int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.total -= weight
	if g.of[uid] -= weight; g.of[uid] == 0 {
		delete(g.of, uid)
	}
}
