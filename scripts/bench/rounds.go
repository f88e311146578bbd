//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/swiperhq/swiper/scripts/bench/load"
	"github.com/swiperhq/swiper/scripts/bench/report"
	"github.com/swiperhq/swiper/scripts/bench/rig"
)

// What is tried to find a design's best pool, and for how long.
const trialRound = 2 * time.Second

func poolsToTry() []int { return []int{8, 16, 32, 64} }

// rounds measures every design in turn, again and again: what changes about the
// machine meanwhile meets all of them.
func (b *bench) rounds(ctx context.Context) error {
	w, err := b.wrk(b.world, b.Active)
	if err != nil {
		return err
	}
	if err := b.liftLimits(ctx); err != nil {
		return err
	}
	if err := b.findPools(ctx, w); err != nil {
		return err
	}
	for number := 1; number <= b.Rounds; number++ {
		for _, design := range b.Designs {
			r, err := b.round(ctx, w, design, number)
			if err != nil {
				return fmt.Errorf("%s, round %d: %w", design, number, err)
			}
			b.report.Rounds = append(b.report.Rounds, r)
		}
	}
	return nil
}

// liftLimits starts Swiper once: the limits on requests stand in the database.
func (b *bench) liftLimits(ctx context.Context) error {
	s, err := b.start(ctx, swiper, 0)
	if err != nil {
		return err
	}
	return s.Stop()
}

// findPools looks for the best pool of each design that is measured with it.
func (b *bench) findPools(ctx context.Context, w *load.WRK) error {
	for _, design := range b.Designs {
		if !pooled(design) || b.Pool > 0 || b.best[design] > 0 {
			continue
		}
		best := 0.0
		for _, pool := range poolsToTry() {
			s, err := b.start(ctx, design, pool)
			if err != nil {
				return err
			}
			_, err = b.send(ctx, w, rig.Fleet{s}, design, time.Second)
			r, err2 := b.send(ctx, w, rig.Fleet{s}, design, trialRound)
			if err := errors.Join(err, err2, s.Stop()); err != nil {
				return err
			}
			b.report.Pools = append(b.report.Pools, report.PoolTrial{Design: design, Pool: pool, Rate: r.Rate()})
			if r.Rate() > best {
				best, b.best[design] = r.Rate(), pool
			}
			b.say("%s with a pool of %d: %.0f/s", design, pool, r.Rate())
		}
	}
	return nil
}

// send loads a server for a while and books what it stored.
func (b *bench) send(ctx context.Context, w *load.WRK, s rig.Fleet, design string, d time.Duration) (r load.Result, err error) {
	r, b.next, err = w.RunAll(ctx, s.URLs(), b.next, d)
	b.ledger.addWRK(design, &r, b.Connections)
	return r, err
}

// round measures a design once.
func (b *bench) round(ctx context.Context, w *load.WRK, design string, number int) (report.Round, error) {
	pool := 0
	if pooled(design) {
		pool = b.poolOf(design)
	}
	if b.Checkpoint {
		if _, err := b.conn.Exec(ctx, `CHECKPOINT`); err != nil {
			return report.Round{}, err
		}
	}
	s, err := b.start(ctx, design, pool)
	if err != nil {
		return report.Round{}, err
	}
	if _, err := b.send(ctx, w, rig.Fleet{s}, design, b.Warmup); err != nil {
		return report.Round{}, errors.Join(err, s.Stop())
	}
	r, err := b.measureLoad(ctx, w, rig.Fleet{s}, design)
	r.Design, r.Number, r.Pool, r.Active = design, number, pool, b.Active
	if err := errors.Join(err, s.Stop()); err != nil {
		return r, err
	}
	// Now that nothing is under way any more.
	rows, err := b.count(ctx)
	if err != nil {
		return r, err
	}
	if r.Stored, r.Answered, err = b.ledger.settle(rows); err != nil {
		return r, err
	}
	b.say("%d %-9s %7.0f/s  server %.1f, PostgreSQL %.1f, wrk %.1f µs a swipe  p99 %.1f ms  %d errors",
		number, design, r.Rate, r.ServerUs, r.DBUs, r.WRKUs, r.P99Ms, r.Errors)
	return r, nil
}

// measureLoad loads a server that is warm and tells what that cost.
func (b *bench) measureLoad(ctx context.Context, w *load.WRK, s rig.Fleet, design string) (m report.Round, err error) {
	before, err := b.meters(ctx, s)
	if err != nil {
		return m, err
	}
	r, err := b.send(ctx, w, s, design, b.Round)
	if err != nil {
		return m, err
	}
	after, err := b.meters(ctx, s)
	if err != nil {
		return m, err
	}
	m = report.Round{
		OK: r.OK(), Errors: r.Errors(), Seconds: float64(r.Micros) / 1e6, Rate: r.Rate(),
		P50Ms: float64(r.P50) / 1e3, P99Ms: float64(r.P99) / 1e3, MaxMs: float64(r.Max) / 1e3,
	}
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(max(m.OK, 1)) }
	m.ServerUs, m.DBUs, m.WRKUs = each(after.server-before.server), each(after.database-before.database), each(r.CPU)
	m.WALBytes = float64(after.wal-before.wal) / float64(max(m.OK, 1))
	if m.RSSBytes, err = s.Resident(); err != nil {
		return m, err
	}
	return m, nil
}

// settle makes sure that what was answered since the last time is stored.
func (b *bench) settle(ctx context.Context) error {
	rows, err := b.count(ctx)
	if err != nil {
		return err
	}
	_, _, err = b.ledger.settle(rows)
	return err
}

// meters are what only ever grows.
type meters struct {
	server, database time.Duration // CPU
	wal              int64         // bytes
}

func (b *bench) meters(ctx context.Context, s rig.Fleet) (m meters, err error) {
	if m.server, err = s.CPU(); err != nil {
		return m, err
	}
	if m.database, err = b.pg.CPU(); err != nil {
		return m, err
	}
	err = b.conn.QueryRow(ctx, `SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint`).Scan(&m.wal)
	return m, err
}
