package main

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/swiperhq/swiper/scripts/loadtest/listen"
	"github.com/swiperhq/swiper/social"
)

const (
	// maxListeners keeps within the files that a process may have open.
	maxListeners = 10_000
	// hearTime is how long is waited for the latest pushes when all is read.
	hearTime = 5 * time.Second
)

// listen lets a share of the swipers listen from where their reading of events
// stands, and gives how many do.
func (r *run) listen(ctx context.Context) (int, error) {
	s := r.scene
	n := min(int(s.o.listeners*float64(len(s.people))), maxListeners)
	if n == 0 {
		return 0, nil
	}
	dice := rand.New(rand.NewPCG(s.o.seed, 0)) //nolint:gosec // no secret
	people := make([]social.UserID, n)
	for i, at := range dice.Perm(len(s.people))[:n] {
		people[i] = s.people[at]
	}
	return n, r.watched(ctx, func() error {
		r.says("listen")
		var err error
		r.ears, err = listen.Start(ctx, listen.Options{
			Targets: s.o.targets, People: people, Tokens: s.ring, History: s.history, Clock: s.client.Clock,
			After: func(uid social.UserID) string { return s.feeds[uid].Place() },
		})
		return err
	})
}

// hearOut waits until what was read has been pushed, too.
func (r *run) hearOut(ctx context.Context) {
	if r.ears == nil {
		return
	}
	r.says("listen to the last pushes")
	ctx, cancel := context.WithTimeout(ctx, hearTime)
	defer cancel()
	r.ears.Await(ctx, func(uid social.UserID) int { return len(r.scene.feeds[uid].Events) })
}
