package social_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the zones must not depend on the machine

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/swiperhq/swiper/social"
)

func TestDaysTurnAtMidnightOfTheZone(t *testing.T) {
	t.Parallel()
	r := &social.Rules{Zone: zone(t, "Asia/Shanghai")}
	midnight := time.Date(2026, 2, 28, 16, 0, 0, 0, time.UTC) // 1 March 00:00 in Shanghai

	require.Equal(t, "2026-02-28", r.Today(midnight.Add(-time.Nanosecond)).String())
	require.Equal(t, "2026-03-01", r.Today(midnight).String())
	require.True(t, r.ResetsAt(midnight.Add(-time.Nanosecond)).Equal(midnight))
	require.True(t, r.ResetsAt(midnight).Equal(midnight.Add(24*time.Hour)), "at midnight the next reset is a day away")
}

func TestDaysOfDaylightSaving(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone, noon string
		hours      float64 // from noon to the end of the day
	}{
		{"Europe/Berlin", "2026-03-28T12:00:00+01:00", 12},
		{"America/New_York", "2026-03-08T12:00:00-04:00", 12},
		{"America/New_York", "2026-03-07T12:00:00-05:00", 12},
		{"America/Santiago", "2026-09-05T12:00:00-04:00", 12}, // the next day has no midnight: it starts at 01:00
		{"Africa/Cairo", "2026-04-23T12:00:00+02:00", 12},     // likewise
		{"Asia/Beirut", "2026-03-28T12:00:00+02:00", 12},      // likewise
		{"America/Santiago", "2026-04-04T12:00:00-03:00", 13}, // 23:00 comes twice
		{"America/Havana", "2026-10-31T12:00:00-04:00", 12},   // 00:00 of the next day comes twice
	} {
		r := &social.Rules{Zone: zone(t, c.zone)}
		noon, err := time.Parse(time.RFC3339, c.noon)
		require.NoError(t, err)
		require.InDelta(t, c.hours, r.ResetsAt(noon).Sub(noon).Hours(), 0, "%s %s resets at %s", c.zone, c.noon, r.ResetsAt(noon))
	}
}

// Wherever the clock jumps: the reset lies ahead, the day lasts until it, and
// another day begins with it.
func TestResetIsWhereTheDayEnds(t *testing.T) {
	t.Parallel()
	var zones []*time.Location
	for _, name := range []string{
		"UTC", "Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Kiritimati",
		"Asia/Kathmandu", "America/Santiago", "Africa/Cairo", "Asia/Beirut", "America/Havana", "America/Asuncion", "America/Sao_Paulo",
	} {
		zones = append(zones, zone(t, name))
	}
	from := time.Date(2012, 1, 1, 0, 0, 0, 0, time.UTC).Unix() // before, some clocks fell back over midnight
	rapid.Check(t, func(t *rapid.T) {
		r := &social.Rules{Zone: rapid.SampledFrom(zones).Draw(t, "zone")}
		at := time.Unix(from+rapid.Int64Range(0, 25*366*24*3600).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
		reset := r.ResetsAt(at)
		require.True(t, reset.After(at), "%s: the reset %s is not after %s", r.Zone, reset, at.In(r.Zone))
		require.True(t, r.Today(at).Before(r.Today(reset)), "%s: %s is still the day of %s", r.Zone, reset, at.In(r.Zone))
		require.LessOrEqual(t, reset.Sub(at), 25*time.Hour)
	})
}

func TestResetOfEveryJumpingDay(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"America/Santiago", "Africa/Cairo", "Asia/Beirut", "America/Havana", "America/Asuncion", "America/Sao_Paulo"} {
		r := &social.Rules{Zone: zone(t, name)}
		for at := time.Date(2012, 1, 1, 0, 15, 0, 0, time.UTC); at.Year() < 2032; at = at.Add(30 * time.Minute) {
			reset := r.ResetsAt(at)
			if !reset.After(at) || !r.Today(at).Before(r.Today(reset)) || r.Today(at) != r.Today(reset.Add(-time.Nanosecond)) {
				require.Failf(t, "wrong reset", "%s: at %s the reset is %s", name, at.In(r.Zone), reset)
			}
		}
	}
}

func TestLimitOf(t *testing.T) {
	t.Parallel()
	r := &social.Rules{RewindsPerDay: 3, LikesPerDay: social.NoLimit, SuperlikesPerDay: 0, Zone: time.UTC}
	require.EqualValues(t, 3, r.LimitOf(social.ActionRewind))
	require.Equal(t, social.NoLimit, r.LimitOf(social.ActionLike))
	require.Zero(t, r.LimitOf(social.ActionSuperlike))
	require.Zero(t, r.LimitOf("teleport"), "an action without a rule is not allowed")
}

func TestMeterOf(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 31, 23, 0, 0, 0, time.UTC)
	r := &social.Rules{LikesPerDay: 50, SuperlikesPerDay: social.NoLimit, Zone: zone(t, "Asia/Shanghai")}

	require.Equal(t, &social.Meter{Action: social.ActionLike, Day: date(t, "2026-02-01"), Limit: 50}, r.MeterOf(social.MarkLike, at))
	require.Nil(t, r.MeterOf(social.MarkSuperlike, at), "without a limit nothing is counted")
	require.Nil(t, r.MeterOf(social.MarkDislike, at))
	r.SuperlikesPerDay = 0
	require.NotNil(t, r.MeterOf(social.MarkSuperlike, at), "not allowed is a limit, not its absence")
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	require.NoError(t, err)
	return z
}
