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

func TestPresence(t *testing.T) {
	t.Parallel()
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		c := open(t, redis.Embedded)
		requirePresence(t, c, c)
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		url := testdb.Redis(t)
		requirePresence(t, open(t, url), open(t, url))
	})
}

func requirePresence(t *testing.T, one, two *redis.Client) {
	t.Helper()
	name := rand.Text()
	got, err := two.Presence(name).Present(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, got)
	requireKept := func(c *redis.Client, known int, ids ...social.UserID) {
		t.Helper()
		got, err := c.Presence(name).KeepPresent(t.Context(), ids, time.Minute)
		require.NoError(t, err)
		require.Equal(t, known, got)
	}
	requireKept(one, 0)
	requireKept(one, 0, 3)
	requireKept(two, 1, 1, 3)
	requireKept(one, 2, 1, 3)
	got, err = two.Presence(name).Present(t.Context(), []social.UserID{3, 2, 1})
	require.NoError(t, err)
	require.Equal(t, []bool{true, false, true}, got)
	got, err = two.Presence(rand.Text()).Present(t.Context(), []social.UserID{3})
	require.NoError(t, err)
	require.Equal(t, []bool{false}, got, "others' people")
}

func TestPresencePasses(t *testing.T) {
	t.Parallel()
	mini := miniredis.RunT(t)
	p := open(t, "redis://"+mini.Addr()).Presence("x")
	_, err := p.KeepPresent(t.Context(), []social.UserID{1}, 45*time.Second)
	require.NoError(t, err)
	mini.FastForward(30 * time.Second)
	_, err = p.KeepPresent(t.Context(), []social.UserID{2}, 45*time.Second)
	require.NoError(t, err)
	mini.FastForward(20 * time.Second)
	got, err := p.Present(t.Context(), []social.UserID{1, 2})
	require.NoError(t, err)
	require.Equal(t, []bool{false, true}, got)
	mini.Close()
	_, err = p.Present(t.Context(), []social.UserID{1, 2})
	require.ErrorIs(t, err, &social.Error{Code: social.CodeUnavailable})
	_, err = p.KeepPresent(t.Context(), []social.UserID{1}, 45*time.Second)
	require.ErrorIs(t, err, &social.Error{Code: social.CodeUnavailable})
}
