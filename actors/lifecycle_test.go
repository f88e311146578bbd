package actors_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/actors"
	"github.com/swiperhq/swiper/social"
)

func TestIdleUserPassivatesAndComesBack(t *testing.T) {
	t.Parallel()
	b := setup(t, town(10), func(o *actors.Options) { o.IdleAfter = time.Minute })
	_, err := b.swipe(t, 1, 2, social.MarkLike)
	require.NoError(t, err)
	b.clock.advance(59 * time.Second)
	require.Len(t, b.deal(t, 1, 3), 3)
	first := b.live(t, 1)
	require.Equal(t, b.clock.Now(), first.LastMessageAt.UTC())
	b.clock.advance(59 * time.Second) // the timer fires, and finds it in use
	require.NotNil(t, b.live(t, 1))
	b.clock.advance(2 * time.Second)
	eventually(t, func() bool { return b.metric(t, "swiper_actors_active", "kind", "user") == 0 })
	l, err := b.Inspect(within(t, 5*time.Second), 1)
	require.NoError(t, err)
	require.Nil(t, l, "looking activates nobody")
	require.Zero(t, b.metric(t, "swiper_actors_active", "kind", "user"))
	r, err := b.swipe(t, 1, 2, social.MarkLike)
	require.NoError(t, err)
	require.True(t, r.Repeated)
	require.True(t, b.live(t, 1).ActivatedAt.After(first.ActivatedAt))
}

func TestBusyUserDoesNotPassivate(t *testing.T) {
	t.Parallel()
	store := town(10)
	begun, release := gated(store)
	b := setup(t, store, func(o *actors.Options) { o.IdleAfter = time.Minute })
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := b.swipe(t, 1, 2, social.MarkLike)
		assert.NoError(t, err)
	})
	<-begun
	b.clock.advance(2 * time.Minute)
	require.Equal(t, 1, b.live(t, 1).InFlight)
	close(release)
	wg.Wait()
	b.clock.advance(2 * time.Minute)
	eventually(t, func() bool { return b.metric(t, "swiper_actors_active", "kind", "user") == 0 })
}

func TestPanicAnswersEveryoneAtOnce(t *testing.T) {
	t.Parallel()
	store := town(10)
	begun, release := gated(store)
	store.onRewind = func(context.Context) error { panic("secret: on purpose") }
	b := setup(t, store)
	internal := func(err error) {
		var e *social.Error
		if assert.ErrorAs(t, err, &e) {
			assert.Equal(t, social.CodeInternal, e.Code)
			assert.NotContains(t, e.Error(), "secret")
		}
	}
	started := time.Now()
	_, err := b.Rewind(within(t, 20*time.Second), 1)
	internal(err)
	require.Less(t, time.Since(started), time.Second)

	// Now with the panic in a rewind that waited, and another request behind it.
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := b.swipe(t, 1, 2, social.MarkLike)
		assert.NoError(t, err)
	})
	<-begun
	wg.Go(func() {
		_, err := b.Rewind(within(t, 20*time.Second), 1)
		internal(err)
	})
	eventually(t, func() bool { return b.live(t, 1).Waiting == 1 })
	wg.Go(func() {
		_, err := b.Rewind(within(t, 20*time.Second), 1)
		internal(err)
	})
	eventually(t, func() bool { return b.live(t, 1).Waiting == 2 })
	close(release)
	started = time.Now()
	wg.Wait()
	require.Less(t, time.Since(started), time.Second)
	r, err := b.swipe(t, 1, 2, social.MarkLike)
	require.NoError(t, err)
	require.True(t, r.Repeated)
}

