package checker

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

// never is the Return of an operation whose answer did not come.
const never = math.MaxInt64

// historyShards lets thousands of goroutines add without waiting for one lock.
const historyShards = 64

// History gathers operations from many goroutines. Its zero value is empty and
// ready; it must not be copied.
type History struct {
	shards [historyShards]struct {
		mu  sync.Mutex
		ops []Op
		_   [24]byte // a cache line each
	}
}

// Add takes one operation; an Unknown one stays open for ever.
func (h *History) Add(op Op) {
	if op.Code == Unknown {
		op.Return = never
	}
	s := &h.shards[uint64(op.UID)%historyShards] //nolint:gosec // any spread does
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ops = append(s.ops, op)
}

// Ops gives a copy of what was gathered, in order of the calls.
func (h *History) Ops() []Op {
	var out []Op
	for i := range h.shards {
		s := &h.shards[i]
		s.mu.Lock()
		out = append(out, s.ops...)
		s.mu.Unlock()
	}
	slices.SortStableFunc(out, func(a, b Op) int { return cmp.Compare(a.Call, b.Call) })
	return out
}
