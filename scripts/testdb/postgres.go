//go:build unix

package main

import (
	"context"

	"github.com/swiperhq/swiper/scripts/internal/daemon"
)

// startPostgres makes a cluster in dir and serves it on a free port. There is
// room for many test packages with pools of their own. It ends without writing
// anything down: what thousands of dropped tables left would take it half a minute.
// A commit takes as long as on a good disk: tests look for what can happen meanwhile.
func startPostgres(ctx context.Context, dir string) (string, func() error, error) {
	p, err := daemon.NewPostgres(ctx, daemon.PostgresOptions{Dir: dir, Settings: []string{
		"max_connections=200", "shared_buffers=64MB", "max_wal_size=256MB",
		"commit_delay=1000", "commit_siblings=0",
	}})
	if err != nil {
		return "", nil, err
	}
	err = p.Start(ctx)
	return p.URL(), p.Quit, err
}
