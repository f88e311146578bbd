package api

import (
	"context"
	"net/http"
)

const deckPath = "/v1/deck"

type deckInput struct {
	Limit int `query:"limit" minimum:"1" maximum:"100" doc:"How many cards at most; absent: as many as the operators set, 20 unless changed."`
}

type deckAnswer struct {
	Cards   []card   `json:"cards" nullable:"false"`
	Missing []string `json:"missing" nullable:"false" doc:"What my profile lacks to meet anybody, if that is why there are no cards."`
}

type deckOutput struct{ Body deckAnswer }

func (s *service) deckRoutes() {
	register(s, s.operation("deck", http.MethodGet, deckPath, "Deal cards"), s.deck)
}

func (s *service) deck(ctx context.Context, in *deckInput) (*deckOutput, error) {
	dealt, err := s.Actors.Deal(ctx, callerOf(ctx), in.Limit)
	if err != nil {
		return nil, asCaller(err)
	}
	cards := make([]card, len(dealt))
	for i := range dealt {
		cards[i] = s.cardOf(&dealt[i])
	}
	missing, err := s.whyEmpty(ctx, cards)
	if err != nil {
		return nil, err
	}
	return &deckOutput{deckAnswer{cards, missing}}, nil
}

// whyEmpty names what the caller's profile lacks when no card was dealt.
func (s *service) whyEmpty(ctx context.Context, cards []card) ([]string, error) {
	if len(cards) > 0 {
		return nil, nil
	}
	u, err := s.Store.User(ctx, callerOf(ctx))
	if err != nil {
		return nil, asCaller(err)
	}
	return u.Missing(), nil
}
