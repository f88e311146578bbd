package storetest

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func departureCases() []testCase {
	return []testCase{
		{"departure/hidden and signed out at once", departAtOnce},
		{"departure/once, and only who is there", departOnce},
		{"departure/a login restores", departAndReturn},
		{"departure/who left does nothing", departedDoesNothing},
		{"departure/erased, nothing is left", erasedLeavesNothing},
		{"departure/many slices, each friend told once", erasedInSlices},
		{"departure/likes and a departure at once", departAgainstLikes},
		{"departure/logins and departures at once", departAgainstLogins},
		{"departure/a login and the erasure at once", returnAgainstErasure},
	}
}

// member signs somebody in whose profile fits everyone of the suite.
func member(t require.TestingT, s persistence.Store, number int) social.UserID {
	uid, _ := signIn(t, s, sealed("k1", number))
	p := person(uid)
	_, err := s.UpdateProfile(background(), uid, social.ProfilePatch{
		Nickname: &p.Nickname, Sex: &p.Sex, Birthday: &p.Birthday, Location: &p.Location, Bio: new("told by nobody else"),
		DatingSex: &p.DatingSex, MinDatingAge: &p.MinDatingAge, MaxDatingAge: &p.MaxDatingAge,
	}, social.DateOf(noon))
	require.NoError(t, err)
	return uid
}

// erasure is the task of a departure at the given time.
func erasure(uid social.UserID, left time.Time) persistence.Task {
	task := work("erase")
	task.Owner, task.Unique, task.RunAt = uid, fmt.Sprint(uid, left.UnixMicro()), left.Add(time.Hour)
	return task
}

func depart(t require.TestingT, s persistence.Store, uid social.UserID, left time.Time) persistence.Departure {
	gone, err := s.Depart(background(), uid, left, erasure(uid, left))
	require.NoError(t, err)
	return gone
}

// erase erases who left; false: there was nothing to erase.
func erase(t require.TestingT, s persistence.Store, uid social.UserID, left time.Time, limit int) bool {
	begun, err := tryErase(s, uid, left, limit)
	require.NoError(t, err)
	return begun
}

// tryErase is erase for goroutines.
func tryErase(s persistence.Store, uid social.UserID, left time.Time, limit int) (bool, error) {
	begun, err := s.BeginErasure(background(), uid, left)
	for more := begun; more && err == nil; {
		more, err = s.EraseSome(background(), uid, left.Add(time.Hour), limit)
	}
	return begun, err
}

func departAtOnce(t *testing.T, db Database) {
	uid := member(t, db.A, 1)
	everyone := append(people(t, db.A, 2, 4), uid)
	befriend(t, db.A, uid, 2)
	accept(t, db.A, like(uid, 3))
	for _, id := range []string{"one", "two"} {
		login(t, db.A, session(uid, id))
	}
	login(t, db.A, session(2, "another's"))

	gone := depart(t, db.B, uid, noon)
	require.ElementsMatch(t, []string{"one", "two"}, gone.Sessions)
	record, err := db.A.Task(t.Context(), gone.Erase, uid, time.Time{})
	require.NoError(t, err)
	require.Equal(t, "erase", record.Kind)
	require.Equal(t, persistence.TaskQueued, record.State)
	for id, ended := range map[string]bool{"one": true, "two": true, "another's": false} {
		s, err := db.A.Session(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, ended, !s.RevokedAt.IsZero(), id)
	}
	_, err = rotate(db.A, "one", 1, noon)
	requireCode(t, social.CodeUnauthenticated, err)

	_, err = db.A.User(t.Context(), uid)
	requireCode(t, social.CodeUserNotFound, err)
	_, err = db.A.Friend(t.Context(), 2, uid)
	requireCode(t, social.CodeNotFriends, err)
	require.Empty(t, likersOf(t, db.A, 3))
	refuse(t, db.A, social.CodeUserNotFound, like(3, uid))
	refuse(t, db.B, social.CodeUserNotFound, like(4, uid))
	u := person(3)
	candidates, err := db.A.Candidates(t.Context(), social.WantedBy(&u, social.DateOf(noon)), 0, everything)
	require.NoError(t, err)
	require.NotContains(t, candidates, uid)
	w := look(t, db.A, everyone)
	require.Empty(t, w.unmatches, "nobody is told before the erasure")
}

