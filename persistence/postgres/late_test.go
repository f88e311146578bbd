package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testdb"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/postgres"
	"github.com/swiperhq/swiper/social"
)

// What reaches the server after its deadline, since the process was frozen or the
// network was, is not written.
func TestNothingIsWrittenLate(t *testing.T) {
	t.Parallel()
	base, schema := testdb.Postgres(t)
	direct := migrated(t, base, schema, 10)
	c := newCutter(t, base)
	s, err := postgres.Open(t.Context(), postgres.Options{URL: withParameter(t, c.url, "application_name", schema), Schema: schema, MaxConns: 1})
	require.NoError(t, err)
	swipe := func(ctx context.Context, uid social.UserID) error {
		_, err := s.RecordSwipes(ctx, []persistence.Record{{Swipe: social.Swipe{UID: uid, SID: 9, Mark: social.MarkLike, Time: noon}}})
		return err
	}
	within := func(d time.Duration, uid social.UserID) error {
		ctx, cancel := context.WithTimeout(t.Context(), d)
		defer cancel()
		return swipe(ctx, uid)
	}
	require.NoError(t, within(20*time.Second, 1))
	require.NoError(t, swipe(t.Context(), 2), "without a deadline")

	watcher, err := pgx.Connect(t.Context(), base)
	require.NoError(t, err)
	defer watcher.Close(context.WithoutCancel(t.Context()))
	thaw := c.freezeAfter(0)
	require.Equal(t, social.CodeTimeout, social.CodeOf(within(200*time.Millisecond, 3)))
	thaw()
	require.NoError(t, s.Close())
	require.Eventually(t, func() bool {
		var left int
		err := watcher.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE application_name = $1`, schema).Scan(&left)
		return err == nil && left == 0
	}, 20*time.Second, 20*time.Millisecond, "the server has read all that was sent")
	for uid, want := range map[social.UserID]int{1: 1, 2: 1, 3: 0} {
		ids, err := direct.SwipedIDs(t.Context(), uid)
		require.NoError(t, err)
		require.Len(t, ids, want, "user %d", uid)
	}
}
