//go:build linux

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	_ "modernc.org/sqlite" // counts what was stored

	"github.com/swiperhq/swiper/scripts/bench/load"
	"github.com/swiperhq/swiper/scripts/bench/report"
	"github.com/swiperhq/swiper/scripts/bench/rig"
	"github.com/swiperhq/swiper/scripts/bench/world"
)

// embeddedUsers is how many people there are in the embedded database. They have
// swiped nobody: it is made for installations that begin.
const embeddedUsers = 100_000

// embedded measures Swiper on its embedded storage.
func (b *bench) embedded(ctx context.Context) error {
	w, err := b.wrk(world.World{Users: embeddedUsers}, min(b.Active, embeddedUsers))
	if err != nil {
		return err
	}
	for number := range b.passes() {
		dir := filepath.Join(b.dir, fmt.Sprintf("embedded-%d", number))
		if err := os.Mkdir(dir, 0o750); err != nil {
			return err
		}
		out, err := exec.CommandContext(ctx, b.built.Swiper, "seed", "--users", strconv.Itoa(embeddedUsers), //nolint:gosec // built by us
			"--locations", strconv.Itoa(world.Towns), "--seed", "1", "--data.dir", dir).CombinedOutput()
		if err != nil {
			return fmt.Errorf("seed: %w: %s", err, out)
		}
		r, err := b.embeddedRound(ctx, w, dir)
		if err != nil {
			return err
		}
		r.Number = number + 1
		b.report.Embedded = append(b.report.Embedded, r)
		b.say("%d embedded  %7.0f/s  server %.1f µs a swipe  p99 %.1f ms  %d errors", r.Number, r.Rate, r.ServerUs, r.P99Ms, r.Errors)
	}
	return nil
}

func (b *bench) embeddedRound(ctx context.Context, w *load.WRK, dir string) (report.Round, error) {
	r := report.Round{Design: "embedded", Active: min(b.Active, embeddedUsers)}
	s, err := rig.StartSwiper(ctx, b.built.Swiper, dir, b.key, strings.Fields(b.Swiper)...)
	if err != nil {
		return r, err
	}
	var l ledger
	err = b.loadEmbedded(ctx, w, s, &r, &l)
	if err := errors.Join(err, s.Stop()); err != nil {
		return r, err
	}
	rows, err := countEmbedded(ctx, dir)
	if err != nil {
		return r, err
	}
	r.Stored, r.Answered, err = l.settle(rows)
	return r, err
}

// loadEmbedded fills r and books what was answered.
func (b *bench) loadEmbedded(ctx context.Context, w *load.WRK, s *rig.Server, r *report.Round, book *ledger) error {
	warm, next, err := w.Run(ctx, s.URL, 0, b.Warmup)
	if err != nil {
		return err
	}
	book.addWRK(swiper, &warm, b.Connections)
	before, err := s.CPU()
	if err != nil {
		return err
	}
	l, _, err := w.Run(ctx, s.URL, next, b.Round)
	if err != nil {
		return err
	}
	book.addWRK(swiper, &l, b.Connections)
	after, err := s.CPU()
	if err != nil {
		return err
	}
	r.OK, r.Errors, r.Seconds, r.Rate = l.OK(), l.Errors(), float64(l.Micros)/1e6, l.Rate()
	r.P50Ms, r.P99Ms, r.MaxMs = float64(l.P50)/1e3, float64(l.P99)/1e3, float64(l.Max)/1e3
	r.ServerUs = float64((after - before).Microseconds()) / float64(max(r.OK, 1))
	r.WRKUs = float64(l.CPU.Microseconds()) / float64(max(r.OK, 1))
	r.RSSBytes, err = s.Resident()
	return err
}

// countEmbedded counts the rows of a stopped server's database.
func countEmbedded(ctx context.Context, dir string) (n int64, err error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "swiper.db")+"?mode=ro")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return n, db.QueryRowContext(ctx, `SELECT count(*) FROM swiped`).Scan(&n)
}
