package measure

import (
	"maps"
	"time"
)

// Snapshot is how a run stands, for people who watch it. Its totals count every
// sample, those of the warm-up included.
type Snapshot struct {
	Elapsed time.Duration // since the start, never below 0
	Over    bool          // the measured window has been closed
	Counts  Counts
	Matches int64
	// Outcomes counts what was not acknowledged, by outcome.
	Outcomes map[string]int64
	// Rate and SwipeRate are requests answered and swipes acknowledged a second, and
	// Latency is that of swipes: all over the last few complete seconds.
	Rate, SwipeRate float64
	Latency         Quantiles
}

// recentSeconds is over how much the rates of a Snapshot go.
const recentSeconds = 3

// Snapshot tells how the run stands. It is meant to be called a few times a second.
func (r *Recorder) Snapshot() Snapshot {
	out := Snapshot{Elapsed: max(0, r.now().Sub(r.start)), Over: r.end.Load() != 0, Outcomes: map[string]int64{}}
	for i := range r.shards {
		sh := &r.shards[i]
		sh.mu.Lock()
		for outcome, n := range sh.told {
			out.Outcomes[outcome] += n
		}
		out.Matches += sh.matches
		sh.mu.Unlock()
	}
	for outcome, n := range out.Outcomes {
		out.Counts = out.Counts.plus(counted(ClassOf(outcome), n))
	}
	maps.DeleteFunc(out.Outcomes, func(outcome string, _ int64) bool { return ClassOf(outcome) == Acknowledged })

	r.mu.Lock()
	defer r.mu.Unlock()
	r.gather()
	// The current second is not over; before the first one is, it is all there is.
	now := int(out.Elapsed / time.Second)
	first, last, over := max(0, now-recentSeconds), now-1, float64(min(now, recentSeconds))
	if now == 0 {
		last, over = 0, max(out.Elapsed.Seconds(), 0.1)
	}
	recent := r.seconds.window(first, last)
	out.Rate = float64(recent.counts.All()) / over
	out.SwipeRate = float64(recent.swipes) / over
	out.Latency = quantiles(recent.latency)
	return out
}
