//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/swiperhq/swiper/scripts/bench/report"
	"github.com/swiperhq/swiper/scripts/bench/rig"
	"github.com/swiperhq/swiper/scripts/internal/daemon"
)

// formations are compared. All share the cores of this machine: the difference
// between one process and several apart is what it costs to be several, that between
// several apart and a cluster what it costs that users live on one of them.
func formations() []report.Formation {
	return []report.Formation{{Members: 1}, {Members: several}, {Members: several, Cluster: true}}
}

const several = 3

// cluster measures one process and several in turn, by the same load spread over
// all of them without regard to where a user lives.
func (b *bench) cluster(ctx context.Context) (err error) {
	w, err := b.wrk(b.world, b.Active)
	if err != nil {
		return err
	}
	redis, err := daemon.NewRedis(b.dir, loopback)
	if err != nil {
		return err
	}
	if err := redis.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, redis.Stop()) }()
	for number := 1; number <= b.Rounds; number++ {
		for _, formation := range formations() {
			f, err := b.members(ctx, redis.URL(), formation)
			if err != nil {
				return err
			}
			_, err = b.send(ctx, w, f, swiper, b.Warmup)
			if err != nil {
				return errors.Join(err, f.Stop())
			}
			r, err := b.measureLoad(ctx, w, f, swiper)
			if err := errors.Join(err, f.Stop(), b.settle(ctx)); err != nil {
				return err
			}
			r.Design, r.Number, r.Active = formation.String(), number, b.Active
			b.report.Cluster = append(b.report.Cluster, r)
			b.say("%d %-22s %7.0f/s  server %.1f, PostgreSQL %.1f, wrk %.1f µs a swipe  p99 %.1f ms  %d errors",
				number, r.Design, r.Rate, r.ServerUs, r.DBUs, r.WRKUs, r.P99Ms, r.Errors)
		}
	}
	return nil
}

const loopback = "127.0.0.1"

// members starts processes; those of a cluster know each other's addresses.
func (b *bench) members(ctx context.Context, redis string, formation report.Formation) (f rig.Fleet, err error) {
	addrs := make([]string, formation.Members)
	for i := range addrs {
		if addrs[i], err = daemon.FreeAddress(loopback); err != nil {
			return nil, err
		}
	}
	for i, addr := range addrs {
		dir := filepath.Join(b.dir, fmt.Sprintf("member-%d", i))
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return nil, errors.Join(err, f.Stop())
		}
		flags := append([]string{"--database.url", b.pg.URL(), "--redis.url", redis}, strings.Fields(b.Swiper)...)
		if formation.Cluster {
			flags = append(flags, "--cluster.provider", "static:"+strings.Join(addrs, ","), "--cluster.listen", addr,
				"--media.shared", "--media.store", "disk:"+filepath.Join(b.dir, "media"))
		}
		s, err := rig.StartSwiper(ctx, b.built.Swiper, dir, b.key, flags...)
		if err != nil {
			return nil, errors.Join(err, f.Stop())
		}
		f = append(f, s)
	}
	return f, nil
}
