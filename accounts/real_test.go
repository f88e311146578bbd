package accounts_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/teststore"
	"github.com/swiperhq/swiper/persistence/redis"
	"github.com/swiperhq/swiper/social"
)

// setupReal is setup on the stores of a server without settings.
func setupReal(t *testing.T) *bundle {
	t.Helper()
	b := setup(t)
	shared, err := redis.Open(t.Context(), redis.Options{URL: redis.Embedded})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, shared.Close()) })
	b.opts.Store, b.opts.Codes, b.opts.Limiter, b.opts.Signals = teststore.Any(t), shared, shared, shared
	b.Service = b.node(t)
	return b
}

// What the fakes promise holds on the real stores, under concurrency.
func TestOnRealStores(t *testing.T) {
	t.Parallel()
	b := setupReal(t)
	const many = 50
	inParallel := func(f func() error) map[social.Code]int {
		var wg sync.WaitGroup
		var mu sync.Mutex
		out := map[social.Code]int{}
		for range many {
			wg.Go(func() {
				code := social.CodeOf(f())
				mu.Lock()
				defer mu.Unlock()
				out[code]++
			})
		}
		wg.Wait()
		return out
	}
	sends := inParallel(func() error {
		_, err := b.SendCode(t.Context(), adasPhone, home)
		return err
	})
	require.Equal(t, map[social.Code]int{"": 1, social.CodeRateLimited: many - 1}, sends)
	sent := b.outbox.all()
	require.Len(t, sent, 1)

	guesses := inParallel(func() error {
		_, err := b.Login(t.Context(), adasPhone, other(sent[0].Code), home)
		return err
	})
	require.Equal(t, map[social.Code]int{social.CodeCodeInvalid: 5, social.CodeTooManyAttempts: many - 5}, guesses)
	_, err := b.Login(t.Context(), adasPhone, sent[0].Code, home)
	require.Error(t, err, "the code is burnt")

	code := b.code(t, bobsPhone)
	var granted atomic.Value
	logins := inParallel(func() error {
		g, err := b.Login(t.Context(), bobsPhone, code, home)
		if err == nil {
			granted.Store(g.RefreshToken)
		}
		return err
	})
	require.Equal(t, 1, logins[""], "a code is good once: %v", logins)

	token, ok := granted.Load().(string)
	require.True(t, ok)
	refreshes := inParallel(func() error {
		_, err := b.Refresh(t.Context(), token)
		return err
	})
	require.Equal(t, map[social.Code]int{"": 1, social.CodeUnauthenticated: many - 1}, refreshes)
}
