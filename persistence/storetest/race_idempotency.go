package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// One keyed swipe is sent many times at once through both stores, alone and in
// batches, and is rewound meanwhile: it acts once, and all get the same answer.
func sameKeyAtOnce(t *testing.T, db Database) {
	n := db.scaled(300)
	everyone := people(t, db.A, 1, 2*n)
	r := limits(1)
	var back []persistence.Record
	for i := range n {
		back = append(back, like(social.UserID(2*i+2), social.UserID(2*i+1)))
	}
	record(t, db.A, back...)
	same := make([][8]asked, n)
	inLanes(n, func(i int) {
		uid := social.UserID(2*i + 1)
		rec := keyed(metered(r, uid, uid+1, social.MarkLike, noon), "k")
		calls := []func(){func() { _, _ = db.A.Rewind(background(), rewindOf(uid, 3, noon)) }}
		for c := range same[i] {
			same[i][c].batch = []persistence.Record{rec}
			if c%4 == 3 {
				same[i][c].batch = []persistence.Record{rec, rec, like(uid+1, uid)}
			}
			calls = append(calls, func() { same[i][c].ask([]persistence.Store{db.A, db.B}[c%2]) })
		}
		together(calls...)
	})
	for i := range n {
		acted := 0
		var given []social.SwipeResult
		for c := range same[i] {
			same[i][c].requireGranted(t)
			for j, answer := range same[i][c].answers {
				if same[i][c].batch[j].Key.None() {
					continue
				}
				if !answer.Replayed {
					acted++
				}
				answer.Replayed = false
				given = append(given, answer.SwipeResult)
			}
		}
		require.Equal(t, 1, acted, "one of them acted")
		for _, answer := range given {
			require.Equal(t, given[0], answer, "all get its answer")
		}
		require.Equal(t, social.SwipeResult{SID: social.UserID(2*i + 2), Mark: social.MarkLike, Matched: true}, given[0])
		require.Equal(t, 1, used(t, db.A, social.UserID(2*i+1), social.ActionLike, noon))
	}
	w := look(t, db.A, everyone)
	w.requireWhole(t)
}

// One key is used at once for swipes of different people, whose slots differ,
// for a repeat and for a rewind: exactly one of them acts.
func oneKeyForManyAtOnce(t *testing.T, db Database) {
	const strangers = 6
	n := db.scaled(300)
	people(t, db.A, 1, n+strangers+1)
	stranger := func(c int) social.UserID { return social.UserID(n + 1 + c) }
	var first []persistence.Record
	for i := range n {
		first = append(first, swipe(social.UserID(i+1), stranger(strangers), social.MarkDislike))
	}
	record(t, db.A, first...)
	all := make([][strangers + 1]asked, n) // the last one repeats
	rewinds := make([]error, n)
	inLanes(n, func(i int) {
		uid := social.UserID(i + 1)
		calls := []func(){func() { _, rewinds[i] = db.B.Rewind(background(), keyedRewind(uid, 3, noon, "k")) }}
		for c := range all[i] {
			mark := social.MarkLike
			if c == strangers {
				mark = social.MarkDislike
			}
			all[i][c].batch = []persistence.Record{keyed(swipe(uid, stranger(c), mark), "k")}
			calls = append(calls, func() { all[i][c].ask([]persistence.Store{db.A, db.B}[c%2]) })
		}
		together(calls...)
	})
	for i := range n {
		uid := social.UserID(i + 1)
		want, acted := []social.UserID{stranger(strangers)}, 0
		if rewinds[i] == nil {
			want, acted = nil, 1
		} else {
			requireCode(t, social.CodeIdempotencyMismatch, rewinds[i])
		}
		for c := range all[i] {
			require.NoError(t, all[i][c].err)
			if err := all[i][c].answers[0].Err; err != nil {
				requireCode(t, social.CodeIdempotencyMismatch, err)
				continue
			}
			acted++
			if want = append(want, stranger(c)); c == strangers {
				want = want[:1]
				require.True(t, all[i][c].answers[0].Repeated)
			}
		}
		require.Equal(t, 1, acted, "user %d", uid)
		left, err := db.A.SwipedIDs(t.Context(), uid)
		require.NoError(t, err)
		require.ElementsMatch(t, want, left)
	}
}

