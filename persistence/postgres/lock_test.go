package postgres_test

import (
	"context"
	"hash/fnv"
	"net/url"
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

// The advisory keys are a fence between releases that run side by side: this
// takes them by hand, the way every release must.
func TestSlotLockKeysAreFrozen(t *testing.T) {
	t.Parallel()
	s, hold := lockedByHand(t)
	// 47 is the frozen slot of the pair (1, 2).
	require.EqualValues(t, slotOfOneAndTwo, social.PairOf(1, 2).Slot())
	hold(slotOfOneAndTwo)

	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	for name, change := range map[string]func() error{
		"swipe":    func() error { return swipe(ctx, s, 2, 1) },
		"rewind":   func() error { _, err := s.Rewind(ctx, rewindOf(1)); return err },
		"unfriend": func() error { return s.Unfriend(ctx, 2, 1, noon) },
	} {
		require.ErrorIs(t, change(), &social.Error{Code: social.CodeTimeout}, "%s must wait for the slot", name)
	}
	require.NoError(t, swipe(t.Context(), s, 1, 3), "another slot is free")
}

// A slot that a frozen node holds stops its pairs for a bounded time, and they
// are told to come back.
func TestASlotHeldForTooLong(t *testing.T) {
	t.Parallel()
	s, hold := lockedByHand(t)
	hold(slotOfOneAndTwo)
	err := swipe(t.Context(), s, 2, 1)
	require.ErrorIs(t, err, &social.Error{Code: social.CodeUnavailable})
	require.Positive(t, social.AsError(err).RetryAfter)
}

// Connections that the server ended are replaced.
func TestConnectionsThatBroke(t *testing.T) {
	t.Parallel()
	base, schema := testdb.Postgres(t)
	s := migrated(t, withParameter(t, base, "application_name", schema), schema, 10)
	testdb.Exec(t, base, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1`, schema)
	require.Eventually(t, func() bool { return s.Ping(t.Context()) == nil }, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, swipe(t.Context(), s, 1, 2))
}

func TestClosedStoreIsUnavailable(t *testing.T) {
	t.Parallel()
	base, schema := testdb.Postgres(t)
	s, err := postgres.Open(t.Context(), postgres.Options{URL: base, Schema: schema})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.Ping(t.Context()), &social.Error{Code: social.CodeUnavailable})
}

const slotOfOneAndTwo = 47

var noon = time.Date(2026, 3, 14, 4, 0, 0, 0, time.UTC)

// lockedByHand gives a store where 1 likes 2, and a function that takes the
// advisory lock of one of its slots until the test has ended.
func lockedByHand(t *testing.T) (s *postgres.Store, hold func(slot int32)) {
	t.Helper()
	base, schema := testdb.Postgres(t)
	s = migrated(t, base, schema, 10)
	require.NoError(t, swipe(t.Context(), s, 1, 2))
	conn, err := pgx.Connect(t.Context(), base)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(context.Background())) })
	return s, func(slot int32) {
		h := fnv.New32a()
		_, _ = h.Write([]byte("swiper/" + schema))
		_, err := conn.Exec(t.Context(), `SELECT pg_advisory_lock($1, $2)`, int32(h.Sum32()), slot)
		require.NoError(t, err)
	}
}

// migrated opens a store on an empty schema, migrates it and puts so many people in.
func migrated(tb testing.TB, base, schema string, people social.UserID) *postgres.Store {
	tb.Helper()
	s := open(tb, base, schema)
	_, err := s.MigrateUp(tb.Context())
	require.NoError(tb, err)
	_, err = s.InsertUsers(tb.Context(), storetest.Townspeople(people))
	require.NoError(tb, err)
	return s
}

// withParameter adds a parameter to a URL.
func withParameter(t *testing.T, base, name, value string) string {
	t.Helper()
	u, err := url.Parse(base)
	require.NoError(t, err)
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

func swipe(ctx context.Context, s *postgres.Store, uid, sid social.UserID) error {
	answers, err := s.RecordSwipes(ctx, []persistence.Record{
		{Swipe: social.Swipe{UID: uid, SID: sid, Mark: social.MarkLike, Time: noon}},
	})
	if err != nil {
		return err
	}
	return answers[0].Err
}

func rewindOf(uid social.UserID) persistence.RewindRequest {
	return persistence.RewindRequest{
		UID: uid, Time: noon, ResetsAt: noon.Add(time.Hour),
		Meter: social.Meter{Action: social.ActionRewind, Day: social.DateOf(noon), Limit: 3},
	}
}
