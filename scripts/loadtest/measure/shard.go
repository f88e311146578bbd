package measure

import (
	"sync"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// shard is a part of the recorder that few goroutines meet at.
type shard struct {
	mu   sync.Mutex
	ops  map[string]*opCell
	told map[string]int64 // outcomes of all samples, measured or not
	// matches counts them in all samples.
	matches int64
	now     *cell    // the second that samples currently end in
	free    *cell    // an emptied one, to be used next
	_       [64]byte // shards do not share a cache line
}

func (s *shard) init() {
	s.ops = map[string]*opCell{}
	s.told = map[string]int64{}
}

// opCell holds the measured samples of one operation.
type opCell struct {
	latency  *hdrhistogram.Histogram
	outcomes map[string]int64
	matches  int64
}

func newOpCell() *opCell {
	return &opCell{latency: newLatency(), outcomes: map[string]int64{}}
}

// newLatency makes a histogram of microseconds, exact to three digits.
func newLatency() *hdrhistogram.Histogram {
	return hdrhistogram.New(shortestMicros, longestMicros, 3)
}

// add takes a sample and gives back the cell of a second that is over, if there is one.
func (s *shard) add(sample *Sample, it *item) (over *cell) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told[sample.Outcome]++
	if it.matched {
		s.matches++
	}
	if it.counts {
		op := s.ops[sample.Op]
		if op == nil {
			op = newOpCell()
			s.ops[sample.Op] = op
		}
		_ = op.latency.RecordValue(it.micros) // within the range by construction
		op.outcomes[sample.Outcome]++
		if it.matched {
			op.matches++
		}
	}
	if s.now == nil || s.now.second != it.second || s.now.measured != it.counts {
		over = s.now
		s.now, s.free = s.free, nil
		if s.now == nil {
			s.now = newCell()
		}
		s.now.second, s.now.measured = it.second, it.counts
	}
	s.now.add(it)
	return over
}

// drain takes out what the shard holds of a second, nil for nothing.
func (s *shard) drain() *cell {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.now
	s.now = nil
	return c
}

// giveBack returns a cell whose figures were taken.
func (s *shard) giveBack(c *cell) {
	c.reset()
	s.mu.Lock()
	s.free = c
	s.mu.Unlock()
}
