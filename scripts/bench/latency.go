//go:build linux

package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/swiperhq/swiper/scripts/bench/load"
	"github.com/swiperhq/swiper/scripts/bench/plain"
	"github.com/swiperhq/swiper/scripts/bench/report"
	"github.com/swiperhq/swiper/scripts/bench/rig"
)

// latencyShare of the textbook's best rate is what both designs are asked for.
const latencyShare = 0.8

// latencyPasses is odd, for a median: one stall of the disk is a percent of a pass.
const latencyPasses = 3

// latency measures how long swipes take at a rate that the textbook design bears.
func (b *bench) latency(ctx context.Context) error {
	rate := latencyShare * b.report.Rate(plain.Textbook)
	if rate == 0 {
		return errors.New("the textbook's rate is needed: measure its rounds first")
	}
	w, err := b.wrk(b.world, b.Active)
	if err != nil {
		return err
	}
	s, tokens, err := b.sequence(b.world, b.Active)
	if err != nil {
		return err
	}
	for range latencyPasses {
		for _, design := range []string{plain.Textbook, swiper} {
			l, err := b.paced(ctx, w, load.NewPacer(s, tokens, b.Connections), design, rate)
			if err != nil {
				return err
			}
			b.report.Latency = append(b.report.Latency, l)
			b.say("%-9s at %.0f/s: p50 %.1f, p99 %.1f ms, %d errors", design, rate, l.P50Ms, l.P99Ms, l.Errors)
		}
	}
	return b.settle(ctx)
}

// paced warms a design up as a round does, and then asks for the rate.
func (b *bench) paced(ctx context.Context, w *load.WRK, p *load.Pacer, design string, rate float64) (report.Latency, error) {
	if b.Checkpoint {
		if _, err := b.conn.Exec(ctx, `CHECKPOINT`); err != nil {
			return report.Latency{}, err
		}
	}
	s, err := b.start(ctx, design, b.poolOf(design))
	if err != nil {
		return report.Latency{}, err
	}
	if _, err := b.send(ctx, w, rig.Fleet{s}, design, b.Warmup); err != nil {
		return report.Latency{}, errors.Join(err, s.Stop())
	}
	var r load.Paced
	r, b.next, err = p.Run(ctx, s.URL, b.next, rate, time.Second, b.Round)
	b.ledger.add(design, r.OK, int64(r.Errors), int64(b.Connections))
	l := report.Latency{Design: design, Rate: rate, Sent: r.Sent, Errors: r.Errors}
	if len(r.Millis) > 0 {
		l.P50Ms, l.P99Ms, l.MaxMs = report.Percentile(r.Millis, 50), report.Percentile(r.Millis, 99), slices.Max(r.Millis)
	}
	return l, errors.Join(err, s.Stop())
}

// passes is how often what is no round is measured.
func (b *bench) passes() int {
	if b.Full {
		return 3
	}
	return 1
}
