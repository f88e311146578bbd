//go:build unix

package main

import (
	"context"

	"github.com/swiperhq/swiper/scripts/internal/daemon"
)

// startRedis serves an empty Redis that keeps nothing on a free port.
func startRedis(ctx context.Context, dir string) (string, func() error, error) {
	r, err := daemon.NewRedis(dir, "127.0.0.1")
	if err != nil {
		return "", nil, err
	}
	err = r.Start(ctx)
	return r.URL(), r.Stop, err
}
