package actors_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/actors"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func oneShard(o *actors.Options) { o.Shards = 1 }

// gated makes the store's batches wait, each for one token of the channel it gives,
// and tells their beginning on the other.
func gated(store *memory) (begun, release chan struct{}) {
	begun, release = make(chan struct{}, 1000), make(chan struct{})
	store.onRecord = func(ctx context.Context, _ []persistence.Record) error {
		begun <- struct{}{}
		select {
		case <-release:
			return nil
		case <-ctx.Done():
			return social.Errorf(social.CodeTimeout, "too late")
		}
	}
	return begun, release
}

func TestGroupCommitGathersWhileCommitting(t *testing.T) {
	t.Parallel()
	store := town(2000)
	begun, release := gated(store)
	b := setup(t, store, oneShard)
	var wg sync.WaitGroup
	swipe := func(uid social.UserID) {
		wg.Go(func() {
			_, err := b.swipe(t, uid, 2000, social.MarkLike)
			assert.NoError(t, err)
		})
	}
	swipe(1)
	<-begun // an idle matchmaker commits at once
	const more = 700
	for uid := social.UserID(2); uid < 2+more; uid++ {
		swipe(uid)
	}
	eventually(t, func() bool { return b.metric(t, "swiper_actors_active", "kind", "user") == more+1 })
	for uid := social.UserID(2); uid < 2+more; uid++ {
		eventually(t, func() bool { return b.live(t, uid).InFlight == 1 })
	}
	close(release)
	wg.Wait()
	require.Equal(t, []int{1, actors.MaxBatch, more - actors.MaxBatch}, store.batchSizes())
	require.InDelta(t, 3, b.metric(t, "swiper_batch_size"), 0)
	require.InDelta(t, 3, b.metric(t, "swiper_commit_seconds"), 0)
}

func TestWhatIsPastItsDeadlineNeverReachesTheStore(t *testing.T) {
	t.Parallel()
	store := town(100)
	begun, release := gated(store)
	b := setup(t, store, oneShard)
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := b.swipe(t, 1, 2, social.MarkLike)
		assert.NoError(t, err)
	})
	<-begun
	_, err := b.Swipe(within(t, 50*time.Millisecond), social.Swipe{UID: 3, SID: 4, Mark: social.MarkLike})
	require.ErrorIs(t, err, &social.Error{Code: social.CodeTimeout})
	close(release)
	wg.Wait()
	_, err = b.swipe(t, 5, 6, social.MarkLike)
	require.NoError(t, err)
	require.Equal(t, []int{1, 1}, store.batchSizes())
	require.Equal(t, 2, store.count())
}

func TestTransactionEndsAtTheLatestDeadline(t *testing.T) {
	t.Parallel()
	store := town(100)
	_, _ = gated(store)
	b := setup(t, store, oneShard)
	begun := time.Now()
	_, err := b.Swipe(within(t, 100*time.Millisecond), social.Swipe{UID: 1, SID: 2, Mark: social.MarkLike})
	require.ErrorIs(t, err, &social.Error{Code: social.CodeTimeout})
	require.Less(t, time.Since(begun), 5*time.Second)
	store.mu.Lock()
	store.onRecord = nil
	store.mu.Unlock()
	_, err = b.swipe(t, 1, 2, social.MarkLike)
	require.NoError(t, err, "the matchmaker is free again")
}

func TestStoreErrorRefusesTheWholeBatchAtOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		fail func() error
		want social.Code
	}{
		{"unavailable", func() error {
			return &social.Error{Code: social.CodeUnavailable, Message: "gone", RetryAfter: 2 * time.Second}
		}, social.CodeUnavailable},
		{"unknown error", func() error { return errors.New("secret: disk on fire") }, social.CodeInternal},
		{"panic", func() error { panic("secret: on purpose") }, social.CodeInternal},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			store := town(100)
			var mu sync.Mutex
			failing := true
			store.onRecord = func(context.Context, []persistence.Record) error {
				mu.Lock()
				defer mu.Unlock()
				if failing {
					return c.fail()
				}
				return nil
			}
			b := setup(t, store, oneShard)
			begun := time.Now()
			var wg sync.WaitGroup
			for uid := social.UserID(1); uid <= 20; uid++ {
				wg.Go(func() {
					_, err := b.swipe(t, uid, 50, social.MarkLike)
					var e *social.Error
					if assert.ErrorAs(t, err, &e) {
						assert.Equal(t, c.want, e.Code)
						assert.NotContains(t, e.Error(), "secret")
					}
				})
			}
			wg.Wait()
			require.Less(t, time.Since(begun), time.Second)
			mu.Lock()
			failing = false
			mu.Unlock()
			_, err := b.swipe(t, 1, 50, social.MarkLike)
			require.NoError(t, err, "back by itself")
		})
	}
}

func TestMatchmakerRefusesWhenItsQueueIsFull(t *testing.T) {
	t.Parallel()
	const users = (actors.MaxQueue + 200) / actors.MaxPerUser
	store := town(users + 10)
	begun, release := gated(store)
	b := setup(t, store, oneShard)
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := b.swipe(t, users+1, users+2, social.MarkLike)
		assert.NoError(t, err)
	})
	<-begun
	var mu sync.Mutex
	codes := map[social.Code]int{}
	for uid := social.UserID(1); uid <= users; uid++ {
		for i := range actors.MaxPerUser {
			wg.Go(func() {
				_, err := b.swipe(t, uid, users+social.UserID(1+i), social.MarkLike)
				mu.Lock()
				defer mu.Unlock()
				codes[social.CodeOf(err)]++
			})
		}
	}
	eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return codes[social.CodeOverloaded] == users*actors.MaxPerUser-actors.MaxQueue
	})
	close(release)
	wg.Wait()
	require.Equal(t, actors.MaxQueue, codes[""])
	require.Len(t, codes, 2)
}

func TestMatchmakerThatIsGoneIsReplacedAtOnce(t *testing.T) {
	t.Parallel()
	store := town(100)
	b := setup(t, store, oneShard)
	for i := social.UserID(2); i < 12; i++ {
		_, err := b.swipe(t, 1, i, social.MarkLike)
		require.NoError(t, err)
		require.NoError(t, b.system.StopMatchmaker(within(t, 5*time.Second), 0))
	}
	begun := time.Now()
	_, err := b.swipe(t, 1, 50, social.MarkLike)
	require.NoError(t, err)
	require.Less(t, time.Since(begun), 2*time.Second)
	require.Equal(t, 11, store.count())
}

func TestBothDirectionsInABatchCountOneMatch(t *testing.T) {
	t.Parallel()
	store := town(4)
	begun, release := gated(store)
	b := setup(t, store, oneShard)
	var wg sync.WaitGroup
	swipe := func(uid, sid social.UserID) {
		wg.Go(func() {
			_, err := b.swipe(t, uid, sid, social.MarkLike)
			assert.NoError(t, err)
		})
	}
	swipe(3, 4)
	<-begun
	swipe(1, 2)
	swipe(2, 1)
	eventually(t, func() bool { return b.metric(t, "swiper_actors_active", "kind", "user") == 3 })
	eventually(t, func() bool { return b.live(t, 1).InFlight+b.live(t, 2).InFlight == 2 })
	close(release)
	wg.Wait()
	require.Equal(t, []int{1, 2}, store.batchSizes())
	require.InDelta(t, 1, b.metric(t, "swiper_matches_total"), 0)
}
