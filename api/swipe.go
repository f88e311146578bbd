package api

import (
	"context"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

type swipeRequest struct {
	UserID int64  `json:"user_id" minimum:"1" doc:"Whom to swipe."`
	Mark   string `json:"mark" enum:"like,superlike,dislike"`
}

type swipeAnswer struct {
	UserID   int64  `json:"user_id" minimum:"1"`
	Mark     string `json:"mark" enum:"like,superlike,dislike"`
	Matched  bool   `json:"matched" doc:"You are friends now."`
	Repeated bool   `json:"repeated" doc:"The same swipe was stored before."`
}

type swipeInput struct{ Body swipeRequest }

type swipeOutput struct {
	Replay
	Body swipeAnswer
}

func (s *service) swipeRoutes() {
	op := s.keyedOperation("swipe", "/v1/swipes", "Swipe a person",
		social.CodeSelfSwipe, social.CodeUserNotFound, social.CodeAlreadySwiped,
		social.CodeLikeQuotaExceeded, social.CodeSuperlikeQuotaExceeded)
	register(s, op, keyed(&op, s.swipe))
}

func (s *service) swipe(ctx context.Context, in *swipeInput, key persistence.IdempotencyKey) (*swipeOutput, error) {
	mark, err := social.ParseMark(in.Body.Mark)
	if err != nil {
		return nil, err
	}
	swipe := social.Swipe{UID: callerOf(ctx), SID: social.UserID(in.Body.UserID), Mark: mark, Time: s.Now()}
	if err := swipe.Validate(); err != nil {
		return nil, err
	}
	r, err := s.Actors.Swipe(ctx, swipe, key)
	if err != nil {
		return nil, err
	}
	return &swipeOutput{
		replayOf(r.Replayed),
		swipeAnswer{UserID: int64(r.SID), Mark: r.Mark.String(), Matched: r.Matched, Repeated: r.Repeated},
	}, nil
}
