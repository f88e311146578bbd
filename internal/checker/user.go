package checker

import (
	"cmp"
	"slices"

	"github.com/swiperhq/swiper/social"
)

// byUser gives each user's operations as places in ops, in order of the calls.
func byUser(ops []Op) map[social.UserID][]int32 {
	counts := map[social.UserID]int32{}
	for i := range ops {
		counts[ops[i].UID]++
	}
	all := make([]int32, len(ops))
	out := make(map[social.UserID][]int32, len(counts))
	free := int32(0)
	for uid, n := range counts {
		out[uid] = all[free : free : free+n]
		free += n
	}
	for i := range ops {
		out[ops[i].UID] = append(out[ops[i].UID], int32(i))
	}
	for _, own := range out {
		slices.SortStableFunc(own, func(a, b int32) int { return cmp.Compare(ops[a].Call, ops[b].Call) })
	}
	return out
}
