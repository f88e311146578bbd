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
	require.NoError(t, one.Presence(name).KeepPresent(t.Context(), nil, time.Minute))
	require.NoError(t, one.Presence(name).KeepPresent(t.Context(), []social.UserID{1, 3}, time.Minute))
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
	require.NoError(t, p.KeepPresent(t.Context(), []social.UserID{1}, 45*time.Second))
	mini.FastForward(30 * time.Second)
	require.NoError(t, p.KeepPresent(t.Context(), []social.UserID{2}, 45*time.Second))
	mini.FastForward(20 * time.Second)
	got, err := p.Present(t.Context(), []social.UserID{1, 2})
	require.NoError(t, err)
	require.Equal(t, []bool{false, true}, got)
	mini.Close()
	_, err = p.Present(t.Context(), []social.UserID{1, 2})
	require.ErrorIs(t, err, &social.Error{Code: social.CodeUnavailable})
}
