package storetest

import (
	"iter"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// BenchmarkSwipes gives the time of one swipe in batches of each size, half of them
// likes: free, metered, and each with an idempotency key. The store is empty and
// migrated.
func BenchmarkSwipes(b *testing.B, s persistence.Store) {
	const people = 100_000
	_, err := s.InsertUsers(b.Context(), Townspeople(people))
	require.NoError(b, err)
	meter := &social.Meter{Action: social.ActionLike, Day: social.DateOf(noon), Limit: 1_000_000}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same swipes each time
	key := 0                              // goes on from one run to the next
	for _, kind := range []struct {
		name  string
		meter *social.Meter
		keyed bool
	}{{"free", nil, false}, {"metered", meter, false}, {"keyed", nil, true}} {
		for _, size := range []int{1, 32, 256} {
			b.Run(kind.name+"/"+strconv.Itoa(size), func(b *testing.B) {
				b.ReportAllocs()
				for done := 0; done < b.N; done += size {
					batch := Swipes(random, people, size, noon)
					for i := range batch {
						if batch[i].Mark == social.MarkLike {
							batch[i].Meter = kind.meter
						}
						if kind.keyed {
							key++
							batch[i].Key = persistence.IdempotencyKey{Key: strconv.Itoa(key), Digest: make([]byte, 32)}
						}
					}
					_, err := s.RecordSwipes(b.Context(), batch)
					require.NoError(b, err)
				}
			})
		}
	}
}

// BenchmarkUsers gives the time of storing one user. The store is empty and migrated.
func BenchmarkUsers(b *testing.B, s persistence.Store) {
	const atOnce = 100_000
	next := social.UserID(0) // ids go on from one run to the next
	b.ReportAllocs()
	for done := 0; done < b.N; done += atOnce {
		_, err := s.InsertUsers(b.Context(), func(yield func(social.User) bool) {
			for u := range Townspeople(social.UserID(min(b.N-done, atOnce))) {
				u.ID += next
				if !yield(u) {
					return
				}
			}
		})
		require.NoError(b, err)
		next += atOnce
	}
}

// Townspeople makes up n people of two towns who fit each other.
func Townspeople(n social.UserID) iter.Seq[social.User] {
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

// Swipes makes up a batch among the users 1 to people, every other one a like.
func Swipes(random *rand.Rand, people int64, size int, now time.Time) []persistence.Record {
	batch := make([]persistence.Record, size)
	for i := range batch {
		batch[i] = persistence.Record{Swipe: social.Swipe{
			UID: 1 + social.UserID(random.Int64N(people)), SID: 1 + social.UserID(random.Int64N(people)),
			Mark: social.MarkDislike, Time: now,
		}}
		if i%2 == 0 {
			batch[i].Mark = social.MarkLike
		}
	}
	return batch
}
