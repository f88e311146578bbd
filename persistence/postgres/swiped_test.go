package postgres_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testdb"
	"github.com/swiperhq/swiper/persistence/postgres"
	"github.com/swiperhq/swiper/social"
)

// Whom someone with very many swipes has swiped is read from the index alone
// once vacuum has been there.
func TestSwipedIDsReadTheIndexAlone(t *testing.T) {
	t.Parallel()
	const swipes = 10_000
	url, schema := testdb.Postgres(t)
	migrated(t, url, schema, 10)
	swiped := pgx.Identifier{schema, "swiped"}.Sanitize()
	testdb.Exec(t, url, fmt.Sprintf(`INSERT INTO %s (uid, sid, mark, time)
		SELECT 1 + k / %[2]d, 2 + k %% %[2]d + k / %[2]d, -1, now() FROM generate_series(0, 3 * %[2]d - 1) k ORDER BY random()`, swiped, swipes))
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(context.WithoutCancel(t.Context()))
	count := func(query string) (n int) {
		require.NoError(t, conn.QueryRow(t.Context(), query, schema).Scan(&n))
		return n
	}
	require.Eventually(t, func() bool { // other tests' transactions hold vacuum up
		testdb.Exec(t, url, "VACUUM ANALYZE "+swiped)
		return count(`SELECT relpages - relallvisible FROM pg_class
			WHERE relname = 'swiped' AND relnamespace = $1::text::regnamespace`) == 0
	}, 30*time.Second, 100*time.Millisecond)

	s, err := postgres.Open(t.Context(), postgres.Options{URL: url, Schema: schema, MaxConns: 1})
	require.NoError(t, err)
	ids, err := s.SwipedIDs(t.Context(), 2)
	require.NoError(t, err)
	require.Len(t, ids, swipes)
	for i, id := range ids {
		require.Equal(t, social.UserID(3+i), id)
	}
	require.NoError(t, s.Close()) // a backend reports what it did when it ends
	require.Eventually(t, func() bool {
		return count(`SELECT idx_tup_read FROM pg_stat_user_indexes WHERE schemaname = $1 AND indexrelname = 'swiped_pkey'`) >= swipes
	}, 30*time.Second, 100*time.Millisecond)
	require.Zero(t, count(`SELECT idx_tup_fetch FROM pg_stat_user_tables WHERE schemaname = $1 AND relname = 'swiped'`))
}
