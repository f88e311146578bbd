package accounts_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

func TestDepart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	elsewhere := b.node(t)
	phone := b.login(t, adasPhone)
	b.clock.advance(b.rules.LoginCodeInterval)
	tablet := b.login(t, adasPhone)
	bob := b.login(t, bobsPhone)
	for _, g := range []string{phone.AccessToken, tablet.AccessToken} {
		_, err := b.Verify(t.Context(), g)
		require.NoError(t, err)
	}

	task, err := b.Depart(t.Context(), phone.UID, "")
	require.NoError(t, err)
	require.NotEmpty(t, task)
	require.Equal(t, phone.UID, b.store.departed[phone.UID].Owner)
	for _, g := range []string{phone.AccessToken, tablet.AccessToken} {
		_, err := b.Verify(t.Context(), g)
		requireCode(t, social.CodeUnauthenticated, err)
		_, err = elsewhere.Verify(t.Context(), g)
		requireCode(t, social.CodeUnauthenticated, err)
	}
	_, err = b.Refresh(t.Context(), tablet.RefreshToken)
	requireCode(t, social.CodeUnauthenticated, err)
	_, err = b.Verify(t.Context(), bob.AccessToken)
	require.NoError(t, err)
	_, err = b.Depart(t.Context(), phone.UID, "")
	requireCode(t, social.CodeUserNotFound, err)

	b.clock.advance(b.rules.LoginCodeInterval)
	again := b.login(t, adasPhone)
	require.Equal(t, phone.UID, again.UID)
	require.False(t, again.NewUser)
	_, err = b.Verify(t.Context(), again.AccessToken)
	require.NoError(t, err)
}

// The account is deleted between the look-up of the number and the session.
func TestLoginOvertakenByTheDeletion(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada := b.login(t, adasPhone)
	b.clock.advance(b.rules.LoginCodeInterval)
	code := b.code(t, adasPhone)
	b.store.opening = func() {
		_, err := b.Depart(t.Context(), ada.UID, "")
		require.NoError(t, err)
	}
	again, err := b.Login(t.Context(), adasPhone, code, home)
	require.NoError(t, err)
	require.Equal(t, ada.UID, again.UID)
	_, err = b.Verify(t.Context(), again.AccessToken)
	require.NoError(t, err)
}

func TestDepartKeepsTheSessionsOfAStoreThatIsAway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada := b.login(t, adasPhone)
	b.store.err = away()
	_, err := b.Depart(t.Context(), ada.UID, "")
	requireCode(t, social.CodeUnavailable, err)
	b.store.err = nil
	_, err = b.Verify(t.Context(), ada.AccessToken)
	require.NoError(t, err)
}
