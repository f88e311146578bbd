package accounts_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/social"
)

func TestTokensExpireByTheClock(t *testing.T) {
	t.Parallel()
	now := noon
	tokens := accounts.NewTokens([]byte("0123456789abcdef"), func() time.Time { return now })
	token, err := tokens.Mint(7, time.Minute)
	require.NoError(t, err)
	pass, err := tokens.Verify(token)
	require.NoError(t, err)
	require.Equal(t, accounts.Pass{UID: 7, ExpiresAt: noon.Add(time.Minute).Local()}, pass)
	now = noon.Add(time.Minute)
	_, err = tokens.Verify(token)
	require.ErrorIs(t, err, &social.Error{Code: social.CodeUnauthenticated})
	for _, bad := range []struct {
		uid social.UserID
		ttl time.Duration
	}{{0, time.Hour}, {-1, time.Hour}, {1, 0}, {1, time.Millisecond}} {
		_, err = tokens.Mint(bad.uid, bad.ttl)
		require.ErrorIs(t, err, &social.Error{Code: social.CodeInvalidRequest})
	}
}

// No token but a minted one opens: neither a panic nor a user.
func FuzzVerify(f *testing.F) {
	key := bytes.Repeat([]byte("k"), 32)
	tokens := accounts.NewTokens(key, func() time.Time { return noon })
	minted, err := tokens.Mint(1, time.Hour)
	require.NoError(f, err)
	for _, seed := range []string{minted, "", "..", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", minted[:20], minted + "A"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		pass, err := tokens.Verify(s)
		if s == minted {
			require.NoError(t, err)
			return
		}
		require.ErrorIs(t, err, &social.Error{Code: social.CodeUnauthenticated})
		require.Zero(t, pass)
	})
}
