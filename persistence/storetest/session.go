package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func sessionCases() []testCase {
	return []testCase{
		{"session/what is created is read back", sessionReadBack},
		{"session/tokens rotate", sessionRotates},
		{"session/a token used twice ends the session", sessionReuse},
		{"session/what does not fit is refused", sessionRefusals},
		{"session/one that has expired", sessionExpires},
		{"session/revoking", sessionRevoked},
		{"session/a user has so many", sessionBound},
		{"session/one token many times at once", rotateOneToken},
		{"session/logins at once keep the bound", loginsAtOnce},
		{"session/old ones are pruned", pruneSessions},
	}
}

const month = 30 * 24 * time.Hour

func secret(n int64) []byte { return fmt.Appendf(nil, "\x00secret %d\xff", n) }

// session makes a login of uid at noon, good for a month.
func session(uid social.UserID, id string) persistence.Session {
	return persistence.Session{
		ID: id, UID: uid, Generation: 1, Secret: secret(1), CreatedAt: noon, UsedAt: noon, ExpiresAt: noon.Add(month),
	}
}

func login(t require.TestingT, s persistence.Store, n persistence.Session) []string {
	ended, err := s.CreateSession(background(), n)
	require.NoError(t, err)
	return ended
}

func requireSession(t require.TestingT, want persistence.Session, s persistence.Store) {
	got, err := s.Session(background(), want.ID)
	require.NoError(t, err)
	requireSameSession(t, want, got)
}

// requireSameSession compares times as moments, to the microsecond that is stored.
func requireSameSession(t require.TestingT, want, got persistence.Session) {
	for _, s := range []*persistence.Session{&want, &got} {
		for _, at := range []*time.Time{&s.CreatedAt, &s.UsedAt, &s.ExpiresAt, &s.RevokedAt} {
			*at = at.UTC().Truncate(time.Microsecond)
		}
	}
	require.Equal(t, want, got)
}

// rotate uses the token of a generation, at a time.
func rotate(s persistence.Store, id string, generation int64, at time.Time) (persistence.Session, error) {
	return s.RotateSession(background(), id, generation, secret(generation), secret(generation+1), at, at.Add(month))
}

func sessionReadBack(t *testing.T, db Database) {
	people(t, db.A, 1, 2)
	one := session(1, "one")
	one.UsedAt = noon.Add(123_456_789)
	require.Empty(t, login(t, db.A, one))
	requireSession(t, one, db.B)
	_, err := db.A.Session(t.Context(), "none")
	requireCode(t, social.CodeUnauthenticated, err)
	_, err = db.A.CreateSession(t.Context(), session(404, "x"))
	requireCode(t, social.CodeUserNotFound, err)
	db.Delete(t, 2)
	_, err = db.A.CreateSession(t.Context(), session(2, "x"))
	requireCode(t, social.CodeUserNotFound, err)
}

func sessionRotates(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	want := session(1, "one")
	login(t, db.A, want)
	for g := int64(1); g <= 5; g++ {
		at := noon.Add(time.Duration(g) * time.Hour)
		got, err := rotate([]persistence.Store{db.A, db.B}[g%2], "one", g, at)
		require.NoError(t, err)
		want.Generation, want.Secret, want.UsedAt, want.ExpiresAt = g+1, secret(g+1), at, at.Add(month)
		requireSameSession(t, want, got)
		requireSession(t, want, db.A)
	}
}

func sessionReuse(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	login(t, db.A, session(1, "one"))
	login(t, db.A, session(1, "two"))
	_, err := rotate(db.A, "one", 1, noon.Add(time.Minute))
	require.NoError(t, err)
	_, err = rotate(db.B, "one", 1, noon.Add(2*time.Minute))
	requireCode(t, social.CodeUnauthenticated, err)
	got, err := db.A.Session(t.Context(), "one")
	require.NoError(t, err)
	require.True(t, got.RevokedAt.Equal(noon.Add(2*time.Minute)), "revoked at %s", got.RevokedAt)
	_, err = rotate(db.A, "one", 2, noon.Add(3*time.Minute))
	requireCode(t, social.CodeUnauthenticated, err)
	requireSession(t, session(1, "two"), db.A)
	_, err = rotate(db.A, "two", 1, noon.Add(3*time.Minute))
	require.NoError(t, err, "another login is not touched")
}

func sessionRefusals(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	want := session(1, "one")
	login(t, db.A, want)
	for _, call := range []struct {
		id         string
		generation int64
		old        []byte
	}{{"none", 1, secret(1)}, {"one", 2, secret(1)}, {"one", 1, secret(2)}, {"one", 1, nil}, {"one", 1, secret(1)[1:]}} {
		_, err := db.A.RotateSession(t.Context(), call.id, call.generation, call.old, secret(9), noon, noon.Add(month))
		requireCode(t, social.CodeUnauthenticated, err)
		requireSession(t, want, db.B)
	}
	_, err := rotate(db.A, "one", 1, noon.Add(time.Minute))
	require.NoError(t, err, "who guesses ends no session")
}

