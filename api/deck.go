package api

import (
	"context"
	"net/http"
)

type deckInput struct {
	Limit int `query:"limit" minimum:"1" maximum:"100" doc:"How many cards at most; absent: as many as the operators set, 20 unless changed."`
}

type deckAnswer struct {
	Cards []card `json:"cards" nullable:"false"`
}

type deckOutput struct{ Body deckAnswer }

func (s *service) deckRoutes() {
	register(s, s.operation("deck", http.MethodGet, "/v1/deck", "Deal cards"), s.deck)
}

func (s *service) deck(ctx context.Context, in *deckInput) (*deckOutput, error) {
	dealt, err := s.Actors.Deal(ctx, callerOf(ctx), in.Limit)
	if err != nil {
		return nil, asCaller(err)
	}
	cards := make([]card, len(dealt))
	for i := range dealt {
		cards[i] = cardOf(&dealt[i])
	}
	return &deckOutput{deckAnswer{cards}}, nil
}
