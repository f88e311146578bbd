package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// outdated counts the rows that are to be pruned.
type outdated struct {
	keys, sessions, events, tasks int
	exports, photos               int
	exportsBefore                 time.Time
	keysBefore, sessionsBefore    time.Time
	eventsBefore, photosBefore    time.Time
	doneBefore, failedBefore      time.Time
	away                          bool
	calls, withoutDeadline, most  int
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
	o.keysBefore = before
	return o.prune(ctx, &o.keys, limit)
}

func (o *outdated) PruneSessions(ctx context.Context, before time.Time, limit int) (int, error) {
	o.sessionsBefore = before
	return o.prune(ctx, &o.sessions, limit)
}

func (o *outdated) PruneEvents(ctx context.Context, before time.Time, limit int) (int, error) {
	o.eventsBefore = before
	return o.prune(ctx, &o.events, limit)
}

func (o *outdated) PruneExports(ctx context.Context, before time.Time, limit int) (int, error) {
	o.exportsBefore = before
	return o.prune(ctx, &o.exports, limit)
}

func (o *outdated) PrunePhotos(ctx context.Context, before time.Time, limit int) (int, error) {
	o.photosBefore = before
	return o.prune(ctx, &o.photos, limit)
}

func (o *outdated) PruneTasks(ctx context.Context, doneBefore, failedBefore time.Time, limit int) (int, error) {
	o.doneBefore, o.failedBefore = doneBefore, failedBefore
	return o.prune(ctx, &o.tasks, limit)
}

func TestPruning(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	ttl := time.Hour
	rows := &outdated{keys: pruneRows*pruneCalls + 5, sessions: pruneRows + 1, events: pruneRows, tasks: 3, exports: 2, photos: 2}
	p := &pruner{store: rows, now: func() time.Time { return now }, rules: func() *social.Rules { return &social.Rules{TaskResultTTL: ttl} }}
	require.NoError(t, p.turn(t.Context()))
	require.Equal(t, 5, rows.keys, "a turn is bounded")
	require.Zero(t, rows.sessions+rows.events+rows.tasks+rows.exports+rows.photos)
	require.Equal(t, pruneRows, rows.most)
	require.Equal(t, now.Add(-persistence.KeyLife-time.Hour), rows.keysBefore)
	require.Equal(t, now.Add(-sessionsKept), rows.sessionsBefore)
	require.Equal(t, now.Add(-eventsKept), rows.eventsBefore)
	require.Equal(t, now.Add(-exportsKept), rows.exportsBefore)
	require.Equal(t, now.Add(-rejectedKept), rows.photosBefore)
	require.Equal(t, now.Add(-ttl), rows.doneBefore)
	require.Equal(t, now.Add(-deadKept), rows.failedBefore)

	rows.away = true
	require.Error(t, p.turn(t.Context()))
	rows.away = false
	ttl = 30 * 24 * time.Hour
	require.NoError(t, p.turn(t.Context()))
	require.Zero(t, rows.keys)
	require.Equal(t, now.Add(-ttl), rows.failedBefore, "people may look at it for longer")
	calls := rows.calls
	require.NoError(t, p.turn(t.Context()))
	require.Equal(t, calls+6, rows.calls, "one look at each kind when nothing is due")
	require.Zero(t, rows.withoutDeadline)
}
