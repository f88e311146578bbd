package actors_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

func TestRewindAndItsRefusals(t *testing.T) {
	t.Parallel()
	store := town(10)
	b := setup(t, store)
	ctx := within(t, 20*time.Second)
	_, err := b.Rewind(ctx, 1)
	require.ErrorIs(t, err, &social.Error{Code: social.CodeNothingToRewind})
	for sid := social.UserID(2); sid <= 5; sid++ {
		_, err := b.swipe(t, 1, sid, social.MarkLike)
		require.NoError(t, err)
	}
	store.put(5, 1, social.MarkLike)
	for i, sid := range []social.UserID{5, 4, 3} {
		r, err := b.Rewind(ctx, 1)
		require.NoError(t, err)
		require.Equal(t, social.RewindResult{SID: sid, Mark: social.MarkLike, Unmatched: sid == 5, Used: i + 1, Limit: 3}, r)
	}
	_, err = b.Rewind(ctx, 1)
	var e *social.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, social.CodeRewindQuotaExceeded, e.Code)
	require.Equal(t, 12*time.Hour, e.RetryAfter)
	rules := *b.rules.Load()
	rules.RewindsPerDay = social.NoLimit
	b.rules.Store(&rules)
	r, err := b.Rewind(ctx, 1)
	require.NoError(t, err)
	require.Equal(t, 4, r.Used)
}

func TestRewindWaitsForSwipesInFlight(t *testing.T) {
	t.Parallel()
	store := town(10)
	begun, release := gated(store)
	b := setup(t, store, oneShard)
	ctx := within(t, 20*time.Second)
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := b.Swipe(ctx, social.Swipe{UID: 1, SID: 2, Mark: social.MarkLike})
		assert.NoError(t, err)
	})
	<-begun
	wg.Go(func() {
		r, err := b.Rewind(ctx, 1)
		if assert.NoError(t, err) {
			assert.EqualValues(t, 2, r.SID, "the swipe that was in flight is the latest")
		}
	})
	eventually(t, func() bool { return b.live(t, 1).Waiting == 1 })
	wg.Go(func() {
		_, err := b.Swipe(ctx, social.Swipe{UID: 1, SID: 3, Mark: social.MarkLike})
		assert.NoError(t, err)
	})
	eventually(t, func() bool { return b.live(t, 1).Waiting == 2 })
	require.Equal(t, 1, b.live(t, 1).InFlight, "what comes later waits behind the rewind")
	close(release)
	wg.Wait()
	r, err := b.Rewind(ctx, 1)
	require.NoError(t, err)
	require.EqualValues(t, 3, r.SID)
}

func TestRewindIsNotHeldBackByAnAnswerThatIsLost(t *testing.T) {
	t.Parallel()
	store := town(10)
	begun, _ := gated(store)
	b := setup(t, store, oneShard)
	store.put(1, 9, social.MarkLike)
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := b.Swipe(within(t, 200*time.Millisecond), social.Swipe{UID: 1, SID: 2, Mark: social.MarkLike})
		assert.ErrorIs(t, err, &social.Error{Code: social.CodeTimeout})
	})
	<-begun
	r, err := b.Rewind(within(t, 20*time.Second), 1)
	require.NoError(t, err)
	require.EqualValues(t, 9, r.SID)
	wg.Wait()
}

func TestUnfriend(t *testing.T) {
	t.Parallel()
	store := town(10)
	b := setup(t, store)
	store.put(2, 1, social.MarkLike)
	r, err := b.swipe(t, 1, 2, social.MarkLike)
	require.NoError(t, err)
	require.True(t, r.Matched)
	ctx := within(t, 20*time.Second)
	require.NoError(t, b.Unfriend(ctx, 1, 2))
	require.ErrorIs(t, b.Unfriend(ctx, 1, 2), &social.Error{Code: social.CodeNotFriends})
	require.NotContains(t, b.deal(t, 1, 20), social.UserID(2))
	_, err = b.Rewind(ctx, 1)
	require.ErrorIs(t, err, &social.Error{Code: social.CodeNothingToRewind})
}
