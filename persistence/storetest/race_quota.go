package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// Twenty rewinds of one user at once, through both stores: exactly as many are
// granted as the limit and the swipes allow, and no swipe is taken back twice.
func rewindsAtOnce(t *testing.T, db Database) {
	const callers = 20
	users := db.scaled(300)
	people(t, db.A, 1, users+40)
	strangers := social.UserID(users + 1)
	var batch []persistence.Record
	for i := range users {
		for j := range i % 8 {
			batch = append(batch, like(social.UserID(i+1), strangers+social.UserID(j)))
		}
	}
	record(t, db.A, batch...)
	limit := func(user int) social.Limit { return []social.Limit{3, 3, 0, 1, 5, social.NoLimit}[user/8%6] }

	results := make([][callers]social.RewindResult, users)
	errs := make([][callers]error, users)
	inLanes(users, func(i int) {
		var calls []func()
		for c := range callers {
			s := []persistence.Store{db.A, db.B}[c%2]
			calls = append(calls, func() {
				results[i][c], errs[i][c] = s.Rewind(background(), rewindOf(social.UserID(i+1), limit(i), noon))
			})
		}
		together(calls...)
	})
	for i := range users {
		uid, available := social.UserID(i+1), i%8
		want, refusal := available, social.CodeNothingToRewind
		if l := limit(i); !l.None() && int(l) < available {
			want, refusal = int(l), social.CodeRewindQuotaExceeded
		}
		usedSeen, sids := map[int]bool{}, map[social.UserID]bool{}
		for c := range callers {
			if errs[i][c] != nil {
				requireCode(t, refusal, errs[i][c])
				continue
			}
			usedSeen[results[i][c].Used], sids[results[i][c].SID] = true, true
		}
		require.Len(t, sids, want, "user %d with %d swipes and limit %d", uid, available, limit(i))
		for k := range want {
			require.True(t, usedSeen[k+1], "user %d: used %v", uid, usedSeen)
			require.True(t, sids[strangers+social.UserID(available-1-k)], "user %d: the latest go first", uid)
		}
		require.Equal(t, want, used(t, db.A, uid, social.ActionRewind, noon))
		left, err := db.B.SwipedIDs(t.Context(), uid)
		require.NoError(t, err)
		require.Len(t, left, available-want)
	}
}

func meteredAtOnce(t *testing.T, db Database) {
	users, perUser := db.scaled(100), 16
	people(t, db.A, 1, users+perUser)
	r := limits(5)
	likes := make([][]asked, users)
	inLanes(users, func(i int) {
		likes[i] = make([]asked, perUser)
		var calls []func()
		for j := range likes[i] {
			rec := metered(r, social.UserID(i+1), social.UserID(users+1+j), social.MarkLike, noon)
			likes[i][j].batch = []persistence.Record{rec}
			calls = append(calls, func() { likes[i][j].ask([]persistence.Store{db.A, db.B}[j%2]) })
		}
		together(calls...)
	})
	for i := range users {
		granted := 0
		for j := range likes[i] {
			require.NoError(t, likes[i][j].err)
			if err := likes[i][j].answers[0].Err; err != nil {
				requireCode(t, social.CodeLikeQuotaExceeded, err)
			} else {
				granted++
			}
		}
		require.Equal(t, 5, granted, "user %d", i+1)
		require.Equal(t, 5, used(t, db.A, social.UserID(i+1), social.ActionLike, noon))
		swiped, err := db.A.SwipedIDs(t.Context(), social.UserID(i+1))
		require.NoError(t, err)
		require.Len(t, swiped, 5)
	}
}

func sameSwipeAtOnce(t *testing.T, db Database) {
	n := db.scaled(300)
	everyone := people(t, db.A, 1, 2*n)
	r := limits(1)
	same := make([][8]asked, n)
	inLanes(n, func(i int) {
		uid := social.UserID(2*i + 1)
		var calls []func()
		for c := range same[i] {
			mark := social.MarkLike
			if c >= 6 {
				mark = social.MarkSuperlike
			}
			same[i][c].batch = []persistence.Record{metered(r, uid, uid+1, mark, noon)}
			calls = append(calls, func() { same[i][c].ask([]persistence.Store{db.A, db.B}[c%2]) })
		}
		together(calls...)
	})
	for i := range n {
		uid := social.UserID(2*i + 1)
		first := 0
		for c := range same[i] {
			require.NoError(t, same[i][c].err)
			answer := same[i][c].answers[0]
			if answer.Err != nil {
				requireCode(t, social.CodeAlreadySwiped, answer.Err)
			} else if !answer.Repeated {
				first++
			}
		}
		require.Equal(t, 1, first, "one of them stored it")
		require.Equal(t, 1, used(t, db.A, uid, social.ActionLike, noon)+used(t, db.A, uid, social.ActionSuperlike, noon))
	}
	w := look(t, db.A, everyone)
	w.requireWhole(t)
	require.Len(t, w.marks, n)
}

// Batches that charge the same people in opposite orders must wait for each
// other, not deadlock.
func meteredBatchesAtOnce(t *testing.T, db Database) {
	const size = 50
	rounds := db.scaled(300)
	people(t, db.A, 1, size+rounds)
	r := limits(everything)
	var batches [2][]asked
	for side := range batches {
		batches[side] = make([]asked, rounds)
		for i := range batches[side] {
			for j := range size {
				uid := social.UserID(j + 1)
				if side == 1 {
					uid = social.UserID(size - j)
				}
				mark := []social.Mark{social.MarkLike, social.MarkSuperlike}[(int(uid)+i)%2]
				batches[side][i].batch = append(batches[side][i].batch, metered(r, uid, social.UserID(size+1+i), mark, noon))
			}
		}
	}
	inLanes(rounds, func(i int) {
		together(func() { batches[0][i].ask(db.A) }, func() { batches[1][rounds-1-i].ask(db.B) })
	})
	for side := range batches {
		for i := range batches[side] {
			batches[side][i].requireGranted(t)
		}
	}
	for uid := social.UserID(1); uid <= size; uid++ {
		total := used(t, db.A, uid, social.ActionLike, noon) + used(t, db.A, uid, social.ActionSuperlike, noon)
		require.Equal(t, rounds, total, "user %d: the second of two is a repeat and costs nothing", uid)
	}
}
