//go:build linux

package fault

import (
	"context"
	"net/http"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/swiperhq/swiper/scripts/chaos/judge"
	"github.com/swiperhq/swiper/scripts/chaos/probe"
	"github.com/swiperhq/swiper/scripts/chaos/stage"
)

const (
	// storeBack is how soon after a store is back every call succeeds.
	storeBack = 10 * time.Second
	// growth is how much a process may grow while it waits for a store, in bytes.
	growth = 256 << 20
)

func postgres() Fault {
	const quit, freeze, frozen = "immediate restart", "freeze", 10 * time.Second
	const need = storeBack + look
	return Fault{
		Name: "postgres", Does: "PostgreSQL restarts at once, twice, and is frozen for 10 s", Least: 3*need + frozen + 3*time.Second,
		Plan: func(p *Plan) []Step {
			starts := p.spread(need+time.Second, need+time.Second, frozen+need)
			return parts(starts, Step{What: quit}, Step{What: quit}, Step{What: freeze, Hold: frozen})
		},
		Act: func(ctx context.Context, s *Scene, step Step) error {
			from, pg := time.Now(), s.Stage.Postgres
			var err error
			if step.What == quit {
				if err = pg.Quit(); err == nil {
					err = pg.Start(ctx)
				}
			} else {
				if err = pg.Freeze(); err == nil {
					err = Sleep(ctx, step.Hold)
				}
				if again := pg.Thaw(); err == nil {
					err = again
				}
			}
			s.Note(judge.Injection{Name: step.What, Node: judge.NoNode, From: from, To: time.Now()})
			return err
		},
		Bounds: func() []judge.Bound {
			return []judge.Bound{
				judge.FailsOnlyWith(judge.Everybody, http.StatusServiceUnavailable, http.StatusGatewayTimeout),
				judge.Recovers("back", judge.Everybody, judge.FromEnd, storeBack),
				judge.MemoryBounded(growth), judge.ExitsOnlyAsked(),
			}
		},
		After: storeBack + look, Feels: judge.Everybody, Since: judge.FromEnd,
	}
}

func diskFull() Fault {
	const full, disk = 10 * time.Second, 320 << 20
	return Fault{
		Name: "disk-full", Does: "PostgreSQL's small disk is full for 10 s", Least: full + storeBack + look, Root: true,
		Prepare: func(o *stage.Options, _ time.Duration) error {
			o.Disk = disk
			return nil
		},
		Plan: func(p *Plan) []Step {
			return parts(p.spread(full+storeBack+look), Step{What: "disk-full", Hold: full})
		},
		Act: func(ctx context.Context, s *Scene, step Step) error {
			from := time.Now()
			if err := s.Stage.Disk.Fill(); err != nil {
				return err
			}
			err := s.keepPostgres(ctx, step.Hold)
			if again := s.Stage.Disk.Free(); err == nil {
				err = again
			}
			s.Note(judge.Injection{Name: step.What, Node: judge.NoNode, From: from, To: time.Now()})
			if err == nil {
				err = s.keepPostgres(ctx, storeBack)
			}
			return err
		},
		Bounds: func() []judge.Bound {
			return []judge.Bound{
				judge.FailsOnlyWith(judge.Everybody, http.StatusServiceUnavailable),
				judge.Recovers("resumes", judge.Everybody, judge.FromEnd, storeBack),
				judge.ExitsOnlyAsked(),
			}
		},
		After: storeBack + look, Feels: judge.Everybody, Since: judge.FromEnd,
	}
}

// keepPostgres starts PostgreSQL again whenever it ends, as its supervisor would,
// for so long.
func (s *Scene) keepPostgres(ctx context.Context, d time.Duration) error {
	const patience = 5 * time.Second // with a start: without room none succeeds
	over := time.Now().Add(d)
	for time.Now().Before(over) {
		select {
		case <-s.Stage.Postgres.Done():
			s.Say("PostgreSQL has ended and is started again")
			start, cancel := context.WithTimeout(ctx, patience)
			if err := s.Stage.Postgres.Start(start); err == nil {
				s.Say("PostgreSQL serves again")
			}
			cancel()
		default:
		}
		if err := Sleep(ctx, time.Second/4); err != nil {
			return err
		}
	}
	return nil
}

func redis() Fault {
	const away, flush, killed = 8 * time.Second, "flush", "kill"
	return Fault{
		Name: "redis", Does: "Redis is flushed, then killed for 8 s", Least: away + 2*(storeBack+look),
		Probe: func(o *probe.Options) { o.Logins = 0.5 },
		Plan: func(p *Plan) []Step {
			return parts(p.spread(storeBack+look, away+storeBack+look), Step{What: flush}, Step{What: killed, Hold: away})
		},
		Act: func(ctx context.Context, s *Scene, step Step) error {
			from := time.Now()
			if step.What == flush {
				s.Note(judge.Injection{Name: step.What, Node: judge.NoNode, From: from, To: from})
				return flushAll(ctx, s.Stage.Redis.URL())
			}
			err := s.Stage.Redis.Kill()
			if err == nil {
				err = Sleep(ctx, step.Hold)
			}
			s.Note(judge.Injection{Name: step.What, Node: judge.NoNode, From: from, To: time.Now()})
			if again := s.Stage.Redis.Start(ctx); err == nil {
				err = again
			}
			return err
		},
		Bounds: func() []judge.Bound {
			return []judge.Bound{
				judge.NothingFails(judge.Everybody, slowest), judge.NothingFails(judge.Balanced, slowest),
				judge.LoginsFail(http.StatusServiceUnavailable, storeBack), judge.ExitsOnlyAsked(),
			}
		},
		After: storeBack + look, Feels: judge.Everybody,
	}
}

func flushAll(ctx context.Context, url string) error {
	o, err := goredis.ParseURL(url)
	if err != nil {
		return err
	}
	client := goredis.NewClient(o)
	defer client.Close() //nolint:errcheck // what it was for is done
	return client.FlushAll(ctx).Err()
}

func etcd() Fault {
	const away, killed, wiped = 30 * time.Second, "kill", "lose all data"
	const agree = 30 * time.Second
	return Fault{
		Name: "etcd", Does: "etcd is killed for 30 s; then its data is lost", Least: away + 2*agree + 10*time.Second, Membership: true, Etcd: true,
		Plan: func(p *Plan) []Step {
			return parts(p.spread(away+agree, agree), Step{What: killed, Hold: away}, Step{What: wiped, Hold: time.Second})
		},
		Act: func(ctx context.Context, s *Scene, step Step) error {
			from, e := time.Now(), s.Stage.Etcd
			err := e.Kill()
			if err == nil && step.What == wiped {
				err = e.Wipe()
			}
			if err == nil {
				err = Sleep(ctx, step.Hold)
			}
			if again := e.Start(ctx); err == nil {
				err = again
			}
			s.Note(judge.Injection{Name: step.What, Node: judge.NoNode, From: from, To: time.Now()})
			return err
		},
		Bounds: func() []judge.Bound {
			return []judge.Bound{judge.NothingFails(judge.Everybody, 0), judge.ViewsAgree(agree), judge.ExitsOnlyAsked()}
		},
		After: agree + look, Feels: judge.Everybody,
	}
}
