package measure

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Result sums up the measured window of a run: what was intended after the
// warm-up and before the end.
type Result struct {
	Start    time.Time     // when the load began
	Warmup   time.Duration // from Start; not in the figures
	Duration time.Duration // of the measured window, which begins after the warm-up
	All      Op            // every request together; its name is "all"
	Ops      []Op          // by operation, the most frequent first
	Series   []Second      // without a gap
}

// Op sums up one operation.
type Op struct {
	Name string
	Counts
	Matches  int64
	Outcomes map[string]int64
	// Latency holds microseconds, 1 to 60,000,000, exact to three digits, of all
	// requests whatever their outcome. Longer ones count as 60 s.
	Latency *hdrhistogram.Histogram
}

// Quantile gives the latency below which the share q of the requests stayed;
// 0 without requests. q is from 0 to 1.
func (o *Op) Quantile(q float64) time.Duration {
	if o.Latency == nil || o.Latency.TotalCount() == 0 {
		return 0
	}
	return time.Duration(o.Latency.ValueAtQuantile(q*100)) * time.Microsecond
}

// Op gives the figures of one operation, all zero when there were none.
func (r *Result) Op(name string) Op {
	for _, o := range r.Ops {
		if o.Name == name {
			return o
		}
	}
	return Op{Name: name, Outcomes: map[string]int64{}}
}

// PerSecond tells how often n is in the measured window, a second.
func (r *Result) PerSecond(n int64) float64 {
	if r.Duration <= 0 {
		return 0
	}
	return float64(n) / r.Duration.Seconds()
}

// Result sums up what was added so far. The Recorder goes on.
func (r *Recorder) Result() Result {
	r.mu.Lock()
	r.gather()
	series := r.seconds.series()
	r.mu.Unlock()

	out := Result{Start: r.start, Warmup: r.measured.Sub(r.start), Series: series}
	switch end := r.end.Load(); {
	case end != 0:
		out.Duration = max(0, time.Duration(end)-out.Warmup)
	case len(series) > 0:
		last := time.Duration(series[len(series)-1].At+1) * time.Second
		out.Duration = max(0, min(last, r.now().Sub(r.start))-out.Warmup)
	}
	ops := map[string]*opCell{}
	for i := range r.shards {
		r.shards[i].mergeInto(ops)
	}
	all := newOpCell()
	for _, name := range slices.Sorted(maps.Keys(ops)) {
		all.merge(ops[name])
		out.Ops = append(out.Ops, ops[name].sum(name))
	}
	out.All = all.sum("all")
	slices.SortStableFunc(out.Ops, func(a, b Op) int { return cmp.Compare(b.All(), a.All()) })
	return out
}

func (s *shard) mergeInto(ops map[string]*opCell) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, c := range s.ops {
		if ops[name] == nil {
			ops[name] = newOpCell()
		}
		ops[name].merge(c)
	}
}

func (c *opCell) merge(o *opCell) {
	c.latency.Merge(o.latency)
	c.matches += o.matches
	for outcome, n := range o.outcomes {
		c.outcomes[outcome] += n
	}
}

func (c *opCell) sum(name string) Op {
	out := Op{Name: name, Matches: c.matches, Outcomes: c.outcomes, Latency: c.latency}
	for outcome, n := range c.outcomes {
		out.Counts = out.plus(counted(ClassOf(outcome), n))
	}
	return out
}
