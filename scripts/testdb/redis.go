//go:build unix

package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/redis/go-redis/v9"
)

// startRedis serves an empty Redis that keeps nothing on a free port.
func startRedis(ctx context.Context, dir string) (string, *process, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return "", nil, &notInstalledError{program: "redis-server"}
	}
	port, err := freePort()
	if err != nil {
		return "", nil, err
	}
	secret := password()
	serve := exec.Command(program, "-") //nolint:gosec,noctx // found by us; outlives the start's context
	serve.Dir = dir
	// Through standard input the secret shows in no process list.
	serve.Stdin = strings.NewReader(fmt.Sprintf("bind 127.0.0.1\nport %d\nrequirepass %s\nsave \"\"\nappendonly no\n", port, secret))
	p, err := spawn(serve, syscall.SIGTERM, filepath.Join(dir, "redis.log"))
	if err != nil {
		return "", nil, err
	}
	url := "redis://:" + secret + "@127.0.0.1:" + strconv.Itoa(port) + "/0"
	options, err := redis.ParseURL(url)
	if err != nil {
		return "", p, fmt.Errorf("testdb made a bad URL: %w", err)
	}
	client := redis.NewClient(options)
	defer client.Close() //nolint:errcheck // nothing was written
	return url, p, p.ready(ctx, func(ctx context.Context) error { return client.Ping(ctx).Err() })
}
