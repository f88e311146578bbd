//go:build linux

package fault

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/scripts/chaos/judge"
	"github.com/swiperhq/swiper/scripts/chaos/stage"
	"github.com/swiperhq/swiper/social"
)

const (
	// wrong is how far off the one node's clock is.
	wrong = 25 * time.Hour
	// setUp is about how long it takes until the load has begun.
	setUp = 20 * time.Second
	// clockEnv is what builds with deliberate faults take the offset from.
	clockEnv = "SWIPER_TEST_CLOCK_OFFSET"
	// zone is where days begin unless operators say otherwise.
	zone = "Asia/Shanghai"
)

// clock shifts all clocks so that midnight comes in the middle of the load, and
// that of one node by 25 hours more: it is three different days in the run, of
// which that node is two ahead.
func clock() Fault {
	var midnight time.Time
	return Fault{
		Name: "clock", Does: "one node's clock is 25 h ahead, and midnight comes", Least: 15 * time.Second, Days: 3, Sabotage: true,
		Prepare: func(o *stage.Options, lasts time.Duration) error {
			where, err := time.LoadLocation(zone)
			if err != nil {
				return err
			}
			now := time.Now()
			midnight = now.Add(setUp + lasts/2)
			y, m, d := now.In(where).Date()
			off := time.Date(y, m, d+1, 0, 0, 0, 0, where).Sub(midnight)
			o.NodeEnv = func(node int) []string {
				if node == o.Nodes-1 {
					return []string{clockEnv + "=" + (off + wrong).String()}
				}
				return []string{clockEnv + "=" + off.String()}
			}
			return nil
		},
		Plan: func(p *Plan) []Step { return parts(p.spread(p.Room), Step{What: "midnight"}) },
		Act: func(ctx context.Context, s *Scene, step Step) error {
			if left := time.Until(midnight); left > 0 {
				if err := Sleep(ctx, left); err != nil {
					return err
				}
			}
			s.Note(judge.Injection{Name: step.What, Node: judge.NoNode, From: midnight, To: midnight})
			return nil
		},
		Finish: func(ctx context.Context, s *Scene) error {
			run, err := checker.ReadFile(s.History)
			if err != nil {
				return err
			}
			s.Record.Counters, err = countersOf(ctx, s.Stage.Postgres.URL(), run)
			return err
		},
		Bounds: func() []judge.Bound {
			return []judge.Bound{judge.CountersExact(3), judge.NothingFails(judge.Everybody, 0), judge.ExitsOnlyAsked()}
		},
		After: look, Feels: judge.Everybody,
	}
}

// countersOf compares the stored counters with what the load was granted.
func countersOf(ctx context.Context, url string, run *checker.Run) (*judge.Counters, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("look at the quotas: %w", err)
	}
	defer conn.Close(ctx) //nolint:errcheck // only read
	rows, err := conn.Query(ctx, `SELECT uid, day::text, action, used FROM quota WHERE uid <= $1 ORDER BY uid, day, action`, run.Meta.Users)
	if err != nil {
		return nil, fmt.Errorf("look at the quotas: %w", err)
	}
	defer rows.Close()
	type who struct {
		uid    social.UserID
		action social.Action
	}
	c, used, days := &judge.Counters{}, map[who]int{}, map[string]bool{}
	for rows.Next() {
		var w who
		var day string
		var n int
		if err := rows.Scan(&w.uid, &day, &w.action, &n); err != nil {
			return nil, fmt.Errorf("look at the quotas: %w", err)
		}
		c.Counters++
		used[w] += n
		days[day] = true
		if limit, known := run.Meta.Limits[w.action]; known && !limit.None() && n > int(limit) {
			c.Over++
			c.Example = fmt.Sprintf("user %d has %d × %s on %s", w.uid, n, w.action, day)
		}
	}
	c.Days = len(days)
	for _, g := range checker.Grants(run) {
		n := used[who{g.UID, g.Action}]
		delete(used, who{g.UID, g.Action})
		if n < g.Granted || n > g.Granted+g.Maybe {
			c.Wrong++
			c.Example = fmt.Sprintf("user %d was granted %d × %s, %d more perhaps, and has %d", g.UID, g.Granted, g.Action, g.Maybe, n)
		}
	}
	for w, n := range used {
		if n > 0 {
			c.Wrong++
			c.Example = fmt.Sprintf("user %d was granted no %s and has %d", w.uid, w.action, n)
		}
	}
	return c, rows.Err()
}
