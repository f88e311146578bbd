package sqlite_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/sqlite"
	"github.com/swiperhq/swiper/persistence/storetest"
	"github.com/swiperhq/swiper/social"
)

func TestOpenTakesAnyPath(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "50% ? #1 数据.db")
	s := open(t, path)
	_, err := s.MigrateUp(t.Context())
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Positive(t, info.Size(), "the database is the file that was named")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "nobody else may read %s", info.Name())
	}
}

func TestOpenSomethingElse(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "swiper.db")
	require.NoError(t, os.WriteFile(path, []byte("this is no database, however long one looks at it"), 0o600))
	_, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
	require.ErrorIs(t, err, &social.Error{Code: social.CodeInternal})
}

// What was stored is there when the file is opened again, and the order of
// swipes goes on from where it was, also past a swipe that was taken back.
func TestSwipesGoOnAfterReopening(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "swiper.db")
	now := time.Date(2026, 3, 14, 4, 0, 0, 0, time.UTC)
	like := func(s *sqlite.Store, sid social.UserID) {
		answers, err := s.RecordSwipes(t.Context(), []persistence.Record{
			{Swipe: social.Swipe{UID: 1, SID: sid, Mark: social.MarkLike, Time: now}},
		})
		require.NoError(t, err)
		require.NoError(t, answers[0].Err)
	}
	seq := func(s *sqlite.Store, sid social.UserID) int64 {
		likes, err := s.LikesOf(t.Context(), sid, persistence.LikeCursor{}, 1)
		require.NoError(t, err)
		require.Len(t, likes, 1)
		return likes[0].Cursor.Seq
	}
	first, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
	require.NoError(t, err)
	_, err = first.MigrateUp(t.Context())
	require.NoError(t, err)
	_, err = first.InsertUsers(t.Context(), storetest.Townspeople(5))
	require.NoError(t, err)
	like(first, 2)
	like(first, 3)
	last := seq(first, 3)
	_, err = first.Rewind(t.Context(), persistence.RewindRequest{
		UID: 1, Time: now, Meter: social.Meter{Action: social.ActionRewind, Day: social.DateOf(now), Limit: 1},
	})
	require.NoError(t, err)
	require.NoError(t, first.Close())

	again := open(t, path)
	swiped, err := again.SwipedIDs(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, []social.UserID{2}, swiped)
	like(again, 4)
	require.Greater(t, seq(again, 4), last)
}
