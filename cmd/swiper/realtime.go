package main

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/swiperhq/swiper/accounts"
	"github.com/swiperhq/swiper/api"
	"github.com/swiperhq/swiper/api/realtime"
	"github.com/swiperhq/swiper/config"
	"github.com/swiperhq/swiper/internal/hints"
	"github.com/swiperhq/swiper/internal/presence"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/redis"
	"github.com/swiperhq/swiper/social"
)

// sharedName names what nodes that belong together share in Redis, and no others:
// those that accept each other's tokens.
func (n *node) sharedName() (string, error) {
	key, err := n.settings.AuthKey()
	if err != nil {
		return "", err
	}
	name, err := hkdf.Key(sha256.New, key, nil, "swiper hints", 8)
	if err != nil {
		return "", fmt.Errorf("derive the name of what nodes share: %w", err)
	}
	return hex.EncodeToString(name), nil
}

// openPresence makes what knows who is connected.
func (n *node) openPresence(ctx context.Context, db persistence.Activity, signals *redis.Client, shared string) (*presence.Keeper, error) {
	there, err := presence.New(presence.Options{Board: signals.Presence(shared), Store: db, Logger: n.logger})
	if err != nil {
		return nil, err
	}
	n.keep(ctx, "presence", there.Run)
	return there, nil
}

// online tells of one user whether they are connected to any node.
func online(there *presence.Keeper) func(context.Context, social.UserID) (bool, error) {
	return func(ctx context.Context, uid social.UserID) (bool, error) {
		got, err := there.Online(ctx, []social.UserID{uid})
		return len(got) == 1 && got[0], err
	}
}

// openHints opens the way for hints between nodes. With an embedded Redis nobody
// else is there to hear.
func (n *node) openHints(
	ctx context.Context, signals persistence.Signals, there *presence.Keeper, shared string, registry prometheus.Registerer,
) (*hints.Bus, error) {
	if n.settings.Redis.URL == config.EmbeddedRedis {
		signals = nil
	}
	bus, err := hints.New(hints.Options{Signals: signals, Online: there.Online, Cluster: shared, Logger: n.logger, Registerer: registry})
	if err != nil {
		return nil, err
	}
	n.keep(ctx, "hints", bus.Run)
	return bus, nil
}

// openRealtime makes what pushes to clients.
func (n *node) openRealtime(ctx context.Context, people *accounts.Service, cursorKey []byte, p parts) (*realtime.Server, error) {
	live, err := realtime.New(realtime.Options{
		Accounts: people, Store: p.db, Codec: api.NewEventCodec(cursorKey), Presence: p.presence, Sound: p.hints.Sound,
		Origins: n.settings.Realtime.Origins, MaxConnections: n.settings.Realtime.MaxConnections,
		Logger: n.logger, Registerer: p.registry,
	})
	if err != nil {
		return nil, err
	}
	n.onStop("pushes' node", live.Stop) // should the node not get so far as to listen
	p.hints.Listen(func(h hints.Hint) { live.Hear(h.UID, h.Kind) }, live.Missed)
	p.presence.Listen(live.Missed)
	people.Watch(live.Ended)
	n.keep(ctx, "pushes", live.Run)
	return live, nil
}
