package overview_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/api/admin/overview"
)

func TestNodesAreAddedUp(t *testing.T) {
	t.Parallel()
	every := 5 * time.Second
	value := func(x float64) *float64 { return &x }
	at := func(ms int) time.Time { return noon.Add(time.Duration(ms) * time.Millisecond) }
	one := []overview.Point{
		{Seq: 1, At: at(5100), Requests: 10, Swipes: 3, Matches: .5, Errors: .1, P99: value(20), Batch: value(4), Users: 7},
		{Seq: 2, At: at(10100), Requests: 12, Swipes: 1, Users: 8, P99: value(9)},
		{Seq: 3, At: at(12000), Requests: 500}, // late: the same turn again
	}
	two := []overview.Point{
		{Seq: 91, At: at(4000), Requests: 20, Swipes: 1, Matches: .25, Errors: .2, P99: value(50), Batch: value(8), Users: 1},
		{Seq: 92, At: at(15000), Requests: 1},
	}
	base := noon.Unix() / 5
	require.Equal(t, []overview.Point{
		{Seq: base + 1, At: at(5000), Requests: 30, Swipes: 4, Matches: .75, Errors: .3, P99: value(50), Batch: value(5), Users: 8},
		{Seq: base + 2, At: at(10000), Requests: 12, Swipes: 1, P99: value(9), Users: 8},
		{Seq: base + 3, At: at(15000), Requests: 1},
	}, overview.Merge(every, one, two, nil))
	require.Equal(t, overview.Merge(every, two, one), overview.Merge(every, one, two))
	require.Empty(t, overview.Merge(every))
}
