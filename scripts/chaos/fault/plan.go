//go:build linux

package fault

import (
	"hash/fnv"
	"math/rand/v2"
	"time"

	"github.com/swiperhq/swiper/scripts/chaos/judge"
)

// Plan is what a fault's steps are drawn from: the same seed, nodes and room give
// the same steps.
type Plan struct {
	Dice  *rand.Rand
	Nodes int
	Room  time.Duration // from the first moment at which faults may begin to the last
}

// Steps draws the steps of a fault.
func (f *Fault) Steps(seed uint64, nodes int, room time.Duration) []Step {
	name := fnv.New64a()
	_, _ = name.Write([]byte(f.Name))                 // a hash never fails
	dice := rand.New(rand.NewPCG(seed, name.Sum64())) //nolint:gosec // to be repeated, not to be hard to guess
	return f.Plan(&Plan{Dice: dice, Nodes: nodes, Room: room})
}

// spread divides the room among steps that take so long each, in their order, and
// lets chance decide where in its part each one begins.
func (p *Plan) spread(needs ...time.Duration) []time.Duration {
	var sum time.Duration
	for _, need := range needs {
		sum += need
	}
	slack := max(0, p.Room-sum) / time.Duration(len(needs))
	at, starts := time.Duration(0), make([]time.Duration, len(needs))
	for i, need := range needs {
		starts[i] = at
		if slack > 0 {
			starts[i] += time.Duration(p.Dice.Int64N(int64(slack)))
		}
		at += need + slack
	}
	return starts
}

// repeated gives up to most steps that take so long each, at least one.
func (p *Plan) repeated(most int, need time.Duration) []time.Duration {
	n := min(most, max(1, int(p.Room/need)))
	needs := make([]time.Duration, n)
	for i := range needs {
		needs[i] = need
	}
	return p.spread(needs...)
}

// node chooses one.
func (p *Plan) node() int { return p.Dice.IntN(p.Nodes) }

// parts makes steps that strike no node.
func parts(starts []time.Duration, what ...Step) []Step {
	for i := range what {
		what[i].At, what[i].Node = starts[i], judge.NoNode
	}
	return what
}
