package actors_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/actors"
	"github.com/swiperhq/swiper/social"
)

// told is a hint.
type told struct {
	uid  social.UserID
	kind social.EventKind
}

// Whom a commit concerns is hinted at, once; a repetition concerns nobody.
func TestHintsFollowCommits(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got []told
	store := town(10)
	b := setup(t, store, func(o *actors.Options) {
		o.Hint = func(uid social.UserID, kind social.EventKind) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, told{uid, kind})
		}
	})
	ctx := within(t, 20*time.Second)
	// expect waits for the hints of what has been answered: they may come behind the answer.
	expect := func(want ...told) {
		t.Helper()
		eventually(t, func() bool { mu.Lock(); defer mu.Unlock(); return len(got) >= len(want) })
		mu.Lock()
		defer mu.Unlock()
		require.ElementsMatch(t, want, got)
		got = nil
	}
	for range 2 {
		_, err := b.swipe(t, 1, 2, social.MarkLike)
		require.NoError(t, err)
	}
	_, err := b.swipe(t, 1, 3, social.MarkDislike)
	require.NoError(t, err)
	_, err = b.swipe(t, 1, 4, social.MarkSuperlike)
	require.NoError(t, err)
	expect(told{2, social.HintLiked}, told{4, social.HintSuperliked})

	store.put(5, 1, social.MarkLike)
	for range 2 {
		r, err := b.swipe(t, 1, 5, social.MarkLike)
		require.NoError(t, err)
		require.True(t, r.Matched)
	}
	expect(told{1, social.EventMatch}, told{5, social.EventMatch})
	r, err := b.Rewind(ctx, 1)
	require.NoError(t, err)
	require.True(t, r.Unmatched)
	_, err = b.Rewind(ctx, 1) // the superlike: nobody was a friend
	require.NoError(t, err)
	expect(told{5, social.EventUnmatched}, told{4, social.HintUnliked})

	store.put(6, 1, social.MarkLike)
	_, err = b.swipe(t, 1, 6, social.MarkLike)
	require.NoError(t, err)
	expect(told{1, social.EventMatch}, told{6, social.EventMatch})
	require.NoError(t, b.Unfriend(ctx, 1, 6))
	expect(told{6, social.EventUnmatched})
}
