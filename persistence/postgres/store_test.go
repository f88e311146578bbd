package postgres_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/swiperhq/swiper/internal/testdb"
	"github.com/swiperhq/swiper/persistence/postgres"
	"github.com/swiperhq/swiper/persistence/storetest"
	"github.com/swiperhq/swiper/social"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Database {
		t.Helper()
		url, schema := testdb.Postgres(t)
		return database(t, url, schema)
	})
}

// A server that would run transactions at another level by default, where the
// slot locks are useless, changes nothing.
func TestStoreWhereRepeatableReadIsTheDefault(t *testing.T) {
	t.Parallel()
	testdb.Postgres(t) // says once, not for each case, that it is not there
	storetest.RunRaces(t, func(t *testing.T) storetest.Database {
		t.Helper()
		url, schema := testdb.Postgres(t)
		url = withOptions(t, url, `-c default_transaction_isolation=repeatable\ read`)
		conn, err := pgx.Connect(t.Context(), url)
		require.NoError(t, err)
		defer conn.Close(t.Context())
		var level string
		require.NoError(t, conn.QueryRow(t.Context(), "SHOW transaction_isolation").Scan(&level))
		require.Equal(t, "repeatable read", level, "the default is really another one")
		db := database(t, url, schema)
		db.Shortened = true // the level is wrong always or never
		return db
	})
}

func TestOpenRefusesAServerThatLosesCommits(t *testing.T) {
	t.Parallel()
	url, schema := testdb.Postgres(t)
	url = withOptions(t, url, "-c synchronous_commit=off")
	_, err := postgres.Open(t.Context(), postgres.Options{URL: url, Schema: schema})
	require.ErrorContains(t, err, "synchronous_commit")

	s, err := postgres.Open(t.Context(), postgres.Options{URL: url, Schema: schema, AllowUnsafe: true})
	require.NoError(t, err, "unless it is told to")
	require.NoError(t, s.Close())
}

func TestOpenFailsWithoutAServer(t *testing.T) {
	t.Parallel()
	_, err := postgres.Open(t.Context(), postgres.Options{URL: "postgres://nobody@127.0.0.1:1/none?sslmode=disable"})
	require.ErrorIs(t, err, &social.Error{Code: social.CodeUnavailable})
	_, err = postgres.Open(t.Context(), postgres.Options{URL: "postgres://%zz"})
	require.Error(t, err)
}

// Two installations share a database, each in a schema of its own.
func TestSchemasAreApart(t *testing.T) {
	t.Parallel()
	url, one := testdb.Postgres(t)
	_, other := testdb.Postgres(t)
	a, b := open(t, url, one), open(t, url, other)
	for _, s := range []*postgres.Store{a, b} {
		_, err := s.MigrateUp(t.Context())
		require.NoError(t, err)
	}
	n, err := a.InsertUsers(t.Context(), func(yield func(social.User) bool) { yield(social.User{ID: 1}) })
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
	n, err = b.CountUsers(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestMigrateUpMakesTheSchema(t *testing.T) {
	t.Parallel()
	url, schema := testdb.Postgres(t)
	testdb.Exec(t, url, "DROP SCHEMA "+pgx.Identifier{schema}.Sanitize())
	s := open(t, url, schema)
	_, err := s.MigrateUp(t.Context())
	require.NoError(t, err)
	_, err = s.CountUsers(t.Context())
	require.NoError(t, err)
}

// open opens a store that is closed when the test has ended.
func open(tb testing.TB, url, schema string) *postgres.Store {
	tb.Helper()
	s, err := postgres.Open(tb.Context(), postgres.Options{URL: url, Schema: schema, MaxConns: 8})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, s.Close()) })
	return s
}

// database migrates the schema and opens two stores on it.
func database(t *testing.T, url, schema string) storetest.Database {
	t.Helper()
	a := open(t, url, schema)
	_, err := a.MigrateUp(t.Context())
	require.NoError(t, err)
	return storetest.Database{A: a, B: open(t, url, schema), Delete: func(t *testing.T, id social.UserID) {
		t.Helper()
		testdb.Exec(t, url, "UPDATE "+pgx.Identifier{schema, "users"}.Sanitize()+" SET deleted_at = created_at WHERE id = $1", id)
	}, Dump: func(t *testing.T) []string {
		t.Helper()
		return dump(t, url, schema)
	}}
}

// withOptions adds command-line options of the server to a URL.
func withOptions(t *testing.T, base, options string) string {
	t.Helper()
	u, err := url.Parse(base)
	require.NoError(t, err)
	q := u.Query()
	q.Set("options", options)
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20") // a + is a plus sign to the driver
	return u.String()
}

// dump gives all rows of all tables of ours.
func dump(t *testing.T, url, schema string) (rows []string) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer db.Close(t.Context())
	texts := func(query string, args ...any) []string {
		found, err := db.Query(t.Context(), query, args...)
		require.NoError(t, err)
		out, err := pgx.CollectRows(found, pgx.RowTo[string])
		require.NoError(t, err)
		return out
	}
	tables := texts(`SELECT table_name::text FROM information_schema.tables WHERE table_schema = $1
		AND table_name NOT LIKE 'river%' AND table_name NOT LIKE 'goose%'`, schema)
	for _, table := range tables {
		rows = append(rows, texts(`SELECT $1::text || ': ' || row_to_json(r)::text FROM `+pgx.Identifier{schema, table}.Sanitize()+` r`, table)...)
	}
	return rows
}
