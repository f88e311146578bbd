//go:build unix

package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// maxConnections leaves room for many test packages with pools of their own.
const maxConnections = 200

// startPostgres makes a cluster in dir and serves it on a free port.
func startPostgres(ctx context.Context, dir string) (string, *process, error) {
	initdb, postgres, err := findPostgres()
	if err != nil {
		return "", nil, err
	}
	attr, err := unprivileged(dir)
	if err != nil {
		return "", nil, err
	}
	data, secret, pwfile := filepath.Join(dir, "postgres"), password(), filepath.Join(dir, "password")
	if err := os.WriteFile(pwfile, []byte(secret), 0o600); err != nil {
		return "", nil, err
	}
	if err := handOver(attr, pwfile); err != nil {
		return "", nil, err
	}
	// No sync of the empty cluster: nothing here outlives the run.
	create := exec.CommandContext(ctx, initdb, "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C", //nolint:gosec // found by us
		"-A", "scram-sha-256", "--pwfile", pwfile, "--no-sync")
	create.SysProcAttr, create.Dir = attr, dir
	if out, err := create.CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return "", nil, err
	}
	serve := exec.Command(postgres, "-D", data, "-p", strconv.Itoa(port), //nolint:gosec,noctx // outlives the start's context
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
		"-c", "max_connections="+strconv.Itoa(maxConnections), "-c", "shared_buffers=64MB")
	serve.SysProcAttr, serve.Dir = attr, dir
	p, err := spawn(serve, os.Interrupt, filepath.Join(dir, "postgres.log")) // SIGINT is its "fast" shutdown
	if err != nil {
		return "", nil, err
	}
	url := fmt.Sprintf("postgres://postgres:%s@127.0.0.1:%d/postgres?sslmode=disable", secret, port)
	return url, p, p.ready(ctx, func(ctx context.Context) error {
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	})
}

// findPostgres looks in PATH, then where Debian keeps each version, newest first.
func findPostgres() (initdb, postgres string, err error) {
	dirs, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", "", err
	}
	version := func(dir string) float64 {
		v, _ := strconv.ParseFloat(filepath.Base(filepath.Dir(dir)), 64)
		return v
	}
	slices.SortFunc(dirs, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
	if p, err := exec.LookPath("postgres"); err == nil {
		dirs = slices.Insert(dirs, 0, filepath.Dir(p))
	}
	for _, dir := range dirs {
		initdb, err1 := exec.LookPath(filepath.Join(dir, "initdb"))
		postgres, err2 := exec.LookPath(filepath.Join(dir, "postgres"))
		if err1 == nil && err2 == nil {
			return initdb, postgres, nil
		}
	}
	return "", "", &notInstalledError{program: "PostgreSQL"}
}

// unprivileged gives the attributes under which PostgreSQL runs, since it
// refuses to run as root, and hands dir to that user. Zero attributes when we
// are not root.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return &syscall.SysProcAttr{}, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	attr := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	return attr, handOver(attr, dir)
}

// handOver makes the user of attr the owner of path.
func handOver(attr *syscall.SysProcAttr, path string) error {
	if attr.Credential == nil {
		return nil
	}
	return os.Chown(path, int(attr.Credential.Uid), int(attr.Credential.Gid))
}
