package accounts_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func TestLoggingIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada := b.login(t, adasPhone)
	require.True(t, ada.NewUser)
	require.Equal(t, accounts.AccessLife, ada.ExpiresIn)
	bob := b.login(t, bobsPhone)
	require.NotEqual(t, ada.UID, bob.UID)
	b.clock.advance(time.Minute)
	again := b.login(t, adasPhone)
	require.False(t, again.NewUser)
	require.Equal(t, ada.UID, again.UID)
	for _, g := range []accounts.Grant{ada, again} {
		uid, err := b.Verify(t.Context(), g.AccessToken)
		require.NoError(t, err)
		require.Equal(t, ada.UID, uid, "both logins stand")
	}
	phone, err := b.MaskedPhone(t.Context(), ada.UID)
	require.NoError(t, err)
	require.Equal(t, "+86138****0000", phone)
	phone, err = b.MaskedPhone(t.Context(), 99)
	require.NoError(t, err)
	require.Empty(t, phone, "made-up people have none")
}

func TestAccessTokensExpire(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g := b.login(t, adasPhone)
	b.clock.advance(accounts.AccessLife - time.Second)
	_, err := b.Verify(t.Context(), g.AccessToken)
	require.NoError(t, err)
	b.clock.advance(time.Second)
	_, err = b.Verify(t.Context(), g.AccessToken)
	requireCode(t, social.CodeUnauthenticated, err)
}

func TestRefreshing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g := b.login(t, adasPhone)
	for range 5 {
		b.clock.advance(accounts.SessionLife - time.Second)
		next, err := b.Refresh(t.Context(), g.RefreshToken)
		require.NoError(t, err)
		require.NotEqual(t, g.RefreshToken, next.RefreshToken)
		require.Equal(t, g.UID, next.UID)
		require.False(t, next.NewUser)
		uid, err := b.Verify(t.Context(), next.AccessToken)
		require.NoError(t, err)
		require.Equal(t, g.UID, uid)
		g = next
	}
	b.clock.advance(accounts.SessionLife)
	_, err := b.Refresh(t.Context(), g.RefreshToken)
	requireCode(t, social.CodeUnauthenticated, err)
}

func TestARefreshTokenUsedTwiceEndsItsSession(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g := b.login(t, adasPhone)
	next, err := b.Refresh(t.Context(), g.RefreshToken)
	require.NoError(t, err)
	_, err = b.Verify(t.Context(), next.AccessToken)
	require.NoError(t, err)
	_, err = b.Refresh(t.Context(), g.RefreshToken)
	requireCode(t, social.CodeUnauthenticated, err)
	_, err = b.Refresh(t.Context(), next.RefreshToken)
	requireCode(t, social.CodeUnauthenticated, err)
	_, err = b.Verify(t.Context(), next.AccessToken)
	requireCode(t, social.CodeUnauthenticated, err)
}

func TestParallelRefreshes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g := b.login(t, adasPhone)
	var wg sync.WaitGroup
	var granted atomic.Int32
	for range 20 {
		wg.Go(func() {
			if _, err := b.Refresh(t.Context(), g.RefreshToken); err == nil {
				granted.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, granted.Load())
}

func TestForgedRefreshTokens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g := b.login(t, adasPhone)
	parts := strings.Split(g.RefreshToken, ".")
	random := strings.Repeat("A", 26)
	for _, token := range []string{
		"", ".", "..", "...", "secret", parts[0], parts[0] + "." + parts[1], parts[0] + ".2." + parts[2], parts[0] + ".1." + random,
		parts[0] + ".01." + parts[2], parts[0] + ".+1." + parts[2], parts[0] + ".0." + parts[2], parts[0] + ".-1." + parts[2],
		parts[0] + ".99999999999999999999." + parts[2], random + ".1." + parts[2], g.RefreshToken + ".", g.RefreshToken + " ",
		strings.ToLower(g.RefreshToken), g.AccessToken, strings.Repeat("A", 100_000), "\x00" + g.RefreshToken[1:],
	} {
		_, err := b.Refresh(t.Context(), token)
		requireCode(t, social.CodeUnauthenticated, err)
	}
	_, err := b.Refresh(t.Context(), g.RefreshToken)
	require.NoError(t, err, "guesses end nobody's session")
}

func TestLoggingOut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g, other := b.login(t, adasPhone), b.login(t, bobsPhone)
	_, err := b.Verify(t.Context(), g.AccessToken)
	require.NoError(t, err)
	require.NoError(t, b.Logout(t.Context(), g.AccessToken))
	require.NoError(t, b.Logout(t.Context(), g.AccessToken), "again")
	_, err = b.Verify(t.Context(), g.AccessToken)
	requireCode(t, social.CodeUnauthenticated, err)
	_, err = b.Refresh(t.Context(), g.RefreshToken)
	requireCode(t, social.CodeUnauthenticated, err)
	_, err = b.Verify(t.Context(), other.AccessToken)
	require.NoError(t, err)
	requireCode(t, social.CodeUnauthenticated, b.Logout(t.Context(), "garbage"))
	b.store.err = away()
	requireCode(t, social.CodeUnavailable, b.Logout(t.Context(), other.AccessToken))
}

