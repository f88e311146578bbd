//go:build linux

package fault

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"time"

	"github.com/swiperhq/swiper/scripts/chaos/judge"
	"github.com/swiperhq/swiper/scripts/chaos/probe"
	"github.com/swiperhq/swiper/scripts/chaos/stage"
)

const (
	// carried is the share of the peak that is still carried in a flood, slowed how
	// many times as long what is accepted may take.
	carried, slowed = 0.85, 2.0
	// twice is how much more than the peak is offered.
	twice = 2.0
	// each is how long every flood lasts, after a while that is not counted.
	each, warm = 8 * time.Second, 2 * time.Second
	// likers is how many users flood.
	likers = 4000
)

// atPeak are the requests at a time of which the peak is found: with few the node has time
// left, with many they wait for each other.
func atPeak() []int { return []int{128, 256, 512} }

// Names of the floods.
const (
	peak      = "peak"
	flood     = "flood"
	celebrity = "celebrity"
)

func overload() Fault {
	const need, found = each + warm + look, 3*(each+warm) + look
	return Fault{
		Name: "overload", Does: "twice what a node and its PostgreSQL on one core carry; then everybody likes one user", Least: found + 2*need, Crowd: likers, Rate: 500,
		Programs: []string{"taskset"},
		Prepare: func(o *stage.Options, _ time.Duration) error {
			if runtime.NumCPU() < 2 {
				return errors.New("an overload takes two cores: one for the server, one for the load")
			}
			o.Nodes = 1
			o.Before = []string{"taskset", "-c", "0"}
			o.BeforeStore = o.Before // or the load would take its time away
			return pin("1")
		},
		Probe: func(o *probe.Options) { o.PerNode, o.Balanced = 5, 0 },
		Plan: func(p *Plan) []Step {
			starts := p.spread(found, need, need)
			return parts(starts, Step{What: peak, Hold: each}, Step{What: flood, Hold: each}, Step{What: celebrity, Hold: each})
		},
		Act: func(ctx context.Context, s *Scene, step Step) error {
			o := probe.FloodOptions{
				Target: s.Stage.Nodes[0].HTTP, Tokens: s.Tokens, Users: s.Crowd, Warm: warm, For: step.Hold,
			}
			if step.What == peak {
				return s.findPeak(ctx, o)
			}
			o.Rate = twice * s.peak()
			if step.What == celebrity {
				o.Idol = s.Crowd[0]
			}
			from := time.Now()
			f, err := probe.Flood(ctx, step.What, o)
			if err != nil {
				return err
			}
			s.Record.Floods = append(s.Record.Floods, f)
			s.Note(judge.Injection{Name: step.What, Node: judge.NoNode, From: from, To: time.Now()})
			s.flooded(&f)
			return nil
		},
		Finish: func(context.Context, *Scene) error { return pin("0-" + strconv.Itoa(runtime.NumCPU()-1)) },
		Bounds: func() []judge.Bound {
			return append(append(judge.Flooded(peak, flood, carried, slowed), judge.Flooded(peak, celebrity, carried, slowed)...),
				judge.ExitsOnlyAsked())
		},
		After: look, Feels: judge.Everybody, Since: judge.FromEnd,
	}
}

// findPeak keeps the flood of which most was accepted.
func (s *Scene) findPeak(ctx context.Context, o probe.FloodOptions) error {
	var best judge.Flood
	for _, o.Concurrency = range atPeak() {
		f, err := probe.Flood(ctx, peak, o)
		if err != nil {
			return err
		}
		s.flooded(&f)
		if f.Accepted > best.Accepted {
			best = f
		}
	}
	s.Record.Floods = append(s.Record.Floods, best)
	return nil
}

func (s *Scene) flooded(f *judge.Flood) {
	s.Say("%s: %d offered, %d accepted, %d refused, %d failed, p99 %s", f.Name, f.Offered, f.Accepted, f.Refused, f.Failed, f.P99)
}

// peak gives the requests a second that are carried.
func (s *Scene) peak() float64 {
	for _, f := range s.Record.Floods {
		if f.Name == peak {
			return float64(f.Accepted) / f.Over.Seconds()
		}
	}
	return 0
}

// pin puts this process, and what it starts from now on, onto cores.
func pin(cores string) error {
	out, err := exec.Command("taskset", "-a", "-p", "-c", cores, strconv.Itoa(os.Getpid())).CombinedOutput() //nolint:gosec,noctx // takes no time
	if err != nil {
		return errors.Join(errors.New("processes cannot be pinned to cores: "+string(out)), err)
	}
	return nil
}
