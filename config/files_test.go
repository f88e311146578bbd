package config_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/config"
)

func TestAuthKeyIsGeneratedOnce(t *testing.T) {
	t.Parallel()
	s := config.Default()
	s.Data.Dir = filepath.Join(t.TempDir(), "deep", "data")

	var wg sync.WaitGroup
	keys := make([][]byte, 8)
	errs := make([]error, len(keys))
	for i := range keys {
		wg.Go(func() { keys[i], errs[i] = s.AuthKey() })
	}
	wg.Wait()
	for i := range keys {
		require.NoError(t, errs[i])
		require.Equal(t, keys[0], keys[i], "whoever asks at the same time gets the same key")
	}
	require.GreaterOrEqual(t, len(keys[0]), 32)

	info, err := os.Stat(filepath.Join(s.Data.Dir, "auth.key"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	left, err := os.ReadDir(s.Data.Dir)
	require.NoError(t, err)
	require.Len(t, left, 1, "no file is left aside")

	other := config.Default()
	other.Data.Dir = t.TempDir()
	key, err := other.AuthKey()
	require.NoError(t, err)
	require.NotEqual(t, keys[0], key)
}

func TestAuthKeyFromTheSetting(t *testing.T) {
	t.Parallel()
	s := config.Default()
	s.Data.Dir = t.TempDir()
	s.Auth.Key = "0123456789abcdef0123456789abcdef"
	key, err := s.AuthKey()
	require.NoError(t, err)
	require.Equal(t, []byte(s.Auth.Key), key)
	require.NoFileExists(t, filepath.Join(s.Data.Dir, "auth.key"))
}

func TestAuthKeyTooShort(t *testing.T) {
	t.Parallel()
	s := config.Default()
	s.Data.Dir = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(s.Data.Dir, "auth.key"), []byte("short\n"), 0o600))
	_, err := s.AuthKey()
	require.ErrorContains(t, err, "fewer than 32 bytes")
}

func TestPhoneKeys(t *testing.T) {
	t.Parallel()
	s := config.Default()
	s.Data.Dir = t.TempDir()
	kept, err := s.PhoneKeys()
	require.NoError(t, err)
	require.Len(t, kept, 1)
	again, err := s.PhoneKeys()
	require.NoError(t, err)
	require.Equal(t, kept, again)
	require.FileExists(t, filepath.Join(s.Data.Dir, "phone.key"))
	auth, err := s.AuthKey()
	require.NoError(t, err)
	require.NotEqual(t, auth, kept[0])

	s.Phone.Key = "0123456789abcdef0123456789abcdef, " + string(kept[0])
	keys, err := s.PhoneKeys()
	require.NoError(t, err)
	require.Equal(t, [][]byte{[]byte("0123456789abcdef0123456789abcdef"), kept[0]}, keys, "the current one, then the former")
}

func TestEmbeddedDatabaseHasOneOwner(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := load(t, nil, "--data.dir", dir)
	require.NoError(t, err)
	release, err := s.LockData()
	require.NoError(t, err)

	_, err = s.LockData()
	require.ErrorIs(t, err, config.ErrInUse)

	pg, err := load(t, nil, "--data.dir", dir, "--database.url", "postgres://db/swiper")
	require.NoError(t, err)
	free, err := pg.LockData()
	require.NoError(t, err, "another store leaves the embedded database alone")
	require.NoError(t, free())

	require.NoError(t, release())
	release, err = s.LockData()
	require.NoError(t, err)
	require.NoError(t, release())
}
