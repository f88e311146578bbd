package main

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// leaver is a store with one user who left at a moment, or has come back.
type leaver struct {
	persistence.Departures
	left  time.Time
	rows  int
	calls []string
}

func (l *leaver) BeginErasure(_ context.Context, _ social.UserID, left time.Time) (bool, error) {
	l.calls = append(l.calls, "begin")
	return left.Equal(l.left), nil
}

func (l *leaver) EraseSome(_ context.Context, _ social.UserID, _ time.Time, limit int) (bool, error) {
	l.calls = append(l.calls, "rows")
	l.rows -= limit
	return l.rows >= 0, nil
}

func TestErase(t *testing.T) {
	t.Parallel()
	left := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	store := &leaver{left: left, rows: 2*eraseRows + 1}
	e := &eraser{store: store, now: time.Now}
	require.NoError(t, e.erase(t.Context(), eraseArgs{7, left.Add(time.Microsecond)}))
	require.Equal(t, []string{"begin"}, store.calls, "came back")

	store.calls = nil
	require.NoError(t, e.erase(t.Context(), eraseArgs{7, left}))
	require.Equal(t, []string{"begin", "rows", "rows", "rows"}, store.calls)
}

func TestErasuresOfTwoDepartures(t *testing.T) {
	t.Parallel()
	left := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	erasure := erasureAfter(time.Hour)
	first, err := erasure(7, left)
	require.NoError(t, err)
	require.Equal(t, left.Add(time.Hour), first.RunAt)
	require.Equal(t, social.UserID(7), first.Owner)
	again, err := erasure(7, left.Add(time.Microsecond))
	require.NoError(t, err)
	require.NotEqual(t, first.Unique, again.Unique, "who came back and left again is erased for the second time only")
}
