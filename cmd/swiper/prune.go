package main

import (
	"context"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
	"github.com/swiperhq/swiper/tasks"
)

const (
	// The bounds below let a turn delete a million rows of each kind, in calls that
	// hold nothing for long.
	pruneRows    = 1000 // a call
	pruneCalls   = 1000 // of one kind in a turn
	pruneTimeout = 5 * time.Second
	// keysKept is a little more than what is promised, since clocks differ.
	keysKept = persistence.KeyLife + time.Hour
	// sessionsKept is how long a login stays on record once it has expired.
	sessionsKept = 30 * 24 * time.Hour
	// eventsKept is how long clients can catch up on what happened.
	eventsKept = 30 * 24 * time.Hour
	// exportsKept is how long an export stays on record, for longer than its task.
	exportsKept = 15 * 24 * time.Hour
	// rejectedKept is how long operators can read that a photo was rejected.
	rejectedKept = 30 * 24 * time.Hour
	// deadKept is how long a failed task waits for an operator.
	deadKept = 14 * 24 * time.Hour
)

// pruneKind deletes what has had its time. It is tried for an hour, so that a
// lasting fault makes few dead letters.
func pruneKind() tasks.Kind[struct{}] {
	return tasks.Kind[struct{}]{Name: "upkeep.prune", Queue: tasks.Upkeep, MaxAttempts: 20, Timeout: 10 * time.Minute}
}

// prunable is what is pruned.
type prunable interface {
	persistence.Pruning
	PruneTasks(ctx context.Context, doneBefore, failedBefore time.Time, limit int) (int, error)
}

// pruner deletes what has had its time.
type pruner struct {
	store prunable
	now   func() time.Time
	rules func() *social.Rules
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
		{p.store.PruneExports, now.Add(-exportsKept)},
		{p.store.PrunePhotos, now.Add(-rejectedKept)},
		{p.pruneTasks, now.Add(-p.rules().TaskResultTTL)},
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

// pruneTasks keeps failed tasks for operators, for longer than people may look at them.
func (p *pruner) pruneTasks(ctx context.Context, before time.Time, limit int) (int, error) {
	dead := p.now().Add(-deadKept)
	if before.Before(dead) {
		dead = before
	}
	return p.store.PruneTasks(ctx, before, dead, limit)
}
