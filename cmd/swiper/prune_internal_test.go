package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
)

// outdated counts the rows that are to be pruned.
type outdated struct {
	sync.Mutex
	keys, sessions, events       int
	keysBefore, sessionsBefore   time.Time
	eventsBefore                 time.Time
	away                         bool
	calls, withoutDeadline, most int
}

func (o *outdated) prune(ctx context.Context, rows *int, limit int) (int, error) {
	if _, ok := ctx.Deadline(); !ok {
		o.withoutDeadline++
	}
	if o.away {
		return 0, errors.New("away")
	}
	n := min(*rows, limit)
	*rows -= n
	o.calls++
	o.most = max(o.most, n)
	return n, nil
}

func (o *outdated) PruneIdempotency(ctx context.Context, before time.Time, limit int) (int, error) {
	o.Lock()
	defer o.Unlock()
	o.keysBefore = before
	return o.prune(ctx, &o.keys, limit)
}

func (o *outdated) PruneSessions(ctx context.Context, before time.Time, limit int) (int, error) {
	o.Lock()
	defer o.Unlock()
	o.sessionsBefore = before
	return o.prune(ctx, &o.sessions, limit)
}

func (o *outdated) PruneEvents(ctx context.Context, before time.Time, limit int) (int, error) {
	o.Lock()
	defer o.Unlock()
	o.eventsBefore = before
	return o.prune(ctx, &o.events, limit)
}

func TestPruning(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		rows := &outdated{keys: pruneRows*pruneCalls + 5, sessions: pruneRows + 1, events: pruneRows}
		p := &pruner{store: rows, now: time.Now, logger: slog.New(slog.NewTextHandler(&log, nil))}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.run(ctx) }()
		rows.Lock() // but while time passes
		defer rows.Unlock()
		wait := func(d time.Duration) {
			rows.Unlock()
			<-time.After(d)
			synctest.Wait()
			rows.Lock()
		}
		wait(pruneEvery)
		require.Equal(t, 5, rows.keys, "a turn is bounded")
		require.Zero(t, rows.sessions)
		require.Zero(t, rows.events)
		require.Equal(t, pruneRows, rows.most)
		require.WithinDuration(t, time.Now().Add(-persistence.KeyLife-time.Hour), rows.keysBefore, 0)
		require.WithinDuration(t, time.Now().Add(-sessionsKept), rows.sessionsBefore, 0)
		require.WithinDuration(t, time.Now().Add(-eventsKept), rows.eventsBefore, 0)

		rows.away = true
		wait(3 * pruneEvery)
		require.Equal(t, 1, strings.Count(log.String(), "could not be deleted"), "told once: %s", &log)
		rows.away = false
		wait(pruneEvery)
		require.Zero(t, rows.keys)
		require.Contains(t, log.String(), "can be deleted again")
		calls := rows.calls
		wait(pruneEvery)
		require.Equal(t, calls+3, rows.calls, "one look at each kind when nothing is due")
		require.Zero(t, rows.withoutDeadline)

		cancel()
		require.NoError(t, <-done)
	})
}
