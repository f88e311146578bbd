package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/swiperhq/swiper/social"
)

type rewindAnswer struct {
	UserID      int64  `json:"user_id" minimum:"1" doc:"Whose swipe was taken back."`
	Mark        string `json:"mark" enum:"like,superlike,dislike"`
	Unmatched   bool   `json:"unmatched" doc:"A friendship ended with it."`
	RewindsLeft *int   `json:"rewinds_left" minimum:"0" doc:"Today; null without a limit."`
}

type rewindOutput struct{ Body rewindAnswer }

func (s *service) rewindRoutes() {
	register(s, s.operation("rewind", http.MethodPost, "/v1/swipes/rewind", "Undo the latest swipe",
		social.CodeNothingToRewind, social.CodeRewindQuotaExceeded), s.rewind)
}

func (s *service) rewind(ctx context.Context, _ *struct{}) (*rewindOutput, error) {
	uid := callerOf(ctx)
	r, err := s.Actors.Rewind(ctx, uid)
	switch {
	case errors.Is(err, &social.Error{Code: social.CodeNothingToRewind}):
		return nil, s.orUnauthenticated(ctx, uid, err)
	case err != nil:
		return nil, err
	}
	out := rewindAnswer{UserID: int64(r.SID), Mark: r.Mark.String(), Unmatched: r.Unmatched}
	if limit := s.Rules().RewindsPerDay; !limit.None() {
		left := limit.Left(r.Used)
		out.RewindsLeft = &left
	}
	return &rewindOutput{out}, nil
}
