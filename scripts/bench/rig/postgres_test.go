package rig_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/scripts/bench/rig"
)

// A data folder is served with the settings given, and served again as it was left.
func TestPostgres(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "rig-") // t.TempDir lets no other user pass
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	folder := filepath.Join(dir, "postgres")
	for time := range 2 {
		p, err := rig.NewPostgres(t.Context(), folder)
		if err != nil && os.Getenv("CI") != "true" && time == 0 {
			t.Skip("skipped: ", err)
		}
		require.NoError(t, err)
		require.NoError(t, p.Start(t.Context(), []string{"work_mem=3MB", "shared_buffers=16MB"}))
		conn, err := pgx.Connect(t.Context(), p.URL())
		require.NoError(t, err)
		var memory string
		require.NoError(t, conn.QueryRow(t.Context(), `SHOW work_mem`).Scan(&memory))
		require.Equal(t, "3MB", memory)
		_, err = conn.Exec(t.Context(), `CREATE TABLE IF NOT EXISTS kept AS SELECT generate_series(1, 300000) AS n`)
		require.NoError(t, err)
		// Work for many of the ticks that CPU time is counted in.
		_, err = conn.Exec(t.Context(), `SELECT count(*) FROM generate_series(1, 1000000) AS n WHERE n % 7 = 3`)
		require.NoError(t, err)
		used, err := p.CPU()
		require.NoError(t, err)
		require.Positive(t, used)
		require.NoError(t, conn.Close(t.Context()))
		require.NoError(t, p.Stop(t.Context()))
		require.NoError(t, p.Stop(t.Context()), "it is stopped already")
		require.Contains(t, p.Version(t.Context()), "PostgreSQL")
	}
}
