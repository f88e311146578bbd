//go:build unix

package main

import (
	"context"

	"github.com/swiperhq/swiper/scripts/internal/daemon"
)

// startPostgres makes a cluster in dir and serves it on a free port. There is
// room for many test packages with pools of their own. It ends without writing
// anything down: what thousands of dropped tables left would take it half a minute.
func startPostgres(ctx context.Context, dir string) (string, func() error, error) {
	p, err := daemon.NewPostgres(ctx, daemon.PostgresOptions{Dir: dir, Settings: []string{
		"max_connections=200", "shared_buffers=64MB", "max_wal_size=256MB",
	}})
	if err != nil {
		return "", nil, err
	}
	err = p.Start(ctx)
	return p.URL(), p.Quit, err
}
