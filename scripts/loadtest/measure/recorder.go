package measure

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Options say when a run begins.
type Options struct {
	// Start is when the load begins; now when zero. The seconds of a series count from it.
	Start time.Time
	// Warmup is how long from Start on requests are shown live but left out of the Result.
	Warmup time.Duration
	// Now is the clock that Snapshot and Result read; nil: the machine's.
	Now func() time.Time
}

// Recorder takes samples from any number of goroutines.
type Recorder struct {
	start    time.Time
	measured time.Time // start and warm-up
	now      func() time.Time
	end      atomic.Int64 // nanoseconds from start; 0: goes on
	shards   []shard

	mu      sync.Mutex
	seconds timeline
}

// maxShards bounds the memory: every shard has histograms of every operation.
const maxShards = 16

// New makes a Recorder.
func New(opts Options) *Recorder {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Start.IsZero() {
		opts.Start = opts.Now()
	}
	r := &Recorder{start: opts.Start, measured: opts.Start.Add(opts.Warmup), now: opts.Now}
	r.shards = make([]shard, min(maxShards, 4*runtime.GOMAXPROCS(0)))
	for i := range r.shards {
		r.shards[i].init()
	}
	r.seconds.init()
	return r
}

// Add takes a sample. It costs about a hundred nanoseconds.
func (r *Recorder) Add(s Sample) {
	done := s.Done.Sub(r.start)
	it := item{
		second:  max(0, int(done/time.Second)),
		micros:  micros(s.Done.Sub(s.Intended)),
		class:   ClassOf(s.Outcome),
		swipe:   s.Op == Swipe,
		matched: s.Matched,
		counts:  !s.Intended.Before(r.measured),
	}
	if end := r.end.Load(); end != 0 && int64(s.Intended.Sub(r.start)) >= end {
		it.counts = false
	}
	sh := &r.shards[rand.IntN(len(r.shards))] //nolint:gosec // spreads contention, keeps no secret
	if old := sh.add(&s, &it); old != nil {
		r.mu.Lock()
		r.seconds.take(old)
		r.mu.Unlock()
		sh.giveBack(old)
	}
}

// End closes the measured window at t: requests intended from then on, and
// added from now on, are shown live but left out of the Result. The first call
// counts; without one the window ends with the last sample.
func (r *Recorder) End(t time.Time) {
	r.end.CompareAndSwap(0, max(1, int64(t.Sub(r.start))))
}

// Start gives when the load began.
func (r *Recorder) Start() time.Time { return r.start }

// gather moves what the shards hold of the seconds into the timeline. To be
// called with mu held.
func (r *Recorder) gather() {
	for i := range r.shards {
		sh := &r.shards[i]
		if c := sh.drain(); c != nil {
			r.seconds.take(c)
			sh.giveBack(c)
		}
	}
}

// item is a sample, boiled down.
type item struct {
	second         int // of its end, from the start
	micros         int64
	class          Class
	swipe, matched bool
	counts         bool // in the measured window
}

// longest and shortest latency that is told apart; what is beyond counts as them.
const (
	shortestMicros = 1
	longestMicros  = int64(time.Minute / time.Microsecond)
)

func micros(d time.Duration) int64 {
	return min(longestMicros, max(shortestMicros, d.Microseconds()))
}
