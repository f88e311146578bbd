package plain_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api"
	"github.com/swiperhq/swiper/internal/testdb"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/postgres"
	"github.com/swiperhq/swiper/scripts/bench/plain"
	"github.com/swiperhq/swiper/social"
)

// bundle is one design over a fresh schema with users 1 to people, who all suit
// each other if one is of an even and one of an odd id.
type bundle struct {
	api.Actors
	url  string
	conn *pgx.Conn
}

func setup(t *testing.T, design string, people int) *bundle {
	t.Helper()
	base, schema := testdb.Postgres(t)
	u, err := url.Parse(base)
	require.NoError(t, err)
	query := u.Query()
	query.Set("search_path", schema)
	u.RawQuery = query.Encode()
	b := &bundle{url: u.String()}

	store, err := postgres.Open(t.Context(), postgres.Options{URL: b.url, MaxConns: 2, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	_, err = store.MigrateUp(t.Context())
	require.NoError(t, err)
	require.NoError(t, store.Close())

	b.conn, err = pgx.Connect(t.Context(), b.url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = b.conn.Close(context.Background()) })
	_, err = b.conn.Exec(t.Context(), `INSERT INTO users
		(id, nickname, sex, birthday, location, dating_sex, min_dating_age, max_dating_age, last_active_at, created_at)
		SELECT n, 'N' || n, CASE n % 2 WHEN 0 THEN 'male' ELSE 'female' END, date '1998-01-01', 'Hangzhou',
			CASE n % 2 WHEN 0 THEN 'female' ELSE 'male' END, 18, 60, now(), now() FROM generate_series(1, $1) AS n`, people)
	require.NoError(t, err)

	actors, closeAll, err := plain.New(t.Context(), plain.Options{Design: design, URL: b.url, Pool: 8})
	require.NoError(t, err)
	t.Cleanup(closeAll)
	b.Actors = actors
	return b
}

func (b *bundle) swipe(t *testing.T, uid, sid social.UserID, mark social.Mark) (social.SwipeResult, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	return b.Swipe(ctx, social.Swipe{UID: uid, SID: sid, Mark: mark, Time: time.Now()}, persistence.IdempotencyKey{})
}

// count counts the rows of a table, behind an optional condition.
func (b *bundle) count(t *testing.T, from string, args ...any) int {
	t.Helper()
	var n int
	require.NoError(t, b.conn.QueryRow(t.Context(), `SELECT count(*) FROM `+from, args...).Scan(&n))
	return n
}

// storing lists the designs that store swipes.
func storing() []string {
	return []string{plain.Textbook, plain.Function, plain.Course, plain.CourseORM}
}

func requireCode(t *testing.T, want social.Code, err error) {
	t.Helper()
	require.Equal(t, want, social.CodeOf(err), fmt.Sprint(err))
}
