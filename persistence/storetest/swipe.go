package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

func swipeCases() []testCase {
	return []testCase{
		{"swipe/every mark is stored and answered", everyMark},
		{"swipe/the second like matches", secondLikeMatches},
		{"swipe/a dislike never matches", dislikeNeverMatches},
		{"swipe/a repeat tells the stored outcome", repeatTellsOutcome},
		{"swipe/another mark is refused and changes nothing", contradictionRefused},
		{"swipe/a refused like never matches", refusedLikeNeverMatches},
		{"swipe/people who do not exist", unknownPeople},
		{"swipe/the lists of swipes", swipeLists},
		{"swipe/an empty batch", func(t *testing.T, db Database) { record(t, db.A) }},
	}
}

func everyMark(t *testing.T, db Database) {
	people(t, db.A, 1, 4)
	for i, mark := range []social.Mark{social.MarkLike, social.MarkSuperlike, social.MarkDislike} {
		sid := social.UserID(i + 2)
		got := accept(t, db.A, swipe(1, sid, mark))
		require.Equal(t, social.SwipeResult{SID: sid, Mark: mark}, got)
	}
	w := look(t, db.B, []social.UserID{1})
	require.Equal(t, map[direction]social.Mark{{1, 2}: social.MarkLike, {1, 3}: social.MarkSuperlike, {1, 4}: social.MarkDislike}, w.marks)
	require.Empty(t, w.friends)
	require.Empty(t, w.matches)
}

func secondLikeMatches(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 8)
	likes := []social.Mark{social.MarkLike, social.MarkSuperlike}
	var a social.UserID = 1
	for _, first := range likes {
		for _, second := range likes {
			require.False(t, accept(t, db.A, swipe(a, a+1, first)).Matched)
			got := accept(t, db.B, swipe(a+1, a, second))
			require.Equal(t, social.SwipeResult{SID: a, Mark: second, Matched: true}, got)
			a += 2
		}
	}
	w := look(t, db.A, everyone)
	w.requireWhole(t)
	require.Equal(t, 4, w.friendships())
}

func dislikeNeverMatches(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 4)
	accept(t, db.A, like(1, 2))
	require.False(t, accept(t, db.A, swipe(2, 1, social.MarkDislike)).Matched)
	accept(t, db.A, swipe(3, 4, social.MarkDislike))
	require.False(t, accept(t, db.A, like(4, 3)).Matched)

	w := look(t, db.A, everyone)
	w.requireWhole(t)
	require.Zero(t, w.friendships())
	require.Empty(t, w.matches)
}

func repeatTellsOutcome(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 2)
	accept(t, db.A, like(1, 2))
	require.Equal(t, social.SwipeResult{SID: 2, Mark: social.MarkLike, Repeated: true}, accept(t, db.B, like(1, 2)))

	accept(t, db.A, like(2, 1))
	// The first like's sender learns of the match by asking again.
	require.Equal(t, social.SwipeResult{SID: 2, Mark: social.MarkLike, Matched: true, Repeated: true}, accept(t, db.A, like(1, 2)))
	require.Equal(t, social.SwipeResult{SID: 1, Mark: social.MarkLike, Matched: true, Repeated: true}, accept(t, db.B, like(2, 1)))

	// A retry carries a later time; the first one stays.
	accept(t, db.A, swipeAt(1, 2, social.MarkLike, noon.Add(time.Hour)))
	recent, err := db.A.RecentSwipes(t.Context(), 1, 10)
	require.NoError(t, err)
	require.Len(t, recent, 1)
	require.True(t, recent[0].Time.Equal(noon), "the time is the first swipe's: %s", recent[0].Time)

	w := look(t, db.A, everyone)
	w.requireWhole(t)
	require.Equal(t, 1, w.matches[direction{1, 2}], "repeats tell nobody of a match again")
}

func contradictionRefused(t *testing.T, db Database) {
	people(t, db.A, 1, 4)
	marks := []social.Mark{social.MarkLike, social.MarkSuperlike, social.MarkDislike}
	for i, stored := range marks {
		sid := social.UserID(i + 2)
		accept(t, db.A, swipe(1, sid, stored))
		for _, mark := range marks {
			if mark == stored {
				continue
			}
			refuse(t, db.B, social.CodeAlreadySwiped, swipe(1, sid, mark))
		}
		require.True(t, accept(t, db.A, swipe(1, sid, stored)).Repeated, "the stored %s still stands", stored)
	}
}

func refusedLikeNeverMatches(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 2)
	accept(t, db.A, swipe(1, 2, social.MarkDislike))
	accept(t, db.A, like(2, 1))
	for range 3 {
		refuse(t, db.A, social.CodeAlreadySwiped, like(1, 2))
		refuse(t, db.B, social.CodeAlreadySwiped, swipe(1, 2, social.MarkSuperlike))
	}
	require.False(t, accept(t, db.A, like(2, 1)).Matched)
	w := look(t, db.A, everyone)
	w.requireWhole(t)
	require.Zero(t, w.friendships())
	require.Empty(t, w.matches)
}

func unknownPeople(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 3)
	answers := record(t, db.A, like(1, 99), like(1, 2), like(77, 2), like(2, 1), like(1, 99), like(1, 1<<62))
	requireCode(t, social.CodeUserNotFound, answers[0].Err)
	require.NoError(t, answers[1].Err)
	requireCode(t, social.CodeUnauthenticated, answers[2].Err)
	require.NoError(t, answers[3].Err)
	require.True(t, answers[3].Matched)
	requireCode(t, social.CodeUserNotFound, answers[4].Err)
	requireCode(t, social.CodeUserNotFound, answers[5].Err)

	w := look(t, db.A, append(everyone, 77, 99))
	w.requireWhole(t)
	require.Len(t, w.marks, 2, "what was refused is not stored")

	// The refusal does not outlast its reason.
	people(t, db.A, 99, 1)
	require.False(t, accept(t, db.A, like(1, 99)).Repeated)
}

func swipeLists(t *testing.T, db Database) {
	people(t, db.A, 1, 9)
	for i, sid := range []social.UserID{7, 3, 9, 2} {
		accept(t, db.A, swipeAt(1, sid, social.MarkDislike, noon.Add(-time.Duration(i)*time.Minute)))
	}
	befriend(t, db.A, 1, 5)
	require.NoError(t, db.A.Unfriend(t.Context(), 1, 5, noon))
	accept(t, db.A, swipe(1, 4, social.MarkSuperlike))

	ids, err := db.B.SwipedIDs(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, []social.UserID{2, 3, 4, 5, 7, 9}, ids)
	ids, err = db.B.SwipedIDs(t.Context(), 8)
	require.NoError(t, err)
	require.Empty(t, ids)

	recent, err := db.B.RecentSwipes(t.Context(), 1, 3)
	require.NoError(t, err)
	require.Len(t, recent, 3)
	require.Equal(t, social.Swipe{UID: 1, SID: 4, Mark: social.MarkSuperlike, Time: recent[0].Time}, recent[0])
	require.True(t, recent[0].Time.Equal(noon))
	require.Equal(t, social.UserID(5), recent[1].SID)
	require.Equal(t, social.MarkEnded, recent[1].Mark)
	require.Equal(t, social.UserID(2), recent[2].SID, "the order is that of storing, whatever the clocks said")

	counts, err := db.B.CountSwipes(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, map[social.Mark]int{social.MarkDislike: 4, social.MarkEnded: 1, social.MarkSuperlike: 1}, counts)
}