func sessionExpires(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	login(t, db.A, session(1, "one"))
	_, err := rotate(db.A, "one", 1, noon.Add(month))
	requireCode(t, social.CodeUnauthenticated, err)
	_, err = rotate(db.A, "one", 1, noon.Add(month-time.Microsecond))
	require.NoError(t, err)
}

func sessionRevoked(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	want := session(1, "one")
	login(t, db.A, want)
	require.NoError(t, db.A.RevokeSession(t.Context(), "none", noon))
	want.RevokedAt = noon.Add(time.Minute)
	for i := range 3 {
		require.NoError(t, db.B.RevokeSession(t.Context(), "one", want.RevokedAt.Add(time.Duration(i)*time.Hour)))
		requireSession(t, want, db.A)
	}
	_, err := rotate(db.A, "one", 1, noon.Add(2*time.Minute))
	requireCode(t, social.CodeUnauthenticated, err)
}

func sessionBound(t *testing.T, db Database) {
	people(t, db.A, 1, 2)
	login(t, db.A, session(2, "another's"))
	expired, revoked := session(1, "expired"), session(1, "revoked")
	expired.ExpiresAt = noon.Add(time.Second)
	login(t, db.A, expired)
	login(t, db.A, revoked)
	require.NoError(t, db.A.RevokeSession(t.Context(), "revoked", noon))
	name := func(i int) string { return fmt.Sprintf("s%03d", i) }
	next := func(i int) []string {
		s := session(1, name(i))
		s.CreatedAt = noon.Add(time.Duration(i+1) * time.Minute)
		s.UsedAt = s.CreatedAt
		return login(t, db.A, s)
	}
	for i := range persistence.MaxSessions {
		require.Empty(t, next(i), "login %d: what has expired or was revoked does not count", i)
	}
	_, err := rotate(db.A, name(0), 1, noon.Add(24*time.Hour))
	require.NoError(t, err)
	require.Equal(t, []string{name(1)}, next(persistence.MaxSessions), "the one used least recently ends")
	require.Equal(t, []string{name(2)}, next(persistence.MaxSessions+1))
	ended, err := db.B.Session(t.Context(), name(1))
	require.NoError(t, err)
	require.False(t, ended.RevokedAt.IsZero())
	requireSession(t, session(2, "another's"), db.B)
}

// Of fifty who hold one token one gets the next; that the token was used twice
// ends the session for all.
func rotateOneToken(t *testing.T, db Database) {
	const holders = 50
	people(t, db.A, 1, 1)
	for n := range db.scaled(50) {
		id := fmt.Sprintf("s%d", n)
		login(t, db.A, session(1, id))
		var errs [holders]error
		var calls []func()
		for c := range holders {
			s := []persistence.Store{db.A, db.B}[c%2]
			calls = append(calls, func() { _, errs[c] = rotate(s, id, 1, noon.Add(time.Minute)) })
		}
		together(calls...)
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			requireCode(t, social.CodeUnauthenticated, err)
		}
		require.Equal(t, 1, won)
		got, err := db.A.Session(t.Context(), id)
		require.NoError(t, err)
		require.EqualValues(t, 2, got.Generation)
		require.False(t, got.RevokedAt.IsZero())
	}
}

func loginsAtOnce(t *testing.T, db Database) {
	const logins = persistence.MaxSessions + 40
	people(t, db.A, 1, 1)
	var ended [logins][]string
	var errs [logins]error
	var calls []func()
	for i := range logins {
		s := session(1, fmt.Sprintf("s%03d", i))
		store := []persistence.Store{db.A, db.B}[i%2]
		calls = append(calls, func() { ended[i], errs[i] = store.CreateSession(background(), s) })
	}
	together(calls...)
	told := 0
	for i := range logins {
		require.NoError(t, errs[i])
		told += len(ended[i])
	}
	inForce := 0
	for i := range logins {
		s, err := db.A.Session(t.Context(), fmt.Sprintf("s%03d", i))
		require.NoError(t, err)
		if s.RevokedAt.IsZero() {
			inForce++
			continue
		}
		require.True(t, slices.ContainsFunc(ended[:], func(ids []string) bool { return slices.Contains(ids, s.ID) }))
	}
	require.Equal(t, persistence.MaxSessions, inForce)
	require.Equal(t, logins-persistence.MaxSessions, told, "each end was told once")
}

func pruneSessions(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	for i := range 10 {
		s := session(1, fmt.Sprintf("s%d", i))
		s.ExpiresAt = noon.Add(time.Duration(i) * time.Hour)
		login(t, db.A, s)
	}
	prune := func(limit int) int {
		n, err := db.B.PruneSessions(t.Context(), noon.Add(7*time.Hour), limit)
		require.NoError(t, err)
		return n
	}
	require.Equal(t, 4, prune(4))
	_, err := db.A.Session(t.Context(), "s3")
	requireCode(t, social.CodeUnauthenticated, err)
	_, err = db.A.Session(t.Context(), "s4")
	require.NoError(t, err, "the oldest go first")
	require.Equal(t, 3, prune(4))
	require.Zero(t, prune(4))
	for i := 7; i < 10; i++ {
		_, err := db.A.Session(t.Context(), fmt.Sprintf("s%d", i))
		require.NoError(t, err)
	}
}