func TestTokensOfOperators(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token, err := b.opts.Tokens.Mint(7, time.Hour)
	require.NoError(t, err)
	b.store.err = away()
	uid, err := b.Verify(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, social.UserID(7), uid)
	requireCode(t, social.CodeForbidden, b.Logout(t.Context(), token))
}

func TestSessionsThatAreNotThere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g := b.login(t, adasPhone)
	elsewhere := setup(t)
	_, err := elsewhere.Verify(t.Context(), g.AccessToken)
	requireCode(t, social.CodeUnauthenticated, err)
	b.store.err = away()
	_, err = b.Verify(t.Context(), g.AccessToken)
	requireCode(t, social.CodeUnavailable, err)
}

func TestOneSessionTooMany(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.rules.LoginCodesPerDay, b.rules.LoginCodeInterval = social.NoLimit, time.Second
	first := b.login(t, adasPhone)
	for range persistence.MaxSessions - 1 {
		b.clock.advance(time.Second)
		b.login(t, adasPhone)
	}
	b.clock.advance(time.Second)
	_, err := b.Verify(t.Context(), first.AccessToken)
	require.NoError(t, err)
	b.login(t, adasPhone)
	_, err = b.Verify(t.Context(), first.AccessToken)
	requireCode(t, social.CodeUnauthenticated, err)
	_, err = b.Refresh(t.Context(), first.RefreshToken)
	requireCode(t, social.CodeUnauthenticated, err)
}

func TestSessionsExpire(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g := b.login(t, adasPhone)
	for id, session := range b.store.sessions {
		session.ExpiresAt = noon.Add(accounts.FreshFor / 2)
		b.store.sessions[id] = session
	}
	_, err := b.Verify(t.Context(), g.AccessToken)
	require.NoError(t, err)
	b.clock.advance(accounts.FreshFor / 2)
	_, err = b.Verify(t.Context(), g.AccessToken)
	requireCode(t, social.CodeUnauthenticated, err)
}

func TestFailedSignInsAreReported(t *testing.T) {
	t.Parallel()
	b := setup(t)
	code := b.code(t, adasPhone)
	b.store.err = away()
	_, err := b.Login(t.Context(), adasPhone, code, home)
	requireCode(t, social.CodeUnavailable, err)
	_, err = b.Refresh(t.Context(), strings.Repeat("A", 26)+".1."+strings.Repeat("B", 26))
	requireCode(t, social.CodeUnavailable, err)
	_, err = b.MaskedPhone(t.Context(), 1)
	requireCode(t, social.CodeUnavailable, err)
}

// A number is found again under a new key, and then no longer needs the old one.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada := b.login(t, adasPhone)
	for _, keys := range [][]string{{"second", "first"}, {"second"}} {
		b.clock.advance(time.Minute)
		b.opts.Vault = newVault(t, keys...)
		b.Service = b.node(t)
		g := b.login(t, adasPhone)
		require.Equal(t, ada.UID, g.UID)
		require.False(t, g.NewUser)
		phone, err := b.MaskedPhone(t.Context(), ada.UID)
		require.NoError(t, err)
		require.Equal(t, "+86138****0000", phone)
	}
	b.opts.Vault = newVault(t, "third")
	_, err := b.node(t).MaskedPhone(t.Context(), ada.UID)
	require.Error(t, err)
}

func TestNewRefusesBadOptions(t *testing.T) {
	t.Parallel()
	_, err := accounts.New(accounts.Options{})
	require.Error(t, err)
}
