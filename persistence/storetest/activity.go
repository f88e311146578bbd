package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

func activityCases() []testCase {
	return []testCase{{"activity/moves forward, seldom", activity}}
}

func activity(t *testing.T, db Database) {
	people(t, db.A, 1, 3) // last there an hour before noon
	db.Delete(t, 3)
	last := func(uid social.UserID) time.Time {
		t.Helper()
		u, err := db.B.User(t.Context(), uid)
		require.NoError(t, err)
		return u.LastActiveAt
	}
	touch := func(at time.Time, ids ...social.UserID) {
		t.Helper()
		require.NoError(t, db.A.TouchUsers(t.Context(), ids, at, at.Add(-5*time.Minute)))
	}
	touch(noon, 1, 3, 404)
	require.True(t, noon.Equal(last(1)))
	require.True(t, noon.Add(-time.Hour).Equal(last(2)))
	touch(noon.Add(4*time.Minute), 1, 2)
	require.True(t, noon.Equal(last(1)), "too soon")
	require.True(t, noon.Add(4*time.Minute).Equal(last(2)))
	touch(noon.Add(-time.Minute), 2)
	require.True(t, noon.Add(4*time.Minute).Equal(last(2)), "never back")
	touch(noon.Add(10 * time.Minute))
	touch(noon.Add(10*time.Minute), 1)
	require.True(t, noon.Add(10*time.Minute).Equal(last(1)))
}
