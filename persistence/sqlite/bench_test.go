package sqlite_test

import (
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/sqlite"
	"github.com/swiperhq/swiper/social"
)

// BenchmarkRecordSwipes gives the time of one swipe in batches of each size,
// half of them likes, free and metered.
func BenchmarkRecordSwipes(b *testing.B) {
	const people = 100_000
	path := filepath.Join(b.TempDir(), "bench.db")
	s, err := sqlite.Open(b.Context(), sqlite.Options{Path: path})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, s.Close()) })
	_, err = s.MigrateUp(b.Context())
	require.NoError(b, err)
	_, err = s.InsertUsers(b.Context(), townspeople(people))
	require.NoError(b, err)
	now := time.Date(2026, 3, 14, 4, 0, 0, 0, time.UTC)
	meter := &social.Meter{Action: social.ActionLike, Day: social.DateOf(now), Limit: 1_000_000}
	random := rand.New(rand.NewPCG(1, 2))
	for name, meter := range map[string]*social.Meter{"free": nil, "metered": meter} {
		for _, size := range []int{1, 32, 256} {
			b.Run(name+"/"+strconv.Itoa(size), func(b *testing.B) {
				b.ReportAllocs()
				batch := make([]persistence.Record, size)
				for done := 0; done < b.N; done += size {
					for i := range batch {
						batch[i] = persistence.Record{Swipe: social.Swipe{
							UID: 1 + social.UserID(random.Int64N(people)), SID: 1 + social.UserID(random.Int64N(people)),
							Mark: social.MarkDislike, Time: now,
						}}
						if i%2 == 0 {
							batch[i].Mark, batch[i].Meter = social.MarkLike, meter
						}
					}
					_, err := s.RecordSwipes(b.Context(), batch)
					require.NoError(b, err)
				}
			})
		}
	}
}

// BenchmarkInsertUsers gives the time of one user.
func BenchmarkInsertUsers(b *testing.B) {
	path := filepath.Join(b.TempDir(), "bench.db")
	s, err := sqlite.Open(b.Context(), sqlite.Options{Path: path})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, s.Close()) })
	_, err = s.MigrateUp(b.Context())
	require.NoError(b, err)
	next := social.UserID(0) // ids go on from one run to the next
	b.ReportAllocs()
	for done := 0; done < b.N; done += 100_000 {
		_, err = s.InsertUsers(b.Context(), func(yield func(social.User) bool) {
			for u := range townspeople(social.UserID(min(b.N-done, 100_000))) {
				u.ID += next
				if !yield(u) {
					return
				}
			}
		})
		require.NoError(b, err)
		next += 100_000
	}
}

// townspeople makes up n people of two towns who fit each other.
func townspeople(n social.UserID) func(func(social.User) bool) {
	sexes, towns := []social.Sex{social.SexMale, social.SexFemale}, []string{"Hangzhou", "Shaoxing"}
	return func(yield func(social.User) bool) {
		for id := social.UserID(1); id <= n; id++ {
			u := social.User{
				ID: id, Nickname: "p", Sex: sexes[id%2], Birthday: social.Date{Year: 1990, Month: 1, Day: 1},
				Location: towns[id/2%2], DatingSex: sexes[(id+1)%2], MinDatingAge: 18, MaxDatingAge: 60,
			}
			if !yield(u) {
				return
			}
		}
	}
}
