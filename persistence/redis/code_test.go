package redis_test

import (
	"context"
	"crypto/rand"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testdb"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/redis"
	"github.com/swiperhq/swiper/social"
)

const life = time.Minute

// onBoth runs a test on the embedded server and on a real one, each with two clients.
func onBoth(t *testing.T, run func(t *testing.T, a, b *redis.Client)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		c := open(t, redis.Embedded)
		run(t, c, c)
	})
	t.Run("server", func(t *testing.T) {
		t.Parallel()
		url := testdb.Redis(t)
		run(t, open(t, url), open(t, url))
	})
}

func TestCodes(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, a, b *redis.Client) {
		t.Helper()
		right, wrong := []byte("right \x00\xff\r\n"), []byte("right \x00\xff\r")
		try := func(phone string, hash []byte) persistence.CodeVerdict {
			t.Helper()
			verdict, err := b.TryCode(t.Context(), phone, hash)
			require.NoError(t, err)
			return verdict
		}
		put := func(phone string, hash []byte, tries int) {
			t.Helper()
			require.NoError(t, a.PutCode(t.Context(), phone, hash, tries, life))
		}
		phone, other := rand.Text(), rand.Text()
		require.Equal(t, persistence.CodeWrong, try(phone, right), "none was asked for")

		put(phone, right, 5)
		require.Equal(t, persistence.CodeWrong, try(other, right), "it is another number's")
		require.Equal(t, persistence.CodeRight, try(phone, right))
		require.Equal(t, persistence.CodeWrong, try(phone, right), "a code is good once")

		put(phone, right, 5)
		for range 4 {
			require.Equal(t, persistence.CodeWrong, try(phone, wrong))
		}
		require.Equal(t, persistence.CodeRight, try(phone, right), "the fifth try counts")

		put(phone, right, 5)
		for range 5 {
			require.Equal(t, persistence.CodeWrong, try(phone, wrong))
		}
		require.Equal(t, persistence.CodeTooMany, try(phone, right), "the sixth is not looked at")
		require.Equal(t, persistence.CodeTooMany, try(phone, right), "and burns the code")

		put(phone, right, 1)
		require.Equal(t, persistence.CodeWrong, try(phone, wrong))
		put(phone, []byte("next"), 1)
		require.Equal(t, persistence.CodeWrong, try(phone, right), "a new code replaces the old one")
		put(phone, []byte("next"), 1)
		require.Equal(t, persistence.CodeRight, try(phone, []byte("next")))
	})
}

func TestGuessesAtOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, a, b *redis.Client) {
		t.Helper()
		verdicts := func(phone string, hash []byte) map[persistence.CodeVerdict]int {
			var mu sync.Mutex
			seen := map[persistence.CodeVerdict]int{}
			var wg sync.WaitGroup
			for i := range 50 {
				wg.Go(func() {
					verdict, err := []*redis.Client{a, b}[i%2].TryCode(context.Background(), phone, hash)
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						seen[verdict]++
					}
				})
			}
			wg.Wait()
			return seen
		}
		phone := rand.Text()
		require.NoError(t, a.PutCode(t.Context(), phone, []byte("right"), 5, life))
		require.Equal(t, map[persistence.CodeVerdict]int{persistence.CodeWrong: 5, persistence.CodeTooMany: 45},
			verdicts(phone, []byte("wrong")), "five are compared, the next one burns it")

		require.NoError(t, a.PutCode(t.Context(), phone, []byte("right"), 5, life))
		require.Equal(t, map[persistence.CodeVerdict]int{persistence.CodeRight: 1, persistence.CodeWrong: 49},
			verdicts(phone, []byte("right")), "one of those who know it comes in")
	})
}

func TestCodesAndLimitsExpire(t *testing.T) {
	t.Parallel()
	mini := miniredis.RunT(t)
	c := open(t, "redis://"+mini.Addr())
	require.NoError(t, c.PutCode(t.Context(), "x", []byte("right"), 5, life))
	mini.FastForward(life + time.Millisecond)
	verdict, err := c.TryCode(t.Context(), "x", []byte("right"))
	require.NoError(t, err)
	require.Equal(t, persistence.CodeWrong, verdict)

	_, err = c.Allow(t.Context(), "x", persistence.Rate{Burst: 3, Period: life})
	require.NoError(t, err)
	mini.FastForward(life)
	require.Empty(t, mini.Keys(), "nothing is kept for ever")
}

func TestLimits(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, a, b *redis.Client) {
		t.Helper()
		rate := persistence.Rate{Burst: 5, Period: time.Hour}
		key := rand.Text()
		var granted atomic.Int32
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				wait, err := []*redis.Client{a, b}[i%2].Allow(context.Background(), key, rate)
				if err == nil && wait == 0 {
					granted.Add(1)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 5, granted.Load(), "over both nodes")
		wait, err := a.Allow(t.Context(), key, rate)
		require.NoError(t, err)
		require.InDelta(t, time.Hour/5, wait, float64(time.Minute), "one fifth of the period later one is allowed")

		wait, err = a.Allow(t.Context(), key+"'", rate)
		require.NoError(t, err)
		require.Zero(t, wait, "another key counts by itself")

		wait, err = a.Allow(t.Context(), key, persistence.Rate{Period: time.Minute})
		require.NoError(t, err)
		require.Equal(t, time.Minute, wait, "none are allowed")

		quick := persistence.Rate{Burst: 2, Period: 200 * time.Millisecond}
		for range 2 {
			wait, err = a.Allow(t.Context(), key+"quick", quick)
			require.NoError(t, err)
			require.Zero(t, wait)
		}
		require.Eventually(t, func() bool {
			wait, err := b.Allow(t.Context(), key+"quick", quick)
			return err == nil && wait == 0
		}, patience, 10*time.Millisecond, "time gives back")
	})
}

func TestCodesAndLimitsWithoutAServer(t *testing.T) {
	t.Parallel()
	mini := miniredis.RunT(t)
	c := open(t, "redis://"+mini.Addr())
	mini.Close()
	unavailable := &social.Error{Code: social.CodeUnavailable}
	require.ErrorIs(t, c.PutCode(t.Context(), "x", []byte("h"), 5, life), unavailable)
	_, err := c.TryCode(t.Context(), "x", []byte("h"))
	require.ErrorIs(t, err, unavailable)
	_, err = c.Allow(t.Context(), "x", persistence.Rate{Burst: 1, Period: life})
	require.ErrorIs(t, err, unavailable)
	require.Positive(t, social.AsError(err).RetryAfter)
}

func TestPayloads(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, a, b *redis.Client) {
		t.Helper()
		topic, payload := rand.Text(), "session \x00 中文"
		heard := make(chan string, 1000)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- b.Subscribe(ctx, topic, func(payload string) { heard <- payload }) }()
		require.Eventually(t, func() bool {
			require.NoError(t, a.Publish(t.Context(), topic, payload))
			return len(heard) > 0
		}, patience, 10*time.Millisecond)
		require.Equal(t, payload, <-heard)
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
	})
}
