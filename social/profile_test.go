package social_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

const today = "2026-06-15"

func TestPatchValidation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		patch social.ProfilePatch
		field string // at fault; "" when the patch is good
	}{
		{"nothing", social.ProfilePatch{}, ""},
		{"nickname", social.ProfilePatch{Nickname: new("小美")}, ""},
		{"longest nickname", social.ProfilePatch{Nickname: new(strings.Repeat("美", 30))}, ""},
		{"nickname too long", social.ProfilePatch{Nickname: new(strings.Repeat("a", 31))}, "nickname"},
		{"empty nickname", social.ProfilePatch{Nickname: new("")}, "nickname"},
		{"blank nickname", social.ProfilePatch{Nickname: new(" \t\u3000 ")}, "nickname"},
		{"nickname with a newline", social.ProfilePatch{Nickname: new("a\nb")}, "nickname"},
		{"nickname with NUL", social.ProfilePatch{Nickname: new("a\x00b")}, "nickname"},
		{"nickname not UTF-8", social.ProfilePatch{Nickname: new("a\xffb")}, "nickname"},
		{"nickname turned around", social.ProfilePatch{Nickname: new("a\u202eb")}, "nickname"},
		{"nickname with a line separator", social.ProfilePatch{Nickname: new("a\u2028b")}, "nickname"},
		{"location", social.ProfilePatch{Location: new("Hangzhou")}, ""},
		{"empty location", social.ProfilePatch{Location: new("")}, "location"},
		{"location too long", social.ProfilePatch{Location: new(strings.Repeat("a", 51))}, "location"},
		{"bio", social.ProfilePatch{Bio: new("two\nlines")}, ""},
		{"empty bio", social.ProfilePatch{Bio: new("")}, ""},
		{"bio too long", social.ProfilePatch{Bio: new(strings.Repeat("a", 501))}, "bio"},
		{"bio with a bell", social.ProfilePatch{Bio: new("ding\a")}, "bio"},
		{"bio with a carriage return", social.ProfilePatch{Bio: new("a\r\nb")}, "bio"},
		{"sex", social.ProfilePatch{Sex: new(social.SexOther)}, ""},
		{"sex any", social.ProfilePatch{Sex: new(social.SexAny)}, "sex"},
		{"empty sex", social.ProfilePatch{Sex: new(social.Sex(""))}, "sex"},
		{"unknown sex", social.ProfilePatch{Sex: new(social.Sex("Male"))}, "sex"},
		{"dating sex any", social.ProfilePatch{DatingSex: new(social.SexAny)}, ""},
		{"empty dating sex", social.ProfilePatch{DatingSex: new(social.Sex(""))}, "dating_sex"},
		{"unknown dating sex", social.ProfilePatch{DatingSex: new(social.Sex("all"))}, "dating_sex"},
		{"18 today", social.ProfilePatch{Birthday: new(date(t, "2008-06-15"))}, ""},
		{"18 tomorrow", social.ProfilePatch{Birthday: new(date(t, "2008-06-16"))}, "birthday"},
		{"120 until tomorrow", social.ProfilePatch{Birthday: new(date(t, "1905-06-16"))}, ""},
		{"121 today", social.ProfilePatch{Birthday: new(date(t, "1905-06-15"))}, "birthday"},
		{"unborn", social.ProfilePatch{Birthday: new(date(t, "2030-01-01"))}, "birthday"},
		{"no birthday", social.ProfilePatch{Birthday: &social.Date{}}, "birthday"},
		{"ages", social.ProfilePatch{MinDatingAge: new(18), MaxDatingAge: new(120)}, ""},
		{"one age", social.ProfilePatch{MinDatingAge: new(30), MaxDatingAge: new(30)}, ""},
		{"ages crossed", social.ProfilePatch{MinDatingAge: new(31), MaxDatingAge: new(30)}, "min_dating_age"},
		{"min too low", social.ProfilePatch{MinDatingAge: new(17)}, "min_dating_age"},
		{"min too high", social.ProfilePatch{MinDatingAge: new(121), MaxDatingAge: new(121)}, "min_dating_age"},
		{"max too high", social.ProfilePatch{MaxDatingAge: new(121)}, "max_dating_age"},
		{"max too low", social.ProfilePatch{MaxDatingAge: new(0)}, "max_dating_age"},
		{"min alone on an unfinished profile", social.ProfilePatch{MinDatingAge: new(50)}, ""},
	} {
		before := social.User{ID: 7}
		_, err := c.patch.Apply(before, date(t, today))
		if c.field == "" {
			require.NoError(t, err, c.name)
			continue
		}
		require.ErrorIs(t, err, &social.Error{Code: social.CodeInvalidRequest}, c.name)
		require.Equal(t, c.field, social.AsError(err).Field, c.name)
	}
}

func TestPatchSetsWhatItNamesAndNothingElse(t *testing.T) {
	t.Parallel()
	before := social.User{
		ID: 7, Nickname: "Old", Sex: social.SexMale, Birthday: date(t, "1990-01-01"), Location: "Here", Bio: "b", Avatar: "a",
		DatingSex: social.SexFemale, MinDatingAge: 20, MaxDatingAge: 30,
	}
	after, err := (&social.ProfilePatch{}).Apply(before, date(t, today))
	require.NoError(t, err)
	require.Equal(t, before, after)

	after, err = (&social.ProfilePatch{Nickname: new("  New\u00a0"), Bio: new(""), MaxDatingAge: new(40)}).Apply(before, date(t, today))
	require.NoError(t, err)
	want := before
	want.Nickname, want.Bio, want.MaxDatingAge = "New", "", 40
	require.Equal(t, want, after, "text is trimmed")
}

func TestPatchLooksAtAgesAsTheyStandAfterwards(t *testing.T) {
	t.Parallel()
	u := social.User{MinDatingAge: 30, MaxDatingAge: 40}
	_, err := (&social.ProfilePatch{MaxDatingAge: new(25)}).Apply(u, date(t, today))
	require.ErrorIs(t, err, &social.Error{Code: social.CodeInvalidRequest})
	_, err = (&social.ProfilePatch{MinDatingAge: new(41)}).Apply(u, date(t, today))
	require.ErrorIs(t, err, &social.Error{Code: social.CodeInvalidRequest})
	_, err = (&social.ProfilePatch{MinDatingAge: new(41), MaxDatingAge: new(50)}).Apply(u, date(t, today))
	require.NoError(t, err)
}

// Whatever text gets through can be stored and shown.
func FuzzPatchText(f *testing.F) {
	for _, s := range []string{"Mei", "", " ", "a\x00", "\xff", "\u202e", strings.Repeat("美", 31), "a\nb"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := (&social.ProfilePatch{Nickname: &s, Location: &s, Bio: &s}).Apply(social.User{ID: 1}, date(t, today))
		if err != nil {
			require.ErrorIs(t, err, &social.Error{Code: social.CodeInvalidRequest})
			require.NotEmpty(t, social.AsError(err).Field)
			return
		}
		n := utf8.RuneCountInString(u.Nickname)
		require.True(t, n >= 1 && n <= social.MaxNicknameRunes, "%d runes", n)
		require.True(t, utf8.ValidString(u.Nickname))
		require.NotContains(t, u.Nickname, "\x00")
		require.Equal(t, strings.TrimSpace(u.Nickname), u.Nickname)
	})
}
