package postgres_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testdb"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// A batch that needs several transactions keeps the order of a user's swipes,
// which is what a rewind goes by.
func TestRoundsKeepTheOrderOfAUser(t *testing.T) {
	t.Parallel()
	base, schema := testdb.Postgres(t)
	s := migrated(t, base, schema, 10)
	rec := func(uid, sid social.UserID, mark social.Mark, limit social.Limit) persistence.Record {
		r := persistence.Record{
			Swipe: social.Swipe{UID: uid, SID: sid, Mark: mark, Time: noon}, ResetsAt: noon.Add(time.Hour),
		}
		if action, metered := mark.Meter(); metered {
			r.Meter = &social.Meter{Action: action, Day: social.DateOf(noon), Limit: limit}
		}
		return r
	}
	answers, err := s.RecordSwipes(t.Context(), []persistence.Record{
		rec(1, 2, social.MarkLike, 2),
		rec(1, 3, social.MarkLike, 2),      // a second charge: the next round
		rec(1, 4, social.MarkDislike, 0),   // free, and yet behind it
		rec(1, 5, social.MarkSuperlike, 2), // another action: a round further
		rec(6, 7, social.MarkLike, 3),      // another limit: the second round
		rec(1, 8, social.MarkLike, 2),      // over the limit
		rec(1, 8, social.MarkDislike, 2),   // not answered from the refusal
		rec(1, 9, social.MarkDislike, 0),
	})
	require.NoError(t, err)
	for i, a := range answers {
		if i == 5 {
			require.ErrorIs(t, a.Err, &social.Error{Code: social.CodeLikeQuotaExceeded})
			continue
		}
		require.NoError(t, a.Err, "record %d", i)
		require.False(t, a.Repeated, "record %d", i)
	}
	recent, err := s.RecentSwipes(t.Context(), 1, 10)
	require.NoError(t, err)
	var order []social.UserID
	for _, swipe := range recent {
		order = append(order, swipe.SID)
	}
	require.Subset(t, []social.UserID{9, 8, 5, 4, 3, 2}, order)
	require.Len(t, order, 6)
	require.Equal(t, []social.UserID{5, 4, 3, 2}, order[2:], "in the order they came")
	used, err := s.QuotasUsed(t.Context(), 1, social.DateOf(noon))
	require.NoError(t, err)
	require.Equal(t, map[social.Action]int{social.ActionLike: 2, social.ActionSuperlike: 1}, used)
}
