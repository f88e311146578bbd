package actors_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/actors"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

func TestSwipeIsStoredRepeatedRefusedAndMatched(t *testing.T) {
	t.Parallel()
	b := setup(t, town(3))
	r, err := b.swipe(t, 1, 2, social.MarkLike)
	require.NoError(t, err)
	require.Equal(t, social.SwipeResult{SID: 2, Mark: social.MarkLike}, r)
	r, err = b.swipe(t, 1, 2, social.MarkLike)
	require.NoError(t, err)
	require.True(t, r.Repeated)
	_, err = b.swipe(t, 1, 2, social.MarkDislike)
	require.ErrorIs(t, err, &social.Error{Code: social.CodeAlreadySwiped})
	_, err = b.swipe(t, 1, 99, social.MarkLike)
	require.ErrorIs(t, err, &social.Error{Code: social.CodeUserNotFound})
	r, err = b.swipe(t, 2, 1, social.MarkSuperlike)
	require.NoError(t, err)
	require.Equal(t, social.SwipeResult{SID: 1, Mark: social.MarkSuperlike, Matched: true}, r)
	require.InDelta(t, 1, b.metric(t, "swiper_matches_total"), 0)
	require.InDelta(t, 1, b.metric(t, "swiper_swipes_total", "mark", "like", "outcome", "stored"), 0)
	require.InDelta(t, 1, b.metric(t, "swiper_swipes_total", "outcome", "repeated"), 0)
	require.InDelta(t, 1, b.metric(t, "swiper_swipes_total", "mark", "dislike", "outcome", "already_swiped"), 0)
}

func TestSwipeThatNoActorNeedsToSee(t *testing.T) {
	t.Parallel()
	b := setup(t, town(3))
	_, err := b.swipe(t, 1, 1, social.MarkLike)
	require.ErrorIs(t, err, &social.Error{Code: social.CodeSelfSwipe})
	_, err = b.swipe(t, 1, 0, social.MarkLike)
	require.ErrorIs(t, err, &social.Error{Code: social.CodeInvalidRequest})
	_, err = b.swipe(t, 1, 2, social.MarkEnded)
	require.ErrorIs(t, err, &social.Error{Code: social.CodeInvalidRequest})
	require.Zero(t, b.metric(t, "swiper_actor_activations_total"))
}

func TestSwipeCarriesItsMeter(t *testing.T) {
	t.Parallel()
	store := town(3)
	got := make(chan persistence.Record, 3)
	store.onRecord = func(_ context.Context, batch []persistence.Record) error {
		for _, r := range batch {
			got <- r
		}
		return nil
	}
	b := setup(t, store)
	_, err := b.swipe(t, 1, 2, social.MarkLike)
	require.NoError(t, err)
	require.Nil(t, (<-got).Meter, "a like without a limit is free")

	rules := *b.rules.Load()
	rules.LikesPerDay, rules.Zone = 7, time.FixedZone("east", 8*3600)
	b.rules.Store(&rules)
	_, err = b.swipe(t, 1, 3, social.MarkLike)
	require.NoError(t, err)
	r := <-got
	require.Equal(t, &social.Meter{Action: social.ActionLike, Day: social.Date{Year: 2026, Month: 5, Day: 20}, Limit: 7}, r.Meter)
	require.Equal(t, time.Date(2026, 5, 20, 16, 0, 0, 0, time.UTC), r.ResetsAt.UTC())
	require.Equal(t, b.clock.Now(), r.Time.UTC())
}

func TestEightRequestsOfAUserAtOnce(t *testing.T) {
	t.Parallel()
	store := town(100)
	release := make(chan struct{})
	store.onRecord = func(context.Context, []persistence.Record) error { <-release; return nil }
	b := setup(t, store)
	var wg sync.WaitGroup
	for i := range actors.MaxPerUser {
		wg.Go(func() {
			_, err := b.swipe(t, 1, social.UserID(i+2), social.MarkLike)
			assert.NoError(t, err)
		})
	}
	eventually(t, func() bool {
		l, err := b.Inspect(within(t, time.Second), 1)
		return err == nil && l != nil && l.InFlight == 8
	})
	_, err := b.swipe(t, 1, 50, social.MarkLike)
	var e *social.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, social.CodeRateLimited, e.Code)
	require.Positive(t, e.RetryAfter)
	wg.Go(func() {
		_, err := b.swipe(t, 2, 50, social.MarkLike)
		assert.NoError(t, err, "another user is not held back")
	})
	close(release)
	wg.Wait()
	_, err = b.swipe(t, 1, 50, social.MarkLike)
	require.NoError(t, err)
}

func TestNodeIsFull(t *testing.T) {
	t.Parallel()
	store := town(100)
	begun, release := make(chan struct{}, 10), make(chan struct{})
	store.onRecord = func(context.Context, []persistence.Record) error {
		begun <- struct{}{}
		<-release
		return nil
	}
	b := setup(t, store, func(o *actors.Options) { o.MaxInFlight = 1 })
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := b.swipe(t, 1, 2, social.MarkLike)
		assert.NoError(t, err)
	})
	<-begun
	_, err := b.swipe(t, 3, 4, social.MarkLike)
	var e *social.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, social.CodeOverloaded, e.Code)
	require.Positive(t, e.RetryAfter)
	close(release)
	wg.Wait()
}

func TestSwipesOfAPairKeepTheirOrder(t *testing.T) {
	t.Parallel()
	store := town(2000)
	b := setup(t, store)
	ctx := within(t, 20*time.Second)
	var wg sync.WaitGroup
	for uid := social.UserID(1); uid <= 50; uid++ {
		wg.Go(func() {
			for sid := social.UserID(100); sid < 120; sid++ {
				_, err := b.Swipe(ctx, social.Swipe{UID: uid, SID: sid, Mark: social.MarkLike})
				if err != nil {
					t.Error(err)
					return
				}
				_, err = b.Swipe(ctx, social.Swipe{UID: uid, SID: sid, Mark: social.MarkDislike})
				assert.ErrorIs(t, err, &social.Error{Code: social.CodeAlreadySwiped})
			}
		})
	}
	wg.Wait()
	require.Equal(t, 1000, store.count())
}
