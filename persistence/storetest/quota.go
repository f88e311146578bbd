package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func quotaCases() []testCase {
	return []testCase{
		{"quota/charged for what is new and stored only", chargedOnce},
		{"quota/several metered records of a user in a batch", meteredBatch},
		{"quota/repeats in a batch", meteredRepeats},
		{"quota/limits, also changed in between", likeLimits},
		{"quota/each action and day of its own", quotasApart},
	}
}

func chargedOnce(t *testing.T, db Database) {
	people(t, db.A, 1, 9)
	r := limits(2)
	like := func(sid social.UserID) persistence.Record { return metered(r, 1, sid, social.MarkLike, noon) }
	spent := func() int { return used(t, db.B, 1, social.ActionLike, noon) }

	accept(t, db.A, swipe(1, 2, social.MarkDislike))
	refuse(t, db.A, social.CodeAlreadySwiped, like(2))
	refuse(t, db.A, social.CodeUserNotFound, like(404))
	require.Zero(t, spent())

	accept(t, db.A, like(3))
	require.Equal(t, 1, spent())
	require.True(t, accept(t, db.B, like(3)).Repeated)
	require.Equal(t, 1, spent())

	accept(t, db.A, like(4))
	require.Equal(t, 12*time.Hour, retryAfter(t, social.CodeLikeQuotaExceeded, record(t, db.A, like(5))[0].Err))
	require.True(t, accept(t, db.A, like(4)).Repeated, "a repeat is answered when all is used up, too")
	refuse(t, db.A, social.CodeAlreadySwiped, metered(r, 1, 4, social.MarkSuperlike, noon))
	require.Equal(t, 2, spent())
	require.Zero(t, used(t, db.A, 1, social.ActionSuperlike, noon))

	swiped, err := db.A.SwipedIDs(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, []social.UserID{2, 3, 4}, swiped, "what is refused is not stored")

	// Likes spent are not refunded.
	_, err = db.A.Rewind(t.Context(), rewindOf(1, 3, noon))
	require.NoError(t, err)
	require.Equal(t, 2, spent())
	refuse(t, db.A, social.CodeLikeQuotaExceeded, like(4))
}

func meteredBatch(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 20)
	r := limits(3)
	for sid := social.UserID(10); sid < 16; sid++ {
		accept(t, db.A, like(sid, 1))
	}
	var batch []persistence.Record
	for sid := social.UserID(10); sid < 16; sid++ {
		batch = append(batch, metered(r, 1, sid, social.MarkLike, noon), metered(r, 2, sid, social.MarkSuperlike, noon))
	}
	batch = append(batch, metered(r, 1, 16, social.MarkSuperlike, noon), metered(r, 1, 17, social.MarkDislike, noon))
	answers := record(t, db.A, batch...)
	for i := range 12 {
		switch {
		case i < 6:
			require.NoError(t, answers[i].Err, "record %d", i)
			require.Equal(t, i%2 == 0, answers[i].Matched, "record %d", i)
		case i%2 == 0:
			requireCode(t, social.CodeLikeQuotaExceeded, answers[i].Err)
		default:
			requireCode(t, social.CodeSuperlikeQuotaExceeded, answers[i].Err)
		}
	}
	require.NoError(t, answers[12].Err, "superlikes have a limit of their own")
	require.NoError(t, answers[13].Err)
	require.Equal(t, 3, used(t, db.B, 1, social.ActionLike, noon))
	require.Equal(t, 1, used(t, db.B, 1, social.ActionSuperlike, noon))
	require.Equal(t, 3, used(t, db.B, 2, social.ActionSuperlike, noon))
	w := look(t, db.A, everyone)
	w.requireWhole(t)
	require.Equal(t, 3, w.friendships(), "a like refused by its quota never matches")
}

func meteredRepeats(t *testing.T, db Database) {
	people(t, db.A, 1, 9)
	r := limits(2)
	a, b := metered(r, 1, 2, social.MarkLike, noon), metered(r, 1, 3, social.MarkLike, noon)
	for i, answer := range record(t, db.A, a, a, b, a, b, b) {
		require.NoError(t, answer.Err)
		require.Equal(t, i != 0 && i != 2, answer.Repeated, "record %d", i)
	}
	require.Equal(t, 2, used(t, db.A, 1, social.ActionLike, noon))
	// Refused once, refused every time; what is stored stays answered.
	c := metered(r, 1, 4, social.MarkLike, noon)
	answers := record(t, db.A, c, a, c, b)
	requireCode(t, social.CodeLikeQuotaExceeded, answers[0].Err)
	require.NoError(t, answers[1].Err)
	requireCode(t, social.CodeLikeQuotaExceeded, answers[2].Err)
	require.NoError(t, answers[3].Err)
	require.Equal(t, 2, used(t, db.A, 1, social.ActionLike, noon))
}

func likeLimits(t *testing.T, db Database) {
	people(t, db.A, 1, 30)
	sid, count := social.UserID(2), 0
	for _, step := range []struct {
		limit   social.Limit
		granted bool
	}{{0, false}, {0, false}, {1, true}, {1, false}, {2, true}, {1, false}, {0, false}, {3, true}} {
		rec := metered(limits(step.limit), 1, sid, social.MarkSuperlike, noon)
		require.NotNil(t, rec.Meter)
		if !step.granted {
			refuse(t, db.A, social.CodeSuperlikeQuotaExceeded, rec)
			continue
		}
		accept(t, db.A, rec)
		sid++
		count++
	}
	require.Equal(t, count, used(t, db.A, 1, social.ActionSuperlike, noon))
	accept(t, db.A, metered(limits(social.NoLimit), 1, sid, social.MarkSuperlike, noon))
	require.Equal(t, count, used(t, db.A, 1, social.ActionSuperlike, noon), "likes without a limit are not counted")
}

func quotasApart(t *testing.T, db Database) {
	people(t, db.A, 1, 9)
	r := limits(1)
	midnight := time.Date(2026, time.March, 15, 0, 0, 0, 0, shanghai)
	accept(t, db.A, metered(r, 1, 2, social.MarkLike, midnight.Add(-time.Microsecond)))
	refuse(t, db.A, social.CodeLikeQuotaExceeded, metered(r, 1, 3, social.MarkLike, midnight.Add(-time.Microsecond)))
	// In one batch, on both sides of midnight: the old day is used up, the new one is not.
	answers := record(t, db.A,
		metered(r, 1, 4, social.MarkLike, midnight.Add(-time.Microsecond)),
		metered(r, 1, 3, social.MarkLike, midnight))
	requireCode(t, social.CodeLikeQuotaExceeded, answers[0].Err)
	require.NoError(t, answers[1].Err)
	accept(t, db.A, metered(r, 2, 3, social.MarkLike, midnight))

	quotas, err := db.B.QuotasUsed(t.Context(), 1, r.Today(midnight))
	require.NoError(t, err)
	require.Equal(t, map[social.Action]int{social.ActionLike: 1}, quotas, "actions not used are absent")
	quotas, err = db.B.QuotasUsed(t.Context(), 3, r.Today(midnight))
	require.NoError(t, err)
	require.Empty(t, quotas)
}
