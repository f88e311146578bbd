package cluster

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

const (
	// pulse is how often a member looks whether it has been frozen.
	pulse = 200 * time.Millisecond
	// maxSilence is how long it may have been before it asks whether it still is
	// a member. Well below the time after which others go on without it.
	maxSilence = time.Second
	// confirmTimeout bounds that question. Nobody there to ask: it goes on, as
	// members do whose membership is away.
	confirmTimeout = time.Second
)

// States of a fence.
const (
	serving int32 = iota
	suspect
	lost
)

// fence keeps a node from serving that others may have given up: after it was
// frozen until it is confirmed, and for ever once its membership is lost.
type fence struct {
	base    time.Time
	beat    atomic.Int64 // nanoseconds since base of the last pulse; monotonic
	state   atomic.Int32
	watched bool // whether anybody beats
}

// open tells whether the node may serve now. A process that wakes up is refused
// before the pulse has seen how long it slept.
func (f *fence) open() bool {
	return f.state.Load() == serving && (!f.watched || time.Since(f.base)-time.Duration(f.beat.Load()) < maxSilence)
}

func (f *fence) isLost() bool { return f.state.Load() == lost }

// watch beats until ctx ends.
func (f *fence) watch(ctx context.Context, m Membership, lose func(string), log *slog.Logger) {
	ticker := time.NewTicker(pulse)
	defer ticker.Stop()
	wall := time.Now().Round(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		// A machine that slept may have stopped its monotonic clock.
		slept := max(time.Since(f.base)-time.Duration(f.beat.Load()), time.Now().Round(0).Sub(wall))
		if slept > maxSilence && f.state.CompareAndSwap(serving, suspect) {
			log.WarnContext(ctx, "this process was frozen", slog.Duration("for", slept))
			if !f.confirmed(ctx, m) {
				lose("this process was frozen for " + slept.Round(time.Millisecond).String() + "; the others have gone on without it")
				return
			}
		}
		wall = time.Now().Round(0)
		f.beat.Store(int64(time.Since(f.base)))
		f.state.CompareAndSwap(suspect, serving)
	}
}

func (f *fence) confirmed(ctx context.Context, m Membership) bool {
	ctx, cancel := context.WithTimeout(ctx, confirmTimeout)
	defer cancel()
	for ctx.Err() == nil {
		if member, err := m.Confirm(ctx); err == nil {
			return member
		}
		pause(ctx, pulse/4)
	}
	return true
}
