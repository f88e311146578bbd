package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/swiperhq/swiper/social"
)

// Hot ranks who was liked most lately; *hot.Service is one. Errors are *social.Error.
type Hot interface {
	// Top gives the cards of those who are liked most in a location, "" for uid's own,
	// and whom uid has not swiped: limit at most. CodeUserNotFound if there is no uid.
	Top(ctx context.Context, uid social.UserID, location string, limit int) ([]social.Card, error)
}

type hotInput struct {
	Location string `query:"location" maxLength:"50" doc:"As in profiles; absent: my own."`
	Limit    int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"How many at most."`
}

type hotAnswer struct {
	Users []card `json:"users" nullable:"false"`
}

type hotOutput struct{ Body hotAnswer }

func (s *service) hotRoutes() {
	op := s.operation("list-hot", http.MethodGet, "/v1/hot", "List who was liked most in the last days, most liked first")
	op.Description = "Of one location, without myself and whom I have swiped. The ranking follows likes within seconds, on busy servers within minutes."
	register(s, op, s.hot)
}

func (s *service) hot(ctx context.Context, in *hotInput) (*hotOutput, error) {
	top, err := s.Hot.Top(ctx, callerOf(ctx), strings.TrimSpace(in.Location), in.Limit)
	if err != nil {
		return nil, asCaller(err)
	}
	cards := make([]card, len(top))
	for i := range top {
		cards[i] = s.cardOf(&top[i])
	}
	return &hotOutput{hotAnswer{cards}}, nil
}
