package e2e_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/internal/sabotage"
	"github.com/swiperhq/swiper/internal/testrace"
	"github.com/swiperhq/swiper/social"
)

// TestFence runs two processes that know nothing of each other on one Postgres,
// every request alternating between them: each user then has two live actors,
// each pair two matchmakers. All rules hold all the same.
func TestFence(t *testing.T) {
	t.Parallel()
	nodes := startPair(t, startOptions{})
	t.Run("mixed", func(t *testing.T) {
		limits := map[social.Action]social.Limit{social.ActionRewind: 3, social.ActionLike: mixedLikes, social.ActionSuperlike: 4}
		setTunable(t, nodes, "likes_per_day", mixedLikes)
		setTunable(t, nodes, "superlikes_per_day", 4)
		w := newWorld(t, nodes, mixedUsers)
		require.Empty(t, w.mix(2))
		w.requireSound()
		require.Empty(t, first(w.judge(limits), 5))
		w.requireCovered()
	})
	t.Run("races", func(t *testing.T) {
		w, found := races(t, nodes)
		w.requireSound()
		require.Empty(t, first(found, 5))
	})
	t.Run("keys", func(t *testing.T) { retries(t, nodes) })
}

// startPair starts two unclustered processes on one fresh Postgres schema with
// demo users.
func startPair(t *testing.T, opts startOptions) []*program {
	t.Helper()
	flags := postgresFlags(t)
	one, two := opts, opts
	one.flags = append([]string{"--demo", "--data.dir", t.TempDir(), "--auth.key", authKey}, flags...)
	two.flags = append([]string{"--data.dir", t.TempDir(), "--auth.key", authKey}, flags...)
	return []*program{start(t, one), start(t, two)}
}

// authKey lets both processes accept each other's tokens.
const authKey = "an-end-to-end-test-key-of-32-bytes-or-more"

// races plays the sharpest races of the rules on people of their own (users
// from mixedUsers+1 on), each pair's two sides released together through
// different nodes, and judges them.
func races(t *testing.T, nodes []*program) (*world, []checker.Anomaly) {
	t.Helper()
	const likers, likesEach, likeLimit = 40, 20, 5
	for _, key := range []string{"rewinds_per_day", "likes_per_day", "superlikes_per_day"} {
		setTunable(t, nodes, key, nil)
	}
	w := newWorld(t, nodes, demoUsers)
	next := social.UserID(mixedUsers + 1)
	couples := func(n int) []social.Pair {
		out := make([]social.Pair, n)
		for i := range out {
			out[i] = social.PairOf(next, next+1)
			next += 2
		}
		return out
	}
	each(couples(250), 16, func(p social.Pair) { // both like at once
		together(
			func() { w.swipe(p.UID1, p.UID2, social.MarkLike) },
			func() { w.swipe(p.UID2, p.UID1, social.MarkSuperlike) })
	})
	each(couples(250), 16, func(p social.Pair) { // a rewind meets the answer
		w.swipe(p.UID1, p.UID2, social.MarkLike)
		together(
			func() { w.rewind(p.UID1) },
			func() { w.swipe(p.UID2, p.UID1, social.MarkLike) })
	})
	each(couples(100), 16, func(p social.Pair) { // an unfriending meets a retry
		w.swipe(p.UID1, p.UID2, social.MarkLike)
		w.swipe(p.UID2, p.UID1, social.MarkLike)
		together(
			func() { w.unfriend(p.UID1, p.UID2) },
			func() { w.swipe(p.UID1, p.UID2, social.MarkLike) },
			func() { w.swipe(p.UID2, p.UID1, social.MarkLike) })
	})
	each(couples(50), 16, func(p social.Pair) { // a refused like meets the other's like
		w.swipe(p.UID1, p.UID2, social.MarkDislike)
		w.swipe(p.UID2, p.UID1, social.MarkLike)
		w.swipe(p.UID1, p.UID2, social.MarkLike)
	})
	found := w.judge(map[social.Action]social.Limit{social.ActionRewind: social.NoLimit, social.ActionLike: social.NoLimit, social.ActionSuperlike: social.NoLimit})

	setTunable(t, nodes, "likes_per_day", likeLimit)
	limited := newWorld(t, nodes, demoUsers)
	users := make([]social.UserID, likers)
	for i := range users {
		users[i] = next + social.UserID(i)
	}
	each(users, 8, func(uid social.UserID) { // one user spends a quota in many places at once
		all := make([]func(), likesEach)
		for i := range all {
			stranger := next + social.UserID(likers+i)
			all[i] = func() { limited.swipe(uid, stranger, social.MarkLike) }
		}
		together(all...)
	})
	found = append(found, limited.judge(map[social.Action]social.Limit{
		social.ActionRewind: social.NoLimit, social.ActionLike: likeLimit, social.ActionSuperlike: social.NoLimit,
	})...)
	for problem, n := range limited.problems {
		w.problems[problem] += n
	}
	return w, found
}

// together releases the functions at the same moment and waits for all.
func together(fs ...func()) {
	gate := make(chan struct{})
	var wg sync.WaitGroup
	for _, f := range fs {
		wg.Go(func() {
			<-gate
			f()
		})
	}
	close(gate)
	wg.Wait()
}

// TestFenceCanFail builds each fault in on purpose and requires that the races
// find it: a checker that cannot fail proves nothing.
func TestFenceCanFail(t *testing.T) {
	t.Parallel()
	if testrace.Enabled {
		t.Skip("skipped under the race detector: that the faults are found is shown without it")
	}
	for fault, kinds := range map[sabotage.Fault][]checker.AnomalyKind{
		sabotage.NoSlotLock:        {checker.LostMatch},
		sabotage.CountThenInsert:   {checker.QuotaOverrun},
		sabotage.RewindWithoutLock: {checker.PhantomMatch},
	} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			nodes := startPair(t, startOptions{tags: "sabotage", env: []string{"SWIPER_SABOTAGE=" + string(fault)}})
			_, found := races(t, nodes)
			require.NotEmpty(t, found, "the races do not notice %s", fault)
			counts := map[checker.AnomalyKind]int{}
			for _, a := range found {
				counts[a.Kind]++
			}
			t.Log(counts)
			right := 0
			for _, kind := range kinds {
				right += counts[kind]
			}
			require.Positive(t, right, "%s was taken for something else", fault)
		})
	}
}

// TestSabotageIsNotShipped: the plain binary ignores the switch.
func TestSabotageIsNotShipped(t *testing.T) {
	t.Parallel()
	p := start(t, startOptions{
		flags: []string{"--demo", "--data.dir", t.TempDir()},
		env:   []string{"SWIPER_SABOTAGE=" + string(sabotage.MatchOnRefusedLike)},
	})
	w := newWorld(t, []*program{p}, 2)
	w.swipe(1, 2, social.MarkDislike)
	w.swipe(2, 1, social.MarkLike)
	require.Equal(t, social.CodeAlreadySwiped, w.swipe(1, 2, social.MarkLike).Code)
	require.False(t, w.isFriend(1, 2).Matched)
	require.Equal(t, http.StatusOK, admin(t, p, http.MethodGet, "/healthz", nil).status)
}