func departOnce(t *testing.T, db Database) {
	uid := member(t, db.A, 1)
	depart(t, db.A, uid, noon)
	for _, uid := range []social.UserID{uid, 404} {
		_, err := db.B.Depart(t.Context(), uid, noon.Add(time.Second), erasure(uid, noon.Add(time.Second)))
		requireCode(t, social.CodeUserNotFound, err)
	}
	list, err := db.A.ListTasks(t.Context(), persistence.TaskFilter{Limit: 10})
	require.NoError(t, err)
	require.Len(t, list, 1, "a refused departure makes no task")
	_, err = db.A.EraseSome(t.Context(), uid, noon, 10)
	requireCode(t, social.CodeInvalidRequest, err)
}

func departAndReturn(t *testing.T, db Database) {
	uid := member(t, db.A, 1)
	everyone := append(people(t, db.A, 2, 4), uid)
	befriend(t, db.A, uid, 2)
	before, err := db.A.User(t.Context(), uid)
	require.NoError(t, err)
	first := noon.Add(123_457 * time.Nanosecond)
	depart(t, db.A, uid, first)

	again, created := signIn(t, db.B, sealed("k2", 1), sealed("k1", 1).Index)
	require.False(t, created)
	require.Equal(t, uid, again)
	after, err := db.A.User(t.Context(), uid)
	require.NoError(t, err)
	requireSameUser(t, before, after)
	requirePhone(t, db.A, uid, sealed("k2", 1).Sealed)
	require.True(t, accept(t, db.A, like(3, uid)).Mark.Likes())
	require.True(t, accept(t, db.B, like(uid, 3)).Matched)
	w := look(t, db.A, everyone)
	w.requireWhole(t)
	require.Equal(t, 2, w.friendships())
	require.False(t, erase(t, db.A, uid, first, 10), "came back")

	second := first.Add(time.Minute)
	depart(t, db.B, uid, second)
	require.False(t, erase(t, db.A, uid, first, 10), "the departure that was undone")
	require.True(t, erase(t, db.A, uid, second, 10))
	next, created := signIn(t, db.A, sealed("k2", 1))
	require.True(t, created, "erased")
	require.NotEqual(t, uid, next)
}

func departedDoesNothing(t *testing.T, db Database) {
	uid := member(t, db.A, 1)
	people(t, db.A, 2, 3)
	befriend(t, db.A, uid, 2)
	depart(t, db.A, uid, noon)
	_, err := db.A.Rewind(t.Context(), rewindOf(uid, 3, noon))
	requireCode(t, social.CodeNothingToRewind, err)
	_, err = db.A.Rewind(t.Context(), keyedRewind(uid, 3, noon, "k"))
	requireCode(t, social.CodeNothingToRewind, err)
	requireCode(t, social.CodeNotFriends, db.A.Unfriend(t.Context(), uid, 2, noon))
	refuse(t, db.A, social.CodeUnauthenticated, like(uid, 3))
	_, err = db.A.CreateSession(t.Context(), session(uid, "late"))
	requireCode(t, social.CodeUserNotFound, err)
	require.NoError(t, db.A.SaveDeckCursor(t.Context(), uid, 7, 9))
	after, err := db.A.DeckCursor(t.Context(), uid, 7)
	require.NoError(t, err)
	require.Zero(t, after)
}

// busy gives a member who has something in every table there is.
func busy(t *testing.T, s persistence.Store, number int) social.UserID {
	t.Helper()
	uid := member(t, s, number)
	login(t, s, session(uid, "busysession"))
	befriend(t, s, uid, 2)
	befriend(t, s, 3, uid)
	r := limits(9)
	record(t, s, metered(r, uid, 4, social.MarkLike, noon), keyed(like(uid, 5), "busykey"))
	_, err := s.Rewind(t.Context(), rewindOf(uid, 3, noon))
	require.NoError(t, err)
	accept(t, s, like(6, uid))
	require.NoError(t, s.SaveDeckCursor(t.Context(), uid, 7, 9))
	arrive(t, s, uid, "busyupload")
	claim(t, s, "busyupload", "busypicture")
	published, err := publish(s, "busyupload", "busypicture")
	require.NoError(t, err)
	require.True(t, published)
	e := requestExport(t, s, uid, "busyexport", noon)
	claimExport(t, s, "busyexport", "busyarchive")
	_, err = finishExport(s, "busyexport", "busyarchive")
	require.NoError(t, err)
	endOf(t, s, e, false)
	busyPhotos(t, s, uid)
	task := work("photo")
	task.Owner = uid
	_, err = s.EndTask(t.Context(), attemptAt(t, s, enqueue(t, s, task).ID), persistence.TaskEnd{Attempts: 1, At: noon})
	require.NoError(t, err)
	return uid
}

