package main

import (
	"context"

	"github.com/swiperhq/swiper/api"
	"github.com/swiperhq/swiper/internal/puppets"
	"github.com/swiperhq/swiper/internal/sabotage"
)

// swipers gives the actors as the API is to see them. In a demonstration the
// made-up people notice what passes there, and answer.
func (n *node) swipers(ctx context.Context, p parts) (api.Actors, error) {
	if !n.settings.Demo {
		return p.system.Client(), nil
	}
	crowd, err := puppets.New(puppets.Options{
		Actors: p.system.Client(), Phones: p.db, Awake: func() bool { return p.tunables.Rules().DemoAnswers }, Now: sabotage.Now, Logger: n.logger,
	})
	if err != nil {
		return nil, err
	}
	n.keep(ctx, "made-up people", crowd.Run)
	return crowd.Watch(), nil
}
