package postgres_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testdb"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/postgres"
	"github.com/swiperhq/swiper/social"
)

// The connection breaks after the server has committed and before its answer
// arrives: nobody can know the outcome then, and asking again tells it.
func TestCutBetweenCommitAndAnswer(t *testing.T) {
	t.Parallel()
	direct, s, c := cuttable(t)
	now := time.Date(2026, 3, 14, 4, 0, 0, 0, time.UTC)
	day := social.DateOf(now)
	metered := func(uid, sid social.UserID) []persistence.Record {
		return []persistence.Record{{
			Swipe: social.Swipe{UID: uid, SID: sid, Mark: social.MarkLike, Time: now},
			Meter: &social.Meter{Action: social.ActionLike, Day: day, Limit: 5}, ResetsAt: now.Add(time.Hour),
		}}
	}
	rewind := func(uid social.UserID) persistence.RewindRequest {
		return persistence.RewindRequest{
			UID: uid, Time: now, Meter: social.Meter{Action: social.ActionRewind, Day: day, Limit: 3}, ResetsAt: now.Add(time.Hour),
		}
	}
	// Twice each, so that a connection has prepared its statements when it is cut.
	warm := func() {
		for range 2 {
			_, err := s.RecordSwipes(t.Context(), metered(99, 100))
			require.NoError(t, err)
			_, err = s.Rewind(t.Context(), rewind(98))
			require.ErrorIs(t, err, &social.Error{Code: social.CodeNothingToRewind})
			require.ErrorIs(t, s.Unfriend(t.Context(), 98, 97, now), &social.Error{Code: social.CodeNotFriends})
		}
	}
	unknown := func(err error) {
		t.Helper()
		require.Contains(t, []social.Code{social.CodeUnavailable, social.CodeTimeout}, social.CodeOf(err), "%v", err)
	}
	for uid := social.UserID(1); uid <= 20; uid += 2 {
		sid := uid + 1
		_, err := direct.RecordSwipes(t.Context(), metered(sid, uid))
		require.NoError(t, err)

		warm()
		c.cutAfter(1)
		_, err = s.RecordSwipes(t.Context(), metered(uid, sid))
		unknown(err)
		_, err = direct.Friend(t.Context(), uid, sid)
		require.NoError(t, err, "it was committed; the cut came after")

		for range 2 {
			answers, err := s.RecordSwipes(t.Context(), metered(uid, sid))
			require.NoError(t, err)
			require.NoError(t, answers[0].Err)
			require.Equal(t, social.SwipeResult{SID: sid, Mark: social.MarkLike, Matched: true, Repeated: true}, answers[0].SwipeResult)
		}
		events, err := direct.EventsOf(t.Context(), uid, 0, 10)
		require.NoError(t, err)
		require.Len(t, events, 1, "one match, told once")
		used, err := direct.QuotasUsed(t.Context(), uid, day)
		require.NoError(t, err)
		require.Equal(t, 1, used[social.ActionLike], "charged once")

		warm()
		c.cutAfter(1)
		unknown(s.Unfriend(t.Context(), sid, uid, now))
		require.ErrorIs(t, s.Unfriend(t.Context(), sid, uid, now), &social.Error{Code: social.CodeNotFriends})

		// A rewind: the look-up for the latest swipe first, then the change.
		warm()
		_, err = s.Rewind(t.Context(), rewind(97)) // prepares the look-up on this connection
		require.ErrorIs(t, err, &social.Error{Code: social.CodeNothingToRewind})
		c.cutAfter(1)
		_, err = s.Rewind(t.Context(), rewind(uid))
		unknown(err)
		_, err = s.Rewind(t.Context(), rewind(uid))
		left, errLeft := direct.SwipedIDs(t.Context(), uid)
		require.NoError(t, errLeft)
		require.Empty(t, left)
		if err != nil { // the first had gone through
			require.ErrorIs(t, err, &social.Error{Code: social.CodeNothingToRewind})
		}
		used, err = direct.QuotasUsed(t.Context(), uid, day)
		require.NoError(t, err)
		require.Equal(t, 1, used[social.ActionRewind], "charged once")
		top, err := direct.DeckTop(t.Context(), uid, 10)
		require.NoError(t, err)
		require.Equal(t, []social.UserID{sid}, top.Rewound)
	}
	require.EqualValues(t, 30, c.cuts.Load())
}

