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
	"github.com/swiperhq/swiper/persistence"
)

// openHints opens the way for hints between nodes. With an embedded Redis nobody
// else is there to hear.
func (n *node) openHints(ctx context.Context, signals persistence.Signals, registry prometheus.Registerer) (*hints.Bus, error) {
	if n.settings.Redis.URL == config.EmbeddedRedis {
		signals = nil
	}
	// Who accepts each other's tokens belongs together.
	key, err := n.settings.AuthKey()
	if err != nil {
		return nil, err
	}
	cluster, err := hkdf.Key(sha256.New, key, nil, "swiper hints", 8)
	if err != nil {
		return nil, fmt.Errorf("derive the topic of hints: %w", err)
	}
	bus, err := hints.New(hints.Options{Signals: signals, Cluster: hex.EncodeToString(cluster), Logger: n.logger, Registerer: registry})
	if err != nil {
		return nil, err
	}
	n.keep(ctx, "hints", bus.Run)
	return bus, nil
}

// openRealtime makes what pushes to clients.
func (n *node) openRealtime(ctx context.Context, people *accounts.Service, cursorKey []byte, p parts) (*realtime.Server, error) {
	live, err := realtime.New(realtime.Options{
		Accounts: people, Store: p.db, Codec: api.NewEventCodec(cursorKey), Sound: p.hints.Sound,
		Origins: n.settings.Realtime.Origins, MaxConnections: n.settings.Realtime.MaxConnections,
		Logger: n.logger, Registerer: p.registry,
	})
	if err != nil {
		return nil, err
	}
	n.onStop("pushes' node", live.Stop) // should the node not get so far as to listen
	p.hints.Listen(func(h hints.Hint) { live.Hear(h.UID, h.Kind) }, live.Missed)
	people.Watch(live.Ended)
	n.keep(ctx, "pushes", live.Run)
	return live, nil
}
