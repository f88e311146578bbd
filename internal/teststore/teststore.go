// Package teststore gives tests of what stands on a store a real one, empty and
// migrated, which is closed with the test.
//
// The stores' own tests have storetest; it knows nothing of what is stored.
package teststore

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testdb"
	"github.com/swiperhq/swiper/internal/testrace"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/postgres"
	"github.com/swiperhq/swiper/persistence/sqlite"
)

// Any gives an embedded store; under the race detector, where that takes minutes,
// one on PostgreSQL.
func Any(tb testing.TB) persistence.Store {
	tb.Helper()
	if testrace.Enabled {
		return Postgres(tb)
	}
	return SQLite(tb)
}

// SQLite gives an embedded store.
func SQLite(tb testing.TB) persistence.Store {
	tb.Helper()
	s, err := sqlite.Open(tb.Context(), sqlite.Options{Path: filepath.Join(tb.TempDir(), "swiper.db")})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, s.Close()) })
	_, err = s.MigrateUp(tb.Context())
	require.NoError(tb, err)
	return s
}

// Postgres gives a store on PostgreSQL, in a schema of its own; without one the
// test is skipped.
func Postgres(tb testing.TB) persistence.Store {
	tb.Helper()
	url, schema := testdb.Postgres(tb)
	s, err := postgres.Open(tb.Context(), postgres.Options{URL: url, Schema: schema})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, s.Close()) })
	_, err = s.MigrateUp(tb.Context())
	require.NoError(tb, err)
	return s
}
