package storetest

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func hotCases() []testCase {
	return []testCase{
		{"hot/likes are counted as they stand", hotCounts},
		{"hot/the window moves on by the hour", hotWindow},
		{"hot/people are counted page by page", hotPages},
		{"hot/superlikers among those shown", hotSuperlikers},
	}
}

const week = 7 * 24 * time.Hour

// requireHot wants these counts of the people named, by HotCounts and by HotPage.
func requireHot(t *testing.T, s persistence.Store, since int64, want ...persistence.HotCount) {
	t.Helper()
	ids := make([]social.UserID, len(want))
	var liked []persistence.HotCount
	for i, c := range want {
		ids[i] = c.UID
		if c.Likes > 0 {
			liked = append(liked, c)
		}
	}
	got, err := s.HotCounts(t.Context(), since, ids)
	require.NoError(t, err)
	slices.SortFunc(got, func(a, b persistence.HotCount) int { return cmp.Compare(a.UID, b.UID) })
	require.Equal(t, want, got)
	page, next, err := s.HotPage(t.Context(), since, 0, everything)
	require.NoError(t, err)
	require.Zero(t, next)
	require.Equal(t, liked, page)
}

func hotCounts(t *testing.T, db Database) {
	people(t, db.A, 1, 9)
	since, err := db.A.HotSince(t.Context(), noon, week)
	require.NoError(t, err)
	require.Zero(t, since, "nothing is older than the window")
	here := func(uid social.UserID, likes int64) persistence.HotCount {
		return persistence.HotCount{UID: uid, Location: "Hangzhou", Likes: likes}
	}
	requireHot(t, db.B, since, here(1, 0), here(2, 0))
	for _, r := range []persistence.Record{
		like(3, 1), swipe(4, 1, social.MarkSuperlike), like(5, 1), swipe(6, 1, social.MarkDislike), like(1, 2), like(3, 2), like(2, 3),
	} {
		accept(t, db.A, r)
	}
	requireHot(t, db.B, since, here(1, 3), here(2, 2), here(3, 1))

	_, err = db.A.Rewind(t.Context(), rewindOf(5, 3, noon))
	require.NoError(t, err)
	require.NoError(t, db.A.Unfriend(t.Context(), 3, 2, noon))
	requireHot(t, db.B, since, here(1, 2), here(2, 1), here(3, 1))

	elsewhere := "Suzhou"
	_, err = db.A.UpdateProfile(t.Context(), 1, social.ProfilePatch{Location: &elsewhere}, social.DateOf(noon))
	require.NoError(t, err)
	db.Delete(t, 2)
	uid, _, err := db.A.SignIn(t.Context(), persistence.SealedPhone{Index: []byte("i"), Sealed: []byte("s")}, nil, noon)
	require.NoError(t, err)
	accept(t, db.A, like(9, uid))
	requireHot(t, db.B, since, persistence.HotCount{UID: 1, Location: elsewhere, Likes: 2},
		persistence.HotCount{UID: 2}, here(3, 1), persistence.HotCount{UID: uid})
	got, err := db.B.HotCounts(t.Context(), since, []social.UserID{404})
	require.NoError(t, err)
	require.Empty(t, got)
}

func hotWindow(t *testing.T, db Database) {
	people(t, db.A, 1, 9)
	since := func(at time.Time) int64 {
		t.Helper()
		since, err := db.A.HotSince(t.Context(), at, week)
		require.NoError(t, err)
		return since
	}
	count := func(since int64) int64 {
		t.Helper()
		got, err := db.B.HotCounts(t.Context(), since, []social.UserID{1})
		require.NoError(t, err)
		require.Len(t, got, 1)
		return got[0].Likes
	}
	accept(t, db.A, swipeAt(2, 1, social.MarkLike, noon))
	require.Zero(t, since(noon.Add(time.Minute)))
	accept(t, db.A, swipeAt(3, 1, social.MarkLike, noon.Add(2*time.Hour)))
	require.Zero(t, since(noon.Add(2*time.Hour+time.Minute)))
	require.EqualValues(t, 2, count(since(noon.Add(week))), "no like of a week is left out")
	require.EqualValues(t, 1, count(since(noon.Add(week+2*time.Hour))))
	require.EqualValues(t, 1, count(since(noon.Add(week+2*time.Hour))), "however often one asks")
	require.Zero(t, count(since(noon.Add(week+4*time.Hour))))
	require.Zero(t, count(since(noon.Add(20*week))), "what is forgotten of the hours is not needed")
	accept(t, db.A, swipeAt(4, 1, social.MarkLike, noon.Add(20*week)))
	require.EqualValues(t, 1, count(since(noon.Add(20*week+time.Hour))))
}

func hotPages(t *testing.T, db Database) {
	all := people(t, db.A, 1, 20)
	for _, uid := range all[1:] {
		accept(t, db.A, like(uid, uid-1))
	}
	for size := 1; size <= 7; size++ {
		var got []social.UserID
		for after := social.UserID(0); ; {
			page, next, err := db.B.HotPage(t.Context(), 0, after, size)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page), size)
			for _, c := range page {
				require.EqualValues(t, 1, c.Likes)
				got = append(got, c.UID)
			}
			if next == 0 {
				break
			}
			require.Greater(t, next, after)
			after = next
		}
		require.Equal(t, all[:19], got, "in pages of %d", size)
	}
	page, next, err := db.B.HotPage(t.Context(), 18, 0, everything)
	require.NoError(t, err)
	require.Zero(t, next)
	require.Len(t, page, 1, "likes behind a place only")
}

func hotSuperlikers(t *testing.T, db Database) {
	people(t, db.A, 1, 9)
	superlikers := func(uid social.UserID, among ...social.UserID) []social.UserID {
		t.Helper()
		got, err := db.B.Superlikers(t.Context(), uid, among)
		require.NoError(t, err)
		slices.Sort(got)
		return got
	}
	require.Empty(t, superlikers(1, 2, 3, 404))
	for _, r := range []persistence.Record{
		swipe(2, 1, social.MarkSuperlike), swipe(3, 1, social.MarkSuperlike), swipe(4, 1, social.MarkSuperlike), swipe(5, 1, social.MarkSuperlike),
		like(6, 1), swipe(7, 1, social.MarkDislike), swipe(8, 2, social.MarkSuperlike), swipe(1, 9, social.MarkSuperlike), like(1, 5),
	} {
		accept(t, db.A, r)
	}
	require.Equal(t, []social.UserID{2, 3, 4, 5}, superlikers(1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 404))
	require.Equal(t, []social.UserID{3}, superlikers(1, 3, 6))
	require.Empty(t, superlikers(1))
	require.Equal(t, []social.UserID{1}, superlikers(9, 1, 2, 3))
	_, err := db.A.Rewind(t.Context(), rewindOf(4, 3, noon))
	require.NoError(t, err)
	require.NoError(t, db.A.Unfriend(t.Context(), 5, 1, noon))
	require.Equal(t, []social.UserID{2, 3}, superlikers(1, 2, 3, 4, 5), "taken back and ended ones are none")
}
