package rollcall_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/rollcall"
)

const (
	silence = 3 * time.Second
	gone    = 30 * time.Second
)

func start() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

func newRoll() *rollcall.Roll {
	return rollcall.New(rollcall.Options{Self: "me", Silence: silence, Gone: gone})
}

func TestGapsAreMissed(t *testing.T) {
	t.Parallel()
	r := newRoll()
	for _, m := range []struct {
		node          string
		number        int64
		first, missed bool
	}{
		{"a", 1, true, false},
		{"a", 2, false, false},
		{"a", 4, false, true},
		{"a", 4, false, false}, // twice
		{"a", 3, false, false}, // late: its gap was told
		{"a", 5, false, false},
		{"b", 7, true, true}, // it has told others something before
		{"b", 8, false, false},
	} {
		first, missed := r.Hear(m.node, m.number, start())
		require.Equal(t, m.first, first, m)
		require.Equal(t, m.missed, missed, m)
	}
}

func TestUntil(t *testing.T) {
	t.Parallel()
	r, now := newRoll(), start()
	r.Hear("a", 1, now)
	require.Zero(t, r.Until(now), "this node does not hear itself")
	r.Hear("me", 1, now.Add(time.Second))
	require.Equal(t, now.Add(silence), r.Until(now.Add(time.Second)), "a is heard longest ago")
	r.Hear("me", 2, now.Add(gone))
	require.Equal(t, now.Add(silence), r.Until(now.Add(gone)), "a may still be there")
	r.Hear("me", 3, now.Add(gone+time.Second))
	require.Equal(t, now.Add(gone+time.Second+silence), r.Until(now.Add(gone+time.Second)), "a is gone")
	_, missed := r.Hear("a", 2, now.Add(gone+time.Second))
	require.True(t, missed, "what it told meanwhile is not known")
	require.Equal(t, now.Add(gone+time.Second+silence), r.Until(now.Add(10*gone)), "this node is never struck off")
}
