//go:build linux

// Package fault knows the faults that can be injected: when each strikes, given a
// seed, what it does to a stage, and which bounds must hold meanwhile.
//
// It knows neither the load nor how bounds are judged.
package fault

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/swiperhq/swiper/scripts/chaos/judge"
	"github.com/swiperhq/swiper/scripts/chaos/probe"
	"github.com/swiperhq/swiper/scripts/chaos/stage"
	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/social"
)

// Fault is one kind of trouble.
type Fault struct {
	Name string
	Does string // for people
	// Least is how long the load has to last for the fault to show all it can.
	Least time.Duration
	// Membership says that the nodes have to know each other, Etcd that they do by
	// etcd, Root that it takes root, Programs which programs it takes besides.
	Membership, Etcd, Root bool
	Programs               []string
	// Days is how many days it is by the nodes' clocks; 0: one.
	Days int
	// Sabotage says that it takes a build in which clocks can be wrong.
	Sabotage bool
	// Rate is how many requests the load makes a second; 0: as many as usual.
	Rate float64
	// Network says that it takes a network of our own.
	Network bool
	// Crowd is how many users the fault needs for floods of its own.
	Crowd int

	// Prepare changes how the stage is set up for a load that lasts so long; nil: not.
	Prepare func(o *stage.Options, lasts time.Duration) error
	// Probe changes the probe's traffic; nil: not.
	Probe func(*probe.Options)
	// Plan says when what strikes whom.
	Plan func(*Plan) []Step
	// Act makes a step and returns when it is over, as far as it can be seen.
	Act func(context.Context, *Scene, Step) error
	// Finish looks at what is left after the load; nil: nothing.
	Finish func(context.Context, *Scene) error
	// Bounds must hold.
	Bounds func() []judge.Bound
	// After is how long is looked at what follows a step before the next one, and
	// before the end.
	After time.Duration
	// Feels says whose calls tell what was felt of the fault, and since when.
	Feels judge.Who
	Since judge.From
}

// Step is something that happens at a time of the plan.
type Step struct {
	At   time.Duration // since faults may begin
	What string
	Node int           // judge.NoNode: another part
	Hold time.Duration // how long it lasts; 0: a moment
}

// Scene is where a fault strikes.
type Scene struct {
	Stage *stage.Stage
	Probe *probe.Probe
	// Note takes note of what was done.
	Note func(judge.Injection)
	Say  func(format string, args ...any)
	// Record is for what only the fault itself sees.
	Record *judge.Record
	Tokens *client.Keyring
	Crowd  []social.UserID // for floods
	// History is the file of all that the load did; only for Finish.
	History string
}

// All gives every fault.
func All() []Fault {
	return []Fault{
		kill(), restart(), join(), pause(), isolate(), splitPair(), postgres(), diskFull(), redis(), etcd(), clock(), overload(),
	}
}

// Named finds faults by their names.
func Named(names []string) ([]Fault, error) {
	all := All()
	var some []Fault
	for _, name := range names {
		at := slices.IndexFunc(all, func(f Fault) bool { return f.Name == name })
		if at < 0 {
			return nil, fmt.Errorf("there is no fault %q; there are %s", name, strings.Join(Names(), ", "))
		}
		some = append(some, all[at])
	}
	return some, nil
}

// Names gives those of all faults.
func Names() (names []string) {
	for _, f := range All() {
		names = append(names, f.Name)
	}
	return names
}

// comeBack bounds what is waited for after a fault. Bounds are shorter: this is
// for the run to go on and tell what was broken.
const comeBack = 45 * time.Second

// awaitAnother waits until another process than pid serves in the node. That none
// does is for the bounds to find.
func (s *Scene) awaitAnother(ctx context.Context, n *stage.Node, pid int) {
	ctx, cancel := context.WithTimeout(ctx, comeBack)
	defer cancel()
	from := time.Now()
	if err := n.AwaitAnother(ctx, pid); err != nil {
		s.Say("node %d does not serve %s later", n.Number+1, comeBack)
		return
	}
	s.Say("node %d serves again after %s", n.Number+1, time.Since(from).Round(10*time.Millisecond))
}

// Sleep waits, or fails when ctx ends.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