func TestStopAnswersEveryAcceptedRequest(t *testing.T) {
	t.Parallel()
	store := town(1000)
	begun, release := gated(store)
	b := setup(t, store)
	var wg sync.WaitGroup
	for uid := social.UserID(1); uid <= 200; uid++ {
		wg.Go(func() {
			_, err := b.swipe(t, uid, uid+500, social.MarkLike)
			assert.NoError(t, err)
		})
	}
	<-begun
	eventually(t, func() bool { return b.metric(t, "swiper_actors_active", "kind", "user") == 200 })
	for uid := social.UserID(1); uid <= 200; uid++ {
		eventually(t, func() bool { return b.live(t, uid).InFlight == 1 })
	}
	stopped := make(chan error, 1)
	go func() { stopped <- b.stop(t, 20*time.Second) }()
	eventually(t, func() bool {
		_, err := b.Swipe(within(t, 20*time.Millisecond), social.Swipe{UID: 900, SID: 901, Mark: social.MarkLike})
		return social.CodeOf(err) == social.CodeUnavailable
	})
	close(release)
	require.NoError(t, <-stopped)
	wg.Wait()
	require.GreaterOrEqual(t, store.count(), 200)
	_, err := b.Inspect(within(t, 200*time.Millisecond), 1)
	require.ErrorIs(t, err, &social.Error{Code: social.CodeUnavailable})
}

func TestStopGivesUpAtItsDeadline(t *testing.T) {
	t.Parallel()
	store := town(10)
	begun, release := gated(store)
	b := setup(t, store)
	answered := make(chan error, 1)
	go func() {
		_, err := b.Swipe(within(t, 2*time.Second), social.Swipe{UID: 1, SID: 2, Mark: social.MarkLike})
		answered <- err
	}()
	<-begun
	require.ErrorIs(t, b.stop(t, 50*time.Millisecond), context.DeadlineExceeded)
	require.Error(t, <-answered, "and what was left is answered all the same")
	close(release)
}

func TestTenThousandUsersComeAndGo(t *testing.T) {
	t.Parallel()
	const users = 10_000
	store := town(users)
	b := setup(t, store, func(o *actors.Options) { o.IdleAfter = time.Minute })
	ctx := within(t, time.Minute)
	for range 2 {
		var wg sync.WaitGroup
		for first := range social.UserID(16) {
			wg.Go(func() {
				for uid := first + 1; uid < users; uid += 16 {
					if _, err := b.Swipe(ctx, social.Swipe{UID: uid, SID: uid + 1, Mark: social.MarkLike}); !assert.NoError(t, err) {
						return
					}
				}
			})
		}
		wg.Wait()
		require.InDelta(t, users-1, b.metric(t, "swiper_actors_active", "kind", "user"), 0)
		b.clock.advance(2 * time.Minute)
		eventually(t, func() bool { return b.metric(t, "swiper_actors_active", "kind", "user") == 0 })
	}
	require.Equal(t, users-1, store.count())
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	_, err := actors.Start(t.Context(), actors.Options{})
	require.ErrorContains(t, err, "required")
	rules := func() *social.Rules { return nil }
	_, err = actors.Start(t.Context(), actors.Options{Store: town(1), Rules: rules, Shards: 5})
	require.ErrorContains(t, err, "do not divide")
}

// With next to no patience, users end between any two of their messages.
func TestPassivationUnderFireLosesNothing(t *testing.T) {
	t.Parallel()
	store := town(2000)
	b := setup(t, store, func(o *actors.Options) {
		o.Now, o.IdleAfter = time.Now, 100*time.Microsecond
		o.AfterFunc = func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }
	})
	ctx := within(t, time.Minute)
	var wg sync.WaitGroup
	for caller := range social.UserID(32) {
		wg.Go(func() {
			for i := range social.UserID(50) {
				_, err := b.Swipe(ctx, social.Swipe{UID: 1 + caller%8, SID: 100 + caller*50 + i, Mark: social.MarkLike})
				if !assert.NoError(t, err) {
					return
				}
			}
		})
	}
	wg.Wait()
	require.Equal(t, 32*50, store.count())
	require.Greater(t, b.metric(t, "swiper_actor_passivations_total", "kind", "user"), 8.0, "they did come and go")
}
