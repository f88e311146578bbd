package social_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/swiperhq/swiper/social"
)

func TestParseDate(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"2000-02-29", "2024-02-29", "1999-12-31", "0001-01-01", "9999-12-31"} {
		d, err := social.ParseDate(s)
		require.NoError(t, err, s)
		require.Equal(t, s, d.String())
	}
	for _, s := range []string{
		"", "2000", "2000-1-1", "2000-13-01", "2000-00-10", "2000-01-00", "2000-04-31", "1900-02-29", "2023-02-29",
		"2000-01-01T00:00:00Z", " 2000-01-01", "2000-01-01 ", "+2000-01-01", "-001-01-01", "10000-01-01", "2000/01/01", "２０００-01-01",
	} {
		d, err := social.ParseDate(s)
		require.ErrorIs(t, err, &social.Error{Code: social.CodeInvalidRequest}, "%q", s)
		require.True(t, d.IsZero(), "%q", s)
	}
}

func TestZeroDateIsNone(t *testing.T) {
	t.Parallel()
	require.True(t, social.Date{}.IsZero())
	require.Empty(t, social.Date{}.String())
}

func TestAgeAroundLeapDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		born, day string
		age       int
	}{
		{"2000-06-15", "2018-06-14", 17},
		{"2000-06-15", "2018-06-15", 18},
		{"2000-12-31", "2019-01-01", 18},
		{"2000-02-29", "2018-02-28", 17}, // a common year: older on 1 March
		{"2000-02-29", "2018-03-01", 18},
		{"2000-02-29", "2020-02-28", 19},
		{"2000-02-29", "2020-02-29", 20},
		{"2000-02-28", "2018-02-28", 18},
		{"2000-03-01", "2020-02-29", 19},
		{"1896-02-29", "1904-02-29", 8}, // 1900 was no leap year
		{"2000-06-15", "2000-06-15", 0},
	} {
		require.Equal(t, c.age, date(t, c.born).AgeOn(date(t, c.day)), "born %s, on %s", c.born, c.day)
	}
}

func TestYearsAgoAroundLeapDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		day  string
		n    int
		want string
	}{
		{"2024-02-29", 4, "2020-02-29"},
		{"2024-02-29", 1, "2023-02-28"},
		{"2024-02-29", 124, "1900-02-28"},
		{"2024-02-29", 24, "2000-02-29"},
		{"2024-03-01", 1, "2023-03-01"},
		{"2024-12-31", 0, "2024-12-31"},
	} {
		require.Equal(t, c.want, date(t, c.day).YearsAgo(c.n).String(), "%s, %d years ago", c.day, c.n)
	}
}

// The look-up by birthdays and the telling of ages must agree on every day.
func TestYearsAgoAgreesWithAge(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		born, day := anyDate(t, "born"), anyDate(t, "day")
		n := rapid.IntRange(0, 130).Draw(t, "years")
		atLeast := !day.YearsAgo(n).Before(born)
		require.Equal(t, born.AgeOn(day) >= n, atLeast, "born %s, on %s, %d years", born, day, n)
	})
}

func TestDatesOrderLikeTheirTimes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyDate(t, "a"), anyDate(t, "b")
		require.Equal(t, a.Time().Before(b.Time()), a.Before(b))
		require.Equal(t, a, social.DateOf(a.Time()))
	})
}

func TestDateOfKeepsTheZoneOfTheTime(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 31, 23, 30, 0, 0, time.UTC)
	require.Equal(t, "2026-03-31", social.DateOf(at).String())
	require.Equal(t, "2026-04-01", social.DateOf(at.In(time.FixedZone("+8", 8*3600))).String())
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2000-02-29", "2023-02-29", "0000-01-01", "9999-12-31", "", "2000-1-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := social.ParseDate(s)
		if err != nil {
			require.ErrorIs(t, err, &social.Error{Code: social.CodeInvalidRequest})
			return
		}
		require.Equal(t, s, d.String(), "what is read is written the same")
	})
}

func date(t require.TestingT, s string) social.Date {
	d, err := social.ParseDate(s)
	require.NoError(t, err)
	return d
}

// anyDate favours leap days and the ends of months and years.
func anyDate(t *rapid.T, label string) social.Date {
	year := rapid.IntRange(1890, 2110).Draw(t, label+" year")
	days := rapid.OneOf(rapid.IntRange(0, 365), rapid.SampledFrom([]int{0, 30, 57, 58, 59, 60, 364, 365})).Draw(t, label+" day of year")
	return social.DateOf(time.Date(year, time.January, 1+days, 0, 0, 0, 0, time.UTC))
}
