//go:build linux

package main

import (
	"context"
	"errors"

	"github.com/swiperhq/swiper/scripts/bench/report"
	"github.com/swiperhq/swiper/scripts/bench/rig"
)

func activeToTry() []int64 { return []int64{1000, 10_000, 100_000, 1_000_000} }

// active measures what a swipe costs Swiper by how many people are active. All of
// them are before the measuring begins.
func (b *bench) active(ctx context.Context) error {
	for _, n := range activeToTry() {
		if n > b.world.Users {
			b.say("%d active people: there are only %d", n, b.world.Users)
			continue
		}
		r, err := b.activeRound(ctx, n)
		if err != nil {
			return err
		}
		b.report.Active = append(b.report.Active, r)
		b.say("%7d active: %7.0f/s  server %.1f, PostgreSQL %.1f µs a swipe, %d MB, %d errors",
			n, r.Rate, r.ServerUs, r.DBUs, r.RSSBytes>>20, r.Errors)
	}
	return nil
}

func (b *bench) activeRound(ctx context.Context, n int64) (r report.Round, err error) {
	w, err := b.wrk(b.world, n)
	if err != nil {
		return r, err
	}
	if _, err := b.conn.Exec(ctx, `CHECKPOINT`); err != nil {
		return r, err
	}
	s, err := b.start(ctx, swiper, 0)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	for end := b.next + 2*n; b.next < end; {
		if _, err = b.send(ctx, w, rig.Fleet{s}, swiper, b.Round); err != nil {
			return r, err
		}
	}
	r, err = b.measureLoad(ctx, w, rig.Fleet{s}, swiper)
	r.Design, r.Number, r.Active = swiper, 1, n
	return r, err
}
