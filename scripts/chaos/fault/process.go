//go:build linux

package fault

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/swiperhq/swiper/scripts/chaos/judge"
	"github.com/swiperhq/swiper/scripts/chaos/probe"
)

// killRecovery is how soon every call succeeds after a node was killed.
const killRecovery = 4 * time.Second

// killBack is how soon the supervisor has replaced it.
const killBack = 10 * time.Second

// look is how long a system is looked at after a bound's time has passed.
const look = 2 * time.Second

func kill() Fault {
	return Fault{
		Name: "kill", Does: "kill -9 a random node, three times", Least: 12 * time.Second,
		Plan: func(p *Plan) (steps []Step) {
			for _, at := range p.repeated(3, killBack+look) {
				steps = append(steps, Step{At: at, What: "kill", Node: p.node()})
			}
			return steps
		},
		Act: func(ctx context.Context, s *Scene, step Step) error {
			n := s.Stage.Nodes[step.Node]
			pid, at := n.PID(), time.Now()
			if err := n.End(syscall.SIGKILL); err != nil {
				return err
			}
			s.Note(judge.Injection{Name: step.What, Node: step.Node, From: at, To: at})
			s.awaitAnother(ctx, n, pid)
			return nil
		},
		Bounds: func() []judge.Bound {
			return []judge.Bound{
				judge.Recovers("every call to a living node succeeds again", judge.Survivors, judge.FromStart, killRecovery),
				judge.Recovers("so does every call through a balancer", judge.Balanced, judge.FromStart, killRecovery),
				judge.Recovers("the killed one serves again", judge.Everybody, judge.FromStart, killBack),
				judge.ExitsOnlyAsked(),
			}
		},
		After: killBack + look, Feels: judge.Survivors,
	}
}

// slowest is how long a call may take while nothing is out of order for clients.
const slowest = 2 * time.Second

func restart() Fault {
	const one, all = 15 * time.Second, 25 * time.Second
	return Fault{
		Name: "restart", Does: "SIGTERM one node; then a rolling restart of all", Least: one + all,
		Plan: func(p *Plan) []Step {
			starts := p.spread(one, all)
			return []Step{{At: starts[0], What: "restart", Node: p.node()}, {At: starts[1], What: "rolling restart", Node: judge.NoNode}}
		},
		Act: func(ctx context.Context, s *Scene, step Step) error {
			if step.Node != judge.NoNode {
				return s.restart(ctx, step.What, step.Node)
			}
			for node := range s.Record.Nodes {
				if err := s.restart(ctx, step.What, node); err != nil {
					return err
				}
			}
			return nil
		},
		Bounds: func() []judge.Bound {
			return []judge.Bound{judge.NothingFails(judge.Balanced, slowest), judge.ExitsOnlyAsked()}
		},
		After: look, Feels: judge.Balanced,
	}
}

func (s *Scene) restart(ctx context.Context, what string, node int) error {
	n := s.Stage.Nodes[node]
	pid, from := n.PID(), time.Now()
	if err := n.End(syscall.SIGTERM); err != nil {
		return err
	}
	s.awaitAnother(ctx, n, pid)
	s.Note(judge.Injection{Name: what, Node: node, From: from, To: time.Now()})
	return nil
}

func join() Fault {
	const stay = 10 * time.Second
	return Fault{
		Name: "join", Does: "a fourth node joins, then leaves", Least: 30 * time.Second, Membership: true,
		Plan: func(p *Plan) []Step {
			return parts(p.spread(stay+15*time.Second), Step{What: "join", Hold: stay})
		},
		Act: func(ctx context.Context, s *Scene, step Step) error {
			from := time.Now()
			n, err := s.Stage.Add(ctx)
			if err != nil {
				return err
			}
			s.Note(judge.Injection{Name: step.What, Node: n.Number, From: from, To: time.Now()})
			s.Say("node %d serves after %s", n.Number+1, time.Since(from).Round(10*time.Millisecond))
			if err := Sleep(ctx, step.Hold); err != nil {
				return err
			}
			from = time.Now()
			err = n.Leave(ctx)
			s.Note(judge.Injection{Name: "leave", Node: n.Number, From: from, To: time.Now()})
			return err
		},
		Bounds: func() []judge.Bound {
			return []judge.Bound{
				judge.NothingFails(judge.Everybody, 0), judge.NothingFails(judge.Balanced, 0), judge.ExitsOnlyAsked(),
			}
		},
		After: look, Feels: judge.Everybody,
	}
}

