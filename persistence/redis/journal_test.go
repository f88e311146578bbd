package redis_test

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testdb"
	"github.com/swiperhq/swiper/persistence/redis"
	"github.com/swiperhq/swiper/social"
)

func TestJournals(t *testing.T) {
	t.Parallel()
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		requireJournals(t, open(t, redis.Embedded))
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		requireJournals(t, open(t, testdb.Redis(t)))
	})
}

func requireJournals(t *testing.T, c *redis.Client) {
	t.Helper()
	one, two, none := rand.Text(), rand.Text(), rand.Text()
	for _, line := range []string{"a", "b", "c", "d\n\x00"} {
		require.NoError(t, c.AppendLine(t.Context(), one, line, 3, time.Minute))
	}
	require.NoError(t, c.AppendLine(t.Context(), two, "x", 3, time.Minute))
	got, err := c.Lines(t.Context(), []string{one, none, two}, 9)
	require.NoError(t, err)
	require.Equal(t, [][]string{{"b", "c", "d\n\x00"}, {}, {"x"}}, got)
	got, err = c.Lines(t.Context(), []string{one, none, two}, 2)
	require.NoError(t, err)
	require.Equal(t, [][]string{{"c", "d\n\x00"}, {}, {"x"}}, got, "the last ones")
	got, err = c.Lines(t.Context(), nil, 9)
	require.NoError(t, err)
	require.Empty(t, got)
}

func TestJournalsPass(t *testing.T) {
	t.Parallel()
	mini := miniredis.RunT(t)
	c := open(t, "redis://"+mini.Addr())
	require.NoError(t, c.AppendLine(t.Context(), "x", "a", 3, time.Minute))
	mini.FastForward(40 * time.Second)
	require.NoError(t, c.AppendLine(t.Context(), "x", "b", 3, time.Minute))
	mini.FastForward(40 * time.Second)
	got, err := c.Lines(t.Context(), []string{"x"}, 9)
	require.NoError(t, err)
	require.Equal(t, [][]string{{"a", "b"}}, got)
	mini.FastForward(40 * time.Second)
	got, err = c.Lines(t.Context(), []string{"x"}, 9)
	require.NoError(t, err)
	require.Equal(t, [][]string{{}}, got)
	mini.Close()
	_, err = c.Lines(t.Context(), []string{"x"}, 9)
	require.ErrorIs(t, err, &social.Error{Code: social.CodeUnavailable})
	require.Error(t, c.AppendLine(t.Context(), "x", "b", 3, time.Minute))
}
