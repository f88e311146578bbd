package admin

import (
	"cmp"
	"maps"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/persistence"
)

// taskCount is how many tasks of a kind wait, are worked at, or failed. Those that are
// done are not counted.
type taskCount struct {
	Kind     string `json:"kind"`
	Queued   int    `json:"queued"`
	Running  int    `json:"running"`
	Retrying int    `json:"retrying"`
	Failed   int    `json:"failed"`
}

type countsAnswer struct {
	Kinds []taskCount `json:"kinds"` // by name
}

func (s *service) countTasks(c *gin.Context) (any, error) {
	counts, err := s.Store.CountTasks(c.Request.Context())
	if err != nil {
		return nil, err
	}
	kinds := map[string]*taskCount{}
	for _, n := range counts {
		k := kinds[n.Kind]
		if k == nil {
			k = &taskCount{Kind: n.Kind}
			kinds[n.Kind] = k
		}
		switch n.State {
		case persistence.TaskQueued:
			k.Queued += n.Count
		case persistence.TaskRunning:
			k.Running += n.Count
		case persistence.TaskRetrying:
			k.Retrying += n.Count
		case persistence.TaskFailed:
			k.Failed += n.Count
		case persistence.TaskDone:
		}
	}
	out := countsAnswer{Kinds: []taskCount{}}
	for _, k := range slices.SortedFunc(maps.Values(kinds), func(a, b *taskCount) int { return cmp.Compare(a.Kind, b.Kind) }) {
		out.Kinds = append(out.Kinds, *k)
	}
	return out, nil
}