// With a key, asking again after a cut gives the very answer that was lost.
func TestCutWithAKey(t *testing.T) {
	t.Parallel()
	direct, s, c := cuttable(t)
	key := func(k string) persistence.IdempotencyKey {
		return persistence.IdempotencyKey{Key: k, Digest: []byte(k)}
	}
	swipe := func(uid, sid social.UserID, k string) []persistence.Record {
		return []persistence.Record{{
			Swipe: social.Swipe{UID: uid, SID: sid, Mark: social.MarkLike, Time: noon}, Key: key(k), ResetsAt: noon.Add(time.Hour),
			Meter: &social.Meter{Action: social.ActionLike, Day: social.DateOf(noon), Limit: 100},
		}}
	}
	rewind := func(uid social.UserID, k string) persistence.RewindRequest {
		return persistence.RewindRequest{
			UID: uid, Time: noon, ResetsAt: noon.Add(time.Hour), Key: key(k),
			Meter: social.Meter{Action: social.ActionRewind, Day: social.DateOf(noon), Limit: 100},
		}
	}
	// Twice, so that a connection has prepared its statements when it is cut.
	warm := func(k string) {
		for i := range 2 {
			_, err := s.RecordSwipes(t.Context(), swipe(99, 100, fmt.Sprint(k, "+", i)))
			require.NoError(t, err)
			_, err = s.Rewind(t.Context(), rewind(99, fmt.Sprint(k, "-", i)))
			require.NoError(t, err)
		}
	}
	for uid := social.UserID(1); uid <= 20; uid += 2 {
		sid := uid + 1
		_, err := direct.RecordSwipes(t.Context(), swipe(sid, uid, "swipe"))
		require.NoError(t, err)
		warm(fmt.Sprint(uid))
		c.cutAfter(1)
		_, err = s.RecordSwipes(t.Context(), swipe(uid, sid, "swipe"))
		require.Contains(t, []social.Code{social.CodeUnavailable, social.CodeTimeout}, social.CodeOf(err), "%v", err)
		for range 2 {
			answers, err := s.RecordSwipes(t.Context(), swipe(uid, sid, "swipe"))
			require.NoError(t, err)
			require.NoError(t, answers[0].Err)
			require.Equal(t, social.SwipeResult{SID: sid, Mark: social.MarkLike, Matched: true, Replayed: true}, answers[0].SwipeResult)
		}
		warm(fmt.Sprint(sid))
		c.cutAfter(2) // the look-up goes through, the change is cut
		_, err = s.Rewind(t.Context(), rewind(uid, "rewind"))
		require.Contains(t, []social.Code{social.CodeUnavailable, social.CodeTimeout}, social.CodeOf(err), "%v", err)
		for range 2 {
			got, err := s.Rewind(t.Context(), rewind(uid, "rewind"))
			require.NoError(t, err)
			require.Equal(t, social.RewindResult{SID: sid, Mark: social.MarkLike, Unmatched: true, Used: 1, Limit: 100, Replayed: true}, got)
		}
		used, err := direct.QuotasUsed(t.Context(), uid, social.DateOf(noon))
		require.NoError(t, err)
		require.Equal(t, map[social.Action]int{social.ActionLike: 1, social.ActionRewind: 1}, used, "charged once")
	}
}

// A server that goes away fails calls at once, and is used again when it is back.
func TestServerGoneAndBack(t *testing.T) {
	t.Parallel()
	base, schema := testdb.Postgres(t)
	c := newCutter(t, base)
	s := open(t, c.url, schema)
	_, err := s.MigrateUp(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.Ping(t.Context()))
	for range 3 {
		c.setGone(true)
		for range 20 { // more than the pool has connections
			err := s.Ping(t.Context())
			require.ErrorIs(t, err, &social.Error{Code: social.CodeUnavailable})
			require.Positive(t, social.AsError(err).RetryAfter)
		}
		_, err := s.RecordSwipes(t.Context(), []persistence.Record{{Swipe: social.Swipe{UID: 1, SID: 2, Mark: social.MarkLike}}})
		require.ErrorIs(t, err, &social.Error{Code: social.CodeUnavailable})
		c.setGone(false)
		require.NoError(t, s.Ping(t.Context()))
	}
}

// cuttable gives two stores on a hundred people: one of a single connection, that c
// cuts, and one beside it that stays.
func cuttable(t *testing.T) (direct, s *postgres.Store, c *cutter) {
	t.Helper()
	base, schema := testdb.Postgres(t)
	direct = migrated(t, base, schema, 100)
	c = newCutter(t, base)
	s, err := postgres.Open(t.Context(), postgres.Options{URL: c.url, Schema: schema, MaxConns: 1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return direct, s, c
}
