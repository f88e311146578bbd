package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

func rewindCases() []testCase {
	return []testCase{
		{"rewind/takes back the latest, one by one", rewindLatest},
		{"rewind/ends the friendship and tells the other side", rewindEndsFriendship},
		{"rewind/passes over tombstones", rewindPassesTombstones},
		{"rewind/leaves the other side's tombstone", rewindBesideTombstone},
		{"rewind/the window", rewindWindow},
		{"rewind/what was taken back may be swiped anew", swipeAfterRewind},
		{"rewind/limits, also changed in between", rewindLimits},
		{"rewind/nothing to rewind comes before the quota", nothingBeforeQuota},
		{"rewind/midnight on either side", rewindMidnight},
	}
}

func rewindLatest(t *testing.T, db Database) {
	people(t, db.A, 1, 5)
	marks := []social.Mark{social.MarkLike, social.MarkDislike, social.MarkSuperlike}
	for i, mark := range marks {
		accept(t, db.A, swipe(1, social.UserID(i+2), mark))
	}
	accept(t, db.A, like(5, 1)) // another's swipe is not mine to take back
	for i, mark := range slices.Backward(marks) {
		got, err := db.B.Rewind(t.Context(), rewindOf(1, social.NoLimit, noon))
		require.NoError(t, err)
		require.Equal(t, social.RewindResult{SID: social.UserID(i + 2), Mark: mark, Used: len(marks) - i, Limit: social.NoLimit}, got)
		left, err := db.A.SwipedIDs(t.Context(), 1)
		require.NoError(t, err)
		require.Len(t, left, i)
	}
	_, err := db.A.Rewind(t.Context(), rewindOf(1, social.NoLimit, noon))
	requireCode(t, social.CodeNothingToRewind, err)
	require.Equal(t, 3, used(t, db.A, 1, social.ActionRewind, noon), "rewinds are counted without a limit too")
	require.Equal(t, social.MarkLike, look(t, db.A, []social.UserID{5}).marks[direction{5, 1}])
}

func rewindEndsFriendship(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 2)
	befriend(t, db.A, 1, 2)
	got, err := db.B.Rewind(t.Context(), rewindOf(1, 3, noon))
	require.NoError(t, err)
	require.Equal(t, social.RewindResult{SID: 2, Mark: social.MarkLike, Unmatched: true, Used: 1, Limit: 3}, got)

	w := look(t, db.A, everyone)
	w.requireWhole(t)
	require.Zero(t, w.friendships())
	require.Equal(t, map[direction]int{{2, 1}: 1}, w.unmatches, "only the other side is told")
	require.Equal(t, map[direction]social.Mark{{2, 1}: social.MarkLike}, w.marks, "the other side's like stays")
	require.False(t, accept(t, db.A, like(2, 1)).Matched)
	_, err = db.A.Friend(t.Context(), 2, 1)
	requireCode(t, social.CodeNotFriends, err)
}

func rewindPassesTombstones(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 3)
	accept(t, db.A, like(1, 2))
	befriend(t, db.A, 1, 3)
	require.NoError(t, db.A.Unfriend(t.Context(), 1, 3, noon))

	got, err := db.A.Rewind(t.Context(), rewindOf(1, 3, noon))
	require.NoError(t, err)
	require.Equal(t, social.UserID(2), got.SID)
	_, err = db.A.Rewind(t.Context(), rewindOf(1, 3, noon))
	requireCode(t, social.CodeNothingToRewind, err)

	w := look(t, db.A, everyone)
	w.requireWhole(t)
	require.Equal(t, social.MarkEnded, w.marks[direction{1, 3}])
	require.Equal(t, 1, used(t, db.A, 1, social.ActionRewind, noon))
}

func rewindBesideTombstone(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 2)
	befriend(t, db.A, 1, 2)
	require.NoError(t, db.A.Unfriend(t.Context(), 2, 1, noon))

	got, err := db.A.Rewind(t.Context(), rewindOf(1, 3, noon))
	require.NoError(t, err)
	require.Equal(t, social.RewindResult{SID: 2, Mark: social.MarkLike, Used: 1, Limit: 3}, got, "the friendship had ended before")
	require.False(t, accept(t, db.A, like(1, 2)).Matched, "nothing resurrects what was ended")
	refuse(t, db.A, social.CodeAlreadySwiped, like(2, 1))

	w := look(t, db.A, everyone)
	w.requireWhole(t)
}

