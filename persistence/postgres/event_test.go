package postgres_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testdb"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/postgres"
	"github.com/swiperhq/swiper/social"
)

// writer is an open transaction that tells user 1 of things.
type writer struct {
	t     *testing.T
	tx    pgx.Tx
	table string
}

// begin opens a transaction that has its place among the others already.
func begin(t *testing.T, url, schema string) *writer {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close(context.Background()) })
	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "SELECT pg_current_xact_id()")
	require.NoError(t, err)
	return &writer{t, tx, pgx.Identifier{schema, "event"}.Sanitize()}
}

func (w *writer) tell(other social.UserID) {
	w.t.Helper()
	_, err := w.tx.Exec(w.t.Context(), "INSERT INTO "+w.table+" (uid, kind, other, time) VALUES (1, 'match', $1, now())", other)
	require.NoError(w.t, err)
}

func (w *writer) commit() { w.t.Helper(); require.NoError(w.t, w.tx.Commit(w.t.Context())) }

func (w *writer) rollback() { w.t.Helper(); require.NoError(w.t, w.tx.Rollback(w.t.Context())) }

// reader follows user 1.
type reader struct {
	t     *testing.T
	store *postgres.Store
	at    persistence.EventCursor
	ids   []int64
}

// new gives whom events behind the reader's place tell of, and goes there.
func (r *reader) new() []social.UserID {
	r.t.Helper()
	page, err := r.store.EventsSince(r.t.Context(), 1, r.at, 10)
	require.NoError(r.t, err)
	var out []social.UserID
	for _, e := range page {
		out, r.ids, r.at = append(out, e.Other), append(r.ids, e.ID), e.Cursor
	}
	return out
}

// expect waits for events: transactions of other tests may hold them back.
func (r *reader) expect(want ...social.UserID) {
	r.t.Helper()
	var got []social.UserID
	require.Eventually(r.t, func() bool {
		got = append(got, r.new()...)
		return len(got) >= len(want)
	}, time.Minute, time.Millisecond, "%v of %v", got, want)
	require.Equal(r.t, want, got)
	require.Empty(r.t, r.new())
}

// Two transactions of one user's commit in every order, having drawn the ids of
// their events in every order: who follows passes over none and meets none twice.
func TestEventsOfOpenTransactions(t *testing.T) {
	t.Parallel()
	url, schema := testdb.Postgres(t)
	s := open(t, url, schema)
	_, err := s.MigrateUp(t.Context())
	require.NoError(t, err)
	r := &reader{t: t, store: s}

	older, younger := begin(t, url, schema), begin(t, url, schema)
	older.tell(11)
	younger.tell(12)
	require.Empty(t, r.new())
	younger.commit()
	require.Empty(t, r.new(), "what the older one told would turn up before it")
	older.commit()
	r.expect(11, 12)

	older, younger = begin(t, url, schema), begin(t, url, schema)
	younger.tell(22) // has the lower id now
	older.tell(21)
	older.commit()
	r.expect(21)
	require.Empty(t, r.new())
	younger.commit()
	r.expect(22)
	require.Greater(t, r.ids[2], r.ids[3], "ids alone are no order to go on by")

	older, younger = begin(t, url, schema), begin(t, url, schema)
	older.tell(31)
	younger.tell(32)
	younger.commit()
	require.Empty(t, r.new())
	older.rollback()
	r.expect(32)

	all := &reader{t: t, store: s}
	all.expect(11, 12, 21, 22, 32)
	require.Equal(t, r.ids, all.ids, "the order is for ever")
	require.Equal(t, r.at, all.at)
}

// Events written before there were cursors, and by a node of that version that
// still runs, are caught up with like any other.
func TestEventsOfTheVersionBefore(t *testing.T) {
	t.Parallel()
	url, schema := testdb.Postgres(t)
	s := open(t, url, schema)
	_, err := s.MigrateUp(t.Context())
	require.NoError(t, err)
	tell := func(first int) {
		for i := range 3 {
			testdb.Exec(t, url, fmt.Sprintf(`INSERT INTO %s (uid, kind, other, time) VALUES (1, 'match', %d, now())`,
				pgx.Identifier{schema, "event"}.Sanitize(), first+i))
		}
	}
	for version := 3; version < steps(t, s); version++ {
		_, err := s.MigrateDown(t.Context())
		require.NoError(t, err)
	}
	tell(2)
	_, err = s.MigrateDown(t.Context())
	require.NoError(t, err)
	tell(5)
	_, err = s.MigrateUp(t.Context())
	require.NoError(t, err)
	tell(8)
	r := &reader{t: t, store: open(t, url, schema)}
	r.expect(2, 3, 4, 5, 6, 7, 8, 9, 10)
}

func steps(t *testing.T, s *postgres.Store) int {
	t.Helper()
	all, err := s.Migrations(t.Context())
	require.NoError(t, err)
	return len(all)
}
