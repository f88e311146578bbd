package main

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api/admin"
	"github.com/swiperhq/swiper/api/admin/overview"
	"github.com/swiperhq/swiper/persistence/redis"
)

// readJournals are journals that tell how many lines were read of them.
type readJournals struct {
	*redis.Client
	lines int
}

func (c *readJournals) Lines(ctx context.Context, journals []string, most int) ([][]string, error) {
	got, err := c.Client.Lines(ctx, journals, most)
	for _, of := range got {
		c.lines += len(of)
	}
	return got, err
}

// Who asks for what is new has the last lines read, and gets every point of all nodes.
func TestOverviewOfAllReadsWhatIsNew(t *testing.T) {
	t.Parallel()
	client, err := redis.Open(t.Context(), redis.Options{URL: redis.Embedded})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	const every, keep = 5 * time.Second, 100
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	journals := &readJournals{Client: client}
	node := func(self, other string, wrong time.Duration) *everywhere {
		view := func() admin.View { return admin.View{Self: self, Members: []admin.Member{{ID: self}, {ID: other}}} }
		return &everywhere{journals, "x", view, every, keep, func() time.Time { return now.Add(wrong) }}
	}
	one, two := node("one", "two", 0), node("two", "one", -20*time.Second)
	const turns = 120
	for range turns {
		now = now.Add(every)
		one.tell(t.Context(), overview.Point{At: now, Swipes: 1})
		two.tell(t.Context(), overview.Point{At: now.Add(time.Second), Swipes: 2})
	}
	last := now.Unix() / 5
	for _, asked := range []*everywhere{one, two} {
		for back, want := range map[int64]int{last: keep, keep: keep, 40: 40, 3: 3, 0: 0, -1: 0} {
			journals.lines = 0
			nodes, points, err := asked.read(t.Context(), last-back)
			require.NoError(t, err)
			require.Equal(t, 2, nodes)
			require.Len(t, points, want, "%d back", back)
			for i, p := range points {
				require.Equal(t, last-int64(want-1-i), p.Seq)
				require.InDelta(t, 3, p.Swipes, 0, "of both")
			}
			require.LessOrEqual(t, journals.lines, 2*min(keep, max(0, int(back))+amiss))
		}
	}
}
