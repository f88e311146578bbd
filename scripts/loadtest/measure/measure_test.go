package measure_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/swiperhq/swiper/scripts/loadtest/measure"
)

// run is a recorder whose clock stands where the test puts it.
type run struct {
	*measure.Recorder

	start, now time.Time
}

func newRun(warmup time.Duration) *run {
	r := &run{start: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	r.now = r.start
	r.Recorder = measure.New(measure.Options{Start: r.start, Warmup: warmup, Now: func() time.Time { return r.now }})
	return r
}

// sample is a request intended at and answered took later.
func (r *run) sample(op string, at, took time.Duration, outcome string) measure.Sample {
	return measure.Sample{Op: op, Intended: r.start.Add(at), Done: r.start.Add(at + took), Outcome: outcome}
}

func (r *run) add(op string, at, took time.Duration, outcome string) {
	r.Add(r.sample(op, at, took, outcome))
}

func TestResultHoldsTheMeasuredWindow(t *testing.T) {
	t.Parallel()
	r := newRun(2 * time.Second)
	r.add("swipe", 1999*time.Millisecond, time.Second, "ok") // warm-up, though answered after it
	r.add("swipe", 2*time.Second, 10*time.Millisecond, "ok")
	r.add("swipe", 3*time.Second, 20*time.Millisecond, "already_swiped")
	r.add("rewind", 3*time.Second, 5*time.Millisecond, "timeout")
	r.End(r.start.Add(12 * time.Second))
	r.add("swipe", 11*time.Second, 3*time.Second, "ok") // intended within, answered beyond
	r.add("swipe", 12*time.Second, time.Millisecond, "ok")
	r.End(r.start.Add(time.Hour)) // the first end counts

	res := r.Result()
	require.Equal(t, 10*time.Second, res.Duration)
	require.Equal(t, 2*time.Second, res.Warmup)
	swipes := res.Op(measure.Swipe)
	require.Equal(t, measure.Counts{OK: 2, Refused: 1}, swipes.Counts)
	require.Equal(t, map[string]int64{"ok": 2, "already_swiped": 1}, swipes.Outcomes)
	require.Equal(t, measure.Counts{Failed: 1}, res.Ops[1].Counts)
	require.Equal(t, measure.Counts{OK: 2, Refused: 1, Failed: 1}, res.All.Counts)
	require.InDelta(t, 0.2, res.PerSecond(swipes.OK), 1e-9)
	require.Zero(t, res.Op("friends").All())
	require.Equal(t, int64(6), r.Snapshot().Counts.All(), "everything is shown live")
	require.True(t, r.Snapshot().Over)
}

func TestLatencyCountsFromTheIntention(t *testing.T) {
	t.Parallel()
	r := newRun(0)
	for i := range 100 {
		r.add("swipe", 0, time.Duration(i+1)*10*time.Millisecond, "ok")
	}
	r.add("deck", 0, 2*time.Hour, "timeout")
	r.add("deck", 0, 0, "connection")
	res := r.Result()
	op := res.Op("swipe")
	for q, want := range map[float64]time.Duration{0.5: 500 * time.Millisecond, 0.95: 950 * time.Millisecond, 0.99: 990 * time.Millisecond, 1: time.Second} {
		require.InEpsilon(t, want, op.Quantile(q), 0.001, "quantile %v", q)
	}
	deck := res.Op("deck")
	require.InEpsilon(t, time.Minute, deck.Quantile(1), 0.001, "longer ones count as a minute")
	require.Equal(t, time.Microsecond, deck.Quantile(0), "shorter ones as a microsecond")
	none := res.Op("likes")
	require.Zero(t, none.Quantile(0.5))
}

func TestSeriesHasNoGap(t *testing.T) {
	t.Parallel()
	r := newRun(time.Second)
	r.add("swipe", 1500*time.Millisecond, 100*time.Millisecond, "ok")
	matched := r.sample("swipe", 1500*time.Millisecond, 200*time.Millisecond, "ok")
	matched.Matched = true
	r.Add(matched)
	r.add("deck", 1500*time.Millisecond, time.Millisecond, "overloaded")
	r.add("swipe", 3900*time.Millisecond, 200*time.Millisecond, "http_502")
	series := r.Result().Series
	require.Len(t, series, 4)
	require.Equal(t, measure.Counts{OK: 2, Refused: 1}, series[0].Counts)
	require.Equal(t, []int64{1, 2, 1}, []int64{int64(series[0].At), series[0].Swipes, series[0].Matches})
	require.InEpsilon(t, 200*time.Millisecond, series[0].Latency.P99, 0.01)
	require.Equal(t, measure.Second{At: 2}, series[1])
	require.Equal(t, measure.Counts{Failed: 1}, series[3].Counts, "counted where it ended")
}

// A run may last for hours: what is long ago keeps its figures, not its histogram.
func TestSeriesOfALongRun(t *testing.T) {
	t.Parallel()
	r := newRun(0)
	for s := range 600 {
		r.add("swipe", time.Duration(s)*time.Second, time.Duration(s+1)*time.Millisecond, "ok")
	}
	r.add("swipe", 0, 500*time.Millisecond, "ok") // long ago, told late
	series := r.Result().Series
	require.Len(t, series, 600)
	require.Equal(t, int64(2), series[0].Swipes)
	for s := range 600 {
		require.InEpsilon(t, time.Duration(s+1)*time.Millisecond, series[s].Latency.P50, 0.01, "second %d", s)
	}
}

func TestClassOf(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[string]measure.Class{
		"ok": measure.Acknowledged, "already_swiped": measure.Refused, "rewind_quota_exceeded": measure.Refused,
		"rate_limited": measure.Refused, "overloaded": measure.Refused, "timeout": measure.Failed, "connection": measure.Failed,
		"unavailable": measure.Failed, "internal": measure.Failed, "http_502": measure.Failed, "http_404": measure.Failed,
		"a code of tomorrow": measure.Failed, "": measure.Failed,
	} {
		require.Equal(t, want, measure.ClassOf(outcome), outcome)
	}
}

func TestSnapshotTellsTheLastSeconds(t *testing.T) {
	t.Parallel()
	r := newRun(time.Minute)
	r.now = r.start.Add(-time.Second)
	require.Zero(t, r.Snapshot().Elapsed)
	require.False(t, r.Snapshot().Over)
	for s := range 10 {
		for range 10 * (s + 1) {
			r.add("swipe", time.Duration(s)*time.Second, time.Duration(s+1)*10*time.Millisecond, "ok")
		}
		r.add("deck", time.Duration(s)*time.Second, time.Millisecond, "timeout")
	}
	r.now = r.start.Add(9500 * time.Millisecond) // the tenth second is not over
	got := r.Snapshot()
	require.Equal(t, 9500*time.Millisecond, got.Elapsed)
	require.Equal(t, measure.Counts{OK: 550, Failed: 10}, got.Counts)
	require.Equal(t, map[string]int64{"timeout": 10}, got.Outcomes)
	require.InDelta(t, 81, got.Rate, 1e-9)
	require.InDelta(t, 80, got.SwipeRate, 1e-9)
	require.InEpsilon(t, 90*time.Millisecond, got.Latency.P99, 0.01)

	r.now = r.start.Add(time.Minute) // nothing any more
	require.Zero(t, r.Snapshot().Rate)
}

// However the samples come, nothing is lost or counted twice, and the series
// tells of as many as the totals.
func TestTotalsAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := newRun(3 * time.Second)
		outcomes := []string{"ok", "already_swiped", "timeout"}
		made := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) measure.Sample {
			s := r.sample(rapid.SampledFrom([]string{"swipe", "deck"}).Draw(t, "op"),
				time.Duration(rapid.IntRange(0, 200_000).Draw(t, "at"))*time.Millisecond,
				time.Duration(rapid.IntRange(0, 5000).Draw(t, "took"))*time.Millisecond,
				rapid.SampledFrom(outcomes).Draw(t, "outcome"))
			s.Matched = s.Op == "swipe" && s.Outcome == "ok" && rapid.Bool().Draw(t, "matched")
			return s
		}), 0, 300).Draw(t, "samples")
		want := map[string]int64{}
		var matches, measured int64
		var wg sync.WaitGroup
		for part := range 4 {
			wg.Go(func() {
				for i := part; i < len(made); i += 4 {
					r.Add(made[i])
				}
			})
		}
		for _, s := range made {
			if s.Intended.Sub(r.start) >= 3*time.Second {
				measured++
				want[s.Op+" "+s.Outcome]++
				if s.Matched {
					matches++
				}
			}
		}
		if rapid.Bool().Draw(t, "watched") {
			r.Snapshot()
			r.Result()
		}
		wg.Wait()
		res := r.Result()
		got := map[string]int64{}
		for _, op := range res.Ops {
			require.Equal(t, op.All(), op.Latency.TotalCount())
			for outcome, n := range op.Outcomes {
				got[op.Name+" "+outcome] = n
			}
		}
		require.Equal(t, want, got)
		require.Equal(t, measured, res.All.All())
		require.Equal(t, matches, res.All.Matches)
		var inSeries measure.Counts
		var swipes, matched int64
		for _, s := range res.Series {
			inSeries.OK += s.OK
			inSeries.Refused += s.Refused
			inSeries.Failed += s.Failed
			swipes += s.Swipes
			matched += s.Matches
		}
		require.Equal(t, res.All.Counts, inSeries)
		require.Equal(t, res.Op("swipe").OK, swipes)
		require.Equal(t, matches, matched)
		require.Equal(t, int64(len(made)), r.Snapshot().Counts.All())
	})
}

// BenchmarkAdd measures a sample of one of many senders, on a clock that moves.
func BenchmarkAdd(b *testing.B) {
	r := measure.New(measure.Options{})
	b.SetParallelism(1000)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			now := time.Now()
			r.Add(measure.Sample{Op: "swipe", Intended: now.Add(-time.Millisecond), Done: now, Outcome: "ok"})
		}
	})
}
