package api

import (
	"sync"
	"time"

	"github.com/swiperhq/swiper/social"
)

// uploadGate bounds the pictures in memory: those being received and handled.
type uploadGate struct{ in *sending }

type sending struct {
	mu    sync.Mutex
	total int
	of    map[social.UserID]int
}

func newUploadGate() uploadGate { return uploadGate{&sending{of: map[social.UserID]int{}}} }

// enter lets an upload in: CodeRateLimited when uid has enough, CodeOverloaded
// when the node has.
func (g uploadGate) enter(uid social.UserID) error {
	s := g.in
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of[uid] >= mostOfUser {
		return &social.Error{Code: social.CodeRateLimited, Message: "Too many uploads of yours at once.", RetryAfter: time.Second}
	}
	if s.total >= mostSending {
		return &social.Error{Code: social.CodeOverloaded, Message: "Too many pictures are being sent. Try again shortly.", RetryAfter: time.Second}
	}
	s.total++
	s.of[uid]++
	return nil
}

func (g uploadGate) leave(uid social.UserID) {
	s := g.in
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total--
	if s.of[uid]--; s.of[uid] == 0 {
		delete(s.of, uid)
	}
}
