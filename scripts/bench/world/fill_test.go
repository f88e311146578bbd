package world_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testdb"
	"github.com/swiperhq/swiper/persistence/postgres"
	"github.com/swiperhq/swiper/scripts/bench/world"
	"github.com/swiperhq/swiper/social"
)

// What Fill stores is what World and MarkOf say, and the tables end with the
// indexes they began with.
func TestFill(t *testing.T) {
	t.Parallel()
	base, schema := testdb.Postgres(t)
	u, err := url.Parse(base)
	require.NoError(t, err)
	query := u.Query()
	query.Set("search_path", schema)
	u.RawQuery = query.Encode()
	store, err := postgres.Open(t.Context(), postgres.Options{URL: u.String(), MaxConns: 2})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	_, err = store.MigrateUp(t.Context())
	require.NoError(t, err)
	conn, err := pgx.Connect(t.Context(), u.String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	before := indexes(t, conn)

	w, err := world.New(world.Each * 1500)
	require.NoError(t, err)
	steps := 0
	require.NoError(t, w.Fill(t.Context(), conn, func(string, time.Duration) { steps++ }))
	require.Positive(t, steps)
	require.Equal(t, before, indexes(t, conn))

	people, err := store.CountUsers(t.Context())
	require.NoError(t, err)
	require.Equal(t, w.People(), people)
	for uid := social.UserID(1); uid <= social.UserID(w.Users); uid += 97 {
		user, err := store.User(t.Context(), uid)
		require.NoError(t, err)
		require.True(t, user.Complete())
		swipes, err := store.RecentSwipes(t.Context(), uid, 100)
		require.NoError(t, err)
		require.Len(t, swipes, world.Each)
		for i, s := range swipes { // newest first
			sid := w.At(uid, w.Ring(int64(world.Each-1-i)))
			require.Equal(t, sid, s.SID)
			require.Equal(t, world.MarkOf(uid, sid), s.Mark)
		}
	}
	for _, kind := range w.Kinds() {
		for uid := kind.First; uid < kind.First+kind.People; uid += 41 {
			me, err := store.User(t.Context(), social.UserID(uid))
			require.NoError(t, err)
			day := social.DateOf(time.Now())
			wanted, err := store.Candidates(t.Context(), social.WantedBy(&me, day), 0, kind.Swiped+1)
			require.NoError(t, err)
			swiped, err := store.SwipedIDs(t.Context(), social.UserID(uid))
			require.NoError(t, err)
			if kind.Swiped == 0 {
				require.Empty(t, swiped)
				continue
			}
			// The town has fewer people: all who suit were dealt.
			require.NotEmpty(t, swiped)
			require.Subset(t, wanted, swiped)
		}
	}
}

// indexes lists the indexes and keys of the filled tables.
func indexes(t *testing.T, conn *pgx.Conn) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), `SELECT indexdef FROM pg_indexes WHERE tablename IN ('users', 'swiped') AND schemaname = current_schema() ORDER BY 1`)
	require.NoError(t, err)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all
}