const (
	// pauseBack is how soon after its resumption a paused node's place is served again.
	pauseBack = 15 * time.Second
	// exitLost is the status with which a node ends that lost its membership.
	exitLost = 3
	// underWay is how many swipes are sent just before a pause.
	underWay = 64
	// takenIn is how long it takes for some of them to have come in, and not to be
	// answered.
	takenIn = 5 * time.Millisecond
	// deadline is the most time a request has, the default of http.request_timeout.
	deadline = 5 * time.Second
	// clocks is what commit times may be off for other reasons.
	clocks = time.Second
)

func pause() Fault {
	const frozen = 7 * time.Second
	var sent []probe.Sent
	return Fault{
		Name: "pause", Does: "SIGSTOP a node for 7 s", Least: 30 * time.Second, Membership: true,
		Plan: func(p *Plan) []Step {
			return []Step{{At: p.spread(frozen + pauseBack + look)[0], What: "pause", Node: p.node(), Hold: frozen}}
		},
		Act: func(ctx context.Context, s *Scene, step Step) error {
			n := s.Stage.Nodes[step.Node]
			sent = s.Probe.Burst(step.Node, underWay)
			if err := Sleep(ctx, takenIn); err != nil {
				return err
			}
			pid, from := n.PID(), time.Now()
			err := n.Signal(syscall.SIGSTOP)
			if err == nil {
				err = Sleep(ctx, step.Hold)
			}
			if again := n.Signal(syscall.SIGCONT); err == nil {
				err = again
			}
			s.Note(judge.Injection{Name: step.What, Node: step.Node, From: from, To: time.Now()})
			if err == nil {
				s.awaitAnother(ctx, n, pid)
			}
			return err
		},
		Finish: func(ctx context.Context, s *Scene) (err error) {
			s.Record.Late, err = late(ctx, s.Stage.Postgres.URL(), sent)
			return err
		},
		Bounds: func() []judge.Bound {
			return []judge.Bound{
				judge.Exited(exitLost, judge.FromEnd, pauseBack), judge.ExitsOnlyAsked(exitLost),
				judge.Recovers("back", judge.Everybody, judge.FromEnd, pauseBack), judge.NothingLate(),
			}
		},
		After: pauseBack + look, Feels: judge.Everybody, Since: judge.FromEnd,
	}
}

// late asks PostgreSQL when the transactions committed that stored the swipes.
func late(ctx context.Context, url string, sent []probe.Sent) (*judge.Late, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("look at what was written: %w", err)
	}
	defer conn.Close(ctx) //nolint:errcheck // only read
	l := &judge.Late{Sent: len(sent)}
	for _, swipe := range sent {
		var at time.Time
		err := conn.QueryRow(ctx, `SELECT pg_xact_commit_timestamp(xmin) FROM swiped WHERE uid = $1 AND sid = $2`,
			int64(swipe.UID), int64(swipe.SID)).Scan(&at)
		switch {
		case err == pgx.ErrNoRows: //nolint:errorlint // as it is given
			continue
		case err != nil:
			return nil, fmt.Errorf("look at what was written: %w", err)
		}
		l.Written++
		took := at.Sub(swipe.At)
		l.Worst = max(l.Worst, took)
		if took > deadline+clocks {
			l.After++
		}
	}
	return l, nil
}
