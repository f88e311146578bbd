//go:build linux

package fault

import (
	"context"
	"time"

	"github.com/swiperhq/swiper/scripts/chaos/judge"
	"github.com/swiperhq/swiper/scripts/chaos/stage"
)

const (
	// cutOff is how long a cut lasts.
	cutOff = 15 * time.Second
	// majorityServes is how soon the others serve everybody.
	majorityServes = 5 * time.Second
	// agreeWithin is how soon all views agree after a cut is healed.
	agreeWithin = 30 * time.Second
)

func ownNetwork(o *stage.Options, _ time.Duration) error {
	o.Network = true
	return nil
}

func isolate() Fault {
	return Fault{
		Name: "isolate", Does: "cut one node off from the others and the stores for 15 s", Least: 60 * time.Second, Membership: true,
		Network: true, Root: true, Programs: []string{"ip", "bridge", "nsenter"},
		Prepare: ownNetwork,
		Plan: func(p *Plan) []Step {
			return []Step{{At: p.spread(cutOff + agreeWithin)[0], What: "isolate", Node: p.node(), Hold: cutOff}}
		},
		Act: func(ctx context.Context, s *Scene, step Step) error {
			n := s.Stage.Nodes[step.Node]
			pid := n.PID()
			return s.cut(ctx, step, func(ctx context.Context) error { return s.Stage.Network.Isolate(ctx, step.Node) },
				func() { s.awaitAnother(ctx, n, pid) })
		},
		Bounds: func() []judge.Bound {
			return []judge.Bound{
				judge.Recovers("the majority serves", judge.Others, judge.FromStart, majorityServes),
				judge.Refuses(majorityServes),
				judge.Exited(exitLost, judge.FromEnd, agreeWithin), judge.ExitsOnlyAsked(exitLost),
				judge.Recovers("the loser is back", judge.Struck, judge.FromEnd, agreeWithin),
				judge.ViewsAgree(agreeWithin),
			}
		},
		After: agreeWithin + look, Feels: judge.Others,
	}
}

func splitPair() Fault {
	return Fault{
		Name: "split-pair", Does: "cut two nodes off from each other only, for 15 s", Least: 60 * time.Second, Membership: true,
		Network: true, Root: true, Programs: []string{"ip", "bridge", "nsenter"},
		Prepare: ownNetwork,
		Plan: func(p *Plan) []Step {
			return []Step{{At: p.spread(cutOff + agreeWithin)[0], What: "split-pair", Node: p.node(), Hold: cutOff}}
		},
		Act: func(ctx context.Context, s *Scene, step Step) error {
			other := (step.Node + 1) % s.Record.Nodes
			return s.cut(ctx, step, func(ctx context.Context) error { return s.Stage.Network.Split(ctx, step.Node, other) }, func() {})
		},
		Bounds: func() []judge.Bound {
			return []judge.Bound{judge.ViewsAgree(agreeWithin), judge.ExitsOnlyAsked(exitLost)}
		},
		After: agreeWithin + look, Feels: judge.Everybody, Since: judge.FromEnd,
	}
}

// cut cuts, waits and heals, even if ctx ends.
func (s *Scene) cut(ctx context.Context, step Step, cut func(context.Context) error, healed func()) error {
	from := time.Now()
	err := cut(ctx)
	if err == nil {
		err = Sleep(ctx, step.Hold)
	}
	if again := s.Stage.Network.Heal(context.WithoutCancel(ctx)); err == nil {
		err = again
	}
	s.Note(judge.Injection{Name: step.What, Node: step.Node, From: from, To: time.Now()})
	if err == nil {
		healed()
	}
	return err
}
