package measure

import (
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Second tells what happened in one second of the measured window.
type Second struct {
	// At is its beginning, in whole seconds from the start of the load.
	At      int
	Counts        // requests that ended in it, of every operation
	Swipes  int64 // acknowledged
	Matches int64 // swipes that were told of a match
	// Latency is that of the swipes that ended in it, to 1 %; zero without any.
	Latency Quantiles
}

// Quantiles of a latency; zero when there was nothing to measure.
type Quantiles struct {
	P50, P95, P99 time.Duration
}

// quantiles reads a histogram of microseconds.
func quantiles(h *hdrhistogram.Histogram) Quantiles {
	if h == nil || h.TotalCount() == 0 {
		return Quantiles{}
	}
	at := func(p float64) time.Duration { return time.Duration(h.ValueAtPercentile(p)) * time.Microsecond }
	return Quantiles{P50: at(50), P95: at(95), P99: at(99)}
}

// cell holds what ended in one second, either within the measured window or outside of it.
type cell struct {
	second   int
	measured bool
	counts   Counts
	swipes   int64
	matches  int64
	latency  *hdrhistogram.Histogram // of swipes, microseconds, two digits
}

func newCell() *cell {
	return &cell{latency: hdrhistogram.New(shortestMicros, longestMicros, 2)}
}

func (c *cell) add(it *item) {
	c.counts = c.counts.plus(counted(it.class, 1))
	if !it.swipe {
		return
	}
	if it.class == Acknowledged {
		c.swipes++
	}
	if it.matched {
		c.matches++
	}
	_ = c.latency.RecordValue(it.micros) // within the range by construction
}

func (c *cell) merge(o *cell) {
	c.counts = c.counts.plus(o.counts)
	c.swipes += o.swipes
	c.matches += o.matches
	c.latency.Merge(o.latency)
}

func (c *cell) reset() {
	latency := c.latency
	latency.Reset()
	*c = cell{latency: latency}
}

// summary gives the cell's figures without its histogram.
func (c *cell) summary() Second {
	return Second{At: c.second, Counts: c.counts, Swipes: c.swipes, Matches: c.matches, Latency: quantiles(c.latency)}
}

// openSeconds is how many of the latest seconds keep their histograms, so that
// late samples still count in their quantiles.
const openSeconds = 60

// timeline holds the seconds of a run: the latest as cells, the others summed up.
type timeline struct {
	open   []*cell // few, in no order
	closed map[int]*Second
	newest int
}

func (t *timeline) init() { t.closed = map[int]*Second{} }

// take adds what c holds; c stays the caller's.
func (t *timeline) take(c *cell) {
	if c.second > t.newest {
		t.newest = c.second
		t.open = slices.DeleteFunc(t.open, func(o *cell) bool {
			if o.second > t.newest-openSeconds {
				return false
			}
			t.close(o)
			return true
		})
	}
	if c.second <= t.newest-openSeconds {
		t.close(c)
		return
	}
	for _, o := range t.open {
		if o.second == c.second && o.measured == c.measured {
			o.merge(c)
			return
		}
	}
	kept := newCell()
	kept.second, kept.measured = c.second, c.measured
	kept.merge(c)
	t.open = append(t.open, kept)
}

// close sums c up. A second that was closed before keeps its quantiles.
func (t *timeline) close(c *cell) {
	if !c.measured {
		return // only shown live
	}
	s := t.closed[c.second]
	if s == nil {
		sum := c.summary()
		t.closed[c.second] = &sum
		return
	}
	s.Counts = s.plus(c.counts)
	s.Swipes += c.swipes
	s.Matches += c.matches
}

// series gives the measured seconds from the first to the last, those in which
// nothing ended included.
func (t *timeline) series() []Second {
	bySecond := make(map[int]Second, len(t.closed)+len(t.open))
	for at, s := range t.closed {
		bySecond[at] = *s
	}
	for _, c := range t.open {
		if c.measured {
			bySecond[c.second] = c.summary()
		}
	}
	if len(bySecond) == 0 {
		return nil
	}
	first, last := t.newest, 0
	for at := range bySecond {
		first, last = min(first, at), max(last, at)
	}
	out := make([]Second, 0, last-first+1)
	for at := first; at <= last; at++ {
		s := bySecond[at]
		s.At = at
		out = append(out, s)
	}
	return out
}

// window merges the open seconds from first to last, measured or not.
func (t *timeline) window(first, last int) *cell {
	sum := newCell()
	for _, c := range t.open {
		if c.second >= first && c.second <= last {
			sum.merge(c)
		}
	}
	return sum
}
