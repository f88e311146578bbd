package config_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/swiperhq/swiper/config"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// database is the settings of a store that can be away.
type database struct {
	mu     sync.Mutex
	values map[string]persistence.Setting
	away   bool
}

var errAway = &social.Error{Code: social.CodeUnavailable, Message: "away"}

func (d *database) Settings(context.Context) ([]persistence.Setting, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.away {
		return nil, errAway
	}
	var out []persistence.Setting
	for _, s := range d.values {
		out = append(out, s)
	}
	return out, nil
}

func (d *database) PutSetting(_ context.Context, key string, value json.RawMessage, by string, at time.Time) (persistence.Setting, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.away {
		return persistence.Setting{}, errAway
	}
	s := persistence.Setting{Key: key, Value: value, Version: d.values[key].Version + 1, UpdatedAt: at, UpdatedBy: by}
	d.values[key] = s
	return s, nil
}

func (d *database) SettingLog(context.Context, string, int) ([]persistence.Setting, error) {
	return nil, nil
}

func (d *database) goAway(away bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.away = away
}

// radio carries hints to everyone who listens, or to nobody when it is broken.
type radio struct {
	mu        sync.Mutex
	listeners []func(string)
	broken    bool
}

func (r *radio) Publish(_ context.Context, _, payload string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken {
		return errAway
	}
	for _, heard := range r.listeners {
		heard(payload)
	}
	return nil
}

func (r *radio) Subscribe(ctx context.Context, _ string, heard func(string)) error {
	r.mu.Lock()
	r.listeners = append(r.listeners, heard)
	r.mu.Unlock()
	<-ctx.Done()
	return ctx.Err()
}

func (r *radio) Ping(context.Context) error { return nil }
func (r *radio) Close() error               { return nil }

type nodes struct {
	db  *database
	air *radio
	log *bytes.Buffer
	to  *slog.Logger
}

func setup() nodes {
	var log bytes.Buffer
	return nodes{
		db: &database{values: map[string]persistence.Setting{}}, air: &radio{},
		log: &log, to: slog.New(slog.NewTextHandler(&log, nil)),
	}
}

