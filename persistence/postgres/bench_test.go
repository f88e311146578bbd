package postgres_test

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testdb"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/postgres"
	"github.com/swiperhq/swiper/social"
)

// BenchmarkRecordSwipes gives the time of one swipe in batches of each size,
// half of them likes: free, metered, and each with an idempotency key.
func BenchmarkRecordSwipes(b *testing.B) {
	const people = 100_000
	url, schema := testdb.Postgres(b)
	s, err := postgres.Open(b.Context(), postgres.Options{URL: url, Schema: schema})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, s.Close()) })
	_, err = s.MigrateUp(b.Context())
	require.NoError(b, err)
	_, err = s.InsertUsers(b.Context(), townspeople(people))
	require.NoError(b, err)
	now := time.Date(2026, 3, 14, 4, 0, 0, 0, time.UTC)
	meter := &social.Meter{Action: social.ActionLike, Day: social.DateOf(now), Limit: 1_000_000}
	random := rand.New(rand.NewPCG(1, 2))
	key := 0 // goes on from one run to the next
	for _, kind := range []struct {
		name  string
		meter *social.Meter
		keyed bool
	}{{"free", nil, false}, {"metered", meter, false}, {"keyed", nil, true}} {
		for _, size := range []int{1, 32, 256} {
			b.Run(kind.name+"/"+strconv.Itoa(size), func(b *testing.B) {
				b.ReportAllocs()
				batch := make([]persistence.Record, size)
				for done := 0; done < b.N; done += size {
					for i := range batch {
						batch[i] = persistence.Record{Swipe: social.Swipe{
							UID: 1 + social.UserID(random.Int64N(people)), SID: 1 + social.UserID(random.Int64N(people)),
							Mark: social.MarkDislike, Time: now,
						}}
						if i%2 == 0 {
							batch[i].Mark, batch[i].Meter = social.MarkLike, kind.meter
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

// BenchmarkInsertUsers gives the time of one user.
func BenchmarkInsertUsers(b *testing.B) {
	url, schema := testdb.Postgres(b)
	s, err := postgres.Open(b.Context(), postgres.Options{URL: url, Schema: schema})
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
