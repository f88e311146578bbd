package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func likeCases() []testCase {
	return []testCase{
		{"like/superlikes first, newest first, by cursor", likeList},
		{"like/what I answered is left out", likesAnswered},
	}
}

func likeOf(l persistence.Like) social.UserID { return l.User.ID }

func likeList(t *testing.T, db Database) {
	people(t, db.A, 1, 30)
	for i, uid := range []social.UserID{9, 4, 12, 30, 2, 7, 21, 5} {
		mark := social.MarkLike
		if i%3 == 1 {
			mark = social.MarkSuperlike
		}
		accept(t, db.A, swipe(uid, 1, mark))
	}
	accept(t, db.A, swipe(15, 1, social.MarkDislike))
	accept(t, db.A, like(16, 2))
	want := []social.UserID{5, 2, 4, 21, 7, 30, 12, 9} // superlikes: 4, 2, 5

	all, err := db.B.LikesOf(t.Context(), 1, persistence.LikeCursor{}, everything)
	require.NoError(t, err)
	require.Equal(t, want, ids(all, likeOf))
	for i, l := range all {
		require.Equal(t, i < 3, l.Mark == social.MarkSuperlike)
		require.Equal(t, person(l.User.ID).Nickname, l.User.Nickname)
	}
	for size := 1; size <= 4; size++ {
		var paged []social.UserID
		for cursor := (persistence.LikeCursor{}); ; {
			page, err := db.A.LikesOf(t.Context(), 1, cursor, size)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page), size)
			if len(page) == 0 {
				break
			}
			paged = append(paged, ids(page, likeOf)...)
			cursor = page[len(page)-1].Cursor
		}
		require.Equal(t, want, paged, "in pages of %d", size)
	}

	// A like that comes while someone pages moves nobody.
	page, err := db.A.LikesOf(t.Context(), 1, persistence.LikeCursor{}, 4)
	require.NoError(t, err)
	accept(t, db.A, swipe(25, 1, social.MarkSuperlike))
	rest, err := db.A.LikesOf(t.Context(), 1, page[3].Cursor, everything)
	require.NoError(t, err)
	require.Equal(t, want[4:], ids(rest, likeOf))
}

func likesAnswered(t *testing.T, db Database) {
	people(t, db.A, 1, 9)
	for _, uid := range []social.UserID{2, 3, 4, 5, 6} {
		accept(t, db.A, like(uid, 1))
	}
	accept(t, db.A, like(1, 2))
	accept(t, db.A, swipe(1, 3, social.MarkDislike))
	accept(t, db.A, like(1, 4))
	require.NoError(t, db.A.Unfriend(t.Context(), 1, 4, noon)) // a tombstone is an answer
	require.Equal(t, []social.UserID{6, 5}, likersOf(t, db.B, 1))

	// What is taken back is open again; what the other side takes back is gone.
	accept(t, db.A, like(1, 6))
	_, err := db.A.Rewind(t.Context(), rewindOf(1, 3, noon))
	require.NoError(t, err)
	require.Equal(t, []social.UserID{6, 5}, likersOf(t, db.B, 1))
	_, err = db.A.Rewind(t.Context(), rewindOf(5, 3, noon))
	require.NoError(t, err)
	require.Equal(t, []social.UserID{6}, likersOf(t, db.B, 1))
	require.Empty(t, likersOf(t, db.B, 9))
}

// likersOf gives who likes uid and waits for an answer.
func likersOf(t require.TestingT, s persistence.Swipes, uid social.UserID) []social.UserID {
	likes, err := s.LikesOf(background(), uid, persistence.LikeCursor{}, everything)
	require.NoError(t, err)
	return ids(likes, likeOf)
}
