package accounts_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/accounts"
)

func newVault(t *testing.T, keys ...string) *accounts.Vault {
	t.Helper()
	var secrets [][]byte
	for _, k := range keys {
		secrets = append(secrets, key(k))
	}
	v, err := accounts.NewVault(secrets)
	require.NoError(t, err)
	return v
}

func TestSealing(t *testing.T) {
	t.Parallel()
	v := newVault(t, "first")
	a, b := v.Seal(adasPhone), v.Seal(adasPhone)
	require.Equal(t, a.Index, b.Index, "people are found by it")
	require.NotEqual(t, a.Sealed, b.Sealed)
	require.NotEqual(t, a.Index, v.Seal(bobsPhone).Index)
	for _, stored := range [][]byte{a.Index, a.Sealed} {
		require.False(t, bytes.Contains(stored, []byte("13800000000")))
	}
	for _, sealed := range [][]byte{a.Sealed, b.Sealed} {
		text, err := newVault(t, "first").Open(sealed)
		require.NoError(t, err)
		require.Equal(t, adasPhone, text)
	}
	require.Empty(t, v.Former(adasPhone))
}

func TestSealedTextsThatWereTouched(t *testing.T) {
	t.Parallel()
	v := newVault(t, "first")
	sealed := v.Seal(adasPhone).Sealed
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		_, err := v.Open(bad)
		require.Error(t, err, "byte %d", i)
		_, err = v.Open(sealed[:i])
		require.Error(t, err, "cut at %d", i)
	}
	_, err := newVault(t, "other").Open(sealed)
	require.ErrorContains(t, err, "sealed with a key that is not given")
}

func TestKeysAreReplaced(t *testing.T) {
	t.Parallel()
	old := newVault(t, "first")
	sealed := old.Seal(adasPhone)
	both := newVault(t, "second", "first")
	text, err := both.Open(sealed.Sealed)
	require.NoError(t, err)
	require.Equal(t, adasPhone, text)
	require.Equal(t, [][]byte{sealed.Index}, both.Former(adasPhone))

	renewed := both.Seal(adasPhone)
	require.NotEqual(t, sealed.Index, renewed.Index)
	text, err = newVault(t, "second").Open(renewed.Sealed)
	require.NoError(t, err, "the former key is not needed for it")
	require.Equal(t, adasPhone, text)
}

func TestBadVaultKeys(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][][]byte{
		"none": nil, "short": {key("first"), []byte("short")}, "empty": {nil}, "twice": {key("first"), key("first")},
	} {
		_, err := accounts.NewVault(keys)
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), "first-")
	}
}
