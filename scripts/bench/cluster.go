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

// membersToTry are the sizes of clusters that are compared. All share the cores of
// this machine: the difference is what it costs to be several.
func membersToTry() []int { return []int{1, 3} }

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
		for _, members := range membersToTry() {
			f, err := b.members(ctx, redis.URL(), members)
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
			r.Design, r.Number, r.Active = report.Cluster(members), number, b.Active
			b.report.Cluster = append(b.report.Cluster, r)
			b.say("%d %-9s %7.0f/s  server %.1f, PostgreSQL %.1f, wrk %.1f µs a swipe  p99 %.1f ms  %d errors",
				number, r.Design, r.Rate, r.ServerUs, r.DBUs, r.WRKUs, r.P99Ms, r.Errors)
		}
	}
	return nil
}

const loopback = "127.0.0.1"

// members starts a cluster of processes that know each other's addresses.
func (b *bench) members(ctx context.Context, redis string, n int) (f rig.Fleet, err error) {
	addrs := make([]string, n)
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
		if n > 1 {
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