// One keyed rewind is sent many times at once: it undoes one swipe and is
// charged once, also where it was the only one.
func sameRewindAtOnce(t *testing.T, db Database) {
	const callers = 10
	n := db.scaled(300)
	people(t, db.A, 1, n+4)
	var batch []persistence.Record
	for i := range n {
		for j := range i%3 + 1 {
			batch = append(batch, like(social.UserID(i+1), social.UserID(n+1+j)))
		}
	}
	record(t, db.A, batch...)
	results := make([][callers]social.RewindResult, n)
	errs := make([][callers]error, n)
	inLanes(n, func(i int) {
		var calls []func()
		for c := range callers {
			s := []persistence.Store{db.A, db.B}[c%2]
			calls = append(calls, func() {
				results[i][c], errs[i][c] = s.Rewind(background(), keyedRewind(social.UserID(i+1), 3, noon, "k"))
			})
		}
		together(calls...)
	})
	for i := range n {
		acted := 0
		for c := range callers {
			require.NoError(t, errs[i][c])
			if !results[i][c].Replayed {
				acted++
			}
			results[i][c].Replayed = false
			require.Equal(t, social.RewindResult{SID: social.UserID(n + 1 + i%3), Mark: social.MarkLike, Used: 1, Limit: 3}, results[i][c])
		}
		require.Equal(t, 1, acted)
		require.Equal(t, 1, used(t, db.A, social.UserID(i+1), social.ActionRewind, noon))
		left, err := db.A.SwipedIDs(t.Context(), social.UserID(i+1))
		require.NoError(t, err)
		require.Len(t, left, i%3)
	}
}

// Batches that claim the same keys in opposite orders, in slots that no two of
// them share and with charges, must wait for each other, not deadlock; pruning
// goes on beside.
func keyedBatchesAtOnce(t *testing.T, db Database) {
	const size = 40
	rounds := db.scaled(200)
	strangers := people(t, db.A, 1, size+8*rounds+400)[size:]
	r := limits(everything)
	day := 2 * persistence.KeyLife
	next := map[direction]int{} // by user and side: the first stranger not looked at
	stranger := func(uid social.UserID, side int) social.UserID {
		for d := (direction{uid, social.UserID(side)}); ; {
			sid := strangers[next[d]]
			if next[d]++; int(social.PairOf(uid, sid).Slot())%2 == side {
				return sid
			}
		}
	}
	var batches [2][]asked
	for side := range batches {
		batches[side] = make([]asked, rounds)
		for i := range batches[side] {
			for j := range size {
				uid := social.UserID(j + 1)
				if side == 1 {
					uid = social.UserID(size - j)
				}
				at := noon.Add(time.Duration(i) * day) // the keys of the round before are forgotten
				rec := metered(r, uid, stranger(uid, side), social.MarkLike, at)
				batches[side][i].batch = append(batches[side][i].batch, keyed(rec, fmt.Sprint(uid%3)))
			}
		}
	}
	pruned := make([]error, rounds)
	for i := range rounds {
		together(
			func() { batches[0][i].ask(db.A) },
			func() { batches[1][i].ask(db.B) },
			func() { _, pruned[i] = db.B.PruneIdempotency(background(), noon.Add(time.Duration(i)*day), everything) })
	}
	for i := range rounds {
		require.NoError(t, pruned[i])
		require.NoError(t, batches[0][i].err)
		require.NoError(t, batches[1][i].err)
		for j := range size {
			one, other := batches[0][i].answers[j].Err, batches[1][i].answers[size-1-j].Err
			require.NotEqual(t, one == nil, other == nil, "user %d in round %d: %v, %v", j+1, i, one, other)
			if one == nil {
				one = other
			}
			requireCode(t, social.CodeIdempotencyMismatch, one)
		}
	}
}
