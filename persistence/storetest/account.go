package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func accountCases() []testCase {
	return []testCase{
		{"account/a number makes a user once", signInOnce},
		{"account/a former key's number is moved", signInMoves},
		{"account/a deleted account's number restores it", signInAfterDeletion},
		{"account/people without a number", noNumber},
		{"account/one number many times at once", signInAtOnce},
		{"account/two nodes take a new key into use", rotateAtOnce},
	}
}

// sealed makes up what a number looks like under a key.
func sealed(key string, number int) persistence.SealedPhone {
	return persistence.SealedPhone{
		Index: fmt.Appendf(nil, "\x00%s index of %d\xff", key, number), Sealed: fmt.Appendf(nil, "\x00%s cipher of %d\xff", key, number),
	}
}

func signIn(t require.TestingT, s persistence.Store, phone persistence.SealedPhone, former ...[]byte) (social.UserID, bool) {
	uid, created, err := s.SignIn(background(), phone, former, noon)
	require.NoError(t, err)
	return uid, created
}

func requirePhone(t *testing.T, s persistence.Store, uid social.UserID, want []byte) {
	t.Helper()
	got, err := s.SealedPhone(t.Context(), uid)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func signInOnce(t *testing.T, db Database) {
	people(t, db.A, 1, 9)
	uid, created := signIn(t, db.A, sealed("k1", 1))
	require.True(t, created)
	require.EqualValues(t, 10, uid, "ids are dense")
	got, err := db.B.User(t.Context(), uid)
	require.NoError(t, err)
	requireSameUser(t, social.User{ID: uid, LastActiveAt: noon, CreatedAt: noon}, got)
	require.False(t, got.Complete())

	again, created := signIn(t, db.B, sealed("k1", 1))
	require.False(t, created)
	require.Equal(t, uid, again)
	next, created := signIn(t, db.B, sealed("k1", 2), sealed("k0", 2).Index)
	require.True(t, created)
	require.Equal(t, uid+1, next)
	requirePhone(t, db.A, uid, sealed("k1", 1).Sealed)
	requirePhone(t, db.A, next, sealed("k1", 2).Sealed)
}

func signInMoves(t *testing.T, db Database) {
	uid, _ := signIn(t, db.A, sealed("k1", 1))
	other, _ := signIn(t, db.A, sealed("k1", 2))
	for _, former := range [][]byte{sealed("k1", 1).Index, sealed("k0", 1).Index} {
		again, created := signIn(t, db.B, sealed("k2", 1), sealed("k3", 1).Index, former)
		require.False(t, created)
		require.Equal(t, uid, again)
		requirePhone(t, db.A, uid, sealed("k2", 1).Sealed)
	}
	again, created := signIn(t, db.A, sealed("k3", 1), sealed("k2", 1).Index)
	require.False(t, created)
	require.Equal(t, uid, again)
	requirePhone(t, db.A, other, sealed("k1", 2).Sealed)

	stranger, created := signIn(t, db.A, sealed("k2", 1))
	require.True(t, created, "nothing is left under the key it was moved from")
	require.NotEqual(t, uid, stranger)
}

func signInAfterDeletion(t *testing.T, db Database) {
	uid, _ := signIn(t, db.A, sealed("k1", 1))
	db.Delete(t, uid)
	_, err := db.A.SealedPhone(t.Context(), uid)
	requireCode(t, social.CodeUserNotFound, err)
	again, created := signIn(t, db.B, sealed("k1", 1))
	require.False(t, created)
	require.Equal(t, uid, again)
	requirePhone(t, db.A, uid, sealed("k1", 1).Sealed)

	db.Delete(t, uid)
	again, created = signIn(t, db.A, sealed("k2", 1), sealed("k0", 1).Index, sealed("k1", 1).Index)
	require.False(t, created, "by a former key")
	require.Equal(t, uid, again)
	requirePhone(t, db.A, uid, sealed("k2", 1).Sealed)
	next, created := signIn(t, db.A, sealed("k1", 1))
	require.True(t, created, "nothing is left under the key it was moved from")
	require.NotEqual(t, uid, next)
}

func noNumber(t *testing.T, db Database) {
	people(t, db.A, 1, 2)
	requirePhone(t, db.A, 1, nil)
	requirePhone(t, db.A, 2, nil)
	_, err := db.A.SealedPhone(t.Context(), 3)
	requireCode(t, social.CodeUserNotFound, err)
}

// atOnce signs in with each number callers times at the same moment, through
// both stores, under the key that by gives for the caller.
func atOnce(t *testing.T, db Database, by func(caller, number int) (persistence.SealedPhone, [][]byte)) {
	const numbers, callers = 5, 50
	var uids [numbers][callers]social.UserID
	var made [numbers][callers]bool
	var errs [numbers][callers]error
	for n := range numbers {
		var calls []func()
		for c := range callers {
			s := []persistence.Store{db.A, db.B}[c%2]
			phone, former := by(c, n)
			calls = append(calls, func() {
				uids[n][c], made[n][c], errs[n][c] = s.SignIn(background(), phone, former, noon.Add(time.Duration(c)*time.Second))
			})
		}
		together(calls...)
	}
	for n := range numbers {
		created := 0
		for c := range callers {
			require.NoError(t, errs[n][c])
			require.EqualValues(t, n+1, uids[n][c], "one user a number, and ids stay dense")
			if made[n][c] {
				created++
			}
		}
		require.Equal(t, 1, created, "one of them made it")
	}
	count, err := db.A.CountUsers(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, numbers, count)
}

func signInAtOnce(t *testing.T, db Database) {
	atOnce(t, db, func(_, number int) (persistence.SealedPhone, [][]byte) { return sealed("k1", number), nil })
}

// Every node knows both keys already; which of them is the current one, they do
// not agree on yet.
func rotateAtOnce(t *testing.T, db Database) {
	atOnce(t, db, func(caller, number int) (persistence.SealedPhone, [][]byte) {
		keys := [2]string{"k1", "k2"}
		return sealed(keys[caller/2%2], number), [][]byte{sealed(keys[1-caller/2%2], number).Index}
	})
}
