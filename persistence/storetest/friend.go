package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func friendCases() []testCase {
	return []testCase{
		{"friend/the list, newest first, by cursor", friendList},
		{"friend/one friend", oneFriend},
		{"friend/unfriending", unfriend},
		{"friend/both unfriend", bothUnfriend},
		{"friend/nothing resurrects a friendship that was ended", nothingResurrects},
	}
}

func friendOf(f persistence.Friend) social.UserID { return f.User.ID }

func friendList(t *testing.T, db Database) {
	people(t, db.A, 1, 30)
	var want []social.UserID
	for i, sid := range []social.UserID{20, 3, 7, 29, 11, 2, 30, 5, 6, 4} {
		at := noon.Add(time.Duration(i/2) * time.Second) // two each in the same instant
		accept(t, db.A, swipeAt(sid, 10, social.MarkLike, noon.Add(-time.Hour)))
		accept(t, db.A, swipeAt(10, sid, social.MarkLike, at))
		want = append(want, sid)
	}
	slices.Reverse(want)
	befriend(t, db.A, 20, 3) // friends of others are not mine

	all, err := db.B.Friends(t.Context(), 10, persistence.FriendCursor{}, everything)
	require.NoError(t, err)
	require.Equal(t, sorted(want), sorted(ids(all, friendOf)))
	for i, f := range all {
		require.Equal(t, person(f.User.ID).Nickname, f.User.Nickname)
		require.True(t, f.Since.Equal(noon.Add(time.Duration((len(want)-1-i)/2)*time.Second)), "friend %d since %s", i, f.Since)
	}
	n, err := db.B.CountFriends(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, len(want), n)

	for size := 1; size <= 4; size++ {
		var paged []persistence.Friend
		for cursor := (persistence.FriendCursor{}); ; {
			page, err := db.A.Friends(t.Context(), 10, cursor, size)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page), size)
			if len(page) == 0 {
				break
			}
			paged = append(paged, page...)
			last := page[len(page)-1]
			cursor = persistence.FriendCursor{Time: last.Since, SID: last.User.ID}
		}
		require.Equal(t, ids(all, friendOf), ids(paged, friendOf), "in pages of %d", size)
	}
}

func oneFriend(t *testing.T, db Database) {
	people(t, db.A, 1, 3)
	befriend(t, db.A, 2, 1)
	for _, pair := range [][2]social.UserID{{1, 2}, {2, 1}} {
		f, err := db.B.Friend(t.Context(), pair[0], pair[1])
		require.NoError(t, err)
		require.Equal(t, pair[1], f.User.ID)
		require.True(t, f.Since.Equal(noon))
	}
	for _, sid := range []social.UserID{3, 1, 404} {
		_, err := db.B.Friend(t.Context(), 1, sid)
		requireCode(t, social.CodeNotFriends, err)
	}
}

func unfriend(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 4)
	befriend(t, db.A, 2, 1)
	befriend(t, db.A, 1, 3)
	for _, sid := range []social.UserID{1, 4, 404} {
		requireCode(t, social.CodeNotFriends, db.A.Unfriend(t.Context(), 1, sid, noon))
	}
	accept(t, db.A, like(1, 4))
	requireCode(t, social.CodeNotFriends, db.A.Unfriend(t.Context(), 1, 4, noon))

	at := noon.Add(time.Minute)
	require.NoError(t, db.B.Unfriend(t.Context(), 1, 2, at))
	requireCode(t, social.CodeNotFriends, db.A.Unfriend(t.Context(), 1, 2, at))
	requireCode(t, social.CodeNotFriends, db.A.Unfriend(t.Context(), 2, 1, at))

	w := look(t, db.A, everyone)
	w.requireWhole(t)
	require.Equal(t, map[direction]int{{2, 1}: 1}, w.unmatches, "only the other side is told")
	require.Equal(t, map[direction]social.Mark{
		{1, 2}: social.MarkEnded, {2, 1}: social.MarkLike, {1, 3}: social.MarkLike, {3, 1}: social.MarkLike, {1, 4}: social.MarkLike,
	}, w.marks)
	events, err := db.A.EventsOf(t.Context(), 2, 0, everything)
	require.NoError(t, err)
	require.True(t, events[len(events)-1].Time.Equal(at))
	n, err := db.A.CountFriends(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, 1, n)
}

func bothUnfriend(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 100)
	for a := social.UserID(1); a < 100; a += 2 {
		befriend(t, db.A, a, a+1)
		var first, second error
		together(
			func() { first = db.A.Unfriend(background(), a, a+1, noon) },
			func() { second = db.B.Unfriend(background(), a+1, a, noon) })
		if first != nil {
			first, second = second, first
		}
		require.NoError(t, first, "one of the two ends it")
		requireCode(t, social.CodeNotFriends, second)
	}
	w := look(t, db.A, everyone)
	w.requireWhole(t)
	require.Zero(t, w.friendships())
	require.Len(t, w.unmatches, 50)
}

func nothingResurrects(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 2)
	befriend(t, db.A, 1, 2)
	require.NoError(t, db.A.Unfriend(t.Context(), 1, 2, noon))
	for range 2 {
		require.Equal(t, social.SwipeResult{SID: 1, Mark: social.MarkLike, Repeated: true}, accept(t, db.B, like(2, 1)))
		for _, mark := range []social.Mark{social.MarkLike, social.MarkSuperlike, social.MarkDislike} {
			refuse(t, db.A, social.CodeAlreadySwiped, swipe(1, 2, mark))
		}
	}
	// Not even the other side taking its like back and giving it again.
	_, err := db.A.Rewind(t.Context(), rewindOf(2, 3, noon))
	require.NoError(t, err)
	require.False(t, accept(t, db.A, swipe(2, 1, social.MarkSuperlike)).Matched)
	w := look(t, db.A, everyone)
	w.requireWhole(t)
	require.Zero(t, w.friendships())
}
