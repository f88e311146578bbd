package overview

import (
	"math"
	"slices"
	"time"
)

// Merge gives the points of several nodes as one: what nodes count is added up, the
// time of the slowest node stands for all, and the batch is the mean of the nodes',
// by how many swipes they had. A node that has no point in a turn is left out of it.
// Seq counts turns of length every since 1970, so that it is the same on all nodes.
func Merge(every time.Duration, nodes ...[]Point) []Point {
	type turn struct {
		Point
		batched, weight float64
	}
	turns := map[int64]*turn{}
	for _, points := range nodes {
		seen := map[int64]bool{} // clocks and tickers are not exact: one of two in a turn is enough
		for _, p := range points {
			seq := int64(math.Round(float64(p.At.UnixMilli()) / float64(every.Milliseconds())))
			if seen[seq] {
				continue
			}
			seen[seq] = true
			t := turns[seq]
			if t == nil {
				t = &turn{Point: Point{Seq: seq, At: time.UnixMilli(seq * every.Milliseconds()).UTC()}}
				turns[seq] = t
			}
			t.Requests, t.Swipes, t.Matches = round(t.Requests+p.Requests), round(t.Swipes+p.Swipes), round(t.Matches+p.Matches)
			t.Errors, t.Users = round(t.Errors+p.Errors), t.Users+p.Users
			if p.P99 != nil && (t.P99 == nil || *p.P99 > *t.P99) {
				t.P99 = p.P99
			}
			if p.Batch != nil {
				weight := max(p.Swipes, 1e-9)
				t.batched, t.weight = t.batched+*p.Batch*weight, t.weight+weight
			}
		}
	}
	out := make([]Point, 0, len(turns))
	for _, t := range turns {
		if t.weight > 0 {
			mean := round(t.batched / t.weight)
			t.Batch = &mean
		}
		out = append(out, t.Point)
	}
	slices.SortFunc(out, func(a, b Point) int { return a.At.Compare(b.At) })
	return out
}
