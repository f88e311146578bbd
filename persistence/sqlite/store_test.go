package sqlite_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/swiperhq/swiper/persistence/sqlite"
	"github.com/swiperhq/swiper/persistence/storetest"
	"github.com/swiperhq/swiper/social"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Database {
		t.Helper()
		path := filepath.Join(t.TempDir(), "swiper.db")
		s := open(t, path)
		_, err := s.MigrateUp(t.Context())
		require.NoError(t, err)
		// One store: a database file belongs to one process.
		return storetest.Database{A: s, B: s, Delete: func(t *testing.T, id social.UserID) {
			t.Helper()
			exec(t, path, "UPDATE users SET deleted_at = created_at WHERE id = $1", id)
		}, Dump: func(t *testing.T) []string {
			t.Helper()
			return dump(t, path)
		}}
	})
}

// What was acknowledged is there when the file is opened again.
func TestReopen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "with space & ?#%.db")
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
	require.NoError(t, err)
	_, err = s.MigrateUp(t.Context())
	require.NoError(t, err)
	_, err = s.InsertUsers(t.Context(), func(yield func(social.User) bool) { yield(social.User{ID: 1}) })
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.FileExists(t, path, "whatever the name has in it")

	s = open(t, path)
	n, err := s.CountUsers(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
}

func TestOpenFailsWithoutAFolder(t *testing.T) {
	t.Parallel()
	_, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "none", "swiper.db")})
	require.Error(t, err)
}

// open opens a store that is closed when the test has ended.
func open(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// exec runs a statement past the store.
func exec(t *testing.T, path, statement string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	require.NoError(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), statement, args...)
	require.NoError(t, err)
}

// dump gives all rows of all tables of ours.
func dump(t *testing.T, path string) (rows []string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	require.NoError(t, err)
	defer db.Close()
	texts := func(query string, args ...any) (out []string) {
		found, err := db.QueryContext(t.Context(), query, args...)
		require.NoError(t, err)
		defer found.Close()
		for found.Next() {
			var text string
			require.NoError(t, found.Scan(&text))
			out = append(out, text)
		}
		require.NoError(t, found.Err())
		return out
	}
	tables := texts(`SELECT name FROM sqlite_master WHERE type = 'table'
		AND name NOT LIKE 'river%' AND name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%'`)
	for _, table := range tables {
		var fields []string
		for _, name := range texts(`SELECT name FROM pragma_table_xinfo($1)`, table) {
			// JSON takes no bytes.
			fields = append(fields, fmt.Sprintf(`'%[1]s', CASE typeof("%[1]s") WHEN 'blob' THEN hex("%[1]s") ELSE "%[1]s" END`, name))
		}
		rows = append(rows, texts(`SELECT $1 || ': ' || json_object(`+strings.Join(fields, ", ")+`) FROM "`+table+`"`, table)...)
	}
	return rows
}