func rewindWindow(t *testing.T, db Database) {
	people(t, db.A, 1, 3)
	accept(t, db.A, swipeAt(1, 2, social.MarkLike, noon))
	req := rewindOf(1, 3, noon.Add(5*time.Minute+time.Microsecond))
	req.Window = 5 * time.Minute
	_, err := db.A.Rewind(t.Context(), req)
	requireCode(t, social.CodeNothingToRewind, err)
	require.Zero(t, used(t, db.A, 1, social.ActionRewind, noon), "nothing is charged")

	req.Time = noon.Add(5 * time.Minute)
	got, err := db.A.Rewind(t.Context(), req)
	require.NoError(t, err, "as old as the window is not older")
	require.Equal(t, social.UserID(2), got.SID)
}

func swipeAfterRewind(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 3)
	accept(t, db.A, like(2, 1))
	accept(t, db.A, swipe(1, 2, social.MarkDislike))
	accept(t, db.A, like(1, 3))
	for range 2 {
		_, err := db.A.Rewind(t.Context(), rewindOf(1, 3, noon))
		require.NoError(t, err)
	}
	got := accept(t, db.B, like(1, 2))
	require.Equal(t, social.SwipeResult{SID: 2, Mark: social.MarkLike, Matched: true}, got, "a new swipe, no repeat")

	again, err := db.A.Rewind(t.Context(), rewindOf(1, 3, noon))
	require.NoError(t, err, "a new swipe is the latest again")
	require.Equal(t, social.RewindResult{SID: 2, Mark: social.MarkLike, Unmatched: true, Used: 3, Limit: 3}, again)
	w := look(t, db.A, everyone)
	w.requireWhole(t)
}

func rewindLimits(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 20)
	for _, sid := range everyone[1:] {
		accept(t, db.A, like(1, sid))
	}
	count := 0
	for _, step := range []struct {
		limit   social.Limit
		granted bool
	}{
		{0, false},
		{1, true},
		{1, false},
		{3, true},
		{3, true},
		{3, false},
		{2, false},
		{0, false},
		{social.NoLimit, true},
		{social.NoLimit, true},
		{5, false},
		{6, true},
		{6, false},
	} {
		req := rewindOf(1, step.limit, noon)
		got, err := db.A.Rewind(t.Context(), req)
		if !step.granted {
			require.Equal(t, 12*time.Hour, retryAfter(t, social.CodeRewindQuotaExceeded, err), "from noon to midnight")
			continue
		}
		count++
		require.NoError(t, err, "limit %d, used %d", step.limit, count-1)
		require.Equal(t, count, got.Used)
		require.Equal(t, social.UserID(21-count), got.SID)
	}
	require.Equal(t, count, used(t, db.B, 1, social.ActionRewind, noon))
	left, err := db.A.SwipedIDs(t.Context(), 1)
	require.NoError(t, err)
	require.Len(t, left, 19-count, "a refusal takes nothing back")
}

func nothingBeforeQuota(t *testing.T, db Database) {
	people(t, db.A, 1, 2)
	_, err := db.A.Rewind(t.Context(), rewindOf(1, 0, noon))
	requireCode(t, social.CodeNothingToRewind, err)
	accept(t, db.A, like(1, 2))
	_, err = db.A.Rewind(t.Context(), rewindOf(1, 1, noon))
	require.NoError(t, err)
	_, err = db.A.Rewind(t.Context(), rewindOf(1, 1, noon))
	requireCode(t, social.CodeNothingToRewind, err)
}

func rewindMidnight(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 10)
	for _, sid := range everyone[1:] {
		accept(t, db.A, swipeAt(1, sid, social.MarkLike, noon))
	}
	midnight := time.Date(2026, time.March, 15, 0, 0, 0, 0, shanghai)
	before := midnight.Add(-time.Microsecond)
	for range 3 {
		_, err := db.A.Rewind(t.Context(), rewindOf(1, 3, before))
		require.NoError(t, err)
	}
	_, err := db.A.Rewind(t.Context(), rewindOf(1, 3, before))
	require.Equal(t, time.Second, retryAfter(t, social.CodeRewindQuotaExceeded, err), "a wait is a second at least")
	for i := range 3 {
		got, err := db.A.Rewind(t.Context(), rewindOf(1, 3, midnight))
		require.NoError(t, err)
		require.Equal(t, i+1, got.Used)
	}
	_, err = db.A.Rewind(t.Context(), rewindOf(1, 3, midnight))
	require.Equal(t, 24*time.Hour, retryAfter(t, social.CodeRewindQuotaExceeded, err))
	// A node whose clock is behind still finds the old day used up.
	_, err = db.B.Rewind(t.Context(), rewindOf(1, 3, before))
	requireCode(t, social.CodeRewindQuotaExceeded, err)

	require.Equal(t, 3, used(t, db.A, 1, social.ActionRewind, before))
	require.Equal(t, 3, used(t, db.A, 1, social.ActionRewind, midnight))
}
