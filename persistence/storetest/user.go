package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

func userCases() []testCase {
	return []testCase{
		{"user/what is inserted is read back", usersReadBack},
		{"user/an id that exists is refused whole", duplicateUsers},
		{"user/a stream that is cut stores nothing", insertCut},
		{"user/a profile is patched", patchProfile},
		{"user/a bad patch changes nothing", badPatch},
		{"user/patches at once lose nothing", patchesAtOnce},
	}
}

// requireSameUser compares times as moments, to the microsecond that is stored.
func requireSameUser(t require.TestingT, want, got social.User) {
	for _, at := range []struct{ want, got *time.Time }{{&want.LastActiveAt, &got.LastActiveAt}, {&want.CreatedAt, &got.CreatedAt}} {
		require.True(t, at.want.Truncate(time.Microsecond).Equal(*at.got), "want %s, got %s", at.want, at.got)
		*at.want, *at.got = time.Time{}, time.Time{}
	}
	require.Equal(t, want, got)
}

func usersReadBack(t *testing.T, db Database) {
	n, err := db.A.CountUsers(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)

	full := person(3)
	full.Nickname, full.Bio, full.Avatar = "小美 'quoted\" \\ ✨", "two\nlines", "avatars/ab/cd"
	full.Birthday, full.DatingSex = social.Date{Year: 2000, Month: 2, Day: 29}, social.SexFemale
	full.CreatedAt = time.Date(2020, 1, 2, 3, 4, 5, 678_901_234, shanghai)
	unfinished := social.User{ID: 1 << 40, LastActiveAt: noon, CreatedAt: noon}
	stored, err := db.A.InsertUsers(t.Context(), slices.Values([]social.User{full, unfinished}))
	require.NoError(t, err)
	require.EqualValues(t, 2, stored)
	for _, want := range []social.User{full, unfinished} {
		got, err := db.B.User(t.Context(), want.ID)
		require.NoError(t, err)
		requireSameUser(t, want, got)
	}
	for _, id := range []social.UserID{1, 4, 0, -3, 1<<63 - 1} {
		_, err := db.B.User(t.Context(), id)
		requireCode(t, social.CodeUserNotFound, err)
	}
	people(t, db.A, 100, db.scaled(5_000))
	n, err = db.B.CountUsers(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 2+db.scaled(5_000), n)
	none, err := db.A.InsertUsers(t.Context(), slices.Values([]social.User(nil)))
	require.NoError(t, err)
	require.Zero(t, none)
}

func duplicateUsers(t *testing.T, db Database) {
	people(t, db.A, 2_000, 1)
	for name, batch := range map[string][]social.UserID{
		"stored before":    {1, 2, 3, 2_000, 5},
		"twice in a batch": {1, 2, 3, 2},
	} {
		var users []social.User
		for id := social.UserID(3_000); id < 5_000; id++ { // beyond what an engine sends at once
			users = append(users, person(id))
		}
		for _, id := range batch {
			users = append(users, person(id))
		}
		_, err := db.A.InsertUsers(t.Context(), slices.Values(users))
		var e *social.Error
		require.ErrorAs(t, err, &e, name)
		n, err := db.B.CountUsers(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 1, n, name)
	}
	people(t, db.A, 1, 3)
}

func insertCut(t *testing.T, db Database) {
	ctx, cancel := context.WithCancel(t.Context())
	_, err := db.A.InsertUsers(ctx, func(yield func(social.User) bool) {
		for id := social.UserID(1); id <= 20_000; id++ {
			if id == 15_000 {
				cancel()
			}
			if !yield(person(id)) {
				return
			}
		}
	})
	var e *social.Error
	require.ErrorAs(t, err, &e)
	n, err := db.A.CountUsers(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
}

func patchProfile(t *testing.T, db Database) {
	people(t, db.A, 1, 2)
	today := social.DateOf(noon)
	want := person(1)
	want.Nickname, want.Sex, want.Birthday, want.MaxDatingAge = "阿力", social.SexMale, social.Date{Year: 2008, Month: 3, Day: 14}, 33
	patch := social.ProfilePatch{Nickname: new("  阿力 "), Sex: &want.Sex, Birthday: &want.Birthday, MaxDatingAge: new(33)}
	got, err := db.A.UpdateProfile(t.Context(), 1, patch, today)
	require.NoError(t, err)
	requireSameUser(t, want, got)
	stored, err := db.B.User(t.Context(), 1)
	require.NoError(t, err)
	requireSameUser(t, want, stored)
	other, err := db.B.User(t.Context(), 2)
	require.NoError(t, err)
	requireSameUser(t, person(2), other)

	got, err = db.A.UpdateProfile(t.Context(), 1, social.ProfilePatch{}, today)
	require.NoError(t, err)
	requireSameUser(t, want, got)

	_, err = db.A.UpdateProfile(t.Context(), 404, patch, today)
	requireCode(t, social.CodeUserNotFound, err)
}

func badPatch(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	for field, patch := range map[string]social.ProfilePatch{
		"nickname":       {Nickname: new(""), Bio: new("x")},
		"birthday":       {Bio: new("x"), Birthday: &social.Date{Year: 2008, Month: 3, Day: 15}}, // 18 tomorrow
		"min_dating_age": {Bio: new("x"), MinDatingAge: new(61)},                                 // above the stored 60
	} {
		_, err := db.A.UpdateProfile(t.Context(), 1, patch, social.DateOf(noon))
		requireCode(t, social.CodeInvalidRequest, err)
		require.Equal(t, field, social.AsError(err).Field)
	}
	got, err := db.A.User(t.Context(), 1)
	require.NoError(t, err)
	requireSameUser(t, person(1), got)
}

func patchesAtOnce(t *testing.T, db Database) {
	people(t, db.A, 1, 1)
	today := social.DateOf(noon)
	for i := range 50 {
		bio, place := "bio "+string(rune('a'+i%26)), "place "+string(rune('a'+i%26))
		var errs [3]error
		together(
			func() { _, errs[0] = db.A.UpdateProfile(background(), 1, social.ProfilePatch{Bio: &bio}, today) },
			func() { _, errs[1] = db.B.UpdateProfile(background(), 1, social.ProfilePatch{Location: &place}, today) },
			func() {
				_, errs[2] = db.A.UpdateProfile(background(), 1, social.ProfilePatch{MinDatingAge: new(18 + i%20)}, today)
			})
		require.NoError(t, errors.Join(errs[:]...))
		got, err := db.B.User(t.Context(), 1)
		require.NoError(t, err)
		want := person(1)
		want.Bio, want.Location, want.MinDatingAge = bio, place, 18+i%20
		requireSameUser(t, want, got)
	}
}
