package redis_test

import (
	"crypto/rand"
	"strconv"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/testdb"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/redis"
	"github.com/swiperhq/swiper/social"
)

func TestRankings(t *testing.T) {
	t.Parallel()
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		requireRankings(t, open(t, redis.Embedded).HotBoard("x"))
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		requireRankings(t, open(t, testdb.Redis(t)).HotBoard(rand.Text()))
	})
}

func count(uid social.UserID, location string, likes int64) persistence.HotCount {
	return persistence.HotCount{UID: uid, Location: location, Likes: likes}
}

// show claims a generation, puts counts into it and shows it.
func show(t *testing.T, b *redis.HotBoard, generation string, counts ...persistence.HotCount) {
	t.Helper()
	claimed, err := b.ClaimHot(t.Context(), generation, time.Minute)
	require.NoError(t, err)
	require.True(t, claimed)
	require.NoError(t, b.PutHot(t.Context(), []string{generation}, counts))
	held, err := b.HoldHot(t.Context(), generation, time.Minute)
	require.NoError(t, err)
	require.True(t, held)
	shown, err := b.ShowHot(t.Context(), persistence.HotState{Shown: generation, Since: 42, Days: 7, BuiltAt: time.UnixMilli(1_700_000_000_123)}, time.Minute)
	require.NoError(t, err)
	require.True(t, shown)
}

func requireRankings(t *testing.T, b *redis.HotBoard) {
	t.Helper()
	ctx := t.Context()
	_, ok, err := b.TopHot(ctx, "Hangzhou", 0, 10)
	require.NoError(t, err)
	require.False(t, ok)
	state, err := b.HotState(ctx)
	require.NoError(t, err)
	require.Equal(t, persistence.HotState{}, state)
	places, err := b.HotPlaces(ctx, 10)
	require.NoError(t, err)
	require.Empty(t, places)

	show(t, b, "one", count(1, "Hangzhou", 3), count(2, "Hangzhou", 9), count(3, "a:*\n杭州", 1), count(4, "", 100))
	state, err = b.HotState(ctx)
	require.NoError(t, err)
	require.Equal(t, persistence.HotState{Shown: "one", Since: 42, Days: 7, BuiltAt: time.UnixMilli(1_700_000_000_123).UTC(), Fresh: true}, state)
	requirePlaces := func(location string, from, n int, want ...persistence.HotCount) {
		t.Helper()
		top, ok, err := b.TopHot(ctx, location, from, n)
		require.NoError(t, err)
		require.True(t, ok)
		require.Len(t, top, len(want))
		for i := range want {
			require.Equal(t, want[i], top[i])
		}
	}
	requirePlaces("Hangzhou", 0, 10, count(2, "Hangzhou", 9), count(1, "Hangzhou", 3))
	requirePlaces("Hangzhou", 1, 1, count(1, "Hangzhou", 3))
	requirePlaces("Hangzhou", 2, 5)
	requirePlaces("a:*\n杭州", 0, 10, count(3, "a:*\n杭州", 1))
	requirePlaces("Nowhere", 0, 10)

	// Who makes the next one is alone; what is noted meanwhile goes into both.
	claimed, err := b.ClaimHot(ctx, "two", time.Minute)
	require.NoError(t, err)
	require.True(t, claimed)
	claimed, err = b.ClaimHot(ctx, "three", time.Minute)
	require.NoError(t, err)
	require.False(t, claimed)
	held, err := b.HoldHot(ctx, "three", time.Minute)
	require.NoError(t, err)
	require.False(t, held)
	require.NoError(t, b.PutHot(ctx, []string{"one", "two"}, []persistence.HotCount{count(1, "Hangzhou", 10), count(2, "Hangzhou", 0)}))
	requirePlaces("Hangzhou", 0, 10, count(1, "Hangzhou", 10))
	shown, err := b.ShowHot(ctx, persistence.HotState{Shown: "three"}, time.Minute)
	require.NoError(t, err)
	require.False(t, shown, "it is not the one who claimed")
	state, err = b.HotState(ctx)
	require.NoError(t, err)
	require.Equal(t, "two", state.Building)
	shown, err = b.ShowHot(ctx, persistence.HotState{Shown: "two", Days: 3}, time.Minute)
	require.NoError(t, err)
	require.True(t, shown)
	requirePlaces("Hangzhou", 0, 10, count(1, "Hangzhou", 10))
	requirePlaces("a:*\n杭州", 0, 10)
	places, err = b.HotPlaces(ctx, 10)
	require.NoError(t, err)
	require.Equal(t, []persistence.HotPlace{{Location: "Hangzhou", Most: 10}}, places)

	// Only so many of a location are kept.
	var many []persistence.HotCount
	for uid := social.UserID(1); uid <= 1200; uid++ {
		many = append(many, count(uid, "Hangzhou", int64(uid)))
	}
	require.NoError(t, b.PutHot(ctx, []string{"two"}, many))
	requirePlaces("Hangzhou", 999, 10, count(201, "Hangzhou", 201))
}

// The generation before is deleted at once, all of it.
func TestFormerRankingsGo(t *testing.T) {
	t.Parallel()
	mini := miniredis.RunT(t)
	b := open(t, "redis://"+mini.Addr()).HotBoard("x")
	var counts []persistence.HotCount
	for uid := social.UserID(1); uid <= 1100; uid++ {
		counts = append(counts, count(uid, "place "+strconv.Itoa(int(uid)), 1))
	}
	show(t, b, "one", counts...)
	require.Greater(t, len(mini.Keys()), 1100)
	show(t, b, "two", counts[:3]...)
	require.Len(t, mini.Keys(), 3+3, "three rankings, their list, the state and its freshness")
	for _, key := range mini.Keys() {
		require.Positive(t, mini.TTL(key), key)
	}
}

// The slowest ranking stays until the next one can be there.
func TestRankingsOutliveASlowMaking(t *testing.T) {
	t.Parallel()
	const making = 2 * time.Hour
	mini := miniredis.RunT(t)
	b := open(t, "redis://"+mini.Addr()).HotBoard("x")
	claimed, err := b.ClaimHot(t.Context(), "one", making)
	require.NoError(t, err)
	require.True(t, claimed)
	require.NoError(t, b.PutHot(t.Context(), []string{"one"}, []persistence.HotCount{count(1, "Hangzhou", 3)}))
	mini.FastForward(making - time.Minute)
	shown, err := b.ShowHot(t.Context(), persistence.HotState{Shown: "one"}, 3*making)
	require.NoError(t, err)
	require.True(t, shown)
	mini.FastForward(3*making + making) // nobody was liked since
	top, ok, err := b.TopHot(t.Context(), "Hangzhou", 0, 10)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, []persistence.HotCount{count(1, "Hangzhou", 3)}, top)
}
