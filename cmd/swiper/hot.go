package main

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/swiperhq/swiper/config"
	"github.com/swiperhq/swiper/hot"
	"github.com/swiperhq/swiper/internal/sabotage"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/persistence/redis"
	"github.com/swiperhq/swiper/social"
)

// openHot makes what ranks the most liked, and keeps it up.
func (n *node) openHot(
	ctx context.Context, db persistence.Store, signals *redis.Client, shared string, tunables *config.Tunables, registry prometheus.Registerer,
) (*hot.Service, error) {
	ranking, err := hot.New(hot.Options{
		Store: db, Board: signals.HotBoard(shared), Rules: tunables.Rules, Now: sabotage.Now, Logger: n.logger, Registerer: registry,
	})
	if err != nil {
		return nil, err
	}
	n.keep(ctx, "ranking", ranking.Run)
	return ranking, nil
}

// hinting tells of what was committed: other people's connections, and the ranking.
func hinting(hint, note func(social.UserID, social.EventKind)) func(social.UserID, social.EventKind) {
	return func(uid social.UserID, kind social.EventKind) {
		hint(uid, kind)
		note(uid, kind)
	}
}
