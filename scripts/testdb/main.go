//go:build unix

// Command testdb runs a command with a throwaway PostgreSQL and a throwaway Redis
// beside it:
//
//	go run ./scripts/testdb -- go test ./...
//
// It starts what the machine has installed, in a temporary folder and on free
// loopback ports, and tells the command where in TEST_DATABASE_URL and
// TEST_REDIS_URL. A variable that is set already is left alone and nothing is
// started for it; a program that is not installed costs one line of notice and
// the variable. However the command ends, what was started is stopped, the
// folder is removed and the command's exit code is passed on.
//
// The servers accept only a password made for the run. They keep the durable
// defaults, which the store verifies; where memory serves as a disk and has room
// the folder is there, so that syncing costs nothing. TMPDIR says otherwise.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/swiperhq/swiper/scripts/internal/daemon"
)

// startTimeout bounds the start of one server on a slow, busy machine.
const startTimeout = 90 * time.Second

func main() {
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		notice("usage: testdb -- COMMAND [ARGUMENT...]")
		os.Exit(2)
	}
	code, err := run(args)
	if err != nil {
		notice("testdb: %v", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// run starts the servers, runs the command and gives its exit code.
func run(args []string) (code int, err error) {
	// Both are told of each signal, from before anything is started: one ends the
	// start, the other passes on to the command what comes later.
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()

	dir, err := os.MkdirTemp(parent(), "testdb-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	env, stop, err := startAll(ctx, dir)
	defer func() { err = errors.Join(err, stop()) }()
	if err == nil {
		err = context.Cause(ctx) // names the signal
	}
	if err != nil {
		return 1, err
	}
	return runCommand(args, env, signals)
}

// server is one kind of database that testdb can start.
type server struct {
	variable string
	// start gives how to stop what it has started, also with an error.
	start func(ctx context.Context, dir string) (url string, stop func() error, err error)
}

// startAll starts what is wanted and installed. stop is never nil.
func startAll(ctx context.Context, dir string) (env []string, stop func() error, err error) {
	var running []func() error
	stop = func() error {
		var errs []error
		for _, end := range running {
			errs = append(errs, end())
		}
		return errors.Join(errs...)
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for _, s := range []server{{"TEST_DATABASE_URL", startPostgres}, {"TEST_REDIS_URL", startRedis}} {
		if os.Getenv(s.variable) != "" {
			continue
		}
		url, end, err := s.start(ctx, dir)
		if end != nil {
			running = append(running, end)
		}
		if missing := (*daemon.NotInstalledError)(nil); errors.As(err, &missing) {
			notice("testdb: %v; running without %s", err, s.variable)
			continue
		}
		if err != nil {
			return nil, stop, err
		}
		env = append(env, s.variable+"="+url)
	}
	return env, stop, nil
}

// runCommand runs args with env added, passing signals on, and gives its exit code.
func runCommand(args, env []string, signals <-chan os.Signal) (int, error) {
	cmd := exec.Command(args[0], args[1:]...) //nolint:gosec,noctx // running the caller's command is the purpose; it ends by signals
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		return 127, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			// A command that has just ended cannot take it: no error of ours.
			_ = cmd.Process.Signal(s)
		case err := <-done:
			return exitCode(cmd, err)
		}
	}
}

// exitCode translates the way a command ended as shells do.
func exitCode(cmd *exec.Cmd, err error) (int, error) {
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 1, err
	}
	if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal()), nil
	}
	return cmd.ProcessState.ExitCode(), nil
}

func notice(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
