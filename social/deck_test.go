package social_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/swiperhq/swiper/social"
)

func TestAccepts(t *testing.T) {
	t.Parallel()
	require.True(t, social.SexAny.Accepts(social.SexOther))
	require.True(t, social.SexMale.Accepts(social.SexMale))
	require.False(t, social.SexMale.Accepts(social.SexFemale))
	require.False(t, social.SexAny.Accepts(""), "who states no sex is accepted by nobody")
	require.False(t, social.Sex("").Accepts(social.SexMale))
}

func TestCompleteNeedsEveryField(t *testing.T) {
	t.Parallel()
	full := social.User{
		ID: 1, Nickname: "Mei", Sex: social.SexFemale, Birthday: date(t, "1998-04-02"), Location: "Hangzhou",
		DatingSex: social.SexAny, MinDatingAge: 20, MaxDatingAge: 40,
	}
	require.True(t, full.Complete(), "bio and avatar are not needed")
	require.Empty(t, full.Missing())
	for name, empty := range map[string]func(u *social.User){
		"nickname":       func(u *social.User) { u.Nickname = "" },
		"sex":            func(u *social.User) { u.Sex = "" },
		"birthday":       func(u *social.User) { u.Birthday = social.Date{} },
		"location":       func(u *social.User) { u.Location = "" },
		"dating_sex":     func(u *social.User) { u.DatingSex = "" },
		"min_dating_age": func(u *social.User) { u.MinDatingAge = 0 },
		"max_dating_age": func(u *social.User) { u.MaxDatingAge = 0 },
	} {
		u := full
		empty(&u)
		require.False(t, u.Complete(), "without %s", name)
		require.Equal(t, []string{name}, u.Missing())
	}
}

// The look-up that a store makes and the rule it stands for must agree.
func TestSuitIsWhatIsWanted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b, day := anyUser(t, 1), anyUser(t, 2), anyDate(t, "today")
		if rapid.Bool().Draw(t, "on a birthday") { // the edges are where look-ups go wrong
			day.Month, day.Day = b.Birthday.Month, b.Birthday.Day
			if b.Birthday.IsZero() || social.DateOf(day.Time()) != day {
				day = anyDate(t, "another day")
			}
		}
		if !a.Complete() {
			require.False(t, social.Suit(&a, &b, day))
			return
		}
		require.Equal(t, social.Suit(&a, &b, day), fits(social.WantedBy(&a, day), &b))
		require.Equal(t, social.Suit(&a, &b, day), social.Suit(&b, &a, day), "dealing goes both ways")
		require.False(t, social.Suit(&a, &a, day), "nobody suits oneself")
	})
}

// fits does what persistence.Decks promises of Candidates.
func fits(w social.Wanted, u *social.User) bool {
	return u.Complete() && u.Location == w.Location && slices.Contains(w.Sexes, u.Sex) &&
		w.BornAfter.Before(u.Birthday) && !w.BornUntil.Before(u.Birthday) &&
		u.DatingSex.Accepts(w.MySex) && u.MinDatingAge <= w.MyAge && w.MyAge <= u.MaxDatingAge
}

func TestCardOf(t *testing.T) {
	t.Parallel()
	u := social.User{
		ID: 9, Nickname: "Li", Sex: social.SexOther, Birthday: date(t, "2000-02-29"), Location: "Chengdu", Bio: "hi", Avatar: "a/9",
		DatingSex: social.SexAny, MinDatingAge: 18, MaxDatingAge: 99,
	}
	require.Equal(t, social.Card{
		UserID: 9, Nickname: "Li", Age: 25, Sex: social.SexOther, Location: "Chengdu", Bio: "hi", Avatar: "a/9", SuperlikedMe: true,
	}, social.CardOf(&u, date(t, "2026-02-28"), true))

	u.Birthday = social.Date{}
	require.Zero(t, social.CardOf(&u, date(t, "2026-02-28"), false).Age, "no birthday, no age")
}

// anyUser is complete more often than not, from a small world so that people suit.
func anyUser(t *rapid.T, id social.UserID) social.User {
	optional := func(field string) bool { return rapid.IntRange(0, 19).Draw(t, field+" left out") > 0 }
	u := social.User{ID: id, Nickname: "n"}
	if optional("sex") {
		u.Sex = rapid.SampledFrom(social.Sexes()).Draw(t, "sex")
	}
	if optional("birthday") {
		u.Birthday = anyDate(t, "birthday")
	}
	if optional("location") {
		u.Location = rapid.SampledFrom([]string{"Hangzhou", "Hangzhou", "Chengdu"}).Draw(t, "location")
	}
	if optional("dating sex") {
		u.DatingSex = rapid.SampledFrom(append(social.Sexes(), social.SexAny, social.SexAny)).Draw(t, "dating sex")
	}
	if optional("ages") {
		u.MinDatingAge = rapid.IntRange(social.MinAge, social.MaxAge).Draw(t, "min")
		u.MaxDatingAge = rapid.IntRange(u.MinDatingAge, social.MaxAge).Draw(t, "max")
	}
	return u
}
