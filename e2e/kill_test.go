package e2e_test

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/social"
)

// TestKill kills the process with SIGKILL under load, again and again, and
// requires afterwards that everything it acknowledged is there.
func TestKill(t *testing.T) {
	t.Parallel()
	const kills, unanswered, workers = 20, 100, 160
	for i, s := range storages() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			flags := s.flags(t)
			p := start(t, startOptions{flags: append(flags, "--demo")})
			setTunable(t, []*program{p}, "rewinds_per_day", nil)
			w := newWorld(t, []*program{p}, workers)
			dice := rand.New(rand.NewPCG(uint64(i), 7))
			for round := range kills {
				stop := w.load(uint64(round), workers)
				after := time.Now().Add(time.Duration(50+dice.IntN(250)) * time.Millisecond)
				require.Eventually(t, func() bool { return time.Now().After(after) && w.inFlight.Load() >= unanswered },
					30*time.Second, time.Millisecond, "never %d requests unanswered at once", unanswered)
				p.kill()
				stop()
				p = start(t, startOptions{flags: flags})
				w.attach([]*program{p})
			}
			acked := 0
			for _, op := range w.history.Ops() {
				if op.Acked() && op.Kind != checker.IsFriend {
					acked++
				}
			}
			t.Logf("%d acknowledged over %d kills", acked, kills)
			require.Greater(t, acked, kills*unanswered)
			require.Empty(t, first(w.judge(map[social.Action]social.Limit{
				social.ActionRewind: social.NoLimit, social.ActionLike: social.NoLimit, social.ActionSuperlike: social.NoLimit,
			}), 5))
		})
	}
}

// load lets workers users act until the returned function is called or the
// node goes away.
func (w *world) load(seed uint64, workers int) (stop func()) {
	var stopped atomic.Bool
	var wg sync.WaitGroup
	for uid := social.UserID(1); uid <= social.UserID(workers); uid++ {
		wg.Go(func() {
			dice := rand.New(rand.NewPCG(seed, uint64(uid)))
			for !stopped.Load() {
				if w.spin(uid, workers, dice).Code == checker.Unknown {
					return
				}
			}
		})
	}
	return func() {
		stopped.Store(true)
		wg.Wait()
	}
}

// spin does one of the things whose loss would show.
func (w *world) spin(uid social.UserID, people int, dice *rand.Rand) checker.Op {
	sid := social.UserID(dice.IntN(people) + 1)
	if sid == uid {
		sid = uid%social.UserID(people) + 1
	}
	switch n := dice.IntN(20); {
	case n < 14:
		return w.swipe(uid, sid, social.MarkLike)
	case n < 16:
		return w.swipe(uid, sid, social.MarkDislike)
	case n < 19:
		return w.rewind(uid)
	default:
		return w.unfriend(uid, sid)
	}
}
