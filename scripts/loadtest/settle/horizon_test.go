package settle_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/scripts/loadtest/settle"
	"github.com/swiperhq/swiper/social"
)

// Users 1, 2 and 3 have made a match each, with 11, 12 and 13, one after the other.
func matches() []checker.Op {
	var ops []checker.Op
	for uid := social.UserID(1); uid <= 3; uid++ {
		op := swipe(uid, uid+10, social.MarkLike, "")
		op.Matched, op.Call, op.Return = true, int64(uid), int64(uid)+1
		ops = append(ops, op)
	}
	return ops
}

func TestEventsAreReadOnceTheLatestAreTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		told func(uid social.UserID, look int) bool
		held bool
	}{
		"all at once":                {func(social.UserID, int) bool { return true }, false},
		"all after a while":          {func(_ social.UserID, look int) bool { return look > 10 }, false},
		"none":                       {func(social.UserID, int) bool { return false }, true},
		"only the first":             {func(uid social.UserID, _ int) bool { return uid == 1 }, true},
		"one lost in the middle":     {func(uid social.UserID, _ int) bool { return uid != 2 }, false},
		"the latest, not the oldest": {func(uid social.UserID, _ int) bool { return uid == 3 }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &door{told: func(uid social.UserID, look int) []checker.Event {
				if !c.told(uid, look) {
					return nil
				}
				return []checker.Event{{ID: "e", Kind: string(social.EventMatch), Other: uid + 10}}
			}}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			feeds := map[social.UserID]*client.Feed{1: {}, 2: {}, 3: {}}
			report, err := settle.Run(ctx, settle.Options{
				Door: d, Nodes: 1, Concurrency: 1, History: matches(),
				Member: func(uid social.UserID) bool { return uid < 10 },
				Feed:   func(uid social.UserID) *client.Feed { return feeds[uid] },
			})
			require.NoError(t, err)
			require.Equal(t, c.held, report.EventsHeld)
			if c.held {
				require.GreaterOrEqual(t, report.Missing, 3)
				require.NotContains(t, strings.Join(d.asked, "; "), "events of")
			}
		})
	}
}
