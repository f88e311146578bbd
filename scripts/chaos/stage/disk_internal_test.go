//go:build linux

package stage

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A disk that was filled takes nothing more, and takes it again once it is freed.
func TestDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d, err := mount(t.Context(), dir, 4<<20)
	if err != nil {
		t.Skip("skipped: no disk was filled: ", err)
	}
	t.Cleanup(func() { require.NoError(t, d.close()) })
	write := func() error { return os.WriteFile(filepath.Join(dir, "more"), make([]byte, 64<<10), 0o600) }
	require.NoError(t, write())
	require.NoError(t, os.Remove(filepath.Join(dir, "more")))
	require.NoError(t, d.Fill())
	require.ErrorIs(t, write(), syscall.ENOSPC)
	require.NoError(t, d.Free())
	require.NoError(t, d.Free(), "it is free already")
	require.NoError(t, write())
}
