package storetest

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func deckCases() []testCase {
	return []testCase{
		{"deck/candidates are those who suit", candidatesSuit},
		{"deck/candidates in pages", candidatePages},
		{"deck/undealt", undealt},
		{"deck/top: the rewound", topRewound},
		{"deck/top: the superlikers", topSuperlikers},
		{"deck/top: of nobody", topOfNobody},
		{"deck/the cursor", deckCursor},
	}
}

// crowd makes n people with ids from first on, of every kind, complete and not,
// in two places of their own, with birthdays around the edges of the ages that
// others look for on day.
func crowd(first social.UserID, n int, day social.Date) []social.User {
	rnd := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same crowd in every run is the point
	pick := func(from ...social.Sex) social.Sex { return from[rnd.IntN(len(from))] }
	out := make([]social.User, n)
	for i := range out {
		u := person(first + social.UserID(i))
		u.Sex, u.DatingSex = pick(social.Sexes()...), pick("male", "female", "other", social.SexAny, social.SexAny)
		u.Birthday = day.YearsAgo(18 + rnd.IntN(12))
		u.Birthday = social.DateOf(u.Birthday.Time().AddDate(0, 0, rnd.IntN(5)-2))
		u.MinDatingAge = 18 + rnd.IntN(8)
		u.MaxDatingAge = u.MinDatingAge + rnd.IntN(8)
		u.Location = day.String() + " Hangzhou"
		if rnd.IntN(4) == 0 {
			u.Location = day.String() + " Chengdu"
		}
		switch rnd.IntN(40) {
		case 0:
			u.Nickname = ""
		case 1:
			u.Sex = ""
		case 2:
			u.Birthday = social.Date{}
		case 3:
			u.Location = ""
		case 4:
			u.DatingSex = ""
		case 5:
			u.MinDatingAge = 0
		case 6:
			u.MaxDatingAge = 0
		}
		out[i] = u
	}
	return out
}

func candidatesSuit(t *testing.T, db Database) {
	for _, day := range []social.Date{{Year: 2026, Month: 3, Day: 14}, {Year: 2028, Month: 2, Day: 29}, {Year: 2027, Month: 2, Day: 28}} {
		everyone := crowd(social.UserID(day.Year*1000), 400, day)
		_, err := db.A.InsertUsers(t.Context(), slices.Values(everyone))
		require.NoError(t, err)
		dealt := 0
		for i := range everyone {
			u := &everyone[i]
			if !u.Complete() {
				continue
			}
			got, err := db.B.Candidates(t.Context(), social.WantedBy(u, day), 0, everything)
			require.NoError(t, err)
			got = slices.DeleteFunc(got, func(id social.UserID) bool { return id == u.ID })
			var want []social.UserID
			for j := range everyone {
				if social.Suit(u, &everyone[j], day) {
					want = append(want, everyone[j].ID)
				}
			}
			require.True(t, slices.Equal(want, got), "%+v on %s: want %v, got %v", u, day, want, got)
			dealt += len(got)
		}
		require.Greater(t, dealt, 1000, "a crowd in which nobody suits proves nothing")
	}
}

func candidatePages(t *testing.T, db Database) {
	everyone := people(t, db.A, 1, 25)
	u := person(1)
	w := social.WantedBy(&u, social.DateOf(noon))
	for _, size := range []int{1, 7, 25, 26} {
		var paged []social.UserID
		for after := social.UserID(0); ; {
			page, err := db.A.Candidates(t.Context(), w, after, size)
			require.NoError(t, err)
			paged = append(paged, page...)
			if len(page) < size {
				break
			}
			after = page[len(page)-1]
		}
		require.Equal(t, everyone, paged, "in pages of %d", size)
	}
	w.Location = "Nowhere"
	none, err := db.A.Candidates(t.Context(), w, 0, 10)
	require.NoError(t, err)
	require.Empty(t, none)
}

func undealt(t *testing.T, db Database) {
	people(t, db.A, 1, 220)
	befriend(t, db.A, 1, 2)
	accept(t, db.A, swipe(1, 3, social.MarkDislike))
	befriend(t, db.A, 1, 4)
	require.NoError(t, db.A.Unfriend(t.Context(), 1, 4, noon))
	accept(t, db.A, like(5, 1))
	accept(t, db.A, swipe(1, 6, social.MarkSuperlike))
	_, err := db.A.Rewind(t.Context(), rewindOf(1, 3, noon))
	require.NoError(t, err)

	got, err := db.B.Undealt(t.Context(), 1, []social.UserID{9, 6, 404, 3, 1, 5, 2, 7, 4, 8})
	require.NoError(t, err)
	require.Equal(t, []social.UserID{9, 6, 5, 7, 8}, ids(got, userOf))
	requireSameUser(t, person(9), got[0])

	got, err = db.B.Undealt(t.Context(), 1, nil)
	require.NoError(t, err)
	require.Empty(t, got)

	var most []social.UserID
	for id := social.UserID(220); id > 20; id-- {
		most = append(most, id)
	}
	got, err = db.B.Undealt(t.Context(), 1, most)
	require.NoError(t, err)
	require.Equal(t, most, ids(got, userOf))
}

// deckTop gives the top of someone who is there.
func deckTop(t require.TestingT, s persistence.Store, uid social.UserID, limit int) persistence.DeckTop {
	top, err := s.DeckTop(background(), uid, limit)
	require.NoError(t, err)
	requireSameUser(t, person(uid), top.Me)
	return top
}

