package postgres_test

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testdb"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/postgres"
	"github.com/swiperhq/swiper/persistence/storetest"
	"github.com/swiperhq/swiper/social"
)

// Statements are planned while the tables are empty, and nothing is ever
// analyzed: on tables filled since, they must still be index probes.
func TestPlansStayProbesWithStaleStatistics(t *testing.T) {
	t.Parallel()
	url, schema := testdb.Postgres(t)
	first := open(t, url, schema)
	_, err := first.MigrateUp(t.Context())
	require.NoError(t, err)
	for _, table := range watched() {
		testdb.Exec(t, url, "ALTER TABLE "+pgx.Identifier{schema, table}.Sanitize()+" SET (autovacuum_enabled = off)")
	}
	// One connection, so that the plans made on empty tables are the ones used.
	s, err := postgres.Open(t.Context(), postgres.Options{URL: url, Schema: schema, MaxConns: 1})
	require.NoError(t, err)
	everyCall(t, s, 1)
	testdb.Exec(t, url, "DELETE FROM "+pgx.Identifier{schema, "users"}.Sanitize()) // who signed in

	const people, swipesEach = 20_000, 20
	_, err = s.InsertUsers(t.Context(), storetest.Townspeople(people))
	require.NoError(t, err)
	testdb.Exec(t, url, fmt.Sprintf(`INSERT INTO %s (uid, sid, mark, time)
		SELECT u, (u + 7 * k) %% %d + 1, 1 + k %% 2, now() FROM generate_series(1, %d) u, generate_series(1, %d) k
		WHERE (u + 7 * k) %% %d + 1 <> u`,
		pgx.Identifier{schema, "swiped"}.Sanitize(), people, people, swipesEach, people))
	testdb.Exec(t, url, fmt.Sprintf(`INSERT INTO %s (uid, key, digest, response, time)
		SELECT u, k, '\x00', '{}', now() FROM generate_series(1, %d) u, generate_series(1, 3) k`,
		pgx.Identifier{schema, "idempotency"}.Sanitize(), people))
	testdb.Exec(t, url, fmt.Sprintf(`INSERT INTO %s (id, uid, generation, secret, created_at, used_at, expires_at)
		SELECT 'old' || u, u, 1, '\x00', now(), now(), now() FROM generate_series(1, %d) u`,
		pgx.Identifier{schema, "session"}.Sanitize(), people))
	before := readStatistics(t, url, schema)

	const rounds = 20
	for k := range rounds {
		everyCall(t, s, social.UserID(1000+400*k))
	}
	require.NoError(t, s.Close()) // a backend reports what it did when it ends

	var after map[string]int64
	require.Eventually(t, func() bool {
		after = readStatistics(t, url, schema)
		return after["users_deck scans"] > before["users_deck scans"]
	}, 30*time.Second, 100*time.Millisecond)
	for what, n := range after {
		after[what] = n - before[what]
	}
	t.Log(after)
	for _, table := range watched() {
		require.Zero(t, after[table+" seq scans"], table)
	}
	// Per round 400 records, half of them with a key, each looked up a handful of
	// times, a deck page and a few lists of one user.
	require.Less(t, after["swiped_pkey rows"], int64(rounds*400*10))
	require.Less(t, after["users_pkey rows"], int64(rounds*400*10))
	require.Less(t, after["swiped_likes rows"], int64(rounds*2*swipesEach), "only the list of likes walks it")
	require.Less(t, after["idempotency_pkey rows"], int64(rounds*400*10))
	require.Less(t, after["session_pkey rows"]+after["session_uid rows"], int64(rounds*20*30))
	require.Less(t, after["users_phone rows"], int64(rounds*10))
	require.Less(t, after["users_deck rows"], int64(rounds*2_000), "a page, not the town")
}

// watched are the tables that grow.
func watched() []string {
	return []string{"users", "swiped", "friend", "quota", "event", "rewound", "idempotency", "session"}
}

