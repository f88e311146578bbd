package api

import (
	"context"
	"errors"

	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

type rewindAnswer struct {
	UserID      int64  `json:"user_id" minimum:"1" doc:"Whose swipe was taken back."`
	Mark        string `json:"mark" enum:"like,superlike,dislike"`
	Unmatched   bool   `json:"unmatched" doc:"A friendship ended with it."`
	RewindsLeft *int   `json:"rewinds_left" minimum:"0" doc:"Today; null without a limit."`
}

type rewindOutput struct {
	Replay
	Body rewindAnswer
}

func (s *service) rewindRoutes() {
	op := s.keyedOperation("rewind", "/v1/swipes/rewind", "Undo the latest swipe",
		social.CodeNothingToRewind, social.CodeRewindQuotaExceeded)
	register(s, op, keyed(&op, s.rewind))
}

func (s *service) rewind(ctx context.Context, _ *struct{}, key persistence.IdempotencyKey) (*rewindOutput, error) {
	uid := callerOf(ctx)
	r, err := s.Actors.Rewind(ctx, uid, key)
	switch {
	case errors.Is(err, &social.Error{Code: social.CodeNothingToRewind}):
		return nil, s.orUnauthenticated(ctx, uid, err)
	case err != nil:
		return nil, err
	}
	out := rewindAnswer{UserID: int64(r.SID), Mark: r.Mark.String(), Unmatched: r.Unmatched}
	if !r.Limit.None() {
		left := r.Limit.Left(r.Used)
		out.RewindsLeft = &left
	}
	return &rewindOutput{replayOf(r.Replayed), out}, nil
}
