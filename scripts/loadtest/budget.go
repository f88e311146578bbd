package main

import (
	"sync/atomic"
	"time"

	"github.com/swiperhq/swiper/scripts/loadtest/settle"
)

// How the time after the load is divided.
const (
	// perOp is what judging and writing down one operation takes.
	perOp = 12 * time.Microsecond
	// spare is what is left of the time for what nobody thought of.
	spare = 3 * time.Second
	// cheaper is how many times as fast as a load's mix the requests of settling
	// are answered: 1.4 times on Postgres with 20,000 swipers, 2.7 times on SQLite
	// with 1,000.
	cheaper = 1.3
	// cautious is the share of the rest that the load may plan to use up.
	cautious = 0.85
)

// budget keeps the load from leaving more behind than can be looked at in time.
//
// Everybody who took part costs a few reads and every swipe that stood costs a
// probe, all at about the rate at which the server answers now. When that comes
// close to the time that is left until the verdict is due, there is no room for
// new swipes, and once half of the time for the load is over the load ends, for
// the rest to go into looking. So a run never goes on for much longer than it was
// told to, and a long one has as many swipes as can be checked.
type budget struct {
	end    time.Time     // of the load, as planned
	within time.Duration // after end: when the verdict is due

	rate atomic.Int64  // requests a second that the server would answer when settling
	ops  func() int64  // operations noted so far
	tick atomic.Uint64 // of answers to room; asking the clock each time would be dear
	full atomic.Bool

	least, smooth float64
}

// room tells whether one more swipe can be looked at.
func (b *budget) room(touched, swipes int64) bool {
	if b.tick.Add(1)%64 != 1 {
		return !b.full.Load()
	}
	cost := settle.Cost(touched, swipes)
	need := time.Duration(float64(cost) / float64(max(b.rate.Load(), 1)) * float64(time.Second))
	have := time.Duration(cautious * float64(time.Until(b.end)+b.forSettling(b.ops()+cost)))
	full := need > have
	b.full.Store(full)
	return !full
}

// forSettling gives the time to look at everything, when so many operations will
// have to be judged.
func (b *budget) forSettling(ops int64) time.Duration {
	return b.within - spare - time.Duration(ops)*perOp
}

// began takes note of what the server answered a second before the load, when it
// was asked for one thing after the other.
func (b *budget) began(rate float64) {
	b.least = rate / 2 // what was blank is quicker to read
	b.rate.Store(int64(b.least))
}

// smoothing is the weight of the latest second: one is not to decide.
const smoothing = 0.2

// seen takes note of what it answered in the latest second. In an open loop it
// was not asked for all that it can do.
func (b *budget) seen(rate float64, open bool) {
	if b.smooth == 0 {
		b.smooth = rate
	}
	b.smooth += smoothing * (rate - b.smooth)
	seen := cheaper * b.smooth
	if open {
		seen = max(seen, b.least)
	}
	b.rate.Store(int64(seen))
}