// everyCall makes each call of the store once, for people from uid on.
func everyCall(t *testing.T, s *postgres.Store, uid social.UserID) {
	t.Helper()
	ctx, now := t.Context(), time.Date(2026, 3, 14, 4, 0, 0, 0, time.UTC)
	day := social.DateOf(now)
	var free, metered, keyed, keyedMetered []persistence.Record
	for k := range social.UserID(100) {
		swipe := social.Swipe{UID: uid + k, SID: uid + 101 + k, Mark: social.MarkLike, Time: now}
		free = append(free, persistence.Record{Swipe: swipe})
		swipe.UID, swipe.SID = swipe.SID, swipe.UID
		metered = append(metered, persistence.Record{
			Swipe: swipe, Meter: &social.Meter{Action: social.ActionLike, Day: day, Limit: 3},
		})
		key := persistence.IdempotencyKey{Key: fmt.Sprint(uid + k), Digest: []byte{1}}
		keyed = append(keyed, persistence.Record{Swipe: free[k].Swipe, Key: key})
		keyedMetered = append(keyedMetered, metered[k])
		keyedMetered[k].Key = key
	}
	for _, batch := range [][]persistence.Record{keyed, free, keyedMetered, metered} {
		_, err := s.RecordSwipes(ctx, batch)
		require.NoError(t, err)
	}
	refusalsAreFine := func(err error) {
		t.Helper()
		require.NotContains(t, []social.Code{social.CodeInternal, social.CodeUnavailable, social.CodeTimeout}, social.CodeOf(err), "%v", err)
	}
	_, err := s.Rewind(ctx, persistence.RewindRequest{
		UID: uid, Time: now, Meter: social.Meter{Action: social.ActionRewind, Day: day, Limit: 3},
	})
	refusalsAreFine(err)
	_, err = s.Rewind(ctx, persistence.RewindRequest{
		UID: uid, Time: now, Meter: social.Meter{Action: social.ActionRewind, Day: day, Limit: 3},
		Key: persistence.IdempotencyKey{Key: "rewind", Digest: []byte{1}},
	})
	refusalsAreFine(err)
	refusalsAreFine(s.Unfriend(ctx, uid+1, uid+102, now))
	everyAccountCall(t, s, uid)
	_, err = s.Friends(ctx, uid, persistence.FriendCursor{}, 20)
	require.NoError(t, err)
	_, err = s.Friend(ctx, uid, uid+1)
	refusalsAreFine(err)
	_, err = s.LikesOf(ctx, uid, persistence.LikeCursor{}, 20)
	require.NoError(t, err)
	_, err = s.SwipedIDs(ctx, uid)
	require.NoError(t, err)
	ids, err := s.Candidates(ctx, social.Wanted{
		Location: "Hangzhou", Sexes: []social.Sex{social.SexFemale}, BornAfter: social.Date{Year: 1980, Month: 1, Day: 1},
		BornUntil: day, MySex: social.SexMale, MyAge: 30,
	}, uid, 50)
	require.NoError(t, err)
	_, err = s.Undealt(ctx, uid, ids)
	require.NoError(t, err)
	_, err = s.Superlikers(ctx, uid, ids)
	require.NoError(t, err)
	require.NoError(t, s.TouchUsers(ctx, ids, now, now.Add(-time.Hour)))
	_, err = s.DeckTop(ctx, uid, 10)
	refusalsAreFine(err) // before there are people
	_, err = s.QuotasUsed(ctx, uid, day)
	require.NoError(t, err)
	_, err = s.EventsOf(ctx, uid, 0, 10)
	require.NoError(t, err)
	_, err = s.EventsSince(ctx, uid, persistence.EventCursor{}, 10)
	require.NoError(t, err)
	_, err = s.PruneEvents(ctx, now, 100)
	require.NoError(t, err)
}

// everyAccountCall makes each call about accounts once, for people from uid on.
func everyAccountCall(t *testing.T, s *postgres.Store, uid social.UserID) {
	t.Helper()
	ctx, now := t.Context(), time.Date(2026, 3, 14, 4, 0, 0, 0, time.UTC)
	phone := persistence.SealedPhone{Index: fmt.Append(nil, uid), Sealed: []byte{1}}
	one, _, err := s.SignIn(ctx, phone, [][]byte{fmt.Append(nil, "former", uid)}, now)
	require.NoError(t, err)
	_, err = s.SealedPhone(ctx, one)
	require.NoError(t, err)
	for k := range 20 {
		_, err = s.CreateSession(ctx, persistence.Session{
			ID: fmt.Sprint(uid, "-", k), UID: one, Generation: 1, Secret: []byte{1}, CreatedAt: now, UsedAt: now, ExpiresAt: now.Add(time.Hour),
		})
		require.NoError(t, err)
	}
	_, err = s.RotateSession(ctx, fmt.Sprint(uid, "-", 0), 1, []byte{1}, []byte{2}, now, now.Add(time.Hour))
	require.NoError(t, err)
	require.NoError(t, s.RevokeSession(ctx, fmt.Sprint(uid, "-", 1), now))
	_, err = s.PruneSessions(ctx, now, 100)
	require.NoError(t, err)
	_, err = s.PruneIdempotency(ctx, now, 100)
	require.NoError(t, err)
}

// readStatistics gives the server's counters of the schema's tables and indexes.
func readStatistics(t *testing.T, url, schema string) map[string]int64 {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(context.WithoutCancel(t.Context()))
	out := map[string]int64{}
	for _, query := range []string{
		`SELECT relname || ' seq scans', seq_scan FROM pg_stat_user_tables WHERE schemaname = $1`,
		`SELECT indexrelname || ' scans', idx_scan FROM pg_stat_user_indexes WHERE schemaname = $1`,
		`SELECT indexrelname || ' rows', idx_tup_read FROM pg_stat_user_indexes WHERE schemaname = $1`,
	} {
		rows, err := conn.Query(t.Context(), query, schema)
		require.NoError(t, err)
		counters, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (map[string]int64, error) {
			var name string
			var n int64
			err := row.Scan(&name, &n)
			return map[string]int64{name: n}, err
		})
		require.NoError(t, err)
		for _, c := range counters {
			maps.Copy(out, c)
		}
	}
	return out
}