// rowsOf gives the rows that are uid's own, by table.
func rowsOf(rows []string, uid social.UserID) map[string]int {
	own := map[string]int{}
	for _, row := range rows {
		table, fields, _ := strings.Cut(row, ": ")
		for _, column := range []string{"uid", "uid1", "uid2"} {
			if strings.Contains(strings.Replace(fields, "}", ",", 1), fmt.Sprintf(`"%s":%d,`, column, uid)) {
				own[table]++
			}
		}
	}
	return own
}

func erasedLeavesNothing(t *testing.T, db Database) {
	people(t, db.A, 2, 8)
	uid := busy(t, db.A, 1)
	phone := sealed("k1", 1)
	secrets := []string{
		"told by nobody else", "p" + fmt.Sprint(uid), "busysession", "busykey", "busypicture", "busyarchive", "busyexport", "of busyupload",
		"of busysecond", "of busythird",
		hex.EncodeToString(phone.Index), hex.EncodeToString(phone.Sealed),
	}
	before := db.Dump(t)
	for _, secret := range secrets {
		require.True(t, contains(before, secret), "the test looks for what is not there: %s", secret)
	}
	own := rowsOf(before, uid)
	for _, table := range []string{"swiped", "friend", "quota", "rewound", "event", "idempotency", "session", "task", "deck", "export", "photo"} {
		require.NotZero(t, own[table], "%s: %v", table, own)
	}
	depart(t, db.A, uid, noon)
	require.True(t, erase(t, db.B, uid, noon, 100))
	gone := drop(t, db.A, noon.Add(time.Hour))
	require.ElementsMatch(t, []string{"busyarchive", "busypicture", "busysecond", "busythird"}, gone)
	require.NoError(t, db.A.EndDrop(t.Context(), gone))

	after := db.Dump(t)
	for _, secret := range secrets {
		require.False(t, contains(after, secret), secret)
	}
	own = rowsOf(after, uid)
	delete(own, "departed") // a number
	require.Equal(t, map[string]int{"task": 1, "upload": 4}, own, "what is left is the erasure itself, and what the sweep forgets")
	for other, marks := range map[social.UserID]int{2: 1, 3: 1, 6: 1, 4: 0} {
		made, err := db.A.CountSwipes(t.Context(), other)
		require.NoError(t, err)
		require.Len(t, made, marks, "what %d did stays", other)
	}
	next, created := signIn(t, db.A, phone)
	require.True(t, created)
	require.NotEqual(t, uid, next)
	u, err := db.A.User(t.Context(), next)
	require.NoError(t, err)
	require.Empty(t, u.Nickname)
}

func contains(rows []string, text string) bool {
	for _, row := range rows {
		if strings.Contains(strings.ToLower(row), strings.ToLower(text)) {
			return true
		}
	}
	return false
}

// Two workers erase at once, as after a pause, and then one does again.
func erasedInSlices(t *testing.T, db Database) {
	const friends = 23
	uid := member(t, db.A, 1)
	others := people(t, db.A, 2, friends)
	for i, other := range others {
		if i%2 == 0 {
			befriend(t, db.A, uid, other)
		} else {
			befriend(t, db.A, other, uid)
		}
	}
	depart(t, db.A, uid, noon)
	var errs [2]error
	together(
		func() { _, errs[0] = tryErase(db.A, uid, noon, 3) },
		func() { _, errs[1] = tryErase(db.B, uid, noon, 4) })
	require.NoError(t, errors.Join(errs[:]...))
	require.True(t, erase(t, db.A, uid, noon, 5))
	w := look(t, db.A, others)
	require.Zero(t, w.friendships())
	for _, other := range others {
		require.Equal(t, 1, w.unmatches[direction{other, uid}], "%d is told", other)
		require.Equal(t, social.MarkLike, w.marks[direction{other, uid}], "what others did is theirs")
	}
	events, err := db.A.EventsOf(t.Context(), others[0], 0, everything)
	require.NoError(t, err)
	require.True(t, events[len(events)-1].Time.Equal(noon.Add(time.Hour)))
}

