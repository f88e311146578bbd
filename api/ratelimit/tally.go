package ratelimit

import (
	"hash/maphash"
	"sync"
	"time"
)

// maxCounted bounds the counters of a shard. One who comes when it is full
// makes it begin anew: whoever has so many addresses is not held by a count
// per address, and memory is.
const maxCounted = 8 << 10

// tally counts by minute on this node.
type tally struct {
	seed   maphash.Seed
	shards [32]shard
}

type shard struct {
	mu     sync.Mutex
	minute int64
	counts map[Who]counter
}

type counter struct {
	n     int
	until time.Time // of a refusal
}

func newTally() *tally {
	t := &tally{seed: maphash.MakeSeed()}
	for i := range t.shards {
		t.shards[i].counts = map[Who]counter{}
	}
	return t
}

func (t *tally) shard(who Who) *shard {
	return &t.shards[maphash.Comparable(t.seed, who)%uint64(len(t.shards))]
}

// add counts one and gives the count of this minute, and until when who is refused.
func (t *tally) add(who Who, now time.Time) (count int, until time.Time) {
	s := t.shard(who)
	s.mu.Lock()
	defer s.mu.Unlock()
	if minute := now.Unix() / int64(period/time.Second); minute != s.minute || len(s.counts) >= maxCounted {
		s.minute = minute
		clear(s.counts)
	}
	c := s.counts[who]
	c.n++
	s.counts[who] = c
	return c.n, c.until
}

// block has who refused without asking, until the minute ends at the latest.
func (t *tally) block(who Who, until time.Time) {
	s := t.shard(who)
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counts[who]
	c.until = until
	s.counts[who] = c
}
