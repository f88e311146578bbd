package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func deletedCases() []testCase {
	return []testCase{
		{"deleted/swipes neither way", deletedSwipes},
		{"deleted/shows nowhere", deletedShowsNowhere},
	}
}

func deletedSwipes(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 5)
	r := limits(3)
	accept(t, db.A, like(2, 1))
	db.Delete(t, 2)
	answers := record(t, db.A,
		metered(r, 1, 2, social.MarkLike, noon), // would match with 2's like
		metered(r, 2, 3, social.MarkLike, noon),
		like(1, 3),
		like(3, 1))
	requireCode(t, social.CodeUserNotFound, answers[0].Err)
	requireCode(t, social.CodeUnauthenticated, answers[1].Err)
	require.NoError(t, answers[2].Err)
	require.NoError(t, answers[3].Err)
	require.Zero(t, used(t, db.A, 1, social.ActionLike, noon))
	require.Zero(t, used(t, db.A, 2, social.ActionLike, noon))
	w := look(t, db.A, everyone)
	w.requireWhole(t)
	require.Equal(t, 1, w.friendships())
}

func deletedShowsNowhere(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 5)
	befriend(t, db.A, 1, 2)
	befriend(t, db.A, 1, 3)
	accept(t, db.A, like(4, 1))
	accept(t, db.A, like(5, 1))
	db.Delete(t, 2)
	db.Delete(t, 4)

	_, err := db.A.User(t.Context(), 2)
	requireCode(t, social.CodeUserNotFound, err)
	_, err = db.A.UpdateProfile(t.Context(), 2, social.ProfilePatch{Bio: new("x")}, social.DateOf(noon))
	requireCode(t, social.CodeUserNotFound, err)
	n, err := db.A.CountUsers(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, len(everyone), n, "deleted ones are counted")

	friends, err := db.A.Friends(t.Context(), 1, persistence.FriendCursor{}, everything)
	require.NoError(t, err)
	require.Equal(t, []social.UserID{3}, ids(friends, friendOf))
	_, err = db.A.Friend(t.Context(), 1, 2)
	requireCode(t, social.CodeNotFriends, err)
	require.Equal(t, []social.UserID{5}, likersOf(t, db.A, 1))

	dealt, err := db.A.Undealt(t.Context(), 3, everyone)
	require.NoError(t, err)
	require.Equal(t, []social.UserID{5}, ids(dealt, userOf))
	u := person(3)
	candidates, err := db.A.Candidates(t.Context(), social.WantedBy(&u, social.DateOf(noon)), 0, everything)
	require.NoError(t, err)
	require.Equal(t, []social.UserID{1, 3, 5}, candidates)
}
