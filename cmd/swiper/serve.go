package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/swiperhq/swiper/config"
	"github.com/swiperhq/swiper/internal/memory"
)

// stopTimeout bounds a graceful stop. A request is handled for at most
// http.request_timeout, so this much is only needed when something hangs. A node
// that has lost its membership refuses everything and ends sooner.
const (
	stopTimeout = 25 * time.Second
	lostTimeout = 2 * time.Second
)

func (a *app) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Run the server", Args: cobra.NoArgs,
		Long: `Applies pending migrations, then serves until SIGINT or SIGTERM. It needs no
setting. With --demo an empty database is filled with 2000 made-up people,
users 1 to 2000, who have swiped nobody; some of them answer people who log in
by phone. It prints the address to open in a browser.

On a signal it stops answering /readyz, waits for cluster.leave_after, finishes
the requests it accepted and commits what they stored; a second signal ends it
at once. A node that the others have gone on without ends with exit code 3.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.settings(cmd)
			if err != nil {
				return err
			}
			if err := checkMember(&s.Cluster); err != nil {
				return err
			}
			console := &sharedWriter{to: a.stderr}
			a.stderr = console // of the log, too
			logger := a.logger(&s)
			memory.Tune(cmd.Context(), logger)
			return serve(cmd.Context(), &s, logger, console)
		},
	}
}

// serve runs a node until ctx ends or a part of it fails, and stops it. The
// console provider of text messages writes to console.
func serve(ctx context.Context, s *config.Settings, logger *slog.Logger, console io.Writer) error {
	asked := ctx
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	n := &node{settings: s, logger: logger, console: console, fail: fail, ended: make(chan struct{})}
	err := n.start(ctx)
	if err == nil {
		logger.InfoContext(ctx, "serving", n.describe()...)
		if s.Demo {
			fmt.Fprintf(console, "open http://%s/ in a browser\n", n.publicAddr)
		}
		<-ctx.Done()
		logger.InfoContext(ctx, "stopping")
		if asked.Err() != nil {
			n.wait(s.Cluster.LeaveAfter)
		}
	}
	cause := context.Cause(ctx)
	if lost := n.lost.Load(); lost != nil {
		return errors.Join(lost, n.abandon(ctx, lost))
	}
	switch {
	case asked.Err() != nil:
		err = nil // also when it was asked to stop before it was up
	case err == nil:
		err = cause
	}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := errors.Join(err, n.stop(limit)); err != nil {
		return err
	}
	logger.InfoContext(ctx, "stopped")
	return nil
}

// wait serves on as unready for so long, or until the membership is lost.
func (n *node) wait(d time.Duration) {
	n.draining.Store(true)
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-n.ended:
	}
}

// abandon ends a node that has lost its membership, as far as that goes quickly.
func (n *node) abandon(ctx context.Context, lost *lostError) error {
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), lostTimeout)
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- n.stop(limit) }()
	var err error
	select {
	case err = <-stopped:
	case <-limit.Done():
	}
	n.logger.ErrorContext(ctx, "membership lost", slog.String("reason", lost.reason))
	return err
}

// describe gives what people look for in the first line of a log.
func (n *node) describe() []any {
	kind := "postgres"
	if path, embedded := n.settings.SQLitePath(); embedded {
		kind = path
	}
	attrs := []any{
		slog.String("http", n.publicAddr), slog.String("admin", n.adminAddr), slog.String("database", kind),
		slog.Int("shards", n.settings.Shards()), slog.String("version", version()), slog.Int("cpus", runtime.GOMAXPROCS(0)),
	}
	if gogc := os.Getenv("GOGC"); gogc != "" {
		attrs = append(attrs, slog.String("gogc", gogc))
	}
	return attrs
}

// step is one part of a node and how it is stopped.
type step struct {
	name string
	stop func(context.Context) error
}

// onStop remembers how to stop what has just been started; what was started
// last is stopped first.
func (n *node) onStop(name string, stop func(context.Context) error) {
	n.steps = append(n.steps, step{name, stop})
}

// stop ends every part that was started, also when others fail to end.
func (n *node) stop(ctx context.Context) error {
	n.draining.Store(true)
	var errs []error
	for _, step := range slices.Backward(n.steps) {
		if err := step.stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop the %s: %w", step.name, err))
		}
	}
	n.steps = nil
	return errors.Join(errs...)
}