// Whoever comes back finds every pair of likes a friendship: nobody's like was
// stored on the way out without its match.
func departAgainstLikes(t *testing.T, db Database) {
	const turns = 40
	var everyone []social.UserID
	for n := range turns {
		everyone = append(everyone, member(t, db.A, n))
	}
	others := people(t, db.A, turns+1, 6)
	everyone = append(everyone, others...)
	for n := range turns {
		uid := everyone[n]
		var calls []func()
		for i, other := range others {
			first, second := like(uid, other), like(other, uid)
			if i%2 == 0 {
				first, second = second, first
			}
			accept(t, db.A, first)
			s := []persistence.Store{db.A, db.B}[i%2]
			calls = append(calls, func() {
				_, _ = s.RecordSwipes(background(), []persistence.Record{second})
			})
		}
		var err error
		calls = append(calls, func() { _, err = db.B.Depart(background(), uid, noon, erasure(uid, noon)) })
		together(calls...)
		require.NoError(t, err)
		again, created := signIn(t, db.A, sealed("k1", n))
		require.False(t, created)
		require.Equal(t, uid, again)
	}
	w := look(t, db.A, everyone)
	w.requireWhole(t)
}

func departAgainstLogins(t *testing.T, db Database) {
	uid := member(t, db.A, 1)
	for turn := range 10 {
		at := noon.Add(time.Duration(turn) * time.Minute)
		var calls []func()
		var uids [8]social.UserID
		var created [8]bool
		var errs [8]error
		for i := range uids {
			s := []persistence.Store{db.A, db.B}[i%2]
			calls = append(calls, func() {
				if i%4 == 3 {
					_, _ = s.Depart(background(), uid, at.Add(time.Duration(i)), erasure(uid, at.Add(time.Duration(i)*time.Microsecond)))
					return
				}
				uids[i], created[i], errs[i] = s.SignIn(background(), sealed("k1", 1), nil, at)
				if errs[i] == nil {
					_, _ = s.CreateSession(background(), session(uid, fmt.Sprintf("s%d-%d", turn, i)))
				}
			})
		}
		together(calls...)
		for i := range uids {
			if i%4 != 3 {
				require.NoError(t, errs[i])
				require.Equal(t, uid, uids[i])
				require.False(t, created[i])
			}
		}
	}
	// Whoever is gone has no session that stands.
	if _, err := db.A.User(t.Context(), uid); err == nil {
		depart(t, db.A, uid, noon.Add(time.Hour))
	}
	for turn := range 10 {
		for i := range 8 {
			if s, err := db.A.Session(t.Context(), fmt.Sprintf("s%d-%d", turn, i)); err == nil {
				require.False(t, s.RevokedAt.IsZero(), s.ID)
			}
		}
	}
}

// A login finds the account as it was, or a new one: never one half erased.
func returnAgainstErasure(t *testing.T, db Database) {
	const turns = 30
	others := people(t, db.A, 1, 2)
	for n := range turns {
		uid := member(t, db.A, n)
		befriend(t, db.A, uid, others[0])
		depart(t, db.A, uid, noon)
		var got social.UserID
		var created, erased bool
		var errs [2]error
		together(
			func() { erased, errs[0] = tryErase(db.B, uid, noon, 10) },
			func() { got, created, errs[1] = db.A.SignIn(background(), sealed("k1", n), nil, noon) })
		require.NoError(t, errors.Join(errs[:]...))
		require.Equal(t, created, erased, "turn %d", n)
		require.Equal(t, created, got != uid)
		friends, err := db.A.CountFriends(t.Context(), uid)
		require.NoError(t, err)
		if created {
			require.Zero(t, friends)
			continue
		}
		require.Equal(t, 1, friends)
		u, err := db.A.User(t.Context(), uid)
		require.NoError(t, err)
		require.Equal(t, person(uid).Nickname, u.Nickname)
		requirePhone(t, db.A, uid, sealed("k1", n).Sealed)
	}
}