func userOf(u social.User) social.UserID { return u.ID }

func topRewound(t *testing.T, db Database) {
	people(t, db.A, 1, 9)
	rewind := func(uid, sid social.UserID) {
		accept(t, db.A, like(uid, sid))
		got, err := db.A.Rewind(t.Context(), rewindOf(uid, social.NoLimit, noon))
		require.NoError(t, err)
		require.Equal(t, sid, got.SID)
	}
	rewound := func(limit int) []social.UserID { return deckTop(t, db.B, 1, limit).Rewound }
	require.Empty(t, rewound(10))
	for _, sid := range []social.UserID{2, 3, 4, 5} {
		rewind(1, sid)
	}
	rewind(2, 9)
	rewind(1, 3) // again: on top once, not listed twice
	require.Equal(t, []social.UserID{3, 5, 4, 2}, rewound(10))
	require.Equal(t, []social.UserID{3, 5}, rewound(2))
	accept(t, db.A, swipe(1, 5, social.MarkDislike))
	require.Equal(t, []social.UserID{3, 4, 2}, rewound(10), "who was swiped since is left out")
	require.Equal(t, []social.UserID{3, 4}, rewound(2), "and takes no place")
}

func topSuperlikers(t *testing.T, db Database) {
	people(t, db.A, 1, 20)
	superlikers := func(limit int) []social.UserID { return ids(deckTop(t, db.B, 1, limit).Superlikers, userOf) }
	require.Empty(t, superlikers(10))
	for _, uid := range []social.UserID{9, 3, 12, 5, 7, 8, 6} {
		accept(t, db.A, swipe(uid, 1, social.MarkSuperlike))
	}
	accept(t, db.A, like(10, 1))
	accept(t, db.A, swipe(11, 1, social.MarkDislike))
	accept(t, db.A, swipe(9, 2, social.MarkSuperlike)) // of another
	accept(t, db.A, swipe(1, 13, social.MarkSuperlike))
	require.Equal(t, []social.UserID{6, 8, 7, 5, 12, 3, 9}, superlikers(10), "newest first")
	require.Equal(t, []social.UserID{6, 8}, superlikers(2))
	requireSameUser(t, person(6), deckTop(t, db.A, 1, 1).Superlikers[0])

	accept(t, db.A, swipe(1, 8, social.MarkDislike))
	accept(t, db.A, like(1, 12))
	require.NoError(t, db.A.Unfriend(t.Context(), 1, 12, noon)) // a tombstone is an answer
	accept(t, db.A, like(1, 3))
	require.NoError(t, db.A.Unfriend(t.Context(), 3, 1, noon)) // and the superlike is none any more
	db.Delete(t, 7)
	_, err := db.A.Rewind(t.Context(), rewindOf(5, 3, noon))
	require.NoError(t, err)
	require.Equal(t, []social.UserID{6, 9}, superlikers(10), "answered, ended, deleted and taken back ones are left out")
	require.Equal(t, []social.UserID{6, 9}, superlikers(2), "and take no place")

	accept(t, db.A, like(1, 6))
	require.Equal(t, []social.UserID{9}, superlikers(10))
	_, err = db.A.Rewind(t.Context(), rewindOf(1, 3, noon))
	require.NoError(t, err)
	top := deckTop(t, db.A, 1, 10)
	require.Equal(t, []social.UserID{6, 9}, ids(top.Superlikers, userOf), "an answer taken back is none")
	require.Equal(t, []social.UserID{6}, top.Rewound)
}

func topOfNobody(t *testing.T, db Database) {
	people(t, db.A, 1, 3)
	accept(t, db.A, swipe(2, 1, social.MarkSuperlike))
	db.Delete(t, 1)
	for _, uid := range []social.UserID{1, 404} {
		top, err := db.B.DeckTop(t.Context(), uid, 10)
		requireCode(t, social.CodeUserNotFound, err)
		require.Zero(t, top)
	}
	top := deckTop(t, db.B, 3, 10)
	require.Empty(t, top.Rewound)
	require.Empty(t, top.Superlikers)
}

func deckCursor(t *testing.T, db Database) {
	people(t, db.A, 1, 2)
	cursor := func(s persistence.Store, uid social.UserID, digest int64) social.UserID {
		after, err := s.DeckCursor(t.Context(), uid, digest)
		require.NoError(t, err)
		return after
	}
	require.Zero(t, cursor(db.A, 1, 7))
	require.NoError(t, db.A.SaveDeckCursor(t.Context(), 1, 7, 100))
	require.NoError(t, db.A.SaveDeckCursor(t.Context(), 1, 7, 50))
	require.EqualValues(t, 50, cursor(db.B, 1, 7), "the latest call wins")
	require.Zero(t, cursor(db.B, 1, 8), "another digest begins anew")
	require.Zero(t, cursor(db.B, 2, 7))
	require.NoError(t, db.B.SaveDeckCursor(t.Context(), 1, -8, 3))
	require.EqualValues(t, 3, cursor(db.A, 1, -8))
	require.NoError(t, db.A.SaveDeckCursor(t.Context(), 2, 1<<62, 1<<61))
	require.EqualValues(t, 1<<61, cursor(db.A, 2, 1<<62))
}
