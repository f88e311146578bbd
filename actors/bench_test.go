package actors_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/actors"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// instant answers every record with "stored" and every other call from town's
// maps: what is left is the cost of the actors.
type instant struct {
	*memory
	swiped []social.UserID
	ids    []social.UserID
}

func (s *instant) RecordSwipes(_ context.Context, batch []persistence.Record) ([]persistence.Recorded, error) {
	out := make([]persistence.Recorded, len(batch))
	for i, r := range batch {
		out[i].SwipeResult = social.SwipeResult{SID: r.SID, Mark: r.Mark}
	}
	return out, nil
}

func (s *instant) SwipedIDs(context.Context, social.UserID) ([]social.UserID, error) {
	return s.swiped, nil
}

func (s *instant) Candidates(_ context.Context, _ social.Wanted, after social.UserID, limit int) ([]social.UserID, error) {
	i, _ := slices.BinarySearch(s.ids, after+1)
	return s.ids[i:min(i+limit, len(s.ids))], nil
}

func setupInstant(b *testing.B, store *instant) *bundle {
	b.Helper()
	return setup(b, store.memory, func(o *actors.Options) { o.Store, o.Now = store, time.Now })
}

// BenchmarkSwipe is a swipe through client, user and matchmaker, with as many
// callers as would wait for a network.
func BenchmarkSwipe(b *testing.B) {
	for _, users := range []int{1000, 20_000} {
		b.Run(fmt.Sprintf("users=%d", users), func(b *testing.B) {
			sys := setupInstant(b, &instant{memory: town(10)})
			ctx := within(b, 10*time.Minute)
			for uid := range users {
				_, err := sys.Swipe(ctx, social.Swipe{UID: social.UserID(uid + 1), SID: 1_000_000, Mark: social.MarkLike})
				require.NoError(b, err)
			}
			var callers atomic.Int64
			b.ReportAllocs()
			b.SetParallelism(64)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				r := rand.New(rand.NewPCG(1, uint64(callers.Add(1))))
				for pb.Next() {
					s := social.Swipe{UID: social.UserID(r.IntN(users) + 1), SID: social.UserID(r.IntN(1_000_000) + 200_000), Mark: social.MarkLike}
					if _, err := sys.Swipe(ctx, s); err != nil && social.CodeOf(err) != social.CodeRateLimited {
						b.Error(err)
					}
				}
			})
		})
	}
}

// scattered gives n ids, each after a gap of 1 to 20.
func scattered(n int) []social.UserID {
	r := rand.New(rand.NewPCG(1, 2))
	ids, id := make([]social.UserID, n), social.UserID(0)
	for i := range ids {
		id += 1 + social.UserID(r.IntN(20))
		ids[i] = id
	}
	return ids
}

// BenchmarkActivate is a user's first deal: activation and loading the set.
func BenchmarkActivate(b *testing.B) {
	for _, n := range []int{100, 10_000, 100_000} {
		b.Run(fmt.Sprintf("swiped=%d", n), func(b *testing.B) {
			store := &instant{memory: town(1), swiped: scattered(n)}
			sys := setupInstant(b, store)
			ctx := within(b, 10*time.Minute)
			b.ReportAllocs()
			uid := social.UserID(0)
			for b.Loop() {
				uid++
				b.StopTimer()
				store.move(uid)
				b.StartTimer()
				if _, err := sys.Deal(ctx, uid, 1); err != nil {
					b.Fatal(err)
				}
			}
			l, err := sys.Inspect(ctx, uid)
			require.NoError(b, err)
			b.ReportMetric(float64(l.SwipedBytes), "set-bytes")
		})
	}
}

// BenchmarkDeal is 20 cards out of 200,000 people of one town, one of them swiped
// away between deals.
func BenchmarkDeal(b *testing.B) {
	const people = 200_000
	for _, n := range []int{0, 10_000} {
		b.Run(fmt.Sprintf("swiped=%d", n), func(b *testing.B) {
			store := &instant{memory: town(people)}
			for i := range social.UserID(people) {
				store.ids = append(store.ids, i+1)
			}
			store.swiped = store.ids[1 : 1+n]
			sys := setupInstant(b, store)
			ctx := within(b, 10*time.Minute)
			b.ReportAllocs()
			for b.Loop() {
				cards, err := sys.Deal(ctx, 1, 20)
				if err != nil || len(cards) != 20 {
					b.Fatal(len(cards), err)
				}
				if _, err := sys.Swipe(ctx, social.Swipe{UID: 1, SID: cards[0].UserID, Mark: social.MarkDislike}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkIDSet tells how much memory the forms of the set take.
func BenchmarkIDSet(b *testing.B) {
	for _, n := range []int{200, 1000, actors.SmallSet, actors.SmallSet + 1, 10_000, 100_000} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			ids := scattered(n)
			var set *actors.IDSet
			for b.Loop() {
				set = actors.NewIDSet(ids)
			}
			b.ReportMetric(float64(set.Bytes())/float64(n), "bytes/id")
		})
	}
}

// BenchmarkIdleUser tells the memory of a user who has swiped and is idle.
func BenchmarkIdleUser(b *testing.B) {
	const users = 100_000
	sys := setupInstant(b, &instant{memory: town(10)})
	ctx := within(b, 10*time.Minute)
	heap := func() float64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc + m.StackInuse)
	}
	before := heap()
	uid := social.UserID(0)
	for b.Loop() {
		for range users {
			uid++
			if _, err := sys.Swipe(ctx, social.Swipe{UID: uid, SID: 1 << 40, Mark: social.MarkLike}); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric((heap()-before)/float64(uid), "bytes/user")
}
