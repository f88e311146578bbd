package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/social"
)

const (
	mixedUsers = 200
	mixedLikes = 8 // a day; the neighbourhood is larger
	demoUsers  = 2000
)

// mixedActions is how many actions each of the mixedUsers plays.
func mixedActions() int {
	if testing.Short() {
		return 40
	}
	return 60
}

// TestPlay runs the mixed scenario against one process on each storage, with
// every limit in force.
func TestPlay(t *testing.T) {
	t.Parallel()
	for _, s := range storages() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, startOptions{flags: append(s.flags(t), "--demo")})
			limits := map[social.Action]social.Limit{social.ActionRewind: 3, social.ActionLike: mixedLikes, social.ActionSuperlike: 4}
			setTunable(t, []*program{p}, "likes_per_day", mixedLikes)
			setTunable(t, []*program{p}, "superlikes_per_day", 4)
			w := newWorld(t, []*program{p}, mixedUsers)
			dealtAgain := w.mix(1)
			w.requireSound()
			require.Empty(t, dealtAgain)
			require.Empty(t, first(w.judge(limits), 5))
			w.requireCovered()
		})
	}
}

// requireCovered makes sure that the scenario met what it is meant to meet.
func (w *world) requireCovered() {
	w.t.Helper()
	seen := map[string]int{}
	for _, op := range w.history.Ops() {
		seen[fmt.Sprintf("%s %s", op.Kind, op.Code)]++
		if op.Kind == checker.Swipe && op.Matched {
			seen["matched"]++
		}
		if op.Unmatched {
			seen["unmatched"]++
		}
	}
	w.t.Log(seen)
	for _, what := range []string{
		"matched", "unmatched", "swipe ", "swipe already_swiped", "swipe like_quota_exceeded", "swipe superlike_quota_exceeded",
		"rewind ", "rewind rewind_quota_exceeded", "unfriend ", "unfriend not_friends",
	} {
		require.NotZero(w.t, seen[what], "the scenario never met %q", what)
	}
}

// mix lets all mixedUsers play their mixedActions at once. Users with odd
// ids do one thing at a time, the others two; it gives what was dealt again to
// users who did one thing at a time.
func (w *world) mix(seed uint64) (dealtAgain []string) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for uid := social.UserID(1); uid <= mixedUsers; uid++ {
		hands := 2
		if uid%2 == 1 {
			hands = 1
		}
		for hand := range hands {
			wg.Go(func() {
				dice := rand.New(rand.NewPCG(seed, uint64(uid)<<8|uint64(hand)))
				swiped := map[social.UserID]bool{}
				for range mixedActions() / hands {
					if again := w.act(uid, dice, swiped); again != 0 && hands == 1 {
						mu.Lock()
						dealtAgain = append(dealtAgain, fmt.Sprintf("%d to %d", again, uid))
						mu.Unlock()
					}
				}
			})
		}
	}
	wg.Wait()
	return dealtAgain
}

// act does one random thing. Strangers are taken from a small neighbourhood, so
// that people meet, repeat themselves and contradict themselves. It gives a
// user that was dealt though swiped, 0 for none.
func (w *world) act(uid social.UserID, dice *rand.Rand, swiped map[social.UserID]bool) (dealtAgain social.UserID) {
	sid := (uid+social.UserID(dice.IntN(24))-12+mixedUsers)%mixedUsers + 1
	if sid == uid {
		sid = uid%mixedUsers + 1
	}
	switch n := dice.IntN(100); {
	case n < 62:
		m := social.MarkLike
		if k := dice.IntN(10); k >= 8 {
			m = social.MarkDislike
		} else if k == 7 {
			m = social.MarkSuperlike
		}
		if op := w.swipe(uid, sid, m); op.Acked() {
			swiped[sid] = true
		}
	case n < 74:
		if op := w.rewind(uid); op.Acked() {
			delete(swiped, op.SID)
		}
	case n < 80:
		w.unfriend(uid, sid)
	case n < 88:
		w.isFriend(uid, sid)
	case n < 94:
		for _, c := range w.deck(uid) {
			if swiped[c.UserID] || c.UserID == uid {
				dealtAgain = c.UserID
			}
		}
	default:
		paths := []string{"/v1/likes?limit=5", "/v1/friends?limit=3", "/v1/me", "/v1/quotas"}
		w.read(uid, paths[dice.IntN(len(paths))])
	}
	return dealtAgain
}

func first[T any](items []T, n int) []T { return slices.Clip(items[:min(n, len(items))]) }