func (n nodes) node() *config.Tunables {
	return config.NewTunables(config.TunablesOptions{Store: n.db, Signals: n.air, Logger: n.to})
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	tunables := setup().node()
	rules := tunables.Rules()
	require.Equal(t, social.Limit(3), rules.RewindsPerDay)
	require.Equal(t, social.NoLimit, rules.LikesPerDay)
	require.Equal(t, social.NoLimit, rules.SuperlikesPerDay)
	require.Zero(t, rules.RewindWindow)
	require.Equal(t, 20, rules.DeckSize)
	require.Equal(t, "Asia/Shanghai", rules.Zone.String())
	for _, tunable := range tunables.List() {
		require.Zero(t, tunable.Version)
		require.JSONEq(t, string(tunable.Default), string(tunable.Value))
		_, err := setup().node().Set(t.Context(), tunable.Key, tunable.Default, "test")
		require.NoError(t, err, "the default of %s must be a value it takes", tunable.Key)
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	n := setup()
	tunables := n.node()
	before := tunables.Rules()
	got, err := tunables.Set(t.Context(), "rewinds_per_day", json.RawMessage(" 5\n"), "anna")
	require.NoError(t, err)
	require.Equal(t, "5", string(got.Value))
	require.Equal(t, "3", string(got.Default))
	require.Equal(t, int64(1), got.Version)
	require.Equal(t, "anna", got.UpdatedBy)
	require.WithinDuration(t, time.Now(), got.UpdatedAt, time.Minute)
	require.Equal(t, social.Limit(5), tunables.Rules().RewindsPerDay, "in force here at once")
	require.Equal(t, social.Limit(3), before.RewindsPerDay, "a snapshot never changes")

	got, err = tunables.Set(t.Context(), "rewinds_per_day", json.RawMessage("null"), "bert")
	require.NoError(t, err)
	require.Equal(t, int64(2), got.Version)
	require.True(t, tunables.Rules().RewindsPerDay.None())
	require.Contains(t, tunables.List(), got)
}

func TestValues(t *testing.T) {
	t.Parallel()
	tests := []struct {
		key     string
		good    []string
		refused []string
	}{
		{"requests_per_user", []string{"1", "100000000", "null"}, []string{"0", "-1", "100000001", "1.5"}},
		{"rewinds_per_day", []string{"0", "1", "1000000", "null"}, []string{"-1", "1000001", "1.5", `"3"`, "true", "[]", "{}", "1e3", "99999999999999999999", "", "3 4"}},
		{"likes_per_day", []string{"0", "null"}, []string{"-1", `""`}},
		{"superlikes_per_day", []string{"0", "null"}, []string{"-1", `""`}},
		{"rewind_window", []string{"1", "3600", "null"}, []string{"0", "-5", "0.5", `"1h"`, "9223372036854775807"}},
		{"deck_size", []string{"1", "100"}, []string{"0", "101", "null", `"20"`}},
		{"login_code_interval", []string{"1", "3600"}, []string{"0", "3601", "null", `"60"`}},
		{"login_codes_per_day", []string{"0", "1000", "null"}, []string{"-1", "1001"}},
		{"login_codes_per_address", []string{"0", "1000000", "null"}, []string{"-1"}},
		{"login_codes_per_prefix", []string{"0", "1000000", "null"}, []string{"-1"}},
		{"login_tries_per_address", []string{"0", "1000000", "null"}, []string{"-1"}},
		{"quota_timezone", []string{`"UTC"`, `"America/New_York"`, `"Asia/Shanghai"`}, []string{`""`, `"Local"`, `"Mars/Base"`, `"../../etc/passwd"`, "null", "8"}},
	}
	for _, tt := range tests {
		t.Run(tt.key, func(t *testing.T) {
			t.Parallel()
			tunables := setup().node()
			for _, value := range tt.good {
				_, err := tunables.Set(t.Context(), tt.key, json.RawMessage(value), "test")
				require.NoError(t, err, value)
			}
			rules := tunables.Rules()
			for _, value := range tt.refused {
				_, err := tunables.Set(t.Context(), tt.key, json.RawMessage(value), "test")
				require.Equal(t, social.CodeInvalidRequest, social.CodeOf(err), value)
				require.Equal(t, "value", social.AsError(err).Field)
			}
			require.Same(t, rules, tunables.Rules(), "a refused value changes nothing")
		})
	}
	_, err := setup().node().Set(t.Context(), "speed", json.RawMessage("1"), "test")
	require.Equal(t, social.CodeNotFound, social.CodeOf(err))
}

func TestStoredValuesThatDoNotFitAreIgnored(t *testing.T) {
	t.Parallel()
	n := setup()
	tunables := n.node()
	_, err := tunables.Set(t.Context(), "deck_size", json.RawMessage("50"), "test")
	require.NoError(t, err)
	n.db.values["swipes_per_moon"] = persistence.Setting{Key: "swipes_per_moon", Value: json.RawMessage("1"), Version: 4}
	n.db.values["deck_size"] = persistence.Setting{Key: "deck_size", Value: json.RawMessage(`"big"`), Version: 2}
	n.db.values["likes_per_day"] = persistence.Setting{Key: "likes_per_day", Value: json.RawMessage(`7`), Version: 1}
	for range 3 {
		require.NoError(t, tunables.Refresh(t.Context()))
	}
	require.Equal(t, 50, tunables.Rules().DeckSize, "the last good value stays")
	require.Equal(t, social.Limit(7), tunables.Rules().LikesPerDay, "the others come into force")
	require.Equal(t, 1, strings.Count(n.log.String(), "key=swipes_per_moon"), "told once: %s", n.log)
	require.Equal(t, 1, strings.Count(n.log.String(), "key=deck_size version=2"), "told once: %s", n.log)
}

// run keeps the tunables fresh until the test ends, and waits until they are at it.
func run(t *testing.T, tunables *config.Tunables) {
	t.Helper()
	go func() {
		if err := tunables.Run(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	synctest.Wait()
}

func TestAHintReachesOtherNodesAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, n := t.Context(), setup()
		here, there := n.node(), n.node()
		run(t, there)
		start := time.Now()
		_, err := here.Set(ctx, "rewinds_per_day", json.RawMessage("9"), "anna")
		require.NoError(t, err)
		synctest.Wait()
		require.Equal(t, social.Limit(9), there.Rules().RewindsPerDay)
		require.Zero(t, time.Since(start))
	})
}

func TestAPollCoversALostHint(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, n := t.Context(), setup()
		n.air.broken = true
		here, there := n.node(), n.node()
		run(t, there)
		_, err := here.Set(ctx, "rewinds_per_day", json.RawMessage("9"), "anna")
		require.NoError(t, err, "a change does not hang on the hint")
		<-time.After(2*time.Second + time.Millisecond)
		require.Equal(t, social.Limit(9), there.Rules().RewindsPerDay)
	})
}

func TestLastGoodRulesOutliveTheDatabase(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, n := t.Context(), setup()
		tunables := n.node()
		_, err := tunables.Set(ctx, "rewinds_per_day", json.RawMessage("9"), "anna")
		require.NoError(t, err)
		run(t, tunables)

		n.db.goAway(true)
		_, err = tunables.Set(ctx, "rewinds_per_day", json.RawMessage("1"), "anna")
		require.Equal(t, social.CodeUnavailable, social.CodeOf(err))
		<-time.After(time.Minute)
		require.Equal(t, social.Limit(9), tunables.Rules().RewindsPerDay)

		n.db.goAway(false)
		_, err = n.node().Set(ctx, "rewinds_per_day", json.RawMessage("1"), "bert")
		require.NoError(t, err)
		<-time.After(5 * time.Second)
		require.Equal(t, social.Limit(1), tunables.Rules().RewindsPerDay)
		require.Equal(t, 1, strings.Count(n.log.String(), "could not be read"), "told once: %s", n.log)
	})
}
