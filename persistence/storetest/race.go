package storetest

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func raceCases() []testCase {
	return []testCase{
		{"race/opposite likes", oppositeLikes},
		{"race/a rewind and the reverse like", rewindAgainstLike},
		{"race/an unfriending and retried likes", unfriendAgainstLike},
		{"race/rewinds of one user", rewindsAtOnce},
		{"race/metered likes of one user", meteredAtOnce},
		{"race/one swipe many times", sameSwipeAtOnce},
		{"race/metered batches in opposite order", meteredBatchesAtOnce},
		{"race/one key many times", sameKeyAtOnce},
		{"race/one key for many requests", oneKeyForManyAtOnce},
		{"race/one keyed rewind many times", sameRewindAtOnce},
		{"race/keyed batches in opposite order", keyedBatchesAtOnce},
		{"race/everything among few", fray},
	}
}

// asked is one call's records with what came back.
type asked struct {
	batch   []persistence.Record
	answers []persistence.Recorded
	err     error
}

func (a *asked) ask(s persistence.Store) { a.answers, a.err = s.RecordSwipes(background(), a.batch) }

func (a *asked) requireGranted(t *testing.T) {
	t.Helper()
	require.NoError(t, a.err)
	require.Len(t, a.answers, len(a.batch))
	for i, answer := range a.answers {
		require.NoError(t, answer.Err, "record %d", i)
		require.Equal(t, a.batch[i].SID, answer.SID)
	}
}

// Each pair's two likes are sent at the same moment through two stores, in
// batches of many sizes. Not one match may be lost.
func oppositeLikes(t *testing.T, db Database) {
	pairs := db.scaled(10_000)
	everyone := people(t, db.A, 1, 160) // 12,720 pairs: each person likes many at once
	var all []social.Pair
	for _, a := range everyone {
		for _, b := range everyone[a:] {
			all = append(all, social.Pair{UID1: a, UID2: b})
		}
	}
	rnd := rand.New(rand.NewPCG(7, 7)) //nolint:gosec // the same mix in every run is the point
	rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	all = all[:pairs]

	var rounds [][2]asked
	for rest := all; len(rest) > 0; {
		size := min([]int{1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 5, 8, 13, 32, 100, 300, 600}[rnd.IntN(17)], len(rest))
		if rnd.IntN(4) > 0 {
			size = min(size, 8)
		}
		var r [2]asked
		for _, p := range rest[:size] {
			side := rnd.IntN(2)
			r[side].batch = append(r[side].batch, like(p.UID1, p.UID2))
			r[1-side].batch = append(r[1-side].batch, like(p.UID2, p.UID1))
		}
		rnd.Shuffle(size, func(i, j int) { r[0].batch[i], r[0].batch[j] = r[0].batch[j], r[0].batch[i] })
		rounds, rest = append(rounds, r), rest[size:]
	}
	inLanes(len(rounds), func(i int) {
		r := &rounds[i]
		together(func() { r[0].ask(db.A) }, func() { r[1].ask(db.B) })
	})

	told := map[social.Pair]int{}
	for i := range rounds {
		for side := range rounds[i] {
			r := &rounds[i][side]
			r.requireGranted(t)
			for j, answer := range r.answers {
				require.False(t, answer.Repeated)
				if answer.Matched {
					told[social.PairOf(r.batch[j].UID, r.batch[j].SID)]++
				}
			}
		}
	}
	require.Len(t, told, pairs, "of each pair one side at least is told")

	w := look(t, db.A, everyone)
	w.requireWhole(t)
	require.Equal(t, pairs, w.friendships())
	require.Len(t, w.matches, 2*pairs)
	for _, p := range all {
		require.Equal(t, 1, w.matches[direction{p.UID1, p.UID2}])
		require.Equal(t, 1, w.matches[direction{p.UID2, p.UID1}])
	}
	for i := range rounds { // asked again, every one is told of its match
		for side := range rounds[i] {
			again := asked{batch: rounds[i][side].batch}
			again.ask([]persistence.Store{db.B, db.A}[side])
			again.requireGranted(t)
			for _, answer := range again.answers {
				require.True(t, answer.Matched)
				require.True(t, answer.Repeated)
			}
		}
	}
}

func rewindAgainstLike(t *testing.T, db Database) {
	n := db.scaled(3_000)
	everyone := people(t, db.A, 1, 2*n)
	likes := make([]persistence.Record, n)
	for i := range likes {
		likes[i] = like(social.UserID(2*i+1), social.UserID(2*i+2))
	}
	record(t, db.A, likes...)

	rewinds := make([]social.RewindResult, n)
	errs := make([]error, n)
	reverse := make([]asked, n)
	inLanes(n, func(i int) {
		uid := social.UserID(2*i + 1)
		reverse[i].batch = []persistence.Record{like(uid+1, uid)}
		together(
			func() { rewinds[i], errs[i] = db.A.Rewind(background(), rewindOf(uid, 3, noon)) },
			func() { reverse[i].ask(db.B) })
	})

	w := look(t, db.A, everyone)
	w.requireWhole(t)
	require.Zero(t, w.friendships())
	likeFirst := 0
	for i := range n {
		uid := social.UserID(2*i + 1)
		require.NoError(t, errs[i])
		require.Equal(t, uid+1, rewinds[i].SID)
		reverse[i].requireGranted(t)
		matched := reverse[i].answers[0].Matched
		require.Equal(t, matched, rewinds[i].Unmatched, "pair %d: who came first is the same for both", i)
		if matched {
			likeFirst++
			require.Equal(t, 1, w.unmatches[direction{uid + 1, uid}])
		}
		require.Zero(t, w.marks[direction{uid, uid + 1}])
		require.Equal(t, social.MarkLike, w.marks[direction{uid + 1, uid}])
	}
	t.Logf("the like came first %d times of %d", likeFirst, n)
}

func unfriendAgainstLike(t *testing.T, db Database) {
	n := db.scaled(3_000)
	everyone := people(t, db.A, 1, 2*n)
	var likes []persistence.Record
	for uid := social.UserID(1); int(uid) < 2*n; uid += 2 {
		likes = append(likes, like(uid, uid+1), like(uid+1, uid))
	}
	record(t, db.A, likes...)

	errs := make([]error, n)
	mine, theirs := make([]asked, n), make([]asked, n)
	inLanes(n, func(i int) {
		uid := social.UserID(2*i + 1)
		mine[i].batch, theirs[i].batch = []persistence.Record{like(uid, uid+1)}, []persistence.Record{like(uid+1, uid)}
		together(
			func() { errs[i] = db.A.Unfriend(background(), uid, uid+1, noon) },
			func() { theirs[i].ask(db.B) },
			func() { mine[i].ask(db.B) })
	})

	w := look(t, db.A, everyone)
	w.requireWhole(t)
	require.Zero(t, w.friendships())
	for i := range n {
		uid := social.UserID(2*i + 1)
		require.NoError(t, errs[i])
		theirs[i].requireGranted(t)
		require.True(t, theirs[i].answers[0].Repeated)
		require.NoError(t, mine[i].err)
		if answer := mine[i].answers[0]; answer.Err != nil {
			requireCode(t, social.CodeAlreadySwiped, answer.Err)
		} else {
			require.True(t, answer.Matched, "the like still stood, and so did the friendship")
		}
		require.Equal(t, social.MarkEnded, w.marks[direction{uid, uid + 1}])
		require.Equal(t, 1, w.unmatches[direction{uid + 1, uid}])
		require.Zero(t, w.unmatches[direction{uid, uid + 1}])
	}
}
