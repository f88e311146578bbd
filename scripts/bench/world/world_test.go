package world_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/swiperhq/swiper/scripts/bench/world"
	"github.com/swiperhq/swiper/social"
)

// No swipe of the sequence repeats another, or one of the start.
func TestSequenceNeverRepeats(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, err := world.New(world.Each * rapid.Int64Range(1000, 2500).Draw(t, "users"))
		require.NoError(t, err)
		s, err := world.NewSequence(w, rapid.Int64Range(100, w.Users).Draw(t, "active"))
		require.NoError(t, err)
		seen := map[[2]social.UserID]bool{}
		for uid := social.UserID(1); uid <= social.UserID(w.Users); uid++ {
			for k := range int64(world.Each) {
				seen[[2]social.UserID{uid, w.At(uid, w.Ring(k))}] = true
			}
		}
		require.Len(t, seen, int(w.Users)*world.Each, "twenty different people each")
		left := 0
		for n := range 5 * w.Users {
			i, sid, ok := s.Swipe(n)
			if !ok {
				left++
				continue
			}
			pair := [2]social.UserID{s.User(i), sid}
			require.NotEqual(t, pair[0], pair[1])
			require.True(t, sid >= 1 && sid <= social.UserID(w.Users) && pair[0] >= 1 && pair[0] <= social.UserID(w.Users))
			require.False(t, seen[pair], "swipe %d: %v", n, pair)
			seen[pair] = true
		}
		require.Less(t, left, int(w.Users/2), "few numbers are passed over")
	})
}

// Twice as many swipes as there are active people make all of them active, and
// one of a hundred makes a match.
func TestSequenceIsLikeAnApp(t *testing.T) {
	t.Parallel()
	w, err := world.New(1_000_000)
	require.NoError(t, err)
	s, err := world.NewSequence(w, 5000)
	require.NoError(t, err)
	active, likes, matches := map[int64]bool{}, 0, 0
	const swipes = 50_000
	for n := range int64(swipes) {
		i, sid, _ := s.Swipe(n)
		if n < 10_000 {
			active[i] = true
		}
		uid := s.User(i)
		if !world.MarkOf(uid, sid).Likes() {
			continue
		}
		likes++
		for k := range int64(world.Each) {
			if w.At(sid, w.Ring(k)) == uid && world.MarkOf(sid, uid).Likes() {
				matches++
			}
		}
	}
	require.Len(t, active, 5000)
	require.InDelta(t, 0.30, float64(likes)/swipes, 0.02)
	require.InDelta(t, 0.009, float64(matches)/swipes, 0.003)
}

func TestBounds(t *testing.T) {
	t.Parallel()
	_, err := world.New(100)
	require.ErrorContains(t, err, "too few")
	w, err := world.New(20_000)
	require.NoError(t, err)
	_, err = world.NewSequence(w, 2000)
	require.ErrorContains(t, err, "1 to 1000")
}
