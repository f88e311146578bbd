package actors

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/swiperhq/swiper/social"
)

// maxPerUser is how many requests of one user are worked on at once.
const maxPerUser = 8

// gate admits requests to the actors of this node. Mailboxes are unbounded, so
// what may get into them is bounded here.
type gate struct {
	limit  int64
	inside atomic.Int64
	closed atomic.Bool
	empty  chan struct{} // signalled when a closed gate becomes empty
	shards [64]gateShard
}

type gateShard struct {
	mu    sync.Mutex
	users map[social.UserID]int
}

func newGate(limit int) *gate {
	g := &gate{limit: int64(limit), empty: make(chan struct{}, 1)}
	for i := range g.shards {
		g.shards[i].users = map[social.UserID]int{}
	}
	return g
}

// enter admits a request of uid, to be ended by leave. CodeUnavailable once
// closed, CodeOverloaded when the node is full, CodeRateLimited when uid has
// maxPerUser inside.
func (g *gate) enter(uid social.UserID) error {
	full := g.inside.Add(1) > g.limit
	switch {
	case g.closed.Load():
		g.out()
		return errUnavailable()
	case full:
		g.out()
		return errOverloaded()
	}
	s := g.shard(uid)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users[uid] >= maxPerUser {
		g.out()
		return errTooMany()
	}
	s.users[uid]++
	return nil
}

func (g *gate) leave(uid social.UserID) {
	s := g.shard(uid)
	s.mu.Lock()
	if s.users[uid]--; s.users[uid] == 0 {
		delete(s.users, uid)
	}
	s.mu.Unlock()
	g.out()
}

func (g *gate) out() {
	if g.inside.Add(-1) == 0 && g.closed.Load() {
		select {
		case g.empty <- struct{}{}:
		default: // signalled before
		}
	}
}

// close refuses from now on and returns when the last request has left, or with
// ctx's error.
func (g *gate) close(ctx context.Context) error {
	g.closed.Store(true)
	for g.inside.Load() > 0 {
		select {
		case <-g.empty:
		case <-ctx.Done():
			return fmt.Errorf("%d requests unanswered: %w", g.inside.Load(), ctx.Err())
		}
	}
	return nil
}

func (g *gate) shard(uid social.UserID) *gateShard {
	return &g.shards[uint64(uid)%uint64(len(g.shards))] //nolint:gosec // any spread does
}
