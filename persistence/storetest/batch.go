package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func batchCases() []testCase {
	return []testCase{
		{"batch/both directions of a pair", bothDirections},
		{"batch/repeats and contradictions", repeatsInBatch},
		{"batch/the order of a user's swipes", orderInBatch},
		{"batch/a poisonous record fails alone", poisonFailsAlone},
		{"batch/only poison", onlyPoison},
		{"batch/larger than any transaction", largeBatch},
	}
}

func bothDirections(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 40)
	var batch []persistence.Record
	for a := social.UserID(1); a < 40; a += 2 {
		batch = append(batch, like(a, a+1))
	}
	for a := social.UserID(1); a < 40; a += 2 {
		batch = append(batch, swipe(a+1, a, social.MarkSuperlike))
	}
	for i, answer := range record(t, db.A, batch...) {
		require.NoError(t, answer.Err)
		require.False(t, answer.Repeated)
		if i >= 20 {
			require.True(t, answer.Matched, "record %d came after its reverse", i)
		}
	}
	w := look(t, db.B, everyone)
	w.requireWhole(t)
	require.Equal(t, 20, w.friendships())
}

func repeatsInBatch(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 4)
	accept(t, db.A, like(2, 1))
	answers := record(t, db.A,
		swipe(1, 2, social.MarkDislike),
		like(1, 2), // refused, and must not match with 2's like
		swipe(1, 2, social.MarkDislike),
		like(1, 3),
		like(1, 3),
		swipe(1, 3, social.MarkSuperlike),
		like(3, 1),
		like(3, 1),
		like(1, 3),
		like(2, 1))
	for _, i := range []int{1, 5} {
		requireCode(t, social.CodeAlreadySwiped, answers[i].Err)
	}
	for i, repeated := range map[int]bool{0: false, 2: true, 3: false, 4: true, 6: false, 7: true, 8: true, 9: true} {
		require.NoError(t, answers[i].Err, "record %d", i)
		require.Equal(t, repeated, answers[i].Repeated, "record %d", i)
	}
	for _, i := range []int{6, 7, 8} {
		require.True(t, answers[i].Matched, "record %d", i)
	}
	for _, i := range []int{0, 2, 9} {
		require.False(t, answers[i].Matched, "record %d", i)
	}
	w := look(t, db.A, everyone)
	w.requireWhole(t)
	require.Equal(t, map[direction]social.Mark{
		{1, 2}: social.MarkDislike, {2, 1}: social.MarkLike, {1, 3}: social.MarkLike, {3, 1}: social.MarkLike,
	}, w.marks)
}

// A user's swipes keep the order in which they arrived, since a rewind takes
// back the latest, even where limits force an engine to split a batch.
func orderInBatch(t *testing.T, db Database) {
	people(t, db.A, 1, 60)
	r := limits(10)
	marks := []social.Mark{social.MarkLike, social.MarkDislike, social.MarkSuperlike, social.MarkLike, social.MarkDislike}
	var batch []persistence.Record
	var want []social.UserID
	for i := range 20 {
		sid := social.UserID(60 - i*2)
		batch = append(batch, metered(r, 1, sid, marks[i%len(marks)], noon), metered(r, 2, sid-1, marks[i%len(marks)], noon))
		want = append([]social.UserID{sid}, want...)
	}
	for i, answer := range record(t, db.A, batch...) {
		require.NoError(t, answer.Err, "record %d", i)
	}
	recent, err := db.A.RecentSwipes(t.Context(), 1, everything)
	require.NoError(t, err)
	require.Equal(t, want, ids(recent, func(s social.Swipe) social.UserID { return s.SID }))
}

// poison gives records that no rule allows and a database refuses.
func poison(uid, sid social.UserID) []persistence.Record {
	return []persistence.Record{
		swipe(uid, sid, 3),
		swipe(uid, sid, 0),
		swipeAt(uid, sid, social.MarkLike, time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)),
		like(uid, uid),
	}
}

func poisonFailsAlone(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 100)
	r := limits(5)
	bad := poison(5, 6)
	bad[2].Meter, bad[2].ResetsAt = r.MeterOf(social.MarkLike, noon), r.ResetsAt(noon)
	var batch []persistence.Record
	isBad := map[int]bool{}
	for a := social.UserID(11); a < 100; a += 2 {
		batch = append(batch, like(a, a+1), like(a+1, a))
		if i := int(a) - 20; i >= 0 && i%10 == 1 && i/10 < len(bad) {
			isBad[len(batch)] = true
			batch = append(batch, bad[i/10])
		}
	}
	require.Len(t, isBad, len(bad))
	for i, answer := range record(t, db.A, batch...) {
		if isBad[i] {
			requireCode(t, social.CodeInvalidRequest, answer.Err)
		} else {
			require.NoError(t, answer.Err, "record %d", i)
		}
	}
	w := look(t, db.B, everyone)
	w.requireWhole(t)
	require.Equal(t, 45, w.friendships())
	require.NotContains(t, w.marks, direction{5, 6})
	require.Zero(t, used(t, db.A, 5, social.ActionLike, noon), "what is not stored costs nothing")
}

func onlyPoison(t *testing.T, db Database) {
	people(t, db.A, 1, 2)
	for _, bad := range poison(1, 2) {
		refuse(t, db.A, social.CodeInvalidRequest, bad)
	}
	for _, answer := range record(t, db.A, poison(1, 2)...) {
		require.Error(t, answer.Err)
	}
	require.False(t, accept(t, db.A, like(1, 2)).Repeated)
}

func largeBatch(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 60)
	var batch []persistence.Record
	for _, a := range everyone {
		for _, b := range everyone {
			if a != b {
				batch = append(batch, like(a, b))
			}
		}
	}
	for i, answer := range record(t, db.A, batch...) {
		require.NoError(t, answer.Err)
		require.Equal(t, batch[i].SID, answer.SID, "answers come in the order of the records")
		if answer.SID < batch[i].UID {
			require.True(t, answer.Matched, "%d likes %d", batch[i].UID, answer.SID)
		}
	}
	w := look(t, db.A, everyone)
	w.requireWhole(t)
	require.Equal(t, 60*59/2, w.friendships())
}
