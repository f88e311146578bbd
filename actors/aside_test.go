package actors_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/social"
)

// A store that does not answer keeps nobody past their deadline: neither who asked
// for what waits there, nor who asks the same user's actor for something else.
func TestASilentStoreKeepsNobody(t *testing.T) {
	t.Parallel()
	store := town(10)
	b := setup(t, store)
	require.Len(t, b.deal(t, 1, 3), 3)
	silent := make(chan struct{})
	store.mu.Lock()
	store.onDeckTop = func(context.Context) error { <-silent; return nil }
	store.mu.Unlock()

	soon := func(what string, ask func(ctx context.Context) error) {
		t.Helper()
		answer := make(chan error, 1)
		go func() { answer <- ask(within(t, 50*time.Millisecond)) }()
		select {
		case err := <-answer:
			require.ErrorIs(t, err, &social.Error{Code: social.CodeTimeout}, what)
		case <-time.After(10 * time.Second):
			close(silent)
			require.Fail(t, "kept past the deadline", what)
		}
	}
	deal := func(ctx context.Context) error { _, err := b.Deal(ctx, 1, 3); return err }
	soon("the first deal", deal)
	soon("a swipe behind it", func(ctx context.Context) error {
		_, err := b.Swipe(ctx, social.Swipe{UID: 1, SID: 2, Mark: social.MarkLike})
		return err
	})
	soon("a deal behind both", deal)

	close(silent)
	require.NoError(t, deal(within(t, 20*time.Second)))
}
