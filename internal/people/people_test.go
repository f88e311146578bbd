package people_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/people"
	"github.com/swiperhq/swiper/social"
)

func generate(t *testing.T, o people.Options) []social.User {
	t.Helper()
	seq, err := people.Generate(o)
	require.NoError(t, err)
	var out []social.User
	for u := range seq {
		out = append(out, u)
	}
	return out
}

func TestSameSeedSamePeople(t *testing.T) {
	t.Parallel()
	o := people.Options{Users: 2000, Locations: 4, Seed: 7}
	first := generate(t, o)
	require.Equal(t, first, generate(t, o))
	o.Seed = 8
	require.NotEqual(t, first, generate(t, o))
}

func TestAPersonDependsOnIDAndSeedOnly(t *testing.T) {
	t.Parallel()
	all := generate(t, people.Options{Users: 100, Locations: 1, Seed: 7})
	later := generate(t, people.Options{Users: 40, Locations: 1, Seed: 7, First: 61})
	require.Equal(t, all[60:], later)
}

func TestEveryProfileIsCompleteAndValid(t *testing.T) {
	t.Parallel()
	today := social.Date{Year: 2026, Month: time.January, Day: 1}
	for _, u := range generate(t, people.Options{Users: 20_000, Locations: 500, Seed: 1}) {
		require.True(t, u.Complete(), "%+v", u)
		patch := social.ProfilePatch{
			Nickname: &u.Nickname, Sex: &u.Sex, Birthday: &u.Birthday, Location: &u.Location, Bio: &u.Bio,
			DatingSex: &u.DatingSex, MinDatingAge: &u.MinDatingAge, MaxDatingAge: &u.MaxDatingAge,
		}
		same, err := patch.Apply(u, today)
		require.NoError(t, err, "%+v", u)
		require.Equal(t, u, same)
		require.False(t, u.LastActiveAt.Before(u.CreatedAt), "%+v", u)
	}
}

func TestExactlySoManyLocations(t *testing.T) {
	t.Parallel()
	for _, locations := range []int{1, 4, 100, 101, 2500} {
		seen := map[string]int{}
		for _, u := range generate(t, people.Options{Users: 5000, Locations: locations, Seed: 3}) {
			seen[u.Location]++
		}
		require.Len(t, seen, locations)
	}
}

func TestCrowdLooksReal(t *testing.T) {
	t.Parallel()
	today := social.Date{Year: 2026, Month: time.January, Day: 1}
	const n = 20_000
	sexes, complementary, twenties := map[social.Sex]int{}, 0, 0
	names := map[string]bool{}
	crowd := generate(t, people.Options{Users: n, Locations: 1, Seed: 5})
	for _, u := range crowd {
		sexes[u.Sex]++
		names[u.Nickname] = true
		if age := u.Birthday.AgeOn(today); age >= 20 && age < 30 {
			twenties++
		}
		if (u.Sex == social.SexMale && u.DatingSex == social.SexFemale) || (u.Sex == social.SexFemale && u.DatingSex == social.SexMale) {
			complementary++
		}
	}
	require.InDelta(t, 0.51, float64(sexes[social.SexMale])/n, 0.02)
	require.InDelta(t, 0.475, float64(sexes[social.SexFemale])/n, 0.02)
	require.Positive(t, sexes[social.SexOther])
	require.Greater(t, complementary, n*8/10)
	require.Greater(t, twenties, n/2)
	require.Greater(t, len(names), n/4)

	suiting := 0
	for _, u := range crowd[1:1001] {
		if social.Suit(&crowd[0], &u, today) {
			suiting++
		}
	}
	require.Positive(t, suiting, "somebody must suit the first person")
}

func TestRefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]people.Options{
		"no location":        {Users: 1},
		"too many locations": {Users: 1, Locations: people.MaxLocations + 1},
		"negative users":     {Users: -1, Locations: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := people.Generate(o)
			require.Error(t, err)
		})
	}
}

func BenchmarkPerson(b *testing.B) {
	b.ReportAllocs()
	seq, err := people.Generate(people.Options{Users: int64(b.N), Locations: 100, Seed: 1})
	require.NoError(b, err)
	for range seq {
	}
}
