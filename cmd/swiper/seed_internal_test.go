package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMigrate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.Contains(t, require0(t, "migrate", "status", "--data.dir", dir), "pending")
	require.Regexp(t, `^applied [1-9]\d*\n$`, require0(t, "migrate", "up", "--data.dir", dir))
	require.Equal(t, "applied 0\n", require0(t, "migrate", "up", "--data.dir", dir))
	require.NotContains(t, require0(t, "migrate", "status", "--data.dir", dir), "pending")
	require.Equal(t, "taken back 1\n", require0(t, "migrate", "down", "--data.dir", dir))
	require.Contains(t, require0(t, "migrate", "status", "--data.dir", dir), "pending")
}

func TestSeed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	seed := []string{"seed", "--users", "300", "--locations", "3", "--seed", "9", "--data.dir", dir}
	require.Contains(t, require0(t, seed...), "stored 300 users in 3 locations")

	code, _, stderr := command(t, seed...)
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "has users already")

	require.Contains(t, require0(t, append(seed, "--append")...), "stored 300 users")
	last := require0(t, "inspect", "user", "600", "--json", "--data.dir", dir, "--admin.listen", nowhere)
	require.Contains(t, last, `"user_id": 600`)

	other := t.TempDir()
	require0(t, "seed", "--users", "300", "--locations", "3", "--seed", "9", "--data.dir", other)
	for _, uid := range []string{"1", "300"} {
		inspect := func(dir string) string {
			return require0(t, "inspect", "user", uid, "--json", "--data.dir", dir, "--admin.listen", nowhere)
		}
		require.Equal(t, inspect(dir), inspect(other), "the same seed gives the same people")
	}
}
