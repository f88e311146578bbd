package api

import (
	"context"
	"net/http"

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

type swipeOutput struct{ Body swipeAnswer }

func (s *service) swipeRoutes() {
	register(s, s.operation("swipe", http.MethodPost, "/v1/swipes", "Swipe a person",
		social.CodeSelfSwipe, social.CodeUserNotFound, social.CodeAlreadySwiped,
		social.CodeLikeQuotaExceeded, social.CodeSuperlikeQuotaExceeded), s.swipe)
}

func (s *service) swipe(ctx context.Context, in *swipeInput) (*swipeOutput, error) {
	mark, err := social.ParseMark(in.Body.Mark)
	if err != nil {
		return nil, err
	}
	swipe := social.Swipe{UID: callerOf(ctx), SID: social.UserID(in.Body.UserID), Mark: mark, Time: s.Now()}
	if err := swipe.Validate(); err != nil {
		return nil, err
	}
	r, err := s.Actors.Swipe(ctx, swipe)
	if err != nil {
		return nil, err
	}
	return &swipeOutput{swipeAnswer{UserID: int64(r.SID), Mark: r.Mark.String(), Matched: r.Matched, Repeated: r.Repeated}}, nil
}
