package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheLoadLeavesNoMoreThanCanBeLookedAt(t *testing.T) {
	t.Parallel()
	roomFor := func(b *budget, touched int64) (swipes int64) {
		for swipes = 0; swipes < 10_000_000; swipes += 1000 {
			b.tick.Store(0)
			if !b.room(touched, swipes) {
				return swipes
			}
		}
		return swipes
	}
	b := &budget{end: time.Now(), within: 30 * time.Second, ops: func() int64 { return 0 }}
	b.began(20_000)
	require.InDelta(t, 10_000*20, roomFor(b, 0), 30_000, "half of what it answered before, for about twenty seconds")
	require.InDelta(t, 10_000*20-4*10_000, roomFor(b, 10_000), 30_000, "people have to be asked, too")
	for range 30 {
		b.seen(2000, false)
	}
	require.InDelta(t, 2600*21, roomFor(b, 0), 10_000, "a slow server gets fewer")
	b.seen(50_000, false)
	require.Less(t, roomFor(b, 0), int64(400_000), "one second does not decide")
	b = &budget{end: time.Now(), within: 30 * time.Second, ops: func() int64 { return 0 }}
	b.began(20_000)
	b.seen(100, true)
	require.Greater(t, roomFor(b, 0), int64(100_000), "an open loop does not show what the server can do")
	b.end = time.Now().Add(20 * time.Second)
	later := roomFor(b, 0)
	b.end = time.Now()
	require.Greater(t, later, roomFor(b, 0)+100_000, "a load that ends early leaves more time")
	b.ops = func() int64 { return 3_000_000 }
	require.Zero(t, roomFor(b, 0), "judging takes time as well")
}
