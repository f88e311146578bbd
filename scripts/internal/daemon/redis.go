//go:build unix

package daemon

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/redis/go-redis/v9"
)

// Redis is a server that keeps nothing. Its methods are for one goroutine at a time.
type Redis struct {
	*Process // of the latest start

	dir, program string
	addr, secret string
}

// NewRedis prepares a server that writes its log into dir and listens on host, an
// IP address.
func NewRedis(dir, host string) (*Redis, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, &NotInstalledError{Program: "redis-server"}
	}
	addr, err := FreeAddress(host)
	if err != nil {
		return nil, err
	}
	return &Redis{dir: dir, program: program, addr: addr, secret: password()}, nil
}

// Start serves, empty and always on the same port, and waits until it answers.
func (r *Redis) Start(ctx context.Context) error {
	host, port, err := net.SplitHostPort(r.addr)
	if err != nil {
		return err
	}
	serve := exec.Command(r.program, "-") //nolint:gosec,noctx // found by us; outlives the start's context
	serve.Dir = r.dir
	// Through standard input the secret shows in no process list.
	serve.Stdin = strings.NewReader(fmt.Sprintf("bind %s\nport %s\nrequirepass %s\nsave \"\"\nappendonly no\n", host, port, r.secret))
	if r.Process, err = Spawn(serve, syscall.SIGTERM, filepath.Join(r.dir, "redis.log")); err != nil {
		return err
	}
	options, err := redis.ParseURL(r.URL())
	if err != nil {
		return fmt.Errorf("a bad URL was made: %w", err)
	}
	client := redis.NewClient(options)
	defer client.Close() //nolint:errcheck // nothing was written
	return r.Ready(ctx, func(ctx context.Context) error { return client.Ping(ctx).Err() })
}

// URL is where the server is.
func (r *Redis) URL() string { return "redis://:" + r.secret + "@" + r.addr + "/0" }
