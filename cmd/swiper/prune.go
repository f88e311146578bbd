package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/swiperhq/swiper/persistence"
)

const (
	// pruneEvery and the bounds below let one node delete 10,000 rows a second,
	// in calls that hold nothing for long.
	pruneEvery   = 10 * time.Second
	pruneRows    = 1000 // a call
	pruneCalls   = 100  // of one kind in a turn
	pruneTimeout = 5 * time.Second
	// keysKept is a little more than what is promised, since clocks differ.
	keysKept = persistence.KeyLife + time.Hour
	// sessionsKept is how long a login stays on record once it has expired.
	sessionsKept = 30 * 24 * time.Hour
	// eventsKept is how long clients can catch up on what happened.
	eventsKept = 30 * 24 * time.Hour
)

// pruner deletes what has had its time. Every node does, and they share the work.
type pruner struct {
	store  persistence.Pruning
	now    func() time.Time
	logger *slog.Logger
}

// run prunes until ctx ends; it returns nil then.
func (p *pruner) run(ctx context.Context) error {
	turns := time.NewTicker(pruneEvery)
	defer turns.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-turns.C:
			err := p.turn(ctx)
			switch {
			case ctx.Err() != nil:
				return nil
			case err != nil && !failing:
				p.logger.WarnContext(ctx, "what is out of date could not be deleted; it is tried again", slog.Any("err", err))
			case err == nil && failing:
				p.logger.InfoContext(ctx, "what is out of date can be deleted again")
			}
			failing = err != nil
		}
	}
}

// turn deletes what is due, or as much of it as one turn may.
func (p *pruner) turn(ctx context.Context) error {
	now := p.now()
	for _, kind := range []struct {
		prune  func(ctx context.Context, before time.Time, limit int) (int, error)
		before time.Time
	}{
		{p.store.PruneIdempotency, now.Add(-keysKept)},
		{p.store.PruneSessions, now.Add(-sessionsKept)},
		{p.store.PruneEvents, now.Add(-eventsKept)},
	} {
		for range pruneCalls {
			call, cancel := context.WithTimeout(ctx, pruneTimeout)
			n, err := kind.prune(call, kind.before, pruneRows)
			cancel()
			if err != nil {
				return err
			}
			if n < pruneRows {
				break
			}
		}
	}
	return nil
}
