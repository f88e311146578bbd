package config

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// Run keeps the rules fresh until ctx ends; it returns nil then.
func (t *Tunables) Run(ctx context.Context) error {
	// One waiting hint stands for all: the reading that follows sees every change.
	hints := make(chan struct{}, 1)
	done := make(chan error, 1)
	go func() {
		done <- t.o.Signals.Subscribe(ctx, topic, func(string) {
			select {
			case hints <- struct{}{}:
			default:
			}
		})
	}()
	poll := time.NewTicker(t.o.Poll)
	defer poll.Stop()
	failing := false
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-hints:
			failing = t.freshen(ctx, failing)
		case <-poll.C:
			failing = t.freshen(ctx, failing)
		}
	}
	if err := <-done; err != nil && !errors.Is(err, ctx.Err()) {
		return err
	}
	return nil
}

// freshen refreshes, logs when the database goes away and when it comes back,
// and tells whether it is away.
func (t *Tunables) freshen(ctx context.Context, failing bool) bool {
	err := t.Refresh(ctx)
	switch {
	case err != nil && !failing && ctx.Err() == nil:
		t.o.Logger.WarnContext(ctx, "the tunables could not be read; the last known rules stay in force", slog.Any("err", err))
	case err == nil && failing:
		t.o.Logger.InfoContext(ctx, "the tunables can be read again")
	}
	return err != nil
}

// build makes the rules out of what is stored. A stored value that this version
// does not know or take is given to pass, and the one before it stays in force.
func (t *Tunables) build(stored []persistence.Setting, pass func(persistence.Setting, string)) *snapshot {
	byKey := make(map[string]persistence.Setting, len(stored))
	for _, s := range stored {
		byKey[s.Key] = s
	}
	before := map[string]Tunable{}
	if old := t.now.Load(); old != nil {
		for _, tunable := range old.list {
			before[tunable.Key] = tunable
		}
	}
	next := &snapshot{rules: &social.Rules{}}
	for _, spec := range t.specs {
		now := Tunable{Key: spec.key, Value: json.RawMessage(spec.standard), Default: json.RawMessage(spec.standard)}
		if s, set := byKey[spec.key]; set {
			delete(byKey, spec.key)
			if err := spec.apply(s.Value, &social.Rules{}); err != nil {
				pass(s, err.Error())
				now = before[spec.key]
			} else {
				now.Value, now.Version, now.UpdatedAt, now.UpdatedBy = s.Value, s.Version, s.UpdatedAt, s.UpdatedBy
			}
		}
		// What arrives here was accepted above or is a default; the tests apply every default.
		_ = spec.apply(now.Value, next.rules)
		next.list = append(next.list, now)
	}
	for _, s := range byKey {
		pass(s, "this version knows no such tunable")
	}
	return next
}

// pass logs a stored value that is passed over, once for each version of it.
func (t *Tunables) pass(s persistence.Setting, why string) {
	if t.ignored[s.Key] == s.Version {
		return
	}
	t.ignored[s.Key] = s.Version
	t.o.Logger.Warn("a stored tunable is ignored", slog.String("key", s.Key), slog.Int64("version", s.Version), slog.String("why", why))
}
