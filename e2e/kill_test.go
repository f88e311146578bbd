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
	const unanswered, workers = 100, 160
	kills := 20
	if testing.Short() {
		kills = 5
	}
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
				enough := int(w.acknowledged.Load()) + 100 + dice.IntN(400) // so that every round has something to lose
				require.Eventually(t, func() bool { return int(w.acknowledged.Load()) >= enough && w.inFlight.Load() >= unanswered },
					60*time.Second, time.Millisecond, "never %d requests unanswered at once", unanswered)
				p.kill()
				stop()
				p = start(t, startOptions{flags: flags})
				w.attach([]*program{p})
			}
			t.Logf("%d acknowledged over %d kills", int(w.acknowledged.Load()), kills)
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
