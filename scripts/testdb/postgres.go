//go:build unix

package main

import (
	"context"

	"github.com/swiperhq/swiper/scripts/internal/daemon"
)

// startPostgres makes a cluster in dir and serves it on a free port. There is
// room for many test packages with pools of their own.
func startPostgres(ctx context.Context, dir string) (string, *daemon.Process, error) {
	p, err := daemon.NewPostgres(ctx, daemon.PostgresOptions{Dir: dir, Settings: []string{"max_connections=200", "shared_buffers=64MB"}})
	if err != nil {
		return "", nil, err
	}
	err = p.Start(ctx)
	return p.URL(), p.Process, err
}
