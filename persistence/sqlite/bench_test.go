package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence/sqlite"
	"github.com/swiperhq/swiper/persistence/storetest"
)

func BenchmarkRecordSwipes(b *testing.B) { storetest.BenchmarkSwipes(b, migrated(b)) }

func BenchmarkInsertUsers(b *testing.B) { storetest.BenchmarkUsers(b, migrated(b)) }

// migrated opens a store on a new file and migrates it.
func migrated(tb testing.TB) *sqlite.Store {
	tb.Helper()
	s, err := sqlite.Open(tb.Context(), sqlite.Options{Path: filepath.Join(tb.TempDir(), "bench.db")})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, s.Close()) })
	_, err = s.MigrateUp(tb.Context())
	require.NoError(tb, err)
	return s
}
